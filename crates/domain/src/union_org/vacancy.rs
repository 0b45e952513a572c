//! 主席空缺和补选: by when a union whose chair has left office elects another. Law leaves the time to local rules, so it is dated policy:
//! [`ByElectionPolicy`].

use codes::time::Day;

use super::term::{Nearness, stage};
use crate::policy::ByElectionPolicy;

/// A committee without a chair, and the day by which it has to have one again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Vacancy {
    /// The first day without a chair.
    pub since: Day,
    /// 补选期限: the last day of the by-election's time.
    pub due: Day,
}

impl Vacancy {
    /// The clock of a chair that left on `since` in a county; `None`: no policy says anything.
    ///
    /// `county` is the division's code (six digits); a union that lies in none, or in an unknown one, has the time of everywhere.
    pub fn of(since: Day, county: Option<i64>, policies: &[ByElectionPolicy]) -> Option<Vacancy> {
        let policy = ByElectionPolicy::on(since, county, policies)?;
        Some(Vacancy {
            since,
            due: policy.within.after(since),
        })
    }

    /// Days left; negative once it is overdue.
    pub fn days_left(&self, today: Day) -> i64 {
        today.days_until(self.due)
    }

    /// The colour, as that of an end of term. The last day still belongs to the time.
    pub fn nearness(&self, today: Day) -> Nearness {
        Nearness::of(self.due, today)
    }

    /// The reminder that stands on a day, as before an end of term: 90, 30, 0 days before, and every 30 days after.
    pub fn stage(&self, today: Day) -> Option<i64> {
        stage(self.due, today)
    }

    /// `自 2026-08-03 起空缺，2026-11-01 前补选，还有 90 天`
    pub fn words(&self, today: Day) -> String {
        let left = match self.days_left(today) {
            left if left < 0 => format!("已逾期 {} 天", -left),
            left => format!("还有 {left} 天"),
        };
        format!("主席自 {} 起空缺，应在 {} 前补选，{left}", self.since, self.due)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> Day {
        Day::parse_iso(text).unwrap()
    }

    fn of(since: &str, county: Option<i64>) -> Vacancy {
        Vacancy::of(day(since), county, &ByElectionPolicy::shipped()).unwrap()
    }

    #[test]
    fn ninety_days_here_and_three_months_in_henan() {
        for (since, county, due) in [
            ("2026-08-03", Some(330_226), "2026-11-01"),
            ("2026-08-03", None, "2026-11-01"),
            ("2026-08-03", Some(410_102), "2026-11-03"),
            // Three months after the last day of a month end on the last day of another.
            ("2025-11-30", Some(410_102), "2026-02-28"),
        ] {
            assert_eq!(of(since, county).due, day(due), "{since} {county:?}");
        }
    }

    #[test]
    fn what_is_left_is_said_with_the_colour_of_an_end_of_term() {
        let vacancy = of("2026-08-03", Some(330_226));
        for (today, nearness, words) in [
            ("2026-08-03", Nearness::Soon, "还有 90 天"),
            ("2026-11-01", Nearness::Soon, "还有 0 天"),
            ("2026-11-02", Nearness::Overdue, "已逾期 1 天"),
        ] {
            let today = day(today);
            assert_eq!(vacancy.nearness(today), nearness);
            assert!(vacancy.words(today).ends_with(words), "{}", vacancy.words(today));
        }
    }

    #[test]
    fn nothing_is_due_where_no_policy_says_so() {
        assert_eq!(Vacancy::of(day("2026-08-03"), Some(330_226), &[]), None);
    }

    proptest! {
        /// The clock counts from the day of leaving alone: the due day never moves, what is left falls by one a day, the colour turns red on
        /// the day after it and never back, and the first reminder is told at once.
        #[test]
        fn the_clock_runs_down_and_is_never_put_back(start in 0i64..20_000, later in 0i64..400, henan in any::<bool>()) {
            let since = Day::from_days(start as i32).unwrap();
            let county = Some(if henan { 411_700 } else { 330_226 });
            let vacancy = Vacancy::of(since, county, &ByElectionPolicy::shipped()).unwrap();
            let whole = since.days_until(vacancy.due);
            let most = if henan { 89..=92 } else { 90..=90 };
            prop_assert!(most.contains(&whole), "{} days", whole);
            let today = since.add_days(later);
            prop_assert_eq!(vacancy.days_left(today), whole - later);
            prop_assert_eq!(vacancy.nearness(today) == Nearness::Overdue, later > whole);
            prop_assert!(vacancy.stage(since).is_some(), "told on the day itself");
            let (now, next) = (vacancy.stage(today).unwrap(), vacancy.stage(today.add_days(1)).unwrap());
            prop_assert!(next <= now);
        }

        /// Whoever leaves later has until later.
        #[test]
        fn a_later_leaving_is_due_no_earlier(start in 0i64..20_000, henan in any::<bool>()) {
            let county = Some(if henan { 410_102 } else { 330_226 });
            let due = |days: i64| Vacancy::of(Day::from_days(days as i32).unwrap(), county, &ByElectionPolicy::shipped()).unwrap().due;
            prop_assert!(due(start) <= due(start + 1));
        }
    }
}
