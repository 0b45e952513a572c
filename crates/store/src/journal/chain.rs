//! The sealed chain (日志封签): every row of the journal carries SM3 over the seal before it and its own content, so a row that
//! was changed, taken out, put in or moved no longer fits. The seals have no key, on purpose: anybody can check them; whoever
//! could make a whole new chain is caught by an anchor, a seal that was written down elsewhere.
//!
//! Rows are sealed at the commit that writes them, under a lock on the head that is held for this moment only.

use codes::digest::Sm3Hasher;
use codes::time::Timestamp;
use domain::journal::{By, JournalEntry};
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use crate::StoreError;
use crate::bulk::{self, BulkRow, RowWriter};
use crate::tx::{Reader, Store, Tx};

statements! {
    HEAD_LOCK = Sql::split {
        sqlite: "SELECT seq, entries, seal FROM journal_head WHERE id = 1",
        postgres: "SELECT seq, entries, seal FROM journal_head WHERE id = 1 FOR UPDATE",
    },
    HEAD = Sql::both("SELECT seq, entries, seal FROM journal_head WHERE id = 1"),
    HEAD_INSERT = Sql::both(
        "INSERT INTO journal_head (id, seq, entries, seal) VALUES (1, 0, 0, $1) ON CONFLICT (id) DO NOTHING"
    ),
    HEAD_SET = Sql::both("UPDATE journal_head SET seq = $1, entries = $2, seal = $3 WHERE id = 1"),
    JOURNAL_INSERT = Sql::both(
        "INSERT INTO journal (at, actor_id, actor_name, on_behalf, action, subject_kind, subject_id, path, \
         before, after, request_id, seal, form, role, session_id, address, result, reason) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)"
    ),
    LAST_SEQ = Sql::both("SELECT MAX(seq) FROM journal"),
    LINKS_AFTER = Sql::both(
        "SELECT seq, at, actor_id, actor_name, on_behalf, action, subject_kind, subject_id, path, before, after, request_id, seal, \
         form, role, session_id, address, result, reason FROM journal WHERE seq > $1 ORDER BY seq LIMIT $2"
    ),
    SEAL_SET = Sql::both("UPDATE journal SET seal = $2 WHERE seq = $1"),
    ANCHOR_INSERT = Sql::both(
        "INSERT INTO journal_anchor (seq, entries, seal, at, key_id, signature) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (seq) DO NOTHING"
    ),
    ANCHOR_LAST = Sql::both("SELECT seq, entries, seal, at, key_id, signature FROM journal_anchor ORDER BY seq DESC LIMIT 1"),
    ANCHORS = Sql::both("SELECT seq, entries, seal, at, key_id, signature FROM journal_anchor ORDER BY seq"),
}

/// What stands before the first row.
pub const GENESIS: [u8; 32] = [0; 32];
/// How a row is spelled for its seal (封签格式): 2 has role, session, address, result and reason as well. Rows stay in the form in which
/// they were written; the number is part of what is sealed, so that no row becomes another by it.
const FORM: i64 = 2;
/// The form of rows from before there were two.
const FIRST_FORM: i64 = 1;
/// Rows read at once.
const ROWS_A_STEP: i64 = 2_000;

/// One row of the journal as its seal covers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its number; 0 before it is written. Not part of what is sealed: the order is.
    pub seq: i64,
    /// Milliseconds since 1970.
    pub at: i64,
    pub actor_id: Option<Uuid>,
    pub actor_name: String,
    pub on_behalf: Option<String>,
    pub action: String,
    pub subject_kind: String,
    pub subject_id: Uuid,
    pub path: Option<String>,
    /// Canonical JSON: names in order, no blanks.
    pub before: Option<String>,
    pub after: Option<String>,
    pub request_id: Option<String>,
    /// In which form it was sealed: 1, or 2 with what follows.
    pub form: i64,
    pub role: Option<String>,
    pub session_id: Option<Uuid>,
    pub address: Option<String>,
    pub result: Option<String>,
    pub reason: Option<String>,
    /// As it stands in the store; `None` for a row that was put in without.
    pub seal: Option<Vec<u8>>,
}

