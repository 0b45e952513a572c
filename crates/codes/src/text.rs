//! Text normal forms: the spelling in which names are compared, and the keys under which similar ones meet.

use std::borrow::Cow;
use std::sync::LazyLock;

use opencc_fmmseg::DictionaryMaxlength;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::{canonical_combining_class, is_combining_mark};
use xxhash_rust::xxh3::xxh3_64;

mod nothing;
mod person;
mod reading;
mod shape;
mod sound;
mod surname;

pub use nothing::{names_nobody, says_nothing};
pub use person::{person_name, says_more, written_name};
pub use reading::{is_given_read, name_keys, org_readings, typed_reading};
pub use shape::shape_key;
pub use sound::{person_sound_key, sound_key};
pub use surname::{SurnameRead, given_names, surnames, surnames_read};

/// 64-bit key of a normalised text for joins. Only for values that are **not** personal: a person's number or phone
/// goes through `FieldKeys::token`.
pub fn key64(text: &str) -> i64 {
    xxh3_64(text.as_bytes()) as i64
}

/// The half-width form of a full-width ASCII character or blank; every other character as it is.
pub fn half_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{3000}' => ' ',
        _ => c,
    }
}

/// A number without its separators of thousands (`1,234,567`). `None` where the commas part anything else: in `1,5` or `12,34`
/// one may stand for the decimal point, and what was meant is not guessed.
pub fn without_thousands(number: &str) -> Option<Cow<'_, str>> {
    if !number.contains(',') {
        return Some(Cow::Borrowed(number));
    }
    let (whole, fraction) = number
        .split_once('.')
        .map_or((number, None), |(whole, rest)| (whole, Some(rest)));
    let mut groups = whole.split(',');
    let is_digits = |group: &str| group.bytes().all(|c| c.is_ascii_digit());
    let is_first = |group: &str| (1..=3).contains(&group.len()) && is_digits(group);
    let fits = groups.next().is_some_and(is_first)
        && groups.all(|group| group.len() == 3 && is_digits(group))
        && fraction.is_none_or(|fraction| !fraction.contains(','));
    fits.then(|| Cow::Owned(number.replace(',', "")))
}

/// What happens to a character on its own.
const DROPPED: u16 = 0;
/// The character takes part in composition or becomes several: the whole text goes through NFKC first.
const SLOW: u16 = 1;

/// One entry for each character of the basic plane: the character it becomes, [`DROPPED`] or [`SLOW`].
struct Folding {
    basic: Box<[u16; 0x10000]>,
    /// Traditional characters beyond the basic plane, and those whose simplified form lies there, sorted.
    beyond: Vec<(char, char)>,
}

static FOLDING: LazyLock<Folding> = LazyLock::new(Folding::build);

impl Folding {
    fn build() -> Folding {
        let simplified = simplified_characters();
        let mut basic = Box::new([DROPPED; 0x10000]);
        for code in 0..0x10000u32 {
            basic[code as usize] = match char::from_u32(code) {
                Some(c) => fold_basic(c, &simplified),
                None => DROPPED,
            };
        }
        let mut beyond: Vec<(char, char)> = simplified
            .into_iter()
            .filter(|&(from, to)| from > '\u{ffff}' || to > '\u{ffff}')
            .collect();
        beyond.sort_unstable();
        Folding { basic, beyond }
    }

    /// Whether a character is not its own normal form, or cannot be judged alone.
    fn changes(&self, c: char) -> bool {
        self.basic
            .get(c as usize)
            .is_none_or(|&code| code <= SLOW || u32::from(code) != u32::from(c))
    }

    fn beyond(&self, c: char) -> char {
        self.beyond
            .binary_search_by_key(&c, |&(from, _)| from)
            .map_or(c, |at| self.beyond[at].1)
    }
}

/// OpenCC's traditional → simplified characters, each followed to its end.
fn simplified_characters() -> std::collections::HashMap<char, char> {
    let dictionary = DictionaryMaxlength::new().expect("OpenCC's own dictionaries are part of the crate");
    let direct: std::collections::HashMap<char, char> = dictionary
        .ts_characters
        .iter()
        .filter_map(
            |(from, to)| match (from, to.split_whitespace().next()?.chars().next()?) {
                (&[from], to) if from != to => Some((from, to)),
                _ => None,
            },
        )
        .collect();
    direct
        .keys()
        .map(|&from| {
            let mut to = from;
            for _ in 0..4 {
                match direct.get(&to) {
                    Some(&next) if next != from => to = next,
                    _ => break,
                }
            }
            (from, to)
        })
        .collect()
}

