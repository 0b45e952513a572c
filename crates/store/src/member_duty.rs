//! What a union owes to single members: holds against anonymising (暂缓匿名化), requests to close (注销申请), and in which exports somebody
//! stood in full.

use chrono::NaiveDate;
use domain::scope::Scope;
use uuid::Uuid;

use crate::StoreError;
use crate::bulk::{self, BulkRow, RowWriter};
use crate::list_query::{Direction, ListQuery, Page, Window};
use crate::tx::{Reader, Tx};

statements! {
    HOLD_ADD = Sql::both(
        "INSERT INTO member_hold (id, member, member_id, reason, held_by, held_at) VALUES ($1, $2, $3, $4, $5, $6)"
    ),
    HOLD_RELEASE = Sql::both(
        "UPDATE member_hold SET released_by = $2, released_at = $3 WHERE id = $1 AND released_at IS NULL"
    ),
    HOLD_RUNS = Sql::both("SELECT COUNT(*) FROM member_hold WHERE member = $1 AND released_at IS NULL"),
    CLOSING_ADD = Sql::both(
        "INSERT INTO member_closing (id, member, member_id, union_org_id, words, asked_at, due_on, state) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, 'waiting')"
    ),
    CLOSING_ANSWER = Sql::both(
        "UPDATE member_closing SET state = $2, answer = $3, answered_by = $4, answered_at = $5 \
         WHERE id = $1 AND state = 'waiting'"
    ),
    CLOSING_LAST = Sql::both(
        "SELECT c.id, c.member, c.member_id, c.words, c.asked_at, c.due_on, c.state, c.answer, c.answered_by, c.answered_at, \
         u.union_id, u.name AS union_name, u.path FROM member_closing c JOIN union_org u ON u.id = c.union_org_id \
         WHERE c.member = $1 ORDER BY c.asked_at DESC, c.id DESC LIMIT 1"
    ),
    ANONYMISED_BY = Sql::both(
        "SELECT u.union_id, u.name, COUNT(*) FROM journal j JOIN past_member p ON p.id = j.subject_id \
         JOIN union_org u ON u.id = p.union_org_id \
         WHERE j.subject_kind = 'member' AND j.action = 'member.anonymise' AND j.at >= $2 AND j.request_id = $1 \
         GROUP BY u.union_id, u.name ORDER BY u.union_id"
    ),
    // One look into the index for each export in full; of most it is the only thing that is read.
    EXPORTS_WITH = Sql::both(
        "SELECT f.id, (SELECT e.members FROM export_member e WHERE e.export_no = f.export_no AND e.first_member <= $1 \
         ORDER BY e.first_member DESC LIMIT 1) FROM export_file f \
         WHERE f.kind = 'members' AND f.is_plain = TRUE AND f.rows IS NOT NULL ORDER BY f.export_no DESC"
    ),
    MERGED_INTO = Sql::both("SELECT dropped FROM member_merge WHERE kept = $1 AND undone_at IS NULL"),
}

/// Some hundred of those who stood in an export, in order.
struct ExportMembers {
    export_no: i64,
    first: Uuid,
    ids: Vec<u8>,
}

impl BulkRow for ExportMembers {
    const TABLE: &'static str = "export_member";
    const COLUMNS: &'static [&'static str] = &["export_no", "first_member", "members"];
    const KEY: &'static [&'static str] = &["export_no", "first_member"];

    fn write(&self, row: &mut RowWriter<'_>) {
        row.int(self.export_no)
            .uuid(self.first)
            .bytes(self.ids.as_slice());
    }
}

/// A hold that runs, with the membership that it is about.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct HoldRow {
    pub id: Uuid,
    /// Row id of the membership.
    pub member: Uuid,
    pub member_id: String,
    pub reason: String,
    pub held_by: String,
    /// Milliseconds.
    pub held_at: i64,
    pub union_id: String,
    pub union_name: String,
    /// The union's place in the tree.
    pub path: Option<String>,
}

/// A request to close, with the union that answers it.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct ClosingRow {
    pub id: Uuid,
    /// Row id of the membership.
    pub member: Uuid,
    pub member_id: String,
    pub words: Option<String>,
    /// Milliseconds.
    pub asked_at: i64,
    pub due_on: NaiveDate,
    /// `ClosingState::code`.
    pub state: String,
    pub answer: Option<String>,
    pub answered_by: Option<String>,
    pub answered_at: Option<i64>,
    pub union_id: String,
    pub union_name: String,
    /// The union's place in the tree.
    pub path: Option<String>,
}

