//! Writing a lake table: streaming, private, and either whole or not there.

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;
use std::fs::{File, OpenOptions};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use crate::tables::OF_ONE_RUN;
use crate::{LakeError, LakeRow, RowBuilder};

/// Rows of one row group: large enough to compress, small enough that two readers share one file.
pub const ROW_GROUP_ROWS: usize = 128 * 1024;

/// Rows gathered before a batch goes to the Parquet encoder.
pub const BATCH_ROWS: usize = 8 * 1024;

/// A Parquet file being written. It lies under a temporary name until [`ParquetTable::finish`]; dropped before that, it is
/// removed, so a crash or an error never leaves a half table under the real name.
pub struct ParquetTable {
    writer: Option<ArrowWriter<BufWriter<File>>>,
    path: PathBuf,
    temporary: PathBuf,
    rows: u64,
}

impl ParquetTable {
    /// Starts a file of mode 0600 that will stand at `path`.
    pub fn create<R: LakeRow>(path: &Path) -> Result<Self, LakeError> {
        ParquetTable::create_with(path, R::schema(), properties_of(R::TABLE, &R::schema()))
    }

    /// The same for columns that no row type declares.
    pub fn create_with_schema(path: &Path, schema: SchemaRef) -> Result<Self, LakeError> {
        let properties = properties_of("", &schema);
        ParquetTable::create_with(path, schema, properties)
    }

    fn create_with(
        path: &Path,
        schema: SchemaRef,
        properties: WriterPropertiesBuilder,
    ) -> Result<Self, LakeError> {
        let mut temporary = path.as_os_str().to_owned();
        temporary.push(".part");
        let temporary = PathBuf::from(temporary);
        let file = private_file(&temporary).map_err(|e| LakeError::io(&temporary, e))?;
        let file = BufWriter::with_capacity(1 << 20, file);
        let writer = ArrowWriter::try_new(file, schema, Some(properties.build()))
            .map_err(|e| LakeError::parquet(path, e))?;
        Ok(ParquetTable {
            writer: Some(writer),
            path: path.to_owned(),
            temporary,
            rows: 0,
        })
    }

    /// Adds the rows of a batch.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), LakeError> {
        let writer = self.writer.as_mut().expect("present until finish takes self");
        writer
            .write(batch)
            .map_err(|e| LakeError::parquet(&self.path, e))?;
        self.rows += batch.num_rows() as u64;
        Ok(())
    }

    /// Writes the footer, forces the file to disk and gives it its name. Returns the number of rows.
    pub fn finish(mut self) -> Result<u64, LakeError> {
        let writer = self.writer.take().expect("present until finish takes self");
        let buffered = writer
            .into_inner()
            .map_err(|e| LakeError::parquet(&self.path, e))?;
        let file = buffered
            .into_inner()
            .map_err(|e| LakeError::io(&self.temporary, e.into_error()))?;
        file.sync_all().map_err(|e| LakeError::io(&self.temporary, e))?;
        drop(file);
        std::fs::rename(&self.temporary, &self.path).map_err(|e| LakeError::io(&self.path, e))?;
        if let Some(folder) = self.path.parent() {
            // The name itself must survive a power cut; a file system that cannot sync a folder is not an error.
            let _ = File::open(folder).and_then(|f| f.sync_all());
        }
        Ok(self.rows)
    }
}

/// Tables that are read for months are small, those of one run are quick to write and to read.
fn properties_of(table: &str, schema: &Schema) -> WriterPropertiesBuilder {
    let is_of_one_run = OF_ONE_RUN.contains(&table);
    let compression = if is_of_one_run {
        Compression::UNCOMPRESSED
    } else {
        Compression::ZSTD(ZstdLevel::try_new(1).expect("zstd has a level 1"))
    };
    let mut properties = WriterProperties::builder()
        .set_compression(compression)
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_statistics_enabled(EnabledStatistics::Chunk);
    for field in schema.fields() {
        // Tokens, keys and row numbers hardly repeat, nor do the texts of a run: a dictionary of them costs a hash a value and
        // saves nothing.
        let is_text = field.data_type() == &DataType::Utf8;
        if field.data_type() == &DataType::Int64 || field.name().ends_with("_row") || is_text && is_of_one_run
        {
            let column = ColumnPath::from(field.name().as_str());
            properties = properties.set_column_dictionary_enabled(column, false);
        }
    }
    properties
}

impl Drop for ParquetTable {
    fn drop(&mut self) {
        if self.writer.is_some() {
            let _ = std::fs::remove_file(&self.temporary);
        }
    }
}

pub(crate) fn private_file(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let file = options.open(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // A left-over from a crash keeps its old mode, so the mode is set again.
        file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
    }
    Ok(file)
}

/// Writes typed rows to a [`ParquetTable`].
pub struct RowWriter<R: LakeRow> {
    table: ParquetTable,
    builder: R::Builder,
}

impl<R: LakeRow> RowWriter<R> {
    /// Starts the table at `path`.
    pub fn create(path: &Path) -> Result<Self, LakeError> {
        RowWriter::create_marked(path, None)
    }

    /// The same with a mark in the footer.
    pub(crate) fn create_marked(path: &Path, mark: Option<KeyValue>) -> Result<Self, LakeError> {
        let properties = properties_of(R::TABLE, &R::schema());
        let properties = properties.set_key_value_metadata(mark.map(|mark| vec![mark]));
        Ok(RowWriter {
            table: ParquetTable::create_with(path, R::schema(), properties)?,
            builder: R::Builder::default(),
        })
    }

    /// Adds one row.
    pub fn push(&mut self, row: &R) -> Result<(), LakeError> {
        self.builder.push(row);
        if self.builder.len() >= BATCH_ROWS {
            self.flush()?;
        }
        Ok(())
    }

    /// Adds a batch that was built elsewhere, for example by another thread.
    pub fn push_batch(&mut self, batch: &RecordBatch) -> Result<(), LakeError> {
        self.flush()?;
        self.table.write(batch)
    }

    fn flush(&mut self) -> Result<(), LakeError> {
        if self.builder.is_empty() {
            return Ok(());
        }
        self.table.write(&self.builder.finish()?)
    }

    /// Ends the table; see [`ParquetTable::finish`].
    pub fn finish(mut self) -> Result<u64, LakeError> {
        self.flush()?;
        self.table.finish()
    }
}

/// Writes a whole table at once.
pub fn write_rows<R: LakeRow>(path: &Path, rows: impl IntoIterator<Item = R>) -> Result<u64, LakeError> {
    let mut writer = RowWriter::<R>::create(path)?;
    for row in rows {
        writer.push(&row)?;
    }
    writer.finish()
}