fn fold_basic(c: char, simplified: &std::collections::HashMap<char, char>) -> u16 {
    if is_invisible(c) {
        return DROPPED;
    }
    if canonical_combining_class(c) != 0 || is_combining_mark(c) || composes(c) {
        return SLOW;
    }
    let mut compatible = std::iter::once(c).nfkc();
    let (Some(single), None) = (compatible.next(), compatible.next()) else {
        return SLOW;
    };
    let unified = unify(single);
    let Some(unified) = unified else { return DROPPED };
    let plain = simplified.get(&unified).copied().unwrap_or(unified);
    // A character that becomes one beyond the basic plane, or one that is itself compatibility, takes the slow way.
    match u16::try_from(u32::from(plain)) {
        Ok(code) if code > SLOW && plain.nfkc_is_itself() => code,
        _ => SLOW,
    }
}

trait NfkcIsItself {
    fn nfkc_is_itself(self) -> bool;
}

impl NfkcIsItself for char {
    fn nfkc_is_itself(self) -> bool {
        std::iter::once(self).nfkc().eq(std::iter::once(self))
    }
}

/// Characters that join with a neighbour under NFKC without being combining marks: Hangul jamo, and the base letters
/// are not meant (they change only when a mark follows, which is slow already).
fn composes(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{11ff}' | '\u{ff9e}' | '\u{ff9f}' | '\u{3099}' | '\u{309a}' | '\u{ffa0}'..='\u{ffdc}' | '\u{3130}'..='\u{318f}')
}

fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}')
}

/// What somebody typed as people will read it: without signs that nobody sees (marks that turn the direction of writing, zero-width
/// signs, controls) and without blanks at the ends; lines and blanks between words stay. Only what is left counts as written.
pub fn visible(typed: &str) -> String {
    let kept: String = typed
        .chars()
        .filter(|c| c.is_whitespace() || !is_invisible(*c))
        .collect();
    kept.trim().to_owned()
}

/// Brackets, dots and dashes in one spelling, Latin letters in upper case. `None` drops the character.
fn unify(c: char) -> Option<char> {
    if is_invisible(c) {
        return None;
    }
    Some(match c {
        'a'..='z' => c.to_ascii_uppercase(),
        '【' | '〔' | '〖' | '[' | '{' | '⟦' | '〘' | '〚' => '(',
        '】' | '〕' | '〗' | ']' | '}' | '⟧' | '〙' | '〛' => ')',
        '・' | '•' | '‧' | '∙' | '⋅' | '●' | '◦' => '·',
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        _ => c,
    })
}

/// The spelling in which texts are compared: NFKC, brackets as `()`, no blanks or invisible characters, simplified
/// characters (one by one, without phrase context), Latin letters in upper case. Applying it twice changes nothing.
///
/// Names in files are nearly always plain Han text, for which this is one table look-up per character.
pub fn normalise(raw: &str) -> String {
    normalised(raw).into_owned()
}

/// [`normalise`] without a copy of what is in normal form already.
pub(crate) fn normalised(raw: &str) -> Cow<'_, str> {
    let folding = &*FOLDING;
    let Some((kept, _)) = raw.char_indices().find(|&(_, c)| folding.changes(c)) else {
        return Cow::Borrowed(raw);
    };
    let mut normal = String::with_capacity(raw.len());
    normal.push_str(&raw[..kept]);
    for c in raw[kept..].chars() {
        match folding.basic.get(c as usize) {
            Some(&DROPPED) => {}
            None | Some(&SLOW) => return Cow::Owned(normalise_slowly(raw)),
            Some(&code) => match char::from_u32(u32::from(code)) {
                Some(plain) => normal.push(plain),
                None => return Cow::Owned(normalise_slowly(raw)),
            },
        }
    }
    Cow::Owned(normal)
}

/// The way for texts with combining marks, compatibility characters that become several, or characters beyond the
/// basic plane.
fn normalise_slowly(raw: &str) -> String {
    let mut text = raw.to_owned();
    // Dropping a character can bring a mark to a new base; the second round settles that.
    for _ in 0..3 {
        let next = normalise_once(&text);
        if next == text {
            break;
        }
        text = next;
    }
    text
}

fn normalise_once(text: &str) -> String {
    let folding = &*FOLDING;
    let mut normal = String::with_capacity(text.len());
    for c in text.nfkc() {
        let Some(unified) = unify(c) else { continue };
        let plain = match folding.basic.get(unified as usize) {
            Some(&code) if code > SLOW => char::from_u32(u32::from(code)).unwrap_or(unified),
            _ => folding.beyond(unified),
        };
        normal.push(plain);
    }
    normal.nfc().collect()
}

/// The part of a text whose normal form is this one, as it is written there.
pub fn written_part<'t>(text: &'t str, normal: &str) -> Option<&'t str> {
    let places = || text.char_indices().map(|(at, _)| at);
    let start = places().rfind(|at| normalise(&text[*at..]).starts_with(normal))?;
    places()
        .chain([text.len()])
        .filter(|end| *end > start)
        .map(|end| &text[start..end])
        .find(|part| normalise(part) == normal)
}

#[cfg(test)]
mod tests;
