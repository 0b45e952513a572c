//! Who gets in, and what does not come through.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use testkit::People;
use tower::ServiceExt;
use web::WebConfig;

use crate::client::{Client, console, console_with};

#[tokio::test]
async fn a_stranger_is_asked_to_sign_in_and_comes_back_to_the_page_asked_for() {
    let (_test, router) = console().await;
    let mut client = Client::new(&router);
    let asked = client.get("/worklist/task?rule=found-25").await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER);
    assert_eq!(
        asked.location.as_deref(),
        Some("/sign-in?next=%2Fworklist%2Ftask%3Frule%3Dfound-25")
    );
    let form = format!(
        "name=town-officer&password={}&next=%2Fworklist%2Ftask%3Frule%3Dfound-25",
        People::PASSWORD
    );
    let signed = client.post("/sign-in", &form).await;
    assert_eq!(signed.location.as_deref(), Some("/worklist/task?rule=found-25"));
    let cookie = signed.headers[header::SET_COOKIE].to_str().unwrap().to_owned();
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
        "{cookie}"
    );
}

#[tokio::test]
async fn a_wrong_password_keeps_the_name_and_says_no_more_than_it_must() {
    let (_test, router) = console().await;
    let mut client = Client::new(&router);
    let known = client.post("/sign-in", "name=town-officer&password=wrong").await;
    let unknown = client.post("/sign-in", "name=nobody&password=wrong").await;
    assert_eq!(known.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(known.text.contains(r#"value="town-officer""#));
    assert_eq!(known.text.replace("town-officer", "nobody"), unknown.text);
}

#[tokio::test]
async fn nobody_is_led_to_another_site_after_signing_in() {
    let (_test, router) = console().await;
    let form = format!(
        "name=town-officer&password={}&next=%2F%2Fevil.example",
        People::PASSWORD
    );
    let signed = Client::new(&router).post("/sign-in", &form).await;
    assert_eq!(signed.location.as_deref(), Some("/"));
}

#[tokio::test]
async fn another_site_cannot_post_with_a_signed_in_browser() {
    let (_test, router) = console().await;
    let mut client = Client::signed_in(&router, "town-officer").await;
    let request = Request::post("/sign-out")
        .header(header::HOST, "console.test")
        .header("sec-fetch-site", "cross-site")
        .header(header::ORIGIN, "https://evil.example");
    let refused = client.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.text.contains("不是从本站页面发出的"));
    assert_eq!(client.get("/").await.status, StatusCode::OK);
}

#[tokio::test]
async fn after_signing_out_the_old_cookie_opens_nothing() {
    let (_test, router) = console().await;
    let mut client = Client::signed_in(&router, "town-officer").await;
    let session = client.post("/sign-out", "").await;
    assert_eq!(session.location.as_deref(), Some("/sign-in?bye=1"));
    assert_eq!(client.get("/").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn every_answer_carries_its_number_and_the_security_headers() {
    let (_test, router) = console().await;
    let mut client = Client::signed_in(&router, "town-officer").await;
    let answer = client.get("/no-such-page").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    let id = answer.headers["x-request-id"].to_str().unwrap();
    assert!(
        answer.text.contains(id),
        "the page shows the number to tell the administrator"
    );
    assert!(
        answer.headers["content-security-policy"]
            .to_str()
            .unwrap()
            .starts_with("default-src 'self'")
    );
    assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
}

#[tokio::test]
async fn behind_https_every_cookie_is_for_https_only() {
    for is_https in [false, true] {
        let (_test, router) = console_with(WebConfig {
            is_https,
            ..WebConfig::default()
        })
        .await;
        let mut client = Client::new(&router);
        let form = format!("name=town-officer&password={}", People::PASSWORD);
        let signed = client.post("/sign-in", &form).await;
        let saved = client
            .post("/saved-view", "name=x&address=%2Fworklist%2Ftask")
            .await;
        let left = client.post("/sign-out", "").await;
        for answer in [&signed, &saved, &left] {
            let cookies: Vec<_> = answer.headers.get_all(header::SET_COOKIE).iter().collect();
            assert!(!cookies.is_empty());
            for cookie in cookies {
                let cookie = cookie.to_str().unwrap();
                assert_eq!(cookie.ends_with("; Secure"), is_https, "{cookie}");
                assert_eq!(cookie.starts_with("__Host-gonghui_"), is_https, "{cookie}");
                assert!(
                    cookie.contains("; Path=/;") && !cookie.contains("Domain"),
                    "{cookie}"
                );
            }
        }
        // A cookie under the bare name may have been planted from elsewhere.
        if is_https {
            let again = client.post("/sign-in", &form).await;
            let token = again.headers[header::SET_COOKIE]
                .to_str()
                .unwrap()
                .split(['=', ';'])
                .nth(1)
                .unwrap();
            for (name, expected) in [
                ("__Host-gonghui_session", StatusCode::OK),
                ("gonghui_session", StatusCode::SEE_OTHER),
            ] {
                let request = Request::builder()
                    .uri("/session")
                    .header(header::COOKIE, format!("{name}={token}"));
                let answer = router
                    .clone()
                    .oneshot(request.body(Body::empty()).unwrap())
                    .await
                    .unwrap();
                assert_eq!(answer.status(), expected, "{name}");
            }
        }
        assert_eq!(signed.headers.contains_key("strict-transport-security"), is_https);
    }
}

#[tokio::test]
async fn a_one_time_password_leads_to_its_change_and_nowhere_else() {
    let (_test, router) = console().await;
    let mut administrator = Client::signed_in(&router, "administrator").await;
    let made = administrator
        .post(
            "/account",
            "name=%E9%99%88%E6%99%93&login=chenxiao&role=security_administrator",
        )
        .await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.text);
    let password = made
        .text
        .split("一次性密码 <b class=\"mono\">")
        .nth(1)
        .unwrap()
        .split('<')
        .next()
        .unwrap()
        .to_owned();
    let mut fresh = Client::new(&router);
    let signed = fresh
        .post(
            "/sign-in",
            &format!("name=chenxiao&password={password}&next=%2Faccount"),
        )
        .await;
    assert_eq!(signed.location.as_deref(), Some("/password"));
    assert_eq!(fresh.get("/account").await.location.as_deref(), Some("/password"));
    let weak = fresh
        .post("/password", &format!("old={password}&new=short&again=short"))
        .await;
    assert_eq!(weak.status, StatusCode::UNPROCESSABLE_ENTITY);
    let changed = fresh
        .post(
            "/password",
            &format!("old={password}&new=Xidian-2026-xin&again=Xidian-2026-xin"),
        )
        .await;
    assert_eq!(changed.location.as_deref(), Some("/"), "{}", changed.text);
    assert_eq!(fresh.get("/account").await.status, StatusCode::OK);
}
