//! 导出台账: unions or members as a list shows them, in the dictionary's columns, streamed from the store into a sealed file.
//!
//! Personal values are masked unless the role may have them in full; either way somebody says what for, and the journal keeps it. A
//! masked column has a head of its own (`姓名（脱敏）`), so that a masked file cannot come back as data by mistake; an unmasked
//! one that comes back changes nothing.

mod alone;
mod download;
mod filter;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use codes::id::{AccountId, JobId};
use domain::consent::Purpose;
use domain::dictionary::{Dictionary, Element};
use domain::element_right::Right;
use domain::intake::Kind;
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::permission::Action;
use office::workbook::{Column, Sheet, Value};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::Reader;
use store::exchange::ExportRow;
use store::list_query::Page;
use store::membership::{MemberFilter, MemberOut};
use store::union_org::UnionRow;
use tokio::sync::mpsc;
use uuid::Uuid;

pub use self::alone::wanted;
use self::alone::{cleared, is_massive};
pub(crate) use self::download::sweep;
pub use self::download::{ExportView, export_download, export_kind, exports_after, own_exports};
use super::kept::Kept;
use super::{ExportMark, Out};
use crate::approval::{self, Wanted};
use crate::consent::left_out_words;
use crate::element_right::{Barred, barred};
use crate::error::{AppError, ErrorKind};
use crate::intake::{Shape, remove};
use crate::job::{self, JobContext};
use crate::op::{App, OpContext};
use crate::progress::{Progress, unwatched};
use crate::register_values::{UNREADABLE, Values, member_values, union_values};

/// The kind of job that makes an export.
pub const JOB: &str = "export-register";
/// An export of more rows is made by a job.
pub const AT_ONCE_MAX: i64 = 5_000;
/// Hours for which an export can be had.
pub const KEPT_HOURS: i64 = 72;
/// Longest reason, in characters.
const REASON_MAX: usize = 200;
/// Chunks of a thousand rows that may wait for the writer.
const WAITING_CHUNKS: usize = 8;

/// What is asked for: the filters of a list, the columns, the form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RegisterExport {
    /// `unions` or `members`.
    pub kind: String,
    /// Part of a union's name or a code from its start; the beginning of a member's name.
    pub q: String,
    /// Of members: part of their union's name or a code from its start, as `q` is of unions.
    pub union_q: String,
    /// Of unions, and of members by their union.
    pub county: Option<i64>,
    /// The same.
    pub town: Option<i64>,
    /// The same: `UnionType::code`.
    pub union_type: String,
    /// The same: directly below this union, by the register's own key.
    pub parent_id: String,
    /// The same: those of the industry line of this one, by the register's own key.
    pub industry_id: String,
    /// The same: those of this zone (片区), by its id.
    pub zone: String,
    /// Of members: the register's key of their union; all in sight when empty.
    pub union_id: String,
    /// Of members: `MembershipState::code`.
    pub state: String,
    /// Of members: 新就业形态群体.
    pub gig_group: String,
    /// Names of elements; all when empty. The key always comes first.
    pub columns: Vec<String>,
    /// `xlsx` or `csv`.
    pub format: String,
    /// Personal values in full.
    pub is_plain: bool,
    /// What for.
    pub reason: String,
    /// Of members in full: which purpose their data are used for, by its code.
    pub purpose: String,
}

impl RegisterExport {
    fn read_kind(&self) -> Result<Kind, AppError> {
        match Kind::from_name(&self.kind) {
            Some(kind @ (Kind::Unions | Kind::Members)) => Ok(kind),
            _ => Err(AppError::not_found("EXP-404", "没有这一种导出")),
        }
    }

    /// The purpose, where it is a known one.
    fn purpose(&self) -> Option<Purpose> {
        Purpose::from_code(&self.purpose)
    }

    /// Whether it shows people in full, which needs a purpose (个人信息保护法 art. 6): a name or a card number as much as a telephone.
    fn shows_people(&self) -> bool {
        self.kind == Kind::Members.name() && self.is_plain
    }
}

/// How an export was answered.
#[derive(Debug, Clone, PartialEq)]
pub enum Asked {
    /// It is there, under its number.
    Made(i64),
    /// A job makes it.
    Queued(JobId),
}

/// The columns that can be chosen: name, label, whether it is masked for whoever may not have it in full, whether it is the key.
pub fn columns_of(kind: Kind) -> impl Iterator<Item = (&'static Element, bool)> {
    let key = kind.key_columns().0;
    let all = Dictionary::shipped().of(kind).iter();
    all.map(move |element| (element, element.name == key))
}

