//! Objects of a bucket, in and out.

use super::{Place, PlaceError, at};
use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey as Name};
use object_store::client::{HttpError, HttpErrorKind};
use object_store::path::Path as Key;
use object_store::{
    BackoffConfig, ClientConfigKey, GetOptions, GetRange, MultipartUpload, ObjectStore as _,
    ObjectStoreExt as _, RetryConfig,
};
use std::error::Error as _;
use std::fmt;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::time::Duration;

/// An object travels in pieces of so many bytes, one at a time: that much memory, and a broken connection costs no more. S3
/// takes ten thousand of them, 78 GiB, which is more than any file that is read here.
const PIECE_BYTES: u64 = 8 << 20;
/// Retries end this long after a request began. With five seconds for each connection (object_store's default) an endpoint
/// that is not there is told after ten.
const RETRY_SECONDS: u64 = 8;
const RETRIES_MAX: usize = 4;

/// How buckets are reached: endpoint, account and what else the environment says.
#[derive(Clone, Default)]
pub struct Settings(AmazonS3Builder);

impl Settings {
    /// Takes `AWS_ENDPOINT_URL`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ALLOW_HTTP` and whatever else
    /// object_store knows from the environment.
    pub fn from_env() -> Settings {
        Settings(AmazonS3Builder::from_env())
    }

    /// The same from names and values given here.
    #[must_use]
    pub fn of(variables: &[(&str, &str)]) -> Settings {
        let known = variables
            .iter()
            .filter_map(|(name, value)| Some((name.to_ascii_lowercase().parse::<Name>().ok()?, *value)));
        Settings(known.fold(AmazonS3Builder::new(), |builder, (name, value)| {
            builder.with_config(name, value)
        }))
    }

    fn endpoint(&self) -> Option<String> {
        self.get(Name::S3Endpoint).or_else(|| self.get(Name::Endpoint))
    }

    fn get(&self, name: Name) -> Option<String> {
        self.0.get_config_value(&name).filter(|value| !value.is_empty())
    }

    fn is_set(&self, name: Name) -> bool {
        self.get(name).is_some_and(|value| value != "false")
    }

    fn open(&self, bucket: &str) -> Result<AmazonS3, PlaceError> {
        let wrong = |problem: String| Err(PlaceError::Settings { problem });
        if let Some(endpoint) = self.endpoint() {
            if !is_host_address(&endpoint) {
                // The text is not repeated, it may hold a password.
                return wrong("AWS_ENDPOINT_URL 要写成 https://主机:端口，不带账号".to_owned());
            }
            if endpoint.starts_with("http://") && !self.is_set(Name::Client(ClientConfigKey::AllowHttp)) {
                return wrong(format!(
                    "{endpoint} 不加密；请改用 https://，内网里确要不加密请设 AWS_ALLOW_HTTP=true"
                ));
            }
        }
        let accounts = [
            Name::AccessKeyId,
            Name::WebIdentityTokenFile,
            Name::ContainerCredentialsRelativeUri,
            Name::ContainerCredentialsFullUri,
            Name::SkipSignature,
        ];
        // Without any, object_store would ask Amazon's own network for an account, and wait for an answer.
        if !accounts.into_iter().any(|name| self.is_set(name)) {
            return wrong("没有账号；请设 AWS_ACCESS_KEY_ID 和 AWS_SECRET_ACCESS_KEY".to_owned());
        }
        let retry = RetryConfig {
            backoff: BackoffConfig::default(),
            max_retries: RETRIES_MAX,
            retry_timeout: Duration::from_secs(RETRY_SECONDS),
        };
        let builder = self.0.clone().with_bucket_name(bucket).with_retry(retry);
        builder.build().or_else(|error| wrong(cause_of(&error)))
    }
}

/// Keys and passwords stay out of logs.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field(
                "endpoint",
                &self.endpoint().filter(|endpoint| is_host_address(endpoint)),
            )
            .finish_non_exhaustive()
    }
}

/// Whether an endpoint is a host with or without a port: object_store panics over what makes no URI.
fn is_host_address(endpoint: &str) -> bool {
    let secure = endpoint.strip_prefix("https://");
    let Some(rest) = secure.or_else(|| endpoint.strip_prefix("http://")) else {
        return false;
    };
    let rest = rest.split_once('/').map_or(rest, |(host, _)| host);
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !rest.ends_with(']') => (host, port),
        _ => (rest, "443"),
    };
    let is_name = !host.is_empty()
        && host
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c));
    let number = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let is_number = number.is_some_and(|number| number.parse::<std::net::Ipv6Addr>().is_ok());
    (is_name || is_number) && port.parse::<u16>().is_ok()
}

/// Names of the objects directly below `folder`.
pub(super) fn names(
    settings: &Settings,
    place: &Place,
    bucket: &str,
    folder: &Key,
) -> Result<Vec<String>, PlaceError> {
    let store = settings.open(bucket)?;
    alone(async {
        let prefix = Some(folder).filter(|folder| !folder.as_ref().is_empty());
        let listed = store.list_with_delimiter(prefix).await?;
        let below = listed.objects.iter().filter_map(|object| {
            // Some tools mark a folder by an empty object of its name, which is listed with it.
            let mut parts = object.location.prefix_match(folder)?;
            parts.next().map(|name| name.as_ref().to_owned())
        });
        let mut names: Vec<String> = below.collect();
        names.sort();
        Ok(names)
    })
    .map_err(|trouble| trouble.told(settings, place, "列出"))
}

