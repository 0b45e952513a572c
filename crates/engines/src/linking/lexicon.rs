//! Distinct values of a column, each taken apart once for the comparisons that need it.

use super::token;
use std::collections::HashMap;

/// Which parts of a value its comparisons use; the others are not computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    pub words: bool,
    /// Character pieces of this length; 0 for none.
    pub pieces: u8,
    pub number: bool,
    pub date: bool,
    pub sound: bool,
    pub shape: bool,
}

impl Needs {
    /// Both sets of parts. One length of pieces serves a column: the longer one.
    pub fn and(self, other: Needs) -> Needs {
        Needs {
            words: self.words || other.words,
            pieces: self.pieces.max(other.pieces),
            number: self.number || other.number,
            date: self.date || other.date,
            sound: self.sound || other.sound,
            shape: self.shape || other.shape,
        }
    }
}

/// Weighted parts of a text, by part number, of length one as a vector (TF-IDF).
pub type Weighted = Box<[(u32, f32)]>;

/// One distinct value.
#[derive(Clone, Debug, Default)]
pub struct Value {
    pub text: Box<str>,
    pub chars: Box<[char]>,
    pub words: Weighted,
    pub pieces: Weighted,
    pub number: Option<f64>,
    /// Year, month, day as written; not checked against the calendar.
    pub date: Option<(u16, u8, u8)>,
    /// Number of the value's sound and shape: equal numbers, equal sounds.
    pub sound: u32,
    pub shape: u32,
}

/// Distinct values; number 0 stands for a missing cell. Columns that are compared with each other share one lexicon.
#[derive(Clone, Debug, Default)]
pub struct Lexicon {
    numbers: HashMap<Box<str>, u32>,
    texts: Vec<Box<str>>,
    values: Vec<Value>,
    needs: Needs,
    /// In how many cells each word stands.
    cells_with_word: Vec<u32>,
}

impl Lexicon {
    /// An empty lexicon: only the missing value.
    pub fn new() -> Lexicon {
        Lexicon {
            texts: vec![Box::default()],
            ..Lexicon::default()
        }
    }

    /// The number of a cleaned cell; 0 if it is empty.
    pub fn number_of(&mut self, text: &str) -> u32 {
        if text.is_empty() {
            return 0;
        }
        if let Some(&number) = self.numbers.get(text) {
            return number;
        }
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.texts.push(text.into());
        self.numbers.insert(text.into(), number);
        number
    }

    /// How many numbers are in use, the missing value included.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// True when no cell said anything.
    pub fn is_empty(&self) -> bool {
        self.texts.len() <= 1
    }

    /// The text of a value.
    pub fn text(&self, number: u32) -> &str {
        &self.texts[number as usize]
    }

    /// The parts of a value; only after [`Lexicon::take_apart`].
    pub fn value(&self, number: u32) -> &Value {
        &self.values[number as usize]
    }

    /// What was asked for when the values were taken apart.
    pub fn needs(&self) -> Needs {
        self.needs
    }

    /// In how many cells a word (by its number in [`Value::words`]) stands.
    pub fn cells_with_word(&self, word: u32) -> u32 {
        self.cells_with_word.get(word as usize).copied().unwrap_or(0)
    }

    /// Takes every value apart. `cells[number]` says in how many cells the value stands; words and pieces that stand in
    /// few cells weigh more.
    pub fn take_apart(&mut self, needs: Needs, cells: &[u32]) {
        self.needs = needs;
        let mut sounds = Numbering::default();
        let mut shapes = Numbering::default();
        self.values = self
            .texts
            .iter()
            .map(|text| Value {
                text: text.clone(),
                chars: text.chars().collect(),
                number: needs.number.then(|| text.parse().ok()).flatten(),
                date: needs.date.then(|| date_parts(text)).flatten(),
                sound: if needs.sound { sounds.of(&sound(text)) } else { 0 },
                shape: if needs.shape {
                    shapes.of(&codes::text::shape_key(text))
                } else {
                    0
                },
                ..Value::default()
            })
            .collect();
        if needs.words {
            let (parts, counts) = weigh(&self.texts, cells, token::words);
            self.cells_with_word = counts;
            for (value, words) in self.values.iter_mut().zip(parts) {
                value.words = words;
            }
        }
        if needs.pieces > 0 {
            let size = usize::from(needs.pieces);
            let (parts, _) = weigh(&self.texts, cells, |text| token::pieces(text, size));
            for (value, pieces) in self.values.iter_mut().zip(parts) {
                value.pieces = pieces;
            }
        }
    }
}

#[derive(Default)]
struct Numbering(HashMap<String, u32>);

impl Numbering {
    fn of(&mut self, text: &str) -> u32 {
        if text.is_empty() {
            return 0;
        }
        if let Some(&number) = self.0.get(text) {
            return number;
        }
        let number = self.0.len() as u32 + 1;
        self.0.insert(text.to_owned(), number);
        number
    }
}

