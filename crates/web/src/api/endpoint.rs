//! One operation of the interface, described once: the route, the checks and the document are made from it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::http::Method;
use domain::api_token::TokenScope;
use schemars::{JsonSchema, Schema, SchemaGenerator};

use super::answer::Answer;
use super::asked::Asked;
use super::problem::Refusal;
use super::shape::Param;

type Done = Pin<Box<dyn Future<Output = Result<Answer, Refusal>> + Send>>;

/// The types of the files that are answered.
pub const FILES: [&str; 2] = [
    "text/csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
];

/// What is sent with a request.
#[derive(Debug, Clone, Default)]
pub enum Body {
    /// Nothing.
    #[default]
    None,
    /// A JSON object of these fields.
    Fields(Vec<Param>),
    /// A file, as it is.
    File,
}

/// An operation.
#[derive(Clone)]
pub struct Endpoint {
    pub method: Method,
    /// Below `/api/v1`, as `/unions/{union_id}`.
    pub path: &'static str,
    pub id: &'static str,
    /// The noun it belongs to.
    pub tag: &'static str,
    pub summary: &'static str,
    pub about: &'static str,
    /// What a token must open; `None`: any token.
    pub needs: Option<TokenScope>,
    /// Answered without a token.
    pub is_public: bool,
    pub path_params: Vec<Param>,
    pub query: Vec<Param>,
    pub body: Body,
    pub status: u16,
    pub schema: fn(&mut SchemaGenerator) -> Schema,
    /// A file is answered and not JSON.
    pub has_file: bool,
    /// The answer names its version, which a change may ask for with `If-Match`.
    pub has_etag: bool,
    pub takes_if_match: bool,
    /// The answer names where what was made is found.
    pub has_location: bool,
    /// May be sent again with the same `Idempotency-Key`.
    pub takes_key: bool,
    /// What only asks may also meet a record that is not in the state for it.
    pub may_conflict: bool,
    pub run: Arc<dyn Fn(Asked) -> Done + Send + Sync>,
}

impl Endpoint {
    /// An operation that reads.
    pub fn get(path: &'static str, id: &'static str, tag: &'static str, summary: &'static str) -> Endpoint {
        Endpoint {
            method: Method::GET,
            path,
            id,
            tag,
            summary,
            about: "",
            needs: None,
            is_public: false,
            path_params: Vec::new(),
            query: Vec::new(),
            body: Body::None,
            status: 200,
            schema: |_| Schema::default(),
            has_file: false,
            has_etag: false,
            takes_if_match: false,
            has_location: false,
            takes_key: false,
            may_conflict: false,
            run: Arc::new(|_| Box::pin(async { Ok(Answer::empty()) })),
        }
    }

    /// An operation that changes.
    pub fn post(path: &'static str, id: &'static str, tag: &'static str, summary: &'static str) -> Endpoint {
        Endpoint {
            method: Method::POST,
            takes_key: true,
            ..Endpoint::get(path, id, tag, summary)
        }
    }

    /// An operation that changes what a record says, field by field.
    pub fn patch(path: &'static str, id: &'static str, tag: &'static str, summary: &'static str) -> Endpoint {
        Endpoint {
            method: Method::PATCH,
            ..Endpoint::post(path, id, tag, summary)
        }
    }

    /// An operation that takes a record away.
    pub fn delete(
        path: &'static str,
        id: &'static str,
        tag: &'static str,
        summary: &'static str,
    ) -> Endpoint {
        Endpoint {
            method: Method::DELETE,
            ..Endpoint::post(path, id, tag, summary)
        }
    }

    pub fn about(self, about: &'static str) -> Endpoint {
        Endpoint { about, ..self }
    }

    pub fn needs(self, scope: TokenScope) -> Endpoint {
        Endpoint {
            needs: Some(scope),
            ..self
        }
    }

    pub fn public(self) -> Endpoint {
        Endpoint {
            is_public: true,
            ..self
        }
    }

    /// A value in the path.
    pub fn at(mut self, param: Param) -> Endpoint {
        self.path_params.push(param.required());
        self
    }

    /// Values behind the `?`.
    pub fn query(mut self, params: impl IntoIterator<Item = Param>) -> Endpoint {
        self.query.extend(params);
        self
    }

    /// Fields of the body.
    pub fn fields(self, params: impl IntoIterator<Item = Param>) -> Endpoint {
        Endpoint {
            body: Body::Fields(params.into_iter().collect()),
            ..self
        }
    }

    /// Further fields of the body.
    pub fn fields_more(mut self, params: impl IntoIterator<Item = Param>) -> Endpoint {
        if let Body::Fields(fields) = &mut self.body {
            fields.extend(params);
        }
        self
    }

    pub fn file(self) -> Endpoint {
        Endpoint {
            body: Body::File,
            ..self
        }
    }

    /// Asks for something without changing anything: no key is needed.
    pub fn asks(self) -> Endpoint {
        Endpoint {
            takes_key: false,
            ..self
        }
    }

    /// Refused with 409 where the record's state does not allow what is asked. What changes says so anyhow.
    pub fn conflicts(self) -> Endpoint {
        Endpoint {
            may_conflict: true,
            ..self
        }
    }

    pub fn etag(self) -> Endpoint {
        Endpoint {
            has_etag: true,
            ..self
        }
    }

    pub fn if_match(self) -> Endpoint {
        Endpoint {
            takes_if_match: true,
            ..self
        }
    }

    /// What is answered.
    pub fn answers<T: JsonSchema>(self, status: u16) -> Endpoint {
        Endpoint {
            status,
            schema: |generator| generator.subschema_for::<T>(),
            has_location: matches!(status, 201 | 202),
            ..self
        }
    }

    /// A file is answered, in one of [`FILES`].
    pub fn answers_file(self) -> Endpoint {
        Endpoint {
            has_file: true,
            ..self
        }
    }

    /// What does it.
    pub fn run<F, D>(self, work: F) -> Endpoint
    where
        F: Fn(Asked) -> D + Send + Sync + 'static,
        D: Future<Output = Result<Answer, Refusal>> + Send + 'static,
    {
        Endpoint {
            run: Arc::new(move |asked| Box::pin(work(asked))),
            ..self
        }
    }
}
