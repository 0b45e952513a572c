//! Taking one file (导入一个文件).

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use codes::digest::Sm3Hasher;
use domain::approval::ApprovalKind;
use domain::intake::{BatchState, Kind};
use domain::permission::Action;
use domain::security::Limit;
use domain::zone::Lying;
use lake::Amendment;
use lake::tables::{Driver, Enterprise, Insurance, Tax};
use office::OfficeError;
use office::table::{OpenOptions, TableReader, head_key};
use serde_json::json;
use store::intake::BatchRow;
use store::{Reader, Tx};

use super::agency::{self, Parsed};
use super::cells::{Cells, ColumnMap};
use super::form::FormColumns;
use super::images::Images;
use super::ledger::Outcome;
use super::pipeline::{self, Lines, Refusal};
use super::present::Register;
use super::sift::{Counts, ReasonCount, Sift};
use super::state::{self, AgencyRow};
use super::{BatchReport, Changes, Places, Site, batch, covers, members, retention, union_cells, unions};
use crate::approval::{self, Wanted};
use crate::element_right::withheld;
use crate::error::AppError;
use crate::export::MASKED;
use crate::lock::WorkLock;
use crate::op::{App, OpContext};
use crate::progress::Progress;
use crate::zone::settle::{lying, settle_all};

/// Largest file taken: text and Parquet are streamed.
const FILE_BYTES_MAX: u64 = 16 << 30;
/// Rows of a file that is held in memory as a whole, so that an import stays below 2 GiB: the tree of unions is planted in
/// one piece, a delta waits for the state that it changes. Ten times what a city has; everything else is streamed.
const UNIONS_MAX: i64 = 300_000;
const HELD_ROWS_MAX: i64 = 2_000_000;
/// A batch, or a run, that writes more rows than this refreshes the planner's statistics.
pub(crate) const SETTLE_ROWS: i64 = 10_000;
/// A batch with more changes than this has the members' snapshot made anew instead of carried over: the changed rows are held
/// in memory for that, and an import stays below 2 GiB.
pub(super) const CARRIED_ROWS_MAX: i64 = 500_000;

/// Takes a file of one kind. The same file as the latest applied batch of its kind is answered `Unchanged`, without a batch,
/// unless rows of it that were refused may find their union now, or cells of it were not the sender's to write then.
///
/// # Errors
/// A file that is refused whole, with a sentence that names file, place and what to do; nothing was written then.
pub async fn import_file(
    op: &OpContext,
    app: &App,
    kind: Kind,
    path: &Path,
    file_name: &str,
    progress: Progress,
) -> Result<BatchReport, AppError> {
    op.may(Action::Import)?;
    let _lock = batch::lock(app).await?;
    let taken = take_file(op, app, kind, path, file_name, &progress).await;
    retention::sweep(app).await;
    taken
}

/// The same for a caller that holds the lock.
pub(super) async fn take_file(
    op: &OpContext,
    app: &App,
    kind: Kind,
    path: &Path,
    file_name: &str,
    progress: &Progress,
) -> Result<BatchReport, AppError> {
    let taken = take_or_refuse(op, app, kind, path, file_name, progress).await;
    taken.map_err(|error| {
        if is_disk_full(&error) {
            disk_full(file_name)
        } else {
            error
        }
    })
}

/// Whether what failed is the disk, whoever met it: the store, a lake file, the sealed rows.
fn is_disk_full(error: &AppError) -> bool {
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    causes.map(|cause| cause.to_string()).any(|words| {
        [
            "No space left",
            "disk is full",
            "disk I/O error",
            "File too large",
            "quota exceeded",
        ]
        .iter()
        .any(|known| words.contains(known))
    })
}

fn disk_full(file_name: &str) -> AppError {
    AppError::unavailable(
        "SYS-507",
        format!("磁盘空间不足或写不进去，文件 {file_name} 没有导入，没有写入任何数据"),
    )
    .hint("请清理数据目录所在的磁盘后重新导入")
}

