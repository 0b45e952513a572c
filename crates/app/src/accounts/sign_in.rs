//! Signing in and out, sessions, one's own password.

use codes::digest::Sm3Hasher;
use codes::id::{AccountId, SessionId};
use codes::time::Timestamp;
use domain::accounts::{self, Account, CredentialWeakness, SESSION_LENGTH, Session, check_password};
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use rand::RngExt as _;
use serde_json::json;

use super::password;
use crate::error::AppError;
use crate::op::{App, OpContext};

/// A session is noted as alive at most this often.
const TOUCH_MILLIS: i64 = 60_000;

/// What somebody enters to sign in, and where from.
#[derive(Clone, Default)]
pub struct SignIn {
    /// The login name.
    pub login: String,
    /// The password.
    pub password: String,
    /// The address the request came from.
    pub address: Option<String>,
    /// The browser, as it names itself.
    pub user_agent: Option<String>,
}

/// A successful sign-in.
pub struct SignedIn {
    /// The secret for the cookie; it is stored nowhere.
    pub token: String,
    /// When the session ends in any case.
    pub expires_at: Timestamp,
    /// Who it is; `must_change_password` says whether a new password comes first.
    pub account: Account,
}

/// A request that came with a valid token.
#[derive(Debug, Clone)]
pub struct SignedRequest {
    /// Who asks, and what they see.
    pub op: OpContext,
    /// The account.
    pub account: Account,
    /// The session.
    pub session: Session,
}

/// What somebody enters to change their password.
#[derive(Clone, Default)]
pub struct ChangePassword {
    /// The present one.
    pub old: String,
    /// The new one.
    pub new: String,
    /// The new one again.
    pub again: String,
}

impl AppError {
    /// Wrong login or password; which of the two is not said.
    pub fn wrong_credentials() -> AppError {
        AppError::invalid("ACC-101", "登录名或密码不正确").hint("连续输错五次，账号将锁定 15 分钟")
    }

    /// Too many wrong passwords.
    pub fn account_locked(until: Timestamp) -> AppError {
        AppError::forbidden(
            "ACC-102",
            format!("连续输错密码，账号已锁定至 {}", until.to_minute()),
        )
        .hint("请到时再试，或联系系统管理员解除锁定")
    }

    /// Out of use.
    pub fn account_disabled() -> AppError {
        AppError::forbidden("ACC-103", "账号已停用").hint("请联系系统管理员")
    }
}

/// Signs somebody in (登录).
///
/// # Errors
/// `ACC-101` wrong login or password, `ACC-102` locked, `ACC-103` out of use.
pub async fn sign_in(app: &App, form: SignIn) -> Result<SignedIn, AppError> {
    let login = form.login.trim().to_lowercase();
    let mut reader = app.store.read().await?;
    let known = reader.account_by_login(&login).await?;
    let hash = match &known {
        Some(account) => reader.password_hash(account.id).await?,
        None => None,
    };
    drop(reader);
    let now = app.now();
    if let Some(until) = known.as_ref().and_then(|account| account.locked_at(now)) {
        return Err(AppError::account_locked(until));
    }
    // No transaction is open meanwhile: on SQLite it would hold up every other write.
    let fits = password::verify(&form.password, hash).await?;
    let Some(account) = known else {
        return Err(AppError::wrong_credentials());
    };
    if fits {
        open_session(app, account.id, form).await
    } else {
        Err(wrong_password(app, &account).await?)
    }
}

async fn wrong_password(app: &App, account: &Account) -> Result<AppError, AppError> {
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let count = tx.count_wrong_password(account.id).await?;
    let Some(until) = accounts::lock_after(count, now) else {
        tx.commit().await?;
        return Ok(AppError::wrong_credentials());
    };
    let Some(account) = tx.account(account.id).await? else {
        return Ok(AppError::wrong_credentials());
    };
    let locked = Account {
        failed_count: 0,
        locked_until: Some(until),
        changed_at: now,
        ..account
    };
    tx.save_account(&locked).await?;
    let entry = JournalEntry::new(
        JournalAction::AccountLocked,
        SubjectKind::Account,
        locked.id.uuid(),
    )
    .after(&json!({ "until": until.millis() }));
    tx.journal(&app.acting(&locked, None, None).by(), entry).await?;
    tx.commit().await?;
    Ok(AppError::account_locked(until))
}

async fn open_session(app: &App, id: AccountId, form: SignIn) -> Result<SignedIn, AppError> {
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let account = tx.account(id).await?.ok_or_else(AppError::wrong_credentials)?;
    // Somebody else may have locked it by guessing while this password was being checked.
    if let Some(until) = account.locked_at(now) {
        return Err(AppError::account_locked(until));
    }
    if account.disabled_at.is_some() {
        return Err(AppError::account_disabled());
    }
    let account = Account {
        failed_count: 0,
        locked_until: None,
        last_sign_in_at: Some(now),
        ..account
    };
    tx.save_account(&account).await?;
    let token = new_token();
    let session = Session {
        id: codes::id::Id::mint(&*app.ids, now),
        account_id: account.id,
        created_at: now,
        seen_at: now,
        expires_at: now.plus(SESSION_LENGTH),
        ended_at: None,
        address: form.address,
        user_agent: form.user_agent.map(|name| name.chars().take(300).collect()),
    };
    tx.add_session(&session, &digest(&token)).await?;
    let entry = JournalEntry::new(JournalAction::SignedIn, SubjectKind::Session, session.id.uuid())
        .after(&json!({ "address": session.address }));
    tx.journal(&app.acting(&account, Some(session.id), None).by(), entry)
        .await?;
    tx.commit().await?;
    Ok(SignedIn {
        token,
        expires_at: session.expires_at,
        account,
    })
}

