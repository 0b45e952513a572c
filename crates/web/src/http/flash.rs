//! The one sentence that survives a redirect: kept in a cookie for a minute, shown once.

use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use super::Cookies;
use crate::ui::{Flash, UrlQuery};

const NAME: &str = "gonghui_told";

/// Adds the sentence to a redirect.
pub fn with_flash(mut response: Response, flash: &Flash) -> Response {
    let value = UrlQuery::default()
        .with("tone", flash.tone)
        .with("text", &flash.text)
        .query();
    let cookie = format!("{NAME}={value}; Path=/; Max-Age=60; HttpOnly; SameSite=Lax");
    if let Ok(header) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, header);
    }
    response
}

/// The sentence that waits to be shown, if any.
pub(super) fn waiting(cookies: &Cookies) -> Option<Flash> {
    let kept = UrlQuery::read("", cookies.get(NAME)?);
    let tone = match kept.get("tone")? {
        "good" => "good",
        "bad" => "bad",
        _ => "note",
    };
    Some(Flash {
        tone,
        text: kept.get("text")?.to_owned(),
    })
}

/// Forgets the sentence once a page has shown it.
pub async fn clear_shown(request: Request, next: Next) -> Response {
    let is_waiting = Cookies::of(request.headers()).get(NAME).is_some();
    let mut response = next.run(request).await;
    let is_page = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if is_waiting && is_page && response.status() == StatusCode::OK {
        let gone = HeaderValue::from_static("gonghui_told=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
        response.headers_mut().append(header::SET_COOKIE, gone);
    }
    response
}
