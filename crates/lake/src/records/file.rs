//! The files of a record store: one Arrow file a column, one batch each, so that a column comes back as one piece of memory.

use super::Recorded;
use crate::LakeError;
use crate::write::private_file;
use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::datatypes::{Field, Schema};
use arrow::ipc::reader::FileReader;
use arrow::ipc::writer::FileWriter;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

/// Raised whenever the same Parquet file would make another store.
const VERSION: u32 = 1;
const ABOUT: &str = "about.json";

/// What a store was made from. It is written last, so a store without it is none.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    version: u32,
    pub(super) rows: usize,
    bytes: u64,
    modified: u128,
}

impl About {
    pub(super) fn of(parquet: &Path) -> Result<About, LakeError> {
        let failed = |error| LakeError::io(parquet, error);
        let file = std::fs::metadata(parquet).map_err(failed)?;
        let modified = file.modified().map_err(failed)?;
        Ok(About {
            version: VERSION,
            rows: usize::try_from(crate::row_count(parquet)?).unwrap_or(0),
            bytes: file.len(),
            modified: modified
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| since.as_nanos()),
        })
    }

    pub(super) fn read(folder: &Path) -> Option<About> {
        serde_json::from_slice(&std::fs::read(folder.join(ABOUT)).ok()?).ok()
    }
}

/// Writes the columns of one store.
pub struct Maker<'a> {
    pub(super) parquet: &'a Path,
    folder: &'a Path,
}

impl Maker<'_> {
    pub(super) fn write(&self, name: &str, array: ArrayRef) -> Result<(), LakeError> {
        let path = column_file(self.folder, name);
        let failed = |error| LakeError::io(&path, error);
        let field = Field::new(name, array.data_type().clone(), true);
        let batch = RecordBatch::try_new(Arc::new(Schema::new(vec![field])), vec![array])?;
        let file = BufWriter::with_capacity(1 << 20, private_file(&path).map_err(failed)?);
        let mut writer = FileWriter::try_new(file, &batch.schema())?;
        writer.write(&batch)?;
        let file = writer.into_inner()?;
        let file = file.into_inner().map_err(|error| failed(error.into_error()))?;
        file.sync_all().map_err(failed)
    }
}

/// Makes a store in a folder of its own and gives it its name when it is whole.
pub(super) fn make<R: Recorded>(parquet: &Path, folder: &Path, about: &About) -> Result<(), LakeError> {
    let mut part = folder.as_os_str().to_owned();
    part.push(format!("-{}.part", std::process::id()));
    let part = PathBuf::from(part);
    let made = fill::<R>(parquet, &part, about).and_then(|()| {
        remove(folder)?;
        std::fs::rename(&part, folder).map_err(|error| LakeError::io(folder, error))
    });
    if made.is_err() {
        let _ = remove(&part);
    }
    made
}

fn fill<R: Recorded>(parquet: &Path, folder: &Path, about: &About) -> Result<(), LakeError> {
    remove(folder)?;
    private_folder(folder).map_err(|error| LakeError::io(folder, error))?;
    let maker = Maker { parquet, folder };
    for name in R::KEPT {
        if let Some(array) = crate::read::whole_column(parquet, name)? {
            maker.write(name, array)?;
        }
    }
    R::derive(&maker)?;
    let path = folder.join(ABOUT);
    let text = serde_json::to_vec(about).map_err(|error| LakeError::io(&path, error.into()))?;
    let mut file = private_file(&path).map_err(|error| LakeError::io(&path, error))?;
    std::io::Write::write_all(&mut file, &text)
        .and_then(|()| file.sync_all())
        .map_err(|error| LakeError::io(&path, error))
}

fn private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(folder)
}

fn remove(folder: &Path) -> Result<(), LakeError> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(LakeError::io(folder, error)),
        _ => Ok(()),
    }
}

pub(super) fn read(folder: &Path, name: &str) -> Result<Option<ArrayRef>, LakeError> {
    let path = column_file(folder, name);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(LakeError::io(&path, error)),
    };
    let damaged = |source| LakeError::Records {
        path: path.clone(),
        source,
    };
    let mut reader = FileReader::try_new(file, None).map_err(damaged)?;
    match reader.next() {
        Some(batch) => Ok(Some(Arc::clone(batch.map_err(damaged)?.column(0)))),
        None => Ok(Some(arrow::array::new_empty_array(
            reader.schema().field(0).data_type(),
        ))),
    }
}

fn column_file(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.arrow"))
}
