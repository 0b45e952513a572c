//! Requests under the two-person rule (双人复核).

use codes::id::{AccountId, ApprovalId};
use codes::time::Timestamp;
use domain::approval::{Approval, ApprovalKind};
use domain::scope::{Scope, UnionPath};
use uuid::Uuid;

use crate::StoreError;
use crate::list_query::{Direction, Fragment, ListQuery, Window};
use crate::tx::{Reader, Tx};

macro_rules! columns {
    () => {
        "id, kind, title, details, reason, digest, resume, asked_by, asked_by_name, asked_for, path, asked_at, expires_at, \
         decided_by, decided_by_name, decided_at, is_approved, remark, spent_at"
    };
}

statements! {
    APPROVAL_BY_ID = Sql::both(concat!("SELECT ", columns!(), " FROM approval WHERE id = $1")),
    // The latest first: an older approval of the same may have lapsed.
    APPROVALS_OF_DIGEST = Sql::both(concat!(
        "SELECT ", columns!(), " FROM approval WHERE asked_by = $1 AND kind = $2 AND digest = $3 \
         AND spent_at IS NULL AND expires_at > $4 ORDER BY asked_at DESC, id LIMIT 10"
    )),
    APPROVALS_WAITING = Sql::both(
        "SELECT COUNT(*) FROM approval WHERE {scope path} AND is_approved IS NULL AND expires_at > $1 \
         AND asked_by <> $2 AND (asked_for IS NULL OR asked_for <> $2)"
    ),
    APPROVAL_INSERT = Sql::both(
        "INSERT INTO approval (id, kind, title, details, reason, digest, resume, asked_by, asked_by_name, asked_for, path, \
         asked_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
    ),
    // Two people at once: only one of them decides.
    APPROVAL_DECIDE = Sql::both(
        "UPDATE approval SET is_approved = $2, remark = $3, decided_by = $4, decided_by_name = $5, decided_at = $6, \
         expires_at = $7 WHERE id = $1 AND is_approved IS NULL"
    ),
    // Two requests at once: only one of them uses it.
    APPROVAL_SPEND = Sql::both(
        "UPDATE approval SET spent_at = $2 WHERE id = $1 AND is_approved = TRUE AND spent_at IS NULL AND expires_at > $2"
    ),
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    kind: String,
    title: String,
    details: String,
    reason: String,
    digest: Vec<u8>,
    resume: String,
    asked_by: Uuid,
    asked_by_name: String,
    asked_for: Option<Uuid>,
    path: Option<String>,
    asked_at: i64,
    expires_at: i64,
    decided_by: Option<Uuid>,
    decided_by_name: Option<String>,
    decided_at: Option<i64>,
    is_approved: Option<bool>,
    remark: Option<String>,
    spent_at: Option<i64>,
}

impl TryFrom<Row> for Approval {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Approval, StoreError> {
        let path = row.path.as_deref().map(UnionPath::parse).transpose();
        Ok(Approval {
            id: ApprovalId::from_uuid(row.id),
            kind: ApprovalKind::from_code(&row.kind)
                .ok_or_else(|| StoreError::corrupt("approval", "kind", row.id))?,
            title: row.title,
            details: serde_json::from_str(&row.details)
                .map_err(|_| StoreError::corrupt("approval", "details", row.id))?,
            reason: row.reason,
            digest: row.digest,
            resume: row.resume,
            asked_by: AccountId::from_uuid(row.asked_by),
            asked_by_name: row.asked_by_name,
            asked_for: row.asked_for.map(AccountId::from_uuid),
            path: path.map_err(|_| StoreError::corrupt("approval", "path", row.id))?,
            asked_at: Timestamp(row.asked_at),
            expires_at: Timestamp(row.expires_at),
            decided_by: row.decided_by.map(AccountId::from_uuid),
            decided_by_name: row.decided_by_name,
            decided_at: row.decided_at.map(Timestamp),
            is_approved: row.is_approved,
            remark: row.remark,
            spent_at: row.spent_at.map(Timestamp),
        })
    }
}

