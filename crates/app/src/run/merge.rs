//! A run's findings and closures merged into the lists: everything decided in memory, then written set by set.

use std::collections::{HashMap, HashSet};

use codes::id::{IdSource, ListItemId};
use codes::text;
use codes::time::{Day, Timestamp};
use domain::accounts::Role;
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::list_item::{
    self, Action, Actor, ClosedBy, Closure, Finding, ItemState, ItemSubject, Known, ListKind, Merge,
};
use domain::policy::WorklistPolicy;
use domain::scope::UnionPath;
use domain::working_days::WorkingDays;
use lake::Feed as _;
use serde_json::{Value, json};
use store::list_item::{EvidenceRecord, ItemGist, ItemRecord, KnownKey};

use super::MergeCounts;
use super::places::{Assigner, Places, Worker};
use crate::list_item::standing_of;

/// The division that numbers items whose county is unknown: the city itself.
const CITY_DIVISION: i64 = 330_200;

/// What merging needs to know of the world.
pub(super) struct MergeContext<'a> {
    pub run_no: i64,
    /// The day of the run: deadlines start here.
    pub as_of: Day,
    pub now: Timestamp,
    pub ids: &'a dyn IdSource,
    pub policy: &'a WorklistPolicy,
    pub calendar: &'a WorkingDays,
    pub places: &'a Places,
}

/// What is to be written.
#[derive(Debug, Default)]
pub(super) struct MergePlan {
    pub inserts: Vec<ItemRecord>,
    pub rewrites: Vec<ItemRecord>,
    pub evidence: Vec<EvidenceRecord>,
    pub closings: Vec<(ListItemId, String)>,
    pub entries: Vec<JournalEntry>,
    /// Last numbers by division, of the divisions that gave numbers.
    pub counters: HashMap<i64, i64>,
    pub counts: MergeCounts,
}

/// A run's output that does not make sense; nothing is written then.
#[derive(Debug, thiserror::Error)]
#[error("比对结果中“{about}”的{what}无法识别：{value}")]
pub(super) struct Senseless {
    /// Rule and subject, or the number of an item.
    about: String,
    what: &'static str,
    value: String,
}

/// What is left of a run's findings once those are taken out that change nothing.
#[derive(Debug, Default)]
pub(super) struct Sifted {
    /// Findings that say something new.
    pub findings: Vec<lake::tables::Finding>,
    /// Numbers of the items that these findings, or closures, are about.
    pub item_nos: Vec<String>,
    /// How many change nothing, and how many a person's decision keeps away.
    pub counts: MergeCounts,
    /// How many items there are.
    pub known: usize,
}

/// Most findings say on most days what they said the day before. Only items about which something new is said are read whole.
pub(super) fn sift(
    as_of: Day,
    places: &Places,
    gists: Vec<ItemGist>,
    findings: Vec<lake::tables::Finding>,
    closures: &[lake::tables::Closure],
) -> Sifted {
    let mut sifted = Sifted {
        known: gists.len(),
        ..Sifted::default()
    };
    let closing: HashSet<&str> = closures.iter().map(|closure| closure.item_no.as_str()).collect();
    let mut wanted: HashSet<String> = HashSet::new();
    let mut by_key: HashMap<KnownKey, ItemGist> = HashMap::with_capacity(gists.len());
    for mut gist in gists {
        if closing.contains(gist.item_no.as_str()) {
            wanted.insert(gist.item_no.clone());
        }
        by_key.insert(std::mem::take(&mut gist.key), gist);
    }
    for finding in findings {
        let key = (finding.rule, finding.subject_kind, finding.subject_id);
        let gist = by_key.get(&key);
        let (rule, subject_kind, subject_id) = key;
        let finding = lake::tables::Finding {
            rule,
            subject_kind,
            subject_id,
            ..finding
        };
        let Some(gist) = gist else {
            sifted.findings.push(finding);
            continue;
        };
        let is_wanted = wanted.contains(&gist.item_no);
        let found = ListKind::from_code(&finding.kind).map(|kind| Finding {
            kind,
            fingerprint: finding.fingerprint.clone(),
        });
        match found.map(|found| list_item::merge(Some(&gist.known), &found, as_of)) {
            Some(Merge::KeepAway) if !is_wanted => sifted.counts.suppressed += 1,
            Some(Merge::Same) if !is_wanted && says_the_same(gist, &finding, places) => {
                sifted.counts.unchanged += 1;
            }
            _ => {
                if !is_wanted {
                    wanted.insert(gist.item_no.clone());
                }
                sifted.findings.push(finding);
            }
        }
    }
    sifted.item_nos = wanted.into_iter().collect();
    sifted.item_nos.sort_unstable();
    sifted
}

