//! Who may do what: role × action, denied unless named here. Where (which rows) is [`crate::scope`]'s matter.
//!
//! The whole matrix is a golden file; a changed cell shows up in review.

use crate::accounts::Role;

/// What somebody may be allowed to do (操作).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// Look at the dashboard.
    SeeDashboard,
    /// Look at the three lists, items and employer cards.
    SeeLists,
    /// Take an item a step further: accept, visit, verify, refute, report. Which step is for whom is decided by
    /// the item's life cycle.
    WorkOnItems,
    /// Hand items to a person.
    AssignItems,
    /// Found a union and put it into the register.
    FoundUnion,
    /// Look at the register of unions.
    SeeUnions,
    /// Change the register by hand.
    ChangeUnions,
    /// Look at members, masked.
    SeeMembers,
    /// Ask for a change of membership: joining, transfer, keeping, leaving, correction.
    HandleMembership,
    /// Decide about such a change, and merge two memberships of one person.
    ConfirmMembership,
    /// Publish what members are told about the use of their data.
    PublishNotice,
    /// See one sensitive value in plain, with a journalled reason.
    RevealValue,
    /// Export the current view.
    Export,
    /// Export the register with personal values in full, with a journalled reason.
    ExportPlain,
    /// Look at batches and their counts.
    SeeBatches,
    /// Import files.
    Import,
    /// Undo a batch.
    UndoImport,
    /// Download the rejected rows of a batch: the sender's own rows, in plain.
    ReadRejects,
    /// Look at runs.
    SeeRuns,
    /// Start a run.
    StartRun,
    /// Decide by hand whether a union and an enterprise belong together.
    GiveVerdict,
    /// Read the journal.
    SeeJournal,
    /// Read what the three administrators did.
    SeeAdministratorJournal,
    /// Look at background jobs.
    SeeJobs,
    /// Cancel a background job.
    CancelJob,
    /// Look at accounts.
    SeeAccounts,
    /// Create, change, disable and unlock accounts.
    ManageAccounts,
    /// Change settings.
    ManageSettings,
    /// Change the security policy: passwords, second factor, thresholds of the two-person rule.
    ManageSecurity,
    /// Approve what another person has asked for under the two-person rule (双人复核).
    Approve,
}

impl Action {
    /// Every action.
    pub const ALL: [Action; 30] = [
        Action::SeeDashboard,
        Action::SeeLists,
        Action::WorkOnItems,
        Action::AssignItems,
        Action::FoundUnion,
        Action::SeeUnions,
        Action::ChangeUnions,
        Action::SeeMembers,
        Action::HandleMembership,
        Action::ConfirmMembership,
        Action::PublishNotice,
        Action::RevealValue,
        Action::Export,
        Action::ExportPlain,
        Action::SeeBatches,
        Action::Import,
        Action::UndoImport,
        Action::ReadRejects,
        Action::SeeRuns,
        Action::StartRun,
        Action::GiveVerdict,
        Action::SeeJournal,
        Action::SeeAdministratorJournal,
        Action::SeeJobs,
        Action::CancelJob,
        Action::SeeAccounts,
        Action::ManageAccounts,
        Action::ManageSettings,
        Action::ManageSecurity,
        Action::Approve,
    ];

    /// The words after "不能" in a refusal.
    pub fn label(self) -> &'static str {
        match self {
            Action::SeeDashboard => "查看看板",
            Action::SeeLists => "查看清单",
            Action::WorkOnItems => "办理清单条目",
            Action::AssignItems => "派单",
            Action::FoundUnion => "办理建会",
            Action::SeeUnions => "查看工会台账",
            Action::ChangeUnions => "修改工会台账",
            Action::SeeMembers => "查看会员",
            Action::HandleMembership => "办理会籍",
            Action::ConfirmMembership => "确认会籍变化",
            Action::PublishNotice => "发布个人信息处理告知书",
            Action::RevealValue => "查看完整的敏感信息",
            Action::Export => "导出数据",
            Action::ExportPlain => "导出未脱敏的数据",
            Action::SeeBatches => "查看来源批次",
            Action::Import => "导入数据",
            Action::UndoImport => "撤销导入批次",
            Action::ReadRejects => "下载退回行",
            Action::SeeRuns => "查看比对运行",
            Action::StartRun => "启动比对",
            Action::GiveVerdict => "作出人工核对结论",
            Action::SeeJournal => "查看日志",
            Action::SeeAdministratorJournal => "查看三员的操作日志",
            Action::SeeJobs => "查看后台任务",
            Action::CancelJob => "取消后台任务",
            Action::SeeAccounts => "查看账号",
            Action::ManageAccounts => "管理账号",
            Action::ManageSettings => "修改设置",
            Action::ManageSecurity => "修改安全策略",
            Action::Approve => "复核他人的申请",
        }
    }

    /// Whether it touches or shows rows of the whole city at once (jobs have no place of their own, and name who asked for them and
    /// what for), or, as a notice does, speaks to every member in it, whatever the scope: then it is for those who see the city.
    pub fn is_city_wide(self) -> bool {
        matches!(
            self,
            Action::Import
                | Action::UndoImport
                | Action::ReadRejects
                | Action::StartRun
                | Action::PublishNotice
                | Action::SeeJobs
                | Action::CancelJob
        )
    }
}

