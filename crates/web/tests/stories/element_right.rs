//! 数据元权限 on its pages, and on the forms that keep to it.

use axum::http::StatusCode;
use testkit::TestApp;

use crate::client::{Client, console};

fn form(fields: &[(&str, &str)]) -> String {
    let encoded = |text: &str| -> String { text.bytes().map(|byte| format!("%{byte:02X}")).collect() };
    let pairs: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .collect();
    pairs.join("&")
}

async fn address(test: &TestApp) -> Option<String> {
    let mut reader = test.app.store.read().await.unwrap();
    reader.union_row("T-BASE").await.unwrap().unwrap().address
}

#[tokio::test]
async fn the_matrix_says_who_may_and_what_was_set_otherwise_and_by_whom() {
    let (_test, router) = console().await;
    let mut admin = Client::signed_in(&router, "administrator").await;
    let all = admin.get("/element-right").await.text;
    assert!(
        all.contains("全部按默认") && all.contains("换届和委员会") && all.contains("默认区县以上可改"),
        "{all}"
    );
    assert!(
        admin.get("/account/matrix").await.text.contains("/element-right"),
        "beside the roles × functions"
    );
    let one = admin.get("/element-right/unions/level").await.text;
    assert!(
        one.contains(r#"name="write.town_officer""#) && one.contains("按默认（不可改）"),
        "{one}"
    );
    assert!(
        !one.contains("auditor\""),
        "no choice for a role without the function: {one}"
    );

    let silent = admin
        .post(
            "/element-right/unions/level",
            &form(&[("write.town_officer", "yes"), ("words", "")]),
        )
        .await;
    assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        silent.text.contains("请写明原因") && silent.text.contains(r#"<option value="yes" selected>"#),
        "what was chosen stays"
    );
    let more = form(&[
        ("write.town_officer", "yes"),
        ("write.system", "yes"),
        ("words", "试行"),
    ]);
    let refused = admin.post("/element-right/unions/level", &more).await;
    assert!(
        refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.text.contains("write.system"),
        "{}",
        refused.text
    );
    let saved = admin
        .post(
            "/element-right/unions/level",
            &form(&[("write.town_officer", "yes"), ("words", "试行")]),
        )
        .await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    let set = admin.get("/element-right?set=1").await.text;
    assert!(
        set.contains("已调整 1 处")
            && set.contains("工会级别")
            && set.contains("管** ")
            && !set.contains("换届和委员会"),
        "{set}"
    );
    assert!(
        admin
            .get("/element-right?kind=members&role=union_chair")
            .await
            .text
            .contains("证件号码")
    );
    assert!(
        admin
            .get("/element-right?q=%E6%B2%A1%E6%9C%89")
            .await
            .text
            .contains("没有符合条件的记录")
    );
    assert_eq!(
        admin.get("/element-right/unions/union_id").await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(admin.get("/element-right/table").await.status, StatusCode::OK);

    // Whoever sees roles reads it, and finds nothing to press; the system administrator runs the machine.
    let mut officer = Client::signed_in(&router, "town-officer").await;
    let read = officer.get("/element-right/unions/level").await.text;
    assert!(
        read.contains("可改") && !read.contains("<select") && !read.contains(">保存<"),
        "{read}"
    );
    for login in [
        "town-officer",
        "city-officer",
        "system-administrator",
        "security-auditor",
    ] {
        let mut other = Client::signed_in(&router, login).await;
        let tried = other
            .post(
                "/element-right/unions/level",
                &form(&[("write.town_officer", ""), ("words", "收回")]),
            )
            .await;
        assert_eq!(tried.status, StatusCode::FORBIDDEN, "{login}");
    }
}

#[tokio::test]
async fn a_form_shows_as_text_what_one_may_not_write_and_takes_nothing_else() {
    let (test, router) = console().await;
    let mut town = Client::signed_in(&router, "town-officer").await;
    let page = town.get("/union/T-BASE/edit").await.text;
    assert!(
        page.contains("由市总干部、区县干部修改") && page.contains(">工会级别<"),
        "{page}"
    );
    assert!(
        !page.contains(r#"name="level""#) && page.contains(r#"name="address""#),
        "no dead input"
    );
    // Sent all the same: nothing is saved.
    let before = address(&test).await;
    let sent = form(&[
        ("level", "基层"),
        ("address", "西店镇滨海路 9 号"),
        ("reason", "核对"),
    ]);
    let refused = town.post("/union/T-BASE/edit", &sent).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(
        refused.text.contains("不能修改：工会级别") && refused.text.contains("没有保存任何内容"),
        "{}",
        refused.text
    );
    for unknown in ["chair", "union_id", "is_active", "batch_no"] {
        let sent = form(&[
            (unknown, "1"),
            ("address", "西店镇滨海路 9 号"),
            ("reason", "核对"),
        ]);
        let refused = town.post("/union/T-BASE/edit", &sent).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{unknown}");
        assert!(refused.text.contains(unknown), "{unknown} is named");
    }
    assert_eq!(address(&test).await, before);

    let mut admin = Client::signed_in(&router, "administrator").await;
    for (path, field) in [
        ("members/education", "write.town_officer"),
        ("unions/second_names", "write.town_officer"),
        ("unions/chair", "write.town_officer"),
        ("unions/legal_status", "write.town_officer"),
        ("unions/parent_id", "write.town_officer"),
        ("covers/to", "write.town_officer"),
    ] {
        let saved = admin
            .post(
                &format!("/element-right/{path}"),
                &form(&[(field, "no"), ("words", "收回")]),
            )
            .await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{path}: {}", saved.text);
    }
    let join = town.get("/union/T-BASE/join").await.text;
    assert!(
        !join.contains(r#"name="education""#) && join.contains("由市总干部、区县干部、基层工会主席修改"),
        "{join}"
    );
    for (page, words, gone) in [
        (
            "name",
            "加挂和摘下牌子由市总干部、区县干部修改",
            "/union/T-BASE/name\"",
        ),
        (
            "term",
            "换届（主席、届次和任期）由市总干部、区县干部修改",
            ">登记换届<",
        ),
        ("legal", "法人资格登记由市总干部、区县干部修改", "name=\"step\""),
        ("cover", "“止”由市总干部、区县干部修改", "name=\"to\""),
    ] {
        let shown = town.get(&format!("/union/T-BASE/{page}")).await.text;
        let main = &shown[shown.find("<main").unwrap()..];
        assert!(
            main.contains(words)
                && !main.contains(&format!("action=\"{gone}"))
                && (page == "name" || !main.contains(gone)),
            "{page}: {main}"
        );
    }
    let union = town.get("/union/T-BASE").await.text;
    assert!(
        !union.contains("/change/move") && union.contains("/change/dissolve"),
        "no button to what is refused"
    );
    assert_eq!(
        town.get("/union/T-BASE/change/move").await.status,
        StatusCode::FORBIDDEN
    );
}
