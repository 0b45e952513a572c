//! As much of S3 as the tests need, in memory on a port of this machine. Tests of other crates include this file.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, Query, Request, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Arc, Mutex, MutexGuard};

/// Whoever comes with another account is refused.
const ACCOUNT: &str = "reader";

/// A store that ends with the test's process.
#[derive(Clone)]
pub struct BucketServer {
    endpoint: String,
    shelves: Arc<Mutex<Shelves>>,
}

#[derive(Default)]
struct Shelves {
    /// By `bucket/key`.
    objects: BTreeMap<String, Vec<u8>>,
    uploads: BTreeMap<String, BTreeMap<u32, Vec<u8>>>,
    requests: Vec<String>,
    faults: Vec<(String, StatusCode)>,
}

impl BucketServer {
    /// Starts one.
    pub fn start() -> BucketServer {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a socket");
        let server = BucketServer {
            endpoint: format!("http://{}", listener.local_addr().expect("an address")),
            shelves: Arc::default(),
        };
        let router = Router::new()
            .route("/{bucket}", any(list))
            .route("/{bucket}/{*key}", any(object))
            .with_state(server.clone());
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
                axum::serve(listener, router).await.expect("served");
            });
        });
        server
    }

    /// The variables under which the store is reached by an account.
    pub fn variables<'a>(&'a self, account: &'a str) -> [(&'a str, &'a str); 5] {
        [
            ("AWS_ENDPOINT_URL", &self.endpoint),
            ("AWS_ACCESS_KEY_ID", account),
            ("AWS_SECRET_ACCESS_KEY", "secret-of-the-test"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ALLOW_HTTP", "true"),
        ]
    }

    /// Those of the account that the store knows.
    pub fn known(&self) -> [(&str, &str); 5] {
        self.variables(ACCOUNT)
    }

    /// Answers a request whose line (`PUT /bucket/key?partNumber=2 bytes=0-9`) contains `part` with this status.
    pub fn refuse(&self, part: &str, status: u16) {
        let status = StatusCode::from_u16(status).expect("a status");
        self.shelves().faults.push((part.to_owned(), status));
    }

    /// Puts an object without asking anybody.
    pub fn insert(&self, name: &str, bytes: impl Into<Vec<u8>>) {
        self.shelves().objects.insert(name.to_owned(), bytes.into());
    }

    /// Takes an object away without asking anybody.
    pub fn remove(&self, name: &str) {
        self.shelves().objects.remove(name);
    }

    /// An object by `bucket/key`.
    pub fn object(&self, name: &str) -> Option<Vec<u8>> {
        self.shelves().objects.get(name).cloned()
    }

    /// Every object's `bucket/key`, and uploads that were neither completed nor given up.
    pub fn names(&self) -> (Vec<String>, usize) {
        let shelves = self.shelves();
        (shelves.objects.keys().cloned().collect(), shelves.uploads.len())
    }

    /// How many requests contained `part`.
    pub fn count(&self, part: &str) -> usize {
        let shelves = self.shelves();
        shelves.requests.iter().filter(|line| line.contains(part)).count()
    }

    fn shelves(&self) -> MutexGuard<'_, Shelves> {
        self.shelves
            .lock()
            .expect("no test panics while it holds the shelves")
    }

    /// Writes the request down; an answer if it goes no further.
    fn stopped(&self, request: &Parts) -> Option<Response> {
        let header = |name| request.headers.get(name).and_then(|value| value.to_str().ok());
        let range = header(header::RANGE).unwrap_or_default();
        let line = format!("{} {} {range}", request.method, request.uri);
        let mut shelves = self.shelves();
        let fault = shelves
            .faults
            .iter()
            .find(|(part, _)| line.contains(part.as_str()));
        let status = fault.map(|(_, status)| *status);
        shelves.requests.push(line);
        let is_known = header(header::AUTHORIZATION)
            .is_some_and(|text| text.contains(&format!("Credential={ACCOUNT}/")));
        let status = status.or((!is_known).then_some(StatusCode::FORBIDDEN))?;
        Some((status, "<Error><Code>Refused</Code></Error>").into_response())
    }
}

