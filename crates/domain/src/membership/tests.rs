//! A membership's life, case by case and as random walks.

#![allow(clippy::unwrap_used)]
use proptest::prelude::*;

use super::ChangeKind as K;
use super::MembershipState as S;
use super::*;

fn day(text: &str) -> Day {
    Day::parse_iso(text).unwrap()
}

fn today() -> Day {
    day("2026-08-03")
}

/// A change that names all it needs.
fn change(kind: K, on: &str) -> Change<u8> {
    Change {
        reason: kind.reasons().first().map(|code| (*code).to_owned()),
        to: matches!(kind, K::Join | K::TransferIn | K::Move).then_some(2),
        decision: kind.needs_decision().then(|| Decision {
            on: day(on),
            number: Some("甬工〔2026〕8号".to_owned()),
        }),
        words: "杭州市上城区某某公司工会".to_owned(),
        ..Change::new(kind, day(on))
    }
}

fn standing(state: S) -> Standing<u8> {
    Standing {
        state,
        union: 1,
        since: Some(day("2020-05-01")),
    }
}

fn refused(before: Option<&Standing<u8>>, asked: &Change<u8>) -> &'static str {
    step(before, asked, today()).unwrap_err().field
}

#[test]
fn what_leads_where() {
    let table = [
        (S::Provisional, K::Confirm, Some(S::Active)),
        (S::Provisional, K::Move, Some(S::Provisional)),
        (S::Provisional, K::Retain, None),
        (S::Provisional, K::Expel, None),
        (S::Provisional, K::Withdraw, Some(S::Withdrawn)),
        (S::Active, K::Confirm, None),
        (S::Active, K::Move, Some(S::Active)),
        (S::Active, K::Retain, Some(S::Retained)),
        (S::Active, K::Restore, None),
        (S::Active, K::TransferOut, Some(S::TransferredOut)),
        (S::Active, K::Withdraw, Some(S::Withdrawn)),
        (S::Active, K::Expel, Some(S::Expelled)),
        (S::Active, K::Die, Some(S::Deceased)),
        (S::Active, K::Join, None),
        (S::Retained, K::Restore, Some(S::Active)),
        (S::Retained, K::Move, Some(S::Active)),
        (S::Retained, K::Retain, None),
        (S::Withdrawn, K::Join, Some(S::Active)),
        (S::Withdrawn, K::Restore, None),
        (S::TransferredOut, K::TransferIn, Some(S::Active)),
        (S::Expelled, K::Join, Some(S::Active)),
        (S::Deceased, K::Join, None),
    ];
    for (state, kind, expected) in table {
        let after = step(Some(&standing(state)), &change(kind, "2026-08-01"), today());
        assert_eq!(after.map(|after| after.state).ok(), expected, "{state} {kind}");
    }
}

#[test]
fn who_is_out_of_work_moves_without_work() {
    let lost = Change {
        reason: Some("4".to_owned()),
        ..change(K::Move, "2026-08-01")
    };
    let after = step(Some(&standing(S::Active)), &lost, today()).unwrap();
    assert_eq!((after.state, after.union), (S::Retained, 2));
}

