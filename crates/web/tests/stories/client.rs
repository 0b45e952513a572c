//! A browser without a browser: keeps its cookies, follows nothing by itself.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use testkit::{People, TestApp};
use tower::ServiceExt;
use web::{Web, WebConfig, router};

pub struct Client {
    router: Router,
    cookies: Vec<(String, String)>,
}

pub struct Answer {
    pub status: StatusCode,
    pub location: Option<String>,
    pub headers: axum::http::HeaderMap,
    pub text: String,
    pub bytes: Vec<u8>,
}

/// The console over a planted city, and the installation behind it.
pub async fn console() -> (TestApp, Router) {
    console_with(WebConfig::default()).await
}

pub async fn console_with(config: WebConfig) -> (TestApp, Router) {
    let test = TestApp::sqlite().await;
    People::of(&test).await;
    let router = router(Web::new(test.app.clone(), config));
    (test, router)
}

impl Client {
    pub fn new(router: &Router) -> Client {
        Client {
            router: router.clone(),
            cookies: Vec::new(),
        }
    }

    /// Somebody who has signed in.
    pub async fn signed_in(router: &Router, login: &str) -> Client {
        let mut client = Client::new(router);
        let answer = client
            .post("/sign-in", &format!("name={login}&password={}", People::PASSWORD))
            .await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{login}: {}", answer.text);
        client
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub async fn post(&mut self, path: &str, form: &str) -> Answer {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::HOST, "console.test")
            .header("sec-fetch-site", "same-origin");
        self.send(request.body(Body::from(form.to_owned())).unwrap())
            .await
    }

    pub async fn send(&mut self, mut request: Request<Body>) -> Answer {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if !cookies.is_empty() {
            request
                .headers_mut()
                .insert(header::COOKIE, cookies.join("; ").parse().unwrap());
        }
        let response = self.router.clone().oneshot(request).await.unwrap();
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let (pair, rest) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.retain(|(known, _)| known != name);
            if !rest.contains("Max-Age=0") {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 16 * 1024 * 1024).await.unwrap();
        let location = parts
            .headers
            .get(header::LOCATION)
            .map(|value| value.to_str().unwrap().to_owned());
        Answer {
            status: parts.status,
            location,
            headers: parts.headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
            bytes: bytes.into(),
        }
    }
}