/// How many rows an export would have.
pub async fn register_count(op: &OpContext, app: &App, asked: &RegisterExport) -> Result<i64, AppError> {
    may(op, asked)?;
    count(op, &mut app.store.read().await?, asked).await
}

async fn count(op: &OpContext, reader: &mut Reader, asked: &RegisterExport) -> Result<i64, AppError> {
    let one = Page::number(1, 1);
    Ok(match asked.read_kind()? {
        Kind::Unions => reader.union_list(op.scope(), &asked.union_filter(), one).await?.1,
        _ => {
            reader
                .member_list(op.scope(), &asked.member_filter(), one)
                .await?
                .1
        }
    })
}

fn may(op: &OpContext, asked: &RegisterExport) -> Result<(), AppError> {
    op.may(Action::Export)?;
    op.may(match asked.read_kind()? {
        Kind::Unions => Action::SeeUnions,
        _ => Action::SeeMembers,
    })?;
    if asked.is_plain {
        op.may(Action::ExportPlain)?;
    }
    Ok(())
}

/// What is wrong with what was typed.
fn checked(asked: &RegisterExport) -> Result<Shape, AppError> {
    let wrong = |field, words: &str| AppError::invalid("EXP-401", "没有导出").field(field, words);
    let reason = asked.reason.trim().chars().count();
    if reason < 2 {
        return Err(wrong("reason", "请写明用途：导出会记入日志，并印在文件里"));
    }
    if reason > REASON_MAX {
        return Err(wrong("reason", "用途不能超过 200 个字"));
    }
    let kind = asked.read_kind()?;
    let is_known = |name: &String| Dictionary::shipped().element(kind, name).is_some();
    if !asked.columns.iter().all(is_known) {
        return Err(wrong("columns", "所选的列里有数据字典没有的"));
    }
    let of_members = [
        ("union_id", &asked.union_id),
        ("union_q", &asked.union_q),
        ("state", &asked.state),
        ("group", &asked.gig_group),
    ];
    if kind == Kind::Unions
        && let Some((field, _)) = of_members.iter().find(|(_, said)| !said.is_empty())
    {
        return Err(wrong(field, "只有导出会员才按这一项筛选"));
    }
    if !asked.purpose.is_empty() && kind != Kind::Members {
        return Err(wrong("purpose", "只有导出会员才选处理目的"));
    }
    if !asked.purpose.is_empty() && asked.purpose().is_none() {
        return Err(wrong("purpose", "没有这一项用途"));
    }
    if asked.shows_people() && asked.purpose().is_none() {
        return Err(wrong("purpose", "导出未脱敏的会员资料，须选定处理目的"));
    }
    Shape::from_name(&asked.format).ok_or_else(|| wrong("format", "请选择 Excel 或 CSV"))
}

/// Makes an export, or queues it when it is large. 导出
///
/// # Errors
/// `EXP-401` with the fields that are wrong; `APR-428` or `APR-425` while a second person's approval is needed.
pub async fn ask_register(op: &OpContext, app: &App, asked: &RegisterExport) -> Result<Asked, AppError> {
    let rows = admitted(op, app, asked).await?;
    if rows <= AT_ONCE_MAX {
        return Ok(Asked::Made(make_register(op, app, asked, unwatched()).await?));
    }
    Ok(Asked::Queued(enqueue(op, app, asked, rows).await?))
}

/// Queues an export, however small it is: for whoever looks after it by its job.
///
/// # Errors
/// As [`ask_register`].
pub async fn queue_register(op: &OpContext, app: &App, asked: &RegisterExport) -> Result<JobId, AppError> {
    let rows = admitted(op, app, asked).await?;
    enqueue(op, app, asked, rows).await
}

/// What a second person is asked to approve for this export.
///
/// # Errors
/// `EXP-401` with the fields that are wrong: nobody is bothered with what cannot be made.
pub async fn approvable(op: &OpContext, app: &App, asked: &RegisterExport) -> Result<Wanted, AppError> {
    may(op, asked)?;
    checked(asked)?;
    wanted(op, app, asked, register_count(op, app, asked).await?).await
}

/// How many rows an export that may go out has.
async fn admitted(op: &OpContext, app: &App, asked: &RegisterExport) -> Result<i64, AppError> {
    may(op, asked)?;
    checked(asked)?;
    let rows = register_count(op, app, asked).await?;
    cleared(op, app, asked, rows).await?;
    Ok(rows)
}

async fn enqueue(op: &OpContext, app: &App, asked: &RegisterExport, rows: i64) -> Result<JobId, AppError> {
    let title = format!("导出{}：{rows} 行", asked.read_kind()?.label());
    let arguments = serde_json::to_value(asked).map_err(AppError::internal)?;
    job::enqueue(op, app, JOB, &title, arguments).await
}

