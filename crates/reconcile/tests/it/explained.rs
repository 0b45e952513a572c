//! What an item says about the match behind it, and what answers it.

#![allow(clippy::unwrap_used)]

use crate::fixture::{Outcome, Town, code, row};
use crate::rules::{NAME, item, union_town};
use lake::tables::{Finding, Verdict};
use serde_json::Value;

/// The contributions of a finding's candidate sum up to its total, and both are there.
fn explains(finding: &Finding) -> bool {
    let evidence: Value = serde_json::from_str(&finding.evidence).unwrap();
    let candidate = &evidence["candidate"];
    let Some(fields) = candidate["fields"].as_array() else {
        return false;
    };
    let sum: f64 = fields.iter().map(|field| field["weight"].as_f64().unwrap()).sum();
    let (prior, total) = (
        candidate["prior"].as_f64().unwrap(),
        candidate["total"].as_f64().unwrap(),
    );
    let is_whole = fields.iter().all(|field| {
        field["label"].is_string() && field["level"].is_string() && field["outcome"].is_string()
    });
    is_whole && (prior + sum - total).abs() < 0.01
}

fn names_a_candidate(finding: &Finding) -> bool {
    let evidence: Value = serde_json::from_str(&finding.evidence).unwrap();
    !evidence["candidate"].is_null()
}

/// Every candidate is explained; those of unions are adopted links, but for the rule about links left to verify.
fn check(outcome: &Outcome) {
    for finding in outcome.findings.iter().filter(|f| names_a_candidate(f)) {
        assert!(explains(finding), "{}: {}", finding.rule, finding.evidence);
        if finding.subject_kind == "union" {
            let (decision, _) = outcome.link(&finding.subject_id);
            assert_eq!(
                decision == "verify",
                finding.rule == "link-verify",
                "{}",
                finding.reason
            );
        }
    }
}

#[test]
fn every_rule_about_a_linked_employer_shows_how_the_link_was_made() {
    let mut moved = union_town(40, 30, &[]);
    moved
        .enterprises
        .last_mut()
        .unwrap()
        .extend(row(&[("status", "迁出")]));
    let mut gone = union_town(40, 30, &[]);
    gone.enterprises
        .last_mut()
        .unwrap()
        .extend(row(&[("status", "注销")]));
    let mut crowded = union_town(10, 10, &[]);
    let mut twice = union_town(40, 30, &[("founded", "2020-01-01")]);
    for n in 0..10 {
        crowded.members.push(row(&[
            ("member_id", &format!("X{n}")),
            ("union_id", "U9"),
            ("id_no", ""),
            ("name", "某"),
        ]));
    }
    twice.union(
        "U8",
        &format!("{NAME}工会"),
        &[
            ("employer_uscc", &code(900)),
            ("employer_name", NAME),
            ("founded", "2016-01-01"),
        ],
    );
    for (rule, town) in [
        ("employer-moved", moved),
        ("employer-gone", gone),
        ("members-exceed-staff", crowded),
        ("duplicate-union", twice),
        ("join-more", union_town(40, 10, &[])),
        ("code-missing", union_town(40, 30, &[("employer_uscc", "/")])),
    ] {
        let outcome = town.run();
        check(&outcome);
        let finding = outcome.finding(rule, "U9").unwrap();
        assert!(names_a_candidate(finding), "{rule}");
        assert!(finding.evidence.contains(r#""id":"E9""#), "{rule}");
    }
    // An election and the union's own code are no matter of the employer.
    let own = union_town(40, 30, &[("term_end", "2026-06-30"), ("union_code", "")]).run();
    for rule in ["term-due", "code-missing"] {
        assert!(!names_a_candidate(own.finding(rule, "U9").unwrap()), "{rule}");
    }
}

/// The first way of naming E9 that the model leaves to people.
fn doubtful() -> Outcome {
    for name in ["腾浩工会", "宁海县腾浩户外工会", "宁海县腾皓户外用品有限公司工会"]
    {
        for county in ["宁海县", "象山县"] {
            let mut town = Town::ordinary();
            town.firm(900, "E9", NAME, &[]);
            town.firm(901, "E8", "宁海县腾浩服饰有限公司", &[]);
            town.staff("E9", &code(900), NAME, 30, None);
            town.union("U9", name, &[("county", county), ("street", "")]);
            let outcome = town.run();
            if outcome.link("U9").0 == "verify" {
                return outcome;
            }
        }
    }
    panic!("none of the names is left to verify");
}

#[test]
fn a_doubted_pair_is_explained_on_both_its_items() {
    let outcome = doubtful();
    check(&outcome);
    for (rule, subject, other) in [("link-verify", "U9", "E9"), ("found-25", "E9", "U9")] {
        let finding = outcome.finding(rule, subject).unwrap();
        assert_eq!(finding.kind, "verify");
        assert!(
            finding.evidence.contains(&format!(r#""id":"{other}""#)) && explains(finding),
            "{}",
            finding.evidence
        );
        assert!(
            finding.evidence.contains(r#""runner_up":{"enterprise_id":"E8""#),
            "who came second is told: {}",
            finding.evidence
        );
    }
}

#[test]
fn a_code_that_the_link_supplies_is_answered_by_confirming_the_employer() {
    let mut town = union_town(40, 30, &[("employer_uscc", "/")]);
    let outcome = town.run();
    let finding = outcome.finding("code-missing", "U9").unwrap();
    assert_eq!((finding.kind.as_str(), finding.priority), ("work", 9));
    insta::assert_snapshot!(finding.reason, @"“宁海县腾浩户外用品有限公司工会”没有填写单位代码，按匹配结果应为91330226MA20090054（宁海县腾浩户外用品有限公司），请核对，确认是同一单位的下一次比对自动办结。");
    town.verdicts.push(Verdict {
        union_id: "U9".into(),
        enterprise_id: "E9".into(),
        is_same: true,
    });
    town.open_items = vec![item("code-missing", "union", "U9")];
    let outcome = town.run();
    assert!(outcome.finding("code-missing", "U9").is_none());
    let closure = &outcome.closures["QD-330226-2026-000001"];
    assert_eq!(
        (closure.outcome.as_str(), closure.reason.as_str()),
        ("done", "代码已补正，或单位已由人工认定")
    );
}

#[test]
fn a_valid_code_of_another_firm_is_to_be_verified() {
    let outcome = union_town(40, 40, &[("employer_uscc", &code(7))]).run();
    assert_eq!(outcome.link("U9"), ("linked", Some("E9")));
    let finding = outcome.finding("code-missing", "U9").unwrap();
    assert_eq!((finding.kind.as_str(), finding.due_days), ("verify", 15));
    insta::assert_snapshot!(finding.reason, @"“宁海县腾浩户外用品有限公司工会”填写的单位代码不是匹配单位的代码，按匹配结果应为91330226MA20090054（宁海县腾浩户外用品有限公司），请核对是哪一家单位。");
}
