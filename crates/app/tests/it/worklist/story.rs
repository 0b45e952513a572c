//! One item's life, on both databases.

use app::error::ErrorKind;
use app::list_item::ListFilter;
use app::organising::{FoundingForm, found_union, founding_draft};
use domain::list_item::{ItemState, ListKind};
use domain::run::RunState;
use domain::working_days::WorkingDays;
use testkit::both_engines;

use super::city::{Corner, tenghao};

async fn raised(corner: &Corner) -> String {
    let (finding, employer) = tenghao();
    corner.says(|script| {
        script.findings = vec![finding];
        script.employers = vec![employer];
    });
    let run = corner.run().await;
    assert_eq!(run.state, RunState::Finished);
    assert_eq!((run.merge.unwrap().raised, run.merge.unwrap().assigned), (1, 1));
    let page = corner.list(&corner.worker, ListFilter::default()).await;
    assert_eq!(page.total, 1);
    page.rows[0].item_no.clone()
}

fn founding(item_no: &str) -> FoundingForm {
    FoundingForm {
        item_no: Some(item_no.into()),
        enterprise_id: None,
        union_name: "宁波腾浩户外用品有限公司工会委员会".into(),
        chair: "邵建国".into(),
        founded_on: "2026-08-10".into(),
        term_years: "5".into(),
        declared_members: "52".into(),
    }
}

