//! Bodies of codes and readable dates. Check characters come from crate `codes`, which owns the standards.

use codes::reg_no::RegNo;
use codes::resident_id::ResidentId;
use codes::time::Day;
use codes::uscc::Uscc;

/// Letters and digits that a unified social credit code may hold (GB 32100: no I, O, S, V, Z).
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// The unified social credit code (统一社会信用代码) of a two-character class, a division and an 8-character body.
pub(crate) fn uscc(class: &str, division: u32, body: &str) -> Uscc {
    Uscc::compose(class, division, body).expect("class, division and body are of the standard's form")
}

/// An 8-character body in the old numeric manner.
pub(crate) fn numeric_body(number: u64) -> String {
    format!("{:08}", number % 100_000_000)
}

/// An 8-character body in the manner of codes given out since 2015: a two-letter series and six characters.
pub(crate) fn letter_body(series: &str, number: u64) -> String {
    let mut rest = number;
    let mut tail = [0_u8; 6];
    for slot in tail.iter_mut().rev() {
        *slot = ALPHABET[(rest % 31) as usize];
        rest /= 31;
    }
    let tail: String = tail.iter().map(|letter| char::from(*letter)).collect();
    format!("{series}{tail}")
}

/// The old 15-digit registration number (注册号) with its check digit.
pub(crate) fn reg_no(division: u32, number: u64) -> String {
    let body = format!("{division:06}{:08}", number % 100_000_000);
    RegNo::compose(&body)
        .expect("fourteen digits")
        .as_str()
        .to_owned()
}

/// The resident ID number (公民身份号码).
pub(crate) fn resident_id(division: u32, birth: Day, sequence: u16) -> ResidentId {
    ResidentId::compose(division, birth, sequence).expect("six digits, a day and a sequence below 1000")
}

/// The day of a number of days since 1970-01-01.
pub(crate) fn day(days: i32) -> Day {
    Day::from_days(days).expect("the city's days lie in living memory")
}

/// `2024-07-05`, made by hand because millions are needed.
pub(crate) fn iso(days: i32) -> String {
    let day = day(days);
    format!("{:04}-{:02}-{:02}", day.year(), day.month(), day.day())
}

/// The first day of the month of a day.
pub(crate) fn month_start(days: i32) -> i32 {
    days - day(days).day() as i32 + 1
}
