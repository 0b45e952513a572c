//! What accounts are bound to at an identity provider (统一身份认证). The subject is kept as a keyed digest alone.

use codes::id::AccountId;
use codes::time::Timestamp;
use domain::identity::Identity;
use uuid::Uuid;

use crate::StoreError;
use crate::tx::{Reader, Tx};

statements! {
    IDENTITY_OF = Sql::both(
        "SELECT account_id, issuer, subject_hint, bound_by_name, bound_at, used_at FROM account_identity \
         WHERE account_id = $1 AND issuer = $2"
    ),
    IDENTITY_BY_SUBJECT = Sql::both(
        "SELECT account_id, issuer, subject_hint, bound_by_name, bound_at, used_at FROM account_identity \
         WHERE issuer = $1 AND subject_index = $2"
    ),
    IDENTITY_INSERT = Sql::both(
        "INSERT INTO account_identity (account_id, issuer, subject_index, subject_hint, bound_by_name, bound_at) \
         VALUES ($1, $2, $3, $4, $5, $6)"
    ),
    IDENTITY_USED = Sql::both("UPDATE account_identity SET used_at = $3 WHERE account_id = $1 AND issuer = $2"),
    IDENTITY_DELETE = Sql::both("DELETE FROM account_identity WHERE account_id = $1 AND issuer = $2"),
    IDENTITIES_DELETE = Sql::both("DELETE FROM account_identity WHERE account_id = $1"),
}

#[derive(sqlx::FromRow)]
struct Row {
    account_id: Uuid,
    issuer: String,
    subject_hint: String,
    bound_by_name: String,
    bound_at: i64,
    used_at: Option<i64>,
}

impl From<Row> for Identity {
    fn from(row: Row) -> Identity {
        Identity {
            account_id: AccountId::from_uuid(row.account_id),
            issuer: row.issuer,
            subject_hint: row.subject_hint,
            bound_by_name: row.bound_by_name,
            bound_at: Timestamp(row.bound_at),
            used_at: row.used_at.map(Timestamp),
        }
    }
}

impl Reader {
    /// What an account is bound to at this provider.
    pub async fn identity_of(
        &mut self,
        account: AccountId,
        issuer: &str,
    ) -> Result<Option<Identity>, StoreError> {
        let row: Option<Row> = fetch_optional!(self, IDENTITY_OF, account.uuid(), issuer)?;
        Ok(row.map(Identity::from))
    }

    /// Who is bound to this subject of this provider.
    pub async fn identity_by_subject(
        &mut self,
        issuer: &str,
        subject_index: &[u8],
    ) -> Result<Option<Identity>, StoreError> {
        let row: Option<Row> = fetch_optional!(self, IDENTITY_BY_SUBJECT, issuer, subject_index)?;
        Ok(row.map(Identity::from))
    }
}

impl Tx {
    /// Binds an account; a conflict when the account or the subject is bound already.
    pub async fn add_identity(
        &mut self,
        identity: &Identity,
        subject_index: &[u8],
    ) -> Result<(), StoreError> {
        execute!(
            self,
            IDENTITY_INSERT,
            identity.account_id.uuid(),
            identity.issuer.as_str(),
            subject_index,
            identity.subject_hint.as_str(),
            identity.bound_by_name.as_str(),
            identity.bound_at.0,
        )?;
        Ok(())
    }

    /// Notes a sign-in by it; false when the binding is gone by now.
    pub async fn note_identity_used(
        &mut self,
        account: AccountId,
        issuer: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        Ok(execute!(self, IDENTITY_USED, account.uuid(), issuer, now.0)? > 0)
    }

    /// Takes the binding away; false when there was none.
    pub async fn remove_identity(&mut self, account: AccountId, issuer: &str) -> Result<bool, StoreError> {
        Ok(execute!(self, IDENTITY_DELETE, account.uuid(), issuer)? > 0)
    }

    /// Takes every binding of an account away, whichever provider it is to; answers how many there were.
    pub async fn remove_identities(&mut self, account: AccountId) -> Result<u64, StoreError> {
        execute!(self, IDENTITIES_DELETE, account.uuid())
    }
}
