//! Acting for others (代办): giving the right, taking it back, and going about in another's name.

use codes::id::DelegationId;
use codes::text;
use codes::time::Day;
use domain::accounts::Account;
use domain::delegation::{Delegation, DelegationRefusal, DelegationState, check_pair, check_terms};
use domain::identity::SignInWay;
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use serde_json::{Value, json};

use crate::accounts;
use crate::error::AppError;
use crate::op::{App, OpContext};
use crate::security;

/// Whom somebody lets act for them, and for how long.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DelegationForm {
    /// The login name of who is to act.
    pub delegate: String,
    /// First day, `2026-08-03`.
    pub starts_on: String,
    /// Last day, itself included.
    pub ends_on: String,
    /// Why.
    pub reason: String,
}

/// What one has given and what one has got.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delegations {
    /// To whom one has given the right, the latest first.
    pub given: Vec<Delegation>,
    /// Who has given one the right, the latest first.
    pub got: Vec<Delegation>,
}

impl AppError {
    /// No such authorisation of this person's.
    pub fn no_delegation() -> AppError {
        AppError::not_found("DLG-404", "没有这项代办授权")
    }
}

fn wrong(field: &'static str, message: impl Into<String>) -> AppError {
    AppError::invalid("DLG-120", "授权未保存").field(field, message)
}

fn refused(refusal: DelegationRefusal) -> AppError {
    wrong(refusal.field, refusal.message)
}

fn journalled(delegation: &Delegation) -> Value {
    json!({
        "principal": delegation.principal_name,
        "delegate": delegation.delegate_name,
        "starts_on": delegation.starts_on.to_string(),
        "ends_on": delegation.ends_on.to_string(),
        "note": delegation.reason,
    })
}

fn entry(action: JournalAction, delegation: &Delegation) -> JournalEntry {
    JournalEntry::new(action, SubjectKind::Delegation, delegation.id.uuid()).after(&journalled(delegation))
}

/// Lets another account act for oneself from one day to another (授权代办), once one's password is proved (ASVS 7.5.1): whoever found an
/// open desk would have its rights for months.
///
/// # Errors
/// `DLG-120` with the field that is wrong; `ACC-450` while acting for somebody: what one got is not passed on.
pub async fn give_delegation(
    op: &OpContext,
    app: &App,
    password: &str,
    form: DelegationForm,
) -> Result<Delegation, AppError> {
    let id = op.oneself()?;
    duty_done(op)?;
    accounts::prove_password(op, app, password, wrong("password", "密码不正确")).await?;
    let day = |field, text: &str| {
        Day::parse_iso(text.trim()).map_err(|_| wrong(field, "请填写日期，写作 2026-08-01"))
    };
    let (starts_on, ends_on) = (day("starts_on", &form.starts_on)?, day("ends_on", &form.ends_on)?);
    let reason = text::visible(&form.reason);
    check_terms(starts_on, ends_on, &reason, op.today()).map_err(refused)?;
    let mut tx = app.store.begin().await?;
    let principal = tx.account(id).await?.ok_or_else(AppError::account_disabled)?;
    // What exists elsewhere is not told apart from what does not exist.
    let delegate = tx.account_by_login(&form.delegate.trim().to_lowercase()).await?;
    let delegate: Account = delegate
        .filter(|account| account.id == id || is_on_line(&principal, account))
        .ok_or_else(|| wrong("delegate", "没有这个登录名，或不在本工会及其上下级工会中"))?;
    check_pair(&principal, &delegate).map_err(refused)?;
    let known = tx.delegations_of(id).await?;
    let overlaps = known.iter().any(|other| {
        other.principal_id == id
            && other.delegate_id == delegate.id
            && matches!(
                other.state(op.today()),
                DelegationState::Running | DelegationState::Waiting
            )
            && other.starts_on <= ends_on
            && starts_on <= other.ends_on
    });
    if overlaps {
        return Err(wrong(
            "delegate",
            "这段时间已经授权给此人；要改日期，请先收回原授权",
        ));
    }
    let delegation = Delegation {
        id: op.new_id(),
        principal_id: id,
        principal_name: principal.name,
        delegate_id: delegate.id,
        delegate_name: delegate.name,
        starts_on,
        ends_on,
        reason,
        created_at: op.now(),
        withdrawn_at: None,
    };
    tx.add_delegation(&delegation).await?;
    tx.journal(&op.by(), entry(JournalAction::DelegationGiven, &delegation))
        .await?;
    tx.commit().await?;
    Ok(delegation)
}

