//! Field cryptography: personal values are sealed with SM4-GCM in the row, found by an HMAC-SM3 blind index, and
//! joined in the lake by a keyed 64-bit token. Keys come from a [`KeyProvider`].

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use aes_gcm::aead::consts::U12;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{AesGcm, Nonce};
use hmac::{Hmac, Mac};
use rand::RngExt as _;
use sm3::Sm3;
use sm4::Sm4;
use zeroize::Zeroizing;

use crate::resident_id::{IdParts, PartTokens};

mod part_table;

use part_table::PartTable;

type Sm4Gcm = AesGcm<Sm4, U12>;
type HmacSm3 = Hmac<Sm3>;

/// First byte of a value that is sealed with the key derived from the master key.
const FORMAT: u8 = 1;
/// First byte of a value that names its key: four bytes of its number follow.
const VERSIONED: u8 = 2;
/// The number of the data key that is derived from the master key.
pub const DERIVED_KEY: u32 = 1;
const VERSION_BYTES: usize = 4;
const NONCE_BYTES: usize = 12;
const TAG_BYTES: usize = 16;

/// Kinds of personal value; each has its own index and token key, so that equal digits of different meaning do not
/// meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SecretKind {
    /// 证件号码
    IdNumber,
    /// 电话
    Phone,
}

/// The derived keys of one installation.
#[derive(Clone)]
pub struct FieldKeys {
    data: Sm4Gcm,
    /// Data keys of their own; clones of these keys share them.
    further: Arc<RwLock<DataKeys>>,
    id_index: HmacSm3,
    phone_index: HmacSm3,
    subject_index: HmacSm3,
    id_token: HmacSm3,
    phone_token: HmacSm3,
    parts: Arc<PartTable>,
}

/// Data keys beside the derived one, and which of them seals.
#[derive(Default)]
struct DataKeys {
    keys: BTreeMap<u32, Sm4Gcm>,
    current: Option<u32>,
}

/// Why a sealed value does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CryptoError {
    #[error("the sealed value is too short or of an unknown format")]
    Format,
    #[error("the sealed value was changed, moved to another row, or sealed with another key")]
    Authentication,
    #[error("the opened value is not text")]
    NotText,
    #[error("the value is sealed with data key {0}, which this process does not have")]
    UnknownKey(u32),
}

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("no master key: {0}")]
    Missing(String),
    #[error("the master key cannot be read: {0}")]
    Unreadable(String),
    #[error("the master key must be 32 bytes")]
    Length,
    #[error("a wrapped key does not open: it was changed, or wrapped by another master key")]
    Wrapped,
    #[error("a key is wrapped by master key {0}, which is not there")]
    Generation(u32),
    /// A token does not do what it was asked for; in words for a person, with what to do about it.
    #[error("the key token: {what}")]
    Token {
        code: &'static str,
        what: String,
        hint: String,
    },
}

/// Where a master key (主密钥) lies: a file, or a token that never gives it out. It wraps what is kept, and nothing else is asked of
/// it, so that it need not come into memory.
pub trait KeyProvider: Send + Sync {
    /// Encrypts a key for keeping; a token does this inside. `label` names the key, so that one is not taken for another.
    ///
    /// # Errors
    /// If the master key is missing, unreadable or out of reach.
    fn wrap(&self, label: &str, key: &[u8]) -> Result<Vec<u8>, KeyError>;

    /// Decrypts a key that [`KeyProvider::wrap`] has encrypted under the same label.
    ///
    /// # Errors
    /// If the master key is missing, unreadable or out of reach, or is not the one that wrapped this.
    fn unwrap(&self, label: &str, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError>;
}

/// Wraps a data key with a master key that lies in memory: what a provider without hardware does.
pub fn wrap_key(master: &[u8; 32], label: &str, key: &[u8]) -> Vec<u8> {
    let mut nonce = [0u8; NONCE_BYTES];
    rand::rng().fill(&mut nonce);
    seal_with(&wrapping(master), &nonce, label.as_bytes(), key)
}

/// Unwraps what [`wrap_key`] has wrapped.
///
/// # Errors
/// [`KeyError::Wrapped`].
pub fn unwrap_key(master: &[u8; 32], label: &str, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    if wrapped.first() != Some(&FORMAT) {
        return Err(KeyError::Wrapped);
    }
    open_with(&wrapping(master), label.as_bytes(), &wrapped[1..])
        .map(Zeroizing::new)
        .map_err(|_| KeyError::Wrapped)
}

fn wrapping(master: &[u8; 32]) -> Sm4Gcm {
    let key = derive(master, "gonghui key wrap v1");
    Sm4Gcm::new_from_slice(&key[..16]).expect("an SM4 key has 16 bytes")
}

/// The number of the key that a sealed value was sealed with, from its first bytes; `None` for no sealed value.
pub fn sealed_with(sealed: &[u8]) -> Option<u32> {
    match sealed {
        [FORMAT, ..] => Some(DERIVED_KEY),
        [VERSIONED, a, b, c, d, ..] => Some(u32::from_be_bytes([*a, *b, *c, *d])),
        _ => None,
    }
}

impl FieldKeys {
    /// Derives all keys from one root secret (根密钥) by HMAC-SM3 over a fixed label each. In installations from before there was a root
    /// secret, the master key is it.
    pub fn from_master(master: &[u8; 32]) -> FieldKeys {
        let data = derive(master, "gonghui field data v1");
        FieldKeys {
            data: Sm4Gcm::new_from_slice(&data[..16]).expect("an SM4 key has 16 bytes"),
            further: Arc::default(),
            id_index: hmac_keyed(&*derive(master, "gonghui index id-number v1")),
            phone_index: hmac_keyed(&*derive(master, "gonghui index phone v1")),
            subject_index: hmac_keyed(&*derive(master, "gonghui index subject v1")),
            id_token: hmac_keyed(&*derive(master, "gonghui token id-number v1")),
            phone_token: hmac_keyed(&*derive(master, "gonghui token phone v1")),
            parts: Arc::new(PartTable::new(hmac_keyed(&*derive(
                master,
                "gonghui token id-number part v1",
            )))),
        }
    }

