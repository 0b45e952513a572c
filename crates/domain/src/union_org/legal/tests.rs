//! A registration, case by case and as random walks.

#![allow(clippy::unwrap_used)]
use proptest::prelude::*;

use super::LegalState as S;
use super::LegalStep as T;
use super::*;

fn day(text: &str) -> Day {
    Day::parse_iso(text).unwrap()
}

fn today() -> Day {
    day("2026-08-03")
}

fn facts() -> LegalFacts {
    LegalFacts {
        kind: UnionType::Single,
        is_active: true,
        is_county_or_above: false,
        founded: Some(day("2020-01-01")),
        chair: Some("李建国".to_owned()),
        address: Some("西店镇滨海路12号".to_owned()),
        members: 60,
    }
}

fn input(on: &str) -> LegalInput {
    LegalInput {
        on: Some(day(on)),
        code: "81330226MA2T0TE13D".to_owned(),
        number: "33022600123".to_owned(),
        legal_rep: String::new(),
        premises: String::new(),
        valid_from: Some(day(on)),
        valid_to: Some(day(on).add_months(60)),
        words: "依规定办理".to_owned(),
        has_funds: true,
    }
}

fn go(before: &LegalStanding, what: T, on: &str) -> LegalStanding {
    step(before, what, &facts(), &input(on), today()).unwrap().0
}

fn fields(answer: Result<(LegalStanding, Option<Uscc>), Vec<Fault>>) -> Vec<&'static str> {
    answer.unwrap_err().into_iter().map(|(field, _)| field).collect()
}

#[test]
fn from_the_application_to_the_end() {
    let new = LegalStanding::said(None);
    let applied = go(&new, T::Apply, "2021-01-10");
    assert_eq!(applied.on(today()), Some(S::Applying));
    let (granted, code) = step(&applied, T::Grant, &facts(), &input("2021-01-20"), today()).unwrap();
    assert_eq!(code.unwrap().as_str(), "81330226MA2T0TE13D");
    assert_eq!(
        granted.on(day("2026-01-20")),
        Some(S::Granted),
        "its last day still counts"
    );
    assert_eq!(granted.on(day("2026-01-21")), Some(S::Expired));
    let renewed = go(&granted, T::Renew, "2026-02-01");
    assert_eq!(renewed.on(today()), Some(S::Granted));
    let moved = LegalInput {
        premises: "宁海县城".into(),
        ..input("2026-05-01")
    };
    let moved = step(&renewed, T::Change, &facts(), &moved, today()).unwrap().0;
    let certificate = moved.certificate.clone().unwrap();
    assert_eq!(certificate.premises.as_deref(), Some("宁海县城"));
    assert_eq!(
        certificate.valid_to,
        day("2031-02-01"),
        "a change of the seat leaves the span alone"
    );
    let ended = go(&moved, T::Cancel, "2026-06-01");
    assert_eq!(ended.on(today()), Some(S::Cancelled));
    assert_eq!(ended.next(true), vec![T::Apply], "and may begin anew");
}

#[test]
fn conditions_are_held_before_an_application_and_said_with_their_article() {
    let bare = LegalFacts {
        founded: None,
        chair: None,
        address: None,
        members: 0,
        ..facts()
    };
    let asked = LegalInput {
        has_funds: false,
        ..input("2026-08-01")
    };
    let wrong = step(&LegalStanding::said(None), T::Apply, &bare, &asked, today()).unwrap_err();
    let said: Vec<&str> = wrong.iter().map(|(_, words)| words.as_str()).collect();
    for words in ["依法成立", "有组织机构", "有会员", "住所", "经费"] {
        assert!(
            said.iter().any(|one| one.contains(words) && one.contains("第十")),
            "{words}: {said:?}"
        );
    }
    for (kind, is_county, says) in [
        (UnionType::Branch, false, "不取得法人资格"),
        (UnionType::Group, false, "不取得法人资格"),
        (UnionType::General, true, "第十五条"),
    ] {
        let facts = LegalFacts {
            kind,
            is_county_or_above: is_county,
            ..facts()
        };
        let wrong = step(
            &LegalStanding::said(None),
            T::Apply,
            &facts,
            &input("2026-08-01"),
            today(),
        )
        .unwrap_err();
        assert!(wrong[0].1.contains(says), "{wrong:?}");
    }
    let town = LegalFacts {
        kind: UnionType::General,
        ..facts()
    };
    assert!(
        step(
            &LegalStanding::said(None),
            T::Apply,
            &town,
            &input("2026-08-01"),
            today()
        )
        .is_ok()
    );
}

