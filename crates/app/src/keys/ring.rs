//! `root.key`: which master keys there are, and the root secret under each of them.
//!
//! There is one master key, except while it is being changed: then the old and the new one stand side by side, and the
//! installation starts with either, wherever the change was interrupted. An installation from before there was a `root.key` has
//! `master.key` alone, which is master key and root secret in one, until its master key is changed for the first time.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use codes::crypto::{FieldKeys, KeyError, KeyProvider};
use codes::digest::{from_hex, to_hex};
use rand::RngExt as _;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::file::{self, FileKeyProvider};
use super::token::{TokenAccess, TokenKey, TokenKeyProvider};
use crate::error::AppError;

const RING_FILE: &str = "root.key";
/// The first master key's file; further ones have their number in the name.
pub(super) const FIRST_MASTER: &str = "master.key";
/// What the root secret is named in its wrapping.
const ROOT_LABEL: &str = "root secret";
const FORMAT: u32 = 1;
const FIRST: u32 = 1;
/// First byte of a wrapped key that names its master key: four bytes of the generation follow. Without it, it is the first one's.
const NAMED: u8 = 2;
/// Nobody writes a larger `root.key`.
const RING_LIMIT: u64 = 64 * 1024;

/// Where a master key is to lie.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum MasterPlace {
    /// A file of the data folder.
    #[default]
    File,
    /// A token that speaks PKCS#11 (密码机).
    Token(TokenKey),
}

/// One master key and the root secret under it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Master {
    pub generation: u32,
    #[serde(flatten)]
    pub at: MasterAt,
    /// The wrapped root secret in hexadecimal digits; `None`: the master key is the root secret.
    root: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "provider")]
pub(super) enum MasterAt {
    /// A file in the folder of `root.key`, by its name alone.
    #[serde(rename = "file")]
    File { file: String },
    #[serde(rename = "pkcs11")]
    Token(TokenKey),
}

#[derive(Serialize, Deserialize)]
struct Ring {
    format: u32,
    /// Oldest first.
    masters: Vec<Master>,
}

impl fmt::Display for Master {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "第 {} 代，", self.generation)?;
        match &self.at {
            MasterAt::File { file } => write!(f, "文件 {file}")?,
            MasterAt::Token(key) => write!(f, "{key}")?,
        }
        match self.root {
            Some(_) => Ok(()),
            None => f.write_str("（兼作根密钥）"),
        }
    }
}

/// The key ring (密钥环) of one data folder. It reads `root.key` whenever it is asked, so a change of the master key needs no restart.
#[derive(Debug, Clone)]
pub struct KeyRing {
    data_dir: PathBuf,
    access: TokenAccess,
}

impl KeyRing {
    /// The ring of a data folder; `access` says how a token is reached, where one is used.
    pub fn in_data_dir(data_dir: &Path, access: TokenAccess) -> KeyRing {
        KeyRing {
            data_dir: data_dir.to_owned(),
            access,
        }
    }

    /// Whether the folder has keys already.
    pub fn exists(&self) -> bool {
        self.path().exists() || self.data_dir.join(FIRST_MASTER).exists()
    }

    fn path(&self) -> PathBuf {
        self.data_dir.join(RING_FILE)
    }

    /// Makes the first master key and a fresh root secret. Never overwrites one.
    ///
    /// # Errors
    /// `KEY-409` when the folder has keys already; or the token refuses.
    pub fn create(&self, place: &MasterPlace) -> Result<(), AppError> {
        for path in [self.path(), self.data_dir.join(FIRST_MASTER)] {
            if path.exists() {
                return Err(super::already(&path));
            }
        }
        let mut root = Zeroizing::new([0u8; 32]);
        rand::rng().fill(&mut *root);
        let master = self.make(FIRST, place, &root)?;
        self.write(vec![master])
    }

    /// The keys of this installation.
    ///
    /// # Errors
    /// If no master key opens the root secret.
    pub fn field_keys(&self) -> Result<FieldKeys, KeyError> {
        Ok(FieldKeys::from_master(&*self.root()?))
    }

