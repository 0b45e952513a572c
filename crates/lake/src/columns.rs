//! A Parquet file with columns known only at run time: exports.

use std::io::Write;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Builder, Int64Builder, StringBuilder};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use crate::LakeError;

/// What a column holds; every column may be null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// UTF-8 text.
    Text,
    /// 64-bit integer.
    Int,
    /// 64-bit float.
    Float,
}

/// A column's name and kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Head.
    pub name: String,
    /// Type.
    pub kind: Kind,
}

enum Builder {
    Text(StringBuilder),
    Int(Int64Builder),
    Float(Float64Builder),
}

/// Writes rows cell by cell; each row must get one value in every column before [`ColumnWriter::end_row`].
pub struct ColumnWriter<W: Write + Send> {
    schema: SchemaRef,
    builders: Vec<Builder>,
    writer: ArrowWriter<W>,
    batch_rows: usize,
    held: usize,
}

impl<W: Write + Send> ColumnWriter<W> {
    /// Starts the file.
    pub fn new(columns: Vec<Column>, out: W, batch_rows: usize) -> Result<ColumnWriter<W>, LakeError> {
        let fields: Vec<Field> = columns
            .iter()
            .map(|column| {
                let data_type = match column.kind {
                    Kind::Text => DataType::Utf8,
                    Kind::Int => DataType::Int64,
                    Kind::Float => DataType::Float64,
                };
                Field::new(&column.name, data_type, true)
            })
            .collect();
        let schema: SchemaRef = Arc::new(Schema::new(fields));
        let builders = columns
            .iter()
            .map(|column| match column.kind {
                Kind::Text => Builder::Text(StringBuilder::new()),
                Kind::Int => Builder::Int(Int64Builder::new()),
                Kind::Float => Builder::Float(Float64Builder::new()),
            })
            .collect();
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .build();
        let writer = ArrowWriter::try_new(out, schema.clone(), Some(properties)).map_err(refused)?;
        Ok(ColumnWriter {
            schema,
            builders,
            writer,
            batch_rows,
            held: 0,
        })
    }

    /// Nothing in this column.
    pub fn null(&mut self, column: usize) {
        match &mut self.builders[column] {
            Builder::Text(builder) => builder.append_null(),
            Builder::Int(builder) => builder.append_null(),
            Builder::Float(builder) => builder.append_null(),
        }
    }

    /// Text; null in a column of another kind.
    pub fn text(&mut self, column: usize, value: &str) {
        match &mut self.builders[column] {
            Builder::Text(builder) => builder.append_value(value),
            _ => self.null(column),
        }
    }

    /// An integer; null in a column of another kind.
    pub fn int(&mut self, column: usize, value: i64) {
        match &mut self.builders[column] {
            Builder::Int(builder) => builder.append_value(value),
            _ => self.null(column),
        }
    }

    /// A float; null in a column of another kind.
    pub fn float(&mut self, column: usize, value: f64) {
        match &mut self.builders[column] {
            Builder::Float(builder) => builder.append_value(value),
            _ => self.null(column),
        }
    }

    /// Ends the row.
    pub fn end_row(&mut self) -> Result<(), LakeError> {
        self.held += 1;
        if self.held == self.batch_rows {
            self.flush()
        } else {
            Ok(())
        }
    }

    /// Writes what is held and the file's footer.
    pub fn finish(mut self) -> Result<(), LakeError> {
        self.flush()?;
        self.writer.close().map_err(refused)?;
        Ok(())
    }

    fn flush(&mut self) -> Result<(), LakeError> {
        let arrays: Vec<ArrayRef> = self
            .builders
            .iter_mut()
            .map(|builder| -> ArrayRef {
                match builder {
                    Builder::Text(builder) => Arc::new(builder.finish()),
                    Builder::Int(builder) => Arc::new(builder.finish()),
                    Builder::Float(builder) => Arc::new(builder.finish()),
                }
            })
            .collect();
        self.held = 0;
        self.writer
            .write(&RecordBatch::try_new(self.schema.clone(), arrays)?)
            .map_err(refused)?;
        Ok(())
    }
}

fn refused(error: parquet::errors::ParquetError) -> LakeError {
    LakeError::parquet(std::path::Path::new("export"), error)
}
