//! Who may see a member's number in full, what stays behind, and what happens when it does not open.

use app::error::ErrorKind;
use app::journal::{JournalParams, journal};
use app::membership::{Found, MemberListParams, RevealForm, Shown, find, list, member, reveal};
use codes::crypto::{FieldKeys, SecretKind};
use codes::id::UnionOrgId;
use codes::resident_id::IdStatus;
use domain::permission::Action;
use store::membership::MemberRow;
use testkit::{People, TestApp, both_engines, union};
use uuid::Uuid;

const NUMBER: &str = "330226199001011234";
/// Generated; its check digit holds.
const VALID: &str = "330226199001010000";
const PHONE: &str = "13857420001";

/// Two members of the base union in 西店.
async fn members(test: &TestApp) -> Vec<MemberRow> {
    let mut tx = test.app.store.begin().await.unwrap();
    let home = tx.union_row(union::BASE).await.unwrap().unwrap();
    let row = |key: &str, name: &str| {
        let id: Uuid = UnionOrgId::mint(&*test.app.ids, test.app.now()).uuid();
        let seal = |column, plain| Some(test.app.keys.seal("member", column, id.as_bytes(), plain));
        MemberRow {
            id,
            member_id: key.to_owned(),
            union_org_id: home.id,
            name: name.to_owned(),
            name_written: None,
            id_sealed: seal("id_no", NUMBER),
            id_index: None,
            id_token: None,
            id_status: IdStatus::Ok as i64,
            id_parts: None,
            phone_sealed: seal("phone", PHONE),
            phone_index: None,
            joined_on: None,
            state: "active".to_owned(),
            extra: None,
            unread: None,
            row_hash: 0,
            batch_no: None,
        }
    };
    let rows = vec![row("M1", "邵国海"), row("M2", "葛秀英")];
    tx.upsert_members(rows.clone()).await.unwrap();
    tx.recount_members().await.unwrap();
    tx.commit().await.unwrap();
    rows
}

async fn save(test: &TestApp, row: MemberRow) {
    let mut tx = test.app.store.begin().await.unwrap();
    tx.upsert_members([row]).await.unwrap();
    tx.commit().await.unwrap();
}

fn asks(purpose: &str, words: &str) -> RevealForm {
    RevealForm {
        what: "id_no".into(),
        purpose: purpose.into(),
        words: words.into(),
    }
}

async fn journalled(test: &TestApp, people: &People) -> Vec<Vec<(String, String, String)>> {
    let asked = JournalParams {
        action: "reveal".into(),
        ..JournalParams::default()
    };
    let found = journal(&people.city_officer, &test.app, &asked).await.unwrap();
    found.rows.into_iter().map(|row| row.changes).collect()
}

