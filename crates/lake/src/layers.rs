//! A table that was made from another by a change of few rows (decision 17).
//!
//! Such a table is three files: `<name>.parquet` holds the rows that came, and a mark in its footer; `<name>.base.parquet` is
//! a second name of the file that it amends; `<name>.gone.arrow` lists the rows of that file which no longer count. Its rows
//! are those of the base in their order without the gone ones, then those that came. A day's changes so cost a look at the
//! keys instead of writing millions of rows again. Where too much has changed, the table is written whole.

#[cfg(test)]
mod tests;

use arrow::array::{BooleanArray, RecordBatch, RecordBatchReader as _, UInt32Array};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::SchemaRef;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowSelection,
};
use parquet::file::metadata::KeyValue;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::records::{read_array, write_array};
use crate::{BATCH_ROWS, LakeError, LakeRow, RowWriter};

/// Written whole again once the base's gone rows and the rows that came are more than this part of the base.
pub(crate) const CHANGED_PART: usize = 8;

/// The footer's mark of a table that amends another.
const MARK: &str = "gonghui.amends";

/// What becomes of some rows of a table.
#[derive(Clone, Debug)]
pub struct Amendment<R> {
    /// Rows that no longer count, in order.
    pub gone: Vec<u32>,
    /// Rows that come, behind all others.
    pub added: Vec<R>,
}

/// Writes the table at `out` that an amendment makes of the one at `before`.
///
/// # Errors
/// A file cannot be read, linked or written; there is no table at `out` then.
pub fn amend<R: LakeRow>(before: &Path, amendment: &Amendment<R>, out: &Path) -> Result<(), LakeError> {
    let layers = Layers::of(before)?;
    let kept = layers.base.rows - layers.gone.len();
    let split = amendment.gone.partition_point(|row| (*row as usize) < kept);
    let (below, above) = amendment.gone.split_at(split);
    let mut gone = layers.gone.clone();
    gone.extend(numbers_before(&layers.gone, below));
    gone.sort_unstable();
    let came = layers.top.as_ref().map_or(0, |top| top.rows) - above.len() + amendment.added.len();
    let is_much = (gone.len() + came).saturating_mul(CHANGED_PART) > layers.base.rows;
    let is_of_this_version = layers.schema().fields() == R::schema().fields();
    if is_much || !is_of_this_version {
        let mut writer = RowWriter::<R>::create(out)?;
        push_all(&mut writer, layers.batches(&[], BATCH_ROWS)?, &amendment.gone)?;
        return finish(writer, &amendment.added);
    }
    let written = [base_of(out), gone_of(out)];
    let made = second_name_of(&layers.base.path, &base_of(out))
        .and_then(|()| write_array(&gone_of(out), "gone", Arc::new(UInt32Array::from(gone))))
        .and_then(|()| {
            let mark = KeyValue::new(MARK.to_owned(), "base".to_owned());
            let mut writer = RowWriter::<R>::create_marked(out, Some(mark))?;
            if let Some(top) = &layers.top {
                let above: Vec<u32> = above.iter().map(|row| row - kept as u32).collect();
                push_all(&mut writer, top.plain(&[], BATCH_ROWS)?, &above)?;
            }
            finish(writer, &amendment.added)
        });
    if made.is_err() {
        for path in written {
            let _ = std::fs::remove_file(path);
        }
    }
    made
}

fn push_all<R: LakeRow>(writer: &mut RowWriter<R>, batches: Batches, gone: &[u32]) -> Result<(), LakeError> {
    let is_of_this_version = batches.schema().fields() == R::schema().fields();
    let positions = R::positions(batches.schema())?;
    let mut from = 0;
    for batch in batches {
        let batch = batch?;
        let rows = batch.num_rows();
        let batch = without(batch, gone, from)?;
        from += rows;
        if is_of_this_version {
            writer.push_batch(&batch)?;
            continue;
        }
        for row in 0..batch.num_rows() {
            writer.push(&R::read(&batch, &positions, row)?)?;
        }
    }
    Ok(())
}

