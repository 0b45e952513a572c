//! The pages' part of the bad-input corpus (坏输入): where a sign-in may lead, posts from other sites, texts that no database keeps.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use testkit::{People, TestApp, both_engines, union};

use crate::api::bad_input::lines;
use crate::client::{Client, console};
use crate::plant::{self, routes};

async fn town(database: testkit::Database) -> (TestApp, Router) {
    let (test, _, router) = plant::town(database).await;
    (test, router)
}

/// Every byte as a form sends it.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// A value of a table, written as JSON writes it.
fn plain(written: &str) -> String {
    serde_json::from_str(&format!("\"{}\"", written.replace('"', "\\\""))).expect(written)
}

/// A route with something in place of each parameter.
fn with(path: &str, value: &str) -> String {
    let part = |part: &str| {
        if part.starts_with('{') {
            value.to_owned()
        } else {
            part.to_owned()
        }
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn a_sign_in_leads_nowhere_but_into_this_site() {
    let (_test, router) = console().await;
    let mut wrong = Vec::new();
    for line in lines("api/redirects.tsv") {
        let [value, goes, what] = &line[..] else {
            panic!("{line:?}")
        };
        let form = format!(
            "name=town-officer&password={}&next={}",
            People::PASSWORD,
            encoded(&plain(value))
        );
        let signed = Client::new(&router).post("/sign-in", &form).await;
        let expected = plain(goes);
        if signed.status != StatusCode::SEE_OTHER || signed.location.as_deref() != Some(expected.as_str()) {
            wrong.push(format!("{what} {value}: {:?}, not {expected}", signed.location));
        }
        // The page that asks for the password takes the same address along.
        let page = Client::new(&router)
            .get(&format!("/sign-in?next={}", encoded(&plain(value))))
            .await;
        if page.status.is_server_error()
            || page.text.contains("href=\"//evil")
            || page.text.contains("javascript:")
        {
            wrong.push(format!("{what} {value}: {} {}", page.status, page.text));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn no_other_site_posts_anything() {
    let (_test, router) = console().await;
    let mut client = Client::signed_in(&router, "city-officer").await;
    let mut asked = 0;
    for (path, _) in routes().iter().filter(|(_, is_post)| *is_post) {
        let address = with(path, union::BASE);
        for heads in [
            vec![
                ("sec-fetch-site", "cross-site"),
                ("origin", "https://evil.example"),
            ],
            vec![
                ("sec-fetch-site", "same-site"),
                ("origin", "https://other.console.test"),
            ],
            vec![("origin", "https://evil.example")],
            vec![("origin", "null")],
        ] {
            let mut request = Request::post(&address)
                .header(header::HOST, "console.test")
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
            for (name, value) in &heads {
                request = request.header(*name, *value);
            }
            let answer = client
                .send(request.body(Body::from("reason=x&sure=yes")).unwrap())
                .await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{address} {heads:?}");
            asked += 1;
        }
    }
    assert!(asked > 200, "{asked}");
    assert_eq!(
        client.get("/").await.status,
        StatusCode::OK,
        "the session is as it was"
    );
}

both_engines! {
    async fn a_nul_is_refused_wherever_it_is_typed(database: Database) {
        let (test, router) = town(database).await;
        let mut client = Client::signed_in(&router, "city-officer").await;
        let before = test.app.store.begin().await.unwrap().union_rows().await.unwrap();
        let mut wrong = Vec::new();
        for (path, is_post) in routes().iter().filter(|(path, _)| !["/static/{file}", "/sign-out", "/healthz", "/readyz"].contains(&path.as_str())) {
            if *is_post {
                let answer = client.post(&with(path, union::BASE), "q=a%00b&name=%00&words=x%00&reason=x").await;
                if answer.status.is_server_error() {
                    wrong.push(format!("POST {path}: {}", answer.status));
                }
                continue;
            }
            let mut addresses = vec![format!("{}?q=%00", with(path, union::BASE)), format!("{}?page=1&x%00=1", with(path, union::BASE))];
            if path.contains('{') {
                addresses.push(with(path, "%00"));
                addresses.push(with(path, "a%00b"));
            }
            for address in addresses {
                let answer = client.get(&address).await;
                if !answer.status.is_client_error() {
                    wrong.push(format!("GET {address}: {}", answer.status));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        let page = format!("/union/{}/edit", union::BASE);
        let answer = client.post(&page, "address=%E6%BB%A8%E6%B5%B7%E8%B7%AF%00&reason=x").await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.text.contains("“address”里有空字符"), "{}", answer.text);
        let after = test.app.store.begin().await.unwrap().union_rows().await.unwrap();
        assert!(after == before, "a refused form left something");
    }
}
