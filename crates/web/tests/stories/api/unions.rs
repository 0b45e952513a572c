//! What a union's own pages do, done by a program: registered data, committees, legal personality, names, the tree of today and of a day.

use axum::http::{Method, StatusCode, header};
use codes::id::UnionOrgId;
use domain::accounts::{Reach, Role};
use domain::api_token::TokenScope;
use domain::scope::UnionPath;
use serde_json::{Value, json};
use store::union_org::UnionRow;
use testkit::{both_engines, union};

use super::{Town, names, refused};

both_engines! {
    async fn a_program_changes_what_is_registered_of_a_union_as_it_has_seen_it(database: Database) {
        let town = Town::on(database).await;
        let token = town.token(&town.people.town_officer, &[]).await;
        let path = format!("/unions/{}", union::BASE);
        let seen = town.get(&token, &path).await;
        let etag = seen.headers[header::ETAG].to_str().unwrap().to_owned();
        assert_eq!(seen.body["elements"]["org_form"], Value::Null);
        let edit = async |body: Value, more: &[(&str, &str)]| {
            town.ask(&token, Method::PATCH, &path, Some(&body.to_string()), more).await
        };
        let change = json!({"org_form": "工会委员会", "employee_count": 31, "lon": 121.5, "reason": "电话核实", "document_no": "西工〔2026〕9号"});
        let key = [("if-match", etag.as_str()), ("idempotency-key", "edit-1")];
        let done = edit(change.clone(), &key).await;
        assert_eq!(done.status, StatusCode::OK, "{}", done.body);
        let elements = &done.body["elements"];
        assert_eq!((&elements["org_form"], &elements["employee_count"], &elements["lon"]), (&json!("工会委员会"), &json!(31), &json!(121.5)));
        let now = town.get(&token, &path).await;
        assert_eq!((&now.body, &now.headers[header::ETAG]), (&done.body, &done.headers[header::ETAG]));
        assert_ne!(now.headers[header::ETAG].to_str().unwrap(), etag, "another version");
        let again = edit(change, &key).await;
        assert_eq!((&again.body, again.headers["idempotent-replayed"].as_bytes()), (&done.body, &b"true"[..]));

        // Who has seen it before is told so and changes nothing.
        let stale = edit(json!({"employee_count": 7, "reason": "x"}), &[("if-match", etag.as_str())]).await;
        assert_eq!(refused(&stale), (StatusCode::PRECONDITION_FAILED, "UNI-413"), "{}", stale.body);
        assert_eq!(town.get(&token, &path).await.body["elements"]["employee_count"], 31);
        // null clears, what is not named stays.
        let cleared = edit(json!({"employee_count": null, "reason": "人数不详"}), &[]).await;
        assert_eq!((&cleared.body["elements"]["employee_count"], &cleared.body["elements"]["org_form"]), (&Value::Null, &json!("工会委员会")));
        // Not as the document says, and as it says but not to be had.
        let wrong = edit(json!({"employee_count": "很多", "org_form": "别的", "union_name": null, "chair": "王芳"}), &[]).await;
        assert_eq!((wrong.status, names(&wrong.body)), (StatusCode::BAD_REQUEST, vec!["employee_count", "org_form", "union_name", "chair", "reason"]));
        // An element that is the county's to change: said which, and nothing of the rest is written either.
        let coded = json!({"union_code": "91330226MA2T0TE13C", "address": "西店镇滨海路 9 号", "reason": "x"});
        let theirs = edit(coded.clone(), &[]).await;
        assert_eq!((refused(&theirs), names(&theirs.body)), ((StatusCode::FORBIDDEN, "ELM-403"), vec!["union_code"]), "{}", theirs.body);
        assert!(theirs.body["fields"][0]["detail"].as_str().unwrap().contains("区县干部"), "who may is said: {}", theirs.body);
        assert_ne!(town.get(&token, &path).await.body["elements"]["address"], "西店镇滨海路 9 号");
        let county = town.token(&town.people.county_officer, &[]).await;
        let wrong = town.ask(&county, Method::PATCH, &path, Some(&coded.to_string()), &[]).await;
        assert_eq!((refused(&wrong), names(&wrong.body)), ((StatusCode::UNPROCESSABLE_ENTITY, "UNI-425"), vec!["union_code"]), "{}", wrong.body);
        let same = edit(json!({"org_form": "工会委员会", "reason": "x"}), &[]).await;
        assert_eq!(refused(&same), (StatusCode::UNPROCESSABLE_ENTITY, "UNI-425"));
        let narrow = town.token(&town.people.town_officer, &[TokenScope::UnionRead]).await;
        let refusal = town.ask(&narrow, Method::PATCH, &path, Some(r#"{"reason": "x"}"#), &[]).await;
        assert_eq!(refused(&refusal), (StatusCode::FORBIDDEN, "API-403"));
    }

    async fn a_program_registers_a_term_and_who_enters_and_leaves(database: Database) {
        let town = Town::on(database).await;
        let token = town.token(&town.people.town_officer, &[]).await;
        let at = |rest: &str| format!("/unions/{}/{rest}", union::BASE);
        let term = json!({"term_no": 2, "started_on": "2026-08-01", "term_years": "3", "chair": "邵国海", "vices": ["葛秀英"],
            "members": ["阿依古丽·买买提", "鲍建军"], "is_chair_full_time": true});
        let done = town.post(&token, &at("terms"), &term.to_string()).await;
        assert_eq!((done.status, &done.body["term_end"]), (StatusCode::OK, &json!("2029-08-01")), "{}", done.body);
        let twice = town.post(&token, &at("terms"), &term.to_string()).await;
        assert_eq!((twice.status, names(&twice.body)), (StatusCode::UNPROCESSABLE_ENTITY, vec!["started_on"]));
        let sat = town.get(&token, &at("committees")).await;
        let officers = sat.body["officers"].as_array().unwrap();
        assert_eq!((officers.len(), &officers[0]["post_label"], &officers[0]["is_full_time"]), (4, &json!("主席"), &json!(true)));
        assert!(!sat.body.to_string().contains("邵国海"), "names are masked: {}", sat.body);

        let second = json!({"body": "committee", "post": "chair", "name": "王芳", "day": "2026-08-02"}).to_string();
        assert_eq!(refused(&town.post(&token, &at("officers"), &second).await), (StatusCode::CONFLICT, "UNI-409"));
        let end = at(&format!("officers/{}/end", officers[0]["officer_id"].as_str().unwrap()));
        let left = town.post(&token, &end, r#"{"day": "2026-08-02", "reason": "调离"}"#).await;
        assert_eq!(left.status, StatusCode::OK, "{}", left.body);
        assert_eq!(town.post(&token, &end, r#"{"day": "2026-08-02", "reason": "调离"}"#).await.status, StatusCode::NOT_FOUND);
        let entered = town.post(&token, &at("officers"), &second).await;
        let in_office = entered.body["officers"].as_array().unwrap().iter().filter(|one| one["ended_on"].is_null()).count();
        assert_eq!((entered.status, in_office), (StatusCode::OK, 4), "{}", entered.body);
        assert_eq!(town.get(&token, &format!("/unions/{}", union::BASE)).await.body["elements"]["chair"], "王*");
        let ends = town.get(&token, "/terms?near=far").await;
        assert_eq!((&ends.body["total"], &ends.body["items"][0]["union_id"]), (&json!(1), &json!(union::BASE)), "{}", ends.body);
        let read = town.ask(&token, Method::POST, &at("term-reminders/read"), None, &[]).await;
        assert_eq!((read.status, &read.body["read"]), (StatusCode::OK, &json!(0)));
    }

    async fn a_program_takes_a_union_through_its_registration_as_a_legal_person(database: Database) {
        let town = Town::on(database).await;
        town.plant().await;
        let token = town.token(&town.people.town_officer, &[]).await;
        let path = format!("/unions/{}/legal-person", union::BASE);
        let steps = format!("{path}/steps");
        let before = town.get(&token, &path).await;
        assert_eq!((&before.body["state"], before.body["conditions"].as_array().unwrap().len()), (&Value::Null, 5));
        assert_eq!(before.body["next"][0]["step"], "apply");
        let early = json!({"step": "grant", "on": "2026-05-01"}).to_string();
        let early = town.post(&token, &steps, &early).await;
        assert_eq!((refused(&early), names(&early.body)), ((StatusCode::UNPROCESSABLE_ENTITY, "UNI-423"), vec!["step"]), "{}", early.body);
        let record = json!({"step": "record", "on": "2026-05-10", "code": "81330226MC0001000A", "number": "浙法证字0001", "legal_rep": "邵国海",
            "valid_from": "2026-05-10", "valid_to": "2030-05-09"});
        let wrong = town.post(&token, &steps, &record.to_string()).await;
        assert_eq!((wrong.status, names(&wrong.body)), (StatusCode::UNPROCESSABLE_ENTITY, vec!["code"]), "{}", wrong.body);
        let mut right = record;
        right["code"] = json!(CODE);
        let done = town.post(&token, &steps, &right.to_string()).await;
        assert_eq!((done.status, &done.body["state"], &done.body["union_code"]), (StatusCode::OK, &json!("granted"), &json!(CODE)), "{}", done.body);
        assert_eq!(done.body["certificate"]["near"], "far");
        assert!(!done.body.to_string().contains("邵国海"), "{}", done.body);
        let cancel = json!({"step": "cancel", "on": "2026-08-01", "words": "工会撤销"}).to_string();
        let done = town.post(&token, &steps, &cancel).await;
        assert_eq!((&done.body["state"], done.body["events"].as_array().unwrap().len()), (&json!("cancelled"), 2), "{}", done.body);
        let listed = town.get(&token, "/legal-persons?kind=cancelled").await;
        assert_eq!((&listed.body["total"], &listed.body["items"][0]["union_id"]), (&json!(1), &json!(union::BASE)));
        let reminders = format!("/unions/{}/certificate-reminders/read", union::BASE);
        assert_eq!(town.ask(&token, Method::POST, &reminders, None, &[]).await.body["unread"], 0);
    }

    async fn a_program_hangs_a_plate_and_takes_it_down(database: Database) {
        let town = Town::on(database).await;
        let token = town.token(&town.people.town_officer, &[]).await;
        let plates = format!("/unions/{}/plates", union::BASE);
        let plate = r#"{"name": "西店镇小家电行业工会", "since": "2026-07-01"}"#;
        let hung = town.post(&token, &plates, plate).await;
        assert_eq!(hung.status, StatusCode::OK, "{}", hung.body);
        let twice = town.post(&token, &plates, plate).await;
        assert_eq!((twice.status, names(&twice.body)), (StatusCode::UNPROCESSABLE_ENTITY, vec!["name"]));
        assert_eq!(town.get(&token, &format!("/unions/{}", union::BASE)).await.body["plates"], json!(["西店镇小家电行业工会"]));
        let end = format!("{plates}/{}/end", hung.body["plates"][0]["name_id"].as_str().unwrap());
        let early = town.post(&token, &end, r#"{"until": "2026-06-01"}"#).await;
        assert_eq!((early.status, names(&early.body)), (StatusCode::UNPROCESSABLE_ENTITY, vec!["until"]));
        let down = town.post(&token, &end, r#"{"until": "2026-08-01"}"#).await;
        assert_eq!(down.body["plates"][0]["until"], "2026-08-01", "{}", down.body);
        assert_eq!(town.post(&token, &end, r#"{"until": "2026-08-01"}"#).await.status, StatusCode::NOT_FOUND);
        // A former name comes of a change of name.
        let renamed = json!({"union_name": "宁波丙丁智能有限公司工会", "reason": "更名"}).to_string();
        let path = format!("/unions/{}", union::BASE);
        let done = town.ask(&token, Method::PATCH, &path, Some(&renamed), &[]).await;
        assert_eq!(done.body["former_names"], json!(["宁波甲乙电器有限公司工会"]), "{}", done.body);
        let all = town.get(&token, &format!("{path}/names")).await;
        assert_eq!(all.body["former"][0]["until"], "2026-08-03", "{}", all.body);
    }

    async fn the_tree_is_read_a_branch_at_a_time_and_as_it_was(database: Database) {
        let town = Town::on(database).await;
        town.plant().await;
        let token = town.token(&town.people.county_officer, &[]).await;
        let top = town.get(&token, "/tree").await;
        assert_eq!((&top.body["items"][0]["union_id"], &top.body["items"][0]["child_count"]), (&json!(union::COUNTY), &json!(2)), "{}", top.body);
        let below = town.get(&token, &format!("/tree?under={}", union::TOWN)).await;
        assert_eq!((&below.body["items"][0]["union_id"], &below.body["items"][0]["member_count"]), (&json!(union::BASE), &json!(5)));
        assert_eq!(town.get(&token, &format!("/tree?under={}", union::CITY)).await.status, StatusCode::NOT_FOUND);
        assert_eq!((&top.body["total"], &top.body["next_cursor"]), (&json!(1), &Value::Null));
        // Members who joined on 2 January 2020 were not there the day before.
        let then = async |day: &str| town.get(&token, &format!("/tree/{day}?under={}", union::TOWN)).await;
        let (before, after) = (then("2020-01-01").await, then("2020-01-02").await);
        assert_eq!((&before.body["members"], &after.body["members"]), (&json!(0), &json!(5)), "{} {}", before.body, after.body);
        assert_eq!(after.body["below"][0]["union_id"], union::BASE);
        let future = then("2026-12-31").await;
        assert_eq!((refused(&future), names(&future.body)), ((StatusCode::UNPROCESSABLE_ENTITY, "UNI-430"), vec!["day"]));
        // A union moved today hung elsewhere yesterday.
        let moved = json!({"other": union::OTHER_TOWN, "reason": "区划调整"});
        let change = format!("/unions/{}/changes/move", union::BASE);
        let seen = town.post(&token, &format!("{change}/preview"), &moved.to_string()).await;
        let mut form = moved;
        form["seen"] = seen.body["seen"].clone();
        assert_eq!(town.post(&token, &change, &form.to_string()).await.status, StatusCode::OK);
        assert_eq!(town.get(&token, &format!("/tree?under={}", union::TOWN)).await.body["items"], json!([]));
        let was = then("2026-08-02").await;
        assert_eq!(was.body["below"][0]["since"], "现属“宁海县深甽镇总工会”", "{}", was.body);
        // Ended, it leaves its members behind.
        let mut tx = town.test.app.store.begin().await.unwrap();
        let mut row = tx.union_row(union::BASE).await.unwrap().unwrap();
        row.is_active = false;
        tx.upsert_unions([row]).await.unwrap();
        tx.commit().await.unwrap();
        let left = town.get(&token, "/unions-left").await;
        assert_eq!((&left.body["total"], &left.body["items"][0]["members"]), (&json!(1), &json!(5)), "{}", left.body);
    }

    async fn covered_employers_are_entered_ended_and_corrected_as_they_were_seen(database: Database) {
        let town = Town::on(database).await;
        let mut tx = town.test.app.store.begin().await.unwrap();
        let mut row = tx.union_row(union::BASE).await.unwrap().unwrap();
        row.union_type = "joint".into();
        tx.upsert_unions([row]).await.unwrap();
        tx.commit().await.unwrap();
        let token = town.token(&town.people.town_officer, &[]).await;
        let covers = format!("/unions/{}/covers", union::BASE);
        let none = town.get(&token, &covers).await;
        assert_eq!((&none.body["total"], &none.body["items"]), (&json!(0), &json!([])));
        let before = none.headers[header::ETAG].to_str().unwrap().to_owned();
        let wrong = town.post(&token, &covers, r#"{"code": "123", "from": "2030-01-01"}"#).await;
        assert_eq!((refused(&wrong), names(&wrong.body)), ((StatusCode::UNPROCESSABLE_ENTITY, "UNI-426"), vec!["code", "from"]), "{}", wrong.body);
        let form = r#"{"name": "丙/厂 #1", "from": "2024-01-01"}"#;
        let more = [("if-match", before.as_str()), ("idempotency-key", "cover-1")];
        let added = town.ask(&token, Method::POST, &covers, Some(form), &more).await;
        assert_eq!((added.status, &added.body["is_by_hand"]), (StatusCode::CREATED, &json!(true)), "{}", added.body);
        let again = town.ask(&token, Method::POST, &covers, Some(form), &more).await;
        assert_eq!((&again.body, &again.headers[header::LOCATION]), (&added.body, &added.headers[header::LOCATION]), "sent twice, entered once");
        // A key may hold anything: the address does all the same.
        let path = added.headers[header::LOCATION].to_str().unwrap().strip_prefix("/api/v1").unwrap().to_owned();
        let one = town.get(&token, &path).await;
        assert_eq!((one.status, &one.body["cover_key"]), (StatusCode::OK, &added.body["cover_key"]), "{path}: {}", one.body);
        let twice = town.post(&token, &covers, form).await;
        assert_eq!((twice.status, names(&twice.body)), (StatusCode::UNPROCESSABLE_ENTITY, vec!["name"]));
        let stale = town.ask(&token, Method::POST, &covers, Some(r#"{"name": "丁厂厂"}"#), &[("if-match", before.as_str())]).await;
        assert_eq!(refused(&stale), (StatusCode::PRECONDITION_FAILED, "UNI-413"), "{}", stale.body);

        let etag = one.headers[header::ETAG].to_str().unwrap().to_owned();
        let right = json!({"name": "丙厂厂", "from": "2024-02-01"}).to_string();
        let corrected = town.ask(&token, Method::POST, &format!("{path}/correct"), Some(&right), &[("if-match", etag.as_str())]).await;
        assert_eq!((corrected.status, &corrected.body["from"], &corrected.body["cover_key"]), (StatusCode::OK, &json!("2024-02-01"), &added.body["cover_key"]), "{}", corrected.body);
        let late = town.ask(&token, Method::POST, &format!("{path}/end"), Some(r#"{"to": "2026-07-31"}"#), &[("if-match", etag.as_str())]).await;
        assert_eq!(late.status, StatusCode::PRECONDITION_FAILED, "{}", late.body);
        let ended = town.post(&token, &format!("{path}/end"), r#"{"to": "2026-07-31"}"#).await;
        assert_eq!((ended.status, &ended.body["to"]), (StatusCode::OK, &json!("2026-07-31")), "{}", ended.body);
        assert_eq!(town.get(&token, &covers).await.body["total"], 0);
        assert_eq!(town.get(&token, &format!("{covers}?past=true")).await.body["items"][0]["employer_name"], "丙厂厂");
        for name in ["甲一厂", "甲二厂", "甲三厂"] {
            let made = town.post(&token, &covers, &json!({"name": name}).to_string()).await;
            assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        }
        let first = town.get(&token, &format!("{covers}?limit=2")).await.body;
        let rest = town.get(&token, &format!("{covers}?limit=2&cursor={}", first["next_cursor"].as_str().unwrap())).await.body;
        assert_eq!((&rest["total"], rest["items"].as_array().unwrap().len(), &rest["next_cursor"]), (&json!(3), 1, &Value::Null), "{rest}");
        let reader = town.token(&town.people.town_officer, &[TokenScope::UnionRead]).await;
        assert_eq!(refused(&town.post(&reader, &covers, form).await), (StatusCode::FORBIDDEN, "API-403"));
        let stranger = town.token(&town.people.other_town_officer, &[]).await;
        for (method, at, body) in [(Method::GET, covers.clone(), None), (Method::GET, path.clone(), None), (Method::POST, covers, Some(form))] {
            assert_eq!(town.ask(&stranger, method, &at, body, &[]).await.status, StatusCode::NOT_FOUND, "{at}");
        }
    }

    async fn the_tops_of_the_tree_are_read_page_by_page_however_many_they_are(database: Database) {
        let town = Town::on(database).await;
        let mut tx = town.test.app.store.begin().await.unwrap();
        let pattern = tx.union_row(union::BASE).await.unwrap().unwrap();
        let root = |nth: u32| UnionRow {
            id: UnionOrgId::mint(&*town.test.app.ids, town.test.app.now()).uuid(),
            union_id: format!("R{nth:04}"),
            path: Some(UnionPath::root(nth).to_string()),
            ..pattern.clone()
        };
        tx.upsert_unions((1..=230).filter(|nth| nth % 2 == 1).map(root).collect::<Vec<_>>()).await.unwrap();
        tx.upsert_unions((231..=350).map(root).collect::<Vec<_>>()).await.unwrap();
        tx.commit().await.unwrap();
        let token = town.token(&town.people.system_administrator, &[]).await;
        let (mut seen, mut path, mut pages) = (Vec::new(), "/tree".to_owned(), 0);
        loop {
            let page = town.get(&token, &format!("{path}{}limit=100", if path.contains('?') { '&' } else { '?' })).await;
            assert_eq!(page.status, StatusCode::OK, "{}", page.body);
            seen.extend(page.body["items"].as_array().unwrap().iter().map(|one| one["union_id"].as_str().unwrap().to_owned()));
            pages += 1;
            if pages == 1 {
                assert_eq!(page.body["total"], 236, "the city and those beside it");
                // One that comes before what was read and one behind it.
                let mut tx = town.test.app.store.begin().await.unwrap();
                tx.upsert_unions([root(2), root(400)]).await.unwrap();
                tx.commit().await.unwrap();
            }
            let Some(cursor) = page.body["next_cursor"].as_str() else { break };
            path = format!("/tree?cursor={cursor}");
        }
        let expected = (1..=230).filter(|nth| nth % 2 == 1).chain(231..=350).chain([400]).map(|nth| format!("R{nth:04}"));
        let expected: Vec<String> = std::iter::once(union::CITY.to_owned()).chain(expected).collect();
        assert_eq!((seen, pages), (expected, 3));
        // And the parts of a scope that has several.
        let chosen: &[(&str, bool)] = &[(union::BASE, false), (union::OTHER_TOWN, true), ("R0001", true)];
        let who = ("three-parts", "三处");
        let account = crate::plant::account(&town.test, &town.people, who, Role::CityOfficer, (union::CITY, Reach::Chosen, chosen)).await;
        let token = town.token(&town.test.app.acting(&account, None, None), &[]).await;
        let first = town.get(&token, "/tree?limit=2").await.body;
        let rest = town.get(&token, &format!("/tree?limit=2&cursor={}", first["next_cursor"].as_str().unwrap())).await.body;
        let ids = |page: &Value| page["items"].as_array().unwrap().iter().map(|one| one["union_id"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        assert_eq!((&first["total"], [ids(&first), ids(&rest)].concat().len(), &rest["next_cursor"]), (&json!(3), 3, &Value::Null), "{first} {rest}");
        assert_eq!(ids(&rest), ["R0001"]);
        let below = town.get(&town.token(&town.people.city_officer, &[]).await, &format!("/tree?under={}&limit=1", union::COUNTY)).await.body;
        assert_eq!((&below["total"], below["items"].as_array().unwrap().len(), below["next_cursor"].is_string()), (&json!(2), 1, true), "{below}");
    }

    async fn a_version_is_digits_and_another_one_is_another_request(database: Database) {
        let town = Town::on(database).await;
        let token = town.token(&town.people.town_officer, &[]).await;
        let path = format!("/unions/{}", union::BASE);
        let body = Some(r#"{"org_form": "工会委员会", "reason": "核实"}"#);
        for wrong in ["+5", "\"-1\"", "1, 2", "W/\"1\"", "1234567890123456", "\"\""] {
            let refusal = town.ask(&token, Method::PATCH, &path, body, &[("if-match", wrong)]).await;
            assert_eq!((refusal.status, names(&refusal.body)), (StatusCode::BAD_REQUEST, vec!["If-Match"]), "{wrong}");
        }
        let key = ("idempotency-key", "v-1");
        let stale = town.ask(&token, Method::PATCH, &path, body, &[("if-match", "\"1\""), key]).await;
        assert_eq!(refused(&stale), (StatusCode::PRECONDITION_FAILED, "UNI-413"), "{}", stale.body);
        let again = town.ask(&token, Method::PATCH, &path, body, &[("if-match", "\"1\""), key]).await;
        assert_eq!(again.headers["idempotent-replayed"], "true");
        let etag = town.get(&token, &path).await.headers[header::ETAG].to_str().unwrap().to_owned();
        let other = town.ask(&token, Method::PATCH, &path, body, &[("if-match", etag.as_str()), key]).await;
        assert_eq!(refused(&other), (StatusCode::UNPROCESSABLE_ENTITY, "API-422"), "{}", other.body);
        let auditor = town.token(&town.people.auditor, &[]).await;
        let seals = town.get(&auditor, "/journal/seals").await;
        assert_eq!((seals.status, seals.body["end"]["seal"].as_str().map(str::len)), (StatusCode::OK, Some(64)), "{}", seals.body);
        assert!(seals.body["end"]["entries"].as_i64().unwrap() > 0);
    }
}

/// A union's own code with its check digit (GB 32100).
const CODE: &str = "81330226MA2T0TE13D";