/// A union by key and name, and a count.
pub type UnionCount = (String, String, i64);

/// Where a membership is kept, or was kept last.
const HOLD_TABLES: &str = "member_hold h LEFT JOIN member m ON m.id = h.member LEFT JOIN past_member p ON p.id = h.member \
     JOIN union_org u ON u.id = COALESCE(m.union_org_id, p.union_org_id)";
const HOLD_COLUMNS: &str =
    "h.id, h.member, h.member_id, h.reason, h.held_by, h.held_at, u.union_id, u.name AS union_name, u.path";
const CLOSING_TABLES: &str = "member_closing c LEFT JOIN member m ON m.id = c.member \
     JOIN union_org u ON u.id = COALESCE(m.union_org_id, c.union_org_id)";
const CLOSING_COLUMNS: &str = "c.id, c.member, c.member_id, c.words, c.asked_at, c.due_on, c.state, c.answer, c.answered_by, \
     c.answered_at, u.union_id, u.name AS union_name, u.path";
/// Bytes of one id.
const ID_BYTES: usize = 16;
/// Ids in one row: a page of the store.
const IDS_A_ROW: usize = 250;

impl Reader {
    /// Holds that run in scope, the newest first, and how many there are.
    pub async fn member_holds(
        &mut self,
        scope: &Scope,
        window: impl Into<Window>,
    ) -> Result<(Vec<HoldRow>, i64), StoreError> {
        let mut query = ListQuery::new(HOLD_COLUMNS, HOLD_TABLES, scope, "u.path");
        query.wherever("h.released_at IS NULL", []);
        query.then_by("h.member_id").then_by("h.id");
        query.window(window.into(), "h.id", Direction::Ascending);
        Ok((query.fetch(self).await?, query.count(self).await?))
    }

    /// A hold that runs, in scope.
    pub async fn member_hold(&mut self, scope: &Scope, id: Uuid) -> Result<Option<HoldRow>, StoreError> {
        let mut query = ListQuery::new(HOLD_COLUMNS, HOLD_TABLES, scope, "u.path");
        query.wherever("h.released_at IS NULL AND h.id = ?", [id.into()]);
        query.then_by("h.id").page(Page::number(1, 1));
        let rows: Vec<HoldRow> = query.fetch(self).await?;
        Ok(rows.into_iter().next())
    }

    /// Ended memberships in scope whose time is over and that a hold keeps, counted by union.
    pub async fn past_members_held(
        &mut self,
        scope: &Scope,
        until: NaiveDate,
    ) -> Result<Vec<UnionCount>, StoreError> {
        let mut query = ListQuery::new(
            "u.union_id, u.name",
            "past_member p JOIN union_org u ON u.id = p.union_org_id",
            scope,
            "u.path",
        );
        query.wherever(
            "p.ended_on <= ? AND p.name <> '' AND p.id IN (WITH RECURSIVE held(id) AS (\
             SELECT h.member FROM member_hold h WHERE h.released_at IS NULL \
             UNION SELECT q.id FROM held JOIN past_member q ON q.kept = held.id) SELECT held.id FROM held)",
            [until.into()],
        );
        query
            .then_by("u.union_id")
            .then_by("p.id")
            .page(Page::number(1, HELD_MAX));
        let rows: Vec<(String, String)> = query.fetch(self).await?;
        let mut counts: Vec<UnionCount> = Vec::new();
        for (union_id, name) in rows {
            match counts.last_mut().filter(|last| last.0 == union_id) {
                Some(last) => last.2 += 1,
                None => counts.push((union_id, name, 1)),
            }
        }
        Ok(counts)
    }

    /// How many memberships a job anonymised, by union.
    pub async fn anonymised_by(
        &mut self,
        request_id: &str,
        since: i64,
    ) -> Result<Vec<UnionCount>, StoreError> {
        fetch_all!(self, ANONYMISED_BY, request_id, since)
    }

    /// Requests to close in scope, those that wait by the day on which they are due; and how many there are.
    pub async fn member_closings(
        &mut self,
        scope: &Scope,
        is_waiting: bool,
        window: impl Into<Window>,
    ) -> Result<(Vec<ClosingRow>, i64), StoreError> {
        let mut query = ListQuery::new(CLOSING_COLUMNS, CLOSING_TABLES, scope, "u.path");
        let state = if is_waiting {
            "c.state = 'waiting'"
        } else {
            "c.state <> 'waiting'"
        };
        query.wherever(state, []);
        query.then_by("c.due_on").then_by("c.id");
        query.window(window.into(), "c.id", Direction::Ascending);
        Ok((query.fetch(self).await?, query.count(self).await?))
    }

