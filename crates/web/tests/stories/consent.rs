//! 告知书 and 知情同意 as the pages have them.

use app::intake::import_file;
use app::progress::unwatched;
use axum::http::StatusCode;
use domain::intake::Kind;

use crate::client::{Client, console};

const NUMBER: &str = "330226199001010000";
/// A notice, as a form sends it.
const NOTICE: &str = "text=%E5%AE%81%E6%B3%A2%E5%B8%82%E6%80%BB%E5%B7%A5%E4%BC%9A%E5%A4%84%E7%90%86%E4%BC%9A%E5%91%98%E7%9A%84%E5%A7%93%E5%90%8D%E3%80%81%E8%81%94%E7%B3%BB%E7%94%B5%E8%AF%9D%EF%BC%8C%E9%9A%8F%E6%97%B6%E5%8F%AF%E4%BB%A5%E6%92%A4%E5%9B%9E%E3%80%82";

#[tokio::test]
async fn what_a_member_agrees_to_is_written_down_shown_and_taken_back() {
    let (test, router) = console().await;
    let path = test.dir.path().join("members.csv");
    std::fs::write(
        &path,
        format!("member_id,union_id,name,id_no,phone\nM1,T-BASE,邵国海,{NUMBER},13857420001\n"),
    )
    .unwrap();
    import_file(
        &test.system(),
        &test.app,
        Kind::Members,
        &path,
        "members.csv",
        unwatched(),
    )
    .await
    .unwrap();

    let mut chair = Client::signed_in(&router, "union-chair").await;
    let member = "/union/T-BASE/member/M1";
    assert!(
        chair
            .get(member)
            .await
            .text
            .contains("还没有发布<a href=\"/notice\">告知书</a>")
    );
    assert_eq!(chair.post("/notice", NOTICE).await.status, StatusCode::FORBIDDEN);
    let mut city = Client::signed_in(&router, "city-officer").await;
    let short = city.post("/notice", "text=x&in_force_on=2026-08-03").await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(short.text.contains("20–10000 字"));
    let published = city
        .post("/notice", &format!("{NOTICE}&in_force_on=2026-08-03"))
        .await;
    assert_eq!(
        published.location.as_deref(),
        Some("/notice"),
        "{}",
        published.text
    );
    assert!(city.get("/notice").await.text.contains("第 1 版"));

    let form = "purposes=C01&purposes=C02&on=2026-08-03&way=paper";
    let kept = chair.post(&format!("{member}/consent"), form).await;
    assert_eq!(kept.location.as_deref(), Some(member), "{}", kept.text);
    let page = chair.get(member).await.text;
    assert!(
        page.contains("2026-08-03 书面同意第 1 版告知书") && page.contains("依法办理：会籍管理和接转"),
        "{page}"
    );
    let twice = chair.post(&format!("{member}/consent"), form).await;
    assert_eq!(twice.location.as_deref(), Some(member));
    assert!(chair.get(member).await.text.contains("已经登记过同意"));

    // The member takes one of them back.
    let pass = chair.post(&format!("{member}/pass"), "").await.text;
    let code = pass.split("data-pass>").nth(1).unwrap();
    let code = code.split('<').next().unwrap().trim();
    let mut own = Client::new(&router);
    let key = format!("code={code}&tail={}", &NUMBER[12..]);
    let seen = own.post("/me", &key).await.text;
    assert!(
        seen.contains("知情同意") && seen.contains("aria-label=\"撤回 服务通知\""),
        "{seen}"
    );
    let back = own
        .post("/me/consent", &format!("{key}&purposes=C01&withdraw=1"))
        .await;
    assert!(back.text.contains("已撤回，立即生效"), "{}", back.text);
    let again = own
        .post("/me/consent", &format!("{key}&purposes=C01&withdraw=1"))
        .await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    // They agree to the version that they had before them.
    assert!(back.text.contains("name=\"notice\" value=\"1\""), "{}", back.text);
    let unseen = own
        .post("/me/consent", &format!("{key}&purposes=C03&notice=2"))
        .await;
    assert_eq!(unseen.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unseen.text.contains("请看过新版再同意"), "{}", unseen.text);
    let agreed = own
        .post("/me/consent", &format!("{key}&purposes=C03&notice=1"))
        .await;
    assert!(agreed.text.contains("已记下您的同意"), "{}", agreed.text);
    let refused = own.post("/me/consent", "code=x&tail=y&purposes=C01").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);

    // Whole telephones need a purpose, and leave out who did not agree to it.
    let columns = "format=csv&plain=yes&columns=name&columns=phone&reason=%E9%80%9A%E7%9F%A5";
    let none = city.post("/export/members", columns).await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(none.text.contains("须选定处理目的"));
    let made = city
        .post("/export/members", &format!("{columns}&purpose=C01"))
        .await;
    assert_eq!(made.location.as_deref(), Some("/download#n1"), "{}", made.text);
    assert!(
        city.get("/download")
            .await
            .text
            .contains("服务通知；另有 1 人没有同意、已撤回或须重新同意，未列入")
    );
    assert!(!city.get("/download/1").await.text.contains("13857420001"));
    city.post("/export/members", &format!("{columns}&purpose=C02"))
        .await;
    assert!(city.get("/download/2").await.text.contains("13857420001"));
}