impl Link {
    fn of(by: &By, entry: &JournalEntry) -> Link {
        Link {
            seq: 0,
            at: by.at.0,
            actor_id: by.actor_id.map(|id| id.uuid()),
            actor_name: by.actor_name.clone(),
            on_behalf: by.on_behalf.clone(),
            action: entry.action.code().to_owned(),
            subject_kind: entry.subject_kind.code().to_owned(),
            subject_id: entry.subject_id,
            path: entry
                .path
                .as_ref()
                .or(by.path.as_ref())
                .map(|path| path.as_str().to_owned()),
            before: entry.before.as_ref().map(canonical_json),
            after: entry.after.as_ref().map(canonical_json),
            request_id: by.request_id.clone(),
            form: FORM,
            role: by.role.map(|role| role.code().to_owned()),
            session_id: by.session_id,
            address: by.address.clone(),
            result: Some(entry.result().code().to_owned()),
            reason: entry.refusal.clone(),
            seal: None,
        }
    }

    /// The seal that belongs to this row after the one before it: SM3 over that seal, the form's line, and each value as its
    /// length in bytes, a colon, the value and a comma; `-,` for none. What the second form has more stands at the end; in a row of the first
    /// form it must be empty, or it would stand there unsealed, and then nothing fits.
    pub fn sealed_after(&self, before: &[u8]) -> [u8; 32] {
        let mut hasher = Sm3Hasher::new();
        hasher.update(before);
        hasher.update(format!("gonghui-journal-{}\n", self.form).as_bytes());
        let mut value = |text: Option<&str>| match text {
            Some(text) => {
                hasher.update(format!("{}:", text.len()).as_bytes());
                hasher.update(text.as_bytes());
                hasher.update(b",");
            }
            None => hasher.update(b"-,"),
        };
        value(Some(&self.at.to_string()));
        value(self.actor_id.map(|id| id.to_string()).as_deref());
        value(Some(&self.actor_name));
        value(self.on_behalf.as_deref());
        value(Some(&self.action));
        value(Some(&self.subject_kind));
        value(Some(&self.subject_id.to_string()));
        value(self.path.as_deref());
        value(self.before.as_deref());
        value(self.after.as_deref());
        value(self.request_id.as_deref());
        let session = self.session_id.map(|id| id.to_string());
        let more = [
            self.role.as_deref(),
            session.as_deref(),
            self.address.as_deref(),
            self.result.as_deref(),
            self.reason.as_deref(),
        ];
        if self.form != FIRST_FORM || more.iter().any(Option::is_some) {
            more.into_iter().for_each(value);
        }
        hasher.finish()
    }
}

/// JSON in the one spelling that both engines give back: names in order of their bytes, no blanks.
fn canonical_json(value: &Value) -> String {
    fn write(value: &Value, into: &mut String) {
        match value {
            Value::Object(map) => {
                let mut names: Vec<&String> = map.keys().collect();
                names.sort_unstable();
                into.push('{');
                for (nth, name) in names.into_iter().enumerate() {
                    if nth > 0 {
                        into.push(',');
                    }
                    into.push_str(&Value::from(name.as_str()).to_string());
                    into.push(':');
                    write(&map[name], into);
                }
                into.push('}');
            }
            Value::Array(items) => {
                into.push('[');
                for (nth, item) in items.iter().enumerate() {
                    if nth > 0 {
                        into.push(',');
                    }
                    write(item, into);
                }
                into.push(']');
            }
            other => into.push_str(&other.to_string()),
        }
    }
    let mut text = String::new();
    write(value, &mut text);
    text
}

#[derive(sqlx::FromRow)]
struct LinkRow {
    seq: i64,
    at: i64,
    actor_id: Option<Uuid>,
    actor_name: String,
    on_behalf: Option<String>,
    action: String,
    subject_kind: String,
    subject_id: Uuid,
    path: Option<String>,
    before: Option<Json<Value>>,
    after: Option<Json<Value>>,
    request_id: Option<String>,
    seal: Option<Vec<u8>>,
    form: Option<i64>,
    role: Option<String>,
    session_id: Option<Uuid>,
    address: Option<String>,
    result: Option<String>,
    reason: Option<String>,
}

impl From<LinkRow> for Link {
    fn from(row: LinkRow) -> Link {
        Link {
            seq: row.seq,
            at: row.at,
            actor_id: row.actor_id,
            actor_name: row.actor_name,
            on_behalf: row.on_behalf,
            action: row.action,
            subject_kind: row.subject_kind,
            subject_id: row.subject_id,
            path: row.path,
            before: row.before.map(|json| canonical_json(&json.0)),
            after: row.after.map(|json| canonical_json(&json.0)),
            request_id: row.request_id,
            form: row.form.unwrap_or(FIRST_FORM),
            role: row.role,
            session_id: row.session_id,
            address: row.address,
            result: row.result,
            reason: row.reason,
            seal: row.seal,
        }
    }
}

