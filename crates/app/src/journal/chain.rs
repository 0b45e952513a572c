//! The journal's seals (日志封签): checked, exported for an outside check, written down as anchors.
//!
//! What the seals show and what they cannot: [decision 28](../../../../docs/decisions/0028-journal-chain.md).

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;

use codes::digest::to_hex;
use codes::time::Timestamp;
use domain::permission::Action;
use serde_json::json;
use store::journal::chain::{Anchor, GENESIS, Head, Link};

use super::anchor::{ANCHOR_FILE, AnchorKey, catch_up, line, signed_text, unknown_line};
use crate::error::AppError;
use crate::op::{App, OpContext};
use crate::progress::Progress;

/// The end of the chain, as a page or a command shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// The last row's number.
    pub seq: i64,
    /// How many rows there are.
    pub entries: i64,
    /// SM3 as 64 hexadecimal digits.
    pub seal: String,
    /// When it was written down, for an anchor.
    pub at: Option<Timestamp>,
    /// Which key signed it, for a signed anchor.
    pub key_id: Option<String>,
    /// An anchor's line, as it stands in the file of anchors.
    pub line: Option<String>,
}

impl From<Anchor> for Seal {
    fn from(anchor: Anchor) -> Seal {
        Seal {
            line: Some(line(&anchor)),
            seq: anchor.seq,
            entries: anchor.entries,
            seal: to_hex(&anchor.seal),
            at: Some(Timestamp(anchor.at)),
            key_id: anchor.key_id,
        }
    }
}

impl From<Head> for Seal {
    fn from(head: Head) -> Seal {
        Seal {
            seq: head.seq,
            entries: head.entries,
            seal: to_hex(&head.seal),
            at: None,
            key_id: None,
            line: None,
        }
    }
}

/// The first place where the journal does not fit its seals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Break {
    /// The row's number; the last one when rows are missing at the end.
    pub seq: i64,
    /// What is wrong, in words.
    pub words: String,
}

/// What a check of the whole journal found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Rows that were read.
    pub entries: i64,
    /// Anchors that were compared.
    pub anchors: usize,
    /// Those of them that this folder's key has signed.
    pub signed: usize,
    /// Those that another key has signed: its holder has the public part that tells.
    pub signed_elsewhere: usize,
    /// The last seal that fits.
    pub seal: String,
    pub first_break: Option<Break>,
}

/// The end of the chain and the anchors, newest first.
///
/// # Errors
/// The role may not read the journal.
pub async fn seals(op: &OpContext, app: &App) -> Result<(Seal, Vec<Seal>), AppError> {
    op.may(Action::SeeJournal)?;
    let mut reader = app.store.read().await?;
    let head = reader.journal_head().await?;
    let mut anchors: Vec<Seal> = reader
        .journal_anchors()
        .await?
        .into_iter()
        .map(Seal::from)
        .collect();
    anchors.reverse();
    Ok((Seal::from(head), anchors))
}

/// The end of the chain and its last anchor.
///
/// # Errors
/// The role may not read the journal.
pub async fn last_seals(op: &OpContext, app: &App) -> Result<(Seal, Option<Seal>), AppError> {
    op.may(Action::SeeJournal)?;
    let mut reader = app.store.read().await?;
    let head = reader.journal_head().await?;
    let last = reader.journal_last_anchor().await?;
    Ok((Seal::from(head), last.map(Seal::from)))
}

/// Number and public part of the key that signs anchors here, as openssl reads it; `None` before the first anchor.
///
/// # Errors
/// The role may not read the journal, or `KEY-427` when the key cannot be used.
pub fn public_key(op: &OpContext, app: &App) -> Result<Option<(String, String)>, AppError> {
    op.may(Action::SeeJournal)?;
    let key = AnchorKey::read(app)?;
    key.map(|key| Ok((key.id(), key.public_pem()?))).transpose()
}

/// The same; a key is made where there is none. 公钥
///
/// # Errors
/// As [`public_key`].
pub async fn public_key_made(op: &OpContext, app: &App) -> Result<(String, String), AppError> {
    op.may(Action::SeeJournal)?;
    let key = AnchorKey::read_or_make(op, app).await?;
    Ok((key.id(), key.public_pem()?))
}

