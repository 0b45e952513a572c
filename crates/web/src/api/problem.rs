//! A refusal on its way to a program: problem details (RFC 9457) with our code, sentence, hint and fields.

use std::error::Error;

use app::api_answer::KeptAnswer;
use app::approval::NEEDED;
use app::error::AppError;
use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

use crate::http::{failure_status, failure_title};

/// A second person has been asked and has not answered.
const WAITING: &str = "APR-425";

/// A refusal; boxed, because what goes well passes it from hand to hand.
#[derive(Debug)]
pub struct Refusal(Box<Told>);

#[derive(Debug)]
struct Told {
    status: StatusCode,
    title: &'static str,
    code: &'static str,
    message: String,
    hint: Option<String>,
    fields: Vec<(String, String)>,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// For the log only.
    cause: Option<String>,
}

/// 出错时的答复（RFC 9457）。
#[derive(Debug, Serialize, JsonSchema)]
pub struct Problem {
    /// 错误的种类，与 code 一一对应
    #[serde(rename = "type")]
    kind: String,
    /// 种类的名称
    title: String,
    /// HTTP 状态码
    #[schemars(range(min = 400, max = 599))]
    status: u16,
    /// 发生了什么
    detail: String,
    /// 稳定的错误代码，报修时请提供
    code: String,
    /// 怎样办
    hint: Option<String>,
    /// 哪一项有什么问题
    fields: Vec<ProblemField>,
    /// 本次请求的编号，与日志一致
    request_id: String,
}

/// 有问题的一项。
#[derive(Debug, Serialize, JsonSchema)]
pub struct ProblemField {
    /// 参数或字段的名称
    name: String,
    /// 问题
    detail: String,
}

impl From<AppError> for Refusal {
    fn from(error: AppError) -> Refusal {
        let cause = Error::source(&error).map(ToString::to_string);
        let status = failure_status(&error);
        // What a use case limits, it limits by the minute.
        let headers = match status {
            StatusCode::TOO_MANY_REQUESTS => vec![(header::RETRY_AFTER, HeaderValue::from_static("60"))],
            _ => Vec::new(),
        };
        Refusal(Box::new(Told {
            status,
            title: failure_title(&error),
            code: error.code,
            message: error.message,
            hint: error.hint,
            fields: error
                .fields
                .into_iter()
                .map(|wrong| (wrong.field.to_owned(), wrong.message))
                .collect(),
            headers,
            cause,
        }))
    }
}

impl Refusal {
    /// Status and code, for the journal.
    pub fn told(&self) -> (StatusCode, &'static str) {
        (self.0.status, self.0.code)
    }

    /// A refusal of the interface itself.
    pub fn new(
        status: StatusCode,
        code: &'static str,
        title: &'static str,
        message: impl Into<String>,
    ) -> Refusal {
        Refusal(Box::new(Told {
            status,
            title,
            code,
            message: message.into(),
            hint: None,
            fields: Vec::new(),
            headers: Vec::new(),
            cause: None,
        }))
    }

    /// The request is not as the document says.
    pub fn malformed(fields: Vec<(String, String)>) -> Refusal {
        let mut refusal = Refusal::new(
            StatusCode::BAD_REQUEST,
            "API-400",
            "请求有误",
            "请求与接口文档不符，没有办理",
        );
        refusal.0.fields = fields;
        refusal.hint("接口文档在 /api")
    }

    /// The same with another status.
    pub fn status(mut self, status: StatusCode) -> Refusal {
        self.0.status = status;
        self
    }

    /// A record that is another by now: for whoever said which version they had seen that is 412.
    pub fn stale(error: AppError, code: &str, seen: Option<i64>) -> Refusal {
        let is_stale = error.code == code && seen.is_some();
        let refusal = Refusal::from(error);
        if is_stale {
            refusal.status(StatusCode::PRECONDITION_FAILED)
        } else {
            refusal
        }
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Refusal {
        self.0.hint = Some(hint.into());
        self
    }

    pub fn field(mut self, name: &str, detail: impl Into<String>) -> Refusal {
        self.0.fields.push((name.to_owned(), detail.into()));
        self
    }

    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Refusal {
        self.0.headers.push((name, value));
        self
    }

    /// Whether nothing was decided: the same request may succeed later, also once a second person has agreed, or with a token of wider
    /// scopes.
    pub fn is_passing(&self) -> bool {
        self.is_ours() || self.0.status == StatusCode::FORBIDDEN || [NEEDED, WAITING].contains(&self.0.code)
    }

    /// Whether the program cannot help it.
    fn is_ours(&self) -> bool {
        self.0.status.is_server_error() || self.0.status == StatusCode::TOO_MANY_REQUESTS
    }

    /// The body, with its request's number.
    pub fn body(&self, request_id: &str) -> Problem {
        Problem {
            kind: format!("urn:gonghui:problem:{}", self.0.code),
            title: self.0.title.to_owned(),
            status: self.0.status.as_u16(),
            detail: self.0.message.clone(),
            code: self.0.code.to_owned(),
            hint: self.0.hint.clone(),
            fields: self
                .0
                .fields
                .iter()
                .map(|(name, detail)| ProblemField {
                    name: name.clone(),
                    detail: detail.clone(),
                })
                .collect(),
            request_id: request_id.to_owned(),
        }
    }

    /// As it is kept for the same request again.
    pub fn kept(&self, request_id: &str) -> Result<KeptAnswer, AppError> {
        Ok(KeptAnswer {
            status: self.0.status.as_u16(),
            headers: Vec::new(),
            body: serde_json::to_string(&self.body(request_id)).map_err(AppError::internal)?,
        })
    }

    /// The answer. What the program cannot help is logged here, once.
    pub fn answer(self, request_id: &str) -> Response {
        if self.is_ours() {
            tracing::error!(
                request_id,
                code = self.0.code,
                cause = self.0.cause,
                "{}",
                self.0.message
            );
        }
        let mut response = (self.0.status, Json(self.body(request_id))).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        for (name, value) in self.0.headers {
            headers.insert(name, value);
        }
        response
    }
}
