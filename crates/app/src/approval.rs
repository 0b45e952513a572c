//! The two-person rule (双人复核): asking, deciding, and using an approval up, once.
//!
//! A use case that needs a second person says what it is about to do as a [`Wanted`]: kind, words, and arguments that fix it.
//! Before the work it asks [`expect`], and in the transaction that counts it calls [`spend`]. The page shows the refusal
//! `APR-428` as a form that calls [`ask`] with the same `Wanted`.
//!
//! ```ignore
//! let wanted = Wanted { kind: ApprovalKind::Export, title, details, arguments: json!({"what": "members", "view": pairs}) };
//! if security::needs_second_person(op, app, Weight::exported(rows)).await? { approval::expect(op, app, &wanted).await?; }
//! …
//! approval::spend(op, &mut tx, &wanted).await?;
//! ```

use codes::digest::Sm3Hasher;
use codes::id::{AccountId, ApprovalId};
use codes::text;
use domain::accounts::{Role, shown_name};
use domain::approval::{Approval, ApprovalKind, ApprovalState, USING_TIME, WAITING_TIME, WORDS_MAX};
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::permission::Action;
use domain::security::Limit;
use serde_json::{Value, json};
use store::list_query::{Page, Window};
use store::{Reader, Tx};

use crate::error::AppError;
use crate::op::{App, OpContext};
use crate::paging::After;
use crate::security::needs_second_person;

/// Code of the refusal that asks for a second person.
pub const NEEDED: &str = "APR-428";
/// The detail that holds the beginning of a person's name.
pub(crate) const NAME_DETAIL: &str = "姓名开头";
/// Rows on a page of requests.
const PAGE_SIZE: u32 = 50;

/// What somebody is about to do.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// What needs a second person.
    pub kind: ApprovalKind,
    /// In words, for the second person: `任务清单（12,345 项）`.
    pub title: String,
    /// The arguments in words, label and text: the second person approves what stands here and nothing else.
    pub details: Vec<(String, String)>,
    /// Everything that fixes what is done. Another value is another thing, to be approved anew.
    pub arguments: Value,
}

impl Wanted {
    /// SM3 over kind, whose scope and arguments.
    fn digest(&self, op: &OpContext) -> [u8; 32] {
        let mut hasher = Sm3Hasher::new();
        let actor = op.actor.id.map(|id| id.to_string()).unwrap_or_default();
        let fixed = json!([
            self.kind.code(),
            actor,
            format!("{:?}", op.scope()),
            self.arguments
        ]);
        hasher.update(fixed.to_string().as_bytes());
        hasher.finish()
    }
}

/// One request as a page shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct ApprovalView {
    /// The request.
    pub approval: Approval,
    /// Where it stands now.
    pub state: ApprovalState,
    /// Whether the reader asked for it.
    pub is_own: bool,
    /// Whether the reader may decide it now.
    pub can_decide: bool,
}

/// A page of requests.
#[derive(Debug, Clone)]
pub struct ApprovalList {
    /// The rows, the latest first.
    pub rows: Vec<ApprovalView>,
    /// How many on all pages.
    pub total: i64,
    /// Rows a page.
    pub page_size: u32,
}

impl AppError {
    /// No such request in sight.
    pub fn no_approval() -> AppError {
        AppError::not_found("APR-404", "没有这项复核申请")
    }

    pub(crate) fn approval_needed(wanted: &Wanted) -> AppError {
        AppError::conflict(
            NEEDED,
            format!("{}“{}”须经另一人复核", wanted.kind.label(), wanted.title),
        )
        .hint("请填写原因，提交复核申请；同意后 24 小时内办理，只能用一次")
    }
}

fn person(op: &OpContext) -> Result<AccountId, AppError> {
    op.person_id()
        .ok_or_else(|| AppError::invalid("APR-101", "系统账号不需要复核"))
}

fn entry(action: JournalAction, approval: &Approval) -> JournalEntry {
    let entry = JournalEntry::new(action, SubjectKind::Approval, approval.id.uuid());
    let entry = match &approval.path {
        Some(path) => entry.at_path(path),
        None => entry,
    };
    let details = approval.details.iter().map(|(label, text)| match label.as_str() {
        // Somebody's name stays out of the journal, also where it was a filter.
        NAME_DETAIL => format!("{label}：（姓名）"),
        _ => format!("{label}：{text}"),
    });
    entry.after(&json!({
        "kind": approval.kind.code(),
        "title": approval.title,
        "detail": details.collect::<Vec<_>>().join("；"),
        "note": approval.reason,
        "asked_by": approval.asked_by_name,
        "remark": approval.remark,
    }))
}

