//! The two-person rule (双人复核): what one person asks for and another approves. A request names who, what and why, and holds
//! a digest of its arguments: what was approved is what is done, once, and not for long.

use std::time::Duration;

use codes::id::{AccountId, ApprovalId};
use codes::time::Timestamp;

use crate::permission::Action;
use crate::scope::UnionPath;

/// A request nobody has decided lapses after this.
pub const WAITING_TIME: Duration = Duration::from_secs(3 * 24 * 3600);
/// An approval that is not used lapses after this.
pub const USING_TIME: Duration = Duration::from_secs(24 * 3600);
/// Longest reason or remark, in characters.
pub const WORDS_MAX: usize = 200;

/// What needs a second person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ApprovalKind {
    /// An export of more rows than one person may take alone (大批量导出).
    Export,
    /// A change of unions that concerns many unions or members (大批量组织变更).
    UnionChange,
    /// Something done to many memberships at once, as anonymising them (大批量会籍处理).
    MemberChange,
    /// An import that changes or deletes many rows that are there (大批量导入).
    Import,
    /// Taking back a batch of many rows (大批量撤销).
    Undo,
}

impl ApprovalKind {
    /// Every kind.
    pub const ALL: [ApprovalKind; 5] = [
        ApprovalKind::Export,
        ApprovalKind::UnionChange,
        ApprovalKind::MemberChange,
        ApprovalKind::Import,
        ApprovalKind::Undo,
    ];

    /// The word on the screen.
    pub fn label(self) -> &'static str {
        match self {
            ApprovalKind::Export => "大批量导出",
            ApprovalKind::UnionChange => "大批量组织变更",
            ApprovalKind::MemberChange => "大批量会籍处理",
            ApprovalKind::Import => "大批量导入",
            ApprovalKind::Undo => "大批量撤销",
        }
    }

    /// The code that is stored.
    pub fn code(self) -> &'static str {
        match self {
            ApprovalKind::Export => "export",
            ApprovalKind::UnionChange => "union_change",
            ApprovalKind::MemberChange => "member_change",
            ApprovalKind::Import => "import",
            ApprovalKind::Undo => "undo",
        }
    }

    /// Reads a stored code.
    pub fn from_code(code: &str) -> Option<ApprovalKind> {
        ApprovalKind::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// What the second person must be allowed to do as well, beside approving.
    pub fn action(self) -> Action {
        match self {
            ApprovalKind::Export => Action::Export,
            ApprovalKind::UnionChange => Action::ChangeUnions,
            ApprovalKind::MemberChange => Action::ConfirmMembership,
            ApprovalKind::Import => Action::Import,
            ApprovalKind::Undo => Action::UndoImport,
        }
    }
}

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApprovalState {
    /// Nobody has decided.
    Waiting,
    /// Approved and to be used.
    Approved,
    /// Not approved.
    Refused,
    /// Approved and used.
    Spent,
    /// Too late for what was to come next.
    Lapsed,
}

impl ApprovalState {
    /// The word for programs.
    pub fn code(self) -> &'static str {
        match self {
            ApprovalState::Waiting => "waiting",
            ApprovalState::Approved => "approved",
            ApprovalState::Refused => "refused",
            ApprovalState::Spent => "spent",
            ApprovalState::Lapsed => "lapsed",
        }
    }

    /// The word on the screen.
    pub fn label(self) -> &'static str {
        match self {
            ApprovalState::Waiting => "待复核",
            ApprovalState::Approved => "已同意，待办理",
            ApprovalState::Refused => "不同意",
            ApprovalState::Spent => "已办理",
            ApprovalState::Lapsed => "已过期",
        }
    }
}

