//! 核对 (预检): what an import of a file would do, before anything is written. The file is read as an import reads it, by the same
//! code, on a transaction that cannot write; rows and counts are told. The file waits sealed until somebody decides, a day at most.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use codes::id::Batch;
use codes::time::Timestamp;
use domain::intake::Kind;
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::permission::Action;
use domain::security::Limit;
use lake::tables::{Driver, Enterprise, Insurance, Tax};
use office::table::TableReader;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::exchange::CheckRow;
use store::{Reader, Tx};

use super::cells::Cells;
use super::images::Images;
use super::import::{self, on_thread};
use super::ledger::{CheckLine, KEPT_OF_EACH, Ledger, Outcome};
use super::rejects::{Shape, workbook_of};
use super::sealed::{SealedReader, seal_file, unseal_file};
use super::sift::{Counts, ReasonCount, Sift};
use super::whole::{self, Whole};
use super::{Changes, Places, Site, agency, remove, retention};
use crate::approval::{self, Wanted};
use crate::error::{AppError, ErrorKind};
use crate::export::{Download, SealedFile};
use crate::op::{App, OpContext};
use crate::paging::After;
use crate::progress::Progress;
use crate::security::needs_second_person;

/// Hours for which a checked file waits for a decision.
pub const WAIT_HOURS: i64 = 24;
const WAIT_MS: i64 = WAIT_HOURS * 3_600 * 1_000;

/// Where a check stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckState {
    /// 待决定
    Waiting,
    /// 已导入
    Imported,
    /// 已放弃
    Dropped,
    /// 已过期
    Expired,
}

impl CheckState {
    /// The word on screens.
    pub fn label(self) -> &'static str {
        match self {
            CheckState::Waiting => "待决定",
            CheckState::Imported => "已导入",
            CheckState::Dropped => "已放弃",
            CheckState::Expired => "已过期",
        }
    }

    /// The word in the store and for programs.
    pub fn code(self) -> &'static str {
        match self {
            CheckState::Waiting => "waiting",
            CheckState::Imported => "imported",
            CheckState::Dropped => "dropped",
            CheckState::Expired => "expired",
        }
    }

    fn from_code(code: &str) -> Option<CheckState> {
        [
            CheckState::Waiting,
            CheckState::Imported,
            CheckState::Dropped,
            CheckState::Expired,
        ]
        .into_iter()
        .find(|state| state.code() == code)
    }
}

/// What an import would do.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CheckReport {
    /// The number people use.
    pub check_no: i64,
    /// What the file holds.
    pub kind: Kind,
    /// The file's name as sent.
    pub file_name: String,
    /// Where it stands.
    pub state: CheckState,
    /// The batch that the file became.
    pub batch_no: Option<i64>,
    /// Who sent it.
    pub started_by: String,
    /// When.
    pub started_at: Timestamp,
    /// SM3 of the file.
    pub sm3: String,
    /// The counts that an import has as long as the register stays as it is.
    pub counts: CheckCounts,
}

/// What an import would count.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CheckCounts {
    /// The file says what changes.
    pub is_delta: bool,
    /// The latest applied batch of this kind was this very file.
    pub is_known: bool,
    /// Rows in the file.
    pub rows: i64,
    /// Rows that would count.
    pub accepted: i64,
    /// Rows that would not.
    pub rejected: i64,
    /// Rows that would count but for a cell.
    pub doubtful: i64,
    /// Rows that are not there.
    pub created: i64,
    /// Rows that would be different.
    pub updated: i64,
    /// Rows that would be gone.
    pub deleted: i64,
    /// Rows that are as they are.
    pub unchanged: i64,
    /// Rows of the register that the file does not have.
    pub missing: i64,
    /// Values that a person entered and that would stay.
    pub kept: i64,
    /// Unions that would lie in another zone (片区), or in none.
    pub zoned: i64,
    /// New rows that may be there already.
    pub twins: i64,
    /// Deletions of keys that are not there.
    pub unknown_deleted: i64,
    /// Why rows were rejected or doubtful, the most frequent first.
    pub reasons: Vec<ReasonCount>,
    /// How the name of the sender's whole file ends that lies ready with its rows marked; none when nothing is wrong with it.
    pub whole: Option<String>,
}

