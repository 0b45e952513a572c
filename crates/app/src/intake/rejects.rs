//! The workbook of rejected and doubtful rows (退回与存疑清单): the sender's own columns and cells, with the reason in front.

use std::borrow::Cow;

use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::permission::Action;
use office::workbook::{Column, Sheet, Value, WorkbookWriter};
use serde_json::json;
use store::intake::BatchRow;

use super::sealed::SealedReader;
use super::sift::Record;
use super::{Places, kind_label};
use crate::error::AppError;
use crate::export::Download;
use crate::op::{App, OpContext};

/// Type of a workbook in HTTP.
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The workbook of a batch. It holds people's rows in plain, so the download is journalled and the workbook marked.
pub async fn reject_workbook(op: &OpContext, app: &App, batch_no: i64) -> Result<Download, AppError> {
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
        return Err(AppError::not_found(
            "IMP-405",
            format!("第 {batch_no} 号批次没有退回或存疑的行"),
        ));
    }
    let mut tx = app.store.begin().await?;
    let entry = JournalEntry::new(JournalAction::BatchRejectsRead, SubjectKind::Batch, row.id).after(
        &json!({ "batch_no": batch_no, "rejected": row.rejected_count, "doubtful": row.doubtful_count }),
    );
    tx.journal(&op.by(), entry).await?;
    tx.commit().await?;
    let (keys, now, name) = (std::sync::Arc::clone(&app.keys), op.now(), op.signature());
    let file_name = format!("退回与存疑-{}-{batch_no}.xlsx", kind_label(&row.kind));
    let watermark = format!("{name} 于 {} 下载，含个人信息，用后请删除", now.to_minute());
    let bytes = tokio::task::spawn_blocking(move || write(&row, &path, keys, watermark))
        .await
        .map_err(AppError::internal)??;
    Ok(Download {
        file_name,
        content_type: XLSX,
        bytes,
        made_at: now,
    })
}

fn write(
    row: &BatchRow,
    path: &std::path::Path,
    keys: std::sync::Arc<codes::crypto::FieldKeys>,
    watermark: String,
) -> Result<Vec<u8>, AppError> {
    let mut records = SealedReader::<Record>::open(path, keys, row.id)?;
    let Some(Record::Heads(heads)) = records.next()? else {
        return Err(AppError::internal("a reject file without heads"));
    };
    let mut writer = WorkbookWriter::create(sheet(row, heads, watermark))?;
    while let Some(record) = records.next()? {
        match record {
            Record::Heads(_) => {}
            Record::Row {
                number,
                rejected,
                reason,
                cells,
            } => {
                let state = if rejected { "退回" } else { "存疑" };
                let mut values = vec![
                    Value::text(state),
                    Value::text(number.to_string()),
                    Value::text(reason),
                ];
                values.extend(cells.iter().map(|cell| Value::text(Cow::Borrowed(cell.as_str()))));
                writer.row(&values)?;
            }
            Record::Note { key, text } => {
                writer.row(&[
                    Value::text("核实"),
                    Value::Empty,
                    Value::text(text),
                    Value::text(key),
                ])?;
            }
        }
    }
    Ok(writer.finish()?)
}

fn sheet(row: &BatchRow, heads: Vec<String>, watermark: String) -> Sheet {
    let own = [
        Column::text("处理", 8.0),
        Column::text("行号", 8.0),
        Column::text("原因", 48.0),
    ];
    let columns = own
        .into_iter()
        .chain(heads.into_iter().map(|head| Column::text(head, 18.0)))
        .collect();
    let title = format!(
        "{} 第 {} 号批次（{}）退回与存疑的行",
        kind_label(&row.kind),
        row.batch_no,
        row.file_name
    );
    Sheet {
        name: "退回与存疑".into(),
        title: Some(title),
        columns,
        watermark: Some(watermark),
    }
}
