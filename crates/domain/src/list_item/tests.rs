//! The life of an item, as one line per case and as random walks.

#![allow(clippy::unwrap_used)]
use codes::time::Day;
use proptest::prelude::*;

use super::*;
use crate::accounts::Role;

const OWNER: Actor = Actor {
    role: Role::FieldWorker,
    is_owner: true,
};
const OTHER: Actor = Actor {
    role: Role::FieldWorker,
    is_owner: false,
};
const TOWN: Actor = Actor {
    role: Role::TownOfficer,
    is_owner: false,
};
const COUNTY: Actor = Actor {
    role: Role::CountyOfficer,
    is_owner: false,
};
const SYSTEM: Actor = Actor {
    role: Role::System,
    is_owner: false,
};

fn item(kind: ListKind, state: ItemState) -> Standing {
    Standing {
        kind,
        state,
        needs_visit: true,
        is_confirmed: false,
        has_owner: false,
        tries: 0,
        is_founded: false,
    }
}

fn words() -> String {
    "上门两次均锁门".to_owned()
}

fn every_action() -> Vec<Action> {
    let mut actions = Action::for_people();
    actions.push(Action::Read);
    actions.extend(RefuteReason::ALL.iter().map(|reason| Action::Refute {
        reason: *reason,
        words: words(),
    }));
    actions.extend(EscalateTo::ALL.iter().map(|to| Action::Escalate {
        to: *to,
        words: words(),
    }));
    actions.extend(
        ItemState::ALL
            .iter()
            .map(|outcome| Action::CloseByRun { outcome: *outcome }),
    );
    actions.extend(ListKind::ALL.iter().map(|kind| Action::Reopen { kind: *kind }));
    actions
}

#[test]
fn codes_and_labels_read_back() {
    for state in ItemState::ALL {
        assert_eq!(ItemState::from_code(state.code()), Some(*state));
        assert!(!state.label().is_empty());
    }
    for reason in RefuteReason::ALL {
        assert_eq!(RefuteReason::from_code(reason.code()), Some(*reason));
    }
    assert_eq!(
        ListKind::ALL.iter().map(|kind| kind.code()).collect::<Vec<_>>(),
        ["verify", "task", "work"]
    );
    assert_eq!(ListKind::from_code("task "), None);
    assert_eq!(ItemState::open().count(), 8);
}

#[test]
fn from_found_to_founded() {
    let mut standing = item(ListKind::Verification, ItemState::New);
    let story = [
        (Action::Assign, SYSTEM, ItemState::Assigned),
        (Action::Read, OWNER, ItemState::Read),
        (Action::StartVerifying, OWNER, ItemState::Verifying),
        (
            Action::Unreachable { note: words() },
            OWNER,
            ItemState::Unreachable,
        ),
        (Action::StartVerifying, OWNER, ItemState::Verifying),
        (
            Action::Confirm { note: String::new() },
            OWNER,
            ItemState::InProgress,
        ),
        (Action::Block { reason: words() }, TOWN, ItemState::Blocked),
        (
            Action::Escalate {
                to: EscalateTo::County,
                words: words(),
            },
            TOWN,
            ItemState::Escalated,
        ),
        (
            Action::Resume { note: String::new() },
            COUNTY,
            ItemState::InProgress,
        ),
        (Action::Found, TOWN, ItemState::InProgress),
        (
            Action::CloseByRun {
                outcome: ItemState::Done,
            },
            SYSTEM,
            ItemState::Done,
        ),
    ];
    for (action, actor, state) in story {
        let step = step(standing, &action, actor).unwrap_or_else(|refusal| panic!("{action:?}: {refusal}"));
        assert_eq!(step.standing.state, state, "{action:?}");
        standing = step.standing;
    }
    assert_eq!(standing.kind, ListKind::Task, "verified on site, it is a task");
    assert_eq!(standing.tries, 1);
    assert!(standing.is_founded);
}

