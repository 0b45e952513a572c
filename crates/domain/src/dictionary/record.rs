//! 记录: what the elements belong to. Some records come in files, others are registered by hand on pages and by programs only.

use crate::intake::Kind;
use crate::list_item::coded;
use serde::{Deserialize, Serialize};

coded! {
    /// A record that comes in no file: registered on pages and by the interface.
    Registered {
        /// 办理依据: days, documents and reasons that every act has.
        Grounds = "grounds", "办理依据";
        /// 届次
        Terms = "terms", "届次";
        /// 委员会成员
        Officers = "officers", "委员会成员";
        /// 法人资格登记
        LegalPersons = "legal_persons", "法人资格登记";
        /// 名称和牌子
        Plates = "plates", "名称和牌子";
        /// 组织变更
        Changes = "changes", "组织变更";
        /// 片区
        Zones = "zones", "片区";
        /// 会籍办理
        Memberships = "memberships", "会籍办理";
        /// 注销申请
        Closings = "closings", "注销申请";
        /// 保存期限
        Retention = "retention", "保存期限";
    }
}

/// Any record that has elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Record {
    /// It comes in files.
    File(Kind),
    /// It is registered by hand.
    Registered(Registered),
}

impl From<Kind> for Record {
    fn from(kind: Kind) -> Record {
        Record::File(kind)
    }
}

impl From<Registered> for Record {
    fn from(registered: Registered) -> Record {
        Record::Registered(registered)
    }
}

impl Record {
    /// Every record, those of files first.
    pub fn all() -> impl Iterator<Item = Record> {
        let registered = Registered::ALL.iter().copied().map(Record::Registered);
        Kind::ALL.into_iter().map(Record::File).chain(registered)
    }

    /// The name in addresses and of its file in `dictionary/`.
    pub fn name(self) -> &'static str {
        match self {
            Record::File(kind) => kind.name(),
            Record::Registered(registered) => registered.code(),
        }
    }

    /// Reads [`Record::name`].
    pub fn from_name(name: &str) -> Option<Record> {
        Record::all().find(|record| record.name() == name)
    }

    /// The word on screens.
    pub fn label(self) -> &'static str {
        match self {
            Record::File(kind) => kind.label(),
            Record::Registered(registered) => registered.label(),
        }
    }

    /// The kind of file that brings it, if one does.
    pub fn kind(self) -> Option<Kind> {
        match self {
            Record::File(kind) => Some(kind),
            Record::Registered(_) => None,
        }
    }

    pub(super) fn position(self) -> usize {
        match self {
            Record::File(kind) => kind as usize,
            Record::Registered(registered) => Kind::ALL.len() + registered as usize,
        }
    }
}
