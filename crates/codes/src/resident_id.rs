//! 公民身份号码, the citizen number of GB 11643-1999: 18 characters, or 15 digits before 1999.
//!
//! Six digits of division at first registration (never the residence), birth date, three of sequence (odd = male),
//! check character by ISO 7064 MOD 11-2.

use std::fmt;

use crate::employer_code::is_scientific;
use crate::mask::mask_id;
use crate::text::{key64, says_nothing};
use crate::time::Day;
use crate::uscc::normalise_code;

mod parts;

pub(crate) use parts::{BIRTH_DAYS, CHECK_VALUES};
pub use parts::{IdParts, Part, PartTokens};

const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS: &[u8; 11] = b"10X98765432";

/// First two digits: provinces, and 81–83 for residents from Hong Kong, Macao and Taiwan.
const PROVINCES: [u8; 35] = [
    11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52, 53, 54,
    61, 62, 63, 64, 65, 71, 81, 82, 83,
];

/// A citizen number whose date and check character hold, always as 18 characters. Personal: it neither prints nor
/// serialises; `Debug` is masked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResidentId([u8; 18]);

/// Why a text is not a citizen number. Never repeats the number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResidentIdError {
    #[error("身份证号为空")]
    Empty,
    #[error("身份证号应为 18 位（旧证 15 位），实为 {0} 位")]
    Length(usize),
    #[error("身份证号第 {0} 位不是数字")]
    Character(usize),
    #[error("身份证号前两位不是省级代码")]
    Province,
    #[error("身份证号中的出生日期不存在")]
    BirthDate,
    #[error("身份证号校验位不符")]
    Check,
}

impl ResidentId {
    /// Reads 18 or 15 digits in any width and case, with blanks or dashes. A 15-digit number gets "19" before its
    /// year and a check character.
    ///
    /// # Errors
    /// Says which rule fails. Age is not judged here: that needs a date of today.
    pub fn parse(raw: &str) -> Result<ResidentId, ResidentIdError> {
        let normal = normal_number(raw);
        let length = normal.chars().count();
        match length {
            0 => Err(ResidentIdError::Empty),
            15 => ResidentId::parse_15(&normal),
            18 => ResidentId::parse_18(&normal),
            _ => Err(ResidentIdError::Length(length)),
        }
    }

    fn parse_15(normal: &str) -> Result<ResidentId, ResidentIdError> {
        if let Some(index) = normal.chars().position(|c| !c.is_ascii_digit()) {
            return Err(ResidentIdError::Character(index + 1));
        }
        let mut number = [b'0'; 18];
        number[..6].copy_from_slice(&normal.as_bytes()[..6]);
        number[6..8].copy_from_slice(b"19");
        number[8..17].copy_from_slice(&normal.as_bytes()[6..]);
        number[17] = check_character(&number);
        ResidentId::checked(number)
    }

    fn parse_18(normal: &str) -> Result<ResidentId, ResidentIdError> {
        let wrong = normal
            .chars()
            .enumerate()
            .find(|&(i, c)| !(c.is_ascii_digit() || i == 17 && c == 'X'));
        if let Some((index, _)) = wrong {
            return Err(ResidentIdError::Character(index + 1));
        }
        let mut number = [0u8; 18];
        number.copy_from_slice(normal.as_bytes());
        ResidentId::checked(number)
    }

    fn checked(number: [u8; 18]) -> Result<ResidentId, ResidentIdError> {
        let province = (number[0] - b'0') * 10 + (number[1] - b'0');
        if !PROVINCES.contains(&province) {
            return Err(ResidentIdError::Province);
        }
        if birth_of(&number).is_none() {
            return Err(ResidentIdError::BirthDate);
        }
        if number[17] != check_character(&number) {
            return Err(ResidentIdError::Check);
        }
        Ok(ResidentId(number))
    }

    /// Makes a number from its parts, for the synthetic city and tests; `sequence` is 0–999, odd for men.
    pub fn compose(division: u32, birth: Day, sequence: u16) -> Option<ResidentId> {
        let head = format!(
            "{division:06}{:04}{:02}{:02}{sequence:03}",
            birth.year(),
            birth.month(),
            birth.day()
        );
        let mut number = [b'0'; 18];
        if head.len() != 17 {
            return None;
        }
        number[..17].copy_from_slice(head.as_bytes());
        number[17] = check_character(&number);
        ResidentId::checked(number).ok()
    }

    /// The 18 characters in plain: for tokens, sealing and a journalled reveal, nothing else.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("only ASCII gets in")
    }

    /// Birth date as the number says it.
    pub fn birth_date(&self) -> Day {
        birth_of(&self.0).expect("checked when the number was made")
    }

    /// The 17th digit is odd for men.
    pub fn is_male(&self) -> bool {
        (self.0[16] - b'0') % 2 == 1
    }

    /// Division at first registration, possibly long retired. Never compare it with a residence.
    pub fn division_digits(&self) -> &str {
        &self.as_str()[..6]
    }
}

fn birth_of(number: &[u8; 18]) -> Option<Day> {
    let digits = |from: usize, to: usize| {
        number[from..to]
            .iter()
            .fold(0u32, |n, c| n * 10 + u32::from(c - b'0'))
    };
    let year = digits(6, 10);
    if !(1850..=2199).contains(&year) {
        return None;
    }
    Day::new(year as i32, digits(10, 12), digits(12, 14))
}

fn check_character(number: &[u8; 18]) -> u8 {
    let sum: u32 = (0..17).map(|i| u32::from(number[i] - b'0') * WEIGHTS[i]).sum();
    CHECKS[(sum % 11) as usize]
}