/// Refuses until a second person has approved exactly this. The built-in account works on the machine itself and is not
/// asked.
///
/// # Errors
/// `APR-428` when nobody has; `APR-425` when it was asked for and waits.
pub async fn expect(op: &OpContext, app: &App, wanted: &Wanted) -> Result<(), AppError> {
    if op.role() == Role::System {
        return Ok(());
    }
    usable(op, &mut app.store.read().await?, wanted).await.map(|_| ())
}

async fn usable(op: &OpContext, reader: &mut Reader, wanted: &Wanted) -> Result<Approval, AppError> {
    let known = reader
        .approvals_of(person(op)?, wanted.kind, &wanted.digest(op), op.now())
        .await?;
    let in_state = |state| known.iter().find(move |one| one.state(op.now()) == state);
    match (
        in_state(ApprovalState::Approved),
        in_state(ApprovalState::Waiting),
    ) {
        (Some(approved), _) => Ok(approved.clone()),
        (None, Some(_)) => Err(AppError::conflict(
            "APR-425",
            format!("“{}”的复核申请还没有人处理", wanted.title),
        )
        .hint("请等另一人在“双人复核”里同意后再办")),
        (None, None) => Err(AppError::approval_needed(wanted)),
    }
}

/// Uses the approval of exactly this up, in the transaction of what it was given for. Of two requests at once one is refused.
///
/// # Errors
/// As [`expect`].
pub async fn spend(op: &OpContext, tx: &mut Tx, wanted: &Wanted) -> Result<(), AppError> {
    if op.role() == Role::System {
        return Ok(());
    }
    let approval = usable(op, tx, wanted).await?;
    if !tx.spend_approval(approval.id, op.now()).await? {
        return Err(AppError::approval_needed(wanted));
    }
    Ok(tx
        .journal(&op.by(), entry(JournalAction::ApprovalSpent, &approval))
        .await?)
}

/// Refuses, in the transaction that does it, what is more than one person does alone; where a second person has approved exactly this,
/// the approval is used up.
///
/// # Errors
/// As [`expect`].
pub(crate) async fn clear(
    op: &OpContext,
    tx: &mut Tx,
    limit: Limit,
    count: i64,
    wanted: &Wanted,
) -> Result<(), AppError> {
    if needs_second_person(op, tx, limit, count).await? {
        spend(op, tx, wanted).await?;
    }
    Ok(())
}

/// Asks for a second person's approval (申请复核). `resume` is where the asker goes on once it is given: a path of this site.
///
/// # Errors
/// `APR-120` without a reason; `APR-425` when the same waits already.
pub async fn ask(
    op: &OpContext,
    app: &App,
    wanted: &Wanted,
    resume: &str,
    reason: &str,
) -> Result<Approval, AppError> {
    op.may(wanted.kind.action())?;
    let asked_by = person(op)?;
    let reason = words("reason", reason, true)?;
    let mut tx = app.store.begin().await?;
    match usable(op, &mut tx, wanted).await {
        Ok(approved) => return Ok(approved),
        Err(error) if error.code == NEEDED => {}
        Err(error) => return Err(error),
    }
    let approval = Approval {
        id: op.new_id(),
        kind: wanted.kind,
        title: wanted.title.clone(),
        details: wanted.details.clone(),
        reason,
        digest: wanted.digest(op).to_vec(),
        resume: resume.to_owned(),
        asked_by,
        asked_by_name: op.signature(),
        asked_for: op.actor.id.filter(|id| *id != asked_by),
        path: op.actor.path.clone(),
        asked_at: op.now(),
        expires_at: op.now().plus(WAITING_TIME),
        decided_by: None,
        decided_by_name: None,
        decided_at: None,
        is_approved: None,
        remark: None,
        spent_at: None,
    };
    tx.add_approval(&approval).await?;
    tx.journal(&op.by(), entry(JournalAction::ApprovalRequested, &approval))
        .await?;
    tx.commit().await?;
    Ok(approval)
}

fn words(field: &'static str, text: &str, is_needed: bool) -> Result<String, AppError> {
    let wrong = |message: String| AppError::invalid("APR-120", "复核申请未提交").field(field, message);
    let text = text::visible(text);
    match text.chars().count() {
        0 if is_needed => Err(wrong("请写明原因".to_owned())),
        count if count > WORDS_MAX => Err(wrong(format!("不超过 {WORDS_MAX} 个字"))),
        _ => Ok(text),
    }
}

/// Whether this person may decide this request: the role approves and may do the same itself, the asker's place is in sight,
/// and neither the person nor whom they act for had a part in asking.
fn can_decide(op: &OpContext, approval: &Approval) -> bool {
    op.can(Action::Approve)
        && op.can(approval.kind.action())
        && op.sees(approval.path.as_ref())
        && !approval.is_asked_by(&op.parties())
        && approval.state(op.now()) == ApprovalState::Waiting
}

