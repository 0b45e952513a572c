//! Requests about memberships (会籍申请): asked by one, answered by another; and merges of two memberships of one person.

use codes::id::AccountId;
use domain::scope::Scope;
use uuid::Uuid;

use crate::list_query::{Direction, Fragment, ListQuery, Window};
use crate::tx::{Reader, Tx};
use crate::{StoreError, scope};

statements! {
    REQUEST_ADD = Sql::both(
        "INSERT INTO member_request (id, kind, state, member, member_id, name, from_union, to_union, asked_by, happened_on, \
         reason, words, decided_on, decision_no, content, asker_id, asker_name, asked_at, due_on, answerer_name, answered_at, \
         answer, asked_for) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, \
         $21, $22, $23)"
    ),
    REQUEST_ANSWER = Sql::both(
        "UPDATE member_request SET state = $2, answerer_name = $3, answered_at = $4, answer = $5, member = $6, member_id = $7 \
         WHERE id = $1 AND state = 'pending'"
    ),
    REQUEST_BY_ID = Sql::both(
        "SELECT id, kind, state, member, member_id, name, from_union, to_union, asked_by, happened_on, reason, words, decided_on, \
         decision_no, content, asker_id, asker_name, asked_at, due_on, answerer_name, answered_at, answer, asked_for FROM member_request \
         WHERE id = $1"
    ),
    REQUESTS_OF_MEMBER = Sql::both(
        "SELECT id, kind, state, member, member_id, name, from_union, to_union, asked_by, happened_on, reason, words, decided_on, \
         decision_no, content, asker_id, asker_name, asked_at, due_on, answerer_name, answered_at, answer, asked_for FROM member_request \
         WHERE member = $1 AND state = 'pending' ORDER BY asked_at, id"
    ),
    MERGE_ADD = Sql::both(
        "INSERT INTO member_merge (id, kept, dropped, images, merged_at, merged_by, undone_at, undone_by) \
         VALUES ($1, $2, $3, $4, $5, $6, NULL, NULL)"
    ),
    MERGE_BY_ID = Sql::both(
        "SELECT id, kept, dropped, images, merged_at, merged_by, undone_at, undone_by FROM member_merge WHERE id = $1"
    ),
    MERGES_OF_MEMBER = Sql::both(
        "SELECT id, kept, dropped, images, merged_at, merged_by, undone_at, undone_by FROM member_merge \
         WHERE kept = $1 AND undone_at IS NULL ORDER BY merged_at DESC, id DESC"
    ),
    MERGE_UNDO = Sql::both(
        "UPDATE member_merge SET undone_at = $2, undone_by = $3 WHERE id = $1 AND undone_at IS NULL"
    ),
}

const COLUMNS: &str = "r.id, r.kind, r.state, r.member, r.member_id, r.name, r.from_union, r.to_union, r.asked_by, r.happened_on, \
     r.reason, r.words, r.decided_on, r.decision_no, r.content, r.asker_id, r.asker_name, r.asked_at, r.due_on, \
     r.answerer_name, r.answered_at, r.answer, r.asked_for";

/// What somebody asks about a membership.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct MemberRequest {
    pub id: Uuid,
    /// `ChangeKind::code`.
    pub kind: String,
    /// `RequestState::code`.
    pub state: String,
    /// Row id of the membership; for 入会 once it is there.
    pub member: Option<Uuid>,
    pub member_id: Option<String>,
    /// The member's name, masked.
    pub name: String,
    pub from_union: Option<Uuid>,
    pub to_union: Option<Uuid>,
    /// `AskedBy::code`.
    pub asked_by: String,
    pub happened_on: chrono::NaiveDate,
    pub reason: Option<String>,
    pub words: Option<String>,
    pub decided_on: Option<chrono::NaiveDate>,
    pub decision_no: Option<String>,
    /// What was typed of the person, sealed by the use case.
    pub content: Option<Vec<u8>>,
    pub asker_id: Option<Uuid>,
    pub asker_name: String,
    pub asked_at: i64,
    pub due_on: chrono::NaiveDate,
    pub answerer_name: Option<String>,
    pub answered_at: Option<i64>,
    pub answer: Option<String>,
    /// In whose name it was asked, when `asker_id` acted for that account.
    pub asked_for: Option<Uuid>,
}

impl MemberRequest {
    /// Whether one of these accounts asked it, in person or as the one acted for.
    pub fn is_asked_by(&self, accounts: &[AccountId]) -> bool {
        let asked = [self.asker_id, self.asked_for];
        accounts.iter().any(|id| asked.contains(&Some(id.uuid())))
    }
}

