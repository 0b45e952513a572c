//! What a run does to the lists: findings against what is known, decided one by one and without a database.
//!
//! One item has one row for life, so a finding either raises a new one, brings an open one up to date, opens a closed
//! one again, or is kept away by what a person said while its fingerprint is the same.

use codes::time::Day;

use super::{ItemState, ListKind};

/// What a rule found in this run, as far as merging depends on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub kind: ListKind,
    /// Stands for the facts; changes when they do.
    pub fingerprint: String,
}

/// Who closed an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClosedBy {
    Run,
    Person,
}

impl ClosedBy {
    pub fn code(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Person => "person",
        }
    }

    pub fn from_code(code: &str) -> Option<ClosedBy> {
        match code {
            "run" => Some(Self::Run),
            "person" => Some(Self::Person),
            _ => None,
        }
    }
}

/// What is known of an item already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub kind: ListKind,
    pub state: ItemState,
    pub is_confirmed: bool,
    pub fingerprint: String,
    pub closed_by: Option<ClosedBy>,
    /// The fingerprint a person looked at when saying no.
    pub suppressed_fingerprint: Option<String>,
    /// The last day on which that no holds.
    pub suppressed_until: Option<Day>,
}

/// What becomes of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merge {
    /// Not seen before.
    Raise,
    /// Open, and nothing has changed but the day.
    Same,
    /// Open, and its evidence has changed. `kind` is the list it stands on from now on.
    Change { kind: ListKind },
    /// Closed, and true again.
    Reopen { kind: ListKind },
    /// Closed by a person, and nothing has changed since.
    KeepAway,
}

/// Decides what becomes of one finding on the day of the run.
pub fn merge(known: Option<&Known>, finding: &Finding, as_of: Day) -> Merge {
    let Some(known) = known else { return Merge::Raise };
    if known.state.is_open() {
        let kind = kind_while_open(known, finding);
        return if known.fingerprint == finding.fingerprint && kind == known.kind {
            Merge::Same
        } else {
            Merge::Change { kind }
        };
    }
    let is_kept_away = known.closed_by != Some(ClosedBy::Run)
        && known.suppressed_fingerprint.as_deref() == Some(finding.fingerprint.as_str())
        && known.suppressed_until.is_some_and(|until| as_of <= until);
    if is_kept_away {
        Merge::KeepAway
    } else {
        Merge::Reopen { kind: finding.kind }
    }
}

/// What was seen on site stays a task; an item that somebody is working on does not change lists under their hands
/// except upwards, from "look" to "do".
fn kind_while_open(known: &Known, finding: &Finding) -> ListKind {
    match (known.kind, finding.kind) {
        (ListKind::Task, ListKind::Verification) if known.is_confirmed || is_under_way(known.state) => {
            ListKind::Task
        }
        (_, found) => found,
    }
}

fn is_under_way(state: ItemState) -> bool {
    !matches!(state, ItemState::New | ItemState::Assigned)
}

/// What a run says of an open item that no rule raised again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closure {
    pub outcome: ItemState,
    pub reason: String,
}

impl Closure {
    /// Reads an outcome code of a run's output; only `done`, `superseded` and `out_of_scope` close an item.
    pub fn read(outcome: &str, reason: &str) -> Option<Closure> {
        let outcome = ItemState::from_code(outcome)?;
        let closes = matches!(
            outcome,
            ItemState::Done | ItemState::Superseded | ItemState::OutOfScope
        );
        closes.then(|| Closure {
            outcome,
            reason: reason.to_owned(),
        })
    }
}
