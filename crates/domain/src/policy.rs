//! 政策: figures that a city or a year sets. They are data with a date, never constants inside a rule.

use codes::time::Day;
use serde::{Deserialize, Serialize};

use crate::list_item::ListKind;

/// How the lists are worked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorklistPolicy {
    /// From which day on it holds.
    pub valid_from: Day,
    /// 核实期限, working days.
    pub verify_days: u32,
    /// 办理期限, working days.
    pub task_days: u32,
    /// 工作事项期限, working days.
    pub work_days: u32,
    /// How long a person's "not true" keeps an item away while nothing changes, months.
    pub suppression_months: u32,
    /// Fewer working days than this left: the deadline is coloured.
    pub soon_days: u32,
    /// Beginnings of the names of rules that lead to founding a union, which is never done unseen.
    pub founding_rules: Vec<String>,
}

impl WorklistPolicy {
    /// The policies that come with the product, oldest first.
    pub fn shipped() -> Vec<WorklistPolicy> {
        vec![WorklistPolicy {
            valid_from: Day::from_days(0).expect("the epoch is a day"),
            verify_days: 15,
            task_days: 60,
            work_days: 10,
            suppression_months: 12,
            soon_days: 3,
            founding_rules: ["found-", "union-unregistered"].map(str::to_owned).to_vec(),
        }]
    }

    /// The policy that holds on a day: the youngest that has begun, or the oldest.
    pub fn on(day: Day, policies: &[WorklistPolicy]) -> Option<&WorklistPolicy> {
        let begun = policies
            .iter()
            .filter(|policy| policy.valid_from <= day)
            .max_by_key(|policy| policy.valid_from);
        begun.or_else(|| policies.iter().min_by_key(|policy| policy.valid_from))
    }

    /// Working days an item gets on a list when its rule names no figure of its own.
    pub fn due_days(&self, kind: ListKind) -> u32 {
        match kind {
            ListKind::Verification => self.verify_days,
            ListKind::Task => self.task_days,
            ListKind::Work => self.work_days,
        }
    }

    /// Whether a rule's items end in founding a union.
    pub fn leads_to_founding(&self, rule: &str) -> bool {
        self.founding_rules
            .iter()
            .any(|begin| rule.starts_with(begin.as_str()))
    }
}

impl Default for WorklistPolicy {
    fn default() -> Self {
        WorklistPolicy::shipped().pop().expect("one policy is shipped")
    }
}

/// How long the chair of a committee may be vacant (主席空缺), by place and time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ByElectionPolicy {
    /// For chairs that leave on this day or later.
    pub valid_from: Day,
    /// First digits of the division's code (行政区划代码) that it is for, such as `41`; empty: everywhere.
    pub place: String,
    pub within: Within,
}

/// A time that local rules set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Within {
    Days(i64),
    Months(i32),
}

impl Within {
    /// The last day of this time, counted from a day.
    pub fn after(self, day: Day) -> Day {
        match self {
            Within::Days(days) => day.add_days(days),
            Within::Months(months) => day.add_months(months),
        }
    }
}

impl ByElectionPolicy {
    /// The policies that come with the product: three months in Henan (《河南省工会条例》), 90 days elsewhere until a place says
    /// otherwise.
    pub fn shipped() -> Vec<ByElectionPolicy> {
        let always = Day::from_days(0).expect("the epoch is a day");
        [("", Within::Days(90)), ("41", Within::Months(3))]
            .map(|(place, within)| ByElectionPolicy {
                valid_from: always,
                place: place.to_owned(),
                within,
            })
            .to_vec()
    }

    /// The policy for a chair that left on a day in a county: of those that had begun and are for the place, the most exact place's youngest.
    pub fn on(day: Day, county: Option<i64>, policies: &[ByElectionPolicy]) -> Option<&ByElectionPolicy> {
        let code = county.map(|county| county.to_string()).unwrap_or_default();
        policies
            .iter()
            .filter(|policy| policy.valid_from <= day && code.starts_with(&policy.place))
            .max_by_key(|policy| (policy.place.len(), policy.valid_from))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_policy_of_the_day_is_the_youngest_that_has_begun() {
        let old = WorklistPolicy {
            valid_from: Day::parse_iso("2025-01-01").unwrap(),
            ..Default::default()
        };
        let new = WorklistPolicy {
            valid_from: Day::parse_iso("2027-01-01").unwrap(),
            verify_days: 10,
            ..old.clone()
        };
        let policies = [new.clone(), old.clone()];
        let on = |text: &str| WorklistPolicy::on(Day::parse_iso(text).unwrap(), &policies);
        assert_eq!(on("2026-11-21"), Some(&old));
        assert_eq!(on("2027-01-01"), Some(&new));
        assert_eq!(on("2020-01-01"), Some(&old));
        assert_eq!(WorklistPolicy::on(old.valid_from, &[]), None);
    }

    #[test]
    fn founding_rules_are_known_by_their_names() {
        let policy = WorklistPolicy::default();
        for (rule, founds) in [
            ("found-25", true),
            ("found-joint", true),
            ("union-unregistered", true),
            ("term-due", false),
        ] {
            assert_eq!(policy.leads_to_founding(rule), founds, "{rule}");
        }
    }

    #[test]
    fn a_by_election_goes_by_the_most_exact_place_and_the_day_of_leaving() {
        let day = |text: &str| Day::parse_iso(text).unwrap();
        let mut policies = ByElectionPolicy::shipped();
        policies.push(ByElectionPolicy {
            valid_from: day("2027-01-01"),
            place: "3302".to_owned(),
            within: Within::Days(60),
        });
        let on = |left: &str, county| {
            ByElectionPolicy::on(day(left), county, &policies).map(|policy| policy.within)
        };
        assert_eq!(on("2026-12-31", Some(330_226)), Some(Within::Days(90)));
        assert_eq!(on("2027-01-01", Some(330_226)), Some(Within::Days(60)));
        assert_eq!(on("2027-01-01", Some(330_106)), Some(Within::Days(90)));
        assert_eq!(on("2027-01-01", Some(410_102)), Some(Within::Months(3)));
        assert_eq!(on("2027-01-01", None), Some(Within::Days(90)));
    }
}
