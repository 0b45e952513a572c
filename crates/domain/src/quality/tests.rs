use std::collections::{BTreeSet, HashSet};

use codes::resident_id::{IdStatus, ResidentId};
use codes::time::Day;

use super::*;
use crate::union_org::UnionType;

fn today() -> Day {
    Day::new(2026, 11, 22).expect("a day")
}

fn day(text: &str) -> Option<Day> {
    Some(Day::parse_iso(text).expect("a day"))
}

fn names(kind: Kind) -> BTreeSet<&'static str> {
    let elements = Dictionary::shipped().of(kind).iter();
    elements.map(|element| element.name.as_str()).collect()
}

fn born_in(year: i32) -> ResidentId {
    let birth = Day::new(year, 1, 1).expect("a day");
    ResidentId::compose(330_226, birth, 1).expect("a number")
}

/// Nothing is wrong with this one.
fn member(document: &ResidentId) -> MemberFacts<'_> {
    MemberFacts {
        name: "王小芳",
        id_status: Some(IdStatus::Ok),
        document: Some(document),
        has_phone: true,
        joined: day("2020-05-01"),
        known: names(Kind::Members),
        same_number: 1,
        same_phone: 1,
        union_founded: day("2015-06-18"),
        is_union_active: true,
        today: Some(today()),
        ..MemberFacts::default()
    }
}

/// Nor with this one.
fn union() -> UnionFacts<'static> {
    UnionFacts {
        union_type: Some(UnionType::Single),
        known: names(Kind::Unions),
        is_active: true,
        is_placed: true,
        members: 110,
        declared_members: Some(110),
        employees: Some(120),
        founded: day("2015-06-18"),
        term_start: day("2024-06-18"),
        term_end: day("2029-06-17"),
        same_name: 1,
        same_code: 1,
        same_employer: 1,
        is_legal_person: true,
        today: Some(today()),
        ..UnionFacts::default()
    }
}

fn ids(faults: &[CheckNo]) -> Vec<&'static str> {
    let catalogue = Catalogue::shipped();
    faults.iter().map(|no| catalogue.check(*no).id.as_str()).collect()
}

#[test]
fn there_are_more_than_eighty_checks_and_each_is_told_once() {
    let catalogue = Catalogue::shipped();
    let checks: Vec<&Check> = catalogue.iter().map(|(_, check)| check).collect();
    assert!(checks.len() >= 80, "{}", checks.len());
    let mut told = HashSet::new();
    for check in checks {
        assert_eq!(
            catalogue.by_id(&check.id).map(|no| catalogue.check(no)),
            Some(check)
        );
        assert!(told.insert((check.kind, &check.label)), "{}", check.label);
        assert!(!check.fix.is_empty(), "{}", check.id);
    }
}

#[test]
fn a_sound_record_has_no_fault() {
    assert_eq!(ids(&member(&born_in(1990)).faults()), Vec::<&str>::new());
    assert_eq!(ids(&union().faults()), Vec::<&str>::new());
}

#[test]
fn a_vacant_chair_is_a_fault_once_the_by_election_is_overdue() {
    for (due, faults) in [
        (today(), vec![]),
        (today().add_days(-1), vec!["unions.chair.vacant"]),
    ] {
        let facts = UnionFacts {
            by_election_due: Some(due),
            ..union()
        };
        assert_eq!(ids(&facts.faults()), faults, "{due}");
    }
}

#[test]
fn a_name_of_one_character_is_looked_at_and_spoils_nothing() {
    let adult = born_in(1990);
    let short = MemberFacts {
        name: "李",
        ..member(&adult)
    };
    let faults = short.faults();
    assert_eq!(ids(&faults), ["members.name.short"]);
    let catalogue = Catalogue::shipped();
    assert!(faults.iter().all(|no| !catalogue.check(*no).spoils));
}

