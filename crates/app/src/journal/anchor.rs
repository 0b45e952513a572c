//! The key that signs anchors (锚点签名), and where anchors go besides the store: so that whoever may change the database, and the anchors in
//! it, still cannot make one that fits.
//!
//! Ed25519 (RFC 8032), because every openssl checks it and the tree has it; the key is a file beside the master key
//! ([decision 43](../../../../docs/decisions/0043-journal-row-and-signed-anchor.md)).

use std::collections::BTreeSet;
use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::net::UdpSocket;
use std::ops::Bound;
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use codes::crypto::KeyError;
use codes::digest::{Sm3Hasher, to_hex};
use codes::time::Timestamp;
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use ed25519_dalek::pkcs8::EncodePublicKey as _;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::{Signature, Signer as _, SigningKey};
use rand::RngExt as _;
use serde_json::json;
use store::journal::chain::Anchor;
use uuid::Uuid;

use crate::error::AppError;
use crate::keys::read_key;
use crate::op::{App, OpContext};

/// The file of anchors, in the data folder and in the outside one, one line each: 日期时间, 序号, 条数, 封签, 密钥编号, 签名.
pub const ANCHOR_FILE: &str = "journal-anchors.csv";
/// The signing key's file inside the data folder.
const KEY_FILE: &str = "journal-anchor.key";
/// Digits of a key's number.
const KEY_ID_DIGITS: usize = 16;
/// How far from the end of the outside file its last line is looked for; a line has about 250 bytes.
const TAIL_BYTES: u64 = 4_096;

/// What signs anchors.
pub struct AnchorKey(SigningKey);

impl fmt::Debug for AnchorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AnchorKey({})", self.id())
    }
}

impl AnchorKey {
    /// The key of this data folder; `None` where none was made yet.
    ///
    /// # Errors
    /// `KEY-427` when others can read it or it is damaged.
    pub fn read(app: &App) -> Result<Option<AnchorKey>, AppError> {
        match read_key(&app.data_dir.join(KEY_FILE)) {
            Ok(seed) => Ok(Some(AnchorKey(SigningKey::from_bytes(&seed)))),
            Err(KeyError::Missing(_)) => Ok(None),
            Err(KeyError::Unreadable(what)) => Err(AppError::unavailable(
                "KEY-427",
                format!("不能使用锚点签名密钥：{what}"),
            )),
            Err(_) => Err(
                AppError::unavailable("KEY-427", "锚点签名密钥文件已损坏：应为 32 字节")
                    .hint("请从备份恢复 journal-anchor.key；没有备份的，移走它，重新锚定时会另做一把"),
            ),
        }
    }

    /// The key of this data folder, made and journalled with its public part when there is none.
    pub(crate) async fn read_or_make(op: &OpContext, app: &App) -> Result<AnchorKey, AppError> {
        if let Some(key) = AnchorKey::read(app)? {
            return Ok(key);
        }
        if !make(&app.data_dir)? {
            // Another process was faster.
            return AnchorKey::read(app)?.ok_or_else(|| AppError::internal("the anchor key went away"));
        }
        let key =
            AnchorKey::read(app)?.ok_or_else(|| AppError::internal("the anchor key was not written"))?;
        let entry = JournalEntry::new(JournalAction::AnchorKeyMade, SubjectKind::Setting, Uuid::nil())
            .after(&json!({ "key_id": key.id(), "public_key": key.public_pem()? }));
        let mut tx = app.store.begin().await?;
        tx.journal(&op.by(), entry).await?;
        tx.commit().await?;
        Ok(key)
    }

    /// Its number: the first digits of SM3 over the public key as openssl writes it (SPKI, DER).
    pub fn id(&self) -> String {
        let Ok(der) = self.0.verifying_key().to_public_key_der() else {
            return String::new();
        };
        let mut hasher = Sm3Hasher::new();
        hasher.update(der.as_bytes());
        to_hex(&hasher.finish()).chars().take(KEY_ID_DIGITS).collect()
    }

    /// The public key as openssl reads it.
    pub fn public_pem(&self) -> Result<String, AppError> {
        self.0
            .verifying_key()
            .to_public_key_pem(LineEnding::LF)
            .map_err(|error| AppError::internal(error.to_string()))
    }

    /// Signs the line of an anchor, without its last two columns and without a line end.
    pub(super) fn sign(&self, line: &str) -> Vec<u8> {
        self.0.sign(line.as_bytes()).to_bytes().to_vec()
    }

    /// Whether this key signed the line.
    pub(super) fn has_signed(&self, line: &str, signature: &[u8]) -> bool {
        Signature::from_slice(signature).is_ok_and(|signature| {
            self.0
                .verifying_key()
                .verify_strict(line.as_bytes(), &signature)
                .is_ok()
        })
    }
}

