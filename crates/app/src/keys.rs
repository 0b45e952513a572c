//! The keys of an installation, from the outside in.
//!
//! The master key (主密钥) lies in a file or in a token ([`token`]) and wraps two things: the root secret (根密钥) in the file
//! `root.key` ([`ring`]), from which [`FieldKeys`] derives the first data key, the indices and the tokens, and the further data keys in
//! the database ([`rotation`]). So the master key can be changed and moved ([`master`]) while every sealed value stays as it is.
//! Decision 41 says why. Whoever loses master key or root secret loses every sealed number; the store remembers a check value, so that
//! a wrong one is refused at start instead of sealing new rows that nobody can open together with the old ones.

mod file;
pub(crate) mod kept;
pub mod master;
pub mod ring;
pub mod rotation;
pub mod token;

use std::fs;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use codes::crypto::{FieldKeys, KeyError};
use codes::time::Timestamp;
use store::Store;

use crate::error::{AppError, ErrorKind};

pub use file::FileKeyProvider;
pub(crate) use file::read_key;
pub use ring::{KeyRing, MasterPlace};

/// The setting that holds the check value of the root secret.
const CHECK_SETTING: &str = "master_key_check";

impl From<KeyError> for AppError {
    fn from(error: KeyError) -> AppError {
        match error {
            KeyError::Missing(what) => AppError::unavailable("KEY-404", format!("没有主密钥：{what}")).hint(
                "新安装请先运行 gonghui init；若是迁移的数据，请把原来的主密钥文件和 root.key 一并放入数据目录",
            ),
            KeyError::Unreadable(what) => AppError::unavailable("KEY-403", format!("不能使用主密钥：{what}")),
            KeyError::Wrapped => {
                AppError::unavailable("KEY-410", "密钥无法解开：主密钥不是包装它的那一把，或它被改动过")
                    .hint("请使用与数据库一起备份的 root.key 和主密钥")
            }
            KeyError::Generation(generation) => AppError::unavailable(
                "KEY-410",
                format!("密钥由第 {generation} 代主密钥包装，本机的 root.key 里没有这一代"),
            )
            .hint("请使用与数据库一起备份的 root.key 和主密钥；主密钥刚在另一台服务器上换过的，把那台的拷过来"),
            KeyError::Length => AppError::new(
                ErrorKind::Unavailable,
                "KEY-422",
                "主密钥文件已损坏：应为 32 字节",
            )
            .hint("请从备份恢复主密钥文件"),
            KeyError::Token { code, what, hint } => AppError::unavailable(code, what).hint(hint),
        }
    }
}

fn already(path: &Path) -> AppError {
    AppError::conflict("KEY-409", format!("{} 已存在", path.display()))
        .hint("此目录已初始化过；请直接使用，或换一个空目录")
}

/// Makes a folder that only its owner can enter; leaves an existing one as it is.
pub fn create_private_dir(dir: &Path) -> Result<(), AppError> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(|error| AppError::io(dir.display(), error))
}

/// Compares the keys with those the store was first opened with, or remembers them on the first opening.
pub(crate) async fn check_belongs(store: &Store, keys: &FieldKeys, now: Timestamp) -> Result<(), AppError> {
    let check =
        codes::digest::to_hex(&keys.blind_index(codes::crypto::SecretKind::IdNumber, "master key check"));
    let known = store.read().await?.setting(CHECK_SETTING).await?;
    match known {
        Some(known) if known == check => Ok(()),
        Some(_) => Err(AppError::unavailable(
            "KEY-409",
            "密钥与数据库不匹配：已加密的证件号和电话将无法读取",
        )
        .hint("请使用与这个数据库一起备份的 root.key 和主密钥")),
        None => {
            let mut tx = store.begin().await?;
            tx.set_setting(CHECK_SETTING, &check, now).await?;
            Ok(tx.commit().await?)
        }
    }
}
