//! What happened to memberships (会籍变化), and memberships that have ended.

use domain::scope::Scope;
use uuid::Uuid;

use crate::StoreError;
use crate::bulk::{self, BulkRow, RowWriter};
use crate::list_query::{Direction, ListQuery, Window};
use crate::membership::hex_list;
use crate::tx::{Reader, Tx};

statements! {
    EVENTS_OF_MEMBER = Sql::both(
        "SELECT e.id, e.member, e.kind, e.happened_on, e.reason, e.words, e.from_union, e.to_union, e.state, e.decided_on, \
         e.decision_no, e.actor_name, e.request, e.batch_no, e.at FROM member_event e WHERE e.member = $1 ORDER BY e.at, e.id"
    ),
    // What happened to memberships that are left as they are stays told.
    EVENTS_OF_BATCH_DELETE = Sql::split {
        sqlite: "DELETE FROM member_event WHERE batch_no = $1 \
         AND member NOT IN (SELECT id FROM member WHERE member_id IN (SELECT value FROM json_each($2))) \
         AND member NOT IN (SELECT id FROM past_member WHERE COALESCE(batch_no, 0) <> $1 \
         AND member_id IN (SELECT value FROM json_each($2)))",
        postgres: "DELETE FROM member_event e WHERE e.batch_no = $1 AND NOT EXISTS (SELECT 1 FROM ( \
         SELECT id FROM member WHERE member_id = ANY(ARRAY(SELECT json_array_elements_text(CAST($2 AS JSON)))) UNION ALL \
         SELECT id FROM past_member WHERE COALESCE(batch_no, 0) <> $1 \
         AND member_id = ANY(ARRAY(SELECT json_array_elements_text(CAST($2 AS JSON))))) left_alone WHERE left_alone.id = e.member)",
    },
    EVENT_LAST_OF_MEMBER = Sql::both(
        "SELECT happened_on FROM member_event WHERE member = $1 AND happened_on IS NOT NULL AND kind <> 'correct' \
         ORDER BY at DESC, id DESC LIMIT 1"
    ),
    EVENT_LAST_IN_UNION = Sql::both(
        "SELECT MAX(e.happened_on) FROM member_event e JOIN member m ON m.id = e.member \
         WHERE m.union_org_id = $1 AND e.kind <> 'correct'"
    ),
    MEMBERS_CHANGED_HERE = Sql::split {
        sqlite: "SELECT DISTINCT member FROM member_event WHERE batch_no IS NULL AND kind <> 'correct' \
         AND member IN (SELECT unhex(value) FROM json_each($1))",
        postgres: "SELECT DISTINCT member FROM member_event WHERE batch_no IS NULL AND kind <> 'correct' \
         AND member = ANY(ARRAY(SELECT CAST(json_array_elements_text(CAST($1 AS JSON)) AS UUID)))",
    },
    EVENTS_LAST_IN_UNION = Sql::both(
        "SELECT e.member, MAX(e.happened_on) FROM member_event e JOIN member m ON m.id = e.member \
         WHERE m.union_org_id = $1 AND e.kind <> 'correct' AND e.happened_on IS NOT NULL GROUP BY e.member"
    ),
    EVENT_OF_MERGE_DELETE = Sql::both("DELETE FROM member_event WHERE request = $1"),
    PAST_ADD = Sql::both(
        "INSERT INTO past_member (id, member_id, union_org_id, name, id_index, state, ended_on, kept, batch_no, image) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
    ),
    PAST_BY_ID = Sql::both(
        "SELECT id, member_id, union_org_id, name, id_index, state, ended_on, kept, batch_no, image FROM past_member WHERE id = $1"
    ),
    PAST_BY_KEY = Sql::both(
        "SELECT id, union_org_id FROM past_member WHERE member_id = $1 AND name <> '' ORDER BY ended_on DESC NULLS LAST, id DESC LIMIT 1"
    ),
    PAST_BY_NUMBER = Sql::both(
        "SELECT id, member_id, union_org_id, name, id_index, state, ended_on, kept, batch_no, image FROM past_member \
         WHERE id_index = $1 AND state NOT IN ('merged', 'removed') ORDER BY ended_on DESC NULLS LAST, id DESC"
    ),
    PAST_KEYS = Sql::both("SELECT member_id, state FROM past_member WHERE state <> 'removed'"),
    PAST_BY_KEYS = Sql::split {
        sqlite: "SELECT member_id, state FROM past_member WHERE state <> 'removed' \
         AND member_id IN (SELECT value FROM json_each($1))",
        postgres: "SELECT member_id, state FROM past_member WHERE state <> 'removed' \
         AND member_id = ANY(ARRAY(SELECT json_array_elements_text(CAST($1 AS JSON))))",
    },
    PAST_DELETE = Sql::both("DELETE FROM past_member WHERE id = $1"),
    PAST_ANONYMISE = Sql::both(
        "UPDATE past_member SET name = '', id_index = NULL, image = $2 WHERE id = $1"
    ),
    EVENTS_ANONYMISE = Sql::both("UPDATE member_event SET words = NULL WHERE member = $1"),
    REQUESTS_ANONYMISE = Sql::both(
        "UPDATE member_request SET name = '', words = NULL, content = NULL, answer = NULL WHERE member = $1"
    ),
    MERGES_ANONYMISE = Sql::both("UPDATE member_merge SET images = $2 WHERE kept = $1 OR dropped = $1"),
    CLOSINGS_ANONYMISE = Sql::both("UPDATE member_closing SET words = NULL, answer = NULL WHERE member = $1"),
    PASSES_ANONYMISE = Sql::both("DELETE FROM member_pass WHERE member = $1"),
    PAST_OF_BATCH_DELETE = Sql::both("DELETE FROM past_member WHERE batch_no = $1"),
}

