//! Every page opens for those who may see it, also while there is nothing to show.

use axum::http::StatusCode;

use crate::client::{Client, console};

/// Pages without a subject, and who may open them: 200, or 403 with a sentence.
const PAGES: [(&str, &[&str]); 19] = [
    (
        "/",
        &[
            "city-officer",
            "town-officer",
            "field-worker",
            "auditor",
            "system-administrator",
        ],
    ),
    (
        "/worklist/verify",
        &["city-officer", "town-officer", "field-worker", "auditor"],
    ),
    (
        "/worklist/task?rule=found-25&sort=due&desc=1&size=50",
        &["city-officer", "town-officer", "field-worker"],
    ),
    ("/mine", &["town-officer", "field-worker"]),
    (
        "/union",
        &[
            "city-officer",
            "town-officer",
            "field-worker",
            "union-chair",
            "auditor",
            "system-administrator",
        ],
    ),
    (
        "/legal-person",
        &[
            "city-officer",
            "town-officer",
            "field-worker",
            "union-chair",
            "auditor",
            "system-administrator",
        ],
    ),
    (
        "/zone",
        &[
            "city-officer",
            "town-officer",
            "field-worker",
            "union-chair",
            "auditor",
            "system-administrator",
        ],
    ),
    (
        "/union/left",
        &[
            "city-officer",
            "town-officer",
            "field-worker",
            "union-chair",
            "auditor",
            "system-administrator",
        ],
    ),
    ("/employer", &["city-officer", "town-officer", "field-worker"]),
    ("/intake", &["city-officer", "auditor", "system-administrator"]),
    ("/run", &["city-officer", "auditor", "system-administrator"]),
    ("/job", &["city-officer", "auditor", "system-administrator"]),
    (
        "/account",
        &["city-officer", "auditor", "administrator", "security-auditor"],
    ),
    ("/journal", &["city-officer", "auditor", "security-auditor"]),
    (
        "/journal/anchor",
        &["city-officer", "auditor", "security-auditor"],
    ),
    ("/security", &["administrator"]),
    ("/approval", &["city-officer", "town-officer", "field-worker"]),
    (
        "/session",
        &["field-worker", "union-chair", "administrator", "security-auditor"],
    ),
    ("/delegation", &["field-worker", "union-chair", "administrator"]),
];

#[tokio::test]
async fn pages_open_for_whom_they_are() {
    let (_test, router) = console().await;
    for login in [
        "city-officer",
        "town-officer",
        "field-worker",
        "union-chair",
        "auditor",
        "administrator",
        "system-administrator",
        "security-auditor",
    ] {
        let mut client = Client::signed_in(&router, login).await;
        for (page, readers) in PAGES {
            let answer = client.get(page).await;
            if readers.contains(&login) {
                assert_eq!(answer.status, StatusCode::OK, "{login} {page}: {}", answer.text);
            } else {
                assert!(
                    !answer.status.is_server_error(),
                    "{login} {page}: {}",
                    answer.text
                );
            }
        }
    }
}

#[tokio::test]
async fn a_town_does_not_see_that_its_neighbour_exists() {
    let (_test, router) = console().await;
    let mut client = Client::signed_in(&router, "town-officer").await;
    assert_eq!(client.get("/union/T-BASE").await.status, StatusCode::OK);
    assert_eq!(
        client.get("/union/T-SHENZHEN").await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        client.get("/union/T-SHENZHEN/member").await.status,
        StatusCode::NOT_FOUND
    );
    let list = client.get("/union").await.text;
    assert!(list.contains("宁波甲乙电器有限公司工会") && !list.contains("深甽镇总工会"));
    let found = client.get("/search?q=%E5%B7%A5%E4%BC%9A").await.text;
    assert!(!found.contains("深甽镇总工会"));
}

#[tokio::test]
async fn a_saved_view_keeps_its_filter() {
    let (_test, router) = console().await;
    let mut client = Client::signed_in(&router, "town-officer").await;
    let form = "name=%E8%A5%BF%E5%BA%97%E6%9C%AC%E6%9C%88&address=%2Fworklist%2Ftask%3Frule%3Dfound-25%26overdue%3D1";
    let saved = client.post("/saved-view", form).await;
    assert_eq!(
        saved.location.as_deref(),
        Some("/worklist/task?rule=found-25&overdue=1"),
        "{}",
        saved.text
    );
    let list = client.get("/worklist/task").await.text;
    assert!(list.contains("已保存方案") && list.contains("★ 西店本月"));
    assert!(
        !client.get("/worklist/task").await.text.contains("已保存方案"),
        "told once"
    );
}

#[tokio::test]
async fn an_empty_form_is_answered_in_words() {
    let (_test, router) = console().await;
    let mut client = Client::signed_in(&router, "town-officer").await;
    for (path, form) in [
        ("/worklist/bulk", "back=%2Fworklist%2Ftask"),
        ("/worklist/bulk/confirm", ""),
        ("/item/QD-330226-2026-000001/act", "action=confirm"),
        ("/item/QD-330226-2026-000001/found", ""),
        ("/item/x/verdict", "same=maybe"),
        ("/intake/7/undo", ""),
        ("/run", "as_of=yesterday"),
        ("/saved-view", ""),
    ] {
        let answer = client.post(path, form).await;
        assert!(
            !answer.status.is_server_error(),
            "{path}: {} {}",
            answer.status,
            answer.text
        );
    }
}

#[tokio::test]
async fn a_program_gets_its_refusal_as_json() {
    let (_test, router) = console().await;
    let mut client = Client::signed_in(&router, "field-worker").await;
    let request = axum::http::Request::get("/journal").header("accept", "application/json");
    let answer = client
        .send(request.body(axum::body::Body::empty()).unwrap())
        .await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    assert!(answer.text.contains("ACC-403"));
    for path in ["/api/v1", "/api/v1/", "/api/v1/nothing", "/api/v1/unions/"] {
        let answer = client.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(
            answer.headers["content-type"], "application/problem+json",
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_form_that_is_too_large_is_said_to_be_so() {
    let (_test, router) = console().await;
    let mut client = Client::signed_in(&router, "town-officer").await;
    let answer = client
        .post("/worklist/bulk", &format!("x={}", "x".repeat(600_000)))
        .await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(answer.text.contains("内容太大") && answer.text.contains("请减少所选项目后再试。"));
    assert!(answer.text.contains("WEB-413"));
}