    /// Encrypts a value for one cell. It opens only under the same table, column and row, so that a ciphertext
    /// copied to another row is noticed.
    pub fn seal(&self, table: &str, column: &str, row: &[u8], plain: &str) -> Vec<u8> {
        let aad = cell(table, column, row);
        let further = self.further.read().unwrap_or_else(PoisonError::into_inner);
        let Some((version, key)) = further
            .current
            .and_then(|version| Some((version, further.keys.get(&version)?)))
        else {
            return self.seal_bytes(&aad, plain.as_bytes());
        };
        let mut nonce = [0u8; NONCE_BYTES];
        rand::rng().fill(&mut nonce);
        let mut sealed = mark_of(version);
        // Without the first byte, which says that no number follows.
        sealed.extend_from_slice(&seal_with(key, &nonce, &aad, plain.as_bytes())[1..]);
        sealed
    }

    /// Encrypts a value for a file of the lake, always with the key derived from the master key: files are not sealed anew.
    pub fn seal_in_file(&self, table: &str, column: &str, row: &[u8], plain: &str) -> Vec<u8> {
        self.seal_bytes(&cell(table, column, row), plain.as_bytes())
    }

    /// Decrypts the value of one cell.
    ///
    /// # Errors
    /// If the bytes were changed or belong to another cell or key.
    pub fn open(&self, table: &str, column: &str, row: &[u8], sealed: &[u8]) -> Result<String, CryptoError> {
        let aad = cell(table, column, row);
        let plain = match sealed {
            [VERSIONED, rest @ ..] => self.open_versioned(&aad, rest)?,
            _ => self.open_bytes(&aad, sealed)?,
        };
        String::from_utf8(plain).map_err(|_| CryptoError::NotText)
    }

    fn open_versioned(&self, aad: &[u8], rest: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let Some((version, body)) = rest.split_first_chunk::<VERSION_BYTES>() else {
            return Err(CryptoError::Format);
        };
        let version = u32::from_be_bytes(*version);
        let further = self.further.read().unwrap_or_else(PoisonError::into_inner);
        let key = further
            .keys
            .get(&version)
            .ok_or(CryptoError::UnknownKey(version))?;
        open_with(key, aad, body)
    }

    /// Adds a data key of 16 bytes under its number; it opens from now on, and seals once [`FieldKeys::use_data_key`] says so.
    ///
    /// # Errors
    /// [`KeyError::Length`].
    pub fn add_data_key(&self, version: u32, key: &[u8]) -> Result<(), KeyError> {
        let key = Sm4Gcm::new_from_slice(key).map_err(|_| KeyError::Length)?;
        let mut further = self.further.write().unwrap_or_else(PoisonError::into_inner);
        further.keys.insert(version, key);
        Ok(())
    }

    /// Seals with this data key from now on; `None`: with the one derived from the master key.
    pub fn use_data_key(&self, version: Option<u32>) {
        let mut further = self.further.write().unwrap_or_else(PoisonError::into_inner);
        further.current = version;
    }

    /// Forgets a data key: what it has sealed does not open any more.
    pub fn forget_data_key(&self, version: u32) {
        let mut further = self.further.write().unwrap_or_else(PoisonError::into_inner);
        further.keys.remove(&version);
    }

    /// Whether there is a data key of this number.
    pub fn has_data_key(&self, version: u32) -> bool {
        let further = self.further.read().unwrap_or_else(PoisonError::into_inner);
        further.keys.contains_key(&version)
    }

    /// How values begin that are sealed now, where a data key of its own seals.
    pub fn data_key_mark(&self) -> Option<Vec<u8>> {
        let further = self.further.read().unwrap_or_else(PoisonError::into_inner);
        further.current.map(mark_of)
    }

    /// Encrypts bytes (a file of before-images or rejects) bound to `aad`, with the key derived from the master key.
    pub fn seal_bytes(&self, aad: &[u8], plain: &[u8]) -> Vec<u8> {
        let mut nonce = [0u8; NONCE_BYTES];
        rand::rng().fill(&mut nonce);
        seal_with(&self.data, &nonce, aad, plain)
    }

