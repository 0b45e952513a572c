//! Terms of office: registering one, people entering and leaving office, reminders told once.

use app::error::ErrorKind;
use app::union_org::term::{
    OfficerForm, TermForm, TermListParams, add_officer, committees, end_officer, read_reminders,
    register_term, remind, terms, unread_reminders,
};
use app::union_org::union_org;
use codes::time::Day;
use domain::union_org::term::Nearness;
use testkit::{People, TestApp, both_engines, union};

fn elected() -> TermForm {
    TermForm {
        term_no: "2".into(),
        started_on: "2026-08-01".into(),
        term_years: "3".into(),
        chair: "邵国海".into(),
        vices: "葛秀英".into(),
        members: "阿依古丽·买买提、鲍建军".into(),
        women_chair: "葛秀英".into(),
        ..TermForm::default()
    }
}

async fn ends(test: &TestApp, key: &str, day: &str) {
    let mut tx = test.app.store.begin().await.unwrap();
    let mut row = tx.union_row(key).await.unwrap().unwrap();
    row.term_end_on = Some(Day::parse_iso(day).unwrap().naive());
    tx.upsert_unions([row]).await.unwrap();
    tx.commit().await.unwrap();
}

both_engines! {
    async fn a_new_term_replaces_the_committee_and_the_end(database: Database) {
        let test = TestApp::on(database).await;
        let people = People::of(&test).await;
        let (app, op) = (&test.app, &people.town_officer);
        let end = register_term(op, app, union::BASE, &elected()).await.unwrap();
        assert_eq!(end.to_string(), "2029-08-01");
        let view = union_org(op, app, union::BASE).await.unwrap();
        assert_eq!((view.term_end, view.chair.as_deref()), (Some(end), Some("邵**")));
        assert!(view.further.contains(&("届次".to_owned(), "2".to_owned())), "{:?}", view.further);
        let sat = committees(op, app, union::BASE).await.unwrap();
        assert_eq!((sat.terms.len(), sat.officers.len()), (1, 5));
        assert_eq!(sat.officers[0].name, "邵**", "the chair stands first");

        // The next election ends all of them at once.
        test.clock.advance_days(30);
        let next = TermForm { term_no: "3".into(), started_on: "2026-08-20".into(), chair: "鲍建军".into(), vices: String::new(),
            members: String::new(), women_chair: String::new(), ..elected() };
        register_term(op, app, union::BASE, &next).await.unwrap();
        let sat = committees(op, app, union::BASE).await.unwrap();
        let now: Vec<&str> = sat.officers.iter().filter(|one| one.ended_on.is_none()).map(|one| one.name.as_str()).collect();
        assert_eq!(now, ["鲍**"]);
        assert_eq!(sat.officers.len(), 6, "those before stay in the record");
        // The same day twice is refused before anything is written.
        let twice = register_term(op, app, union::BASE, &next).await.unwrap_err();
        assert_eq!(twice.fields[0].field, "started_on", "{twice}");
    }

    async fn the_next_file_leaves_a_registered_term_alone(database: Database) {
        let test = TestApp::on(database).await;
        let people = People::of(&test).await;
        let (app, op) = (&test.app, &people.town_officer);
        register_term(op, app, union::BASE, &elected()).await.unwrap();
        let file = test.dir.path().join("unions.csv");
        let text = format!("工会标识,工会名称,上级工会标识,届次,任期起\n{},宁波甲乙电器有限公司工会,{},1,2020-01-01\n", union::BASE, union::TOWN);
        std::fs::write(&file, text).unwrap();
        let kind = domain::intake::Kind::Unions;
        let report = app::intake::import_file(&test.system(), app, kind, &file, "unions.csv", app::progress::unwatched()).await.unwrap();
        assert_eq!(report.kept, 2, "both are told: {report:?}");
        let further = union_org(op, app, union::BASE).await.unwrap().further;
        for item in [("届次", "2"), ("任期起", "2026-08-01")] {
            assert!(further.contains(&(item.0.to_owned(), item.1.to_owned())), "{further:?}");
        }
    }

    async fn every_fault_of_a_term_is_named_at_once(database: Database) {
        let test = TestApp::on(database).await;
        let people = People::of(&test).await;
        let form = TermForm { started_on: "2026-08-04".into(), chair: " ".into(), vices: "张三1".into(), term_no: "零".into(), ..elected() };
        let refused = register_term(&people.town_officer, &test.app, union::BASE, &form).await.unwrap_err();
        let mut fields: Vec<&str> = refused.fields.iter().map(|fault| fault.field).collect();
        fields.sort_unstable();
        assert_eq!(fields, ["chair", "started_on", "term_no", "vices"]);
        let twice = TermForm { members: "葛秀英".into(), ..elected() };
        let refused = register_term(&people.town_officer, &test.app, union::BASE, &twice).await.unwrap_err();
        assert!(refused.fields[0].message.contains("两次"), "{refused}");
        let three = TermForm { term_years: "3".into(), ..elected() };
        let refused = register_term(&people.county_officer, &test.app, union::TOWN, &three).await.unwrap_err();
        assert!(refused.fields[0].message.contains("每届任期五年"), "{refused}");
        for (name, op) in people.everybody() {
            let answer = register_term(op, &test.app, union::BASE, &TermForm::default()).await.unwrap_err();
            let expected = match name {
                "city_officer" | "county_officer" | "town_officer" => ErrorKind::Invalid,
                "other_town_officer" | "other_county_officer" => ErrorKind::NotFound,
                _ => ErrorKind::Forbidden,
            };
            assert_eq!(answer.kind, expected, "{name}");
        }
    }

    async fn a_chair_leaves_before_the_next_one_enters(database: Database) {
        let test = TestApp::on(database).await;
        let people = People::of(&test).await;
        let (app, op) = (&test.app, &people.town_officer);
        register_term(op, app, union::BASE, &elected()).await.unwrap();
        let next = OfficerForm { body: "committee".into(), post: "chair".into(), name: "鲍大海".into(), day: "2026-08-03".into(), is_full_time: true };
        let refused = add_officer(op, app, union::BASE, &next).await.unwrap_err();
        assert!(refused.message.contains("先登记现任离任"), "{refused}");
        let chair = committees(op, app, union::BASE).await.unwrap().officers.into_iter().find(|one| one.post == "chair" && one.body == "committee").unwrap();
        let wrong = end_officer(op, app, union::BASE, chair.id, "2026-07-31", "").await.unwrap_err();
        assert_eq!(wrong.fields.len(), 2, "before entering office, and without a reason: {wrong}");
        end_officer(op, app, union::BASE, chair.id, "2026-08-03", "调离").await.unwrap();
        assert_eq!(union_org(op, app, union::BASE).await.unwrap().chair, None, "nobody is not the one before");
        add_officer(op, app, union::BASE, &next).await.unwrap();
        assert_eq!(union_org(op, app, union::BASE).await.unwrap().chair.as_deref(), Some("鲍**"));
        let again = end_officer(op, app, union::BASE, chair.id, "2026-08-03", "调离").await.unwrap_err();
        assert_eq!(again.kind, ErrorKind::NotFound);
    }

    async fn reminders_are_told_once_a_stage_and_end_with_the_new_term(database: Database) {
        let test = TestApp::on(database).await;
        let people = People::of(&test).await;
        let (app, op) = (&test.app, &people.town_officer);
        for key in [union::TOWN, union::OTHER_TOWN] {
            ends(&test, key, "2031-01-01").await;
        }
        // 91 days from 3 August.
        ends(&test, union::BASE, "2026-11-02").await;
        assert_eq!(remind(app).await.unwrap(), 1, "180 days");
        assert_eq!(remind(app).await.unwrap(), 0, "told once");
        assert_eq!(unread_reminders(op, app).await.unwrap(), 1);
        assert_eq!(unread_reminders(&people.other_town_officer, app).await.unwrap(), 0, "not theirs");
        test.clock.advance_days(1);
        assert_eq!(remind(app).await.unwrap(), 1, "90 days");
        assert_eq!(read_reminders(op, app, union::BASE).await.unwrap(), 2);
        assert_eq!(unread_reminders(op, app).await.unwrap(), 0);
        // Nobody was there for half a year: the latest one is told, not each that was missed.
        test.clock.advance_days(180);
        assert_eq!(remind(app).await.unwrap(), 1);
        let near = TermListParams { near: "unread".into(), page: 1, size: 20 };
        let list = terms(op, app, &near).await.unwrap();
        assert_eq!((list.total, list.lines[0].nearness), (1, Some(Nearness::Overdue)));
        let form = TermForm { started_on: "2027-01-30".into(), ..elected() };
        register_term(op, app, union::BASE, &form).await.unwrap();
        assert_eq!(unread_reminders(op, app).await.unwrap(), 0);
        assert_eq!(remind(app).await.unwrap(), 0);
    }
}
