//! What a run does to the lists, without a database.

#![allow(clippy::unwrap_used)]
use codes::id::{AccountId, SeededIds};
use domain::list_item::RefuteReason;
use store::organising::GeneralUnion;

use super::*;

const TOWN: &str = "0000/0001/0003/";
const XIDIAN: i64 = 330_226_104;

fn day(text: &str) -> Day {
    Day::parse_iso(text).unwrap()
}

fn finding(subject: &str, fingerprint: &str) -> lake::tables::Finding {
    lake::tables::Finding {
        rule: "found-25".into(),
        rule_version: 1,
        kind: "task".into(),
        subject_kind: "enterprise".into(),
        subject_id: subject.into(),
        uscc: None,
        name: format!("宁波{subject}有限公司"),
        county: Some(330_226),
        town: Some(XIDIAN),
        priority: 2,
        expected_members: Some(52),
        insured_now: Some(60),
        due_days: 20,
        fingerprint: fingerprint.into(),
        reason: "满 13 个月，在保 60 人，未建会".into(),
        evidence:
            r#"{"rows":[{"source":"insurance","count":60,"facts":{}},{"source":"enterprises","count":1}]}"#
                .into(),
    }
}

fn closure(item_no: &str, outcome: &str) -> lake::tables::Closure {
    lake::tables::Closure {
        item_no: item_no.into(),
        outcome: outcome.into(),
        reason: "登记库已有工会".into(),
        evidence: r#"{"union_id":"U1"}"#.into(),
    }
}

struct World {
    ids: SeededIds,
    policy: WorklistPolicy,
    places: Places,
    items: Vec<ItemRecord>,
    counters: HashMap<i64, i64>,
    run_no: i64,
}

impl World {
    fn new() -> World {
        let union = |path: &str, county, town| GeneralUnion {
            id: uuid::Uuid::nil(),
            union_id: path.into(),
            name: path.into(),
            path: path.into(),
            county,
            town,
        };
        World {
            ids: SeededIds::new(7),
            policy: WorklistPolicy::default(),
            places: Places::of([
                union("0000/", None, None),
                union("0000/0001/", Some(330_226), None),
                union(TOWN, Some(330_226), Some(XIDIAN)),
            ]),
            items: Vec::new(),
            counters: HashMap::new(),
            run_no: 0,
        }
    }

    /// One run; the lists stand afterwards as the plan says.
    fn run(
        &mut self,
        as_of: &str,
        findings: Vec<lake::tables::Finding>,
        closures: Vec<lake::tables::Closure>,
    ) -> MergePlan {
        self.run_no += 1;
        let context = MergeContext {
            run_no: self.run_no,
            as_of: day(as_of),
            now: day(as_of).start(),
            ids: &self.ids,
            policy: &self.policy,
            calendar: WorkingDays::shipped(),
            places: &self.places,
        };
        let gists = self.items.iter().map(gist_of).collect();
        let sifted = sift(context.as_of, &self.places, gists, findings, &closures);
        let asked = self
            .items
            .iter()
            .filter(|item| sifted.item_nos.contains(&item.item_no));
        let mut made = plan(
            &context,
            &mut Assigner::default(),
            self.counters.clone(),
            asked.cloned().collect(),
            sifted.findings,
            closures,
        )
        .unwrap();
        made.counts.unchanged += sifted.counts.unchanged;
        made.counts.suppressed += sifted.counts.suppressed;
        self.items.extend(made.inserts.iter().cloned());
        for changed in &made.rewrites {
            let item = self.items.iter_mut().find(|item| item.id == changed.id).unwrap();
            *item = changed.clone();
        }
        self.counters
            .extend(made.counters.iter().map(|(division, last)| (*division, *last)));
        made
    }
}

fn gist_of(item: &ItemRecord) -> ItemGist {
    ItemGist {
        item_no: item.item_no.clone(),
        key: key_of(item),
        known: known(item),
        rule_version: item.rule_version,
        detail_hash: item.detail_hash,
        responsible_path: item.responsible_path.clone(),
    }
}

/// A finding that says what it said before costs no look at its item; every other one does.
#[test]
fn only_items_about_which_something_new_is_said_are_looked_at() {
    let mut world = World::new();
    let first = vec![
        finding("A", "1"),
        finding("B", "1"),
        finding("C", "1"),
        finding("D", "1"),
    ];
    world.run("2026-11-04", first, vec![]);
    let dearer = lake::tables::Finding {
        insured_now: Some(61),
        ..finding("B", "1")
    };
    let findings = vec![finding("A", "1"), dearer, finding("C", "2"), finding("E", "1")];
    let closures = [closure("QD-330226-2026-000004", "done")];
    let gists = world.items.iter().map(gist_of).collect();
    let sifted = sift(day("2026-11-05"), &world.places, gists, findings, &closures);
    let number = |nth: u32| format!("QD-330226-2026-{nth:06}");
    assert_eq!(sifted.item_nos, [number(2), number(3), number(4)]);
    let subjects: Vec<&str> = sifted
        .findings
        .iter()
        .map(|found| found.subject_id.as_str())
        .collect();
    assert_eq!(subjects, ["B", "C", "E"]);
    assert_eq!(sifted.counts.unchanged, 1);
}

