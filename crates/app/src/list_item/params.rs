//! What a list is asked for, and how that is written in a URL. Saved views keep the same text.

use domain::list_item::{ItemState, ListKind};
use serde::{Deserialize, Serialize};

use super::ListColumn;

/// Keys a list can be sorted by, with the words for the column head.
pub const SORT_KEYS: &[(&str, &str)] = &[
    ("priority", "轻重缓急"),
    ("due", "期限"),
    ("insured", "在保人数"),
    ("expected", "预计会员"),
    ("name", "名称"),
    ("raised", "列入时间"),
    ("no", "编号"),
];

/// Page sizes on offer; the first is the usual one.
pub const PAGE_SIZES: &[u32] = &[20, 50, 100];

/// Whose items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum OwnerFilter {
    /// 我负责的.
    Me,
    /// 未派发.
    Nobody,
    /// One colleague, by sign-in name.
    Login(String),
}

impl OwnerFilter {
    fn parse(raw: &str) -> OwnerFilter {
        match raw {
            "me" => Self::Me,
            "none" => Self::Nobody,
            login => Self::Login(login.to_owned()),
        }
    }

    fn text(&self) -> &str {
        match self {
            Self::Me => "me",
            Self::Nobody => "none",
            Self::Login(login) => login,
        }
    }

    /// As a second person reads it.
    pub(crate) fn words(&self) -> &str {
        match self {
            Self::Me => "申请人本人",
            Self::Nobody => "未派发",
            Self::Login(login) => login,
        }
    }
}

/// Which items. Everything absent means all open items in sight.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ListFilter {
    pub kind: Option<ListKind>,
    pub rule: Option<String>,
    /// One state; asking for a closed one shows closed items.
    pub state: Option<ItemState>,
    /// Closed items as well.
    pub with_closed: bool,
    /// Six digits.
    pub county: Option<i64>,
    /// Nine digits.
    pub town: Option<i64>,
    pub owner: Option<OwnerFilter>,
    pub overdue: bool,
    /// Part of a name, a code or an item number.
    pub q: Option<String>,
    pub insured_min: Option<i64>,
    /// Exactly one subject: its id as in the files.
    pub subject_id: Option<String>,
}

/// A filter, an order and a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListParams {
    pub filter: ListFilter,
    /// One of [`SORT_KEYS`].
    pub sort: String,
    pub is_descending: bool,
    /// From 1.
    pub page: u32,
    pub size: u32,
    /// The columns that were chosen; none means the usual ones.
    #[serde(default)]
    pub columns: Vec<ListColumn>,
}

impl Default for ListParams {
    fn default() -> Self {
        ListParams {
            filter: ListFilter::default(),
            sort: "priority".into(),
            is_descending: false,
            page: 1,
            size: 20,
            columns: Vec::new(),
        }
    }
}

impl ListParams {
    /// The columns to show.
    pub fn shown_columns(&self) -> &[ListColumn] {
        if self.columns.is_empty() {
            &ListColumn::USUAL
        } else {
            &self.columns
        }
    }

    /// The open items of one list.
    pub fn of_kind(kind: ListKind) -> ListParams {
        ListParams {
            filter: ListFilter {
                kind: Some(kind),
                ..Default::default()
            },
            ..Default::default()
        }
    }

    /// Reads the pairs of a query string. What is empty or not understood is left out: a link must never break a page.
    pub fn from_pairs<K: AsRef<str>, V: AsRef<str>>(pairs: impl IntoIterator<Item = (K, V)>) -> ListParams {
        let mut params = ListParams::default();
        for (key, value) in pairs {
            let value = value.as_ref().trim();
            if !value.is_empty() {
                params.take(key.as_ref(), value);
            }
        }
        params
    }