async fn take_or_refuse(
    op: &OpContext,
    app: &App,
    kind: Kind,
    path: &Path,
    file_name: &str,
    progress: &Progress,
) -> Result<BatchReport, AppError> {
    let sm3 = digest(path.to_owned(), Arc::clone(progress)).await?;
    let mut reader = app.store.read().await?;
    let before = reader.current_batch(kind.name()).await?;
    if let Some(same) = before.as_ref().filter(|row| row.sm3 == sm3)
        && !waits_for_unions(&mut reader, kind, same).await?
        && !batch::Notes::of(same).has_withheld
    {
        let mut report = batch::report(app, same.clone())?;
        report.state = BatchState::Unchanged;
        return Ok(report);
    }
    drop(reader);
    let (reader, map) = opened(path, kind, file_name).await?;
    let mut row = batch::begin(op, app, kind, file_name, sm3, map.has("op")).await?;
    let site = site(op, app, kind, path, row.batch_no, map).await?;
    let before_no = before.as_ref().map(|before| before.batch_no);
    let replaced = match run(op, app, kind, reader, site, &mut row, before, progress).await {
        Ok(replaced) => replaced,
        Err(error) => {
            let error = renamed(error, path, file_name);
            if let Err(second) = batch::refuse(app, row, &error).await {
                // A full disk refuses this as well; the next import or start marks the batch as interrupted.
                tracing::warn!(error = %second, "a refused batch could not be marked");
            }
            return Err(error);
        }
    };
    if !kind.is_agency()
        && let Err(error) = settle(app, kind, before_no, &row, replaced, progress).await
    {
        tracing::warn!(%error, "after an import: statistics or the members' snapshot are left to the next run");
    }
    batch::report(app, row)
}

/// Opens a file and finds its columns.
pub(super) async fn opened(
    path: &Path,
    kind: Kind,
    file_name: &str,
) -> Result<(TableReader, Arc<ColumnMap>), AppError> {
    let own = path.to_owned();
    let reader = on_thread(move || open(&own, kind).map_err(|error| refusal(error, &own, kind)))
        .await
        .map_err(|error| renamed(error, path, file_name))?;
    let map = Arc::new(ColumnMap::of(kind, &reader));
    Ok((reader, map))
}

/// What reading the file needs of the installation.
pub(super) async fn site(
    op: &OpContext,
    app: &App,
    kind: Kind,
    path: &Path,
    batch_no: i64,
    map: Arc<ColumnMap>,
) -> Result<Site, AppError> {
    let mut withheld = withheld(op, app, kind).await?;
    withheld.retain(|name, _| map.has(name));
    Ok(Site {
        withheld: Arc::new(withheld),
        keys: Arc::clone(&app.keys),
        ids: Arc::clone(&app.ids),
        now: op.now(),
        today: op.today(),
        batch_no,
        is_delta: map.has("op"),
        file_bytes: std::fs::metadata(path).map_or(u64::MAX, |file| file.len()),
        form: Arc::new(FormColumns::of(kind, &map)),
        map,
    })
}

/// What makes the next reading quick. The batch counts already: a wish to stop comes too late, and a failure costs time only.
async fn settle(
    app: &App,
    kind: Kind,
    before: Option<i64>,
    row: &BatchRow,
    replaced: HashSet<String>,
    progress: &Progress,
) -> Result<(), AppError> {
    let changed = row.created_count + row.updated_count + row.deleted_count;
    let is_large = changed > SETTLE_ROWS;
    if is_large {
        let _ = progress("整理数据库", 0, 0);
        app.store.settle().await?;
    }
    if kind != Kind::Members {
        return Ok(());
    }
    // A run at work may be reading the snapshot before this one, which would go.
    let Some(_lock) = WorkLock::try_take(app, crate::run::LOCK).await? else {
        return Ok(());
    };
    let _ = progress("导出会员快照", 0, 0);
    if let Some(before) = before.filter(|_| changed <= CARRIED_ROWS_MAX) {
        crate::snapshot::carry_members(app, before, row.batch_no, replaced).await?;
    }
    if is_large {
        let mut reader = app.store.read().await?;
        crate::snapshot::members_file(app, &mut reader).await?;
    }
    Ok(())
}

