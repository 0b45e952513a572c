//! One way from a failure to what the person sees: a page in the frame, a page outside it, a fragment, or JSON.
//!
//! A handler returns the failure; this layer knows the request and gives it its form. A failure is logged here, once.

use std::sync::Arc;

use app::error::{AppError, ErrorKind};
use app::journal::{Tried, refused};
use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tower_http::request_id::RequestId;

use super::{Cookies, Person, Web, address, page};
use crate::pages::lost::view::{BareLostPage, LostPage, LostPart};
use crate::ui::Here;

/// A failure on its way to the person.
#[derive(Debug)]
pub struct Fault(pub AppError);

impl From<AppError> for Fault {
    fn from(error: AppError) -> Fault {
        Fault(error)
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let mut response = status(&self.0).into_response();
        response.extensions_mut().insert(Arc::new(self.0));
        response
    }
}

/// The status of a failure.
pub fn status(error: &AppError) -> StatusCode {
    if error.code == TOO_LARGE {
        return StatusCode::PAYLOAD_TOO_LARGE;
    }
    if is_too_often(error) {
        return StatusCode::TOO_MANY_REQUESTS;
    }
    match error.kind {
        ErrorKind::NotFound => StatusCode::NOT_FOUND,
        ErrorKind::Forbidden => StatusCode::FORBIDDEN,
        ErrorKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorKind::Conflict => StatusCode::CONFLICT,
        ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// What is wrong with which field of a form, to be shown beside it.
pub fn wrong_of(error: Option<&AppError>) -> Vec<(String, String)> {
    let fields = error.map(|error| error.fields.as_slice()).unwrap_or_default();
    fields
        .iter()
        .map(|fault| (fault.field.to_owned(), fault.message.clone()))
        .collect()
}

/// What is told above a form: what happened, and what is wrong with those fields that have no place of their own on the page.
pub fn told_above(error: Option<&AppError>, placeless: &[&str]) -> Option<String> {
    let error = error?;
    let beside = error
        .fields
        .iter()
        .filter(|fault| placeless.contains(&fault.field));
    let words: Vec<&str> = [error.message.as_str()]
        .into_iter()
        .chain(beside.map(|fault| fault.message.as_str()))
        .collect();
    Some(words.join("。"))
}

/// A form that is larger than forms may be. With what came too often the only failures whose status their kind does not tell.
pub(super) const TOO_LARGE: &str = "WEB-413";

/// Whether it came too often and will be taken later.
fn is_too_often(error: &AppError) -> bool {
    matches!(error.code, "ACC-429" | "SCH-429" | "SCH-430")
}

/// Words of the title.
pub fn title(error: &AppError) -> &'static str {
    if error.code == TOO_LARGE {
        return "内容太大";
    }
    if is_too_often(error) {
        return "太频繁";
    }
    match error.kind {
        ErrorKind::NotFound => "没有找到",
        ErrorKind::Forbidden => "没有权限",
        ErrorKind::Invalid => "需要修改",
        ErrorKind::Conflict => "没有办成",
        ErrorKind::Unavailable => "暂时不能使用",
        ErrorKind::Internal => "出错了",
    }
}

/// Whether an answer is a page already, with words of its own.
fn is_page(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}

/// Gives every failure its form.
pub async fn show_faults(State(web): State<Web>, request: Request, next: Next) -> Response {
    let asked = Asked::read(&web, &request);
    let response = next.run(request).await;
    let error = match response.extensions().get::<Arc<AppError>>() {
        Some(error) => Arc::clone(error),
        // A cross-site POST or a wrong method, answered by a layer or the router without our words.
        None if response.status() == StatusCode::FORBIDDEN && !is_page(&response) => Arc::new(
            AppError::forbidden("WEB-403", "这次提交不是从本站页面发出的").hint("请回到页面刷新后再试"),
        ),
        None if response.status() == StatusCode::METHOD_NOT_ALLOWED => {
            Arc::new(AppError::not_found("WEB-405", "这个地址不能这样打开"))
        }
        None => return response,
    };
    if matches!(error.kind, ErrorKind::Internal | ErrorKind::Unavailable) {
        let cause = std::error::Error::source(&*error).map(ToString::to_string);
        tracing::error!(request_id = asked.request_id, code = error.code, cause, uri = %asked.uri, "{}", error.message);
    }
    if is_told(&error) {
        tell(&web, &asked, &error).await;
    }
    let status = if response.status().is_success() {
        status(&error)
    } else {
        response.status()
    };
    let mut shown = show(&web, &asked, &error).await;
    *shown.status_mut() = status;
    shown
}

/// Whether the journal is told: what the role does not allow, what was sent from elsewhere, and what is not there for this person. An
/// address that nothing answers to is a slip.
fn is_told(error: &AppError) -> bool {
    match error.kind {
        ErrorKind::Forbidden => true,
        ErrorKind::NotFound => !error.code.starts_with("WEB-"),
        _ => false,
    }
}

/// Tells it of whoever has signed in. When even that cannot be found out, the log has it.
async fn tell(web: &Web, asked: &Asked, error: &AppError) {
    let cookies = Cookies::of(&asked.headers);
    let number = Some(asked.request_id.clone());
    match Person::of(web, &cookies, number, asked.address.clone()).await {
        Ok(Some(person)) => {
            let tried = Tried {
                method: asked.method.as_str(),
                path: asked.uri.path(),
                kind: error.kind,
                code: error.code,
            };
            refused(&person.op, &web.app, tried).await;
        }
        Ok(None) => {}
        Err(cause) => tracing::error!(%cause, code = error.code, "a refusal was not journalled"),
    }
}

/// What of a request decides the form of its failure.
struct Asked {
    method: Method,
    address: Option<String>,
    uri: Uri,
    headers: HeaderMap,
    request_id: String,
    is_get: bool,
}

impl Asked {
    fn read(web: &Web, request: &Request) -> Asked {
        let id = request
            .extensions()
            .get::<RequestId>()
            .and_then(|id| id.header_value().to_str().ok());
        Asked {
            method: request.method().clone(),
            address: address(web, request.extensions(), request.headers()),
            uri: request.uri().clone(),
            headers: request.headers().clone(),
            request_id: id.unwrap_or("-").to_owned(),
            is_get: request.method().is_safe(),
        }
    }

    fn accepts_json(&self) -> bool {
        let accept = self
            .headers
            .get(header::ACCEPT)
            .and_then(|value| value.to_str().ok());
        accept.is_some_and(|value| {
            value.starts_with("application/json") || value.starts_with("application/problem+json")
        })
    }

    /// Where "try again" leads: the page itself, or for a POST the page it came from.
    fn retry(&self) -> (String, &'static str) {
        if self.is_get {
            return (
                self.uri
                    .path_and_query()
                    .map_or_else(|| "/".to_owned(), ToString::to_string),
                "再试一次",
            );
        }
        let referer = self
            .headers
            .get(header::REFERER)
            .and_then(|value| value.to_str().ok());
        let path = referer
            .and_then(|text| text.parse::<Uri>().ok())
            .and_then(|uri| uri.path_and_query().map(ToString::to_string));
        (super::inside(&path.unwrap_or_default()), "返回上一页")
    }
}

async fn show(web: &Web, asked: &Asked, error: &AppError) -> Response {
    let (code, request_id) = (error.code.to_owned(), asked.request_id.clone());
    let text = sentence(&error.message);
    if asked.accepts_json() {
        let problem = serde_json::json!({ "title": title(error), "detail": text, "code": code, "hint": error.hint, "instance": request_id });
        return (
            [(header::CONTENT_TYPE, "application/problem+json")],
            Json(problem),
        )
            .into_response();
    }
    if asked.headers.contains_key("hx-request") {
        let part = page(&LostPart {
            text,
            code,
            request_id,
        })
        .unwrap_or_else(plain);
        return ([("x-fragment", "error")], part).into_response();
    }
    let framed = match Person::of(web, &Cookies::of(&asked.headers), None, asked.address.clone()).await {
        Ok(Some(person)) => person.frame(web, title(error), Here::Nowhere).await.ok(),
        _ => None,
    };
    let (retry, retry_label) = asked.retry();
    match framed {
        Some(frame) => {
            let fields = error
                .fields
                .iter()
                .map(|wrong| (wrong.field.to_owned(), wrong.message.clone()))
                .collect();
            page(&LostPage {
                frame,
                text,
                hint: error.hint.as_deref().map(sentence),
                fields,
                retry,
                retry_label,
                code,
                request_id,
            })
        }
        None => page(&BareLostPage {
            title: title(error).to_owned(),
            text,
            code,
            request_id,
        }),
    }
    .unwrap_or_else(plain)
}

/// With its full stop: a message is written without one where it stands beside a field or in a log.
fn sentence(text: &str) -> String {
    let is_closed = text.ends_with(['。', '！', '？', '；', '：']);
    format!("{text}{}", if is_closed { "" } else { "。" })
}

/// When even the error page cannot be rendered.
fn plain(_: Fault) -> Response {
    (StatusCode::INTERNAL_SERVER_ERROR, "系统内部错误").into_response()
}
