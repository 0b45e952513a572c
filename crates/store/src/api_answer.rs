//! Answers to requests with an idempotency key (幂等键), sealed, kept for a day.

use codes::id::AccountId;
use codes::time::Timestamp;

use crate::StoreError;
use crate::tx::{Reader, Tx};

statements! {
    ANSWER_CLAIM = Sql::both(
        "INSERT INTO api_answer (account_id, request_key, request_digest, begun_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (account_id, request_key) DO NOTHING"
    ),
    ANSWER_OF = Sql::both(
        "SELECT request_digest, answer_sealed, begun_at FROM api_answer WHERE account_id = $1 AND request_key = $2"
    ),
    ANSWER_KEEP = Sql::both(
        "UPDATE api_answer SET answer_sealed = $3 WHERE account_id = $1 AND request_key = $2"
    ),
    ANSWER_RELEASE = Sql::both("DELETE FROM api_answer WHERE account_id = $1 AND request_key = $2"),
    ANSWER_RELEASE_LOST = Sql::both(
        "DELETE FROM api_answer WHERE account_id = $1 AND request_key = $2 AND begun_at = $3 AND answer_sealed IS NULL"
    ),
    ANSWERS_FORGET = Sql::both("DELETE FROM api_answer WHERE begun_at < $1"),
}

/// What is known of a key: the digest of its request, and the sealed answer once there is one.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct AnswerRow {
    /// SM3 of method, path and body.
    pub request_digest: Vec<u8>,
    /// `None` while the request is at work.
    pub answer_sealed: Option<Vec<u8>>,
    /// When the request began, in milliseconds.
    pub begun_at: i64,
}

impl Reader {
    /// What is known of an account's key.
    pub async fn api_answer(
        &mut self,
        account: AccountId,
        key: &str,
    ) -> Result<Option<AnswerRow>, StoreError> {
        fetch_optional!(self, ANSWER_OF, account.uuid(), key)
    }
}

impl Tx {
    /// Takes a key for a request; false when another request has it.
    pub async fn claim_answer(
        &mut self,
        account: AccountId,
        key: &str,
        digest: &[u8],
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        Ok(execute!(self, ANSWER_CLAIM, account.uuid(), key, digest, now.0)? > 0)
    }

    /// Keeps the answer of a request.
    pub async fn keep_answer(
        &mut self,
        account: AccountId,
        key: &str,
        sealed: &[u8],
    ) -> Result<(), StoreError> {
        execute!(self, ANSWER_KEEP, account.uuid(), key, sealed)?;
        Ok(())
    }

    /// Gives a key free again: its request has changed nothing and may be tried anew.
    pub async fn release_answer(&mut self, account: AccountId, key: &str) -> Result<(), StoreError> {
        execute!(self, ANSWER_RELEASE, account.uuid(), key)?;
        Ok(())
    }

    /// Gives a key free whose request began then and never got an answer; false when somebody else did.
    pub async fn release_lost(
        &mut self,
        account: AccountId,
        key: &str,
        begun_at: i64,
    ) -> Result<bool, StoreError> {
        Ok(execute!(self, ANSWER_RELEASE_LOST, account.uuid(), key, begun_at)? > 0)
    }

    /// Forgets the answers of requests that began before an instant.
    pub async fn forget_answers(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        execute!(self, ANSWERS_FORGET, before.0)
    }
}
