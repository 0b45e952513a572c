//! What stands in a cell that should hold an employer's unified code.
//!
//! In the unions' own registers this is the dirtiest column there is: the union's code, a nine-character
//! organisation code, a registration number, a slip of the pen, a number ruined by a spreadsheet, a stroke.
//! [`EmployerCode::read`] says which, and repairs nothing.

use crate::mask::mask_id;
use crate::org_code::OrgCode;
use crate::reg_no::RegNo;
use crate::resident_id::ResidentId;
use crate::text::says_nothing;
use crate::uscc::{Uscc, normalise_code};

/// One reading of an employer-code cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EmployerCode {
    /// A valid unified code of an employer.
    Uscc(Uscc),
    /// A valid code, but a trade union's own (81…, 89…): someone wrote it into the wrong column.
    UnionCode(Uscc),
    /// A valid nine-character organisation code.
    Org(OrgCode),
    /// Fifteen digits: an old registration number (its check digit is advisory).
    Reg(RegNo),
    /// Beyond repair. `reason` is a sentence for people, `raw` what stood there, masked when it is personal.
    Damaged { raw: String, reason: &'static str },
    /// Meant to be a code but not a valid one; see [`crate::uscc::suggestions`].
    Mistyped { raw: String },
    /// Something that says "nothing": a stroke, 无, zeros.
    Placeholder,
    /// Blank.
    Empty,
}

/// Words for "no code" beside those for nothing at all ([`says_nothing`]).
const NO_CODE: [&str; 8] = ["未办", "未办理", "待办", "待补", "待定", "办理中", "X", "同上"];

const ROUNDED: &str = "表格软件把代码当作数字保存，尾数已丢失，请按原件补正";
const RESIDENT_NUMBER: &str = "填的是身份证号，不是单位代码";

impl EmployerCode {
    /// Reads a cell. Never fails: whatever cannot be read is kept raw in a variant that says so.
    pub fn read(raw: &str) -> EmployerCode {
        let written = raw.trim();
        if normalise_blank(written) {
            return EmployerCode::Empty;
        }
        let normal = strip_float_tail(strip_label(normalise_code(written)));
        if is_placeholder(&normal) {
            return EmployerCode::Placeholder;
        }
        if is_scientific(&normal) {
            return EmployerCode::Damaged {
                raw: written.to_owned(),
                reason: ROUNDED,
            };
        }
        read_by_length(&normal).unwrap_or_else(|| EmployerCode::Mistyped {
            raw: written.to_owned(),
        })
    }

    /// The unified code of an employer, if this is one.
    pub fn uscc(&self) -> Option<Uscc> {
        match self {
            EmployerCode::Uscc(code) => Some(*code),
            _ => None,
        }
    }

    /// The organisation code this reading gives: alone, inside a unified code or inside an old tax number.
    pub fn org_code(&self) -> Option<OrgCode> {
        match self {
            EmployerCode::Uscc(code) => OrgCode::parse(code.org_code()).ok(),
            EmployerCode::Org(code) => Some(*code),
            EmployerCode::Reg(number) => number.embedded_org_code(),
            _ => None,
        }
    }
}

fn read_by_length(normal: &str) -> Option<EmployerCode> {
    match normal.chars().count() {
        18 => {
            if let Ok(code) = Uscc::parse(normal) {
                return Some(if code.is_union() {
                    EmployerCode::UnionCode(code)
                } else {
                    EmployerCode::Uscc(code)
                });
            }
            if ResidentId::parse(normal).is_ok() {
                return Some(EmployerCode::Damaged {
                    raw: mask_id(normal),
                    reason: RESIDENT_NUMBER,
                });
            }
            let is_rounded = normal.bytes().all(|c| c.is_ascii_digit()) && normal.ends_with("000");
            is_rounded.then(|| EmployerCode::Damaged {
                raw: normal.to_owned(),
                reason: ROUNDED,
            })
        }
        9 => OrgCode::parse(normal).ok().map(EmployerCode::Org),
        15 => match RegNo::parse_lenient(normal) {
            Ok(number) => Some(EmployerCode::Reg(number)),
            // Division + organisation code with a letter: an old tax number.
            Err(_) if normal.is_ascii() && normal[..6].bytes().all(|c| c.is_ascii_digit()) => {
                OrgCode::parse(&normal[6..]).ok().map(EmployerCode::Org)
            }
            Err(_) => None,
        },
        _ => None,
    }
}

fn normalise_blank(written: &str) -> bool {
    written
        .chars()
        .all(|c| c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{2060}'))
}

/// `统一社会信用代码：9133…` → `9133…`.
fn strip_label(normal: String) -> String {
    match normal.rsplit_once(':') {
        Some((label, code)) if !label.is_ascii() => code.to_owned(),
        _ => normal,
    }
}

/// A number column read as floating point ends in `.0`.
fn strip_float_tail(normal: String) -> String {
    match normal.split_once('.') {
        Some((whole, tail))
            if whole.len() >= 9
                && whole.bytes().all(|c| c.is_ascii_digit())
                && !tail.is_empty()
                && tail.bytes().all(|c| c == b'0') =>
        {
            whole.to_owned()
        }
        _ => normal,
    }
}

fn is_placeholder(normal: &str) -> bool {
    let Some(first) = normal.chars().next() else {
        return true;
    };
    says_nothing(normal)
        || NO_CODE.contains(&normal)
        || normal.chars().all(|c| !c.is_alphanumeric())
        || (normal.chars().all(|c| c == first) && (first.is_ascii_digit() || first == 'X'))
}

/// `3.30204E+17`: what a spreadsheet leaves of an 18-digit number.
pub(crate) fn is_scientific(normal: &str) -> bool {
    let Some((mantissa, exponent)) = normal.split_once('E') else {
        return false;
    };
    let has_sign = exponent.starts_with('+');
    let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit());
    let is_mantissa = match mantissa.split_once('.') {
        Some((whole, fraction)) => is_number(whole) && is_number(fraction),
        // Without a point or a sign only a short text is a number; a long one may be a code with an E in it.
        None => is_number(mantissa) && (has_sign || mantissa.len() + exponent.len() <= 5),
    };
    is_mantissa && is_number(exponent) && exponent.len() <= 3
}

#[cfg(test)]
mod tests;
