//! A word list asked by the end or the start of a text, without hashing the text.

/// Words, each with a value, found by their two last (or first) characters: one table look-up for the outermost, a short
/// search for its neighbour. Most texts meet no word at all and leave after the table.
pub(crate) struct WordList<T> {
    /// For each character of the basic plane, 1 + the index of its group; 0 = no word.
    group_of: Box<[u16; 0x10000]>,
    groups: Vec<Group>,
    words: Vec<(&'static str, T)>,
    by_end: bool,
}

/// Words of one outermost character.
#[derive(Default)]
struct Group {
    /// The neighbours that occur, ascending, and where in `words` those of each begin and end, the longest first.
    neighbours: Vec<char>,
    ranges: Vec<(u32, u32)>,
    /// Words of one character.
    single: (u32, u32),
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
            words: words.into_iter().collect(),
            by_end,
        };
        // Longest first within one pair of characters; equal words keep the order in which they were given.
        list.words.sort_by(|(a, _), (b, _)| {
            outermost(a, by_end)
                .cmp(&outermost(b, by_end))
                .then(b.len().cmp(&a.len()))
                .then(a.cmp(b))
        });
        for at in 0..list.words.len() {
            list.index(at);
        }
        list
    }

    /// Notes the word at a position, which comes behind all those already noted.
    fn index(&mut self, at: usize) {
        let (Some(edge), neighbour) = outermost(self.words[at].0, self.by_end) else {
            return;
        };
        let Some(slot) = self.group_of.get_mut(edge as usize) else {
            return;
        };
        if *slot == 0 {
            self.groups.push(Group::default());
            *slot = self.groups.len() as u16;
        }
        let group = &mut self.groups[usize::from(*slot) - 1];
        let here = (at as u32, at as u32 + 1);
        match neighbour {
            None if group.single.1 == 0 => group.single = here,
            None => group.single.1 = here.1,
            Some(neighbour) if group.neighbours.last() == Some(&neighbour) => {
                if let Some(range) = group.ranges.last_mut() {
                    range.1 = here.1;
                }
            }
            Some(neighbour) => {
                group.neighbours.push(neighbour);
                group.ranges.push(here);
            }
        }
    }

    /// The words with which the text ends (or starts), the longest first.
    pub(crate) fn all_in<'a>(&'a self, text: &'a str) -> impl Iterator<Item = (&'static str, T)> + 'a {
        let by_end = self.by_end;
        let (known, longer, single) = self.candidates(text);
        // The two outermost characters are known to agree; most words are no longer than that.
        let fits = move |word: &str| {
            if word.len() == known {
                true
            } else if by_end {
                text.ends_with(word)
            } else {
                text.starts_with(word)
            }
        };
        longer
            .iter()
            .filter(move |(word, _)| fits(word))
            .chain(single)
            .copied()
    }

    /// The longest word with which the text ends (or starts).
    pub(crate) fn longest_in(&self, text: &str) -> Option<(&'static str, T)> {
        self.all_in(text).next()
    }

    /// Words that share the text's two outermost characters, whose bytes are counted, and words that are its outermost one.
    #[inline]
    fn candidates(&self, text: &str) -> (usize, &[(&'static str, T)], &[(&'static str, T)]) {
        let (edge, neighbour) = outermost(text, self.by_end);
        let Some(edge) = edge else {
            return (0, &[], &[]);
        };
        let group = match self.group_of.get(edge as usize) {
            Some(&slot) if slot > 0 => &self.groups[usize::from(slot) - 1],
            _ => return (0, &[], &[]),
        };
        let single = self.slice(group.single);
        let Some(neighbour) = neighbour else {
            return (0, &[], single);
        };
        match group.neighbours.binary_search(&neighbour) {
            Ok(at) => {
                let known = edge.len_utf8() + neighbour.len_utf8();
                (known, self.slice(group.ranges[at]), single)
            }
            Err(_) => (0, &[], single),
        }
    }

    fn slice(&self, (from, to): (u32, u32)) -> &[(&'static str, T)] {
        &self.words[from as usize..to as usize]
    }
}

/// The last (or first) character of a text and its neighbour.
#[inline]
fn outermost(text: &str, by_end: bool) -> (Option<char>, Option<char>) {
    let mut chars = text.chars();
    if by_end {
        (chars.next_back(), chars.next_back())
    } else {
        (chars.next(), chars.next())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_word_comes_first_and_equal_words_keep_their_order() {
        let list = WordList::by_end([("店", 1), ("酒店", 2), ("大酒店", 3), ("酒店", 4), ("面店", 5)]);
        let found = |text: &str| list.all_in(text).collect::<Vec<_>>();
        assert_eq!(
            found("永兴大酒店"),
            [("大酒店", 3), ("酒店", 2), ("酒店", 4), ("店", 1)]
        );
        assert_eq!(found("书店"), [("店", 1)]);
        assert_eq!(found("店"), [("店", 1)]);
        assert_eq!(found("酒"), []);
        assert_eq!(found(""), []);
    }

    #[test]
    fn words_are_found_at_the_start_too() {
        let list = WordList::by_start([("宁波", 1), ("宁波市", 2), ("宁", 3)]);
        assert_eq!(
            list.all_in("宁波市永兴").collect::<Vec<_>>(),
            [("宁波市", 2), ("宁波", 1), ("宁", 3)]
        );
        assert_eq!(list.longest_in("宁海"), Some(("宁", 3)));
        assert_eq!(list.longest_in("𠮷野"), None);
    }
}
