//! The lists over HTTP: chosen columns, and acts on many items.

use axum::http::StatusCode;

use crate::client::{Client, console};

#[tokio::test]
async fn chosen_columns_stand_in_the_address_and_in_a_saved_view() {
    let (_test, router) = console().await;
    let mut client = Client::signed_in(&router, "town-officer").await;
    let usual = client.get("/worklist/task").await.text;
    assert!(
        usual.contains(r#"name="cols" value="due" checked"#) && !usual.contains(r#"value="county" checked"#)
    );
    let chosen = client
        .get("/worklist/task?overdue=1&cols=county&cols=due")
        .await
        .text;
    assert!(chosen.contains(r#"value="county" checked"#) && !chosen.contains(r#"value="why" checked"#));
    assert!(
        chosen.contains("/worklist/task/export?overdue=1&#38;cols=county%2Cdue"),
        "the workbook gets the same columns: {chosen}"
    );
    let form = "name=%E6%9C%9F%E9%99%90&address=%2Fworklist%2Ftask%3Foverdue%3D1%26cols%3Dcounty%252Cdue";
    let saved = client.post("/saved-view", form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    let list = client.get("/worklist/task").await.text;
    assert!(
        list.contains("cols=county%2Cdue"),
        "the saved view leads back to them"
    );
}

#[tokio::test]
async fn a_bulk_act_without_items_or_act_says_what_is_missing() {
    let (_test, router) = console().await;
    let mut client = Client::signed_in(&router, "town-officer").await;
    let none = client
        .post("/worklist/bulk", "action=assign&back=%2Fworklist%2Ftask")
        .await;
    assert!(none.text.contains("没有选中任何一项"));
    let item = "item=QD-330226-2026-000001&back=%2Fworklist%2Ftask";
    assert!(
        client
            .post("/worklist/bulk", item)
            .await
            .text
            .contains("选择要批量办理什么")
    );
    let asked = client
        .post("/worklist/bulk", &format!("{item}&action=escalate"))
        .await;
    assert!(
        asked.text.contains("没有编号为 QD-330226-2026-000001 的清单项"),
        "{}",
        asked.text
    );
    assert!(!asked.text.contains("确认办理"));
    let confirmed = "items=QD-330226-2026-000001&action=escalate&back=%2Fworklist%2Ftask";
    let mute = client.post("/worklist/bulk/confirm", confirmed).await;
    assert_eq!(mute.status, StatusCode::UNPROCESSABLE_ENTITY);
    let mut auditor = Client::signed_in(&router, "auditor").await;
    assert!(!auditor.get("/worklist/task").await.text.contains("批量办理"));
}
