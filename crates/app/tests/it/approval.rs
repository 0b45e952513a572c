//! The two-person rule: who approves, exactly what, once, and in time.

use app::approval::{NEEDED, Wanted, approvals, ask, decide, expect, spend, waiting_count};
use app::error::AppError;
use app::export::register::{
    Asked, RegisterExport, ask_register, own_exports, register_count, wanted as register_wanted,
};
use app::export::{list_workbook, list_workbook_wanted};
use app::journal::{JournalParams, journal};
use app::list_item::ListParams;
use app::op::{App, OpContext};
use app::security::{needs_second_person, save_security_policy};
use domain::approval::{ApprovalKind, ApprovalState, USING_TIME, WAITING_TIME};
use domain::security::{Limit, RoleLimits, SecurityPolicy};
use serde_json::json;
use testkit::{People, TestApp, both_engines};

fn wanted(what: &str) -> Wanted {
    Wanted {
        kind: ApprovalKind::Export,
        title: format!("{what}（6,000 项）"),
        details: vec![("范围".to_owned(), what.to_owned())],
        arguments: json!({ "what": what }),
    }
}

async fn used(op: &OpContext, app: &App, wanted: &Wanted) -> Result<(), AppError> {
    let mut tx = app.store.begin().await?;
    spend(op, &mut tx, wanted).await?;
    Ok(tx.commit().await?)
}

fn code(outcome: Result<impl Sized, AppError>) -> &'static str {
    outcome.err().map_or("", |error| error.code)
}

