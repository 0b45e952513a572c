//! 届次、委员会成员和届满提醒.

use codes::time::{Day, Timestamp};
use domain::scope::Scope;
use uuid::Uuid;

use crate::StoreError;
use crate::list_query::{Direction, ListQuery, Window};
use crate::tx::{Reader, Tx};

statements! {
    TERM_ADD = Sql::both(
        "INSERT INTO union_term (id, union_org_id, term_no, started_on, ends_on, document_no, recorded_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)"
    ),
    TERMS_OF = Sql::both(
        "SELECT id, union_org_id, term_no, started_on, ends_on, document_no FROM union_term WHERE union_org_id = $1 \
         ORDER BY started_on DESC"
    ),
    OFFICER_ADD = Sql::both(
        "INSERT INTO union_officer (id, union_org_id, body, post, name, is_full_time, started_on, recorded_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
    ),
    OFFICER_END = Sql::both(
        "UPDATE union_officer SET ended_on = $3, end_reason = $4 WHERE id = $1 AND union_org_id = $2 AND ended_on IS NULL"
    ),
    OFFICERS_END = Sql::both(
        "UPDATE union_officer SET ended_on = $2, end_reason = $3 WHERE union_org_id = $1 AND ended_on IS NULL"
    ),
    OFFICERS_SINCE = Sql::both("SELECT MAX(started_on) FROM union_officer WHERE union_org_id = $1 AND ended_on IS NULL"),
    OFFICERS_OF = Sql::both(
        "SELECT id, union_org_id, body, post, name, is_full_time, started_on, ended_on, end_reason FROM union_officer \
         WHERE union_org_id = $1 ORDER BY ended_on IS NOT NULL, CASE body WHEN 'committee' THEN 0 ELSE 1 END, body, \
         CASE post WHEN 'chair' THEN 0 WHEN 'vice' THEN 1 ELSE 2 END, started_on, id"
    ),
    // One reminder for each day and stage; the days are few, so each is asked for by itself.
    REMIND = Sql::both(
        "INSERT INTO union_reminder (union_org_id, subject, due_on, stage, raised_on) \
         SELECT id, 'term', term_end_on, $2, $3 FROM union_org \
         WHERE is_active = $4 AND term_end_on = $1 ON CONFLICT (union_org_id, subject, due_on, stage) DO NOTHING"
    ),
    ENDS_UNTIL = Sql::both(
        "SELECT DISTINCT term_end_on FROM union_org WHERE is_active = $3 AND term_end_on >= $1 AND term_end_on <= $2"
    ),
    REMINDER_READ = Sql::both(
        "UPDATE union_reminder SET read_by = $2, read_at = $3 WHERE union_org_id = $1 AND subject = 'term' AND read_at IS NULL"
    ),
    UNREAD_OF = Sql::both("SELECT COUNT(*) FROM union_reminder WHERE union_org_id = $1 AND subject = 'term' AND read_at IS NULL"),
    REMINDERS_UNREAD = Sql::both(
        "SELECT COUNT(DISTINCT r.union_org_id) FROM union_reminder r JOIN union_org u ON u.id = r.union_org_id \
         WHERE r.read_at IS NULL AND r.subject = 'term' AND u.is_active = $1 AND u.term_end_on = r.due_on AND {scope u.path}"
    ),
}

/// One term of a committee (届次).
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct TermRow {
    pub id: Uuid,
    pub union_org_id: Uuid,
    /// 第几届; `None` where nobody knows.
    pub term_no: Option<i64>,
    pub started_on: chrono::NaiveDate,
    pub ends_on: chrono::NaiveDate,
    /// 批复文号
    pub document_no: Option<String>,
}

/// One post held by one person (委员会成员).
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct OfficerRow {
    pub id: Uuid,
    pub union_org_id: Uuid,
    /// `Body::code`.
    pub body: String,
    /// `Post::code`.
    pub post: String,
    pub name: String,
    pub is_full_time: bool,
    pub started_on: chrono::NaiveDate,
    /// `None`: in office.
    pub ended_on: Option<chrono::NaiveDate>,
    pub end_reason: Option<String>,
}

/// One union in the list of ends.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct TermEndRow {
    pub union_id: String,
    pub name: String,
    pub union_type: String,
    pub county: Option<i64>,
    pub town: Option<i64>,
    pub chair: Option<String>,
    pub term_end_on: Option<chrono::NaiveDate>,
    /// Reminders about this end that nobody has read.
    pub unread: i64,
}

/// What the list of ends may be narrowed by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TermEndFilter {
    pub from: Option<Day>,
    pub to: Option<Day>,
    /// Only unions whose end nobody knows.
    pub is_unknown: bool,
    /// Only those with an unread reminder.
    pub is_unread: bool,
}

impl Tx {
    /// Registers a term. A second one from the same day is a conflict.
    pub async fn add_term(&mut self, term: &TermRow, now: Timestamp) -> Result<(), StoreError> {
        execute!(
            self,
            TERM_ADD,
            term.id,
            term.union_org_id,
            term.term_no,
            term.started_on,
            term.ends_on,
            term.document_no.as_deref(),
            now.millis()
        )?;
        Ok(())
    }

    /// Puts somebody into office.
    pub async fn add_officer(&mut self, officer: &OfficerRow, now: Timestamp) -> Result<(), StoreError> {
        execute!(
            self,
            OFFICER_ADD,
            officer.id,
            officer.union_org_id,
            officer.body.as_str(),
            officer.post.as_str(),
            officer.name.as_str(),
            officer.is_full_time,
            officer.started_on,
            now.millis()
        )?;
        Ok(())
    }

