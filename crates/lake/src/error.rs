//! What can go wrong with a lake file.

use std::path::PathBuf;

/// A lake file could not be written or read. Every variant names the file.
#[derive(Debug, thiserror::Error)]
pub enum LakeError {
    /// The operating system refused.
    #[error("lake file {path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The Parquet library refused.
    #[error("lake file {path}: {source}")]
    Parquet {
        /// The file.
        path: PathBuf,
        /// The library's reason.
        source: parquet::errors::ParquetError,
    },
    /// A file of a record store is not what was written.
    #[error("record store file {path} is damaged ({source}): remove its folder, the next run makes it again")]
    Records {
        /// The file.
        path: PathBuf,
        /// The library's reason.
        source: arrow::error::ArrowError,
    },
    /// A file that says which rows of a table no longer count is not what was written.
    #[error(
        "lake file {path} is damaged ({source}): restore it from a backup, or import the whole file again"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The library's reason.
        source: arrow::error::ArrowError,
    },
    /// A file did not come from its place.
    #[error(transparent)]
    Place(#[from] crate::place::PlaceError),
    /// Columns could not be made into a batch or taken out of one.
    #[error("lake batch: {0}")]
    Arrow(#[from] arrow::error::ArrowError),
    /// A column of the layout is missing.
    #[error("lake table {table}: column {column} is missing")]
    MissingColumn {
        /// The table.
        table: &'static str,
        /// The column.
        column: String,
    },
    /// A date that no calendar has.
    #[error("lake date: {days} days from 1970-01-01 is outside the calendar")]
    DayOutOfRange {
        /// Days from 1970-01-01.
        days: i32,
    },
    /// A column has another type than the layout says.
    #[error("lake column {column}: expected {expected}, found {found}")]
    WrongType {
        /// The column.
        column: String,
        /// The type of the layout.
        expected: String,
        /// The type in the file.
        found: String,
    },
}

impl LakeError {
    pub(crate) fn io(path: &std::path::Path, source: std::io::Error) -> Self {
        LakeError::Io {
            path: path.to_owned(),
            source,
        }
    }

    pub(crate) fn parquet(path: &std::path::Path, source: parquet::errors::ParquetError) -> Self {
        LakeError::Parquet {
            path: path.to_owned(),
            source,
        }
    }
}