/// Approves or refuses what another has asked for (复核).
///
/// # Errors
/// `APR-404` out of sight, `APR-403` one's own, `APR-409` decided or lapsed already, `APR-120` a refusal without a remark.
pub async fn decide(
    op: &OpContext,
    app: &App,
    id: ApprovalId,
    is_approved: bool,
    remark: &str,
) -> Result<Approval, AppError> {
    op.may(Action::Approve)?;
    let decided_by = person(op)?;
    let mut tx = app.store.begin().await?;
    let approval = tx.approval(id).await?;
    let approval = approval
        .filter(|approval| op.sees(approval.path.as_ref()))
        .ok_or_else(AppError::no_approval)?;
    op.may(approval.kind.action())?;
    if approval.is_asked_by(&op.parties()) {
        return Err(AppError::forbidden(
            "APR-403",
            "自己（或代办所代的人）提出的申请，须由另一人复核",
        ));
    }
    let remark = words("remark", remark, !is_approved)?;
    let now = op.now();
    let settled = || AppError::conflict("APR-409", "这项申请已经处理过或已过期");
    if approval.state(now) != ApprovalState::Waiting {
        return Err(settled());
    }
    let decided = Approval {
        is_approved: Some(is_approved),
        remark: Some(remark).filter(|text| !text.is_empty()),
        decided_by: Some(decided_by),
        decided_by_name: Some(op.signature()),
        decided_at: Some(now),
        expires_at: now.plus(USING_TIME),
        ..approval
    };
    if !tx.decide_approval(&decided).await? {
        return Err(settled());
    }
    let action = if is_approved {
        JournalAction::ApprovalGiven
    } else {
        JournalAction::ApprovalRefused
    };
    tx.journal(&op.by(), entry(action, &decided)).await?;
    tx.commit().await?;
    Ok(decided)
}

/// One's own requests and, for whoever approves, those asked in sight.
pub async fn approvals(op: &OpContext, app: &App, page: u32) -> Result<ApprovalList, AppError> {
    let (rows, total) = listed(op, app, Page::number(page, PAGE_SIZE).into()).await?;
    Ok(ApprovalList {
        rows,
        total,
        page_size: PAGE_SIZE,
    })
}

/// The same after one of them, for programs.
///
/// # Errors
/// As [`approvals`].
pub async fn approvals_after(
    op: &OpContext,
    app: &App,
    after: &After,
) -> Result<(Vec<ApprovalView>, i64), AppError> {
    listed(op, app, after.id().into()).await
}

async fn listed(op: &OpContext, app: &App, window: Window) -> Result<(Vec<ApprovalView>, i64), AppError> {
    if let Some(duty) = op.first_duty {
        return Err(AppError::duty_first(duty));
    }
    let me = person(op)?;
    let scope = op.can(Action::Approve).then(|| op.scope());
    let mut reader = app.store.read().await?;
    let (rows, total) = reader.approval_list(me, scope, window).await?;
    Ok((rows.into_iter().map(|row| viewed(op, me, row)).collect(), total))
}

/// One request: one's own or, for whoever approves, one asked in sight.
///
/// # Errors
/// `APR-404` for any other.
pub async fn approval(op: &OpContext, app: &App, id: ApprovalId) -> Result<ApprovalView, AppError> {
    if let Some(duty) = op.first_duty {
        return Err(AppError::duty_first(duty));
    }
    let me = person(op)?;
    let found = app.store.read().await?.approval(id).await?;
    let found =
        found.filter(|one| one.asked_by == me || (op.can(Action::Approve) && op.sees(one.path.as_ref())));
    Ok(viewed(op, me, found.ok_or_else(AppError::no_approval)?))
}

fn viewed(op: &OpContext, me: AccountId, approval: Approval) -> ApprovalView {
    ApprovalView {
        state: approval.state(op.now()),
        is_own: approval.asked_by == me,
        can_decide: can_decide(op, &approval),
        approval,
    }
}

impl ApprovalView {
    /// What fixes it, in words, for a program: names of people masked as everywhere.
    pub fn masked_details(&self) -> Vec<(String, String)> {
        let details = self.approval.details.iter();
        details
            .map(|(label, text)| match label.as_str() {
                NAME_DETAIL => (label.clone(), shown_name(text)),
                _ => (label.clone(), text.clone()),
            })
            .collect()
    }

    /// A number that changes when it is decided or used.
    pub fn version(&self) -> i64 {
        let one = &self.approval;
        one.spent_at.or(one.decided_at).unwrap_or(one.asked_at).0
    }
}

/// How many requests wait for this person, for the navigation.
pub async fn waiting_count(op: &OpContext, app: &App) -> Result<i64, AppError> {
    match op.person_id() {
        Some(me) if op.can(Action::Approve) => {
            let mut reader = app.store.read().await?;
            Ok(reader.approvals_waiting(op.scope(), me, op.now()).await?)
        }
        _ => Ok(0),
    }
}
