//! Reading a value by its element: the normal form that is kept, or why the value does not fit.

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::LazyLock;

use codes::company_name::CompanyName;
use codes::division::Divisions;
use codes::employer_code::EmployerCode;
use codes::id_document::IdDocument;
use codes::industry::{self, IndustryCode};
use codes::mobile::Phone;
use codes::money::Fen;
use codes::reg_no::RegNo;
use codes::resident_id::{IdStatus, ResidentId};
use codes::text;
use codes::time::{DateError, Day, read_date};
use codes::uscc::normalise_code;

use super::{CodeList, Dictionary, Element, ValueType};
use crate::intake::Kind;

/// Degrees of longitude and latitude in which China lies.
pub const LONGITUDES: RangeInclusive<f64> = 73.0..=136.0;
/// See [`LONGITUDES`].
pub const LATITUDES: RangeInclusive<f64> = 3.0..=54.0;

/// What is said of a union's own code in an employer's place.
pub const NOT_THE_EMPLOYERS: &str = "填的是工会代码（81、89 开头），不是单位代码";

/// Why a value does not fit its element, in words for whoever wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfit(pub String);

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn unfit<T>(words: impl Into<String>) -> Result<T, Unfit> {
    Err(Unfit(words.into()))
}

impl Dictionary {
    /// Reads one value: its normal form, and `None` where nothing is written. `today` tells days that cannot be.
    ///
    /// # Errors
    /// The value breaks the element's rule.
    pub fn read(&self, element: &Element, raw: &str, today: Day) -> Result<Option<String>, Unfit> {
        let raw = raw.trim();
        if raw.is_empty() {
            return Ok(None);
        }
        if let Some(longest) = element.longest
            && raw.chars().count() > longest
        {
            return unfit(format!("不能超过 {longest} 个字"));
        }
        match element.value_type {
            ValueType::Key | ValueType::Text => Ok(Some(raw.to_owned())),
            ValueType::CompanyName | ValueType::UnionName => union_name(raw).map(Some),
            ValueType::PersonName => person_name(raw).map(Some),
            ValueType::EmployerCode => employer_code(raw),
            ValueType::UnionCode => union_code(raw),
            ValueType::RegNo => match RegNo::parse_lenient(raw) {
                Ok(number) => Ok(Some(number.as_str().to_owned())),
                Err(error) => unfit(error.to_string()),
            },
            ValueType::IdNumber => id_number(raw, today),
            ValueType::Phone => phone(raw),
            ValueType::Date => Ok(day(raw)?.map(|day| day.to_string())),
            ValueType::PastDate => Ok(past_day(raw, today)?.map(|day| day.to_string())),
            ValueType::Year => year(raw, today).map(|year| Some(year.to_string())),
            ValueType::Count => Ok(count(raw)?.map(|count| count.to_string())),
            ValueType::Yuan | ValueType::WanYuan if text::says_nothing(raw) => Ok(None),
            ValueType::Yuan => money(Fen::parse_yuan(raw)),
            ValueType::WanYuan => money(Fen::parse_wan(raw)),
            ValueType::Longitude => degrees(raw, &LONGITUDES).map(|degrees| Some(degrees.to_string())),
            ValueType::Latitude => degrees(raw, &LATITUDES).map(|degrees| Some(degrees.to_string())),
            ValueType::County => match Divisions::shipped().county_by_name_or_code(raw) {
                Some(county) => Ok(Some(county.to_string())),
                None => unfit("不是已知的区县名称或代码"),
            },
            ValueType::Town => match Divisions::shipped().town_by_name_or_code(None, raw) {
                Some(town) => Ok(Some(town.to_string())),
                None => unfit("不是已知的街道、乡镇名称或代码"),
            },
            ValueType::IndustryCode => match IndustryCode::read(raw) {
                Some(code) => Ok(Some(code.text())),
                None => unfit("不是国民经济行业代码（GB/T 4754）"),
            },
            ValueType::IndustrySection => industry_section(raw),
            ValueType::List => self.listed(element, raw).map(Some),
            ValueType::Flag => flag(raw).map(Some),
            ValueType::Id => match uuid::Uuid::parse_str(raw) {
                Ok(id) => Ok(Some(id.to_string())),
                Err(_) => unfit("不是有效的编号（UUID）"),
            },
            ValueType::IdTail => match is_id_tail(raw) {
                true => Ok(Some(raw.to_ascii_uppercase())),
                false => unfit("须为证件号码的后六位"),
            },
        }
    }

    fn listed(&self, element: &Element, raw: &str) -> Result<String, Unfit> {
        let Some(list) = self.list_of(element) else {
            return unfit(format!("数据字典没有“{}”的代码表", element.zh));
        };
        match list.read(raw) {
            Some(value) => Ok(value.label.clone()),
            None => unfit(format!("不在“{}”代码表中，应为：{}", list.zh, list.in_words())),
        }
    }
}

