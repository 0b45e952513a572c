//! Builds record batches column by column from an iterator of rows.

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int32Array, Int64Array, RecordBatch, StringBuilder,
};
use arrow::datatypes::{Field, Schema};
use std::sync::Arc;

/// Named columns of equal length.
#[derive(Default)]
pub struct Columns {
    fields: Vec<Field>,
    arrays: Vec<ArrayRef>,
}

impl Columns {
    fn add(&mut self, name: &str, array: ArrayRef) {
        self.fields
            .push(Field::new(name, array.data_type().clone(), true));
        self.arrays.push(array);
    }

    /// A text column.
    pub fn text<T: AsRef<str>>(&mut self, name: &str, values: impl Iterator<Item = Option<T>>) {
        // Room for most: a column that grows is copied again and again.
        const USUAL_BYTES: usize = 24;
        let rows = values.size_hint().0;
        let mut texts = StringBuilder::with_capacity(rows, USUAL_BYTES * rows);
        texts.extend(values);
        self.add(name, Arc::new(texts.finish()));
    }

    /// A whole number.
    pub fn int(&mut self, name: &str, values: impl Iterator<Item = Option<i64>>) {
        self.add(name, Arc::new(values.collect::<Int64Array>()));
    }

    /// A county code.
    pub fn int32(&mut self, name: &str, values: impl Iterator<Item = Option<i32>>) {
        self.add(name, Arc::new(values.collect::<Int32Array>()));
    }

    /// A day, as days since 1970-01-01.
    pub fn day(&mut self, name: &str, values: impl Iterator<Item = Option<i32>>) {
        self.add(name, Arc::new(values.collect::<Date32Array>()));
    }

    /// A probability or share.
    pub fn real(&mut self, name: &str, values: impl Iterator<Item = Option<f64>>) {
        self.add(name, Arc::new(values.collect::<Float64Array>()));
    }

    /// A yes or no.
    pub fn flag(&mut self, name: &str, values: impl Iterator<Item = bool>) {
        self.add(name, Arc::new(values.map(Some).collect::<BooleanArray>()));
    }

    /// The batch.
    pub fn finish(self) -> Result<RecordBatch, arrow::error::ArrowError> {
        RecordBatch::try_new(Arc::new(Schema::new(self.fields)), self.arrays)
    }
}
