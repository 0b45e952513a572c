//! 工作日: the State Council's calendar with holidays and make-up working days (调休), and counting by it.
//!
//! The shipped file ends with the last year that has been announced. Beyond it only weekends are known; every answer
//! that had to lean on that says so (暂按周末推算).

use std::collections::HashSet;
use std::sync::OnceLock;

use codes::time::Day;
use serde::Deserialize;

/// The notices of the State Council as data: `holidays` and `workdays` (调休上班) by day. Source in `data/README.md`.
const SHIPPED: &str = include_str!("../../../data/working_days.json");

/// Counting gives up after this many calendar days: no deadline is 30 years away.
const HORIZON_DAYS: u32 = 11_000;

/// Which days are worked.
#[derive(Debug, Clone)]
pub struct WorkingDays {
    holidays: HashSet<Day>,
    make_up: HashSet<Day>,
    first_known_year: i32,
    last_known_year: i32,
    digest: String,
}

/// A day that was counted, and whether the calendar reached that far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    pub day: Day,
    /// Some of the way only weekends were known.
    pub is_estimate: bool,
}

/// A calendar file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CalendarError {
    #[error("the working-day calendar is not JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("the working-day calendar holds {0:?}, which is no day")]
    Day(String),
    #[error("the working-day calendar is empty")]
    Empty,
}

#[derive(Deserialize)]
struct File {
    holidays: std::collections::BTreeMap<String, serde_json::Value>,
    workdays: std::collections::BTreeMap<String, serde_json::Value>,
}

impl WorkingDays {
    /// The calendar that comes with the product.
    pub fn shipped() -> &'static WorkingDays {
        static CALENDAR: OnceLock<WorkingDays> = OnceLock::new();
        CALENDAR
            .get_or_init(|| WorkingDays::read(SHIPPED).expect("the shipped calendar is checked by a test"))
    }

    /// Reads a calendar file.
    ///
    /// # Errors
    /// When it is not the expected JSON, names a day that does not exist, or is empty.
    pub fn read(json: &str) -> Result<WorkingDays, CalendarError> {
        let file: File = serde_json::from_str(json)?;
        let days = |names: std::collections::BTreeMap<String, serde_json::Value>| {
            let read = |name: String| Day::parse_iso(&name).map_err(|_| CalendarError::Day(name));
            names
                .into_keys()
                .map(read)
                .collect::<Result<HashSet<Day>, CalendarError>>()
        };
        let holidays = days(file.holidays)?;
        let make_up = days(file.workdays)?;
        let years = || holidays.iter().chain(&make_up).map(|day| day.year());
        match (years().min(), years().max()) {
            (Some(first), Some(last)) => Ok(WorkingDays {
                first_known_year: first,
                last_known_year: last,
                digest: codes::digest::sm3_hex(json.as_bytes()),
                holidays,
                make_up,
            }),
            _ => Err(CalendarError::Empty),
        }
    }

    /// SM3 of the file: another calendar has another.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The last year whose holidays are known.
    pub fn last_known_year(&self) -> i32 {
        self.last_known_year
    }

    /// Whether the holidays of this day's year are known.
    pub fn knows(&self, day: Day) -> bool {
        (self.first_known_year..=self.last_known_year).contains(&day.year())
    }

    /// Whether people work that day: a make-up day, or neither weekend nor holiday.
    pub fn is_working_day(&self, day: Day) -> bool {
        self.make_up.contains(&day) || !(is_weekend(day) || self.holidays.contains(&day))
    }

    /// The day `count` working days after `from`, which itself does not count; `from` when `count` is 0.
    pub fn add_working_days(&self, from: Day, count: u32) -> Counted {
        let mut day = from;
        let mut left = count;
        for _ in 0..HORIZON_DAYS {
            if left == 0 {
                break;
            }
            day = day.add_days(1);
            left -= u32::from(self.is_working_day(day));
        }
        Counted {
            day,
            is_estimate: !self.knows(day),
        }
    }

    /// Working days after `from` up to and with `to`; negative when `to` lies before. The inverse of adding.
    pub fn working_days_between(&self, from: Day, to: Day) -> i64 {
        if to < from {
            return -self.working_days_between(to, from);
        }
        let span = from.days_until(to).clamp(0, i64::from(HORIZON_DAYS));
        (1..=span)
            .filter(|step| self.is_working_day(from.add_days(*step)))
            .count() as i64
    }
}