    /// Encrypts a data key with the newest master key, which it names.
    ///
    /// # Errors
    /// If the master key is missing, unreadable or out of reach.
    pub fn wrap(&self, label: &str, key: &[u8]) -> Result<Vec<u8>, KeyError> {
        let masters = self.masters()?;
        let newest = masters.last().ok_or_else(|| self.damaged("没有主密钥的记载"))?;
        let mut wrapped = vec![NAMED];
        wrapped.extend_from_slice(&newest.generation.to_be_bytes());
        wrapped.extend_from_slice(&self.provider(newest)?.wrap(label, key)?);
        Ok(wrapped)
    }

    /// Decrypts a data key with the master key that wrapped it.
    ///
    /// # Errors
    /// If that master key is missing, unreadable or out of reach, or the key was changed.
    pub fn unwrap(&self, label: &str, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let (generation, body) = generation_of(wrapped);
        let masters = self.masters()?;
        let master = masters.iter().find(|master| master.generation == generation);
        let master = master.ok_or(KeyError::Generation(generation))?;
        self.provider(master)?.unwrap(label, body)
    }

    /// Every master key in words, newest last. More than one: a change was interrupted.
    ///
    /// # Errors
    /// If there is none, or `root.key` cannot be read.
    pub fn told(&self) -> Result<Vec<String>, KeyError> {
        Ok(self.masters()?.iter().map(Master::to_string).collect())
    }

