//! The files of a record store: one Arrow file a column, one batch each, so that a column comes back as one piece of memory.

use super::Recorded;
use super::carry::carry_all;
use super::coded::Coded;
use super::derive::derive_all;
use super::linkage::Columns;
use super::mapped::{self, Maps, Stored};
use crate::layers::second_name_of;
use crate::write::private_file;
use crate::{Amendment, LakeError, files_of};
use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::datatypes::Schema;
use arrow::ipc::writer::FileWriter;
use serde::{Deserialize, Serialize};
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

/// Raised whenever the same Parquet file would make another store.
const VERSION: u32 = 7;
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
        let (mut bytes, mut modified) = (0, 0);
        for path in files_of(parquet)
            .iter()
            .filter(|path| *path == parquet || path.exists())
        {
            let failed = |error| LakeError::io(path, error);
            let file = std::fs::metadata(path).map_err(failed)?;
            let since = file.modified().map_err(failed)?.duration_since(UNIX_EPOCH);
            bytes += file.len();
            modified = modified.max(since.map_or(0, |since| since.as_nanos()));
        }
        Ok(About {
            version: VERSION,
            rows: usize::try_from(crate::row_count(parquet)?).unwrap_or(0),
            bytes,
            modified,
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
        self.write_stored(name, Stored::of(array))
    }

    /// A column as it lay in another store.
    pub(super) fn write_stored(&self, name: &str, stored: Stored) -> Result<(), LakeError> {
        write_stored(&column_file(self.folder, name), name, stored)
    }

    /// A column of another store under a second name.
    pub(super) fn write_again(&self, other: &Path, name: &str) -> Result<(), LakeError> {
        second_name_of(&column_file(other, name), &column_file(self.folder, name))
    }

    /// A text column of few values.
    pub(super) fn write_coded(&self, name: &str, coded: Coded) -> Result<(), LakeError> {
        coded
            .files(name)
            .into_iter()
            .try_for_each(|(name, array)| self.write(&name, array))
    }

    /// A column that was written already.
    pub(super) fn read(&self, name: &str) -> Result<ArrayRef, LakeError> {
        read(self.folder, name)?.ok_or_else(|| missing(name))
    }

    /// Works with the columns that were written already.
    pub(super) fn with_columns<T>(&self, work: impl FnOnce(&Columns<'_>) -> T) -> T {
        work(&Columns {
            kept: &|name| self.read(name),
            coded: &|name| Coded::read(self.folder, name)?.ok_or_else(|| missing(name)),
        })
    }
}

/// Writes one array as a file of its own.
pub(crate) fn write_array(path: &Path, name: &str, array: ArrayRef) -> Result<(), LakeError> {
    write_stored(path, name, Stored::of(array))
}

fn write_stored(path: &Path, name: &str, stored: Stored) -> Result<(), LakeError> {
    let failed = |error| LakeError::io(path, error);
    // Never into a file that is there: somebody may have mapped it, or know it under a second name.
    let _ = std::fs::remove_file(path);
    let schema = Schema::new(vec![stored.field(name)]);
    let batch = RecordBatch::try_new(Arc::new(schema), vec![stored.array])?;
    let file = BufWriter::with_capacity(1 << 20, private_file(path).map_err(failed)?);
    let mut writer = FileWriter::try_new(file, &batch.schema())?;
    writer.write(&batch)?;
    let file = writer.into_inner()?;
    let file = file.into_inner().map_err(|error| failed(error.into_error()))?;
    file.sync_all().map_err(failed)
}

/// Makes a store in a folder of its own and gives it its name when it is whole.
pub(super) fn make<R: Recorded>(parquet: &Path, folder: &Path, about: &About) -> Result<(), LakeError> {
    fill(folder, about, |part| {
        derive_all::<R>(&Maker {
            parquet,
            folder: part,
        })
    })
}

/// The same from the store of the table before.
pub(super) fn carry<R: Recorded>(
    parquet: &Path,
    folder: &Path,
    about: &About,
    old: &Path,
    amendment: &Amendment<R>,
) -> Result<(), LakeError> {
    fill(folder, about, |part| {
        carry_all(
            &Maker {
                parquet,
                folder: part,
            },
            old,
            amendment,
        )
    })
}

fn fill(
    folder: &Path,
    about: &About,
    columns: impl FnOnce(&Path) -> Result<(), LakeError>,
) -> Result<(), LakeError> {
    let mut part = folder.as_os_str().to_owned();
    part.push(format!("-{}.part", std::process::id()));
    let part = PathBuf::from(part);
    let made = write_whole(&part, about, columns).and_then(|()| {
        remove(folder)?;
        std::fs::rename(&part, folder).map_err(|error| LakeError::io(folder, error))
    });
    if made.is_err() {
        let _ = remove(&part);
    }
    made
}

fn write_whole(
    folder: &Path,
    about: &About,
    columns: impl FnOnce(&Path) -> Result<(), LakeError>,
) -> Result<(), LakeError> {
    remove(folder)?;
    private_folder(folder).map_err(|error| LakeError::io(folder, error))?;
    columns(folder)?;
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

/// The folder of a file's store, if there is one made from this state of the file.
pub(super) fn current(parquet: &Path) -> Result<Option<PathBuf>, LakeError> {
    let folder = super::folder_of(parquet);
    let Some(about) = About::read(&folder) else {
        return Ok(None);
    };
    Ok((About::of(parquet)? == about).then_some(folder))
}

/// A column of a store; `None` if there is no such file.
pub(super) fn read(folder: &Path, name: &str) -> Result<Option<ArrayRef>, LakeError> {
    read_noted(folder, name, &Maps::default())
}

/// The same; its pages can be let go.
pub(super) fn read_noted(folder: &Path, name: &str, maps: &Maps) -> Result<Option<ArrayRef>, LakeError> {
    if_there(mapped::array_noted(&column_file(folder, name), maps))
}

fn if_there<T>(read: Result<T, LakeError>) -> Result<Option<T>, LakeError> {
    match read {
        Err(LakeError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => Ok(None),
        other => other.map(Some),
    }
}

pub(super) fn missing(name: &str) -> LakeError {
    LakeError::MissingColumn {
        table: "records",
        column: name.to_owned(),
    }
}

/// Whether a store has all kept columns; that of a Parquet file of an earlier version may lack some.
pub(super) fn has_columns<R: Recorded>(folder: &Path) -> bool {
    let is_coded = |name: &&str| matches!(Coded::read(folder, name), Ok(Some(_)));
    R::KEPT.iter().all(|name| column_file(folder, name).exists()) && R::CODED.iter().all(is_coded)
}

/// The same as it lies there.
pub(super) fn read_stored(folder: &Path, name: &str) -> Result<Option<Stored>, LakeError> {
    if_there(mapped::stored_in(&column_file(folder, name)))
}

/// Reads what [`write_array`] wrote outside a store, where nothing can make it again.
pub(crate) fn read_array<A: Array + Clone + 'static>(path: &Path) -> Result<A, LakeError> {
    let array = mapped::array_in(path).map_err(|error| match error {
        LakeError::Records { path, source } => LakeError::Damaged { path, source },
        other => other,
    })?;
    super::typed(&array, &path.display().to_string())
}

pub(super) fn column_file(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.arrow"))
}
