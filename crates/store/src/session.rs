//! Sessions (登录会话). The table holds a digest of the cookie's token, never the token.

use codes::id::{AccountId, DelegationId, SessionId};
use codes::time::Timestamp;
use domain::accounts::Session;
use domain::identity::SignInWay;
use uuid::Uuid;

use crate::StoreError;
use crate::tx::{Reader, Tx};

statements! {
    SESSION_BY_TOKEN = Sql::both(
        "SELECT id, account_id, created_at, seen_at, expires_at, ended_at, address, user_agent, delegation_id, way FROM session \
         WHERE token_digest = $1"
    ),
    SESSIONS_OF_ACCOUNT = Sql::both(
        "SELECT id, account_id, created_at, seen_at, expires_at, ended_at, address, user_agent, delegation_id, way FROM session \
         WHERE account_id = $1 AND ended_at IS NULL AND expires_at > $2 ORDER BY seen_at DESC, id"
    ),
    SESSION_INSERT = Sql::both(
        "INSERT INTO session (id, token_digest, account_id, created_at, seen_at, expires_at, address, user_agent, way) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
    ),
    SESSION_SEEN = Sql::both("UPDATE session SET seen_at = $2 WHERE id = $1 AND seen_at < $2"),
    SESSION_END = Sql::both("UPDATE session SET ended_at = $3 WHERE id = $1 AND account_id = $2 AND ended_at IS NULL"),
    SESSIONS_END_ALL = Sql::both(
        "UPDATE session SET ended_at = $3 WHERE account_id = $1 AND id <> $2 AND ended_at IS NULL"
    ),
    SESSIONS_END_OF_PROVIDER = Sql::both(
        "UPDATE session SET ended_at = $3 WHERE account_id = $1 AND id <> $2 AND ended_at IS NULL AND way <> 'password'"
    ),
    SESSION_ACTS = Sql::both("UPDATE session SET delegation_id = $2 WHERE id = $1"),
    STEP_INSERT = Sql::both(
        "INSERT INTO sign_in_step (token_digest, account_id, expires_at, address, user_agent, way) \
         VALUES ($1, $2, $3, $4, $5, $6)"
    ),
    STEP_BY_TOKEN = Sql::both(
        "SELECT account_id, expires_at, address, user_agent, way FROM sign_in_step WHERE token_digest = $1"
    ),
    STEPS_FORGET = Sql::both("DELETE FROM sign_in_step WHERE account_id = $1 OR expires_at < $2"),
    SESSION_FROM = Sql::both(
        "SELECT COUNT(*) FROM session WHERE account_id = $1 AND address = $2 AND created_at >= $3"
    ),
    SESSIONS_FORGET = Sql::both("DELETE FROM session WHERE expires_at < $1"),
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    account_id: Uuid,
    created_at: i64,
    seen_at: i64,
    expires_at: i64,
    ended_at: Option<i64>,
    address: Option<String>,
    user_agent: Option<String>,
    delegation_id: Option<Uuid>,
    way: String,
}

/// Somebody whose password was right and whose code is still to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInStep {
    /// Who.
    pub account_id: AccountId,
    /// Until when the code is waited for.
    pub expires_at: Timestamp,
    /// The address it came from.
    pub address: Option<String>,
    /// The browser, as it names itself.
    pub user_agent: Option<String>,
    /// How the person came this far.
    pub way: SignInWay,
}

impl TryFrom<Row> for Session {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Session, StoreError> {
        Ok(Session {
            id: SessionId::from_uuid(row.id),
            account_id: AccountId::from_uuid(row.account_id),
            created_at: Timestamp(row.created_at),
            seen_at: Timestamp(row.seen_at),
            expires_at: Timestamp(row.expires_at),
            ended_at: row.ended_at.map(Timestamp),
            address: row.address,
            user_agent: row.user_agent,
            delegation_id: row.delegation_id.map(DelegationId::from_uuid),
            way: SignInWay::from_code(&row.way)
                .ok_or_else(|| StoreError::corrupt("session", "way", row.id))?,
        })
    }
}

impl Reader {
    /// The session whose token has this digest, open or not.
    pub async fn session_by_token(&mut self, digest: &[u8]) -> Result<Option<Session>, StoreError> {
        let row: Option<Row> = fetch_optional!(self, SESSION_BY_TOKEN, digest)?;
        row.map(Session::try_from).transpose()
    }

