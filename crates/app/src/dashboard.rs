//! 工作台: how do we stand, where does it leak, what must I do today. All within the asker's scope.

use std::collections::BTreeMap;

use codes::division::Divisions;
use codes::time::Day;
use domain::journal::JournalAction;
use domain::list_item::ItemState;
use domain::permission::Action;
use domain::scope::Scope;
use serde::Serialize;
use store::Reader;
use store::dashboard::{FunnelCounts, PlaceCount, PlaceCoverage, RuleTally};

use crate::error::AppError;
use crate::list_item::{KindCounts, RunStamp, kind_counts, rule_title, run_stamp};
use crate::op::{App, OpContext};

/// The home page's figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Dashboard {
    pub run: Option<RunStamp>,
    /// Active unions in scope.
    pub unions: i64,
    /// Memberships in scope.
    pub members: i64,
    /// Of the members at the register's last count, those whose records are sound; absent before the first.
    pub sound_members: Option<Share>,
    /// Share of employers with 25 or more insured that have a union; absent before the first run.
    pub coverage: Option<Coverage>,
    pub counts: KindCounts,
    pub funnel: Vec<FunnelStep>,
    /// Median calendar days between the steps of this year's items, from the journal.
    pub step_days: Vec<StepDays>,
    /// By county for the city, by town below it.
    pub areas: Vec<AreaCoverage>,
    pub rules: Vec<RuleQuality>,
    pub todo: Vec<Todo>,
}

/// Employers that should have a union, and those that do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Coverage {
    pub employers_25: i64,
    pub with_union: i64,
    /// Those whose union's record is sound (合格) too; absent while the register had not been counted before the run.
    pub with_sound_union: Option<i64>,
}

impl Coverage {
    /// Per cent, one decimal is meaningful; absent where there is nothing to cover. Only sound records count (只计合格记录), as in
    /// Beijing's audits; all of them while nobody has looked which are.
    pub fn percent(&self) -> Option<f64> {
        let counted = self.with_sound_union.unwrap_or(self.with_union);
        (self.employers_25 > 0).then(|| counted as f64 * 100.0 / self.employers_25 as f64)
    }

    /// Employers with a union that does not count, its record being unsound.
    pub fn unsound(&self) -> i64 {
        self.with_sound_union.map_or(0, |sound| self.with_union - sound)
    }

    fn add(&mut self, place: &PlaceCoverage) {
        self.employers_25 += place.employers_25;
        self.with_union += place.with_union;
        self.with_sound_union = match (self.with_sound_union, place.with_sound_union) {
            (None, None) => None,
            (sum, more) => Some(sum.unwrap_or(0) + more.unwrap_or(0)),
        };
    }
}

/// A part of a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Share {
    pub part: i64,
    pub whole: i64,
}

/// One bar of the funnel from data to union.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FunnelStep {
    /// `found`, `confirmed`, `in_progress`, `founded`.
    pub code: &'static str,
    pub label: &'static str,
    pub count: i64,
    /// The list behind the number, as query pairs for the list page.
    pub link: Vec<(&'static str, String)>,
}

/// How long one step takes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StepDays {
    pub label: &'static str,
    /// Median calendar days, absent without a single case.
    pub median_days: Option<f64>,
    pub cases: i64,
}

/// One county or town.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AreaCoverage {
    /// Six digits for a county, nine for a town; absent: place unknown.
    pub code: Option<i64>,
    pub name: String,
    pub coverage: Option<Coverage>,
    pub unions: i64,
    pub members: i64,
    pub open_items: i64,
    pub is_county: bool,
}

/// How often a rule was wrong.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RuleQuality {
    pub rule: String,
    pub title: String,
    pub open: i64,
    pub confirmed: i64,
    pub refuted: i64,
    /// refuted / (refuted + confirmed), absent while nobody has looked.
    pub wrong_rate: Option<f64>,
}

/// One line of 待办.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Todo {
    pub text: String,
    pub detail: Option<String>,
    pub is_urgent: bool,
    pub link: Vec<(&'static str, String)>,
}

/// The whole home page in one reading transaction.
pub async fn dashboard(op: &OpContext, app: &App) -> Result<Dashboard, AppError> {
    op.may(Action::SeeDashboard)?;
    let counts = kind_counts(op, app).await?;
    let mut reader = app.store.read().await?;
    let places = figures(op, &mut reader).await?;
    let year_start = Day::new(op.today().year(), 1, 1).unwrap_or_else(|| op.today());
    let mut coverage = Coverage::default();
    places.coverage.iter().for_each(|place| coverage.add(place));
    let run = run_stamp(&mut reader).await?;
    Ok(Dashboard {
        coverage: run.is_some().then_some(coverage),
        unions: places.unions.iter().map(|place| place.count).sum(),
        members: places.members.iter().map(|place| place.count).sum(),
        sound_members: crate::quality::sound_members(op, &mut reader).await?,
        funnel: funnel(reader.funnel(op.scope(), year_start).await?),
        step_days: step_days(op, &mut reader, year_start).await?,
        areas: by_area(op, &places),
        rules: rule_quality(reader.rule_tallies(op.scope()).await?),
        todo: todo(op, &counts),
        counts,
        run,
    })
}

