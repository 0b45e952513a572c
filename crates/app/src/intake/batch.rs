//! A batch's life (批次): begun, applied or refused; what a crash leaves behind is cleared at the next start.

use codes::id::Batch;
use codes::time::Timestamp;
use domain::intake::{BatchState, Kind};
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::permission::Action;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::Tx;
use store::intake::BatchRow;

use super::sift::{Counts, ReasonCount};
use super::{BatchReport, Changes, Places, retention};
use crate::error::AppError;
use crate::lock::WorkLock;
use crate::op::{App, OpContext};
use crate::paging::After;

/// The lock that one import holds; undo takes it too.
pub(crate) const LOCK: &str = "import";

/// Unions named on a batch's page because they lie in another zone; the workbook of notes names all.
const ZONED_NAMED: usize = 50;

/// What is told of a batch beside its counts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Notes {
    pub reasons: Vec<ReasonCount>,
    pub kept: i64,
    pub touched: i64,
    pub unknown_deleted: i64,
    /// Cells were not taken because they were not the sender's to write.
    pub has_withheld: bool,
    /// Unions that lie in another zone (片区) than before, or in none.
    pub zoned: i64,
    /// The first of them, in sentences.
    pub zoned_named: Vec<String>,
    /// What an undo would need is no longer kept.
    pub is_settled: bool,
}

impl Notes {
    pub(super) fn of(row: &BatchRow) -> Notes {
        row.notes
            .as_deref()
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default()
    }

    /// Tells what became of the zones: how many unions, and the first of them.
    pub(super) fn tell_zoned(&mut self, told: &[(String, String)]) {
        self.zoned = told.len() as i64;
        let named = told.iter().take(ZONED_NAMED).map(|(_, words)| words.clone());
        self.zoned_named = named.collect();
    }
}

/// Takes the lock of imports and clears what an import that died has left: whoever holds the lock knows that no batch is
/// running.
pub(super) async fn lock(app: &App) -> Result<WorkLock, AppError> {
    let lock = WorkLock::take(app, LOCK, "导入数据").await?;
    clear_interrupted(app).await?;
    Ok(lock)
}

/// Marks imports that a crash left behind as interrupted and removes their files; called at start. Answers how many.
/// Does nothing while another process imports.
pub async fn recover(app: &App) -> Result<u64, AppError> {
    let Some(_lock) = WorkLock::try_take(app, LOCK).await? else {
        return Ok(0);
    };
    let interrupted = clear_interrupted(app).await?;
    retention::sweep(app).await;
    Ok(interrupted)
}

async fn clear_interrupted(app: &App) -> Result<u64, AppError> {
    // Looked at without the writer, which a run may hold for a minute.
    let left = app.store.read().await?.running_batches().await?;
    if left.is_empty() {
        return Ok(0);
    }
    let mut tx = app.store.begin().await?;
    for mut row in left.clone() {
        row.state = BatchState::Interrupted.code().to_owned();
        row.failure = Some("导入过程中程序停止，没有写入任何数据；请重新导入该文件".to_owned());
        row.finished_at = Some(app.now().millis());
        tx.save_batch(&row).await?;
    }
    tx.commit().await?;
    for row in &left {
        remove_files(app, row);
    }
    Ok(left.len() as u64)
}

/// Removes whatever a batch that does not count has written.
pub(super) fn remove_files(app: &App, row: &BatchRow) {
    let places = Places::of(app);
    let no = row.batch_no;
    let mut files = vec![places.rejects(no), places.images(no), places.came(no)];
    if let Some(kind) = Kind::from_name(&row.kind) {
        files.extend(lake::files_of(
            &places.in_data(&Places::lake_file(kind, row.batch_no)),
        ));
    }
    for file in files {
        let mut part = file.as_os_str().to_owned();
        part.push(".part");
        for path in [file, part.into()] {
            if let Err(error) = std::fs::remove_file(&path)
                && error.kind() != std::io::ErrorKind::NotFound
            {
                tracing::warn!(%error, path = %path.display(), "a file of an unfinished batch could not be removed");
            }
        }
    }
}