    /// Files of master keys that nothing is wrapped with any more: left by an interruption, or put there by somebody.
    pub fn unused_files(&self) -> Result<Vec<PathBuf>, AppError> {
        let masters = self.masters()?;
        let used = |name: &str| {
            let file = |master: &Master| matches!(&master.at, MasterAt::File { file } if file == name);
            masters.iter().any(file)
        };
        let failed = |error| AppError::io(self.data_dir.display(), error);
        let mut unused = Vec::new();
        for entry in fs::read_dir(&self.data_dir).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            let name = name.to_string_lossy();
            if is_master_file(&name) && !used(&name) {
                unused.push(self.data_dir.join(&*name));
            }
        }
        unused.sort();
        Ok(unused)
    }

    /// Makes a master key in its place and wraps the root secret with it. Nothing knows of it until it is written to `root.key`.
    pub(super) fn make(
        &self,
        generation: u32,
        place: &MasterPlace,
        root: &[u8; 32],
    ) -> Result<Master, AppError> {
        let at = match place {
            MasterPlace::File => {
                let file = file_of(generation);
                FileKeyProvider::at(self.data_dir.join(&file)).create()?;
                MasterAt::File { file }
            }
            MasterPlace::Token(key) => {
                self.token(key).prepare()?;
                MasterAt::Token(key.clone())
            }
        };
        let mut master = Master {
            generation,
            at,
            root: None,
        };
        let provider = self.provider(&master)?;
        let wrapped = provider.wrap(ROOT_LABEL, root)?;
        // What does not come back now would not come back at the next start.
        if provider.unwrap(ROOT_LABEL, &wrapped)?.as_slice() != root {
            return Err(KeyError::Wrapped.into());
        }
        master.root = Some(to_hex(&wrapped));
        Ok(master)
    }

    /// The number of the next master key: one that nothing was wrapped with, and whose file would overwrite none.
    pub(super) fn next_generation(&self) -> Result<u32, KeyError> {
        let known = self.masters()?.into_iter().map(|master| master.generation);
        let mut next = known.max().unwrap_or(0) + 1;
        while self.data_dir.join(file_of(next)).exists() {
            next += 1;
        }
        Ok(next)
    }

    /// The file of a master key, if it lies in one.
    pub(super) fn file_of(&self, master: &Master) -> Option<PathBuf> {
        match &master.at {
            MasterAt::File { file } => Some(self.data_dir.join(file)),
            MasterAt::Token(_) => None,
        }
    }

    /// The root secret, by the newest master key that opens it.
    pub(super) fn root(&self) -> Result<Zeroizing<[u8; 32]>, KeyError> {
        let mut first = None;
        for master in self.masters()?.iter().rev() {
            match self.root_by(master) {
                Ok(root) => return Ok(root),
                Err(error) => {
                    tracing::warn!(generation = master.generation, %error, "a master key does not open the root secret");
                    first.get_or_insert(error);
                }
            }
        }
        Err(first.unwrap_or_else(|| self.damaged("没有主密钥的记载")))
    }

    fn root_by(&self, master: &Master) -> Result<Zeroizing<[u8; 32]>, KeyError> {
        let root = match (&master.root, &master.at) {
            (Some(root), _) => {
                let wrapped = from_hex(root).ok_or_else(|| self.damaged("根密钥不是十六进制"))?;
                self.provider(master)?.unwrap(ROOT_LABEL, &wrapped)?
            }
            (None, MasterAt::File { file }) => {
                return FileKeyProvider::at(self.data_dir.join(file)).read_master();
            }
            (None, MasterAt::Token(_)) => return Err(self.damaged("缺少根密钥")),
        };
        let root: [u8; 32] = root.as_slice().try_into().map_err(|_| KeyError::Wrapped)?;
        Ok(Zeroizing::new(root))
    }

    /// Every master key, oldest first; at least one.
    pub(super) fn masters(&self) -> Result<Vec<Master>, KeyError> {
        let text = match file::read_private(&self.path(), RING_LIMIT) {
            Ok(text) => text,
            Err(KeyError::Missing(_)) => return self.before_there_was_a_ring(),
            Err(error) => return Err(error),
        };
        let ring: Ring = serde_json::from_slice(&text)
            .map_err(|error| self.damaged(&format!("第 {} 行看不懂", error.line())))?;
        if ring.format != FORMAT {
            return Err(self.damaged("由更新的版本写成"));
        }
        let is_sound = |master: &Master| match &master.at {
            MasterAt::File { file } => is_master_file(file),
            MasterAt::Token(_) => master.root.is_some(),
        };
        if ring.masters.is_empty() || !ring.masters.iter().all(is_sound) {
            return Err(self.damaged("主密钥的记载不完整"));
        }
        Ok(ring.masters)
    }

    fn before_there_was_a_ring(&self) -> Result<Vec<Master>, KeyError> {
        let path = self.data_dir.join(FIRST_MASTER);
        if !path.exists() {
            return Err(KeyError::Missing(format!(
                "{} 里没有 {RING_FILE}，也没有 {FIRST_MASTER}",
                self.data_dir.display()
            )));
        }
        let at = MasterAt::File {
            file: FIRST_MASTER.to_owned(),
        };
        Ok(vec![Master {
            generation: FIRST,
            at,
            root: None,
        }])
    }

    pub(super) fn write(&self, masters: Vec<Master>) -> Result<(), AppError> {
        let ring = Ring {
            format: FORMAT,
            masters,
        };
        let mut text = serde_json::to_string_pretty(&ring).map_err(AppError::internal)?;
        text.push('\n');
        file::write_whole(&self.path(), text.as_bytes())
    }

    fn provider(&self, master: &Master) -> Result<Box<dyn KeyProvider>, KeyError> {
        Ok(match &master.at {
            MasterAt::File { file } => Box::new(FileKeyProvider::at(self.data_dir.join(file))),
            MasterAt::Token(key) => Box::new(self.token(key)),
        })
    }

    fn token(&self, key: &TokenKey) -> TokenKeyProvider {
        TokenKeyProvider::new(self.access.clone(), key.clone())
    }

    fn damaged(&self, what: &str) -> KeyError {
        KeyError::Unreadable(format!(
            "{} 已损坏（{what}），请从备份恢复",
            self.path().display()
        ))
    }
}

/// The generation of the master key that wrapped a data key, and what it has made of it.
pub(super) fn generation_of(wrapped: &[u8]) -> (u32, &[u8]) {
    match wrapped {
        [NAMED, a, b, c, d, body @ ..] => (u32::from_be_bytes([*a, *b, *c, *d]), body),
        _ => (FIRST, wrapped),
    }
}

fn file_of(generation: u32) -> String {
    match generation {
        FIRST => FIRST_MASTER.to_owned(),
        _ => format!("master-{generation}.key"),
    }
}

/// `master.key` or `master-N.key`, and never a path.
fn is_master_file(name: &str) -> bool {
    let number = name
        .strip_prefix("master-")
        .and_then(|rest| rest.strip_suffix(".key"));
    name == FIRST_MASTER
        || number.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
}
