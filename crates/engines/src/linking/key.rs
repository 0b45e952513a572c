//! Keys of blocks, made from a value: rows that share a key are compared.

use super::lexicon::{Lexicon, Needs, sound};
use super::token;
use codes::text::key64;
use std::fmt;
use std::str::FromStr;

/// One part of a blocking rule: a column and what is made of its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPart {
    pub column: String,
    pub form: KeyForm,
}

/// What is made of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyForm {
    /// The value itself.
    Whole,
    /// Its first or last characters; shorter values give no key.
    Prefix(u32),
    Suffix(u32),
    /// How it sounds or looks.
    Sound,
    Shape,
    /// Its first four characters, for dates and years.
    Year,
    /// Month and day of a date.
    MonthDay,
    /// Every word; or only so many of the rarest.
    Words,
    RarestWords(u32),
    /// Overlapping pieces of so many characters.
    Pieces(u32),
    /// The first word, the last word.
    FirstWord,
    LastWord,
    /// Letters in alphabetical order: a swap of neighbours changes nothing.
    SortedLetters,
    /// The value without each one of its characters, and the value: one slip leaves a common key.
    OneSlip,
}

/// A part that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "看不懂的分块键“{0}”；可写：列名、prefix(列, 3)、suffix(列, 4)、sound(列)、shape(列)、year(列)、month_day(列)、words(列)、rarest_words(列, 2)、pieces(列, 3)、first_word(列)、last_word(列)、sorted_letters(列)、one_slip(列)"
)]
pub struct UnknownKey(pub String);

impl FromStr for KeyPart {
    type Err = UnknownKey;

    fn from_str(raw: &str) -> Result<KeyPart, UnknownKey> {
        let unknown = || UnknownKey(raw.to_owned());
        let text = raw.trim();
        let Some((name, rest)) = text.split_once('(') else {
            let is_plain = !text.is_empty() && !text.contains([')', ',']);
            return is_plain
                .then(|| KeyPart {
                    column: text.to_owned(),
                    form: KeyForm::Whole,
                })
                .ok_or_else(unknown);
        };
        let inside = rest.strip_suffix(')').ok_or_else(unknown)?;
        let (column, number) = match inside.rsplit_once(',') {
            Some((column, number)) => {
                let number: u32 = number.trim().parse().map_err(|_| unknown())?;
                (column.trim(), Some(number).filter(|n| (1..=64).contains(n)))
            }
            None => (inside.trim(), None),
        };
        let has_number = inside.contains(',');
        let form = match (name.trim(), number, has_number) {
            ("prefix", Some(n), _) => KeyForm::Prefix(n),
            ("suffix", Some(n), _) => KeyForm::Suffix(n),
            ("rarest_words", Some(n), _) => KeyForm::RarestWords(n),
            ("pieces", Some(n), _) => KeyForm::Pieces(n),
            ("sound", None, false) => KeyForm::Sound,
            ("shape", None, false) => KeyForm::Shape,
            ("year", None, false) => KeyForm::Year,
            ("month_day", None, false) => KeyForm::MonthDay,
            ("words", None, false) => KeyForm::Words,
            ("first_word", None, false) => KeyForm::FirstWord,
            ("last_word", None, false) => KeyForm::LastWord,
            ("sorted_letters", None, false) => KeyForm::SortedLetters,
            ("one_slip", None, false) => KeyForm::OneSlip,
            _ => return Err(unknown()),
        };
        if column.is_empty() {
            return Err(unknown());
        }
        Ok(KeyPart {
            column: column.to_owned(),
            form,
        })
    }
}

impl fmt::Display for KeyPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let column = &self.column;
        match self.form {
            KeyForm::Whole => write!(f, "{column}"),
            KeyForm::Prefix(n) => write!(f, "prefix({column}, {n})"),
            KeyForm::Suffix(n) => write!(f, "suffix({column}, {n})"),
            KeyForm::RarestWords(n) => write!(f, "rarest_words({column}, {n})"),
            KeyForm::Pieces(n) => write!(f, "pieces({column}, {n})"),
            KeyForm::Sound => write!(f, "sound({column})"),
            KeyForm::Shape => write!(f, "shape({column})"),
            KeyForm::Year => write!(f, "year({column})"),
            KeyForm::MonthDay => write!(f, "month_day({column})"),
            KeyForm::Words => write!(f, "words({column})"),
            KeyForm::FirstWord => write!(f, "first_word({column})"),
            KeyForm::LastWord => write!(f, "last_word({column})"),
            KeyForm::SortedLetters => write!(f, "sorted_letters({column})"),
            KeyForm::OneSlip => write!(f, "one_slip({column})"),
        }
    }
}

impl KeyForm {
    /// What the lexicon must have taken apart.
    pub fn needs(self) -> Needs {
        Needs {
            words: matches!(self, KeyForm::RarestWords(_)),
            ..Needs::default()
        }
    }

