//! 组织机构代码, the nine-character organisation code of GB 11714-1997.
//!
//! Replaced by the unified code in 2015, inside which it lives on as characters 9–17; old registers still carry
//! it alone, with or without the dash before the check character (`73699807-X`).

use std::fmt;
use std::str::FromStr;

use crate::text::key64;
use crate::uscc::normalise_code;

const WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];

/// An organisation code whose check character holds, nine characters without the dash.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrgCode([u8; 9]);

/// Why a text is not an organisation code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrgCodeError {
    #[error("组织机构代码应为 9 位，实为 {0} 位")]
    Length(usize),
    #[error("组织机构代码第 {0} 位不是数字或大写字母")]
    Character(usize),
    #[error("组织机构代码校验位不符，应为“{0}”")]
    Check(char),
    #[error("组织机构代码不能全为 0")]
    Zero,
}

impl OrgCode {
    /// Reads a code with or without the dash, in any width and case.
    ///
    /// The standard's mod 11 check sees every wrong digit, but not two letters whose values differ by eleven (A
    /// and L, B and M …).
    ///
    /// # Errors
    /// Says which rule fails.
    pub fn parse(raw: &str) -> Result<OrgCode, OrgCodeError> {
        let normal = normalise_code(raw);
        let length = normal.chars().count();
        if length != 9 {
            return Err(OrgCodeError::Length(length));
        }
        if let Some(index) = normal
            .chars()
            .position(|c| !c.is_ascii_digit() && !c.is_ascii_uppercase())
        {
            return Err(OrgCodeError::Character(index + 1));
        }
        if normal == "000000000" {
            return Err(OrgCodeError::Zero);
        }
        let mut code = [0u8; 9];
        code.copy_from_slice(normal.as_bytes());
        match check_character(&normal[..8]) {
            Some(expected) if expected == char::from(code[8]) => Ok(OrgCode(code)),
            Some(expected) => Err(OrgCodeError::Check(expected)),
            None => Err(OrgCodeError::Character(1)),
        }
    }

    /// The nine characters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("only ASCII gets in")
    }

    /// Join key, equal to `Uscc::org_key` of a unified code that contains this one.
    pub fn key(&self) -> i64 {
        key64(self.as_str())
    }
}

/// The check character (0–9 or X) of the eight characters before it; `None` unless they are eight digits or
/// upper-case letters.
pub fn check_character(body: &str) -> Option<char> {
    if body.len() != 8 {
        return None;
    }
    let mut sum = 0;
    for (character, weight) in body.bytes().zip(WEIGHTS) {
        let value = match character {
            b'0'..=b'9' => character - b'0',
            b'A'..=b'Z' => character - b'A' + 10,
            _ => return None,
        };
        sum += u32::from(value) * weight;
    }
    match (11 - sum % 11) % 11 {
        10 => Some('X'),
        digit => char::from_digit(digit, 10),
    }
}

impl fmt::Display for OrgCode {
    /// As printed on certificates, with the dash: `73699807-X`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (body, check) = self.as_str().split_at(8);
        write!(f, "{body}-{check}")
    }
}

impl fmt::Debug for OrgCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OrgCode({self})")
    }
}

impl FromStr for OrgCode {
    type Err = OrgCodeError;

    fn from_str(raw: &str) -> Result<Self, Self::Err> {
        OrgCode::parse(raw)
    }
}

#[cfg(test)]
mod tests;
