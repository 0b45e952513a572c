//! The levels that two values of a column can reach, and how they are written in a specification.

use super::lexicon::{Needs, Value, Weighted};
use crate::matching::distance::slips;
use rapidfuzz::distance::{damerau_levenshtein, jaro, jaro_winkler, osa};
use std::fmt;
use std::str::FromStr;

/// One level: a claim that two values fulfil or not. Distances count characters (code points), never bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Level {
    /// The cleaned values are the same.
    Exact,
    /// At most this many slips: substitution, insertion, deletion, swap of neighbours (optimal string alignment).
    Edit(u32),
    /// At most this many slips, where a swapped pair may be edited again (Damerau–Levenshtein).
    Damerau(u32),
    /// Slips as a share of the longer value: one less that share is at least so much.
    EditShare(f64),
    Jaro(f64),
    JaroWinkler(f64),
    /// Common words over all words.
    WordJaccard(f64),
    /// Common words over the words of the shorter value.
    WordOverlap(f64),
    /// Common pieces of `pieces` characters, Dice coefficient.
    PieceDice {
        pieces: u8,
        at_least: f64,
    },
    /// Cosine of the words, rare words weighing more.
    WordCosine(f64),
    /// Cosine of pieces of `pieces` characters, rare pieces weighing more.
    PieceCosine {
        pieces: u8,
        at_least: f64,
    },
    /// Same sound: pinyin, Soundex for Latin words.
    Sound,
    /// Same look: characters that the eye confuses count as one.
    Shape,
    /// The first so many characters are the same.
    Prefix(u32),
    /// One value is part of the other.
    Contains,
    /// Numbers that differ by at most this share of the larger one.
    Relative(f64),
    /// Numbers that differ by at most so much.
    Absolute(f64),
    /// Dates at most so many days apart.
    Days(u32),
    /// The same date with day and month swapped.
    DayMonthSwapped,
    /// Two of year, month and day are the same.
    TwoOfDate,
    /// The same year.
    Year,
}

/// A level that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("看不懂的比较级别“{0}”；可写：{known}", known = KNOWN)]
pub struct UnknownLevel(pub String);

/// How levels are written, for messages.
pub const KNOWN: &str = "exact、edit <= 1、damerau <= 2、edit_share >= 0.8、jaro >= 0.9、jaro_winkler >= 0.9、word_jaccard >= 0.5、\
     word_overlap >= 0.8、word_cosine >= 0.7、dice(2) >= 0.7、cosine(3) >= 0.7、sound、shape、prefix 4、contains、relative <= 0.05、absolute <= 1、\
     days <= 31、day_month_swapped、two_of_date、year";

impl FromStr for Level {
    type Err = UnknownLevel;

    fn from_str(raw: &str) -> Result<Level, UnknownLevel> {
        let unknown = || UnknownLevel(raw.to_owned());
        let text: String = raw
            .chars()
            .filter(|c| !c.is_whitespace())
            .collect::<String>()
            .to_lowercase();
        let plain = match text.as_str() {
            "exact" => Some(Level::Exact),
            "sound" => Some(Level::Sound),
            "shape" => Some(Level::Shape),
            "contains" => Some(Level::Contains),
            "day_month_swapped" => Some(Level::DayMonthSwapped),
            "two_of_date" => Some(Level::TwoOfDate),
            "year" => Some(Level::Year),
            _ => None,
        };
        if let Some(level) = plain {
            return Ok(level);
        }
        if let Some(length) = text.strip_prefix("prefix") {
            return whole(length)
                .filter(|&n| n > 0)
                .map(Level::Prefix)
                .ok_or_else(unknown);
        }
        if let Some((name, limit)) = text.split_once("<=") {
            return at_most(name, limit).ok_or_else(unknown);
        }
        let (name, limit) = text.split_once(">=").ok_or_else(unknown)?;
        at_least(name, limit).ok_or_else(unknown)
    }
}

fn whole(text: &str) -> Option<u32> {
    text.parse().ok().filter(|&n| n <= 100_000)
}

