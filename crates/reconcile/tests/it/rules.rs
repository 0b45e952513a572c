//! Every rule, and how items close.

#![allow(clippy::unwrap_used)]

use crate::fixture::{Town, code, row};
use lake::tables::OpenItem;
use reconcile::{ReconcileError, RulesSource};

pub const NAME: &str = "宁海县腾浩户外用品有限公司";

/// E9 with `n` insured, founded 13 months ago, without a union.
fn town(n: u32, cells: &[(&str, &str)]) -> Town {
    let mut town = Town::ordinary();
    town.firm(900, "E9", NAME, &[("founded", "2025-07-01")]);
    town.enterprises.last_mut().unwrap().extend(row(cells));
    town.staff("E9", &code(900), NAME, n, None);
    town
}

pub fn item(rule: &str, kind: &str, subject: &str) -> OpenItem {
    OpenItem {
        item_no: "QD-330226-2026-000001".into(),
        rule: rule.into(),
        subject_kind: kind.into(),
        subject_id: subject.into(),
    }
}

#[test]
fn found_25_of_the_story() {
    let outcome = town(60, &[]).run();
    let finding = outcome.finding("found-25", "E9").unwrap();
    assert_eq!(
        (
            finding.kind.as_str(),
            finding.priority,
            finding.insured_now,
            finding.due_days
        ),
        ("task", 3, Some(60), 60)
    );
    insta::assert_snapshot!(finding.reason, @"宁海县腾浩户外用品有限公司于2025-07-01成立，至今13个月，登记状态为“存续”，当前参保60人，未见本单位工会，也不在联合工会覆盖单位名单内。《工会法》第十一条规定，会员25人以上的应当建立基层工会委员会。");
}

#[test]
fn found_25_counts_persons_not_rows_and_reads_every_naming_of_the_employer() {
    let mut town = town(19, &[]);
    let org = code(900)[8..17].to_string();
    let mut slipped = code(900);
    slipped.replace_range(9..10, "B");
    town.staff("by-org", &org, "", 2, None);
    town.staff("by-name", "", "宁海县腾浩户外用品有限责任公司", 2, None);
    town.staff("by-slip", &slipped, NAME, 1, None);
    // The same persons again, ended cover, cover not begun, and one row without a readable number.
    let again: Vec<_> = town.insurance[town.insurance.len() - 3..].to_vec();
    for (i, mut row) in again.into_iter().enumerate() {
        row.insert("ins_id".into(), format!("again{i}"));
        town.insurance.push(row);
    }
    let mut odd = |id: &str, cells: &[(&str, &str)]| {
        let mut odd = row(&[
            ("ins_id", id),
            ("id_no", "33022619990101001X"),
            ("name", "某"),
            ("employer_uscc", &code(900)),
            ("start", "2020-01-01"),
        ]);
        odd.extend(row(cells));
        town.insurance.push(odd);
    };
    odd("ended", &[("end", "2026-07-31")]);
    odd("not-begun", &[("start", "2026-08-02")]);
    odd("damaged-end", &[("end", "2026-13-45")]);
    assert!(town.run().finding("found-25", "E9").is_none(), "24 persons");
    town.insurance.push(row(&[
        ("ins_id", "z"),
        ("id_no", "3.30226E+17"),
        ("name", "某"),
        ("employer_uscc", &code(900)),
        ("start", "2020-01-01"),
        ("end", "2026-08-01"),
    ]));
    let outcome = town.run();
    assert!(
        outcome
            .finding("found-25", "E9")
            .is_some_and(|f| f.insured_now == Some(25)),
        "a damaged number is one more person"
    );
}

#[test]
fn found_25_leaves_the_staff_of_an_unregistered_namesake_out() {
    let mut town = town(20, &[]);
    // 宁波 and 宁海县 share brand and trade; the insurance office states that firm's own valid code, unknown to the register.
    town.staff("ghost", &code(901), "宁波腾浩户外用品有限公司", 40, None);
    town.staff("bare", &code(901), "腾浩户外用品有限公司", 40, None);
    assert!(
        town.run().finding("found-25", "E9").is_none(),
        "20 persons of its own"
    );
    town.staff("whole", &code(902), NAME, 10, None);
    let outcome = town.run();
    assert_eq!(
        outcome.finding("found-25", "E9").and_then(|f| f.insured_now),
        Some(30),
        "the full name outweighs a code that nobody has"
    );
}

