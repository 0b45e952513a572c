//! 主席空缺: since when, by when somebody has to be elected, who is told, and that none of it is kept beside the records it follows from.

use app::intake::{BatchReport, import_file, undo};
use app::progress::unwatched;
use app::quality::{count, quality};
use app::union_org::term::TermListParams;
use app::union_org::term::{
    OfficerForm, TermForm, add_officer, committees, end_officer, read_reminders, register_term, terms,
};
use app::union_org::union_org;
use app::union_org::vacancy::{VacancyParams, remind_of_vacancies, unread_vacancy_reminders, vacancies};
use domain::intake::Kind;
use domain::union_org::term::Nearness;
use testkit::{People, TestApp, both_engines, union};

fn all() -> VacancyParams {
    VacancyParams {
        is_overdue: false,
        page: 1,
        size: 20,
    }
}

fn overdue() -> VacancyParams {
    VacancyParams {
        is_overdue: true,
        ..all()
    }
}

/// A full file: an empty cell says that there is no chair.
async fn file(test: &TestApp, chair: &str) -> BatchReport {
    let text = format!(
        "工会标识,工会名称,上级工会标识,工会主席\n{},宁波甲乙电器有限公司工会,{},{chair}\n",
        union::BASE,
        union::TOWN
    );
    let path = test.dir.path().join("unions.csv");
    std::fs::write(&path, text).unwrap();
    import_file(
        &test.system(),
        &test.app,
        Kind::Unions,
        &path,
        "unions.csv",
        unwatched(),
    )
    .await
    .unwrap()
}

async fn county(test: &TestApp, code: i64) {
    let mut tx = test.app.store.begin().await.unwrap();
    let mut row = tx.union_row(union::BASE).await.unwrap().unwrap();
    row.county = Some(code);
    row.town = None;
    tx.upsert_unions([row]).await.unwrap();
    tx.commit().await.unwrap();
}

/// A chair elected on 1 August leaves on the 3rd, today.
async fn leaves(test: &TestApp, people: &People) {
    let (app, op) = (&test.app, &people.town_officer);
    let elected = TermForm {
        started_on: "2026-08-01".into(),
        term_years: "3".into(),
        chair: "邵国海".into(),
        ..TermForm::default()
    };
    register_term(op, app, union::BASE, &elected).await.unwrap();
    let sat = committees(op, app, union::BASE).await.unwrap();
    assert_eq!(sat.vacancy, None);
    end_officer(op, app, union::BASE, sat.officers[0].id, "2026-08-03", "调离")
        .await
        .unwrap();
}

