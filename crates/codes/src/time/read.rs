//! Dates as they stand in files.

use super::Day;
use crate::text::{half_width, says_nothing};

/// Why a cell is not a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DateError {
    #[error("日期无法识别")]
    Unreadable,
    #[error("没有这一天")]
    NoSuchDay,
    /// With the month's first day: where a business goes by whole months, the caller may know which day is meant.
    #[error("只有年月，没有日")]
    MonthOnly(Day),
    #[error("年份只有两位")]
    ShortYear,
    #[error("不是日期，而是“长期”或“至今”")]
    OpenEnded,
}

/// Excel counts days from here (its fictitious 29 February 1900 included).
const EXCEL_EPOCH: (i32, u32, u32) = (1899, 12, 30);

/// Serial numbers taken for dates: 1927-05-18 to 2099-12-31. Shorter numbers are more probably something else.
const EXCEL_SERIALS: std::ops::RangeInclusive<i64> = 10_000..=73_050;

/// Reads a date cell: `2024-07-05`, `2024/7/5`, `2024.7.5`, `20240705`, `2024年7月5日`, an Excel serial number, each
/// with or without a time of day behind it. Empty, or a stroke for empty, is `None`.
///
/// Whether a date makes sense (1900-01-01, the future) is the caller's to judge.
///
/// # Errors
/// Month without day, two-digit years, `至今` and everything else unreadable; never a guess.
pub fn read_date(raw: &str) -> Result<Option<Day>, DateError> {
    let text: String = raw
        .chars()
        .map(half_width)
        .filter(|c| !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'))
        .collect();
    let text = text.trim().trim_matches(['\'', '"']).trim();
    if says_nothing(text) {
        return Ok(None);
    }
    if matches!(text, "至今" | "长期" | "永久" | "无期限" | "无固定期限") {
        return Err(DateError::OpenEnded);
    }
    let number = text.strip_suffix(".0").unwrap_or(text);
    if number.bytes().all(|c| c.is_ascii_digit()) {
        return read_digits(number).map(Some);
    }
    if let Some(serial) = excel_serial_with_time(text) {
        return Ok(Some(serial));
    }
    read_parts(&without_time(text)).map(Some)
}

fn read_digits(digits: &str) -> Result<Day, DateError> {
    let number: i64 = digits.parse().map_err(|_| DateError::Unreadable)?;
    match digits.len() {
        8 => day(
            (number / 10_000) as i32,
            (number / 100 % 100) as u32,
            (number % 100) as u32,
        ),
        // 20240705000000
        14 => {
            let date = number / 1_000_000;
            day(
                (date / 10_000) as i32,
                (date / 100 % 100) as u32,
                (date % 100) as u32,
            )
        }
        6 if (1850..=2199).contains(&(number / 100)) && (1..=12).contains(&(number % 100)) => {
            month_only((number / 100) as i32, (number % 100) as u32)
        }
        5 if EXCEL_SERIALS.contains(&number) => from_excel(number),
        _ => Err(DateError::Unreadable),
    }
}

/// `45478.5`: a serial number with a time of day.
fn excel_serial_with_time(text: &str) -> Option<Day> {
    let (whole, fraction) = text.split_once('.')?;
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|c| c.is_ascii_digit());
    if whole.len() != 5 || !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    let serial = whole
        .parse()
        .ok()
        .filter(|serial| EXCEL_SERIALS.contains(serial))?;
    from_excel(serial).ok()
}

fn from_excel(serial: i64) -> Result<Day, DateError> {
    let (year, month, first) = EXCEL_EPOCH;
    Day::new(year, month, first)
        .map(|epoch| epoch.add_days(serial))
        .ok_or(DateError::Unreadable)
}

/// Cuts `00:00:00`, `T00:00:00Z`, `上午 8:30` behind a date.
fn without_time(text: &str) -> String {
    let Some(colon) = text.find(':') else {
        return text.trim_end_matches(['T', 'Z']).trim().to_owned();
    };
    let before = text[..colon].trim_end_matches(|c: char| c.is_ascii_digit());
    before
        .trim_end()
        .trim_end_matches(['T', '上', '下', '午'])
        .trim_end()
        .to_owned()
}

fn read_parts(text: &str) -> Result<Day, DateError> {
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let parts: Vec<&str> = if compact.contains('年') {
        let trimmed = compact.trim_end_matches(['日', '号', '月']);
        trimmed.split(['年', '月']).collect()
    } else {
        compact.split(['-', '/', '.']).collect()
    };
    let is_number =
        |part: &&str| !part.is_empty() && part.len() <= 4 && part.bytes().all(|c| c.is_ascii_digit());
    if !parts.iter().all(is_number) {
        // A separator was lost or words remain.
        return read_compact(&compact);
    }
    let number = |part: &str| part.parse::<u32>().map_err(|_| DateError::Unreadable);
    match parts.as_slice() {
        [year, ..] if year.len() <= 2 && compact.contains('年') => Err(DateError::ShortYear),
        [year, month, date] if year.len() == 4 && month.len() <= 2 && date.len() <= 2 => {
            day(number(year)? as i32, number(month)?, number(date)?)
        }
        [year, month] if year.len() == 4 && month.len() <= 2 && (1..=12).contains(&number(month)?) => {
            month_only(number(year)? as i32, number(month)?)
        }
        _ => Err(DateError::Unreadable),
    }
}

fn month_only(year: i32, month: u32) -> Result<Day, DateError> {
    Err(day(year, month, 1).map_or_else(|error| error, DateError::MonthOnly))
}

/// `20240705 00:00:00` after its time was cut.
fn read_compact(compact: &str) -> Result<Day, DateError> {
    if compact.len() == 8 && compact.bytes().all(|c| c.is_ascii_digit()) {
        read_digits(compact)
    } else {
        Err(DateError::Unreadable)
    }
}

fn day(year: i32, month: u32, date: u32) -> Result<Day, DateError> {
    if !(1000..=9999).contains(&year) {
        return Err(DateError::Unreadable);
    }
    Day::new(year, month, date).ok_or(DateError::NoSuchDay)
}