#[test]
fn found_25_asks_about_the_union_of_the_dead_firm_that_this_one_goes_on_as() {
    let mut town = town(0, &[]);
    let old = "宁海县腾浩户外用品厂";
    town.firm(
        901,
        "E9-old",
        old,
        &[("status", "注销"), ("founded", "2008-01-01")],
    );
    town.union(
        "U9",
        &format!("{old}工会委员会"),
        &[("employer_uscc", &code(901)), ("employer_name", old)],
    );
    town.staff("E9", &code(900), NAME, 60, Some(("U9", 40)));
    let outcome = town.run();
    assert_eq!(outcome.link("U9"), ("linked", Some("E9-old")));
    assert!(outcome.finding("employer-gone", "U9").is_some());
    let finding = outcome.finding("found-25", "E9").unwrap();
    assert_eq!(finding.kind, "verify");
    assert!(
        finding.reason.contains(&format!("可能已有工会“{old}工会委员会”")),
        "{}",
        finding.reason
    );
    let evidence: serde_json::Value = serde_json::from_str(&finding.evidence).unwrap();
    assert_eq!(evidence["candidate"]["id"], "U9");
    assert!(evidence["candidate"]["probability"].is_null());
}

#[test]
fn found_25_asks_about_the_dead_namesakes_union_where_no_member_tells() {
    let mut town = town(60, &[]);
    town.firm(
        901,
        "E9-old",
        NAME,
        &[("status", "吊销"), ("founded", "2008-01-01")],
    );
    town.union("U9", &format!("{NAME}工会"), &[("employer_uscc", &code(901))]);
    let outcome = town.run();
    assert_eq!(outcome.link("U9").1, Some("E9-old"));
    let finding = outcome.finding("found-25", "E9").unwrap();
    assert_eq!(finding.kind, "verify");
    assert!(finding.reason.contains("可能已有工会"), "{}", finding.reason);
}

#[test]
fn found_25_states_decide_whether_and_how() {
    let kind = |n: u32, cells: &[(&str, &str)]| {
        town(n, cells)
            .run()
            .finding("found-25", "E9")
            .map(|f| f.kind.clone())
    };
    assert_eq!(kind(24, &[]), None);
    assert_eq!(kind(25, &[("status", "开业")]).as_deref(), Some("task"));
    assert_eq!(kind(25, &[("status", "")]).as_deref(), Some("verify"));
    assert_eq!(
        kind(25, &[("founded", "2025-08-02")]).as_deref(),
        Some("verify"),
        "not yet twelve months"
    );
    assert_eq!(kind(25, &[("founded", "2025-08-01")]).as_deref(), Some("task"));
    for gone in ["注销", "吊销", "迁出", "歇业", "停业", "清算"] {
        assert_eq!(kind(60, &[("status", gone)]), None, "{gone}");
    }
}

#[test]
fn found_25_doubts_make_a_verification_and_say_why() {
    let reason = |cells: &[(&str, &str)]| {
        let mut town = town(60, cells);
        for row in &mut town.insurance {
            row.insert("employer_name".into(), String::new());
        }
        let outcome = town.run();
        let finding = outcome.finding("found-25", "E9").unwrap();
        assert_eq!(finding.kind, "verify");
        finding.reason.clone()
    };
    assert!(reason(&[("name", "宁海县腾浩人力资源有限公司")]).contains("劳动合同法"));
    assert!(reason(&[("name", "宁海县腾浩户外用品有限公司西店分公司")]).contains("分支机构"));
    assert!(reason(&[("name", "宁海县腾浩户外集团有限公司")]).contains("集团"));
    let mut crowd = town(60, &[("address", "宁海县西店镇樟树路8号")]);
    for n in 0..12 {
        crowd.firm(
            950 + n,
            &format!("C{n}"),
            &format!("宁海县集聚{n}号贸易有限公司"),
            &[("address", "宁海县西店镇樟树路8号")],
        );
    }
    let outcome = crowd.run();
    assert!(
        outcome
            .finding("found-25", "E9")
            .unwrap()
            .reason
            .contains("集群注册")
    );
}