fn says_the_same(gist: &ItemGist, finding: &lake::tables::Finding, places: &Places) -> bool {
    gist.rule_version == i64::from(finding.rule_version)
        && gist.responsible_path.as_deref() == places.responsible(finding.county.map(i64::from), finding.town)
        && gist.detail_hash == detail_hash(finding)
}

/// Merges findings, then closures. `counters` are the last numbers given this year.
pub(super) fn plan(
    context: &MergeContext<'_>,
    assigner: &mut Assigner,
    counters: HashMap<i64, i64>,
    known: Vec<ItemRecord>,
    findings: Vec<lake::tables::Finding>,
    closures: Vec<lake::tables::Closure>,
) -> Result<MergePlan, Senseless> {
    let mut merger = Merger {
        context,
        assigner,
        counters,
        touched: HashMap::new(),
        plan: MergePlan::default(),
    };
    let mut items: HashMap<KnownKey, ItemRecord> =
        known.into_iter().map(|item| (key_of(&item), item)).collect();
    for finding in findings {
        merger.take(finding, &mut items)?;
    }
    let by_number: HashMap<&str, &KnownKey> = items
        .iter()
        .map(|(key, item)| (item.item_no.as_str(), key))
        .collect();
    let mut closing = Vec::new();
    for closure in closures {
        let outcome = Closure::read(&closure.outcome, &closure.reason).ok_or_else(|| Senseless {
            about: closure.item_no.clone(),
            what: "办结方式",
            value: closure.outcome.clone(),
        })?;
        if let Some(key) = by_number.get(closure.item_no.as_str()) {
            closing.push(((*key).clone(), outcome, closure.evidence));
        }
    }
    for (key, outcome, evidence) in closing {
        if let Some(item) = items.remove(&key) {
            merger.close(item, outcome, evidence);
        }
    }
    Ok(merger.finish())
}

fn key_of(item: &ItemRecord) -> KnownKey {
    (
        item.rule.clone(),
        item.subject_kind.code().to_owned(),
        item.subject_id.clone(),
    )
}

struct Merger<'a> {
    context: &'a MergeContext<'a>,
    assigner: &'a mut Assigner,
    counters: HashMap<i64, i64>,
    /// Numbers given in this run, by division.
    touched: HashMap<i64, i64>,
    plan: MergePlan,
}

const RUN: Actor = Actor {
    role: Role::System,
    is_owner: false,
};

