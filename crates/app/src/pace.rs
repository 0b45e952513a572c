//! How often (限速): counts in windows by the clock, in memory. Each server counts its own, and a restart begins anew: what must be
//! kept for certain (the lock of an account) is kept in the store.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use codes::digest::Sm3Hasher;
use codes::time::Timestamp;

use crate::op::OpContext;

/// Keys of one window; further ones are not counted, so that nobody fills the memory with them.
const KEYS_MAX: usize = 100_000;
const MINUTE_MILLIS: i64 = 60_000;
const QUARTER_MILLIS: i64 = 15 * MINUTE_MILLIS;

/// What this server counts.
#[derive(Debug)]
pub(crate) struct Paces {
    /// Guesses at sign-in, by address and login name.
    pub(crate) guesses: Pace,
    /// Refused sign-ins that were journalled.
    pub(crate) refusals: Pace,
    /// Searches with digits of a number, and forms with what is covered, by account.
    pub(crate) digits: Pace,
    /// Looks at values in full, by account.
    pub(crate) reveals: Pace,
}

impl Default for Paces {
    fn default() -> Paces {
        Paces {
            guesses: Pace::every(QUARTER_MILLIS),
            refusals: Pace::every(QUARTER_MILLIS),
            digits: Pace::every(MINUTE_MILLIS),
            reveals: Pace::every(MINUTE_MILLIS),
        }
    }
}

/// A digest of what is counted: no typed name lies in the memory longer than its request.
pub(crate) type Key = [u8; 32];

/// The key of these parts together.
pub(crate) fn key(parts: &[&str]) -> Key {
    let mut hasher = Sm3Hasher::new();
    for part in parts {
        hasher.update(part.as_bytes());
        hasher.update(&[0]);
    }
    hasher.finish()
}

/// Counts one more for a person and answers whether that is more than `most` in this window; the built-in account is not counted.
pub(crate) fn is_too_often(pace: &Pace, op: &OpContext, most: u32) -> bool {
    op.person_id()
        .is_some_and(|person| pace.count(key(&[&person.to_string()]), op.now()) > most)
}

/// Counts by key, in windows of one length.
#[derive(Debug)]
pub(crate) struct Pace {
    millis: i64,
    window: Mutex<(i64, HashMap<Key, u32>)>,
}

impl Pace {
    fn every(millis: i64) -> Pace {
        Pace {
            millis,
            window: Mutex::default(),
        }
    }

    fn with<T>(&self, now: Timestamp, act: impl FnOnce(&mut HashMap<Key, u32>) -> T) -> T {
        let window = now.millis().div_euclid(self.millis);
        let mut counts = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.0 != window {
            *counts = (window, HashMap::new());
        }
        act(&mut counts.1)
    }

    /// Counts one and answers how many that makes in this window.
    pub(crate) fn count(&self, key: Key, now: Timestamp) -> u32 {
        self.with(now, |counts| {
            if counts.len() >= KEYS_MAX && !counts.contains_key(&key) {
                return 1;
            }
            let count = counts.entry(key).or_default();
            *count = count.saturating_add(1);
            *count
        })
    }

    /// How many there have been in this window.
    pub(crate) fn so_far(&self, key: Key, now: Timestamp) -> u32 {
        self.with(now, |counts| counts.get(&key).copied().unwrap_or(0))
    }

    /// Takes so many back.
    pub(crate) fn take_back(&self, key: Key, many: u32, now: Timestamp) {
        self.with(now, |counts| {
            if let Some(count) = counts.get_mut(&key) {
                *count = count.saturating_sub(many);
            }
        });
    }

    /// When the next window begins.
    pub(crate) fn until(&self, now: Timestamp) -> Timestamp {
        Timestamp((now.millis().div_euclid(self.millis) + 1) * self.millis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_counted_apart_and_each_window_anew() {
        let pace = Pace::every(1_000);
        let (one, other) = (key(&["a", "b"]), key(&["ab"]));
        let at = Timestamp;
        assert_eq!((pace.count(one, at(10)), pace.count(one, at(20))), (1, 2));
        assert_eq!(pace.count(other, at(30)), 1);
        pace.take_back(one, 5, at(40));
        assert_eq!((pace.so_far(one, at(50)), pace.so_far(other, at(50))), (0, 1));
        assert_eq!(
            (pace.until(at(999)), pace.until(at(1_000))),
            (at(1_000), at(2_000))
        );
        assert_eq!(pace.count(other, at(1_000)), 1);
    }
}
