//! The second step of signing in, devices, acting for others and the two-person rule, as the pages have it.

use axum::http::StatusCode;
use testkit::{People, code_of};

use crate::client::{Client, console};

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let rest = text
        .split(before)
        .nth(1)
        .unwrap_or_else(|| panic!("no {before} in {text}"));
    rest.split(after).next().unwrap()
}

#[tokio::test]
async fn a_second_factor_is_set_up_and_then_asked_for() {
    let (test, router) = console().await;
    let mut officer = Client::signed_in(&router, "town-officer").await;
    assert!(officer.get("/second-factor").await.text.contains("开始设置"));
    let refused = officer.post("/second-factor/start", "password=x").await;
    assert!(refused.text.contains("密码不正确"), "an open desk is not enough");
    let password = format!("password={}", People::PASSWORD);
    officer.post("/second-factor/start", &password).await;
    let page = officer.get("/second-factor").await.text;
    assert!(page.contains("<svg class=\"qr\"") && !page.contains("<script>"));
    let key = between(&page, "mono secret\">", "<").to_owned();
    let wrong = officer.post("/second-factor/confirm", "code=000000").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains(&key), "the same key is still there");
    let code = code_of(&key, test.app.now());
    let codes = officer
        .post("/second-factor/confirm", &format!("code={code}"))
        .await
        .text;
    assert_eq!(codes.matches("<li class=\"mono\">").count(), 10, "{codes}");
    let recovery = between(&codes, "<li class=\"mono\">", "<").to_owned();
    assert!(
        !officer.get("/second-factor").await.text.contains(&recovery),
        "shown once"
    );

    let mut next = Client::new(&router);
    let form = format!("name=town-officer&password={}&next=%2Funion", People::PASSWORD);
    let first = next.post("/sign-in", &form).await;
    assert_eq!(first.location.as_deref(), Some("/sign-in/code?next=%2Funion"));
    assert_eq!(
        next.get("/union").await.status,
        StatusCode::SEE_OTHER,
        "no session yet"
    );
    assert!(
        next.get("/sign-in/code?next=%2Funion")
            .await
            .text
            .contains("town-officer")
    );
    let wrong = next.post("/sign-in/code", "code=000000&next=%2Funion").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let signed = next
        .post("/sign-in/code", &format!("code={recovery}&next=%2Funion"))
        .await;
    assert_eq!(signed.location.as_deref(), Some("/union"), "{}", signed.text);
    assert_eq!(next.get("/union").await.status, StatusCode::OK);
    assert_eq!(
        Client::new(&router)
            .get("/sign-in/code")
            .await
            .location
            .as_deref(),
        Some("/sign-in")
    );
}

#[tokio::test]
async fn a_role_that_needs_a_second_factor_is_led_there_first() {
    let (_test, router) = console().await;
    let mut administrator = Client::signed_in(&router, "administrator").await;
    let refused = administrator
        .post(
            "/security",
            "password_days=x&password_history=5&second_factor_grace_days=0&export_rows_alone=&change_unions_alone=1&change_rows_alone=1\
             &export_rows_alone.town_officer=viele",
        )
        .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        refused.text.matches("请填写整数").count(),
        3,
        "an empty limit is no zero, and what is no number of a role is said as well"
    );
    let form = "password_days=0&password_history=5&second_factor_grace_days=0&export_rows_alone=5000&change_unions_alone=100&change_rows_alone=20000\
                &export_rows_alone.town_officer=300&second_factor_role=town_officer";
    let saved = administrator.post("/security", form).await;
    assert_eq!(saved.location.as_deref(), Some("/security"), "{}", saved.text);
    let shown = administrator.get("/security").await.text;
    assert!(
        shown.contains(r#"name="export_rows_alone.town_officer" value="300""#),
        "{shown}"
    );
    let mut officer = Client::signed_in(&router, "town-officer").await;
    assert_eq!(
        officer.get("/union").await.location.as_deref(),
        Some("/second-factor")
    );
    assert!(
        officer
            .get("/second-factor")
            .await
            .text
            .contains("请先设置再继续")
    );
    assert_eq!(officer.get("/password").await.status, StatusCode::OK);
}

#[tokio::test]
async fn everything_that_is_wrong_with_a_password_stands_in_a_list() {
    let (_test, router) = console().await;
    let mut officer = Client::signed_in(&router, "town-officer").await;
    let form = format!("old={}&new=town-officer&again=town-officer", People::PASSWORD);
    let refused = officer.post("/password", &form).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let list = between(&refused.text, "<ul class=\"wrong\"", "</ul>");
    assert_eq!(list.matches("<li>").count(), 2, "{list}");
    assert!(list.contains("现在只有小写字母、符号") && list.contains("不能包含登录名"));
}

#[tokio::test]
async fn an_ended_device_is_out_at_its_next_page() {
    let (_test, router) = console().await;
    let mut here = Client::signed_in(&router, "field-worker").await;
    let mut phone = Client::signed_in(&router, "field-worker").await;
    let list = here.get("/session").await.text;
    let end = format!(
        "/session/{}/end",
        between(&list, "action=\"/session/0", "/end").to_owned()
    );
    let end = end.replacen("/session/", "/session/0", 1);
    assert_eq!(here.post(&end, "").await.location.as_deref(), Some("/session"));
    assert_eq!(phone.get("/mine").await.status, StatusCode::SEE_OTHER);
    assert_eq!(here.get("/mine").await.status, StatusCode::OK);
}

#[tokio::test]
async fn whoever_acts_for_another_is_told_so_on_every_page() {
    let (_test, router) = console().await;
    let mut officer = Client::signed_in(&router, "town-officer").await;
    let form = "delegate=field-worker&starts_on=2026-08-03&ends_on=2026-08-05&reason=%E5%9F%B9%E8%AE%AD";
    let open_desk = officer.post("/delegation", form).await;
    assert!(open_desk.text.contains("密码不正确"), "{}", open_desk.text);
    let form = format!("{form}&password={}", testkit::People::PASSWORD);
    let given = officer.post("/delegation", &form).await;
    assert_eq!(given.location.as_deref(), Some("/delegation"), "{}", given.text);
    let mut worker = Client::signed_in(&router, "field-worker").await;
    assert_eq!(worker.get("/account").await.status, StatusCode::FORBIDDEN);
    let list = worker.get("/delegation").await.text;
    let act = format!(
        "/delegation/{}/act",
        between(&list, "action=\"/delegation/", "/act")
    );
    assert_eq!(worker.post(&act, "").await.location.as_deref(), Some("/"));
    for page in ["/", "/account", "/worklist/task", "/delegation", "/session"] {
        let shown = worker.get(page).await;
        assert_eq!(shown.status, StatusCode::OK, "{page}");
        assert!(shown.text.contains("的名义办理，2026-08-05 到期"), "{page}");
    }
    worker.post("/delegation/oneself", "").await;
    assert!(!worker.get("/").await.text.contains("的名义办理"));
    assert_eq!(worker.get("/account").await.status, StatusCode::FORBIDDEN);
}