/// One event of a membership.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct MemberEvent {
    pub id: Uuid,
    /// Row id of the membership.
    pub member: Uuid,
    /// `ChangeKind::code`.
    pub kind: String,
    /// `None`: the file that brought it does not say.
    pub happened_on: Option<chrono::NaiveDate>,
    /// Code of `event_reason`.
    pub reason: Option<String>,
    pub words: Option<String>,
    pub from_union: Option<Uuid>,
    pub to_union: Option<Uuid>,
    /// `MembershipState::code` that it led to.
    pub state: String,
    pub decided_on: Option<chrono::NaiveDate>,
    pub decision_no: Option<String>,
    pub actor_name: String,
    /// The request or merge that it came from.
    pub request: Option<Uuid>,
    /// The import that it came from.
    pub batch_no: Option<i64>,
    /// Written at, milliseconds.
    pub at: i64,
}

impl BulkRow for MemberEvent {
    const TABLE: &'static str = "member_event";
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "member",
        "kind",
        "happened_on",
        "reason",
        "words",
        "from_union",
        "to_union",
        "state",
        "decided_on",
        "decision_no",
        "actor_name",
        "request",
        "batch_no",
        "at",
    ];

    fn write(&self, row: &mut RowWriter<'_>) {
        row.uuid(self.id)
            .uuid(self.member)
            .text(self.kind.as_str())
            .day(self.happened_on)
            .text(self.reason.as_deref())
            .text(self.words.as_deref())
            .uuid(self.from_union)
            .uuid(self.to_union)
            .text(self.state.as_str())
            .day(self.decided_on)
            .text(self.decision_no.as_deref())
            .text(self.actor_name.as_str())
            .uuid(self.request)
            .int(self.batch_no)
            .int(self.at);
    }
}

