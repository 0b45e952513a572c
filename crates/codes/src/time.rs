//! Time has one door: an instant is a [`Timestamp`], a calendar date a [`Day`], and "now" comes from a [`Clock`].

use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Datelike, FixedOffset, Months, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

mod read;

pub use read::{DateError, read_date};

/// China has kept UTC+8 without summer time since 1992.
const SHANGHAI_SECONDS: i32 = 8 * 3600;

/// An instant: milliseconds since 1970-01-01 UTC, `BIGINT` in both databases and `Int64` in Arrow. Shown in
/// Asia/Shanghai.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// From milliseconds since the epoch.
    pub fn from_millis(millis: i64) -> Timestamp {
        Timestamp(millis)
    }

    /// Milliseconds since the epoch.
    pub fn millis(self) -> i64 {
        self.0
    }

    /// The calendar date in Asia/Shanghai.
    pub fn day(self) -> Day {
        Day(self.in_shanghai().date_naive())
    }

    /// Later by `duration`.
    pub fn plus(self, duration: Duration) -> Timestamp {
        Timestamp(
            self.0
                .saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)),
        )
    }

    /// Milliseconds from `earlier` to here; negative if it is later.
    pub fn millis_since(self, earlier: Timestamp) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// `2026-08-01 09:30` in Asia/Shanghai, for screens.
    pub fn to_minute(self) -> String {
        self.in_shanghai().format("%Y-%m-%d %H:%M").to_string()
    }

    fn in_shanghai(self) -> DateTime<FixedOffset> {
        let zone = FixedOffset::east_opt(SHANGHAI_SECONDS).expect("eight hours are a valid offset");
        let bound = DateTime::<Utc>::MAX_UTC.timestamp_millis() - 86_400_000;
        DateTime::<Utc>::from_timestamp_millis(self.0.clamp(-bound, bound))
            .unwrap_or(DateTime::<Utc>::UNIX_EPOCH)
            .with_timezone(&zone)
    }
}

impl fmt::Display for Timestamp {
    /// `2026-08-01 09:30:00` in Asia/Shanghai.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.in_shanghai().format("%Y-%m-%d %H:%M:%S"))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Timestamp({self})")
    }
}

/// A calendar date, `DATE` in both databases and `Date32` in Arrow.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(NaiveDate);

impl Day {
    /// `None` if there is no such day.
    pub fn new(year: i32, month: u32, day: u32) -> Option<Day> {
        NaiveDate::from_ymd_opt(year, month, day).map(Day)
    }

    /// Reads `2024-07-05` and nothing else.
    ///
    /// # Errors
    /// If the text is not an existing day in that form.
    pub fn parse_iso(text: &str) -> Result<Day, DateError> {
        let parts: Vec<&str> = text.split('-').collect();
        let [year, month, day] = parts.as_slice() else {
            return Err(DateError::Unreadable);
        };
        let is_digits =
            |part: &str, length: usize| part.len() == length && part.bytes().all(|c| c.is_ascii_digit());
        if !is_digits(year, 4) || !is_digits(month, 2) || !is_digits(day, 2) {
            return Err(DateError::Unreadable);
        }
        let number = |part: &str| part.parse::<u32>().map_err(|_| DateError::Unreadable);
        Day::new(number(year)? as i32, number(month)?, number(day)?).ok_or(DateError::NoSuchDay)
    }

    /// Days since 1970-01-01, the value of an Arrow `Date32`.
    pub fn to_days_since_epoch(self) -> i32 {
        self.0.to_epoch_days()
    }

    /// The day of an Arrow `Date32`; `None` beyond the calendar (some 260,000 years).
    pub fn from_days(days: i32) -> Option<Day> {
        NaiveDate::from_epoch_days(days).map(Day)
    }