#[test]
fn cover_and_a_union_of_its_own_answer_found_25() {
    let mut covered = town(60, &[]);
    covered.union(
        "J1",
        "西店镇滨海工业园区联合工会",
        &[("union_type", "联合基层工会")],
    );
    covered.covers.push(row(&[
        ("union_id", "J1"),
        ("employer_uscc", &code(900)),
        ("employer_name", NAME),
    ]));
    covered.open_items = vec![item("found-25", "enterprise", "E9")];
    let outcome = covered.run();
    assert!(outcome.finding("found-25", "E9").is_none());
    assert_eq!(outcome.closures["QD-330226-2026-000001"].outcome, "done");

    covered.covers[0].insert("to".into(), "2026-06-30".into());
    let outcome = covered.run();
    assert!(
        outcome.finding("found-25", "E9").is_some(),
        "an ended cover covers nothing"
    );

    let mut founded = town(60, &[]);
    founded.union(
        "U9",
        &format!("{NAME}工会委员会"),
        &[("employer_uscc", &code(900)), ("founded", "2026-07-20")],
    );
    founded.open_items = vec![item("found-25", "enterprise", "E9")];
    let outcome = founded.run();
    assert!(outcome.finding("found-25", "E9").is_none());
    let closure = &outcome.closures["QD-330226-2026-000001"];
    assert_eq!(closure.outcome, "done");
    insta::assert_snapshot!(closure.reason, @"工会组织库中已有该单位的工会：宁海县腾浩户外用品有限公司工会委员会，2026-07-20建会");
    assert!(closure.evidence.contains("U9"));
}

#[test]
fn a_union_whose_record_is_unsound_does_not_count_in_the_rate() {
    let mut town = town(60, &[]);
    town.union(
        "U9",
        &format!("{NAME}工会委员会"),
        &[("employer_uscc", &code(900))],
    );
    let counts = |unsound: Option<&[&str]>| {
        let unsound = unsound.map(|keys| keys.iter().map(|key| (*key).to_owned()).collect());
        let outcome = town.try_run(|input| input.unsound_unions = unsound).unwrap();
        assert!(
            outcome.finding("found-25", "E9").is_none(),
            "it has a union all the same"
        );
        let sums = outcome.coverage.iter().map(|place| {
            [
                Some(place.employers_25),
                Some(place.employers_25_with_union),
                place.employers_25_with_sound_union,
            ]
        });
        let mut all = sums.collect::<Vec<_>>();
        assert_eq!(all.len(), 1, "one town has an employer of that size");
        all.remove(0)
    };
    assert_eq!(counts(None), [Some(1), Some(1), None], "nobody has counted");
    assert_eq!(
        counts(Some(&["U0000"])),
        [Some(1), Some(1), Some(1)],
        "another's record"
    );
    assert_eq!(counts(Some(&["U9"])), [Some(1), Some(1), Some(0)]);
    // Covered by a union whose record is sound, it counts again.
    let mut covered = town.clone();
    covered.union(
        "J1",
        "西店镇滨海工业园区联合工会",
        &[("union_type", "联合基层工会")],
    );
    covered.covers.push(row(&[
        ("union_id", "J1"),
        ("employer_uscc", &code(900)),
        ("employer_name", NAME),
    ]));
    let unsound = |keys: [&str; 1]| Some(keys.map(str::to_owned).into_iter().collect());
    let outcome = covered
        .try_run(|input| input.unsound_unions = unsound(["U9"]))
        .unwrap();
    assert_eq!(outcome.coverage[0].employers_25_with_sound_union, Some(1));
}

#[test]
fn items_close_for_the_right_reason_or_stay() {
    let outcome_of = |town: &mut Town| {
        town.open_items = vec![item("found-25", "enterprise", "E9")];
        town.run()
            .closures
            .get("QD-330226-2026-000001")
            .map(|c| c.outcome.clone())
    };
    assert_eq!(outcome_of(&mut town(60, &[])), None, "raised again");
    assert_eq!(
        outcome_of(&mut town(60, &[("status", "注销")])).as_deref(),
        Some("superseded")
    );
    assert_eq!(
        outcome_of(&mut town(60, &[("status", "歇业")])).as_deref(),
        Some("out_of_scope")
    );
    assert_eq!(outcome_of(&mut town(18, &[])).as_deref(), Some("out_of_scope"));
    let mut gone = town(60, &[]);
    gone.enterprises.pop();
    assert_eq!(outcome_of(&mut gone).as_deref(), Some("superseded"));
    let mut blind = town(60, &[]);
    blind.open_items = vec![item("found-25", "enterprise", "E9")];
    let outcome = blind.try_run(|input| input.insurance = None).unwrap();
    assert!(
        outcome.closures.is_empty() && outcome.findings.iter().all(|f| f.rule != "found-25"),
        "nothing known, nothing closed"
    );
}

#[test]
fn fingerprints_ignore_daily_jitter() {
    let of = |n: u32, cells: &[(&str, &str)]| {
        town(n, cells)
            .run()
            .finding("found-25", "E9")
            .unwrap()
            .fingerprint
            .clone()
    };
    assert_eq!(of(60, &[]), of(63, &[]));
    assert_ne!(of(60, &[]), of(160, &[]));
    assert_ne!(of(60, &[]), of(60, &[("status", "")]));
}

