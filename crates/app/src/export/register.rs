//! 导出台账: unions or members as a list shows them, in the dictionary's columns, streamed from the store into a sealed file.
//!
//! Personal values are masked unless the role may have them in full; either way somebody says what for, and the journal keeps it. A
//! masked column has a head of its own (`姓名（脱敏）`), so that a masked file cannot come back as data by mistake; an unmasked
//! one that comes back changes nothing.

mod alone;
mod columns;
mod download;
mod filter;
mod paper;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use codes::id::{AccountId, JobId};
use codes::text;
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
use self::columns::chosen;
pub use self::columns::roll_columns;
pub(crate) use self::download::sweep;
pub use self::download::{ExportView, export_download, export_kind, exports_after, own_exports};
use super::kept::Kept;
use super::out::Paper;
use super::{ExportMark, Form, MASKED, Out};
use crate::approval::{self, Wanted};
use crate::element_right::{Barred, barred};
use crate::error::{AppError, ErrorKind};
use crate::intake::{Shape, remove};
use crate::job::{self, JobContext};
use crate::op::{App, OpContext};
use crate::progress::{Progress, unwatched};
use crate::register_values::{UNREADABLE, Values, member_values, union_values};
use crate::union_org::union_in_sight;

/// The kind of job that makes an export.
pub const JOB: &str = "export-register";
/// An export of more rows is made by a job.
pub const AT_ONCE_MAX: i64 = 5_000;
/// Rows of a roll on paper: setting 5,000 took 0.9 GB of memory, and nobody leafs through so many.
pub const PAPER_ROWS_MAX: i64 = 2_000;
/// Columns of it.
pub const PAPER_COLUMNS_MAX: usize = office::pdf::COLUMNS_MAX;
/// A roll of more rows is set by a job.
pub const PAPER_AT_ONCE_MAX: i64 = 500;
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
    /// Only this record, by the register's own key: what a form (登记表) is of.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub key: String,
    /// `xlsx`, `csv`, `pdf` for a roll (名册) or `sheet` for the form (登记表) of one record.
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
        Kind::Unions if !asked.key.is_empty() => {
            union_in_sight(op, reader, &asked.key).await?;
            1
        }
        Kind::Unions => reader.union_list(op.scope(), &asked.union_filter(), one).await?.1,
        _ => {
            let found = reader
                .member_list(op.scope(), &asked.member_filter(), one)
                .await?;
            if found.1 == 0 && !asked.key.is_empty() {
                return Err(AppError::no_member());
            }
            found.1
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
fn checked(asked: &RegisterExport) -> Result<Form, AppError> {
    let wrong = |field, words: &str| AppError::invalid("EXP-401", "没有导出").field(field, words);
    let reason = text::visible(&asked.reason).chars().count();
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
    let form = Form::from_name(&asked.format).ok_or_else(|| wrong("format", "请选择 Excel、CSV 或 PDF"))?;
    match (form, asked.key.is_empty()) {
        (Form::Sheet, true) => Err(wrong("key", "打印登记表，须指明是哪一名会员或哪一家工会")),
        (Form::Sheet, false) | (_, true) => Ok(form),
        (_, false) => Err(wrong(
            "key",
            "只有登记表按标识打印一份；名册、Excel、CSV 请用筛选条件",
        )),
    }
}

/// Makes an export, or queues it when it is large. 导出
///
/// # Errors
/// `EXP-401` with the fields that are wrong; `APR-428` or `APR-425` while a second person's approval is needed.
pub async fn ask_register(op: &OpContext, app: &App, asked: &RegisterExport) -> Result<Asked, AppError> {
    let rows = admitted(op, app, asked).await?;
    let is_paper = Form::from_name(&asked.format).is_some_and(Form::is_paper);
    let at_once = if is_paper { PAPER_AT_ONCE_MAX } else { AT_ONCE_MAX };
    if rows <= at_once {
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
    let form = checked(asked)?;
    let rows = register_count(op, app, asked).await?;
    paper::fits(app, asked.read_kind()?, asked, form, rows).await?;
    wanted(op, app, asked, rows).await
}

/// How many rows an export that may go out has.
async fn admitted(op: &OpContext, app: &App, asked: &RegisterExport) -> Result<i64, AppError> {
    may(op, asked)?;
    let form = checked(asked)?;
    let rows = register_count(op, app, asked).await?;
    paper::fits(app, asked.read_kind()?, asked, form, rows).await?;
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
    let form = checked(asked)?;
    let kind = asked.read_kind()?;
    let filter = MemberFilter {
        agreed: agreed_to(op, app, asked).await?,
        ..asked.member_filter()
    };
    let (everybody, total) = counts(op, app, asked, &filter).await?;
    paper::fits(app, kind, asked, form, total).await?;
    if form == Form::Sheet && total == 0 {
        return Err(AppError::invalid("EXP-401", "没有打印")
            .field("purpose", "本人没有同意（或已撤回）这项用途，不能为它打印登记表"));
    }
    let approved = cleared(op, app, asked, everybody).await?;
    let left_out = asked.purpose().map(|_| (everybody - total).max(0));
    let folder = app.data_dir.join("exports");
    crate::keys::create_private_dir(&folder)?;
    let alone_by = op.person_id().filter(|_| approved.is_none());
    // What of it is not the maker's to see stays masked also in an export in full.
    let hidden = barred(op, &mut app.store.read().await?, kind, Right::Reveal).await?;
    let beside = paper::beside(op, app, kind, asked, form).await?;
    let mut row = begin(op, app, kind, asked, form, left_out, alone_by, &hidden).await?;
    let table = OutTable::of(op, kind, asked, &row, left_out, &hidden);
    // A form shows somebody as their page does: masked as well, it is a look at them.
    let looked_at = beside.as_ref().and_then(|beside| beside.person.clone());
    let paper = beside.map(|beside| {
        let printed = table.watermark.clone();
        paper::begin(op, kind, asked, beside, &row, printed, total)
    });
    let place = file_of(app, row.export_no);
    // Whose rows go out in full: the journal's entry holds filters only, and those give other people tomorrow.
    let shown: Arc<Mutex<Vec<Uuid>>> = Arc::default();
    let made = match kind {
        Kind::Unions => {
            let (sender, rows) = mpsc::channel::<Vec<UnionRow>>(WAITING_CHUNKS);
            let keys = Arc::clone(&app.keys);
            let values = move |row: UnionRow| union_values(&keys, &row);
            let writing = write(
                app,
                &row,
                table,
                (form, paper),
                &place,
                rows,
                values,
                progress,
                total,
            );
            let mut reader = app.store.read().await?;
            let filter = asked.union_filter();
            let reading = async {
                let sender = sender;
                if !asked.key.is_empty() {
                    let (union, _) = union_in_sight(op, &mut reader, &asked.key).await?;
                    // Nobody takes it when the writer has met something: that is told.
                    let _ = sender.send(vec![union]).await;
                    return Ok(());
                }
                let sent = reader.send_unions(op.scope(), &filter, &sender).await;
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
            let writing = write(
                app,
                &row,
                table,
                (form, paper),
                &place,
                rows,
                values,
                progress,
                total,
            );
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
    if let Some((member, path)) = looked_at.filter(|_| !asked.is_plain) {
        let look = JournalEntry {
            path,
            ..JournalEntry::new(JournalAction::MemberSeen, SubjectKind::Member, member)
        };
        let said = json!({ "member_id": asked.key, "format": asked.format, "export_no": row.export_no, "words": row.reason });
        tx.journal(&op.by(), look.after(&said)).await?;
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
            "columns": asked.columns, "format": asked.format, "key": asked.key },
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
    form: Form,
    left_out: Option<i64>,
    alone_by: Option<AccountId>,
    hidden: &Barred,
) -> Result<ExportRow, AppError> {
    for _ in 1..TRIES {
        match try_begin(op, app, kind, asked, form, left_out, alone_by, hidden).await {
            Err(error) if error.kind == ErrorKind::Conflict => {}
            begun => return begun,
        }
    }
    try_begin(op, app, kind, asked, form, left_out, alone_by, hidden).await
}

#[allow(clippy::too_many_arguments)]
async fn try_begin(
    op: &OpContext,
    app: &App,
    kind: Kind,
    asked: &RegisterExport,
    form: Form,
    left_out: Option<i64>,
    alone_by: Option<AccountId>,
    hidden: &Barred,
) -> Result<ExportRow, AppError> {
    let ending = form.ending();
    let mask = if asked.is_plain { "" } else { "-脱敏" };
    let mut tx = app.store.begin().await?;
    let export_no = tx.next_export_no().await?;
    let row = ExportRow {
        export_no,
        id: op.new_id::<ExportMark>().uuid(),
        kind: kind.name().to_owned(),
        file_name: format!(
            "{}-{}-{export_no}{mask}.{ending}",
            paper::title(kind, form),
            op.today()
        ),
        is_plain: asked.is_plain,
        reason: text::visible(&asked.reason),
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
        let columns = chosen(kind, asked).into_iter().map(|(at, element)| {
            let is_covered = !asked.is_plain || hidden.contains_key(element.name.as_str());
            (at, element, element.is_masked() && is_covered)
        });
        let is_paper = Form::from_name(&asked.format).is_some_and(Form::is_paper);
        let (done, after) = if is_paper {
            ("打印", "用后请妥善保管或销毁")
        } else {
            ("导出", "用后请删除")
        };
        let mask = if asked.is_plain {
            "含未脱敏个人信息"
        } else {
            "已脱敏"
        };
        OutTable {
            columns: columns.collect(),
            name: kind.label(),
            title: format!("{}（导出第 {} 号）", kind.label(), row.export_no),
            number: format!("导出第 {} 号", row.export_no),
            watermark: format!(
                "{} 于 {} {done}，第 {} 号，{mask}，用途：{}{}。仅限该用途，{after}",
                op.signature(),
                op.now().to_minute(),
                row.export_no,
                row.reason,
                paper::purpose_words(asked, left_out)
            ),
        }
    }

    /// A workbook says above its heads who took it out, when and what for; text says it in the head of a column of its own, which an
    /// import leaves aside as any column it does not know.
    fn sheet(&self, shape: Shape) -> Sheet {
        let heads = self.columns.iter().map(|(_, element, masked)| match masked {
            true => format!("{}{MASKED}", element.zh),
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
    (form, paper): (Form, Option<Paper>),
    place: &Path,
    mut rows: mpsc::Receiver<Vec<R>>,
    values: impl Fn(R) -> Values + Send + 'static,
    progress: Progress,
    total: i64,
) -> tokio::task::JoinHandle<Result<i64, AppError>> {
    let (keys, place, owner) = (Arc::clone(&app.keys), place.to_owned(), row.id);
    let fonts = app.fonts.clone();
    let total = u64::try_from(total).unwrap_or(0);
    tokio::task::spawn_blocking(move || {
        let mut out = match (form, paper) {
            (_, Some(paper)) => Out::Pdf(Box::new(paper), fonts),
            (Form::Csv, None) => Out::create(Shape::Csv, table.sheet(Shape::Csv), &place, &keys, owner)?,
            (_, None) => Out::create(Shape::Xlsx, table.sheet(Shape::Xlsx), &place, &keys, owner)?,
        };
        let mut count = 0;
        while let Some(chunk) = rows.blocking_recv() {
            for row in chunk {
                let cells = table.cells(values(row));
                let mark = (form == Form::Csv).then_some(table.number.as_str());
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
        progress(if form.is_paper() { "排版" } else { "封存" }, count, total)?;
        out.finish(&place, &keys, owner)?;
        i64::try_from(count).map_err(AppError::internal)
    })
}
