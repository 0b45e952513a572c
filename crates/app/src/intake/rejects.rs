//! The sender's own rows back (退回与存疑清单): their columns in their order, 结果 and 原因 behind them, the cells at fault marked with
//! the reason. What is put right in it can be sent as it is: a column 操作 makes it a delta.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use codes::crypto::FieldKeys;
use domain::intake::Kind;
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::permission::Action;
use office::csv_text::CsvText;
use office::workbook::{Column, Sheet, Value, WorkbookWriter};
use serde_json::json;
use uuid::Uuid;

use super::sealed::SealedReader;
use super::sift::Record;
use super::{Places, kind_label};
use crate::error::AppError;
use crate::export::Download;
use crate::op::{App, OpContext};
use crate::paging::After;

/// Type of a workbook in HTTP.
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const CSV: &str = "text/csv; charset=utf-8";
/// Cells marked with a note; beyond that the column 原因 says it. A workbook with more is slow to open.
pub(super) const NOTED_MAX: usize = 20_000;

/// The columns that are added.
pub(super) const OWN: [&str; 2] = ["结果", "原因"];

/// In which form rows go back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A workbook, cells marked.
    Xlsx,
    /// Text, for whoever sent text.
    Csv,
}

impl Shape {
    /// Reads `xlsx` or `csv`.
    pub fn from_name(name: &str) -> Option<Shape> {
        match name {
            "xlsx" => Some(Shape::Xlsx),
            "csv" => Some(Shape::Csv),
            _ => None,
        }
    }

    /// The type in HTTP.
    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Shape::Xlsx => XLSX,
            Shape::Csv => CSV,
        }
    }

    /// How the name of such a file ends.
    pub(super) fn ending(self) -> &'static str {
        match self {
            Shape::Xlsx => "xlsx",
            Shape::Csv => "csv",
        }
    }

    /// That of the file as it came; Parquet goes back as a workbook.
    pub(super) fn of(file_name: &str) -> Shape {
        let ending = Path::new(file_name).extension().and_then(|end| end.to_str());
        match ending {
            Some(ending) if ending.eq_ignore_ascii_case("csv") => Shape::Csv,
            _ => Shape::Xlsx,
        }
    }
}

/// The rows of a batch that were rejected or are doubtful, in the form in which the file came unless another is asked for. They are
/// people's rows in plain, so the download is journalled and a workbook marked.
pub async fn reject_workbook(
    op: &OpContext,
    app: &App,
    batch_no: i64,
    shape: Option<Shape>,
) -> Result<Download, AppError> {
    op.may(Action::ReadRejects)?;
    let row = app
        .store
        .read()
        .await?
        .batch(batch_no)
        .await?
        .ok_or_else(|| AppError::no_batch(batch_no))?;
    let path = Places::of(app).rejects(batch_no);
    if !path.exists() {
        return Err(AppError::no_rejects(batch_no));
    }
    let mut tx = app.store.begin().await?;
    let entry = JournalEntry::new(JournalAction::BatchRejectsRead, SubjectKind::Batch, row.id).after(
        &json!({ "batch_no": batch_no, "rejected": row.rejected_count, "doubtful": row.doubtful_count }),
    );
    tx.journal(&op.by(), entry).await?;
    tx.commit().await?;
    let title = format!("第 {batch_no} 号批次");
    workbook_of(
        op,
        app,
        &row.kind,
        &row.file_name,
        &title,
        row.is_delta,
        row.id,
        path,
        shape,
    )
    .await
}

/// A row that did not count or is doubtful, without what stood in it: for a program that has the file itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectRow {
    /// Row number in the file.
    pub row: u64,
    /// It does not count; otherwise it does, but for a cell.
    pub is_rejected: bool,
    /// Why, in Chinese.
    pub reason: String,
    /// Cells at fault: the head of the column, and why.
    pub faults: Vec<(String, String)>,
}

