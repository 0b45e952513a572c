//! Verdicts (人工核对结论) on pairs of a union and an enterprise.

use codes::time::Timestamp;
use uuid::Uuid;

use crate::StoreError;
use crate::tx::{Reader, Tx};

statements! {
    VERDICT_SAVE = Sql::both(
        "INSERT INTO verdict (id, union_id, enterprise_id, is_same, note, decided_by, decided_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (union_id, enterprise_id) DO UPDATE SET is_same = excluded.is_same, note = excluded.note, \
         decided_by = excluded.decided_by, decided_at = excluded.decided_at"
    ),
    VERDICT_OF_PAIR = Sql::both(
        "SELECT id, union_id, enterprise_id, is_same, note, decided_by, decided_at FROM verdict \
         WHERE union_id = $1 AND enterprise_id = $2"
    ),
    VERDICTS_ALL = Sql::both(
        "SELECT id, union_id, enterprise_id, is_same, note, decided_by, decided_at FROM verdict \
         ORDER BY union_id, enterprise_id"
    ),
}

/// A person's word on a pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerdictRecord {
    pub id: Uuid,
    pub union_id: String,
    pub enterprise_id: String,
    pub is_same: bool,
    pub note: Option<String>,
    /// The name as it was then.
    pub decided_by: String,
    pub decided_at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    union_id: String,
    enterprise_id: String,
    is_same: bool,
    note: Option<String>,
    decided_by: String,
    decided_at: i64,
}

impl From<Row> for VerdictRecord {
    fn from(row: Row) -> VerdictRecord {
        VerdictRecord {
            id: row.id,
            union_id: row.union_id,
            enterprise_id: row.enterprise_id,
            is_same: row.is_same,
            note: row.note,
            decided_by: row.decided_by,
            decided_at: Timestamp(row.decided_at),
        }
    }
}

impl Tx {
    /// Keeps a verdict; a later one on the same pair replaces it (the journal has both).
    pub async fn save_verdict(&mut self, verdict: &VerdictRecord) -> Result<(), StoreError> {
        execute!(
            self,
            VERDICT_SAVE,
            verdict.id,
            verdict.union_id.as_str(),
            verdict.enterprise_id.as_str(),
            verdict.is_same,
            verdict.note.as_deref(),
            verdict.decided_by.as_str(),
            verdict.decided_at.0,
        )?;
        Ok(())
    }
}

impl Reader {
    /// The word on one pair, if there is one.
    pub async fn verdict(
        &mut self,
        union_id: &str,
        enterprise_id: &str,
    ) -> Result<Option<VerdictRecord>, StoreError> {
        let row: Option<Row> = fetch_optional!(self, VERDICT_OF_PAIR, union_id, enterprise_id)?;
        Ok(row.map(VerdictRecord::from))
    }

    /// Every word, for the snapshot of a run.
    pub async fn verdicts(&mut self) -> Result<Vec<VerdictRecord>, StoreError> {
        let rows: Vec<Row> = fetch_all!(self, VERDICTS_ALL)?;
        Ok(rows.into_iter().map(VerdictRecord::from).collect())
    }
}
