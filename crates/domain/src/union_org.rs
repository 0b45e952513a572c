//! 工会组织: a union and its kinds; what may be changed about it is in [`change`], its terms in [`term`], a vacant chair in
//! [`vacancy`], further names in [`alias`], 法人资格 in [`legal`], the second line in [`line`].

pub mod alias;
pub mod change;
pub mod legal;
pub mod line;
pub mod term;
pub mod vacancy;

use codes::union_name::{UnionName, UnionNameKind};
use serde::{Deserialize, Serialize};

/// 工会类型 as the collection form has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnionType {
    /// 独立基层工会: of one employer.
    Single,
    /// 联合基层工会: of several small employers.
    Joint,
    /// 工会联合会
    Federation,
    /// 产业(系统)工会
    Industry,
    /// 总工会: of a city, county, town or street.
    General,
    /// 工会分会: below a base union, without a legal person.
    Branch,
    /// 工会小组: the smallest part of a base union.
    Group,
    /// The cell says nothing that can be read, nor does the name.
    Unknown,
}

impl UnionType {
    /// Every type, for filters.
    pub const ALL: [UnionType; 8] = [
        UnionType::Single,
        UnionType::Joint,
        UnionType::Federation,
        UnionType::Industry,
        UnionType::General,
        UnionType::Branch,
        UnionType::Group,
        UnionType::Unknown,
    ];

    /// The word on screens.
    pub fn label(self) -> &'static str {
        match self {
            UnionType::Single => "独立基层工会",
            UnionType::Joint => "联合基层工会",
            UnionType::Federation => "工会联合会",
            UnionType::Industry => "产业（系统）工会",
            UnionType::General => "总工会",
            UnionType::Branch => "工会分会",
            UnionType::Group => "工会小组",
            UnionType::Unknown => "类型不明",
        }
    }

    /// The word in tables and the lake.
    pub fn code(self) -> &'static str {
        match self {
            UnionType::Single => "single",
            UnionType::Joint => "joint",
            UnionType::Federation => "federation",
            UnionType::Industry => "industry",
            UnionType::General => "general",
            UnionType::Branch => "branch",
            UnionType::Group => "group",
            UnionType::Unknown => "unknown",
        }
    }

    /// Reads [`UnionType::code`].
    pub fn from_code(code: &str) -> Option<UnionType> {
        UnionType::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// Reads a cell of the register. `None`: neither empty nor a known word.
    pub fn read(raw: &str) -> Option<UnionType> {
        let raw = codes::text::normalise(raw);
        if raw.is_empty() {
            return Some(UnionType::Unknown);
        }
        if let Some(known) = UnionType::from_code(&raw.to_ascii_lowercase()) {
            return Some(known).filter(|kind| *kind != UnionType::Unknown);
        }
        // What it is not does not say what it is.
        if ["非", "不是", "未"].iter().any(|no| raw.contains(no)) {
            return None;
        }
        let words = [
            ("分会", UnionType::Branch),
            ("小组", UnionType::Group),
            ("联合会", UnionType::Federation),
            ("联合", UnionType::Joint),
            ("产业", UnionType::Industry),
            ("系统", UnionType::Industry),
            ("行业", UnionType::Industry),
            ("总工会", UnionType::General),
            ("独立", UnionType::Single),
            ("基层工会", UnionType::Single),
            ("单独", UnionType::Single),
        ];
        words
            .iter()
            .find(|(word, _)| raw.contains(word))
            .map(|(_, kind)| *kind)
    }

    /// What the union's name says, where the cell is empty.
    pub fn of_name(name: &str) -> UnionType {
        let plain = codes::text::normalise(name);
        if plain.ends_with("分会") {
            return UnionType::Branch;
        }
        if plain.ends_with("工会小组") {
            return UnionType::Group;
        }
        match UnionName::parse(name).kind {
            UnionNameKind::Joint => UnionType::Joint,
            UnionNameKind::Federation => UnionType::Federation,
            UnionNameKind::Industry => UnionType::Industry,
            UnionNameKind::General => UnionType::General,
            UnionNameKind::Single | UnionNameKind::Organ => UnionType::Single,
            UnionNameKind::Committee => UnionType::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dictionary::Dictionary;

    #[test]
    fn the_forms_words_are_read() {
        for (raw, kind) in [
            ("独立基层工会", Some(UnionType::Single)),
            ("联合基层工会", Some(UnionType::Joint)),
            ("工会联合会", Some(UnionType::Federation)),
            ("产业(系统)工会", Some(UnionType::Industry)),
            ("总工会", Some(UnionType::General)),
            ("工会分会", Some(UnionType::Branch)),
            ("小组", Some(UnionType::Group)),
            ("", Some(UnionType::Unknown)),
            ("有限公司", None),
        ] {
            assert_eq!(UnionType::read(raw), kind, "{raw}");
        }
    }

    #[test]
    fn the_dictionarys_list_means_the_same_kinds() {
        let list = Dictionary::shipped().list("union_type").expect("a list");
        for value in list.current() {
            let kind = UnionType::from_code(&value.code);
            assert!(kind.is_some(), "{}", value.code);
            for writing in [&value.label].into_iter().chain(&value.also) {
                assert_eq!(UnionType::read(writing), kind, "{writing}");
            }
        }
        assert_eq!(
            list.current().count() + 1,
            UnionType::ALL.len(),
            "all but the unknown one"
        );
    }

    #[test]
    fn every_code_comes_back() {
        for kind in UnionType::ALL {
            assert_eq!(UnionType::from_code(kind.code()), Some(kind));
        }
    }
}
