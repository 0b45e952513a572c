//! Acting on items: load, may, decide, save, journal, commit.

use codes::time::Timestamp;
use domain::accounts::{Account, Role};
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::list_item::{
    self as rules, Action, Actor, ClosedBy, EscalateTo, ItemState, ListKind, RefuteReason, Step,
};
use domain::permission;
use domain::policy::WorklistPolicy;
use domain::scope::UnionPath;
use serde_json::{Value, json};
use store::Tx;
use store::list_item::ItemRecord;

use super::query::is_assignable;
use super::{ActDone, ActForm, apply, load, policy_on, standing_of, wrong};
use crate::error::AppError;
use crate::op::{App, OpContext};

/// Longest note, in characters.
const WORDS_MAX: usize = 500;

/// Notes that the owner has opened the item; does nothing for anybody else. Call it when the page is shown.
pub async fn mark_read(op: &OpContext, app: &App, item_no: &str) -> Result<bool, AppError> {
    let mut reader = app.store.read().await?;
    let item = load(op, &mut reader, item_no).await?;
    drop(reader);
    if item.state != ItemState::Assigned || op.actor.id.is_none() || item.owner_id != op.actor.id {
        return Ok(false);
    }
    let mut tx = app.store.begin().await?;
    let done = one(op, app, &mut tx, item_no, &Action::Read, None, None).await;
    match done {
        Ok(_) => {
            tx.commit().await?;
            Ok(true)
        }
        // Somebody else was quicker; showing the page matters more.
        Err(_) => Ok(false),
    }
}

/// One act by one person on one item. A refusal is `Invalid` or `Forbidden` with the reason in Chinese.
pub async fn act(op: &OpContext, app: &App, item_no: &str, form: ActForm) -> Result<ActDone, AppError> {
    op.may(permission::Action::WorkOnItems)?;
    let mut tx = app.store.begin().await?;
    let (action, owner) = read_form(op, &mut tx, &form).await?;
    let done = one(op, app, &mut tx, item_no, &action, owner.as_ref(), form.version).await?;
    tx.commit().await?;
    Ok(done)
}

/// Load, decide, save, journal: everything of one act but the commit.
pub(super) async fn one(
    op: &OpContext,
    app: &App,
    tx: &mut Tx,
    item_no: &str,
    action: &Action,
    owner: Option<&Account>,
    seen_version: Option<i64>,
) -> Result<ActDone, AppError> {
    let mut item = load(op, tx, item_no).await?;
    if seen_version.is_some_and(|seen| seen != item.version) {
        return Err(moved_on(item_no));
    }
    let policy = policy_on(op.today());
    let actor = Actor {
        role: op.role(),
        is_owner: op.actor.id.is_some() && item.owner_id == op.actor.id,
    };
    let step = rules::step(standing_of(&item, &policy), action, actor)
        .map_err(|refusal| AppError::conflict("LIST-409", refusal.reason))?;
    if let Some(owner) = owner {
        check_reach(&item, owner)?;
        item.owner_id = Some(owner.id);
    }
    let before = json!({"state": item.state.code(), "kind": item.kind.code()});
    take_step(op, app, &mut item, &policy, action, step);
    if !tx.save_item(&item).await? {
        return Err(moved_on(item_no));
    }
    enter(op, tx, &item, action, before, owner).await?;
    Ok(ActDone {
        item_no: item.item_no.clone(),
        state: item.state,
        message: message(action, owner),
    })
}

fn moved_on(item_no: &str) -> AppError {
    AppError::conflict("LIST-410", format!("{item_no} 刚刚被别人办理过，请刷新后再试"))
}

/// An item is given only to somebody who can see it.
fn check_reach(item: &ItemRecord, owner: &Account) -> Result<(), AppError> {
    let place = item
        .responsible_path
        .as_deref()
        .and_then(|path| UnionPath::parse(path).ok());
    if owner.scope().contains(place.as_ref()) {
        return Ok(());
    }
    Err(wrong("choice", "这个账号的数据范围不含此项，不能派给他"))
}

fn take_step(
    op: &OpContext,
    app: &App,
    item: &mut ItemRecord,
    policy: &WorklistPolicy,
    action: &Action,
    step: Step,
) {
    let now: Timestamp = op.now();
    apply(item, step.standing);
    item.changed_at = now;
    if matches!(action, Action::Confirm { .. }) {
        item.confirmed_at = Some(now);
    }
    if step.restarts_clock {
        item.due_days = i64::from(policy.due_days(ListKind::Task));
        item.clock_started_on = op.today();
        item.due_on = rules::due_on(app.calendar, op.today(), policy.due_days(ListKind::Task));
    }
    if step.is_closing {
        item.closed_at = Some(now);
        item.closed_by = Some(ClosedBy::Person);
        item.closing_reason = Some(closing_words(action));
    }
    if let Action::Refute { reason, .. } = action {
        item.refute_reason = Some(*reason);
    }
    if step.suppresses {
        item.suppressed_fingerprint = Some(item.fingerprint.clone());
        item.suppressed_until = Some(rules::suppressed_until(op.today(), policy.suppression_months));
    }
}

fn closing_words(action: &Action) -> String {
    let head = match action {
        Action::Refute { reason, .. } => reason.label(),
        other => other.label(),
    };
    match action.words() {
        Some(words) => format!("{head}：{words}"),
        None => head.to_owned(),
    }
}

