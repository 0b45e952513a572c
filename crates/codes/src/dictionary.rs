//! A word list asked by the end or the start of a text, without hashing the text.

/// Words, each with a value, found by their last (or first) character through one table look-up.
pub(crate) struct WordList<T> {
    /// For each character of the basic plane, 1 + the index of its group; 0 = no word.
    group_of: Box<[u16; 0x10000]>,
    groups: Vec<Vec<(&'static str, T)>>,
    by_end: bool,
}

impl<T: Copy> WordList<T> {
    /// Words to be found at the end of a text.
    pub(crate) fn by_end(words: impl IntoIterator<Item = (&'static str, T)>) -> WordList<T> {
        WordList::build(words, true)
    }

    /// Words to be found at the start of a text.
    pub(crate) fn by_start(words: impl IntoIterator<Item = (&'static str, T)>) -> WordList<T> {
        WordList::build(words, false)
    }

    fn build(words: impl IntoIterator<Item = (&'static str, T)>, by_end: bool) -> WordList<T> {
        let mut list = WordList {
            group_of: Box::new([0; 0x10000]),
            groups: Vec::new(),
            by_end,
        };
        for (word, value) in words {
            let edge = if by_end {
                word.chars().next_back()
            } else {
                word.chars().next()
            };
            let Some(slot) = edge.and_then(|c| list.group_of.get_mut(c as usize)) else {
                continue;
            };
            if *slot == 0 {
                list.groups.push(Vec::new());
                *slot = list.groups.len() as u16;
            }
            list.groups[usize::from(*slot) - 1].push((word, value));
        }
        for group in &mut list.groups {
            // Longest first; equal words keep the order in which they were given.
            group.sort_by(|(a, _), (b, _)| b.len().cmp(&a.len()).then(a.cmp(b)));
        }
        list
    }

    /// The words with which the text ends (or starts), the longest first.
    pub(crate) fn all_in<'a>(&'a self, text: &'a str) -> impl Iterator<Item = (&'static str, T)> + 'a {
        let by_end = self.by_end;
        let fits = move |word: &str| {
            if by_end {
                text.ends_with(word)
            } else {
                text.starts_with(word)
            }
        };
        self.group(text)
            .iter()
            .copied()
            .filter(move |(word, _)| fits(word))
    }

    /// The longest word with which the text ends (or starts).
    pub(crate) fn longest_in(&self, text: &str) -> Option<(&'static str, T)> {
        self.all_in(text).next()
    }

    fn group(&self, text: &str) -> &[(&'static str, T)] {
        let edge = if self.by_end {
            text.chars().next_back()
        } else {
            text.chars().next()
        };
        match edge.and_then(|c| self.group_of.get(c as usize)) {
            Some(&slot) if slot > 0 => &self.groups[usize::from(slot) - 1],
            _ => &[],
        }
    }
}
