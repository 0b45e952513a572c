//! 统一社会信用代码, the unified social credit code of GB 32100-2015.
//!
//! Eighteen characters: who registered it (1), category (2), division of the registrar (3–8), organisation code
//! (9–17, GB 11714) and a check character (18). A union with legal personality has one too; it starts with 81
//! (base union) or 89.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::org_code::{self, OrgCode};
use crate::text::{half_width, key64};

/// The 31 characters of the standard: no I, O, S, V, Z.
pub const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// Weights 3^(i−1) mod 31 of the first 17 characters.
const WEIGHTS: [u32; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

/// First character: the department that registers. 8 is the trade unions, 9 market regulation.
const DEPARTMENTS: &[u8] = b"123456789ANY";

const NOT_IN_ALPHABET: u8 = 0xff;

const VALUES: [u8; 128] = {
    let mut values = [NOT_IN_ALPHABET; 128];
    let mut i = 0;
    while i < ALPHABET.len() {
        values[ALPHABET[i] as usize] = i as u8;
        i += 1;
    }
    values
};

/// A unified social credit code (统一社会信用代码) whose check character holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uscc([u8; 18]);

/// Why a text is not a unified social credit code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UsccError {
    #[error("统一社会信用代码为空")]
    Empty,
    #[error("统一社会信用代码应为 18 位，实为 {0} 位")]
    Length(usize),
    #[error("第 {position} 位不能是“{found}”")]
    Character { position: usize, found: char },
    #[error("校验位不符，应为“{expected}”")]
    Check { expected: char },
}

impl Uscc {
    /// Reads a code as people write it: full-width characters, lower case, blanks and dashes are normalised
    /// ([`normalise_code`]); then every rule of the standard must hold. O is not read as 0: that is a
    /// [suggestion](suggestions), not a reading.
    ///
    /// # Errors
    /// Says which position or rule fails. The inner GB 11714 check is advisory and never an error here; ask
    /// [`Uscc::inner_check_holds`].
    pub fn parse(raw: &str) -> Result<Uscc, UsccError> {
        let normal = normalise_code(raw);
        if normal.is_empty() {
            return Err(UsccError::Empty);
        }
        let length = normal.chars().count();
        if length != 18 {
            return Err(UsccError::Length(length));
        }
        if !normal.is_ascii() {
            let (index, found) = normal
                .chars()
                .enumerate()
                .find(|(_, c)| !c.is_ascii())
                .unwrap_or((0, '?'));
            return Err(UsccError::Character {
                position: index + 1,
                found,
            });
        }
        let mut code = [0u8; 18];
        code.copy_from_slice(normal.as_bytes());
        Uscc::from_bytes(code)
    }

    /// The strict check on 18 ASCII characters already in normal form.
    fn from_bytes(code: [u8; 18]) -> Result<Uscc, UsccError> {
        if let Some(index) = (0..18).find(|&i| !may_stand_at(i, code[i])) {
            return Err(UsccError::Character {
                position: index + 1,
                found: char::from(code[index]),
            });
        }
        let expected = check_character(&code);
        if code[17] != expected {
            return Err(UsccError::Check {
                expected: char::from(expected),
            });
        }
        Ok(Uscc(code))
    }

    /// Makes a code from its meaning: department and category (`"91"`), six-digit division and the eight free
    /// characters of the organisation code. Both check characters are computed. For the synthetic city and for
    /// tests; `None` if a part is not of the standard's form.
    pub fn compose(department_category: &str, division: u32, org_body: &str) -> Option<Uscc> {
        let check = org_code::check_character(org_body)?;
        let head = format!("{department_category}{division:06}{org_body}{check}");
        let mut code = [b'0'; 18];
        if head.len() != 17 {
            return None;
        }
        code[..17].copy_from_slice(head.as_bytes());
        if (0..17).any(|i| !may_stand_at(i, code[i])) {
            return None;
        }
        code[17] = check_character(&code);
        Some(Uscc(code))
    }

