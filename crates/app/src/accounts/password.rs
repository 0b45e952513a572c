//! Passwords: argon2id, off the request threads, a few at a time.

use std::fmt;
use std::sync::OnceLock;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use rand::RngExt as _;
use tokio::sync::Semaphore;

use crate::error::AppError;

/// Hashing takes 19 MiB and tens of milliseconds each; a flood of sign-ins must not take the whole machine.
static HASHING: Semaphore = Semaphore::const_new(2);

/// A password made by the system, shown once to whoever hands it over, and to be changed at the first sign-in.
#[derive(Clone, PartialEq, Eq)]
pub struct OneTimePassword(String);

impl OneTimePassword {
    /// Twenty letters and digits that are hard to confuse, in five groups: about 99 random bits.
    pub(crate) fn make() -> OneTimePassword {
        const LETTERS: &[u8] = b"23456789abcdefghjkmnpqrstuvwxyz";
        let mut rng = rand::rng();
        let mut text = String::with_capacity(24);
        for nth in 0..20 {
            if nth > 0 && nth % 4 == 0 {
                text.push('-');
            }
            text.push(char::from(LETTERS[rng.random_range(0..LETTERS.len())]));
        }
        OneTimePassword(text)
    }

    /// The text to hand over.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for OneTimePassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OneTimePassword(…)")
    }
}

/// Hashes a password into a PHC string.
pub(crate) async fn hash(password: &str) -> Result<String, AppError> {
    let password = password.to_owned();
    in_background(move || {
        Argon2::default()
            .hash_password(password.as_bytes())
            .map(|hash| hash.to_string())
            .map_err(|e| e.to_string())
    })
    .await?
    .map_err(AppError::internal)
}

/// Whether the password fits the hash. Without a hash it takes as long and answers false, so that nobody can find
/// out by the time it takes which accounts exist.
pub(crate) async fn verify(password: &str, hash: Option<String>) -> Result<bool, AppError> {
    static NOBODY: OnceLock<String> = OnceLock::new();
    let password = password.to_owned();
    in_background(move || {
        let is_known = hash.is_some();
        let hash = hash.unwrap_or_else(|| {
            let nobody = || {
                Argon2::default()
                    .hash_password(b"nobody")
                    .map_or_else(|_| String::new(), |h| h.to_string())
            };
            NOBODY.get_or_init(nobody).clone()
        });
        let fits = PasswordHash::new(&hash).is_ok_and(|hash| {
            Argon2::default()
                .verify_password(password.as_bytes(), &hash)
                .is_ok()
        });
        fits && is_known
    })
    .await
}

async fn in_background<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, AppError> {
    let _permit = HASHING.acquire().await.expect("the semaphore is never closed");
    tokio::task::spawn_blocking(work)
        .await
        .map_err(AppError::internal)
}
