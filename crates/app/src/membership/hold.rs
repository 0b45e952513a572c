//! 暂缓匿名化 (legal hold): while a dispute, an audit or a court needs somebody's data, they are not taken away, however long the
//! membership has been over.

use codes::id::Member;
use codes::time::Timestamp;
use domain::dictionary::{Act, FormReader};
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::permission::Action;
use domain::scope::UnionPath;
use serde_json::json;
use store::list_query::{Page, Window};
use store::{StoreError, Tx};
use uuid::Uuid;

use super::request::{named, path_of};
use crate::error::AppError;
use crate::op::{App, OpContext};
use crate::paging::After;

/// A hold that runs.
#[derive(Debug, Clone, PartialEq)]
pub struct HoldView {
    pub id: Uuid,
    pub member_id: String,
    pub union_id: String,
    pub union_name: String,
    pub reason: String,
    /// By the name of that time.
    pub held_by: String,
    pub held_at: Timestamp,
}

/// Holds in sight, and how many there are.
pub async fn holds(
    op: &OpContext,
    app: &App,
    page: u32,
    size: u32,
) -> Result<(Vec<HoldView>, i64), AppError> {
    listed(op, app, Page::number(page, size).into()).await
}

/// The same in the order in which they were begun, after one of them.
pub async fn holds_after(op: &OpContext, app: &App, after: &After) -> Result<(Vec<HoldView>, i64), AppError> {
    listed(op, app, after.id().into()).await
}

async fn listed(op: &OpContext, app: &App, window: Window) -> Result<(Vec<HoldView>, i64), AppError> {
    op.may(Action::ConfirmMembership)?;
    let mut reader = app.store.read().await?;
    let (rows, total) = reader.member_holds(op.scope(), window).await?;
    let rows = rows.into_iter().map(|row| HoldView {
        id: row.id,
        member_id: row.member_id,
        union_id: row.union_id,
        union_name: row.union_name,
        reason: row.reason,
        held_by: row.held_by,
        held_at: Timestamp::from_millis(row.held_at),
    });
    Ok((rows.collect(), total))
}

/// Holds the data of a membership in sight, running or ended; answers the hold. 暂缓匿名化
///
/// # Errors
/// `MEM-404`; `MEM-424` with the fields that are wrong; `MEM-425` when it is held already.
pub async fn hold(op: &OpContext, app: &App, member_id: &str, reason: &str) -> Result<Uuid, AppError> {
    op.may(Action::ConfirmMembership)?;
    let mut typed = FormReader::of(Act::HoldMember, op.today());
    let (member_id, reason) = (typed.text("member_id", member_id), typed.text("reason", reason));
    if !typed.is_sound() {
        let error = AppError::invalid("MEM-424", "没有登记暂缓");
        let faults = typed.faults().into_iter();
        return Err(faults.fold(error, |error, (field, words)| error.field(field, words)));
    }
    let (member_id, reason) = (member_id.as_str(), reason.as_str());
    let mut tx = app.store.begin().await?;
    let (member, union) = kept_by(&mut tx, member_id)
        .await?
        .ok_or_else(AppError::no_member)?;
    let path = named(&mut tx, union).await?.and_then(|union| path_of(&union));
    if !op.sees(path.as_ref()) {
        return Err(AppError::no_member());
    }
    let id = op.new_id::<Member>().uuid();
    tx.add_member_hold(id, member, member_id, reason, &op.signature(), op.now().millis())
        .await
        .map_err(|error| match error {
            StoreError::Conflict(_) => {
                AppError::conflict("MEM-425", format!("会员 {member_id} 已经暂缓匿名化"))
            }
            other => other.into(),
        })?;
    let entry = JournalEntry {
        path,
        after: Some(json!({ "member_id": member_id, "words": reason })),
        ..JournalEntry::new(JournalAction::MemberHeld, SubjectKind::Member, member)
    };
    tx.journal(&op.by(), entry).await?;
    tx.commit().await?;
    Ok(id)
}

/// Row id and union of a membership by its key: one that runs, or the last one that ended.
async fn kept_by(tx: &mut Tx, member_id: &str) -> Result<Option<(Uuid, Uuid)>, AppError> {
    if let Some(row) = tx.member_row(member_id).await? {
        return Ok(Some((row.id, row.union_org_id)));
    }
    Ok(tx.past_member_by_key(member_id).await?)
}

/// Ends a hold: from now on its time counts again. 解除暂缓
///
/// # Errors
/// `MEM-426` when there is none in sight or it has ended.
pub async fn release(op: &OpContext, app: &App, id: Uuid) -> Result<(), AppError> {
    op.may(Action::ConfirmMembership)?;
    let gone = || AppError::not_found("MEM-426", "没有这项暂缓，或已经解除");
    let mut tx = app.store.begin().await?;
    let row = tx.member_hold(op.scope(), id).await?.ok_or_else(gone)?;
    let released = tx
        .release_member_hold(id, &op.signature(), op.now().millis())
        .await?;
    if !released {
        return Err(gone());
    }
    let entry = JournalEntry {
        path: row.path.as_deref().and_then(|path| UnionPath::parse(path).ok()),
        after: Some(json!({ "member_id": row.member_id, "words": row.reason })),
        ..JournalEntry::new(JournalAction::MemberReleased, SubjectKind::Member, row.member)
    };
    tx.journal(&op.by(), entry).await?;
    Ok(tx.commit().await?)
}
