//! Files out and in, by a program: a masked export with a second person above the limit, a check before an import, the rows that came
//! back, a batch undone.

use app::approval::decide;
use app::export::register::{RegisterExport, ask_register};
use app::security::save_security_policy;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode, header};
use domain::api_token::TokenScope;
use domain::security::SecurityPolicy;
use serde_json::{Value, json};
use testkit::both_engines;
use tower::ServiceExt;

use super::{Answered, MARK, NUMBER, Town, names, refused};

const MEMBERS: &str = "member_id,union_id,name,id_no,phone\nN1,T-BASE,王芳芳,330226196704010011,13800000001\nN2,T-BASE,李四四,3.30226E+17,\nN3,NOWHERE,张三三,,\n";
const BINARY: (&str, &str) = ("content-type", "application/octet-stream");

impl Town {
    /// Does the job that an answer has queued and answers it, done.
    async fn worked(&self, token: &str, queued: &Answered) -> Value {
        assert_eq!(queued.status, StatusCode::ACCEPTED, "{}", queued.body);
        assert!(app::job::run_next(&self.test.app).await.unwrap());
        let job = format!("/jobs/{}", queued.body["job_id"].as_str().unwrap());
        let done = self.get(token, &job).await.body;
        assert_eq!(done["state"], "done", "{done}");
        done
    }

    /// What lies at the result of a job.
    async fn result(&self, token: &str, job: &Value) -> (String, Answered) {
        let path = job["result"]
            .as_str()
            .unwrap()
            .strip_prefix("/api/v1")
            .unwrap()
            .to_owned();
        let found = self.get(token, &path).await;
        assert_eq!(found.status, StatusCode::OK, "{path}: {}", found.body);
        (path, found)
    }

    /// A file: its status, its type, its text.
    async fn file(&self, token: &str, path: &str, accept: &str) -> (StatusCode, String, String) {
        let request = Request::get(path)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::ACCEPT, accept);
        let request = request.body(Body::empty()).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (status, kind) = (
            response.status(),
            response.headers()[header::CONTENT_TYPE]
                .to_str()
                .unwrap()
                .to_owned(),
        );
        let bytes = to_bytes(response.into_body(), 1024 * 1024).await.unwrap();
        (status, kind, String::from_utf8_lossy(&bytes).into_owned())
    }
}

