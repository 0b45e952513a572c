//! 届次、任期和提醒: when a committee's term ends, what colour that has, and when somebody is reminded.
//!
//! 《工会法》第十六条: base committees serve three or five years, general and industry unions five. Reminders fall at 180, 90, 30 and 0
//! days before the end and every 30 days after it, until a new term is registered.

use codes::time::Day;

use super::UnionType;

/// Days before the end at which a reminder falls due.
pub const STAGES: [i64; 4] = [180, 90, 30, 0];
/// Days between two reminders after the end.
pub const OVERDUE_EVERY: i64 = 30;

/// How near an end is: the colour of a term or a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Nearness {
    /// Past its end: red.
    Overdue,
    /// 90 days or less: yellow.
    Soon,
    /// 180 days or less: blue.
    Ahead,
    /// More than 180 days: green.
    Far,
}

impl Nearness {
    /// Every value, the nearest first.
    pub const ALL: [Nearness; 4] = [Nearness::Overdue, Nearness::Soon, Nearness::Ahead, Nearness::Far];

    /// How near `end` is today. The last day of a term still belongs to it.
    pub fn of(end: Day, today: Day) -> Nearness {
        match today.days_until(end) {
            left if left < 0 => Nearness::Overdue,
            0..=90 => Nearness::Soon,
            91..=180 => Nearness::Ahead,
            _ => Nearness::Far,
        }
    }

    /// The word beside the colour.
    pub fn label(self) -> &'static str {
        match self {
            Nearness::Overdue => "已届满",
            Nearness::Soon => "90 天内届满",
            Nearness::Ahead => "180 天内届满",
            Nearness::Far => "180 天以后届满",
        }
    }

    /// The word in addresses.
    pub fn code(self) -> &'static str {
        match self {
            Nearness::Overdue => "overdue",
            Nearness::Soon => "soon",
            Nearness::Ahead => "ahead",
            Nearness::Far => "far",
        }
    }

    /// Reads [`Nearness::code`].
    pub fn from_code(code: &str) -> Option<Nearness> {
        Nearness::ALL.into_iter().find(|nearness| nearness.code() == code)
    }

    /// The days on which an end of this nearness falls, first and last; `None`: no bound on that side.
    pub fn days(self, today: Day) -> (Option<Day>, Option<Day>) {
        match self {
            Nearness::Overdue => (None, Some(today.add_days(-1))),
            Nearness::Soon => (Some(today), Some(today.add_days(90))),
            Nearness::Ahead => (Some(today.add_days(91)), Some(today.add_days(180))),
            Nearness::Far => (Some(today.add_days(181)), None),
        }
    }
}

/// The reminder that stands on a day: days before the end (180, 90, 30, 0), or −30, −60 … after it. `None`: it is too early.
///
/// Whoever was not there on the day itself is told the latest one only.
pub fn stage(end: Day, today: Day) -> Option<i64> {
    let left = today.days_until(end);
    if left < 0 {
        let periods = -left / OVERDUE_EVERY;
        return Some(-periods * OVERDUE_EVERY);
    }
    STAGES.into_iter().filter(|stage| left <= *stage).min()
}

/// Years a committee of this kind may serve.
pub fn term_years(kind: UnionType) -> &'static [i32] {
    match kind {
        UnionType::General | UnionType::Industry => &[5],
        _ => &[3, 5],
    }
}

/// 委员会: which body of a union somebody belongs to (《工会法》第十条、第十一条; 经费审查 《中国工会章程》第十四条).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Body {
    /// 工会委员会
    Committee,
    /// 经费审查委员会
    Audit,
    /// 女职工委员会
    Women,
    /// 劳动法律监督委员会
    Supervision,
}

/// 职务
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Post {
    /// 主席; of the other bodies 主任.
    Chair,
    /// 副主席; of the other bodies 副主任.
    Vice,
    /// 委员
    Member,
}

impl Body {
    /// Every body, the committee first.
    pub const ALL: [Body; 4] = [Body::Committee, Body::Audit, Body::Women, Body::Supervision];

    /// The word on screens.
    pub fn label(self) -> &'static str {
        match self {
            Body::Committee => "工会委员会",
            Body::Audit => "经费审查委员会",
            Body::Women => "女职工委员会",
            Body::Supervision => "劳动法律监督委员会",
        }
    }

    /// The word in tables.
    pub fn code(self) -> &'static str {
        match self {
            Body::Committee => "committee",
            Body::Audit => "audit",
            Body::Women => "women",
            Body::Supervision => "supervision",
        }
    }

    /// Reads [`Body::code`].
    pub fn from_code(code: &str) -> Option<Body> {
        Body::ALL.into_iter().find(|body| body.code() == code)
    }
}

impl Post {
    /// Every post, the highest first.
    pub const ALL: [Post; 3] = [Post::Chair, Post::Vice, Post::Member];