impl CheckCounts {
    fn of(
        is_delta: bool,
        is_known: bool,
        counts: Counts,
        changes: Changes,
        twins: i64,
        reasons: Vec<ReasonCount>,
    ) -> CheckCounts {
        CheckCounts {
            is_delta,
            is_known,
            rows: counts.rows,
            accepted: counts.rows - counts.rejected,
            rejected: counts.rejected,
            doubtful: counts.doubtful,
            created: changes.created,
            updated: changes.updated,
            deleted: changes.deleted,
            unchanged: changes.unchanged,
            missing: changes.missing,
            kept: changes.kept,
            zoned: changes.zoned,
            twins,
            unknown_deleted: changes.unknown_deleted,
            reasons: reasons.into_iter().map(ReasonCount::told).collect(),
            whole: None,
        }
    }

    /// How many rows have an outcome.
    pub fn of_outcome(&self, outcome: Outcome) -> i64 {
        match outcome {
            Outcome::Created => self.created,
            Outcome::Updated => self.updated,
            Outcome::Same => self.unchanged,
            Outcome::Rejected => self.rejected,
            Outcome::Doubtful => self.doubtful,
            Outcome::Twin => self.twins,
            Outcome::Deleted => self.deleted,
            Outcome::Missing => self.missing,
            Outcome::Kept => self.kept,
            Outcome::Zoned => self.zoned,
        }
    }
}

/// Files of one check.
struct CheckFiles {
    file: PathBuf,
    lines: PathBuf,
    rejects: PathBuf,
    state: PathBuf,
    whole: PathBuf,
}

impl CheckFiles {
    fn of(app: &App, check_no: i64) -> CheckFiles {
        let folder = Places::of(app).checks();
        let named = |ending: &str| folder.join(format!("{check_no}.{ending}"));
        CheckFiles {
            file: named("file"),
            lines: named("lines"),
            rejects: named("rejects"),
            state: named("parquet"),
            whole: named("whole"),
        }
    }

    fn remove(&self) {
        for file in [&self.file, &self.lines, &self.rejects, &self.whole] {
            remove(file);
            let mut part = file.as_os_str().to_owned();
            part.push(".part");
            remove(Path::new(&part));
        }
        // A workbook that was being put together.
        remove(&self.whole.with_extension("part"));
        retention::remove_state(&self.state);
    }
}

/// Says what an import of a file would do; nothing is written but the check itself. The file is kept sealed for
/// [`WAIT_HOURS`], so that whoever has read the answer can import it or drop it.
///
/// # Errors
/// A file that an import would refuse whole, in the same words.
pub async fn check_file(
    op: &OpContext,
    app: &App,
    kind: Kind,
    path: &Path,
    file_name: &str,
    progress: Progress,
) -> Result<CheckReport, AppError> {
    op.may(Action::Import)?;
    crate::keys::create_private_dir(&Places::of(app).checks())?;
    let sm3 = import::digest(path.to_owned(), Arc::clone(&progress)).await?;
    let mut row = begin(op, app, kind, file_name, sm3).await?;
    let checked = look(op, app, kind, path, &mut row, &progress).await;
    let files = CheckFiles::of(app, row.check_no);
    retention::remove_state(&files.state);
    let whole = match checked {
        Ok(counts) => whole_of(op, app, kind, path, &row, counts, &progress).await,
        Err(error) => Err(error),
    };
    let counts = match whole {
        Ok(counts) => counts,
        Err(error) => {
            row.state = CheckState::Dropped.code().to_owned();
            files.remove();
            save(app, &row).await?;
            return Err(import::renamed(error, path, file_name));
        }
    };
    progress("保存核对结果", 0, 0)?;
    let (keys, from, to, id) = (Arc::clone(&app.keys), path.to_owned(), files.file.clone(), row.id);
    on_thread(move || seal_file(&from, &to, &keys, id)).await?;
    row.report = serde_json::to_string(&counts).map_err(AppError::internal)?;
    row.state = CheckState::Waiting.code().to_owned();
    let mut tx = app.store.begin().await?;
    tx.save_check(&row).await?;
    let entry = JournalEntry::new(JournalAction::FileChecked, SubjectKind::Batch, row.id).after(&json!({
        "kind": row.kind, "file": row.file_name, "sm3": row.sm3, "rows": counts.rows,
        "rejected": counts.rejected, "created": counts.created, "updated": counts.updated,
    }));
    tx.journal(&op.by(), entry).await?;
    tx.commit().await?;
    report(row)
}