both_engines! {
    async fn an_export_is_masked_made_by_a_job_and_fetched_by_its_maker(database: Database) {
        let town = Town::on(database).await;
        town.plant().await;
        let token = town.token(&town.people.town_officer, &[]).await;
        let wanted = json!({"kind": "members", "format": "csv", "reason": "季度报表", "columns": ["name", "id_no", "education"]}).to_string();
        let key = [("idempotency-key", "e-1")];
        let queued = town.ask(&token, Method::POST, "/exports", Some(&wanted), &key).await;
        let again = town.ask(&token, Method::POST, "/exports", Some(&wanted), &key).await;
        assert_eq!(again.body, queued.body, "sent twice, queued once");
        let job = town.worked(&token, &queued).await;
        assert!(!app::job::run_next(&town.test.app).await.unwrap());
        let address = job["result"].as_str().unwrap();
        assert_eq!(address, "/api/v1/exports/1/file");
        for accept in ["*/*", "text/csv", "application/json", "text/*;q=0.5"] {
            let (status, kind, text) = town.file(&token, address, accept).await;
            assert_eq!((status, kind.as_str()), (StatusCode::OK, "text/csv; charset=utf-8"), "{accept}: {text}");
            assert!(text.contains("姓名（脱敏）") && text.contains("本科") && text.contains("M/4"), "{text}");
            assert!(!text.contains(MARK) && !text.contains(NUMBER), "{text}");
        }
        assert_eq!(town.file(&token, address, "image/png").await.0, StatusCode::NOT_ACCEPTABLE);
        let listed = town.get(&token, "/exports").await;
        assert_eq!((&listed.body["items"][0]["rows"], &listed.body["items"][0]["is_plain"]), (&json!(5), &json!(false)));
        let other = town.token(&town.people.county_officer, &[]).await;
        assert_eq!(town.file(&other, address, "*/*").await.0, StatusCode::NOT_FOUND, "nobody else's");

        // Whoever sees nothing of the town exports nothing of it.
        let stranger = town.token(&town.people.other_town_officer, &[]).await;
        let queued = town.post(&stranger, "/exports", &wanted).await;
        let job = town.worked(&stranger, &queued).await;
        let (_, _, text) = town.file(&stranger, job["result"].as_str().unwrap(), "*/*").await;
        assert!(!text.contains("M/1"), "{text}");

        let mute = town.post(&token, "/exports", r#"{"kind": "members", "format": "docx"}"#).await;
        assert_eq!((mute.status, names(&mute.body)), (StatusCode::BAD_REQUEST, vec!["format", "reason"]));
        let unknown = json!({"kind": "unions", "format": "csv", "reason": "季度报表", "columns": ["bank_account"]}).to_string();
        let unknown = town.post(&token, "/exports", &unknown).await;
        assert_eq!((unknown.status, names(&unknown.body)), (StatusCode::UNPROCESSABLE_ENTITY, vec!["columns"]));
        let narrow = town.token(&town.people.town_officer, &[TokenScope::ExportWrite]).await;
        assert_eq!(refused(&town.post(&narrow, "/exports", &wanted).await), (StatusCode::FORBIDDEN, "TOK-403"), "members need member:read");
        // Neither does a scope that shows the one member it has changed open them all.
        let writes = town.token(&town.people.town_officer, &[TokenScope::ExportWrite, TokenScope::MemberWrite, TokenScope::UnionRead]).await;
        for refusal in [
            town.post(&writes, "/exports", &wanted).await,
            town.post(&writes, "/exports/approvals", &wanted).await,
            town.get(&writes, "/exports/1/file").await,
        ] {
            assert_eq!(refused(&refusal), (StatusCode::FORBIDDEN, "TOK-403"), "{}", refusal.body);
        }
        assert_eq!(town.get(&writes, "/exports").await.body["items"], json!([]));
    }

    async fn what_a_person_exported_in_full_no_program_fetches(database: Database) {
        let town = Town::on(database).await;
        town.plant().await;
        let op = &town.people.county_officer;
        let plain = RegisterExport {
            kind: "members".into(), format: "csv".into(), reason: "上报".into(), columns: vec!["id_no".into()], is_plain: true,
            purpose: domain::consent::Purpose::all().find(|one| !one.needs_consent()).unwrap().code().into(),
            ..RegisterExport::default()
        };
        ask_register(op, &town.test.app, &plain).await.unwrap();
        let token = town.token(op, &[]).await;
        assert_eq!(town.get(&token, "/exports").await.body["items"][0]["is_plain"], true);
        let answer = town.get(&token, "/exports/1/file").await;
        assert_eq!(refused(&answer), (StatusCode::FORBIDDEN, "TOK-403"), "{}", answer.body);
    }

    async fn a_large_export_waits_for_a_second_person(database: Database) {
        let town = Town::on(database).await;
        town.plant().await;
        let policy = SecurityPolicy { export_rows_alone: 1, ..SecurityPolicy::default() };
        save_security_policy(&town.people.administrator, &town.test.app, policy).await.unwrap();
        let token = town.token(&town.people.town_officer, &[]).await;
        let wanted = json!({"kind": "members", "format": "csv", "reason": "季度报表"}).to_string();
        let key = [("idempotency-key", "e-2")];
        let alone = town.ask(&token, Method::POST, "/exports", Some(&wanted), &key).await;
        assert_eq!(refused(&alone), (StatusCode::CONFLICT, "APR-428"), "{}", alone.body);
        assert!(alone.body["hint"].as_str().unwrap().contains("/exports/approvals"));
        assert_eq!(town.get(&token, "/jobs").await.body["total"], 0);
        let asked = town.post(&token, "/exports/approvals", &wanted).await;
        assert_eq!((asked.status, &asked.body["state"]), (StatusCode::CREATED, &json!("waiting")), "{}", asked.body);
        assert_eq!(refused(&town.post(&token, "/exports", &wanted).await), (StatusCode::CONFLICT, "APR-425"));
        let id = asked.body["approval_id"].as_str().unwrap().parse().unwrap();
        decide(&town.people.county_officer, &town.test.app, id, true, "").await.unwrap();
        assert_eq!(town.get(&token, "/approvals").await.body["items"][0]["state"], "approved");
        // Another export is another thing.
        let other = json!({"kind": "members", "format": "xlsx", "reason": "季度报表"}).to_string();
        assert_eq!(refused(&town.post(&token, "/exports", &other).await), (StatusCode::CONFLICT, "APR-428"));
        let queued = town.ask(&token, Method::POST, "/exports", Some(&wanted), &key).await;
        town.worked(&token, &queued).await;
        assert_eq!(town.get(&token, "/approvals").await.body["items"][0]["state"], "spent");
        assert_eq!(refused(&town.post(&token, "/exports", &wanted).await), (StatusCode::CONFLICT, "APR-428"), "once");
    }

    async fn a_file_is_checked_imported_and_undone_by_a_program(database: Database) {
        let town = Town::on(database).await;
        town.plant().await;
        let token = town.token(&town.people.city_officer, &[]).await;
        let queued = town.ask(&token, Method::POST, "/checks?kind=members&file_name=members.csv", Some(MEMBERS), &[BINARY]).await;
        let job = town.worked(&token, &queued).await;
        let (path, check) = town.result(&token, &job).await;
        let counts = ["rows", "created", "same", "rejected", "doubtful", "missing"].map(|name| check.body[name].as_i64().unwrap());
        assert_eq!((path.as_str(), counts), ("/checks/1", [3, 2, 0, 1, 1, 5]), "{}", check.body);
        assert_eq!(check.body["state"], "waiting");
        let rows = town.get(&token, &format!("{path}/rows?outcome=rejected")).await;
        assert_eq!((&rows.body["total"], &rows.body["items"][0]["row"]), (&json!(1), &json!(4)), "{}", rows.body);
        assert!(rows.body["items"][0]["text"].as_str().unwrap().contains("不在工会台账中"));
        let created = town.get(&token, &format!("{path}/rows?outcome=created&limit=1")).await;
        let next = created.body["next_cursor"].as_str().unwrap().to_owned();
        let second = town.get(&token, &format!("{path}/rows?outcome=created&limit=1&cursor={next}")).await;
        assert_eq!((&created.body["items"][0]["key"], &second.body["items"][0]["key"]), (&json!("N1"), &json!("N2")));
        let text = format!("{}{}{}", check.body, rows.body, created.body);
        assert!(!text.contains("330226196704010011") && !text.contains("13800000001") && !text.contains("王芳芳"), "{text}");
        assert_eq!(town.get(&token, "/batches").await.body["total"], 0, "nothing is imported yet");
        assert_eq!(town.get(&token, "/checks").await.body["items"][0]["check_no"], 1);

        let queued = town.ask(&token, Method::POST, &format!("{path}/import"), None, &[]).await;
        let job = town.worked(&token, &queued).await;
        let (batch, report) = town.result(&token, &job).await;
        assert_eq!((&report.body["created"], &report.body["rejected"], &report.body["is_undoable"]), (&json!(2), &json!(1), &json!(true)), "{}", report.body);
        assert_eq!(town.get(&token, &path).await.body["batch_no"], report.body["batch_no"]);
        assert_eq!(refused(&town.get(&token, &format!("{path}/rows?outcome=rejected")).await), (StatusCode::CONFLICT, "IMP-416"));
        assert_eq!(refused(&town.ask(&token, Method::POST, &format!("{path}/import"), None, &[]).await), (StatusCode::CONFLICT, "IMP-416"));
        let rejects = town.get(&token, &format!("{batch}/rejects")).await;
        let items = rejects.body["items"].as_array().unwrap();
        assert_eq!((rejects.body["total"].as_i64(), items.len()), (Some(2), 2), "{}", rejects.body);
        let first = town.get(&token, &format!("{batch}/rejects?limit=1")).await;
        let next = first.body["next_cursor"].as_str().unwrap().to_owned();
        let second = town.get(&token, &format!("{batch}/rejects?limit=1&cursor={next}")).await;
        assert_eq!((&first.body["items"][0], &second.body["items"][0], &second.body["next_cursor"]), (&items[0], &items[1], &Value::Null));
        let of = |row: i64| items.iter().find(|one| one["row"] == row).unwrap();
        assert_eq!((&of(4)["is_rejected"], &of(3)["is_rejected"], &of(3)["faults"][0]["column"]), (&json!(true), &json!(false), &json!("id_no")));
        assert!(!rejects.body.to_string().contains("张三三") && !rejects.body.to_string().contains("3.30226"), "cells stay: {}", rejects.body);

        // What was changed since stands in the way of the whole, not of the rest.
        let mut tx = town.test.app.store.begin().await.unwrap();
        let mut row = tx.member_row("N2").await.unwrap().unwrap();
        row.batch_no = None;
        tx.upsert_members([row]).await.unwrap();
        tx.commit().await.unwrap();
        let undo = format!("{batch}/undo");
        let outlook = town.get(&token, &undo).await;
        assert_eq!((&outlook.body["written"], &outlook.body["changed_count"], &outlook.body["changed"][0]["key"]), (&json!(2), &json!(1), &json!("N2")), "{}", outlook.body);
        let whole = town.post(&token, &undo, "{}").await;
        assert_eq!(refused(&whole), (StatusCode::CONFLICT, "IMP-410"));
        assert!(whole.body["detail"].as_str().unwrap().contains("N2"), "{}", whole.body);
        let key = [("idempotency-key", "undo-1")];
        let rest = town.ask(&token, Method::POST, &undo, Some(r#"{"rest": true}"#), &key).await;
        assert_eq!((rest.status, &rest.body["state_label"]), (StatusCode::OK, &json!("已撤销")), "{}", rest.body);
        let again = town.ask(&token, Method::POST, &undo, Some(r#"{"rest": true}"#), &key).await;
        assert_eq!((&again.body, again.status), (&rest.body, StatusCode::OK), "sent twice, undone once");
        assert_eq!(town.post(&token, &undo, r#"{"rest": true}"#).await.status, StatusCode::CONFLICT);
        let left = town.get(&token, "/members").await.body.to_string();
        assert!(left.contains("N2") && !left.contains("\"N1\""), "{left}");
    }

    async fn a_check_is_given_up_and_others_may_not(database: Database) {
        let town = Town::on(database).await;
        let token = town.token(&town.people.city_officer, &[]).await;
        let queued = town.ask(&token, Method::POST, "/checks?kind=members&file_name=members.csv", Some(MEMBERS), &[BINARY]).await;
        town.worked(&token, &queued).await;
        let town_token = town.token(&town.people.town_officer, &[]).await;
        for path in ["/checks", "/checks/1", "/checks/1/rows?outcome=created", "/batches/1/undo"] {
            assert_eq!(town.get(&town_token, path).await.status, StatusCode::FORBIDDEN, "{path}");
        }
        let reader = town.token(&town.people.city_officer, &[TokenScope::ImportRead, TokenScope::ImportWrite]).await;
        assert_eq!(refused(&town.post(&reader, "/batches/1/undo", "{}").await), (StatusCode::FORBIDDEN, "API-403"));
        let dropped = town.ask(&token, Method::POST, "/checks/1/drop", None, &[]).await;
        assert_eq!((dropped.status, &dropped.body["state"]), (StatusCode::OK, &json!("dropped")), "{}", dropped.body);
        assert_eq!(town.get(&token, "/checks").await.body["items"], json!([]));
        assert_eq!(town.ask(&token, Method::POST, "/checks/1/drop", None, &[]).await.status, StatusCode::CONFLICT);
        assert_eq!(town.get(&token, "/checks/7").await.status, StatusCode::NOT_FOUND);
    }
}