/// Whether a text can be the last six characters of a document number.
pub fn is_id_tail(text: &str) -> bool {
    text.len() == 6 && text.bytes().all(|sign| sign.is_ascii_alphanumeric())
}

/// The last year of what databases and spreadsheets write where they have no day (1900-01-01, 1899-12-30, 1753-01-01).
const NO_DAY_UNTIL: i32 = 1900;
/// The first year of what they write for "no end" (2999-12-31, 9999-12-31).
const NO_END_FROM: i32 = 2999;

/// A day of the accepted writings. One that programs write for "no day" or for "no end" is none ([`until`] takes the latter for what it
/// says).
///
/// # Errors
/// It is no day, or such a stand-in.
pub fn day(raw: &str) -> Result<Option<Day>, Unfit> {
    match read_date(raw) {
        Ok(Some(day)) | Err(DateError::MonthOnly(day)) if day.year() <= NO_DAY_UNTIL => {
            unfit("日期是系统默认值（1900 年），不是真实日期")
        }
        Ok(Some(day)) | Err(DateError::MonthOnly(day)) if day.year() >= NO_END_FROM => {
            unfit(format!("日期是系统默认值（{} 年），不是真实日期", day.year()))
        }
        Ok(day) => Ok(day),
        Err(error) => unfit(error.to_string()),
    }
}

/// A day in the past.
///
/// # Errors
/// It is no day, one to come, or a stand-in for none.
pub fn past_day(raw: &str, today: Day) -> Result<Option<Day>, Unfit> {
    match read_date(raw) {
        Ok(Some(day)) if day > today => unfit(format!("日期晚于今天（{today}）")),
        _ => day(raw),
    }
}

/// The last day of a stretch that may have no end: 至今, 长期 and 9999-12-31 say that it has none.
///
/// # Errors
/// It is no day, or a stand-in for one that is not known.
pub fn until(raw: &str) -> Result<Option<Day>, Unfit> {
    match read_date(raw) {
        Err(DateError::OpenEnded) => Ok(None),
        Ok(Some(day)) | Err(DateError::MonthOnly(day)) if day.year() >= NO_END_FROM => Ok(None),
        _ => day(raw),
    }
}

/// A count of people or things.
///
/// # Errors
/// It is no whole number from 0 on.
pub fn count(raw: &str) -> Result<Option<i64>, Unfit> {
    const WORDS: &str = "应为不小于 0 的整数";
    if text::says_nothing(raw) {
        return Ok(None);
    }
    // In normal form `12²` would be 122 and `½` a fraction of its own.
    if raw
        .chars()
        .any(|c| c.is_numeric() && !text::half_width(c).is_ascii_digit())
    {
        return unfit(WORDS);
    }
    let raw = text::normalise(raw);
    let number = raw.strip_suffix('人').unwrap_or(&raw);
    let number = number.strip_suffix(".0").unwrap_or(number);
    let digits = text::without_thousands(number).unwrap_or_default();
    let is_digits = !digits.is_empty() && digits.bytes().all(|c| c.is_ascii_digit());
    match digits.parse::<i64>() {
        Ok(count) if is_digits => Ok(Some(count)),
        _ => unfit(WORDS),
    }
}

/// Degrees within a range.
///
/// # Errors
/// It is no number, or lies outside.
pub fn degrees(raw: &str, range: &RangeInclusive<f64>) -> Result<f64, Unfit> {
    match raw.parse::<f64>() {
        Ok(value) if range.contains(&value) => Ok(value),
        _ => unfit("不在中国境内的经纬度范围（单位：度）"),
    }
}

/// The form's value beside the twenty sections (单位所属行业, its 21st).
pub const OTHER_INDUSTRY: &str = "其它";

/// The letter of a section of GB/T 4754, written as letter or name, or the form's own 其它: it is an answer, though none of the standard.
///
/// # Errors
/// There is no such section.
pub fn industry_section(raw: &str) -> Result<Option<String>, Unfit> {
    let raw = text::normalise(raw);
    match raw.as_str() {
        "" => return Ok(None),
        OTHER_INDUSTRY | "其他" => return Ok(Some(OTHER_INDUSTRY.to_owned())),
        _ => {}
    }
    let mut letters = raw.chars();
    if let (Some(letter), None) = (letters.next(), letters.next())
        && industry::section_name(letter).is_some()
    {
        return Ok(Some(letter.to_string()));
    }
    let named = industry::sections()
        .into_iter()
        .find(|(_, name)| text::normalise(name) == raw);
    named.map_or_else(
        || unfit("应为行业门类字母 A–T 或名称，都不是的写“其它”"),
        |(letter, _)| Ok(Some(letter.to_string())),
    )
}

