//! 有效证件类别: which document a number is of, by the column that says so and by its shape.
//!
//! Shapes are those printed on the documents; 外国人永久居留身份证 has had a new one since 1 December 2023, and 港澳台居民居住证
//! (国办发〔2018〕81 号) bears a citizen number that begins with 81, 82 or 83. A foreign passport has the shape that its country gives it.

use crate::resident_id::{IdStatus, ResidentId, is_permanent_card, read_id};
use crate::uscc::normalise_code;

/// A kind of document that tells a person apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdDocument {
    /// 居民身份证
    Citizen,
    /// 护照
    Passport,
    /// 港澳居民来往内地通行证
    HongKongMacao,
    /// 台湾居民来往大陆通行证
    Taiwan,
    /// 外国人永久居留身份证
    Permanent,
    /// 港澳台居民居住证
    Residence,
}

/// What was read of a number beside the column that says of which document it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentRead {
    /// The citizen number, if it is one.
    pub citizen: Option<ResidentId>,
    /// How the number was read.
    pub status: IdStatus,
    /// Whether the number joins rows of one person: a doubtful one does not.
    pub is_sure: bool,
    /// What is wrong with it, in words for whoever wrote it.
    pub doubt: Option<String>,
}

/// Shortest and longest number that a passport may have; ICAO Doc 9303 prints nine characters, older ones have up to fourteen.
const FOREIGN: std::ops::RangeInclusive<usize> = 5..=14;

impl IdDocument {
    /// The document that a label of the code list 有效证件类别 names.
    pub fn of_label(label: &str) -> Option<IdDocument> {
        Some(match label {
            "居民身份证" => IdDocument::Citizen,
            "护照" => IdDocument::Passport,
            "港澳居民来往内地通行证" => IdDocument::HongKongMacao,
            "台湾居民来往大陆通行证" => IdDocument::Taiwan,
            "外国人永久居留身份证" => IdDocument::Permanent,
            "港澳台居民居住证" => IdDocument::Residence,
            _ => return None,
        })
    }