/// A membership that has ended.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct PastMember {
    /// Row id that it had in `member`.
    pub id: Uuid,
    pub member_id: String,
    /// The union that kept it last.
    pub union_org_id: Uuid,
    pub name: String,
    pub id_index: Option<Vec<u8>>,
    /// `MembershipState::code`.
    pub state: String,
    pub ended_on: Option<chrono::NaiveDate>,
    /// What it was merged into.
    pub kept: Option<Uuid>,
    /// The import that ended it.
    pub batch_no: Option<i64>,
    /// The row as it was, sealed by the use case.
    pub image: Vec<u8>,
}

/// An ended membership whose time is over.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct PastDue {
    pub id: Uuid,
    pub member_id: String,
    /// `MembershipState::code`.
    pub state: String,
    pub ended_on: Option<chrono::NaiveDate>,
    pub union_id: String,
    pub union_name: String,
    /// The union's place in the tree.
    pub path: Option<String>,
}

impl Tx {
    /// Takes away what is somebody's own in an ended membership and in what lies beside it.
    pub async fn anonymise_past_member(&mut self, id: Uuid) -> Result<(), StoreError> {
        const NOTHING: &[u8] = &[];
        execute!(self, PAST_ANONYMISE, id, NOTHING)?;
        execute!(self, EVENTS_ANONYMISE, id)?;
        execute!(self, REQUESTS_ANONYMISE, id)?;
        execute!(self, MERGES_ANONYMISE, id, NOTHING)?;
        execute!(self, PASSES_ANONYMISE, id)?;
        execute!(self, CLOSINGS_ANONYMISE, id)?;
        Ok(())
    }

    /// Adds events.
    pub async fn add_member_events(
        &mut self,
        events: impl IntoIterator<Item = MemberEvent>,
    ) -> Result<u64, StoreError> {
        bulk::insert_rows(self, events).await
    }

    /// Takes out the events and ended memberships that a batch brought, when it is undone; the events of memberships under the keys
    /// `left_alone`, which the undo leaves as they are, stay.
    pub async fn delete_member_events_of_batch(
        &mut self,
        batch_no: i64,
        left_alone: impl IntoIterator<Item = &str>,
    ) -> Result<(), StoreError> {
        let keys = serde_json::Value::from_iter(left_alone).to_string();
        execute!(self, EVENTS_OF_BATCH_DELETE, batch_no, keys)?;
        execute!(self, PAST_OF_BATCH_DELETE, batch_no)?;
        Ok(())
    }

    /// Takes out the events of a merge that is undone.
    pub async fn delete_member_events_of(&mut self, request: Uuid) -> Result<(), StoreError> {
        execute!(self, EVENT_OF_MERGE_DELETE, request)?;
        Ok(())
    }

    /// Adds a membership that has ended; the caller takes it out of the others.
    pub async fn add_past_member(&mut self, past: PastMember) -> Result<(), StoreError> {
        execute!(
            self,
            PAST_ADD,
            past.id,
            past.member_id,
            past.union_org_id,
            past.name,
            past.id_index,
            past.state,
            past.ended_on,
            past.kept,
            past.batch_no,
            past.image,
        )?;
        Ok(())
    }

    /// Takes one out of those that have ended: it stands again.
    pub async fn delete_past_member(&mut self, id: Uuid) -> Result<(), StoreError> {
        execute!(self, PAST_DELETE, id)?;
        Ok(())
    }
}

impl Reader {
    /// The last day on which a membership of a union's present members changed, corrections aside; `None` where none did, or nobody
    /// knows when.
    pub async fn last_change_in(
        &mut self,
        union_org_id: Uuid,
    ) -> Result<Option<chrono::NaiveDate>, StoreError> {
        let (day,): (Option<chrono::NaiveDate>,) = fetch_one!(self, EVENT_LAST_IN_UNION, union_org_id)?;
        Ok(day)
    }

    /// The same for each member whose membership has changed.
    pub async fn last_changes_in(
        &mut self,
        union_org_id: Uuid,
    ) -> Result<Vec<(Uuid, chrono::NaiveDate)>, StoreError> {
        fetch_all!(self, EVENTS_LAST_IN_UNION, union_org_id)
    }

