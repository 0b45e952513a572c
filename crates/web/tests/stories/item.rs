//! The item page: an item that rests on a match shows how the match was made.

use axum::http::StatusCode;
use domain::list_item::ItemSubject;
use store::list_item::ItemRecord;
use testkit::{TestApp, union};

use crate::client::{Client, console};
use crate::plant::{self, TOWN_PATH};

/// What a run writes about a match: bits that sum up to 22.8.
const CANDIDATE: &str = r#""prior": -14.0, "total": 22.8, "fields": [
    {"field": "code", "label": "单位代码", "left": "91330226MA2TENGX30", "right": "91330226MA2TENGX30",
     "outcome": "agree", "level": "代码一致", "weight": 19.5},
    {"field": "name", "label": "单位名称", "left": "宁海县腾浩户外用品有限公司", "right": "宁海县腾浩户外用品有限公司",
     "outcome": "agree", "level": "名称完全一致", "weight": 18.8},
    {"field": "legal_rep", "label": "法定代表人", "left": "邵建国", "right": "王芳",
     "outcome": "disagree", "level": "不同", "weight": -1.5}]"#;

/// Puts an item on the list, with a candidate of this id and name in its evidence. No run has been: the store has no link.
async fn raise(
    test: &TestApp,
    nth: u32,
    rule: &str,
    subject: ItemSubject,
    id: &str,
    candidate: (&str, &str),
) -> String {
    let item_no = format!("QD-330226-2026-{nth:06}");
    let subject = (subject, id, "宁海县腾浩户外用品有限公司工会");
    let record = ItemRecord {
        rule: rule.into(),
        ..plant::item_record(&test.app, &item_no, subject, TOWN_PATH)
    };
    let (other, name) = candidate;
    let evidence = format!(
        r#"{{"rows": [], "doubts": [], "candidate": {{"id": "{other}", "name": "{name}", "probability": 0.97, {CANDIDATE}}}}}"#
    );
    let mut tx = test.app.store.begin().await.unwrap();
    plant::raise(&mut tx, record, evidence).await;
    tx.commit().await.unwrap();
    item_no
}

#[tokio::test]
async fn an_item_shows_the_match_it_rests_on_without_a_stored_link() {
    let (test, router) = console().await;
    let mut client = Client::signed_in(&router, "city-officer").await;
    let firm = ("E9", "宁海县腾浩户外用品有限公司");
    let base = (union::BASE, "宁波甲乙电器有限公司工会");
    for (nth, rule, subject, id, candidate, title, standing) in [
        (
            1,
            "join-more",
            ItemSubject::Union,
            union::BASE,
            firm,
            "对应的单位",
            "已采纳，概率 0.97",
        ),
        (
            2,
            "link-verify",
            ItemSubject::Union,
            union::BASE,
            firm,
            "最接近的单位",
            "未采纳，概率 0.97",
        ),
        (
            3,
            "found-25",
            ItemSubject::Enterprise,
            "E9",
            base,
            "最接近的工会",
            "未采纳，概率 0.97",
        ),
    ] {
        let number = raise(&test, nth, rule, subject, id, candidate).await;
        let page = client.get(&format!("/item/{number}")).await;
        assert_eq!(page.status, StatusCode::OK, "{rule}: {}", page.text);
        for words in [
            title,
            standing,
            candidate.1,
            "代码一致",
            "+19.5",
            "不同",
            "邵** / 王*",
            "91330226MA2TENGX30",
            "合计",
            "+22.8",
        ] {
            assert!(page.text.contains(words), "{rule}: {words}");
        }
        assert!(!page.text.contains("邵建国"), "{rule}");
    }
}
