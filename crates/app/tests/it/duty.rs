//! Duties: mass changes wait for a second person, who took somebody's data along is told, requests to close have their clock.

use app::approval::{NEEDED, Wanted, ask, decide};
use app::consent::{ConsentForm, NoticeForm, publish_notice, record_consent, record_withdrawal};
use app::error::AppError;
use app::export::register::{RegisterExport, export_download, make_register};
use app::intake::{BatchReport, check_file, checked_file, import_file, import_wanted, undo, undo_wanted};
use app::job;
use app::membership::{
    ANONYMISE_JOB, ChangeForm as MemberChange, ClosingAnswer, OwnKey, anonymise, anonymise_wanted,
    answer_closing, ask_change, closings, due, issue_pass, member, merge, own_close, own_closing,
};
use app::op::OpContext;
use app::progress::unwatched;
use app::security::save_security_policy;
use app::union_org::change::{Change, ChangeForm, apply, preview, wanted};
use domain::closing::ClosingState;
use domain::intake::Kind;
use domain::membership::RequestState;
use domain::security::SecurityPolicy;
use testkit::{People, TestApp, both_engines, union};

const NUMBER: &str = "330226199001010000";

fn code<T>(result: Result<T, AppError>) -> &'static str {
    result.err().map_or("", |error| error.code)
}

async fn put(test: &TestApp, text: &str) -> std::path::PathBuf {
    let path = test.dir.path().join("members.csv");
    std::fs::write(&path, text).unwrap();
    path
}

async fn take(op: &OpContext, test: &TestApp, text: &str) -> Result<BatchReport, AppError> {
    let path = put(test, text).await;
    import_file(op, &test.app, Kind::Members, &path, "会员.csv", unwatched()).await
}

fn members(phone: &str) -> String {
    format!(
        "member_id,union_id,name,id_no,phone\nM1,T-BASE,邵国海,{NUMBER},{phone}1\n\
         M2,T-BASE,葛秀英,,{phone}2\nM3,T-BASE,叶小明,,{phone}3\n"
    )
}

async fn town(test: &TestApp) -> People {
    let people = People::of(test).await;
    take(&test.system(), test, &members("1385742000")).await.unwrap();
    people
}

async fn limits(people: &People, test: &TestApp, unions: u32, rows: u32) {
    let policy = SecurityPolicy {
        change_unions_alone: unions,
        change_rows_alone: rows,
        ..SecurityPolicy::default()
    };
    save_security_policy(&people.administrator, &test.app, policy)
        .await
        .unwrap();
}

async fn approved(asker: &OpContext, second: &OpContext, test: &TestApp, wanted: &Wanted) {
    let request = ask(asker, &test.app, wanted, "/x", "按批复办理").await.unwrap();
    decide(second, &test.app, request.id, true, "").await.unwrap();
}

fn asked_of_all(is_plain: bool) -> RegisterExport {
    RegisterExport {
        kind: "members".into(),
        format: "csv".into(),
        columns: vec!["name".into()],
        is_plain,
        reason: "核对会籍".into(),
        purpose: if is_plain { "L01" } else { "" }.into(),
        ..RegisterExport::default()
    }
}

