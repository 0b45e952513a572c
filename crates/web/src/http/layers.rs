//! Headers that every answer carries, and the last net under a handler that panics.

use std::any::Any;

use app::error::AppError;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tower_http::request_id::{MakeRequestId, RequestId};

use super::{Fault, Web};

/// Everything from this site, nothing inline; the data: images are the arrows and ticks of the stylesheet.
const POLICY: &str = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; \
                      form-action 'self'; frame-ancestors 'none'";

/// Request ids: time-ordered, so that a number told on the phone is found quickly in the log.
#[derive(Debug, Clone, Copy, Default)]
pub struct CountedIds;

impl MakeRequestId for CountedIds {
    fn make_request_id<B>(&mut self, _: &axum::http::Request<B>) -> Option<RequestId> {
        HeaderValue::from_str(&uuid::Uuid::now_v7().to_string())
            .ok()
            .map(RequestId::new)
    }
}

/// Security headers on every answer.
pub async fn secure(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    if web.config.is_https {
        only_own_cookies(request.headers_mut());
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), microphone=(), geolocation=()",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if web.config.is_https {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000"),
        );
        secure_cookies(headers);
    }
    response
}

/// What our cookies are called behind https: a browser takes such a name only from this very host, over https and for all of it, so
/// that neither a neighbour in the domain nor somebody on the line can plant one.
const HOST_ONLY: &str = "__Host-";
const OURS: &str = "gonghui_";

/// Behind https only cookies under the safe name are ours; handlers know them without it.
fn only_own_cookies(headers: &mut HeaderMap) {
    let sent: Vec<String> = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'))
        .map(str::trim)
        .filter(|pair| !pair.starts_with(OURS))
        .map(|pair| pair.strip_prefix(HOST_ONLY).unwrap_or(pair).to_owned())
        .collect();
    headers.remove(header::COOKIE);
    if let Ok(kept) = HeaderValue::from_str(&sent.join("; ")) {
        headers.insert(header::COOKIE, kept);
    }
}

/// Behind https every cookie is for https only and for this host alone, whoever made it.
fn secure_cookies(headers: &mut HeaderMap) {
    let made: Vec<HeaderValue> = headers.get_all(header::SET_COOKIE).iter().cloned().collect();
    headers.remove(header::SET_COOKIE);
    for cookie in made {
        let name = if cookie.as_bytes().starts_with(OURS.as_bytes()) {
            HOST_ONLY
        } else {
            ""
        };
        let secured = HeaderValue::from_bytes(&[name.as_bytes(), cookie.as_bytes(), b"; Secure"].concat());
        headers.append(header::SET_COOKIE, secured.unwrap_or(cookie));
    }
}

/// Whether a text has a NUL, which no person types and PostgreSQL does not keep.
pub(super) fn has_nul(text: &str) -> bool {
    text.contains('\0')
}

/// What is said of such a text.
pub(super) fn no_text(name: &str) -> AppError {
    let name: String = name
        .chars()
        .filter(|letter| !letter.is_control())
        .take(60)
        .collect();
    AppError::invalid("WEB-400", format!("“{name}”里有空字符（NUL），无法识别"))
        .hint("请重新输入，不要从别处粘贴这一项")
}

/// An address with a NUL in it names nothing: it is refused here, before a list, a search or a page asks the store for it.
pub async fn readable(request: Request, next: Next) -> Response {
    let uri = request.uri();
    let query = uri.query().unwrap_or_default();
    if uri.path().contains("%00") {
        return Fault::from(AppError::not_found("WEB-404", "没有这个地址")).into_response();
    }
    let pair = query.split('&').find(|pair| pair.contains("%00"));
    match pair {
        Some(pair) => Fault::from(no_text(pair.split('=').next().unwrap_or_default())).into_response(),
        None => next.run(request).await,
    }
}

/// A panic becomes an error page with a number instead of a dropped connection.
pub fn caught(cause: Box<dyn Any + Send + 'static>) -> Response {
    Fault::from(AppError::internal(panic_words(cause))).into_response()
}

/// What a panic said.
pub fn panic_words(cause: Box<dyn Any + Send + 'static>) -> String {
    cause
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| cause.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "panic".to_owned())
}
