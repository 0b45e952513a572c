//! The parts of a citizen number as far as a cell shows them, and their keyed tokens: a masked, mistyped or cut number can
//! then be compared with a whole one, and no part of it lies anywhere in plain.

use super::{CHECKS, ResidentId, birth_of, is_mask, normal_number};
use crate::time::Day;

/// What a cell shows of a citizen number. A part is there only if all its characters are.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct IdParts {
    /// Six digits of the division at first registration, as written.
    pub area: Option<u32>,
    /// Birth date inside the number, if there is such a day.
    pub birth: Option<Day>,
    /// Three digits of sequence.
    pub order: Option<u16>,
    /// Check character as written: 0–9, 10 for X.
    pub check: Option<u8>,
    /// Birth date that the form states beside the number (出生日期).
    pub stated_birth: Option<Day>,
}

impl IdParts {
    /// All parts of a number that holds.
    pub fn of(number: &ResidentId) -> IdParts {
        IdParts::read_18(&number.0)
    }

    /// What can be seen of a number that does not hold: a character mistyped, lost or doubled, or some hidden behind stars.
    pub fn read(raw: &str) -> IdParts {
        let normal = normal_number(raw);
        let bytes: Option<Vec<u8>> = normal
            .chars()
            .map(|c| match c {
                '0'..='9' | 'X' => Some(c as u8),
                c if is_mask(c) => Some(b'*'),
                _ => None,
            })
            .collect();
        match bytes {
            Some(bytes) if bytes.contains(&b'*') => IdParts::read_masked(&bytes),
            Some(bytes) => IdParts::read_whole(&bytes),
            None => IdParts::default(),
        }
    }

    /// The same with the birth date that the form states.
    #[must_use]
    pub fn stating(self, birth: Option<Day>) -> IdParts {
        IdParts {
            stated_birth: birth,
            ..self
        }
    }

    fn read_18(number: &[u8; 18]) -> IdParts {
        IdParts {
            area: digits(&number[..6]),
            birth: birth_of_digits(number),
            order: digits(&number[14..17]).map(|n| n as u16),
            check: check(number[17]),
            stated_birth: None,
        }
    }

    fn read_whole(bytes: &[u8]) -> IdParts {
        match bytes.len() {
            15 => {
                let mut number = [b'0'; 18];
                number[..6].copy_from_slice(&bytes[..6]);
                number[6..8].copy_from_slice(b"19");
                number[8..17].copy_from_slice(&bytes[6..]);
                IdParts {
                    check: None,
                    ..IdParts::read_18(&number)
                }
            }
            // A spreadsheet keeps fifteen digits and fills up with zeros.
            18 if bytes.ends_with(b"000") => IdParts {
                order: None,
                check: None,
                ..IdParts::read_18(&fixed(bytes))
            },
            18 => IdParts::read_18(&fixed(bytes)),
            17 | 19 => IdParts::read_shifted(bytes),
            _ => IdParts::default(),
        }
    }

    /// One character too few or too many: what stands before it is counted from the left, what stands behind it from the
    /// right, and the date shows on which side of it the slip is.
    fn read_shifted(bytes: &[u8]) -> IdParts {
        let (mut left, mut right) = ([b'*'; 18], [b'*'; 18]);
        let shown = bytes.len().min(18);
        left[..shown].copy_from_slice(&bytes[..shown]);
        right[18 - shown..].copy_from_slice(&bytes[bytes.len() - shown..]);
        let (left, right) = (IdParts::read_18(&left), IdParts::read_18(&right));
        match (left.birth, right.birth) {
            (Some(_), None) if bytes.len() == 17 => left,
            (Some(_), None) => IdParts {
                order: None,
                check: None,
                ..left
            },
            (None, Some(_)) => IdParts { area: None, ..right },
            _ => IdParts {
                area: left.area,
                order: right.order,
                check: right.check,
                ..IdParts::default()
            },
        }
    }

    /// The number of stars need not be that of the characters behind them: parts are counted from both ends.
    fn read_masked(bytes: &[u8]) -> IdParts {
        let is_star = |c: &u8| *c == b'*';
        let head = bytes.iter().position(is_star).unwrap_or(0).min(17);
        let tail = bytes.iter().rev().position(is_star).unwrap_or(0).min(17);
        let mut number = [b'*'; 18];
        if bytes.len() == 18 {
            number = fixed(bytes);
        } else if head + tail <= 18 {
            number[..head].copy_from_slice(&bytes[..head]);
            number[18 - tail..].copy_from_slice(&bytes[bytes.len() - tail..]);
        }
        IdParts::read_18(&number)
    }
}