fn is_on_line(one: &Account, other: &Account) -> bool {
    matches!((&one.path, &other.path), (Some(a), Some(b)) if a.contains(b) || b.contains(a))
}

/// A person who must change a password first neither gives nor takes anything before.
fn duty_done(op: &OpContext) -> Result<(), AppError> {
    op.first_duty
        .map_or(Ok(()), |duty| Err(AppError::duty_first(duty)))
}

/// What one has given and got.
pub async fn delegations(op: &OpContext, app: &App) -> Result<Delegations, AppError> {
    let Some(id) = op.person_id() else {
        return Ok(Delegations::default());
    };
    let all = app.store.read().await?.delegations_of(id).await?;
    let (given, got) = all
        .into_iter()
        .partition(|delegation| delegation.principal_id == id);
    Ok(Delegations { given, got })
}

/// Takes a right back, or gives it up: either of the two may (收回).
pub async fn withdraw_delegation(op: &OpContext, app: &App, id: DelegationId) -> Result<(), AppError> {
    let me = op.oneself()?;
    duty_done(op)?;
    let mut tx = app.store.begin().await?;
    let delegation = tx.delegation(id).await?;
    let delegation = delegation
        .filter(|delegation| delegation.principal_id == me || delegation.delegate_id == me)
        .ok_or_else(AppError::no_delegation)?;
    if !tx.withdraw_delegation(id, op.now()).await? {
        return Err(AppError::conflict("DLG-409", "这项授权已经收回"));
    }
    tx.journal(&op.by(), entry(JournalAction::DelegationWithdrawn, &delegation))
        .await?;
    Ok(tx.commit().await?)
}

/// Goes on in another's name in this session (以…名义). It ends by hand, with the session, with the right or at its date.
///
/// # Errors
/// `DLG-404` not given to this person, `DLG-403` not today or no longer possible, `DLG-428` the other's role needs a second factor
/// that this person has not, `ACC-450` while acting for somebody else.
pub async fn act_for(op: &OpContext, app: &App, id: DelegationId) -> Result<Delegation, AppError> {
    let me = op.oneself()?;
    duty_done(op)?;
    let session = op
        .session
        .ok_or_else(|| AppError::invalid("DLG-101", "只有登录后才能代办"))?;
    let mut tx = app.store.begin().await?;
    let delegation = tx.delegation(id).await?;
    let delegation = delegation
        .filter(|delegation| delegation.delegate_id == me)
        .ok_or_else(AppError::no_delegation)?;
    let state = delegation.state(op.today());
    if state != DelegationState::Running {
        return Err(AppError::forbidden(
            "DLG-403",
            format!("这项授权{}，不能代办", state.label()),
        ));
    }
    let (Some(principal), Some(delegate)) =
        (tx.account(delegation.principal_id).await?, tx.account(me).await?)
    else {
        return Err(AppError::no_delegation());
    };
    check_pair(&principal, &delegate).map_err(|refusal| AppError::forbidden("DLG-403", refusal.message))?;
    let way = tx
        .sessions_of(me, op.now())
        .await?
        .into_iter()
        .find(|open| open.id == session)
        .map_or(SignInWay::Password, |open| open.way);
    let policy = security::policy_in_force(&mut tx).await?;
    if !policy.lets_act_for(&principal, &delegate, way, op.now()) {
        return Err(AppError::forbidden(
            "DLG-428",
            format!("{}必须使用动态口令，代办人也一样", principal.role.label()),
        )
        .hint("请先在右上角姓名 → 动态口令 中设置，再开始代办"));
    }
    tx.set_session_delegation(session, Some(id)).await?;
    tx.journal(&op.by(), entry(JournalAction::ActingStarted, &delegation))
        .await?;
    tx.commit().await?;
    Ok(delegation)
}

/// Back in one's own name (恢复本人身份).
pub async fn act_for_oneself(op: &OpContext, app: &App) -> Result<(), AppError> {
    let (Some(session), Some(delegate)) = (op.session, &op.delegate) else {
        return Ok(());
    };
    let mut tx = app.store.begin().await?;
    tx.set_session_delegation(session, None).await?;
    let entry = JournalEntry::new(
        JournalAction::ActingEnded,
        SubjectKind::Account,
        delegate.id.uuid(),
    );
    tx.journal(&op.by(), entry).await?;
    Ok(tx.commit().await?)
}
