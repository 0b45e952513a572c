//! 工会法人资格登记: how unions stand, what happened, and which certificates run out.

use codes::time::{Day, Timestamp};
use domain::scope::Scope;
use domain::union_org::UnionType;
use uuid::Uuid;

use crate::StoreError;
use crate::list_query::{Direction, ListQuery, Window};
use crate::tx::{Reader, Tx};

/// 法人资格 as it is registered here, else as the last file said in the form's element; a certificate that has run out since is told by
/// its day.
macro_rules! said {
    () => {
        "COALESCE(l.state, CASE WHEN u.extra LIKE '%\"legal_status\":\"有\"%' THEN 'granted' \
         WHEN u.extra LIKE '%\"legal_status\":\"办理中\"%' THEN 'applying' WHEN u.extra LIKE '%\"legal_status\":\"到期\"%' THEN 'expired' \
         WHEN u.extra LIKE '%\"legal_status\":\"注销\"%' THEN 'cancelled' WHEN u.extra LIKE '%\"legal_status\":\"无\"%' THEN 'none' END, \
         'unknown')"
    };
}

statements! {
    LEGAL_SET = Sql::both(
        "INSERT INTO union_legal (union_org_id, state, certificate_no, legal_rep, premises, valid_from, valid_to, since, changed_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (union_org_id) DO UPDATE SET state = excluded.state, \
         certificate_no = excluded.certificate_no, legal_rep = excluded.legal_rep, premises = excluded.premises, \
         valid_from = excluded.valid_from, valid_to = excluded.valid_to, since = excluded.since, changed_at = excluded.changed_at"
    ),
    LEGAL_OF = Sql::both(
        "SELECT union_org_id, state, certificate_no, legal_rep, premises, valid_from, valid_to, since FROM union_legal \
         WHERE union_org_id = $1"
    ),
    EVENT_ADD = Sql::both(
        "INSERT INTO union_legal_event (id, union_org_id, step, happened_on, state, certificate_no, legal_rep, valid_from, valid_to, \
         document_no, words, actor_name, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
    ),
    EVENTS_OF = Sql::both(
        "SELECT id, union_org_id, step, happened_on, state, certificate_no, legal_rep, valid_from, valid_to, document_no, words, \
         actor_name, at FROM union_legal_event WHERE union_org_id = $1 ORDER BY at DESC, id DESC"
    ),
    CERTIFICATE_TAKEN = Sql::both(
        "SELECT u.name FROM union_legal l JOIN union_org u ON u.id = l.union_org_id \
         WHERE l.certificate_no = $1 AND l.union_org_id <> $2 LIMIT 1"
    ),
    REMIND = Sql::both(
        "INSERT INTO union_reminder (union_org_id, subject, due_on, stage, raised_on) \
         SELECT l.union_org_id, 'legal', l.valid_to, $2, $3 FROM union_legal l JOIN union_org u ON u.id = l.union_org_id \
         WHERE u.is_active = $4 AND l.state = 'granted' AND l.valid_to = $1 \
         ON CONFLICT (union_org_id, subject, due_on, stage) DO NOTHING"
    ),
    ENDS_UNTIL = Sql::both(
        "SELECT DISTINCT l.valid_to FROM union_legal l JOIN union_org u ON u.id = l.union_org_id \
         WHERE u.is_active = $2 AND l.state = 'granted' AND l.valid_to <= $1"
    ),
    REMINDER_READ = Sql::both(
        "UPDATE union_reminder SET read_by = $2, read_at = $3 WHERE union_org_id = $1 AND subject = 'legal' AND read_at IS NULL"
    ),
    UNREAD_OF = Sql::both(
        "SELECT COUNT(*) FROM union_reminder r JOIN union_legal l ON l.union_org_id = r.union_org_id AND l.valid_to = r.due_on \
         WHERE r.union_org_id = $1 AND r.subject = 'legal' AND r.read_at IS NULL AND l.state = 'granted'"
    ),
    REMINDERS_UNREAD = Sql::both(
        "SELECT COUNT(DISTINCT r.union_org_id) FROM union_reminder r JOIN union_org u ON u.id = r.union_org_id \
         JOIN union_legal l ON l.union_org_id = u.id AND l.valid_to = r.due_on \
         WHERE r.read_at IS NULL AND r.subject = 'legal' AND l.state = 'granted' AND u.is_active = $1 AND {scope u.path}"
    ),
}

/// How a union stands as a legal person.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct LegalRow {
    pub union_org_id: Uuid,
    /// `LegalState::code`, never that of a certificate that has run out: that is a matter of the day.
    pub state: String,
    /// 证书编号
    pub certificate_no: Option<String>,
    /// 法定代表人 on the certificate.
    pub legal_rep: Option<String>,
    /// 住所 on the certificate.
    pub premises: Option<String>,
    pub valid_from: Option<chrono::NaiveDate>,
    pub valid_to: Option<chrono::NaiveDate>,
    /// The day of the last step.
    pub since: chrono::NaiveDate,
}