/// Makes the file, whole or not at all; answers false when there is one by now.
fn make(data_dir: &Path) -> Result<bool, AppError> {
    let path = data_dir.join(KEY_FILE);
    let fresh = data_dir.join(format!("{KEY_FILE}.{}", Uuid::now_v7()));
    let failed = |error| AppError::io(path.display(), error);
    let mut seed = zeroize::Zeroizing::new([0u8; 32]);
    rand::rng().fill(&mut *seed);
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&fresh)
        .map_err(failed)?;
    file.write_all(&*seed)
        .and_then(|()| file.sync_all())
        .map_err(failed)?;
    let linked = fs::hard_link(&fresh, &path);
    fs::remove_file(&fresh).map_err(failed)?;
    match linked {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(failed(error)),
    }
}

/// What is signed of an anchor: the first four columns of its line.
pub(super) fn signed_text(at: i64, seq: i64, entries: i64, seal: &[u8]) -> String {
    format!("{},{seq},{entries},{}", Timestamp(at).to_minute(), to_hex(seal))
}

/// The whole line of an anchor; one from before anchors were signed has four columns.
pub(super) fn line(anchor: &Anchor) -> String {
    let text = signed_text(anchor.at, anchor.seq, anchor.entries, &anchor.seal);
    match (&anchor.key_id, &anchor.signature) {
        (Some(key), Some(signature)) => format!("{text},{key},{}", to_hex(signature)),
        _ => text,
    }
}

/// Where anchors go besides the store and the data folder (库外存放): places that an administrator of the database cannot change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outlets {
    /// A folder, as of another machine or one that only takes additions.
    pub folder: Option<PathBuf>,
    /// A system log.
    pub syslog: Option<Syslog>,
}

/// Where a system log listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Syslog {
    /// `udp://host:port`.
    Udp(String),
    /// A socket of this machine, `/dev/log`.
    Socket(PathBuf),
}

impl FromStr for Syslog {
    type Err = String;

    fn from_str(text: &str) -> Result<Syslog, String> {
        let wrong = || format!("“{text}”应写作 udp://主机:514 或 /dev/log");
        match text.strip_prefix("udp://") {
            Some(host)
                if host
                    .rsplit_once(':')
                    .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok()) =>
            {
                Ok(Syslog::Udp(host.to_owned()))
            }
            None if text.starts_with('/') => Ok(Syslog::Socket(PathBuf::from(text))),
            _ => Err(wrong()),
        }
    }
}

impl Syslog {
    /// Sends one line as RFC 5424 has it: facility 13 (log audit), severity 5 (notice).
    pub(super) fn send(&self, line: &str) -> Result<(), AppError> {
        let message = format!("<109>1 - - gonghui - anchor - {line}");
        let sent = match self {
            Syslog::Udp(host) => UdpSocket::bind("[::]:0")
                .or_else(|_| UdpSocket::bind("0.0.0.0:0"))
                .and_then(|socket| socket.send_to(message.as_bytes(), host.as_str())),
            Syslog::Socket(path) => {
                UnixDatagram::unbound().and_then(|socket| socket.send_to(message.as_bytes(), path))
            }
        };
        sent.map(drop).map_err(|error| {
            AppError::io(
                match self {
                    Syslog::Udp(host) => format!("系统日志 {host}"),
                    Syslog::Socket(path) => format!("系统日志 {}", path.display()),
                },
                error,
            )
        })
    }
}

/// Appends to the file in a folder what it has not yet, so that what failed once is made up for the next time. What stands there is
/// never written again: two lines of one row that differ are the proof.
pub(super) fn catch_up(folder: &Path, anchors: &[Anchor]) -> Result<usize, AppError> {
    let path = folder.join(ANCHOR_FILE);
    let failed = |error| AppError::io(path.display(), error);
    let mut file = OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .mode(0o640)
        .open(&path)
        .map_err(failed)?;
    let length = file.seek(SeekFrom::End(0)).map_err(failed)?;
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))
        .map_err(failed)?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail).map_err(failed)?;
    let tail = String::from_utf8_lossy(&tail);
    let whole = tail.rfind('\n').map_or("", |end| &tail[..end]);
    let last: i64 = whole
        .lines()
        .last()
        .and_then(|line| line.split(',').nth(1)?.parse().ok())
        .unwrap_or(0);
    let missing: Vec<&Anchor> = anchors.iter().filter(|anchor| anchor.seq > last).collect();
    // A line that was cut off by a full disk is ended first, and written again whole.
    let mut text = String::from(if tail.is_empty() || tail.ends_with('\n') {
        ""
    } else {
        "\n"
    });
    for anchor in &missing {
        text.push_str(&line(anchor));
        text.push('\n');
    }
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(failed)?;
    Ok(missing.len())
}

