//! Which row is which: the key of every row as 64 bits and its hash, so that whoever holds a day's changes against millions
//! of rows need not unpack their texts.

use super::linkage::Touched;
use super::{Recorded, file};
use crate::layers::Layers;
use crate::{BATCH_ROWS, LakeError, column};
use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use codes::text::key64;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

/// The column of keys.
pub(super) const KEY: &str = "row.key";
/// The column of row hashes.
pub(super) const HASH: &str = "row.hash";
/// The column of row hashes in the tables that have one.
const HASH_IN_TABLE: &str = "row_hash";

/// Keys and hashes of a table's rows, in row order.
#[derive(Clone, Debug)]
pub struct RowKeys {
    keys: Int64Array,
    /// Absent in a table whose rows have no hash.
    hashes: Option<Int64Array>,
}

impl RowKeys {
    /// Those of a table whose keys stand in the text column `key`: from its record store where one is kept, else from the
    /// table itself.
    ///
    /// # Errors
    /// A file cannot be read, or lacks the column.
    pub fn of(parquet: &Path, key: &str) -> Result<RowKeys, LakeError> {
        if let Some(folder) = file::current(parquet)?
            && let Some(keys) = file::read(&folder, KEY)?
        {
            let hashes = file::read(&folder, HASH)?;
            return Ok(RowKeys {
                keys: super::typed(&keys, KEY)?,
                hashes: hashes.map(|hashes| super::typed(&hashes, HASH)).transpose()?,
            });
        }
        let layers = Layers::of(parquet)?;
        let has_hash = layers.schema().field_with_name(HASH_IN_TABLE).is_ok();
        let (mut keys, mut hashes) = (Vec::with_capacity(layers.rows()), Vec::new());
        for batch in layers.batches(&[key, HASH_IN_TABLE], BATCH_ROWS)? {
            let (own, hash) = of_batch(&batch?, key)?;
            keys.extend_from_slice(own.values());
            hash.iter()
                .for_each(|hash| hashes.extend_from_slice(hash.values()));
        }
        Ok(RowKeys {
            keys: keys.into(),
            hashes: has_hash.then(|| hashes.into()),
        })
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// True for a table without rows.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Key and hash of each row; 0 stands for the hash in a table whose rows have none.
    pub fn pairs(&self) -> impl Iterator<Item = (i64, i64)> + '_ {
        (0..self.len()).map(|row| (self.keys.value(row), self.hash(row)))
    }

    /// The rows whose key is asked for, in row order, with what was asked and the row's hash.
    pub fn met<'a, T>(&'a self, asked: &'a HashMap<i64, T>) -> impl Iterator<Item = (u32, &'a T, i64)> + 'a {
        let touched = Touched::of(asked.keys());
        let keys = self.keys.values().iter().copied().zip(0u32..);
        keys.filter(move |(key, _)| touched.may_have(*key))
            .filter_map(|(key, row)| Some((row, asked.get(&key)?, self.hash(row as usize))))
    }

    fn hash(&self, row: usize) -> i64 {
        self.hashes.as_ref().map_or(0, |hashes| hashes.value(row))
    }
}

/// The columns to keep of rows in a batch: keys, and hashes if the table has them.
pub(super) fn columns_of<R: Recorded>(
    batch: &RecordBatch,
) -> Result<Vec<(&'static str, ArrayRef)>, LakeError> {
    let (keys, hashes) = of_batch(batch, R::KEY)?;
    Ok(named(keys, hashes))
}

/// The columns to keep of a whole table.
pub(super) fn of_table<R: Recorded>(parquet: &Path) -> Result<Vec<(&'static str, ArrayRef)>, LakeError> {
    let RowKeys { keys, hashes } = RowKeys::of(parquet, R::KEY)?;
    Ok(named(keys, hashes))
}

fn named(keys: Int64Array, hashes: Option<Int64Array>) -> Vec<(&'static str, ArrayRef)> {
    let mut columns: Vec<(&'static str, ArrayRef)> = vec![(KEY, Arc::new(keys))];
    columns.extend(hashes.map(|hashes| (HASH, Arc::new(hashes) as ArrayRef)));
    columns
}

fn of_batch(batch: &RecordBatch, key: &str) -> Result<(Int64Array, Option<Int64Array>), LakeError> {
    let keys = column::<StringArray>(batch, key)?;
    let hashes = match batch.column_by_name(HASH_IN_TABLE) {
        Some(_) => Some(column::<Int64Array>(batch, HASH_IN_TABLE)?.clone()),
        None => None,
    };
    let keys = keys.iter().map(|key| key64(key.unwrap_or_default()));
    Ok((keys.collect(), hashes))
}
