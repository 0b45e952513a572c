//! Every dirt of the catalogue that concerns links, one case each.

#![allow(clippy::unwrap_used)]

use crate::fixture::{Town, code, person, row, union_code};
use lake::tables::Verdict;

/// The firm of these stories.
const NAME: &str = "宁海县腾浩户外用品有限公司";

/// An ordinary town with the firm E9 and its union U9, which states these cells.
fn town_with(union_name: &str, cells: &[(&str, &str)]) -> Town {
    let mut town = Town::ordinary();
    town.firm(
        900,
        "E9",
        NAME,
        &[
            ("legal_rep", "欧阳锡麟"),
            ("phone", "13805740123"),
            ("reg_no", "330226000012345"),
        ],
    );
    town.union("U9", union_name, cells);
    town
}

fn linked(town: &Town) {
    let outcome = town.run();
    assert_eq!(
        outcome.link("U9"),
        ("linked", Some("E9")),
        "{}",
        outcome.links["U9"].evidence
    );
}

#[test]
fn no_code_but_the_full_name() {
    linked(&town_with(
        &format!("{NAME}工会委员会"),
        &[("employer_uscc", "/"), ("employer_name", NAME)],
    ));
}

#[test]
fn the_employers_code_in_the_unions_column() {
    linked(&town_with(
        "腾浩工会",
        &[("union_code", &code(900)), ("employer_legal_rep", "欧阳锡麟")],
    ));
}

#[test]
fn an_old_organisation_code() {
    let org = code(900)[8..17].to_string();
    linked(&town_with(
        "腾浩户外工会",
        &[("employer_uscc", &format!("{}-{}", &org[..8], &org[8..]))],
    ));
}

#[test]
fn an_old_registration_number() {
    linked(&town_with(
        "腾浩户外工会",
        &[("employer_uscc", "330226000012345")],
    ));
}

#[test]
fn a_code_with_one_slip_confirmed_by_the_name() {
    let mut slipped = code(900);
    slipped.replace_range(9..10, "B");
    linked(&town_with(
        &format!("{NAME}工会"),
        &[("employer_uscc", &slipped), ("employer_name", NAME)],
    ));
}

#[test]
fn a_short_name_with_boss_and_phone() {
    linked(&town_with(
        "腾浩户外工会",
        &[("employer_legal_rep", "欧阳锡麟"), ("phone", "13805740123")],
    ));
}

#[test]
fn a_former_name() {
    let mut town = town_with("x", &[]);
    town.unions.pop();
    town.enterprises
        .last_mut()
        .unwrap()
        .extend(row(&[("former_name", "宁海县凌云帐篷有限公司;宁海县老厂")]));
    town.union(
        "U9",
        "宁海县凌云帐篷有限公司工会委员会",
        &[("employer_name", "宁海县凌云帐篷有限公司")],
    );
    linked(&town);
}

#[test]
fn a_look_alike_and_a_same_sounding_character() {
    linked(&town_with(
        "宁海县腾皓户外用品有限公司工会",
        &[("employer_legal_rep", "欧阳锡麟")],
    ));
}

#[test]
fn a_copied_code_does_not_beat_name_boss_and_staff() {
    let mut town = town_with(
        &format!("{NAME}工会"),
        &[
            ("employer_uscc", &code(3)),
            ("employer_name", NAME),
            ("employer_legal_rep", "欧阳锡麟"),
        ],
    );
    town.staff("E9", &code(900), NAME, 20, Some(("U9", 15)));
    linked(&town);
}