/// The work of the job: answers the export's number.
///
/// # Errors
/// As [`make_register`].
pub async fn work(context: &JobContext) -> Result<i64, AppError> {
    let asked = serde_json::from_value(context.job.arguments.clone()).map_err(AppError::internal)?;
    make_register(&context.op, &context.app, &asked, context.reporter()).await
}

/// Makes an export and answers its number. It counts, and can be had, once the journal has it.
///
/// # Errors
/// `EXP-401` with the fields that are wrong; what the store or the disk refuses. Nothing is left behind then.
pub async fn make_register(
    op: &OpContext,
    app: &App,
    asked: &RegisterExport,
    progress: Progress,
) -> Result<i64, AppError> {
    may(op, asked)?;
    let shape = checked(asked)?;
    let kind = asked.read_kind()?;
    let filter = MemberFilter {
        agreed: agreed_to(op, app, asked).await?,
        ..asked.member_filter()
    };
    let (everybody, total) = counts(op, app, asked, &filter).await?;
    let approved = cleared(op, app, asked, everybody).await?;
    let left_out = asked.purpose().map(|_| (everybody - total).max(0));
    let folder = app.data_dir.join("exports");
    crate::keys::create_private_dir(&folder)?;
    let alone_by = op.person_id().filter(|_| approved.is_none());
    // What of it is not the maker's to see stays masked also in an export in full.
    let hidden = barred(op, &mut app.store.read().await?, kind, Right::Reveal).await?;
    let mut row = begin(op, app, kind, asked, shape, left_out, alone_by, &hidden).await?;
    let table = OutTable::of(op, kind, asked, &row, left_out, &hidden);
    let place = file_of(app, row.export_no);
    // Whose rows go out in full: the journal's entry holds filters only, and those give other people tomorrow.
    let shown: Arc<Mutex<Vec<Uuid>>> = Arc::default();
    let made = match kind {
        Kind::Unions => {
            let (sender, rows) = mpsc::channel::<Vec<UnionRow>>(WAITING_CHUNKS);
            let keys = Arc::clone(&app.keys);
            let values = move |row: UnionRow| union_values(&keys, &row);
            let writing = write(app, &row, table, shape, &place, rows, values, progress, total);
            let mut reader = app.store.read().await?;
            let filter = asked.union_filter();
            let reading = async {
                let sent = reader.send_unions(op.scope(), &filter, &sender).await;
                drop(sender);
                sent.map_err(AppError::from)
            };
            both(writing, reading).await
        }
        _ => {
            let (sender, rows) = mpsc::channel::<Vec<MemberOut>>(WAITING_CHUNKS);
            let keys = Arc::clone(&app.keys);
            let (shown, is_plain) = (Arc::clone(&shown), asked.is_plain);
            let values = move |out: MemberOut| {
                if is_plain && let Ok(mut shown) = shown.lock() {
                    shown.push(out.row.id);
                }
                member_values(&keys, &out.row, &out.union_key)
            };
            let writing = write(app, &row, table, shape, &place, rows, values, progress, total);
            let mut reader = app.store.read().await?;
            let reading = async {
                let sent = reader.send_members(op.scope(), &filter, &sender).await;
                drop(sender);
                sent.map_err(AppError::from)
            };
            both(writing, reading).await
        }
    };
    let count = match made {
        Ok(count) => count,
        Err(error) => {
            remove_parts(&place);
            return Err(error);
        }
    };
    row.rows = Some(count);
    row.is_kept = true;
    let mut tx = app.store.begin().await?;
    if let Some(wanted) = &approved
        && let Err(error) = approval::spend(op, &mut tx, wanted).await
    {
        remove_parts(&place);
        return Err(error);
    }
    if let Some(person) = alone_by {
        // Two files at the same moment: the second one finds the rows of the first.
        tx.hold_account(person.uuid()).await?;
        if is_massive(op, &mut tx, asked, count).await? {
            drop(tx);
            remove_parts(&place);
            return Err(AppError::approval_needed(
                &wanted(op, app, asked, everybody).await?,
            ));
        }
    }
    tx.save_export(&row).await?;
    if asked.is_plain {
        let shown = shown.lock().map(|mut shown| std::mem::take(&mut *shown));
        tx.add_export_members(
            row.export_no,
            shown.map_err(|_| AppError::internal("the ids of an export are lost"))?,
        )
        .await?;
    }
    let entry = JournalEntry::new(JournalAction::Exported, SubjectKind::Export, row.id).after(&json!({
        "what": asked.kind,
        "export_no": row.export_no,
        "rows": count,
        "is_plain": asked.is_plain,
        "purposes": asked.purpose().map(Purpose::label),
        "left_out": left_out,
        "words": row.reason,
        "detail": { "q": if kind == Kind::Members && !asked.q.is_empty() { "（姓名）" } else { asked.q.as_str() },
            "county": asked.county, "town": asked.town, "union_type": asked.union_type, "union": asked.union_id,
            "union_q": asked.union_q, "parent": asked.parent_id, "industry": asked.industry_id,
            "zone": asked.zone,
            "state": asked.state, "group": asked.gig_group,
            "columns": asked.columns, "format": asked.format },
    }));
    tx.journal(&op.by(), entry).await?;
    tx.commit().await?;
    Ok(row.export_no)
}

