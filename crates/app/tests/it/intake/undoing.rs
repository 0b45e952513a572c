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
        assert!(outlook.refusal.unwrap().contains("已有会员或账号"));
    }
}