impl Merger<'_> {
    fn take(
        &mut self,
        finding: lake::tables::Finding,
        items: &mut HashMap<KnownKey, ItemRecord>,
    ) -> Result<(), Senseless> {
        let about = || format!("{} {}", finding.rule, finding.subject_id);
        let kind = ListKind::from_code(&finding.kind).ok_or_else(|| Senseless {
            about: about(),
            what: "清单类别",
            value: finding.kind.clone(),
        })?;
        let subject = ItemSubject::from_code(&finding.subject_kind).ok_or_else(|| Senseless {
            about: about(),
            what: "对象类别",
            value: finding.subject_kind.clone(),
        })?;
        let key = (
            finding.rule.clone(),
            finding.subject_kind.clone(),
            finding.subject_id.clone(),
        );
        let found = Finding {
            kind,
            fingerprint: finding.fingerprint.clone(),
        };
        let item = items.get(&key);
        match list_item::merge(item.map(known).as_ref(), &found, self.context.as_of) {
            Merge::Raise => {
                let item = self.raise(finding, kind, subject);
                items.insert(key, item);
            }
            Merge::KeepAway => self.plan.counts.suppressed += 1,
            Merge::Same => {
                if let Some(item) = items.get_mut(&key) {
                    self.refresh(item, finding);
                }
            }
            Merge::Change { kind } => {
                if let Some(item) = items.get_mut(&key) {
                    self.change(item, finding, kind);
                }
            }
            Merge::Reopen { kind } => {
                if let Some(item) = items.get_mut(&key) {
                    self.reopen(item, finding, kind);
                }
            }
        }
        Ok(())
    }

    fn raise(&mut self, finding: lake::tables::Finding, kind: ListKind, subject: ItemSubject) -> ItemRecord {
        let context = self.context;
        let mut item = ItemRecord {
            rule: finding.rule.clone(),
            raised_run: Some(context.run_no),
            ..ItemRecord::new(
                ListItemId::mint(context.ids, context.now),
                self.next_number(finding.county),
                kind,
                subject,
                finding.subject_id.clone(),
                context.now,
                context.as_of,
            )
        };
        self.describe(&mut item, finding);
        self.restart_clock(&mut item);
        self.enter(
            &item,
            JournalAction::ItemRaised,
            None,
            json!({"run_no": context.run_no, "reason": item.reason}),
        );
        self.assign(&mut item);
        self.plan.counts.raised += 1;
        self.plan.inserts.push(item.clone());
        item
    }

    /// The day has moved on and nothing else: words and figures follow, the history stays quiet.
    fn refresh(&mut self, item: &mut ItemRecord, finding: lake::tables::Finding) {
        let before = (item.detail_hash, item.responsible_path.clone(), item.rule_version);
        let responsible = self.responsible(&finding);
        if before
            == (
                detail_hash(&finding),
                responsible,
                i64::from(finding.rule_version),
            )
        {
            self.plan.counts.unchanged += 1;
            return;
        }
        self.describe(item, finding);
        self.set_due(item);
        self.plan.counts.unchanged += 1;
        self.plan.rewrites.push(item.clone());
    }

    fn change(&mut self, item: &mut ItemRecord, finding: lake::tables::Finding, kind: ListKind) {
        let before =
            json!({"reason": item.reason, "fingerprint": item.fingerprint, "kind": item.kind.code()});
        let changes_list = item.kind != kind;
        item.kind = kind;
        self.describe(item, finding);
        if changes_list {
            self.restart_clock(item);
        }
        item.changed_at = self.context.now;
        item.version += 1;
        let after = json!({"run_no": self.context.run_no, "reason": item.reason, "kind": item.kind.code()});
        self.enter(item, JournalAction::ItemChanged, Some(before), after);
        self.plan.counts.changed += 1;
        self.plan.rewrites.push(item.clone());
    }

    fn reopen(&mut self, item: &mut ItemRecord, finding: lake::tables::Finding, kind: ListKind) {
        let standing = standing_of(item, self.context.policy);
        let Ok(step) = list_item::step(standing, &Action::Reopen { kind }, RUN) else {
            return;
        };
        let before = json!({"state": item.state.code(), "reason": item.closing_reason});
        crate::list_item::apply(item, step.standing);
        self.describe(item, finding);
        item.owner_id = None;
        item.founded_union_id = None;
        item.confirmed_at = None;
        item.founded_at = None;
        item.closed_at = None;
        item.closed_by = None;
        item.closing_reason = None;
        item.refute_reason = None;
        item.suppressed_fingerprint = None;
        item.suppressed_until = None;
        item.changed_at = self.context.now;
        item.version += 1;
        self.restart_clock(item);
        let after = json!({"run_no": self.context.run_no, "reason": item.reason});
        self.enter(item, JournalAction::ItemReopened, Some(before), after);
        self.assign(item);
        self.plan.counts.reopened += 1;
        self.plan.rewrites.push(item.clone());
    }

    fn close(&mut self, mut item: ItemRecord, closure: Closure, evidence: String) {
        let standing = standing_of(&item, self.context.policy);
        let Ok(step) = list_item::step(
            standing,
            &Action::CloseByRun {
                outcome: closure.outcome,
            },
            RUN,
        ) else {
            return;
        };
        let before = json!({"state": item.state.code()});
        crate::list_item::apply(&mut item, step.standing);
        item.closed_at = Some(self.context.now);
        item.closed_by = Some(ClosedBy::Run);
        item.closing_reason = Some(closure.reason.clone());
        item.changed_at = self.context.now;
        item.version += 1;
        let counts = &mut self.plan.counts;
        let action = match closure.outcome {
            ItemState::Superseded => {
                counts.superseded += 1;
                JournalAction::ItemSuperseded
            }
            ItemState::OutOfScope => {
                counts.out_of_scope += 1;
                JournalAction::ItemPutAside
            }
            _ => {
                counts.done += 1;
                JournalAction::ItemClosed
            }
        };
        let facts: Value = serde_json::from_str(&evidence).unwrap_or(Value::Null);
        let after = json!({"run_no": self.context.run_no, "words": closure.reason, "evidence": facts});
        self.enter(&item, action, Some(before), after);
        self.plan.closings.push((item.id, evidence));
        self.plan.rewrites.push(item);
    }

    /// Takes over what the finding says; the evidence goes beside the row.
    fn describe(&mut self, item: &mut ItemRecord, finding: lake::tables::Finding) {
        item.detail_hash = detail_hash(&finding);
        item.responsible_path = self.responsible(&finding);
        item.rule_version = i64::from(finding.rule_version);
        item.search_text = search_text(&finding.name, finding.uscc.as_deref(), &item.item_no);
        item.uscc = finding.uscc;
        item.name = finding.name;
        item.county = finding.county.map(i64::from);
        item.town = finding.town;
        item.priority = i64::from(finding.priority);
        item.expected_members = finding.expected_members;
        item.insured_now = finding.insured_now;
        item.fingerprint = finding.fingerprint;
        item.reason = finding.reason;
        item.evidence_count = evidence_count(&finding.evidence);
        // A rule's own figure is for the list it raises the item on; what became a task by being seen has the
        // policy's, see `act`.
        if !item.is_confirmed {
            let rule_days = u32::try_from(finding.due_days).ok();
            item.due_days = i64::from(list_item::due_days(self.context.policy, item.kind, rule_days));
        }
        self.plan.evidence.push(EvidenceRecord {
            item_id: item.id,
            evidence: finding.evidence,
            closing: None,
        });
    }

    fn responsible(&self, finding: &lake::tables::Finding) -> Option<String> {
        self.context
            .places
            .responsible(finding.county.map(i64::from), finding.town)
            .map(str::to_owned)
    }

    fn restart_clock(&self, item: &mut ItemRecord) {
        item.clock_started_on = self.context.as_of;
        self.set_due(item);
    }

    /// The deadline follows from the clock and the rule's days, whichever has changed.
    fn set_due(&self, item: &mut ItemRecord) {
        let days = u32::try_from(item.due_days).unwrap_or(0);
        item.due_on = list_item::due_on(self.context.calendar, item.clock_started_on, days);
    }

    fn assign(&mut self, item: &mut ItemRecord) {
        let Some(Worker { id, login, name, .. }) = self.assigner.next(item.responsible_path.as_deref())
        else {
            return;
        };
        let standing = standing_of(item, self.context.policy);
        let Ok(step) = list_item::step(standing, &Action::Assign, RUN) else {
            return;
        };
        crate::list_item::apply(item, step.standing);
        item.owner_id = Some(id);
        self.enter(
            item,
            JournalAction::ItemAssigned,
            None,
            json!({"owner": login, "owner_name": name, "auto": true}),
        );
        self.plan.counts.assigned += 1;
    }

    fn enter(&mut self, item: &ItemRecord, action: JournalAction, before: Option<Value>, after: Value) {
        let path = item
            .responsible_path
            .as_deref()
            .and_then(|path| UnionPath::parse(path).ok());
        self.plan.entries.push(JournalEntry {
            path,
            before,
            after: Some(after),
            ..JournalEntry::new(action, SubjectKind::ListItem, item.id.uuid())
        });
    }

    fn next_number(&mut self, county: Option<i32>) -> String {
        let division = county.map_or(CITY_DIVISION, i64::from);
        let last = self.counters.entry(division).or_insert(0);
        *last += 1;
        self.touched.insert(division, *last);
        let year = self.context.as_of.year();
        list_item::item_no(
            u32::try_from(division).unwrap_or(0),
            year,
            u32::try_from(*last).unwrap_or(u32::MAX),
        )
    }

    /// An item that was changed and then closed in one run is written once, as it ended.
    fn finish(mut self) -> MergePlan {
        let mut last: HashMap<ListItemId, usize> = HashMap::new();
        for (nth, item) in self.plan.rewrites.iter().enumerate() {
            last.insert(item.id, nth);
        }
        let mut nth = 0;
        self.plan.rewrites.retain(|item| {
            nth += 1;
            last.get(&item.id) == Some(&(nth - 1))
        });
        self.plan.counters = self.touched;
        self.plan
    }
}

