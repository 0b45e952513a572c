//! Requests that may be sent again (幂等): the same key with the same request is answered from what was kept, another request
//! under the same key is refused, and of two at once one does the work.

use std::time::Duration;

use codes::id::AccountId;
use codes::time::Timestamp;
use domain::api_token::ANSWER_KEPT;
use serde::{Deserialize, Serialize};

use crate::error::AppError;
use crate::op::{App, OpContext};

/// An answer as it was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptAnswer {
    /// The status of HTTP.
    pub status: u16,
    /// Names and values of its own headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

/// What becomes of a request with a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// It is new: do the work, then [`keep_answer`] or [`release_answer`].
    Mine,
    /// It was answered before.
    Kept(KeptAnswer),
}

/// Takes a key for a request (method, path and body as a digest).
///
/// # Errors
/// `API-422` when the key was used for another request, `API-409` when the same request is at work, `API-410` when it was
/// begun and the server has died since: the key is free again then.
pub async fn claim_answer(
    op: &OpContext,
    app: &App,
    key: &str,
    request_digest: &[u8; 32],
) -> Result<Claim, AppError> {
    let account = account_of(op)?;
    let mut tx = app.store.begin().await?;
    tx.forget_answers(kept_since(op.now())).await?;
    if tx.claim_answer(account, key, request_digest, op.now()).await? {
        tx.commit().await?;
        return Ok(Claim::Mine);
    }
    let known = tx.api_answer(account, key).await?;
    tx.commit().await?;
    let Some(known) = known else {
        return Err(at_work());
    };
    if known.request_digest != request_digest {
        return Err(
            AppError::invalid("API-422", "这个幂等键已用于另一个请求").hint("请为每个新的请求换一个键")
        );
    }
    let Some(sealed) = known.answer_sealed else {
        if op.now().millis_since(Timestamp(known.begun_at)) < LOST_AFTER.as_millis() as i64 {
            return Err(at_work());
        }
        // Only its own claim: another request may have taken the key meanwhile.
        let mut tx = app.store.begin().await?;
        let is_mine = tx.release_lost(account, key, known.begun_at).await?;
        tx.commit().await?;
        return Err(if is_mine { outcome_unknown() } else { at_work() });
    };
    let opened = app
        .keys
        .open("api_answer", "answer", &place(account, key), &sealed)
        .map_err(AppError::internal)?;
    Ok(Claim::Kept(
        serde_json::from_str(&opened).map_err(AppError::internal)?,
    ))
}

/// Keeps the answer of a request for a day, sealed: it may name people.
pub async fn keep_answer(op: &OpContext, app: &App, key: &str, answer: &KeptAnswer) -> Result<(), AppError> {
    let account = account_of(op)?;
    let text = serde_json::to_string(answer).map_err(AppError::internal)?;
    let sealed = app.keys.seal("api_answer", "answer", &place(account, key), &text);
    let mut tx = app.store.begin().await?;
    tx.keep_answer(account, key, &sealed).await?;
    Ok(tx.commit().await?)
}

/// Gives a key free after a failure that changed nothing.
pub async fn release_answer(op: &OpContext, app: &App, key: &str) -> Result<(), AppError> {
    let account = account_of(op)?;
    let mut tx = app.store.begin().await?;
    tx.release_answer(account, key).await?;
    Ok(tx.commit().await?)
}

/// A request that has no answer after this time has lost its server: the work and the answer are transactions of their own, so it
/// may have been done or not. No request works so long; what takes longer is a job.
const LOST_AFTER: Duration = Duration::from_secs(10 * 60);

fn outcome_unknown() -> AppError {
    AppError::conflict("API-410", "同一个请求办理到一半时服务器中断，不知道办成了没有")
        .hint("请先查看该记录现在的状态；确实没有办成时，用同一个幂等键再发一次，就会重新办理")
}

fn at_work() -> AppError {
    AppError::conflict("API-409", "同一个请求正在办理")
        .hint("请稍后用同一个幂等键再试；也可先查看该记录现在的状态")
}

fn account_of(op: &OpContext) -> Result<AccountId, AppError> {
    op.actor
        .id
        .ok_or_else(|| AppError::invalid("API-423", "系统账号不使用幂等键"))
}

fn place(account: AccountId, key: &str) -> Vec<u8> {
    [account.as_bytes(), key.as_bytes()].concat()
}

/// Answers of requests that began before this are forgotten.
pub(crate) fn kept_since(now: Timestamp) -> Timestamp {
    Timestamp(now.0 - i64::try_from(ANSWER_KEPT.as_millis()).unwrap_or(0))
}
