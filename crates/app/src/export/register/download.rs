//! 下载中心: what somebody has exported and may still fetch, and its end.

use codes::time::Timestamp;
use domain::consent::Purpose;
use domain::element_right::Right;
use domain::intake::Kind;
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::permission::Action;
use serde_json::json;
use store::exchange::ExportRow;

use super::{KEPT_HOURS, file_of, remove_parts};
use crate::element_right;
use crate::error::AppError;
use crate::export::SealedFile;
use crate::export::kept::KeptAgain;
use crate::op::{App, OpContext};
use crate::paging::After;

/// An export that somebody may have.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportView {
    pub export_no: i64,
    pub kind: Kind,
    pub file_name: String,
    pub is_plain: bool,
    pub reason: String,
    pub rows: Option<i64>,
    /// What the data in it are for.
    pub purpose: Option<&'static str>,
    /// How many were left out, because their consent to that purpose does not count.
    pub left_out: Option<i64>,
    pub made_at: Timestamp,
    /// When it goes.
    pub kept_until: Timestamp,
    pub is_kept: bool,
}

/// One's own exports, newest first. 下载中心
pub async fn own_exports(op: &OpContext, app: &App, limit: i64) -> Result<Vec<ExportView>, AppError> {
    op.may(Action::Export)?;
    let Some(account) = op.actor.id else {
        return Ok(Vec::new());
    };
    let rows = app.store.read().await?.exports_of(account.uuid(), limit).await?;
    rows.into_iter()
        .filter(|row| row.rows.is_some())
        .map(view)
        .collect()
}

/// One's own exports of these kinds after a number, newest first, and how many there are in all.
pub async fn exports_after(
    op: &OpContext,
    app: &App,
    kinds: &[Kind],
    after: &After,
) -> Result<(Vec<ExportView>, i64), AppError> {
    op.may(Action::Export)?;
    let Some(account) = op.actor.id else {
        return Ok((Vec::new(), 0));
    };
    let kinds: Vec<&'static str> = kinds.iter().map(|kind| kind.name()).collect();
    let mut reader = app.store.read().await?;
    let (rows, total) = reader
        .exports_of_kinds(account.uuid(), &kinds, after.number())
        .await?;
    Ok((rows.into_iter().map(view).collect::<Result<_, _>>()?, total))
}

/// Of which register one's own export is; nothing for one that is somebody else's or not there.
pub async fn export_kind(op: &OpContext, app: &App, export_no: i64) -> Result<Option<Kind>, AppError> {
    op.may(Action::Export)?;
    let row = app.store.read().await?.export_file(export_no).await?;
    let own = row.filter(|row| row.account_id == op.actor.id.map(|id| id.uuid()));
    Ok(own.and_then(|row| Kind::from_name(&row.kind)))
}

fn view(row: ExportRow) -> Result<ExportView, AppError> {
    let kind = Kind::from_name(&row.kind);
    let kept = KeptAgain::read(&row.request)?;
    Ok(ExportView {
        purpose: Purpose::from_code(&kept.purpose).map(Purpose::label),
        left_out: kept.left_out,
        kind: kind.ok_or_else(|| store::StoreError::corrupt("export_file", "kind", row.export_no))?,
        export_no: row.export_no,
        file_name: row.file_name,
        is_plain: row.is_plain,
        reason: row.reason,
        rows: row.rows,
        made_at: Timestamp(row.made_at),
        kept_until: Timestamp(row.made_at + KEPT_HOURS * 3_600_000),
        is_kept: row.is_kept,
    })
}

/// The file of an export, for whoever made it and nobody else, as long as they may make it still and see all that is in it: a new
/// office does not come with the files of the old one. Each download goes to the journal. 下载
///
/// # Errors
/// `ELM-403` when something stands in full in it that is not theirs to see any more; `EXP-404` when it is somebody else's or not there, `EXP-410` when it has expired, `EXP-403` when it holds more than they see now.
pub async fn export_download(op: &OpContext, app: &App, export_no: i64) -> Result<SealedFile, AppError> {
    op.may(Action::Export)?;
    let mut tx = app.store.begin().await?;
    let row = tx.export_file(export_no).await?;
    let row = row
        .filter(|row| row.account_id == op.actor.id.map(|id| id.uuid()) && row.rows.is_some())
        .ok_or_else(|| AppError::not_found("EXP-404", format!("没有第 {export_no} 号导出")))?;
    if !row.is_kept {
        return Err(AppError::not_found(
            "EXP-410",
            format!("第 {export_no} 号导出已过期（保留 {KEPT_HOURS} 小时），文件已删除"),
        )
        .hint("请重新导出"));
    }
    if row.is_plain {
        op.may(Action::ExportPlain)?;
    }
    if row.is_plain
        && let Some(kind) = Kind::from_name(&row.kind)
    {
        // What may not be seen any more is not fetched from an old file either.
        let barred = element_right::barred(op, &mut tx, kind, Right::Reveal).await?;
        let shown = KeptAgain::read(&row.request)?.shows(&barred);
        element_right::expect(op, &mut tx, kind, Right::Reveal, &shown).await?;
    }
    if !KeptAgain::read(&row.request)?.is_covered_by(op.scope())? {
        return Err(AppError::forbidden(
            "EXP-403",
            format!("第 {export_no} 号导出的范围比您现在看得到的大，不能下载"),
        )
        .hint("请按现在的数据范围重新导出"));
    }
    let entry = JournalEntry::new(JournalAction::ExportTaken, SubjectKind::Export, row.id).after(
        &json!({ "what": row.kind, "export_no": export_no, "rows": row.rows, "is_plain": row.is_plain }),
    );
    tx.journal(&op.by(), entry).await?;
    tx.commit().await?;
    SealedFile::open(app, row.file_name, &file_of(app, export_no), row.id)
}

/// Deletes what has expired.
pub(crate) async fn sweep(app: &App) -> Result<(), AppError> {
    let now = app.now().millis();
    let kept = app.store.read().await?.exports_kept().await?;
    let expired = kept
        .into_iter()
        .filter(|row| row.made_at + KEPT_HOURS * 3_600_000 < now);
    for mut row in expired {
        row.is_kept = false;
        let place = file_of(app, row.export_no);
        let mut tx = app.store.begin().await?;
        tx.save_export(&row).await?;
        tx.commit().await?;
        remove_parts(&place);
    }
    Ok(())
}
