//! A member's own page, and what the pages for memberships refuse.

use axum::http::StatusCode;
use testkit::union;

use crate::client::{Client, console};
use crate::plant::{NUMBER, member};

#[tokio::test]
async fn the_members_of_a_group_are_listed_across_unions_and_each_sees_their_own() {
    let (test, router) = console().await;
    member(&test, "M1").await;
    member(&test, "M2").await;
    let mut tx = test.app.store.begin().await.unwrap();
    let mut driver = tx.member_row("M1").await.unwrap().unwrap();
    driver.extra = Some(r#"{"gig_group":"货车司机"}"#.to_owned());
    tx.upsert_members([driver]).await.unwrap();
    tx.recount_members().await.unwrap();
    tx.commit().await.unwrap();
    let of_drivers = "/member?group=%E8%B4%A7%E8%BD%A6%E5%8F%B8%E6%9C%BA";
    let mut officer = Client::signed_in(&router, "town-officer").await;
    let all = officer.get("/member").await.text;
    assert!(
        all.contains("全部会员：2 人") && all.contains(r#"<option value="货车司机">"#),
        "{all}"
    );
    assert!(!all.contains("/export/members"), "{all}");
    let drivers = officer.get(of_drivers).await.text;
    assert!(
        drivers.contains("货车司机：1 人") && drivers.contains("/member/M1"),
        "{drivers}"
    );
    assert!(
        !drivers.contains("/member/M2") && drivers.contains("/export/members?group="),
        "{drivers}"
    );
    let mut other = Client::signed_in(&router, "other-town-officer").await;
    let none = other.get(of_drivers).await.text;
    assert!(none.contains("货车司机：0 人") && !none.contains("M1"), "{none}");
}

#[tokio::test]
async fn a_member_opens_their_own_data_with_a_code_and_the_last_digits() {
    let (test, router) = console().await;
    member(&test, "M1").await;
    let mut chair = Client::signed_in(&router, "union-chair").await;
    let path = format!("/union/{}/member/M1", union::BASE);
    assert!(chair.get(&path).await.text.contains("发放查询码"));
    let given = chair.post(&format!("{path}/pass"), "").await;
    assert_eq!(given.status, StatusCode::OK);
    let code = given
        .text
        .split("data-pass>")
        .nth(1)
        .unwrap()
        .split('<')
        .next()
        .unwrap()
        .to_owned();
    assert_eq!(code.len(), 24, "{code}");

    let mut nobody = Client::new(&router);
    assert_eq!(
        nobody.get("/me").await.status,
        StatusCode::OK,
        "without signing in"
    );
    let wrong = nobody.post("/me", &format!("code={code}&tail=123456")).await;
    assert_eq!(wrong.status, StatusCode::FORBIDDEN);
    assert!(!wrong.text.contains("邵国海"));
    assert!(
        wrong.text.contains("查询码或证件号码后六位不对") && wrong.text.contains("name=\"code\""),
        "the door says why, and stays: {}",
        wrong.text
    );
    let own = nobody.post("/me", &format!("code={code}&tail=010000")).await;
    assert_eq!(own.status, StatusCode::OK);
    assert!(own.text.contains("邵国海") && own.text.contains(NUMBER));
    assert_eq!(own.headers["cache-control"], "no-store");
    let copy = nobody.post("/me/copy", &format!("code={code}&tail=010000")).await;
    assert!(
        copy.headers["content-disposition"]
            .to_str()
            .unwrap()
            .contains("member-data.json")
    );
    assert!(copy.text.contains("邵国海"));
    let asked = nobody
        .post(
            "/me/correct",
            &format!(
                "code={code}&tail=010000&education=%E6%9C%AC%E7%A7%91&words=%E6%AF%95%E4%B8%9A%E8%AF%81"
            ),
        )
        .await;
    assert!(asked.text.contains("已提交"), "{}", asked.text);
    assert!(chair.get("/member/request").await.text.contains("更正资料"));
}

#[tokio::test]
async fn a_form_says_what_is_wrong_beside_the_field_and_keeps_what_was_typed() {
    let (test, router) = console().await;
    member(&test, "M1").await;
    let mut officer = Client::signed_in(&router, "town-officer").await;
    let path = format!("/union/{}", union::BASE);
    let form = "name=%E9%99%881&id_no=330226199001010001&phone=138&joined_on=2026-08-01";
    let refused = officer.post(&format!("{path}/join"), form).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for id in ["f-name-wrong", "f-id_no-wrong", "f-phone-wrong"] {
        assert!(refused.text.contains(id), "{id}");
    }
    assert!(refused.text.contains(r#"value="138""#));
    let form = "kind=expel&happened_on=2026-08-01&reason=6&decided_on=2026-07-01";
    let refused = officer.post(&format!("{path}/member/M1/change"), form).await;
    assert!(refused.text.contains("f-decision_no-wrong"), "{}", refused.text);
    let nowhere = officer.get("/member/request/not-an-id").await;
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
    assert_eq!(
        officer
            .get(&format!("{path}/member/M1/change?kind=merge"))
            .await
            .status,
        StatusCode::NOT_FOUND
    );
    let mut auditor = Client::signed_in(&router, "auditor").await;
    assert_eq!(
        auditor.get(&format!("{path}/join")).await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(auditor.get("/member/request").await.status, StatusCode::OK);
    let text = auditor.get(&format!("{path}/member/M1")).await.text;
    assert!(!text.contains("发放查询码") && !text.contains("/change?kind="));
}

#[tokio::test]
async fn where_a_member_goes_is_picked_by_a_part_of_its_name() {
    /// 西店
    const XIDIAN: &str = "%E8%A5%BF%E5%BA%97";
    let (test, router) = console().await;
    member(&test, "M1").await;
    let path = format!("/union/{}/member/M1/change", union::BASE);
    let typed = format!("kind=move&happened_on=2026-08-01&reason=1&words=abc&union_text={XIDIAN}");
    let mut officer = Client::signed_in(&router, "town-officer").await;
    let found = officer.post(&path, &format!("{typed}&find=1")).await;
    assert_eq!(found.status, StatusCode::OK);
    assert!(
        found.text.contains(r#"value="T-XIDIAN""#) && found.text.contains(">abc</textarea>"),
        "{}",
        found.text
    );
    let part = officer.post(&path, &typed).await;
    assert_eq!(part.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        part.text.contains("只是名称的一部分") && part.text.contains(r#"value="T-XIDIAN""#),
        "{}",
        part.text
    );
    let nowhere = officer.post(&path, &typed.replace(XIDIAN, "nowhere")).await;
    assert!(nowhere.text.contains("台账中没有这家工会"), "{}", nowhere.text);
    let asked = officer
        .post(&path, &format!("{typed}&union_asked={XIDIAN}&union=T-XIDIAN"))
        .await;
    let request = asked.location.expect("a request");
    assert!(officer.get(&request).await.text.contains("宁海县西店镇总工会"));
    // Who sees one union has nothing to pick from, and names the other in full.
    let mut chair = Client::signed_in(&router, "union-chair").await;
    let plain = chair.get(&format!("{path}?kind=move")).await.text;
    assert!(
        plain.contains(r#"name="to""#) && !plain.contains("union_text"),
        "{plain}"
    );
}

#[tokio::test]
async fn the_union_that_takes_a_member_in_finds_the_way_to_them() {
    let (test, router) = console().await;
    member(&test, "M1").await;
    let mut chair = Client::signed_in(&router, "union-chair").await;
    let form = format!(
        "kind=move&happened_on=2026-08-01&reason=1&to={}",
        union::OTHER_TOWN
    );
    let path = format!("/union/{}/member/M1", union::BASE);
    let asked = chair.post(&format!("{path}/change"), &form).await;
    let request = asked.location.unwrap();
    let mut other = Client::signed_in(&router, "other-town-officer").await;
    assert!(other.get(&request).await.text.contains("同意接转"));
    assert_eq!(
        other.get(&path).await.status,
        StatusCode::NOT_FOUND,
        "not theirs yet"
    );
    let done = other.post(&request, "answer=accept").await;
    assert_eq!(done.location.as_deref(), Some(request.as_str()));
    let shown = other.get(&request).await.text;
    let there = format!("/union/{}/member/M1", union::OTHER_TOWN);
    assert!(shown.contains(&format!("href=\"{there}\"")), "{shown}");
    assert_eq!(other.get(&there).await.status, StatusCode::OK);
    assert_eq!(chair.get(&path).await.status, StatusCode::NOT_FOUND);
    let old = chair.get(&request).await.text;
    assert!(old.contains("已同意") && !old.contains("会员页面"), "{old}");
}
