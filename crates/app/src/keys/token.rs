//! A master key in a token that speaks PKCS#11 (密码机、加密卡、智能卡). It is made there, never leaves it, and wraps and unwraps inside.
//!
//! The only module that speaks to a token. Field keys are in memory once they are unwrapped, so a token that goes away stops nobody
//! who reads; it is needed at the start, for a new data key and for a change of the master key. Which library is loaded and
//! where the PIN lies is a setting of the machine ([`TokenAccess`]), never read from the data folder: who can write there must not choose
//! what code runs.

mod session;

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use codes::crypto::{KeyError, KeyProvider};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// How this machine reaches its token.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenAccess {
    /// The library that its maker delivers, such as `/usr/lib/softhsm/libsofthsm2.so`.
    pub module: Option<PathBuf>,
    /// A file of mode 0600 whose first line is the user's PIN.
    pub pin_file: Option<PathBuf>,
}

/// One key of one token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenKey {
    /// The token's label.
    pub token: String,
    /// The key's label in it.
    pub key: String,
    /// How it wraps.
    pub mechanism: Mechanism,
}

impl fmt::Display for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "令牌 {} 中的密钥 {}，机制 {}",
            self.token, self.key, self.mechanism
        )
    }
}

/// How a token wraps a key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Mechanism {
    /// AES-256-GCM over the key's bytes, the label as associated data.
    #[default]
    AesGcm,
    /// AES-256 key wrap (RFC 3394) of the label's SM3 followed by the key: for tokens that let nobody choose a GCM nonce.
    AesKeyWrap,
    /// GCM under a number of the maker's own (≥ 0x80000000), which is how PKCS#11 libraries offer SM4. The key must have been made with
    /// the maker's tool, as its type is the maker's own too.
    VendorGcm(u64),
}

/// Where the numbers begin that makers may give away (PKCS#11 v3.0, `CKM_VENDOR_DEFINED`).
const VENDOR_DEFINED: u64 = 0x8000_0000;

impl fmt::Display for Mechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Mechanism::AesGcm => f.write_str("aes-gcm"),
            Mechanism::AesKeyWrap => f.write_str("aes-key-wrap"),
            Mechanism::VendorGcm(number) => write!(f, "gcm:{number:#x}"),
        }
    }
}

impl FromStr for Mechanism {
    type Err = String;

    fn from_str(text: &str) -> Result<Mechanism, String> {
        let wrong =
            || format!("{text}: aes-gcm, aes-key-wrap or gcm:0x8… (a number of the maker's own) is meant");
        match text {
            "aes-gcm" => Ok(Mechanism::AesGcm),
            "aes-key-wrap" => Ok(Mechanism::AesKeyWrap),
            _ => {
                let digits = text.strip_prefix("gcm:0x").ok_or_else(wrong)?;
                let number = u64::from_str_radix(digits, 16).map_err(|_| wrong())?;
                match number {
                    VENDOR_DEFINED..=0xffff_ffff => Ok(Mechanism::VendorGcm(number)),
                    _ => Err(wrong()),
                }
            }
        }
    }
}

impl TryFrom<String> for Mechanism {
    type Error = String;

    fn try_from(text: String) -> Result<Mechanism, String> {
        text.parse()
    }
}

impl From<Mechanism> for String {
    fn from(mechanism: Mechanism) -> String {
        mechanism.to_string()
    }
}

/// Wraps with a key of a token.
#[derive(Debug, Clone)]
pub struct TokenKeyProvider {
    access: TokenAccess,
    key: TokenKey,
}

impl TokenKeyProvider {
    /// A key of a token; nothing is asked of the token yet.
    pub fn new(access: TokenAccess, key: TokenKey) -> TokenKeyProvider {
        TokenKeyProvider { access, key }
    }

    /// Finds the key, which the token must keep to itself, or has the token make it.
    ///
    /// # Errors
    /// [`KeyError::Token`] when the token is out of reach, or the key is not fit.
    pub fn prepare(&self) -> Result<(), KeyError> {
        session::with(&self.access, &self.key, |session| session.prepare())
    }
}

impl KeyProvider for TokenKeyProvider {
    fn wrap(&self, label: &str, key: &[u8]) -> Result<Vec<u8>, KeyError> {
        session::with(&self.access, &self.key, |session| session.wrap(label, key))
    }

    fn unwrap(&self, label: &str, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        session::with(&self.access, &self.key, |session| session.unwrap(label, wrapped))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_mechanism_reads_back_as_it_is_written_and_nothing_else_is_taken() {
        for text in ["aes-gcm", "aes-key-wrap", "gcm:0x80000104"] {
            assert_eq!(text.parse::<Mechanism>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "sm4",
            "AES-GCM",
            "gcm:0x1087",
            "gcm:80000104",
            "gcm:0x180000104",
        ] {
            assert!(text.parse::<Mechanism>().is_err(), "{text}");
        }
    }
}
