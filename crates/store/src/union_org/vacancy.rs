//! 主席空缺: active unions without a chair whose last chair's leaving is known, and the reminders about it. Since when is read from the
//! records each time: who left office by hand stands in `union_officer`, what a file took away in `union_chair_gone`.

use codes::time::{Day, Timestamp};
use domain::scope::Scope;
use uuid::Uuid;

use crate::StoreError;
use crate::list_query::{ListQuery, Page};
use crate::tx::{Reader, Tx};

/// The last day on which a chair of the union `u` is known to have left office.
macro_rules! since {
    () => {
        "(SELECT MAX(e.gone_on) FROM (SELECT o.ended_on AS gone_on FROM union_officer o WHERE o.union_org_id = u.id \
         AND o.body = 'committee' AND o.post = 'chair' UNION ALL SELECT g.gone_on FROM union_chair_gone g \
         WHERE g.union_org_id = u.id) e)"
    };
}

/// Unread reminders about the present vacancy: those about one before it were raised earlier.
macro_rules! unread {
    () => {
        concat!(
            "(SELECT COUNT(*) FROM union_reminder r WHERE r.union_org_id = u.id AND r.subject = 'chair' AND r.read_at IS NULL \
             AND r.raised_on >= ",
            since!(),
            ")"
        )
    };
}

/// Columns of a vacancy.
const COLUMNS: &str = concat!(
    "u.id, u.union_id, u.name, u.county, ",
    since!(),
    " AS since, ",
    unread!(),
    " AS unread"
);

statements! {
    CHAIR_GONE_ADD = Sql::both(
        "INSERT INTO union_chair_gone (union_org_id, gone_on, batch_no) VALUES ($1, $2, $3) \
         ON CONFLICT (union_org_id, gone_on) DO UPDATE SET batch_no = excluded.batch_no"
    ),
    // What the batch took away and is there again.
    CHAIR_GONE_FORGET = Sql::both(
        "DELETE FROM union_chair_gone WHERE batch_no = $1 AND NOT EXISTS (SELECT 1 FROM union_org u \
         WHERE u.id = union_chair_gone.union_org_id AND u.chair IS NULL)"
    ),
    VACANT_SINCE = Sql::both(concat!(
        "SELECT ", since!(), " FROM union_org u WHERE u.id = $1 AND u.is_active = $2 AND u.chair IS NULL"
    )),
    REMIND = Sql::both(
        "INSERT INTO union_reminder (union_org_id, subject, due_on, stage, raised_on) VALUES ($1, 'chair', $2, $3, $4) \
         ON CONFLICT (union_org_id, subject, due_on, stage) DO NOTHING"
    ),
    READ = Sql::both(
        "UPDATE union_reminder SET read_by = $2, read_at = $3 WHERE union_org_id = $1 AND subject = 'chair' AND read_at IS NULL"
    ),
    UNREAD_OF = Sql::both(concat!("SELECT ", unread!(), " FROM union_org u WHERE u.id = $1 AND u.is_active = $2 AND u.chair IS NULL")),
    REMINDERS_UNREAD = Sql::both(concat!(
        "SELECT COUNT(*) FROM union_org u WHERE u.is_active = $1 AND u.chair IS NULL AND ", unread!(), " > 0 AND {scope u.path}"
    )),
}

/// A union without a chair.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct VacancyRow {
    pub id: Uuid,
    /// The register's own key.
    pub union_id: String,
    pub name: String,
    pub county: Option<i64>,
    /// The day on which the last chair left.
    pub since: chrono::NaiveDate,
    /// Reminders about it that nobody has read.
    pub unread: i64,
}

impl Reader {
    /// Active unions in scope without a chair, the longest first. One of which nobody knows when the last chair left is not among them: it
    /// is an item that is missing, not a time that runs.
    pub async fn vacancies(&mut self, scope: &Scope) -> Result<Vec<VacancyRow>, StoreError> {
        let mut query = ListQuery::new(COLUMNS, "union_org u", scope, "u.path");
        query.wherever("u.is_active = ? AND u.chair IS NULL", [true.into()]);
        query.wherever(concat!(since!(), " IS NOT NULL"), []);
        query.then_by("since").then_by("u.union_id").page(Page::ALL);
        query.fetch(self).await
    }

    /// The day on which a union's last chair left; `None` where it has one, is dissolved, or nobody knows.
    pub async fn vacant_since(&mut self, union_org_id: Uuid) -> Result<Option<Day>, StoreError> {
        let row: Option<(Option<chrono::NaiveDate>,)> =
            fetch_optional!(self, VACANT_SINCE, union_org_id, true)?;
        Ok(row.and_then(|(day,)| day).map(Day::from))
    }

    /// Reminders about a union's vacant chair that nobody has read.
    pub async fn unread_vacancy_reminders_of(&mut self, union_org_id: Uuid) -> Result<i64, StoreError> {
        let row: Option<(i64,)> = fetch_optional!(self, UNREAD_OF, union_org_id, true)?;
        Ok(row.map_or(0, |(count,)| count))
    }

    /// Unions in scope with a reminder about a vacant chair that nobody has read.
    pub async fn unread_vacancy_reminders(&mut self, scope: &Scope) -> Result<i64, StoreError> {
        let row: (i64,) = fetch_one_in_scope!(self, scope, REMINDERS_UNREAD, true)?;
        Ok(row.0)
    }
}

impl Tx {
    /// Keeps that a file took a union's chair away.
    pub async fn keep_chair_gone(
        &mut self,
        union_org_id: Uuid,
        day: Day,
        batch_no: i64,
    ) -> Result<(), StoreError> {
        execute!(self, CHAIR_GONE_ADD, union_org_id, day.naive(), batch_no)?;
        Ok(())
    }

    /// After a batch was taken back: what it took away is there again, and was never gone.
    pub async fn forget_chairs_gone(&mut self, batch_no: i64) -> Result<(), StoreError> {
        execute!(self, CHAIR_GONE_FORGET, batch_no)?;
        Ok(())
    }

    /// Reminds of one vacant chair, once for each stage of a due day. Answers whether it was new.
    pub async fn remind_of_vacancy(
        &mut self,
        union_org_id: Uuid,
        due: Day,
        stage: i64,
        today: Day,
    ) -> Result<bool, StoreError> {
        let raised = execute!(self, REMIND, union_org_id, due.naive(), stage, today.naive())?;
        Ok(raised > 0)
    }

    /// Marks a union's reminders about its chair as read. Answers how many there were.
    pub async fn read_vacancy_reminders(
        &mut self,
        union_org_id: Uuid,
        by: &str,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        execute!(self, READ, union_org_id, by, now.millis())
    }
}