    /// Ends one office; `false` when nobody held it any more.
    pub async fn end_officer(
        &mut self,
        id: Uuid,
        union_org_id: Uuid,
        ended_on: Day,
        reason: &str,
    ) -> Result<bool, StoreError> {
        let ended = execute!(self, OFFICER_END, id, union_org_id, ended_on.naive(), reason)?;
        Ok(ended > 0)
    }

    /// Ends every office of a union: a new committee was elected, or the union is gone.
    pub async fn end_officers(
        &mut self,
        union_org_id: Uuid,
        ended_on: Day,
        reason: &str,
    ) -> Result<u64, StoreError> {
        execute!(self, OFFICERS_END, union_org_id, ended_on.naive(), reason)
    }

    /// Reminds of the active unions whose term ends on a day, once for each stage. Answers how many were new.
    pub async fn remind_of_term(&mut self, ends_on: Day, stage: i64, today: Day) -> Result<u64, StoreError> {
        execute!(self, REMIND, ends_on.naive(), stage, today.naive(), true)
    }

    /// Marks a union's reminders as read. Answers how many there were.
    pub async fn read_reminders(
        &mut self,
        union_org_id: Uuid,
        by: &str,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        execute!(self, REMINDER_READ, union_org_id, by, now.millis())
    }
}

impl Reader {
    /// A union's terms, the latest first.
    pub async fn terms_of(&mut self, union_org_id: Uuid) -> Result<Vec<TermRow>, StoreError> {
        fetch_all!(self, TERMS_OF, union_org_id)
    }

    /// Everybody who holds or held a post in a union, those in office first.
    pub async fn officers_of(&mut self, union_org_id: Uuid) -> Result<Vec<OfficerRow>, StoreError> {
        fetch_all!(self, OFFICERS_OF, union_org_id)
    }

    /// The latest day on which somebody who is in office now came into it; `None`: nobody is.
    pub async fn officers_since(&mut self, union_org_id: Uuid) -> Result<Option<Day>, StoreError> {
        let row: (Option<chrono::NaiveDate>,) = fetch_one!(self, OFFICERS_SINCE, union_org_id)?;
        Ok(row.0.map(Day::from))
    }

    /// The days on which terms of active unions end, between two days.
    pub async fn term_ends(&mut self, from: Day, to: Day) -> Result<Vec<Day>, StoreError> {
        let rows: Vec<(chrono::NaiveDate,)> = fetch_all!(self, ENDS_UNTIL, from.naive(), to.naive(), true)?;
        Ok(rows.into_iter().map(|(day,)| Day::from(day)).collect())
    }

    /// Reminders about a union that nobody has read.
    pub async fn unread_reminders_of(&mut self, union_org_id: Uuid) -> Result<i64, StoreError> {
        let row: (i64,) = fetch_one!(self, UNREAD_OF, union_org_id)?;
        Ok(row.0)
    }

    /// Unions in scope with a reminder that nobody has read.
    pub async fn unread_reminders(&mut self, scope: &Scope) -> Result<i64, StoreError> {
        let row: (i64,) = fetch_one_in_scope!(self, scope, REMINDERS_UNREAD, true)?;
        Ok(row.0)
    }

    /// Active unions by the end of their term, the earliest first, each with its mark, and how many there are.
    pub async fn term_end_list(
        &mut self,
        scope: &Scope,
        filter: TermEndFilter,
        window: impl Into<Window>,
    ) -> Result<(Vec<(TermEndRow, String)>, i64), StoreError> {
        let mut query = self::ends(scope, filter);
        query
            .first_by("u.term_end_on", Direction::Ascending)
            .then_by("u.union_id")
            .marked(window.into());
        let rows = query.fetch_marked(self).await?;
        let total = query.total(self, rows.len()).await?;
        Ok((rows, total))
    }

    /// How many active unions each filter leaves.
    pub async fn term_end_counts(
        &mut self,
        scope: &Scope,
        filters: &[TermEndFilter],
    ) -> Result<Vec<i64>, StoreError> {
        let lists: Vec<ListQuery> = filters.iter().map(|filter| ends(scope, *filter)).collect();
        ListQuery::counts(self, &lists).await
    }
}

fn ends(scope: &Scope, filter: TermEndFilter) -> ListQuery {
    let mut query = ListQuery::new(
        "u.union_id, u.name, u.union_type, u.county, u.town, u.chair, u.term_end_on, \
         (SELECT COUNT(*) FROM union_reminder r WHERE r.union_org_id = u.id AND r.subject = 'term' AND r.due_on = u.term_end_on AND r.read_at IS NULL) \
         AS unread",
        "union_org u",
        scope,
        "u.path",
    );
    query.wherever("u.is_active = ?", [true.into()]);
    if let Some(from) = filter.from {
        query.wherever("u.term_end_on >= ?", [from.naive().into()]);
    }
    if let Some(to) = filter.to {
        query.wherever("u.term_end_on <= ?", [to.naive().into()]);
    }
    if filter.is_unknown {
        query.wherever("u.term_end_on IS NULL", []);
    }
    if filter.is_unread {
        query.wherever(
            "EXISTS (SELECT 1 FROM union_reminder r WHERE r.union_org_id = u.id AND r.subject = 'term' AND r.due_on = u.term_end_on \
             AND r.read_at IS NULL)",
            [],
        );
    }
    query
}
