//! Who may act for whom (代办授权).

use chrono::NaiveDate;
use codes::id::{AccountId, DelegationId};
use codes::time::{Day, Timestamp};
use domain::delegation::Delegation;
use uuid::Uuid;

use crate::StoreError;
use crate::tx::{Reader, Tx};

macro_rules! columns {
    () => {
        "d.id, d.principal_id, p.name AS principal_name, d.delegate_id, g.name AS delegate_name, d.starts_on, \
         d.ends_on, d.reason, d.created_at, d.withdrawn_at FROM delegation d \
         JOIN account p ON p.id = d.principal_id JOIN account g ON g.id = d.delegate_id"
    };
}

statements! {
    DELEGATION_BY_ID = Sql::both(concat!("SELECT ", columns!(), " WHERE d.id = $1")),
    DELEGATIONS_OF = Sql::both(concat!(
        "SELECT ", columns!(), " WHERE d.principal_id = $1 OR d.delegate_id = $1 ORDER BY d.created_at DESC, d.id LIMIT 200"
    )),
    DELEGATION_INSERT = Sql::both(
        "INSERT INTO delegation (id, principal_id, delegate_id, starts_on, ends_on, reason, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)"
    ),
    DELEGATION_WITHDRAW = Sql::both(
        "UPDATE delegation SET withdrawn_at = $2 WHERE id = $1 AND withdrawn_at IS NULL"
    ),
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    principal_id: Uuid,
    principal_name: String,
    delegate_id: Uuid,
    delegate_name: String,
    starts_on: NaiveDate,
    ends_on: NaiveDate,
    reason: String,
    created_at: i64,
    withdrawn_at: Option<i64>,
}

impl From<Row> for Delegation {
    fn from(row: Row) -> Delegation {
        Delegation {
            id: DelegationId::from_uuid(row.id),
            principal_id: AccountId::from_uuid(row.principal_id),
            principal_name: row.principal_name,
            delegate_id: AccountId::from_uuid(row.delegate_id),
            delegate_name: row.delegate_name,
            starts_on: Day::from(row.starts_on),
            ends_on: Day::from(row.ends_on),
            reason: row.reason,
            created_at: Timestamp(row.created_at),
            withdrawn_at: row.withdrawn_at.map(Timestamp),
        }
    }
}

impl Reader {
    /// One authorisation.
    pub async fn delegation(&mut self, id: DelegationId) -> Result<Option<Delegation>, StoreError> {
        let row: Option<Row> = fetch_optional!(self, DELEGATION_BY_ID, id.uuid())?;
        Ok(row.map(Delegation::from))
    }

    /// What an account has given and got, the latest first; at most 200.
    pub async fn delegations_of(&mut self, account: AccountId) -> Result<Vec<Delegation>, StoreError> {
        let rows: Vec<Row> = fetch_all!(self, DELEGATIONS_OF, account.uuid())?;
        Ok(rows.into_iter().map(Delegation::from).collect())
    }
}

impl Tx {
    /// Adds an authorisation.
    pub async fn add_delegation(&mut self, delegation: &Delegation) -> Result<(), StoreError> {
        execute!(
            self,
            DELEGATION_INSERT,
            delegation.id.uuid(),
            delegation.principal_id.uuid(),
            delegation.delegate_id.uuid(),
            delegation.starts_on.naive(),
            delegation.ends_on.naive(),
            delegation.reason.as_str(),
            delegation.created_at.0,
        )?;
        Ok(())
    }

    /// Takes an authorisation back; false when that was done before.
    pub async fn withdraw_delegation(
        &mut self,
        id: DelegationId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        Ok(execute!(self, DELEGATION_WITHDRAW, id.uuid(), now.0)? > 0)
    }
}