    /// Decrypts bytes bound to `aad`.
    ///
    /// # Errors
    /// If the bytes were changed or `aad` or the key is another.
    pub fn open_bytes(&self, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, CryptoError> {
        if sealed.len() < 1 + NONCE_BYTES + TAG_BYTES || sealed[0] != FORMAT {
            return Err(CryptoError::Format);
        }
        open_with(&self.data, aad, &sealed[1..])
    }

    /// The index under which the store finds a value without knowing it: 16 bytes of HMAC-SM3. Give it the parsed
    /// normal form.
    pub fn blind_index(&self, kind: SecretKind, plain: &str) -> [u8; 16] {
        let digest = hmac_of(self.index_key(kind), plain.as_bytes());
        let mut index = [0u8; 16];
        index.copy_from_slice(&digest[..16]);
        index
    }

    /// The index under which the store finds a subject of an identity provider (统一身份) without knowing it. The issuer goes in
    /// with its length, so that no other pair reads the same.
    pub fn subject_index(&self, issuer: &str, subject: &str) -> [u8; 16] {
        let digest = hmac_of(
            &self.subject_index,
            format!("{}:{issuer}{subject}", issuer.len()).as_bytes(),
        );
        let mut index = [0u8; 16];
        index.copy_from_slice(&digest[..16]);
        index
    }

    /// The token by which the lake joins a value without knowing it: 64 bits of HMAC-SM3, under another key than
    /// the index, so that lake and store cannot be joined by it.
    pub fn token(&self, kind: SecretKind, plain: &str) -> i64 {
        let digest = hmac_of(self.token_key(kind), plain.as_bytes());
        let mut token = [0u8; 8];
        token.copy_from_slice(&digest[..8]);
        i64::from_be_bytes(token)
    }

    /// The tokens by which the lake compares parts of two numbers without knowing them.
    pub fn part_tokens(&self, parts: &IdParts) -> PartTokens {
        PartTokens::pack(parts, |part, value| self.parts.token(part, value))
    }

    fn index_key(&self, kind: SecretKind) -> &HmacSm3 {
        match kind {
            SecretKind::IdNumber => &self.id_index,
            SecretKind::Phone => &self.phone_index,
        }
    }

    fn token_key(&self, kind: SecretKind) -> &HmacSm3 {
        match kind {
            SecretKind::IdNumber => &self.id_token,
            SecretKind::Phone => &self.phone_token,
        }
    }
}

impl fmt::Debug for FieldKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FieldKeys(…)")
    }
}

fn mark_of(version: u32) -> Vec<u8> {
    let mut mark = Vec::with_capacity(64);
    mark.push(VERSIONED);
    mark.extend_from_slice(&version.to_be_bytes());
    mark
}

/// Nonce, encrypted text and tag, opened.
fn open_with(cipher: &Sm4Gcm, aad: &[u8], body: &[u8]) -> Result<Vec<u8>, CryptoError> {
    if body.len() < NONCE_BYTES + TAG_BYTES {
        return Err(CryptoError::Format);
    }
    let (nonce, msg) = body.split_at(NONCE_BYTES);
    let nonce = Nonce::<U12>::try_from(nonce).map_err(|_| CryptoError::Format)?;
    cipher
        .decrypt(&nonce, Payload { msg, aad })
        .map_err(|_| CryptoError::Authentication)
}

fn derive(master: &[u8; 32], label: &str) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(hmac_of(&hmac_keyed(master), label.as_bytes()))
}

fn hmac_keyed(key: &[u8]) -> HmacSm3 {
    HmacSm3::new_from_slice(key).expect("HMAC takes a key of any length")
}

fn hmac_of(keyed: &HmacSm3, message: &[u8]) -> [u8; 32] {
    let mut mac = keyed.clone();
    mac.update(message);
    mac.finalize().into_bytes().into()
}

/// HMAC-SM3 of a message, for chained journals and signed links.
pub fn hmac_sm3(key: &[u8], message: &[u8]) -> [u8; 32] {
    hmac_of(&hmac_keyed(key), message)
}

/// Associated data of a cell. Lengths are written out, so that no two cells can spell the same bytes.
fn cell(table: &str, column: &str, row: &[u8]) -> Vec<u8> {
    let mut aad = Vec::with_capacity(table.len() + column.len() + row.len() + 8);
    for part in [table.as_bytes(), column.as_bytes(), row] {
        aad.extend_from_slice(&(part.len() as u32).to_be_bytes());
        aad.extend_from_slice(part);
    }
    aad
}

fn seal_with(cipher: &Sm4Gcm, nonce: &[u8; NONCE_BYTES], aad: &[u8], plain: &[u8]) -> Vec<u8> {
    let encrypted = cipher
        .encrypt(&Nonce::<U12>::from(*nonce), Payload { msg: plain, aad })
        .expect("GCM refuses only texts of more than 64 GiB");
    let mut sealed = Vec::with_capacity(1 + NONCE_BYTES + encrypted.len());
    sealed.push(FORMAT);
    sealed.extend_from_slice(nonce);
    sealed.extend_from_slice(&encrypted);
    sealed
}

#[cfg(test)]
mod tests;
