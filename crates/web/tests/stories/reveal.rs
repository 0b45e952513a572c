//! A member's number in full: for a reason, in one answer, for those who may.

use axum::http::{Request, StatusCode, header};

use store::employer::EmployerRecord;
use testkit::{TestApp, union};

use crate::client::{Client, console};
use crate::plant::{self, NUMBER, member};

#[tokio::test]
async fn without_script_a_row_asks_why_and_shows_the_number_once() {
    let (test, router) = console().await;
    member(&test, "M/1").await;
    let mut client = Client::signed_in(&router, "town-officer").await;
    let list = client.get("/union/T-BASE/member").await.text;
    assert!(
        !list.contains(NUMBER) && list.contains("reveal=M%2F1#reveal"),
        "{list}"
    );
    let asked = client.get("/union/T-BASE/member?reveal=M%2F1").await.text;
    assert!(asked.contains(r#"action="/union/T-BASE/member/M%2F1/reveal""#) && !asked.contains(NUMBER));

    let action = "/union/T-BASE/member/M%2F1/reveal";
    let refused = client
        .post(action, "what=id_no&words=x&back=%2Funion%2FT-BASE%2Fmember")
        .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("请选择查看完整内容的用途") && !refused.text.contains(NUMBER));

    let why = "what=id_no&purpose=%E6%9B%B4%E6%AD%A3%E7%99%BB%E8%AE%B0%E9%94%99%E8%AF%AF&back=%2Funion%2FT-BASE%2Fmember";
    let shown = client.post(action, why).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.text);
    assert!(shown.text.contains(NUMBER) && shown.text.contains(r#"href="/union/T-BASE/member""#));
    assert_eq!(shown.headers[header::CACHE_CONTROL], "no-store");
    assert_eq!(
        shown.headers[header::REFRESH],
        "30;url=/union/T-BASE/member",
        "without script the page leaves by itself"
    );
    let called = client.post(action, &why.replace("id_no", "contact")).await;
    assert!(
        called.text.contains("邵国海") && !called.text.contains(NUMBER),
        "{}",
        called.text
    );
    assert!(
        !client.get("/union/T-BASE/member").await.text.contains(NUMBER),
        "for that one answer only"
    );
    let mut auditor = Client::signed_in(&router, "auditor").await;
    let journal = auditor.get("/journal?action=reveal").await.text;
    assert!(journal.contains("更正登记错误") && !journal.contains(NUMBER));
}

#[tokio::test]
async fn with_script_the_number_stands_under_a_form_that_asks_again() {
    let (test, router) = console().await;
    member(&test, "M/1").await;
    let mut client = Client::signed_in(&router, "town-officer").await;
    let request = Request::post("/union/T-BASE/member/M%2F1/reveal")
        .header(header::HOST, "console.test")
        .header("sec-fetch-site", "same-origin")
        .header("hx-request", "true");
    let shown = client
        .send(
            request
                .body("what=id_no&purpose=%E5%85%B6%E4%BB%96&words=%E6%9D%A5%E8%AE%BF".into())
                .unwrap(),
        )
        .await;
    assert!(
        shown.text.contains(NUMBER) && shown.text.contains("data-reveal=\"30\""),
        "{}",
        shown.text
    );
    assert!(!shown.text.contains("<html"));
    // The next look needs no new page, and has a reason of its own: nothing is chosen yet.
    assert!(
        shown.text.contains(r#"value="contact""#)
            && !shown.text.contains(" checked")
            && shown.text.contains(r#"name="words" value="""#),
        "{}",
        shown.text
    );
    assert_eq!(shown.headers[header::CACHE_CONTROL], "no-store");
}

#[tokio::test]
async fn who_may_not_sees_no_way_and_gets_no_number() {
    let (test, router) = console().await;
    member(&test, "M/1").await;
    let why = "what=id_no&purpose=%E6%9B%B4%E6%AD%A3%E7%99%BB%E8%AE%B0%E9%94%99%E8%AF%AF";
    for (login, expected) in [
        ("auditor", StatusCode::FORBIDDEN),
        ("union-chair", StatusCode::FORBIDDEN),
        ("field-worker", StatusCode::FORBIDDEN),
        ("administrator", StatusCode::FORBIDDEN),
        ("other-town-officer", StatusCode::NOT_FOUND),
    ] {
        let mut client = Client::signed_in(&router, login).await;
        let list = client.get("/union/T-BASE/member?reveal=M%2F1").await.text;
        assert!(!list.contains("显示号码") && !list.contains(NUMBER), "{login}");
        let answer = client.post("/union/T-BASE/member/M%2F1/reveal", why).await;
        assert_eq!(answer.status, expected, "{login}: {}", answer.text);
        assert!(!answer.text.contains(NUMBER), "{login}");
    }
}

#[tokio::test]
async fn a_changed_value_is_said_to_be_so() {
    let (test, router) = console().await;
    member(&test, "M/1").await;
    let mut tx = test.app.store.begin().await.unwrap();
    let mut row = tx.member_row("M/1").await.unwrap().unwrap();
    *row.id_sealed.as_mut().unwrap().last_mut().unwrap() ^= 1;
    tx.upsert_members([row]).await.unwrap();
    tx.commit().await.unwrap();
    let mut client = Client::signed_in(&router, "town-officer").await;
    let list = client.get("/union/T-BASE/member").await;
    assert_eq!(
        list.status,
        StatusCode::OK,
        "one damaged row does not hide the others"
    );
    assert!(list.text.contains("无法解密"));
    let why = "what=id_no&purpose=%E6%9B%B4%E6%AD%A3%E7%99%BB%E8%AE%B0%E9%94%99%E8%AF%AF";
    let answer = client.post("/union/T-BASE/member/M%2F1/reveal", why).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(
        answer.text.contains("密文被改动过") && answer.text.contains("master.key"),
        "{}",
        answer.text
    );
}

/// 李建国, chair of the base union under this number; 张卫国, who represents its employer; the employer's own card says 王大明.
const CALLED: &str = "13988770001";
const EMPLOYER_CALLED: &str = "13988770002";

async fn contacts(test: &TestApp) {
    let mut tx = test.app.store.begin().await.unwrap();
    let mut home = tx.union_row(union::BASE).await.unwrap().unwrap();
    let path = home.path.clone().unwrap();
    home.chair = Some("李建国".into());
    home.employer_legal_rep = Some("张卫国".into());
    home.phone_sealed = Some(
        test.app
            .keys
            .seal("union_org", "phone", home.id.as_bytes(), CALLED),
    );
    tx.upsert_unions([home]).await.unwrap();
    let employer = EmployerRecord {
        legal_rep: Some("王大明".into()),
        phone_sealed: Some(test.app.keys.seal("enterprises", "phone", b"E1", EMPLOYER_CALLED)),
        ..plant::employer_card("E1", "宁海县晨光文具有限公司", &path)
    };
    tx.upsert_employers([employer]).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn whoever_works_there_is_told_whom_to_call_for_a_reason() {
    let (test, router) = console().await;
    contacts(&test).await;
    let why = "reason=%E9%9D%A2%E8%B0%88%E7%94%B2%E4%BA%8B";
    let union = format!("/union/{}", union::BASE);
    let mut worker = Client::signed_in(&router, "field-worker").await;
    for (page, whole) in [
        (union.as_str(), &["李建国", "张卫国", CALLED][..]),
        ("/employer/E1", &["王大明", EMPLOYER_CALLED]),
    ] {
        let seen = worker.get(page).await.text;
        assert!(
            seen.contains("显示联系人和电话") && seen.contains("139****000"),
            "{seen}"
        );
        for value in whole {
            assert!(!seen.contains(value), "{page} shows {value}");
        }
        let mute = worker.post(&format!("{page}/contact"), "reason=").await;
        assert_eq!(mute.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", mute.text);
        let shown = worker.post(&format!("{page}/contact"), why).await;
        assert_eq!(shown.headers[header::CACHE_CONTROL], "no-store");
        assert_eq!(shown.headers[header::REFRESH], format!("30;url={page}"));
        for value in whole {
            assert!(!mute.text.contains(value), "{page} without a reason");
            assert!(shown.text.contains(value), "{page}: {value} in {}", shown.text);
        }
        let request = Request::post(format!("{page}/contact"))
            .header(header::HOST, "console.test")
            .header("sec-fetch-site", "same-origin")
            .header("hx-request", "true");
        let part = worker.send(request.body(why.into()).unwrap()).await.text;
        assert!(
            part.contains("data-reveal=\"30\"") && part.contains("href=\"tel:139") && !part.contains("<html"),
            "{part}"
        );
        assert!(
            !worker.get(page).await.text.contains(whole[0]),
            "for that one answer only"
        );
    }
    // Who looked is in the journal with what for, not in the union's history, and the values are in neither.
    let mut auditor = Client::signed_in(&router, "auditor").await;
    let journal = auditor.get("/journal?action=reveal").await.text;
    assert!(
        journal.contains("面谈甲事") && journal.contains("工会主席、联系电话、单位法定代表人"),
        "{journal}"
    );
    for value in ["李建国", "张卫国", "王大明", CALLED, EMPLOYER_CALLED] {
        assert!(!journal.contains(value), "{value}");
    }
    assert!(!worker.get(&union).await.text.contains("面谈甲事"));
    for (login, page, expected) in [
        ("auditor", union.as_str(), StatusCode::FORBIDDEN),
        ("union-chair", &union, StatusCode::FORBIDDEN),
        ("system-administrator", &union, StatusCode::FORBIDDEN),
        ("other-town-officer", &union, StatusCode::NOT_FOUND),
        ("auditor", "/employer/E1", StatusCode::FORBIDDEN),
        ("other-field-worker", "/employer/E1", StatusCode::NOT_FOUND),
    ] {
        let mut client = Client::signed_in(&router, login).await;
        assert!(
            !client.get(page).await.text.contains("显示联系人和电话"),
            "{login}"
        );
        let answer = client.post(&format!("{page}/contact"), why).await;
        assert_eq!(answer.status, expected, "{login}: {}", answer.text);
        assert!(
            !answer.text.contains("李建国") && !answer.text.contains("王大明"),
            "{login}"
        );
    }
}

#[tokio::test]
async fn who_tries_what_is_not_theirs_stands_in_the_journal() {
    let (test, router) = console().await;
    member(&test, "M/1").await;
    let mut chair = Client::signed_in(&router, "union-chair").await;
    let why = "what=id_no&purpose=%E6%9B%B4%E6%AD%A3%E7%99%BB%E8%AE%B0%E9%94%99%E8%AF%AF";
    assert_eq!(
        chair.post("/union/T-BASE/member/M%2F1/reveal", why).await.status,
        StatusCode::FORBIDDEN
    );
    chair.get("/nowhere?q=%E9%82%B5%E5%9B%BD%E6%B5%B7").await;
    let mut neighbour = Client::signed_in(&router, "other-town-officer").await;
    assert_eq!(
        neighbour.get("/union/T-BASE?back=1").await.status,
        StatusCode::NOT_FOUND
    );
    let mut auditor = Client::signed_in(&router, "auditor").await;
    let journal = auditor.get("/journal?result=refused").await.text;
    for told in [
        "POST /union/T-BASE/member/M%2F1/reveal",
        "ACC-403",
        "基层工会主席",
        "GET /union/T-BASE",
        "UNI-404",
        "被拒绝",
    ] {
        assert!(journal.contains(told), "{told} in {journal}");
    }
    assert!(
        !journal.contains("nowhere") && !journal.contains("back=1"),
        "{journal}"
    );
    let nobody = auditor.get("/journal?result=maybe").await;
    assert_eq!(nobody.status, StatusCode::UNPROCESSABLE_ENTITY);
}
