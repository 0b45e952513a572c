//! 人工核对: a person's word on whether a union and an enterprise are the same. Remembered, and it wins.

use codes::mask;
use codes::time::Timestamp;
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::permission::Action;
use serde::Serialize;
use serde_json::json;
use store::Tx;
use store::verdict::VerdictRecord;

use crate::employer;
use crate::error::AppError;
use crate::list_item::wrong;
use crate::op::{App, OpContext};

/// Longest note, in characters.
const NOTE_MAX: usize = 500;

/// Marks ids of verdicts.
enum VerdictMark {}

/// A remembered word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    pub union_id: String,
    pub enterprise_id: String,
    pub is_same: bool,
    pub note: Option<String>,
    /// Who, masked.
    pub decided_by: String,
    pub decided_at: Timestamp,
}

/// Says that a union and an enterprise are (not) the same; a later word replaces an earlier one. The next run uses it.
pub async fn judge(
    op: &OpContext,
    app: &App,
    union_id: &str,
    enterprise_id: &str,
    is_same: bool,
    note: Option<&str>,
) -> Result<Verdict, AppError> {
    op.may(Action::GiveVerdict)?;
    let note = note.map(str::trim).filter(|note| !note.is_empty());
    if note.is_some_and(|note| note.chars().count() > NOTE_MAX) {
        return Err(wrong("note", format!("说明不能超过 {NOTE_MAX} 个字")));
    }
    let mut tx = app.store.begin().await?;
    employer::load(op, &mut tx, enterprise_id).await?;
    if employer::union_name(&mut tx, union_id).await?.is_none() {
        return Err(AppError::not_found("VER-404", "登记库中没有这个工会"));
    }
    let verdict = remember(op, &mut tx, union_id, enterprise_id, is_same, note).await?;
    tx.commit().await?;
    Ok(verdict)
}

/// Keeps a verdict within a transaction; a founding says "same" in its own.
pub(crate) async fn remember(
    op: &OpContext,
    tx: &mut Tx,
    union_id: &str,
    enterprise_id: &str,
    is_same: bool,
    note: Option<&str>,
) -> Result<Verdict, AppError> {
    let before = tx.verdict(union_id, enterprise_id).await?;
    let record = VerdictRecord {
        id: before
            .as_ref()
            .map_or_else(|| op.new_id::<VerdictMark>().uuid(), |before| before.id),
        union_id: union_id.to_owned(),
        enterprise_id: enterprise_id.to_owned(),
        is_same,
        note: note.map(str::to_owned),
        decided_by: op.signature(),
        decided_at: op.now(),
    };
    tx.save_verdict(&record).await?;
    let entry = JournalEntry {
        before: before.map(|before| json!({"is_same": before.is_same, "decided_by": before.decided_by})),
        after: Some(json!({
            "union_id": union_id, "enterprise_id": enterprise_id, "is_same": is_same, "words": note,
        })),
        ..JournalEntry::new(JournalAction::VerdictGiven, SubjectKind::Verdict, record.id)
    };
    tx.journal(&op.by(), entry).await?;
    Ok(Verdict {
        decided_by: mask::mask_signature(&record.decided_by),
        union_id: record.union_id,
        enterprise_id: record.enterprise_id,
        is_same,
        note: record.note,
        decided_at: record.decided_at,
    })
}