/// 1970-01-01 was a Thursday.
fn is_weekend(day: Day) -> bool {
    (i64::from(day.to_days_since_epoch()) + 3).rem_euclid(7) >= 5
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> Day {
        Day::parse_iso(text).unwrap()
    }

    #[test]
    fn the_calendar_of_2026_is_the_state_councils() {
        let calendar = WorkingDays::shipped();
        let cases = [
            ("2026-01-01", false), // 元旦
            ("2026-01-04", true),  // Sunday, worked for 元旦
            ("2026-02-14", true),  // Saturday, worked for 春节
            ("2026-02-16", false), // 除夕, a Monday
            ("2026-02-23", false),
            ("2026-02-24", true),
            ("2026-02-28", true), // Saturday, worked
            ("2026-05-05", false),
            ("2026-05-09", true), // Saturday, worked for 劳动节
            ("2026-09-20", true), // Sunday, worked for 国庆
            ("2026-10-07", false),
            ("2026-10-08", true),
            ("2026-10-10", true), // Saturday, worked
            ("2026-10-11", false),
            ("2026-11-21", false), // an ordinary Saturday
            ("2026-11-23", true),
        ];
        for (text, works) in cases {
            assert_eq!(calendar.is_working_day(day(text)), works, "{text}");
        }
    }

    #[test]
    fn deadlines_step_over_holidays_and_use_make_up_days() {
        let calendar = WorkingDays::shipped();
        let cases = [
            ("2026-11-20", 1, "2026-11-23"),  // over a weekend
            ("2026-09-30", 1, "2026-10-08"),  // over 国庆
            ("2026-10-08", 2, "2026-10-10"),  // the Saturday is worked
            ("2026-02-13", 1, "2026-02-14"),  // so is this one
            ("2026-02-14", 1, "2026-02-24"),  // over 春节
            ("2026-02-09", 15, "2026-03-06"), // a verification raised before 春节
            ("2026-11-21", 0, "2026-11-21"),
        ];
        for (from, count, due) in cases {
            assert_eq!(
                calendar.add_working_days(day(from), count).day,
                day(due),
                "{from} + {count}"
            );
        }
    }

    #[test]
    fn beyond_the_last_known_year_only_weekends_count_and_the_answer_says_so() {
        let calendar = WorkingDays::shipped();
        assert_eq!(calendar.last_known_year(), 2026);
        assert!(!calendar.add_working_days(day("2026-12-01"), 15).is_estimate);
        let far = calendar.add_working_days(day("2026-12-20"), 60);
        assert!(far.is_estimate);
        assert!(
            calendar.is_working_day(day("2027-01-01")),
            "a Friday nobody has announced yet"
        );
    }

    #[test]
    fn a_broken_calendar_is_refused() {
        assert!(matches!(WorkingDays::read("[]"), Err(CalendarError::Json(_))));
        assert!(matches!(
            WorkingDays::read(r#"{"holidays":{},"workdays":{}}"#),
            Err(CalendarError::Empty)
        ));
        let odd = r#"{"holidays":{"2026-02-30":"x"},"workdays":{}}"#;
        assert!(matches!(WorkingDays::read(odd), Err(CalendarError::Day(_))));
    }

    proptest! {
        #[test]
        fn counting_forth_and_back_agree(start in 18_000i32..22_000, count in 0u32..200) {
            let calendar = WorkingDays::shipped();
            let from = Day::from_days(start).unwrap();
            let due = calendar.add_working_days(from, count).day;
            prop_assert_eq!(calendar.working_days_between(from, due), i64::from(count));
            prop_assert_eq!(calendar.working_days_between(due, from), -i64::from(count));
            prop_assert!(count == 0 || calendar.is_working_day(due));
        }
    }
}
