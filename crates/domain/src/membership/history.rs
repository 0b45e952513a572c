//! Where a membership was on a past day, told backwards from where it is: what members of last quarter are counted by.

use codes::time::Day;

use super::{ChangeKind, MembershipState};

/// What an event did, as far as a past day asks. `U` names a union.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastStep<U> {
    pub kind: ChangeKind,
    /// The day from which it holds; `None`: the file that brought it does not say.
    pub on: Option<Day>,
    /// The day on which it was written down.
    pub written: Day,
    pub from: Option<U>,
    pub to: Option<U>,
    /// The state that it led to.
    pub state: MembershipState,
}

impl<U: Clone> PastStep<U> {
    fn begins(&self) -> bool {
        matches!(self.kind, ChangeKind::Join | ChangeKind::TransferIn)
    }

    /// The day on which it counts: the one it names, else the one on which it was written down.
    pub fn day(&self) -> Day {
        self.on.unwrap_or(self.written)
    }

    /// The union before it; nobody is a member before joining.
    fn before(&self) -> Option<U> {
        if self.begins() { None } else { self.from.clone() }
    }
}

/// Where a membership was on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastPlace<U> {
    /// `None`: it was no membership on that day.
    pub union: Option<U>,
    /// An event without a day of its own was taken as of the day on which it was written down.
    pub is_unsure: bool,
}

/// Where a membership was at the end of `day`: `now` is where it is (`None`: it has ended), `joined` the day of joining that its row
/// names, `steps` everything that has happened to it, the oldest first.
pub fn place_on<U: Clone>(
    now: Option<U>,
    joined: Option<Day>,
    steps: &[PastStep<U>],
    day: Day,
) -> PastPlace<U> {
    let mut union = now;
    let mut is_unsure = false;
    let mut known = steps.len();
    while let Some(step) = steps[..known].last().filter(|step| step.day() > day) {
        union = step.before();
        is_unsure |= step.on.is_none();
        known -= 1;
    }
    // Without an event that says when it began, the row does.
    let has_begun = steps[..known].iter().any(PastStep::begins);
    if !has_begun && joined.is_some_and(|joined| joined > day) {
        union = None;
    }
    PastPlace { union, is_unsure }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::membership::{Change, Decision, Standing, step};

    fn start() -> Day {
        Day::parse_iso("2026-01-01").unwrap()
    }

    /// A life: where it began without an event (of before the register), and what people did on which day.
    #[derive(Debug, Clone)]
    struct Life {
        /// Days from the start to the day of joining, and the union; `None`: it begins with an event.
        imported: Option<(i64, u8)>,
        tried: Vec<(usize, i64, u8)>,
    }

    fn lives() -> impl Strategy<Value = Vec<Life>> {
        let life = (
            prop::option::of((-400i64..60, 0u8..4)),
            prop::collection::vec((0..ChangeKind::ALL.len(), 0i64..15, 0u8..4), 0..8),
        );
        let life = life.prop_map(|(imported, tried)| Life { imported, tried });
        prop::collection::vec(life, 1..30)
    }

    /// The events that the life cycle let happen, and where the membership stood after each.
    fn live(life: &Life) -> (Option<Day>, Vec<PastStep<u8>>, Vec<(Day, Option<u8>)>) {
        let today = start().add_days(400);
        let mut standing = life.imported.map(|(days, union)| Standing {
            state: MembershipState::Active,
            union,
            since: Some(start().add_days(days)),
        });
        let joined = standing.as_ref().and_then(|standing| standing.since);
        let mut stood: Vec<(Day, Option<u8>)> = joined
            .map(|joined| (joined, standing.as_ref().map(|standing| standing.union)))
            .into_iter()
            .collect();
        let mut day = joined.unwrap_or_else(start).max(start());
        let mut first_join = joined;
        let mut steps = Vec::new();
        for (nth, days, union) in &life.tried {
            day = day.add_days(*days);
            let kind = ChangeKind::ALL[*nth];
            let needs_union = matches!(kind, ChangeKind::Join | ChangeKind::TransferIn | ChangeKind::Move);
            let change = Change {
                reason: kind.reasons().first().map(|code| (*code).to_owned()),
                to: needs_union.then_some(*union),
                decision: kind.needs_decision().then(|| Decision {
                    on: day,
                    number: Some("1号".to_owned()),
                }),
                words: "杭州市某某公司工会".to_owned(),
                ..Change::new(kind, day)
            };
            let Ok(after) = step(standing.as_ref(), &change, today) else {
                continue;
            };
            steps.push(PastStep {
                kind,
                on: Some(day),
                written: today,
                from: standing.as_ref().map(|standing| standing.union),
                to: change.to,
                state: after.state,
            });
            first_join = first_join.or(Some(day));
            stood.push((day, after.state.is_standing().then_some(after.union)));
            standing = Some(after);
        }
        (first_join, steps, stood)
    }

    fn forward(stood: &[(Day, Option<u8>)], day: Day) -> Option<u8> {
        stood
            .iter()
            .rev()
            .find(|(since, _)| *since <= day)
            .and_then(|(_, union)| *union)
    }

    proptest! {
        /// Told backwards from today, every membership is where the events had led it forwards, so every union has the same count.
        #[test]
        fn backwards_is_forwards(lives in lives(), days in prop::collection::vec(-420i64..200, 1..12)) {
            for days in days {
                let day = start().add_days(days);
                let (mut back, mut forth, mut tally) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::<u8, i64>::new());
                for life in &lives {
                    let (joined, steps, stood) = live(life);
                    let now = stood.last().and_then(|(_, union)| *union);
                    let then = place_on(now, joined, &steps, day);
                    prop_assert!(!then.is_unsure);
                    prop_assert_eq!(then.union, forward(&stood, day), "{:?} on {}", steps, day);
                    if let Some(union) = then.union { *back.entry(union).or_insert(0i64) += 1; }
                    if let Some(union) = forward(&stood, day) { *forth.entry(union).or_insert(0i64) += 1; }
                    // What is kept beside the union today, taken back member by member.
                    if let Some(union) = now {
                        *tally.entry(union).or_default() += 1;
                        *tally.entry(union).or_default() -= 1;
                    }
                    if let Some(union) = then.union { *tally.entry(union).or_default() += 1; }
                }
                tally.retain(|_, count| *count != 0);
                prop_assert_eq!(&back, &forth);
                prop_assert_eq!(&tally, &forth);
            }
        }
    }

    #[test]
    fn an_event_without_a_day_counts_from_the_day_it_was_written() {
        let moved = PastStep {
            kind: ChangeKind::Move,
            on: None,
            written: start().add_days(10),
            from: Some(1u8),
            to: Some(2),
            state: MembershipState::Active,
        };
        let on = |days| {
            place_on(
                Some(2),
                None,
                std::slice::from_ref(&moved),
                start().add_days(days),
            )
        };
        assert_eq!(
            on(9),
            PastPlace {
                union: Some(1),
                is_unsure: true
            }
        );
        assert_eq!(
            on(10),
            PastPlace {
                union: Some(2),
                is_unsure: false
            }
        );
    }
}
