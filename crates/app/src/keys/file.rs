//! A master key in a file of mode 0600 in the data folder.
//!
//! Whoever copies it beside `root.key` and the database can read every sealed number. So it is neither made silently nor
//! accepted when others can read it.

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use codes::crypto::{KeyError, KeyProvider, unwrap_key, wrap_key};
use rand::RngExt as _;
use zeroize::Zeroizing;

use crate::error::AppError;

/// Wraps with a master key that only its owner can read.
#[derive(Debug, Clone)]
pub struct FileKeyProvider {
    path: PathBuf,
}

impl FileKeyProvider {
    /// The key of an installation whose master key was never changed.
    pub fn in_data_dir(data_dir: &Path) -> FileKeyProvider {
        FileKeyProvider::at(data_dir.join(super::ring::FIRST_MASTER))
    }

    pub(super) fn at(path: PathBuf) -> FileKeyProvider {
        FileKeyProvider { path }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes a fresh key. Never overwrites one.
    ///
    /// # Errors
    /// `KEY-409` when there is one already.
    pub fn create(&self) -> Result<(), AppError> {
        let mut master = Zeroizing::new([0u8; 32]);
        rand::rng().fill(&mut *master);
        write_new(&self.path, &*master)
    }

    pub(super) fn read_master(&self) -> Result<Zeroizing<[u8; 32]>, KeyError> {
        read_key(&self.path)
    }
}

impl KeyProvider for FileKeyProvider {
    fn wrap(&self, label: &str, key: &[u8]) -> Result<Vec<u8>, KeyError> {
        Ok(wrap_key(&*self.read_master()?, label, key))
    }

    fn unwrap(&self, label: &str, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        unwrap_key(&*self.read_master()?, label, wrapped)
    }
}

/// Reads a key of 32 bytes from a file that only its owner can read.
pub(crate) fn read_key(path: &Path) -> Result<Zeroizing<[u8; 32]>, KeyError> {
    let bytes = read_private(path, 33)?;
    let key = bytes.as_slice().try_into();
    key.map(Zeroizing::new).map_err(|_| KeyError::Length)
}

/// Reads at most `limit` bytes of a file that only its owner can read.
pub(super) fn read_private(path: &Path, limit: u64) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let shown = path.display();
    let unreadable = |error: std::io::Error| KeyError::Unreadable(format!("{shown}：{error}"));
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(KeyError::Missing(format!("{shown} 不存在")));
        }
        Err(error) => return Err(unreadable(error)),
    };
    let mode = file.metadata().map_err(unreadable)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(KeyError::Unreadable(format!(
            "{shown} 的权限是 {:04o}，其他用户可读；请执行 chmod 600 {shown}",
            mode & 0o7777
        )));
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(64));
    file.take(limit).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

/// Writes a file of mode 0600 so that after a power cut either the old one is there or the new one, whole.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), AppError> {
    let part = write_part(path, bytes)?;
    fs::rename(&part, path).map_err(|error| AppError::io(path.display(), error))?;
    sync_folder(path)
}

/// The same where no file may be yet; `KEY-409` when there is one.
pub(super) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), AppError> {
    let failed = |error| AppError::io(path.display(), error);
    let part = write_part(path, bytes)?;
    let linked = fs::hard_link(&part, path);
    fs::remove_file(&part).map_err(failed)?;
    match linked {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => return Err(super::already(path)),
        other => other.map_err(failed)?,
    }
    sync_folder(path)
}

fn write_part(path: &Path, bytes: &[u8]) -> Result<PathBuf, AppError> {
    let failed = |error| AppError::io(path.display(), error);
    let part = path.with_extension("key.part");
    // A part that was left behind may have been made readable since.
    match fs::remove_file(&part) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&part)
        .map_err(failed)?;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .map_err(failed)?;
    Ok(part)
}

/// Makes a change of names in the folder of `path` outlast a power cut.
pub(super) fn sync_folder(path: &Path) -> Result<(), AppError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|error| AppError::io(folder.display(), error))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn the_key_is_made_once_and_only_for_its_owner() {
        let dir = tempfile::tempdir().unwrap();
        let keys = FileKeyProvider::in_data_dir(dir.path());
        assert!(matches!(keys.wrap("k", &[1; 16]), Err(KeyError::Missing(_))));
        keys.create().unwrap();
        assert_eq!(
            fs::metadata(keys.path()).unwrap().permissions().mode() & 0o777,
            0o600
        );
        let first = fs::read(keys.path()).unwrap();
        assert_eq!(keys.create().unwrap_err().kind, ErrorKind::Conflict);
        assert_eq!(fs::read(keys.path()).unwrap(), first);
        let wrapped = keys.wrap("k", &[1; 16]).unwrap();
        assert_eq!(**keys.unwrap("k", &wrapped).unwrap(), [1; 16]);
        assert!(keys.unwrap("another", &wrapped).is_err());
    }

    #[test]
    fn a_key_that_others_can_read_is_refused_with_the_remedy() {
        let dir = tempfile::tempdir().unwrap();
        let keys = FileKeyProvider::in_data_dir(dir.path());
        keys.create().unwrap();
        for mode in [0o640, 0o604, 0o644] {
            fs::set_permissions(keys.path(), fs::Permissions::from_mode(mode)).unwrap();
            let refused = keys.wrap("k", &[1; 16]).unwrap_err();
            assert!(refused.to_string().contains("chmod 600"), "{refused}");
        }
    }

    #[test]
    fn a_damaged_key_is_not_stretched() {
        let dir = tempfile::tempdir().unwrap();
        let keys = FileKeyProvider::in_data_dir(dir.path());
        for length in [0, 31, 33] {
            fs::write(keys.path(), vec![7u8; length]).unwrap();
            fs::set_permissions(keys.path(), fs::Permissions::from_mode(0o600)).unwrap();
            assert!(matches!(keys.wrap("k", &[1; 16]), Err(KeyError::Length)));
        }
    }
}
