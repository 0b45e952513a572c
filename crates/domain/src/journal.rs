//! Journal entries (日志): who did what to which subject, and how it looked before and after.
//!
//! An entry is written in the same transaction as the change. Sensitive values go in as keyed digests or masks, never
//! in plain: the journal is read by many and never changed.

use codes::id::AccountId;
use codes::time::Timestamp;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::accounts::Role;
use crate::scope::UnionPath;

/// Who acts, for whom, when and within which request.
#[derive(Debug, Clone, PartialEq)]
pub struct By {
    /// The account; `None` for the built-in system account.
    pub actor_id: Option<AccountId>,
    /// The name as it was then; for the command line `system` with the operating system's user.
    pub actor_name: String,
    /// On whose behalf, when somebody acts for another.
    pub on_behalf: Option<String>,
    /// The role whose rights counted then: the other's while acting for another; `None` where nobody had signed in.
    pub role: Option<Role>,
    /// The session it came through, or the interface token: its id, never its secret.
    pub session_id: Option<Uuid>,
    /// The address the request came from; `None` on the machine itself.
    pub address: Option<String>,
    /// The instant of the operation.
    pub at: Timestamp,
    /// The request or command this belongs to.
    pub request_id: Option<String>,
    /// The actor's own place in the union tree, used when the entry names none.
    pub path: Option<UnionPath>,
}

macro_rules! coded {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $code:literal $label:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $(#[doc = $label] $variant,)* }

        impl $name {
            /// Every value, in the order of the declaration.
            pub const ALL: &'static [$name] = &[$($name::$variant),*];

            /// The code that is stored.
            pub fn code(self) -> &'static str {
                match self { $($name::$variant => $code,)* }
            }

            /// The word that is shown.
            pub fn label(self) -> &'static str {
                match self { $($name::$variant => $label,)* }
            }

            /// Reads a stored code.
            pub fn from_code(code: &str) -> Option<$name> {
                match code { $($code => Some($name::$variant),)* _ => None }
            }
        }
    };
}

coded! {
    /// What an entry is about.
    SubjectKind {
        Account = "account" "账号",
        Session = "session" "登录会话",
        UnionOrg = "union_org" "工会组织",
        Member = "member" "会员",
        Employer = "employer" "用人单位",
        Batch = "batch" "来源批次",
        ListItem = "list_item" "清单条目",
        Run = "run" "比对运行",
        Verdict = "verdict" "人工核对",
        SavedView = "saved_view" "常用视图",
        Export = "export" "导出",
        Job = "job" "后台任务",
        Setting = "setting" "设置",
        Delegation = "delegation" "代办授权",
        Approval = "approval" "复核申请",
        ApiToken = "api_token" "接口令牌",
    }
}

