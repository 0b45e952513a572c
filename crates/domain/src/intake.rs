//! 数据导入: the seven kinds of files, their columns, and the states of a batch.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::dictionary::{Dictionary, Element};

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// 市场监管登记
    Enterprises,
    /// 工会组织
    Unions,
    /// 覆盖单位
    Covers,
    /// 会员
    Members,
    /// 参保
    Insurance,
    /// 个税申报与经费
    Tax,
    /// 道路运输从业人员
    Drivers,
}

/// A column of a kind of file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// English head, and the name in code.
    pub name: &'static str,
    /// Accepted heads, the English one first, then the Chinese one, then what else is met.
    pub spellings: Vec<&'static str>,
    /// The column must exist; its cells may be empty.
    pub is_required: bool,
}

impl Column {
    fn of(element: &'static Element) -> Column {
        let heads = [&element.name, &element.zh].into_iter().chain(&element.heads);
        Column {
            name: &element.name,
            spellings: heads.map(String::as_str).collect(),
            is_required: element.is_required(),
        }
    }

    /// The column that makes a file a delta (增量): `I`, `U` or `D` a row.
    fn op() -> Column {
        Column {
            name: "op",
            spellings: vec!["op", "操作", "操作类型"],
            is_required: false,
        }
    }
}

impl Kind {
    /// The Chinese head of the column that makes a file a delta.
    pub fn op_head() -> &'static str {
        "操作"
    }

    /// Every kind in the order of a folder import: what is referred to comes first.
    pub const ALL: [Kind; 7] = [
        Kind::Enterprises,
        Kind::Unions,
        Kind::Covers,
        Kind::Members,
        Kind::Insurance,
        Kind::Tax,
        Kind::Drivers,
    ];

    /// The name in commands and of files.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Enterprises => "enterprises",
            Kind::Unions => "unions",
            Kind::Covers => "covers",
            Kind::Members => "members",
            Kind::Insurance => "insurance",
            Kind::Tax => "tax",
            Kind::Drivers => "drivers",
        }
    }

    /// Reads [`Kind::name`].
    pub fn from_name(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The word on screens, with the agency that sends it.
    pub fn label(self) -> &'static str {
        match self {
            Kind::Enterprises => "市场监管登记",
            Kind::Unions => "工会组织",
            Kind::Covers => "覆盖单位",
            Kind::Members => "工会会员",
            Kind::Insurance => "人社参保",
            Kind::Tax => "税务申报与经费",
            Kind::Drivers => "道路运输从业人员",
        }
    }

    /// Public data of an agency: a full file replaces the state. The unions' own kinds are upserted instead.
    pub fn is_agency(self) -> bool {
        !matches!(self, Kind::Unions | Kind::Covers | Kind::Members)
    }

    /// Whether a row without a key may be found by what else it says: a union by its codes, a member by the document number.
    pub fn is_matched(self) -> bool {
        matches!(self, Kind::Unions | Kind::Members)
    }

    /// The columns of the layout: the dictionary's elements, and the one that makes a delta.
    pub fn columns(self) -> &'static [Column] {
        static LAYOUTS: LazyLock<[Vec<Column>; 7]> = LazyLock::new(|| {
            Kind::ALL.map(|kind| {
                let elements = Dictionary::shipped().of(kind).iter();
                elements.map(Column::of).chain([Column::op()]).collect()
            })
        });
        &LAYOUTS[self as usize]
    }

    /// The key's column, and what stands in where a source has none.
    pub fn key_columns(self) -> (&'static str, &'static str) {
        match self {
            Kind::Enterprises => ("enterprise_id", "uscc"),
            other => (other.columns()[0].name, other.columns()[0].name),
        }
    }
}

/// How far a batch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchState {
    /// Being read.
    Running,
    /// Its rows are the present state.
    Applied,
    /// Refused whole; nothing was written.
    Refused,
    /// Ended by a crash; nothing was written.
    Interrupted,
    /// Applied once, taken back by a person.
    Undone,
    /// The same file as the latest applied batch: no batch was made. Only ever an answer, never stored.
    Unchanged,
}

impl BatchState {
    /// Every state.
    pub const ALL: [BatchState; 6] = [
        BatchState::Running,
        BatchState::Applied,
        BatchState::Refused,
        BatchState::Interrupted,
        BatchState::Undone,
        BatchState::Unchanged,
    ];

    /// The word on screens.
    pub fn label(self) -> &'static str {
        match self {
            BatchState::Running => "导入中",
            BatchState::Applied => "已生效",
            BatchState::Refused => "整批拒收",
            BatchState::Interrupted => "中断",
            BatchState::Undone => "已撤销",
            BatchState::Unchanged => "未变化",
        }
    }

    /// The word in tables.
    pub fn code(self) -> &'static str {
        match self {
            BatchState::Running => "running",
            BatchState::Applied => "applied",
            BatchState::Refused => "refused",
            BatchState::Interrupted => "interrupted",
            BatchState::Undone => "undone",
            BatchState::Unchanged => "unchanged",
        }
    }

    /// Reads [`BatchState::code`].
    pub fn from_code(code: &str) -> Option<BatchState> {
        BatchState::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// What a row of a delta asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowOp {
    /// Insert or update: the whole row, either way.
    Upsert,
    /// Remove; harmless when the key is unknown.
    Delete,
}

impl RowOp {
    /// Reads the `op` cell; `None`: another word, the row's structure is broken.
    pub fn read(raw: &str) -> Option<RowOp> {
        match raw.trim().to_ascii_uppercase().as_str() {
            "I" | "U" => Some(RowOp::Upsert),
            "D" => Some(RowOp::Delete),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_head_names_two_columns_of_one_kind() {
        for kind in Kind::ALL {
            let mut seen = std::collections::HashSet::new();
            for head in kind.columns().iter().flat_map(|column| &column.spellings) {
                assert!(seen.insert(head), "{} of {}", head, kind.name());
            }
        }
    }

    #[test]
    fn names_come_back() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_name(kind.name()), Some(kind));
        }
        for state in BatchState::ALL {
            assert_eq!(BatchState::from_code(state.code()), Some(state));
        }
    }
}