/// A member whose union was unknown is told to come again after the union: then the same file is not the same question.
async fn waits_for_unions(reader: &mut Reader, kind: Kind, same: &BatchRow) -> Result<bool, AppError> {
    Ok(kind == Kind::Members
        && same.rejected_count > 0
        && reader.has_unions_since(same.batch_no, same.started_at).await?)
}

/// An upload lies under a name of its own; people know their file by theirs.
pub(super) fn renamed(mut error: AppError, path: &Path, file_name: &str) -> AppError {
    if let Some(own) = path.file_name().map(|name| name.to_string_lossy().into_owned())
        && own != file_name
    {
        error.message = error.message.replace(&own, file_name);
    }
    error
}

pub(super) async fn on_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, AppError> + Send + 'static,
) -> Result<T, AppError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(AppError::internal)?
}

pub(super) async fn digest(path: PathBuf, progress: Progress) -> Result<String, AppError> {
    on_thread(move || {
        use std::io::Read as _;
        let failed = |e: std::io::Error| AppError::from(OfficeError::unreadable(name_of(&path), &e));
        let mut file = std::fs::File::open(&path).map_err(failed)?;
        let total = file.metadata().map_err(failed)?.len();
        let mut hasher = Sm3Hasher::new();
        let mut buffer = vec![0u8; 1 << 20];
        let mut done = 0;
        loop {
            let n = file.read(&mut buffer).map_err(failed)?;
            if n == 0 {
                return Ok(hasher.finish_hex());
            }
            hasher.update(&buffer[..n]);
            done += n as u64;
            progress("校验文件", done, total)?;
        }
    })
    .await
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}

/// Which heads a file must have.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Required {
    /// Every required column of the kind.
    All,
    /// Key and operation: a delta may leave out the rest.
    Delta,
    /// What a row without a key is found by: a delta of the register may have that instead.
    Sought(&'static [&'static str]),
}

/// Opens the file with every required column; a delta may leave out all but key and operation.
fn open(path: &Path, kind: Kind) -> Result<TableReader, OfficeError> {
    match open_with(path, kind, Required::All) {
        Err(refusal @ OfficeError::NoHead { .. }) => {
            let sought: &[&[&str]] = match kind {
                Kind::Unions => &[&["union_code", "op"], &["employer_uscc", "union_name", "op"]],
                Kind::Members => &[&["union_id", "id_no", "op"]],
                _ => &[],
            };
            let others = sought.iter().map(|columns| Required::Sought(columns));
            let mut ways = [Required::Delta].into_iter().chain(others);
            ways.find_map(|which| open_with(path, kind, which).ok())
                .ok_or(refusal)
        }
        other => other,
    }
}

fn open_with(path: &Path, kind: Kind, which: Required) -> Result<TableReader, OfficeError> {
    let columns = kind.columns();
    let known: Vec<&[&str]> = columns.iter().map(|column| column.spellings.as_slice()).collect();
    let is_needed = |name: &str, is_required: bool| match which {
        Required::All => is_required,
        Required::Delta => name == kind.key_columns().0 || name == "op",
        Required::Sought(columns) => columns.contains(&name),
    };
    let required: Vec<&[&str]> = columns
        .iter()
        .filter(|column| is_needed(column.name, column.is_required))
        .map(|column| column.spellings.as_slice())
        .collect();
    office::table::open(
        path,
        &OpenOptions {
            required: &required,
            known: &known,
            max_bytes: FILE_BYTES_MAX,
        },
    )
}

/// A file without the heads of its kind may be a masked export, or have the heads of another kind.
fn refusal(error: OfficeError, path: &Path, kind: Kind) -> AppError {
    let OfficeError::NoHead { seen, .. } = &error else {
        return AppError::from(error);
    };
    if seen.contains(MASKED) {
        return AppError::from(error).hint("这是脱敏导出，不能再导入；请导出未脱敏的");
    }
    // Some heads stand in files of several kinds (工会标识), so the other kind must know more of them than this one does.
    let heads: Vec<&str> = seen.split('、').collect();
    let known = |kind: Kind| {
        let spellings = || kind.columns().iter().flat_map(|column| &column.spellings);
        let is_known = |head: &&&str| spellings().any(|spelling| head_key(spelling) == head_key(head));
        heads.iter().filter(is_known).count()
    };
    let own = known(kind);
    let mut others = Kind::ALL
        .into_iter()
        .filter(|other| *other != kind && known(*other) > own);
    match others.find(|other| open_with(path, *other, Required::All).is_ok()) {
        Some(other) => AppError::from(error).hint(format!(
            "表头符合“{}”（{}），可能选错了数据种类",
            other.label(),
            other.name()
        )),
        None => AppError::from(error),
    }
}