#[test]
fn a_ghosts_sibling_is_not_its_employer() {
    // The union's employer is 腾浩服饰, which is not in the register; 腾浩户外用品 shares brand, boss, phone and address.
    let mut town = town_with("x", &[]);
    town.unions.pop();
    town.union(
        "U9",
        "宁海县腾浩服饰有限公司工会委员会",
        &[
            ("employer_name", "宁海县腾浩服饰有限公司"),
            ("employer_uscc", &code(901)),
            ("employer_legal_rep", "欧阳锡麟"),
            ("phone", "13805740123"),
            ("address", "宁海县西店镇滨海路901号"),
        ],
    );
    town.staff(
        "ghost",
        &code(901),
        "宁海县腾浩服饰有限公司",
        20,
        Some(("U9", 15)),
    );
    let outcome = town.run();
    assert_ne!(
        outcome.links["U9"].decision, "linked",
        "{}",
        outcome.links["U9"].evidence
    );
}

#[test]
fn a_joint_union_has_no_employer_of_its_own() {
    let mut town = town_with(
        "西店镇滨海工业园区工会联合会",
        &[("union_type", "工会联合会"), ("employer_uscc", "无")],
    );
    town.staff("E9", &code(900), NAME, 20, Some(("U9", 6)));
    let outcome = town.run();
    assert_eq!(outcome.link("U9"), ("none", None));
}

#[test]
fn a_joint_union_that_borrows_the_lead_firms_code_is_not_that_firms_union() {
    let cells = [
        ("union_type", "联合基层工会"),
        ("employer_uscc", &*code(900)),
        ("employer_name", NAME),
        ("employer_legal_rep", "欧阳锡麟"),
        ("phone", "13805740123"),
    ];
    for name in [
        "西店镇樟树村联合工会委员会",
        "西店镇樟树村工会",
        "宁海县快递行业工会联合会",
    ] {
        let mut town = town_with(name, &cells);
        town.staff("E9", &code(900), NAME, 20, Some(("U9", 15)));
        assert_eq!(town.run().link("U9"), ("none", None), "{name}");
    }
}

/// A plant with several workshops calls its union a joint one; its entry says 独立基层工会, and its code is its own.
#[test]
fn a_firms_union_that_is_called_joint_is_still_the_firms() {
    for name in [
        format!("{NAME}联合工会"),
        format!("{NAME}工会联合会"),
        "腾浩户外联合工会委员会".to_string(),
    ] {
        linked(&town_with(
            &name,
            &[("union_type", "独立基层工会"), ("employer_uscc", &code(900))],
        ));
    }
    // Said of a village or a trade it stays a joint union, whatever the entry says.
    for name in ["西店镇樟树村联合工会", "宁海县快递行业工会联合会"] {
        let cells = [("union_type", "独立基层工会"), ("employer_uscc", &*code(900))];
        assert_eq!(town_with(name, &cells).run().link("U9"), ("none", None), "{name}");
    }
}

#[test]
fn a_person_may_still_say_whose_a_joint_union_is() {
    let mut town = town_with("西店镇樟树村联合工会", &[("union_type", "联合基层工会")]);
    town.verdicts = vec![Verdict {
        union_id: "U9".into(),
        enterprise_id: "E9".into(),
        is_same: true,
    }];
    linked(&town);
}

#[test]
fn the_unions_own_code_in_the_employers_column_is_no_code() {
    linked(&town_with(
        &format!("{NAME}工会"),
        &[("employer_uscc", &union_code(500)), ("employer_name", NAME)],
    ));
}

#[test]
fn a_dead_employer_stays_linked() {
    let mut town = town_with(
        &format!("{NAME}工会"),
        &[("employer_uscc", &code(900)), ("employer_name", NAME)],
    );
    town.enterprises
        .last_mut()
        .unwrap()
        .extend(row(&[("status", "注销")]));
    let outcome = town.run();
    assert_eq!(outcome.link("U9"), ("linked", Some("E9")));
    assert!(outcome.finding("employer-gone", "U9").is_some());
}