fn finish<R: LakeRow>(mut writer: RowWriter<R>, added: &[R]) -> Result<(), LakeError> {
    for row in added {
        writer.push(row)?;
    }
    writer.finish().map(drop)
}

/// Every file of a table: the one that names it, and those that stand beside an amended one.
pub fn files_of(path: &Path) -> [PathBuf; 3] {
    [path.to_owned(), base_of(path), gone_of(path)]
}

/// Gives a table a second name in another folder: whatever becomes of the first, it can be read under this one. A file system
/// without hard links gets copies.
///
/// # Errors
/// When a file cannot be linked or copied.
pub fn second_name(from: &Path, to: &Path) -> Result<(), LakeError> {
    for (from, to) in files_of(from).iter().zip(&files_of(to)).rev() {
        if from.exists() {
            second_name_of(from, to)?;
        }
    }
    Ok(())
}

/// Whether a Parquet file holds only the rows that came, so that its table is more than this file.
pub(crate) fn is_amendment(path: &Path) -> Result<bool, LakeError> {
    Ok(Layer::of(path)?.is_marked())
}

/// Gives one file a second name: a hard link, or a copy where the file system has none.
pub(crate) fn second_name_of(from: &Path, to: &Path) -> Result<(), LakeError> {
    // What a crash left under this name belongs to nobody.
    let _ = std::fs::remove_file(to);
    std::fs::hard_link(from, to)
        .or_else(|_| std::fs::copy(from, to).map(drop))
        .map_err(|e| LakeError::io(from, e))
}

fn base_of(path: &Path) -> PathBuf {
    path.with_extension("base.parquet")
}

fn gone_of(path: &Path) -> PathBuf {
    path.with_extension("gone.arrow")
}

/// One Parquet file, its footer read.
struct Layer {
    path: PathBuf,
    footer: ArrowReaderMetadata,
    rows: usize,
}

impl Layer {
    fn of(path: &Path) -> Result<Layer, LakeError> {
        let file = File::open(path).map_err(|e| LakeError::io(path, e))?;
        let footer =
            ArrowReaderMetadata::load(&file, Default::default()).map_err(|e| LakeError::parquet(path, e))?;
        Ok(Layer {
            path: path.to_owned(),
            rows: usize::try_from(footer.metadata().file_metadata().num_rows()).unwrap_or(0),
            footer,
        })
    }

    fn is_marked(&self) -> bool {
        let marks = self.footer.metadata().file_metadata().key_value_metadata();
        marks.is_some_and(|marks| marks.iter().any(|mark| mark.key == MARK))
    }

    fn reader(
        &self,
        columns: &[&str],
        batch_rows: usize,
        selection: Option<RowSelection>,
    ) -> Result<ParquetRecordBatchReader, LakeError> {
        let file = File::open(&self.path).map_err(|e| LakeError::io(&self.path, e))?;
        let mut builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.footer.clone());
        if !columns.is_empty() {
            let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
            builder = builder.with_projection(mask);
        }
        if let Some(selection) = selection {
            builder = builder.with_row_selection(selection);
        }
        builder
            .with_batch_size(batch_rows)
            .build()
            .map_err(|e| LakeError::parquet(&self.path, e))
    }

    fn at(
        &self,
        columns: &[&str],
        rows: impl Iterator<Item = u32>,
    ) -> Result<ParquetRecordBatchReader, LakeError> {
        let ranges = rows.map(|row| row as usize..row as usize + 1);
        let selection = RowSelection::from_consecutive_ranges(ranges, self.rows);
        self.reader(columns, BATCH_ROWS, Some(selection))
    }

    /// Its rows as if it were a table of its own.
    fn plain(&self, columns: &[&str], batch_rows: usize) -> Result<Batches, LakeError> {
        Ok(Batches::new(
            self.reader(columns, batch_rows, None)?,
            Vec::new(),
            None,
        ))
    }
}

/// The files of one table.
pub(crate) struct Layers {
    base: Layer,
    /// Rows of the base that no longer count, in order.
    gone: Vec<u32>,
    top: Option<Layer>,
}

