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

/// Counts of values in the register. Only values that some claim asks for need an entry; a value not entered counts once.
#[derive(Clone, Debug, Default)]
pub struct Frequencies {
    /// Enterprises in the register, dead ones included.
    pub registered: u64,
    pub normal: KeyMap<u32>,
    pub core: KeyMap<u32>,
    pub brand: KeyMap<u32>,
    pub legal_rep: KeyMap<u32>,
    pub phone: KeyMap<u32>,
    pub address: KeyMap<u32>,
}

impl Frequencies {
    /// Size of the register as used in every chance, never below two.
    pub fn size(&self) -> f64 {
        (self.registered.max(2)) as f64
    }
}

/// Count of one value; one if it was not entered.
pub fn count(table: &KeyMap<u32>, key: i64) -> f64 {
    f64::from(table.get(&key).copied().unwrap_or(1).max(1))
}