    /// The word on screens, which depends on the body.
    pub fn label(self, body: Body) -> &'static str {
        match (self, body) {
            (Post::Chair, Body::Committee) => "主席",
            (Post::Vice, Body::Committee) => "副主席",
            (Post::Chair, _) => "主任",
            (Post::Vice, _) => "副主任",
            (Post::Member, _) => "委员",
        }
    }

    /// The word in tables.
    pub fn code(self) -> &'static str {
        match self {
            Post::Chair => "chair",
            Post::Vice => "vice",
            Post::Member => "member",
        }
    }

    /// Reads [`Post::code`].
    pub fn from_code(code: &str) -> Option<Post> {
        Post::ALL.into_iter().find(|post| post.code() == code)
    }
}

/// Whether a term may be registered; answers the day on which it ends.
///
/// # Errors
/// The field and what is wrong with it: a start after today, before the union was founded or before the last term began; an end that is
/// not three or five years on.
pub fn check_term(
    kind: UnionType,
    started_on: Day,
    years: Option<i32>,
    today: Day,
    founded: Option<Day>,
    last_started: Option<Day>,
) -> Result<Day, (&'static str, String)> {
    if started_on > today {
        return Err(("started_on", format!("任期起不能晚于今天（{today}）")));
    }
    if let Some(founded) = founded.filter(|founded| started_on < *founded) {
        return Err(("started_on", format!("任期起不能早于建会日期（{founded}）")));
    }
    if let Some(last) = last_started.filter(|last| started_on <= *last) {
        return Err(("started_on", format!("上一届自 {last} 起，新一届须晚于它")));
    }
    match years.filter(|years| term_years(kind).contains(years)) {
        Some(years) => Ok(started_on.add_months(years * 12)),
        None => Err((
            "term_years",
            match kind {
                UnionType::General | UnionType::Industry => {
                    "《工会法》第十六条：各级地方总工会和产业工会委员会每届任期五年".to_owned()
                }
                _ => "《工会法》第十六条：基层工会委员会每届任期三年或者五年".to_owned(),
            },
        )),
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

    #[test]
    fn colours_change_on_the_day() {
        let today = day("2026-08-03");
        for (left, nearness) in [
            (-1, Nearness::Overdue),
            (0, Nearness::Soon),
            (90, Nearness::Soon),
            (91, Nearness::Ahead),
            (180, Nearness::Ahead),
            (181, Nearness::Far),
        ] {
            assert_eq!(Nearness::of(today.add_days(left), today), nearness, "{left}");
        }
    }

    #[test]
    fn reminders_fall_at_180_90_30_and_0_days_and_every_30_after() {
        let end = day("2026-12-31");
        for (left, told) in [
            (181, None),
            (180, Some(180)),
            (91, Some(180)),
            (90, Some(90)),
            (30, Some(30)),
            (1, Some(30)),
            (0, Some(0)),
            (-1, Some(0)),
            (-29, Some(0)),
            (-30, Some(-30)),
            (-61, Some(-60)),
        ] {
            assert_eq!(stage(end, end.add_days(-left)), told, "{left} days left");
        }
    }

    #[test]
    fn a_term_is_three_or_five_years_and_follows_the_last() {
        let today = day("2026-08-03");
        let check = |kind, start, years, last| {
            check_term(kind, day(start), years, today, Some(day("2020-01-01")), last)
        };
        assert_eq!(
            check(UnionType::Single, "2026-08-01", Some(3), None),
            Ok(day("2029-08-01"))
        );
        assert_eq!(
            check(UnionType::General, "2026-08-01", Some(3), None)
                .unwrap_err()
                .0,
            "term_years"
        );
        assert_eq!(
            check(UnionType::Single, "2026-08-04", Some(3), None)
                .unwrap_err()
                .0,
            "started_on"
        );
        assert_eq!(
            check(UnionType::Single, "2019-12-31", Some(3), None)
                .unwrap_err()
                .0,
            "started_on"
        );
        let last = Some(day("2026-08-01"));
        assert_eq!(
            check(UnionType::Single, "2026-08-01", Some(3), last)
                .unwrap_err()
                .0,
            "started_on"
        );
    }

    proptest! {
        /// Every end has one colour, and the bounds that a list asks by say the same.
        #[test]
        fn bounds_and_colours_agree(left in -2000i64..2000) {
            let today = day("2026-08-03");
            let end = today.add_days(left);
            let in_bounds = |nearness: Nearness| {
                let (from, to) = nearness.days(today);
                from.is_none_or(|from| end >= from) && to.is_none_or(|to| end <= to)
            };
            let fits: Vec<Nearness> = Nearness::ALL.into_iter().filter(|one| in_bounds(*one)).collect();
            prop_assert_eq!(fits, vec![Nearness::of(end, today)]);
        }

        /// As days go by the reminder only goes down, and is told for good once the end is 180 days away.
        #[test]
        fn reminders_never_go_back(left in -400i64..400) {
            let end = day("2026-12-31");
            let (today, tomorrow) = (stage(end, end.add_days(-left)), stage(end, end.add_days(-left + 1)));
            if let Some(today) = today {
                prop_assert!(tomorrow.unwrap() <= today);
            }
        }
    }
}
