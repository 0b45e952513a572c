//! Key → rows, as arrays in the order of the keys' mixed bits: kept in files as they are, and a look-up touches two or three
//! lines of memory where a binary search over a million would touch twenty.

use arrow::array::{Int64Array, UInt32Array};
use std::ops::Range;

/// Keys in mixed order, each once or many times.
#[derive(Clone, Debug)]
pub struct KeyOrder {
    keys: Int64Array,
    /// First position of each slot, and the end of the last.
    starts: Vec<u32>,
    shift: u32,
}

/// Keys of a slot, about: so few slots that finding their bounds costs nothing beside the look-ups, so many that each lies
/// within a page.
const PER_SLOT: usize = 256;

impl KeyOrder {
    /// Takes keys that lie in the order of [`mixed`].
    pub fn over(keys: Int64Array) -> KeyOrder {
        let slots = (keys.len() / PER_SLOT).max(2).next_power_of_two();
        let shift = 64 - slots.trailing_zeros();
        let values = keys.values();
        let mut starts = Vec::with_capacity(slots + 1);
        starts.push(0);
        for slot in 1..slots {
            let from = starts[slot - 1] as usize;
            let first = (slot as u64) << shift;
            let ahead = &values[from..];
            starts.push((from + first_from(ahead.len(), PER_SLOT, |at| mixed(ahead[at]) < first)) as u32);
        }
        starts.push(keys.len() as u32);
        KeyOrder { keys, starts, shift }
    }

    /// The keys in their order.
    pub fn keys(&self) -> &[i64] {
        self.keys.values()
    }

    /// Positions at which a key lies.
    pub fn positions(&self, key: i64) -> Range<usize> {
        let wanted = mixed(key);
        let slot = (wanted >> self.shift) as usize;
        let (from, to) = (self.starts[slot] as usize, self.starts[slot + 1] as usize);
        let entries = &self.keys.values()[from..to];
        // Mixed keys lie evenly, so the slot's share that lies before this one tells about where to look.
        let share = u128::from(wanted << (64 - self.shift)) * entries.len() as u128;
        let first = first_from(entries.len(), (share >> 64) as usize, |at| {
            mixed(entries[at]) < wanted
        });
        let len = entries[first..].iter().take_while(|&&k| k == key).count();
        from + first..from + first + len
    }

    /// The position of a key, the first of several.
    pub fn position(&self, key: i64) -> Option<u32> {
        let found = self.positions(key);
        (!found.is_empty()).then_some(found.start as u32)
    }
}

/// The first of `len` ordered positions that is not below what is wanted, looked for around `near`. A key that thousands share
/// costs its neighbours a few more steps, not thousands.
pub(crate) fn first_from(len: usize, near: usize, is_below: impl Fn(usize) -> bool) -> usize {
    let near = near.min(len);
    let (mut low, mut high, mut step) = (near, near, 4);
    while low > 0 && !is_below(low - 1) {
        high = low - 1;
        low = low.saturating_sub(step);
        step *= 2;
    }
    while high < len && is_below(high) {
        low = high + 1;
        high = (high + step).min(len);
        step *= 2;
    }
    while low < high {
        let middle = low + (high - low) / 2;
        if is_below(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

/// Rows of each key.
#[derive(Clone, Debug)]
pub struct KeyIndex {
    order: KeyOrder,
    rows: UInt32Array,
}

impl Default for KeyIndex {
    fn default() -> KeyIndex {
        KeyIndex::build(Vec::new())
    }
}

impl KeyIndex {
    /// Sorts the entries; keys may repeat, and the order of entries does not matter.
    pub fn build(entries: Vec<(i64, u32)>) -> KeyIndex {
        let (keys, rows) = in_order(entries);
        KeyIndex::over(keys, rows)
    }

    /// Takes keys in the order of [`mixed`], rows of one key in row order.
    pub fn over(keys: Int64Array, rows: UInt32Array) -> KeyIndex {
        KeyIndex {
            order: KeyOrder::over(keys),
            rows,
        }
    }

    /// Rows with this key, in row order.
    pub fn rows(&self, key: i64) -> impl Iterator<Item = u32> + '_ {
        self.rows.values()[self.order.positions(key)].iter().copied()
    }

    /// The only row with this key.
    pub fn only(&self, key: i64) -> Option<u32> {
        let mut rows = self.rows(key);
        let first = rows.next()?;
        rows.next().is_none().then_some(first)
    }

    /// True when any row has this key.
    pub fn contains(&self, key: i64) -> bool {
        !self.order.positions(key).is_empty()
    }
}

/// Puts keys that are to be looked up into the order in which every index has them: one look after another then walks through
/// memory instead of leaping about in it.
pub fn in_look_up_order<T>(asked: &mut [(i64, T)]) {
    asked.sort_unstable_by_key(|(key, _)| mixed(*key));
}

/// Entries in the order of an index.
pub(crate) fn in_order(mut entries: Vec<(i64, u32)>) -> (Int64Array, UInt32Array) {
    entries.sort_unstable_by_key(|&(key, row)| (mixed(key), row));
    let (keys, rows): (Vec<i64>, Vec<u32>) = entries.into_iter().unzip();
    (keys.into(), rows.into())
}

/// Keys are hashes already or codes in a row; one multiplication by an odd number spreads both and loses none.
pub(crate) fn mixed(key: i64) -> u64 {
    (key as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)
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
            for key in entries.iter().map(|(key, _)| *key).chain(-25..25).chain([i64::MIN, i64::MAX]) {
                let plain: Vec<u32> =
                    entries.iter().filter(|(k, _)| *k == key).map(|(_, row)| *row).collect();
                prop_assert_eq!(index.only(key), (plain.len() == 1).then(|| plain[0]));
                prop_assert_eq!(index.contains(key), !plain.is_empty());
                prop_assert_eq!(index.rows(key).collect::<Vec<_>>(), plain);
            }
        }
    }
}
