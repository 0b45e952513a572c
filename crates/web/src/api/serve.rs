//! What every request to the interface goes through: token, scope, pace, form, key, work, answer.

use std::future::Future;
use std::sync::{Arc, Mutex};

use app::api_answer::{Claim, claim_answer, keep_answer, release_answer};
use app::api_token::{TokenRequest, authenticate_token};
use app::error::{AppError, ErrorKind};
use app::journal::{Tried, refused};
use app::op::{App, OpContext};
use axum::body::to_bytes;
use axum::extract::{FromRequestParts, RawPathParams, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use codes::digest::Sm3Hasher;
use tower_http::request_id::RequestId;

use super::answer::Answer;
use super::asked::{Asked, Reading};
use super::endpoint::{Body, Endpoint, FILES};
use super::problem::Refusal;
use super::shape::Param;
use crate::http::{Web, address};

/// Largest body of fields, without its lists of keys.
const FIELDS_BYTES: usize = 64 * 1024;

/// Largest body of these fields: a list as long as the document allows is not too large.
fn fields_bytes(params: &[Param]) -> usize {
    let lists = params.iter().map(|param| param.shape.list_bytes());
    FIELDS_BYTES + lists.sum::<usize>()
}
/// Longest request number that is taken over from a gateway.
const REQUEST_ID_MAX: usize = 64;

/// Answers one request to one operation.
pub async fn serve(endpoint: Arc<Endpoint>, web: Web, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let request_id = request_id(&parts);
    let mut who = None;
    match answer(&endpoint, web.clone(), &mut parts, body, &request_id, &mut who).await {
        Ok(response) => response,
        Err(refusal) => {
            if let Some(op) = who {
                tell(&web, &parts, &op, &refusal).await;
            }
            refusal.answer(&request_id)
        }
    }
}

/// Tells the journal what a token was refused.
async fn tell(web: &Web, parts: &Parts, op: &OpContext, refusal: &Refusal) {
    let (status, code) = refusal.told();
    let kind = match status {
        StatusCode::FORBIDDEN => ErrorKind::Forbidden,
        StatusCode::NOT_FOUND => ErrorKind::NotFound,
        _ => return,
    };
    let tried = Tried {
        method: parts.method.as_str(),
        path: parts.uri.path(),
        kind,
        code,
    };
    refused(op, &web.app, tried).await;
}

/// The request's number.
pub fn request_id(parts: &Parts) -> String {
    parts
        .extensions
        .get::<RequestId>()
        .and_then(|id| id.header_value().to_str().ok())
        .filter(|id| id.len() <= REQUEST_ID_MAX)
        .unwrap_or("-")
        .to_owned()
}

async fn answer(
    endpoint: &Endpoint,
    web: Web,
    parts: &mut Parts,
    body: axum::body::Body,
    request_id: &str,
    told_of: &mut Option<OpContext>,
) -> Result<Response, Refusal> {
    let who = if endpoint.is_public {
        None
    } else {
        let mut who = admitted(&web, &parts.headers, request_id).await?;
        who.op = who
            .op
            .from_address(address(&web, &parts.extensions, &parts.headers));
        *told_of = Some(who.op.clone());
        opens(endpoint, &who)?;
        Some(who)
    };
    takes(&parts.headers, if endpoint.has_file { &FILES } else { &[] })?;
    let mut reading = Reading::default();
    let pairs = RawPathParams::from_request_parts(parts, &())
        .await
        .map_err(|_| Refusal::malformed(vec![("path".to_owned(), "不是 UTF-8 文字".to_owned())]))?;
    reading.path(&endpoint.path_params, pairs.iter());
    reading.query(&endpoint.query, parts.uri.query().unwrap_or_default());
    let version = version(endpoint, &parts.headers, &mut reading);
    let key = key(endpoint, &parts.headers, &mut reading);
    let mut digest = Sm3Hasher::new();
    digest.update(format!("{} {}\n", parts.method, parts.uri).as_bytes());
    if let Some(version) = version {
        // About another version it is another request.
        digest.update(format!("{version}\n").as_bytes());
    }
    let mut file = None;
    match &endpoint.body {
        Body::None => {}
        Body::Fields(params) => {
            is_kind(&parts.headers, "application/json")?;
            let bytes = to_bytes(body, fields_bytes(params))
                .await
                .map_err(|_| too_large())?;
            digest.update(&bytes);
            reading.fields(params, &bytes);
        }
        // A file is read by the operation, which also says what is asked for again.
        Body::File => {
            is_kind(&parts.headers, "application/octet-stream")?;
            file = Some(body);
        }
    }
    if !reading.wrong.is_empty() {
        return Err(Refusal::malformed(reading.wrong));
    }
    let asked = Asked {
        web: web.clone(),
        who,
        values: reading.values,
        version,
        file: Mutex::new(file),
        key: key.clone(),
        path: parts.uri.path().to_owned(),
        request_id: request_id.to_owned(),
    };
    match (key, &endpoint.body) {
        (Some(key), Body::None | Body::Fields(_)) => {
            let op = asked.op()?.clone();
            let (number, work) = (request_id.to_owned(), (endpoint.run)(asked));
            let done = once(op, web.app, key, digest.finish(), number, work).await?;
            Ok(done.into_response())
        }
        _ => Ok((endpoint.run)(asked).await?.into_response()),
    }
}

/// Does the work unless it was done under the same key. The work goes on when the program hangs up: it comes again with its key and
/// finds the answer.
pub async fn once<D>(
    op: OpContext,
    app: App,
    key: String,
    digest: [u8; 32],
    request_id: String,
    work: D,
) -> Result<Answer, Refusal>
where
    D: Future<Output = Result<Answer, Refusal>> + Send + 'static,
{
    if let Claim::Kept(kept) = claim_answer(&op, &app, &key, &digest).await? {
        return Ok(Answer::from(kept));
    }
    let (by, of, under) = (op.clone(), app.clone(), key.clone());
    let done = tokio::spawn(async move {
        let done = work.await;
        match &done {
            Ok(answer) => keep_answer(&by, &of, &under, &answer.kept()).await?,
            Err(refusal) if refusal.is_passing() => release_answer(&by, &of, &under).await?,
            Err(refusal) => keep_answer(&by, &of, &under, &refusal.kept(&request_id)?).await?,
        }
        done
    });
    match done.await {
        Ok(done) => done,
        Err(panic) => {
            release_answer(&op, &app, &key).await?;
            Err(AppError::internal(panic).into())
        }
    }
}

/// Who asks: their token is valid and does not come too often.
async fn admitted(web: &Web, headers: &HeaderMap, request_id: &str) -> Result<TokenRequest, Refusal> {
    let unknown = |why: &str| {
        Refusal::new(StatusCode::UNAUTHORIZED, "API-401", "需要令牌", why)
            .hint("请带上 Authorization: Bearer 令牌；令牌在控制台右上角姓名下的“接口令牌”新建")
            .header(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"gonghui\""),
            )
    };
    let sent = headers
        .get(header::AUTHORIZATION)
        .ok_or_else(|| unknown("没有带接口令牌"))?;
    let secret = sent
        .to_str()
        .ok()
        .and_then(|text| text.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, secret)| secret.trim())
        .ok_or_else(|| unknown("Authorization 应写作 Bearer 令牌"))?;
    let who = authenticate_token(&web.app, secret, Some(request_id.to_owned()))
        .await?
        .ok_or_else(|| unknown("接口令牌不存在、已过期、已撤回，或账号已停用"))?;
    if let Some(wait) = web.pace.too_fast(who.token.id, web.app.now()) {
        return Err(Refusal::new(
            StatusCode::TOO_MANY_REQUESTS,
            "API-429",
            "请求太频繁",
            format!("这个令牌一分钟内的请求超过 {} 次", web.pace.per_minute()),
        )
        .hint(format!("请 {wait} 秒后再试"))
        .header(header::RETRY_AFTER, HeaderValue::from(wait)));
    }
    Ok(who)
}