/// A name as it is kept ([`text::written_name`]): case and accents stay, padding between Han characters goes.
///
/// # Errors
/// No name is like that.
pub fn person_name(raw: &str) -> Result<String, Unfit> {
    let (written, name) = (text::written_name(raw), text::person_name(raw));
    if raw.contains(['*', '＊']) {
        return unfit("姓名已被遮盖（*），请按证件填写全名");
    }
    match written.chars().count() {
        _ if !name.chars().any(char::is_alphanumeric) => unfit("没有可用的文字"),
        _ if text::names_nobody(&written) => unfit("不是姓名，只说没有或不知道"),
        51.. => unfit("姓名不能超过 50 个字"),
        _ if name.chars().any(|c| c.is_ascii_digit()) => unfit("姓名里不应有数字"),
        _ if name.contains(['?', '？', '\u{fffd}']) => {
            unfit("姓名里有丢失的字（显示为“?”），请按证件重新填写")
        }
        _ => Ok(written),
    }
}

/// The name of a union or an employer.
///
/// # Errors
/// Nothing in it could be a name.
pub fn union_name(raw: &str) -> Result<String, Unfit> {
    if text::says_nothing(raw) || CompanyName::parse(raw).brand.is_empty() {
        return unfit("不是可用的名称");
    }
    Ok(raw.to_owned())
}

fn employer_code(raw: &str) -> Result<Option<String>, Unfit> {
    match EmployerCode::read(raw) {
        EmployerCode::Empty | EmployerCode::Placeholder => Ok(None),
        EmployerCode::Mistyped { .. } => unfit("校验不通过，不是有效的代码"),
        EmployerCode::Damaged { reason, .. } => unfit(reason),
        EmployerCode::UnionCode(_) => unfit(NOT_THE_EMPLOYERS),
        _ => Ok(Some(normalise_code(raw))),
    }
}

fn union_code(raw: &str) -> Result<Option<String>, Unfit> {
    match EmployerCode::read(raw) {
        EmployerCode::Empty | EmployerCode::Placeholder => Ok(None),
        EmployerCode::UnionCode(code) => Ok(Some(code.as_str().to_owned())),
        EmployerCode::Uscc(_) => unfit("填的是单位代码，不是工会代码（81、89 开头）"),
        _ => unfit("校验不通过，不是有效的工会代码"),
    }
}

/// Years that nobody has lived.
const AGE_MAX: i32 = 130;

/// Why nobody can have been born on the day that a number says, though its check character holds.
pub fn impossible_birth(id: &ResidentId, today: Day) -> Option<&'static str> {
    let born = id.birth_date();
    if born > today {
        Some("身份证号中的出生日期晚于今天")
    } else if born.add_months(12 * AGE_MAX) < today {
        Some("身份证号中的出生日期在 130 年以前")
    } else {
        None
    }
}

/// The document that a member's 有效证件类别 names, in any accepted writing.
pub fn named_document(raw: &str) -> Option<IdDocument> {
    static LIST: LazyLock<Option<&'static CodeList>> = LazyLock::new(|| {
        let dictionary = Dictionary::shipped();
        dictionary.list_of(dictionary.element(Kind::Members, "id_type")?)
    });
    if raw.is_empty() {
        return None;
    }
    IdDocument::of_label(&LIST.as_ref()?.read(raw)?.label)
}

fn id_number(raw: &str, today: Day) -> Result<Option<String>, Unfit> {
    let read = IdDocument::read(None, raw);
    match (read.citizen, read.status) {
        (Some(id), _) => match impossible_birth(&id, today) {
            Some(words) => unfit(words),
            None => Ok(Some(id.as_str().to_owned())),
        },
        (None, IdStatus::Missing) => Ok(None),
        (None, IdStatus::OtherDocument) => Ok(Some(normalise_code(raw))),
        (None, status) => unfit(read.doubt.unwrap_or_else(|| status.label().to_owned())),
    }
}

fn phone(raw: &str) -> Result<Option<String>, Unfit> {
    if text::says_nothing(raw) {
        return Ok(None);
    }
    match Phone::parse(raw) {
        Ok(phone) => Ok(Some(phone.as_str().to_owned())),
        Err(error) => unfit(error.to_string()),
    }
}

fn year(raw: &str, today: Day) -> Result<i32, Unfit> {
    match text::normalise(raw).trim_end_matches('年').parse::<i32>() {
        Ok(year) if (1949..=today.year()).contains(&year) => Ok(year),
        _ => unfit("应为 4 位年份"),
    }
}

fn money(read: Result<Fen, codes::money::MoneyError>) -> Result<Option<String>, Unfit> {
    match read {
        Ok(fen) => Ok(Some(fen.0.to_string())),
        Err(error) => unfit(error.to_string()),
    }
}

fn flag(raw: &str) -> Result<String, Unfit> {
    match text::normalise(raw).to_ascii_lowercase().as_str() {
        "是" | "1" | "有" | "y" | "yes" | "true" => Ok("是".to_owned()),
        "否" | "0" | "无" | "不是" | "n" | "no" | "false" => Ok("否".to_owned()),
        _ => unfit("应填“是”或“否”"),
    }
}