impl BulkRow for Link {
    const TABLE: &'static str = "journal";
    const COLUMNS: &'static [&'static str] = &[
        "at",
        "actor_id",
        "actor_name",
        "on_behalf",
        "action",
        "subject_kind",
        "subject_id",
        "path",
        "before",
        "after",
        "request_id",
        "seal",
        "form",
        "role",
        "session_id",
        "address",
        "result",
        "reason",
    ];

    fn write(&self, row: &mut RowWriter<'_>) {
        row.int(self.at)
            .uuid(self.actor_id)
            .text(self.actor_name.as_str())
            .text(self.on_behalf.as_deref())
            .text(self.action.as_str())
            .text(self.subject_kind.as_str())
            .uuid(self.subject_id)
            .text(self.path.as_deref())
            .text(self.before.as_deref())
            .text(self.after.as_deref())
            .text(self.request_id.as_deref())
            .bytes(self.seal.as_deref())
            .int(self.form)
            .text(self.role.as_deref())
            .uuid(self.session_id)
            .text(self.address.as_deref())
            .text(self.result.as_deref())
            .text(self.reason.as_deref());
    }
}

/// The end of the chain, or an anchor of it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Head {
    /// The last row's number.
    pub seq: i64,
    /// How many rows there are.
    pub entries: i64,
    /// The last row's seal.
    pub seal: Vec<u8>,
}

/// A seal that was written down.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Anchor {
    pub seq: i64,
    pub entries: i64,
    pub seal: Vec<u8>,
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// Which key signed it; `None` for an anchor from before they were signed.
    pub key_id: Option<String>,
    /// The signature of its line.
    pub signature: Option<Vec<u8>>,
}

impl Tx {
    /// Writes one entry. It counts when the transaction counts, and is there from the commit on.
    pub async fn journal(&mut self, by: &By, entry: JournalEntry) -> Result<(), StoreError> {
        self.entries.push(Link::of(by, &entry));
        Ok(())
    }

    /// Writes many entries, in order.
    pub async fn journal_many(&mut self, by: &By, entries: &[JournalEntry]) -> Result<(), StoreError> {
        self.entries
            .extend(entries.iter().map(|entry| Link::of(by, entry)));
        Ok(())
    }

    /// Seals and writes the entries of this transaction; the last thing before the commit, because it holds the head.
    pub(crate) async fn seal_entries(&mut self) -> Result<(), StoreError> {
        let mut links = std::mem::take(&mut self.entries);
        if links.is_empty() {
            return Ok(());
        }
        let head: Head = fetch_one!(self, HEAD_LOCK)?;
        let mut seal = head.seal;
        for link in &mut links {
            seal = link.sealed_after(&seal).to_vec();
            link.seal = Some(seal.clone());
        }
        let entries = head.entries + links.len() as i64;
        if links.len() > 4 {
            bulk::insert_rows(self, links).await?;
        } else {
            for link in links {
                self.insert_link(link).await?;
            }
        }
        let (seq,): (Option<i64>,) = fetch_one!(self, LAST_SEQ)?;
        execute!(self, HEAD_SET, seq.unwrap_or(head.seq), entries, seal)?;
        Ok(())
    }

    async fn insert_link(&mut self, link: Link) -> Result<(), StoreError> {
        let json = |text: Option<String>| {
            text.map(|text| serde_json::from_str::<Value>(&text).map(Json))
                .transpose()
                .map_err(StoreError::packed)
        };
        let (before, after) = (json(link.before)?, json(link.after)?);
        execute!(
            self,
            JOURNAL_INSERT,
            link.at,
            link.actor_id,
            link.actor_name.as_str(),
            link.on_behalf.as_deref(),
            link.action.as_str(),
            link.subject_kind.as_str(),
            link.subject_id,
            link.path.as_deref(),
            before.as_ref(),
            after.as_ref(),
            link.request_id.as_deref(),
            link.seal.as_deref(),
            link.form,
            link.role.as_deref(),
            link.session_id,
            link.address.as_deref(),
            link.result.as_deref(),
            link.reason.as_deref(),
        )?;
        Ok(())
    }

    /// Writes the end of the chain down as an anchor, signed by `sign`, and answers it. 锚定
    pub async fn anchor_journal(
        &mut self,
        now: Timestamp,
        sign: impl Fn(&Head) -> (String, Vec<u8>),
    ) -> Result<Anchor, StoreError> {
        let head: Head = fetch_one!(self, HEAD_LOCK)?;
        let (key_id, signature) = sign(&head);
        if head.entries > 0 {
            execute!(
                self,
                ANCHOR_INSERT,
                head.seq,
                head.entries,
                head.seal.as_slice(),
                now.0,
                key_id.as_str(),
                signature.as_slice()
            )?;
        }
        Ok(Anchor {
            seq: head.seq,
            entries: head.entries,
            seal: head.seal,
            at: now.0,
            key_id: Some(key_id),
            signature: Some(signature),
        })
    }
}

