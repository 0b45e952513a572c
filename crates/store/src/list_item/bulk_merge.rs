//! Writing a whole run's worth of items: new ones, changed ones, their texts and their numbers.

use codes::id::ListItemId;

use super::ItemRecord;
use crate::StoreError;
use crate::bulk::{self, BulkRow, RowWriter};
use crate::tx::Tx;

statements! {
    COUNTER_LAST = Sql::both("SELECT division, last_no FROM list_item_counter WHERE year = $1"),
    COUNTER_SET = Sql::both(
        "INSERT INTO list_item_counter (division, year, last_no) VALUES ($1, $2, $3) \
         ON CONFLICT (division, year) DO UPDATE SET last_no = excluded.last_no"
    ),
}

/// What makes an item the same for life: rule, subject kind, subject.
pub type KnownKey = (String, String, String);

/// The long texts of one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceRecord {
    pub item_id: ListItemId,
    /// JSON as the run wrote it.
    pub evidence: String,
    /// JSON of the facts it was closed with.
    pub closing: Option<String>,
}

impl BulkRow for EvidenceRecord {
    const TABLE: &'static str = "list_item_evidence";
    const COLUMNS: &'static [&'static str] = &["item_id", "evidence", "closing"];
    const KEY: &'static [&'static str] = &["item_id"];

    fn write(&self, row: &mut RowWriter<'_>) {
        row.uuid(self.item_id.uuid())
            .text(self.evidence.as_str())
            .text(self.closing.as_deref());
    }
}

/// The closing facts of an item whose evidence stays as it is.
struct ClosingRecord<'a>(ListItemId, &'a str);

impl BulkRow for ClosingRecord<'_> {
    const TABLE: &'static str = "list_item_evidence";
    const COLUMNS: &'static [&'static str] = &["item_id", "evidence", "closing"];
    const KEY: &'static [&'static str] = &["item_id"];
    const KEEP: &'static [&'static str] = &["evidence"];

    fn write(&self, row: &mut RowWriter<'_>) {
        row.uuid(self.0.uuid()).text("{}").text(self.1);
    }
}

impl Tx {
    /// Adds items that were not known, and rewrites those that a run has changed, reopened or closed.
    pub async fn merge_items(
        &mut self,
        new: impl IntoIterator<Item = ItemRecord>,
        changed: impl IntoIterator<Item = ItemRecord>,
    ) -> Result<(), StoreError> {
        self.lock_items().await?;
        bulk::insert_rows(self, new).await?;
        bulk::upsert_rows(self, changed).await?;
        self.recount_items().await
    }

    /// Writes the long texts of new and changed items.
    pub async fn write_evidence(
        &mut self,
        texts: impl IntoIterator<Item = EvidenceRecord>,
    ) -> Result<u64, StoreError> {
        bulk::upsert_rows(self, texts).await
    }

    /// Writes what items were closed with, leaving their evidence as it is.
    pub async fn write_closings(&mut self, closings: &[(ListItemId, String)]) -> Result<u64, StoreError> {
        // Collected, because a closure over references cannot be shown to be Send across the await.
        let rows: Vec<ClosingRecord<'_>> = closings
            .iter()
            .map(|(id, json)| ClosingRecord(*id, json))
            .collect();
        bulk::upsert_rows(self, rows).await
    }

    /// The last number given in a year, by division.
    pub async fn item_counters(&mut self, year: i32) -> Result<Vec<(i64, i64)>, StoreError> {
        fetch_all!(self, COUNTER_LAST, i64::from(year))
    }

    /// Remembers the last number given.
    pub async fn set_item_counter(
        &mut self,
        division: i64,
        year: i32,
        last_no: i64,
    ) -> Result<(), StoreError> {
        execute!(self, COUNTER_SET, division, i64::from(year), last_no)?;
        Ok(())
    }
}