/// A firm was registered anew under its name; the union's form keeps the code of the old registration.
#[test]
fn an_old_registrations_code_follows_the_firm_if_the_dates_fit() {
    let link = |founded: &str, its_staff: u32| {
        let mut town = town_with(
            &format!("{NAME}工会"),
            &[
                ("employer_uscc", &code(900)),
                ("employer_name", NAME),
                ("founded", "2018-03-01"),
            ],
        );
        town.enterprises
            .last_mut()
            .unwrap()
            .extend(row(&[("status", "注销"), ("founded", "2005-04-01")]));
        town.firm(902, "E9-new", NAME, &[("founded", founded)]);
        town.staff("E9-new", &code(902), NAME, 20, Some(("U9", its_staff)));
        let outcome = town.run();
        let (decision, enterprise) = outcome.link("U9");
        let said = &outcome.links["U9"].evidence;
        let is_told = said.contains("不作依据");
        (format!("{decision} {}", enterprise.unwrap_or_default()), is_told)
    };
    assert_eq!(
        link("2012-01-01", 15),
        ("linked E9-new".to_owned(), true),
        "the page says that the stated code was not taken"
    );
    let (decision, _) = link("2012-01-01", 0);
    assert_ne!(
        decision, "linked E9",
        "two firms do not bear one name at once, the other was gone when the union came"
    );
    let (decision, _) = link("2021-01-01", 15);
    assert_ne!(decision, "linked E9-new", "the union is older than that firm");
}

#[test]
fn of_two_namesakes_the_staff_decides() {
    let mut town = town_with(&format!("{NAME}工会"), &[("employer_name", NAME)]);
    town.firm(902, "E9-twin", NAME, &[("founded", "2024-01-01")]);
    town.staff("E9", &code(900), NAME, 20, Some(("U9", 15)));
    linked(&town);
}

#[test]
fn a_hand_wins_both_ways() {
    let mut town = town_with(
        &format!("{NAME}工会"),
        &[("employer_uscc", &code(900)), ("employer_name", NAME)],
    );
    town.verdicts = vec![Verdict {
        union_id: "U9".into(),
        enterprise_id: "E9".into(),
        is_same: false,
    }];
    let outcome = town.run();
    assert_ne!(outcome.link("U9").1, Some("E9"));
    town.verdicts = vec![Verdict {
        union_id: "U9".into(),
        enterprise_id: "E0003".into(),
        is_same: true,
    }];
    let outcome = town.run();
    assert_eq!(outcome.link("U9"), ("linked", Some("E0003")));
    assert_eq!(outcome.links["U9"].tier.as_deref(), Some("hand"));
}

#[test]
fn every_union_has_one_link_and_its_explanation_sums_up() {
    let outcome = town_with(&format!("{NAME}工会"), &[("employer_uscc", &code(900))]).run();
    assert_eq!(outcome.links.len(), 51);
    for link in outcome.links.values().filter(|l| l.probability.is_some()) {
        let evidence: serde_json::Value = serde_json::from_str(&link.evidence).unwrap();
        let sum: f64 = evidence["fields"]
            .as_array()
            .unwrap()
            .iter()
            .map(|f| f["weight"].as_f64().unwrap())
            .sum();
        let total = evidence["total"].as_f64().unwrap();
        assert!(
            (sum + evidence["prior"].as_f64().unwrap() - total).abs() < 1e-6,
            "{evidence}"
        );
        let probability = 1.0 / (1.0 + (-total).exp2());
        assert!((probability - link.probability.unwrap()).abs() < 1e-6);
    }
}

#[test]
fn the_row_of_a_person_is_current_before_latest_before_smallest() {
    let mut town = Town::ordinary();
    let id = person(880);
    let mut insured = |ins: &str, start: &str, end: &str| {
        town.insurance.push(row(&[
            ("ins_id", ins),
            ("id_no", &id),
            ("name", "王芳"),
            ("employer_uscc", &code(1)),
            ("start", start),
            ("end", end),
        ]));
    };
    insured("P1", "2025-01-01", "2026-01-31");
    insured("P3", "2020-01-01", "");
    insured("P2", "2020-01-01", "2027-01-01");
    insured("P0", "2026-09-01", "");
    for (member, name, id) in [
        ("A", "王芳", id.as_str()),
        ("B", "李海燕", &id),
        ("C", "王芳", "33022619800101"),
    ] {
        town.members.push(row(&[
            ("member_id", member),
            ("union_id", "U0000"),
            ("id_no", id),
            ("name", name),
        ]));
    }
    let outcome = town.run();
    assert_eq!(outcome.member_links["A"].ins_id.as_deref(), Some("P2"));
    assert_eq!(
        outcome.member_links["B"].decision, "verify",
        "another name on the same number"
    );
    assert_eq!(
        (
            outcome.member_links["C"].decision,
            &outcome.member_links["C"].ins_id
        ),
        ("none", &None)
    );
}