both_engines! {
    async fn a_number_is_shown_for_a_reason_that_stays(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, People::of(&test).await);
        members(&test).await;
        let form = asks("更正登记错误", "姓名与身份证不符");
        let shown = reveal(&people.town_officer, app, "M1", &form).await.unwrap();
        assert_eq!((shown.len(), shown[0].value.as_str(), &shown[0].dial), (1, NUMBER, &None), "no more than was asked for");
        assert!(shown[0].masked.contains('*') && !format!("{shown:?}").contains(NUMBER));
        let called = RevealForm { what: "contact".into(), ..form.clone() };
        let shown = reveal(&people.town_officer, app, "M1", &called).await.unwrap();
        assert_eq!(shown[0].value, "邵国海");
        assert!(shown.iter().all(|line| line.value != NUMBER), "whom to call is not who it is");
        let journal = journalled(&test, &people).await;
        assert_eq!(journal.len(), 2);
        let said = |row: &[(String, String, String)]| row.iter().map(|(_, _, after)| after.clone()).collect::<Vec<_>>();
        assert_eq!(said(&journal[1]), ["证件号码", "M1", "更正登记错误：姓名与身份证不符"]);
        assert!(said(&journal[0])[0].starts_with("姓名"), "{journal:?}");
        assert!(!format!("{journal:?}").contains(NUMBER), "the journal keeps why, not what");
    }

    async fn without_a_purpose_or_the_right_nothing_is_shown(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, People::of(&test).await);
        members(&test).await;
        for (form, field) in [
            (asks("", "看看"), "purpose"),
            (asks("好奇", "看看"), "purpose"),
            (asks("其他", " "), "words"),
            (asks("其他", &"长".repeat(201)), "words"),
        ] {
            let refused = reveal(&people.town_officer, app, "M1", &form).await.unwrap_err();
            assert_eq!((refused.kind, refused.fields[0].field), (ErrorKind::Invalid, field), "{form:?}");
        }
        let nothing = RevealForm { what: String::new(), ..asks("更正登记错误", "") };
        let refused = reveal(&people.town_officer, app, "M1", &nothing).await.unwrap_err();
        assert_eq!(refused.fields[0].field, "what");
        let form = asks("更正登记错误", "");
        for (name, op) in people.everybody() {
            let answer = reveal(op, app, "M1", &form).await;
            let expected = match name {
                "city_officer" | "county_officer" | "town_officer" => None,
                "other_town_officer" | "other_county_officer" => Some(ErrorKind::NotFound),
                _ => Some(ErrorKind::Forbidden),
            };
            assert_eq!(answer.err().map(|error| error.kind), expected, "{name}");
        }
        assert_eq!(journalled(&test, &people).await.len(), 3, "who was refused has seen nothing");
    }

    async fn a_value_that_does_not_open_is_said_to_be_so_and_not_shown(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, People::of(&test).await);
        let rows = members(&test).await;
        let changed = |sealed: &Option<Vec<u8>>| {
            let mut bytes = sealed.clone().unwrap();
            *bytes.last_mut().unwrap() ^= 1;
            Some(bytes)
        };
        let foreign = FieldKeys::from_master(&[8; 32]);
        let spoilt = [
            ("changed", changed(&rows[0].id_sealed)),
            ("moved from another member", rows[1].id_sealed.clone()),
            ("moved from another column", rows[0].phone_sealed.clone()),
            ("sealed with another key", Some(foreign.seal("member", "id_no", rows[0].id.as_bytes(), NUMBER))),
            ("cut short", Some(vec![1, 2, 3])),
        ];
        for (how, id_sealed) in spoilt {
            save(&test, MemberRow { id_sealed, phone_sealed: changed(&rows[0].phone_sealed), ..rows[0].clone() }).await;
            let refused = reveal(&people.town_officer, app, "M1", &asks("更正登记错误", "")).await.unwrap_err();
            assert_eq!(refused.code, "MEM-510", "{how}");
            assert!(refused.message.contains("无法解密") && !refused.to_string().contains("3302"), "{how}: {refused}");
            let asked = MemberListParams { page: 1, size: 20, ..MemberListParams::default() };
            let lines = list(&people.town_officer, app, &asked).await.unwrap().lines;
            let shown = |key: &str| lines.iter().find(|line| line.member_id == key).unwrap();
            assert_eq!((&shown("M1").id_no, &shown("M1").phone), (&Shown::Unreadable, &Shown::Unreadable), "{how}");
            assert!(matches!(shown("M2").id_no, Shown::Masked(_)), "the others are still shown");
        }
        assert!(journalled(&test, &people).await.is_empty(), "nobody has seen anything");
    }

    async fn who_looks_at_somebody_is_written_down_and_told_to_who_may_know(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, People::of(&test).await);
        let rows = members(&test).await;
        let extra = r#"{"birth_date":"1990-01-01","education":"本科","card_no":"3302000000000000001"}"#;
        let unread = r#"{"birth_date":{"raw":"1991-02-03","reason":"与身份证号码不一致，以证件为准"}}"#;
        save(&test, MemberRow { extra: Some(extra.into()), unread: Some(unread.into()), ..rows[0].clone() }).await;

        let seen = member(&people.town_officer, app, union::BASE, "M1").await.unwrap();
        assert_eq!((seen.name.as_str(), &seen.seen), ("邵**", &None), "a town officer reads no journal");
        assert!(matches!(&seen.id_no, Shown::Masked(number) if number.contains('*')));
        let said: Vec<(&str, &str)> = seen.further.iter().map(|(label, value)| (label.as_str(), value.as_str())).collect();
        assert_eq!(said, [("出生日期", "1990-**-**"), ("学历", "本科"), ("会员卡号", "***************0001")]);
        assert_eq!(seen.unread[0].0, "出生日期");
        assert_eq!(seen.unread[0].1, "1991-**-**", "what could not be used is somebody's own as well");

        reveal(&people.town_officer, app, "M1", &asks("更正登记错误", "")).await.unwrap();
        let told = member(&people.city_officer, app, union::BASE, "M1").await.unwrap().seen.unwrap();
        let told: Vec<(&str, &str)> = told.iter().map(|look| (look.action.as_str(), look.actor.as_str())).collect();
        let (city, town) = (people.city_officer.actor.name.as_str(), people.town_officer.actor.name.as_str());
        assert_eq!(told, [("查看会员资料", city), ("查看敏感信息", town), ("查看会员资料", town)]);
    }

    async fn a_member_out_of_sight_is_not_there_and_nothing_is_written_down(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, People::of(&test).await);
        members(&test).await;
        for (name, op) in people.everybody() {
            let answer = member(op, app, union::BASE, "M1").await;
            let expected = match name {
                "other_town_officer" | "other_county_officer" => Some(ErrorKind::NotFound),
                _ if op.may(Action::SeeMembers).is_err() => Some(ErrorKind::Forbidden),
                _ => None,
            };
            assert_eq!(answer.err().map(|error| error.kind), expected, "{name}");
        }
        let officer = &people.town_officer;
        for (union_id, member_id) in [(union::TOWN, "M1"), (union::BASE, "M9"), ("没有", "M1")] {
            let refused = member(officer, app, union_id, member_id).await.unwrap_err();
            assert_eq!(refused.code, "MEM-404", "{union_id} {member_id}");
        }
        let asked = JournalParams { action: "member.see".into(), ..JournalParams::default() };
        let looks = journal(&people.city_officer, app, &asked).await.unwrap().total;
        let may = people.everybody().into_iter().filter(|(name, op)| {
            op.may(Action::SeeMembers).is_ok() && !name.starts_with("other_")
        });
        assert_eq!(looks, may.count() as i64);
    }

    async fn a_whole_number_finds_whoever_is_in_sight_and_leaves_a_trace(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, People::of(&test).await);
        let rows = members(&test).await;
        let index = |kind, plain| Some(app.keys.blind_index(kind, plain).to_vec());
        let id_index = index(SecretKind::IdNumber, VALID);
        save(&test, MemberRow { id_index, phone_index: index(SecretKind::Phone, PHONE), ..rows[0].clone() }).await;
        save(&test, MemberRow { phone_index: index(SecretKind::Phone, PHONE), ..rows[1].clone() }).await;
        let keys = |found: &Found| found.lines.iter().map(|line| line.member_id.clone()).collect::<Vec<_>>();

        let found = find(&people.town_officer, app, &format!(" {VALID} ")).await.unwrap();
        assert_eq!((found.what, keys(&found)), ("证件号码", vec!["M1".to_owned()]));
        assert!(!format!("{found:?}").contains(VALID));
        let found = find(&people.town_officer, app, "+86 138-5742-0001").await.unwrap();
        assert_eq!((found.what, keys(&found)), ("电话", vec!["M1".to_owned(), "M2".to_owned()]));

        // Out of sight looks like nobody, and asking is written down all the same.
        let elsewhere = find(&people.other_town_officer, app, VALID).await.unwrap();
        let nobody = find(&people.other_town_officer, app, "330226196704010011").await.unwrap();
        assert_eq!((keys(&elsewhere).len(), keys(&nobody).len()), (0, 0));
        for wrong in ["", "3302261990", "330226199001011235", "张三", "1380013800"] {
            let refused = find(&people.town_officer, app, wrong).await.unwrap_err();
            assert_eq!((refused.code, refused.fields[0].field), ("MEM-402", "number"), "{wrong}");
        }
        let asked = JournalParams { action: "member.find".into(), ..JournalParams::default() };
        let rows = journal(&people.city_officer, app, &asked).await.unwrap().rows;
        let subjects: Vec<&str> = rows.iter().map(|row| row.subject.as_str()).collect();
        assert_eq!(subjects, ["账号", "账号", "会员", "会员", "会员"], "newest first");
        assert!(!format!("{rows:?}").contains(VALID) && !format!("{rows:?}").contains(PHONE));
        let seen = member(&people.city_officer, app, union::BASE, "M2").await.unwrap().seen.unwrap();
        assert_eq!(seen[1].action, "查找会员");
    }
}