impl Layers {
    pub(crate) fn of(path: &Path) -> Result<Layers, LakeError> {
        let named = Layer::of(path)?;
        if !named.is_marked() {
            return Ok(Layers {
                base: named,
                gone: Vec::new(),
                top: None,
            });
        }
        let gone: UInt32Array = read_array(&gone_of(path))?;
        Ok(Layers {
            base: Layer::of(&base_of(path))?,
            gone: gone.values().to_vec(),
            top: Some(named),
        })
    }

    pub(crate) fn rows(&self) -> usize {
        self.kept() + self.top.as_ref().map_or(0, |top| top.rows)
    }

    /// Rows that are the base's.
    fn kept(&self) -> usize {
        self.base.rows - self.gone.len()
    }

    pub(crate) fn schema(&self) -> &SchemaRef {
        self.base.footer.schema()
    }

    pub(crate) fn batches(&self, columns: &[&str], batch_rows: usize) -> Result<Batches, LakeError> {
        let base = self.base.reader(columns, batch_rows, None)?;
        let top = self.top.as_ref().map(|top| top.reader(columns, batch_rows, None));
        Ok(Batches::new(base, self.gone.clone(), top.transpose()?))
    }

    /// Batches of the given rows, which are in order.
    pub(crate) fn batches_at(&self, columns: &[&str], rows: &[u32]) -> Result<Batches, LakeError> {
        let kept = self.kept();
        let (below, above) = rows.split_at(rows.partition_point(|row| (*row as usize) < kept));
        let base = self
            .base
            .at(columns, numbers_before(&self.gone, below).into_iter())?;
        let top = self.top.as_ref();
        let top = top.map(|top| top.at(columns, above.iter().map(|row| row - kept as u32)));
        Ok(Batches::new(base, Vec::new(), top.transpose()?))
    }
}

/// Row numbers, in order, as they were before the gone rows went.
pub(crate) fn numbers_before(gone: &[u32], rows: &[u32]) -> Vec<u32> {
    let mut passed = 0;
    rows.iter()
        .map(|row| {
            while passed < gone.len() && gone[passed] - passed as u32 <= *row {
                passed += 1;
            }
            row + passed as u32
        })
        .collect()
}

/// The batches of a table in row order.
pub(crate) struct Batches {
    base: ParquetRecordBatchReader,
    gone: Vec<u32>,
    /// Rows of the base that were read.
    read: usize,
    top: Option<ParquetRecordBatchReader>,
    schema: SchemaRef,
}

impl Batches {
    fn new(base: ParquetRecordBatchReader, gone: Vec<u32>, top: Option<ParquetRecordBatchReader>) -> Batches {
        Batches {
            schema: base.schema(),
            base,
            gone,
            read: 0,
            top,
        }
    }

    pub(crate) fn schema(&self) -> &SchemaRef {
        &self.schema
    }
}

impl Iterator for Batches {
    type Item = Result<RecordBatch, LakeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(batch) = self.base.next() {
            return Some(batch.map_err(LakeError::from).and_then(|batch| {
                let from = self.read;
                self.read += batch.num_rows();
                without(batch, &self.gone, from)
            }));
        }
        Some(self.top.as_mut()?.next()?.map_err(LakeError::from))
    }
}

/// A batch whose first row is number `from`, without the rows that are gone.
fn without(batch: RecordBatch, gone: &[u32], from: usize) -> Result<RecordBatch, LakeError> {
    let first = gone.partition_point(|row| (*row as usize) < from);
    let last = gone.partition_point(|row| (*row as usize) < from + batch.num_rows());
    if first == last {
        return Ok(batch);
    }
    let gone = &gone[first..last];
    let mut next = 0;
    let stays = BooleanBuffer::collect_bool(batch.num_rows(), |row| {
        let is_gone = next < gone.len() && gone[next] as usize == from + row;
        next += usize::from(is_gone);
        !is_gone
    });
    let stays = BooleanArray::new(stays, None);
    Ok(arrow::compute::filter_record_batch(&batch, &stays)?)
}
