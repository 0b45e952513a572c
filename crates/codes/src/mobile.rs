//! Telephone numbers: mobiles of persons (移动电话), and any telephone of an employer.

use std::fmt;

use crate::mask::mask_phone;
use crate::text::half_width;

/// An eleven-digit mobile number of the mainland (`1[3-9]…`). Personal: `Debug` is masked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mobile([u8; 11]);

/// Why a text is not a telephone number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    #[error("电话号码为空")]
    Empty,
    #[error("手机号应为 11 位，以 13 至 19 开头")]
    Mobile,
    #[error("电话号码无法识别")]
    Unreadable,
}

impl Mobile {
    /// Reads a mobile number with or without +86, blanks and dashes, in any width.
    ///
    /// # Errors
    /// If nothing is written, or it is not eleven digits starting with 13–19.
    pub fn parse(raw: &str) -> Result<Mobile, PhoneError> {
        let digits = digits_of(raw)?;
        if digits.is_empty() {
            return Err(PhoneError::Empty);
        }
        let mut number = digits.as_str();
        for prefix in ["0086", "86", "0"] {
            if let Some(rest) = number.strip_prefix(prefix)
                && rest.len() == 11
            {
                number = rest;
                break;
            }
        }
        let bytes: [u8; 11] = number.as_bytes().try_into().map_err(|_| PhoneError::Mobile)?;
        if bytes[0] == b'1' && (b'3'..=b'9').contains(&bytes[1]) {
            Ok(Mobile(bytes))
        } else {
            Err(PhoneError::Mobile)
        }
    }

    /// The eleven digits in plain: for tokens, sealing and a journalled reveal.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("only digits get in")
    }
}

/// The digits of a number, if the rest is only what people put between digits.
fn digits_of(raw: &str) -> Result<String, PhoneError> {
    let mut digits = String::with_capacity(16);
    let text: String = raw.chars().map(half_width).collect();
    let text = text.trim();
    if is_fraction(text) {
        return Err(PhoneError::Unreadable);
    }
    // A number column read as floating point ends in `.0`.
    for c in text.strip_suffix(".0").unwrap_or(text).chars() {
        match c {
            '0'..='9' => digits.push(c),
            '+' | '-' | '(' | ')' | '.' | '\'' | '"' | '—' | '–' => {}
            c if c.is_whitespace()
                || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}') =>
                {}
            _ => return Err(PhoneError::Unreadable),
        }
    }
    Ok(digits)
}

/// `1380000000.5`: points part groups of digits, but one or two digits behind a single point are a fraction, which no number has.
fn is_fraction(text: &str) -> bool {
    text.split_once('.').is_some_and(|(_, tail)| {
        matches!(tail.len(), 1 | 2) && tail != "0" && tail.bytes().all(|c| c.is_ascii_digit())
    })
}

impl fmt::Debug for Mobile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mobile({})", mask_phone(self.as_str()))
    }
}

/// Any telephone of an employer: a mobile, a landline (固话) or a 400/800 number, in one written form.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phone {
    normal: String,
    is_mobile: bool,
}

impl Phone {
    /// Reads the first readable number of a cell; several may stand there, parted by `/`, `、`, `,` or `;`.
    ///
    /// The normal form is eleven digits for a mobile, `0574-87654321` with area code or `87654321` without for a
    /// landline (an extension is dropped: the line is what is shared).
    ///
    /// # Errors
    /// If nothing is written or no part of it is a telephone number.
    pub fn parse(raw: &str) -> Result<Phone, PhoneError> {
        let mut failure = PhoneError::Empty;
        for part in raw.split(['/', '、', ',', ';', '，', '；', '|', '\n']) {
            match Phone::parse_one(part) {
                Ok(phone) => return Ok(phone),
                Err(PhoneError::Empty) => {}
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    fn parse_one(raw: &str) -> Result<Phone, PhoneError> {
        if let Ok(mobile) = Mobile::parse(raw) {
            return Ok(Phone {
                normal: mobile.as_str().to_owned(),
                is_mobile: true,
            });
        }
        let (line, _extension) = split_extension(raw);
        let digits = digits_of(line)?;
        if digits.is_empty() {
            return Err(PhoneError::Empty);
        }
        let normal = landline(&digits).ok_or(PhoneError::Unreadable)?;
        Ok(Phone {
            normal,
            is_mobile: false,
        })
    }

    /// The normal form in plain.
    pub fn as_str(&self) -> &str {
        &self.normal
    }

    /// Whether it is a person's mobile.
    pub fn is_mobile(&self) -> bool {
        self.is_mobile
    }
}

/// `0574-87654321-802`, `…转802`: what follows is an extension if a full line number stands before it.
fn split_extension(raw: &str) -> (&str, &str) {
    for mark in ["转", "分机"] {
        if let Some((line, extension)) = raw.split_once(mark) {
            return (line, extension);
        }
    }
    if let Some((line, extension)) = raw.rsplit_once(['-', '－', '—'])
        && extension.chars().filter(char::is_ascii_digit).count() <= 5
        && line.chars().filter(char::is_ascii_digit).count() >= 10
        && !line.trim_start().starts_with(['4', '8'])
    {
        return (line, extension);
    }
    (raw, "")
}

/// A line's own number has seven or eight digits and never begins with 0, which leads out of the area.
fn is_line(digits: &str) -> bool {
    matches!(digits.len(), 7 | 8) && !digits.starts_with('0')
}

fn landline(digits: &str) -> Option<String> {
    if (digits.starts_with("400") || digits.starts_with("800")) && digits.len() == 10 {
        return Some(digits.to_owned());
    }
    let national = digits
        .strip_prefix("0086")
        .or_else(|| digits.strip_prefix("86").filter(|rest| rest.len() >= 9));
    let with_zero = match national {
        Some(rest) if rest.starts_with('0') => rest.to_owned(),
        Some(rest) => format!("0{rest}"),
        None => digits.to_owned(),
    };
    if let Some(rest) = with_zero.strip_prefix('0') {
        // Two-digit area codes are 10 and 2x (Beijing, Shanghai …); the rest have three digits.
        let area = if rest.starts_with("10") || rest.starts_with('2') {
            2
        } else {
            3
        };
        let (area, line) = rest.split_at_checked(area)?;
        return (is_line(line) && !area.starts_with('0')).then(|| format!("0{area}-{line}"));
    }
    // Without an area, 1 leads to services.
    (is_line(digits) && !digits.starts_with('1')).then(|| digits.to_owned())
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Phone({})", mask_phone(&self.normal))
    }
}

#[cfg(test)]
mod tests;