#[test]
fn a_certificate_is_checked() {
    let applied = go(&LegalStanding::said(None), T::Apply, "2026-01-10");
    let grant = |input: LegalInput| fields(step(&applied, T::Grant, &facts(), &input, today()));
    let good = input("2026-01-20");
    assert_eq!(
        grant(LegalInput {
            code: "91330226MA2T0TE13C".into(),
            ..good.clone()
        }),
        ["code"]
    );
    assert_eq!(
        grant(LegalInput {
            code: "81330226MA2T0TE13X".into(),
            ..good.clone()
        }),
        ["code"]
    );
    assert_eq!(
        grant(LegalInput {
            number: " ".into(),
            ..good.clone()
        }),
        ["number"]
    );
    assert_eq!(
        grant(LegalInput {
            valid_to: Some(day("2031-01-21")),
            ..good.clone()
        }),
        ["valid_to"]
    );
    assert_eq!(
        grant(LegalInput {
            valid_to: good.valid_from,
            ..good.clone()
        }),
        ["valid_to"]
    );
    assert_eq!(
        grant(LegalInput {
            legal_rep: "王二".into(),
            ..good.clone()
        }),
        ["legal_rep"],
        "the chair represents it"
    );
    assert_eq!(
        grant(LegalInput {
            on: Some(day("2026-08-04")),
            ..good.clone()
        }),
        ["on"]
    );
    assert_eq!(
        grant(LegalInput {
            on: Some(day("2026-01-09")),
            ..good
        }),
        ["on"],
        "before the application"
    );
}

#[test]
fn a_dissolved_union_is_only_cancelled() {
    let gone = LegalFacts {
        is_active: false,
        ..facts()
    };
    let granted = go(
        &go(&LegalStanding::said(None), T::Apply, "2026-01-10"),
        T::Grant,
        "2026-01-20",
    );
    assert_eq!(granted.next(false), vec![T::Cancel]);
    assert_eq!(
        fields(step(&granted, T::Renew, &gone, &input("2026-08-01"), today())),
        ["step"]
    );
    assert!(step(&granted, T::Cancel, &gone, &input("2026-08-01"), today()).is_ok());
}

#[test]
fn what_only_a_file_says_is_written_down_later() {
    let said = LegalStanding::said(Some(S::Granted));
    assert_eq!(said.next(true), vec![T::Record, T::Cancel]);
    let old = LegalInput {
        legal_rep: "前任".into(),
        ..input("2024-01-01")
    };
    let (known, _) = step(&said, T::Record, &facts(), &old, today()).unwrap();
    assert_eq!(
        known.certificate.unwrap().legal_rep,
        "前任",
        "an old certificate names the chair of its day"
    );
}

fn steps() -> impl Strategy<Value = Vec<(usize, i64, i32)>> {
    prop::collection::vec((0..LegalStep::ALL.len(), 0i64..500, 1i32..80), 1..25)
}

proptest! {
    /// Whatever is tried in whatever order: a legal person has a certificate of at most five years with a representative, days only go
    /// forward, and what is refused changes nothing.
    #[test]
    fn no_walk_leads_to_a_legal_person_without_a_certificate(walk in steps()) {
        let mut standing = LegalStanding::said(None);
        for (nth, days, months) in walk {
            let what = LegalStep::ALL[nth];
            let on = day("2022-01-01").add_days(days);
            let tried = LegalInput {
                valid_from: Some(on),
                valid_to: Some(on.add_months(months)),
                number: format!("N{days}-{months}"),
                ..input("2022-01-01")
            };
            let tried = LegalInput { on: Some(on), ..tried };
            let allowed = standing.next(true).contains(&what);
            match step(&standing, what, &facts(), &tried, today()) {
                Ok((after, code)) => {
                    prop_assert!(allowed);
                    prop_assert_eq!(code.is_some(), what.has_code());
                    prop_assert!(standing.since.is_none_or(|since| on >= since));
                    standing = after;
                }
                Err(wrong) => prop_assert!(!wrong.is_empty()),
            }
            if standing.state == Some(S::Granted) {
                let certificate = standing.certificate.as_ref().unwrap();
                prop_assert!(!certificate.number.is_empty() && !certificate.legal_rep.is_empty());
                prop_assert!(certificate.valid_to > certificate.valid_from);
                prop_assert!(certificate.valid_to <= certificate.valid_from.add_months(60));
            }
            prop_assert!(standing.state != Some(S::Expired), "running out is a matter of the day");
        }
    }
}
