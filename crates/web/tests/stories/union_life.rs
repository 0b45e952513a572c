//! A union's life on its pages: registered as a legal person, called by a second name, put right by hand.

use axum::http::StatusCode;

use crate::client::{Answer, Client, console};

fn form(fields: &[(&str, &str)]) -> String {
    let encoded = |text: &str| -> String { text.bytes().map(|byte| format!("%{byte:02X}")).collect() };
    let pairs: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .collect();
    pairs.join("&")
}

async fn follow(client: &mut Client, answer: Answer) -> String {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    client.get(&answer.location.unwrap()).await.text
}

#[tokio::test]
async fn a_registration_keeps_what_was_typed_until_it_is_right() {
    let (_test, router) = console().await;
    let mut client = Client::signed_in(&router, "town-officer").await;
    let page = client.get("/union/T-BASE/legal").await.text;
    assert!(page.contains("没有登记") && page.contains("第十条") && page.contains("不符合"));
    let asked = form(&[
        ("step", "apply"),
        ("on", "2026-08-01"),
        ("premises", "西店镇滨海路12号"),
    ]);
    let back = client.post("/union/T-BASE/legal", &asked).await;
    assert_eq!(back.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        back.text.contains("依法成立（第十条）") && back.text.contains("请核实后勾选"),
        "{}",
        back.text
    );
    assert!(
        back.text.contains(r#"value="西店镇滨海路12号""#),
        "what was typed stays"
    );
    // A certificate of before the system is written down without an application.
    let record = [
        ("step", "record"),
        ("on", "2026-08-01"),
        ("code", "81330226MA2T0TE13D"),
        ("number", "33022600123"),
        ("legal_rep", "邵国海"),
        ("valid_from", "2024-06-18"),
        ("valid_to", "2029-06-17"),
    ];
    let answer = client.post("/union/T-BASE/legal", &form(&record)).await;
    let done = follow(&mut client, answer).await;
    assert!(
        done.contains("补录已有证书已登记") && done.contains("33022600123") && done.contains("2029-06-17"),
        "{done}"
    );
    assert!(!done.contains("邵国海"), "names are masked");
    let list = client.get("/legal-person?kind=granted").await.text;
    assert!(list.contains("有法人资格（1）") && list.contains("宁波甲乙电器有限公司工会"));
    let union = client.get("/union/T-BASE").await.text;
    assert!(union.contains("有，证书至 2029-06-17"));
    // Who only looks sees no form.
    let mut chair = Client::signed_in(&router, "union-chair").await;
    let seen = chair.get("/union/T-BASE/legal").await.text;
    assert!(seen.contains("33022600123") && !seen.contains("h-step"));
    let mut other = Client::signed_in(&router, "other-town-officer").await;
    assert_eq!(
        other.get("/union/T-BASE/legal").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn a_second_name_and_a_former_one_lead_to_the_union() {
    let (_test, router) = console().await;
    let mut client = Client::signed_in(&router, "town-officer").await;
    let plate = form(&[("name", "宁海县数字经济产业工会"), ("since", "2026-05-01")]);
    let answer = client.post("/union/T-BASE/name", &plate).await;
    let done = follow(&mut client, answer).await;
    assert!(done.contains("牌子已加挂") && done.contains("自 2026-05-01"));
    let renamed = form(&[
        ("union_name", "宁波丙丁智能有限公司工会"),
        ("reason", "按批复更名"),
    ]);
    let answer = client.post("/union/T-BASE/edit", &renamed).await;
    let done = follow(&mut client, answer).await;
    assert!(
        done.contains("已变更：工会名称") && done.contains("曾用名") && done.contains("加挂牌子"),
        "{done}"
    );
    for (q, says) in [
        ("数字经济", "加挂牌子：宁海县数字经济产业工会"),
        ("甲乙电器", "曾用名：宁波甲乙电器有限公司工会"),
    ] {
        let found = client.get(&format!("/union?{}", form(&[("q", q)]))).await.text;
        assert!(
            found.contains("宁波丙丁智能有限公司工会") && found.contains(says),
            "{q}"
        );
    }
    let wrong = form(&[("phone", "12"), ("reason", "更正")]);
    let back = client.post("/union/T-BASE/edit", &wrong).await;
    assert_eq!(back.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(back.text.contains(r#"id="f-phone-wrong""#), "beside its field");
}

#[tokio::test]
async fn members_left_by_a_dissolved_union_have_a_list() {
    let (_test, router) = console().await;
    let mut client = Client::signed_in(&router, "town-officer").await;
    assert!(client.get("/union/left").await.text.contains("没有待接续的会员"));
    let page = client.get("/union/T-BASE/change/take-over").await.text;
    assert!(page.contains("没有撤销"), "told before anything is typed");
    let line = client.get("/union/T-BASE/change/industry").await.text;
    assert!(line.contains("所属产业工会") && line.contains("属地上级不变"));
}