/// TF-IDF vectors of all texts: a part's weight is the logarithm of how few cells have it, and vectors have length one.
fn weigh(texts: &[Box<str>], cells: &[u32], cut: impl Fn(&str) -> Vec<String>) -> (Vec<Weighted>, Vec<u32>) {
    let mut numbering = Numbering::default();
    let mut counts: Vec<u32> = vec![0];
    let mut all_cells = 0u64;
    let cut_texts: Vec<Vec<u32>> = texts
        .iter()
        .enumerate()
        .map(|(number, text)| {
            let here = cells.get(number).copied().unwrap_or(0);
            all_cells += u64::from(here);
            let mut parts: Vec<u32> = cut(text).iter().map(|part| numbering.of(part)).collect();
            parts.sort_unstable();
            counts.resize(numbering.0.len() + 1, 0);
            let mut before = u32::MAX;
            for &part in parts.iter().filter(|&&part| part != 0) {
                if part != before {
                    counts[part as usize] = counts[part as usize].saturating_add(here);
                }
                before = part;
            }
            parts
        })
        .collect();
    let rarity = |part: u32| (1.0 + all_cells as f64 / f64::from(counts[part as usize].max(1))).ln();
    let vectors = cut_texts
        .into_iter()
        .map(|parts| unit_vector(&parts, rarity))
        .collect();
    (vectors, counts)
}

fn unit_vector(sorted: &[u32], rarity: impl Fn(u32) -> f64) -> Weighted {
    let mut vector: Vec<(u32, f64)> = Vec::new();
    for &part in sorted {
        match vector.last_mut() {
            Some((last, weight)) if *last == part => *weight += rarity(part),
            _ => vector.push((part, rarity(part))),
        }
    }
    let length = vector
        .iter()
        .map(|(_, weight)| weight * weight)
        .sum::<f64>()
        .sqrt();
    vector
        .into_iter()
        .map(|(part, weight)| (part, (weight / length) as f32))
        .collect()
}

/// How a text sounds: pinyin for Han characters, American Soundex for each Latin word.
pub fn sound(text: &str) -> String {
    if !text.is_ascii() {
        return codes::text::sound_key(&codes::text::normalise(text));
    }
    let words = token::words(text);
    let sounds: Vec<String> = words
        .iter()
        .map(|word| soundex(word).unwrap_or_else(|| word.clone()))
        .collect();
    sounds.join(" ")
}

/// The first letter and the classes of the next three consonants that do not repeat their neighbour's class; `h` and `w`
/// part nothing (US National Archives, The Soundex Indexing System). `None` for a word with digits.
fn soundex(word: &str) -> Option<String> {
    const CLASSES: &[u8; 26] = b"01230120022455012623010202";
    let class = |letter: u8| CLASSES[usize::from(letter - b'a')];
    let letters = word.as_bytes();
    let (&first, rest) = letters.split_first()?;
    if !letters.iter().all(u8::is_ascii_lowercase) {
        return None;
    }
    let mut code = vec![first];
    let mut before = class(first);
    for &letter in rest.iter().filter(|letter| !matches!(letter, b'h' | b'w')) {
        let class = class(letter);
        if class != b'0' && class != before && code.len() < 4 {
            code.push(class);
        }
        before = class;
    }
    code.resize(4, b'0');
    String::from_utf8(code).ok()
}

/// Year, month and day of a cleaned date, `19991231`.
fn date_parts(text: &str) -> Option<(u16, u8, u8)> {
    if text.len() != 8 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some((
        text[..4].parse().ok()?,
        text[4..6].parse().ok()?,
        text[6..].parse().ok()?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rare_word_weighs_more() {
        let mut lexicon = Lexicon::new();
        for text in ["sony tv", "sony radio", "sony"] {
            lexicon.number_of(text);
        }
        lexicon.take_apart(
            Needs {
                words: true,
                ..Needs::default()
            },
            &[0, 1, 1, 1],
        );
        let words = &lexicon.value(1).words;
        assert_eq!(words.len(), 2);
        assert!(words[1].1 > words[0].1, "tv stands in one cell, sony in three");
        assert_eq!(lexicon.cells_with_word(words[0].0), 3);
    }

    #[test]
    fn sounds_of_both_scripts() {
        assert_eq!(sound("robert smith"), sound("rupert smyth"));
        assert_eq!(sound("王芳"), sound("汪芳"));
        assert_ne!(sound("robert"), sound("susan"));
        for (word, code) in [
            ("robert", "r163"),
            ("tymczak", "t522"),
            ("pfister", "p236"),
            ("ashcraft", "a261"),
            ("lee", "l000"),
        ] {
            assert_eq!(sound(word), code);
        }
    }
}
