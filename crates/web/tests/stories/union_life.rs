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
async fn a_covered_employer_is_entered_corrected_and_ended() {
    let (_test, router) = console().await;
    let mut client = Client::signed_in(&router, "town-officer").await;
    let typed = [("name", "宁海县丙丁五金厂"), ("code", ""), ("from", "2020-01-01")];
    let refused = client.post("/union/T-BASE/cover", &form(&typed)).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(
        refused.text.contains("变更工会类型"),
        "what to do is said: {}",
        refused.text
    );
    let joint = form(&[("union_type", "联合基层工会"), ("reason", "改为联合工会")]);
    let answer = client.post("/union/T-BASE/edit", &joint).await;
    assert!(
        follow(&mut client, answer).await.contains("/union/T-BASE/cover"),
        "the union's page leads there"
    );

    let wrong = client
        .post(
            "/union/T-BASE/cover",
            &form(&[typed[0], ("code", "123"), typed[2]]),
        )
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong.text.contains(r#"id="f-code-wrong""#) && wrong.text.contains(r#"value="宁海县丙丁五金厂""#)
    );
    let answer = client.post("/union/T-BASE/cover", &form(&typed)).await;
    let done = follow(&mut client, answer).await;
    assert!(
        done.contains("覆盖单位已登记") && done.contains("自 2020-01-01"),
        "{done}"
    );

    let fix = done
        .split("href=\"")
        .find_map(|rest| rest.split('"').next().filter(|href| href.contains("?fix=")));
    let fix = fix.unwrap().replace("&#38;", "&");
    let page = client.get(&fix).await.text;
    assert!(
        page.contains("更正覆盖单位") && page.contains(r#"value="2020-01-01""#),
        "{page}"
    );
    let key = page
        .split("name=\"key\" value=\"")
        .last()
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    let same = client
        .post(
            "/union/T-BASE/cover/correct",
            &form(&[("key", &key), typed[0], typed[2]]),
        )
        .await;
    assert_eq!(
        same.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "nothing to correct"
    );
    let early = client
        .post(
            "/union/T-BASE/cover/end",
            &form(&[("key", &key), ("to", "2019-01-01")]),
        )
        .await;
    assert!(
        early.status == StatusCode::UNPROCESSABLE_ENTITY
            && early.text.contains("不能早于覆盖起（2020-01-01）")
    );
    let answer = client
        .post(
            "/union/T-BASE/cover/end",
            &form(&[("key", &key), ("to", "2026-08-02")]),
        )
        .await;
    let done = follow(&mut client, answer).await;
    assert!(
        done.contains("以前覆盖的") && done.contains("2020-01-01 至 2026-08-02"),
        "{done}"
    );
    let union = client.get("/union/T-BASE").await.text;
    assert!(
        union.contains("以前覆盖的单位") && union.contains("终止覆盖"),
        "{union}"
    );
    // Who only looks sees no form.
    let mut chair = Client::signed_in(&router, "union-chair").await;
    let seen = chair.get("/union/T-BASE/cover").await.text;
    assert!(seen.contains("丙丁五金厂") && !seen.contains("h-form") && !seen.contains("?fix="));
    // A list of unions hands its filters to the export of members.
    let list = client
        .get("/union?county=330226&type=joint&q=%E7%94%B2")
        .await
        .text;
    assert!(
        list.contains("/export/members?county=330226&#38;type=joint&#38;union_q=%E7%94%B2"),
        "{list}"
    );
    let export = client
        .get("/export/members?county=330226&union_q=%E7%94%B2")
        .await
        .text;
    assert!(
        export.contains("与刚才的列表相同的筛选条件") && export.contains(r#"name="union_q""#),
        "{export}"
    );
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
