//! What an authenticator app does with the key that the page shows.

use codes::time::Timestamp;
use codes::totp::{TotpSecret, step_of};

/// The code that an app shows at this instant for a key as it is written on the page.
///
/// # Panics
/// When the key is none.
pub fn code_of(key: &str, now: Timestamp) -> String {
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut bytes = Vec::new();
    let (mut held, mut bits) = (0u32, 0);
    for letter in key.chars().filter(|letter| !letter.is_whitespace()) {
        let value = LETTERS.find(letter).expect("a Base32 letter");
        held = (held << 5) | u32::try_from(value).expect("five bits");
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(held >> bits & 0xff).expect("a byte"));
        }
        held &= (1 << bits) - 1;
    }
    let secret = TotpSecret::from_bytes(&bytes).expect("a secret of twenty bytes");
    secret.code(step_of(now))
}
