//! What stories find in the register.

use codes::crypto::SecretKind;
use codes::id::UnionOrgId;
use codes::resident_id::IdStatus;
use domain::accounts::{Account, Reach, Role};
use store::membership::MemberRow;
use testkit::{People, TestApp, union};

/// Generated; its check digit holds.
pub const NUMBER: &str = "330226199001010000";

/// 邵国海, a member of the base union under [`NUMBER`].
pub async fn member(test: &TestApp, member_id: &str) {
    let mut tx = test.app.store.begin().await.unwrap();
    let home = tx.union_row(union::BASE).await.unwrap().unwrap();
    let id = UnionOrgId::mint(&*test.app.ids, test.app.now()).uuid();
    let row = MemberRow {
        id,
        member_id: member_id.to_owned(),
        union_org_id: home.id,
        name: "邵国海".to_owned(),
        name_written: None,
        id_sealed: Some(test.app.keys.seal("member", "id_no", id.as_bytes(), NUMBER)),
        id_index: Some(test.app.keys.blind_index(SecretKind::IdNumber, NUMBER).to_vec()),
        id_token: None,
        id_status: IdStatus::Ok as i64,
        id_parts: None,
        phone_sealed: None,
        phone_index: None,
        joined_on: None,
        state: "active".to_owned(),
        extra: None,
        unread: None,
        row_hash: 0,
        batch_no: None,
    };
    tx.upsert_members([row]).await.unwrap();
    tx.commit().await.unwrap();
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