/// One step of the registration.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct LegalEvent {
    pub id: Uuid,
    pub union_org_id: Uuid,
    /// `LegalStep::code`.
    pub step: String,
    pub happened_on: chrono::NaiveDate,
    pub state: String,
    pub certificate_no: Option<String>,
    pub legal_rep: Option<String>,
    pub valid_from: Option<chrono::NaiveDate>,
    pub valid_to: Option<chrono::NaiveDate>,
    pub document_no: Option<String>,
    pub words: Option<String>,
    pub actor_name: String,
    pub at: i64,
}

/// One union in the list of legal persons.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct LegalListRow {
    pub union_id: String,
    pub name: String,
    pub union_code: Option<String>,
    pub chair: Option<String>,
    pub is_active: bool,
    /// `LegalState::code`, or `unknown`; one that has run out since may still say `granted`.
    pub state: String,
    pub certificate_no: Option<String>,
    pub legal_rep: Option<String>,
    pub valid_to: Option<chrono::NaiveDate>,
    /// Reminders about this certificate that nobody has read.
    pub unread: i64,
}

/// What the list may be narrowed by; everything together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LegalFilter {
    /// `LegalState::code` or `unknown`.
    pub state: Option<String>,
    /// Certificates in force that run out on or after this day.
    pub valid_from: Option<Day>,
    /// … on or before this day.
    pub valid_to: Option<Day>,
    /// The chair is no longer the legal representative of the certificate.
    pub is_chair_other: bool,
    /// Dissolved, and not cancelled yet.
    pub is_to_cancel: bool,
    pub is_unread: bool,
}

impl Tx {
    /// Writes how a union stands.
    pub async fn set_legal(&mut self, row: &LegalRow, now: Timestamp) -> Result<(), StoreError> {
        execute!(
            self,
            LEGAL_SET,
            row.union_org_id,
            row.state.as_str(),
            row.certificate_no.as_deref(),
            row.legal_rep.as_deref(),
            row.premises.as_deref(),
            row.valid_from,
            row.valid_to,
            row.since,
            now.millis()
        )?;
        Ok(())
    }

    /// Adds a step.
    pub async fn add_legal_event(&mut self, event: &LegalEvent) -> Result<(), StoreError> {
        execute!(
            self,
            EVENT_ADD,
            event.id,
            event.union_org_id,
            event.step.as_str(),
            event.happened_on,
            event.state.as_str(),
            event.certificate_no.as_deref(),
            event.legal_rep.as_deref(),
            event.valid_from,
            event.valid_to,
            event.document_no.as_deref(),
            event.words.as_deref(),
            event.actor_name.as_str(),
            event.at
        )?;
        Ok(())
    }

    /// Reminds of the certificates of active unions that run out on a day, once for each stage. Answers how many were new.
    pub async fn remind_of_certificate(
        &mut self,
        ends_on: Day,
        stage: i64,
        today: Day,
    ) -> Result<u64, StoreError> {
        execute!(self, REMIND, ends_on.naive(), stage, today.naive(), true)
    }

    /// Marks a union's reminders about its certificate as read.
    pub async fn read_certificate_reminders(
        &mut self,
        union_org_id: Uuid,
        by: &str,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        execute!(self, REMINDER_READ, union_org_id, by, now.millis())
    }
}

impl Reader {
    /// How a union stands; `None`: nobody registered anything here.
    pub async fn legal_of(&mut self, union_org_id: Uuid) -> Result<Option<LegalRow>, StoreError> {
        fetch_optional!(self, LEGAL_OF, union_org_id)
    }

    /// A union's steps, the latest first.
    pub async fn legal_events(&mut self, union_org_id: Uuid) -> Result<Vec<LegalEvent>, StoreError> {
        fetch_all!(self, EVENTS_OF, union_org_id)
    }

    /// The name of another union with this certificate.
    pub async fn certificate_taken(
        &mut self,
        number: &str,
        union_org_id: Uuid,
    ) -> Result<Option<String>, StoreError> {
        let row: Option<(String,)> = fetch_optional!(self, CERTIFICATE_TAKEN, number, union_org_id)?;
        Ok(row.map(|(name,)| name))
    }

    /// The days up to `to` on which certificates of active unions run out or ran out.
    pub async fn certificate_ends(&mut self, to: Day) -> Result<Vec<Day>, StoreError> {
        let rows: Vec<(chrono::NaiveDate,)> = fetch_all!(self, ENDS_UNTIL, to.naive(), true)?;
        Ok(rows.into_iter().map(|(day,)| Day::from(day)).collect())
    }