    fn take(&mut self, key: &str, value: &str) {
        let filter = &mut self.filter;
        let is_yes = matches!(value, "1" | "true" | "on" | "yes");
        match key {
            "kind" => filter.kind = ListKind::from_code(value),
            "rule" => filter.rule = Some(value.to_owned()),
            "state" => filter.state = ItemState::from_code(value),
            "all" => filter.with_closed = is_yes,
            "county" => filter.county = value.parse().ok(),
            "town" => filter.town = value.parse().ok(),
            "owner" => filter.owner = Some(OwnerFilter::parse(value)),
            "overdue" => filter.overdue = is_yes,
            "q" => filter.q = Some(value.to_owned()),
            "insured_min" => filter.insured_min = value.parse().ok(),
            "subject" => filter.subject_id = Some(value.to_owned()),
            "sort" if SORT_KEYS.iter().any(|(name, _)| *name == value) => self.sort = value.to_owned(),
            "desc" => self.is_descending = is_yes,
            "page" => self.page = value.parse().ok().filter(|page| *page > 0).unwrap_or(1),
            "size" => {
                if let Some(size) = value.parse().ok().filter(|size| PAGE_SIZES.contains(size)) {
                    self.size = size;
                }
            }
            "cols" => ListColumn::read_into(&mut self.columns, value),
            _ => {}
        }
    }

    /// The pairs of the query string, without what is usual; `from_pairs` reads them back.
    pub fn to_pairs(&self) -> Vec<(&'static str, String)> {
        let usual = ListParams::default();
        let filter = &self.filter;
        let flag = |is_set: bool| is_set.then(|| "1".to_owned());
        [
            ("kind", filter.kind.map(|kind| kind.code().to_owned())),
            ("rule", filter.rule.clone()),
            ("state", filter.state.map(|state| state.code().to_owned())),
            ("all", flag(filter.with_closed)),
            ("county", filter.county.map(|code| code.to_string())),
            ("town", filter.town.map(|code| code.to_string())),
            (
                "owner",
                filter.owner.as_ref().map(|owner| owner.text().to_owned()),
            ),
            ("overdue", flag(filter.overdue)),
            ("q", filter.q.clone()),
            ("insured_min", filter.insured_min.map(|count| count.to_string())),
            ("subject", filter.subject_id.clone()),
            ("sort", (self.sort != usual.sort).then(|| self.sort.clone())),
            ("desc", flag(self.is_descending)),
            ("page", (self.page != usual.page).then(|| self.page.to_string())),
            ("size", (self.size != usual.size).then(|| self.size.to_string())),
            ("cols", ListColumn::text_of(&self.columns)),
        ]
        .into_iter()
        .filter_map(|(key, value)| Some((key, value?)))
        .collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_link_says_what_was_asked_and_reads_back() {
        let mut params = ListParams::of_kind(ListKind::Task);
        params.filter.owner = Some(OwnerFilter::Me);
        params.filter.overdue = true;
        params.filter.q = Some("宁海 西店".into());
        params.sort = "due".into();
        params.is_descending = true;
        params.page = 3;
        params.size = 50;
        assert_eq!(ListParams::from_pairs(params.to_pairs()), params);
    }

    #[test]
    fn ticked_columns_come_one_by_one_and_are_kept_in_one_word() {
        let ticked = [
            ("cols", "due"),
            ("cols", "insured"),
            ("cols", "colour"),
            ("cols", "due,why"),
        ];
        let params = ListParams::from_pairs(ticked);
        assert_eq!(
            params.shown_columns(),
            [ListColumn::Why, ListColumn::Insured, ListColumn::Due]
        );
        assert_eq!(params.to_pairs(), [("cols", "why,insured,due".to_owned())]);
        let usual = ListColumn::USUAL.map(|column| ("cols", column.code()));
        assert!(
            ListParams::from_pairs(usual).to_pairs().is_empty(),
            "the usual choice needs no word"
        );
    }

    #[test]
    fn nonsense_in_a_link_is_left_out() {
        let odd = [
            ("kind", "shopping"),
            ("sort", "name; DROP TABLE"),
            ("page", "-1"),
            ("size", "1000000"),
            ("cols", "salary"),
            ("x", "y"),
        ];
        assert_eq!(ListParams::from_pairs(odd), ListParams::default());
    }
}