/// Whether the role may do this at all.
pub fn may(role: Role, action: Action) -> bool {
    use Action as A;
    match role {
        Role::System => true,
        Role::CityOfficer => !matches!(
            action,
            A::FoundUnion
                | A::ManageAccounts
                | A::ManageSettings
                | A::ManageSecurity
                | A::SeeAdministratorJournal
        ),
        Role::CountyOfficer => matches!(
            action,
            A::SeeDashboard
                | A::SeeLists
                | A::WorkOnItems
                | A::AssignItems
                | A::FoundUnion
                | A::SeeUnions
                | A::ChangeUnions
                | A::SeeMembers
                | A::HandleMembership
                | A::ConfirmMembership
                | A::RevealValue
                | A::Export
                | A::ExportPlain
                | A::SeeBatches
                | A::SeeRuns
                | A::GiveVerdict
                | A::SeeJournal
                | A::SeeAccounts
                | A::Approve
        ),
        Role::TownOfficer => matches!(
            action,
            A::SeeDashboard
                | A::SeeLists
                | A::WorkOnItems
                | A::AssignItems
                | A::FoundUnion
                | A::SeeUnions
                | A::ChangeUnions
                | A::SeeMembers
                | A::HandleMembership
                | A::ConfirmMembership
                | A::RevealValue
                | A::Export
                | A::GiveVerdict
                | A::SeeAccounts
                | A::Approve
        ),
        Role::FieldWorker => matches!(
            action,
            A::SeeDashboard | A::SeeLists | A::WorkOnItems | A::SeeUnions | A::RevealValue | A::Export
        ),
        Role::UnionChair => matches!(action, A::SeeUnions | A::SeeMembers | A::HandleMembership),
        Role::Auditor => matches!(
            action,
            A::SeeDashboard
                | A::SeeLists
                | A::SeeUnions
                | A::SeeMembers
                | A::SeeBatches
                | A::SeeRuns
                | A::SeeJournal
                | A::SeeJobs
                | A::SeeAccounts
        ),
        // The three administrators (三员): who runs it, who lets in, who looks at both.
        Role::SystemAdministrator => matches!(
            action,
            A::SeeDashboard
                | A::SeeUnions
                | A::SeeBatches
                | A::SeeRuns
                | A::SeeJobs
                | A::CancelJob
                | A::ManageSettings
        ),
        Role::SecurityAdministrator => {
            matches!(action, A::SeeAccounts | A::ManageAccounts | A::ManageSecurity)
        }
        Role::SecurityAuditor => {
            matches!(
                action,
                A::SeeAccounts | A::SeeJournal | A::SeeAdministratorJournal
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_matrix() {
        let mut table = String::new();
        for action in Action::ALL {
            let allowed: Vec<&str> = Role::ALL
                .into_iter()
                .filter(|role| may(*role, action))
                .map(Role::label)
                .collect();
            table.push_str(&format!(
                "{:<16?} {}: {}\n",
                action,
                action.label(),
                allowed.join("、")
            ));
        }
        insta::assert_snapshot!(table);
    }

    #[test]
    fn an_auditor_changes_nothing_and_an_administrator_sees_no_person() {
        for action in [
            Action::WorkOnItems,
            Action::Import,
            Action::ManageAccounts,
            Action::Export,
            Action::RevealValue,
            Action::HandleMembership,
        ] {
            assert!(!may(Role::Auditor, action));
        }
        for action in [
            Action::SeeMembers,
            Action::RevealValue,
            Action::ReadRejects,
            Action::Export,
            Action::ExportPlain,
        ] {
            for role in Role::ADMINISTRATORS {
                assert!(!may(role, action), "{role:?} {action:?}");
            }
        }
    }

    #[test]
    fn nobody_both_acts_and_reads_what_administrators_did() {
        for role in Role::ALL.into_iter().filter(|role| *role != Role::System) {
            let reads = may(role, Action::SeeAdministratorJournal);
            assert_eq!(reads, role == Role::SecurityAuditor, "{role:?}");
        }
        let held = |action| {
            let holders = Role::ADMINISTRATORS
                .into_iter()
                .filter(move |role| may(*role, action));
            holders.collect::<Vec<_>>()
        };
        assert_eq!(held(Action::ManageAccounts), [Role::SecurityAdministrator]);
        assert_eq!(held(Action::ManageSecurity), [Role::SecurityAdministrator]);
        assert_eq!(held(Action::ManageSettings), [Role::SystemAdministrator]);
        assert_eq!(held(Action::SeeJournal), [Role::SecurityAuditor]);
        // Who lets people in sees nothing of what they work on.
        for action in [
            Action::SeeDashboard,
            Action::SeeLists,
            Action::SeeUnions,
            Action::SeeBatches,
            Action::SeeRuns,
        ] {
            assert!(!may(Role::SecurityAdministrator, action), "{action:?}");
        }
    }
}