/// Makes the sender's whole file, its rows marked, where there is something to mark. 整张表
async fn whole_of(
    op: &OpContext,
    app: &App,
    kind: Kind,
    path: &Path,
    row: &CheckRow,
    counts: CheckCounts,
    progress: &Progress,
) -> Result<CheckCounts, AppError> {
    let at_fault = counts.rejected + counts.doubtful;
    let Some(shape) = whole::shape_of(&row.file_name, counts.rows, at_fault) else {
        return Ok(counts);
    };
    let (reader, _) = import::opened(path, kind, &row.file_name).await?;
    let (files, keys, progress) = (
        CheckFiles::of(app, row.check_no),
        Arc::clone(&app.keys),
        Arc::clone(progress),
    );
    let (owner, rows) = (row.id, counts.rows);
    let title = format!(
        "{} 第 {} 号核对（{}）整张表",
        kind.label(),
        row.check_no,
        row.file_name
    );
    let watermark = format!(
        "{} 于 {} 核对，含个人信息，用后请删除",
        op.signature(),
        op.now().to_minute()
    );
    on_thread(move || {
        let whole = Whole {
            rejects: &files.rejects,
            place: &files.whole,
            shape,
            title,
            watermark,
            owner,
            keys,
            rows,
        };
        whole.write(reader, &progress)
    })
    .await?;
    Ok(CheckCounts {
        whole: Some(shape.ending().to_owned()),
        ..counts
    })
}

/// Numbers tried when others take them at the same moment.
const TRIES: usize = 5;

/// Takes a number. Two who take one at the same moment are told apart by the store; the second takes the next.
async fn begin(
    op: &OpContext,
    app: &App,
    kind: Kind,
    file_name: &str,
    sm3: String,
) -> Result<CheckRow, AppError> {
    for _ in 1..TRIES {
        match try_begin(op, app, kind, file_name, sm3.clone()).await {
            Err(error) if error.kind == ErrorKind::Conflict => {}
            begun => return begun,
        }
    }
    try_begin(op, app, kind, file_name, sm3).await
}

async fn try_begin(
    op: &OpContext,
    app: &App,
    kind: Kind,
    file_name: &str,
    sm3: String,
) -> Result<CheckRow, AppError> {
    let mut tx = app.store.begin().await?;
    let row = CheckRow {
        check_no: tx.next_check_no().await?,
        id: op.new_id::<Batch>().uuid(),
        kind: kind.name().to_owned(),
        file_name: file_name.to_owned(),
        sm3,
        // Until it is done there is nothing to decide about.
        state: CheckState::Expired.code().to_owned(),
        report: "{}".to_owned(),
        base: base(&mut tx, kind).await?,
        batch_no: None,
        account_id: op.actor.id.map(|id| id.uuid()),
        started_by: op.signature(),
        started_at: op.now().millis(),
    };
    tx.add_check(&row).await?;
    tx.commit().await?;
    Ok(row)
}

async fn save(app: &App, row: &CheckRow) -> Result<(), AppError> {
    let mut tx = app.store.begin().await?;
    tx.save_check(row).await?;
    Ok(tx.commit().await?)
}

/// What the answer rests on: the batches that brought the kind, and the unions that members hang in, up to date.
async fn base(reader: &mut Reader, kind: Kind) -> Result<String, AppError> {
    let mut numbers = Vec::new();
    for kind in [kind, Kind::Unions] {
        let batch = reader.current_batch(kind.name()).await?;
        numbers.push(batch.map_or(0, |batch| batch.batch_no).to_string());
    }
    Ok(numbers.join("/"))
}

