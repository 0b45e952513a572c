//! Consent: to a version, for a purpose, withdrawn; and the exports that follow it.

use app::consent::{ConsentForm, NoticeForm, notices, publish_notice, record_consent, record_withdrawal};
use app::error::AppError;
use app::export::register::{
    RegisterExport, ask_register, export_download, make_register, own_exports, wanted,
};
use app::intake::import_file;
use app::journal::journal;
use app::membership::{OwnKey, issue_pass, member, merge, own, own_agree, own_take_back};
use app::op::OpContext;
use app::progress::unwatched;
use domain::intake::Kind;
use testkit::{People, TestApp, both_engines, union};

const NUMBER: &str = "330226199001010000";

fn code<T>(result: Result<T, AppError>) -> &'static str {
    result.err().map_or("", |error| error.code)
}

fn notice(day: &str, asks_anew: bool) -> NoticeForm {
    NoticeForm {
        text: "宁波市总工会处理会员姓名、联系电话，用于下列用途；随时可以向所在工会撤回同意。".into(),
        in_force_on: day.into(),
        asks_anew,
    }
}

fn form(purposes: &[&str], on: &str) -> ConsentForm {
    ConsentForm {
        purposes: purposes.iter().map(|code| (*code).to_owned()).collect(),
        on: on.into(),
        way: "paper".into(),
        notice: None,
    }
}

async fn town(test: &TestApp) -> People {
    let people = People::of(test).await;
    let path = test.dir.path().join("members.csv");
    let text = format!(
        "member_id,union_id,name,id_no,phone\nM1,T-BASE,邵国海,{NUMBER},13857420001\n\
         M2,T-BASE,葛秀英,,13857420002\nM3,T-BASE,叶小明,,13857420003\n"
    );
    std::fs::write(&path, text).unwrap();
    import_file(
        &test.system(),
        &test.app,
        Kind::Members,
        &path,
        "members.csv",
        unwatched(),
    )
    .await
    .unwrap();
    people
}

/// The word for a purpose on the member's page.
async fn word(op: &OpContext, test: &TestApp, member_id: &str, purpose: &str) -> &'static str {
    let found = member(op, &test.app, union::BASE, member_id).await.unwrap();
    let asked = found.consents.asked.into_iter().find(|one| one.code == purpose);
    asked.expect("the purpose is shown").word
}

fn phones(purpose: &str) -> RegisterExport {
    RegisterExport {
        kind: "members".into(),
        format: "csv".into(),
        columns: vec!["name".into(), "phone".into()],
        is_plain: true,
        reason: "通知普惠活动".into(),
        purpose: purpose.into(),
        ..RegisterExport::default()
    }
}

async fn rows(op: &OpContext, test: &TestApp, asked: &RegisterExport) -> (String, i64) {
    let number = make_register(op, &test.app, asked, unwatched()).await.unwrap();
    let file = export_download(op, &test.app, number).await.unwrap();
    let text = String::from_utf8(file.flat_map(Result::unwrap).collect()).unwrap();
    let made = own_exports(op, &test.app, 10).await.unwrap();
    let left_out = made
        .iter()
        .find(|one| one.export_no == number)
        .and_then(|one| one.left_out);
    (text, left_out.unwrap_or(-1))
}

