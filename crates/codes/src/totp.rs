//! One-time codes of an authenticator app (动态口令): RFC 6238 with the values that every app takes, SHA-1, thirty
//! seconds and six digits. SHA-1 is no weakness here: HMAC does not rest on collisions (RFC 6238 §1.2, NIST SP 800-131A).

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use rand::RngExt as _;
use sha1::Sha1;
use zeroize::Zeroizing;

use crate::time::Timestamp;

/// A code is good for this long (RFC 6238 §5.2 recommends 30 seconds).
pub const STEP_SECONDS: i64 = 30;
/// Digits of a code.
pub const DIGITS: u32 = 6;
/// Bytes of a secret: as long as the output of SHA-1 (RFC 4226 §4, R6).
pub const SECRET_BYTES: usize = 20;

/// What the app and we share. Neither prints nor serialises.
#[derive(Clone, PartialEq, Eq)]
pub struct TotpSecret(Zeroizing<[u8; SECRET_BYTES]>);

impl TotpSecret {
    /// A fresh one, 160 random bits.
    pub fn make() -> TotpSecret {
        let mut bytes = Zeroizing::new([0u8; SECRET_BYTES]);
        rand::rng().fill(&mut bytes[..]);
        TotpSecret(bytes)
    }

    /// From its bytes; `None` when there are too few or too many.
    pub fn from_bytes(bytes: &[u8]) -> Option<TotpSecret> {
        bytes
            .try_into()
            .ok()
            .map(|bytes| TotpSecret(Zeroizing::new(bytes)))
    }

    /// The bytes, to be sealed.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0[..]
    }

    /// As people type it into an app: Base32 (RFC 4648) without padding.
    pub fn to_base32(&self) -> String {
        base32(self.as_bytes())
    }

    /// What the QR code says: the key URI that authenticator apps read. `issuer` and `account` are shown in the app.
    pub fn to_uri(&self, issuer: &str, account: &str) -> String {
        let (issuer, account) = (percent(issuer), percent(account));
        format!(
            "otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}&algorithm=SHA1&digits={DIGITS}&period={STEP_SECONDS}",
            self.to_base32()
        )
    }

    /// The code of one step.
    pub fn code(&self, step: i64) -> String {
        let number = hotp(self.as_bytes(), step, DIGITS);
        format!("{number:06}")
    }
}

impl fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpSecret(…)")
    }
}

/// The step that an instant belongs to.
pub fn step_of(now: Timestamp) -> i64 {
    now.millis().div_euclid(STEP_SECONDS * 1000)
}

/// RFC 4226 §5.3: dynamic truncation of an HMAC.
fn hotp(secret: &[u8], counter: i64, digits: u32) -> u32 {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret).expect("HMAC takes a key of any length");
    mac.update(&counter.to_be_bytes());
    let digest: [u8; 20] = mac.finalize().into_bytes().into();
    let start = usize::from(digest[19] & 0x0f);
    let word = [
        digest[start] & 0x7f,
        digest[start + 1],
        digest[start + 2],
        digest[start + 3],
    ];
    u32::from_be_bytes(word) % 10u32.pow(digits)
}

fn base32(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = String::with_capacity(bytes.len().div_ceil(5) * 8);
    let (mut held, mut bits) = (0u32, 0u32);
    for byte in bytes {
        held = (held << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(char::from(LETTERS[(held >> bits & 31) as usize]));
        }
        held &= (1 << bits) - 1;
    }
    if bits > 0 {
        text.push(char::from(LETTERS[(held << (5 - bits) & 31) as usize]));
    }
    text
}

/// Everything but unreserved characters (RFC 3986 §2.3) as `%XX`.
fn percent(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    const RFC_SECRET: &[u8] = b"12345678901234567890";

    #[test]
    fn the_vectors_of_rfc_6238() {
        for (seconds, expected) in [
            (59, 94_287_082),
            (1_111_111_109, 7_081_804),
            (1_111_111_111, 14_050_471),
            (1_234_567_890, 89_005_924),
            (2_000_000_000, 69_279_037),
            (20_000_000_000, 65_353_130),
        ] {
            let step = step_of(Timestamp(seconds * 1000));
            assert_eq!(hotp(RFC_SECRET, step, 8), expected, "at {seconds}");
        }
    }

    #[test]
    fn the_vectors_of_rfc_4226() {
        let secret = TotpSecret::from_bytes(RFC_SECRET).expect("twenty bytes");
        let codes: Vec<String> = (0..10).map(|counter| secret.code(counter)).collect();
        assert_eq!(
            codes,
            [
                "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871",
                "520489"
            ]
        );
    }

    #[test]
    fn the_vectors_of_rfc_4648() {
        for (plain, expected) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(plain.as_bytes()), expected);
        }
    }

    #[test]
    fn an_app_reads_who_and_where_from_the_address() {
        let secret = TotpSecret::from_bytes(RFC_SECRET).expect("twenty bytes");
        assert_eq!(
            secret.to_uri("数字工会", "wang"),
            "otpauth://totp/%E6%95%B0%E5%AD%97%E5%B7%A5%E4%BC%9A:wang?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=%E6%95%B0%E5%AD%97%E5%B7%A5%E4%BC%9A&algorithm=SHA1&digits=6&period=30"
        );
        assert_eq!(format!("{secret:?}"), "TotpSecret(…)");
        assert_ne!(TotpSecret::make(), TotpSecret::make());
        assert_eq!(TotpSecret::from_bytes(b"short"), None);
    }
}
