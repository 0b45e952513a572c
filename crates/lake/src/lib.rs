//! Floor 2: the Parquet lake: table layouts, writers and readers that intake fills and reconcile reads.
//!
//! A lake table is one Parquet file with a fixed layout, or one that amends another ([`amend`]). Each layout is a Rust struct
//! in [`tables`]; the struct, the Arrow schema, the writer and the reader come from the same declaration, so the two sides of
//! the lake cannot drift apart.
//! Nothing here knows SQL, people or permissions.

mod cell;
pub mod columns;
mod error;
mod feed;
mod key_index;
mod layers;
pub mod leads;
pub mod link_report;
pub mod member_links;
pub mod place;
mod read;
pub mod records;
pub mod run;
pub mod tables;
#[cfg(test)]
mod tests;
mod write;

pub use cell::Cell;
pub use error::LakeError;
pub use feed::{Feed, hash_fed};
pub use key_index::{KeyIndex, KeyOrder, in_look_up_order};
pub use layers::{Amendment, amend, files_of, second_name};
pub use read::{RowReader, batches, column, read_rows, row_count, rows_at, texts_at};
pub use records::RowKeys;
pub use write::{BATCH_ROWS, ParquetTable, ROW_GROUP_ROWS, RowWriter, write_rows};

/// One row of a lake table. 数据湖表的一行
///
/// Made by the declaration in [`tables`]; the order of the fields is the order of the Parquet columns.
pub trait LakeRow: Sized {
    /// The table's name, as in file names and SQL (`enterprises`, `insurance`, …).
    const TABLE: &'static str;
    /// Collects rows into Arrow columns.
    type Builder: RowBuilder<Self>;
    /// A hash over every column except sealed ones and `row_hash` itself: equal rows have equal hashes, whatever file they
    /// came from. `scratch` saves an allocation a row.
    fn content_hash(&self, scratch: &mut Vec<u8>) -> i64;
    /// The Arrow schema of the table.
    fn schema() -> arrow::datatypes::SchemaRef;
    /// Reads row `index` of a batch that has this table's columns in any order; `positions` comes from [`LakeRow::positions`].
    fn read(
        batch: &arrow::array::RecordBatch,
        positions: &[Option<usize>],
        index: usize,
    ) -> Result<Self, LakeError>;
    /// Where the table's columns stand in `schema`. A nullable column may be missing, as in a file of an earlier version: its
    /// values are unknown. An error names any other one.
    fn positions(schema: &arrow::datatypes::Schema) -> Result<Vec<Option<usize>>, LakeError>;
}

/// Column builders of one table.
pub trait RowBuilder<R>: Default {
    /// Adds one row.
    fn push(&mut self, row: &R);
    /// Rows added since the last [`RowBuilder::finish`].
    fn len(&self) -> usize;
    /// True when no row was added since the last [`RowBuilder::finish`].
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Turns the rows into a batch and starts again.
    fn finish(&mut self) -> Result<arrow::array::RecordBatch, LakeError>;
}