    /// What it is called.
    pub fn label(self) -> &'static str {
        match self {
            IdDocument::Citizen => "居民身份证",
            IdDocument::Passport => "护照",
            IdDocument::HongKongMacao => "港澳居民来往内地通行证",
            IdDocument::Taiwan => "台湾居民来往大陆通行证",
            IdDocument::Permanent => "外国人永久居留身份证",
            IdDocument::Residence => "港澳台居民居住证",
        }
    }

    /// What its number looks like.
    pub fn shape(self) -> &'static str {
        match self {
            IdDocument::Citizen => "18 位（旧证 15 位），末位为校验码",
            IdDocument::Passport => "1–2 个字母加 7–8 位数字",
            IdDocument::HongKongMacao => "H 或 M 加 8 位或 10 位数字",
            IdDocument::Taiwan => "8 位数字",
            IdDocument::Permanent => "3 个字母加 12 位数字，2023 年起为 9 开头的 18 位",
            IdDocument::Residence => "18 位，81、82 或 83 开头，末位为校验码",
        }
    }

    /// The document that a number's shape is of. One letter and eight digits are a passport's, though H and M may be a permit's.
    pub fn of_number(raw: &str) -> Option<IdDocument> {
        let number = normalise_code(raw);
        let shapes = [
            IdDocument::Residence,
            IdDocument::Citizen,
            IdDocument::Permanent,
            IdDocument::HongKongMacao,
            IdDocument::Taiwan,
            IdDocument::Passport,
        ];
        shapes.into_iter().find(|document| document.fits(&number))
    }

    /// Whether a number in normal form has this document's shape, check character included where there is one.
    fn fits(self, number: &str) -> bool {
        let (letters, digits) = letters_and_digits(number).unwrap_or_default();
        match self {
            IdDocument::Citizen => ResidentId::parse(number).is_ok(),
            IdDocument::Residence => {
                number.starts_with(['8']) && number.len() == 18 && ResidentId::parse(number).is_ok()
            }
            IdDocument::Passport => matches!((letters, digits), (1..=2, 7..=8)),
            IdDocument::HongKongMacao => {
                number.starts_with(['H', 'M']) && matches!((letters, digits), (1, 8 | 10))
            }
            IdDocument::Taiwan => (letters, digits) == (0, 8),
            IdDocument::Permanent => (letters, digits) == (3, 12) || is_permanent_card(number),
        }
    }

    /// Reads a number beside the document that its row names, if it names one. A number that a named passport could have is taken,
    /// whatever its shape: a foreign one need not look like ours.
    pub fn read(named: Option<IdDocument>, raw: &str) -> DocumentRead {
        let (citizen, status) = read_id(raw);
        let sure = |status| DocumentRead {
            citizen,
            status,
            is_sure: true,
            doubt: None,
        };
        let doubtful = |status, words: String| DocumentRead {
            citizen: None,
            status,
            is_sure: false,
            doubt: Some(words),
        };
        match status {
            IdStatus::Ok | IdStatus::From15 | IdStatus::Missing | IdStatus::Masked => return sure(status),
            IdStatus::Damaged => return doubtful(status, status.label().to_owned()),
            IdStatus::Invalid | IdStatus::OtherDocument => {}
        }
        let number = normalise_code(raw);
        match (named, status) {
            (Some(named), _) if named.fits(&number) => sure(IdStatus::OtherDocument),
            (Some(IdDocument::Passport), _) if is_like_a_passport(&number) => doubtful(
                IdStatus::OtherDocument,
                format!(
                    "按护照收下；不是中国护照的样式（{}），请对照护照核实",
                    IdDocument::Passport.shape()
                ),
            ),
            (Some(IdDocument::Citizen) | None, IdStatus::Invalid) => doubtful(status, guessed(&number)),
            (None, _) => sure(status),
            (Some(IdDocument::Citizen), _) => DocumentRead {
                // Whichever of the two is wrong, it is no citizen number, and may be that other document's.
                is_sure: true,
                ..doubtful(
                    status,
                    format!(
                        "证件类别是居民身份证，号码却像{}，请改正其中一项",
                        IdDocument::of_number(raw).map_or("其他证件的", IdDocument::label)
                    ),
                )
            },
            (Some(named), _) => doubtful(
                IdStatus::Invalid,
                format!(
                    "证件类别是{}，号码应为{}，请对照证件核实",
                    named.label(),
                    named.shape()
                ),
            ),
        }
    }
}

/// Letters in front and digits behind them; `None` where anything else stands in it.
fn letters_and_digits(number: &str) -> Option<(usize, usize)> {
    let letters = number.bytes().take_while(u8::is_ascii_uppercase).count();
    let digits = number.len() - letters;
    let is_so = number.bytes().skip(letters).all(|c| c.is_ascii_digit());
    is_so.then_some((letters, digits))
}

/// Letters and digits, at least one of these, as passports of other countries have them.
pub fn is_like_a_passport(number: &str) -> bool {
    FOREIGN.contains(&number.len())
        && number.bytes().all(|c| c.is_ascii_alphanumeric())
        && number.bytes().any(|c| c.is_ascii_digit())
}

