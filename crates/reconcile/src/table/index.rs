//! Key → rows as one array in slots of a few entries: built without sorting the whole, and a look-up touches two lines of
//! memory where a binary search over a million would touch twenty.

/// Rows of each key.
pub struct KeyIndex {
    /// First entry of each slot, and the end of the last.
    starts: Vec<u32>,
    entries: Vec<(i64, u32)>,
    shift: u32,
}

impl Default for KeyIndex {
    fn default() -> KeyIndex {
        KeyIndex::build(Vec::new())
    }
}

impl KeyIndex {
    /// Distributes the entries; keys may repeat, and the order of entries does not matter.
    pub fn build(entries: Vec<(i64, u32)>) -> KeyIndex {
        let bits = (entries.len() / 2).max(2).next_power_of_two().trailing_zeros();
        let shift = 64 - bits;
        let mut starts = vec![0u32; (1 << bits) + 1];
        for (key, _) in &entries {
            starts[slot(*key, shift) + 1] += 1;
        }
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        let mut next = starts.clone();
        let mut placed = vec![(0i64, 0u32); entries.len()];
        for entry in entries {
            let at = &mut next[slot(entry.0, shift)];
            placed[*at as usize] = entry;
            *at += 1;
        }
        for slot in starts.windows(2) {
            placed[slot[0] as usize..slot[1] as usize].sort_unstable();
        }
        KeyIndex {
            starts,
            entries: placed,
            shift,
        }
    }

    /// Rows with this key, in row order.
    pub fn rows(&self, key: i64) -> impl Iterator<Item = u32> + '_ {
        let slot = slot(key, self.shift);
        let entries = &self.entries[self.starts[slot] as usize..self.starts[slot + 1] as usize];
        // A key that thousands share makes one slot long; its neighbours there must not pay for it.
        let from = entries.partition_point(|(k, _)| *k < key);
        entries[from..]
            .iter()
            .take_while(move |(k, _)| *k == key)
            .map(|(_, row)| *row)
    }

    /// The only row with this key.
    pub fn only(&self, key: i64) -> Option<u32> {
        let mut rows = self.rows(key);
        let first = rows.next()?;
        rows.next().is_none().then_some(first)
    }

    /// True when any row has this key.
    pub fn contains(&self, key: i64) -> bool {
        self.rows(key).next().is_some()
    }
}

/// Keys are hashes already or codes in a row; one multiplication spreads both.
fn slot(key: i64, shift: u32) -> usize {
    ((key as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> shift) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn finds_what_a_search_through_all_finds(
            keys in prop::collection::vec(-20i64..20, 0..200),
            wide in prop::collection::vec(any::<i64>(), 0..200),
        ) {
            let entries: Vec<(i64, u32)> = keys.into_iter().chain(wide).zip(0u32..).collect();
            let mut shuffled = entries.clone();
            shuffled.reverse();
            let index = KeyIndex::build(shuffled);
            for key in entries.iter().map(|(key, _)| *key).chain(-25..25) {
                let plain: Vec<u32> =
                    entries.iter().filter(|(k, _)| *k == key).map(|(_, row)| *row).collect();
                prop_assert_eq!(index.only(key), (plain.len() == 1).then(|| plain[0]));
                prop_assert_eq!(index.contains(key), !plain.is_empty());
                prop_assert_eq!(index.rows(key).collect::<Vec<_>>(), plain);
            }
        }
    }
}
