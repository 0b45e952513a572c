//! 工商注册号, the 15-digit business registration number in use until 2015 (GS 15-2006).
//!
//! Six digits of the registrar's division, eight of sequence, one check digit by ISO 7064 MOD 11,10. It cannot be
//! converted to a unified code: only a register that holds both can tell.

use std::fmt;
use std::str::FromStr;

use crate::org_code::OrgCode;
use crate::text::key64;
use crate::uscc::normalise_code;

/// A 15-digit registration number. Its check digit may fail: many registrars issued numbers without one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegNo([u8; 15]);

/// Why a text is not a registration number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegNoError {
    #[error("注册号应为 15 位数字")]
    Shape,
    #[error("注册号不能全为 0")]
    Zero,
    #[error("注册号校验位不符，应为“{0}”")]
    Check(char),
}

impl RegNo {
    /// Reads a number whose check digit must hold.
    ///
    /// # Errors
    /// [`RegNoError::Check`] names the digit that would be right.
    pub fn parse(raw: &str) -> Result<RegNo, RegNoError> {
        let number = RegNo::parse_lenient(raw)?;
        let expected = number.expected_check();
        if number.0[14] == expected {
            Ok(number)
        } else {
            Err(RegNoError::Check(char::from(expected)))
        }
    }

    /// Reads any 15 digits; ask [`RegNo::check_holds`] for the advisory check.
    ///
    /// # Errors
    /// If the text is not 15 digits, or all of them are 0.
    pub fn parse_lenient(raw: &str) -> Result<RegNo, RegNoError> {
        let normal = normalise_code(raw);
        if normal.len() != 15 || !normal.bytes().all(|c| c.is_ascii_digit()) {
            return Err(RegNoError::Shape);
        }
        if normal.bytes().all(|c| c == b'0') {
            return Err(RegNoError::Zero);
        }
        let mut number = [0u8; 15];
        number.copy_from_slice(normal.as_bytes());
        Ok(RegNo(number))
    }

    /// Completes 14 digits by their check digit, for the synthetic city and tests.
    pub fn compose(body: &str) -> Option<RegNo> {
        let mut number = RegNo::parse_lenient(&format!("{body}0")).ok()?;
        number.0[14] = number.expected_check();
        Some(number)
    }

    /// The 15 digits.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("only digits get in")
    }

    /// Whether the last digit is the ISO 7064 MOD 11,10 check of the others.
    pub fn check_holds(&self) -> bool {
        self.0[14] == self.expected_check()
    }

    /// Old tax numbers (纳税人识别号) of the same length were division + organisation code. If the last nine
    /// digits are one and this is no checked registration number, that is the better reading.
    pub fn embedded_org_code(&self) -> Option<OrgCode> {
        if self.check_holds() {
            None
        } else {
            OrgCode::parse(&self.as_str()[6..]).ok()
        }
    }

    /// Join key.
    pub fn key(&self) -> i64 {
        key64(self.as_str())
    }

    fn expected_check(&self) -> u8 {
        let mut product = 10;
        for digit in &self.0[..14] {
            let mut sum = (product + u32::from(digit - b'0')) % 10;
            if sum == 0 {
                sum = 10;
            }
            product = sum * 2 % 11;
        }
        b'0' + ((11 - product) % 10) as u8
    }
}

impl fmt::Display for RegNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for RegNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RegNo({self})")
    }
}

impl FromStr for RegNo {
    type Err = RegNoError;

    fn from_str(raw: &str) -> Result<Self, Self::Err> {
        RegNo::parse(raw)
    }
}

#[cfg(test)]
mod tests;
