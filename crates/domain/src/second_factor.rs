//! The second factor of a sign-in (动态口令、恢复码): GB/T 22239-2019 8.1.4.1 d asks for two, one of them cryptographic.
//! The code of an authenticator app (RFC 6238), or one of ten recovery codes for the day the telephone is lost.

use codes::crypto::hmac_sm3;
use codes::time::Timestamp;
use codes::totp::{DIGITS, TotpSecret, step_of};

/// So many steps of thirty seconds may a telephone's clock be off, before or behind (RFC 6238 §5.2 advises one).
pub const DRIFT_STEPS: i64 = 1;
/// Recovery codes of one set.
pub const RECOVERY_CODES: usize = 10;
/// Letters of a recovery code, without those that are hard to tell apart: 59 random bits.
pub const RECOVERY_LETTERS: &[u8] = b"23456789abcdefghjkmnpqrstuvwxyz";
/// How many letters a recovery code has; written in groups of four.
pub const RECOVERY_LENGTH: usize = 12;

/// What somebody typed where a code is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TypedCode {
    /// Six digits of the app.
    Totp(String),
    /// A recovery code in its normal form.
    Recovery(String),
}

impl TypedCode {
    /// Reads what was typed; blanks and hyphens do not matter. `None` when it can be neither.
    pub fn read(text: &str) -> Option<TypedCode> {
        let plain: String = text
            .chars()
            .map(codes::text::half_width)
            .filter(|letter| !letter.is_whitespace() && *letter != '-')
            .collect::<String>()
            .to_lowercase();
        let is_digits = plain.bytes().all(|byte| byte.is_ascii_digit());
        if is_digits && plain.len() == DIGITS as usize {
            return Some(TypedCode::Totp(plain));
        }
        let is_recovery =
            plain.len() == RECOVERY_LENGTH && plain.bytes().all(|byte| RECOVERY_LETTERS.contains(&byte));
        is_recovery.then_some(TypedCode::Recovery(plain))
    }
}

/// The step that a code of the app belongs to, if it is good now. A step counts once: none at or before `last_step`, the
/// step of the last code that was taken, is taken again (RFC 6238 §5.2).
pub fn accepted_step(secret: &TotpSecret, code: &str, now: Timestamp, last_step: Option<i64>) -> Option<i64> {
    let here = step_of(now);
    let mut accepted = None;
    // Every step is computed, whatever the first says: the time taken tells nothing.
    for step in here - DRIFT_STEPS..=here + DRIFT_STEPS {
        let fits = is_same(&secret.code(step), code);
        if fits && last_step.is_none_or(|last| step > last) {
            accepted = Some(step);
        }
    }
    accepted
}

fn is_same(one: &str, other: &str) -> bool {
    let different = one
        .bytes()
        .zip(other.bytes())
        .fold(0, |sum, (a, b)| sum | (a ^ b));
    one.len() == other.len() && different == 0
}

/// How a recovery code is kept: keyed by the app's own secret, which is sealed, so that a copy of the table cannot be
/// searched for codes, and a new secret voids the old codes.
pub fn recovery_digest(secret: &TotpSecret, normal: &str) -> [u8; 32] {
    hmac_sm3(secret.as_bytes(), format!("recovery code {normal}").as_bytes())
}

/// A recovery code as it is shown: groups of four.
pub fn recovery_shown(normal: &str) -> String {
    let letters: Vec<char> = normal.chars().collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn secret() -> TotpSecret {
        TotpSecret::from_bytes(b"12345678901234567890").expect("twenty bytes")
    }

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let totp = |text: &str| Some(TypedCode::Totp(text.to_owned()));
        assert_eq!(TypedCode::read(" 287 082 "), totp("287082"));
        assert_eq!(TypedCode::read("２８７０８２"), totp("287082"));
        assert_eq!(
            TypedCode::read("ABCD-efgh-2345"),
            Some(TypedCode::Recovery("abcdefgh2345".to_owned()))
        );
        for neither in ["", "28708", "2870821", "abcd-efgh-2340", "abcd"] {
            assert_eq!(TypedCode::read(neither), None, "{neither}");
        }
        assert_eq!(recovery_shown("abcdefgh2345"), "abcd-efgh-2345");
    }

    #[test]
    fn a_code_counts_one_step_around_now_and_once() {
        let secret = secret();
        let now = Timestamp(59_000); // step 1
        for (step, expected) in [(-1, None), (0, Some(0)), (1, Some(1)), (2, Some(2)), (3, None)] {
            assert_eq!(
                accepted_step(&secret, &secret.code(step), now, None),
                expected,
                "step {step}"
            );
        }
        assert_eq!(
            accepted_step(&secret, &secret.code(1), now, Some(1)),
            None,
            "taken already"
        );
        assert_eq!(
            accepted_step(&secret, &secret.code(0), now, Some(1)),
            None,
            "older than one taken"
        );
        assert_eq!(accepted_step(&secret, &secret.code(2), now, Some(1)), Some(2));
        assert_eq!(accepted_step(&secret, "000000", now, None), None);
    }

    #[test]
    fn digests_of_recovery_codes_need_the_secret() {
        let other = TotpSecret::from_bytes(b"09876543210987654321").expect("twenty bytes");
        let digest = recovery_digest(&secret(), "abcdefgh2345");
        assert_ne!(digest, recovery_digest(&other, "abcdefgh2345"));
        assert_ne!(digest, recovery_digest(&secret(), "abcdefgh2346"));
    }

    proptest! {
        /// However codes are tried, in whatever order and at whatever time: no step is accepted twice.
        #[test]
        fn no_step_is_accepted_twice(tries in prop::collection::vec((0i64..40, -2i64..3), 1..60)) {
            let secret = secret();
            let mut last = None;
            let mut taken = std::collections::BTreeSet::new();
            let mut ticks = 0;
            for (later, drift) in tries {
                ticks += later;
                let now = Timestamp(ticks * 1000);
                let code = secret.code(step_of(now) + drift);
                if let Some(step) = accepted_step(&secret, &code, now, last) {
                    prop_assert!(taken.insert(step));
                    last = Some(step);
                }
            }
        }
    }
}