coded! {
    /// What was done. A new use case adds a line here.
    JournalAction {
        RequestRefused = "request.refused" "操作被拒绝",
        AccountCreated = "account.create" "新建账号",
        AccountChanged = "account.change" "修改账号",
        AccountDisabled = "account.disable" "停用账号",
        AccountEnabled = "account.enable" "启用账号",
        AccountLocked = "account.lock" "连续输错密码，账号锁定",
        AccountUnlocked = "account.unlock" "解除锁定",
        PasswordChanged = "account.password" "修改密码",
        PasswordReset = "account.password_reset" "重置密码",
        SecondFactorSet = "account.second_factor" "设置动态口令",
        SecondFactorRemoved = "account.second_factor_remove" "停用动态口令",
        SecondFactorReset = "account.second_factor_reset" "重置动态口令",
        RecoveryCodesMade = "account.recovery_codes" "重新生成恢复码",
        RecoveryCodeUsed = "account.recovery_code" "使用恢复码",
        IdentityBound = "account.identity" "绑定统一身份认证",
        IdentityUnbound = "account.identity_remove" "解除统一身份认证绑定",
        SignedIn = "session.start" "登录",
        SignInRefused = "session.refused" "登录被拒绝",
        SignedOut = "session.end" "退出",
        SessionEnded = "session.revoke" "终止会话",
        UnionFounded = "union_org.found" "建会",
        UnionAdded = "union_org.add" "登记工会",
        UnionChanged = "union_org.change" "变更工会信息",
        UnionMoved = "union_org.move" "调整上级工会",
        UnionMerged = "union_org.merge" "合并工会",
        UnionSplit = "union_org.split" "分立工会",
        UnionPartSetUp = "union_org.set_up" "设立分会、小组",
        UnionDissolved = "union_org.dissolve" "撤销工会",
        TermRegistered = "union_org.term" "换届登记",
        OfficerEntered = "union_org.officer" "委员会成员任职",
        OfficerLeft = "union_org.officer_left" "委员会成员离任",
        ReminderRead = "union_org.reminder" "阅到期提醒",
        LegalPersonChanged = "union_org.legal" "法人资格登记",
        PlateHung = "union_org.plate" "加挂牌子",
        PlateTakenDown = "union_org.plate_down" "摘牌",
        IndustryChanged = "union_org.industry" "调整产业隶属",
        ZoneChanged = "union_org.zone" "调整片区",
        UnionZoned = "union_org.zoned" "划入片区",
        CoverAdded = "union_org.cover" "登记覆盖单位",
        CoverEnded = "union_org.cover_end" "终止覆盖",
        CoverChanged = "union_org.cover_change" "更正覆盖单位",
        MembersTakenOver = "union_org.take_over" "接收会员",
        MemberJoined = "member.join" "入会",
        MemberChanged = "member.change" "变更会员信息",
        MemberLeft = "member.leave" "退会",
        MembershipChanged = "member.membership" "会籍变化",
        MembershipAsked = "member.ask" "提交会籍申请",
        MembershipAnswered = "member.answer" "答复会籍申请",
        MembersMerged = "member.merge" "合并重复会员",
        MembersParted = "member.part" "撤销合并会员",
        ConsentGiven = "member.consent" "登记同意",
        ConsentWithdrawn = "member.consent_withdraw" "撤回同意",
        NoticePublished = "notice.publish" "发布告知书",
        MemberPassIssued = "member.pass" "发放本人查询码",
        MemberPassMissed = "member.pass_missed" "查询码的证件号码后六位输错",
        MemberAnonymised = "member.anonymise" "到期匿名化",
        MemberHeld = "member.hold" "暂缓匿名化",
        MemberReleased = "member.release" "解除暂缓匿名化",
        ClosingAsked = "member.close_ask" "申请注销",
        ClosingAnswered = "member.close_answer" "答复注销申请",
        OwnDataCopied = "member.copy" "本人下载资料副本",
        MemberSeen = "member.see" "查看会员资料",
        MemberSought = "member.find" "查找会员",
        BatchImported = "batch.import" "导入批次",
        BatchUndone = "batch.undo" "撤销批次",
        FileChecked = "batch.check" "核对文件",
        BatchRejectsRead = "batch.rejects" "下载退回行",
        RunStarted = "run.start" "开始比对",
        RunFinished = "run.finish" "完成比对",
        RunFailed = "run.fail" "比对失败",
        ItemRaised = "list_item.raise" "列入清单",
        ItemChanged = "list_item.evidence" "依据变化",
        ItemReopened = "list_item.reopen" "重新列入",
        ItemAssigned = "list_item.assign" "派单",
        ItemAccepted = "list_item.accept" "接单",
        ItemVisited = "list_item.visit" "走访",
        ItemVerified = "list_item.verify" "核实",
        ItemRefuted = "list_item.refute" "核实不成立",
        ItemReported = "list_item.report" "上报",
        ItemReturned = "list_item.return" "退回",
        ItemSuspended = "list_item.suspend" "暂缓",
        ItemResumed = "list_item.resume" "恢复办理",
        ItemDone = "list_item.done" "办结",
        ItemClosed = "list_item.close" "自动办结",
        ItemSuperseded = "list_item.supersede" "被取代",
        ItemNoted = "list_item.note" "备注",
        ItemRead = "list_item.read" "已读",
        ItemStarted = "list_item.start" "开始核实",
        ItemUnreachable = "list_item.unreachable" "联系不上",
        ItemBlocked = "list_item.block" "单位不配合",
        ItemFounded = "list_item.found" "已建会",
        ItemPutAside = "list_item.put_aside" "不适用",
        VerdictGiven = "verdict.give" "人工核对结论",
        VerdictWithdrawn = "verdict.withdraw" "撤回核对结论",
        ViewSaved = "saved_view.save" "保存视图",
        ViewDeleted = "saved_view.delete" "删除视图",
        Exported = "export.make" "导出",
        ExportTaken = "export.take" "下载导出文件",
        ValueRevealed = "reveal" "查看敏感信息",
        JobQueued = "job.queue" "提交任务",
        JobCancelled = "job.cancel" "取消任务",
        SettingChanged = "setting.change" "修改设置",
        ElementRightSet = "setting.element_right" "修改数据元权限",
        DelegationGiven = "delegation.give" "授权代办",
        DelegationWithdrawn = "delegation.withdraw" "收回代办授权",
        ActingStarted = "delegation.start" "开始代办",
        ActingEnded = "delegation.stop" "结束代办",
        ApprovalRequested = "approval.request" "申请复核",
        ApprovalGiven = "approval.give" "复核同意",
        ApprovalRefused = "approval.refuse" "复核不同意",
        ApprovalSpent = "approval.spend" "凭复核办理",
        TokenMade = "api_token.make" "新建接口令牌",
        TokenWithdrawn = "api_token.withdraw" "撤回接口令牌",
        AnchorKeyMade = "journal.key" "启用锚点签名密钥",
    }
}

