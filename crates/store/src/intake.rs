//! Batches (数据批次).

use uuid::Uuid;

use crate::StoreError;
use crate::tx::{Reader, Tx};

statements! {
    BATCH_INSERT = Sql::both(
        "INSERT INTO intake_batch (batch_no, id, kind, file_name, sm3, is_delta, state, row_count, accepted_count, \
         rejected_count, doubtful_count, created_count, updated_count, deleted_count, unchanged_count, missing_count, lake_file, \
         failure, notes, started_by, started_at, finished_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22) \
         ON CONFLICT (batch_no) DO UPDATE SET is_delta = excluded.is_delta, state = excluded.state, row_count = excluded.row_count, \
         accepted_count = excluded.accepted_count, rejected_count = excluded.rejected_count, \
         doubtful_count = excluded.doubtful_count, created_count = excluded.created_count, \
         updated_count = excluded.updated_count, deleted_count = excluded.deleted_count, \
         unchanged_count = excluded.unchanged_count, missing_count = excluded.missing_count, lake_file = excluded.lake_file, \
         failure = excluded.failure, notes = excluded.notes, finished_at = excluded.finished_at"
    ),
    BATCH_LAST_NO = Sql::both("SELECT MAX(batch_no) FROM intake_batch"),
    BATCH_BY_NO = Sql::both(
        "SELECT batch_no, id, kind, file_name, sm3, is_delta, state, row_count, accepted_count, rejected_count, doubtful_count, \
         created_count, updated_count, deleted_count, unchanged_count, missing_count, lake_file, failure, notes, started_by, \
         started_at, finished_at FROM intake_batch WHERE batch_no = $1"
    ),
    BATCH_CURRENT = Sql::both(
        "SELECT batch_no, id, kind, file_name, sm3, is_delta, state, row_count, accepted_count, rejected_count, doubtful_count, \
         created_count, updated_count, deleted_count, unchanged_count, missing_count, lake_file, failure, notes, started_by, \
         started_at, finished_at FROM intake_batch WHERE kind = $1 AND state = 'applied' ORDER BY batch_no DESC LIMIT 1"
    ),
    BATCHES_COUNT = Sql::both("SELECT COUNT(*) FROM intake_batch"),
    BATCHES_LATEST = Sql::both(
        "SELECT batch_no, id, kind, file_name, sm3, is_delta, state, row_count, accepted_count, rejected_count, doubtful_count, \
         created_count, updated_count, deleted_count, unchanged_count, missing_count, lake_file, failure, notes, started_by, \
         started_at, finished_at FROM intake_batch WHERE batch_no < $1 ORDER BY batch_no DESC LIMIT $2"
    ),
    BATCHES_LATER = Sql::both(
        "SELECT batch_no FROM intake_batch WHERE kind = $1 AND state = 'applied' AND batch_no > $2 ORDER BY batch_no"
    ),
    BATCHES_RUNNING = Sql::both(
        "SELECT batch_no, id, kind, file_name, sm3, is_delta, state, row_count, accepted_count, rejected_count, doubtful_count, \
         created_count, updated_count, deleted_count, unchanged_count, missing_count, lake_file, failure, notes, started_by, \
         started_at, finished_at FROM intake_batch WHERE state = 'running' ORDER BY batch_no"
    ),
}

/// One batch as it stands in the table.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct BatchRow {
    pub batch_no: i64,
    pub id: Uuid,
    /// `Kind::name`.
    pub kind: String,
    pub file_name: String,
    /// SM3 of the file, hex.
    pub sm3: String,
    pub is_delta: bool,
    /// `BatchState::code`.
    pub state: String,
    pub row_count: i64,
    pub accepted_count: i64,
    pub rejected_count: i64,
    pub doubtful_count: i64,
    pub created_count: i64,
    pub updated_count: i64,
    pub deleted_count: i64,
    pub unchanged_count: i64,
    /// Register rows that a full file does not have: told, never deleted.
    pub missing_count: i64,
    /// The agency kinds' state after this batch, relative to the data folder.
    pub lake_file: Option<String>,
    pub failure: Option<String>,
    /// JSON of remarks: missing rows, differences to what a person entered.
    pub notes: Option<String>,
    pub started_by: String,
    pub started_at: i64,
    pub finished_at: Option<i64>,
}

impl Tx {
    /// Adds a batch or brings it up to date.
    pub async fn save_batch(&mut self, batch: &BatchRow) -> Result<(), StoreError> {
        execute!(
            self,
            BATCH_INSERT,
            batch.batch_no,
            batch.id,
            batch.kind.as_str(),
            batch.file_name.as_str(),
            batch.sm3.as_str(),
            batch.is_delta,
            batch.state.as_str(),
            batch.row_count,
            batch.accepted_count,
            batch.rejected_count,
            batch.doubtful_count,
            batch.created_count,
            batch.updated_count,
            batch.deleted_count,
            batch.unchanged_count,
            batch.missing_count,
            batch.lake_file.as_deref(),
            batch.failure.as_deref(),
            batch.notes.as_deref(),
            batch.started_by.as_str(),
            batch.started_at,
            batch.finished_at,
        )?;
        Ok(())
    }

    /// The next free number.
    pub async fn next_batch_no(&mut self) -> Result<i64, StoreError> {
        let row: (Option<i64>,) = fetch_one!(self, BATCH_LAST_NO)?;
        Ok(row.0.unwrap_or(0) + 1)
    }

    /// One batch.
    pub async fn batch(&mut self, batch_no: i64) -> Result<Option<BatchRow>, StoreError> {
        fetch_optional!(self, BATCH_BY_NO, batch_no)
    }

    /// The latest applied batch of a kind.
    pub async fn current_batch(&mut self, kind: &str) -> Result<Option<BatchRow>, StoreError> {
        fetch_optional!(self, BATCH_CURRENT, kind)
    }

    /// Applied batches of a kind that came after this one.
    pub async fn later_batches(&mut self, kind: &str, batch_no: i64) -> Result<Vec<i64>, StoreError> {
        let rows: Vec<(i64,)> = fetch_all!(self, BATCHES_LATER, kind, batch_no)?;
        Ok(rows.into_iter().map(|(number,)| number).collect())
    }
}

impl Reader {
    /// Batches at work, or left behind by a crash.
    pub async fn running_batches(&mut self) -> Result<Vec<BatchRow>, StoreError> {
        fetch_all!(self, BATCHES_RUNNING)
    }

    /// One batch.
    pub async fn batch(&mut self, batch_no: i64) -> Result<Option<BatchRow>, StoreError> {
        fetch_optional!(self, BATCH_BY_NO, batch_no)
    }

    /// The latest applied batch of a kind: the present state of an agency kind.
    pub async fn current_batch(&mut self, kind: &str) -> Result<Option<BatchRow>, StoreError> {
        fetch_optional!(self, BATCH_CURRENT, kind)
    }

    /// How many batches there are.
    pub async fn batch_count(&mut self) -> Result<i64, StoreError> {
        let row: (i64,) = fetch_one!(self, BATCHES_COUNT)?;
        Ok(row.0)
    }

    /// The latest batches, newest first, of those with a smaller number than `before`.
    pub async fn batches(&mut self, before: i64, limit: i64) -> Result<Vec<BatchRow>, StoreError> {
        fetch_all!(self, BATCHES_LATEST, before, limit)
    }
}