/// How many rows the filters have, and how many of them go out: both of one moment, or their difference would count who joined
/// and left in between.
async fn counts(
    op: &OpContext,
    app: &App,
    asked: &RegisterExport,
    filter: &MemberFilter,
) -> Result<(i64, i64), AppError> {
    let mut reader = app.store.read().await?;
    let everybody = count(op, &mut reader, asked).await?;
    if filter.agreed.is_none() {
        return Ok((everybody, everybody));
    }
    let one = Page::number(1, 1);
    let (_, total) = reader.member_list(op.scope(), filter, one).await?;
    Ok((everybody, total))
}

/// Whose consent an export for this purpose needs: the purpose and the version from which it counts. None is asked for what is
/// done by law; where no notice was ever published nobody can have agreed.
async fn agreed_to(
    op: &OpContext,
    app: &App,
    asked: &RegisterExport,
) -> Result<Option<(String, i64)>, AppError> {
    match asked.purpose().filter(|purpose| purpose.needs_consent()) {
        None => Ok(None),
        Some(purpose) => {
            let from = crate::consent::counting(app, op.today()).await?;
            Ok(Some((purpose.code().to_owned(), from.unwrap_or(i64::MAX))))
        }
    }
}

/// Reading and writing at the same time; what the writer met is told first, for the reader only notices that nobody takes its rows.
async fn both(
    writing: tokio::task::JoinHandle<Result<i64, AppError>>,
    reading: impl Future<Output = Result<(), AppError>>,
) -> Result<i64, AppError> {
    let read = reading.await;
    let written = writing.await.map_err(AppError::internal)??;
    read?;
    Ok(written)
}

/// Numbers tried when others take them at the same moment.
const TRIES: usize = 5;

/// Takes a number. Two who take one at the same moment are told apart by the store; the second takes the next.
#[allow(clippy::too_many_arguments)]
async fn begin(
    op: &OpContext,
    app: &App,
    kind: Kind,
    asked: &RegisterExport,
    shape: Shape,
    left_out: Option<i64>,
    alone_by: Option<AccountId>,
    hidden: &Barred,
) -> Result<ExportRow, AppError> {
    for _ in 1..TRIES {
        match try_begin(op, app, kind, asked, shape, left_out, alone_by, hidden).await {
            Err(error) if error.kind == ErrorKind::Conflict => {}
            begun => return begun,
        }
    }
    try_begin(op, app, kind, asked, shape, left_out, alone_by, hidden).await
}

#[allow(clippy::too_many_arguments)]
async fn try_begin(
    op: &OpContext,
    app: &App,
    kind: Kind,
    asked: &RegisterExport,
    shape: Shape,
    left_out: Option<i64>,
    alone_by: Option<AccountId>,
    hidden: &Barred,
) -> Result<ExportRow, AppError> {
    let ending = match shape {
        Shape::Xlsx => "xlsx",
        Shape::Csv => "csv",
    };
    let mask = if asked.is_plain { "" } else { "-脱敏" };
    let mut tx = app.store.begin().await?;
    let export_no = tx.next_export_no().await?;
    let row = ExportRow {
        export_no,
        id: op.new_id::<ExportMark>().uuid(),
        kind: kind.name().to_owned(),
        file_name: format!("{}-{}-{export_no}{mask}.{ending}", kind.label(), op.today()),
        is_plain: asked.is_plain,
        reason: asked.reason.trim().to_owned(),
        request: serde_json::to_string(&Kept {
            asked,
            left_out,
            scope: op.scope().written(),
            hidden: hidden.keys().copied().collect(),
        })
        .map_err(AppError::internal)?,
        rows: None,
        account_id: op.actor.id.map(|id| id.uuid()),
        made_by: op.signature(),
        made_at: op.now().millis(),
        is_kept: false,
        alone_by: alone_by.map(|person| person.uuid()),
    };
    tx.add_export(&row).await?;
    tx.commit().await?;
    Ok(row)
}