fn at_most(name: &str, limit: &str) -> Option<Level> {
    let number = || limit.parse::<f64>().ok().filter(|x| x.is_finite() && *x >= 0.0);
    match name {
        "edit" => whole(limit).filter(|&n| n > 0).map(Level::Edit),
        "damerau" => whole(limit).filter(|&n| n > 0).map(Level::Damerau),
        "days" => whole(limit).map(Level::Days),
        "relative" => number().map(Level::Relative),
        "absolute" => number().map(Level::Absolute),
        _ => None,
    }
}

fn at_least(name: &str, limit: &str) -> Option<Level> {
    let share = limit.parse::<f64>().ok().filter(|x| *x > 0.0 && *x <= 1.0)?;
    let (name, pieces) = match name.split_once('(') {
        Some((name, rest)) => {
            let size = rest.strip_suffix(')')?.parse::<u8>().ok()?;
            (name, Some(size).filter(|n| (2..=5).contains(n))?)
        }
        None => (name, 0),
    };
    Some(match (name, pieces) {
        ("edit_share", 0) => Level::EditShare(share),
        ("jaro", 0) => Level::Jaro(share),
        ("jaro_winkler", 0) => Level::JaroWinkler(share),
        ("word_jaccard", 0) => Level::WordJaccard(share),
        ("word_overlap", 0) => Level::WordOverlap(share),
        ("word_cosine", 0) => Level::WordCosine(share),
        ("dice", 2..) => Level::PieceDice {
            pieces,
            at_least: share,
        },
        ("cosine", 2..) => Level::PieceCosine {
            pieces,
            at_least: share,
        },
        _ => return None,
    })
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Level::Exact => write!(f, "exact"),
            Level::Edit(n) => write!(f, "edit <= {n}"),
            Level::Damerau(n) => write!(f, "damerau <= {n}"),
            Level::EditShare(x) => write!(f, "edit_share >= {x}"),
            Level::Jaro(x) => write!(f, "jaro >= {x}"),
            Level::JaroWinkler(x) => write!(f, "jaro_winkler >= {x}"),
            Level::WordJaccard(x) => write!(f, "word_jaccard >= {x}"),
            Level::WordOverlap(x) => write!(f, "word_overlap >= {x}"),
            Level::PieceDice { pieces, at_least } => write!(f, "dice({pieces}) >= {at_least}"),
            Level::WordCosine(x) => write!(f, "word_cosine >= {x}"),
            Level::PieceCosine { pieces, at_least } => write!(f, "cosine({pieces}) >= {at_least}"),
            Level::Sound => write!(f, "sound"),
            Level::Shape => write!(f, "shape"),
            Level::Prefix(n) => write!(f, "prefix {n}"),
            Level::Contains => write!(f, "contains"),
            Level::Relative(x) => write!(f, "relative <= {x}"),
            Level::Absolute(x) => write!(f, "absolute <= {x}"),
            Level::Days(n) => write!(f, "days <= {n}"),
            Level::DayMonthSwapped => write!(f, "day_month_swapped"),
            Level::TwoOfDate => write!(f, "two_of_date"),
            Level::Year => write!(f, "year"),
        }
    }
}

impl Level {
    /// Which parts of a value this level looks at.
    pub fn needs(self) -> Needs {
        let none = Needs::default();
        match self {
            Level::WordJaccard(_) | Level::WordOverlap(_) | Level::WordCosine(_) => {
                Needs { words: true, ..none }
            }
            Level::PieceDice { pieces, .. } | Level::PieceCosine { pieces, .. } => Needs { pieces, ..none },
            Level::Relative(_) | Level::Absolute(_) => Needs { number: true, ..none },
            Level::Days(_) | Level::DayMonthSwapped | Level::TwoOfDate | Level::Year => {
                Needs { date: true, ..none }
            }
            Level::Sound => Needs { sound: true, ..none },
            Level::Shape => Needs { shape: true, ..none },
            _ => none,
        }
    }