both_engines! {
    async fn a_large_change_of_unions_waits_for_a_second_person(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, town(&test).await);
        let asker = &people.city_officer;
        // Stands in for a second city officer.
        let mut second = test.system();
        second.actor.id = people.county_officer.actor.id;
        limits(&people, &test, 0, 2).await;
        let form = ChangeForm { other: union::OTHER_TOWN.into(), reason: "区划调整".into(), ..ChangeForm::default() };
        let seen = preview(asker, app, Change::Move, union::BASE, &form).await.unwrap().seen;
        let members = ChangeForm { seen, ..form.clone() };
        assert_eq!(code(apply(asker, app, Change::Move, union::BASE, &members).await), NEEDED, "three members are more than two");
        limits(&people, &test, 1, 3).await;
        apply(asker, app, Change::Move, union::BASE, &members).await.unwrap();
        let back = ChangeForm { other: union::TOWN.into(), ..form.clone() };
        let seen = preview(asker, app, Change::Move, union::BASE, &back).await.unwrap().seen;
        apply(asker, app, Change::Move, union::BASE, &ChangeForm { seen, ..back }).await.unwrap();

        let form = ChangeForm { other: union::OTHER_COUNTY.into(), ..form };
        let moved = async |form: &ChangeForm| apply(asker, app, Change::Move, union::TOWN, form).await;
        let seen = preview(asker, app, Change::Move, union::TOWN, &form).await.unwrap().seen;
        let seen_form = ChangeForm { seen, ..form.clone() };
        assert_eq!(code(moved(&seen_form).await), NEEDED);
        assert_eq!(code(wanted(asker, app, Change::Move, union::TOWN, &form).await), "UNI-412", "what was not seen is not asked for");
        let request = wanted(asker, app, Change::Move, union::TOWN, &seen_form).await.unwrap();
        assert!(request.title.contains("2 家工会、3 名会员"), "{}", request.title);
        assert!(request.details.iter().any(|(label, text)| label == "影响" && text.contains("下面的 1 家工会")), "{:?}", request.details);
        let asked = ask(asker, app, &request, "/x", "按批复办理").await.unwrap();
        assert_eq!(code(moved(&seen_form).await), "APR-425", "it waits");
        decide(&second, app, asked.id, true, "").await.unwrap();
        let elsewhere = ChangeForm { other: union::CITY.into(), ..form.clone() };
        let seen = preview(asker, app, Change::Move, union::TOWN, &elsewhere).await.unwrap().seen;
        assert_eq!(code(moved(&ChangeForm { seen, ..elsewhere }).await), NEEDED, "another parent is another change");
        let worded = ChangeForm { reason: "另有原因".into(), ..seen_form.clone() };
        assert_eq!(code(moved(&worded).await), NEEDED, "and so are other words");
        moved(&seen_form).await.unwrap();
    }

    async fn a_large_import_and_a_large_undo_wait_for_a_second_person(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, town(&test).await);
        let asker = &people.city_officer;
        let mut second = test.system();
        second.actor.id = people.county_officer.actor.id;
        limits(&people, &test, 0, 2).await;
        let changed = members("1395742000");
        let phone = async || {
            let mut tx = app.store.begin().await.unwrap();
            tx.member_row("M1").await.unwrap().unwrap().phone_index
        };
        let before = phone().await;
        let refused = take(asker, &test, &changed).await.unwrap_err();
        assert_eq!(refused.code, NEEDED);
        assert!(refused.hint.unwrap().contains("核对"));
        assert_eq!(phone().await, before, "nothing was written");
        let more = format!("{}M4,T-BASE,陈新,,\nM5,T-BASE,陈旧,,\nM6,T-BASE,陈中,,\n", members("1385742000"));
        let added = take(asker, &test, &more).await.unwrap();
        assert_eq!(added.created, 3, "new rows change nothing that is there");

        let path = put(&test, &changed).await;
        let check = check_file(asker, app, Kind::Members, &path, "会员.csv", unwatched()).await.unwrap();
        let folder = test.dir.path().join("uploads");
        assert_eq!(code(checked_file(asker, app, check.check_no, &folder).await), NEEDED);
        let wanted = import_wanted(asker, app, check.check_no).await.unwrap();
        assert_eq!(wanted.title, "导入工会会员（变更 3 行，删除 0 行）");
        let request = ask(asker, app, &wanted, "/x", "年度更新").await.unwrap();
        decide(&second, app, request.id, true, "").await.unwrap();
        checked_file(asker, app, check.check_no, &folder).await.unwrap();
        assert_eq!(code(take(asker, &test, &members("1375742000")).await), NEEDED, "another file");
        let report = take(asker, &test, &changed).await.unwrap();
        assert_eq!(report.updated, 3);
        assert_ne!(phone().await, before);

        assert_eq!(code(undo(asker, app, report.batch_no).await), NEEDED);
        let wanted = undo_wanted(asker, app, report.batch_no, false).await.unwrap();
        assert!(wanted.title.contains("（3 行）"), "{}", wanted.title);
        let request = ask(asker, app, &wanted, "/x", "文件有误").await.unwrap();
        decide(&second, app, request.id, true, "").await.unwrap();
        undo(asker, app, report.batch_no).await.unwrap();
        assert_eq!(phone().await, before);
    }

    async fn anonymising_many_waits_for_a_second_person(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, town(&test).await);
        app.jobs.register(ANONYMISE_JOB, |_| async { Ok(serde_json::json!({})) });
        let (asker, second) = (&people.town_officer, &people.county_officer);
        limits(&people, &test, 0, 1).await;
        for key in ["M1", "M2"] {
            let form = MemberChange {
                kind: "withdraw".into(), happened_on: "2026-07-01".into(), reason: "5".into(), decided_on: "2026-07-01".into(),
                ..MemberChange::default()
            };
            let asked = ask_change(asker, app, union::BASE, key, &form).await.unwrap();
            app::membership::answer(asker, app, asked, app::membership::Answer::Accept, "").await.unwrap();
        }
        test.clock.advance_days(10 * 366);
        let list = due(asker, app, "", 1, 20).await.unwrap();
        let until = list.until.to_string();
        assert_eq!(list.total, 2);
        assert_eq!(code(anonymise(asker, app, &until, 2).await), NEEDED);
        approved(asker, second, &test, &anonymise_wanted(asker, &until, 2).unwrap()).await;
        // The answer comes the next day; the list is that of the day on which it was asked.
        test.clock.advance(std::time::Duration::from_secs(20 * 3600));
        assert_eq!(code(anonymise(asker, app, &list.until.add_days(-1).to_string(), 2).await), NEEDED, "another list");
        anonymise(asker, app, &until, 2).await.unwrap();
        assert_eq!(code(anonymise(asker, app, &until, 2).await), NEEDED, "once");
        assert!(job::run_next(app).await.unwrap());
    }

    async fn whose_data_went_out_in_a_file_is_told_on_their_page(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, town(&test).await);
        let city = &people.city_officer;
        let seen = async |key: &str| {
            let page = member(city, app, union::BASE, key).await.unwrap();
            let taken: Vec<_> = page.seen.unwrap().into_iter().filter(|look| look.action.contains("导出")).collect();
            taken.into_iter().map(|look| look.action).collect::<Vec<_>>()
        };
        make_register(city, app, &asked_of_all(false), unwatched()).await.unwrap();
        assert!(seen("M1").await.is_empty(), "a masked file shows nobody");
        let one = RegisterExport { q: "邵".into(), ..asked_of_all(true) };
        make_register(city, app, &one, unwatched()).await.unwrap();
        assert_eq!(seen("M1").await.len(), 1);
        assert!(seen("M2").await.is_empty(), "who was not in it was not shown");
        let whole = make_register(city, app, &asked_of_all(true), unwatched()).await.unwrap();
        export_download(city, app, whole).await.unwrap();
        assert_eq!(seen("M2").await, ["下载导出文件", "导出"]);
        // What was seen of a row that is merged was seen of this person.
        take(&test.system(), &test, &format!("member_id,union_id,name,id_no,op\nM9,T-BASE,邵国海,{NUMBER},I\n")).await.unwrap();
        let twin = RegisterExport { q: "邵".into(), ..asked_of_all(true) };
        make_register(city, app, &twin, unwatched()).await.unwrap();
        member(&people.county_officer, app, union::BASE, "M9").await.unwrap();
        let id = async |key: &str| app.store.begin().await.unwrap().member_row(key).await.unwrap().unwrap().id;
        let (kept, dropped) = (id("M1").await, id("M9").await);
        let before = member(city, app, union::BASE, "M1").await.unwrap().seen.unwrap();
        assert!(!before.iter().any(|look| look.subject_id == dropped));
        merge(city, app, kept, dropped, &Default::default()).await.unwrap();
        let after = member(city, app, union::BASE, "M1").await.unwrap().seen.unwrap();
        assert!(after.iter().any(|look| look.subject_id == dropped && look.actor.contains(&people.county_officer.actor.name)));
        assert_eq!(seen("M1").await.len(), 4, "one file for both is told once");
    }

    async fn a_request_to_close_is_answered_by_a_day(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, town(&test).await);
        let officer = &people.town_officer;
        let told = NoticeForm {
            text: "宁波市总工会处理会员姓名、联系电话，用于下列用途；随时可以向所在工会撤回同意。".into(),
            in_force_on: "2026-08-03".into(), asks_anew: false,
        };
        publish_notice(&people.city_officer, app, &told).await.unwrap();
        let agreed = ConsentForm { purposes: vec!["C01".into()], on: "2026-08-03".into(), way: "paper".into(), notice: None };
        record_consent(officer, app, union::BASE, "M1", &agreed).await.unwrap();
        let pass = issue_pass(officer, app, union::BASE, "M1").await.unwrap();
        let key = OwnKey { code: pass.code.as_str().into(), tail: NUMBER[12..].into() };
        assert_eq!(own_closing(app, &key).await.unwrap(), None);
        assert_eq!(code(own_close(app, &OwnKey { tail: "000001".into(), ..key.clone() }, "").await), "MEM-418");
        let due_on = own_close(app, &key, "离开本地").await.unwrap();
        assert_eq!(due_on.to_string(), "2026-08-18", "fifteen days");
        assert_eq!(code(own_close(app, &key, "").await), "MEM-428");
        assert_eq!(closings(&people.other_town_officer, app, true, 1, 20).await.unwrap().1, 0, "out of sight");
        let (waiting, _) = closings(officer, app, true, 1, 20).await.unwrap();
        let id = waiting[0].id;
        assert_eq!((waiting[0].member_id.as_str(), waiting[0].days_left, waiting[0].is_urgent()), ("M1", 15, false));
        test.clock.advance_days(11);
        assert!(closings(officer, app, true, 1, 20).await.unwrap().0[0].is_urgent());
        let no = |words: &str| ClosingAnswer { words: words.into(), ..ClosingAnswer::default() };
        assert_eq!(code(answer_closing(&people.other_town_officer, app, id, &no("不")).await), "MEM-429");
        assert_eq!(code(answer_closing(&people.union_chair, app, id, &no("不")).await), "ACC-403");
        assert_eq!(answer_closing(officer, app, id, &no(" ")).await.unwrap_err().fields[0].field, "words");
        answer_closing(officer, app, id, &no("正在办理困难帮扶，办结后再注销")).await.unwrap();
        assert_eq!(code(answer_closing(officer, app, id, &no("再答")).await), "MEM-430");
        let pass = issue_pass(officer, app, union::BASE, "M1").await.unwrap();
        let key = OwnKey { code: pass.code.as_str().into(), tail: NUMBER[12..].into() };
        let answered = own_closing(app, &key).await.unwrap().unwrap();
        assert_eq!((answered.state, answered.answer.as_deref()), (ClosingState::Refused, Some("正在办理困难帮扶，办结后再注销")));

        // Agreed: the withdrawal goes its own way, consent ends at once.
        own_close(app, &key, "").await.unwrap();
        let id = closings(officer, app, true, 1, 20).await.unwrap().0[0].id;
        let yes = |decided_on: &str| ClosingAnswer { is_granted: true, decided_on: decided_on.into(), words: "已受理".into() };
        assert_eq!(answer_closing(officer, app, id, &yes("")).await.unwrap_err().fields[0].field, "decided_on");
        answer_closing(officer, app, id, &yes("2026-08-14")).await.unwrap();
        let page = member(officer, app, union::BASE, "M1").await.unwrap();
        assert_eq!((page.pending.len(), page.pending[0].state), (1, RequestState::Pending));
        let consent = page.consents.asked.iter().find(|one| one.code == "C01").unwrap();
        assert_eq!(consent.word, "已撤回");
        assert_eq!(closings(officer, app, false, 1, 20).await.unwrap().1, 2);
    }

    async fn a_refusal_stands_against_a_consent_that_is_typed_in_later(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, town(&test).await);
        let chair = &people.union_chair;
        let on = |day: &str| ConsentForm { purposes: vec!["C01".into()], on: day.into(), way: "paper".into(), notice: None };
        assert_eq!(code(record_withdrawal(chair, app, union::BASE, "M1", &on("2026-08-03")).await), "CON-120", "nothing was told yet");
        let told = NoticeForm {
            text: "宁波市总工会处理会员姓名、联系电话，用于下列用途；随时可以向所在工会撤回同意。".into(),
            in_force_on: "2026-08-03".into(), asks_anew: false,
        };
        publish_notice(&people.city_officer, app, &told).await.unwrap();
        test.clock.advance_days(7);
        let word = async || {
            let page = member(chair, app, union::BASE, "M1").await.unwrap();
            page.consents.asked.into_iter().find(|one| one.code == "C01").unwrap().word
        };
        // Signed on the 4th, taken back on the 6th, and the paper arrives on the 10th.
        record_withdrawal(chair, app, union::BASE, "M1", &on("2026-08-06")).await.unwrap();
        assert_eq!(word().await, "不同意");
        let late = record_consent(chair, app, union::BASE, "M1", &on("2026-08-04")).await.unwrap_err();
        assert_eq!((late.code, late.fields[0].field), ("CON-120", "on"));
        assert_eq!(word().await, "不同意");
        assert_eq!(code(record_withdrawal(chair, app, union::BASE, "M1", &on("2026-08-06")).await), "CON-405", "it is written down already");
        record_consent(chair, app, union::BASE, "M1", &on("2026-08-08")).await.unwrap();
        assert_eq!(word().await, "已同意", "they may think again");
        record_withdrawal(chair, app, union::BASE, "M1", &on("2026-08-09")).await.unwrap();
        assert_eq!(word().await, "已撤回");
    }
}