/// The first eighteen bytes; stars where there are fewer.
fn fixed(bytes: &[u8]) -> [u8; 18] {
    let mut number = [b'*'; 18];
    for (to, from) in number.iter_mut().zip(bytes) {
        *to = *from;
    }
    number
}

fn digits(bytes: &[u8]) -> Option<u32> {
    bytes
        .iter()
        .try_fold(0, |n, c| c.is_ascii_digit().then(|| n * 10 + u32::from(c - b'0')))
}

fn birth_of_digits(number: &[u8; 18]) -> Option<Day> {
    digits(&number[6..14]).and_then(|_| birth_of(number))
}

fn check(c: u8) -> Option<u8> {
    match c {
        b'0'..=b'9' => Some(c - b'0'),
        b'X' => Some(10),
        _ => None,
    }
}

/// Tokens of [`IdParts`], packed into 64 bits; made by [`crate::crypto::FieldKeys::part_tokens`]. Each is a keyed hash cut
/// to a few bits: enough to see that two parts are equal, too few to tell the part, and 0 where the part is unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartTokens(i64);

/// One kind of part: where its token lies in the word, and how many values it can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Division at first registration.
    Area,
    /// Birth date inside the number.
    Birth,
    /// Sequence.
    Order,
    /// Check character.
    Check,
    /// Birth date that the form states; its tokens are those of [`Part::Birth`].
    StatedBirth,
}

impl Part {
    const fn shift(self) -> u32 {
        match self {
            Part::Area => 50,
            Part::Birth => 33,
            Part::Order => 21,
            Part::Check => 17,
            Part::StatedBirth => 0,
        }
    }

    /// Bits of a token of this part.
    pub const fn bits(self) -> u32 {
        match self {
            Part::Area => 14,
            Part::Birth | Part::StatedBirth => 17,
            Part::Order => 12,
            Part::Check => 4,
        }
    }
}

impl PartTokens {
    /// The word as it is stored.
    pub const fn word(self) -> i64 {
        self.0
    }

    /// A stored word.
    pub const fn from_word(word: i64) -> PartTokens {
        PartTokens(word)
    }

    /// Token of a part, if the cell showed it.
    pub const fn get(self, part: Part) -> Option<u32> {
        let token = (self.0 as u64 >> part.shift()) as u32 & ((1 << part.bits()) - 1);
        if token == 0 { None } else { Some(token) }
    }

    /// These parts of the number with the stated birth date of `other`.
    #[must_use]
    pub const fn stated_as_in(self, other: PartTokens) -> PartTokens {
        let stated = (1i64 << Part::StatedBirth.bits()) - 1;
        PartTokens(self.0 & !stated | other.0 & stated)
    }

    /// True if nothing is known.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) fn pack(parts: &IdParts, token: impl Fn(Part, u32) -> u32) -> PartTokens {
        let day = |day: Day| (day.to_days_since_epoch() - FIRST_BIRTH) as u32;
        let known = [
            (Part::Area, parts.area),
            (Part::Birth, parts.birth.filter(is_in_range).map(day)),
            (Part::Order, parts.order.map(u32::from)),
            (Part::Check, parts.check.map(u32::from)),
            (Part::StatedBirth, parts.stated_birth.filter(is_in_range).map(day)),
        ];
        let word = known.into_iter().fold(0u64, |word, (part, value)| {
            word | value.map_or(0, |value| u64::from(token(part, value)) << part.shift())
        });
        PartTokens(word as i64)
    }
}

/// 1850-01-01, the first day that a number may state.
const FIRST_BIRTH: i32 = -43_829;
/// Days that a number may state, to the end of 2199.
pub(crate) const BIRTH_DAYS: usize = 127_835;

fn is_in_range(day: &Day) -> bool {
    (0..BIRTH_DAYS as i32).contains(&(day.to_days_since_epoch() - FIRST_BIRTH))
}

/// Number of values of a check character.
pub(crate) const CHECK_VALUES: usize = CHECKS.len();