impl Reader {
    /// The end of the chain.
    pub async fn journal_head(&mut self) -> Result<Head, StoreError> {
        fetch_one!(self, HEAD)
    }

    /// The next rows of the journal after a number, some thousand at most.
    pub async fn journal_links(&mut self, after: i64) -> Result<Vec<Link>, StoreError> {
        let rows: Vec<LinkRow> = fetch_all!(self, LINKS_AFTER, after, ROWS_A_STEP)?;
        Ok(rows.into_iter().map(Link::from).collect())
    }

    /// The last anchor.
    pub async fn journal_last_anchor(&mut self) -> Result<Option<Anchor>, StoreError> {
        fetch_optional!(self, ANCHOR_LAST)
    }

    /// Every anchor, oldest first.
    pub async fn journal_anchors(&mut self) -> Result<Vec<Anchor>, StoreError> {
        fetch_all!(self, ANCHORS)
    }
}

impl Store {
    /// Seals the rows that were there before the chain was, once: in one transaction, so that it is done whole or not at all.
    pub(crate) async fn begin_chain(&self) -> Result<(), StoreError> {
        // Looked at first: a writer may be at work for minutes, and whoever only reads does not wait for it.
        let known: Option<Head> = fetch_optional!(self.read().await?, HEAD)?;
        if known.is_some() {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        // A second server waits here for the first and then finds the head.
        if execute!(tx, HEAD_INSERT, GENESIS.as_slice())? == 0 {
            return tx.rollback().await;
        }
        let mut head = Head {
            seq: 0,
            entries: 0,
            seal: GENESIS.to_vec(),
        };
        loop {
            let links = tx.journal_links(head.seq).await?;
            if links.is_empty() {
                break;
            }
            for link in links {
                head.seal = link.sealed_after(&head.seal).to_vec();
                head.seq = link.seq;
                head.entries += 1;
                execute!(tx, SEAL_SET, link.seq, head.seal.as_slice())?;
            }
        }
        if head.entries > 0 {
            tracing::info!(rows = head.entries, "the journal's rows so far are sealed");
        }
        execute!(tx, HEAD_SET, head.seq, head.entries, head.seal)?;
        tx.commit().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use codes::digest::to_hex;
    use serde_json::json;

    /// The outside script has the same row and the same seal in its own test.
    #[test]
    fn the_seal_of_a_row_never_changes_between_releases() {
        let link = Link {
            seq: 7,
            at: 1_764_000_000_000,
            actor_id: None,
            actor_name: "system(测试)".into(),
            on_behalf: None,
            action: "member.see".into(),
            subject_kind: "member".into(),
            subject_id: Uuid::from_u128(1),
            path: Some("0000/".into()),
            before: None,
            after: Some(canonical_json(&json!({"b": [1, true, null], "a": "引\"号"}))),
            request_id: Some("req-1".into()),
            form: 1,
            role: None,
            session_id: None,
            address: None,
            result: None,
            reason: None,
            seal: None,
        };
        assert_eq!(link.after.as_deref(), Some(r#"{"a":"引\"号","b":[1,true,null]}"#));
        assert_eq!(to_hex(&link.sealed_after(&GENESIS)), GOLDEN);
        let slipped_in = Link {
            result: Some("done".into()),
            ..link.clone()
        };
        assert_ne!(
            to_hex(&slipped_in.sealed_after(&GENESIS)),
            GOLDEN,
            "nothing stands there unsealed"
        );
        let link = Link {
            form: 2,
            role: Some("town_officer".into()),
            session_id: Some(Uuid::from_u128(2)),
            address: Some("10.0.0.7".into()),
            result: Some("refused".into()),
            reason: Some("ACC-403".into()),
            ..link
        };
        assert_eq!(to_hex(&link.sealed_after(&GENESIS)), GOLDEN_2);
    }

    const GOLDEN_2: &str = "54fd8fec9d9e26233f47404225badf8b87ed57e9f6b04bd7c3e2e74ed8b4681b";
    const GOLDEN: &str = "7e2f5fcb206c55161a241f710f4e3fc642c85edf3a7c050819f5b9e1825728ad";
}