/// Whether the token opens this operation.
fn opens(endpoint: &Endpoint, who: &TokenRequest) -> Result<(), Refusal> {
    match endpoint.needs {
        Some(scope) if !who.token.scopes.contains(&scope) => Err(Refusal::new(
            StatusCode::FORBIDDEN,
            "API-403",
            "没有权限",
            format!("这个接口令牌没有范围 {}（{}）", scope.code(), scope.label()),
        )
        .hint("请由账号本人新建一个带有所需范围的令牌")),
        _ => Ok(()),
    }
}

/// Answers are JSON, or files of these types; whoever takes none of them is told so.
fn takes(headers: &HeaderMap, files: &[&str]) -> Result<(), Refusal> {
    let mut ranges = headers
        .get_all(header::ACCEPT)
        .iter()
        .map(|value| value.to_str().unwrap_or_default())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|range| !range.is_empty())
        .peekable();
    let takes = |range: &str| {
        let mut parts = range.split(';').map(str::trim);
        let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
        let is_refused = parts.any(|part| {
            let weight = part
                .strip_prefix("q=")
                .and_then(|weight| weight.parse::<f32>().ok());
            weight == Some(0.0)
        });
        let is_json = matches!(
            kind.as_str(),
            "*/*" | "application/*" | "application/json" | "application/problem+json"
        );
        let is_file = files
            .iter()
            .any(|file| *file == kind || file.split('/').next() == kind.strip_suffix("/*"));
        (is_json || is_file) && !is_refused
    };
    if ranges.peek().is_none() || ranges.any(takes) {
        return Ok(());
    }
    Err(Refusal::new(
        StatusCode::NOT_ACCEPTABLE,
        "API-406",
        "不能这样答复",
        "接口只以 application/json 答复",
    )
    .field("Accept", "须包含 application/json"))
}