/// Codes' normal form; a multiplication sign at the end stands for X.
fn normal_number(raw: &str) -> String {
    let mut normal = normalise_code(raw);
    if let Some(head) = normal.strip_suffix(['×', 'Х', 'χ', 'Χ']) {
        normal = format!("{head}X");
    }
    normal
}

/// How an ID-number cell was read; stored as one byte beside the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum IdStatus {
    /// 18 characters, all checks hold.
    Ok = 0,
    /// 15 digits, converted.
    From15 = 1,
    /// Meant to be a citizen number, but a check fails; or a document that its row names has no such number.
    Invalid = 2,
    /// Ruined by a spreadsheet (3.30226E+17): cannot be recovered.
    Damaged = 3,
    /// Blank, or a stroke.
    Missing = 4,
    /// Delivered with stars.
    Masked = 5,
    /// Looks like a passport, travel or residence permit.
    OtherDocument = 6,
}

impl IdStatus {
    /// The status of a stored byte.
    pub fn from_u8(byte: u8) -> Option<IdStatus> {
        Some(match byte {
            0 => IdStatus::Ok,
            1 => IdStatus::From15,
            2 => IdStatus::Invalid,
            3 => IdStatus::Damaged,
            4 => IdStatus::Missing,
            5 => IdStatus::Masked,
            6 => IdStatus::OtherDocument,
            _ => return None,
        })
    }

    /// Whether a number was read.
    pub fn is_read(self) -> bool {
        matches!(self, IdStatus::Ok | IdStatus::From15)
    }

    /// What tells a person apart, by the token of the number: the citizen number; a passport or permit, which has no check
    /// character that would betray a slip or a made-up number, only together with the very name (in normal form).
    pub fn person_key(self, token: i64, name: &str) -> Option<i64> {
        match self {
            IdStatus::Ok | IdStatus::From15 => Some(token),
            IdStatus::OtherDocument if !name.is_empty() => Some(token ^ key64(name)),
            _ => None,
        }
    }

    /// Words for a screen or a reject workbook.
    pub fn label(self) -> &'static str {
        match self {
            IdStatus::Ok => "有效",
            IdStatus::From15 => "15 位旧号，已换算",
            IdStatus::Invalid => "证件号码校验不通过",
            IdStatus::Damaged => "身份证号被表格软件改成科学计数，无法恢复",
            IdStatus::Missing => "未填证件号码",
            IdStatus::Masked => "身份证号已脱敏，无法比对",
            IdStatus::OtherDocument => "非居民身份证件",
        }
    }
}

/// Reads an ID-number cell: the number if there is one, and how it was read.
pub fn read_id(raw: &str) -> (Option<ResidentId>, IdStatus) {
    let normal = normal_number(raw);
    if let Ok(number) = ResidentId::parse(&normal) {
        let status = if normal.len() == 15 {
            IdStatus::From15
        } else {
            IdStatus::Ok
        };
        return (Some(number), status);
    }
    (None, status_of_unread(&normal))
}

fn status_of_unread(normal: &str) -> IdStatus {
    let is_digits = !normal.is_empty() && normal.bytes().all(|c| c.is_ascii_digit());
    let masked =
        normal.chars().filter(|&c| is_mask(c)).count() >= 2 && normal.chars().any(|c| c.is_ascii_digit());
    if masked || (normal.len() == 18 && normal.contains("XXXX")) {
        IdStatus::Masked
    } else if is_no_number(normal) {
        IdStatus::Missing
    } else if is_scientific(normal) || (is_digits && normal.len() == 18 && normal.ends_with("000")) {
        IdStatus::Damaged
    } else if is_other_document(normal) {
        IdStatus::OtherDocument
    } else {
        IdStatus::Invalid
    }
}

/// Signs that systems print over digits they hide (脱敏).
fn is_mask(c: char) -> bool {
    matches!(c, '*' | '＊' | '●' | '•' | '·' | '#' | '■' | '※')
}

/// Blank, signs alone, zeros, or a word for nothing.
fn is_no_number(normal: &str) -> bool {
    normal.chars().all(|c| !c.is_alphanumeric() || c == '0') || says_nothing(normal)
}

/// Passports (E12345678), Hong Kong and Macao (H1234567890), Taiwan (12345678) and foreigners' permits. None but the newest permit
/// has a published check, so the shape is all there is.
fn is_other_document(normal: &str) -> bool {
    if !normal.is_ascii() {
        return false;
    }
    if is_permanent_card(normal) {
        return true;
    }
    let letters = normal.bytes().take_while(u8::is_ascii_uppercase).count();
    let digits = normal.len() - letters;
    if !normal.bytes().skip(letters).all(|c| c.is_ascii_digit()) {
        return false;
    }
    matches!((letters, digits), (1..=2, 6..=10) | (3, 12) | (0, 8))
}

/// 外国人永久居留身份证 as issued since 1 December 2023: 9, province, nationality (three digits), then birth date, sequence and check
/// character as a citizen number has them.
pub(crate) fn is_permanent_card(normal: &str) -> bool {
    let Ok(number) = <[u8; 18]>::try_from(normal.as_bytes()) else {
        return false;
    };
    let is_digits = number[..17].iter().all(u8::is_ascii_digit);
    is_digits
        && number[0] == b'9'
        && PROVINCES.contains(&((number[1] - b'0') * 10 + (number[2] - b'0')))
        && birth_of(&number).is_some()
        && number[17] == check_character(&number)
}

impl fmt::Debug for ResidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResidentId({})", mask_id(self.as_str()))
    }
}

#[cfg(test)]
mod tests;
