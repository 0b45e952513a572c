//! What needs a second person, by programs: asked for, read, approved or not in the account's own name, used once; and what a union owes
//! to single members: requests to close, holds, anonymising.

use app::membership::issue_pass;
use app::security::save_security_policy;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode, header};
use domain::api_token::TokenScope;
use domain::security::SecurityPolicy;
use serde_json::{Value, json};
use testkit::{both_engines, union};
use tower::ServiceExt;

use super::{Answered, MARK, NUMBER, Town, names, refused};

const BINARY: (&str, &str) = ("content-type", "application/octet-stream");

impl Town {
    /// Nobody changes more than one row alone from now on.
    async fn nobody_alone(&self) {
        let policy = SecurityPolicy {
            change_rows_alone: 1,
            ..SecurityPolicy::default()
        };
        save_security_policy(&self.people.administrator, &self.test.app, policy)
            .await
            .unwrap();
    }

    async fn decided(&self, token: &str, asked: &Answered, answer: &str) -> Answered {
        let path = format!(
            "/approvals/{}/decision",
            asked.body["approval_id"].as_str().unwrap()
        );
        let body = json!({"answer": answer, "remark": "已核实"}).to_string();
        self.post(token, &path, &body).await
    }
}

both_engines! {
    async fn what_one_asked_for_another_approves_through_a_program(database: Database) {
        let town = Town::on(database).await;
        town.plant().await;
        town.nobody_alone().await;
        let asker = town.token(&town.people.county_officer, &[]).await;
        let change = format!("/unions/{}/changes/move", union::BASE);
        let mut form = json!({"other": union::OTHER_TOWN, "reason": "区划调整"});
        form["seen"] = town.post(&asker, &format!("{change}/preview"), &form.to_string()).await.body["seen"].clone();
        let form = form.to_string();
        let key = [("idempotency-key", "second-1")];
        let alone = town.ask(&asker, Method::POST, &change, Some(&form), &key).await;
        assert_eq!(refused(&alone), (StatusCode::CONFLICT, "APR-428"), "{}", alone.body);
        let approvals = format!("{change}/approvals");
        assert!(alone.body["hint"].as_str().unwrap().contains(&approvals), "{}", alone.body);
        let asked = town.post(&asker, &approvals, &form).await;
        assert_eq!((asked.status, &asked.body["state"], &asked.body["is_own"]), (StatusCode::CREATED, &json!("waiting"), &json!(true)), "{}", asked.body);
        let path = format!("/approvals/{}", asked.body["approval_id"].as_str().unwrap());
        assert_eq!(asked.headers[header::LOCATION], format!("/api/v1{path}"));
        assert_eq!(refused(&town.ask(&asker, Method::POST, &change, Some(&form), &key).await), (StatusCode::CONFLICT, "APR-425"));

        // Not the asker, whatever the token; not a token without the scope; not one that could not do it; nobody out of sight.
        assert_eq!(refused(&town.decided(&asker, &asked, "approve").await), (StatusCode::FORBIDDEN, "APR-403"));
        let narrow = town.token(&town.people.city_officer, &[TokenScope::UnionWrite]).await;
        assert_eq!(refused(&town.decided(&narrow, &asked, "approve").await), (StatusCode::FORBIDDEN, "API-403"));
        assert_eq!(town.get(&narrow, &path).await.status, StatusCode::NOT_FOUND, "only one's own without the scope");
        assert_eq!(town.get(&narrow, "/approvals").await.body["total"], 0);
        let reads = town.token(&town.people.city_officer, &[TokenScope::ApprovalWrite, TokenScope::UnionRead]).await;
        assert_eq!(town.get(&reads, &path).await.body["may_decide"], false);
        assert_eq!(refused(&town.decided(&reads, &asked, "approve").await), (StatusCode::FORBIDDEN, "TOK-403"));
        let stranger = town.token(&town.people.other_county_officer, &[]).await;
        assert_eq!(refused(&town.decided(&stranger, &asked, "approve").await), (StatusCode::NOT_FOUND, "APR-404"));

        let second = town.token(&town.people.city_officer, &[]).await;
        let listed = town.get(&second, "/approvals").await;
        assert_eq!((&listed.body["total"], &listed.body["items"][0]["may_decide"]), (&json!(1), &json!(true)), "{}", listed.body);
        let seen = town.get(&second, &path).await;
        assert!(seen.body["details"].to_string().contains("区划调整"), "{}", seen.body);
        let mute = town.post(&second, &format!("{path}/decision"), r#"{"answer": "refuse"}"#).await;
        assert_eq!((refused(&mute), names(&mute.body)), ((StatusCode::UNPROCESSABLE_ENTITY, "APR-120"), vec!["remark"]));
        let etag = seen.headers[header::ETAG].to_str().unwrap().to_owned();
        town.test.clock.advance(std::time::Duration::from_secs(1));
        let decision = format!("{path}/decision");
        let yes = Some(r#"{"answer": "approve"}"#);
        let past = town.ask(&second, Method::POST, &decision, yes, &[("if-match", "\"1\"")]).await;
        assert_eq!(refused(&past), (StatusCode::PRECONDITION_FAILED, "APR-409"), "{}", past.body);
        let more = [("if-match", etag.as_str()), ("idempotency-key", "yes-1")];
        let done = town.ask(&second, Method::POST, &decision, yes, &more).await;
        assert_eq!((done.status, &done.body["state"], &done.body["decided_by"]), (StatusCode::OK, &json!("approved"), &json!("周**")), "{}", done.body);
        let again = town.ask(&second, Method::POST, &decision, yes, &more).await;
        assert_eq!((again.status, &again.body), (StatusCode::OK, &done.body), "sent twice, decided once");
        let stale = town.ask(&second, Method::POST, &decision, yes, &[("if-match", etag.as_str())]).await;
        assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED, "{}", stale.body);
        assert_eq!(refused(&town.decided(&second, &asked, "refuse").await), (StatusCode::CONFLICT, "APR-409"));

        let moved = town.ask(&asker, Method::POST, &change, Some(&form), &key).await;
        assert_eq!(moved.status, StatusCode::OK, "{}", moved.body);
        assert_eq!(town.get(&asker, &path).await.body["state"], "spent");
        let auditor = town.token(&town.people.auditor, &[]).await;
        let journal = town.get(&auditor, "/journal?subject=approval").await;
        assert!(journal.body["total"].as_i64().unwrap() >= 3 && journal.body.to_string().contains("令牌 测试"), "{}", journal.body);
    }

    async fn a_refusal_stands_and_a_request_lapses(database: Database) {
        let town = Town::on(database).await;
        town.plant().await;
        let token = town.token(&town.people.town_officer, &[]).await;
        let second = town.token(&town.people.county_officer, &[]).await;
        let wanted = json!({"until": "2015-01-01", "seen": 9, "reason": "到期"}).to_string();
        let asked = town.post(&token, "/memberships-due/approvals", &wanted).await;
        assert_eq!((asked.status, &asked.body["kind"]), (StatusCode::CREATED, &json!("member_change")), "{}", asked.body);
        let no = town.decided(&second, &asked, "refuse").await;
        assert_eq!((no.status, &no.body["state"], &no.body["remark"]), (StatusCode::OK, &json!("refused"), &json!("已核实")), "{}", no.body);
        let asked = town.post(&token, "/memberships-due/approvals", &wanted).await;
        assert_eq!(asked.status, StatusCode::CREATED, "asked anew: {}", asked.body);
        town.test.clock.advance(std::time::Duration::from_secs(4 * 24 * 3600));
        assert_eq!(refused(&town.decided(&second, &asked, "approve").await), (StatusCode::CONFLICT, "APR-409"));
    }

    async fn a_large_import_and_its_undoing_wait_for_a_second_person(database: Database) {
        let town = Town::on(database).await;
        town.plant().await;
        let token = town.token(&town.people.city_officer, &[]).await;
        let file = "member_id,union_id,name,id_no,phone\nM/0,T-BASE,王芳芳,,13800000001\nM/1,T-BASE,李四四,,13800000002\nM/2,T-BASE,张三三,,\n";
        let queued = town.ask(&token, Method::POST, "/checks?kind=members&file_name=members.csv", Some(file), &[BINARY]).await;
        assert_eq!(queued.status, StatusCode::ACCEPTED, "{}", queued.body);
        assert!(app::job::run_next(&town.test.app).await.unwrap());
        let check = town.get(&token, "/checks/1").await;
        assert_eq!(check.body["updated"], 3, "{}", check.body);
        town.nobody_alone().await;
        let import = async || town.ask(&token, Method::POST, "/checks/1/import", None, &[]).await;
        let alone = import().await;
        assert_eq!(refused(&alone), (StatusCode::CONFLICT, "APR-428"), "{}", alone.body);
        assert!(alone.body["hint"].as_str().unwrap().contains("/checks/1/import/approvals"), "{}", alone.body);
        let asked = town.post(&token, "/checks/1/import/approvals", r#"{"reason": "更名"}"#).await;
        assert_eq!((asked.status, &asked.body["kind"]), (StatusCode::CREATED, &json!("import")), "{}", asked.body);
        assert_eq!(refused(&import().await), (StatusCode::CONFLICT, "APR-425"));
        // A second city officer: importing is for whoever sees the city.
        let who = ("city-second", "郑二");
        let place = (union::CITY, domain::accounts::Reach::Branch, &[][..]);
        let other = crate::plant::account(&town.test, &town.people, who, domain::accounts::Role::CityOfficer, place).await;
        let second = town.token(&town.test.app.acting(&other, None, None), &[]).await;
        assert_eq!(town.decided(&second, &asked, "approve").await.status, StatusCode::OK);
        let queued = import().await;
        assert_eq!(queued.status, StatusCode::ACCEPTED, "{}", queued.body);
        assert!(app::job::run_next(&town.test.app).await.unwrap());
        let batch = town.get(&token, "/batches").await.body["items"][0]["batch_no"].as_i64().unwrap();
        let undo = format!("/batches/{batch}/undo");
        let alone = town.post(&token, &undo, "{}").await;
        assert_eq!(refused(&alone), (StatusCode::CONFLICT, "APR-428"), "{}", alone.body);
        assert!(alone.body["hint"].as_str().unwrap().contains(&format!("{undo}/approvals")), "{}", alone.body);
        let asked = town.post(&token, &format!("{undo}/approvals"), r#"{"reason": "文件发错"}"#).await;
        assert_eq!((asked.status, &asked.body["kind"]), (StatusCode::CREATED, &json!("undo")), "{}", asked.body);
        assert_eq!(town.decided(&second, &asked, "approve").await.status, StatusCode::OK);
        let undone = town.post(&token, &undo, "{}").await;
        assert_eq!((undone.status, &undone.body["state_label"]), (StatusCode::OK, &json!("已撤销")), "{}", undone.body);
    }

    async fn a_member_asks_to_close_through_a_program_and_the_union_answers(database: Database) {
        let town = Town::on(database).await;
        town.plant().await;
        let op = &town.people.town_officer;
        let token = town.token(op, &[]).await;
        let pass = issue_pass(op, &town.test.app, union::BASE, "M/1").await.unwrap();
        let tail = &NUMBER[NUMBER.len() - 6..];
        let own = |tail: &str| json!({"code": pass.code.as_str(), "tail": tail, "words": "已离开本地"}).to_string();
        assert_eq!(refused(&town.post(&token, "/member-closings", &own("000000")).await), (StatusCode::FORBIDDEN, "MEM-418"));
        let stranger = town.token(&town.people.other_town_officer, &[]).await;
        assert_eq!(refused(&town.post(&stranger, "/member-closings", &own(tail)).await), (StatusCode::FORBIDDEN, "MEM-418"), "out of sight");
        let wrong = town.post(&token, "/member-closings", &own("1")).await;
        assert_eq!((wrong.status, names(&wrong.body)), (StatusCode::BAD_REQUEST, vec!["tail"]));
        let reader = town.token(op, &[TokenScope::MemberRead]).await;
        assert_eq!(refused(&town.post(&reader, "/member-closings", &own(tail)).await), (StatusCode::FORBIDDEN, "API-403"));
        let key = [("idempotency-key", "close-1")];
        let asked = town.ask(&token, Method::POST, "/member-closings", Some(&own(tail)), &key).await;
        assert_eq!((asked.status, &asked.body["due_on"]), (StatusCode::CREATED, &json!("2026-08-18")), "{}", asked.body);
        assert_eq!(town.ask(&token, Method::POST, "/member-closings", Some(&own(tail)), &key).await.body, asked.body, "sent twice, asked once");
        assert_eq!(refused(&town.post(&token, "/member-closings", &own(tail)).await), (StatusCode::CONFLICT, "MEM-428"));

        let path = format!("/member-closings/{}", asked.body["closing_id"].as_str().unwrap());
        assert_eq!(asked.headers[header::LOCATION], format!("/api/v1{path}"));
        let one = town.get(&token, &path).await;
        assert_eq!((&one.body["member_id"], &one.body["days_left"], &one.body["may_answer"]), (&json!("M/1"), &json!(15), &json!(true)), "{}", one.body);
        assert_eq!(town.get(&token, "/member-closings").await.body["total"], 1);
        assert_eq!(town.get(&stranger, &path).await.status, StatusCode::NOT_FOUND);
        let answer = format!("{path}/answer");
        let mute = town.post(&token, &answer, r#"{"answer": "refuse"}"#).await;
        assert_eq!((refused(&mute), names(&mute.body)), ((StatusCode::UNPROCESSABLE_ENTITY, "MEM-427"), vec!["words"]));
        let unsaid = town.post(&token, &answer, r#"{"answer": "grant"}"#).await;
        assert_eq!(unsaid.status, StatusCode::UNPROCESSABLE_ENTITY, "without the day of the decision: {}", unsaid.body);
        assert_eq!(town.get(&token, &path).await.body["state"], "waiting", "nothing was done");
        let done = town.post(&token, &answer, r#"{"answer": "grant", "decided_on": "2026-08-03", "words": "同意"}"#).await;
        assert_eq!((done.status, &done.body["state"], &done.body["days_left"]), (StatusCode::OK, &json!("granted"), &Value::Null), "{}", done.body);
        assert_eq!(refused(&town.post(&token, &answer, r#"{"answer": "refuse", "words": "x"}"#).await), (StatusCode::CONFLICT, "MEM-430"));
        let request = town.get(&token, "/membership-requests").await;
        assert_eq!((&request.body["total"], &request.body["items"][0]["kind"]), (&json!(1), &json!("withdraw")), "{}", request.body);
        assert_eq!(town.get(&token, "/member-closings?answered=true").await.body["total"], 1);
        let auditor = town.token(&town.people.auditor, &[]).await;
        let journal = town.get(&auditor, "/journal?subject=member&limit=200").await.body;
        let asked = journal["items"].as_array().unwrap().iter().find(|row| row.to_string().contains("已离开本地")).unwrap().to_string();
        assert!(asked.contains("会员本人") && asked.contains("令牌 测试"), "{asked}");
        assert!(!journal.to_string().contains(NUMBER) && !journal.to_string().contains(pass.code.as_str()), "{journal}");
    }

    async fn what_is_held_is_kept_and_what_is_due_is_anonymised_with_a_report(database: Database) {
        let town = Town::on(database).await;
        town.plant().await;
        let op = &town.people.town_officer;
        let token = town.token(op, &[]).await;
        let unknown = town.post(&token, "/member-holds", r#"{"member_id": "NOBODY", "reason": "审计"}"#).await;
        assert_eq!(unknown.status, StatusCode::NOT_FOUND, "{}", unknown.body);
        let held = town.post(&token, "/member-holds", r#"{"member_id": "M/1", "reason": "（2026）浙0226民初12号"}"#).await;
        assert_eq!(held.status, StatusCode::CREATED, "{}", held.body);
        assert_eq!(refused(&town.post(&token, "/member-holds", r#"{"member_id": "M/1", "reason": "x"}"#).await), (StatusCode::CONFLICT, "MEM-425"));
        let listed = town.get(&token, "/member-holds").await;
        assert_eq!((&listed.body["total"], &listed.body["items"][0]["hold_id"]), (&json!(1), &held.body["hold_id"]), "{}", listed.body);
        assert!(!listed.body.to_string().contains(MARK));
        let release = format!("/member-holds/{}/release", held.body["hold_id"].as_str().unwrap());
        let stranger = town.token(&town.people.other_town_officer, &[]).await;
        assert_eq!(town.get(&stranger, "/member-holds").await.body["total"], 0);
        assert_eq!(town.ask(&stranger, Method::POST, &release, None, &[]).await.status, StatusCode::NOT_FOUND);
        assert_eq!(town.ask(&token, Method::POST, &release, None, &[]).await.status, StatusCode::OK);
        assert_eq!(refused(&town.ask(&token, Method::POST, &release, None, &[]).await), (StatusCode::NOT_FOUND, "MEM-426"));

        let due = "/memberships-due?until=2015-01-01";
        assert_eq!(town.get(&token, due).await.body["total"], 0);
        let early = town.get(&token, "/memberships-due?until=2026-08-01").await;
        assert_eq!(refused(&early), (StatusCode::UNPROCESSABLE_ENTITY, "MEM-423"), "{}", early.body);
        let form = |seen: i64| json!({"until": "2015-01-01", "seen": seen}).to_string();
        let keeps = town.token(op, &[TokenScope::MemberRead, TokenScope::MemberWrite]).await;
        assert_eq!(refused(&town.post(&keeps, "/memberships-due/anonymise", &form(0)).await), (StatusCode::FORBIDDEN, "API-403"));
        assert_eq!(refused(&town.post(&token, "/memberships-due/anonymise", &form(3)).await), (StatusCode::CONFLICT, "MEM-419"));
        let key = [("idempotency-key", "anon-1")];
        let queued = town.ask(&token, Method::POST, "/memberships-due/anonymise", Some(&form(0)), &key).await;
        assert_eq!(queued.status, StatusCode::ACCEPTED, "{}", queued.body);
        let again = town.ask(&token, Method::POST, "/memberships-due/anonymise", Some(&form(0)), &key).await;
        assert_eq!(again.body, queued.body, "sent twice, queued once");
        assert!(app::job::run_next(&town.test.app).await.unwrap());
        let job = town.get(&token, &format!("/jobs/{}", queued.body["job_id"].as_str().unwrap())).await;
        let report = job.body["result"].as_str().unwrap_or_else(|| panic!("{}", job.body)).to_owned();
        let request = Request::get(&report).header(header::AUTHORIZATION, format!("Bearer {token}"));
        let answer = town.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let bytes = to_bytes(answer.into_body(), 1024 * 1024).await.unwrap();
        assert!(bytes.starts_with(b"PK"), "a workbook");
        let path = report.strip_prefix("/api/v1").unwrap();
        assert_eq!(town.get(&stranger, path).await.status, StatusCode::NOT_FOUND);
        let template = Request::get("/api/v1/dictionary/members/template").header(header::AUTHORIZATION, format!("Bearer {token}"));
        let answer = town.router.clone().oneshot(template.body(Body::empty()).unwrap()).await.unwrap();
        let bytes = to_bytes(answer.into_body(), 1024 * 1024).await.unwrap();
        assert!(bytes.starts_with(b"PK"), "a workbook");
    }

    async fn a_list_that_shrinks_while_it_is_read_leaves_nothing_out(database: Database) {
        let town = Town::on(database).await;
        town.plant().await;
        let chair = town.token(&town.people.union_chair, &[]).await;
        let officer = town.token(&town.people.town_officer, &[]).await;
        let mut asked = Vec::new();
        for nth in 0..4 {
            let path = format!("/unions/{}/members/M%2F{nth}/requests", union::BASE);
            let made = town.post(&chair, &path, r#"{"kind": "retain", "happened_on": "2026-07-01", "reason": "7"}"#).await;
            asked.push(made.body["request_id"].as_str().unwrap().to_owned());
            town.test.clock.advance(std::time::Duration::from_secs(1));
        }
        let mut met = Vec::new();
        let mut path = "/membership-requests?limit=1".to_owned();
        loop {
            let page = town.get(&officer, &path).await;
            let id = page.body["items"][0]["request_id"].as_str().unwrap().to_owned();
            let answered = town.post(&officer, &format!("/membership-requests/{id}/answer"), r#"{"answer": "accept"}"#).await;
            assert_eq!(answered.status, StatusCode::OK, "{}", answered.body);
            met.push(id);
            let Some(cursor) = page.body["next_cursor"].as_str() else { break };
            path = format!("/membership-requests?limit=1&cursor={cursor}");
        }
        assert_eq!(met, asked, "each once, the first asked first");
        let first = town.get(&officer, "/membership-requests?answered=true&limit=3").await;
        assert_eq!((&first.body["total"], &first.body["items"][0]["request_id"]), (&json!(4), &json!(asked[3])), "the last first");
        // Jobs come meanwhile, and none is told twice.
        let city = town.token(&town.people.city_officer, &[]).await;
        for _ in 0..3 {
            town.ask(&city, Method::POST, "/quality/counts", None, &[]).await;
            town.test.clock.advance(std::time::Duration::from_secs(1));
        }
        let first = town.get(&city, "/jobs?limit=2").await.body;
        town.ask(&city, Method::POST, "/quality/counts", None, &[]).await;
        let rest = town.get(&city, &format!("/jobs?limit=2&cursor={}", first["next_cursor"].as_str().unwrap())).await.body;
        assert_eq!((rest["items"].as_array().unwrap().len(), &rest["total"], &rest["next_cursor"]), (1, &json!(4), &Value::Null), "{rest}");
        assert!(!first["items"].to_string().contains(rest["items"][0]["job_id"].as_str().unwrap()));
    }

    async fn a_token_that_reads_stops_nobodys_work(database: Database) {
        let town = Town::on(database).await;
        let city = town.token(&town.people.city_officer, &[]).await;
        let queued = town.ask(&city, Method::POST, "/quality/counts", None, &[]).await;
        let cancel = format!("/jobs/{}/cancel", queued.body["job_id"].as_str().unwrap());
        let key = [("idempotency-key", "stop-1")];
        let reader = town.token(&town.people.city_officer, &[TokenScope::ListRead, TokenScope::RunRead]).await;
        assert_eq!(refused(&town.ask(&reader, Method::POST, &cancel, None, &key).await), (StatusCode::FORBIDDEN, "TOK-403"));
        assert_eq!(town.get(&city, "/jobs").await.body["items"][0]["state"], "queued");
        // What was refused for want of a scope is not the answer to the same request with one.
        let runner = town.token(&town.people.city_officer, &[TokenScope::RunWrite]).await;
        let stopped = town.ask(&runner, Method::POST, &cancel, None, &key).await;
        assert_eq!((stopped.status, &stopped.body["state"]), (StatusCode::OK, &json!("cancelled")), "{}", stopped.body);
    }
}
