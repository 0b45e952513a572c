//! The second factor of accounts (动态口令、恢复码). The secret is sealed by the floor above; recovery codes are digests.

use codes::id::AccountId;
use codes::time::Timestamp;

use crate::StoreError;
use crate::tx::{Reader, Tx};

/// Table and column that the sealed secret is bound to; the row is the account's id.
pub const SEALED_CELL: (&str, &str) = ("second_factor", "secret_sealed");

statements! {
    FACTOR_OF = Sql::both(
        "SELECT secret_sealed, last_step, confirmed_at FROM second_factor WHERE account_id = $1"
    ),
    FACTOR_START = Sql::both(
        "INSERT INTO second_factor (account_id, secret_sealed, created_at) VALUES ($1, $2, $3)"
    ),
    FACTOR_CONFIRM = Sql::both(
        "UPDATE second_factor SET confirmed_at = $2 WHERE account_id = $1 AND confirmed_at IS NULL"
    ),
    // Two requests with one code: only one of them moves the step on.
    FACTOR_TAKE_STEP = Sql::both(
        "UPDATE second_factor SET last_step = $2 WHERE account_id = $1 AND (last_step IS NULL OR last_step < $2)"
    ),
    FACTOR_REMOVE = Sql::both("DELETE FROM second_factor WHERE account_id = $1"),
    RECOVERY_ADD = Sql::both("INSERT INTO recovery_code (account_id, digest) VALUES ($1, $2)"),
    RECOVERY_LEFT = Sql::both("SELECT COUNT(*) FROM recovery_code WHERE account_id = $1 AND used_at IS NULL"),
    RECOVERY_USE = Sql::both(
        "UPDATE recovery_code SET used_at = $3 WHERE account_id = $1 AND digest = $2 AND used_at IS NULL"
    ),
    RECOVERY_FORGET = Sql::both("DELETE FROM recovery_code WHERE account_id = $1"),
}

/// An authenticator app as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondFactorRecord {
    /// The secret, sealed.
    pub secret_sealed: Vec<u8>,
    /// The step of the last code that was taken.
    pub last_step: Option<i64>,
    /// When its owner proved that the app works; until then it counts for nothing.
    pub confirmed_at: Option<Timestamp>,
}

impl Reader {
    /// The authenticator app of an account, confirmed or not.
    pub async fn second_factor(&mut self, id: AccountId) -> Result<Option<SecondFactorRecord>, StoreError> {
        let row: Option<(Vec<u8>, Option<i64>, Option<i64>)> = fetch_optional!(self, FACTOR_OF, id.uuid())?;
        Ok(
            row.map(|(secret_sealed, last_step, confirmed_at)| SecondFactorRecord {
                secret_sealed,
                last_step,
                confirmed_at: confirmed_at.map(Timestamp),
            }),
        )
    }

    /// How many recovery codes of an account are unused.
    pub async fn recovery_codes_left(&mut self, id: AccountId) -> Result<i64, StoreError> {
        let (count,): (i64,) = fetch_one!(self, RECOVERY_LEFT, id.uuid())?;
        Ok(count)
    }
}

impl Tx {
    /// Begins the set-up of an app; what was there before, confirmed or not, must have been removed.
    pub async fn start_second_factor(
        &mut self,
        id: AccountId,
        secret_sealed: &[u8],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        execute!(self, FACTOR_START, id.uuid(), secret_sealed, now.0)?;
        Ok(())
    }

    /// Its owner has proved that the app works; false when it was confirmed already.
    pub async fn confirm_second_factor(&mut self, id: AccountId, now: Timestamp) -> Result<bool, StoreError> {
        Ok(execute!(self, FACTOR_CONFIRM, id.uuid(), now.0)? > 0)
    }

    /// Takes the code of a step; false when it, or a later one, was taken before.
    pub async fn take_second_factor_step(&mut self, id: AccountId, step: i64) -> Result<bool, StoreError> {
        Ok(execute!(self, FACTOR_TAKE_STEP, id.uuid(), step)? > 0)
    }

    /// Removes the app and its recovery codes; false when there was none.
    pub async fn remove_second_factor(&mut self, id: AccountId) -> Result<bool, StoreError> {
        execute!(self, RECOVERY_FORGET, id.uuid())?;
        Ok(execute!(self, FACTOR_REMOVE, id.uuid())? > 0)
    }

    /// Replaces the recovery codes of an account.
    pub async fn set_recovery_codes(
        &mut self,
        id: AccountId,
        digests: &[[u8; 32]],
    ) -> Result<(), StoreError> {
        execute!(self, RECOVERY_FORGET, id.uuid())?;
        for digest in digests {
            execute!(self, RECOVERY_ADD, id.uuid(), &digest[..])?;
        }
        Ok(())
    }

    /// Uses a recovery code; false when there is no such code or it was used before.
    pub async fn use_recovery_code(
        &mut self,
        id: AccountId,
        digest: &[u8],
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        Ok(execute!(self, RECOVERY_USE, id.uuid(), digest, now.0)? > 0)
    }
}