fn file_of(app: &App, export_no: i64) -> PathBuf {
    app.data_dir.join("exports").join(format!("{export_no}.sealed"))
}

fn remove_parts(place: &Path) {
    remove(place);
    remove(&place.with_extension("part"));
}

/// Heads and the places of the chosen values.
struct OutTable {
    columns: Vec<(usize, &'static Element, bool)>,
    name: &'static str,
    title: String,
    watermark: String,
    /// What each row of a text says of where it comes from, so that rows that are passed on still do.
    number: String,
}

impl OutTable {
    fn of(
        op: &OpContext,
        kind: Kind,
        asked: &RegisterExport,
        row: &ExportRow,
        left_out: Option<i64>,
        hidden: &Barred,
    ) -> OutTable {
        let wanted = |element: &Element, is_key: bool| {
            is_key || asked.columns.is_empty() || asked.columns.contains(&element.name)
        };
        let columns = columns_of(kind)
            .enumerate()
            .filter(|(_, (element, is_key))| wanted(element, *is_key))
            .map(|(at, (element, _))| {
                (
                    at,
                    element,
                    element.is_masked() && (!asked.is_plain || hidden.contains_key(element.name.as_str())),
                )
            });
        let mask = if asked.is_plain {
            "含未脱敏个人信息"
        } else {
            "已脱敏"
        };
        let purpose = asked.purpose().map(Purpose::label).map(|label| match left_out {
            Some(count) if count > 0 => format!("（{label}；{}）", left_out_words(count)),
            _ => format!("（{label}）"),
        });
        OutTable {
            columns: columns.collect(),
            name: kind.label(),
            title: format!("{}（导出第 {} 号）", kind.label(), row.export_no),
            number: format!("导出第 {} 号", row.export_no),
            watermark: format!(
                "{} 于 {} 导出，第 {} 号，{mask}，用途：{}{}。仅限该用途，用后请删除",
                op.signature(),
                op.now().to_minute(),
                row.export_no,
                row.reason,
                purpose.unwrap_or_default()
            ),
        }
    }

    /// A workbook says above its heads who took it out, when and what for; text says it in the head of a column of its own, which an
    /// import leaves aside as any column it does not know.
    fn sheet(&self, shape: Shape) -> Sheet {
        let heads = self.columns.iter().map(|(_, element, masked)| match masked {
            true => format!("{}（脱敏）", element.zh),
            false => element.zh.clone(),
        });
        let mark = (shape == Shape::Csv).then(|| format!("导出标记：{}", self.watermark));
        Sheet {
            name: self.name.to_owned(),
            title: Some(self.title.clone()),
            columns: heads.chain(mark).map(|head| Column::text(head, 18.0)).collect(),
            watermark: Some(self.watermark.clone()),
        }
    }

    /// A record's cells, from the first column to the last.
    fn cells(&self, mut values: Values) -> Vec<String> {
        let columns = self.columns.iter();
        columns
            .map(|(at, element, masked)| match values[*at].take() {
                Some(value) if *masked && value != UNREADABLE => element.masked(&value),
                Some(value) => value,
                None => String::new(),
            })
            .collect()
    }
}

/// Writes the rows as they come, on a thread of its own.
#[allow(clippy::too_many_arguments)]
fn write<R: Send + 'static>(
    app: &App,
    row: &ExportRow,
    table: OutTable,
    shape: Shape,
    place: &Path,
    mut rows: mpsc::Receiver<Vec<R>>,
    values: impl Fn(R) -> Values + Send + 'static,
    progress: Progress,
    total: i64,
) -> tokio::task::JoinHandle<Result<i64, AppError>> {
    let (keys, place, owner) = (Arc::clone(&app.keys), place.to_owned(), row.id);
    let total = u64::try_from(total).unwrap_or(0);
    tokio::task::spawn_blocking(move || {
        let mut out = Out::create(shape, table.sheet(shape), &place, &keys, owner)?;
        let mut count = 0;
        while let Some(chunk) = rows.blocking_recv() {
            for row in chunk {
                let cells = table.cells(values(row));
                let mark = (shape == Shape::Csv).then_some(table.number.as_str());
                let values: Vec<Value<'_>> = cells
                    .iter()
                    .map(String::as_str)
                    .chain(mark)
                    .map(Value::text)
                    .collect();
                out.row(&values)?;
                count += 1;
            }
            progress("导出", count, total)?;
        }
        progress("封存", count, total)?;
        out.finish(&place, &keys, owner)?;
        i64::try_from(count).map_err(AppError::internal)
    })
}