/// The rows of a batch that were rejected or are doubtful and follow so many known ones, and how many there are in all. Which row is the nth
/// never changes.
///
/// # Errors
/// `IMP-404` when there is no such batch; `IMP-405` when it has no such rows, or they are kept no longer.
pub async fn reject_rows(
    op: &OpContext,
    app: &App,
    batch_no: i64,
    after: &After,
) -> Result<(Vec<(RejectRow, String)>, i64), AppError> {
    op.may(Action::SeeBatches)?;
    let row = app.store.read().await?.batch(batch_no).await?;
    let row = row.ok_or_else(|| AppError::no_batch(batch_no))?;
    let path = Places::of(app).rejects(batch_no);
    if !path.exists() {
        return Err(AppError::no_rejects(batch_no));
    }
    let keys = Arc::clone(&app.keys);
    let (known, limit) = (after.known(), after.limit as usize);
    let read = move || {
        let (mut records, heads) = opened(&path, keys, row.id)?;
        let (mut rows, mut total) = (Vec::new(), 0usize);
        while let Some(record) = records.next()? {
            let Record::Row {
                number,
                rejected,
                reason,
                faults,
                ..
            } = record
            else {
                continue;
            };
            total += 1;
            if total > known && rows.len() < limit {
                let faults = faults.into_iter();
                let row = RejectRow {
                    row: number,
                    is_rejected: rejected,
                    reason,
                    faults: faults
                        .map(|(at, why)| (heads.get(at).cloned().unwrap_or_default(), why))
                        .collect(),
                };
                rows.push((row, total.to_string()));
            }
        }
        Ok((rows, total as i64))
    };
    tokio::task::spawn_blocking(read)
        .await
        .map_err(AppError::internal)?
}

impl AppError {
    fn no_rejects(batch_no: i64) -> AppError {
        AppError::not_found("IMP-405", format!("第 {batch_no} 号批次没有退回或存疑的行"))
    }
}

/// What both a batch and a check give back.
#[allow(clippy::too_many_arguments)]
pub(super) async fn workbook_of(
    op: &OpContext,
    app: &App,
    kind: &str,
    file: &str,
    title: &str,
    is_delta: bool,
    owner: Uuid,
    path: PathBuf,
    shape: Option<Shape>,
) -> Result<Download, AppError> {
    let shape = shape.unwrap_or_else(|| Shape::of(file));
    let (keys, now) = (Arc::clone(&app.keys), op.now());
    let watermark = format!(
        "{} 于 {} 下载，含个人信息，用后请删除",
        op.signature(),
        now.to_minute()
    );
    let rows = Rows {
        title: format!("{} {title}（{file}）退回与存疑的行", kind_label(kind)),
        watermark,
        has_op: is_delta,
    };
    let bytes = tokio::task::spawn_blocking(move || match shape {
        Shape::Xlsx => rows.workbook(&path, keys, owner),
        Shape::Csv => rows.csv(&path, keys, owner),
    });
    let bytes = bytes.await.map_err(AppError::internal)??;
    let stem = Path::new(file).file_stem().and_then(|stem| stem.to_str());
    Ok(Download {
        file_name: format!(
            "{}-退回与存疑.{}",
            stem.unwrap_or(kind_label(kind)),
            shape.ending()
        ),
        content_type: shape.content_type(),
        bytes,
        made_at: now,
    })
}

struct Rows {
    title: String,
    watermark: String,
    /// The file had a column 操作.
    has_op: bool,
}

