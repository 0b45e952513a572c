//! Opening an account: the union is found by a part of its name, and nobody's reach is guessed.

use axum::http::StatusCode;

use crate::client::{Client, console};

const WHO: &str = "name=%E9%99%88%E6%99%93&login=chenxiao&role=town_officer";
/// 西店
const XIDIAN: &str = "%E8%A5%BF%E5%BA%97";

#[tokio::test]
async fn a_part_of_a_name_leads_to_a_choice_and_the_choice_to_an_account() {
    let (_test, router) = console().await;
    let mut client = Client::signed_in(&router, "administrator").await;
    let found = client
        .post("/account", &format!("{WHO}&union_text={XIDIAN}&find=1"))
        .await;
    assert_eq!(found.status, StatusCode::OK, "{}", found.text);
    assert!(found.text.contains(r#"value="T-XIDIAN""#) && found.text.contains("宁海县 西店镇"));
    assert!(found.text.contains(r#"value="陈晓""#), "what was typed stays");
    let chosen = format!("{WHO}&union_text={XIDIAN}&union_asked={XIDIAN}&union=T-XIDIAN");
    let made = client.post("/account", &chosen).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.text);
    assert!(made.text.contains("一次性密码") && made.text.contains("宁海县西店镇总工会"));
}

#[tokio::test]
async fn an_ambiguous_text_comes_back_with_the_candidates_and_opens_nothing() {
    let (_test, router) = console().await;
    let mut client = Client::signed_in(&router, "administrator").await;
    for (text, sentence) in [
        // 宁海
        ("%E5%AE%81%E6%B5%B7", "对应 3 个工会"),
        (XIDIAN, "请确认是不是下面这一个"),
        // 象山
        ("%E8%B1%A1%E5%B1%B1", "没有找到名称含“象山”的工会"),
    ] {
        let back = client.post("/account", &format!("{WHO}&union_text={text}")).await;
        assert_eq!(back.status, StatusCode::UNPROCESSABLE_ENTITY, "{sentence}");
        assert!(back.text.contains(sentence), "{sentence}: {}", back.text);
        assert!(!back.text.contains("一次性密码 <b"));
    }
    // The text was changed after the choice: the choice no longer holds.
    let changed = format!("{WHO}&union_text=%E5%AE%81%E6%B5%B7&union_asked={XIDIAN}&union=T-XIDIAN");
    assert_eq!(
        client.post("/account", &changed).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert!(!client.get("/account").await.text.contains("chenxiao"));
}

#[tokio::test]
async fn a_whole_name_or_a_key_needs_no_choice() {
    let (_test, router) = console().await;
    let mut client = Client::signed_in(&router, "administrator").await;
    for (login, text) in [("one", "宁海县西店镇总工会"), ("two", "T-XIDIAN")] {
        let encoded: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let form = format!("name=x&login={login}-x&role=town_officer&union_text={encoded}");
        let made = client.post("/account", &form).await;
        assert_eq!(made.status, StatusCode::OK, "{text}: {}", made.text);
        assert!(made.text.contains("宁海县西店镇总工会"));
    }
}

#[tokio::test]
async fn candidates_are_for_those_who_open_accounts() {
    let (_test, router) = console().await;
    let mut administrator = Client::signed_in(&router, "administrator").await;
    let part = administrator
        .get(&format!("/account/union?union_text={XIDIAN}"))
        .await;
    assert!(part.text.contains("T-XIDIAN") && !part.text.contains("<html"));
    let mut officer = Client::signed_in(&router, "town-officer").await;
    let refused = officer.get(&format!("/account/union?union_text={XIDIAN}")).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(
        officer.post("/account", &format!("{WHO}&find=1")).await.status,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn a_person_who_moves_keeps_the_account_and_sees_the_other_union() {
    let (_test, router) = console().await;
    let mut administrator = Client::signed_in(&router, "administrator").await;
    let list = administrator.get("/account?q=field-worker").await.text;
    let rest = list
        .split("href=\"/account/")
        .find(|part| part.contains(">王专职<"))
        .unwrap();
    let address = format!("/account/{}/edit", rest.split('"').next().unwrap());
    let form = administrator.get(&address).await.text;
    assert!(form.contains(r#"value="王专职""#) && form.contains(r#"value="宁海县西店镇总工会""#));
    assert!(!form.contains("登录名"), "a login is for life");
    assert!(form.contains(r#"value="T-XIDIAN" checked"#), "the union as it is");

    let mut worker = Client::signed_in(&router, "field-worker").await;
    assert_eq!(
        worker.get("/union/T-SHENZHEN").await.status,
        StatusCode::NOT_FOUND
    );
    let who = "name=%E7%8E%8B%E4%B8%93%E8%81%8C&role=field_worker";
    let part = administrator
        .post(&address, &format!("{who}&union_text=%E6%B7%B1%E7%94%BD"))
        .await;
    assert_eq!(part.status, StatusCode::UNPROCESSABLE_ENTITY);
    let moved = administrator
        .post(&address, &format!("{who}&union_text=T-SHENZHEN"))
        .await;
    assert_eq!(moved.status, StatusCode::SEE_OTHER, "{}", moved.text);
    assert_eq!(
        worker.get("/union/T-SHENZHEN").await.status,
        StatusCode::OK,
        "from the next page on"
    );
    let mut officer = Client::signed_in(&router, "town-officer").await;
    assert_eq!(
        officer.get(&address).await.status,
        StatusCode::NOT_FOUND,
        "no longer theirs to see"
    );
}
