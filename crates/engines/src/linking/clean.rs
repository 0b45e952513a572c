//! Cleaning of cells before they are compared: named steps, in the order written.

use codes::text::{half_width, normalise, person_name};
use codes::time::read_date;
use std::str::FromStr;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Lower case.
    Lower,
    /// Compatible forms in one spelling (NFKC): full-width letters, ligatures, circled numbers.
    Nfkc,
    /// Letters without accents: `é` becomes `e`.
    NoAccents,
    /// Everything but letters and digits becomes a blank.
    NoPunctuation,
    /// Hyphens, points and slashes inside a word go: `PS-LX350H` and `PSLX350H` are one article.
    JoinedWords,
    /// Only words that carry a digit: numbers of models and versions.
    NumberedWords,
    /// No blanks at all.
    NoBlanks,
    /// Only digits stay.
    Digits,
    /// Only letters stay.
    Letters,
    /// Zeros in front go.
    NoLeadingZeros,
    /// The spelling in which Chinese texts are compared: simplified characters, one kind of brackets, no blanks.
    Chinese,
    /// As `chinese`, for a person's name: no notes or numbers behind it.
    Person,
    /// Words in alphabetical order, so that `Smith, John` meets `John Smith`.
    SortWords,
    /// First and last word.
    FirstWord,
    LastWord,
    /// First letters of all words.
    Initials,
    /// A number in one spelling: no currency signs, no thousands separators. What is no number becomes missing.
    Number,
    /// A date as `19991231`, written year first, day first or month first; what is no date stays as it is.
    Date,
    DateDayFirst,
    DateMonthFirst,
}

/// Every step and how it is written.
pub const STEPS: &[(&str, Step)] = &[
    ("lower", Step::Lower),
    ("nfkc", Step::Nfkc),
    ("no_accents", Step::NoAccents),
    ("no_punctuation", Step::NoPunctuation),
    ("joined_words", Step::JoinedWords),
    ("numbered_words", Step::NumberedWords),
    ("no_blanks", Step::NoBlanks),
    ("digits", Step::Digits),
    ("letters", Step::Letters),
    ("no_leading_zeros", Step::NoLeadingZeros),
    ("chinese", Step::Chinese),
    ("person", Step::Person),
    ("sort_words", Step::SortWords),
    ("first_word", Step::FirstWord),
    ("last_word", Step::LastWord),
    ("initials", Step::Initials),
    ("number", Step::Number),
    ("date", Step::Date),
    ("date_day_first", Step::DateDayFirst),
    ("date_month_first", Step::DateMonthFirst),
];

/// A step that does not exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("没有“{0}”这种清洗步骤；可用：{known}", known = names())]
pub struct UnknownStep(pub String);

fn names() -> String {
    STEPS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join("、")
}

impl FromStr for Step {
    type Err = UnknownStep;

    fn from_str(raw: &str) -> Result<Step, UnknownStep> {
        let found = STEPS.iter().find(|(name, _)| *name == raw.trim());
        found
            .map(|&(_, step)| step)
            .ok_or_else(|| UnknownStep(raw.to_owned()))
    }
}

/// Applies the steps; blanks at the ends go and runs of blanks become one in any case.
pub fn clean(raw: &str, steps: &[Step]) -> String {
    steps.iter().fold(single_blanks(raw), |text, step| {
        single_blanks(&apply(&text, *step))
    })
}

