//! Dirty dates.

use crate::compose;
use crate::dice::Dice;

/// A readable date in one of the spellings of formats.md.
pub(crate) fn dressed(days: i32, dice: &mut Dice) -> String {
    let day = compose::day(days);
    let (year, month, day) = (day.year(), day.month(), day.day());
    match dice.below(4) {
        0 => format!("{year}/{month}/{day}"),
        1 => format!("{year:04}{month:02}{day:02}"),
        2 => format!("{year}年{month}月{day}日"),
        _ => format!("{}", days + 25_569),
    }
}

/// A founding date that says nothing (dirt D20): the import's day, 1900-01-01, the future, or words.
pub(crate) fn hollow(days: i32, as_of: i32, dice: &mut Dice) -> String {
    let day = compose::day(days);
    match dice.weighted(&[25.0, 25.0, 10.0, 20.0, 20.0]) {
        0 => compose::iso(as_of - 400),
        1 => "1900-01-01".to_owned(),
        2 => compose::iso(as_of + 200 + dice.below(2000) as i32),
        3 => format!("{}.{}", day.year(), day.month()),
        _ => format!("{:02}年{}月", day.year() % 100, day.month()),
    }
}