#[test]
fn found_joint_offers_the_towns_joint_union() {
    let mut town = town(14, &[]);
    town.union(
        "J1",
        "西店镇滨海工业园区联合工会",
        &[("union_type", "联合基层工会")],
    );
    let outcome = town.run();
    let finding = outcome.finding("found-joint", "E9").unwrap();
    assert_eq!(finding.kind, "verify");
    assert!(
        finding.reason.contains("西店镇滨海工业园区联合工会"),
        "{}",
        finding.reason
    );
}

#[test]
fn a_fee_without_a_union_is_to_be_verified() {
    let mut town = town(60, &[]);
    town.tax.push(row(&[
        ("tax_id", "T1"),
        ("uscc", &code(900)),
        ("taxpayer_name", NAME),
        ("tax_year", "2025"),
        ("headcount", "58"),
        ("union_fee_paid", "12000.50"),
    ]));
    let outcome = town.run();
    let finding = outcome.finding("union-unregistered", "E9").unwrap();
    assert!(
        finding.reason.contains("2025年已缴工会经费12000.50元"),
        "{}",
        finding.reason
    );
    assert!(
        outcome
            .finding("found-25", "E9")
            .unwrap()
            .reason
            .contains("税务申报58人")
    );
}

#[test]
fn a_preparatory_fund_says_that_there_is_no_union() {
    let mut town = town(60, &[]);
    town.tax.push(row(&[
        ("tax_id", "T1"),
        ("uscc", &code(900)),
        ("taxpayer_name", NAME),
        ("tax_year", "2025"),
        ("headcount", "58"),
        ("prep_fee_paid", "12000.50"),
    ]));
    let outcome = town.run();
    assert!(outcome.finding("union-unregistered", "E9").is_none());
    let found = outcome.finding("found-25", "E9").unwrap();
    assert!(found.evidence.contains("12000.50"), "{}", found.evidence);
}

/// E9 with a union of its own that states these cells, `staff` insured of whom `members` are members.
pub fn union_town(staff: u32, members: u32, cells: &[(&str, &str)]) -> Town {
    let mut town = Town::ordinary();
    town.firm(900, "E9", NAME, &[]);
    town.union(
        "U9",
        &format!("{NAME}工会"),
        &[("employer_uscc", &code(900)), ("employer_name", NAME)],
    );
    town.unions.last_mut().unwrap().extend(row(cells));
    town.staff("E9", &code(900), NAME, staff, Some(("U9", members)));
    town
}

#[test]
fn union_rules() {
    let reason = |town: &Town, rule: &str| {
        town.run()
            .finding(rule, "U9")
            .map(|f| format!("{} {}", f.kind, f.reason))
    };
    let sound = union_town(40, 30, &[]).run();
    assert!(
        sound.findings.iter().all(|f| f.subject_id != "U9"),
        "{:?}",
        sound.findings
    );

    insta::assert_snapshot!(reason(&union_town(40, 10, &[]), "join-more").unwrap(), @"task “宁海县腾浩户外用品有限公司工会”所在单位宁海县腾浩户外用品有限公司当前参保40人，实名登记会员10人，入会率25%，不足50%。《工会法》第三条规定职工都有依法参加工会的权利，请组织职工入会，预计可发展30人。");
    insta::assert_snapshot!(reason(&union_town(40, 30, &[("term_end", "2026-06-30")]), "term-due").unwrap(), @"task “宁海县腾浩户外用品有限公司工会”本届任期于2026-06-30届满，已逾期32天。《工会法》第十六条规定，基层工会委员会每届任期三年或者五年，请组织换届选举。");
    assert!(
        reason(&union_town(40, 30, &[("term_end", "2026-10-01")]), "term-due")
            .unwrap()
            .starts_with("work ")
    );
    assert!(reason(&union_town(40, 30, &[("term_end", "2026-12-01")]), "term-due").is_none());
    let mut above = union_town(40, 30, &[]);
    let cells = [("union_type", "总工会"), ("term_end", "2026-06-30")];
    above.union("T9", "西店镇总工会", &cells);
    let outcome = above.run();
    let above = outcome.finding("term-due", "T9").unwrap();
    assert!(above.reason.contains("各级地方总工会委员会"), "{}", above.reason);
    insta::assert_snapshot!(reason(&union_town(40, 30, &[("union_code", "")]), "code-missing").unwrap(), @"task “宁海县腾浩户外用品有限公司工会”没有工会统一社会信用代码（81开头），请办理登记后补正，尚未取得工会法人资格的请注明。");
    let mut moved = union_town(40, 30, &[]);
    moved
        .enterprises
        .last_mut()
        .unwrap()
        .extend(row(&[("status", "迁出")]));
    assert!(reason(&moved, "employer-moved").unwrap().starts_with("task "));
    let mut crowded = union_town(10, 10, &[]);
    for n in 0..10 {
        crowded.members.push(row(&[
            ("member_id", &format!("X{n}")),
            ("union_id", "U9"),
            ("id_no", ""),
            ("name", "某"),
        ]));
    }
    assert!(reason(&crowded, "members-exceed-staff").is_some());
    let mut twice = union_town(40, 30, &[("founded", "2020-01-01")]);
    twice.union(
        "U8",
        &format!("{NAME}工会"),
        &[
            ("employer_uscc", &code(900)),
            ("employer_name", NAME),
            ("founded", "2016-01-01"),
        ],
    );
    assert!(
        reason(&twice, "duplicate-union").unwrap().starts_with("task "),
        "the earlier one is kept"
    );
}

