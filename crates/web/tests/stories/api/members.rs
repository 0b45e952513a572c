//! Members by a program: joining and correcting, who is found, duplicates, suggestions, consent; views and the quality of the register.

use app::consent::{NoticeForm, publish_notice};
use axum::http::{Method, StatusCode, header};
use domain::api_token::TokenScope;
use serde_json::{Value, json};
use store::transfer_suggestion::TransferSuggestion;
use testkit::{both_engines, union};

use super::{ITEM, MARK, NUMBER, Town, names, refused};

/// Nobody's, with its check digit.
const NEW_NUMBER: &str = "330226198803152725";
const PHONE: &str = "13957412345";

both_engines! {
    async fn somebody_joins_and_is_corrected_by_a_program_and_nothing_is_told_again(database: Database) {
        let town = Town::on(database).await;
        town.plant().await;
        let chair = town.token(&town.people.union_chair, &[]).await;
        let officer = town.token(&town.people.town_officer, &[]).await;
        let number = codes::resident_id::ResidentId::compose(330_226, codes::time::Day::new(1988, 3, 15).unwrap(), 272).unwrap();
        let joins = format!("/unions/{}/joins", union::BASE);
        let person = json!({"name": "王小芳", "id_no": number.as_str(), "phone": PHONE, "education": "本科", "joined_on": "2026-08-01"});
        let with = |name: &str, value: Value| {
            let mut person = person.clone();
            person[name] = value;
            person.to_string()
        };
        // Neither a refusal of the form nor one of the rule says back what was sent.
        let wrong = town.post(&chair, &joins, &with("education", json!("博士后"))).await;
        assert_eq!((wrong.status, names(&wrong.body)), (StatusCode::BAD_REQUEST, vec!["education"]));
        let slip = NEW_NUMBER.replace("2725", "2724");
        let bad = town.post(&chair, &joins, &with("id_no", json!(slip))).await;
        assert_eq!((bad.status, names(&bad.body)), (StatusCode::UNPROCESSABLE_ENTITY, vec!["id_no"]), "{}", bad.body);
        for answer in [&wrong, &bad] {
            let text = answer.body.to_string();
            assert!(![PHONE, "王小芳", number.as_str(), slip.as_str()].iter().any(|one| text.contains(one)), "{text}");
        }
        let missing = town.post(&chair, &joins, r#"{"joined_on": "2026-08-01"}"#).await;
        assert_eq!((missing.status, names(&missing.body)), (StatusCode::BAD_REQUEST, vec!["name", "id_no", "phone"]));

        let key = [("idempotency-key", "join-1")];
        let asked = town.ask(&chair, Method::POST, &joins, Some(&person.to_string()), &key).await;
        assert_eq!(asked.status, StatusCode::CREATED, "{}", asked.body);
        let id = asked.body["request_id"].as_str().unwrap().to_owned();
        assert_eq!(asked.headers[header::LOCATION], format!("/api/v1/membership-requests/{id}"));
        assert_eq!(town.ask(&chair, Method::POST, &joins, Some(&person.to_string()), &key).await.body, asked.body, "sent twice, asked once");
        assert_eq!(town.get(&officer, "/membership-requests").await.body["total"], 1);
        let answered = town.post(&officer, &format!("/membership-requests/{id}/answer"), r#"{"answer": "accept"}"#).await;
        assert_eq!(answered.status, StatusCode::OK, "{}", answered.body);
        let found = town.post(&officer, "/members/find", &json!({"number": number.as_str()}).to_string()).await;
        let member = found.body["items"][0]["member_id"].as_str().unwrap().to_owned();
        let twice = town.post(&chair, &joins, &person.to_string()).await;
        assert_eq!(twice.status, StatusCode::CONFLICT, "{}", twice.body);

        let path = format!("/unions/{}/members/{member}", union::BASE);
        let card = town.get(&chair, &path).await.body;
        assert_eq!((&card["state"], &card["elements"]["education"], &card["events"][0]["what"]), (&json!("active"), &json!("本科"), &json!("入会")), "{card}");
        let correct = format!("{path}/corrections");
        let same = town.post(&chair, &correct, r#"{"education": "本科", "words": "按学历证书"}"#).await;
        assert_eq!(refused(&same), (StatusCode::CONFLICT, "MEM-421"), "{}", same.body);
        let asked = town.post(&chair, &correct, r#"{"education": "硕士", "words": "按学历证书"}"#).await;
        assert_eq!(asked.status, StatusCode::CREATED, "{}", asked.body);
        let request = town.get(&officer, &format!("/membership-requests/{}", asked.body["request_id"].as_str().unwrap())).await;
        assert_eq!(request.body["kind"], "correct");
        let stranger = town.token(&town.people.other_town_officer, &[]).await;
        assert_eq!(town.post(&stranger, &joins, &person.to_string()).await.status, StatusCode::NOT_FOUND);
        let auditor = town.token(&town.people.auditor, &[]).await;
        let journal = town.get(&auditor, "/journal").await.body.to_string();
        assert!(journal.contains("令牌 测试") && !journal.contains(PHONE) && !journal.contains(number.as_str()), "{journal}");
    }

    async fn members_are_listed_by_state_and_found_by_words(database: Database) {
        let town = Town::on(database).await;
        town.plant().await;
        let token = town.token(&town.people.town_officer, &[]).await;
        assert_eq!(town.get(&token, "/members?limit=2").await.body["total"], 5);
        assert_eq!(town.get(&token, "/members?state=retained").await.body["total"], 0);
        let wrong = town.get(&token, "/members?state=happy&group=x").await;
        assert_eq!((wrong.status, names(&wrong.body)), (StatusCode::BAD_REQUEST, vec!["state", "group"]));
        let found = town.post(&token, "/members/search", &json!({"q": NUMBER}).to_string()).await;
        assert_eq!((found.status, found.body["items"].as_array().unwrap().len()), (StatusCode::OK, 5), "{}", found.body);
        assert!(!found.body.to_string().contains(NUMBER) && !found.body.to_string().contains(MARK), "{}", found.body);
        let stranger = town.token(&town.people.other_town_officer, &[]).await;
        let nobody = town.post(&stranger, "/members/search", &json!({"q": NUMBER}).to_string()).await;
        assert_eq!(nobody.body["items"], json!([]));
    }

    async fn what_the_register_hints_at_is_read_and_answered(database: Database) {
        let town = Town::on(database).await;
        town.plant().await;
        let token = town.token(&town.people.town_officer, &[]).await;
        let pairs = town.get(&token, "/duplicates").await;
        assert_eq!(pairs.body["items"].as_array().unwrap().len(), 10, "five of one number: {}", pairs.body);
        assert_eq!(pairs.body["items"][0]["left"]["union_id"], union::BASE);
        assert!(!pairs.body.to_string().contains(NUMBER) && !pairs.body.to_string().contains(MARK), "{}", pairs.body);
        let stranger = town.token(&town.people.other_town_officer, &[]).await;
        assert_eq!(town.get(&stranger, "/duplicates").await.body["items"], json!([]));

        let mut tx = town.test.app.store.begin().await.unwrap();
        let row = tx.member_row("M/1").await.unwrap().unwrap();
        let to = tx.union_row(union::OTHER_TOWN).await.unwrap().unwrap();
        let hint = TransferSuggestion {
            member: row.id, member_id: row.member_id, name: "西*".into(), from_union: row.union_org_id, to_union: to.id,
            employer_name: "单位".into(), insured_from: None, evidence: "E".into(), tier: Some("id_name".into()), run_no: 1, state: "open".into(),
            answerer_name: None, answered_at: None, answer: None,
        };
        tx.replace_suggestions([hint]).await.unwrap();
        tx.commit().await.unwrap();
        let listed = town.get(&token, "/transfer-suggestions").await;
        assert_eq!((&listed.body["total"], &listed.body["items"][0]["to"]["union_id"]), (&json!(1), &Value::Null), "{}", listed.body);
        let path = format!("/transfer-suggestions/{}/answer", listed.body["items"][0]["suggestion_id"].as_str().unwrap());
        assert_eq!(town.post(&stranger, &path, r#"{"answer": "dismiss", "words": "不对"}"#).await.status, StatusCode::NOT_FOUND);
        let mute = town.post(&token, &path, r#"{"answer": "dismiss"}"#).await;
        assert_eq!((mute.status, names(&mute.body)), (StatusCode::UNPROCESSABLE_ENTITY, vec!["words"]));
        let done = town.post(&token, &path, r#"{"answer": "dismiss", "words": "借调"}"#).await;
        assert_eq!((done.status, &done.body["request_id"]), (StatusCode::OK, &Value::Null), "{}", done.body);
        assert_eq!(town.post(&token, &path, r#"{"answer": "adopt"}"#).await.status, StatusCode::CONFLICT);
        assert_eq!(town.get(&token, "/transfer-suggestions?refused=true").await.body["items"][0]["answer"], "借调");
        let city = town.token(&town.people.city_officer, &[]).await;
        let find = town.ask(&city, Method::POST, "/transfer-suggestions/find", None, &[]).await;
        assert_eq!(find.status, StatusCode::ACCEPTED);
        assert_eq!(town.ask(&token, Method::POST, "/transfer-suggestions/find", None, &[]).await.status, StatusCode::FORBIDDEN);
    }

    async fn consent_is_written_down_and_taken_back(database: Database) {
        let town = Town::on(database).await;
        town.plant().await;
        let token = town.token(&town.people.town_officer, &[]).await;
        let path = format!("/unions/{}/members/M%2F1/consents", union::BASE);
        let given = r#"{"purposes": ["C01"], "on": "2026-08-03", "way": "paper", "notice_no": 1}"#;
        assert!(town.post(&token, &path, given).await.status.is_client_error(), "before there is a notice");
        let notice = NoticeForm { text: "宁波市总工会处理会员的姓名、联系电话，随时可以撤回同意。".repeat(2), in_force_on: "2026-08-03".into(), asks_anew: false };
        publish_notice(&town.people.city_officer, &town.test.app, &notice).await.unwrap();
        let notices = town.get(&token, "/notices").await;
        assert_eq!((&notices.body["items"][0]["notice_no"], &notices.body["items"][0]["published_by"]), (&json!(1), &json!("周**")), "{}", notices.body);
        let done = town.post(&token, &path, given).await;
        let counts = |body: &Value, code: &str| body["asked"].as_array().unwrap().iter().find(|one| one["purpose"] == code).unwrap()["counts"].clone();
        assert_eq!((done.status, counts(&done.body, "C01"), counts(&done.body, "C02")), (StatusCode::OK, json!(true), json!(false)), "{}", done.body);
        let by_law = town.post(&token, &path, r#"{"purposes": ["L01"], "on": "2026-08-03", "way": "paper"}"#).await;
        assert_eq!((by_law.status, names(&by_law.body)), (StatusCode::UNPROCESSABLE_ENTITY, vec!["purposes"]), "{}", by_law.body);
        let back = town.post(&token, &path, r#"{"purposes": ["C01"], "on": "2026-08-03", "way": "spoken", "withdrawn": true}"#).await;
        assert_eq!(counts(&back.body, "C01"), false, "{}", back.body);
        assert_eq!(town.get(&token, &path).await.body["notice_no"], 1);
        let auditor = town.token(&town.people.auditor, &[]).await;
        assert_eq!(town.post(&auditor, &path, given).await.status, StatusCode::FORBIDDEN);
    }

    async fn a_view_is_kept_replaced_and_taken_away(database: Database) {
        let town = Town::on(database).await;
        town.plant().await;
        let token = town.token(&town.people.town_officer, &[TokenScope::ListWrite]).await;
        let kept = town.post(&token, "/saved-views", r#"{"name": "大单位", "kind": "verify", "overdue": false, "sort": "due"}"#).await;
        assert_eq!((kept.status, &kept.body["count"], &kept.body["conditions"]["sort"]), (StatusCode::OK, &json!(1), &json!("due")), "{}", kept.body);
        let again = town.post(&token, "/saved-views", r#"{"name": "大单位", "insured_min": 1000}"#).await;
        assert_eq!((&again.body["view_id"], &again.body["count"]), (&kept.body["view_id"], &json!(0)), "the same name, other conditions");
        let path = format!("/saved-views/{}", kept.body["view_id"].as_str().unwrap());
        let other = town.token(&town.people.county_officer, &[]).await;
        assert_eq!(town.ask(&other, Method::DELETE, &path, None, &[]).await.status, StatusCode::NOT_FOUND, "somebody else's");
        let gone = town.ask(&token, Method::DELETE, &path, None, &[("idempotency-key", "d-1")]).await;
        assert_eq!((gone.status, &gone.body["items"]), (StatusCode::OK, &json!([])), "{}", gone.body);
        assert_eq!(town.ask(&token, Method::DELETE, &path, None, &[("idempotency-key", "d-1")]).await.status, StatusCode::OK, "replayed");
        assert_eq!(town.ask(&token, Method::DELETE, &path, None, &[]).await.status, StatusCode::NOT_FOUND);
        let item = town.get(&town.token(&town.people.town_officer, &[]).await, "/list-items").await;
        assert_eq!(item.body["items"][0]["item_no"], ITEM);
    }

    async fn rules_roles_and_what_is_due_are_read(database: Database) {
        let town = Town::on(database).await;
        let token = town.token(&town.people.town_officer, &[]).await;
        let rules = town.get(&token, "/rules").await;
        let joint = rules.body["items"].as_array().unwrap().iter().find(|one| one["rule"] == "found-joint").unwrap();
        assert_eq!(joint["kind_label"], "核实清单", "{joint}");
        let roles = town.get(&token, "/permissions").await;
        let reveal = roles.body["items"].as_array().unwrap().iter().find(|one| one["action"] == "撤销导入批次").unwrap();
        assert_eq!(reveal["roles"], json!(["city_officer"]));
        let rights = town.get(&token, "/element-rights").await;
        let level = rights.body["items"].as_array().unwrap().iter().find(|one| one["element"] == "level" && one["role"] == "town_officer").unwrap();
        assert_eq!((&level["right"], &level["is_allowed"], &level["is_shipped"], &level["set_by"]), (&json!("write"), &json!(false), &json!(false), &Value::Null));
        assert_eq!(town.get(&token, "/memberships-due").await.body["total"], 0);
        let reader = town.token(&town.people.town_officer, &[TokenScope::MemberRead]).await;
        assert_eq!(refused(&town.get(&reader, "/memberships-due").await), (StatusCode::FORBIDDEN, "API-403"));
    }

    async fn the_register_is_counted_and_unions_are_ranked(database: Database) {
        let town = Town::on(database).await;
        town.plant().await;
        let token = town.token(&town.people.town_officer, &[]).await;
        let ranked = town.get(&token, "/quality-ranking").await;
        let base = ranked.body["items"].as_array().unwrap().iter().find(|one| one["union_id"] == union::BASE);
        let base = base.unwrap_or_else(|| panic!("{}", ranked.body));
        assert_eq!((&base["members"], &base["sound_members"]), (&json!(5), &json!(0)), "{}", ranked.body);
        let path = format!("/unions/{}/quality", union::BASE);
        let one = town.get(&token, &path).await;
        assert!(one.body["faults"].to_string().contains("members.number.repeated"), "{}", one.body);
        assert_eq!(town.ask(&token, Method::POST, "/quality/counts", None, &[]).await.status, StatusCode::FORBIDDEN);
        let city = town.token(&town.people.city_officer, &[]).await;
        let queued = town.ask(&city, Method::POST, "/quality/counts", None, &[]).await;
        assert_eq!(queued.status, StatusCode::ACCEPTED);
        town.test.clock.advance(std::time::Duration::from_secs(60));
        assert!(app::job::run_next(&town.test.app).await.unwrap());
        assert_ne!(town.get(&token, &path).await.body["counted_at"], one.body["counted_at"], "counted anew");
    }
}