fn known(item: &ItemRecord) -> Known {
    Known {
        kind: item.kind,
        state: item.state,
        is_confirmed: item.is_confirmed,
        fingerprint: item.fingerprint.clone(),
        closed_by: item.closed_by,
        suppressed_fingerprint: item.suppressed_fingerprint.clone(),
        suppressed_until: item.suppressed_until,
    }
}

/// Longest part of a name that is searched, in characters: an index entry has a limit, names in files have none.
const SEARCHED_NAME_MAX: usize = 150;

/// What people search in: the name in normal form, the code, the number.
pub(crate) fn search_text(name: &str, uscc: Option<&str>, item_no: &str) -> String {
    let name: String = text::normalise(name).chars().take(SEARCHED_NAME_MAX).collect();
    format!("{name} {} {item_no}", uscc.unwrap_or_default())
}

fn detail_hash(finding: &lake::tables::Finding) -> i64 {
    let mut fed = Vec::with_capacity(finding.evidence.len() + 512);
    finding.reason.feed(&mut fed);
    finding.evidence.feed(&mut fed);
    finding.uscc.feed(&mut fed);
    finding.name.feed(&mut fed);
    finding.county.feed(&mut fed);
    finding.town.feed(&mut fed);
    finding.priority.feed(&mut fed);
    finding.expected_members.feed(&mut fed);
    finding.insured_now.feed(&mut fed);
    finding.due_days.feed(&mut fed);
    lake::hash_fed(&fed)
}

/// How many sources speak for the item.
fn evidence_count(evidence: &str) -> i64 {
    let value: Value = serde_json::from_str(evidence).unwrap_or(Value::Null);
    value
        .get("rows")
        .and_then(Value::as_array)
        .map_or(0, |rows| rows.len() as i64)
}

#[cfg(test)]
mod tests;