#[test]
fn a_link_left_to_verify_is_an_item_and_no_other_is() {
    let names = [
        "宁海县腾浩户外用品有限公司工会",
        "宁海县腾浩户外工会",
        "腾浩工会",
        "宁海县腾皓户外用品有限公司工会",
        "宁海县腾浩服饰有限公司工会",
        "宁海县明远制冷有限公司工会",
    ];
    let places: [&[(&str, &str)]; 2] = [&[], &[("county", "象山县"), ("street", "")]];
    let mut decisions = std::collections::BTreeSet::new();
    for name in names {
        for place in places {
            let mut town = Town::ordinary();
            town.firm(900, "E9", NAME, &[]);
            town.union("U9", name, place);
            let outcome = town.run();
            let decision = outcome.link("U9").0.to_owned();
            assert_eq!(
                outcome.finding("link-verify", "U9").is_some(),
                decision == "verify",
                "{name} {place:?}: {decision}"
            );
            decisions.insert(decision);
        }
    }
    assert!(
        decisions.contains("verify") && decisions.len() > 1,
        "{decisions:?}"
    );
}

#[test]
fn a_fixed_fact_closes_a_union_item() {
    let mut town = union_town(40, 30, &[]);
    town.open_items = vec![item("term-due", "union", "U9")];
    let outcome = town.run();
    let closure = &outcome.closures["QD-330226-2026-000001"];
    assert_eq!(
        (closure.outcome.as_str(), closure.reason.as_str()),
        ("done", "已换届，届满日期已更新")
    );
}

#[test]
fn rules_of_a_folder_replace_the_shipped_ones_and_are_checked() {
    let folder = tempfile::tempdir().unwrap();
    let rule = |columns: &str, reason: &str| {
        format!(
            "+++\nid = \"large\"\nversion = 1\nname = \"大企业\"\nkind = \"verify\"\npriority = 5\ndue_working_days = 10\nsubject = \"enterprise\"\nlaw = \"《工会法》\"\nfingerprint = [\"status_class\"]\nreason = \"{reason}\"\nclosed = \"已不再是\"\n+++\nSELECT {columns} FROM employer\nWHERE insured_now > 50"
        )
    };
    let path = folder.path().join("large.sql");
    let run = |text: String| {
        std::fs::write(&path, text).unwrap();
        town(60, &[]).try_run(|input| input.rules = RulesSource::Folder(folder.path().to_path_buf()))
    };
    let outcome = run(rule("*", "{name}")).unwrap();
    assert_eq!(outcome.findings.len(), 1);
    let message = |result: Result<_, ReconcileError>| match result {
        Err(error) => error.to_string(),
        Ok(_) => String::new(),
    };
    let wrong_column = message(run(rule("*", "{nmae}")));
    assert!(
        wrong_column.contains("large.sql") && wrong_column.contains("nmae"),
        "{wrong_column}"
    );
    let wrong_sql = message(run(rule("insured, *", "{name}")));
    assert!(
        wrong_sql.contains("large.sql 第") && wrong_sql.contains("SQL"),
        "{wrong_sql}"
    );
}

#[test]
fn an_empty_register_is_refused_and_leaves_nothing() {
    let mut town = town(60, &[]);
    town.enterprises.clear();
    let mut out = None;
    let error = town.try_run(|input| out = Some(input.out.clone())).err().unwrap();
    assert!(matches!(error, ReconcileError::NoEnterprises));
    assert_eq!(std::fs::read_dir(out.unwrap()).unwrap().count(), 0);
}