    /// The 18 characters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("only ASCII gets in")
    }

    /// Characters 9–17: the organisation code (组织机构代码) that older sources used alone.
    pub fn org_code(&self) -> &str {
        &self.as_str()[8..17]
    }

    /// Whether the inner organisation code's own check (GB 11714) holds. Codes exist for which it does not.
    pub fn inner_check_holds(&self) -> bool {
        OrgCode::parse(self.org_code()).is_ok()
    }

    /// A trade union's own code (工会代码): registered by the unions, first character 8.
    pub fn is_union(&self) -> bool {
        self.0[0] == b'8'
    }

    /// Characters 3–8: the division of the registrar, which may be retired or central (100000).
    pub fn division_digits(&self) -> &str {
        &self.as_str()[2..8]
    }

    /// Join key: `text::key64` of the 18 characters.
    pub fn key(&self) -> i64 {
        key64(self.as_str())
    }

    /// Join key of the inner organisation code, equal to [`OrgCode::key`] of the same nine characters.
    pub fn org_key(&self) -> i64 {
        key64(self.org_code())
    }
}

/// Whether the standard allows this character at this index (0-based).
fn may_stand_at(index: usize, character: u8) -> bool {
    match index {
        0 => DEPARTMENTS.contains(&character),
        1 => (b'1'..=b'9').contains(&character),
        2..=7 => character.is_ascii_digit(),
        _ => value_of(character).is_some(),
    }
}

fn value_of(character: u8) -> Option<u32> {
    match VALUES.get(usize::from(character)) {
        Some(&value) if value != NOT_IN_ALPHABET => Some(u32::from(value)),
        _ => None,
    }
}

/// The check character of the first 17, which must be of the alphabet.
fn check_character(code: &[u8; 18]) -> u8 {
    let sum: u32 = (0..17).map(|i| value_of(code[i]).unwrap_or(0) * WEIGHTS[i]).sum();
    ALPHABET[((31 - sum % 31) % 31) as usize]
}

/// The form in which codes are compared: full-width to half-width, upper case, without blanks, dashes, quotes and
/// invisible characters. Nothing else is changed, so an O stays an O.
pub fn normalise_code(raw: &str) -> String {
    if raw.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase()) {
        return raw.to_owned();
    }
    let mut normal = String::with_capacity(raw.len());
    for c in raw.chars().map(half_width) {
        let is_noise = c.is_whitespace()
            || c.is_control()
            || matches!(c, '-' | '_' | '\'' | '"' | '`' | '´' | '‘' | '’' | '“' | '”')
            || matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{ad}');
        if !is_noise {
            normal.push(c.to_ascii_uppercase());
        }
    }
    normal
}

/// Pairs that the eye confuses. The first five cannot stand in a code at all.
const LOOK_ALIKES: [(u8, u8); 13] = [
    (b'O', b'0'),
    (b'I', b'1'),
    (b'Z', b'2'),
    (b'S', b'5'),
    (b'V', b'U'),
    (b'B', b'8'),
    (b'D', b'0'),
    (b'Q', b'0'),
    (b'L', b'1'),
    (b'G', b'6'),
    (b'U', b'V'),
    (b'2', b'Z'),
    (b'T', b'7'),
];

/// How probable a repair is; lower comes first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Edit {
    LookAlike,
    Transposition,
    Substitution,
    Gap,
}