/// Begins a batch: from here on a crash is seen at the next start.
pub(super) async fn begin(
    op: &OpContext,
    app: &App,
    kind: Kind,
    file_name: &str,
    sm3: String,
    is_delta: bool,
) -> Result<BatchRow, AppError> {
    let mut tx = app.store.begin().await?;
    let row = BatchRow {
        batch_no: tx.next_batch_no().await?,
        id: op.new_id::<Batch>().uuid(),
        kind: kind.name().to_owned(),
        file_name: file_name.to_owned(),
        sm3,
        is_delta,
        state: BatchState::Running.code().to_owned(),
        row_count: 0,
        accepted_count: 0,
        rejected_count: 0,
        doubtful_count: 0,
        created_count: 0,
        updated_count: 0,
        deleted_count: 0,
        unchanged_count: 0,
        missing_count: 0,
        lake_file: None,
        failure: None,
        notes: None,
        started_by: op.signature(),
        started_at: op.now().millis(),
        finished_at: None,
    };
    tx.save_batch(&row).await?;
    tx.commit().await?;
    Ok(row)
}

/// Makes a batch count, in the transaction that holds its changes.
pub(super) async fn apply(
    op: &OpContext,
    tx: &mut Tx,
    row: &mut BatchRow,
    counts: Counts,
    changes: Changes,
    reasons: Vec<ReasonCount>,
    zoned: &[(String, String)],
) -> Result<(), AppError> {
    row.state = BatchState::Applied.code().to_owned();
    row.row_count = counts.rows;
    row.accepted_count = counts.rows - counts.rejected;
    row.rejected_count = counts.rejected;
    row.doubtful_count = counts.doubtful;
    row.created_count = changes.created;
    row.updated_count = changes.updated;
    row.deleted_count = changes.deleted;
    row.unchanged_count = changes.unchanged;
    row.missing_count = changes.missing;
    let mut notes = Notes {
        reasons,
        kept: changes.kept,
        touched: changes.touched,
        unknown_deleted: changes.unknown_deleted,
        has_withheld: changes.withheld > 0,
        ..Notes::default()
    };
    notes.tell_zoned(zoned);
    row.notes = Some(serde_json::to_string(&notes).map_err(AppError::internal)?);
    row.finished_at = Some(op.now().millis());
    tx.save_batch(row).await?;
    let entry = JournalEntry::new(JournalAction::BatchImported, SubjectKind::Batch, row.id).after(&json!({
        "batch_no": row.batch_no,
        "kind": row.kind,
        "file": row.file_name,
        "sm3": row.sm3,
        "rows": row.row_count,
        "rejected": row.rejected_count,
        "doubtful": row.doubtful_count,
        "created": row.created_count,
        "updated": row.updated_count,
        "deleted": row.deleted_count,
        "missing": row.missing_count,
        "unknown_deleted": changes.unknown_deleted,
        "zoned": notes.zoned,
    }));
    Ok(tx.journal(&op.by(), entry).await?)
}

/// Ends a batch whose file was refused whole, and removes what it has written.
pub(super) async fn refuse(app: &App, mut row: BatchRow, failure: &AppError) -> Result<(), AppError> {
    row.state = BatchState::Refused.code().to_owned();
    row.failure = Some(failure.message.clone());
    row.finished_at = Some(app.now().millis());
    // First, for on a full disk this makes room for the rest.
    remove_files(app, &row);
    let mut tx = app.store.begin().await?;
    tx.save_batch(&row).await?;
    Ok(tx.commit().await?)
}