    /// Reminders about a union's certificate that nobody has read.
    pub async fn unread_certificate_reminders_of(&mut self, union_org_id: Uuid) -> Result<i64, StoreError> {
        let row: (i64,) = fetch_one!(self, UNREAD_OF, union_org_id)?;
        Ok(row.0)
    }

    /// Unions in scope with such a reminder.
    pub async fn unread_certificate_reminders(&mut self, scope: &Scope) -> Result<i64, StoreError> {
        let row: (i64,) = fetch_one_in_scope!(self, scope, REMINDERS_UNREAD, true)?;
        Ok(row.0)
    }

    /// Unions by the end of their certificate, the earliest first, each with its mark, and how many there are.
    pub async fn legal_list(
        &mut self,
        scope: &Scope,
        filter: &LegalFilter,
        today: Day,
        window: impl Into<Window>,
    ) -> Result<(Vec<(LegalListRow, String)>, i64), StoreError> {
        let mut query = persons(scope, filter, today);
        query
            .first_by("l.valid_to", Direction::Ascending)
            .then_by("u.union_id")
            .marked(window.into());
        let rows = query.fetch_marked(self).await?;
        let total = query.total(self, rows.len()).await?;
        Ok((rows, total))
    }

    /// How many unions there are of each kind, in the order asked.
    pub async fn legal_counts(
        &mut self,
        scope: &Scope,
        filters: &[LegalFilter],
        today: Day,
    ) -> Result<Vec<i64>, StoreError> {
        let lists: Vec<ListQuery> = filters
            .iter()
            .map(|filter| persons(scope, filter, today))
            .collect();
        ListQuery::counts(self, &lists).await
    }
}

fn persons(scope: &Scope, filter: &LegalFilter, today: Day) -> ListQuery {
    let mut query = ListQuery::new(
        concat!(
            "u.union_id, u.name, u.union_code, u.chair, u.is_active, ",
            said!(),
            " AS state, l.certificate_no, l.legal_rep, l.valid_to, (SELECT COUNT(*) FROM union_reminder r \
             WHERE r.union_org_id = u.id AND r.subject = 'legal' AND r.due_on = l.valid_to AND r.read_at IS NULL) AS unread"
        ),
        "union_org u LEFT JOIN union_legal l ON l.union_org_id = u.id",
        scope,
        "u.path",
    );
    if filter.is_to_cancel {
        query.wherever("u.is_active = ?", [false.into()]);
        query.wherever(concat!(said!(), " IN ('granted', 'expired')"), []);
        return query;
    }
    query.wherever("u.is_active = ?", [true.into()]);
    // Who never registers (《基层工会法人登记管理办法》第二条, 《工会法》第十五条) lacks nothing; what is said of one all the same is seen.
    query.wherever(
        concat!(
            "(NOT (u.union_type IN (?, ?) OR (u.union_type = ? AND u.town IS NULL)) OR ",
            said!(),
            " NOT IN ('unknown', 'none'))"
        ),
        [UnionType::Branch, UnionType::Group, UnionType::General].map(|kind| kind.code().to_owned().into()),
    );
    match filter.state.as_deref() {
        Some("granted") => query.wherever(
            concat!(
                said!(),
                " = 'granted' AND (l.valid_to IS NULL OR l.valid_to >= ?)"
            ),
            [today.naive().into()],
        ),
        Some("expired") => query.wherever(
            concat!(
                "(",
                said!(),
                " = 'expired' OR (l.state = 'granted' AND l.valid_to < ?))"
            ),
            [today.naive().into()],
        ),
        Some(state) => query.wherever(concat!(said!(), " = ?"), [state.to_owned().into()]),
        None => &mut query,
    };
    if filter.valid_from.is_some() || filter.valid_to.is_some() {
        query.wherever("l.state = 'granted'", []);
    }
    if let Some(from) = filter.valid_from {
        query.wherever("l.valid_to >= ?", [from.naive().into()]);
    }
    if let Some(to) = filter.valid_to {
        query.wherever("l.valid_to <= ?", [to.naive().into()]);
    }
    if filter.is_chair_other {
        // Two writings of one name differ in case and blanks.
        query.wherever(
            "l.state = 'granted' AND u.chair IS NOT NULL \
             AND UPPER(REPLACE(l.legal_rep, ' ', '')) <> UPPER(REPLACE(u.chair, ' ', ''))",
            [],
        );
    }
    if filter.is_unread {
        query.wherever(
            "l.state = 'granted' AND EXISTS (SELECT 1 FROM union_reminder r WHERE r.union_org_id = u.id AND r.subject = 'legal' \
             AND r.due_on = l.valid_to AND r.read_at IS NULL)",
            [],
        );
    }
    query
}