fn actions(plan: &MergePlan) -> Vec<JournalAction> {
    plan.entries.iter().map(|entry| entry.action).collect()
}

#[test]
fn a_new_finding_gets_a_number_a_place_and_a_deadline_by_the_rule() {
    let mut world = World::new();
    let plan = world.run("2026-11-04", vec![finding("A", "1"), finding("B", "1")], vec![]);
    assert_eq!(plan.counts.raised, 2);
    assert_eq!(
        actions(&plan),
        [JournalAction::ItemRaised, JournalAction::ItemRaised]
    );
    let item = &world.items[0];
    assert_eq!(item.item_no, "QD-330226-2026-000001");
    assert_eq!(world.items[1].item_no, "QD-330226-2026-000002");
    assert_eq!(item.responsible_path.as_deref(), Some(TOWN));
    assert_eq!((item.due_days, item.due_on), (20, day("2026-12-02")));
    assert_eq!(item.evidence_count, 2);
}

#[test]
fn the_same_run_again_changes_nothing() {
    let mut world = World::new();
    world.run("2026-11-04", vec![finding("A", "1")], vec![]);
    let before = world.items.clone();
    let plan = world.run("2026-11-04", vec![finding("A", "1")], vec![]);
    assert_eq!(plan.counts.unchanged, 1);
    assert!(
        plan.inserts.is_empty()
            && plan.rewrites.is_empty()
            && plan.entries.is_empty()
            && plan.evidence.is_empty()
    );
    assert_eq!(world.items, before);
}

#[test]
fn words_follow_the_day_without_noise_in_the_history() {
    let mut world = World::new();
    world.run("2026-11-04", vec![finding("A", "1")], vec![]);
    let mut older = finding("A", "1");
    older.reason = "满 14 个月，在保 60 人，未建会".into();
    let plan = world.run("2026-12-04", vec![older], vec![]);
    assert!(plan.entries.is_empty());
    assert!(world.items[0].reason.contains("14"));
    assert_eq!(
        world.items[0].clock_started_on,
        day("2026-11-04"),
        "the deadline does not start anew"
    );
}

#[test]
fn changed_evidence_is_journalled_and_a_new_list_starts_a_new_deadline() {
    let mut world = World::new();
    let young = lake::tables::Finding {
        kind: "verify".into(),
        due_days: 0,
        ..finding("A", "1")
    };
    world.run("2026-11-04", vec![young], vec![]);
    assert_eq!(world.items[0].due_days, 15);
    let plan = world.run("2026-12-04", vec![finding("A", "2")], vec![]);
    assert_eq!(actions(&plan), [JournalAction::ItemChanged]);
    assert_eq!(
        (world.items[0].kind, world.items[0].due_days),
        (ListKind::Task, 20)
    );
    assert_eq!(world.items[0].clock_started_on, day("2026-12-04"));
}

#[test]
fn a_run_closes_with_evidence_and_reopens_under_the_same_number() {
    let mut world = World::new();
    world.run("2026-11-04", vec![finding("A", "1")], vec![]);
    let number = world.items[0].item_no.clone();
    let plan = world.run(
        "2026-11-21",
        vec![],
        vec![closure(&number, "done"), closure("QD-0", "done")],
    );
    assert_eq!((plan.counts.done, plan.closings.len()), (1, 1));
    assert_eq!(actions(&plan), [JournalAction::ItemClosed]);
    assert_eq!(
        (world.items[0].state, world.items[0].closed_by),
        (ItemState::Done, Some(ClosedBy::Run))
    );
    let again = world.run("2026-12-21", vec![finding("A", "1")], vec![]);
    assert_eq!(again.counts.reopened, 1);
    assert_eq!((world.items.len(), &world.items[0].item_no), (1, &number));
    assert_eq!(
        (world.items[0].state, world.items[0].closed_at),
        (ItemState::New, None)
    );
}

#[test]
fn what_a_person_refuted_stays_away_until_its_evidence_changes() {
    let mut world = World::new();
    world.run("2026-11-04", vec![finding("A", "1")], vec![]);
    let item = &mut world.items[0];
    item.state = ItemState::Refuted;
    item.closed_by = Some(ClosedBy::Person);
    item.refute_reason = Some(RefuteReason::TooFew);
    item.suppressed_fingerprint = Some("1".into());
    item.suppressed_until = Some(day("2027-11-04"));
    let kept = world.run("2026-12-04", vec![finding("A", "1")], vec![]);
    assert_eq!((kept.counts.suppressed, kept.rewrites.len()), (1, 0));
    let back = world.run("2026-12-05", vec![finding("A", "2")], vec![]);
    assert_eq!(back.counts.reopened, 1);
    assert_eq!(
        (world.items[0].refute_reason, world.items[0].suppressed_until),
        (None, None)
    );
}