/// Two memberships that became one.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct MemberMerge {
    pub id: Uuid,
    pub kept: Uuid,
    pub dropped: Uuid,
    /// Both rows as they were, sealed by the use case.
    pub images: Vec<u8>,
    pub merged_at: i64,
    pub merged_by: String,
    pub undone_at: Option<i64>,
    pub undone_by: Option<String>,
}

impl Tx {
    /// Adds a request.
    pub async fn add_member_request(&mut self, request: MemberRequest) -> Result<(), StoreError> {
        execute!(
            self,
            REQUEST_ADD,
            request.id,
            request.kind,
            request.state,
            request.member,
            request.member_id,
            request.name,
            request.from_union,
            request.to_union,
            request.asked_by,
            request.happened_on,
            request.reason,
            request.words,
            request.decided_on,
            request.decision_no,
            request.content,
            request.asker_id,
            request.asker_name,
            request.asked_at,
            request.due_on,
            request.answerer_name,
            request.answered_at,
            request.answer,
            request.asked_for,
        )?;
        Ok(())
    }

    /// Ends a request that is still pending; `false` when somebody was quicker.
    pub async fn answer_member_request(&mut self, request: &MemberRequest) -> Result<bool, StoreError> {
        let touched = execute!(
            self,
            REQUEST_ANSWER,
            request.id,
            request.state.as_str(),
            request.answerer_name.as_deref(),
            request.answered_at,
            request.answer.as_deref(),
            request.member,
            request.member_id.as_deref(),
        )?;
        Ok(touched == 1)
    }

    /// Keeps a merge with the rows before it.
    pub async fn add_member_merge(&mut self, merge: MemberMerge) -> Result<(), StoreError> {
        execute!(
            self,
            MERGE_ADD,
            merge.id,
            merge.kept,
            merge.dropped,
            merge.images,
            merge.merged_at,
            merge.merged_by,
        )?;
        Ok(())
    }

    /// Marks a merge as undone; `false` when it was already.
    pub async fn undo_member_merge(&mut self, id: Uuid, at: i64, by: &str) -> Result<bool, StoreError> {
        Ok(execute!(self, MERGE_UNDO, id, at, by)? == 1)
    }
}

impl Reader {
    /// One request.
    pub async fn member_request(&mut self, id: Uuid) -> Result<Option<MemberRequest>, StoreError> {
        fetch_optional!(self, REQUEST_BY_ID, id)
    }

    /// The pending requests about one membership.
    pub async fn member_requests_of(&mut self, member: Uuid) -> Result<Vec<MemberRequest>, StoreError> {
        fetch_all!(self, REQUESTS_OF_MEMBER, member)
    }

    /// A page of the requests with either union in scope, and how many there are: the pending ones by their deadline, the others
    /// latest first.
    pub async fn member_request_list(
        &mut self,
        scope: &Scope,
        is_pending: bool,
        window: impl Into<Window>,
    ) -> Result<(Vec<MemberRequest>, i64), StoreError> {
        // Each of the two unions may be the one in sight, so that the condition is put together here of the one function's parts.
        let mut query = ListQuery::new(
            COLUMNS,
            "member_request r LEFT JOIN union_org f ON f.id = r.from_union LEFT JOIN union_org t ON t.id = r.to_union",
            &Scope::Everything,
            "f.path",
        );
        query.filter(Fragment::either([
            scope::condition(scope, "f.path"),
            scope::condition(scope, "t.path"),
        ]));
        if is_pending {
            query.wherever("r.state = ?", ["pending".into()]);
            query.sort(&[("due", "r.due_on")], "due", Direction::Ascending);
        } else {
            query.wherever("r.state <> ?", ["pending".into()]);
            query.sort(
                &[("answered", "r.answered_at")],
                "answered",
                Direction::Descending,
            );
        }
        let direction = match is_pending {
            true => Direction::Ascending,
            false => Direction::Descending,
        };
        query.then_by("r.id").window(window.into(), "r.id", direction);
        Ok((query.fetch(self).await?, query.count(self).await?))
    }

    /// One merge.
    pub async fn member_merge(&mut self, id: Uuid) -> Result<Option<MemberMerge>, StoreError> {
        fetch_optional!(self, MERGE_BY_ID, id)
    }

    /// The merges into a membership that still hold, the latest first.
    pub async fn member_merges_into(&mut self, kept: Uuid) -> Result<Vec<MemberMerge>, StoreError> {
        fetch_all!(self, MERGES_OF_MEMBER, kept)
    }
}
