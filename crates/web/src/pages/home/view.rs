//! What the home page (工作台) shows: how do we stand, where does it leak, what must I do today.

use askama::Template;

use crate::ui::{Frame, Tone};

#[derive(Template)]
#[template(path = "home/home.html")]
pub struct HomePage {
    pub frame: Frame,
    pub subtitle: String,
    /// The county looked into, when not the whole scope.
    pub drill: Option<String>,
    pub as_of: String,
    /// (address, words) of what is still to do before there is anything to show.
    pub steps_to_start: Vec<(String, String)>,
    /// Whether the items behind the figures open; their counts are unknown to whoever may not see them.
    pub sees_lists: bool,
    pub kpis: Vec<Kpi>,
    pub funnel: Vec<FunnelBar>,
    pub funnel_period: String,
    pub funnel_note: String,
    pub step_days: Vec<StepRow>,
    pub coverage_title: String,
    pub coverage_head: String,
    pub coverage: Vec<CoverageRow>,
    pub todos: Vec<TodoRow>,
    pub rules: Vec<RuleRow>,
}

impl HomePage {
    /// Whether unions are left out of the rates; the column is shown only then.
    fn has_unsound(&self) -> bool {
        self.coverage.iter().any(|row| row.unsound > 0)
    }
}

pub struct Kpi {
    pub label: String,
    pub value: String,
    pub unit: String,
    pub note: String,
    pub tone: Tone,
    pub href: String,
}

pub struct FunnelBar {
    pub label: String,
    pub count: i64,
    /// Width against the first bar.
    pub percent: i64,
    /// Share of the step before, in words.
    pub share: String,
    pub href: String,
}

pub struct StepRow {
    pub label: String,
    pub count: i64,
    pub median: String,
}

pub struct CoverageRow {
    pub label: String,
    pub href: Option<String>,
    pub gap_href: String,
    pub percent: i64,
    pub share: String,
    /// Employers whose union counts: its record is sound, or nobody has looked yet.
    pub sound: i64,
    /// Employers whose union does not count.
    pub unsound: i64,
    pub with_union: i64,
    pub employers: i64,
    pub open_items: i64,
}

impl CoverageRow {
    /// Colour only where somebody has to look: under three quarters.
    fn class(&self) -> &'static str {
        if self.employers > 0 && self.percent < 75 {
            "low"
        } else {
            ""
        }
    }

    fn gap(&self) -> i64 {
        self.employers - self.with_union
    }
}

pub struct TodoRow {
    pub label: String,
    pub note: String,
    pub tone: Tone,
    pub href: String,
}

pub struct RuleRow {
    pub label: String,
    pub checked: i64,
    pub share: String,
    pub tone: Tone,
    pub href: String,
}
