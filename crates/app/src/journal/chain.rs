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

use crate::error::AppError;
use crate::op::{App, OpContext};
use crate::progress::Progress;

/// The file of anchors in the data folder, one line each: 日期时间, 序号, 条数, 封签.
pub const ANCHOR_FILE: &str = "journal-anchors.csv";

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
        .map(|anchor| Seal {
            seq: anchor.seq,
            entries: anchor.entries,
            seal: to_hex(&anchor.seal),
            at: Some(Timestamp(anchor.at)),
        })
        .collect();
    anchors.reverse();
    let end = Seal {
        seq: head.seq,
        entries: head.entries,
        seal: to_hex(&head.seal),
        at: None,
    };
    Ok((end, anchors))
}

/// Computes every seal anew and names the first row that does not fit: changed, taken out before it, put in, or moved; and rows
/// missing at the end, by the head and the anchors. 核验日志
///
/// # Errors
/// The role may not read the journal, or somebody asked to stop.
pub async fn verify(op: &OpContext, app: &App, progress: &Progress) -> Result<Verified, AppError> {
    op.may(Action::SeeJournal)?;
    let mut reader = app.store.read().await?;
    let head = reader.journal_head().await?;
    let anchors = reader.journal_anchors().await?;
    let mut checker = Checker::new(&anchors);
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
    let first_break = checker.missing_at_end(&head);
    Ok(checker.verified(first_break))
}

/// Follows the chain row by row.
#[derive(Debug)]
pub struct Checker<'a> {
    anchors: &'a [Anchor],
    anchors_seen: usize,
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
            seal: GENESIS.to_vec(),
            last: 0,
            entries: 0,
        }
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

/// Writes the end of the chain down where it has grown since the last anchor.
///
/// # Errors
/// As [`anchor`].
pub(crate) async fn anchor_if_grown(op: &OpContext, app: &App) -> Result<Option<Seal>, AppError> {
    let mut reader = app.store.read().await?;
    let head = reader.journal_head().await?;
    let last = reader.journal_last_anchor().await?;
    drop(reader);
    if last.is_some_and(|last| last.entries == head.entries && last.seal == head.seal) {
        return Ok(None);
    }
    anchor(op, app).await.map(Some)
}

/// Writes the end of the chain down: in the store, in the file of anchors and in the program's log. 锚定
///
/// # Errors
/// The role may not read the journal, or the file cannot be written.
pub async fn anchor(op: &OpContext, app: &App) -> Result<Seal, AppError> {
    op.may(Action::SeeJournal)?;
    let mut tx = app.store.begin().await?;
    let head = tx.anchor_journal(op.now()).await?;
    tx.commit().await?;
    let seal = to_hex(&head.seal);
    let path = app.data_dir.join(ANCHOR_FILE);
    let opened = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(&path);
    let line = format!("{},{},{},{seal}\n", op.now().to_minute(), head.seq, head.entries);
    opened
        .and_then(|mut file| file.write_all(line.as_bytes()))
        .map_err(|error| AppError::io(path.display(), error))?;
    tracing::info!(
        seq = head.seq,
        entries = head.entries,
        seal,
        "the journal is anchored"
    );
    Ok(Seal {
        seq: head.seq,
        entries: head.entries,
        seal,
        at: Some(op.now()),
    })
}