/// One request (复核申请).
#[derive(Debug, Clone, PartialEq)]
pub struct Approval {
    /// Its id.
    pub id: ApprovalId,
    /// What needs a second person.
    pub kind: ApprovalKind,
    /// What is to be done, in words: `任务清单（12,345 项）`.
    pub title: String,
    /// Everything that fixes it, in words, for the second person: label and text.
    pub details: Vec<(String, String)>,
    /// Why, in the asker's words.
    pub reason: String,
    /// SM3 of the arguments: exactly this and nothing else.
    pub digest: Vec<u8>,
    /// Where the asker goes on once it is approved: a path of this site.
    pub resume: String,
    /// Who asked: the person, not whom they acted for.
    pub asked_by: AccountId,
    /// By the name of that time; with whom they acted for.
    pub asked_by_name: String,
    /// Whom the asker acted for.
    pub asked_for: Option<AccountId>,
    /// The asker's place in the union tree.
    pub path: Option<UnionPath>,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// When it lapses.
    pub expires_at: Timestamp,
    /// Who decided.
    pub decided_by: Option<AccountId>,
    /// By the name of that time.
    pub decided_by_name: Option<String>,
    /// When.
    pub decided_at: Option<Timestamp>,
    /// What was decided.
    pub is_approved: Option<bool>,
    /// With what remark.
    pub remark: Option<String>,
    /// When it was used.
    pub spent_at: Option<Timestamp>,
}

impl Approval {
    /// Where it stands at this instant.
    pub fn state(&self, now: Timestamp) -> ApprovalState {
        match (self.spent_at, self.is_approved) {
            (Some(_), _) => ApprovalState::Spent,
            (None, Some(false)) => ApprovalState::Refused,
            (None, _) if now >= self.expires_at => ApprovalState::Lapsed,
            (None, Some(true)) => ApprovalState::Approved,
            (None, None) => ApprovalState::Waiting,
        }
    }

    /// Whether one of these accounts had a part in asking: the person, or whom they acted for.
    pub fn is_asked_by(&self, accounts: &[AccountId]) -> bool {
        accounts.contains(&self.asked_by) || self.asked_for.is_some_and(|id| accounts.contains(&id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn asked() -> Approval {
        Approval {
            id: ApprovalId::from_uuid(uuid::Uuid::nil()),
            kind: ApprovalKind::Export,
            title: "任务清单".into(),
            details: Vec::new(),
            reason: "上报".into(),
            digest: vec![1; 32],
            resume: "/".into(),
            asked_by: AccountId::from_uuid(uuid::Uuid::from_u128(1)),
            asked_by_name: "甲".into(),
            asked_for: Some(AccountId::from_uuid(uuid::Uuid::from_u128(2))),
            path: None,
            asked_at: Timestamp(0),
            expires_at: Timestamp(0).plus(WAITING_TIME),
            decided_by: None,
            decided_by_name: None,
            decided_at: None,
            is_approved: None,
            remark: None,
            spent_at: None,
        }
    }

    #[test]
    fn whoever_had_a_part_in_asking_is_known() {
        let account = |number| AccountId::from_uuid(uuid::Uuid::from_u128(number));
        assert!(asked().is_asked_by(&[account(1)]) && asked().is_asked_by(&[account(3), account(2)]));
        assert!(!asked().is_asked_by(&[account(3)]));
        for kind in ApprovalKind::ALL {
            assert_eq!(ApprovalKind::from_code(kind.code()), Some(kind));
        }
    }

    proptest! {
        /// Whatever happened and however late it is: what was used or refused stays so, and nothing that lapsed comes back.
        #[test]
        fn a_request_never_goes_back(decided in prop::option::of(any::<bool>()), spent in any::<bool>(), at in 0i64..10, later in 0i64..10) {
            let days = |count: i64| Timestamp(count * 86_400_000);
            let approval = Approval {
                is_approved: decided,
                spent_at: (spent && decided == Some(true)).then(|| days(at)),
                ..asked()
            };
            let (one, next) = (approval.state(days(at)), approval.state(days(at + later)));
            let may_change = matches!((one, next), (ApprovalState::Waiting | ApprovalState::Approved, ApprovalState::Lapsed));
            prop_assert!(one == next || may_change, "{one:?} → {next:?}");
        }
    }
}