fn is_kind(headers: &HeaderMap, wanted: &str) -> Result<(), Refusal> {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .map(str::trim)
        .unwrap_or_default();
    if kind.eq_ignore_ascii_case(wanted) {
        return Ok(());
    }
    Err(Refusal::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "API-415",
        "不认识的内容",
        format!("请求体须为 {wanted}"),
    )
    .field("Content-Type", format!("须为 {wanted}")))
}

/// A body beyond the limit.
pub fn too_large() -> Refusal {
    Refusal::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "API-413",
        "内容太大",
        "请求体太大，或没有传完",
    )
}

/// The version of `If-Match`: `"3"`, also without its quotes; `*` means any.
fn version(endpoint: &Endpoint, headers: &HeaderMap, reading: &mut Reading) -> Option<i64> {
    let sent = headers
        .get(header::IF_MATCH)
        .filter(|_| endpoint.takes_if_match)?;
    let text = sent.to_str().unwrap_or_default().trim();
    if text == "*" {
        return None;
    }
    let bare = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    // Digits as the document says, and no sign before them.
    let version = Some(bare.unwrap_or(text))
        .filter(|text| (1..=15).contains(&text.len()) && text.bytes().all(|sign| sign.is_ascii_digit()))
        .and_then(|text| text.parse().ok());
    if version.is_none() {
        let words = "须为读取该记录时的 ETag，如 \"3\"";
        reading.wrong.push(("If-Match".to_owned(), words.to_owned()));
    }
    version
}

fn key(endpoint: &Endpoint, headers: &HeaderMap, reading: &mut Reading) -> Option<String> {
    let sent = headers.get("idempotency-key").filter(|_| endpoint.takes_key)?;
    let key = sent
        .to_str()
        .ok()
        .filter(|key| (1..=100).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()));
    if key.is_none() {
        let words = "须为 1–100 个可见 ASCII 字符，如一个 UUID";
        reading
            .wrong
            .push(("Idempotency-Key".to_owned(), words.to_owned()));
    }
    key.map(str::to_owned)
}