    /// The sign-in that waits for a code under this token, late or not.
    pub async fn sign_in_step(&mut self, digest: &[u8]) -> Result<Option<SignInStep>, StoreError> {
        let row: Option<(Uuid, i64, Option<String>, Option<String>, String)> =
            fetch_optional!(self, STEP_BY_TOKEN, digest)?;
        row.map(|(account, expires_at, address, user_agent, way)| {
            Ok(SignInStep {
                account_id: AccountId::from_uuid(account),
                expires_at: Timestamp(expires_at),
                address,
                user_agent,
                way: SignInWay::from_code(&way)
                    .ok_or_else(|| StoreError::corrupt("sign_in_step", "way", account))?,
            })
        })
        .transpose()
    }

    /// Whether an account has signed in from this address since then.
    pub async fn has_signed_in_from(
        &mut self,
        account: AccountId,
        address: &str,
        since: Timestamp,
    ) -> Result<bool, StoreError> {
        let (count,): (i64,) = fetch_one!(self, SESSION_FROM, account.uuid(), address, since.0)?;
        Ok(count > 0)
    }

    /// The sessions of an account that have neither ended nor run out, the busiest first.
    pub async fn sessions_of(
        &mut self,
        account: AccountId,
        now: Timestamp,
    ) -> Result<Vec<Session>, StoreError> {
        let rows: Vec<Row> = fetch_all!(self, SESSIONS_OF_ACCOUNT, account.uuid(), now.0)?;
        rows.into_iter().map(Session::try_from).collect()
    }
}

impl Tx {
    /// Adds a session.
    pub async fn add_session(&mut self, session: &Session, digest: &[u8]) -> Result<(), StoreError> {
        execute!(
            self,
            SESSION_INSERT,
            session.id.uuid(),
            digest,
            session.account_id.uuid(),
            session.created_at.0,
            session.seen_at.0,
            session.expires_at.0,
            session.address.as_deref(),
            session.user_agent.as_deref(),
            session.way.code(),
        )?;
        Ok(())
    }

    /// Adds a sign-in that waits for its code.
    pub async fn add_sign_in_step(&mut self, step: &SignInStep, digest: &[u8]) -> Result<(), StoreError> {
        execute!(
            self,
            STEP_INSERT,
            digest,
            step.account_id.uuid(),
            step.expires_at.0,
            step.address.as_deref(),
            step.user_agent.as_deref(),
            step.way.code(),
        )?;
        Ok(())
    }

    /// Forgets what waits for a code of this account, and what waited too long.
    pub async fn forget_sign_in_steps(
        &mut self,
        account: AccountId,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        execute!(self, STEPS_FORGET, account.uuid(), now.0)
    }

    /// Says under which authorisation a session acts from now on; `None` for nobody else.
    pub async fn set_session_delegation(
        &mut self,
        id: SessionId,
        delegation: Option<DelegationId>,
    ) -> Result<(), StoreError> {
        execute!(self, SESSION_ACTS, id.uuid(), delegation.map(|id| id.uuid()))?;
        Ok(())
    }

    /// Notes that a session is alive.
    pub async fn touch_session(&mut self, id: SessionId, now: Timestamp) -> Result<(), StoreError> {
        execute!(self, SESSION_SEEN, id.uuid(), now.0)?;
        Ok(())
    }

    /// Ends one session of an account; false when there was none to end.
    pub async fn end_session(
        &mut self,
        id: SessionId,
        account: AccountId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        Ok(execute!(self, SESSION_END, id.uuid(), account.uuid(), now.0)? > 0)
    }

    /// Ends every session of an account but `keep`, and answers how many.
    pub async fn end_sessions(
        &mut self,
        account: AccountId,
        keep: Option<SessionId>,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let keep = keep.map_or(Uuid::nil(), SessionId::uuid);
        execute!(self, SESSIONS_END_ALL, account.uuid(), keep, now.0)
    }

    /// Ends every session of an account that the identity provider opened, but `keep`, and answers how many.
    pub async fn end_provider_sessions(
        &mut self,
        account: AccountId,
        keep: Option<SessionId>,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let keep = keep.map_or(Uuid::nil(), SessionId::uuid);
        execute!(self, SESSIONS_END_OF_PROVIDER, account.uuid(), keep, now.0)
    }

    /// Deletes sessions that ran out before this instant; the journal still tells of them.
    pub async fn forget_sessions(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        execute!(self, SESSIONS_FORGET, before.0)
    }
}