async fn list(
    State(server): State<BucketServer>,
    Path(bucket): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    request: Request,
) -> Response {
    if let Some(answer) = server.stopped(&request.into_parts().0) {
        return answer;
    }
    let beginning = format!("{bucket}/{}", query.get("prefix").map_or("", String::as_str));
    let shelves = server.shelves();
    let names = shelves
        .objects
        .iter()
        .filter(|(name, _)| name.starts_with(&beginning));
    let rows = names.map(|(name, bytes)| match name[beginning.len()..].split_once('/') {
        Some((folder, _)) if query.contains_key("delimiter") => {
            let prefix = &beginning[bucket.len() + 1..];
            format!("<CommonPrefixes><Prefix>{prefix}{folder}/</Prefix></CommonPrefixes>")
        }
        _ => format!(
            "<Contents><Key>{}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><Size>{}</Size></Contents>",
            &name[bucket.len() + 1..],
            bytes.len()
        ),
    });
    let rows = rows.collect::<String>().replace('&', "&amp;");
    format!("<ListBucketResult>{rows}</ListBucketResult>").into_response()
}

async fn object(
    State(server): State<BucketServer>,
    Path((bucket, key)): Path<(String, String)>,
    Query(query): Query<HashMap<String, String>>,
    request: Request,
) -> Response {
    let name = format!("{bucket}/{key}");
    let (parts, body) = request.into_parts();
    // Also for a refusal: who still sends when the connection closes hears of that instead.
    let bytes = to_bytes(body, usize::MAX).await.expect("a body").to_vec();
    if let Some(answer) = server.stopped(&parts) {
        return answer;
    }
    let mut shelves = server.shelves();
    let Shelves { objects, uploads, .. } = &mut *shelves;
    let upload = query.get("uploadId");
    match (parts.method, upload) {
        (Method::GET | Method::HEAD, _) => match objects.get(&name) {
            Some(bytes) => read(bytes, &parts.headers),
            None => StatusCode::NOT_FOUND.into_response(),
        },
        (Method::PUT, None) => {
            let tag = tag_of(&bytes);
            objects.insert(name, bytes);
            [(header::ETAG, tag)].into_response()
        }
        (Method::PUT, Some(id)) => {
            let tag = tag_of(&bytes);
            let number = query["partNumber"].parse().expect("a number");
            uploads.get_mut(id).expect("a begun upload").insert(number, bytes);
            [(header::ETAG, tag)].into_response()
        }
        (Method::POST, None) => {
            let id = format!("upload-{}", shelves.requests.len());
            shelves.uploads.insert(id.clone(), BTreeMap::new());
            format!(
                "<InitiateMultipartUploadResult><UploadId>{id}</UploadId></InitiateMultipartUploadResult>"
            )
            .into_response()
        }
        (Method::POST, Some(id)) => {
            let parts = uploads.remove(id).expect("a begun upload");
            let whole: Vec<u8> = parts.into_values().flatten().collect();
            let tag = tag_of(&whole);
            objects.insert(name, whole);
            format!("<CompleteMultipartUploadResult><ETag>{tag}</ETag></CompleteMultipartUploadResult>")
                .into_response()
        }
        (Method::DELETE, Some(id)) => {
            uploads.remove(id);
            StatusCode::NO_CONTENT.into_response()
        }
        (Method::DELETE, None) => {
            objects.remove(&name);
            StatusCode::NO_CONTENT.into_response()
        }
        _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
    }
}

fn read(bytes: &[u8], headers: &axum::http::HeaderMap) -> Response {
    let tag = tag_of(bytes);
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if text(header::IF_MATCH).is_some_and(|wanted| wanted != tag) {
        return StatusCode::PRECONDITION_FAILED.into_response();
    }
    let answer = Response::builder()
        .header(header::ETAG, tag)
        .header(header::LAST_MODIFIED, "Thu, 01 Jan 2026 00:00:00 GMT");
    let range = text(header::RANGE).and_then(|range| range.strip_prefix("bytes=")?.split_once('-'));
    let answer = match range {
        None => answer.body(Body::from(bytes.to_vec())),
        Some((from, to)) => {
            let from: usize = from.parse().expect("a beginning");
            let to = to
                .parse()
                .map_or(bytes.len(), |last: usize| bytes.len().min(last + 1));
            answer
                .status(StatusCode::PARTIAL_CONTENT)
                .header(
                    header::CONTENT_RANGE,
                    format!("bytes {from}-{}/{}", to - 1, bytes.len()),
                )
                .body(Body::from(bytes[from..to].to_vec()))
        }
    };
    answer.expect("an answer")
}

fn tag_of(bytes: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    format!("\"{:016x}\"", hasher.finish())
}
