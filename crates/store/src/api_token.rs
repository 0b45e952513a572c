//! API tokens (接口令牌). The table holds a digest of the secret, never the secret.

use codes::id::{AccountId, ApiTokenId};
use codes::time::Timestamp;
use domain::api_token::{ApiToken, TokenScope};
use uuid::Uuid;

use crate::StoreError;
use crate::tx::{Reader, Tx};

statements! {
    TOKEN_BY_SECRET = Sql::both(
        "SELECT id, account_id, name, scopes, tail, created_at, expires_at, used_at, withdrawn_at FROM api_token \
         WHERE secret_digest = $1"
    ),
    TOKEN_BY_ID = Sql::both(
        "SELECT id, account_id, name, scopes, tail, created_at, expires_at, used_at, withdrawn_at FROM api_token \
         WHERE id = $1"
    ),
    TOKENS_OF_ACCOUNT = Sql::both(
        "SELECT id, account_id, name, scopes, tail, created_at, expires_at, used_at, withdrawn_at FROM api_token \
         WHERE account_id = $1 ORDER BY created_at DESC, id DESC"
    ),
    TOKEN_INSERT = Sql::both(
        "INSERT INTO api_token (id, secret_digest, account_id, name, scopes, tail, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
    ),
    TOKEN_USED = Sql::both(
        "UPDATE api_token SET used_at = $2 WHERE id = $1 AND (used_at IS NULL OR used_at < $2)"
    ),
    TOKEN_WITHDRAW = Sql::both("UPDATE api_token SET withdrawn_at = $2 WHERE id = $1 AND withdrawn_at IS NULL"),
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    account_id: Uuid,
    name: String,
    scopes: String,
    tail: String,
    created_at: i64,
    expires_at: i64,
    used_at: Option<i64>,
    withdrawn_at: Option<i64>,
}

impl From<Row> for ApiToken {
    fn from(row: Row) -> ApiToken {
        ApiToken {
            id: ApiTokenId::from_uuid(row.id),
            account_id: AccountId::from_uuid(row.account_id),
            name: row.name,
            // A scope of another version opens nothing.
            scopes: row.scopes.split(' ').filter_map(TokenScope::from_code).collect(),
            tail: row.tail,
            created_at: Timestamp(row.created_at),
            expires_at: Timestamp(row.expires_at),
            used_at: row.used_at.map(Timestamp),
            withdrawn_at: row.withdrawn_at.map(Timestamp),
        }
    }
}

impl Reader {
    /// The token whose secret has this digest, valid or not.
    pub async fn token_by_secret(&mut self, digest: &[u8]) -> Result<Option<ApiToken>, StoreError> {
        let row: Option<Row> = fetch_optional!(self, TOKEN_BY_SECRET, digest)?;
        Ok(row.map(ApiToken::from))
    }

    /// One token.
    pub async fn api_token(&mut self, id: ApiTokenId) -> Result<Option<ApiToken>, StoreError> {
        let row: Option<Row> = fetch_optional!(self, TOKEN_BY_ID, id.uuid())?;
        Ok(row.map(ApiToken::from))
    }

    /// The tokens of an account, valid or not, the newest first.
    pub async fn tokens_of(&mut self, account: AccountId) -> Result<Vec<ApiToken>, StoreError> {
        let rows: Vec<Row> = fetch_all!(self, TOKENS_OF_ACCOUNT, account.uuid())?;
        Ok(rows.into_iter().map(ApiToken::from).collect())
    }
}

impl Tx {
    /// Adds a token.
    pub async fn add_token(&mut self, token: &ApiToken, digest: &[u8]) -> Result<(), StoreError> {
        let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.code()).collect();
        execute!(
            self,
            TOKEN_INSERT,
            token.id.uuid(),
            digest,
            token.account_id.uuid(),
            token.name.as_str(),
            scopes.join(" "),
            token.tail.as_str(),
            token.created_at.0,
            token.expires_at.0,
        )?;
        Ok(())
    }

    /// Notes that a token was used.
    pub async fn touch_token(&mut self, id: ApiTokenId, now: Timestamp) -> Result<(), StoreError> {
        execute!(self, TOKEN_USED, id.uuid(), now.0)?;
        Ok(())
    }

    /// Takes a token back; false when it was before.
    pub async fn withdraw_token(&mut self, id: ApiTokenId, now: Timestamp) -> Result<bool, StoreError> {
        Ok(execute!(self, TOKEN_WITHDRAW, id.uuid(), now.0)? > 0)
    }
}
