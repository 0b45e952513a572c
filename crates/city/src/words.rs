//! The words that the city is made of: people's names, firms' names, places, and the confusions that typists make.

pub(crate) mod confusions;
pub(crate) mod firms;
pub(crate) mod people;
pub(crate) mod places;

/// The characters of a text as string slices, for picking one.
pub(crate) fn letters(text: &'static str) -> Vec<&'static str> {
    text.char_indices()
        .map(|(at, letter)| &text[at..at + letter.len_utf8()])
        .collect()
}
