//! A file is checked, decided about, imported and taken back; a list is exported. Over HTTP.

use app::job;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use testkit::TestApp;

use crate::client::{Answer, Client, console};

const MEMBERS: &str = "member_id,union_id,name,id_no,phone\nM1,T-BASE,王芳,330226196704010011,13800000001\nM2,T-BASE,李四,3.30226E+17,\nM3,NOWHERE,张三,,\n";

async fn upload(client: &mut Client, path: &str, name: &str, text: &str) -> Answer {
    let body = format!(
        "--x\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\nmembers\r\n--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: text/csv\r\n\r\n{text}\r\n--x--\r\n"
    );
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=x")
        .header(header::HOST, "console.test")
        .header("sec-fetch-site", "same-origin");
    client.send(request.body(Body::from(body)).unwrap()).await
}

/// Does the job that an answer leads to, and answers the page that it ends on.
async fn done(test: &TestApp, client: &mut Client, answer: Answer) -> String {
    let job_page = answer.location.unwrap_or_else(|| panic!("{}", answer.text));
    assert!(job::run_next(&test.app).await.unwrap());
    let page = client.get(&job_page).await.text;
    let links = page
        .split("href=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap());
    let mut links = links.filter(|href| {
        let last = href.rsplit('/').next().unwrap();
        href.starts_with("/intake/") && last.chars().all(|c| c.is_ascii_digit())
    });
    links.next().unwrap_or_else(|| panic!("{page}")).to_owned()
}

#[tokio::test]
async fn the_name_of_an_upload_is_only_a_name() {
    let (test, router) = console().await;
    let mut client = Client::signed_in(&router, "city-officer").await;
    let long = format!("{}.csv", "a".repeat(251));
    for (sent, kept) in [
        ("../x.csv", "x.csv"),
        ("..\\\\..\\\\secret\\\\y.csv", "y.csv"),
        (long.as_str(), "aaa.csv"),
        // The same name twice: two files, two checks.
        ("x.csv", "x.csv"),
        ("x.csv", "x.csv"),
    ] {
        let answer = upload(&mut client, "/intake/check", sent, MEMBERS).await;
        let check = done(&test, &mut client, answer).await;
        let page = client.get(&check).await.text;
        assert!(page.contains(kept) && !page.contains(".."), "{sent}: {page}");
        assert!(page.contains("导入还是放弃"), "{sent}");
    }
    for outside in ["x.csv", "y.csv"] {
        let dir = test.dir.path();
        assert!(
            !dir.join(outside).exists() && !dir.parent().unwrap().join(outside).exists(),
            "{outside}"
        );
    }
}

#[tokio::test]
async fn a_file_is_checked_then_imported_then_taken_back() {
    let (test, router) = console().await;
    let mut client = Client::signed_in(&router, "city-officer").await;
    let answer = upload(&mut client, "/intake/check", "会员.csv", MEMBERS).await;
    let check = done(&test, &mut client, answer).await;
    assert_eq!(check, "/intake/check/1");
    let page = client.get(&check).await.text;
    assert!(
        page.contains("导入还是放弃") && page.contains("不在工会台账中"),
        "{page}"
    );
    assert!(!page.contains("330226196704010011") && !page.contains("13800000001"));
    let created = client.get(&format!("{check}?show=created")).await.text;
    assert!(created.contains("M1") && created.contains("王*"), "{created}");
    assert!(client.get("/intake").await.text.contains("等待决定的核对"));
    let rows = client.get(&format!("{check}/rows")).await;
    assert!(
        rows.text.contains("结果,原因") && rows.text.contains("M3,NOWHERE,张三"),
        "{}",
        rows.text
    );
    assert_eq!(
        client.get("/intake/1").await.status,
        StatusCode::NOT_FOUND,
        "nothing is imported yet"
    );

    let answer = client.post(&format!("{check}/import"), "").await;
    let batch = done(&test, &mut client, answer).await;
    let page = client.get(&batch).await.text;
    assert!(page.contains("已生效"), "{page}");
    assert!(client.get(&check).await.text.contains("已导入"));
    let again = client.post(&format!("{check}/import"), "").await;
    assert_eq!(again.status, StatusCode::CONFLICT);

    let outlook = client.get(&format!("{batch}/undo")).await.text;
    assert!(
        outlook.contains("没有后来的修改") && outlook.contains("撤销整批"),
        "{outlook}"
    );
    let undone = client.post(&format!("{batch}/undo"), "sure=yes&rest=no").await;
    assert_eq!(undone.status, StatusCode::SEE_OTHER, "{}", undone.text);
    assert!(client.get(&batch).await.text.contains("已撤销"));
}

#[tokio::test]
async fn a_checked_file_can_be_given_up_and_others_do_not_see_it() {
    let (test, router) = console().await;
    let mut client = Client::signed_in(&router, "city-officer").await;
    let answer = upload(&mut client, "/intake/check", "会员.csv", MEMBERS).await;
    let check = done(&test, &mut client, answer).await;
    for login in ["town-officer", "auditor", "administrator"] {
        let mut other = Client::signed_in(&router, login).await;
        for path in [check.clone(), format!("{check}/rows")] {
            assert_eq!(
                other.get(&path).await.status,
                StatusCode::FORBIDDEN,
                "{login} {path}"
            );
        }
        for path in [format!("{check}/import"), format!("{check}/drop")] {
            assert_eq!(
                other.post(&path, "").await.status,
                StatusCode::FORBIDDEN,
                "{login} {path}"
            );
        }
    }
    let dropped = client.post(&format!("{check}/drop"), "").await;
    assert_eq!(dropped.location.as_deref(), Some("/intake"), "{}", dropped.text);
    assert!(client.get(&check).await.text.contains("已放弃"));
}

#[tokio::test]
async fn a_list_goes_out_masked_for_a_reason_and_only_to_its_maker() {
    let (test, router) = console().await;
    let mut city = Client::signed_in(&router, "city-officer").await;
    upload(&mut city, "/intake", "会员.csv", MEMBERS).await;
    assert!(job::run_next(&test.app).await.unwrap());
    let mut client = Client::signed_in(&router, "town-officer").await;
    let list = client.get("/union?q=%E7%94%B2%E4%B9%99").await.text;
    assert!(
        list.contains("/export/unions?q=") && list.contains("/export/members"),
        "{list}"
    );
    let form = client.get("/export/members?union=T-BASE").await.text;
    assert!(
        form.contains("name=\"union\" value=\"T-BASE\"") && !form.contains("value=\"yes\""),
        "{form}"
    );
    let mute = client
        .post("/export/members", "union=T-BASE&format=csv&plain=no&reason=")
        .await;
    assert_eq!(mute.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(mute.text.contains("请写明用途"));
    let plain = client
        .post(
            "/export/members",
            "format=csv&plain=yes&reason=%E6%A0%B8%E5%AF%B9",
        )
        .await;
    assert_eq!(plain.status, StatusCode::FORBIDDEN);
    let made = client
        .post(
            "/export/members",
            "union=T-BASE&format=csv&plain=no&reason=%E6%A0%B8%E5%AF%B9",
        )
        .await;
    assert_eq!(made.location.as_deref(), Some("/download#n1"), "{}", made.text);
    assert!(client.get("/download").await.text.contains("/download/1"));
    let file = client.get("/download/1").await;
    assert!(
        file.headers[header::CONTENT_DISPOSITION]
            .to_str()
            .unwrap()
            .starts_with("attachment")
    );
    assert!(
        file.text.contains("王*") && !file.text.contains("13800000001"),
        "{}",
        file.text
    );
    assert_eq!(city.get("/download/1").await.status, StatusCode::NOT_FOUND);
    let mut chair = Client::signed_in(&router, "union-chair").await;
    assert_eq!(chair.get("/export/members").await.status, StatusCode::FORBIDDEN);
    assert_eq!(client.get("/export/drivers").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_form_is_printed_from_the_page_of_its_record_for_a_reason() {
    let (test, router) = console().await;
    let mut city = Client::signed_in(&router, "city-officer").await;
    upload(&mut city, "/intake", "会员.csv", MEMBERS).await;
    assert!(job::run_next(&test.app).await.unwrap());
    let mut officer = Client::signed_in(&router, "town-officer").await;
    let page = officer.get("/union/T-BASE").await.text;
    assert!(
        page.contains("/export/unions?format=sheet&#38;key=T-BASE") && page.contains("打印登记表"),
        "{page}"
    );
    let list = officer.get("/union/T-BASE/member").await.text;
    let at = list.find("/union/T-BASE/member/").unwrap();
    let key = list[at + 21..].split(['"', '?', '#']).next().unwrap().to_owned();
    let page = officer.get(&format!("/union/T-BASE/member/{key}")).await.text;
    assert!(
        page.contains(&format!("/export/members?format=sheet&#38;key={key}")),
        "{page}"
    );
    // Masked only, for this role: no choice is offered that would be refused.
    let form = officer
        .get(&format!("/export/members?format=sheet&key={key}"))
        .await
        .text;
    assert!(
        form.contains("打印会员登记表") && form.contains("生成 PDF") && !form.contains("value=\"yes\""),
        "{form}"
    );
    assert!(
        city.get(&format!("/export/members?format=sheet&key={key}"))
            .await
            .text
            .contains("value=\"yes\"")
    );
    let mute = officer
        .post(
            "/export/members",
            &format!("format=sheet&key={key}&plain=no&reason="),
        )
        .await;
    assert_eq!(mute.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        mute.text.contains("请写明用途") && mute.text.contains("打印会员登记表"),
        "{}",
        mute.text
    );
    let made = officer
        .post(
            "/export/members",
            &format!("format=sheet&key={key}&plain=no&reason=%E6%A0%B8%E5%AF%B9"),
        )
        .await;
    let file = officer.get(made.location.as_deref().unwrap()).await;
    assert_eq!(file.headers[header::CONTENT_TYPE], "application/pdf");
    assert_eq!(file.headers[header::CACHE_CONTROL], "no-store");
    assert!(
        testkit::paper::pages(&file.bytes)
            .concat()
            .contains(&format!("会员标识：{key}"))
    );
    // One record without its key is no page; a chair takes nothing out, so no button leads there.
    assert_eq!(
        officer.get("/export/members?format=sheet").await.status,
        StatusCode::NOT_FOUND
    );
    let mut chair = Client::signed_in(&router, "union-chair").await;
    assert!(!chair.get("/union/T-BASE").await.text.contains("打印登记表"));
    // The roll: what a page does not take is said beside the columns.
    let elements = [
        "name",
        "sex",
        "birth_date",
        "ethnicity",
        "education",
        "political_status",
        "skill_grade",
        "phone",
        "hukou_type",
        "hukou_place",
        "native_place",
        "employer_name",
    ];
    let columns: String = elements.iter().map(|name| format!("&columns={name}")).collect();
    let broad = officer
        .post(
            "/export/members",
            &format!("format=pdf&plain=no&reason=%E6%A0%B8%E5%AF%B9{columns}"),
        )
        .await;
    assert_eq!(broad.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        broad.text.contains("最多放得下 12 列，现在选了 13 列"),
        "{}",
        broad.text
    );
    let made = officer
        .post("/export/members", "format=pdf&plain=no&reason=%E6%A0%B8%E5%AF%B9")
        .await;
    assert!(
        made.location
            .as_deref()
            .is_some_and(|to| to.starts_with("/download#n")),
        "{}",
        made.text
    );
}
