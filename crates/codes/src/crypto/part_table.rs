//! Tokens of parts of numbers. A part has few values (some thousand divisions, a hundred years of days), so each token is
//! computed once an installation and kept.

use std::sync::atomic::{AtomicU32, Ordering};

use super::{HmacSm3, hmac_of};
use crate::resident_id::{BIRTH_DAYS, CHECK_VALUES, Part};

/// Tokens computed so far, by value; 0 for none.
pub(super) struct PartTable {
    key: HmacSm3,
    area: Box<[AtomicU32]>,
    birth: Box<[AtomicU32]>,
    order: Box<[AtomicU32]>,
    check: Box<[AtomicU32]>,
}

impl PartTable {
    pub(super) fn new(key: HmacSm3) -> PartTable {
        let empty = |n: usize| (0..n).map(|_| AtomicU32::new(0)).collect();
        PartTable {
            key,
            area: empty(1_000_000),
            birth: empty(BIRTH_DAYS),
            order: empty(1_000),
            check: empty(CHECK_VALUES),
        }
    }

    /// The token of a value, from 1 up to the part's bits.
    pub(super) fn token(&self, part: Part, value: u32) -> u32 {
        let (tag, table) = match part {
            Part::Area => (b'a', &self.area),
            Part::Birth | Part::StatedBirth => (b'b', &self.birth),
            Part::Order => (b'o', &self.order),
            Part::Check => (b'c', &self.check),
        };
        let kept = &table[value as usize];
        // Two threads may both compute a token; they compute the same one.
        match kept.load(Ordering::Relaxed) {
            0 => {
                let token = self.compute(tag, value, part.bits());
                kept.store(token, Ordering::Relaxed);
                token
            }
            token => token,
        }
    }

    fn compute(&self, tag: u8, value: u32, bits: u32) -> u32 {
        let [a, b, c, d] = value.to_be_bytes();
        let digest = hmac_of(&self.key, &[tag, a, b, c, d]);
        let mut head = [0u8; 4];
        head.copy_from_slice(&digest[..4]);
        u32::from_be_bytes(head) % ((1 << bits) - 1) + 1
    }
}
