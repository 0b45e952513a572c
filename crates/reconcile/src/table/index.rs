//! Key → rows as a sorted array: half the memory of a hash map and built by one sort.

/// Rows of each key.
#[derive(Default)]
pub struct KeyIndex {
    entries: Vec<(i64, u32)>,
}

impl KeyIndex {
    /// Sorts the entries; keys may repeat.
    pub fn build(mut entries: Vec<(i64, u32)>) -> KeyIndex {
        entries.sort_unstable();
        KeyIndex { entries }
    }

    /// Rows with this key, in row order.
    pub fn rows(&self, key: i64) -> impl Iterator<Item = u32> + '_ {
        let from = self.entries.partition_point(|(k, _)| *k < key);
        self.entries[from..]
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
