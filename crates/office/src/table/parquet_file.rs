//! Parquet: any text, integer, float, date or timestamp column, as text.

use std::path::Path;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{
    DataType, Date32Type, Date64Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    TimeUnit, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use codes::time::Day;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

use super::{Cell, OpenOptions, Opened, Row, RowSource, file_name, head, number_cell, text_cell};
use crate::OfficeError;

const BATCH_ROWS: usize = 8192;

pub(super) fn open(path: &Path, options: &OpenOptions<'_>) -> Result<Opened, OfficeError> {
    let file = file_name(path);
    let broken = |e: parquet::errors::ParquetError| OfficeError::Broken {
        file: file.clone(),
        row: 0,
        reason: "Parquet 结构不完整，文件可能没有传完".into(),
        cause: e.to_string(),
    };
    let handle = std::fs::File::open(path).map_err(|e| OfficeError::unreadable(file.clone(), &e))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(handle).map_err(&broken)?;
    let names: Vec<String> = builder
        .schema()
        .fields()
        .iter()
        .map(|f| f.name().clone())
        .collect();
    let found = head::find(&file, &[names], &[], options).map_err(|refusal| *refusal.error)?;
    for field in builder.schema().fields() {
        // A column that no layout knows is not read, so it may be of any type.
        if !is_readable(field.data_type()) && head::is_known(field.name(), options) {
            return Err(OfficeError::WrongFormat {
                file,
                found: format!(
                    "的列“{}”类型是 {}，无法当作单元格读取",
                    field.name(),
                    field.data_type()
                ),
                advice: "请转成文本、整数、小数或日期列".into(),
            });
        }
    }
    let total = builder.metadata().file_metadata().num_rows().max(0) as u64;
    let reader = builder.with_batch_size(BATCH_ROWS).build().map_err(&broken)?;
    let rows = ParquetRows {
        file,
        reader,
        held: None,
        at: 0,
        next_number: 1,
        total,
    };
    Ok(Opened {
        heads: found.heads,
        sheet: None,
        rows: Box::new(rows),
    })
}

/// Row numbers count data rows from 1: a Parquet file has no row of heads that a person could see.
struct ParquetRows {
    file: String,
    reader: ParquetRecordBatchReader,
    held: Option<RecordBatch>,
    at: usize,
    next_number: u64,
    total: u64,
}

impl RowSource for ParquetRows {
    fn next_batch(&mut self, max_rows: usize, into: &mut Vec<Row>) -> Result<bool, OfficeError> {
        let mut wanted = max_rows;
        while wanted > 0 {
            let Some(batch) = self.held.as_ref().filter(|batch| self.at < batch.num_rows()) else {
                match self.reader.next() {
                    None => return Ok(false),
                    Some(Err(e)) => {
                        return Err(OfficeError::Broken {
                            file: self.file.clone(),
                            row: self.next_number,
                            reason: "这一段数据解不开".into(),
                            cause: e.to_string(),
                        });
                    }
                    Some(Ok(batch)) => {
                        self.held = Some(batch);
                        self.at = 0;
                        continue;
                    }
                }
            };
            let n = wanted.min(batch.num_rows() - self.at);
            let from = into.len();
            into.extend((0..n).map(|i| Row {
                number: self.next_number + i as u64,
                cells: Vec::with_capacity(batch.num_columns()),
                broken: None,
            }));
            for column in batch.columns() {
                fill(column, self.at, &mut into[from..]);
            }
            self.at += n;
            self.next_number += n as u64;
            wanted -= n;
        }
        Ok(true)
    }

    fn progress(&self) -> (u64, u64) {
        (self.next_number - 1, self.total)
    }
}

fn is_readable(data_type: &DataType) -> bool {
    data_type.is_numeric()
        && !matches!(
            data_type,
            DataType::Float16
                | DataType::Decimal32(..)
                | DataType::Decimal64(..)
                | DataType::Decimal128(..)
                | DataType::Decimal256(..)
        )
        || matches!(
            data_type,
            DataType::Utf8
                | DataType::LargeUtf8
                | DataType::Utf8View
                | DataType::Boolean
                | DataType::Date32
                | DataType::Date64
                | DataType::Timestamp(..)
                | DataType::Null
        )
        || matches!(data_type, DataType::Dictionary(_, value) if is_readable(value))
}

/// Adds one column's cells to the rows.
fn fill(column: &ArrayRef, at: usize, rows: &mut [Row]) {
    if let DataType::Dictionary(_, value) = column.data_type()
        && let Ok(plain) = arrow::compute::cast(column, value)
    {
        return fill(&plain, at, rows);
    }
    macro_rules! each {
        ($array:expr, |$v:ident| $cell:expr) => {{
            let array = $array;
            for (i, row) in rows.iter_mut().enumerate() {
                row.cells.push(if array.is_null(at + i) {
                    Cell::default()
                } else {
                    let $v = array.value(at + i);
                    $cell
                });
            }
        }};
    }
    match column.data_type() {
        DataType::Utf8 => each!(column.as_string::<i32>(), |v| text_cell(v)),
        DataType::LargeUtf8 => each!(column.as_string::<i64>(), |v| text_cell(v)),
        DataType::Utf8View => each!(column.as_string_view(), |v| text_cell(v)),
        DataType::Boolean => each!(column.as_boolean(), |v| text_cell(if v { "是" } else { "否" })),
        DataType::Int8 => each!(column.as_primitive::<Int8Type>(), |v| text_cell(&v.to_string())),
        DataType::Int16 => each!(column.as_primitive::<Int16Type>(), |v| text_cell(&v.to_string())),
        DataType::Int32 => each!(column.as_primitive::<Int32Type>(), |v| text_cell(&v.to_string())),
        DataType::Int64 => each!(column.as_primitive::<Int64Type>(), |v| text_cell(&v.to_string())),
        DataType::UInt8 => each!(column.as_primitive::<UInt8Type>(), |v| text_cell(&v.to_string())),
        DataType::UInt16 => each!(column.as_primitive::<UInt16Type>(), |v| text_cell(&v.to_string())),
        DataType::UInt32 => each!(column.as_primitive::<UInt32Type>(), |v| text_cell(&v.to_string())),
        DataType::UInt64 => each!(column.as_primitive::<UInt64Type>(), |v| text_cell(&v.to_string())),
        DataType::Float32 => each!(column.as_primitive::<Float32Type>(), |v| number_cell(f64::from(
            v
        ))),
        DataType::Float64 => each!(column.as_primitive::<Float64Type>(), |v| number_cell(v)),
        DataType::Date32 => each!(column.as_primitive::<Date32Type>(), |v| day_cell(i64::from(v))),
        DataType::Date64 => each!(column.as_primitive::<Date64Type>(), |v| day_cell(
            v.div_euclid(86_400_000)
        )),
        DataType::Timestamp(TimeUnit::Second, _) => each!(
            column.as_primitive::<TimestampSecondType>(),
            |v| day_cell(v.div_euclid(86_400))
        ),
        DataType::Timestamp(TimeUnit::Millisecond, _) => each!(
            column.as_primitive::<TimestampMillisecondType>(),
            |v| day_cell(v.div_euclid(86_400_000))
        ),
        DataType::Timestamp(TimeUnit::Microsecond, _) => each!(
            column.as_primitive::<TimestampMicrosecondType>(),
            |v| day_cell(v.div_euclid(86_400_000_000))
        ),
        DataType::Timestamp(TimeUnit::Nanosecond, _) => each!(
            column.as_primitive::<TimestampNanosecondType>(),
            |v| day_cell(v.div_euclid(86_400_000_000_000))
        ),
        _ => rows.iter_mut().for_each(|row| row.cells.push(Cell::default())),
    }
}

fn day_cell(days: i64) -> Cell {
    i32::try_from(days).ok().and_then(Day::from_days).map_or_else(
        || Cell {
            text: days.to_string(),
            damage: Some("日期超出可表示的范围"),
        },
        |day| Cell {
            text: day.to_string(),
            damage: None,
        },
    )
}
