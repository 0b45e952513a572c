//! What stories find in the register: the town that they play in, and rows of every kind as an import or a run would have written them. A
//! story changes only what it is about.

use app::op::App;
use axum::Router;
use codes::time::Day;
use domain::accounts::{Account, Reach, Role};
use domain::list_item::{ItemSubject, ListKind};
use serde_json::json;
use store::Tx;
use store::employer::EmployerRecord;
use store::list_item::{EvidenceRecord, ItemRecord};
use testkit::{Database, People, TestApp, member_row, union};
use web::{Web, WebConfig, router};

/// Generated; its check digit holds.
pub const NUMBER: &str = "330226199001010000";

/// 宁波市总工会, 宁海县总工会, 西店镇总工会.
pub const TOWN_PATH: &str = "0000/0000/0000/";

/// The town with its people on an engine, and the console over it; the interface is asked as often as a walk asks it.
pub async fn town(database: Database) -> (TestApp, People, Router) {
    let test = TestApp::on(database).await;
    let people = People::of(&test).await;
    let config = WebConfig {
        api_per_minute: Some(100_000),
        ..WebConfig::default()
    };
    let router = router(Web::new(test.app.clone(), config));
    (test, people, router)
}

/// 邵国海, a member of the base union under [`NUMBER`].
pub async fn member(test: &TestApp, member_id: &str) {
    let mut tx = test.app.store.begin().await.unwrap();
    let home = tx.union_row(union::BASE).await.unwrap().unwrap();
    let row = member_row(&test.app, home.id, (member_id, "邵国海"), Some(NUMBER));
    tx.upsert_members([row]).await.unwrap();
    tx.commit().await.unwrap();
}

/// A company in business in 宁海, at a place of the tree.
pub fn employer_card(enterprise_id: &str, name: &str, path: &str) -> EmployerRecord {
    EmployerRecord {
        enterprise_id: enterprise_id.to_owned(),
        uscc: None,
        name: name.to_owned(),
        entity: "company".into(),
        status: Some("存续".into()),
        status_class: "in_business".into(),
        legal_rep: None,
        county: Some(330_226),
        town: None,
        address: None,
        industry: None,
        founded_on: None,
        capital_fen: None,
        phone_sealed: None,
        insured_now: Some(31),
        tax_headcount: None,
        payroll_fen: None,
        fee_fen: None,
        flags: json!([]),
        responsible_path: Some(path.to_owned()),
    }
}

/// An item to be verified about a subject at a place of the tree, as the first run raised it.
pub fn item_record(
    app: &App,
    item_no: &str,
    (subject, id, name): (ItemSubject, &str, &str),
    path: &str,
) -> ItemRecord {
    let day = Day::new(2026, 7, 1).unwrap();
    ItemRecord {
        rule: "found-25".into(),
        rule_version: 1,
        name: name.to_owned(),
        search_text: name.to_owned(),
        county: Some(330_226),
        responsible_path: Some(path.to_owned()),
        raised_run: Some(1),
        ..ItemRecord::new(
            codes::id::Id::mint(&*app.ids, app.now()),
            item_no.to_owned(),
            ListKind::Verification,
            subject,
            id.to_owned(),
            day.start(),
            day,
        )
    }
}

/// Puts an item on the list with its evidence.
pub async fn raise(tx: &mut Tx, item: ItemRecord, evidence: String) {
    let texts = [EvidenceRecord {
        item_id: item.id,
        evidence,
        closing: None,
    }];
    tx.merge_items([item], []).await.unwrap();
    tx.write_evidence(texts).await.unwrap();
}

/// Evidence that names no rows.
pub fn no_rows() -> String {
    json!({"rows": [], "doubts": []}).to_string()
}

/// An account as an administrator would have opened it. Hashing is slow on purpose; everybody gets the same hash.
pub async fn account(
    test: &TestApp,
    people: &People,
    (login, name): (&str, &str),
    role: Role,
    (at, kind, unions): (&str, Reach, &[(&str, bool)]),
) -> Account {
    let mut tx = test.app.store.begin().await.unwrap();
    let pattern = tx
        .account(people.administrator.actor.id.unwrap())
        .await
        .unwrap()
        .unwrap();
    let hash = tx.password_hash(pattern.id).await.unwrap().unwrap();
    let home = tx.union_row(at).await.unwrap().unwrap();
    let account = Account {
        id: codes::id::Id::mint(&*test.app.ids, test.app.now()),
        login: login.into(),
        name: name.into(),
        role,
        union_id: Some(home.org_id()),
        reach: kind,
        ..pattern
    };
    tx.add_account(&account, &hash).await.unwrap();
    let mut rows = Vec::new();
    for (key, with_below) in unions {
        rows.push((tx.union_row(key).await.unwrap().unwrap().org_id(), *with_below));
    }
    tx.set_account_reach(account.id, &rows).await.unwrap();
    let account = tx.account(account.id).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    account
}

/// Somebody of every kind of reach but those of 西店 and its base union, in roles that together may open every page: login, role,
/// where, kind, unions.
pub type Stranger = (
    &'static str,
    Role,
    &'static str,
    Reach,
    &'static [(&'static str, bool)],
);

pub const STRANGERS: [Stranger; 6] = [
    ("s-own", Role::CountyOfficer, union::COUNTY, Reach::Own, &[]),
    ("s-chosen", Role::CityOfficer, union::CITY, Reach::Chosen, CHOSEN),
    ("s-auditor", Role::Auditor, union::COUNTY, Reach::Chosen, CHOSEN),
    (
        "s-zone",
        Role::FieldWorker,
        union::OTHER_TOWN,
        Reach::Zone,
        &[(union::OTHER_TOWN, false)],
    ),
    ("s-chair", Role::UnionChair, union::OTHER_TOWN, Reach::Own, &[]),
    (
        "s-admin",
        Role::SecurityAdministrator,
        union::OTHER_COUNTY,
        Reach::Branch,
        &[],
    ),
];
const CHOSEN: &[(&str, bool)] = &[(union::OTHER_TOWN, false), (union::OTHER_COUNTY, true)];

/// A document number with its check digit (GB 11643-1999).
pub fn with_check(first: &str) -> String {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let digits = first.chars().map(|digit| digit.to_digit(10).unwrap());
    let sum: u32 = digits.zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum();
    let check = char::from(b"10X98765432"[(sum % 11) as usize]);
    format!("{first}{check}")
}

pub fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

const ROUTER: &str = include_str!("../../src/router.rs");

/// A route of the console as its source says it: its path and whether it is posted to.
pub fn routes() -> Vec<(String, bool)> {
    let mut found = Vec::new();
    // One path has a name, because the provider of identities is told it as well.
    let source = ROUTER.replace(
        "app::identity::RETURN_PATH",
        &format!("\"{}\"", app::identity::RETURN_PATH),
    );
    for part in source.split(".route(").skip(1) {
        let mut quoted = part.split('"');
        let path = quoted.nth(1).expect("a path").to_owned();
        // As far as the closing of this call: the next route or layer begins behind it.
        let depth_end = part
            .char_indices()
            .scan(1_i32, |depth, (at, sign)| {
                *depth += match sign {
                    '(' => 1,
                    ')' => -1,
                    _ => 0,
                };
                Some((at, *depth))
            })
            .find(|(_, depth)| *depth == 0)
            .map_or(part.len(), |(at, _)| at);
        let call = &part[..depth_end];
        if call.contains("get(") {
            found.push((path.clone(), false));
        }
        if call.contains("post(") {
            found.push((path, true));
        }
    }
    found
}