/// The towns of one county (six digits), for the drill-down.
pub async fn areas(op: &OpContext, app: &App, county: i64) -> Result<Vec<AreaCoverage>, AppError> {
    op.may(Action::SeeDashboard)?;
    let mut reader = app.store.read().await?;
    Ok(towns_of(&figures(op, &mut reader).await?, county))
}

/// Everything that is counted by place.
struct Figures {
    coverage: Vec<PlaceCoverage>,
    open: Vec<PlaceCount>,
    unions: Vec<PlaceCount>,
    members: Vec<PlaceCount>,
}

async fn figures(op: &OpContext, reader: &mut Reader) -> Result<Figures, AppError> {
    Ok(Figures {
        coverage: reader.coverage_by_place(op.scope()).await?,
        open: reader.open_by_place(op.scope()).await?,
        unions: reader.unions_by_place(op.scope()).await?,
        members: reader.members_by_place(op.scope()).await?,
    })
}

/// Counties for whoever sees more than one, else the towns of the one county.
fn by_area(op: &OpContext, figures: &Figures) -> Vec<AreaCoverage> {
    let mut counties: Vec<i64> = figures
        .unions
        .iter()
        .filter_map(|place| county_of(place.county, place.town))
        .collect();
    counties.extend(
        figures
            .coverage
            .iter()
            .filter_map(|place| county_of(place.county, place.town)),
    );
    counties.sort_unstable();
    counties.dedup();
    match counties.as_slice() {
        [only] if !matches!(op.scope(), Scope::Everything) => towns_of(figures, *only),
        _ => grouped(figures, |county, town| Some(county_of(county, town)), true),
    }
}

fn towns_of(figures: &Figures, county: i64) -> Vec<AreaCoverage> {
    grouped(
        figures,
        |of, town| (county_of(of, town) == Some(county)).then_some(town),
        false,
    )
}

fn county_of(county: Option<i64>, town: Option<i64>) -> Option<i64> {
    county.or_else(|| town.map(|town| town / 1_000))
}

/// Sums the figures by the place that `place` names; `None` leaves a row out, `Some(None)` is "place unknown".
fn grouped(
    figures: &Figures,
    place: impl Fn(Option<i64>, Option<i64>) -> Option<Option<i64>>,
    is_county: bool,
) -> Vec<AreaCoverage> {
    let mut areas: BTreeMap<Option<i64>, AreaCoverage> = BTreeMap::new();
    let mut at = |county, town, change: &mut dyn FnMut(&mut AreaCoverage)| {
        let Some(code) = place(county, town) else { return };
        change(areas.entry(code).or_insert_with(|| AreaCoverage {
            code,
            name: place_name(code, is_county),
            coverage: None,
            unions: 0,
            members: 0,
            open_items: 0,
            is_county,
        }));
    };
    for row in &figures.coverage {
        at(row.county, row.town, &mut |area| {
            area.coverage.get_or_insert_default().add(row);
        });
    }
    for row in &figures.unions {
        at(row.county, row.town, &mut |area| area.unions += row.count);
    }
    for row in &figures.members {
        at(row.county, row.town, &mut |area| area.members += row.count);
    }
    for row in &figures.open {
        at(row.county, row.town, &mut |area| area.open_items += row.count);
    }
    let mut list: Vec<AreaCoverage> = areas.into_values().collect();
    // Places by code; what has no place comes last.
    list.sort_by_key(|area| (area.code.is_none(), area.code));
    list
}

fn place_name(code: Option<i64>, is_county: bool) -> String {
    let places = Divisions::shipped();
    let name = match code {
        None if is_county => return "区县不明".to_owned(),
        None => return "镇街不明".to_owned(),
        Some(code) if is_county => u32::try_from(code).ok().and_then(|code| places.county_name(code)),
        Some(code) => u64::try_from(code).ok().and_then(|code| places.town_name(code)),
    };
    name.map_or_else(
        || code.map(|code| code.to_string()).unwrap_or_default(),
        str::to_owned,
    )
}

fn funnel((raised, confirmed, under_way, founded): FunnelCounts) -> Vec<FunnelStep> {
    let all = || ("all", "1".to_owned());
    let state = |state: ItemState| vec![("state", state.code().to_owned())];
    let step = |code, label, count, link| FunnelStep {
        code,
        label,
        count,
        link,
    };
    vec![
        step("found", "比对发现", raised, vec![all()]),
        step(
            "confirmed",
            "核实属实",
            confirmed,
            vec![("kind", "task".to_owned()), all()],
        ),
        step("in_progress", "办理中", under_way, state(ItemState::InProgress)),
        step("founded", "建会", founded, state(ItemState::Done)),
    ]
}

