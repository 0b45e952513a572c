//! A member's number in full: for a reason, in one answer, for those who may.

use axum::http::{Request, StatusCode, header};

use crate::client::{Client, console};
use crate::plant::{NUMBER, member};

#[tokio::test]
async fn without_script_a_row_asks_why_and_shows_the_number_once() {
    let (test, router) = console().await;
    member(&test, "M/1").await;
    let mut client = Client::signed_in(&router, "town-officer").await;
    let list = client.get("/union/T-BASE/member").await.text;
    assert!(
        !list.contains(NUMBER) && list.contains("reveal=M%2F1#reveal"),
        "{list}"
    );
    let asked = client.get("/union/T-BASE/member?reveal=M%2F1").await.text;
    assert!(asked.contains(r#"action="/union/T-BASE/member/M%2F1/reveal""#) && !asked.contains(NUMBER));

    let action = "/union/T-BASE/member/M%2F1/reveal";
    let refused = client
        .post(action, "words=x&back=%2Funion%2FT-BASE%2Fmember")
        .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("请选择查看完整号码的用途") && !refused.text.contains(NUMBER));

    let why =
        "purpose=%E6%9B%B4%E6%AD%A3%E7%99%BB%E8%AE%B0%E9%94%99%E8%AF%AF&back=%2Funion%2FT-BASE%2Fmember";
    let shown = client.post(action, why).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.text);
    assert!(shown.text.contains(NUMBER) && shown.text.contains(r#"href="/union/T-BASE/member""#));
    assert_eq!(shown.headers[header::CACHE_CONTROL], "no-store");
    assert!(
        !client.get("/union/T-BASE/member").await.text.contains(NUMBER),
        "for that one answer only"
    );
    let mut auditor = Client::signed_in(&router, "auditor").await;
    let journal = auditor.get("/journal?action=reveal").await.text;
    assert!(journal.contains("更正登记错误") && !journal.contains(NUMBER));
}

#[tokio::test]
async fn with_script_the_number_takes_the_place_of_the_form() {
    let (test, router) = console().await;
    member(&test, "M/1").await;
    let mut client = Client::signed_in(&router, "town-officer").await;
    let request = Request::post("/union/T-BASE/member/M%2F1/reveal")
        .header(header::HOST, "console.test")
        .header("sec-fetch-site", "same-origin")
        .header("hx-request", "true");
    let shown = client
        .send(
            request
                .body("purpose=%E5%85%B6%E4%BB%96&words=%E6%9D%A5%E8%AE%BF".into())
                .unwrap(),
        )
        .await;
    assert!(
        shown.text.contains(NUMBER) && shown.text.contains("data-reveal=\"30\""),
        "{}",
        shown.text
    );
    assert!(!shown.text.contains("<html"));
    assert_eq!(shown.headers[header::CACHE_CONTROL], "no-store");
}

#[tokio::test]
async fn who_may_not_sees_no_way_and_gets_no_number() {
    let (test, router) = console().await;
    member(&test, "M/1").await;
    let why = "purpose=%E6%9B%B4%E6%AD%A3%E7%99%BB%E8%AE%B0%E9%94%99%E8%AF%AF";
    for (login, expected) in [
        ("auditor", StatusCode::FORBIDDEN),
        ("union-chair", StatusCode::FORBIDDEN),
        ("field-worker", StatusCode::FORBIDDEN),
        ("administrator", StatusCode::FORBIDDEN),
        ("other-town-officer", StatusCode::NOT_FOUND),
    ] {
        let mut client = Client::signed_in(&router, login).await;
        let list = client.get("/union/T-BASE/member?reveal=M%2F1").await.text;
        assert!(!list.contains("显示号码") && !list.contains(NUMBER), "{login}");
        let answer = client.post("/union/T-BASE/member/M%2F1/reveal", why).await;
        assert_eq!(answer.status, expected, "{login}: {}", answer.text);
        assert!(!answer.text.contains(NUMBER), "{login}");
    }
}

#[tokio::test]
async fn a_changed_value_is_said_to_be_so() {
    let (test, router) = console().await;
    member(&test, "M/1").await;
    let mut tx = test.app.store.begin().await.unwrap();
    let mut row = tx.member_row("M/1").await.unwrap().unwrap();
    *row.id_sealed.as_mut().unwrap().last_mut().unwrap() ^= 1;
    tx.upsert_members([row]).await.unwrap();
    tx.commit().await.unwrap();
    let mut client = Client::signed_in(&router, "town-officer").await;
    let list = client.get("/union/T-BASE/member").await;
    assert_eq!(
        list.status,
        StatusCode::OK,
        "one damaged row does not hide the others"
    );
    assert!(list.text.contains("无法解密"));
    let why = "purpose=%E6%9B%B4%E6%AD%A3%E7%99%BB%E8%AE%B0%E9%94%99%E8%AF%AF";
    let answer = client.post("/union/T-BASE/member/M%2F1/reveal", why).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(
        answer.text.contains("密文被改动过") && answer.text.contains("master.key"),
        "{}",
        answer.text
    );
}
