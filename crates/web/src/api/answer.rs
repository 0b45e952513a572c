//! What an operation answers with, and the pages of its lists.

use app::api_answer::KeptAnswer;
use app::error::AppError;
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

use super::ROOT;
use super::problem::Refusal;
use crate::ui::UrlQuery;

/// An answer, before it goes out or is kept.
#[derive(Debug)]
pub struct Answer {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: String,
    /// What goes out instead of the body; it is not kept, for only what reads answers with a file.
    file: Option<(&'static str, Body)>,
}

/// An address of the interface made of these parts, keys of the register among them, which may hold anything.
pub fn place(parts: &[&str]) -> String {
    let parts = parts.iter().map(|part| encoded(part));
    format!("{ROOT}/{}", parts.collect::<Vec<_>>().join("/"))
}

fn encoded(text: &str) -> String {
    UrlQuery::default().and("n", text).query().split_off(2)
}

/// 列表的一页。
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "PageOf{T}")]
pub struct Page<T> {
    /// 本页的记录
    pub items: Vec<T>,
    /// 符合条件的总数，准确值
    #[schemars(range(min = 0))]
    pub total: i64,
    /// 下一页的位置，放进参数 cursor；没有下一页时为 null
    pub next_cursor: Option<String>,
}

impl Answer {
    /// Nothing at all.
    pub fn empty() -> Answer {
        Answer {
            status: StatusCode::NO_CONTENT,
            headers: Vec::new(),
            body: String::new(),
            file: None,
        }
    }

    /// A value as JSON.
    pub fn json(value: &impl Serialize) -> Result<Answer, Refusal> {
        Ok(Answer {
            status: StatusCode::OK,
            headers: Vec::new(),
            body: serde_json::to_string(value).map_err(AppError::internal)?,
            file: None,
        })
    }

    /// What was made, with the address made of these parts where it is found.
    pub fn made(value: &impl Serialize, parts: &[&str]) -> Result<Answer, Refusal> {
        let made = Answer::json(value)?.status(StatusCode::CREATED);
        Ok(made.location(&place(parts)))
    }

    /// A file under its name, sent as it is read.
    pub fn file(kind: &'static str, name: &str, content: Body) -> Answer {
        let name = encoded(name);
        let answer = Answer {
            file: Some((kind, content)),
            ..Answer::empty()
        };
        answer.status(StatusCode::OK).with(
            header::CONTENT_DISPOSITION,
            &format!("attachment; filename*=UTF-8''{name}"),
        )
    }

    pub fn status(self, status: StatusCode) -> Answer {
        Answer { status, ..self }
    }

    /// The version of a record.
    pub fn etag(self, version: i64) -> Answer {
        self.with(header::ETAG, &format!("\"{version}\""))
    }

    /// Where what was made is found.
    pub fn location(self, path: &str) -> Answer {
        self.with(header::LOCATION, path)
    }

    fn with(mut self, name: HeaderName, value: &str) -> Answer {
        // Keys of the register may hold anything: what a header cannot carry is left out rather than failing a work that is done.
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }

    /// As it is kept for the same request again.
    pub fn kept(&self) -> KeptAnswer {
        KeptAnswer {
            status: self.status.as_u16(),
            headers: self
                .headers
                .iter()
                .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
                .collect(),
            body: self.body.clone(),
        }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = respond(self.status, self.headers, self.body);
        if let Some((kind, content)) = self.file {
            *response.body_mut() = content;
            response
                .headers_mut()
                .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        response
    }
}

fn respond(status: StatusCode, headers: Vec<(HeaderName, HeaderValue)>, body: String) -> Response {
    let kind = if status.is_success() {
        "application/json"
    } else {
        "application/problem+json"
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let all = response.headers_mut();
    if status != StatusCode::NO_CONTENT {
        all.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    all.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for (name, value) in headers {
        all.insert(name, value);
    }
    response
}

/// A kept answer as it was given; it says so itself.
impl From<KeptAnswer> for Answer {
    fn from(kept: KeptAnswer) -> Answer {
        let headers = kept.headers.into_iter().filter_map(|(name, value)| {
            Some((
                HeaderName::from_bytes(name.as_bytes()).ok()?,
                HeaderValue::from_str(&value).ok()?,
            ))
        });
        Answer {
            status: StatusCode::from_u16(kept.status).unwrap_or(StatusCode::OK),
            headers: headers
                .chain([(
                    HeaderName::from_static("idempotent-replayed"),
                    HeaderValue::from_static("true"),
                )])
                .collect(),
            body: kept.body,
            file: None,
        }
    }
}
