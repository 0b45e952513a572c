//! Reading lake tables.

use arrow::array::{Array, ArrayRef, Int64Array, RecordBatch, StringArray};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowSelection};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::{LakeError, LakeRow};

/// The batches of a file, with only the named columns (all when `columns` is empty).
pub fn batches(
    path: &Path,
    columns: &[&str],
) -> Result<impl Iterator<Item = Result<RecordBatch, LakeError>> + Send + use<>, LakeError> {
    Ok(open(path, columns)?.map(|batch| batch.map_err(LakeError::from)))
}

fn open(path: &Path, columns: &[&str]) -> Result<ParquetRecordBatchReader, LakeError> {
    let file = File::open(path).map_err(|e| LakeError::io(path, e))?;
    let mut builder =
        ParquetRecordBatchReaderBuilder::try_new(file).map_err(|e| LakeError::parquet(path, e))?;
    if !columns.is_empty() {
        let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
        builder = builder.with_projection(mask);
    }
    builder
        .with_batch_size(crate::BATCH_ROWS)
        .build()
        .map_err(|e| LakeError::parquet(path, e))
}

/// The values of one text column at the given rows, which are in order and each named once; pages without such a row are
/// not decoded. Null reads as empty.
pub fn texts_at(path: &Path, name: &str, rows: &[u32]) -> Result<Vec<String>, LakeError> {
    let file = File::open(path).map_err(|e| LakeError::io(path, e))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|e| LakeError::parquet(path, e))?;
    let total = usize::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or(0);
    let mask = ProjectionMask::columns(builder.parquet_schema(), [name]);
    let ranges = rows.iter().map(|&row| row as usize..row as usize + 1);
    let reader = builder
        .with_projection(mask)
        .with_row_selection(RowSelection::from_consecutive_ranges(ranges, total))
        .with_batch_size(crate::BATCH_ROWS)
        .build()
        .map_err(|e| LakeError::parquet(path, e))?;
    let mut texts = Vec::with_capacity(rows.len());
    for batch in reader {
        let batch = batch?;
        let column = column::<StringArray>(&batch, name)?;
        texts.extend(column.iter().map(|text| text.unwrap_or_default().to_owned()));
    }
    Ok(texts)
}

/// One column as one piece; `None` if the file lacks it.
pub(crate) fn whole_column(path: &Path, name: &str) -> Result<Option<ArrayRef>, LakeError> {
    let file = File::open(path).map_err(|e| LakeError::io(path, e))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|e| LakeError::parquet(path, e))?;
    let Ok(field) = builder.schema().field_with_name(name).cloned() else {
        return Ok(None);
    };
    let mask = ProjectionMask::columns(builder.parquet_schema(), [name]);
    let reader = builder
        .with_projection(mask)
        .with_batch_size(crate::ROW_GROUP_ROWS)
        .build()
        .map_err(|e| LakeError::parquet(path, e))?;
    let parts: Vec<ArrayRef> = reader
        .map(|batch| Ok(Arc::clone(batch?.column(0))))
        .collect::<Result<_, LakeError>>()?;
    let parts: Vec<&dyn Array> = parts.iter().map(AsRef::as_ref).collect();
    if parts.is_empty() {
        return Ok(Some(arrow::array::new_empty_array(field.data_type())));
    }
    Ok(Some(arrow::compute::concat(&parts)?))
}

/// Number of rows of a file, from its footer.
pub fn row_count(path: &Path) -> Result<u64, LakeError> {
    let file = File::open(path).map_err(|e| LakeError::io(path, e))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|e| LakeError::parquet(path, e))?;
    Ok(u64::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or(0))
}

/// A typed column of a batch by name.
pub fn column<'a, A: Array + 'static>(batch: &'a RecordBatch, name: &str) -> Result<&'a A, LakeError> {
    let array = batch
        .column_by_name(name)
        .ok_or_else(|| LakeError::MissingColumn {
            table: "batch",
            column: name.to_owned(),
        })?;
    array
        .as_any()
        .downcast_ref::<A>()
        .ok_or_else(|| LakeError::WrongType {
            column: name.to_owned(),
            expected: std::any::type_name::<A>().to_owned(),
            found: array.data_type().to_string(),
        })
}

/// Calls `visit` with the key and the row hash of every row: what a comparison of two states needs.
pub fn read_pairs(path: &Path, key: &str, mut visit: impl FnMut(&str, i64)) -> Result<(), LakeError> {
    for batch in batches(path, &[key, "row_hash"])? {
        let batch = batch?;
        let keys = column::<StringArray>(&batch, key)?;
        let hashes = column::<Int64Array>(&batch, "row_hash")?;
        for index in 0..batch.num_rows() {
            visit(keys.value(index), hashes.value(index));
        }
    }
    Ok(())
}

/// Typed rows of a file, one after another.
pub struct RowReader<R: LakeRow> {
    reader: ParquetRecordBatchReader,
    positions: Vec<Option<usize>>,
    current: Option<(RecordBatch, usize)>,
    path: PathBuf,
    row: std::marker::PhantomData<R>,
}

/// Opens a table for reading row by row.
pub fn read_rows<R: LakeRow>(path: &Path) -> Result<RowReader<R>, LakeError> {
    let reader = open(path, &[])?;
    let positions = R::positions(&arrow::array::RecordBatchReader::schema(&reader))?;
    Ok(RowReader {
        reader,
        positions,
        current: None,
        path: path.to_owned(),
        row: std::marker::PhantomData,
    })
}

impl<R: LakeRow> RowReader<R> {
    /// The file being read.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl<R: LakeRow> Iterator for RowReader<R> {
    type Item = Result<R, LakeError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((batch, index)) = &mut self.current
                && *index < batch.num_rows()
            {
                let row = R::read(batch, &self.positions, *index);
                *index += 1;
                return Some(row);
            }
            match self.reader.next()? {
                Ok(batch) => self.current = Some((batch, 0)),
                Err(error) => return Some(Err(error.into())),
            }
        }
    }
}