/// The steps whose time is watched, with the journal's words for their ends.
const STEPS: [(&str, JournalAction, JournalAction); 3] = [
    (
        "列入 → 核实属实",
        JournalAction::ItemRaised,
        JournalAction::ItemVerified,
    ),
    (
        "核实属实 → 建会",
        JournalAction::ItemVerified,
        JournalAction::ItemFounded,
    ),
    (
        "列入 → 自动办结",
        JournalAction::ItemRaised,
        JournalAction::ItemClosed,
    ),
];

async fn step_days(op: &OpContext, reader: &mut Reader, since: Day) -> Result<Vec<StepDays>, AppError> {
    let mut steps = Vec::new();
    for (label, from, to) in STEPS {
        let mut millis = reader.step_millis(op.scope(), from, to, since.start()).await?;
        steps.push(StepDays {
            label,
            cases: millis.len() as i64,
            median_days: median(&mut millis),
        });
    }
    Ok(steps)
}

/// The middle value in days, to one decimal; absent without a case.
fn median(millis: &mut [i64]) -> Option<f64> {
    if millis.is_empty() {
        return None;
    }
    millis.sort_unstable();
    let middle = millis.len() / 2;
    let value = if millis.len().is_multiple_of(2) {
        (millis[middle - 1] + millis[middle]) as f64 / 2.0
    } else {
        millis[middle] as f64
    };
    Some((value / 8_640_000.0).round() / 10.0)
}

fn rule_quality(tallies: Vec<RuleTally>) -> Vec<RuleQuality> {
    let mut rules: Vec<RuleQuality> = tallies
        .into_iter()
        .map(|tally| {
            let looked_at = tally.confirmed_count + tally.refuted_count;
            RuleQuality {
                title: rule_title(&tally.rule).to_owned(),
                rule: tally.rule,
                open: tally.open_count,
                confirmed: tally.confirmed_count,
                refuted: tally.refuted_count,
                wrong_rate: (looked_at > 0).then(|| tally.refuted_count as f64 / looked_at as f64),
            }
        })
        .collect();
    rules.sort_by(|a, b| (b.open, &a.rule).cmp(&(a.open, &b.rule)));
    rules
}

fn todo(op: &OpContext, counts: &KindCounts) -> Vec<Todo> {
    let mut list = Vec::new();
    let mut add = |count: i64, text: String, is_urgent, link: Vec<(&'static str, String)>| {
        if count > 0 {
            list.push(Todo {
                text,
                detail: None,
                is_urgent,
                link,
            });
        }
    };
    let pair = |key, value: &str| (key, value.to_owned());
    add(
        counts.overdue,
        format!("{} 项已逾期", counts.overdue),
        true,
        vec![pair("overdue", "1")],
    );
    add(
        counts.mine,
        format!("{} 项由我承办", counts.mine),
        false,
        vec![pair("owner", "me")],
    );
    if op.can(Action::AssignItems) {
        add(
            counts.verification,
            format!("{} 项待核实", counts.verification),
            false,
            vec![pair("kind", "verify")],
        );
        add(
            counts.task,
            format!("{} 项任务未办结", counts.task),
            false,
            vec![pair("kind", "task")],
        );
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_and_nothing_has_none() {
        const DAY: i64 = 86_400_000;
        for (days, expected) in [
            (vec![], None),
            (vec![3], Some(3.0)),
            (vec![9, 1, 2], Some(2.0)),
            (vec![1, 2], Some(1.5)),
        ] {
            let mut millis: Vec<i64> = days.iter().map(|day| day * DAY).collect();
            assert_eq!(median(&mut millis), expected);
        }
    }

    #[test]
    fn a_place_without_employers_has_no_rate() {
        assert_eq!(Coverage::default().percent(), None);
        let mut coverage = Coverage {
            employers_25: 8,
            with_union: 6,
            with_sound_union: None,
        };
        assert_eq!((coverage.percent(), coverage.unsound()), (Some(75.0), 0));
        coverage.with_sound_union = Some(4);
        assert_eq!((coverage.percent(), coverage.unsound()), (Some(50.0), 2));
    }

    #[test]
    fn what_has_no_place_is_listed_last() {
        let count = |county, town, count| PlaceCount { county, town, count };
        let figures = Figures {
            coverage: vec![PlaceCoverage {
                county: Some(330226),
                town: None,
                employers_25: 4,
                with_union: 3,
                with_sound_union: Some(2),
            }],
            open: vec![count(None, Some(330226104), 2), count(None, None, 5)],
            unions: Vec::new(),
            members: Vec::new(),
        };
        let areas = grouped(&figures, |county, town| Some(county_of(county, town)), true);
        assert_eq!(
            areas
                .iter()
                .map(|area| (area.code, area.open_items))
                .collect::<Vec<_>>(),
            [(Some(330226), 2), (None, 5)]
        );
        assert_eq!(towns_of(&figures, 330226).len(), 2);
    }
}