/// A stored batch for people.
pub(super) fn report(app: &App, row: BatchRow) -> Result<BatchReport, AppError> {
    let unreadable = |column| store::StoreError::corrupt("intake_batch", column, row.batch_no);
    let notes = Notes::of(&row);
    let has_rejects = row.rejected_count + row.doubtful_count + row.missing_count + notes.kept + notes.zoned
        > 0
        && Places::of(app).rejects(row.batch_no).exists();
    let state = BatchState::from_code(&row.state).ok_or_else(|| unreadable("state"))?;
    Ok(BatchReport {
        is_undoable: state == BatchState::Applied && !notes.is_settled,
        batch_no: row.batch_no,
        kind: Kind::from_name(&row.kind).ok_or_else(|| unreadable("kind"))?,
        state,
        file_name: row.file_name,
        is_delta: row.is_delta,
        rows: row.row_count,
        accepted: row.accepted_count,
        rejected: row.rejected_count,
        doubtful: row.doubtful_count,
        created: row.created_count,
        updated: row.updated_count,
        deleted: row.deleted_count,
        unchanged: row.unchanged_count,
        missing: row.missing_count,
        kept: notes.kept,
        unknown_deleted: notes.unknown_deleted,
        zoned: notes.zoned,
        zoned_named: notes.zoned_named,
        sm3: row.sm3,
        started_by: row.started_by,
        started_at: Timestamp(row.started_at),
        finished_at: row.finished_at.map(Timestamp),
        failure: row.failure,
        reasons: notes.reasons.into_iter().map(ReasonCount::told).collect(),
        has_rejects,
    })
}

/// The latest batches, newest first.
pub async fn batches(op: &OpContext, app: &App, limit: u32) -> Result<Vec<BatchReport>, AppError> {
    op.may(Action::SeeBatches)?;
    let rows = app
        .store
        .read()
        .await?
        .batches(i64::MAX, i64::from(limit))
        .await?;
    rows.into_iter().map(|row| report(app, row)).collect()
}

/// The batches before one, the latest first, and how many there are in all.
pub async fn batches_after(
    op: &OpContext,
    app: &App,
    after: &After,
) -> Result<(Vec<BatchReport>, i64), AppError> {
    op.may(Action::SeeBatches)?;
    let mut reader = app.store.read().await?;
    let before = after.before().unwrap_or(i64::MAX);
    let rows = reader.batches(before, i64::from(after.limit)).await?;
    let total = reader.batch_count().await?;
    drop(reader);
    let reports: Result<Vec<BatchReport>, AppError> = rows.into_iter().map(|row| report(app, row)).collect();
    Ok((reports?, total))
}

/// One batch by its number.
pub async fn batch(op: &OpContext, app: &App, batch_no: i64) -> Result<BatchReport, AppError> {
    op.may(Action::SeeBatches)?;
    let row = app.store.read().await?.batch(batch_no).await?;
    report(app, row.ok_or_else(|| AppError::no_batch(batch_no))?)
}

/// What of a kind is in use: the batch that brought it up to date, and how much there is now.
#[derive(Debug, Clone)]
pub struct CurrentData {
    pub batch: BatchReport,
    /// Rows in use, whichever batch brought them; absent if the file of an agency's kind cannot be read.
    pub rows: Option<i64>,
}

/// The data of each kind in use; a kind that was never imported is absent.
pub async fn current(op: &OpContext, app: &App) -> Result<Vec<CurrentData>, AppError> {
    op.may(Action::SeeBatches)?;
    let mut reader = app.store.read().await?;
    let mut found = Vec::new();
    for kind in Kind::ALL {
        let Some(row) = reader.current_batch(kind.name()).await? else {
            continue;
        };
        let rows = match kind {
            Kind::Unions => Some(reader.union_count().await?),
            Kind::Covers => Some(reader.cover_count().await?),
            Kind::Members => Some(reader.member_count().await?),
            Kind::Enterprises | Kind::Insurance | Kind::Tax | Kind::Drivers => {
                let file = row.lake_file.as_ref().map(|file| app.data_dir.join(file));
                file.and_then(|file| match lake::row_count(&file) {
                    Ok(rows) => i64::try_from(rows).ok(),
                    Err(error) => {
                        tracing::warn!(%error, file = %file.display(), "the rows in use could not be counted");
                        None
                    }
                })
            }
        };
        let batch = report(app, row)?;
        found.push(CurrentData { batch, rows });
    }
    Ok(found)
}
