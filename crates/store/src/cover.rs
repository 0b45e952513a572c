//! Employers covered by joint unions (覆盖单位).

use serde::{Deserialize, Serialize};

use codes::time::Timestamp;

use crate::StoreError;
use crate::bulk::{self, BulkRow, RowWriter};
use crate::tx::{Reader, Tx};

statements! {
    COVER_KEYS_OF_BATCH = Sql::both("SELECT cover_key FROM cover WHERE batch_no = $1"),
    COVER_ROWS = Sql::packed(
        "cover_key, union_id, employer_code, employer_name, cover_from, cover_to, row_hash, batch_no",
        "FROM cover"
    ),
    COVERS_OF_UNION = Sql::both(
        "SELECT cover_key, union_id, employer_code, employer_name, cover_from, cover_to, row_hash, batch_no \
         FROM cover WHERE union_id = $1 ORDER BY employer_name NULLS LAST, cover_key"
    ),
    COVER_COUNT = Sql::both("SELECT COUNT(*) FROM cover"),
    COVERS_OF_BATCH = Sql::both("SELECT COUNT(*) FROM cover WHERE batch_no = $1"),
    COVERS_OF_BATCH_DELETE = Sql::both("DELETE FROM cover WHERE batch_no = $1"),
    HAND_SET = Sql::both(
        "INSERT INTO cover_by_hand (cover_key, moved_to, set_at) VALUES ($1, $2, $3) \
         ON CONFLICT (cover_key) DO UPDATE SET moved_to = excluded.moved_to, set_at = excluded.set_at"
    ),
    HAND_ALL = Sql::both("SELECT cover_key, moved_to FROM cover_by_hand"),
    COVER_DELETE = Sql::both("DELETE FROM cover WHERE cover_key = $1"),
}

/// One covered employer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, sqlx::FromRow)]
pub struct CoverRow {
    /// Union and employer, which together are the key.
    pub cover_key: String,
    pub union_id: String,
    pub employer_code: Option<String>,
    pub employer_name: Option<String>,
    pub cover_from: Option<chrono::NaiveDate>,
    pub cover_to: Option<chrono::NaiveDate>,
    pub row_hash: i64,
    pub batch_no: Option<i64>,
}

impl BulkRow for CoverRow {
    const TABLE: &'static str = "cover";
    const COLUMNS: &'static [&'static str] = &[
        "cover_key",
        "union_id",
        "employer_code",
        "employer_name",
        "cover_from",
        "cover_to",
        "row_hash",
        "batch_no",
    ];
    const KEY: &'static [&'static str] = &["cover_key"];

    fn write(&self, row: &mut RowWriter<'_>) {
        row.text(self.cover_key.as_str())
            .text(self.union_id.as_str())
            .text(self.employer_code.as_deref())
            .text(self.employer_name.as_deref())
            .day(self.cover_from)
            .day(self.cover_to)
            .int(self.row_hash)
            .int(self.batch_no);
    }
}

impl Tx {
    /// Keys of the rows that a batch wrote last.
    pub async fn cover_keys_of_batch(&mut self, batch_no: i64) -> Result<Vec<String>, StoreError> {
        let rows: Vec<(String,)> = fetch_all!(self, COVER_KEYS_OF_BATCH, batch_no)?;
        Ok(rows.into_iter().map(|(key,)| key).collect())
    }

    /// Adds or replaces covered employers.
    pub async fn upsert_covers(
        &mut self,
        rows: impl IntoIterator<Item = CoverRow>,
    ) -> Result<u64, StoreError> {
        bulk::upsert_rows(self, rows).await
    }

    /// Takes one out.
    pub async fn delete_cover(&mut self, cover_key: &str) -> Result<(), StoreError> {
        execute!(self, COVER_DELETE, cover_key)?;
        Ok(())
    }

    /// Remembers that a person has set what stands under a key, or handed its employer to the union `moved_to`.
    pub async fn mark_cover_by_hand(
        &mut self,
        cover_key: &str,
        moved_to: Option<&str>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        execute!(self, HAND_SET, cover_key, moved_to, now.millis())?;
        Ok(())
    }

    /// How many carry a batch's number: it wrote them last.
    pub async fn cover_count_of_batch(&mut self, batch_no: i64) -> Result<i64, StoreError> {
        let row: (i64,) = fetch_one!(self, COVERS_OF_BATCH, batch_no)?;
        Ok(row.0)
    }

    /// Takes out those that carry a batch's number.
    pub async fn delete_covers_of_batch(&mut self, batch_no: i64) -> Result<(), StoreError> {
        execute!(self, COVERS_OF_BATCH_DELETE, batch_no)?;
        Ok(())
    }

    /// Every covered employer, as this transaction sees them.
    pub async fn cover_rows(&mut self) -> Result<Vec<CoverRow>, StoreError> {
        let mut covers = fetch_packed!(self, COVER_ROWS, CoverRow)?;
        covers.sort_unstable_by(|a, b| a.cover_key.cmp(&b.cover_key));
        Ok(covers)
    }
}

impl Reader {
    /// How many covered employers there are.
    pub async fn cover_count(&mut self) -> Result<i64, StoreError> {
        let row: (i64,) = fetch_one!(self, COVER_COUNT)?;
        Ok(row.0)
    }

    /// Every covered employer.
    pub async fn cover_rows(&mut self) -> Result<Vec<CoverRow>, StoreError> {
        let mut covers = fetch_packed!(self, COVER_ROWS, CoverRow)?;
        covers.sort_unstable_by(|a, b| a.cover_key.cmp(&b.cover_key));
        Ok(covers)
    }

    /// Keys that a person has set, each with the union that covers the employer instead, if one does.
    pub async fn covers_by_hand(&mut self) -> Result<Vec<(String, Option<String>)>, StoreError> {
        fetch_all!(self, HAND_ALL)
    }

    /// The employers that one union covers, past ones included.
    pub async fn covers_of(&mut self, union_id: &str) -> Result<Vec<CoverRow>, StoreError> {
        fetch_all!(self, COVERS_OF_UNION, union_id)
    }
}
