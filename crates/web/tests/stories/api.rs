//! The interface for programs: tokens, refusals, pages of lists, changes that are sent twice, and that nothing of a foreign scope is
//! ever answered. Every operation that the document names is walked; a new one fails here until the test is told how to ask for it.

use app::api_token::{TokenForm, make_token};
use app::membership::{ChangeForm, ask_change};
use app::op::OpContext;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use codes::id::UnionOrgId;
use codes::time::Day;
use domain::accounts::{Reach, Role};
use domain::api_token::TokenScope;
use domain::approval::ApprovalKind;
use domain::dictionary::Dictionary;
use domain::intake::Kind;
use domain::list_item::ItemSubject;
use serde_json::{Value, json};
use store::cover::CoverRow;
use store::employer::EmployerRecord;
use store::membership::MemberRow;
use testkit::{People, TestApp, both_engines, member_row, union};
use tower::ServiceExt;
use web::{Web, WebConfig, router};

use self::samples::{There, filled, filled_with};
use crate::plant::{self, TOWN_PATH};

pub mod bad_input;
mod exchange;
mod members;
mod paging;
mod samples;
mod second;
mod unions;

pub(crate) use self::samples::body_of;

const NUMBER: &str = "330226199001011230";
/// Stands in every name that is planted in 西店 and nowhere else.
const MARK: &str = "西店独有";
const ITEM: &str = "QD-330226-2026-000001";

struct Town {
    test: TestApp,
    people: People,
    router: Router,
}

struct Answered {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

impl Town {
    async fn on(database: testkit::Database) -> Town {
        let (test, people, router) = plant::town(database).await;
        Town { test, people, router }
    }

    /// A token with these scopes, or with all that the role may have.
    async fn token(&self, op: &OpContext, scopes: &[TokenScope]) -> String {
        let all: Vec<TokenScope> = TokenScope::ALL
            .into_iter()
            .filter(|scope| scope.is_for(op.role()))
            .collect();
        let scopes = if scopes.is_empty() { &all } else { scopes };
        let form = TokenForm {
            name: "测试".into(),
            scopes: scopes.iter().map(|scope| scope.code().to_owned()).collect(),
            last_day: "2026-12-31".into(),
        };
        make_token(op, &self.test.app, op.actor.id.unwrap(), People::PASSWORD, form)
            .await
            .unwrap()
            .secret
    }