async fn look(
    op: &OpContext,
    app: &App,
    kind: Kind,
    path: &Path,
    row: &mut CheckRow,
    progress: &Progress,
) -> Result<CheckCounts, AppError> {
    let (reader, map) = import::opened(path, kind, &row.file_name).await?;
    // No batch has this number; rows that would be written are thrown away.
    let site = import::site(op, app, kind, path, -row.check_no, map).await?;
    let files = CheckFiles::of(app, row.check_no);
    let mut sift = Sift::create(
        kind,
        reader.heads(),
        Arc::clone(&site.map),
        &files.rejects,
        Arc::clone(&app.keys),
        row.id,
    )?;
    sift.tell(Ledger::create(&files.lines, Arc::clone(&app.keys), row.id)?);
    if let Some(most) = import::rows_max(kind, site.is_delta) {
        sift.at_most(most, &row.file_name);
    }
    let mut tx = app.store.look().await?;
    let current = tx.current_batch(kind.name()).await?;
    let is_known = current.as_ref().is_some_and(|batch| batch.sm3 == row.sm3);
    let is_delta = site.is_delta;
    let old = current.and_then(|batch| batch.lake_file);
    let old = old.map(|file| Places::of(app).in_data(&file));
    let (changes, sift) = if kind.is_agency() {
        agency_kind(kind, reader, site, old, files.state, sift, progress).await?
    } else {
        let changes = register_kind(kind, reader, &site, &mut tx, &mut sift, progress).await?;
        (changes, sift)
    };
    let twins = sift.told(Outcome::Twin);
    let (counts, reasons) = sift.finish()?;
    if kind.is_agency() && !is_delta && counts.rows == counts.rejected && changes.deleted > 0 {
        return Err(import::would_empty(
            &row.file_name,
            &counts,
            &reasons,
            changes.deleted,
        ));
    }
    Ok(CheckCounts::of(
        is_delta, is_known, counts, changes, twins, reasons,
    ))
}

async fn register_kind(
    kind: Kind,
    reader: TableReader,
    site: &Site,
    tx: &mut Tx,
    sift: &mut Sift,
    progress: &Progress,
) -> Result<Changes, AppError> {
    let mut replaced = HashSet::new();
    let mut images = Images::none();
    import::register_rows(kind, reader, site, tx, sift, &mut images, &mut replaced, progress).await
}

/// An agency's rows are counted against the state before; the state after is made for that, and thrown away.
async fn agency_kind(
    kind: Kind,
    reader: TableReader,
    site: Site,
    old: Option<PathBuf>,
    target: PathBuf,
    sift: Sift,
    progress: &Progress,
) -> Result<(Changes, Sift), AppError> {
    let (keys, today) = (Arc::clone(&site.keys), site.today);
    macro_rules! rows {
        ($row:ty, $parse:expr) => {{
            let done = import::agency_rows::<$row>(kind, reader, site, old, target, sift, progress, $parse);
            let (changes, _, sift) = done.await?;
            Ok((changes, sift))
        }};
    }
    match kind {
        Kind::Enterprises => rows!(Enterprise, move |cells: &Cells<'_>, _: &str| {
            Ok(agency::enterprise(cells, &keys, today))
        }),
        Kind::Insurance => rows!(Insurance, move |cells: &Cells<'_>, _: &str| {
            Ok(agency::insurance(cells, &keys))
        }),
        Kind::Tax => rows!(Tax, |cells: &Cells<'_>, _: &str| Ok(agency::tax(cells))),
        _ => rows!(Driver, move |cells: &Cells<'_>, _: &str| Ok(agency::driver(
            cells, &keys
        ))),
    }
}

fn report(row: CheckRow) -> Result<CheckReport, AppError> {
    let unreadable = |column| store::StoreError::corrupt("intake_check", column, row.check_no);
    Ok(CheckReport {
        kind: Kind::from_name(&row.kind).ok_or_else(|| unreadable("kind"))?,
        state: CheckState::from_code(&row.state).ok_or_else(|| unreadable("state"))?,
        counts: serde_json::from_str(&row.report).map_err(|_| unreadable("report"))?,
        check_no: row.check_no,
        file_name: row.file_name,
        batch_no: row.batch_no,
        started_by: row.started_by,
        started_at: Timestamp(row.started_at),
        sm3: row.sm3,
    })
}

async fn row_of(app: &App, check_no: i64) -> Result<CheckRow, AppError> {
    let row = app.store.read().await?.check(check_no).await?;
    row.ok_or_else(|| AppError::not_found("IMP-414", format!("没有第 {check_no} 号核对")))
}

/// One check by its number.
pub async fn check(op: &OpContext, app: &App, check_no: i64) -> Result<CheckReport, AppError> {
    op.may(Action::Import)?;
    report(row_of(app, check_no).await?)
}

/// Checks that wait for a decision, newest first.
pub async fn checks_waiting(op: &OpContext, app: &App) -> Result<Vec<CheckReport>, AppError> {
    op.may(Action::Import)?;
    let rows = app.store.read().await?.checks(CheckState::Waiting.code()).await?;
    rows.into_iter().map(report).collect()
}