    /// Later by `days`, earlier if negative; stops at the ends of the calendar.
    pub fn add_days(self, days: i64) -> Day {
        let end = if days < 0 { NaiveDate::MIN } else { NaiveDate::MAX };
        let moved = TimeDelta::try_days(days).and_then(|delta| self.0.checked_add_signed(delta));
        Day(moved.unwrap_or(end))
    }

    /// Later by whole months, earlier if negative; the 31st becomes the month's last day.
    pub fn add_months(self, months: i32) -> Day {
        let count = Months::new(months.unsigned_abs());
        if months < 0 {
            Day(self.0.checked_sub_months(count).unwrap_or(NaiveDate::MIN))
        } else {
            Day(self.0.checked_add_months(count).unwrap_or(NaiveDate::MAX))
        }
    }

    /// Days from here to `later`; negative if it is earlier.
    pub fn days_until(self, later: Day) -> i64 {
        later.0.signed_duration_since(self.0).num_days()
    }

    /// Full months from here to `other` (满月): 31 Jan → 28 Feb is 0, 31 Jan → 1 Mar is 1. Negative if `other` is
    /// earlier.
    pub fn months_until(self, other: Day) -> i32 {
        if other < self {
            return -other.months_until(self);
        }
        let months = (other.year() - self.year()) * 12 + other.month() as i32 - self.month() as i32;
        if other.day() < self.day() {
            months - 1
        } else {
            months
        }
    }

    /// Year.
    pub fn year(self) -> i32 {
        self.0.year()
    }

    /// Month, 1–12.
    pub fn month(self) -> u32 {
        self.0.month()
    }

    /// Day of the month, 1–31.
    pub fn day(self) -> u32 {
        self.0.day()
    }

    /// Day of the week, Monday 1 to Sunday 7.
    pub fn weekday_number(self) -> u32 {
        self.0.weekday().number_from_monday()
    }

    /// The chrono date, for the database and Arrow.
    pub fn naive(self) -> NaiveDate {
        self.0
    }

    /// The first instant of the day in Asia/Shanghai.
    pub fn start(self) -> Timestamp {
        let midnight = i64::from(self.to_days_since_epoch()) * 86_400_000;
        Timestamp(midnight - i64::from(SHANGHAI_SECONDS) * 1000)
    }
}

impl From<NaiveDate> for Day {
    fn from(date: NaiveDate) -> Day {
        Day(date)
    }
}

impl From<Day> for NaiveDate {
    fn from(day: Day) -> NaiveDate {
        day.0
    }
}

impl fmt::Display for Day {
    /// `2026-08-01`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Day({self})")
    }
}

impl std::str::FromStr for Day {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Day::parse_iso(text)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Day::parse_iso(&text).map_err(serde::de::Error::custom)
    }
}

/// Where "now" comes from.
pub trait Clock: Send + Sync {
    /// This instant.
    fn now(&self) -> Timestamp;

    /// Today's date in Asia/Shanghai.
    fn today(&self) -> Day {
        self.now().day()
    }
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one door")]
    fn now(&self) -> Timestamp {
        Timestamp(Utc::now().timestamp_millis())
    }
}

/// A clock that tests set and move.
#[derive(Debug)]
pub struct MockClock(AtomicI64);

impl MockClock {
    /// Stands at `now`.
    pub fn new(now: Timestamp) -> MockClock {
        MockClock(AtomicI64::new(now.0))
    }

    /// Stands at nine in the morning of `day`, Asia/Shanghai.
    pub fn at(day: Day) -> MockClock {
        MockClock::new(day.start().plus(Duration::from_secs(9 * 3600)))
    }

    /// Puts the clock to `now`.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.0, Ordering::SeqCst);
    }

    /// Moves the clock on.
    pub fn advance(&self, duration: Duration) {
        self.set(self.now().plus(duration));
    }

    /// Moves the clock on by whole days.
    pub fn advance_days(&self, days: u32) {
        self.advance(Duration::from_secs(u64::from(days) * 86_400));
    }
}

impl Clock for MockClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests;