/// The first line of the files of anchors, in the data folder and in the outside one, that the store does not have: its row, and what it means.
/// Whoever cuts the end of the journal off takes its anchors away as well, and these lines stay. A line that was cut off by a full disk is
/// the beginning of one that stands there whole.
pub(super) fn unknown_line(app: &App, anchors: &[Anchor]) -> Result<Option<(i64, String)>, AppError> {
    let known: BTreeSet<String> = anchors.iter().map(line).collect();
    let is_known = |one: &str| {
        let next = known
            .range::<str, _>((Bound::Included(one), Bound::Unbounded))
            .next();
        next.is_some_and(|whole| whole.starts_with(one))
    };
    let outside = app.anchor_outlets.folder.as_deref();
    for folder in [Some(app.data_dir.as_path()), outside].into_iter().flatten() {
        let path = folder.join(ANCHOR_FILE);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(AppError::io(path.display(), error)),
        };
        if let Some(one) = text.lines().find(|one| !is_known(one)) {
            let mut columns = one.split(',');
            let at = columns.next().unwrap_or_default();
            let seq: i64 = columns
                .next()
                .and_then(|seq| seq.parse().ok())
                .unwrap_or_default();
            let words = format!(
                "{} 记有 {at} 的锚点（第 {seq} 行），库里没有：库里的锚点被删除或改动，末尾的记录可能已被删除",
                path.display()
            );
            return Ok(Some((seq, words)));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn anchor(seq: i64) -> Anchor {
        Anchor {
            seq,
            entries: seq,
            seal: vec![seq as u8; 32],
            at: 1_764_000_000_000,
            key_id: None,
            signature: None,
        }
    }

    #[test]
    fn the_outside_file_is_made_up_and_never_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let read = || fs::read_to_string(folder.path().join(ANCHOR_FILE)).unwrap();
        assert_eq!(catch_up(folder.path(), &[anchor(3)]).unwrap(), 1);
        let first = read();
        assert_eq!(catch_up(folder.path(), &[anchor(3)]).unwrap(), 0);
        assert_eq!(
            catch_up(folder.path(), &[anchor(3), anchor(5), anchor(9)]).unwrap(),
            2
        );
        let all = read();
        assert!(all.starts_with(&first) && all.lines().count() == 3, "{all}");
        // The last line was cut off: what follows is on lines of its own.
        fs::write(folder.path().join(ANCHOR_FILE), &all[..all.len() - 30]).unwrap();
        assert_eq!(
            catch_up(folder.path(), &[anchor(5), anchor(9), anchor(12)]).unwrap(),
            2
        );
        assert_eq!(read().lines().last(), Some(line(&anchor(12)).as_str()));
        assert!(catch_up(&folder.path().join("gone"), &[]).is_err());
    }

    #[test]
    fn a_key_signs_its_line_alone() {
        let (one, other) = (
            AnchorKey(SigningKey::from_bytes(&[7; 32])),
            AnchorKey(SigningKey::from_bytes(&[8; 32])),
        );
        let text = signed_text(1_764_000_000_000, 3, 3, &[1; 32]);
        let signature = one.sign(&text);
        assert!(one.has_signed(&text, &signature));
        assert!(
            !other.has_signed(&text, &signature) && !one.has_signed(&text.replace(",3,", ",4,"), &signature)
        );
        assert!(!one.has_signed(&text, &signature[1..]));
        assert_eq!(one.id().len(), KEY_ID_DIGITS);
        assert!(
            one.public_pem()
                .unwrap()
                .starts_with("-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA")
        );
    }

    #[test]
    fn a_system_log_hears_of_it() {
        for text in ["", "udp://", "udp://host", "udp://:514", "tcp://host:514", "log"] {
            assert!(text.parse::<Syslog>().unwrap_err().contains("/dev/log"), "{text}");
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let listening = UnixDatagram::bind(&path).unwrap();
        let target: Syslog = path.display().to_string().parse().unwrap();
        target.send("2026-11-23 20:00,3,3,00").unwrap();
        let mut heard = [0u8; 200];
        let length = listening.recv(&mut heard).unwrap();
        let heard = std::str::from_utf8(&heard[..length]).unwrap();
        assert!(
            heard.starts_with("<109>1 ") && heard.ends_with("2026-11-23 20:00,3,3,00"),
            "{heard}"
        );
        let port = UdpSocket::bind("127.0.0.1:0").unwrap();
        let target: Syslog = format!("udp://{}", port.local_addr().unwrap()).parse().unwrap();
        target.send("line").unwrap();
        assert!(port.recv(&mut [0u8; 200]).unwrap() > 4);
    }
}