    /// What happened to a membership, oldest first.
    pub async fn member_events(&mut self, member: Uuid) -> Result<Vec<MemberEvent>, StoreError> {
        fetch_all!(self, EVENTS_OF_MEMBER, member)
    }

    /// The day of the last event that changed where it stands.
    pub async fn last_member_event(&mut self, member: Uuid) -> Result<Option<chrono::NaiveDate>, StoreError> {
        let row: Option<(Option<chrono::NaiveDate>,)> = fetch_optional!(self, EVENT_LAST_OF_MEMBER, member)?;
        Ok(row.and_then(|(day,)| day))
    }

    /// Those of some memberships (by row id) that somebody changed here, which no file changes back.
    pub async fn members_changed_here(
        &mut self,
        members: impl IntoIterator<Item = Uuid>,
    ) -> Result<Vec<Uuid>, StoreError> {
        let members: Vec<Uuid> = members.into_iter().collect();
        let members = hex_list(members.iter().map(|id| id.as_bytes().as_slice()));
        let rows: Vec<(Uuid,)> = fetch_all!(self, MEMBERS_CHANGED_HERE, members)?;
        Ok(rows.into_iter().map(|(member,)| member).collect())
    }

    /// A page of the memberships in scope that ended on a day or before, are not anonymous yet and that no hold keeps, and how many
    /// there are.
    pub async fn past_members_due(
        &mut self,
        scope: &Scope,
        until: chrono::NaiveDate,
        window: impl Into<Window>,
    ) -> Result<(Vec<PastDue>, i64), StoreError> {
        let mut query = ListQuery::new(
            "p.id, p.member_id, p.state, p.ended_on, COALESCE(u.union_id, '') AS union_id, COALESCE(u.name, '') AS union_name, u.path",
            // A file may have taken the union out of the register: the person's data falls due all the same.
            "past_member p LEFT JOIN union_org u ON u.id = p.union_org_id",
            scope,
            "u.path",
        );
        query.wherever(
            // A hold reaches down to whatever was merged into the one it is on, and into that, to the end.
            "p.ended_on <= ? AND p.name <> '' AND p.id NOT IN (WITH RECURSIVE held(id) AS (\
             SELECT h.member FROM member_hold h WHERE h.released_at IS NULL \
             UNION SELECT q.id FROM held JOIN past_member q ON q.kept = held.id) SELECT held.id FROM held)",
            [until.into()],
        );
        query.then_by("p.ended_on").then_by("p.id");
        query.window(window.into(), "p.id", Direction::Ascending);
        Ok((query.fetch(self).await?, query.count(self).await?))
    }

    /// An ended membership by its row id.
    pub async fn past_member(&mut self, id: Uuid) -> Result<Option<PastMember>, StoreError> {
        fetch_optional!(self, PAST_BY_ID, id)
    }

    /// The ended memberships under this document number, the last first.
    pub async fn past_members_by_number(&mut self, id_index: &[u8]) -> Result<Vec<PastMember>, StoreError> {
        fetch_all!(self, PAST_BY_NUMBER, id_index)
    }

    /// Row id and union of the last ended membership with a key that is not anonymous.
    pub async fn past_member_by_key(&mut self, member_id: &str) -> Result<Option<(Uuid, Uuid)>, StoreError> {
        fetch_optional!(self, PAST_BY_KEY, member_id)
    }

    /// Key and state of every ended membership that a file does not bring back by itself.
    pub async fn past_member_keys(&mut self) -> Result<Vec<(String, String)>, StoreError> {
        fetch_all!(self, PAST_KEYS)
    }

    /// The same of some keys.
    pub async fn past_members_under(
        &mut self,
        member_ids: impl IntoIterator<Item = &str>,
    ) -> Result<Vec<(String, String)>, StoreError> {
        let keys = serde_json::Value::from_iter(member_ids).to_string();
        fetch_all!(self, PAST_BY_KEYS, keys)
    }
}