both_engines! {
    async fn nobody_agrees_to_what_they_were_not_told(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, town(&test).await);
        let (city, chair) = (&people.city_officer, &people.union_chair);
        assert_eq!(word(chair, &test, "M1", "C01").await, "没有同意");
        assert_eq!(code(record_consent(chair, app, union::BASE, "M1", &form(&["C01"], "2026-08-03")).await), "CON-120");
        assert_eq!(code(publish_notice(chair, app, &notice("2026-08-03", false)).await), "ACC-403");
        assert_eq!(code(publish_notice(city, app, &notice("2026-08-02", false)).await), "CON-121", "nobody was told yesterday");
        assert_eq!(code(publish_notice(city, app, &NoticeForm { text: "同意".into(), ..notice("2026-08-03", false) }).await), "CON-121");
        assert_eq!(publish_notice(city, app, &notice("2026-08-03", false)).await.unwrap(), 1);
        assert_eq!(notices(chair, app).await.unwrap().len(), 1);

        for (what, form) in [
            ("by law", form(&["L01"], "2026-08-03")),
            ("unknown", form(&["C99"], "2026-08-03")),
            ("nothing", form(&[], "2026-08-03")),
            ("to come", form(&["C01"], "2026-08-04")),
            ("before", form(&["C01"], "2026-08-02")),
            ("no day", form(&["C01"], "3.8.2026")),
            ("online by an officer", ConsentForm { way: "online".into(), ..form(&["C01"], "2026-08-03") }),
        ] {
            assert_eq!(code(record_consent(chair, app, union::BASE, "M1", &form).await), "CON-120", "{what}");
        }
        let both = form(&["C01", "C02"], "2026-08-03");
        record_consent(chair, app, union::BASE, "M1", &both).await.unwrap();
        assert_eq!(code(record_consent(chair, app, union::BASE, "M1", &both).await), "CON-120", "once is enough");
        assert_eq!((word(chair, &test, "M1", "C01").await, word(chair, &test, "M1", "C03").await), ("已同意", "没有同意"));
        assert_eq!(code(record_consent(&people.other_town_officer, app, union::BASE, "M1", &both).await), "MEM-404", "out of sight");
        assert_eq!(code(record_consent(&people.auditor, app, union::BASE, "M1", &both).await), "ACC-403");

        // A new version that changes nothing leaves it; one that does asks anew from its own day on.
        publish_notice(city, app, &notice("2026-08-03", false)).await.unwrap();
        publish_notice(city, app, &notice("2026-08-10", true)).await.unwrap();
        assert_eq!(code(publish_notice(city, app, &notice("2026-08-09", false)).await), "CON-121");
        assert_eq!(word(chair, &test, "M1", "C01").await, "已同意");
        test.clock.advance_days(7);
        assert_eq!(word(chair, &test, "M1", "C01").await, "须重新同意");
        record_consent(chair, app, union::BASE, "M1", &form(&["C01"], "2026-08-10")).await.unwrap();
        assert_eq!(word(chair, &test, "M1", "C01").await, "已同意");

        assert_eq!(code(record_withdrawal(chair, app, union::BASE, "M1", &form(&["C01"], "2026-08-09")).await), "CON-120", "before it was given");
        record_withdrawal(chair, app, union::BASE, "M1", &form(&["C01"], "2026-08-10")).await.unwrap();
        assert_eq!(word(chair, &test, "M1", "C01").await, "已撤回");
        assert_eq!(code(record_withdrawal(chair, app, union::BASE, "M1", &form(&["C01"], "2026-08-10")).await), "CON-405");
        record_consent(chair, app, union::BASE, "M1", &form(&["C01"], "2026-08-10")).await.unwrap();
        assert_eq!(word(chair, &test, "M1", "C01").await, "已同意", "they may think again");
        let told = format!("{:?}", journal(&people.auditor, app, &Default::default()).await.unwrap().rows);
        for words in ["发布告知书", "登记同意", "撤回同意", "服务通知"] {
            assert!(told.contains(words), "{words}: {told}");
        }
    }

    async fn members_agree_and_withdraw_on_their_own_page(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, town(&test).await);
        publish_notice(&people.city_officer, app, &notice("2026-08-03", false)).await.unwrap();
        let pass = issue_pass(&people.union_chair, app, union::BASE, "M1").await.unwrap();
        let key = OwnKey { code: pass.code.as_str().into(), tail: NUMBER[12..].into() };
        let own_word = async || {
            let seen = own(app, &key).await.unwrap();
            assert!(seen.consents.notice.is_some() && !seen.consents.by_law.is_empty());
            seen.consents.asked.into_iter().find(|one| one.code == "C01").unwrap().word
        };
        assert_eq!(own_word().await, "没有同意");
        own_agree(app, &key, &["C01".to_owned()], 1).await.unwrap();
        assert_eq!(own_word().await, "已同意");
        let wrong = OwnKey { tail: "000001".into(), ..key.clone() };
        assert_eq!(code(own_take_back(app, &wrong, &["C01".to_owned()]).await), "MEM-418");
        own_take_back(app, &key, &["C01".to_owned()]).await.unwrap();
        assert_eq!(own_word().await, "已撤回");
        assert_eq!(word(&people.union_chair, &test, "M1", "C01").await, "已撤回");
        assert_eq!(code(own_take_back(app, &key, &["L01".to_owned()]).await), "CON-120", "what is by law is not theirs to stop");
    }

    async fn nobody_agrees_to_a_version_that_they_did_not_see(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, town(&test).await);
        let chair = &people.union_chair;
        publish_notice(&people.city_officer, app, &notice("2026-08-03", false)).await.unwrap();
        let pass = issue_pass(chair, app, union::BASE, "M1").await.unwrap();
        let key = OwnKey { code: pass.code.as_str().into(), tail: NUMBER[12..].into() };
        let seen = own(app, &key).await.unwrap().consents.notice.unwrap().0;
        // While they read, the next version comes.
        publish_notice(&people.city_officer, app, &notice("2026-08-03", false)).await.unwrap();
        let late = own_agree(app, &key, &["C01".to_owned()], seen).await.unwrap_err();
        assert_eq!((late.code, late.hint.as_deref()), ("CON-410", Some("请看过新版再同意")));
        assert_eq!(word(chair, &test, "M1", "C01").await, "没有同意");
        assert_eq!(code(own_agree(app, &key, &["C01".to_owned()], 0).await), "CON-410", "a form that names none");
        let now = own(app, &key).await.unwrap().consents.notice.unwrap().0;
        own_agree(app, &key, &["C01".to_owned()], now).await.unwrap();

        // An officer's form says it of today; what was agreed on another day was to the version of that day.
        let form = |on: &str, no: i64| ConsentForm { notice: Some(no), ..form(&["C02"], on) };
        assert_eq!(code(record_consent(chair, app, union::BASE, "M1", &form("2026-08-03", seen)).await), "CON-410");
        test.clock.advance_days(1);
        record_consent(chair, app, union::BASE, "M1", &form("2026-08-03", 7)).await.unwrap();
    }

    async fn a_no_under_one_number_counts_for_the_membership_that_it_is_merged_into(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, town(&test).await);
        let county = &people.county_officer;
        let path = test.dir.path().join("more.csv");
        std::fs::write(&path, format!("member_id,union_id,name,id_no,phone\nM5,T-BASE,邵国海,{NUMBER},13857420005\n")).unwrap();
        import_file(&test.system(), app, Kind::Members, &path, "more.csv", unwatched()).await.unwrap();
        publish_notice(&people.city_officer, app, &notice("2026-08-03", false)).await.unwrap();
        let first = form(&["C01", "C02"], "2026-08-03");
        record_consent(county, app, union::BASE, "M1", &first).await.unwrap();
        let all = form(&["C01", "C02", "C03"], "2026-08-03");
        record_consent(county, app, union::BASE, "M5", &all).await.unwrap();
        record_withdrawal(county, app, union::BASE, "M5", &form(&["C01", "C03"], "2026-08-03")).await.unwrap();
        test.clock.advance_days(1);
        record_consent(county, app, union::BASE, "M1", &form(&["C03"], "2026-08-04")).await.unwrap();

        let mut tx = app.store.begin().await.unwrap();
        let (one, other) = (tx.member_row("M1").await.unwrap().unwrap(), tx.member_row("M5").await.unwrap().unwrap());
        drop(tx);
        merge(county, app, one.id, other.id, &Default::default()).await.unwrap();
        assert_eq!(word(county, &test, "M1", "C01").await, "已撤回", "they said no, under whichever number");
        assert_eq!(word(county, &test, "M1", "C02").await, "已同意");
        assert_eq!(word(county, &test, "M1", "C03").await, "已同意", "they thought again after it");
        let told = format!("{:?}", journal(&people.auditor, app, &Default::default()).await.unwrap().rows);
        assert!(told.contains("并入的会籍撤回过同一用途的同意"), "{told}");

        // Two persons after all: what only the merge had ended runs again, and what was answered anew meanwhile stays.
        let merged = app::membership::member(county, app, union::BASE, "M1").await.unwrap().merges[0].0;
        app::membership::part(county, app, merged).await.unwrap();
        assert_eq!(word(county, &test, "M1", "C01").await, "已同意", "M1 never said no");
        assert_eq!(word(county, &test, "M5", "C01").await, "已撤回");
        let told = format!("{:?}", journal(&people.auditor, app, &Default::default()).await.unwrap().rows);
        assert!(told.contains("合并时停止的同意重新有效"), "{told}");
        merge(county, app, one.id, other.id, &Default::default()).await.unwrap();
        test.clock.advance_days(1);
        record_consent(county, app, union::BASE, "M1", &form(&["C01"], "2026-08-05")).await.unwrap();
        record_withdrawal(county, app, union::BASE, "M1", &form(&["C01"], "2026-08-05")).await.unwrap();
        let merged = app::membership::member(county, app, union::BASE, "M1").await.unwrap().merges[0].0;
        app::membership::part(county, app, merged).await.unwrap();
        assert_eq!(word(county, &test, "M1", "C01").await, "已撤回", "their own no of after the merge holds");
    }

    async fn telephones_go_out_for_a_purpose_and_without_those_who_did_not_agree(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, town(&test).await);
        let city = &people.city_officer;
        let refused = ask_register(city, app, &phones("")).await.err().unwrap();
        assert_eq!((refused.code, refused.fields[0].field), ("EXP-401", "purpose"));
        assert_eq!(code(ask_register(city, app, &phones("C99")).await), "EXP-401");
        let unions = RegisterExport { kind: "unions".into(), columns: Vec::new(), ..phones("C01") };
        let refused = ask_register(city, app, &unions).await.err().unwrap();
        assert_eq!((refused.code, refused.fields[0].field), ("EXP-401", "purpose"), "unions agree to nothing");
        // The second person is told what for.
        assert_eq!(wanted(city, app, &phones("C01"), 3).await.unwrap().title, "导出工会会员（3 行，不脱敏，处理目的：服务通知）");
        assert_eq!(wanted(city, app, &RegisterExport { is_plain: false, ..phones("") }, 3).await.unwrap().title, "导出工会会员（3 行，脱敏）");
        let (nobody, left_out) = rows(city, &test, &phones("C02")).await;
        assert_eq!((nobody.lines().count(), left_out), (1, 3), "nothing was told, so nobody agreed: {nobody}");

        publish_notice(city, app, &notice("2026-08-03", false)).await.unwrap();
        for key in ["M1", "M2"] {
            record_consent(city, app, union::BASE, key, &form(&["C01", "C02"], "2026-08-03")).await.unwrap();
        }
        record_withdrawal(city, app, union::BASE, "M2", &form(&["C02"], "2026-08-03")).await.unwrap();
        let (some, left_out) = rows(city, &test, &phones("C02")).await;
        assert!(some.contains("13857420001") && !some.contains("13857420002") && !some.contains("13857420003"), "{some}");
        assert_eq!(left_out, 2);
        let (notified, left_out) = rows(city, &test, &phones("C01")).await;
        assert_eq!((notified.lines().count(), left_out), (3, 1), "{notified}");
        let (all, left_out) = rows(city, &test, &phones("L01")).await;
        assert_eq!((all.lines().count(), left_out), (4, 0), "by law nobody is asked: {all}");
        // A name or a card number in full is used for something as much as a telephone; what is masked needs no purpose.
        for column in ["name", "id_no", "member_id"] {
            let names = RegisterExport { columns: vec![column.into()], ..phones("") };
            let refused = ask_register(city, app, &names).await.err().unwrap();
            assert_eq!((refused.code, refused.fields[0].field), ("EXP-401", "purpose"), "{column}");
        }
        let masked = RegisterExport { is_plain: false, ..phones("") };
        assert_eq!(rows(city, &test, &masked).await.0.lines().count(), 4);
        let told = format!("{:?}", journal(&people.auditor, app, &Default::default()).await.unwrap().rows);
        assert!(told.contains("普惠活动") && told.contains("left_out"), "{told}");
    }
}
