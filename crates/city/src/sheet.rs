//! Writing one file row by row: CSV, Parquet or XLSX, with the same cells.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringBuilder};
use arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use rust_xlsxwriter::Workbook;

use crate::CityError;

/// The kinds of file the city can be written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// UTF-8 without BOM.
    Csv,
    /// String columns, zstd.
    Parquet,
    /// One sheet; at most 1,048,575 rows.
    Xlsx,
}

impl Format {
    /// The file name's ending.
    pub fn ending(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Parquet => "parquet",
            Format::Xlsx => "xlsx",
        }
    }
}

/// Rows of a Parquet batch: enough to compress well, few enough to stay small in memory.
const BATCH_ROWS: usize = 32_768;

/// Most data rows of an XLSX sheet.
const XLSX_ROWS: u64 = 1_048_575;

enum Sink {
    Csv(Box<csv::Writer<BufWriter<File>>>),
    Parquet {
        writer: Box<ArrowWriter<File>>,
        schema: Arc<Schema>,
        cells: Vec<StringBuilder>,
        filled: usize,
    },
    Xlsx(Box<Workbook>),
}

/// One open file. It gets its name only when it is whole ([`Sheet::close`]).
pub(crate) struct Sheet {
    path: PathBuf,
    part: PathBuf,
    sink: Sink,
    rows: u64,
}

impl Sheet {
    /// Opens `dir/name.<ending>` with its heads.
    pub(crate) fn open(dir: &Path, name: &str, format: Format, heads: &[&str]) -> Result<Self, CityError> {
        let path = dir.join(format!("{name}.{}", format.ending()));
        let part = dir.join(format!("{name}.{}.part", format.ending()));
        let fault = |source| CityError::Io {
            path: part.clone(),
            source,
        };
        let sink = match format {
            Format::Csv => {
                let mut writer = csv::Writer::from_writer(BufWriter::with_capacity(
                    1 << 18,
                    File::create(&part).map_err(fault)?,
                ));
                writer.write_record(heads).map_err(|source| CityError::Csv {
                    path: part.clone(),
                    source,
                })?;
                Sink::Csv(Box::new(writer))
            }
            Format::Parquet => {
                let schema = Arc::new(Schema::new(
                    heads
                        .iter()
                        .map(|head| Field::new(*head, DataType::Utf8, true))
                        .collect::<Vec<_>>(),
                ));
                let properties = WriterProperties::builder()
                    .set_compression(Compression::SNAPPY)
                    .build();
                let file = File::create(&part).map_err(fault)?;
                let writer =
                    ArrowWriter::try_new(file, schema.clone(), Some(properties)).map_err(|source| {
                        CityError::Parquet {
                            path: part.clone(),
                            source,
                        }
                    })?;
                let cells = heads.iter().map(|_| StringBuilder::new()).collect();
                Sink::Parquet {
                    writer: Box::new(writer),
                    schema,
                    cells,
                    filled: 0,
                }
            }
            Format::Xlsx => {
                let mut book = Workbook::new();
                let sheet = book
                    .add_worksheet_with_constant_memory()
                    .map_err(|source| CityError::Xlsx {
                        path: part.clone(),
                        source,
                    })?;
                for (column, head) in heads.iter().enumerate() {
                    sheet
                        .write_string(0, column as u16, *head)
                        .map_err(|source| CityError::Xlsx {
                            path: part.clone(),
                            source,
                        })?;
                }
                Sink::Xlsx(Box::new(book))
            }
        };
        Ok(Self {
            path,
            part,
            sink,
            rows: 0,
        })
    }

    /// Writes one row; an empty cell is written as unknown (null in Parquet).
    pub(crate) fn row(&mut self, cells: &[&str]) -> Result<(), CityError> {
        self.rows += 1;
        match &mut self.sink {
            Sink::Csv(writer) => writer.write_record(cells).map_err(|source| CityError::Csv {
                path: self.part.clone(),
                source,
            }),
            Sink::Parquet {
                cells: columns,
                filled,
                ..
            } => {
                for (column, cell) in columns.iter_mut().zip(cells) {
                    column.append_option((!cell.is_empty()).then_some(cell));
                }
                *filled += 1;
                if *filled == BATCH_ROWS {
                    self.flush()
                } else {
                    Ok(())
                }
            }
            Sink::Xlsx(book) => {
                if self.rows > XLSX_ROWS {
                    return Err(CityError::TooManyRows {
                        path: self.path.clone(),
                    });
                }
                let fault = |source| CityError::Xlsx {
                    path: self.part.clone(),
                    source,
                };
                let sheet = book.worksheet_from_index(0).map_err(fault)?;
                for (column, cell) in cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
                    sheet
                        .write_string(self.rows as u32, column as u16, *cell)
                        .map_err(fault)?;
                }
                Ok(())
            }
        }
    }

    fn flush(&mut self) -> Result<(), CityError> {
        let Sink::Parquet {
            writer,
            schema,
            cells,
            filled,
        } = &mut self.sink
        else {
            return Ok(());
        };
        let columns: Vec<ArrayRef> = cells
            .iter_mut()
            .map(|column| Arc::new(column.finish()) as ArrayRef)
            .collect();
        *filled = 0;
        let batch = RecordBatch::try_new(schema.clone(), columns).map_err(|source| CityError::Parquet {
            path: self.part.clone(),
            source: source.into(),
        })?;
        writer.write(&batch).map_err(|source| CityError::Parquet {
            path: self.part.clone(),
            source,
        })
    }

    /// Ends the file, gives it its name, and tells how many data rows it holds.
    pub(crate) fn close(mut self) -> Result<u64, CityError> {
        self.flush()?;
        match self.sink {
            Sink::Csv(mut writer) => writer.flush().map_err(|source| CityError::Io {
                path: self.part.clone(),
                source,
            })?,
            Sink::Parquet { writer, .. } => {
                writer.close().map_err(|source| CityError::Parquet {
                    path: self.part.clone(),
                    source,
                })?;
            }
            Sink::Xlsx(mut book) => book.save(&self.part).map_err(|source| CityError::Xlsx {
                path: self.part.clone(),
                source,
            })?,
        }
        fs::rename(&self.part, &self.path).map_err(|source| CityError::Io {
            path: self.path.clone(),
            source,
        })?;
        Ok(self.rows)
    }
}