impl Reader {
    /// One request.
    pub async fn approval(&mut self, id: ApprovalId) -> Result<Option<Approval>, StoreError> {
        let row: Option<Row> = fetch_optional!(self, APPROVAL_BY_ID, id.uuid())?;
        row.map(Approval::try_from).transpose()
    }

    /// What this person has asked for with exactly these arguments and can still use or wait for, the latest first.
    pub async fn approvals_of(
        &mut self,
        asked_by: AccountId,
        kind: ApprovalKind,
        digest: &[u8],
        now: Timestamp,
    ) -> Result<Vec<Approval>, StoreError> {
        let rows: Vec<Row> = fetch_all!(
            self,
            APPROVALS_OF_DIGEST,
            asked_by.uuid(),
            kind.code(),
            digest,
            now.0
        )?;
        rows.into_iter().map(Approval::try_from).collect()
    }

    /// How many requests in sight wait for somebody other than this account.
    pub async fn approvals_waiting(
        &mut self,
        scope: &Scope,
        but: AccountId,
        now: Timestamp,
    ) -> Result<i64, StoreError> {
        let (count,): (i64,) = fetch_one_in_scope!(self, scope, APPROVALS_WAITING, now.0, but.uuid())?;
        Ok(count)
    }

    /// Requests, the latest first, and how many there are: one's own, and with `scope` those asked in sight.
    pub async fn approval_list(
        &mut self,
        own: AccountId,
        scope: Option<&Scope>,
        window: impl Into<Window>,
    ) -> Result<(Vec<Approval>, i64), StoreError> {
        // Whether a row is in sight is one of two reasons to show it, so the scope cannot be the query's own.
        let mut query = ListQuery::new(columns!(), "approval", &Scope::Everything, "path");
        let is_own = Fragment::new("asked_by = ?", [own.uuid().into()]);
        query.filter(match scope {
            Some(scope) => Fragment::either([is_own, crate::scope::condition(scope, "path")]),
            None => is_own,
        });
        query.sort(&[("asked_at", "asked_at")], "asked_at", Direction::Descending);
        query
            .then_by("id")
            .window(window.into(), "id", Direction::Descending);
        let rows: Vec<Row> = query.fetch(self).await?;
        let count = query.count(self).await?;
        let rows = rows
            .into_iter()
            .map(Approval::try_from)
            .collect::<Result<_, _>>()?;
        Ok((rows, count))
    }
}

impl Tx {
    /// Adds a request.
    pub async fn add_approval(&mut self, approval: &Approval) -> Result<(), StoreError> {
        execute!(
            self,
            APPROVAL_INSERT,
            approval.id.uuid(),
            approval.kind.code(),
            approval.title.as_str(),
            serde_json::to_string(&approval.details).map_err(StoreError::packed)?,
            approval.reason.as_str(),
            approval.digest.as_slice(),
            approval.resume.as_str(),
            approval.asked_by.uuid(),
            approval.asked_by_name.as_str(),
            approval.asked_for.map(|id| id.uuid()),
            approval.path.as_ref().map(UnionPath::as_str),
            approval.asked_at.0,
            approval.expires_at.0,
        )?;
        Ok(())
    }

    /// Writes a decision down; false when somebody has decided before.
    pub async fn decide_approval(&mut self, approval: &Approval) -> Result<bool, StoreError> {
        let touched = execute!(
            self,
            APPROVAL_DECIDE,
            approval.id.uuid(),
            approval.is_approved,
            approval.remark.as_deref(),
            approval.decided_by.map(|id| id.uuid()),
            approval.decided_by_name.as_deref(),
            approval.decided_at.map(|at| at.0),
            approval.expires_at.0,
        )?;
        Ok(touched > 0)
    }

    /// Uses an approval up; false when it was used, has lapsed or was never given.
    pub async fn spend_approval(&mut self, id: ApprovalId, now: Timestamp) -> Result<bool, StoreError> {
        Ok(execute!(self, APPROVAL_SPEND, id.uuid(), now.0)? > 0)
    }
}