fn single_blanks(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn apply(text: &str, step: Step) -> String {
    match step {
        Step::Lower => text.to_lowercase(),
        Step::Nfkc => text.nfkc().collect(),
        Step::NoAccents => text.nfd().filter(|c| !is_combining_mark(*c)).nfc().collect(),
        Step::NoPunctuation => text
            .chars()
            .filter(|c| !matches!(c, '\'' | '’'))
            .map(|c| if c.is_alphanumeric() { c } else { ' ' })
            .collect(),
        Step::JoinedWords => joined_words(text),
        Step::NumberedWords => {
            let has_digit = |word: &&str| word.chars().any(char::is_numeric);
            text.split(' ').filter(has_digit).collect::<Vec<_>>().join(" ")
        }
        Step::NoBlanks => text.replace(' ', ""),
        Step::Digits => text
            .chars()
            .map(half_width)
            .filter(char::is_ascii_digit)
            .collect(),
        Step::Letters => text.chars().filter(|c| c.is_alphabetic()).collect(),
        Step::NoLeadingZeros => text.trim_start_matches('0').to_owned(),
        Step::Chinese => normalise(text),
        Step::Person => person_name(text),
        Step::SortWords => {
            let mut words: Vec<&str> = text.split(' ').collect();
            words.sort_unstable();
            words.join(" ")
        }
        Step::FirstWord => text.split(' ').next().unwrap_or_default().to_owned(),
        Step::LastWord => text.split(' ').next_back().unwrap_or_default().to_owned(),
        Step::Initials => text.split(' ').filter_map(|word| word.chars().next()).collect(),
        Step::Number => number(text).unwrap_or_default(),
        Step::Date => date(text, [0, 1, 2]),
        Step::DateDayFirst => date(text, [2, 1, 0]),
        Step::DateMonthFirst => date(text, [2, 0, 1]),
    }
}

fn joined_words(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let is_inside = |at: usize| {
        let before = at.checked_sub(1).and_then(|at| characters.get(at));
        let is_word = |c: Option<&char>| c.is_some_and(|c| c.is_alphanumeric());
        is_word(before) && is_word(characters.get(at + 1))
    };
    let joins = |c: char| matches!(c, '-' | '.' | '/' | '‐' | '–');
    (0..characters.len())
        .filter(|&at| !(joins(characters[at]) && is_inside(at)))
        .map(|at| characters[at])
        .collect()
}

/// `$1,299.00` and `1299` are both `1299`; the first number counts.
fn number(text: &str) -> Option<String> {
    let plain: String = text
        .chars()
        .map(half_width)
        .filter(|c| !matches!(c, ',' | '，' | ' ' | '_'))
        .collect();
    let start = plain.find(|c: char| c.is_ascii_digit())?;
    let before = plain[..start].strip_suffix('.');
    // `Rs.500` is no fraction.
    let after_point = before.is_some_and(|before| !before.ends_with(char::is_alphabetic));
    let is_negative = before.unwrap_or(&plain[..start]).ends_with('-');
    let end = plain[start..]
        .find(|c: char| !(c.is_ascii_digit() || c == '.'))
        .map_or(plain.len(), |at| start + at);
    let mut digits = plain[start..end].trim_end_matches('.').to_owned();
    if after_point {
        digits = format!("0.{digits}");
    }
    let value: f64 = digits.parse().ok()?;
    Some(if is_negative { -value } else { value }.to_string())
}

/// `places` says where year, month and day stand when the year does not come first.
fn date(text: &str, places: [usize; 3]) -> String {
    let parts: Vec<&str> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|part| !part.is_empty())
        .collect();
    if let [a, b, c, ..] = parts.as_slice()
        && places[0] != 0
        && a.len() <= 2
    {
        let given = [*a, *b, *c];
        let (year, month, day) = (given[places[0]], given[places[1]], given[places[2]]);
        if let (4, Ok(year), Ok(month), Ok(day)) = (
            year.len(),
            year.parse::<u16>(),
            month.parse::<u8>(),
            day.parse::<u8>(),
        ) {
            return format!("{year:04}{month:02}{day:02}");
        }
    }
    match read_date(text) {
        Ok(Some(day)) => day.to_string().replace('-', ""),
        // A day that does not exist (the 31st of June) still agrees with itself and with its swapped form.
        _ => loose_date(text, &parts),
    }
}

fn loose_date(text: &str, parts: &[&str]) -> String {
    match parts {
        [year, month, day, ..] if year.len() == 4 && month.len() <= 2 && day.len() <= 2 => {
            let all_digits = [year, month, day]
                .iter()
                .all(|part| part.bytes().all(|b| b.is_ascii_digit()));
            if all_digits {
                format!("{year}{month:0>2}{day:0>2}")
            } else {
                text.to_owned()
            }
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(steps: &str, raw: &str, expected: &str) {
        let steps: Vec<Step> = steps
            .split(' ')
            .filter(|s| !s.is_empty())
            .map(|s| s.parse().expect("a step"))
            .collect();
        assert_eq!(clean(raw, &steps), expected, "{raw}");
    }

    #[test]
    fn each_step_does_what_it_says() {
        check("", "  a   b ", "a b");
        check(
            "nfkc lower no_accents no_punctuation",
            "Márcio  Ｆ. (Souza)",
            "marcio f souza",
        );
        check("lower no_punctuation", "O'Neil-Smith", "oneil smith");
        check(
            "joined_words lower",
            "Sony PS-LX350H - 1/2 x.",
            "sony pslx350h - 12 x.",
        );
        check(
            "joined_words numbered_words",
            "Sony PS-LX350H and 5 discs",
            "PSLX350H 5",
        );
        check("digits no_leading_zeros", "Tel. 0074-00", "7400");
        check("chinese", "寧波【港】 Ａ", "宁波(港)A");
        check("person", "张伟(2)", "张伟");
        check("sort_words", "smith john", "john smith");
        check("initials", "john ronald reuel", "jrr");
        check("last_word", "john ronald reuel", "reuel");
    }

    #[test]
    fn numbers_in_one_spelling() {
        check("number", "$1,299.00", "1299");
        check("number", "USD -.5", "-0.5");
        check("number", "Rs.500", "500");
        check("number", "1999.0", "1999");
        check("number", "free", "");
    }

    #[test]
    fn dates_in_one_spelling() {
        for (steps, raw) in [
            ("date", "1999-12-31"),
            ("date", "1999年12月31日"),
            ("date", "19991231"),
            ("date_day_first", "31/12/1999"),
            ("date_month_first", "12/31/1999"),
            ("date_day_first", "1999-12-31"),
        ] {
            check(steps, raw, "19991231");
        }
        check("date", "1999-31-12", "19993112");
        check("date", "unknown", "unknown");
    }

    #[test]
    fn an_unknown_step_is_named() {
        let error = "uppercase".parse::<Step>().expect_err("no such step").to_string();
        assert!(error.contains("uppercase") && error.contains("lower"), "{error}");
    }
}
