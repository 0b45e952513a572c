//! 撤销: what later changes forbid is listed, and the rest can go.

use super::*;
use app::intake::{undo_outlook, undo_rest};
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use testkit::People;

const SECOND: &str = "op,member_id,union_id,name,phone\nU,M1,U1,王芳芳,\nU,M2,U1,李四四,\nI,M8,U2,新人,\nI,M9,U2,新人二,\nD,M3,,,\n";

/// Somebody changes a member by hand: the row no longer carries the batch's number.
async fn rename(test: &TestApp, op: &app::op::OpContext, key: &str, name: &str) {
    let mut tx = test.app.store.begin().await.unwrap();
    let mut row = tx.member_row(key).await.unwrap().unwrap();
    row.name = name.to_owned();
    row.batch_no = None;
    let entry = JournalEntry::new(JournalAction::MemberChanged, SubjectKind::Member, row.id);
    tx.upsert_members([row]).await.unwrap();
    tx.journal(&op.by(), entry).await.unwrap();
    tx.commit().await.unwrap();
}

both_engines! {
    async fn later_edits_are_listed_and_the_rest_goes(database: Database) {
        let test = TestApp::on(database).await;
        take_register(&test).await;
        let people = People::of(&test).await;
        let batch = take(&test, Kind::Members, SECOND).await.batch_no;
        rename(&test, &people.town_officer, "M2", "李肆").await;
        rename(&test, &people.town_officer, "M9", "新人贰").await;
        let op = test.system();
        let outlook = undo_outlook(&op, &test.app, batch).await.unwrap();
        assert_eq!((outlook.written, outlook.changed_count, outlook.refusal), (5, 2, None));
        assert_eq!(outlook.changed.iter().map(|row| row.key.as_str()).collect::<Vec<_>>(), ["M2", "M9"]);
        assert_eq!(outlook.changed[0].by.as_ref().unwrap().0, people.town_officer.actor.name);
        let refused = undo(&op, &test.app, batch).await.unwrap_err();
        assert_eq!(refused.code, "IMP-410");
        assert!(refused.message.contains("有 2 行之后又被修改：M2（") && refused.message.contains("M9（"), "{refused}");

        undo_rest(&op, &test.app, batch).await.unwrap();
        let (_, _, members) = state(&test).await;
        let named: Vec<(&str, &str)> = members.iter().map(|row| (row.member_id.as_str(), row.name.as_str())).collect();
        assert_eq!(named, [("M1", "王芳"), ("M2", "李肆"), ("M3", "张三"), ("M9", "新人贰")]);
    }

    async fn without_later_edits_nothing_is_in_the_way(database: Database) {
        let test = TestApp::on(database).await;
        take_register(&test).await;
        let before = state(&test).await;
        let batch = take(&test, Kind::Members, SECOND).await.batch_no;
        let outlook = undo_outlook(&test.system(), &test.app, batch).await.unwrap();
        assert_eq!((outlook.written, outlook.changed_count), (5, 0));
        undo(&test.system(), &test.app, batch).await.unwrap();
        assert_eq!(state(&test).await, before);
        // Unions under members: said before, and refused.
        let outlook = undo_outlook(&test.system(), &test.app, 1).await.unwrap();
        assert!(outlook.refusal.unwrap().contains("已有会员、账号或登记事项"));
    }

    async fn an_undo_hangs_unions_where_they_belong_today(database: Database) {
        let test = TestApp::on(database).await;
        let more = "U3,西店镇丙厂工会,,,宁海县,西店镇,独立基层工会,G2,2019-01-01,,\nG4,鄞州区总工会,,,鄞州区,,总工会,G1,1951-05-01,,\n";
        take(&test, Kind::Unions, &format!("{UNIONS}{more}")).await;
        // U2 was the last one of G3; its number is free when it has gone to G2.
        let batch = take(&test, Kind::Unions, "op,union_id,parent_id\nU,U2,G2\n").await.batch_no;
        let op = test.system();
        hang(&test, "U3", "G3").await;
        hang(&test, "G3", "G4").await;
        undo(&op, &test.app, batch).await.unwrap();
        let (unions, ..) = state(&test).await;
        let path = |key: &str| unions.iter().find(|row| row.union_id == key).unwrap().path.clone().unwrap();
        let mut paths: Vec<String> = unions.iter().filter_map(|row| row.path.clone()).collect();
        paths.sort();
        paths.dedup();
        assert_eq!(paths.len(), unions.len(), "no two in one place");
        assert!(path("G3").starts_with(&path("G4")));
        for key in ["U1", "U2", "U3"] {
            assert!(path(key).starts_with(&path("G3")) && path(key).len() == path("G3").len() + 5, "{key}: {}", path(key));
        }
        let below = app::union_org::union_org(&op, &test.app, "U2").await.unwrap();
        assert_eq!(below.ancestors.last().unwrap().0, "宁海县西店镇总工会");
    }

    async fn a_row_that_takes_a_union_out_leaves_what_people_did(database: Database) {
        let test = TestApp::on(database).await;
        take(&test, Kind::Unions, UNIONS).await;
        let mut tx = test.app.store.begin().await.unwrap();
        let founded = tx.union_row("U2").await.unwrap().unwrap();
        tx.upsert_unions([UnionRow { source: "founded".into(), ..founded }]).await.unwrap();
        tx.commit().await.unwrap();
        let term = app::union_org::term::TermForm {
            started_on: "2026-08-01".into(),
            term_years: "3".into(),
            chair: "邵国海".into(),
            ..Default::default()
        };
        app::union_org::term::register_term(&test.system(), &test.app, "U1", &term).await.unwrap();
        let report = take(&test, Kind::Unions, "op,union_id\nD,U1\nD,U2\n").await;
        assert_eq!((report.deleted, report.kept), (1, 2), "{report:?}");
        let (unions, ..) = state(&test).await;
        let stands = |key: &str| unions.iter().find(|row| row.union_id == key).map(|row| row.is_active);
        assert_eq!((stands("U1"), stands("U2")), (Some(false), Some(true)));
        let told: Vec<String> = rejects(&test, report.batch_no).await.into_iter().map(|row| row[2].clone()).collect();
        assert!(told.iter().any(|words| words.contains("人工登记的事项") && words.contains("改为已撤销")), "{told:?}");
        assert!(told.iter().any(|words| words.contains("人工建会登记")), "{told:?}");
    }

    async fn ended_memberships_fall_due_though_their_union_is_gone(database: Database) {
        let test = TestApp::on(database).await;
        take_register(&test).await;
        let mut tx = test.app.store.begin().await.unwrap();
        let row = tx.member_row("M1").await.unwrap().unwrap();
        let ended = store::member_event::PastMember {
            id: row.id,
            member_id: row.member_id,
            union_org_id: uuid::Uuid::from_u128(9),
            name: row.name,
            id_index: None,
            state: "left".into(),
            ended_on: Some(codes::time::Day::parse_iso("2000-01-01").unwrap().naive()),
            kept: None,
            batch_no: None,
            image: Vec::new(),
        };
        tx.add_past_member(ended).await.unwrap();
        tx.commit().await.unwrap();
        let due = app::membership::due(&test.system(), &test.app, "", 1, 20).await.unwrap();
        assert_eq!(due.total, 1, "nobody's data stays for ever because a union went");
    }
}

/// Hangs a union elsewhere by hand.
async fn hang(test: &TestApp, key: &str, parent: &str) {
    use app::union_org::change::{Change, ChangeForm, apply, preview};
    let op = test.system();
    let form = ChangeForm {
        other: parent.into(),
        reason: "区划调整".into(),
        ..ChangeForm::default()
    };
    let seen = preview(&op, &test.app, Change::Move, key, &form)
        .await
        .unwrap()
        .seen;
    apply(&op, &test.app, Change::Move, key, &ChangeForm { seen, ..form })
        .await
        .unwrap();
}
