//! The append-only journal (日志): written in the transaction of the change, read by audit and timelines.

pub mod chain;
mod guard;

use codes::id::AccountId;
use codes::time::Timestamp;
use domain::accounts::Role;
use domain::journal::{JournalAction, JournalResult, JournalRow, SubjectKind};
use domain::scope::Scope;
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use crate::StoreError;
use crate::list_query::{Direction, Fragment, ListQuery, Window};
use crate::tx::Reader;

statements! {
    JOURNAL_OF_SUBJECT = Sql::both(
        "SELECT seq, at, actor_id, actor_name, on_behalf, action, subject_kind, subject_id, before, after, \
         request_id, role, session_id, address, result, reason FROM journal WHERE subject_kind = $1 AND subject_id = $2 ORDER BY seq LIMIT $3"
    ),
    // Looking is no change.
    JOURNAL_LAST_CHANGE = Sql::both(
        "SELECT at, actor_name FROM journal WHERE subject_kind = $1 AND subject_id = $2 AND at >= $3 \
         AND action NOT IN ('member.see', 'member.find', 'member.pass_missed', 'reveal') ORDER BY seq DESC LIMIT 1"
    ),
    DONE_SINCE = Sql::both(
        "SELECT at FROM journal WHERE subject_kind = $1 AND subject_id = $2 AND action = $3 AND at >= $4 ORDER BY seq"
    ),
    DONE_BY_SINCE = Sql::both("SELECT COUNT(*) FROM journal WHERE actor_id = $1 AND action = $2 AND at >= $3"),
    LOOKS_AT = Sql::split {
        sqlite: "SELECT seq, at, actor_id, actor_name, on_behalf, action, subject_kind, subject_id, before, after, request_id, \
                 role, session_id, address, result, reason FROM journal WHERE subject_kind = $1 AND subject_id = $2 \
                 AND action IN (SELECT value FROM json_each($3)) ORDER BY seq DESC LIMIT $4",
        postgres: "SELECT seq, at, actor_id, actor_name, on_behalf, action, subject_kind, subject_id, before, after, request_id, \
                   role, session_id, address, result, reason FROM journal WHERE subject_kind = $1 AND subject_id = $2 \
                   AND action IN (SELECT json_array_elements_text(CAST($3 AS JSON))) ORDER BY seq DESC LIMIT $4",
    },
}

const COLUMNS: &str = "seq, at, actor_id, actor_name, on_behalf, action, subject_kind, subject_id, before, after, request_id, \
     role, session_id, address, result, reason";

/// As many rows of a journal list are counted; that many means that many or more.
pub const COUNTED_MAX: i64 = 100_000;

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
    /// In this role then.
    pub role: Option<Role>,
    /// Through this session or interface token.
    pub session_id: Option<Uuid>,
    /// From this address.
    pub address: Option<String>,
    /// With this result.
    pub result: Option<JournalResult>,
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
    role: Option<String>,
    session_id: Option<Uuid>,
    address: Option<String>,
    result: Option<String>,
    reason: Option<String>,
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
            role: row.role,
            session_id: row.session_id,
            address: row.address,
            result: row.result,
            reason: row.reason,
        }
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

    /// What was done with one subject of some kinds of action, newest first, at most `limit`: who looked at somebody. The caller
    /// has checked the subject's scope.
    pub async fn journal_looks(
        &mut self,
        kind: SubjectKind,
        subject: Uuid,
        actions: &[JournalAction],
        limit: i64,
    ) -> Result<Vec<JournalRow>, StoreError> {
        let codes = Value::from_iter(actions.iter().map(|action| action.code())).to_string();
        let rows: Vec<Row> = fetch_all!(self, LOOKS_AT, kind.code(), subject, codes, limit)?;
        Ok(rows.into_iter().map(JournalRow::from).collect())
    }

    /// When one thing was done with one subject since an instant, the earliest first.
    pub async fn journal_done_since(
        &mut self,
        kind: SubjectKind,
        subject: Uuid,
        action: JournalAction,
        since: Timestamp,
    ) -> Result<Vec<Timestamp>, StoreError> {
        let rows: Vec<(i64,)> = fetch_all!(self, DONE_SINCE, kind.code(), subject, action.code(), since.0)?;
        Ok(rows.into_iter().map(|(at,)| Timestamp(at)).collect())
    }

    /// How often one person has done one thing since an instant.
    pub async fn journal_count_by(
        &mut self,
        person: Uuid,
        action: JournalAction,
        since: Timestamp,
    ) -> Result<i64, StoreError> {
        let (count,): (i64,) = fetch_one!(self, DONE_BY_SINCE, person, action.code(), since.0)?;
        Ok(count)
    }

    /// Entries in sight, newest first, and how many there are in all, counted up to [`COUNTED_MAX`].
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
        if let Some(role) = filter.role {
            query.wherever("role = ?", [role.code().into()]);
        }
        if let Some(session) = filter.session_id {
            query.wherever("session_id = ?", [session.into()]);
        }
        if let Some(address) = &filter.address {
            query.wherever("address = ?", [address.as_str().into()]);
        }
        if let Some(result) = filter.result {
            query.wherever("result = ?", [result.code().into()]);
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
        let count = query.count_up_to(self, COUNTED_MAX).await?;
        Ok((rows.into_iter().map(JournalRow::from).collect(), count))
    }
}
