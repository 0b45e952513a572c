//! `/api/v1`: the same use cases as the pages, for programs. 接口
//!
//! One file a noun; each lists its operations as [`Endpoint`]s, from which the routes, the checks of every request and the OpenAPI
//! document are made. What an operation may do is what its account may do, narrowed by the token.

mod account;
mod answer;
mod approval;
mod asked;
mod document;
mod elements;
mod endpoint;
mod pace;
mod problem;
mod serve;
mod shape;

mod closing;
mod consent;
mod dictionary;
mod division;
mod employer;
mod export;
mod intake;
mod intake_check;
mod job;
mod journal;
mod list_item;
mod me;
mod member_entry;
mod member_request;
mod membership;
mod organising;
mod quality;
mod retention;
mod rule;
mod run;
mod saved_view;
mod suggestion;
mod union_change;
mod union_cover;
mod union_edit;
mod union_legal;
mod union_name;
mod union_org;
mod union_term;
mod union_tree;
mod zone;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use axum::routing::{MethodFilter, MethodRouter, on};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

pub use document::document;
pub use endpoint::{Body, Endpoint, FILES};
pub use pace::Pace;

use self::problem::Refusal;
use self::serve::{request_id, serve};
use crate::http::Web;

/// Where the interface begins.
pub const ROOT: &str = "/api/v1";

/// Every operation.
pub fn endpoints() -> Vec<Endpoint> {
    [
        me::endpoints(),
        union_org::endpoints(),
        union_edit::endpoints(),
        union_change::endpoints(),
        union_tree::endpoints(),
        zone::endpoints(),
        union_term::endpoints(),
        union_legal::endpoints(),
        union_name::endpoints(),
        union_cover::endpoints(),
        membership::endpoints(),
        member_entry::endpoints(),
        member_request::endpoints(),
        suggestion::endpoints(),
        consent::endpoints(),
        retention::endpoints(),
        closing::endpoints(),
        list_item::endpoints(),
        saved_view::endpoints(),
        rule::endpoints(),
        organising::endpoints(),
        employer::endpoints(),
        run::endpoints(),
        intake_check::endpoints(),
        intake::endpoints(),
        export::endpoints(),
        approval::endpoints(),
        job::endpoints(),
        quality::endpoints(),
        account::endpoints(),
        journal::endpoints(),
        division::endpoints(),
        dictionary::endpoints(),
        document::endpoints(),
    ]
    .concat()
}

/// The routes of all operations, below [`ROOT`].
pub fn routes() -> Router<Web> {
    let mut paths: BTreeMap<&str, MethodRouter<Web>> = BTreeMap::new();
    for endpoint in endpoints() {
        let path = endpoint.path;
        let filter = match endpoint.method {
            Method::POST => MethodFilter::POST,
            Method::PATCH => MethodFilter::PATCH,
            Method::DELETE => MethodFilter::DELETE,
            _ => MethodFilter::GET,
        };
        let endpoint = Arc::new(endpoint);
        let handler =
            move |State(web): State<Web>, request: Request| serve(Arc::clone(&endpoint), web, request);
        let methods = paths.remove(path).unwrap_or_default();
        paths.insert(path, methods.merge(on(filter, handler)));
    }
    paths
        .into_iter()
        .fold(Router::new(), |router, (path, methods)| {
            router.route(path, methods)
        })
        .fallback(nowhere)
        .method_not_allowed_fallback(not_so)
        .layer(DefaultBodyLimit::disable())
        .layer(CatchPanicLayer::custom(|cause| {
            let fault = crate::http::panic_words(cause);
            Refusal::from(app::error::AppError::internal(fault)).answer("-")
        }))
        .layer(CompressionLayer::new())
}

/// Answers an address of the interface that is none.
pub async fn nowhere(request: Request) -> Response {
    let (parts, _) = request.into_parts();
    Refusal::new(StatusCode::NOT_FOUND, "API-404", "没有找到", "接口没有这个地址")
        .hint("接口文档在 /api")
        .answer(&request_id(&parts))
}

async fn not_so(request: Request) -> Response {
    let (parts, _) = request.into_parts();
    Refusal::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "API-405",
        "不能这样请求",
        format!("这个地址不接受 {}", parts.method),
    )
    .hint("可用的方法见答复的 Allow 和接口文档 /api")
    .answer(&request_id(&parts))
}