/// A head office and its branch, both registered; the union's form is the branch's but for the cells given.
fn town_with_branch(union_name: &str, cells: &[(&str, &str)]) -> Town {
    let mut town = Town::ordinary();
    town.firm(
        900,
        "E9-head",
        NAME,
        &[("legal_rep", "欧阳锡麟"), ("county", "330212"), ("street", "")],
    );
    town.firm(
        901,
        "E9",
        &format!("{NAME}第二分公司"),
        &[("legal_rep", "上官若兰"), ("kind", "分公司")],
    );
    town.union("U9", union_name, cells);
    town
}

#[test]
fn a_branchs_union_is_the_branchs_though_the_head_office_lends_its_code_and_pays() {
    let mut town = town_with_branch(
        &format!("{NAME}第二分公司工会委员会"),
        &[("employer_uscc", &code(900))],
    );
    town.staff("E9", &code(900), NAME, 60, Some(("U9", 40)));
    linked(&town);
}

#[test]
fn a_branch_is_known_by_its_own_code_though_the_name_is_cut_short() {
    let mut town = town_with_branch(
        "腾浩户外用品工会",
        &[
            ("employer_uscc", &code(901)),
            ("employer_legal_rep", "上官若兰"),
            ("address", "宁海县西店镇滨海路902号"),
        ],
    );
    town.staff("E9", &code(900), NAME, 60, Some(("U9", 40)));
    linked(&town);
}

#[test]
fn a_branch_of_an_outside_firm_is_not_held_to_that_firms_code() {
    let mut town = Town::ordinary();
    let head = "温州青亿圆包装有限公司";
    let branch = format!("{head}宁海分公司");
    town.firm(
        901,
        "E9",
        &branch,
        &[("legal_rep", "上官若兰"), ("kind", "分公司")],
    );
    town.union(
        "U9",
        &format!("{branch}工会"),
        &[("employer_uscc", &code(950)), ("employer_legal_rep", "上官若兰")],
    );
    town.staff("E9", &code(950), head, 60, Some(("U9", 40)));
    linked(&town);
}

#[test]
fn a_head_offices_union_stays_with_the_head_office() {
    let mut town = town_with_branch(
        &format!("{NAME}工会委员会"),
        &[("employer_uscc", &code(900)), ("employer_legal_rep", "欧阳锡麟")],
    );
    town.staff("E9", &code(900), NAME, 60, Some(("U9", 40)));
    assert_eq!(town.run().link("U9"), ("linked", Some("E9-head")));
}

#[test]
fn code_and_staff_together_are_never_passed_over() {
    // Name, boss, place and dates all speak of another firm, and yet code and staff meet here.
    let mut town = town_with_branch(
        "象山县凌云帐篷有限公司工会",
        &[
            ("employer_uscc", &code(901)),
            ("county", "330225"),
            ("street", ""),
            ("employer_legal_rep", "司徒一鸣"),
            ("founded", "2001-01-01"),
            ("industry_section", "K"),
        ],
    );
    town.enterprises
        .last_mut()
        .unwrap()
        .extend(row(&[("status", "注销")]));
    town.staff(
        "E9",
        &code(901),
        &format!("{NAME}第二分公司"),
        40,
        Some(("U9", 40)),
    );
    let outcome = town.run();
    assert_ne!(outcome.link("U9").0, "none", "{}", outcome.links["U9"].evidence);
    assert_eq!(outcome.link("U9").1, Some("E9"));
}
