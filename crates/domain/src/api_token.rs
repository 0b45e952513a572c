//! 接口令牌: what a program shows instead of a password. An account makes it, with an end and with a part of what the account may do.
//!
//! A token never does more than its account: role, data scope and token scope must all allow it (`role × scope × token scope`).

use std::time::Duration;

use codes::id::{AccountId, ApiTokenId};
use codes::time::{Day, Timestamp};

use crate::accounts::Role;
use crate::permission::{self, Action};

/// One part of what a program may do (令牌范围), as `list:read`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TokenScope {
    /// 读取工会组织、数据质量
    UnionRead,
    /// 登记新建工会
    UnionFound,
    /// 办理组织变更
    UnionWrite,
    /// 读取会员（脱敏）
    MemberRead,
    /// 提交和答复会籍申请
    MemberWrite,
    /// 匿名化到期的会籍
    MemberErase,
    /// 读取清单和用人单位
    ListRead,
    /// 办理清单
    ListWrite,
    /// 读取数据批次
    ImportRead,
    /// 核对和导入数据
    ImportWrite,
    /// 撤销导入批次
    ImportUndo,
    /// 导出工会和会员（脱敏）
    ExportWrite,
    /// 读取比对运行
    RunRead,
    /// 启动比对
    RunWrite,
    /// 读取操作日志
    JournalRead,
    /// 读取账号
    AccountRead,
    /// 复核他人的申请
    ApprovalWrite,
}

impl TokenScope {
    /// Every scope, in the order of the form.
    pub const ALL: [TokenScope; 17] = [
        TokenScope::UnionRead,
        TokenScope::UnionFound,
        TokenScope::UnionWrite,
        TokenScope::MemberRead,
        TokenScope::MemberWrite,
        TokenScope::MemberErase,
        TokenScope::ListRead,
        TokenScope::ListWrite,
        TokenScope::ImportRead,
        TokenScope::ImportWrite,
        TokenScope::ImportUndo,
        TokenScope::ExportWrite,
        TokenScope::RunRead,
        TokenScope::RunWrite,
        TokenScope::JournalRead,
        TokenScope::AccountRead,
        TokenScope::ApprovalWrite,
    ];

    /// The code in the store, the API and on the command line.
    pub fn code(self) -> &'static str {
        match self {
            TokenScope::UnionRead => "union:read",
            TokenScope::UnionFound => "union:found",
            TokenScope::UnionWrite => "union:write",
            TokenScope::MemberRead => "member:read",
            TokenScope::MemberWrite => "member:write",
            TokenScope::MemberErase => "member:erase",
            TokenScope::ListRead => "list:read",
            TokenScope::ListWrite => "list:write",
            TokenScope::ImportRead => "import:read",
            TokenScope::ImportWrite => "import:write",
            TokenScope::ImportUndo => "import:undo",
            TokenScope::ExportWrite => "export:write",
            TokenScope::RunRead => "run:read",
            TokenScope::RunWrite => "run:write",
            TokenScope::JournalRead => "journal:read",
            TokenScope::AccountRead => "account:read",
            TokenScope::ApprovalWrite => "approval:write",
        }
    }

    /// The words of the form.
    pub fn label(self) -> &'static str {
        match self {
            TokenScope::UnionRead => "读取工会组织、数据质量",
            TokenScope::UnionFound => "登记新建工会",
            TokenScope::UnionWrite => "办理组织变更",
            TokenScope::MemberRead => "读取会员（脱敏）",
            TokenScope::MemberWrite => "提交和答复会籍申请、注销申请，暂缓匿名化",
            TokenScope::MemberErase => "匿名化到期的会籍（不能恢复）",
            TokenScope::ListRead => "读取清单和用人单位",
            TokenScope::ListWrite => "办理清单",
            TokenScope::ImportRead => "读取数据批次",
            TokenScope::ImportWrite => "核对和导入数据",
            TokenScope::ImportUndo => "撤销导入批次",
            TokenScope::ExportWrite => "导出工会和会员（脱敏）",
            TokenScope::RunRead => "读取比对运行",
            TokenScope::RunWrite => "启动比对",
            TokenScope::JournalRead => "读取操作日志",
            TokenScope::AccountRead => "读取账号",
            TokenScope::ApprovalWrite => "以本人名义复核他人的申请",
        }
    }

    /// Reads [`TokenScope::code`].
    pub fn from_code(code: &str) -> Option<TokenScope> {
        TokenScope::ALL.into_iter().find(|scope| scope.code() == code)
    }

    /// What it opens. An action that no scope opens (numbers in full, accounts, settings) is for people in the console.
    pub fn actions(self) -> &'static [Action] {
        match self {
            TokenScope::UnionRead => &[Action::SeeUnions],
            TokenScope::UnionFound => &[Action::FoundUnion],
            TokenScope::UnionWrite => &[Action::ChangeUnions],
            TokenScope::MemberRead => &[Action::SeeMembers],
            TokenScope::MemberWrite => &[Action::HandleMembership, Action::ConfirmMembership],
            // The operations name the scope: neither of the two stands in for the other.
            TokenScope::MemberErase => &[Action::ConfirmMembership],
            TokenScope::ListRead => &[Action::SeeLists],
            TokenScope::ListWrite => &[Action::WorkOnItems, Action::AssignItems],
            TokenScope::ImportRead => &[Action::SeeBatches],
            TokenScope::ImportWrite => &[Action::Import],
            TokenScope::ImportUndo => &[Action::UndoImport],
            TokenScope::ExportWrite => &[Action::Export],
            TokenScope::RunRead => &[Action::SeeRuns],
            TokenScope::RunWrite => &[Action::StartRun],
            TokenScope::JournalRead => &[Action::SeeJournal],
            TokenScope::AccountRead => &[Action::SeeAccounts],
            // And what is approved the token must be able to do as well, as its account must.
            TokenScope::ApprovalWrite => &[Action::Approve],
        }
    }

    /// What its operations answer with, beside what they do: the record as it is afterwards. Operations that only read ask for
    /// their own scope.
    fn shows(self) -> &'static [Action] {
        match self {
            TokenScope::UnionWrite => &[Action::SeeUnions],
            TokenScope::MemberWrite => &[Action::SeeMembers],
            TokenScope::ListWrite => &[Action::SeeLists],
            TokenScope::ImportUndo => &[Action::SeeBatches],
            _ => &[],
        }
    }

    /// Whether a role may do any of it: others are not offered.
    pub fn is_for(self, role: Role) -> bool {
        self.actions().iter().any(|action| permission::may(role, *action))
    }
}