/// The rows of an outcome, in the order in which they were met: [`KEPT_OF_EACH`] at most, the rest are counted only.
///
/// # Errors
/// `IMP-416` when the check no longer waits: its rows are gone with the file.
pub async fn check_lines(
    op: &OpContext,
    app: &App,
    check_no: i64,
    outcome: Outcome,
) -> Result<Vec<CheckLine>, AppError> {
    op.may(Action::Import)?;
    let row = row_of(app, check_no).await?;
    let found = report(row.clone())?;
    if found.state != CheckState::Waiting {
        return Err(over(&found));
    }
    let (path, keys) = (CheckFiles::of(app, check_no).lines, Arc::clone(&app.keys));
    on_thread(move || {
        let mut reader = SealedReader::<CheckLine>::open(&path, keys, row.id)?;
        let mut lines = Vec::new();
        while let Some(line) = reader.next()? {
            if line.outcome == outcome {
                lines.push(line);
            }
        }
        Ok(lines)
    })
    .await
}

/// The rows of an outcome that follow so many known ones, each with its place, and how many are kept in all.
///
/// # Errors
/// As [`check_lines`].
pub async fn check_lines_after(
    op: &OpContext,
    app: &App,
    check_no: i64,
    outcome: Outcome,
    after: &After,
) -> Result<(Vec<(CheckLine, String)>, i64), AppError> {
    let lines = check_lines(op, app, check_no, outcome).await?;
    let total = lines.len() as i64;
    let placed = (1usize..).zip(lines).skip(after.known());
    let placed = placed.take(after.limit as usize);
    Ok((placed.map(|(nth, line)| (line, nth.to_string())).collect(), total))
}

fn over(found: &CheckReport) -> AppError {
    let words = format!("第 {} 号核对{}，文件已不在", found.check_no, found.state.label());
    AppError::conflict("IMP-416", words).hint("请重新上传文件")
}

/// How many rows of an outcome can be looked at.
pub const LINES_MAX: i64 = KEPT_OF_EACH;

/// The sender's own rows that would not count or are doubtful, with 结果 and 原因 behind them. Journalled, as those of a batch.
pub async fn check_workbook(
    op: &OpContext,
    app: &App,
    check_no: i64,
    shape: Option<Shape>,
) -> Result<Download, AppError> {
    op.may(Action::ReadRejects)?;
    let row = row_of(app, check_no).await?;
    let counts = report(row.clone())?.counts;
    let path = CheckFiles::of(app, check_no).rejects;
    if !path.exists() {
        return Err(AppError::not_found(
            "IMP-415",
            format!("第 {check_no} 号核对的文件已经清理，或没有退回与存疑的行"),
        ));
    }
    let mut tx = app.store.begin().await?;
    let entry = JournalEntry::new(JournalAction::BatchRejectsRead, SubjectKind::Batch, row.id)
        .after(&json!({ "file": row.file_name, "rejected": counts.rejected, "doubtful": counts.doubtful }));
    tx.journal(&op.by(), entry).await?;
    tx.commit().await?;
    let title = format!("第 {check_no} 号核对");
    workbook_of(
        op,
        app,
        &row.kind,
        &row.file_name,
        &title,
        counts.is_delta,
        row.id,
        path,
        shape,
    )
    .await
}

/// The sender's whole file with the rows at fault marked, while the check waits for a decision. Journalled, as the rows alone. 整张表
///
/// # Errors
/// `IMP-418` when there is none: nothing is at fault, or the check has been decided about.
pub async fn check_whole(op: &OpContext, app: &App, check_no: i64) -> Result<SealedFile, AppError> {
    op.may(Action::ReadRejects)?;
    let row = row_of(app, check_no).await?;
    let counts = report(row.clone())?.counts;
    let path = CheckFiles::of(app, check_no).whole;
    let Some(ending) = counts.whole.filter(|_| path.exists()) else {
        return Err(AppError::not_found(
            "IMP-418",
            format!("第 {check_no} 号核对没有整张表：没有退回与存疑的行，或文件已经清理"),
        ));
    };
    let mut tx = app.store.begin().await?;
    let entry = JournalEntry::new(JournalAction::BatchRejectsRead, SubjectKind::Batch, row.id).after(&json!({
        "file": row.file_name, "rows": counts.rows, "rejected": counts.rejected, "doubtful": counts.doubtful,
        "words": "整张表",
    }));
    tx.journal(&op.by(), entry).await?;
    tx.commit().await?;
    let stem = Path::new(&row.file_name)
        .file_stem()
        .and_then(|stem| stem.to_str());
    let name = format!("{}-已标注.{ending}", stem.unwrap_or(&row.kind));
    SealedFile::open(app, name, &path, row.id)
}