/// Computes every seal anew and names the first row that does not fit: changed, taken out before it, put in, or moved; and rows
/// missing at the end, by the head and the anchors, in the store and in the files outside it. 核验日志
///
/// # Errors
/// The role may not read the journal, or somebody asked to stop.
pub async fn verify(op: &OpContext, app: &App, progress: &Progress) -> Result<Verified, AppError> {
    op.may(Action::SeeJournal)?;
    let mut reader = app.store.read().await?;
    let head = reader.journal_head().await?;
    let anchors = reader.journal_anchors().await?;
    let key = AnchorKey::read(app)?;
    let mut checker = Checker::new(&anchors);
    if let Some(broken) = checker.signatures(key.as_ref()) {
        return Ok(checker.verified(Some(broken)));
    }
    loop {
        let links = reader.journal_links(checker.last).await?;
        if links.is_empty() {
            break;
        }
        for link in links {
            if let Some(broken) = checker.take(&link) {
                return Ok(checker.verified(Some(broken)));
            }
        }
        progress("核验日志", checker.entries as u64, head.entries as u64)?;
    }
    let outside = unknown_line(app, &anchors)?.map(|(seq, words)| Break { seq, words });
    let first_break = checker.missing_at_end(&head).or(outside);
    Ok(checker.verified(first_break))
}

/// Follows the chain row by row.
#[derive(Debug)]
pub struct Checker<'a> {
    anchors: &'a [Anchor],
    anchors_seen: usize,
    signed: usize,
    signed_elsewhere: usize,
    seal: Vec<u8>,
    last: i64,
    entries: i64,
}