/// 256 random bits in hexadecimal.
fn new_token() -> String {
    let mut bytes = [0u8; 32];
    rand::rng().fill(&mut bytes);
    codes::digest::to_hex(&bytes)
}

fn digest(token: &str) -> [u8; 32] {
    let mut hasher = Sm3Hasher::new();
    hasher.update(token.as_bytes());
    hasher.finish()
}

/// Who sent this token; `None` when it is unknown, ended, run out, or its account is out of use.
pub async fn authenticate(
    app: &App,
    token: &str,
    request_id: Option<String>,
) -> Result<Option<SignedRequest>, AppError> {
    let now = app.now();
    let mut reader = app.store.read().await?;
    let Some(session) = reader.session_by_token(&digest(token)).await? else {
        return Ok(None);
    };
    if !session.is_open(now) {
        return Ok(None);
    }
    let account = reader.account(session.account_id).await?;
    drop(reader);
    let Some(account) = account.filter(|account| account.disabled_at.is_none()) else {
        return Ok(None);
    };
    if now.millis_since(session.seen_at) >= TOUCH_MILLIS {
        touch_later(app, session.id, now);
    }
    let op = app.acting(&account, Some(session.id), request_id);
    Ok(Some(SignedRequest { op, account, session }))
}

/// A page does not wait for the writer only to note that somebody is there: a large import may hold it for a minute.
fn touch_later(app: &App, id: SessionId, now: Timestamp) {
    let store = app.store.clone();
    tokio::spawn(async move {
        let touched = async {
            let mut tx = store.begin().await?;
            tx.touch_session(id, now).await?;
            tx.commit().await
        };
        if let Err(error) = touched.await {
            tracing::debug!(%error, "session not touched");
        }
    });
}

/// Ends the session of this operation (退出).
pub async fn sign_out(op: &OpContext, app: &App) -> Result<(), AppError> {
    if let (Some(session), Some(account)) = (op.session, op.actor.id) {
        end(op, app, session, account, JournalAction::SignedOut).await?;
    }
    Ok(())
}

/// One's own sessions that are open.
pub async fn sessions(op: &OpContext, app: &App) -> Result<Vec<Session>, AppError> {
    let Some(account) = op.actor.id else {
        return Ok(Vec::new());
    };
    let now = op.now();
    let sessions = app.store.read().await?.sessions_of(account, now).await?;
    Ok(sessions
        .into_iter()
        .filter(|session| session.is_open(now))
        .collect())
}

/// Ends one of one's own sessions, as of a lost telephone.
pub async fn end_session(op: &OpContext, app: &App, session: SessionId) -> Result<(), AppError> {
    let account = op.actor.id.ok_or_else(no_session)?;
    if end(op, app, session, account, JournalAction::SessionEnded).await? {
        Ok(())
    } else {
        Err(no_session())
    }
}

fn no_session() -> AppError {
    AppError::not_found("ACC-404", "没有这个登录会话，或已结束")
}

async fn end(
    op: &OpContext,
    app: &App,
    session: SessionId,
    account: AccountId,
    action: JournalAction,
) -> Result<bool, AppError> {
    let mut tx = app.store.begin().await?;
    let has_ended = tx.end_session(session, account, op.now()).await?;
    if has_ended {
        tx.journal(
            &op.by(),
            JournalEntry::new(action, SubjectKind::Session, session.uuid()),
        )
        .await?;
    }
    tx.commit().await?;
    Ok(has_ended)
}

/// Changes one's own password, and ends one's other sessions (修改密码).
///
/// # Errors
/// `ACC-110` with the fields that are wrong; a wrong present password counts towards the lock.
pub async fn change_password(op: &OpContext, app: &App, form: ChangePassword) -> Result<(), AppError> {
    let id = op
        .actor
        .id
        .ok_or_else(|| AppError::invalid("ACC-111", "系统账号没有密码"))?;
    let wrong = |field, message: &str| AppError::invalid("ACC-110", "密码未修改").field(field, message);
    let mut reader = app.store.read().await?;
    let account = reader.account(id).await?.ok_or_else(AppError::account_disabled)?;
    let hash = reader.password_hash(id).await?;
    drop(reader);
    if let Some(until) = account.locked_at(op.now()) {
        return Err(AppError::account_locked(until));
    }
    if !password::verify(&form.old, hash).await? {
        let refused = wrong_password(app, &account).await?;
        return Err(if refused.code == "ACC-102" {
            refused
        } else {
            wrong("old", "原密码不正确")
        });
    }
    if form.new != form.again {
        return Err(wrong("again", "两次输入的新密码不一致"));
    }
    if form.new == form.old {
        return Err(wrong("new", &CredentialWeakness::Unchanged.to_string()));
    }
    check_password(&account.login, &form.new).map_err(|weak| wrong("new", &weak.to_string()))?;
    let hash = password::hash(&form.new).await?;
    let now = op.now();
    let mut tx = app.store.begin().await?;
    tx.set_password(id, &hash, false, now).await?;
    tx.end_sessions(id, op.session, now).await?;
    tx.journal(
        &op.by(),
        JournalEntry::new(JournalAction::PasswordChanged, SubjectKind::Account, id.uuid()),
    )
    .await?;
    Ok(tx.commit().await?)
}