#[test]
fn a_task_is_seen_on_site_before_founding() {
    let task = item(ListKind::Task, ItemState::Read);
    let refused = step(task, &Action::Accept, OWNER).unwrap_err();
    assert!(refused.reason.contains("现场核实"), "{refused}");
    assert!(
        step(
            Standing {
                state: ItemState::InProgress,
                ..task
            },
            &Action::Found,
            TOWN
        )
        .is_err()
    );
    let verifying = step(task, &Action::StartVerifying, OWNER).unwrap().standing;
    let confirmed = step(verifying, &Action::Confirm { note: String::new() }, OWNER).unwrap();
    assert!(confirmed.restarts_clock && confirmed.standing.is_confirmed);
    assert!(step(confirmed.standing, &Action::Found, TOWN).is_ok());
    let other_task = Standing {
        needs_visit: false,
        ..task
    };
    assert_eq!(
        step(other_task, &Action::Accept, OWNER).unwrap().standing.state,
        ItemState::InProgress
    );
}

#[test]
fn who_may_do_what() {
    let read = item(ListKind::Verification, ItemState::Read);
    assert!(
        step(read, &Action::StartVerifying, OTHER)
            .unwrap_err()
            .reason
            .contains("不是派给您的")
    );
    assert!(
        step(read, &Action::Assign, OWNER)
            .unwrap_err()
            .reason
            .contains("干部")
    );
    assert!(step(read, &Action::StartVerifying, TOWN).is_ok());
    assert!(
        step(
            read,
            &Action::CloseByRun {
                outcome: ItemState::Done
            },
            TOWN
        )
        .is_err()
    );
    for role in [Role::Auditor, Role::UnionChair, Role::SystemAdministrator] {
        for action in every_action() {
            assert!(
                step(read, &action, Actor { role, is_owner: true }).is_err(),
                "{role:?} {action:?}"
            );
        }
    }
}

#[test]
fn words_are_asked_for_where_somebody_will_read_them() {
    let verifying = item(ListKind::Verification, ItemState::Verifying);
    let silent = [
        Action::Unreachable { note: "  ".into() },
        Action::Refute {
            reason: RefuteReason::Other,
            words: String::new(),
        },
        Action::PutAside { note: String::new() },
    ];
    for action in silent {
        assert!(step(verifying, &action, TOWN).is_err(), "{action:?}");
    }
    let plain = Action::Refute {
        reason: RefuteReason::TooFew,
        words: String::new(),
    };
    let refuted = step(verifying, &plain, OWNER).unwrap();
    assert!(refuted.is_closing && refuted.suppresses);
}

#[test]
fn a_town_passes_up_to_the_county_and_the_county_to_the_city() {
    let blocked = Standing {
        state: ItemState::Blocked,
        ..item(ListKind::Task, ItemState::Blocked)
    };
    let to = |to, actor| step(blocked, &Action::Escalate { to, words: words() }, actor).is_ok();
    assert!(to(EscalateTo::County, TOWN) && !to(EscalateTo::City, TOWN));
    assert!(to(EscalateTo::City, COUNTY) && !to(EscalateTo::County, COUNTY));
    let city = Actor {
        role: Role::CityOfficer,
        is_owner: false,
    };
    assert!(!to(EscalateTo::City, city));
}

#[test]
fn reassigning_what_is_under_way_does_not_throw_it_back() {
    for (state, after) in [
        (ItemState::New, ItemState::Assigned),
        (ItemState::Read, ItemState::Assigned),
        (ItemState::Verifying, ItemState::Verifying),
        (ItemState::InProgress, ItemState::InProgress),
    ] {
        let step = step(item(ListKind::Task, state), &Action::Assign, TOWN).unwrap();
        assert_eq!(step.standing.state, after);
        assert!(step.standing.has_owner);
    }
}

fn known(state: ItemState) -> Known {
    Known {
        kind: ListKind::Task,
        state,
        is_confirmed: false,
        fingerprint: "a".into(),
        closed_by: None,
        suppressed_fingerprint: None,
        suppressed_until: None,
    }
}

fn refuted() -> Known {
    Known {
        closed_by: Some(ClosedBy::Person),
        suppressed_fingerprint: Some("a".into()),
        suppressed_until: Some(Day::parse_iso("2027-11-21").unwrap()),
        ..known(ItemState::Refuted)
    }
}

