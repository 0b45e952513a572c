//! Duties on their pages: a large change with its second person, a request to close with its clock, a hold.

use axum::http::StatusCode;
use testkit::union;

use crate::client::{Client, console};
use crate::plant::member;

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn form(fields: &[(&str, &str)]) -> String {
    let pairs = fields
        .iter()
        .map(|(name, value)| format!("{name}={}", encoded(value)));
    pairs.collect::<Vec<_>>().join("&")
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let rest = text
        .split(before)
        .nth(1)
        .unwrap_or_else(|| panic!("no {before} in {text}"));
    rest.split(after).next().unwrap()
}

fn plain(text: &str) -> String {
    text.replace("&#38;", "&").replace("&amp;", "&")
}

#[tokio::test]
async fn a_large_change_of_unions_is_asked_for_read_and_then_done() {
    let (test, router) = console().await;
    member(&test, "M1").await;
    member(&test, "M2").await;
    let mut tx = test.app.store.begin().await.unwrap();
    tx.recount_members().await.unwrap();
    tx.commit().await.unwrap();
    let mut administrator = Client::signed_in(&router, "administrator").await;
    let policy = "password_days=0&password_history=5&second_factor_grace_days=0&export_rows_alone=5000&change_unions_alone=100&change_rows_alone=1";
    administrator.post("/security", policy).await;
    let mut officer = Client::signed_in(&router, "county-officer").await;
    let path = format!("/union/{}/change/move", union::BASE);
    let typed = [("union_text", union::OTHER_TOWN), ("reason", "厂区搬迁&整体划转")];
    let preview = officer.post(&path, &form(&typed)).await.text;
    let seen = between(&preview, r#"name="seen" value=""#, "\"").to_owned();
    let confirmed = form(&[typed[0], typed[1], ("seen", &seen)]);
    let asking = officer.post(&path, &confirmed).await;
    assert_eq!(asking.status, StatusCode::OK);
    assert!(
        asking.text.contains("大批量组织变更") && asking.text.contains("上级由"),
        "{}",
        asking.text
    );
    let carried = plain(between(&asking.text, r#"name="carried" value=""#, "\""));
    let empty = officer
        .post(&format!("{path}/approval"), &form(&[("carried", &carried)]))
        .await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(empty.text.contains("请写明原因") && empty.text.contains("name=\"carried\""));
    let asked = form(&[("carried", &carried), ("reason", "按批复办理")]);
    let asked = officer.post(&format!("{path}/approval"), &asked).await;
    assert_eq!(asked.location.as_deref(), Some("/approval"), "{}", asked.text);

    let mut city = Client::signed_in(&router, "city-officer").await;
    let waiting = city.get("/approval").await.text;
    for words in ["上级由", "厂区搬迁", "2 名会员"] {
        assert!(
            waiting.contains(words),
            "the second person reads {words}: {waiting}"
        );
    }
    let id = between(&waiting, "action=\"/approval/", "/").to_owned();
    city.post(&format!("/approval/{id}/decide"), "answer=yes").await;

    let list = officer.get("/approval").await.text;
    let resume = plain(between(&list, "btn btn-primary btn-sm\" href=\"", "\""));
    assert!(resume.starts_with(&path), "{resume}");
    let again = officer.get(&resume).await.text;
    assert!(again.contains("厂区搬迁"), "what was typed is there: {again}");
    let done = officer.post(&path, &confirmed).await;
    assert_eq!(done.location.as_deref(), Some("/union/T-BASE"), "{}", done.text);
}

#[tokio::test]
async fn a_member_asks_to_close_and_the_union_answers() {
    let (test, router) = console().await;
    member(&test, "M1").await;
    let mut officer = Client::signed_in(&router, "town-officer").await;
    let given = officer
        .post(&format!("/union/{}/member/M1/pass", union::BASE), "")
        .await;
    let code = between(&given.text, "data-pass>", "<").to_owned();
    let key = format!("code={code}&tail=010000");
    let mut own = Client::new(&router);
    assert!(own.post("/me", &key).await.text.contains("退会并删除我的资料"));
    let asked = own
        .post("/me/close", &format!("{key}&words={}", encoded("离开本地")))
        .await;
    assert!(
        asked.text.contains("工会应于 2026-08-18 前答复"),
        "{}",
        asked.text
    );
    assert!(
        !asked.text.contains("退会并删除我的资料"),
        "one request at a time"
    );
    let twice = own.post("/me/close", &key).await;
    assert_eq!(twice.status, StatusCode::UNPROCESSABLE_ENTITY);
    let list = officer.get("/member/closing").await.text;
    assert!(list.contains("离开本地") && list.contains("还有 15 天"), "{list}");
    let id = between(&list, "action=\"/member/closing/", "\"").to_owned();
    let path = format!("/member/closing/{id}");
    let silent = officer.post(&path, "answer=refuse").await;
    assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(silent.text.contains("请写明不能注销的原因"), "{}", silent.text);
    let answered = form(&[
        ("answer", "grant"),
        ("decided_on", "2026-08-03"),
        ("words", "已受理"),
    ]);
    let answered = officer.post(&path, &answered).await;
    assert_eq!(
        answered.location.as_deref(),
        Some("/member/closing"),
        "{}",
        answered.text
    );
    assert!(officer.get("/member/request").await.text.contains("退会"));
    assert!(
        own.post("/me", &key)
            .await
            .text
            .contains("已同意，办理退会。已受理")
    );
    let mut elsewhere = Client::signed_in(&router, "other-town-officer").await;
    assert!(
        !elsewhere
            .get("/member/closing?state=done")
            .await
            .text
            .contains("已受理")
    );
}

#[tokio::test]
async fn whose_data_are_held_stands_below_the_list() {
    let (test, router) = console().await;
    member(&test, "M1").await;
    let mut officer = Client::signed_in(&router, "town-officer").await;
    let wrong = officer
        .post("/member/retention/hold", "member_id=M1&reason=")
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong.text.contains("f-reason-wrong") && wrong.text.contains(r#"value="M1""#),
        "{}",
        wrong.text
    );
    let unknown = officer
        .post("/member/retention/hold", "member_id=M404&reason=x")
        .await;
    assert!(unknown.text.contains("没有这个会员"), "{}", unknown.text);
    let held = format!("member_id=M1&reason={}", encoded("劳动争议"));
    officer.post("/member/retention/hold", &held).await;
    let page = officer.get("/member/retention").await.text;
    assert!(
        page.contains("劳动争议") && page.contains("解除会员 M1 的暂缓"),
        "{page}"
    );
    let id = between(&page, "action=\"/member/retention/hold/", "/").to_owned();
    officer
        .post(&format!("/member/retention/hold/{id}/release"), "")
        .await;
    assert!(!officer.get("/member/retention").await.text.contains("劳动争议"));
    let nothing = officer.get("/member/retention/not-a-job/report").await;
    assert_eq!(nothing.status, StatusCode::NOT_FOUND);
}