/// Answers the keys of the memberships that were changed or taken out.
#[allow(clippy::too_many_arguments)]
async fn run(
    op: &OpContext,
    app: &App,
    kind: Kind,
    reader: TableReader,
    site: Site,
    row: &mut BatchRow,
    before: Option<BatchRow>,
    progress: &Progress,
) -> Result<HashSet<String>, AppError> {
    let places = Places::of(app);
    crate::keys::create_private_dir(&app.data_dir.join("intake"))?;
    let mut sift = Sift::create(
        kind,
        reader.heads(),
        Arc::clone(&site.map),
        &places.rejects(row.batch_no),
        Arc::clone(&app.keys),
        row.id,
    )?;
    if let Some(most) = rows_max(kind, site.is_delta) {
        sift.at_most(most, &row.file_name);
    }
    let (keys, today) = (Arc::clone(&site.keys), site.today);
    match kind {
        Kind::Enterprises => {
            let parse = move |cells: &Cells<'_>, _: &str| Ok(agency::enterprise(cells, &keys, today));
            agency_kind::<Enterprise>(op, app, kind, reader, site, row, before, sift, progress, parse).await
        }
        Kind::Insurance => {
            let parse = move |cells: &Cells<'_>, _: &str| Ok(agency::insurance(cells, &keys));
            agency_kind::<Insurance>(op, app, kind, reader, site, row, before, sift, progress, parse).await
        }
        Kind::Tax => {
            let parse = |cells: &Cells<'_>, _: &str| Ok(agency::tax(cells));
            agency_kind::<Tax>(op, app, kind, reader, site, row, before, sift, progress, parse).await
        }
        Kind::Drivers => {
            let parse = move |cells: &Cells<'_>, _: &str| Ok(agency::driver(cells, &keys));
            agency_kind::<Driver>(op, app, kind, reader, site, row, before, sift, progress, parse).await
        }
        Kind::Unions | Kind::Covers | Kind::Members => {
            return register_kind(op, app, kind, reader, site, row, sift, progress).await;
        }
    }
    .map(|()| HashSet::new())
}

pub(super) fn rows_max(kind: Kind, is_delta: bool) -> Option<i64> {
    match kind {
        Kind::Unions => Some(UNIONS_MAX),
        Kind::Covers => Some(HELD_ROWS_MAX),
        Kind::Members => None,
        _ => is_delta.then_some(HELD_ROWS_MAX),
    }
}