#[test]
fn what_a_run_makes_of_a_finding() {
    let day = |text: &str| Day::parse_iso(text).unwrap();
    let today = day("2026-11-21");
    let found = |kind, fingerprint: &str| Finding {
        kind,
        fingerprint: fingerprint.into(),
    };
    let task = ListKind::Task;
    let verify = ListKind::Verification;
    assert_eq!(merge(None, &found(task, "a"), today), Merge::Raise);
    assert_eq!(
        merge(Some(&known(ItemState::New)), &found(task, "a"), today),
        Merge::Same
    );
    assert_eq!(
        merge(Some(&known(ItemState::New)), &found(task, "b"), today),
        Merge::Change { kind: task }
    );
    assert_eq!(
        merge(Some(&known(ItemState::New)), &found(verify, "a"), today),
        Merge::Change { kind: verify }
    );
    let working = Known {
        is_confirmed: true,
        ..known(ItemState::InProgress)
    };
    assert_eq!(
        merge(Some(&working), &found(verify, "a"), today),
        Merge::Same,
        "what was seen stays a task"
    );
    assert_eq!(merge(Some(&refuted()), &found(task, "a"), today), Merge::KeepAway);
    assert_eq!(
        merge(Some(&refuted()), &found(task, "b"), today),
        Merge::Reopen { kind: task }
    );
    assert_eq!(
        merge(Some(&refuted()), &found(task, "a"), day("2027-11-21")),
        Merge::KeepAway
    );
    assert_eq!(
        merge(Some(&refuted()), &found(task, "a"), day("2027-11-22")),
        Merge::Reopen { kind: task }
    );
    let done = Known {
        closed_by: Some(ClosedBy::Run),
        ..known(ItemState::Done)
    };
    assert_eq!(
        merge(Some(&done), &found(task, "a"), today),
        Merge::Reopen { kind: task }
    );
    assert_eq!(
        Closure::read("refuted", ""),
        None,
        "a run does not say what only a person can"
    );
}

#[test]
fn numbers_and_deadlines() {
    assert_eq!(item_no(330226, 2026, 412), "QD-330226-2026-000412");
    let policy = WorklistPolicy::default();
    assert_eq!(due_days(&policy, ListKind::Task, Some(20)), 20);
    assert_eq!(due_days(&policy, ListKind::Task, Some(0)), 60);
    assert_eq!(due_days(&policy, ListKind::Verification, None), 15);
    let raised = Day::parse_iso("2026-11-04").unwrap();
    assert_eq!(
        due_on(WorkingDays::shipped(), raised, 15),
        Day::parse_iso("2026-11-25").unwrap()
    );
}

fn any_actor() -> impl Strategy<Value = Actor> {
    let roles = vec![
        Role::CityOfficer,
        Role::CountyOfficer,
        Role::TownOfficer,
        Role::FieldWorker,
        Role::UnionChair,
        Role::Auditor,
        Role::SystemAdministrator,
        Role::System,
    ];
    (prop::sample::select(roles), any::<bool>()).prop_map(|(role, is_owner)| Actor { role, is_owner })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn random_lives_keep_their_promises(
        kind in prop::sample::select(ListKind::ALL.to_vec()),
        needs_visit in any::<bool>(),
        walk in prop::collection::vec((prop::sample::select(every_action()), any_actor()), 1..40),
    ) {
        let mut standing = Standing { needs_visit, ..item(kind, ItemState::New) };
        for (action, actor) in walk {
            match step(standing, &action, actor) {
                Err(refusal) => prop_assert!(!refusal.reason.trim().is_empty()),
                Ok(step) => {
                    let after = step.standing;
                    let reopens = matches!(action, Action::Reopen { .. });
                    prop_assert!(standing.state.is_open() || reopens, "{:?} left {:?}", action, standing.state);
                    prop_assert!(!after.is_founded || after.is_confirmed, "founded unseen");
                    prop_assert!(after.state != ItemState::New || !after.has_owner);
                    prop_assert!(after.tries >= standing.tries || reopens);
                    prop_assert_eq!(after.needs_visit, needs_visit);
                    prop_assert_eq!(step.is_closing, standing.state.is_open() && !after.state.is_open());
                    prop_assert!(!step.suppresses || !after.state.is_open());
                    standing = after;
                }
            }
        }
    }

    #[test]
    fn an_open_item_is_never_raised_twice(fingerprint in "[ab]", kind in prop::sample::select(ListKind::ALL.to_vec()),
        state in prop::sample::select(ItemState::ALL.to_vec()), day in 20_000i32..22_000) {
        let found = Finding { kind, fingerprint };
        let decided = merge(Some(&known(state)), &found, Day::from_days(day).unwrap());
        let stays = matches!(decided, Merge::Same | Merge::Change { .. });
        prop_assert_eq!(stays, state.is_open());
    }
}