#[test]
fn each_refusal_names_its_field() {
    let active = standing(S::Active);
    let with = |asked: Change<u8>| refused(Some(&active), &asked);
    assert_eq!(with(change(K::Retain, "2026-08-04")), "happened_on", "tomorrow");
    assert_eq!(
        with(change(K::Retain, "2020-04-30")),
        "happened_on",
        "before the last change"
    );
    let base = change(K::Expel, "2026-08-01");
    assert_eq!(
        with(Change {
            reason: None,
            ..base.clone()
        }),
        "reason"
    );
    assert_eq!(
        with(Change {
            reason: Some("7".into()),
            ..base.clone()
        }),
        "reason",
        "nobody is expelled for retiring"
    );
    assert_eq!(
        with(Change {
            decision: None,
            ..base.clone()
        }),
        "decided_on"
    );
    let number = |number: Option<&str>| {
        Some(Decision {
            on: day("2026-07-01"),
            number: number.map(str::to_owned),
        })
    };
    assert_eq!(
        with(Change {
            decision: number(Some(" ")),
            ..base.clone()
        }),
        "decision_no"
    );
    let later = Some(Decision {
        on: day("2026-08-02"),
        number: Some("1号".into()),
    });
    assert_eq!(
        with(Change {
            decision: later,
            ..base.clone()
        }),
        "decided_on"
    );
    assert_eq!(
        with(Change {
            words: "长".repeat(201),
            ..base
        }),
        "words"
    );
    assert_eq!(
        with(Change {
            words: " ".into(),
            ..change(K::TransferOut, "2026-08-01")
        }),
        "words"
    );
    assert_eq!(
        with(Change {
            to: None,
            ..change(K::Move, "2026-08-01")
        }),
        "to"
    );
    assert_eq!(
        with(Change {
            to: Some(1),
            ..change(K::Move, "2026-08-01")
        }),
        "to"
    );
    assert_eq!(refused(None, &change(K::Retain, "2026-08-01")), "kind");
}

#[test]
fn every_reason_is_in_the_dictionary() {
    for kind in ChangeKind::ALL {
        for code in kind.reasons() {
            assert!(reason_label(code).is_some(), "{kind} {code}");
        }
        if let Some(word) = kind.on_form() {
            let list = Dictionary::shipped().list("event_type").unwrap();
            assert!(list.code_of(word).is_some(), "{kind} {word}");
        }
    }
}

fn any_change() -> impl Strategy<Value = Change<u8>> {
    let codes = prop::option::of(prop::sample::select(vec!["1", "3", "4", "5", "6", "7", "9"]));
    let decision = prop::option::of((0i64..4_000, prop::option::of(Just("3号".to_owned()))));
    (
        prop::sample::select(ChangeKind::ALL.to_vec()),
        0i64..4_000,
        codes,
        prop::option::of(0u8..3),
        decision,
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(kind, days, code, to, decision, is_provisional, is_fitting)| {
            let begin = day("2018-01-01");
            // Half of the changes name what they need, so that walks get further than their first refusal.
            let fitting = kind.reasons().first().map(|code| (*code).to_owned());
            let needed = kind.needs_decision().then(|| Decision {
                on: begin,
                number: Some("3号".to_owned()),
            });
            Change {
                kind,
                on: begin.add_days(days),
                reason: if is_fitting {
                    fitting
                } else {
                    code.map(str::to_owned)
                },
                to: to.filter(|_| !is_fitting || matches!(kind, K::Join | K::TransferIn | K::Move)),
                decision: if is_fitting {
                    needed
                } else {
                    decision.map(|(on, number)| Decision {
                        on: begin.add_days(on),
                        number,
                    })
                },
                is_provisional,
                words: "外地某某工会".to_owned(),
            }
        })
}

proptest! {
    #[test]
    fn a_walk_never_doubles_nor_turns_back(asked in prop::collection::vec(any_change(), 1..60)) {
        let mut standing: Option<Standing<u8>> = None;
        let mut happened = Vec::new();
        for change in asked {
            let Ok(after) = step(standing.as_ref(), &change, today()) else { continue };
            let begins = matches!(change.kind, K::Join | K::TransferIn);
            if let Some(before) = &standing {
                // One membership only, and nothing after an end but joining again.
                prop_assert_eq!(begins, !before.state.is_standing());
                prop_assert!(before.state != S::Deceased);
                // Days in order.
                prop_assert!(before.since.is_none_or(|since| change.on >= since));
                prop_assert!(after.since >= before.since);
            } else {
                prop_assert!(begins);
            }
            prop_assert!(change.on <= today());
            if let Some(before) = standing.as_ref().filter(|before| before.union != after.union) {
                prop_assert!(begins || change.kind == K::Move, "{} {}", before.union, after.union);
            }
            happened.push(change);
            standing = Some(after);
        }
        // The events alone lead to the same standing.
        prop_assert_eq!(replay(&happened, today()).ok(), Some(standing));
    }
}