    /// The keys of one value; none if it is missing.
    pub fn keys(self, lexicon: &Lexicon, number: u32) -> Vec<u64> {
        if number == 0 {
            return Vec::new();
        }
        let text = lexicon.text(number);
        let mut keys: Vec<u64> = match self {
            KeyForm::RarestWords(n) => rarest(lexicon, number, n as usize),
            form => form
                .texts(text)
                .iter()
                .filter(|key| !key.is_empty())
                .map(|key| key64(key) as u64)
                .collect(),
        };
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    fn texts(self, text: &str) -> Vec<String> {
        let chars = || text.chars().collect::<Vec<char>>();
        let cut = |chars: &[char]| vec![chars.iter().collect::<String>()];
        match self {
            KeyForm::Whole | KeyForm::RarestWords(_) => vec![text.to_owned()],
            KeyForm::Prefix(n) => chars().get(..n as usize).map(cut).unwrap_or_default(),
            KeyForm::Suffix(n) => {
                let chars = chars();
                let start = chars.len().checked_sub(n as usize);
                start.map(|start| cut(&chars[start..])).unwrap_or_default()
            }
            KeyForm::Sound => vec![sound(text)],
            KeyForm::Shape => vec![codes::text::shape_key(text)],
            KeyForm::Year => chars().get(..4).map(cut).unwrap_or_default(),
            KeyForm::MonthDay => chars().get(4..8).map(cut).unwrap_or_default(),
            KeyForm::Words => token::words(text),
            KeyForm::Pieces(n) => token::pieces(text, n as usize),
            KeyForm::FirstWord => token::words(text).into_iter().take(1).collect(),
            KeyForm::LastWord => token::words(text).pop().into_iter().collect(),
            KeyForm::SortedLetters => {
                let mut chars = chars();
                chars.sort_unstable();
                cut(&chars)
            }
            KeyForm::OneSlip => one_slip(&chars()),
        }
    }
}

/// A text this short would meet too many others without one of its characters.
const ONE_SLIP_LEAST: usize = 4;

fn one_slip(chars: &[char]) -> Vec<String> {
    let mut keys = vec![chars.iter().collect::<String>()];
    if chars.len() >= ONE_SLIP_LEAST {
        keys.extend((0..chars.len()).map(|gap| {
            let rest = chars.iter().enumerate().filter(|(i, _)| *i != gap);
            rest.map(|(_, c)| *c).collect::<String>()
        }));
    }
    keys
}

fn rarest(lexicon: &Lexicon, number: u32, most: usize) -> Vec<u64> {
    // A word that no other cell has brings nobody together.
    let words = lexicon.value(number).words.iter().map(|(word, _)| *word);
    let mut words: Vec<u32> = words.filter(|&word| lexicon.cells_with_word(word) > 1).collect();
    words.sort_by_key(|&word| (lexicon.cells_with_word(word), word));
    words.into_iter().take(most).map(u64::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(part: &str, text: &str) -> Vec<u64> {
        let part: KeyPart = part.parse().expect("a part written here");
        let mut lexicon = Lexicon::new();
        let number = lexicon.number_of(text);
        lexicon.take_apart(part.form.needs(), &[0, 1]);
        part.form.keys(&lexicon, number)
    }

    fn meet(part: &str, a: &str, b: &str) -> bool {
        keys(part, a).iter().any(|key| keys(part, b).contains(key))
    }

    #[test]
    fn rows_meet_as_the_part_says() {
        for (part, a, b, expected) in [
            ("name", "abc", "abc", true),
            ("prefix(name, 2)", "宁波港", "宁波湾", true),
            ("prefix(name, 4)", "abc", "abc", false),
            ("suffix(name,2)", "xyz", "ayz", true),
            ("sound(name)", "robert", "rupert", true),
            ("year(born)", "19991231", "19990101", true),
            ("month_day(born)", "19991231", "20011231", true),
            ("words(title)", "the rare bird", "a bird", true),
            ("one_slip(id)", "330212", "330221", true),
            ("one_slip(id)", "3302123", "33021239", true),
            ("one_slip(id)", "330212", "331213", false),
            ("sorted_letters(name)", "abdc", "abcd", true),
            ("pieces(name, 3)", "anders", "sanders", true),
        ] {
            assert_eq!(meet(part, a, b), expected, "{part}: {a} / {b}");
        }
    }

    #[test]
    fn a_part_that_cannot_be_read_is_refused() {
        for wrong in [
            "",
            "prefix(name)",
            "prefix(name, 0)",
            "sound(name",
            "soundex(name)",
            "year(born, 2)",
            "words()",
        ] {
            assert!(wrong.parse::<KeyPart>().is_err(), "{wrong}");
        }
    }
}
