//! The append-only journal (日志): written in the transaction of the change, read by audit and timelines.

use codes::id::AccountId;
use codes::time::Timestamp;
use domain::accounts::Role;
use domain::journal::{By, JournalEntry, JournalRow, SubjectKind};
use domain::scope::Scope;
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use crate::StoreError;
use crate::bulk::{self, BulkRow, RowWriter};
use crate::list_query::{Direction, Fragment, ListQuery, Window};
use crate::tx::{Reader, Tx};

statements! {
    JOURNAL_APPEND = Sql::both(
        "INSERT INTO journal (at, actor_id, actor_name, on_behalf, action, subject_kind, subject_id, path, \
         before, after, request_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
    ),
    JOURNAL_OF_SUBJECT = Sql::both(
        "SELECT seq, at, actor_id, actor_name, on_behalf, action, subject_kind, subject_id, before, after, \
         request_id FROM journal WHERE subject_kind = $1 AND subject_id = $2 ORDER BY seq LIMIT $3"
    ),
    // Looking is no change.
    JOURNAL_LAST_CHANGE = Sql::both(
        "SELECT at, actor_name FROM journal WHERE subject_kind = $1 AND subject_id = $2 AND at >= $3 \
         AND action NOT IN ('member.see', 'member.find', 'reveal') ORDER BY seq DESC LIMIT 1"
    ),
}

const COLUMNS: &str =
    "seq, at, actor_id, actor_name, on_behalf, action, subject_kind, subject_id, before, after, request_id";

/// Columns a journal list can be sorted by.
const SORTS: &[(&str, &str)] = &[("at", "seq")];

/// What a reader of the journal asks for.
#[derive(Debug, Clone, Default)]
pub struct JournalFilter {
    /// Entries at or after this instant.
    pub from: Option<Timestamp>,
    /// Entries before this instant.
    pub to: Option<Timestamp>,
    /// Of this account.
    pub actor: Option<AccountId>,
    /// Of this action, by its code.
    pub action: Option<String>,
    /// About this kind of subject.
    pub subject_kind: Option<SubjectKind>,
    /// About this subject.
    pub subject_id: Option<Uuid>,
    /// The actor's name contains this.
    pub actor_name: Option<String>,
    /// Nothing that one of the three administrators did (三员). Their accounts never become anything else, so the role
    /// of today is the role of then.
    pub without_administrators: bool,
}

#[derive(sqlx::FromRow)]
struct Row {
    seq: i64,
    at: i64,
    actor_id: Option<Uuid>,
    actor_name: String,
    on_behalf: Option<String>,
    action: String,
    subject_kind: String,
    subject_id: Uuid,
    before: Option<Json<Value>>,
    after: Option<Json<Value>>,
    request_id: Option<String>,
}

impl From<Row> for JournalRow {
    fn from(row: Row) -> JournalRow {
        JournalRow {
            seq: row.seq,
            at: Timestamp(row.at),
            actor_id: row.actor_id.map(AccountId::from_uuid),
            actor_name: row.actor_name,
            on_behalf: row.on_behalf,
            action: row.action,
            subject_kind: row.subject_kind,
            subject_id: row.subject_id,
            before: row.before.map(|json| json.0),
            after: row.after.map(|json| json.0),
            request_id: row.request_id,
        }
    }
}

/// An entry with its author, for loading thousands at once.
struct Loaded<'a>(&'a By, &'a JournalEntry);

impl BulkRow for Loaded<'_> {
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
    ];

    fn write(&self, row: &mut RowWriter<'_>) {
        let Loaded(by, entry) = self;
        row.int(by.at.0)
            .uuid(by.actor_id.map(|id| id.uuid()))
            .text(by.actor_name.as_str())
            .text(by.on_behalf.as_deref())
            .text(entry.action.code())
            .text(entry.subject_kind.code())
            .uuid(entry.subject_id)
            .text(entry.path.as_ref().or(by.path.as_ref()).map(|path| path.as_str()))
            .json(entry.before.as_ref())
            .json(entry.after.as_ref())
            .text(by.request_id.as_deref());
    }
}