/// A token as it is listed; the secret itself is kept nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiToken {
    /// Its id.
    pub id: ApiTokenId,
    /// Whose it is.
    pub account_id: AccountId,
    /// What it is for, in the account's words.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<TokenScope>,
    /// The last four characters of the secret, to tell tokens apart.
    pub tail: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// No request is taken from this instant on.
    pub expires_at: Timestamp,
    /// The last request, to the minute.
    pub used_at: Option<Timestamp>,
    /// When somebody took it back.
    pub withdrawn_at: Option<Timestamp>,
}

impl ApiToken {
    /// Whether requests are still taken.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.withdrawn_at.is_none() && now < self.expires_at
    }

    /// Whether one of its scopes opens an action.
    pub fn opens(&self, action: Action) -> bool {
        let opens = |scope: &TokenScope| scope.actions().contains(&action) || scope.shows().contains(&action);
        self.scopes.iter().any(opens)
    }
}

/// What the secret of every token begins with, so that scanners find one that was left in a repository.
pub const TOKEN_PREFIX: &str = "gonghui_";
/// A token ends after this many days at the latest.
pub const TOKEN_DAYS_MAX: i64 = 366;
/// Tokens that an account may have at once.
pub const TOKENS_MAX: usize = 20;
/// The answer to a request with an idempotency key is kept this long, for the same request again.
pub const ANSWER_KEPT: Duration = Duration::from_secs(24 * 3600);

/// Why a token cannot be made: the field and the words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnfitToken {
    /// Which field.
    pub field: &'static str,
    /// What is wrong.
    pub reason: String,
}

/// Checks what somebody asks for. All that is wrong comes at once.
pub fn check_token(
    role: Role,
    name: &str,
    scopes: &[TokenScope],
    last_day: Day,
    today: Day,
) -> Result<(), Vec<UnfitToken>> {
    let mut unfit = Vec::new();
    let mut wrong = |field, reason: String| unfit.push(UnfitToken { field, reason });
    if !(1..=50).contains(&name.chars().count()) || name.chars().any(char::is_control) {
        wrong("name", "名称须为 1–50 个字，写明给哪个系统用".to_owned());
    }
    if scopes.is_empty() {
        wrong("scope", "至少选择一项范围".to_owned());
    }
    for scope in scopes.iter().filter(|scope| !scope.is_for(role)) {
        wrong(
            "scope",
            format!("您的角色（{}）不能{}，令牌也不能", role.label(), scope.label()),
        );
    }
    if last_day < today || today.days_until(last_day) > TOKEN_DAYS_MAX {
        wrong("last_day", format!("有效期须从今天起，最长 {TOKEN_DAYS_MAX} 天"));
    }
    if unfit.is_empty() { Ok(()) } else { Err(unfit) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn nothing_that_shows_a_number_in_full_or_changes_accounts_is_ever_open_to_a_program() {
        for action in [
            Action::RevealValue,
            Action::ExportPlain,
            Action::ReadRejects,
            Action::ManageAccounts,
            Action::ManageSettings,
            Action::ManageSecurity,
            Action::PublishNotice,
        ] {
            for scope in TokenScope::ALL {
                assert!(
                    !scope.actions().contains(&action) && !scope.shows().contains(&action),
                    "{action:?}"
                );
            }
        }
        for scope in TokenScope::ALL {
            assert_eq!(TokenScope::from_code(scope.code()), Some(scope));
        }
    }

    #[test]
    fn a_token_is_refused_with_every_reason_at_once() {
        let today = Day::new(2026, 8, 3).unwrap();
        let fields = |checked: Result<(), Vec<UnfitToken>>| -> Vec<&'static str> {
            checked.unwrap_err().iter().map(|unfit| unfit.field).collect()
        };
        let far = today.add_days(TOKEN_DAYS_MAX + 1);
        assert_eq!(
            fields(check_token(Role::Auditor, "", &[], far, today)),
            ["name", "scope", "last_day"]
        );
        let write = [TokenScope::ListRead, TokenScope::ListWrite];
        assert_eq!(
            fields(check_token(Role::Auditor, "年报", &write, today, today)),
            ["scope"]
        );
        assert_eq!(
            check_token(Role::TownOfficer, "年报", &write, today.add_days(90), today),
            Ok(())
        );
    }
}