impl Rows {
    /// Without it the rows that come again would be taken for all there are.
    fn own_heads(&self) -> Vec<&'static str> {
        let op = (!self.has_op).then(Kind::op_head);
        op.into_iter().chain(OWN).collect()
    }

    fn own_cells(&self, state: &'static str, reason: String) -> Vec<Value<'static>> {
        let op = (!self.has_op).then(|| Value::text("U"));
        op.into_iter()
            .chain([Value::text(state), Value::text(reason)])
            .collect()
    }

    fn workbook(&self, path: &Path, keys: Arc<FieldKeys>, owner: Uuid) -> Result<Vec<u8>, AppError> {
        let (mut records, heads) = opened(path, keys, owner)?;
        let width = heads.len();
        let mut writer = WorkbookWriter::create(self.sheet(heads))?;
        let (mut notes, mut noted) = (Vec::new(), 0);
        while let Some(record) = records.next()? {
            match record {
                Record::Heads(_) => {}
                Record::Row {
                    number,
                    rejected,
                    reason,
                    mut cells,
                    faults,
                } => {
                    cells.resize(width.max(cells.len()), String::new());
                    cells.truncate(width);
                    let mut values: Vec<Value<'_>> = cells
                        .iter()
                        .map(|cell| Value::text(Cow::Borrowed(cell.as_str())))
                        .collect();
                    for (at, why) in faults {
                        if let Some(cell) = cells.get(at) {
                            noted += 1;
                            let note = (noted <= NOTED_MAX).then_some(why);
                            values[at] = Value::Marked(Cow::Borrowed(cell.as_str()), note);
                        }
                    }
                    values.extend(self.own_cells(state_of(rejected), said(number, &reason)));
                    writer.row(&values)?;
                }
                Record::Note { key, text } => notes.push((key, text)),
            }
        }
        if !notes.is_empty() {
            let columns = vec![Column::text("登记库标识", 24.0), Column::text("需要核实", 80.0)];
            writer.next_sheet("登记库中需核实", columns)?;
            for (key, text) in notes {
                writer.row(&[Value::text(key), Value::text(text)])?;
            }
        }
        Ok(writer.finish()?)
    }

    fn sheet(&self, heads: Vec<String>) -> Sheet {
        let own = self.own_heads().into_iter().map(|head| match head {
            "原因" => Column::text(head, 60.0),
            _ => Column::text(head, 8.0),
        });
        let columns = heads.into_iter().map(|head| Column::text(head, 18.0));
        Sheet {
            name: "退回与存疑".into(),
            title: Some(self.title.clone()),
            columns: columns.chain(own).collect(),
            watermark: Some(self.watermark.clone()),
        }
    }

    /// Rows only: what the register has and the file lacks is told in the workbook and on the page.
    fn csv(&self, path: &Path, keys: Arc<FieldKeys>, owner: Uuid) -> Result<Vec<u8>, AppError> {
        let (mut records, heads) = opened(path, keys, owner)?;
        let width = heads.len();
        let mut text = CsvText::new(Vec::new())?;
        let own = self.own_heads();
        text.row(heads.iter().map(String::as_str).chain(own.iter().copied()))?;
        while let Some(record) = records.next()? {
            let Record::Row {
                number,
                rejected,
                reason,
                mut cells,
                ..
            } = record
            else {
                continue;
            };
            cells.resize(width, String::new());
            if !self.has_op {
                cells.push("U".to_owned());
            }
            cells.push(state_of(rejected).to_owned());
            cells.push(said(number, &reason));
            text.row(cells.iter().map(String::as_str))?;
        }
        Ok(text.finish()?)
    }
}

fn opened(
    path: &Path,
    keys: Arc<FieldKeys>,
    owner: Uuid,
) -> Result<(SealedReader<Record>, Vec<String>), AppError> {
    let mut records = SealedReader::<Record>::open(path, keys, owner)?;
    match records.next()? {
        Some(Record::Heads(heads)) => Ok((records, senders(heads))),
        _ => Err(AppError::internal("a reject file without heads")),
    }
}

/// The sender's own heads: rows that went back once and came again have our columns already.
pub(super) fn senders(mut heads: Vec<String>) -> Vec<String> {
    if heads.ends_with(&OWN.map(str::to_owned)) {
        heads.truncate(heads.len() - OWN.len());
    }
    heads
}

pub(super) fn state_of(rejected: bool) -> &'static str {
    if rejected { "退回" } else { "存疑" }
}

fn said(number: u64, reason: &str) -> String {
    format!("第 {number} 行：{reason}")
}