both_engines! {
    async fn from_public_data_to_a_founded_union(database: Database) {
        let corner = Corner::on(database).await;
        let app = &corner.test.app;
        let no = raised(&corner).await;
        assert_eq!(no, "QD-330226-2026-000001");

        // The field worker of the town has it, opens it, goes there.
        let seen = corner.item(&corner.worker, &no).await;
        assert_eq!((seen.row.state, seen.row.owner.as_deref()), (ItemState::Assigned, Some("lixm")));
        assert_eq!(seen.row.uscc.as_deref(), Some("91330226MA2TENGH3C"));
        assert!(app::list_item::mark_read(&corner.worker, app, &no).await.unwrap());
        assert!(!app::list_item::mark_read(&corner.worker, app, &no).await.unwrap(), "read once");
        corner.act(&corner.worker, &no, "start_verifying").await;
        corner.test.clock.advance_days(7);
        corner.act(&corner.worker, &no, "confirm").await;
        let task = corner.item(&corner.town, &no).await;
        assert_eq!((task.row.kind, task.row.state), (ListKind::Task, ItemState::InProgress));
        assert!(task.actions.iter().any(|action| action.code == "found"));

        // The town founds.
        let draft = founding_draft(&corner.town, app, Some(&no), None).await.unwrap();
        assert_eq!(draft.proposed_name, "宁波腾浩户外用品有限公司工会委员会");
        assert_eq!(draft.parent_name, "西店镇总工会");
        let founded = found_union(&corner.town, app, founding(&no)).await.unwrap();
        assert_eq!(founded.item_no.as_deref(), Some(no.as_str()));
        let waiting = corner.item(&corner.town, &no).await;
        assert_eq!(waiting.founded_union.unwrap().union_id, founded.union_id);
        let again = found_union(&corner.town, app, founding(&no)).await.unwrap_err();
        assert_eq!(again.kind, ErrorKind::Conflict);

        // The register's change closes the item, and nothing comes back.
        corner.test.clock.advance_days(1);
        let run = corner.run().await.merge.unwrap();
        assert_eq!((run.done, run.raised, run.reopened), (1, 0, 0));
        let union = corner.bulk.seen_unions.lock().unwrap().iter().find(|it| it.union_id == founded.union_id).cloned();
        let union = union.expect("the snapshot holds the new union");
        assert_eq!((union.source.as_str(), union.parent_id.as_deref()), ("founded", Some("U3")));
        assert_eq!(union.employer_code.as_deref(), Some("91330226MA2TENGH3C"));
        let closed = corner.item(&corner.town, &no).await;
        assert_eq!(closed.row.state, ItemState::Done);
        let closing = closed.closing.unwrap();
        assert!(closing.facts.iter().any(|(_, value)| *value == founded.union_id), "{:?}", closing.facts);
        let history: Vec<&str> = closed.history.iter().map(|entry| entry.label.as_str()).collect();
        assert_eq!(history, [
            "生成", "派发", "已读", "开始核实", "核实属实，报镇（街道）总工会", "建会，等待比对办结", "自动办结"
        ]);
        assert_eq!(corner.list(&corner.town, ListFilter::default()).await.total, 0);
        let quiet = corner.run().await.merge.unwrap();
        assert_eq!((quiet.done, quiet.raised, quiet.reopened), (0, 0, 0));
    }

    async fn a_refuted_item_stays_away_until_its_evidence_changes(database: Database) {
        let corner = Corner::on(database).await;
        let no = raised(&corner).await;
        corner.act(&corner.worker, &no, "start_verifying").await;
        let silent = corner.try_act(&corner.worker, &no, "refute", None, None).await.unwrap_err();
        assert_eq!(silent.fields[0].field, "choice");
        let done = corner.try_act(&corner.worker, &no, "refute", Some("dispatch"), Some("人都在甲厂")).await.unwrap();
        assert_eq!(done.state, ItemState::Refuted);
        let view = corner.item(&corner.worker, &no).await;
        assert_eq!(view.closing.unwrap().reason, "派遣/代理参保：人都在甲厂");
        assert!(view.actions.is_empty() && view.locked_because.is_some());

        corner.test.clock.advance_days(30);
        assert_eq!(corner.run().await.merge.unwrap().suppressed, 1);
        assert_eq!(corner.list(&corner.worker, ListFilter::default()).await.total, 0);

        corner.says(|script| script.findings[0].fingerprint = "f2".into());
        assert_eq!(corner.run().await.merge.unwrap().reopened, 1);
        let back = corner.list(&corner.worker, ListFilter::default()).await;
        assert_eq!((back.rows[0].item_no.as_str(), back.rows[0].state), (no.as_str(), ItemState::Assigned));
    }

    async fn after_twelve_months_a_refuted_item_is_asked_again(database: Database) {
        let corner = Corner::on(database).await;
        let no = raised(&corner).await;
        corner.try_act(&corner.worker, &no, "refute", Some("too_few"), None).await.unwrap();
        corner.test.clock.advance_days(365);
        assert_eq!(corner.run().await.merge.unwrap().suppressed, 1);
        corner.test.clock.advance_days(2);
        assert_eq!(corner.run().await.merge.unwrap().reopened, 1);
    }

    async fn an_employer_that_is_gone_supersedes_its_item(database: Database) {
        let corner = Corner::on(database).await;
        let no = raised(&corner).await;
        corner.says(|script| {
            script.findings.clear();
            script.closures = vec![("E1".into(), "superseded")];
        });
        assert_eq!(corner.run().await.merge.unwrap().superseded, 1);
        assert_eq!(corner.item(&corner.town, &no).await.row.state, ItemState::Superseded);
    }

    async fn a_run_that_fails_changes_nothing_and_says_why(database: Database) {
        let corner = Corner::on(database).await;
        let no = raised(&corner).await;
        corner.says(|script| {
            script.findings.clear();
            script.failure = Some("内存不足".into());
        });
        let error = corner.try_run().await.unwrap_err();
        assert!(error.message.contains("内存不足"), "{error}");
        let runs = app::run::runs(&corner.test.system(), &corner.test.app, 10).await.unwrap();
        assert_eq!(runs[0].state, RunState::Failed);
        assert!(runs[0].failure.as_deref().unwrap().contains("内存不足"));
        assert!(corner.item(&corner.town, &no).await.row.state.is_open());

        // Output that makes no sense is refused whole.
        corner.says(|script| {
            script.failure = None;
            script.findings = vec![lake::tables::Finding { kind: "?".into(), ..tenghao().0 }];
        });
        let refused = corner.try_run().await.unwrap_err().message;
        assert!(refused.contains("found-25") && refused.contains("清单类别"), "{refused}");
        assert_eq!(corner.list(&corner.town, ListFilter::default()).await.total, 1);
    }

    async fn an_interrupted_run_is_cleaned_up_at_the_next_start(database: Database) {
        let corner = Corner::on(database).await;
        let app = &corner.test.app;
        let system = corner.test.system();
        let mut tx = app.store.begin().await.unwrap();
        tx.start_run(system.new_id(), system.today(), system.now(), "系统").await.unwrap();
        tx.commit().await.unwrap();
        std::fs::create_dir_all(corner.test.dir.path().join("runs/1/out")).unwrap();
        assert_eq!(app::run::recover(&system, app).await.unwrap(), 1);
        assert!(!corner.test.dir.path().join("runs/1").exists());
        let run = app::run::run(&system, app, 1).await.unwrap();
        assert_eq!((run.state, run.failure.unwrap().contains("中断")), (RunState::Failed, true));
        raised(&corner).await;
        assert_eq!(app::run::recover(&system, app).await.unwrap(), 0);
    }

    async fn another_calendar_moves_deadlines_at_the_next_start(database: Database) {
        let corner = Corner::on(database).await;
        let no = raised(&corner).await;
        let kept_due = async || {
            let deadlines = corner.test.app.store.begin().await.unwrap().item_deadlines().await.unwrap();
            assert_eq!(deadlines.len(), 1, "{deadlines:?}");
            deadlines[0].2
        };
        let system = corner.test.system();
        app::run::recover(&system, &corner.test.app).await.unwrap();
        let due = kept_due().await;

        // A calendar that knows no holidays but the day on which it is due.
        let mut later = corner.test.app.clone();
        let notice = serde_json::json!({"holidays": {due.to_string(): "假日"}, "workdays": {}});
        later.calendar = Box::leak(Box::new(WorkingDays::read(&notice.to_string()).unwrap()));
        app::run::recover(&system, &later).await.unwrap();
        assert_ne!(kept_due().await, due);
        app::run::recover(&system, &corner.test.app).await.unwrap();
        assert_eq!(kept_due().await, due, "and back again with the calendar of before");
        assert!(corner.item(&corner.town, &no).await.row.state.is_open());
    }

    async fn nobody_sees_or_touches_what_is_not_theirs(database: Database) {
        let corner = Corner::on(database).await;
        let app = &corner.test.app;
        let no = raised(&corner).await;
        assert_eq!(corner.list(&corner.elsewhere, ListFilter::default()).await.total, 0);
        let params = app::list_item::ListParams::default();
        let hidden = app::list_item::item(&corner.elsewhere, app, &no, &params).await.unwrap_err();
        assert_eq!(hidden.kind, ErrorKind::NotFound);
        let act = corner.try_act(&corner.elsewhere, &no, "start_verifying", None, None).await.unwrap_err();
        assert_eq!(act.kind, ErrorKind::NotFound);
        let form = founding(&no);
        assert_eq!(found_union(&corner.worker, app, form.clone()).await.unwrap_err().kind, ErrorKind::Forbidden);
        let early = found_union(&corner.town, app, form).await.unwrap_err();
        assert!(early.message.contains("核实"), "{early}");
        let employer = app::employer::employer(&corner.elsewhere, app, "E1").await.unwrap_err();
        assert_eq!(employer.kind, ErrorKind::NotFound);
    }

    async fn two_people_do_not_act_on_each_others_page(database: Database) {
        let corner = Corner::on(database).await;
        let no = raised(&corner).await;
        let seen = corner.item(&corner.worker, &no).await.version;
        corner.act(&corner.town, &no, "start_verifying").await;
        let form = app::list_item::ActForm {
            action: "start_verifying".into(),
            version: Some(seen),
            ..Default::default()
        };
        let late = app::list_item::act(&corner.worker, &corner.test.app, &no, form).await.unwrap_err();
        assert_eq!((late.kind, late.code), (ErrorKind::Conflict, "LIST-410"));
    }
}