    /// Whether two different, present values reach this level.
    pub fn holds(self, a: &Value, b: &Value) -> bool {
        let (x, y) = (&a.chars, &b.chars);
        match self {
            Level::Exact => a.text == b.text,
            Level::Edit(n @ 1..=2) => u32::from(slips(x, y)) <= n,
            Level::Edit(n) => {
                let limit = osa::Args::default().score_cutoff(n as usize);
                osa::distance_with_args(x.iter().copied(), y.iter().copied(), &limit).is_some()
            }
            Level::Damerau(n) => {
                let limit = damerau_levenshtein::Args::default().score_cutoff(n as usize);
                damerau_levenshtein::distance_with_args(x.iter().copied(), y.iter().copied(), &limit)
                    .is_some()
            }
            Level::EditShare(share) => {
                let longest = x.len().max(y.len());
                let allowed = ((1.0 - share) * longest as f64 + 1e-9).floor() as usize;
                let limit = osa::Args::default().score_cutoff(allowed);
                x.len().abs_diff(y.len()) <= allowed
                    && osa::distance_with_args(x.iter().copied(), y.iter().copied(), &limit).is_some()
            }
            Level::Jaro(share) => jaro::similarity(x.iter().copied(), y.iter().copied()) >= share - 1e-9,
            Level::JaroWinkler(share) => {
                jaro_winkler::similarity(x.iter().copied(), y.iter().copied()) >= share - 1e-9
            }
            Level::WordJaccard(share) => {
                let common = common(&a.words, &b.words);
                common > 0 && common as f64 >= share * (a.words.len() + b.words.len() - common) as f64 - 1e-9
            }
            Level::WordOverlap(share) => {
                let common = common(&a.words, &b.words);
                common > 0 && common as f64 >= share * a.words.len().min(b.words.len()) as f64 - 1e-9
            }
            Level::PieceDice { at_least, .. } => {
                let common = common(&a.pieces, &b.pieces);
                2.0 * common as f64 >= at_least * (a.pieces.len() + b.pieces.len()) as f64 - 1e-9
            }
            Level::WordCosine(share) => cosine(&a.words, &b.words) >= share - 1e-6,
            Level::PieceCosine { at_least, .. } => cosine(&a.pieces, &b.pieces) >= at_least - 1e-6,
            Level::Sound => a.sound != 0 && a.sound == b.sound,
            Level::Shape => a.shape != 0 && a.shape == b.shape,
            Level::Prefix(n) => {
                let n = n as usize;
                x.len() >= n && y.len() >= n && x[..n] == y[..n]
            }
            Level::Contains => a.text.contains(&*b.text) || b.text.contains(&*a.text),
            Level::Relative(share) => numbers(a, b)
                .is_some_and(|(p, q)| (p - q).abs() <= share * p.abs().max(q.abs()) + f64::EPSILON),
            Level::Absolute(limit) => numbers(a, b).is_some_and(|(p, q)| (p - q).abs() <= limit + 1e-9),
            Level::Days(limit) => {
                dates(a, b).is_some_and(|(p, q)| (day_number(p) - day_number(q)).unsigned_abs() <= limit)
            }
            Level::DayMonthSwapped => {
                dates(a, b).is_some_and(|(p, q)| p.0 == q.0 && p.1 == q.2 && p.2 == q.1)
            }
            Level::TwoOfDate => dates(a, b).is_some_and(|(p, q)| {
                u8::from(p.0 == q.0) + u8::from(p.1 == q.1) + u8::from(p.2 == q.2) >= 2
            }),
            Level::Year => dates(a, b).is_some_and(|(p, q)| p.0 == q.0),
        }
    }
}

fn numbers(a: &Value, b: &Value) -> Option<(f64, f64)> {
    Some((a.number?, b.number?))
}

fn dates(a: &Value, b: &Value) -> Option<((u16, u8, u8), (u16, u8, u8))> {
    Some((a.date?, b.date?))
}

/// Days since a fixed day in the proleptic calendar; a date that does not exist counts on from the last that does.
fn day_number((year, month, day): (u16, u8, u8)) -> i32 {
    let (year, month) = (i32::from(year), i32::from(month));
    let shifted = (month + 9).rem_euclid(12);
    let year = if month <= 2 { year - 1 } else { year };
    365 * year + year.div_euclid(4) - year.div_euclid(100)
        + year.div_euclid(400)
        + (shifted * 306 + 5) / 10
        + i32::from(day)
}

fn common(a: &Weighted, b: &Weighted) -> usize {
    merge(a, b, |_, _| 1.0) as usize
}

fn cosine(a: &Weighted, b: &Weighted) -> f64 {
    merge(a, b, |x, y| f64::from(x) * f64::from(y))
}