both_engines! {
    async fn what_a_second_person_has_approved_is_done_once(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, People::of(&test).await);
        let (asker, second) = (&people.town_officer, &people.county_officer);
        let members = wanted("会员");
        assert_eq!(code(expect(asker, app, &members).await), NEEDED);
        assert_eq!(ask(asker, app, &members, "/x", "  ").await.unwrap_err().fields[0].field, "reason");
        let asked = ask(asker, app, &members, "/x", "季度上报").await.unwrap();
        assert_eq!(code(expect(asker, app, &members).await), "APR-425", "it waits");
        assert_eq!(code(ask(asker, app, &members, "/x", "再次").await), "APR-425");

        assert_eq!(code(decide(asker, app, asked.id, true, "").await), "APR-403", "not one's own");
        assert_eq!(code(decide(&people.other_town_officer, app, asked.id, true, "").await), "APR-404", "out of sight");
        assert_eq!(code(decide(&people.field_worker, app, asked.id, true, "").await), "ACC-403");
        assert_eq!(waiting_count(second, app).await.unwrap(), 1);
        assert_eq!((waiting_count(asker, app).await.unwrap(), waiting_count(&people.other_county_officer, app).await.unwrap()), (0, 0));
        assert!(approvals(second, app, 1).await.unwrap().rows[0].can_decide);
        decide(second, app, asked.id, true, "").await.unwrap();
        assert_eq!(code(decide(&people.city_officer, app, asked.id, false, "不").await), "APR-409", "decided");

        assert_eq!(code(expect(asker, app, &wanted("工会")).await), NEEDED, "something else");
        assert_eq!(code(expect(&people.field_worker, app, &members).await), NEEDED, "somebody else");
        expect(asker, app, &members).await.unwrap();
        used(asker, app, &members).await.unwrap();
        assert_eq!(code(used(asker, app, &members).await), NEEDED, "once");
        assert_eq!(approvals(asker, app, 1).await.unwrap().rows[0].state, ApprovalState::Spent);
    }

    async fn two_at_once_use_one_approval_once(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, People::of(&test).await);
        let members = wanted("会员");
        let asked = ask(&people.town_officer, app, &members, "/x", "上报").await.unwrap();
        decide(&people.county_officer, app, asked.id, true, "").await.unwrap();
        let tries = (0..4).map(|_| used(&people.town_officer, app, &members));
        let done = futures::future::join_all(tries).await.into_iter().filter(Result::is_ok).count();
        assert_eq!(done, 1);
    }

    async fn a_request_lapses_and_so_does_an_approval(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, People::of(&test).await);
        let (asker, second) = (&people.town_officer, &people.county_officer);
        let members = wanted("会员");
        let late = ask(asker, app, &members, "/x", "上报").await.unwrap();
        test.clock.advance(WAITING_TIME);
        assert_eq!(code(decide(second, app, late.id, true, "").await), "APR-409");
        let asked = ask(asker, app, &members, "/x", "上报").await.unwrap();
        decide(second, app, asked.id, true, "").await.unwrap();
        test.clock.advance(USING_TIME);
        assert_eq!(code(used(asker, app, &members).await), NEEDED);
        let asked = ask(asker, app, &members, "/x", "上报").await.unwrap();
        assert_eq!(decide(second, app, asked.id, false, " ").await.unwrap_err().fields[0].field, "remark");
        decide(second, app, asked.id, false, "不必要").await.unwrap();
        assert_eq!(code(used(asker, app, &members).await), NEEDED);
    }

    async fn a_workbook_of_many_rows_needs_a_second_person(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, People::of(&test).await);
        let needs = async |op: &OpContext, count| {
            needs_second_person(op, &mut app.store.read().await.unwrap(), Limit::ExportRows, count).await.unwrap()
        };
        let city = &people.city_officer;
        assert!(!needs(city, 5_000).await && needs(city, 5_001).await);
        assert!(!needs(&test.system(), 1_000_000).await, "the machine's own account");
        let of_towns = RoleLimits { export_rows_alone: Some(300), ..RoleLimits::default() };
        let by_role = [("town_officer".to_owned(), of_towns)].into();
        let policy = SecurityPolicy { export_rows_alone: 0, by_role, ..SecurityPolicy::default() };
        save_security_policy(&people.administrator, app, policy).await.unwrap();
        assert!(!needs(city, 1_000_000).await, "0 is no limit");
        assert!(!needs(&people.town_officer, 300).await && needs(&people.town_officer, 301).await, "towns have their own");
        let entries = journal(&people.security_auditor, app, &JournalParams::default()).await.unwrap().rows;
        assert!(format!("{entries:?}").contains("镇街干部一人可单独导出的行数 300"), "{entries:?}");
        let params = ListParams::default();
        list_workbook(&people.city_officer, app, &params).await.unwrap();
        let wanted = list_workbook_wanted(&people.city_officer, app, &params).await.unwrap();
        assert_eq!(wanted.title, "清单（0 项）");
    }

    async fn a_register_export_of_many_rows_needs_a_second_person(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, People::of(&test).await);
        let policy = SecurityPolicy { export_rows_alone: 1, ..SecurityPolicy::default() };
        save_security_policy(&people.administrator, app, policy).await.unwrap();
        let (asker, second) = (&people.town_officer, &people.county_officer);
        let unions = RegisterExport { kind: "unions".into(), format: "csv".into(), reason: "季度上报".into(), ..RegisterExport::default() };
        assert_eq!(code(ask_register(asker, app, &unions).await), NEEDED);
        assert!(own_exports(asker, app, 10).await.unwrap().is_empty(), "nothing was read");
        let request = ask(asker, app, &register_wanted(asker, app, &unions, 2).await.unwrap(), "/export/unions", "季度上报").await.unwrap();
        decide(second, app, request.id, true, "").await.unwrap();
        // The second person has read what it is; the journal keeps that.
        let shown = approvals(second, app, 1).await.unwrap().rows.remove(0).approval.details;
        let shown: Vec<String> = shown.into_iter().map(|(label, text)| format!("{label}={text}")).collect();
        let shown = shown.join("；");
        for words in ["范围=申请人数据范围内的全部", "列=工会标识", "印在文件里的用途=季度上报"] {
            assert!(shown.contains(words), "{words}: {shown}");
        }
        // Other words are printed in another file.
        let other = RegisterExport { reason: "另作他用".into(), ..unions.clone() };
        assert_eq!(code(ask_register(asker, app, &other).await), NEEDED);
        // Other columns are another file.
        let other = RegisterExport { columns: vec!["union_name".into()], ..unions.clone() };
        assert_eq!(code(ask_register(asker, app, &other).await), NEEDED);
        assert!(matches!(ask_register(asker, app, &unions).await.unwrap(), Asked::Made(_)));
        assert_eq!(code(ask_register(asker, app, &unions).await), NEEDED, "once");
        assert_eq!(own_exports(asker, app, 10).await.unwrap().len(), 1);
    }

    async fn many_small_exports_in_full_are_one_large_one(database: Database) {
        let test = TestApp::on(database).await;
        let (app, people) = (&test.app, People::of(&test).await);
        let limited = |export_rows_alone| SecurityPolicy { export_rows_alone, ..SecurityPolicy::default() };
        let (asker, second) = (&people.county_officer, &people.city_officer);
        let unions = |q: &str| RegisterExport {
            kind: "unions".into(), q: q.into(), format: "csv".into(), is_plain: true, reason: "季度上报".into(), ..RegisterExport::default()
        };
        let all = register_count(asker, app, &unions("")).await.unwrap();
        assert!(all > 1);
        save_security_policy(&people.administrator, app, limited(u32::try_from(all).unwrap() + 1)).await.unwrap();
        assert!(matches!(ask_register(asker, app, &unions("")).await.unwrap(), Asked::Made(_)));
        assert_eq!(code(ask_register(asker, app, &unions("")).await), NEEDED, "the rows of the day are counted together");
        let masked = RegisterExport { is_plain: false, ..unions("") };
        assert!(matches!(ask_register(asker, app, &masked).await.unwrap(), Asked::Made(_)), "masked ones are not");
        assert!(matches!(ask_register(&people.other_county_officer, app, &unions("")).await.unwrap(), Asked::Made(_)), "nor somebody else's");
        let wanted = register_wanted(asker, app, &unions(""), all).await.unwrap();
        assert!(wanted.details.contains(&("申请人当日已单独导出（不脱敏）".to_owned(), format!("{all} 行"))), "{:?}", wanted.details);
        let request = ask(asker, app, &wanted, "/export/unions", "季度上报").await.unwrap();
        decide(second, app, request.id, true, "").await.unwrap();
        assert!(matches!(ask_register(asker, app, &unions("")).await.unwrap(), Asked::Made(_)));
        test.clock.advance_days(1);
        assert!(matches!(ask_register(asker, app, &unions("")).await.unwrap(), Asked::Made(_)), "a new day");

        // Two at the same moment do not both fit.
        test.clock.advance_days(1);
        let asked = unions("");
        let two = [ask_register(asker, app, &asked), ask_register(asker, app, &asked)];
        let made = futures::future::join_all(two).await.into_iter().filter(Result::is_ok).count();
        assert_eq!(made, 1);
    }
}