impl<'a> Checker<'a> {
    /// Before the first row; anchors in order.
    pub fn new(anchors: &'a [Anchor]) -> Checker<'a> {
        Checker {
            anchors,
            anchors_seen: 0,
            signed: 0,
            signed_elsewhere: 0,
            seal: GENESIS.to_vec(),
            last: 0,
            entries: 0,
        }
    }

    /// Looks at the signatures of the anchors; answers what is wrong with the first that does not fit. Once anchors are signed, one
    /// without a signature was put in past the program.
    pub fn signatures(&mut self, key: Option<&AnchorKey>) -> Option<Break> {
        for anchor in self.anchors {
            let broken = |words: String| {
                Some(Break {
                    seq: anchor.seq,
                    words,
                })
            };
            let at = Timestamp(anchor.at).to_minute();
            match (&anchor.key_id, &anchor.signature) {
                (Some(id), Some(signature)) if key.is_some_and(|key| key.id() == *id) => {
                    let text = signed_text(anchor.at, anchor.seq, anchor.entries, &anchor.seal);
                    if !key.is_some_and(|key| key.has_signed(&text, signature)) {
                        return broken(format!("{at} 的锚点与它的签名不符：锚点被改动"));
                    }
                    self.signed += 1;
                }
                (Some(_), Some(_)) => self.signed_elsewhere += 1,
                _ if self.signed + self.signed_elsewhere > 0 => {
                    return broken(format!(
                        "{at} 的锚点没有签名，而更早的锚点有：它不是由本系统写入的"
                    ));
                }
                _ => {}
            }
        }
        None
    }

    /// Takes the next row; answers what is wrong with it.
    pub fn take(&mut self, link: &Link) -> Option<Break> {
        let broken = |words: &str| {
            Some(Break {
                seq: link.seq,
                words: words.to_owned(),
            })
        };
        let expected = link.sealed_after(&self.seal);
        match &link.seal {
            None => return broken("这一行没有封签：它不是由本系统写入的"),
            Some(seal) if *seal != expected => {
                return broken("这一行与封签不符：它的内容被改动，或它之前有记录被删除、插入、调换");
            }
            Some(_) => {}
        }
        self.seal = expected.to_vec();
        (self.last, self.entries) = (link.seq, self.entries + 1);
        while let Some(anchor) = self
            .anchors
            .get(self.anchors_seen)
            .filter(|anchor| anchor.seq <= self.last)
        {
            if (anchor.seq, anchor.entries, &anchor.seal) != (self.last, self.entries, &self.seal) {
                return broken(&format!(
                    "与 {} 的锚点不符：当时第 {} 行（共 {} 条）的封签是 {}；整条链可能被重新制作过",
                    Timestamp(anchor.at).to_minute(),
                    anchor.seq,
                    anchor.entries,
                    to_hex(&anchor.seal)
                ));
            }
            self.anchors_seen += 1;
        }
        None
    }

    /// After the last row: whether the head or an anchor knows of more.
    pub fn missing_at_end(&self, head: &Head) -> Option<Break> {
        let words = if (head.entries, &head.seal) != (self.entries, &self.seal) {
            format!(
                "末尾不完整：应有 {} 条、封签 {}，现有 {} 条；最后的记录被删除，或在封签之外加入了记录",
                head.entries,
                to_hex(&head.seal),
                self.entries
            )
        } else {
            let anchor = self.anchors.get(self.anchors_seen)?;
            format!("末尾不完整：锚点记有第 {} 行，现在没有", anchor.seq)
        };
        Some(Break {
            seq: self.last,
            words,
        })
    }

    fn verified(&self, first_break: Option<Break>) -> Verified {
        Verified {
            entries: self.entries,
            anchors: self.anchors_seen,
            signed: self.signed,
            signed_elsewhere: self.signed_elsewhere,
            seal: to_hex(&self.seal),
            first_break,
        }
    }
}

/// Writes the whole journal as lines of JSON with its seals, the head last, for the outside script. `before` and `after` are texts:
/// the very spelling that is sealed. Answers how many rows. 导出日志
///
/// # Errors
/// The role may not read the journal, or the file cannot be written.
pub async fn export(
    op: &OpContext,
    app: &App,
    into: &mut (dyn std::io::Write + Send),
    progress: &Progress,
) -> Result<i64, AppError> {
    op.may(Action::SeeJournal)?;
    let mut reader = app.store.read().await?;
    let head = reader.journal_head().await?;
    let written = |result: std::io::Result<()>| result.map_err(|error| AppError::io("日志导出", error));
    let mut last = 0;
    let mut entries = 0;
    loop {
        let links = reader.journal_links(last).await?;
        let Some(end) = links.last() else { break };
        last = end.seq;
        entries += links.len() as i64;
        for link in links {
            let line = json!({
                "seq": link.seq,
                "at": link.at,
                "actor_id": link.actor_id.map(|id| id.to_string()),
                "actor_name": link.actor_name,
                "on_behalf": link.on_behalf,
                "action": link.action,
                "subject_kind": link.subject_kind,
                "subject_id": link.subject_id.to_string(),
                "path": link.path,
                "before": link.before,
                "after": link.after,
                "request_id": link.request_id,
                "form": link.form,
                "role": link.role,
                "session_id": link.session_id.map(|id| id.to_string()),
                "address": link.address,
                "result": link.result,
                "reason": link.reason,
                "seal": link.seal.as_deref().map(to_hex),
            });
            written(writeln!(into, "{line}"))?;
        }
        progress("导出日志", entries as u64, head.entries as u64)?;
    }
    let end = json!({ "head": { "seq": head.seq, "entries": head.entries, "seal": to_hex(&head.seal) } });
    written(writeln!(into, "{end}"))?;
    Ok(entries)
}

/// Writes the end of the chain down where it has grown since the last anchor; what an outside folder lacks is made up for either way.
///
/// # Errors
/// As [`anchor`].
pub(crate) async fn anchor_if_grown(op: &OpContext, app: &App) -> Result<Option<Seal>, AppError> {
    let mut reader = app.store.read().await?;
    let head = reader.journal_head().await?;
    let last = reader.journal_last_anchor().await?;
    drop(reader);
    if last.is_some_and(|last| last.entries == head.entries && last.seal == head.seal) {
        carry_out(app).await?;
        return Ok(None);
    }
    anchor(op, app).await.map(Some)
}

/// Writes the end of the chain down, signed: in the store, in the file of anchors, in the program's log and wherever else anchors go. 锚定
///
/// # Errors
/// The role may not read the journal, a file cannot be written, or `KEY-427` when the signing key cannot be used.
pub async fn anchor(op: &OpContext, app: &App) -> Result<Seal, AppError> {
    op.may(Action::SeeJournal)?;
    let key = AnchorKey::read_or_make(op, app).await?;
    let now = op.now();
    let mut tx = app.store.begin().await?;
    let sign = |head: &Head| {
        let text = signed_text(now.millis(), head.seq, head.entries, &head.seal);
        (key.id(), key.sign(&text))
    };
    let anchored = tx.anchor_journal(now, sign).await?;
    tx.commit().await?;
    let text = line(&anchored);
    let path = app.data_dir.join(ANCHOR_FILE);
    let opened = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(&path);
    opened
        .and_then(|mut file| file.write_all(format!("{text}\n").as_bytes()))
        .map_err(|error| AppError::io(path.display(), error))?;
    tracing::info!(anchor = text, "the journal is anchored");
    carry_out(app).await?;
    if let Some(log) = app.anchor_outlets.syslog.clone() {
        tokio::task::spawn_blocking(move || log.send(&text))
            .await
            .map_err(AppError::internal)??;
    }
    Ok(Seal::from(anchored))
}

/// Brings the file in the outside folder up to date, where there is one.
async fn carry_out(app: &App) -> Result<(), AppError> {
    let Some(folder) = app.anchor_outlets.folder.clone() else {
        return Ok(());
    };
    let anchors = app.store.read().await?.journal_anchors().await?;
    let carried = tokio::task::spawn_blocking(move || catch_up(&folder, &anchors));
    carried.await.map_err(AppError::internal)??;
    Ok(())
}