coded! {
    /// What came of it (GB/T 22239-2019 8.1.4.3 b).
    JournalResult {
        Done = "done" "成功",
        Refused = "refused" "被拒绝",
        Failed = "failed" "失败",
    }
}

/// One entry, before it is written.
#[derive(Debug, Clone, PartialEq)]
pub struct JournalEntry {
    /// What was done.
    pub action: JournalAction,
    /// What kind of thing it was done to.
    pub subject_kind: SubjectKind,
    /// To which one.
    pub subject_id: Uuid,
    /// The subject's place in the union tree; the actor's own place when `None`.
    pub path: Option<UnionPath>,
    /// The subject before, or what matters of it.
    pub before: Option<Value>,
    /// The subject after, with reasons and remarks.
    pub after: Option<Value>,
    /// The code of the refusal, where it was refused: `ACC-403`.
    pub refusal: Option<String>,
}

impl JournalEntry {
    /// An entry without before and after.
    pub fn new(action: JournalAction, subject_kind: SubjectKind, subject_id: Uuid) -> JournalEntry {
        JournalEntry {
            action,
            subject_kind,
            subject_id,
            path: None,
            before: None,
            after: None,
            refusal: None,
        }
    }

    /// It was tried and refused, with this code.
    pub fn refused(self, code: impl Into<String>) -> JournalEntry {
        JournalEntry {
            refusal: Some(code.into()),
            ..self
        }
    }

    /// What came of it.
    pub fn result(&self) -> JournalResult {
        match (&self.refusal, self.action) {
            (Some(_), _) => JournalResult::Refused,
            (None, JournalAction::RunFailed) => JournalResult::Failed,
            (None, _) => JournalResult::Done,
        }
    }

    /// Where the subject hangs in the union tree: who may read the entry later.
    pub fn at_path(mut self, path: &UnionPath) -> JournalEntry {
        self.path = Some(path.clone());
        self
    }

    /// What was there before.
    ///
    /// # Panics
    /// When the value cannot be written as JSON, which plain data always can.
    pub fn before(mut self, value: &impl Serialize) -> JournalEntry {
        self.before = Some(serde_json::to_value(value).expect("journal values are plain data"));
        self
    }

    /// What is there now.
    ///
    /// # Panics
    /// As [`JournalEntry::before`].
    pub fn after(mut self, value: &impl Serialize) -> JournalEntry {
        self.after = Some(serde_json::to_value(value).expect("journal values are plain data"));
        self
    }
}

/// One entry, read back.
#[derive(Debug, Clone, PartialEq)]
pub struct JournalRow {
    /// The order in which entries were written.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// Who; `None` for the built-in system account.
    pub actor_id: Option<AccountId>,
    /// Who, by the name of that time.
    pub actor_name: String,
    /// On whose behalf.
    pub on_behalf: Option<String>,
    /// In which role, by its code; `None` in rows from before roles were kept, and where nobody had signed in.
    pub role: Option<String>,
    /// The session or interface token it came through.
    pub session_id: Option<Uuid>,
    /// The address it came from.
    pub address: Option<String>,
    /// What, as stored; a code written by a newer version may have no [`JournalAction`].
    pub action: String,
    /// What kind of thing, as stored.
    pub subject_kind: String,
    /// Which one.
    pub subject_id: Uuid,
    /// Before.
    pub before: Option<Value>,
    /// After.
    pub after: Option<Value>,
    /// The request or command.
    pub request_id: Option<String>,
    /// What came of it, by its code; `None` in rows from before it was kept.
    pub result: Option<String>,
    /// Why it was refused, by its code.
    pub reason: Option<String>,
}

impl JournalRow {
    /// What was done, in words; the code itself when this version does not know it.
    pub fn action_label(&self) -> &str {
        match JournalAction::from_code(&self.action) {
            Some(action) => action.label(),
            None => &self.action,
        }
    }

    /// What it was done to, in words.
    pub fn subject_label(&self) -> &str {
        match SubjectKind::from_code(&self.subject_kind) {
            Some(kind) => kind.label(),
            None => &self.subject_kind,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_unique_and_read_back() {
        let codes: BTreeSet<_> = JournalAction::ALL.iter().map(|action| action.code()).collect();
        assert_eq!(codes.len(), JournalAction::ALL.len());
        for action in JournalAction::ALL {
            assert_eq!(JournalAction::from_code(action.code()), Some(*action));
        }
        for kind in SubjectKind::ALL {
            assert_eq!(SubjectKind::from_code(kind.code()), Some(*kind));
        }
    }
}
