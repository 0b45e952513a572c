//! Which columns a list shows. A choice stands in the address like a filter, so a saved view and its workbook keep it.

use serde::{Deserialize, Serialize};

/// One column beside the name, which is always there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListColumn {
    Number,
    Kind,
    Why,
    Rule,
    Insured,
    Expected,
    County,
    Town,
    Owner,
    State,
    Due,
}

impl ListColumn {
    /// Every column, in the order of the page.
    pub const ALL: [ListColumn; 11] = [
        Self::Number,
        Self::Kind,
        Self::Why,
        Self::Rule,
        Self::Insured,
        Self::Expected,
        Self::County,
        Self::Town,
        Self::Owner,
        Self::State,
        Self::Due,
    ];
    /// What a page shows to whoever has chosen nothing.
    pub const USUAL: [ListColumn; 8] = [
        Self::Why,
        Self::Rule,
        Self::Insured,
        Self::Expected,
        Self::Town,
        Self::Owner,
        Self::State,
        Self::Due,
    ];

    /// The word in the address.
    pub fn code(self) -> &'static str {
        match self {
            Self::Number => "no",
            Self::Kind => "kind",
            Self::Why => "why",
            Self::Rule => "rule",
            Self::Insured => "insured",
            Self::Expected => "expected",
            Self::County => "county",
            Self::Town => "town",
            Self::Owner => "owner",
            Self::State => "state",
            Self::Due => "due",
        }
    }

    /// The word on screens.
    pub fn label(self) -> &'static str {
        match self {
            Self::Number => "编号",
            Self::Kind => "清单",
            Self::Why => "为什么在清单上",
            Self::Rule => "规则",
            Self::Insured => "在保",
            Self::Expected => "预计会员",
            Self::County => "区县",
            Self::Town => "镇街",
            Self::Owner => "承办人",
            Self::State => "状态",
            Self::Due => "期限",
        }
    }

    fn from_code(code: &str) -> Option<ListColumn> {
        Self::ALL.into_iter().find(|column| column.code() == code)
    }

    /// Adds the columns of `text` (`why,insured`) to a choice, each once and in the order of the page.
    pub(super) fn read_into(chosen: &mut Vec<ListColumn>, text: &str) {
        chosen.extend(text.split(',').filter_map(ListColumn::from_code));
        chosen.sort_unstable();
        chosen.dedup();
    }

    /// A choice as the address has it; nothing when it is the usual one.
    pub(super) fn text_of(chosen: &[ListColumn]) -> Option<String> {
        let is_usual = chosen.is_empty() || chosen == Self::USUAL;
        let codes: Vec<&str> = chosen.iter().map(|column| column.code()).collect();
        (!is_usual).then(|| codes.join(","))
    }
}