/// An agency's file: the new state is written whole beside the old one; the batch row then points to it.
#[allow(clippy::too_many_arguments)]
async fn agency_kind<R: AgencyRow>(
    op: &OpContext,
    app: &App,
    kind: Kind,
    reader: TableReader,
    site: Site,
    row: &mut BatchRow,
    before: Option<BatchRow>,
    sift: Sift,
    progress: &Progress,
    parse: impl Fn(&Cells<'_>, &str) -> Result<Parsed<R>, Refusal> + Send + Sync + 'static,
) -> Result<(), AppError> {
    let places = Places::of(app);
    let relative = Places::lake_file(kind, row.batch_no);
    let out = places.in_data(&relative);
    if let Some(folder) = out.parent() {
        crate::keys::create_private_dir(folder)?;
    }
    let old_file = before.and_then(|before| before.lake_file);
    let old_path = old_file.as_deref().map(|file| places.in_data(file));
    let amended = old_path.clone();
    let (changes, amendment, sift) =
        agency_rows::<R>(kind, reader, site, old_path, out.clone(), sift, progress, parse).await?;
    let (counts, reasons) = sift.finish()?;
    if !row.is_delta && counts.rows == counts.rejected && changes.deleted > 0 {
        return Err(would_empty(&row.file_name, &counts, &reasons, changes.deleted));
    }
    // Equal rows: the state before stays the state, so that whatever was derived from it stays valid.
    if changes.is_none()
        && let Some(old_file) = old_file
    {
        retention::remove_state(&out);
        row.lake_file = Some(old_file);
    } else {
        row.lake_file = Some(relative);
    }
    let mut tx = app.store.begin().await?;
    batch::apply(op, &mut tx, row, counts, changes, reasons, &[]).await?;
    tx.commit().await?;
    let amended = amended.zip(amendment);
    if let Err(error) = keep_records(app, row, amended, progress).await {
        tracing::warn!(%error, "after an import: the record store is left to the next run");
    }
    Ok(())
}

/// Writes the state that an agency's file leaves to `target`.
#[allow(clippy::too_many_arguments)]
pub(super) async fn agency_rows<R: AgencyRow>(
    kind: Kind,
    reader: TableReader,
    site: Site,
    old: Option<PathBuf>,
    target: PathBuf,
    mut sift: Sift,
    progress: &Progress,
    parse: impl Fn(&Cells<'_>, &str) -> Result<Parsed<R>, Refusal> + Send + Sync + 'static,
) -> Result<(Changes, Option<Amendment<R>>, Sift), AppError> {
    let teller = Arc::clone(progress);
    on_thread(move || {
        let lines: Lines<R> = pipeline::start(reader, kind, Arc::clone(&site.map), parse);
        let old = old.as_deref();
        let (changes, amendment) = if site.is_delta {
            state::merge(lines, &mut sift, kind, &site.map, old, &target, &teller)?
        } else {
            (state::replace(lines, &mut sift, old, &target, &teller)?, None)
        };
        Ok((changes, amendment, sift))
    })
    .await
}

/// What the next run holds in memory whole, ready for it. The batch counts already: a failure costs time only.
async fn keep_records<R: AgencyRow>(
    app: &App,
    row: &BatchRow,
    amended: Option<(PathBuf, Amendment<R>)>,
    progress: &Progress,
) -> Result<(), AppError> {
    let Some(file) = row.lake_file.as_deref().map(|file| Places::of(app).in_data(file)) else {
        return Ok(());
    };
    // A run at work may be reading the store of the state before, which would go.
    let Some(_lock) = WorkLock::try_take(app, crate::run::LOCK).await? else {
        return Ok(());
    };
    let _ = progress("建立比对索引", 0, 0);
    on_thread(move || {
        let amended = amended.as_ref().filter(|(before, _)| *before != file);
        R::keep_records(
            &file,
            amended.map(|(before, amendment)| (before.as_path(), amendment)),
        )?;
        retention::keep_one_store(&file);
        Ok(())
    })
    .await
}

/// A full file without a row that counts is a mistake of whoever made it, never the news that all firms are gone.
pub(super) fn would_empty(file: &str, counts: &Counts, reasons: &[ReasonCount], present: i64) -> AppError {
    let found = match reasons.first() {
        _ if counts.rows == 0 => "只有表头，没有数据行".to_owned(),
        Some(reason) => {
            let told = reason.clone().told();
            format!("的 {} 行全部退回，{}：{}", counts.rows, told.column, told.reason)
        }
        None => format!("的 {} 行全部退回", counts.rows),
    };
    AppError::invalid(
        "IMP-106",
        format!("文件 {file} {found}。按全量导入会清空现有的 {present} 行，没有写入任何数据。"),
    )
    .hint("请重新导出完整的文件；要删除数据，请用带“操作”列（D）的增量文件")
}

/// A file of the unions' own register: everything in one transaction. Answers as [`run`] does.
#[allow(clippy::too_many_arguments)]
async fn register_kind(
    op: &OpContext,
    app: &App,
    kind: Kind,
    reader: TableReader,
    site: Site,
    row: &mut BatchRow,
    mut sift: Sift,
    progress: &Progress,
) -> Result<HashSet<String>, AppError> {
    let places = Places::of(app);
    let mut images = Images::create(
        &places.images(row.batch_no),
        &places.came(row.batch_no),
        Arc::clone(&app.keys),
        row.id,
    )?;
    let mut tx = app.store.begin().await?;
    let mut replaced = HashSet::new();
    let mut zoned = Vec::new();
    let lay = match kind {
        Kind::Unions => {
            // Nobody else changes tree or zones between this look and the end.
            tx.lock_tree().await?;
            lying(&mut tx).await?
        }
        _ => Lying::default(),
    };
    let changes = register_rows(
        kind,
        reader,
        &site,
        &mut tx,
        &mut sift,
        &mut images,
        &mut replaced,
        progress,
    )
    .await?;
    images.finish()?;
    if kind == Kind::Unions {
        // Who hangs elsewhere now, or is no more, may lie in no zone or in another one.
        let words = format!("导入第 {} 批", row.batch_no);
        zoned = settle_all(op, &mut tx, &lay, &words).await?;
        for (key, told) in &zoned {
            sift.note(Outcome::Zoned, key, told)?;
        }
    }
    let (counts, reasons) = sift.finish()?;
    progress("提交", 0, 0)?;
    clear(op, &mut tx, kind, row, &changes).await?;
    batch::apply(op, &mut tx, row, counts, changes, reasons, &zoned).await?;
    tx.commit().await?;
    Ok(replaced)
}

/// Whether so many rows of the register may be changed: above the limit a second person must have approved this very file.
async fn clear(
    op: &OpContext,
    tx: &mut Tx,
    kind: Kind,
    row: &BatchRow,
    changes: &Changes,
) -> Result<(), AppError> {
    let wanted = wanted(kind, &row.sm3, &row.file_name, changes.updated, changes.deleted);
    let count = changes.updated + changes.deleted;
    let cleared = approval::clear(op, tx, Limit::ChangeRows, count, &wanted).await;
    cleared.map_err(|error| match error.code {
        approval::NEEDED => {
            error.hint("没有写入任何数据。请上传后先“核对”，在核对页申请复核；另一人同意后再从核对页导入")
        }
        _ => error,
    })
}

/// What a second person is asked to approve, when a file changes or deletes more rows of the register than one person does alone
/// (双人复核). New rows change nothing that is there.
pub(super) fn wanted(kind: Kind, sm3: &str, file_name: &str, updated: i64, deleted: i64) -> Wanted {
    Wanted {
        kind: ApprovalKind::Import,
        title: format!("导入{}（变更 {updated} 行，删除 {deleted} 行）", kind.label()),
        details: vec![
            ("文件".to_owned(), file_name.to_owned()),
            ("SM3".to_owned(), sm3.to_owned()),
        ],
        arguments: json!({ "what": "import", "kind": kind.name(), "sm3": sm3 }),
    }
}

/// Takes the rows of a register kind into a transaction, or only looks at what they would do.
#[allow(clippy::too_many_arguments)]
pub(super) async fn register_rows(
    kind: Kind,
    reader: TableReader,
    site: &Site,
    tx: &mut Tx,
    sift: &mut Sift,
    images: &mut Images,
    replaced: &mut HashSet<String>,
    progress: &Progress,
) -> Result<Changes, AppError> {
    let map = Arc::clone(&site.map);
    let (form, today) = (Arc::clone(&site.form), site.today);
    Ok(match kind {
        Kind::Unions => {
            let lines = pipeline::start(reader, kind, map, move |cells, _| {
                Ok(union_cells::parse(cells, &form, today))
            });
            unions::take(site, tx, lines, sift, images, progress).await?
        }
        Kind::Covers => {
            let lines = pipeline::start(reader, kind, map, |cells, _| Ok(covers::parse(cells)));
            covers::take(site, tx, lines, sift, images, progress).await?
        }
        _ => {
            progress("读取现有会员", 0, 0)?;
            let register = Arc::new(Register::load(tx, site).await?);
            let (known, own) = (Arc::clone(&register), site.clone());
            let parse = move |cells: &Cells<'_>, key: &str| members::parse(cells, key, &own, &known);
            let lines = pipeline::start(reader, kind, map, parse);
            members::take(site, tx, &register, lines, sift, images, replaced, progress).await?
        }
    })
}
