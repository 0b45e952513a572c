//! Reading lake tables.

use arrow::array::{Array, ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::SchemaRef;
use std::path::Path;
use std::sync::Arc;

use crate::layers::{Batches, Layers};
use crate::{BATCH_ROWS, LakeError, LakeRow, ROW_GROUP_ROWS};

/// The batches of a table, with only the named columns (all when `columns` is empty).
pub fn batches(
    path: &Path,
    columns: &[&str],
) -> Result<impl Iterator<Item = Result<RecordBatch, LakeError>> + Send + use<>, LakeError> {
    Layers::of(path)?.batches(columns, BATCH_ROWS)
}

/// The values of one text column at the given rows, which are in order and each named once; pages without such a row are
/// not decoded. Null reads as empty.
pub fn texts_at(path: &Path, name: &str, rows: &[u32]) -> Result<Vec<String>, LakeError> {
    let mut texts = Vec::with_capacity(rows.len());
    for batch in Layers::of(path)?.batches_at(&[name], rows)? {
        let batch = batch?;
        let column = column::<StringArray>(&batch, name)?;
        texts.extend(column.iter().map(|text| text.unwrap_or_default().to_owned()));
    }
    Ok(texts)
}

/// Typed rows at the given positions, which are in order and each named once.
pub fn rows_at<R: LakeRow>(path: &Path, rows: &[u32]) -> Result<Vec<R>, LakeError> {
    let batches = Layers::of(path)?.batches_at(&[], rows)?;
    RowReader::<R>::over(batches)?.collect()
}

/// One column as one piece; `None` if the table lacks it.
pub(crate) fn whole_column(path: &Path, name: &str) -> Result<Option<ArrayRef>, LakeError> {
    let layers = Layers::of(path)?;
    let Ok(field) = layers.schema().field_with_name(name).cloned() else {
        return Ok(None);
    };
    let parts: Vec<ArrayRef> = layers
        .batches(&[name], ROW_GROUP_ROWS)?
        .map(|batch| Ok(Arc::clone(batch?.column(0))))
        .collect::<Result<_, LakeError>>()?;
    let parts: Vec<&dyn Array> = parts.iter().map(AsRef::as_ref).collect();
    if parts.is_empty() {
        return Ok(Some(arrow::array::new_empty_array(field.data_type())));
    }
    Ok(Some(arrow::compute::concat(&parts)?))
}

/// Number of rows of a table, from its footers.
pub fn row_count(path: &Path) -> Result<u64, LakeError> {
    Ok(Layers::of(path)?.rows() as u64)
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

/// Typed rows of a table, one after another.
pub struct RowReader<R: LakeRow> {
    batches: Batches,
    positions: Vec<Option<usize>>,
    current: Option<(RecordBatch, usize)>,
    row: std::marker::PhantomData<R>,
}

/// Opens a table for reading row by row.
pub fn read_rows<R: LakeRow>(path: &Path) -> Result<RowReader<R>, LakeError> {
    RowReader::over(Layers::of(path)?.batches(&[], BATCH_ROWS)?)
}

impl<R: LakeRow> RowReader<R> {
    fn over(batches: Batches) -> Result<RowReader<R>, LakeError> {
        let schema: &SchemaRef = batches.schema();
        Ok(RowReader {
            positions: R::positions(schema)?,
            batches,
            current: None,
            row: std::marker::PhantomData,
        })
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
            match self.batches.next()? {
                Ok(batch) => self.current = Some((batch, 0)),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}
