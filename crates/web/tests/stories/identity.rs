//! The pages around the unit's own identity provider.

use axum::Router;
use axum::http::StatusCode;
use testkit::{People, Provider, TestApp, Token};
use web::{Web, WebConfig, router};

use crate::client::{Client, console};

async fn trusting() -> (TestApp, Router, Provider) {
    let provider = Provider::start().await;
    let mut test = TestApp::sqlite().await;
    People::of(&test).await;
    test.app.identity_provider = Some(provider.client());
    let router = router(Web::new(test.app.clone(), WebConfig::default()));
    (test, router, provider)
}

fn bind_form() -> String {
    format!("password={}", People::PASSWORD)
}

/// Where the page of our own leads on to.
fn link_of(page: &str) -> String {
    let rest = page.split("<a class=\"btn btn-primary w-100\" href=\"").nth(1);
    let link = rest
        .unwrap_or_else(|| panic!("no link in {page}"))
        .split('"')
        .next()
        .unwrap();
    link.replace("&#38;", "&").replace("&amp;", "&")
}

#[tokio::test]
async fn where_none_is_configured_nothing_of_it_is_shown() {
    let (_test, router) = console().await;
    let mut nobody = Client::new(&router);
    assert!(!nobody.get("/sign-in").await.text.contains("统一身份认证"));
    let refused = nobody.get("/sign-in/provider").await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    assert!(refused.text.contains("本系统没有启用统一身份认证"));
    let mut officer = Client::signed_in(&router, "town-officer").await;
    assert!(!officer.get("/union").await.text.contains("href=\"/identity\""));
    assert_eq!(officer.get("/identity").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_person_binds_and_comes_in_and_goes() {
    let (test, router, provider) = trusting().await;
    let token = Token::of("zheng-0007", test.app.now());
    let mut officer = Client::signed_in(&router, "town-officer").await;
    assert!(officer.get("/union").await.text.contains("href=\"/identity\""));
    let wrong = officer.post("/identity/bind", "password=wrong").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("密码不正确"));
    let away = officer.post("/identity/bind", &bind_form()).await;
    assert_eq!(
        away.status,
        StatusCode::OK,
        "a form's redirect to another site would be held by the browser"
    );
    assert!(away.text.contains("http-equiv=\"refresh\""));
    let query = provider.approve(&link_of(&away.text), &token);
    let bound = officer.get(&format!("/sign-in/provider/return?{query}")).await;
    assert_eq!(bound.location.as_deref(), Some("/identity"), "{}", bound.text);
    let page = officer.get("/identity").await.text;
    assert!(page.contains("已绑定") && page.contains("******0007"), "{page}");

    let mut next = Client::new(&router);
    assert!(
        next.get("/sign-in?next=%2Funion")
            .await
            .text
            .contains("/sign-in/provider?next=%2Funion")
    );
    let departure = next.get("/sign-in/provider?next=%2Funion").await;
    assert_eq!(departure.status, StatusCode::SEE_OTHER);
    let query = provider.approve(departure.location.as_deref().unwrap(), &token);
    let mut thief = Client::new(&router);
    let caught = thief.get(&format!("/sign-in/provider/return?{query}")).await;
    assert_eq!(caught.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(caught.text.contains("登录已中断"), "{}", caught.text);
    let arrived = next.get(&format!("/sign-in/provider/return?{query}")).await;
    assert_eq!(arrived.location.as_deref(), Some("/union"), "{}", arrived.text);
    assert!(next.get("/session").await.text.contains("统一身份认证登录"));
    let out = next.post("/sign-out", "").await;
    assert!(
        link_of(&out.text).starts_with(&format!("{}/end?", provider.url)),
        "{}",
        out.text
    );
    assert_eq!(next.get("/union").await.status, StatusCode::SEE_OTHER);
    // Whoever came by password leaves without a detour.
    assert_eq!(
        officer.post("/sign-out", "").await.location.as_deref(),
        Some("/sign-in?bye=1")
    );
}

#[tokio::test]
async fn nobody_is_led_to_another_site_and_the_way_back_is_told() {
    let (test, router, provider) = trusting().await;
    let token = Token::of("nobody", test.app.now());
    let mut nobody = Client::new(&router);
    let departure = nobody.get("/sign-in/provider?next=%2F%2Fevil.example").await;
    let query = provider.approve(departure.location.as_deref().unwrap(), &token);
    let unbound = nobody.get(&format!("/sign-in/provider/return?{query}")).await;
    assert_eq!(unbound.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        unbound.text.contains("还没有绑定") && !unbound.text.contains("evil"),
        "{}",
        unbound.text
    );
    let cookie = departure.headers["set-cookie"].to_str().unwrap();
    for word in [
        "gonghui_errand=",
        "HttpOnly",
        "SameSite=Lax",
        "Max-Age=600",
        // The whole site, as a name that begins with __Host- must have it behind https.
        "Path=/;",
    ] {
        assert!(cookie.contains(word), "{cookie}");
    }
    provider.set_down(true);
    test.clock.advance(std::time::Duration::from_secs(11));
    let down = nobody.get("/sign-in/provider").await;
    assert_eq!(down.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(down.text.contains("统一身份认证暂时连不上") && down.text.contains("name=\"password\""));
}

#[tokio::test]
async fn the_administrator_binds_on_the_page_of_an_account() {
    let (test, router, _provider) = trusting().await;
    let id = test
        .app
        .store
        .read()
        .await
        .unwrap()
        .account_by_login("town-officer")
        .await
        .unwrap()
        .unwrap()
        .id;
    let mut administrator = Client::signed_in(&router, "administrator").await;
    let path = format!("/account/{id}/identity");
    let wrong = administrator.post(&path, "subject=%E5%BC%A0").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("身份标识须是"));
    assert_eq!(
        administrator.post(&path, "subject=zheng").await.status,
        StatusCode::SEE_OTHER
    );
    assert!(
        administrator
            .get(&format!("/account/{id}"))
            .await
            .text
            .contains("解除绑定")
    );
    let mut officer = Client::signed_in(&router, "town-officer").await;
    assert_eq!(
        officer.post(&path, "subject=zheng2").await.status,
        StatusCode::FORBIDDEN
    );
    let gone = administrator
        .post(&format!("/account/{id}/unbind-identity"), "")
        .await;
    assert_eq!(gone.status, StatusCode::SEE_OTHER);
}