/// Sum over the parts that both have; both are sorted by part.
fn merge(a: &Weighted, b: &Weighted, add: impl Fn(f32, f32) -> f64) -> f64 {
    let (mut i, mut j, mut sum) = (0, 0, 0.0);
    while i < a.len() && j < b.len() {
        match a[i].0.cmp(&b[j].0) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                sum += add(a[i].1, b[j].1);
                i += 1;
                j += 1;
            }
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::super::lexicon::Lexicon;
    use super::*;
    use proptest::prelude::*;

    const ALL: &[&str] = &[
        "exact",
        "edit <= 1",
        "edit <= 3",
        "damerau <= 2",
        "edit_share >= 0.7",
        "jaro >= 0.8",
        "jaro_winkler >= 0.9",
        "word_jaccard >= 0.5",
        "word_overlap >= 0.8",
        "dice(2) >= 0.6",
        "word_cosine >= 0.5",
        "cosine(3) >= 0.4",
        "sound",
        "shape",
        "prefix 3",
        "contains",
        "relative <= 0.1",
        "absolute <= 2",
        "days <= 31",
        "day_month_swapped",
        "two_of_date",
        "year",
    ];

    fn holds(level: &str, a: &str, b: &str) -> bool {
        let level: Level = level.parse().expect("a level written here");
        let mut lexicon = Lexicon::new();
        let (a, b) = (lexicon.number_of(a), lexicon.number_of(b));
        lexicon.take_apart(level.needs(), &[0, 1, 1]);
        level.holds(lexicon.value(a), lexicon.value(b))
    }

    #[test]
    fn a_level_reads_back_as_it_is_written() {
        for written in ALL {
            let level: Level = written.parse().expect("a level written here");
            assert_eq!(level.to_string(), *written);
        }
        for wrong in [
            "",
            "edit",
            "edit <= 0",
            "jaro >= 1.5",
            "dice >= 0.5",
            "dice(9) >= 0.5",
            "prefix 0",
            "years",
            "edit >= 1",
        ] {
            assert!(wrong.parse::<Level>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_each_level_means() {
        for (level, a, b, expected) in [
            ("edit <= 1", "宁波", "宁渡", true),
            ("edit <= 1", "abcd", "abdc", true),
            ("edit <= 3", "kitten", "sitting", true),
            ("edit <= 3", "kitten", "mittingens", false),
            ("edit_share >= 0.8", "abcdefghij", "abcdefghxy", true),
            ("edit_share >= 0.8", "abcd", "abxx", false),
            ("jaro_winkler >= 0.9", "martha", "marhta", true),
            ("word_overlap >= 0.8", "j smith", "john smith smith", false),
            ("word_jaccard >= 0.5", "data base systems", "systems data", true),
            ("contains", "acme corp", "acme", true),
            ("relative <= 0.05", "100", "104.9", true),
            ("absolute <= 1", "1999", "2001", false),
            ("days <= 31", "20240131", "20240301", true),
            ("days <= 31", "20240131", "20240303", false),
            ("day_month_swapped", "20240305", "20240503", true),
            ("two_of_date", "20240305", "19240305", true),
            ("year", "20240305", "20241111", true),
            ("year", "nonsense", "20241111", false),
            ("sound", "王芳", "汪芳", true),
            ("shape", "己方", "已方", true),
            ("prefix 3", "ab", "ab", false),
        ] {
            assert_eq!(holds(level, a, b), expected, "{level}: {a} / {b}");
        }
    }

    proptest! {
        #[test]
        fn order_does_not_matter(a in "[ab甲1-4 ]{1,9}", b in "[ab甲1-4 ]{1,9}") {
            for level in ALL {
                prop_assert_eq!(holds(level, &a, &b), holds(level, &b, &a), "{}", level);
            }
        }

        #[test]
        fn equal_values_reach_every_edit_level(a in "[a-d]{1,70}") {
            for level in ["exact", "edit <= 1", "edit <= 3", "damerau <= 2", "edit_share >= 0.7", "jaro_winkler >= 0.9", "dice(2) >= 0.6"] {
                prop_assert!(holds(level, &a, &a), "{}", level);
            }
        }

        #[test]
        fn more_slips_allowed_is_never_less(a in "[ab]{1,8}", b in "[ab]{1,8}") {
            prop_assert!(!holds("edit <= 2", &a, &b) || holds("edit <= 3", &a, &b));
        }
    }
}