    /// One request to close, in scope.
    pub async fn member_closing(
        &mut self,
        scope: &Scope,
        id: Uuid,
    ) -> Result<Option<ClosingRow>, StoreError> {
        let mut query = ListQuery::new(CLOSING_COLUMNS, CLOSING_TABLES, scope, "u.path");
        query.wherever("c.id = ?", [id.into()]);
        query.then_by("c.id").page(Page::number(1, 1));
        let rows: Vec<ClosingRow> = query.fetch(self).await?;
        Ok(rows.into_iter().next())
    }

    /// A member's last request to close.
    pub async fn last_closing_of(&mut self, member: Uuid) -> Result<Option<ClosingRow>, StoreError> {
        fetch_optional!(self, CLOSING_LAST, member)
    }

    /// Exports, by their ids, in which one of these memberships stood in full, the newest first.
    pub async fn exports_with(&mut self, members: &[Uuid]) -> Result<Vec<Uuid>, StoreError> {
        let mut found = Vec::new();
        for member in members {
            let rows: Vec<(Uuid, Option<Vec<u8>>)> = fetch_all!(self, EXPORTS_WITH, *member)?;
            let with = rows.into_iter().filter(|(_, ids)| {
                let ids = ids.as_deref().unwrap_or_default();
                ids.chunks_exact(ID_BYTES).any(|id| id == member.as_bytes())
            });
            found.extend(with.map(|(export, _)| export));
        }
        Ok(found)
    }

    /// Whether somebody's data are kept from anonymising under this membership itself.
    pub async fn is_member_held(&mut self, member: Uuid) -> Result<bool, StoreError> {
        let (held,): (i64,) = fetch_one!(self, HOLD_RUNS, member)?;
        Ok(held > 0)
    }

    /// Memberships that were merged into this one.
    pub async fn merged_into(&mut self, member: Uuid) -> Result<Vec<Uuid>, StoreError> {
        let rows: Vec<(Uuid,)> = fetch_all!(self, MERGED_INTO, member)?;
        Ok(rows.into_iter().map(|(dropped,)| dropped).collect())
    }
}

/// Held memberships that are counted: nobody holds so many.
const HELD_MAX: u32 = 1_000_000;

impl Tx {
    /// Adds a hold; a conflict when one runs already.
    #[allow(clippy::too_many_arguments)]
    pub async fn add_member_hold(
        &mut self,
        id: Uuid,
        member: Uuid,
        member_id: &str,
        reason: &str,
        by: &str,
        at: i64,
    ) -> Result<(), StoreError> {
        execute!(self, HOLD_ADD, id, member, member_id, reason, by, at)?;
        Ok(())
    }

    /// Ends a hold; false when it has ended.
    pub async fn release_member_hold(&mut self, id: Uuid, by: &str, at: i64) -> Result<bool, StoreError> {
        Ok(execute!(self, HOLD_RELEASE, id, by, at)? > 0)
    }

    /// Adds a request to close; a conflict when one waits already.
    #[allow(clippy::too_many_arguments)]
    pub async fn add_member_closing(
        &mut self,
        id: Uuid,
        member: Uuid,
        member_id: &str,
        union_org_id: Uuid,
        words: &str,
        asked_at: i64,
        due_on: NaiveDate,
    ) -> Result<(), StoreError> {
        execute!(
            self,
            CLOSING_ADD,
            id,
            member,
            member_id,
            union_org_id,
            words,
            asked_at,
            due_on
        )?;
        Ok(())
    }

    /// Answers a request to close; false when somebody has answered before.
    pub async fn answer_member_closing(
        &mut self,
        id: Uuid,
        state: &str,
        answer: &str,
        by: &str,
        at: i64,
    ) -> Result<bool, StoreError> {
        Ok(execute!(self, CLOSING_ANSWER, id, state, answer, by, at)? > 0)
    }

    /// Keeps whose rows stood in an export in full.
    pub async fn add_export_members(
        &mut self,
        export_no: i64,
        mut members: Vec<Uuid>,
    ) -> Result<(), StoreError> {
        members.sort_unstable();
        for parts in members.chunks(IDS_A_ROW * 100) {
            let mut rows = Vec::with_capacity(100);
            for part in parts.chunks(IDS_A_ROW) {
                rows.push(ExportMembers {
                    export_no,
                    first: part[0],
                    ids: part.iter().flat_map(|id| *id.as_bytes()).collect(),
                });
            }
            bulk::insert_rows(self, rows).await?;
        }
        Ok(())
    }
}