/// What a second person is asked to approve, when the file changes more of the register than one person does alone (双人复核).
///
/// # Errors
/// `IMP-414` when there is no such check.
pub async fn import_wanted(op: &OpContext, app: &App, check_no: i64) -> Result<Wanted, AppError> {
    Ok(wanted_of(&check(op, app, check_no).await?))
}

fn wanted_of(found: &CheckReport) -> Wanted {
    let counts = &found.counts;
    import::wanted(
        found.kind,
        &found.sm3,
        &found.file_name,
        counts.updated,
        counts.deleted,
    )
}

/// Writes a checked file out to `folder` for the job that imports it, and answers kind, place and name.
///
/// # Errors
/// `IMP-416` when it no longer waits, `IMP-417` when the register has moved on since it was checked, `APR-428` or `APR-425` while a
/// second person's approval is needed.
pub async fn checked_file(
    op: &OpContext,
    app: &App,
    check_no: i64,
    folder: &Path,
) -> Result<(Kind, PathBuf, String), AppError> {
    op.may(Action::Import)?;
    let row = row_of(app, check_no).await?;
    let found = report(row.clone())?;
    if found.state != CheckState::Waiting {
        return Err(over(&found));
    }
    let mut reader = app.store.read().await?;
    let is_as_it_was = base(&mut reader, found.kind).await? == row.base;
    drop(reader);
    if !is_as_it_was {
        return Err(AppError::conflict(
            "IMP-417",
            "核对之后又导入过同类数据或工会，核对结果已不准，没有导入",
        )
        .hint("请放弃这一次核对，重新上传文件再核对一遍"));
    }
    if !found.kind.is_agency() {
        let mut reader = app.store.read().await?;
        let count = found.counts.updated + found.counts.deleted;
        if needs_second_person(op, &mut reader, Limit::ChangeRows, count).await? {
            drop(reader);
            approval::expect(op, app, &wanted_of(&found)).await?;
        }
    }
    crate::keys::create_private_dir(folder)?;
    let ending = Path::new(&found.file_name)
        .extension()
        .and_then(|end| end.to_str());
    let name = format!(
        "{}.{}",
        uuid::Uuid::now_v7(),
        ending.unwrap_or("csv").to_lowercase()
    );
    let (from, to) = (CheckFiles::of(app, check_no).file, folder.join(name));
    let (keys, out, id) = (Arc::clone(&app.keys), to.clone(), row.id);
    on_thread(move || unseal_file(&from, &out, &keys, id)).await?;
    Ok((found.kind, to, found.file_name))
}

/// Notes that a checked file became a batch; what was kept of it goes. 已导入
pub async fn finish_check(app: &App, check_no: i64, batch_no: i64) -> Result<(), AppError> {
    let mut row = row_of(app, check_no).await?;
    row.batch_no = Some(batch_no);
    end(app, row, CheckState::Imported).await
}

/// Gives a checked file up. 放弃
pub async fn drop_check(op: &OpContext, app: &App, check_no: i64) -> Result<(), AppError> {
    op.may(Action::Import)?;
    let row = row_of(app, check_no).await?;
    if row.state != CheckState::Waiting.code() {
        return Err(AppError::conflict(
            "IMP-416",
            format!("第 {check_no} 号核对已经有了结果"),
        ));
    }
    end(app, row, CheckState::Dropped).await
}

async fn end(app: &App, mut row: CheckRow, state: CheckState) -> Result<(), AppError> {
    row.state = state.code().to_owned();
    save(app, &row).await?;
    CheckFiles::of(app, row.check_no).remove();
    Ok(())
}

/// Gives up what nobody has decided about for a day, and clears what died on the way.
pub(super) async fn sweep_checks(app: &App) -> Result<(), AppError> {
    let now = app.now().millis();
    for row in app.store.read().await?.checks(CheckState::Waiting.code()).await? {
        if row.started_at + WAIT_MS < now {
            end(app, row, CheckState::Expired).await?;
        }
    }
    for row in app.store.read().await?.checks(CheckState::Expired.code()).await? {
        if row.started_at + WAIT_MS < now {
            CheckFiles::of(app, row.check_no).remove();
        }
    }
    Ok(())
}