/// Valid codes one slip away from what was written: look-alikes (any number of characters that cannot stand in a
/// code, O for 0, I for 1, Z for 2, S for 5), two neighbours exchanged, one character wrong, one missing or one
/// too many. Every suggestion satisfies the standard; a valid text gets none.
///
/// Order is fixed and most likely first: codes whose inner GB 11714 check holds too, then by kind of slip in the
/// order above, then by text. Several are normal (about one per position): the register decides which exists.
pub fn suggestions(raw: &str) -> Vec<Uscc> {
    let normal = normalise_code(raw);
    if !normal.is_ascii() || Uscc::parse(&normal).is_ok() {
        // One non-ASCII character still counts as one wrong character.
        let wrong = normal.chars().filter(|c| !c.is_ascii()).count();
        if wrong != 1 || normal.chars().count() != 18 {
            return Vec::new();
        }
    }
    let written: Vec<u8> = normal
        .chars()
        .map(|c| if c.is_ascii() { c as u8 } else { b'?' })
        .collect();
    let mut found: Vec<(Edit, Uscc)> = Vec::new();
    match written.len() {
        18 => {
            suggest_look_alikes(&written, &mut found);
            suggest_transpositions(&written, &mut found);
            suggest_substitutions(&written, &mut found);
        }
        17 => suggest_insertions(&written, &mut found),
        19 => suggest_deletions(&written, &mut found),
        _ => {}
    }
    let mut ranked: Vec<(bool, Edit, Uscc)> = found
        .into_iter()
        .map(|(edit, code)| (!code.inner_check_holds(), edit, code))
        .collect();
    ranked.sort_unstable();
    let mut codes: Vec<Uscc> = Vec::with_capacity(ranked.len());
    for (_, _, code) in ranked {
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    codes
}

fn keep_if_valid(edit: Edit, code: &[u8], found: &mut Vec<(Edit, Uscc)>) {
    if let Ok(code) = <[u8; 18]>::try_from(code)
        && let Ok(code) = Uscc::from_bytes(code)
    {
        found.push((edit, code));
    }
}

/// The same with the one character at `index` that makes the check hold: weights have inverses modulo the prime 31, so there is
/// exactly one.
fn keep_completed(edit: Edit, mut code: Vec<u8>, index: usize, found: &mut Vec<(Edit, Uscc)>) {
    let mut others = 0;
    for (i, &character) in code.iter().enumerate().filter(|(i, _)| *i != index) {
        match value_of(character) {
            Some(value) => others += value * WEIGHTS.get(i).unwrap_or(&1),
            None => return,
        }
    }
    let weight = WEIGHTS.get(index).unwrap_or(&1);
    if let Some(value) = (0..31u32).find(|value| (others + value * weight).is_multiple_of(31)) {
        code[index] = ALPHABET[value as usize];
        keep_if_valid(edit, &code, found);
    }
}

fn suggest_look_alikes(written: &[u8], found: &mut Vec<(Edit, Uscc)>) {
    // All impossible characters at once: O, I, Z, S never stand in a code, so each is surely a slip.
    let repaired: Vec<u8> = written.iter().map(|&c| digit_look_alike(c)).collect();
    keep_if_valid(Edit::LookAlike, &repaired, found);
    for index in 0..repaired.len() {
        for twin in twins(repaired[index]) {
            let mut code = repaired.clone();
            code[index] = twin;
            keep_if_valid(Edit::LookAlike, &code, found);
        }
    }
}

fn digit_look_alike(c: u8) -> u8 {
    match c {
        b'O' => b'0',
        b'I' => b'1',
        b'Z' => b'2',
        b'S' => b'5',
        b'V' => b'U',
        other => other,
    }
}

fn twins(c: u8) -> impl Iterator<Item = u8> {
    LOOK_ALIKES.iter().filter_map(move |&(a, b)| match c {
        _ if c == a => Some(b),
        _ if c == b => Some(a),
        _ => None,
    })
}

fn suggest_transpositions(written: &[u8], found: &mut Vec<(Edit, Uscc)>) {
    for index in 0..written.len() - 1 {
        let mut code = written.to_vec();
        code.swap(index, index + 1);
        keep_if_valid(Edit::Transposition, &code, found);
    }
}

fn suggest_substitutions(written: &[u8], found: &mut Vec<(Edit, Uscc)>) {
    for index in 0..written.len() {
        keep_completed(Edit::Substitution, written.to_vec(), index, found);
    }
}

fn suggest_insertions(written: &[u8], found: &mut Vec<(Edit, Uscc)>) {
    for index in 0..=written.len() {
        let mut code = written.to_vec();
        code.insert(index, b'0');
        keep_completed(Edit::Gap, code, index, found);
    }
}

fn suggest_deletions(written: &[u8], found: &mut Vec<(Edit, Uscc)>) {
    for index in 0..written.len() {
        let mut code = written.to_vec();
        code.remove(index);
        keep_if_valid(Edit::Gap, &code, found);
    }
}

impl fmt::Display for Uscc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Uscc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Uscc({})", self.as_str())
    }
}

impl AsRef<str> for Uscc {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl FromStr for Uscc {
    type Err = UsccError;

    fn from_str(raw: &str) -> Result<Self, Self::Err> {
        Uscc::parse(raw)
    }
}

impl Serialize for Uscc {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Uscc {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = String::deserialize(deserializer)?;
        Uscc::parse(&raw).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