#[test]
fn every_check_is_raised_by_something() {
    let (adult, child, elder) = (born_in(1990), born_in(2012), born_in(1940));
    let ok = || member(&adult);
    let without_number = |id_status| MemberFacts {
        id_status: Some(id_status),
        document: None,
        known: BTreeSet::new(),
        ..ok()
    };
    let members = [
        MemberFacts::default(),
        MemberFacts {
            refused: names(Kind::Members),
            ..ok()
        },
        MemberFacts {
            known: BTreeSet::from(["event_type", "gig_group"]),
            joined: None,
            ..ok()
        },
        without_number(IdStatus::Missing),
        without_number(IdStatus::Invalid),
        without_number(IdStatus::Damaged),
        without_number(IdStatus::Masked),
        without_number(IdStatus::OtherDocument),
        MemberFacts {
            refused: BTreeSet::from(["id_no"]),
            ..without_number(IdStatus::OtherDocument)
        },
        MemberFacts {
            id_status: Some(IdStatus::From15),
            ..ok()
        },
        MemberFacts {
            same_number: 2,
            is_other_name: true,
            ..ok()
        },
        MemberFacts {
            same_phone: 4,
            ..ok()
        },
        member(&child),
        member(&elder),
        MemberFacts {
            joined: day("2014-05-01"),
            ..ok()
        },
        MemberFacts { name: "王", ..ok() },
        MemberFacts {
            is_union_active: false,
            ..ok()
        },
    ];
    let unions = [
        UnionFacts {
            is_active: true,
            ..UnionFacts::default()
        },
        UnionFacts {
            known: BTreeSet::new(),
            declared_members: None,
            employees: None,
            founded: None,
            ..union()
        },
        UnionFacts {
            refused: names(Kind::Unions),
            ..union()
        },
        UnionFacts {
            same_name: 2,
            same_code: 2,
            same_employer: 2,
            ..union()
        },
        UnionFacts {
            members: 0,
            term_end: None,
            ..union()
        },
        UnionFacts {
            members: 130,
            ..union()
        },
        UnionFacts {
            members: 20,
            declared_members: Some(30),
            ..union()
        },
        UnionFacts {
            term_start: day("2020-06-18"),
            term_end: day("2024-06-17"),
            ..union()
        },
        UnionFacts {
            founded: day("2025-01-01"),
            ..union()
        },
        UnionFacts {
            by_election_due: Some(today().add_days(-1)),
            is_line_loose: true,
            ..union()
        },
        UnionFacts {
            union_type: Some(UnionType::Joint),
            ..union()
        },
        UnionFacts {
            is_active: false,
            ..union()
        },
    ];
    let raised: BTreeSet<&str> = members
        .iter()
        .flat_map(|facts| ids(&facts.faults()))
        .chain(unions.iter().flat_map(|facts| ids(&facts.faults())))
        .collect();
    let all: BTreeSet<&str> = Catalogue::shipped()
        .iter()
        .map(|(_, check)| check.id.as_str())
        .collect();
    let never: Vec<_> = all.difference(&raised).collect();
    assert!(never.is_empty(), "{never:?}");
}

#[test]
fn what_follows_from_a_citizens_number_is_not_missing() {
    let adult = born_in(1990);
    let facts = MemberFacts {
        known: names(Kind::Members)
            .into_iter()
            .filter(|name| !matches!(*name, "sex" | "birth_date" | "id_type"))
            .collect(),
        ..member(&adult)
    };
    assert_eq!(ids(&facts.faults()), Vec::<&str>::new());
    let facts = MemberFacts {
        document: None,
        id_status: Some(IdStatus::Masked),
        ..facts
    };
    assert_eq!(
        ids(&facts.faults()),
        [
            "members.id_type.missing",
            "members.sex.missing",
            "members.birth_date.missing",
            "members.number.masked"
        ]
    );
}

#[test]
fn a_missing_detail_leaves_a_record_sound_and_a_wrong_number_does_not() {
    let (catalogue, adult) = (Catalogue::shipped(), born_in(1990));
    let facts = MemberFacts {
        known: names(Kind::Members)
            .into_iter()
            .filter(|name| *name != "education")
            .collect(),
        ..member(&adult)
    };
    assert_eq!(ids(&facts.faults()), ["members.education.missing"]);
    assert!(catalogue.is_sound(&facts.faults()));
    assert!(
        !catalogue.is_sound(
            &MemberFacts {
                same_number: 2,
                ..facts
            }
            .faults()
        )
    );
}

#[test]
fn a_federation_is_not_asked_for_an_employer() {
    let facts = UnionFacts {
        union_type: Some(UnionType::General),
        known: names(Kind::Unions)
            .into_iter()
            .filter(|name| {
                !matches!(
                    *name,
                    "employer_name" | "employer_uscc" | "employer_nature" | "economic_type"
                )
            })
            .collect(),
        members: 0,
        declared_members: None,
        employees: None,
        ..union()
    };
    assert_eq!(ids(&facts.faults()), Vec::<&str>::new());
}

#[test]
fn the_federation_of_a_city_lies_in_no_county() {
    let facts = UnionFacts {
        known: names(Kind::Unions)
            .into_iter()
            .filter(|name| *name != "county")
            .collect(),
        ..union()
    };
    assert_eq!(ids(&facts.faults()), ["unions.county.missing"]);
    assert_eq!(
        ids(&UnionFacts {
            is_root: true,
            ..facts
        }
        .faults()),
        Vec::<&str>::new()
    );
}

#[test]
fn what_is_no_phone_is_shared_by_nobody() {
    let adult = born_in(1990);
    let facts = MemberFacts {
        same_phone: 40,
        refused: BTreeSet::from(["phone"]),
        ..member(&adult)
    };
    assert_eq!(ids(&facts.faults()), ["members.phone.unfit"]);
}