/// Writes the act to the journal, with what was said and to whom.
async fn enter(
    op: &OpContext,
    tx: &mut Tx,
    item: &ItemRecord,
    action: &Action,
    before: Value,
    owner: Option<&Account>,
) -> Result<(), AppError> {
    let mut after = json!({"state": item.state.code(), "kind": item.kind.code()});
    let mut put = |key: &str, value: Value| {
        if let Some(object) = after.as_object_mut() {
            object.insert(key.to_owned(), value);
        }
    };
    if let Some(words) = action.words() {
        put("words", words.into());
    }
    match action {
        Action::Refute { reason, .. } => put("refute_reason", reason.label().into()),
        Action::Escalate { to, .. } => put("to", to.label().into()),
        _ => {}
    }
    if let Some(owner) = owner {
        put("owner", owner.login.as_str().into());
        put("owner_name", owner.name.as_str().into());
    }
    let path = item
        .responsible_path
        .as_deref()
        .and_then(|path| UnionPath::parse(path).ok());
    let entry = JournalEntry {
        path,
        before: Some(before),
        after: Some(after),
        ..JournalEntry::new(journal_action(action), SubjectKind::ListItem, item.id.uuid())
    };
    tx.journal(&op.by(), entry).await?;
    Ok(())
}

/// Under which word an act stands in the journal.
fn journal_action(action: &Action) -> JournalAction {
    match action {
        Action::Assign => JournalAction::ItemAssigned,
        Action::Release => JournalAction::ItemReturned,
        Action::Read => JournalAction::ItemRead,
        Action::StartVerifying => JournalAction::ItemStarted,
        Action::Confirm { .. } => JournalAction::ItemVerified,
        Action::Refute { .. } => JournalAction::ItemRefuted,
        Action::Unreachable { .. } => JournalAction::ItemUnreachable,
        Action::Accept => JournalAction::ItemAccepted,
        Action::Block { .. } => JournalAction::ItemBlocked,
        Action::Escalate { .. } => JournalAction::ItemReported,
        Action::Resume { .. } => JournalAction::ItemResumed,
        Action::Found => JournalAction::ItemFounded,
        Action::Complete { .. } => JournalAction::ItemDone,
        Action::PutAside { .. } => JournalAction::ItemPutAside,
        Action::CloseByRun { .. } => JournalAction::ItemClosed,
        Action::Reopen { .. } => JournalAction::ItemReopened,
    }
}

/// Reads the form once for all items; an owner is looked up here.
pub(super) async fn read_form(
    op: &OpContext,
    tx: &mut Tx,
    form: &ActForm,
) -> Result<(Action, Option<Account>), AppError> {
    let words = form.words.as_deref().unwrap_or_default().trim().to_owned();
    if words.chars().count() > WORDS_MAX {
        return Err(wrong("words", format!("说明不能超过 {WORDS_MAX} 个字")));
    }
    let choice = form.choice.as_deref().unwrap_or_default().trim();
    let action = match form.action.as_str() {
        "assign" => {
            op.may(permission::Action::AssignItems)?;
            return Ok((Action::Assign, Some(new_owner(tx, choice).await?)));
        }
        "read" => Action::Read,
        "start_verifying" => Action::StartVerifying,
        "confirm" => Action::Confirm { note: words },
        "refute" => {
            let reason =
                RefuteReason::from_code(choice).ok_or_else(|| wrong("choice", "请选择核实不属实的原因"))?;
            Action::Refute { reason, words }
        }
        "unreachable" => Action::Unreachable { note: words },
        "accept" => Action::Accept,
        "block" => Action::Block { reason: words },
        "escalate" => Action::Escalate {
            to: level(op, choice)?,
            words,
        },
        "resume" => Action::Resume { note: words },
        "complete" => Action::Complete { note: words },
        "put_aside" => Action::PutAside { note: words },
        _ => return Err(wrong("action", "不认识的办理方式，请刷新页面后再试")),
    };
    Ok((action, None))
}

/// The level that was chosen; without a choice the next one up.
fn level(op: &OpContext, choice: &str) -> Result<EscalateTo, AppError> {
    match (choice, op.role()) {
        ("", Role::CountyOfficer) => Ok(EscalateTo::City),
        ("", _) => Ok(EscalateTo::County),
        (code, _) => EscalateTo::from_code(code).ok_or_else(|| wrong("choice", "请选择上报到哪一级")),
    }
}

async fn new_owner(tx: &mut Tx, login: &str) -> Result<Account, AppError> {
    let account = if login.is_empty() {
        None
    } else {
        tx.account_by_login(login).await?
    };
    account
        .filter(is_assignable)
        .ok_or_else(|| wrong("choice", "请选择承办人：要在用的专职工作者或工会干部账号"))
}

fn message(action: &Action, owner: Option<&Account>) -> String {
    match (action, owner) {
        (Action::Assign, Some(owner)) => format!("已派给{}", owner.name),
        (Action::StartVerifying, _) => "已开始核实".to_owned(),
        (Action::Confirm { .. }, _) => "已核实属实，转入任务清单并报镇（街道）总工会".to_owned(),
        (Action::Refute { .. }, _) => "已认定不属实，依据不变时 12 个月内不再列入".to_owned(),
        (Action::Unreachable { .. }, _) => "已记录联系不上，请另约时间".to_owned(),
        (Action::Escalate { to, .. }, _) => format!("已上报{}", to.label()),
        _ => format!("已{}", action.label()),
    }
}
