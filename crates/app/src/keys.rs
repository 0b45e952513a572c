//! Where the master key lives: a file of mode 0600 in the data folder, made once by `gonghui init`.
//!
//! All field keys derive from it ([`FieldKeys::from_master`]). Whoever loses it loses every sealed ID number and
//! telephone; whoever copies it beside the database can read them. So it is neither made silently nor accepted when
//! others can read it, and the store remembers a check value, so that a wrong key is refused at start instead of
//! sealing new rows that nobody can open together with the old ones.

pub(crate) mod kept;
pub mod rotation;

use std::fs::{self, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use codes::crypto::{FieldKeys, KeyError, KeyProvider, unwrap_key, wrap_key};
use codes::time::Timestamp;
use rand::RngExt as _;
use store::Store;
use zeroize::Zeroizing;

use crate::error::{AppError, ErrorKind};

/// The file's name inside the data folder.
const KEY_FILE: &str = "master.key";
/// The setting that holds the check value of the key.
const CHECK_SETTING: &str = "master_key_check";

/// Reads the master key from a file that only its owner can read.
#[derive(Debug, Clone)]
pub struct FileKeyProvider {
    path: PathBuf,
}

impl FileKeyProvider {
    /// The key of an installation.
    pub fn in_data_dir(data_dir: &Path) -> FileKeyProvider {
        FileKeyProvider {
            path: data_dir.join(KEY_FILE),
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes a fresh key. Never overwrites one.
    pub fn create(&self) -> Result<(), AppError> {
        let made = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&self.path);
        let mut file = match made {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                return Err(
                    AppError::conflict("KEY-409", format!("{} 已存在", self.path.display()))
                        .hint("此目录已初始化过；请直接使用，或换一个空目录"),
                );
            }
            Err(error) => return Err(AppError::io(self.path.display(), error)),
        };
        let mut master = [0u8; 32];
        rand::rng().fill(&mut master);
        let written = file.write_all(&master).and_then(|()| file.sync_all());
        written.map_err(|error| AppError::io(self.path.display(), error))
    }

    fn read_master(&self) -> Result<[u8; 32], KeyError> {
        read_key_file(&self.path)
    }
}

/// Reads a key of 32 bytes from a file that only its owner can read.
pub(crate) fn read_key_file(path: &Path) -> Result<[u8; 32], KeyError> {
    let file = fs::File::open(path);
    let path = path.display();
    let file = match file {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(KeyError::Missing(format!("{path} 不存在")));
        }
        Err(error) => return Err(KeyError::Unreadable(format!("{path}：{error}"))),
    };
    let mode = file
        .metadata()
        .map_err(|error| KeyError::Unreadable(format!("{path}：{error}")))?
        .permissions()
        .mode();
    if mode & 0o077 != 0 {
        return Err(KeyError::Unreadable(format!(
            "{path} 的权限是 {:04o}，其他用户可读；请执行 chmod 600 {path}",
            mode & 0o7777
        )));
    }
    let mut bytes = Vec::with_capacity(33);
    let read = file.take(33).read_to_end(&mut bytes);
    read.map_err(|error| KeyError::Unreadable(format!("{path}：{error}")))?;
    bytes.try_into().map_err(|_| KeyError::Length)
}

impl KeyProvider for FileKeyProvider {
    fn field_keys(&self) -> Result<FieldKeys, KeyError> {
        Ok(FieldKeys::from_master(&self.read_master()?))
    }

    fn wrap(&self, label: &str, key: &[u8]) -> Result<Vec<u8>, KeyError> {
        Ok(wrap_key(&Zeroizing::new(self.read_master()?), label, key))
    }

    fn unwrap(&self, label: &str, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        unwrap_key(&Zeroizing::new(self.read_master()?), label, wrapped)
    }
}

impl From<KeyError> for AppError {
    fn from(error: KeyError) -> AppError {
        match error {
            KeyError::Missing(what) => AppError::unavailable("KEY-404", format!("没有主密钥：{what}"))
                .hint("新安装请先运行 gonghui init；若是迁移的数据，请把原来的 master.key 一并放入数据目录"),
            KeyError::Unreadable(what) => AppError::unavailable("KEY-403", format!("不能使用主密钥：{what}")),
            KeyError::Wrapped => {
                AppError::unavailable("KEY-410", "数据密钥无法解开：主密钥不是包装它的那一把")
                    .hint("请使用与数据库一起备份的 master.key")
            }
            KeyError::Length => AppError::new(
                ErrorKind::Unavailable,
                "KEY-422",
                "主密钥文件已损坏：应为 32 字节",
            )
            .hint("请从备份恢复 master.key"),
        }
    }
}

/// Makes a folder that only its owner can enter; leaves an existing one as it is.
pub fn create_private_dir(dir: &Path) -> Result<(), AppError> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(|error| AppError::io(dir.display(), error))
}

/// Compares the key with the one the store was first opened with, or remembers it on the first opening.
pub(crate) async fn check_belongs(store: &Store, keys: &FieldKeys, now: Timestamp) -> Result<(), AppError> {
    let check =
        codes::digest::to_hex(&keys.blind_index(codes::crypto::SecretKind::IdNumber, "master key check"));
    let known = store.read().await?.setting(CHECK_SETTING).await?;
    match known {
        Some(known) if known == check => Ok(()),
        Some(_) => Err(AppError::unavailable(
            "KEY-409",
            "主密钥与数据库不匹配：已加密的证件号和电话将无法读取",
        )
        .hint("请使用初始化这个数据库时生成的 master.key")),
        None => {
            let mut tx = store.begin().await?;
            tx.set_setting(CHECK_SETTING, &check, now).await?;
            Ok(tx.commit().await?)
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_key_is_made_once_and_only_for_its_owner() {
        let dir = tempfile::tempdir().unwrap();
        let keys = FileKeyProvider::in_data_dir(dir.path());
        assert!(matches!(keys.field_keys(), Err(KeyError::Missing(_))));
        keys.create().unwrap();
        assert_eq!(
            fs::metadata(keys.path()).unwrap().permissions().mode() & 0o777,
            0o600
        );
        let first = fs::read(keys.path()).unwrap();
        assert_eq!(keys.create().unwrap_err().kind, ErrorKind::Conflict);
        assert_eq!(fs::read(keys.path()).unwrap(), first);
        assert!(keys.field_keys().is_ok());
    }

    #[test]
    fn a_key_that_others_can_read_is_refused_with_the_remedy() {
        let dir = tempfile::tempdir().unwrap();
        let keys = FileKeyProvider::in_data_dir(dir.path());
        keys.create().unwrap();
        for mode in [0o640, 0o604, 0o644] {
            fs::set_permissions(keys.path(), fs::Permissions::from_mode(mode)).unwrap();
            let Err(refused) = keys.field_keys() else {
                panic!("mode {mode:o} was accepted")
            };
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
            assert!(matches!(keys.field_keys(), Err(KeyError::Length)));
        }
    }
}