both_engines! {
    async fn a_chair_that_leaves_starts_a_clock_of_ninety_days_which_the_next_one_stops(database: Database) {
        let test = TestApp::on(database).await;
        let people = People::of(&test).await;
        let (app, op) = (&test.app, &people.town_officer);
        assert_eq!(vacancies(op, app, &all()).await.unwrap().total, 0, "a chair that nobody ever named is missing, not late");
        leaves(&test, &people).await;
        test.clock.advance_days(2);
        let words = "主席自 2026-08-03 起空缺，应在 2026-11-01 前补选，还有 88 天";
        let seen = union_org(op, app, union::BASE).await.unwrap().vacancy.unwrap();
        assert_eq!(seen.words(op.today()), words);
        assert_eq!(committees(op, app, union::BASE).await.unwrap().vacancy, Some(seen));
        let list = vacancies(op, app, &all()).await.unwrap();
        assert_eq!((list.total, list.lines[0].union_id.as_str(), list.lines[0].nearness), (1, union::BASE, Nearness::Soon));
        assert_eq!(vacancies(op, app, &overdue()).await.unwrap().total, 0);
        let counts = terms(op, app, &TermListParams { page: 1, size: 20, ..TermListParams::default() }).await.unwrap().vacant;
        assert_eq!((counts.vacant, counts.overdue), (1, 0));
        assert_eq!(vacancies(&people.other_town_officer, app, &all()).await.unwrap().total, 0, "not theirs");
        let next = OfficerForm { body: "committee".into(), post: "chair".into(), name: "鲍大海".into(), day: "2026-08-05".into(), is_full_time: false };
        add_officer(op, app, union::BASE, &next).await.unwrap();
        assert_eq!(union_org(op, app, union::BASE).await.unwrap().vacancy, None);
        assert_eq!(vacancies(op, app, &all()).await.unwrap().total, 0);
    }

    async fn reminders_come_at_once_before_the_day_and_after_it_and_end_with_the_next_chair(database: Database) {
        let test = TestApp::on(database).await;
        let people = People::of(&test).await;
        let (app, op) = (&test.app, &people.town_officer);
        leaves(&test, &people).await;
        assert_eq!(remind_of_vacancies(app).await.unwrap(), 1, "at once");
        assert_eq!(remind_of_vacancies(app).await.unwrap(), 0, "told once");
        assert_eq!(unread_vacancy_reminders(op, app).await.unwrap(), 1);
        assert_eq!(unread_vacancy_reminders(&people.other_town_officer, app).await.unwrap(), 0, "not theirs");
        test.clock.advance_days(60);
        assert_eq!(remind_of_vacancies(app).await.unwrap(), 1, "30 days before");
        assert_eq!(committees(op, app, union::BASE).await.unwrap().unread, 2);
        assert_eq!(read_reminders(op, app, union::BASE).await.unwrap(), 2);
        assert_eq!(unread_vacancy_reminders(op, app).await.unwrap(), 0);
        // Nobody was there for half a year: the latest one is told.
        test.clock.advance_days(180);
        assert_eq!(remind_of_vacancies(app).await.unwrap(), 1);
        let late = vacancies(op, app, &overdue()).await.unwrap();
        assert_eq!((late.total, late.lines[0].days_left, late.lines[0].unread), (1, -150, 1));
        let next = OfficerForm { body: "committee".into(), post: "chair".into(), name: "鲍大海".into(), day: "2027-03-31".into(), is_full_time: false };
        add_officer(op, app, union::BASE, &next).await.unwrap();
        assert_eq!(unread_vacancy_reminders(op, app).await.unwrap(), 0, "what nobody read about it is told no more");
        assert_eq!(remind_of_vacancies(app).await.unwrap(), 0);
        // Another leaving is another vacancy: what was not read about the first is not told of it.
        test.clock.advance_days(1);
        let sat = committees(op, app, union::BASE).await.unwrap();
        end_officer(op, app, union::BASE, sat.officers[0].id, "2027-04-01", "退休").await.unwrap();
        assert_eq!(unread_vacancy_reminders(op, app).await.unwrap(), 0);
        assert_eq!(remind_of_vacancies(app).await.unwrap(), 1);
        assert_eq!(unread_vacancy_reminders(op, app).await.unwrap(), 1);
    }

    async fn a_file_without_the_chair_it_had_starts_the_clock_and_taking_it_back_stops_it(database: Database) {
        let test = TestApp::on(database).await;
        let people = People::of(&test).await;
        let (app, op) = (&test.app, &people.town_officer);
        let since = async || union_org(op, app, union::BASE).await.unwrap().vacancy.map(|vacancy| vacancy.since.to_string());
        file(&test, "").await;
        assert_eq!(since().await, None, "it had none before");
        file(&test, "邵国海").await;
        assert_eq!(since().await, None);
        test.clock.advance_days(10);
        let gone = file(&test, "").await;
        assert_eq!(since().await.as_deref(), Some("2026-08-13"));
        // The same word again is no second leaving.
        test.clock.advance_days(10);
        let same = file(&test, " ").await;
        assert_eq!(since().await.as_deref(), Some("2026-08-13"));
        undo(&test.system(), app, same.batch_no).await.unwrap();
        undo(&test.system(), app, gone.batch_no).await.unwrap();
        assert_eq!(since().await, None, "it was never gone");
        test.clock.advance_days(1);
        file(&test, "").await;
        assert_eq!(since().await.as_deref(), Some("2026-08-24"));
        file(&test, "鲍大海").await;
        assert_eq!(since().await, None);
    }

    async fn henan_counts_three_months_and_an_overdue_one_is_a_fault_of_quality(database: Database) {
        let test = TestApp::on(database).await;
        let people = People::of(&test).await;
        let (app, op) = (&test.app, &people.city_officer);
        leaves(&test, &people).await;
        county(&test, 410_102).await;
        let due = vacancies(op, app, &all()).await.unwrap().lines[0].vacancy.due.to_string();
        assert_eq!(due, "2026-11-03", "三个月");
        let faults = async || {
            count(&test.system(), app, &unwatched()).await.unwrap();
            let view = quality(op, app).await.unwrap();
            view.faults.iter().filter(|fault| fault.check.id == "unions.chair.vacant").map(|fault| fault.records).sum::<i64>()
        };
        test.clock.advance_days(92);
        assert_eq!(faults().await, 0, "the last day");
        test.clock.advance_days(1);
        assert_eq!(faults().await, 1);
    }
}
