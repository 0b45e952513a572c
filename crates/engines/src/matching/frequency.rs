//! How often each value occurs in the market register: agreement on a rare value says more (term-frequency adjustment).

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Hasher for keys that already are hashes (key64, tokens): takes them as they are, with one multiplication to spread.
#[derive(Default)]
pub struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0u8; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }
    fn write_u64(&mut self, key: u64) {
        self.0 = (self.0.rotate_left(5) ^ key).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
    fn write_i64(&mut self, key: i64) {
        self.write_u64(key as u64);
    }
    fn write_u32(&mut self, key: u32) {
        self.write_u64(u64::from(key));
    }
}

/// Map from 64-bit keys.
pub type KeyMap<V> = HashMap<i64, V, BuildHasherDefault<KeyHasher>>;
/// Map from row numbers.
pub type RowMap<V> = HashMap<u32, V, BuildHasherDefault<KeyHasher>>;

/// What weighing needs to know of the market register as a whole.
#[derive(Clone, Debug, Default)]
pub struct Register {
    /// Enterprises in the register, dead ones included, as the model counts them.
    pub registered: u64,
    /// How many bear a name now, by the key of its normal form. Names that nobody bears, or nobody asks for, need no entry.
    pub bearers: KeyMap<u32>,
}

impl Register {
    /// Size of the register as used in every chance, never below two.
    pub fn size(&self) -> f64 {
        (self.registered.max(2)) as f64
    }
}

/// A count as it is weighed: a value that agrees is there at least once.
pub fn weighed(count: u32) -> f64 {
    f64::from(count.max(1))
}
