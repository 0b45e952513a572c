//! A small sieve before a large table of keys.

/// A set of keys that answers "surely not" or "perhaps", in a few bytes a key.
pub struct Sieve {
    words: Vec<u64>,
    mask: u64,
}

impl Sieve {
    /// Takes hashed keys.
    pub fn of(keys: impl ExactSizeIterator<Item = i64>) -> Sieve {
        let words = (keys.len() / 4).next_power_of_two().max(64);
        let mut sieve = Sieve {
            words: vec![0; words],
            mask: words as u64 - 1,
        };
        for key in keys {
            let (word, bits) = sieve.bits(key);
            sieve.words[word] |= bits;
        }
        sieve
    }

    /// Two bits of one word, so that a look costs one access.
    fn bits(&self, key: i64) -> (usize, u64) {
        let key = key as u64;
        (
            ((key >> 12) & self.mask) as usize,
            1 << (key & 63) | 1 << ((key >> 6) & 63),
        )
    }

    /// False only for a key that is surely not there.
    pub fn may_have(&self, key: i64) -> bool {
        let (word, bits) = self.bits(key);
        self.words[word] & bits == bits
    }
}
