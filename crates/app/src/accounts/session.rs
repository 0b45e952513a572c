//! Sessions (登录会话): the devices on which somebody is signed in, and how one of them is ended.

use codes::id::{AccountId, SessionId};
use domain::accounts::Session;
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use serde_json::json;

use super::manage::managed;
use crate::error::AppError;
use crate::op::{App, OpContext};

fn no_session() -> AppError {
    AppError::not_found("ACC-404", "没有这个登录会话，或已结束")
}

/// Ends the session of this operation (退出).
pub async fn sign_out(op: &OpContext, app: &App) -> Result<(), AppError> {
    if let (Some(session), Some(account)) = (op.session, op.person_id()) {
        end(op, app, session, account, JournalAction::SignedOut).await?;
    }
    Ok(())
}

/// One's own sessions that are open.
pub async fn sessions(op: &OpContext, app: &App) -> Result<Vec<Session>, AppError> {
    match op.person_id() {
        Some(account) => open_sessions(op, app, account).await,
        None => Ok(Vec::new()),
    }
}

/// The open sessions of an account in sight, for whoever manages accounts.
pub async fn account_sessions(op: &OpContext, app: &App, id: AccountId) -> Result<Vec<Session>, AppError> {
    managed(op, app, id).await?;
    open_sessions(op, app, id).await
}

async fn open_sessions(op: &OpContext, app: &App, account: AccountId) -> Result<Vec<Session>, AppError> {
    let now = op.now();
    let sessions = app.store.read().await?.sessions_of(account, now).await?;
    Ok(sessions
        .into_iter()
        .filter(|session| session.is_open(now))
        .collect())
}

/// Ends one of one's own sessions, as of a lost telephone. It is refused at its next request.
pub async fn end_session(op: &OpContext, app: &App, session: SessionId) -> Result<(), AppError> {
    let account = op.person_id().ok_or_else(no_session)?;
    end_or_none(op, app, session, account).await
}

/// Ends all of one's own sessions but this one, and answers how many.
pub async fn end_other_sessions(op: &OpContext, app: &App) -> Result<u64, AppError> {
    let account = op.person_id().ok_or_else(no_session)?;
    end_all(op, app, account).await
}

/// Ends one session of an account in sight (终止会话).
pub async fn end_account_session(
    op: &OpContext,
    app: &App,
    id: AccountId,
    session: SessionId,
) -> Result<(), AppError> {
    managed(op, app, id).await?;
    end_or_none(op, app, session, id).await
}

/// Ends every session of an account in sight, but the one that asks, and answers how many.
pub async fn end_account_sessions(op: &OpContext, app: &App, id: AccountId) -> Result<u64, AppError> {
    managed(op, app, id).await?;
    end_all(op, app, id).await
}

async fn end_or_none(
    op: &OpContext,
    app: &App,
    session: SessionId,
    account: AccountId,
) -> Result<(), AppError> {
    if end(op, app, session, account, JournalAction::SessionEnded).await? {
        Ok(())
    } else {
        Err(no_session())
    }
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
        let whose = tx.account(account).await?.map(|account| account.login);
        let entry = JournalEntry::new(action, SubjectKind::Session, session.uuid());
        let entry = if op.person_id() == Some(account) {
            entry
        } else {
            entry.after(&json!({ "login": whose }))
        };
        tx.journal(&op.by(), entry).await?;
    }
    tx.commit().await?;
    Ok(has_ended)
}

async fn end_all(op: &OpContext, app: &App, account: AccountId) -> Result<u64, AppError> {
    let mut tx = app.store.begin().await?;
    let count = tx.end_sessions(account, op.session, op.now()).await?;
    if count > 0 {
        let entry = JournalEntry::new(JournalAction::SessionEnded, SubjectKind::Account, account.uuid());
        tx.journal(&op.by(), entry.after(&json!({ "sessions": count })))
            .await?;
    }
    tx.commit().await?;
    Ok(count)
}

/// Whether the session of this operation still goes on: for an answer that takes longer than a page.
pub async fn is_still_open(op: &OpContext, app: &App) -> Result<bool, AppError> {
    let open = sessions(op, app).await?;
    Ok(open.iter().any(|session| op.session == Some(session.id)))
}