#[test]
fn an_employer_that_is_gone_supersedes_its_item() {
    let mut world = World::new();
    world.run("2026-11-04", vec![finding("A", "1")], vec![]);
    let number = world.items[0].item_no.clone();
    let plan = world.run("2026-11-21", vec![], vec![closure(&number, "superseded")]);
    assert_eq!(
        (plan.counts.superseded, actions(&plan)),
        (1, vec![JournalAction::ItemSuperseded])
    );
    let twice = world.run("2026-11-22", vec![], vec![closure(&number, "superseded")]);
    assert_eq!(
        twice.counts,
        MergeCounts::default(),
        "a closed item is not closed again"
    );
}

#[test]
fn senseless_output_is_refused_by_name() {
    let world = World::new();
    let context = MergeContext {
        run_no: 1,
        as_of: day("2026-11-04"),
        now: day("2026-11-04").start(),
        ids: &world.ids,
        policy: &world.policy,
        calendar: WorkingDays::shipped(),
        places: &world.places,
    };
    let odd = lake::tables::Finding {
        kind: "chore".into(),
        ..finding("B", "1")
    };
    let error = plan(
        &context,
        &mut Assigner::default(),
        HashMap::new(),
        vec![],
        vec![finding("A", "1"), odd],
        vec![],
    )
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "比对结果中“found-25 B”的清单类别无法识别：chore"
    );
}

#[test]
fn places_without_a_town_union_go_to_the_county_and_then_to_the_city() {
    let world = World::new();
    let responsible = |county, town| world.places.responsible(county, town);
    assert_eq!(responsible(Some(330_226), Some(XIDIAN)), Some(TOWN));
    assert_eq!(
        responsible(None, Some(XIDIAN + 1)),
        Some("0000/0001/"),
        "the county is in the town's code"
    );
    assert_eq!(responsible(Some(330_205), None), Some("0000/"));
    assert_eq!(responsible(None, None), Some("0000/"));
    assert_eq!(Places::default().responsible(Some(330_226), None), None);
}

#[test]
fn a_general_union_looks_after_its_level_not_after_the_street_it_sits_in() {
    let union = |path: &str, county, town| GeneralUnion {
        id: uuid::Uuid::nil(),
        union_id: path.into(),
        name: path.into(),
        path: path.into(),
        county: Some(county),
        town,
    };
    let places = Places::of([
        union("0000/", 330_212, Some(330_212_001)),
        union("0000/0001/", 330_226, Some(330_226_001)),
        union("0000/0001/0001/", 330_226, Some(330_226_001)),
        union("0000/0001/0002/", 330_226, Some(XIDIAN)),
        union("0000/0002/", 330_226, Some(330_226_001)),
    ]);
    assert_eq!(
        places.responsible(Some(330_226), Some(330_226_001)),
        Some("0000/0001/0001/")
    );
    assert_eq!(
        places.responsible(Some(330_226), Some(XIDIAN)),
        Some("0000/0001/0002/")
    );
    assert_eq!(
        places.responsible(Some(330_226), None),
        Some("0000/0001/"),
        "not the doubled entry"
    );
    assert_eq!(
        places.responsible(Some(330_212), Some(330_212_001)),
        Some("0000/")
    );
}

#[test]
fn the_field_worker_with_the_fewest_open_items_is_next() {
    let worker = |nth: u8, login: &str| domain::accounts::Account {
        id: AccountId::from_uuid(uuid::Uuid::from_bytes([nth; 16])),
        login: login.into(),
        name: login.into(),
        role: Role::FieldWorker,
        union_id: None,
        union_name: None,
        path: UnionPath::parse(TOWN).ok(),
        reach: domain::accounts::Reach::Branch,
        named: Vec::new(),
        must_change_password: false,
        password_set_at: Timestamp(0),
        has_second_factor: false,
        failed_count: 0,
        locked_until: None,
        disabled_at: None,
        last_sign_in_at: None,
        created_at: Timestamp(0),
        changed_at: Timestamp(0),
    };
    let li = worker(1, "li");
    let open = HashMap::from([(li.id, 2)]);
    let mut assigner = Assigner::of([li, worker(2, "zhou"), worker(3, "chen")], &open);
    let order: Vec<String> = (0..6).map(|_| assigner.next(Some(TOWN)).unwrap().login).collect();
    assert_eq!(order, ["chen", "zhou", "chen", "zhou", "chen", "li"]);
    assert_eq!(assigner.next(Some("0000/")), None);
    assert_eq!(assigner.next(None), None);
}