/// What is wrong with a number that is nobody's, by what it looks like.
fn guessed(number: &str) -> String {
    let label = IdStatus::Invalid.label();
    let is_card =
        number.len() == 18 && number.starts_with('9') && number[..17].bytes().all(|c| c.is_ascii_digit());
    let looks_like = if is_card {
        Some(IdDocument::Permanent)
    } else if !number.starts_with(|c: char| c.is_ascii_uppercase()) || !is_like_a_passport(number) {
        None
    } else {
        Some(IdDocument::Passport)
    };
    match looks_like {
        None => label.to_owned(),
        Some(IdDocument::Passport) => format!(
            "{label}：像护照，但中国护照应为{}；外国护照请把证件类别填为“护照”",
            IdDocument::Passport.shape()
        ),
        Some(document) => format!("{label}：像{}，应为{}", document.label(), document.shape()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(named: Option<IdDocument>, raw: &str, status: IdStatus, says: Option<&str>) {
        let read = IdDocument::read(named, raw);
        assert_eq!(read.status, status, "{raw}: {read:?}");
        match says {
            None => assert_eq!(read.doubt, None, "{raw}"),
            Some(says) => assert!(
                read.doubt.as_deref().is_some_and(|words| words.contains(says)),
                "{raw}: {read:?}"
            ),
        }
    }

    #[test]
    fn the_kind_of_document_decides_with_the_shape() {
        use IdDocument::*;
        use IdStatus::*;
        for (named, raw, status, says) in [
            (None, "330226199001010027", Ok, None),
            (None, "E12345678", OtherDocument, None),
            (None, "E1234", Invalid, Some("像护照")),
            (None, "933840199001010014", Invalid, Some("外国人永久居留身份证")),
            (None, "330226199001010028", Invalid, Some("校验不通过")),
            (Some(Passport), "E12345678", OtherDocument, None),
            (Some(Passport), "ea1234567", OtherDocument, None),
            (Some(Passport), "X1234567Y", OtherDocument, Some("按护照收下")),
            (Some(Passport), "123456789", OtherDocument, Some("按护照收下")),
            (Some(Passport), "护照", Invalid, Some("证件类别是护照")),
            (Some(HongKongMacao), "H12345678", OtherDocument, None),
            (Some(HongKongMacao), "M1234567890", OtherDocument, None),
            (
                Some(HongKongMacao),
                "H123456",
                Invalid,
                Some("H 或 M 加 8 位或 10 位"),
            ),
            (
                Some(HongKongMacao),
                "E12345678",
                Invalid,
                Some("港澳居民来往内地通行证"),
            ),
            (Some(Taiwan), "12345678", OtherDocument, None),
            (Some(Taiwan), "1234567", Invalid, Some("8 位数字")),
            (Some(Permanent), "ABC123456789012", OtherDocument, None),
            (Some(Permanent), "933840199001010013", OtherDocument, None),
            (
                Some(Permanent),
                "933840199001010014",
                Invalid,
                Some("9 开头的 18 位"),
            ),
            (Some(Residence), "810000199001010019", Ok, None),
            (
                Some(Residence),
                "810000199001010018",
                Invalid,
                Some("81、82 或 83"),
            ),
            (Some(Citizen), "330226199001010027", Ok, None),
            (Some(Citizen), "E12345678", OtherDocument, Some("号码却像护照")),
            (
                Some(Citizen),
                "H1234567890",
                OtherDocument,
                Some("号码却像港澳居民来往内地通行证"),
            ),
            (Some(Citizen), "330226199001010028", Invalid, Some("校验不通过")),
            (Some(Passport), "", Missing, None),
            (Some(Passport), "3.30226E+17", Damaged, Some("无法恢复")),
            (Some(Passport), "3302**********0027", Masked, None),
        ] {
            check(named, raw, status, says);
        }
    }

    #[test]
    fn a_shape_says_which_document_it_is() {
        for (raw, document) in [
            ("330226199001010027", Some(IdDocument::Citizen)),
            ("810000199001010019", Some(IdDocument::Residence)),
            ("E12345678", Some(IdDocument::Passport)),
            ("ea1234567", Some(IdDocument::Passport)),
            ("M1234567890", Some(IdDocument::HongKongMacao)),
            ("H12345678", Some(IdDocument::HongKongMacao)),
            ("12345678", Some(IdDocument::Taiwan)),
            ("ABC123456789012", Some(IdDocument::Permanent)),
            ("933840199001010013", Some(IdDocument::Permanent)),
            ("X1234567Y", None),
            ("", None),
        ] {
            assert_eq!(IdDocument::of_number(raw), document, "{raw}");
            if let Some(document) = document {
                assert_eq!(IdDocument::of_label(document.label()), Some(document));
            }
        }
    }
}
