//! Money as integer fen (分). Files give yuan or ten thousand yuan (万元); a conversion that would not be exact is
//! an error, not a rounding.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Neg, Sub};

use serde::{Deserialize, Serialize};

use crate::text::{half_width, without_thousands};

/// An amount of money in fen; 100 fen are one yuan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fen(pub i64);

/// Why a text is not an amount of money.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error("金额为空")]
    Empty,
    #[error("金额无法识别")]
    Unreadable,
    #[error("金额不能精确到分")]
    NotExact,
    #[error("金额超出范围")]
    TooLarge,
    #[error("不是人民币金额")]
    Currency,
}

const OTHER_CURRENCIES: [&str; 11] = [
    "美元", "欧元", "港元", "港币", "日元", "英镑", "台币", "澳元", "USD", "EUR", "HKD",
];

impl Fen {
    /// Reads an amount in yuan: `1,234.5`, `￥1234.50`, `1234元`.
    ///
    /// # Errors
    /// An empty cell is [`MoneyError::Empty`], so that the caller decides what unknown means; more than two
    /// decimals are [`MoneyError::NotExact`] (the noise of binary floating point past the sixth decimal is forgiven).
    pub fn parse_yuan(raw: &str) -> Result<Fen, MoneyError> {
        parse_scaled(raw, 2)
    }

    /// Reads an amount in ten thousand yuan (万元): `50`, `12.5万`, `100万元人民币`.
    ///
    /// # Errors
    /// As for [`Fen::parse_yuan`], with six decimals.
    pub fn parse_wan(raw: &str) -> Result<Fen, MoneyError> {
        parse_scaled(raw, 6)
    }

    /// Whole and hundredths with thousands parted, for screens: `1,234.50`.
    pub fn grouped(self) -> String {
        let plain = self.to_string();
        let (sign, digits) = plain
            .strip_prefix('-')
            .map_or(("", plain.as_str()), |rest| ("-", rest));
        let (whole, cents) = digits.split_once('.').unwrap_or((digits, "00"));
        let mut grouped = String::from(sign);
        for (index, digit) in whole.chars().enumerate() {
            if index > 0 && (whole.len() - index).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        format!("{grouped}.{cents}")
    }
}

/// Reads a decimal number as an integer of `10^-decimals`.
fn parse_scaled(raw: &str, decimals: usize) -> Result<Fen, MoneyError> {
    let text: String = raw
        .chars()
        .map(half_width)
        .filter(|c| !c.is_whitespace())
        .collect();
    let text = text.to_ascii_uppercase();
    if OTHER_CURRENCIES.iter().any(|currency| text.contains(currency)) {
        return Err(MoneyError::Currency);
    }
    let number = without_units(&text, decimals == 6)?;
    if number.is_empty() {
        return Err(MoneyError::Empty);
    }
    let (negative, number) = number
        .strip_prefix('-')
        .map_or((false, number), |rest| (true, rest));
    let number = without_thousands(number).ok_or(MoneyError::Unreadable)?;
    let (digits, exponent) = match number.split_once('E') {
        Some((digits, exponent)) => (
            digits,
            exponent.parse::<i32>().map_err(|_| MoneyError::Unreadable)?,
        ),
        None => (&*number, 0),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if (whole.is_empty() && fraction.is_empty())
        || !(whole.bytes().chain(fraction.bytes())).all(|c| c.is_ascii_digit())
    {
        return Err(MoneyError::Unreadable);
    }
    let amount = scale(whole, fraction, exponent + decimals as i32)?;
    Ok(Fen(if negative { -amount } else { amount }))
}

/// Takes currency and unit off. A unit that contradicts the column (元 in a column of 万元, or the reverse) would change
/// the amount ten thousandfold, so it is refused.
fn without_units(text: &str, is_wan: bool) -> Result<&str, MoneyError> {
    let text = text.trim_start_matches(['¥', '￥']);
    let text = ["人民币", "RMB", "CNY"]
        .iter()
        .find_map(|currency| text.strip_prefix(currency))
        .unwrap_or(text);
    let text = text.trim_start_matches(['¥', '￥']);
    let text = ["(人民币)", "人民币"]
        .iter()
        .find_map(|currency| text.strip_suffix(currency))
        .unwrap_or(text);
    if let Some(number) = text.strip_suffix("万元").or_else(|| text.strip_suffix('万')) {
        return if is_wan {
            Ok(number)
        } else {
            Err(MoneyError::Unreadable)
        };
    }
    match text.strip_suffix('元') {
        Some(_) if is_wan => Err(MoneyError::Unreadable),
        Some(number) => Ok(number),
        None => Ok(text),
    }
}

/// `whole.fraction × 10^shift` as an exact integer.
fn scale(whole: &str, fraction: &str, shift: i32) -> Result<i64, MoneyError> {
    let digits = format!("{whole}{fraction}");
    let point = whole.len() as i32 + shift;
    if digits.bytes().all(|c| c == b'0') {
        return Ok(0);
    }
    if !(0..=19).contains(&point) {
        return Err(if point < 0 {
            MoneyError::NotExact
        } else {
            MoneyError::TooLarge
        });
    }
    let point = point as usize;
    let kept: String = digits
        .bytes()
        .chain(std::iter::repeat(b'0'))
        .take(point)
        .map(char::from)
        .collect();
    let mut amount: i64 = if kept.is_empty() {
        0
    } else {
        kept.parse().map_err(|_| MoneyError::TooLarge)?
    };
    let rest = digits.get(point..).unwrap_or("");
    if rest.bytes().any(|c| c != b'0') {
        // 12345.670000000001 is 12345.67 that passed through a binary floating-point number.
        if rest.len() >= 6 && rest.starts_with("0000") {
        } else if rest.len() >= 6 && rest.starts_with("9999") {
            amount = amount.checked_add(1).ok_or(MoneyError::TooLarge)?;
        } else {
            return Err(MoneyError::NotExact);
        }
    }
    Ok(amount)
}

impl fmt::Display for Fen {
    /// Yuan with two decimals and no separators, the form of files: `1234.50`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let fen = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", fen / 100, fen % 100)
    }
}

impl Add for Fen {
    type Output = Fen;

    fn add(self, other: Fen) -> Fen {
        Fen(self.0 + other.0)
    }
}

impl Sub for Fen {
    type Output = Fen;

    fn sub(self, other: Fen) -> Fen {
        Fen(self.0 - other.0)
    }
}

impl Neg for Fen {
    type Output = Fen;

    fn neg(self) -> Fen {
        Fen(-self.0)
    }
}

impl Sum for Fen {
    fn sum<I: Iterator<Item = Fen>>(amounts: I) -> Fen {
        Fen(amounts.map(|amount| amount.0).sum())
    }
}

#[cfg(test)]
mod tests;