/// Writes an object to a new file.
pub(super) fn download(
    settings: &Settings,
    place: &Place,
    bucket: &str,
    key: &Key,
    path: &Path,
) -> Result<(), PlaceError> {
    let store = settings.open(bucket)?;
    let mut file = File::create(path).map_err(at(path))?;
    alone(async {
        let object = store.head(key).await?;
        let mut done = 0;
        while done < object.size {
            let options = GetOptions {
                range: Some(GetRange::Bounded(done..object.size.min(done + PIECE_BYTES))),
                // Without the tag, pieces of two versions could make one file.
                if_match: object.e_tag.clone(),
                ..GetOptions::default()
            };
            let piece = store.get_opts(key, options).await?.bytes().await?;
            if piece.is_empty() {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            }
            file.write_all(&piece).map_err(at(path))?;
            done += piece.len() as u64;
        }
        Ok(())
    })
    .map_err(|trouble| trouble.told(settings, place, "读取"))
}

/// Sends a file; the object is there once all of it is.
pub(super) fn upload(
    settings: &Settings,
    place: &Place,
    bucket: &str,
    key: &Key,
    path: &Path,
) -> Result<(), PlaceError> {
    let store = settings.open(bucket)?;
    let mut file = File::open(path).map_err(at(path))?;
    alone(async {
        let first = next_piece(&mut file).map_err(at(path))?;
        if (first.len() as u64) < PIECE_BYTES {
            store.put(key, first.into()).await?;
            return Ok(());
        }
        let mut parts = store.put_multipart(key).await?;
        let sent = send_parts(parts.as_mut(), first, &mut file, path).await;
        if sent.is_err() {
            // Parts that cannot be taken back are no object; the error already says why sending fails.
            let _ = parts.abort().await;
        }
        sent
    })
    .map_err(|trouble| trouble.told(settings, place, "写入"))
}

async fn send_parts(
    parts: &mut dyn MultipartUpload,
    first: Vec<u8>,
    file: &mut File,
    path: &Path,
) -> Result<(), Trouble> {
    let mut piece = first;
    while !piece.is_empty() {
        parts.put_part(piece.into()).await?;
        piece = next_piece(file).map_err(at(path))?;
    }
    parts.complete().await?;
    Ok(())
}

fn next_piece(file: &mut File) -> io::Result<Vec<u8>> {
    let mut piece = Vec::new();
    file.take(PIECE_BYTES).read_to_end(&mut piece)?;
    Ok(piece)
}

/// Runs on a thread and a runtime of its own: a thread that already drives one must not wait inside it.
fn alone<T: Send>(work: impl Future<Output = Result<T, Trouble>> + Send) -> Result<T, Trouble> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().spawn_scoped(scope, || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(work)
        })?;
        thread
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// What went wrong on the way, before it is told which place it was about.
enum Trouble {
    Told(PlaceError),
    Store(object_store::Error),
    Machine(io::Error),
}

impl From<PlaceError> for Trouble {
    fn from(error: PlaceError) -> Trouble {
        Trouble::Told(error)
    }
}

impl From<object_store::Error> for Trouble {
    fn from(error: object_store::Error) -> Trouble {
        Trouble::Store(error)
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Trouble {
        Trouble::Machine(error)
    }
}

impl Trouble {
    fn told(self, settings: &Settings, place: &Place, doing: &'static str) -> PlaceError {
        let address = place.to_string();
        let error = match self {
            Trouble::Told(error) => return error,
            Trouble::Machine(error) => {
                let reason = error.to_string();
                return PlaceError::Store {
                    address,
                    doing,
                    reason,
                };
            }
            Trouble::Store(error) => error,
        };
        match status_of(&error) {
            Some(404) => return PlaceError::Absent { address },
            Some(412) => return PlaceError::Changed { address },
            Some(status @ (401 | 403)) => {
                return PlaceError::Refused {
                    address,
                    doing,
                    status,
                };
            }
            _ => {}
        }
        let reason = cause_of(&error);
        if is_unanswered(&error) {
            let endpoint = settings.endpoint().unwrap_or_else(|| "Amazon S3".to_owned());
            return PlaceError::Unreachable {
                address,
                endpoint,
                doing,
                reason,
            };
        }
        PlaceError::Store {
            address,
            doing,
            reason,
        }
    }
}

fn status_of(error: &object_store::Error) -> Option<u16> {
    use object_store::Error as E;
    match error {
        E::NotFound { .. } => Some(404),
        E::Precondition { .. } => Some(412),
        E::PermissionDenied { .. } => Some(403),
        E::Unauthenticated { .. } => Some(401),
        // Listing keeps the status only in words.
        other => {
            let text = other.to_string();
            let (_, after) = text.split_once("status code: ")?;
            after.get(..3)?.parse().ok()
        }
    }
}

fn is_unanswered(error: &object_store::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(http) = error.downcast_ref::<HttpError>() {
            return matches!(http.kind(), HttpErrorKind::Connect | HttpErrorKind::Timeout);
        }
        cause = error.source();
    }
    false
}

/// The innermost reason: of an answer its code (`NoSuchUpload`), of everything else its words.
fn cause_of(error: &object_store::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    let text = cause.to_string();
    let code = text
        .split_once("<Code>")
        .and_then(|(_, after)| after.split_once("</Code>"));
    code.map_or(text.clone(), |(code, _)| code.to_owned())
}