impl Reader {
    /// Who changed a subject last, and when, since an instant.
    pub async fn last_change(
        &mut self,
        kind: SubjectKind,
        id: Uuid,
        since: Timestamp,
    ) -> Result<Option<(Timestamp, String)>, StoreError> {
        let row: Option<(i64, String)> =
            fetch_optional!(self, JOURNAL_LAST_CHANGE, kind.code(), id, since.millis())?;
        Ok(row.map(|(at, name)| (Timestamp(at), name)))
    }
}

impl Tx {
    /// Writes one entry. It counts when the transaction counts.
    pub async fn journal(&mut self, by: &By, entry: JournalEntry) -> Result<(), StoreError> {
        execute!(
            self,
            JOURNAL_APPEND,
            by.at.0,
            by.actor_id.map(|id| id.uuid()),
            by.actor_name.as_str(),
            by.on_behalf.as_deref(),
            entry.action.code(),
            entry.subject_kind.code(),
            entry.subject_id,
            entry.path.as_ref().or(by.path.as_ref()).map(|path| path.as_str()),
            entry.before.as_ref().map(Json),
            entry.after.as_ref().map(Json),
            by.request_id.as_deref(),
        )?;
        Ok(())
    }

    /// Writes many entries at bulk speed, in order.
    pub async fn journal_many(&mut self, by: &By, entries: &[JournalEntry]) -> Result<(), StoreError> {
        // Collected, because a closure over references cannot be shown to be Send across the await.
        let rows: Vec<Loaded<'_>> = entries.iter().map(|entry| Loaded(by, entry)).collect();
        bulk::insert_rows(self, rows).await?;
        Ok(())
    }
}

impl Reader {
    /// The history of one subject, oldest first, at most `limit` entries. The caller has checked the subject's scope.
    pub async fn journal_of(
        &mut self,
        kind: SubjectKind,
        subject: Uuid,
        limit: i64,
    ) -> Result<Vec<JournalRow>, StoreError> {
        let rows: Vec<Row> = fetch_all!(self, JOURNAL_OF_SUBJECT, kind.code(), subject, limit)?;
        Ok(rows.into_iter().map(JournalRow::from).collect())
    }

    /// Entries in sight, newest first, and how many there are in all.
    pub async fn journal_list(
        &mut self,
        scope: &Scope,
        filter: &JournalFilter,
        window: impl Into<Window>,
    ) -> Result<(Vec<JournalRow>, i64), StoreError> {
        let mut query = ListQuery::new(COLUMNS, "journal", scope, "path");
        if let Some(from) = filter.from {
            query.wherever("at >= ?", [from.0.into()]);
        }
        if let Some(to) = filter.to {
            query.wherever("at < ?", [to.0.into()]);
        }
        if let Some(actor) = filter.actor {
            query.wherever("actor_id = ?", [actor.uuid().into()]);
        }
        if let Some(action) = &filter.action {
            query.wherever("action = ?", [action.as_str().into()]);
        }
        if let Some(kind) = filter.subject_kind {
            query.wherever("subject_kind = ?", [kind.code().into()]);
        }
        if let Some(subject) = filter.subject_id {
            query.wherever("subject_id = ?", [subject.into()]);
        }
        if let Some(name) = &filter.actor_name {
            query.filter(Fragment::contains("actor_name", name));
        }
        if filter.without_administrators {
            query.wherever(
                "(actor_id IS NULL OR actor_id NOT IN (SELECT id FROM account WHERE role IN (?, ?, ?)))",
                Role::ADMINISTRATORS.map(|role| role.code().into()),
            );
        }
        query.sort(SORTS, "at", Direction::Descending);
        query.window(window.into(), "seq", Direction::Descending);
        let rows: Vec<Row> = query.fetch(self).await?;
        let count = query.count(self).await?;
        Ok((rows.into_iter().map(JournalRow::from).collect(), count))
    }
}