    async fn ask(
        &self,
        token: &str,
        method: Method,
        path: &str,
        body: Option<&str>,
        more: &[(&str, &str)],
    ) -> Answered {
        let mut request = Request::builder().method(method).uri(format!("/api/v1{path}"));
        if !token.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if body.is_some() && !more.iter().any(|(name, _)| *name == "content-type") {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        for (name, value) in more {
            request = request.header(*name, *value);
        }
        let body = body.map_or_else(Body::empty, |text| Body::from(text.to_owned()));
        let response = self
            .router
            .clone()
            .oneshot(request.body(body).unwrap())
            .await
            .unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 16 * 1024 * 1024).await.unwrap();
        let kind = parts
            .headers
            .get(header::CONTENT_TYPE)
            .map_or("", |kind| kind.to_str().unwrap());
        let wanted = if parts.status.is_success() {
            "application/json"
        } else {
            "application/problem+json"
        };
        assert_eq!(kind, wanted, "{path}: {}", String::from_utf8_lossy(&bytes));
        let body: Value = serde_json::from_slice(&bytes).unwrap();
        if !parts.status.is_success() {
            assert_eq!(body["status"], parts.status.as_u16());
            for member in ["type", "title", "detail", "code", "request_id"] {
                assert!(
                    body[member].as_str().is_some_and(|text| !text.is_empty()),
                    "{path}: {member} of {body}"
                );
            }
        }
        Answered {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    async fn get(&self, token: &str, path: &str) -> Answered {
        self.ask(token, Method::GET, path, None, &[]).await
    }

    async fn post(&self, token: &str, path: &str, body: &str) -> Answered {
        self.ask(token, Method::POST, path, Some(body), &[]).await
    }

    /// A member with a request, an account and a job of 西店, under the mark: rows that have a number only once they are there. The
    /// member's key is that of none in the paths.
    async fn there(&self) -> There {
        let app = &self.test.app;
        plant::member(&self.test, "M-ASKED").await;
        let form = ChangeForm {
            kind: "retain".into(),
            happened_on: "2026-07-20".into(),
            reason: "7".into(),
            words: format!("{MARK}说明"),
            ..ChangeForm::default()
        };
        let request = ask_change(&self.people.union_chair, app, union::BASE, "M-ASKED", &form)
            .await
            .unwrap();
        let name = format!("{MARK}某");
        let who = ("of-xidian", name.as_str());
        let account = plant::account(
            &self.test,
            &self.people,
            who,
            Role::TownOfficer,
            (union::TOWN, Reach::Branch, &[]),
        )
        .await;
        let op = app.acting(&account, None, None);
        app.jobs.register("nothing", |_| async { Ok(Value::Null) });
        let title = format!("{MARK}任务");
        let job = app::job::enqueue(&op, app, "nothing", &title, json!({}))
            .await
            .unwrap();
        let zone = app::zone::ZoneForm {
            name: format!("{MARK}片区"),
            worker: String::new(),
        };
        let zone = app::zone::make_zone(&op, app, union::TOWN, &zone).await.unwrap();
        let (member_id, reason) = ("M-ASKED", format!("{MARK}案号"));
        let hold = app::membership::hold(&op, app, member_id, &reason).await.unwrap();
        let mut tx = app.store.begin().await.unwrap();
        let member = tx.member_row(member_id).await.unwrap().unwrap();
        let closing = UnionOrgId::mint(&*app.ids, app.now()).uuid();
        let (words, now, due) = (format!("{MARK}注销"), app.now().millis(), op.today().naive());
        tx.add_member_closing(
            closing,
            member.id,
            member_id,
            member.union_org_id,
            &words,
            now,
            due,
        )
        .await
        .unwrap();
        let cover = CoverRow {
            cover_key: format!("{}|{MARK}厂/1", union::BASE),
            union_id: union::BASE.into(),
            employer_code: None,
            employer_name: Some(format!("{MARK}厂/1")),
            cover_from: None,
            cover_to: None,
            row_hash: 0,
            batch_no: None,
        };
        tx.upsert_covers([cover.clone()]).await.unwrap();
        tx.commit().await.unwrap();
        let wanted = app::approval::Wanted {
            kind: ApprovalKind::UnionChange,
            title: format!("{MARK}变更"),
            details: Vec::new(),
            arguments: json!(MARK),
        };
        let approval = app::approval::ask(&op, app, &wanted, "/", "区划调整")
            .await
            .unwrap();
        There {
            request: request.to_string(),
            account: account.id.to_string(),
            job: job.to_string(),
            hold: hold.to_string(),
            closing: closing.to_string(),
            cover: plant::encoded(&cover.cover_key),
            approval: approval.id.to_string(),
            zone: zone.to_string(),
        }
    }

    /// Members, an employer and an item in 西店, and a count of faults.
    async fn plant(&self) {
        let app = &self.test.app;
        let mut tx = app.store.begin().await.unwrap();
        let home = tx.union_row(union::BASE).await.unwrap().unwrap();
        let members = (0..5).map(|nth| {
            let who = (format!("M/{nth}"), format!("{MARK}{nth}"));
            MemberRow {
                joined_on: Day::new(2020, 1, 2).map(Day::naive),
                extra: Some(
                    json!({"sex": "男", "education": "本科", "birth_date": "1990-01-01"}).to_string(),
                ),
                ..member_row(app, home.id, (&who.0, &who.1), Some(NUMBER))
            }
        });
        tx.upsert_members(members.collect::<Vec<_>>()).await.unwrap();
        tx.recount_members().await.unwrap();
        let firm = format!("{MARK}电器有限公司");
        let employer = EmployerRecord {
            uscc: Some("91330226MA2TENGX30".into()),
            legal_rep: Some("邵建国".into()),
            ..plant::employer_card("E9", &firm, TOWN_PATH)
        };
        tx.upsert_employers([employer]).await.unwrap();
        let item = plant::item_record(app, ITEM, (ItemSubject::Enterprise, "E9", &firm), TOWN_PATH);
        plant::raise(&mut tx, item, plant::no_rows()).await;
        tx.commit().await.unwrap();
        let quiet = app::progress::unwatched();
        app::quality::count(&self.test.system(), app, &quiet)
            .await
            .unwrap();
    }
}

fn refused(answer: &Answered) -> (StatusCode, &str) {
    (answer.status, answer.body["code"].as_str().unwrap_or_default())
}

fn names(body: &Value) -> Vec<&str> {
    body["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| field["name"].as_str().unwrap())
        .collect()
}

both_engines! {
    async fn nothing_of_a_foreign_scope_is_answered(database: Database) {
        let town = Town::on(database).await;
        let mut strangers = vec![
            ("other_town_officer", town.people.other_town_officer.clone()),
            ("other_field_worker", town.people.other_field_worker.clone()),
            ("other_county_officer", town.people.other_county_officer.clone()),
        ];
        // And of every other kind of reach.
        for (login, role, at, kind, unions) in plant::STRANGERS {
            let account = plant::account(&town.test, &town.people, (login, login), role, (at, kind, unions)).await;
            strangers.push((login, town.test.app.acting(&account, None, None)));
        }
        // A role for which there is no scope has no token, and so nothing of this.
        strangers.retain(|(_, op)| TokenScope::ALL.into_iter().any(|scope| scope.is_for(op.role())));
        assert!(strangers.len() >= 8, "{strangers:?}");
        let mut tokens = vec![town.token(&town.people.city_officer, &[]).await];
        for (_, op) in &strangers {
            tokens.push(town.token(op, &[]).await);
        }
        let there = town.there().await;
        // What everybody may read, and what reads the journal of one's own looks.
        let reads: Vec<web::api::Endpoint> =
            // A template is the same for everybody, and no JSON.
            web::api::endpoints().into_iter().filter(|one| one.method == Method::GET && one.id != "getTemplate").collect();
        let address = |endpoint: &web::api::Endpoint| {
            let required = endpoint.query.iter().filter(|param| param.is_required);
            let query: Vec<String> = required.map(|param| match param.name {
                "parent" => "parent=330226".to_owned(),
                "outcome" => "outcome=rejected".to_owned(),
                other => panic!("this test does not know what {other} should be"),
            }).collect();
            let sign = if query.is_empty() { "" } else { "?" };
            format!("{}{sign}{}", filled_with(endpoint.path, Some(&there)), query.join("&"))
        };
        let total = |answer: &Answered| answer.body["total"].as_i64();
        // Planting counts the register: whoever has a union is ranked from then on.
        let quiet = app::progress::unwatched();
        app::quality::count(&town.test.system(), &town.test.app, &quiet).await.unwrap();
        let mut before = Vec::new();
        for endpoint in &reads {
            for token in &tokens {
                before.push(total(&town.get(token, &address(endpoint)).await));
            }
        }
        town.plant().await;
        let mut before = before.into_iter();
        let mut seen_by_city = 0;
        for endpoint in &reads {
            let path = address(endpoint);
            for (nth, token) in tokens.iter().enumerate() {
                let answer = town.get(token, &path).await;
                let text = answer.body.to_string();
                let was = before.next().unwrap();
                if nth == 0 {
                    seen_by_city += i64::from(text.contains(MARK) || total(&answer) > was);
                    continue;
                }
                let who = strangers[nth - 1].0;
                assert!(!text.contains(MARK) && !text.contains(NUMBER), "{who} {path}: {text}");
                if endpoint.path != "/journal" {
                    assert_eq!(total(&answer), was, "{who} {path}: counts leak");
                }
                let is_of_the_town = [
                    "{union_id}", "{item_no}", "{enterprise_id}", "{member_id}", "{request_id}", "{account_id}", "{job_id}", "{closing_id}",
                    "{approval_id}",
                ].iter().any(|name| endpoint.path.contains(name));
                if is_of_the_town {
                    let refused = [StatusCode::NOT_FOUND, StatusCode::FORBIDDEN];
                    assert!(refused.contains(&answer.status), "{who} {path}: {text}");
                }
            }
        }
        assert!(seen_by_city >= 6, "the city officer sees what strangers do not: {seen_by_city}");
        for endpoint in web::api::endpoints().into_iter().filter(|endpoint| endpoint.method != Method::GET) {
            // For a whole city's officers alone.
            let Some(body) = body_of(endpoint.id) else { continue };
            for token in &tokens[1..] {
                let body = (!matches!(endpoint.body, web::api::Body::None)).then(|| body.to_string());
                let answer = town.ask(token, endpoint.method.clone(), &filled_with(endpoint.path, Some(&there)), body.as_deref(), &[]).await;
                let text = answer.body.to_string();
                assert!(!text.contains(MARK), "{}: {text}", endpoint.id);
                match endpoint.id {
                    "findMembers" | "searchMembers" if answer.status == StatusCode::OK => assert_eq!(answer.body["items"], json!([])),
                    // Of one's own: an export of one's own scope, a view of one's own account.
                    "startExport" | "askExportApproval" | "askAnonymiseApproval" | "saveView" => {}
                    _ => assert!(answer.status.is_client_error(), "{}: {text}", endpoint.id),
                }
            }
        }
    }

    async fn every_refusal_is_a_problem_that_says_what_is_wrong(database: Database) {
        let town = Town::on(database).await;
        town.plant().await;
        let token = town.token(&town.people.town_officer, &[]).await;
        for endpoint in web::api::endpoints() {
            let body = (endpoint.method != Method::GET).then_some("{}");
            let path = filled(endpoint.path);
            let known = if endpoint.is_public { StatusCode::OK } else { StatusCode::UNAUTHORIZED };
            for nobody in ["", "gonghui_0", "x"] {
                assert_eq!(town.ask(nobody, endpoint.method.clone(), &path, body, &[]).await.status, known, "{path}");
            }
            let other = town.ask(&token, Method::PUT, &path, body, &[]).await;
            assert_eq!(other.status, StatusCode::METHOD_NOT_ALLOWED);
            assert!(other.headers.contains_key(header::ALLOW), "{path}");
            let picky = town.ask(&token, endpoint.method.clone(), &path, body, &[("accept", "text/html")]).await;
            assert!([StatusCode::NOT_ACCEPTABLE, StatusCode::FORBIDDEN].contains(&picky.status), "{path}");
            let unknown = town.ask(&token, endpoint.method.clone(), &format!("{path}?colour=red"), body, &[]).await;
            assert!(unknown.status == StatusCode::FORBIDDEN || unknown.status == StatusCode::UNSUPPORTED_MEDIA_TYPE
                || names(&unknown.body).contains(&"colour"), "{path}: {}", unknown.body);
        }
        let narrow = town.token(&town.people.town_officer, &[TokenScope::UnionRead]).await;
        let refused = town.get(&narrow, "/list-items").await;
        assert_eq!((refused.status, &refused.body["code"]), (StatusCode::FORBIDDEN, &json!("API-403")));
        assert_eq!(town.get(&token, "/nowhere").await.status, StatusCode::NOT_FOUND);

        let wrong = town.get(&token, "/unions?limit=0&county=x&q=&town=1&limit=3").await;
        assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
        assert_eq!(names(&wrong.body), ["limit", "county", "q", "town", "limit"]);
        let steps = format!("/list-items/{ITEM}/steps");
        let text = town.ask(&token, Method::POST, &steps, Some("step=accept"), &[("content-type", "text/plain")]).await;
        assert_eq!(text.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        let large = format!("{{\"words\": \"{}\"}}", "长".repeat(30_000));
        assert_eq!(town.post(&token, &steps, &large).await.status, StatusCode::PAYLOAD_TOO_LARGE);
        let wrong = town.post(&token, &steps, r#"{"step": "fly", "is_open": false, "words": 3}"#).await;
        assert_eq!((wrong.status, names(&wrong.body)), (StatusCode::BAD_REQUEST, vec!["step", "is_open", "words"]));
        let wrong = town.post(&token, &steps, r#"{"step": "refute"}"#).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", wrong.body);
        let number = town.get(&token, &format!("/unions/{}/members?name={NUMBER}", union::BASE)).await;
        assert_eq!(number.status, StatusCode::BAD_REQUEST);
        assert!(!number.body.to_string().contains(NUMBER));
    }

    async fn lists_are_read_page_by_page_without_a_gap(database: Database) {
        let town = Town::on(database).await;
        town.plant().await;
        let token = town.token(&town.people.town_officer, &[]).await;
        let list = format!("/unions/{}/members?limit=2", union::BASE);
        let mut seen = Vec::new();
        let mut path = list.clone();
        loop {
            let page = town.get(&token, &path).await;
            assert_eq!(page.body["total"], 5, "{}", page.body);
            for row in page.body["items"].as_array().unwrap() {
                seen.push(row["member_id"].as_str().unwrap().to_owned());
                assert!(!row["name"].as_str().unwrap().contains(MARK), "names are masked");
            }
            let Some(cursor) = page.body["next_cursor"].as_str() else { break };
            path = format!("{list}&cursor={cursor}");
        }
        assert_eq!(seen, ["M/0", "M/1", "M/2", "M/3", "M/4"]);
        for foreign in [
            path.replace("/members?", "/children?"),
            path.replace("?limit", "?name=a&limit"),
            format!("{list}&cursor=00"),
            format!("{list}&cursor=%E9%84%9E"),
        ] {
            let refused = town.get(&token, &foreign).await;
            assert_eq!((refused.status, names(&refused.body)), (StatusCode::UNPROCESSABLE_ENTITY, vec!["cursor"]));
        }
        let city = town.token(&town.people.city_officer, &[]).await;
        assert_eq!(town.get(&city, &path).await.status, StatusCode::UNPROCESSABLE_ENTITY, "another account's");
        let unions = town.get(&city, "/unions?limit=200").await;
        assert_eq!(unions.body["total"], 6);
        let below = town.get(&city, &format!("/unions/{}/children", union::COUNTY)).await;
        let below: Vec<&str> = below.body["items"].as_array().unwrap().iter().map(|row| row["union_id"].as_str().unwrap()).collect();
        assert_eq!(below, [union::OTHER_TOWN, union::TOWN]);
    }

    async fn lists_are_sorted_by_what_is_not_masked_and_read_page_by_page(database: Database) {
        let town = Town::on(database).await;
        town.plant().await;
        let token = town.token(&town.people.city_officer, &[]).await;
        let list = "/unions?sort=members&descending=true&limit=4";
        let first = town.get(&token, list).await;
        assert_eq!((first.body["total"].as_i64(), &first.body["items"][0]["union_id"]), (Some(6), &json!(union::BASE)));
        let cursor = first.body["next_cursor"].as_str().unwrap().to_owned();
        let second = town.get(&token, &format!("{list}&cursor={cursor}")).await;
        assert_eq!(second.body["items"].as_array().unwrap().len(), 2);
        assert_eq!(second.body["next_cursor"], Value::Null);
        let smaller = town.get(&token, &format!("/unions?sort=members&descending=true&limit=1&cursor={cursor}")).await;
        assert_eq!(smaller.body["items"][0], second.body["items"][0], "a part may be of another size");
        for foreign in [
            format!("/unions?sort=founded&descending=true&limit=4&cursor={cursor}"),
            format!("/unions?sort=members&limit=4&cursor={cursor}"),
            format!("/unions?cursor={cursor}"),
        ] {
            assert_eq!(town.get(&token, &foreign).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{foreign}");
        }
        let wrong = town.get(&token, "/unions?sort=phone").await;
        assert_eq!((wrong.status, names(&wrong.body)), (StatusCode::BAD_REQUEST, vec!["sort"]));
        assert_eq!(town.get(&token, "/list-items?sort=due").await.body["items"][0]["item_no"], ITEM);
        assert_eq!(town.get(&token, "/employers?sort=insured&descending=true").await.body["items"][0]["enterprise_id"], "E9");
        // Nothing that a list is sorted by is somebody's own.
        for endpoint in web::api::endpoints() {
            for sort in endpoint.query.iter().filter(|param| param.name == "sort") {
                for kind in [Kind::Members, Kind::Unions] {
                    let personal = Dictionary::shipped().of(kind).iter().filter(|element| element.sensitivity.is_personal());
                    for element in personal.filter(|element| element.name != "name") {
                        assert!(sort.shape.read(&element.name).is_err(), "{} sorts by {}", endpoint.id, element.name);
                    }
                }
            }
        }
    }

    async fn a_union_is_changed_after_its_effects_were_seen(database: Database) {
        let town = Town::on(database).await;
        town.plant().await;
        let token = town.token(&town.people.county_officer, &[]).await;
        let change = format!("/unions/{}/changes/move", union::BASE);
        let form = |seen: &Value| json!({"other": union::OTHER_TOWN, "reason": "区划调整", "seen": seen}).to_string();
        let asked = json!({"other": union::OTHER_TOWN, "reason": "区划调整"}).to_string();
        let seen = town.post(&token, &format!("{change}/preview"), &asked).await;
        assert_eq!(seen.status, StatusCode::OK, "{}", seen.body);
        assert!(!seen.body["effects"].as_array().unwrap().is_empty());
        let blind = town.post(&token, &change, &form(&json!("x"))).await;
        assert_eq!((blind.status, &blind.body["code"]), (StatusCode::CONFLICT, &json!("UNI-412")));
        let key = [("idempotency-key", "move-1")];
        let done = town.ask(&token, Method::POST, &change, Some(&form(&seen.body["seen"])), &key).await;
        assert_eq!(done.status, StatusCode::OK, "{}", done.body);
        let again = town.ask(&token, Method::POST, &change, Some(&form(&seen.body["seen"])), &key).await;
        assert_eq!((again.status, &again.body), (StatusCode::OK, &done.body), "sent again, done once");
        let moved = town.get(&token, &format!("/unions/{}", union::BASE)).await;
        assert_eq!(moved.body["elements"]["parent_id"], union::OTHER_TOWN);
        let read_only = town.token(&town.people.county_officer, &[TokenScope::UnionRead]).await;
        assert_eq!(town.post(&read_only, &format!("{change}/preview"), &asked).await.status, StatusCode::FORBIDDEN);
    }

    async fn a_membership_is_asked_for_and_answered(database: Database) {
        let town = Town::on(database).await;
        town.plant().await;
        let chair = town.token(&town.people.union_chair, &[]).await;
        let officer = town.token(&town.people.town_officer, &[]).await;
        let ask = format!("/unions/{}/members/M%2F1/requests", union::BASE);
        let wrong = town.post(&chair, &ask, r#"{"kind": "retain", "happened_on": "2019-01-01", "reason": "7"}"#).await;
        assert_eq!((wrong.status, names(&wrong.body)), (StatusCode::UNPROCESSABLE_ENTITY, vec!["happened_on"]), "{}", wrong.body);
        let made = town.post(&chair, &ask, r#"{"kind": "retain", "happened_on": "2026-07-01", "reason": "7"}"#).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        let id = made.body["request_id"].as_str().unwrap().to_owned();
        assert_eq!(made.headers[header::LOCATION], format!("/api/v1/membership-requests/{id}"));
        let listed = town.get(&officer, "/membership-requests").await;
        assert_eq!((listed.body["total"].as_i64(), &listed.body["items"][0]["request_id"]), (Some(1), &json!(id)));
        assert!(!listed.body.to_string().contains(MARK), "names are masked");
        assert_eq!(town.get(&chair, &format!("/membership-requests/{id}")).await.body["may_answer"], false);
        let path = format!("/membership-requests/{id}/answer");
        let not_theirs = town.post(&chair, &path, r#"{"answer": "accept"}"#).await;
        assert_eq!(not_theirs.status, StatusCode::FORBIDDEN, "{}", not_theirs.body);
        let stranger = town.token(&town.people.other_town_officer, &[]).await;
        assert_eq!(town.post(&stranger, &path, r#"{"answer": "accept"}"#).await.status, StatusCode::NOT_FOUND);
        let answered = town.post(&officer, &path, r#"{"answer": "accept"}"#).await;
        assert_eq!(answered.status, StatusCode::OK, "{}", answered.body);
        assert_eq!(town.post(&officer, &path, r#"{"answer": "accept"}"#).await.status, StatusCode::CONFLICT);
        assert_eq!(town.get(&officer, "/membership-requests?answered=true").await.body["total"], 1);
    }

    async fn accounts_views_jobs_and_faults_are_read(database: Database) {
        let town = Town::on(database).await;
        town.plant().await;
        let token = town.token(&town.people.town_officer, &[]).await;
        let accounts = town.get(&token, "/accounts").await;
        let logins: Vec<&str> = accounts.body["items"].as_array().unwrap().iter().map(|one| one["login"].as_str().unwrap()).collect();
        assert_eq!(logins, ["field-worker", "town-officer", "union-chair"]);
        let id = accounts.body["items"][0]["account_id"].as_str().unwrap();
        let one = town.get(&token, &format!("/accounts/{id}")).await;
        assert_eq!((&one.body["account"]["reach"], &one.body["unions"]), (&json!("branch"), &json!([])));
        let other = town.people.other_field_worker.actor.id.unwrap();
        assert_eq!(town.get(&token, &format!("/accounts/{other}")).await.status, StatusCode::NOT_FOUND);
        let params = app::list_item::ListParams::default();
        app::saved_view::save_view(&town.people.town_officer, &town.test.app, "我的", &params).await.unwrap();
        let views = town.get(&token, "/saved-views").await;
        assert_eq!((&views.body["items"][0]["name"], views.body["items"][0]["count"].as_i64()), (&json!("我的"), Some(1)));
        assert_eq!(town.get(&token, "/jobs").await.body["total"], 0);
        let faulty = town.get(&token, "/quality/members.number.repeated/unions").await;
        assert_eq!(faulty.body["items"][0]["union_id"], union::BASE, "{}", faulty.body);
        let members = town.get(&token, &format!("/unions/{}/faults/members.number.repeated", union::BASE)).await;
        assert_eq!((members.body["total"].as_i64(), &members.body["items"][4]["member_id"]), (Some(5), &json!("M/4")), "{}", members.body);
        let path = format!("/unions/{}/faults/members.number.repeated?limit=3", union::BASE);
        let cursor = town.get(&token, &path).await.body["next_cursor"].as_str().unwrap().to_owned();
        let rest = town.get(&token, &format!("{path}&cursor={cursor}")).await;
        assert_eq!((rest.body["items"].as_array().unwrap().len(), &rest.body["next_cursor"]), (2, &Value::Null), "{}", rest.body);
        assert_eq!(town.get(&token, "/quality/no-such/unions").await.status, StatusCode::NOT_FOUND);
    }

    async fn who_looks_at_a_member_through_the_interface_is_journalled(database: Database) {
        let town = Town::on(database).await;
        town.plant().await;
        let token = town.token(&town.people.town_officer, &[]).await;
        let card = town.get(&token, &format!("/unions/{}/members/M%2F1", union::BASE)).await;
        assert_eq!(card.status, StatusCode::OK, "{}", card.body);
        let elements = &card.body["elements"];
        assert_eq!((&elements["sex"], &elements["education"]), (&json!("男"), &json!("本科")));
        let text = card.body.to_string();
        assert!(!text.contains(NUMBER) && !text.contains("1990-01-01") && !text.contains(MARK), "{text}");
        let found = town.post(&token, "/members/find", &format!("{{\"number\": \"{NUMBER}\"}}")).await;
        assert_eq!(found.body["items"].as_array().unwrap().len(), 5, "{}", found.body);
        let auditor = town.token(&town.people.auditor, &[]).await;
        let journal = town.get(&auditor, "/journal?subject=member").await;
        assert_eq!(journal.body["total"], 6, "{}", journal.body);
        assert!(journal.body["items"][0]["request_id"].as_str().unwrap().contains("令牌 测试"));
        assert!(!journal.body.to_string().contains(NUMBER));
    }

    async fn a_step_sent_twice_is_taken_once_and_a_stale_one_is_refused(database: Database) {
        let town = Town::on(database).await;
        town.plant().await;
        let officer = town.token(&town.people.town_officer, &[]).await;
        let worker = town.token(&town.people.field_worker, &[]).await;
        let (item, steps) = (format!("/list-items/{ITEM}"), format!("/list-items/{ITEM}/steps"));
        let first = town.get(&officer, &item).await;
        let etag = first.headers[header::ETAG].to_str().unwrap().to_owned();
        assert_eq!(etag, format!("\"{}\"", first.body["version"]));
        let assign = r#"{"step": "assign", "owner": "field-worker"}"#;
        let key = [("idempotency-key", "k-1"), ("if-match", etag.as_str())];
        let done = town.ask(&officer, Method::POST, &steps, Some(assign), &key).await;
        assert_eq!((done.status, &done.body["state"]), (StatusCode::OK, &json!("assigned")), "{}", done.body);
        let again = town.ask(&officer, Method::POST, &steps, Some(assign), &key).await;
        assert_eq!((again.status, &again.body), (StatusCode::OK, &done.body));
        assert_eq!(again.headers["idempotent-replayed"], "true");
        let version = town.get(&officer, &item).await.body["version"].clone();
        assert_eq!(version.as_i64().unwrap(), first.body["version"].as_i64().unwrap() + 1, "taken once");
        let other = town.ask(&officer, Method::POST, &steps, Some(r#"{"step": "read"}"#), &key).await;
        assert_eq!((other.status, &other.body["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("API-422")));

        let stale = [("if-match", etag.as_str())];
        let refused = town.ask(&worker, Method::POST, &steps, Some(r#"{"step": "start_verifying"}"#), &stale).await;
        assert_eq!((refused.status, &refused.body["code"]), (StatusCode::PRECONDITION_FAILED, &json!("LIST-410")));
        let started = town.post(&worker, &steps, r#"{"step": "start_verifying"}"#).await;
        assert_eq!(started.status, StatusCode::OK, "{}", started.body);
        let twice = town.post(&worker, &steps, r#"{"step": "accept"}"#).await;
        assert_eq!(twice.status, StatusCode::CONFLICT, "{}", twice.body);
        let confirmed = town.post(&worker, &steps, r#"{"step": "confirm", "words": "31 人在岗"}"#).await;
        assert_eq!(confirmed.status, StatusCode::OK, "{}", confirmed.body);
        let detail = town.get(&worker, &item).await;
        assert!(detail.body["history"].to_string().contains("31 人在岗"), "{}", detail.body);
    }

    async fn the_document_says_what_the_dictionary_says(database: Database) {
        let town = Town::on(database).await;
        let document = town.get("", "/openapi.json").await.body;
        assert_eq!(document["openapi"], "3.1.0");
        for (kind, name) in [(Kind::Unions, "UnionElements"), (Kind::Members, "MemberElements")] {
            let properties = document["components"]["schemas"][name]["properties"].as_object().unwrap();
            let elements = Dictionary::shipped().of(kind);
            assert_eq!(properties.len(), elements.len());
            for element in elements {
                let property = &properties[&element.name];
                assert_eq!((&property["title"], &property["x-title-en"]), (&json!(element.zh), &json!(element.en)));
                assert_eq!(property["x-sensitivity"], element.sensitivity.label());
                if let (Some(list), Some(names)) = (Dictionary::shipped().list_of(element), property["enum"].as_array()) {
                    for code in list.current() {
                        assert!(names.contains(&json!(code.label)), "{}: {}", element.name, code.label);
                    }
                }
            }
        }
        let ids: Vec<&str> = document["paths"].as_object().unwrap().values()
            .flat_map(|methods| methods.as_object().unwrap().values())
            .map(|operation| operation["operationId"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), web::api::endpoints().len());
    }
}

#[tokio::test]
async fn a_file_is_imported_as_a_job() {
    let town = Town::on(testkit::databases::sqlite().await).await;
    let token = town.token(&town.people.city_officer, &[]).await;
    let path = "/imports?kind=unions&file_name=%E5%B7%A5%E4%BC%9A.csv";
    let file = "union_id,union_name,parent_id\nX1,宁海县丙丁电器有限公司工会,T-TOWN\n";
    let more = [
        ("content-type", "application/octet-stream"),
        ("idempotency-key", "f-1"),
    ];
    let queued = town.ask(&token, Method::POST, path, Some(file), &more).await;
    assert_eq!(queued.status, StatusCode::ACCEPTED, "{}", queued.body);
    let again = town.ask(&token, Method::POST, path, Some(file), &more).await;
    assert_eq!(again.body, queued.body, "sent again, queued once");
    let other = town
        .ask(&token, Method::POST, path, Some("union_id\n"), &more)
        .await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
    let left = std::fs::read_dir(town.test.dir.path().join("uploads"))
        .unwrap()
        .count();
    assert_eq!(left, 1, "what was not queued is not kept");
    let job = format!("/jobs/{}", queued.body["job_id"].as_str().unwrap());
    assert_eq!(queued.headers[header::LOCATION], format!("/api/v1{job}"));
    assert_eq!(town.get(&token, &job).await.body["state"], "queued");
    assert!(app::job::run_next(&town.test.app).await.unwrap());
    let done = town.get(&token, &job).await.body;
    assert_eq!(done["state"], "done", "{done}");
    assert_eq!(town.get(&token, "/batches").await.body["items"][0]["created"], 1);
    let union = town.get(&token, "/unions/X1").await;
    assert_eq!(union.body["elements"]["union_name"], "宁海县丙丁电器有限公司工会");
    let stranger = town.token(&town.people.other_town_officer, &[]).await;
    assert_eq!(town.get(&stranger, &job).await.status, StatusCode::NOT_FOUND);
    let wrong = town
        .ask(
            &token,
            Method::POST,
            "/imports?kind=unions&file_name=virus.exe",
            Some("x"),
            &more[..1],
        )
        .await;
    assert_eq!(
        (wrong.status, names(&wrong.body)),
        (StatusCode::BAD_REQUEST, vec!["file_name"])
    );
}

#[tokio::test]
async fn a_program_that_comes_too_often_is_told_when_to_come_again() {
    let test = TestApp::sqlite().await;
    let people = People::of(&test).await;
    let config = WebConfig {
        api_per_minute: Some(2),
        ..WebConfig::default()
    };
    let router = router(Web::new(test.app.clone(), config));
    let town = Town { test, people, router };
    let token = town.token(&town.people.town_officer, &[]).await;
    for _ in 0..2 {
        assert_eq!(town.get(&token, "/me").await.status, StatusCode::OK);
    }
    let refused = town.get(&token, "/me").await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.headers.contains_key(header::RETRY_AFTER));
    town.test.clock.advance(std::time::Duration::from_secs(60));
    assert_eq!(town.get(&token, "/me").await.status, StatusCode::OK);
}
