//! Taking a batch back (撤销批次): the state before it is the state again, byte for byte.

use std::collections::{HashMap, HashSet};

use domain::intake::{BatchState, Kind};
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::permission::Action;
use domain::scope::UnionPath;
use serde_json::json;
use store::Tx;
use store::cover::CoverRow;
use store::intake::BatchRow;
use store::membership::MemberRow;
use store::union_org::UnionRow;

use super::batch::{self, Notes};
use super::retention::{remove, remove_state};
use super::sealed::SealedReader;
use super::{BatchReport, Places, UNDOABLE_BATCHES};
use crate::error::AppError;
use crate::op::{App, OpContext};

/// Rows written back at once.
const CHUNK_ROWS: usize = 5_000;
/// Things named in a refusal.
const NAMED_MAX: usize = 10;

/// Takes an applied batch back. Refused with a list where later batches or later changes stand on it.
pub async fn undo(op: &OpContext, app: &App, batch_no: i64) -> Result<BatchReport, AppError> {
    op.may(Action::UndoImport)?;
    let _lock = batch::lock(app).await?;
    let mut tx = app.store.begin().await?;
    let mut row = tx
        .batch(batch_no)
        .await?
        .ok_or_else(|| AppError::no_batch(batch_no))?;
    let kind = Kind::from_name(&row.kind)
        .ok_or_else(|| store::StoreError::corrupt("intake_batch", "kind", batch_no))?;
    if row.state != BatchState::Applied.code() {
        let state = BatchState::from_code(&row.state).map_or("不明", BatchState::label);
        return Err(AppError::conflict(
            "IMP-409",
            format!("第 {batch_no} 号批次的状态是“{state}”，只有已生效的批次可以撤销"),
        ));
    }
    let later = tx.later_batches(kind.name(), batch_no).await?;
    if !later.is_empty() {
        let named: Vec<String> = later.iter().map(i64::to_string).collect();
        return Err(refused(
            format!("之后还有同类批次：{}", named.join("、")),
            "请从最新的批次开始逐个撤销",
        ));
    }
    if Notes::of(&row).is_settled {
        return Err(refused(
            format!(
                "第 {batch_no} 号批次撤销所需的数据已按留存规则清理，每类数据只保留最近 {UNDOABLE_BATCHES} 批的"
            ),
            "请直接导入更正后的文件",
        ));
    }
    match kind {
        Kind::Unions => unions(app, &mut tx, &row).await?,
        Kind::Covers => covers(app, &mut tx, &row).await?,
        Kind::Members => members(app, &mut tx, &row).await?,
        _ => {}
    }
    row.state = BatchState::Undone.code().to_owned();
    tx.save_batch(&row).await?;
    let entry = JournalEntry::new(JournalAction::BatchUndone, SubjectKind::Batch, row.id)
        .after(&json!({ "batch_no": batch_no, "kind": row.kind, "sm3": row.sm3 }));
    tx.journal(&op.by(), entry).await?;
    tx.commit().await?;
    forget_files(app, kind, &row);
    batch::report(app, row)
}

/// The rows before and the agency's state after are of no more use; rejects stay for the sender.
fn forget_files(app: &App, kind: Kind, row: &BatchRow) {
    let places = Places::of(app);
    let own = Places::lake_file(kind, row.batch_no);
    remove(&places.images(row.batch_no));
    if row.lake_file.as_deref() == Some(own.as_str()) {
        remove_state(&places.in_data(&own));
    }
}

fn refused(what: String, hint: &str) -> AppError {
    AppError::conflict("IMP-410", format!("不能撤销：{what}")).hint(hint.to_owned())
}

fn named(what: &str, keys: &[String]) -> String {
    let more = if keys.len() > NAMED_MAX {
        format!(" 等 {} 个", keys.len())
    } else {
        String::new()
    };
    let shown: Vec<&str> = keys.iter().take(NAMED_MAX).map(String::as_str).collect();
    format!("{what}：{}{more}", shown.join("、"))
}

/// Rows that a person changed after the batch no longer carry its number.
fn refuse_changed(row: &BatchRow, present: i64) -> Result<(), AppError> {
    let written = Notes::of(row).touched;
    if present == written {
        return Ok(());
    }
    Err(refused(
        format!(
            "本批次写入的 {written} 行中，有 {} 行之后又被修改",
            (written - present).abs()
        ),
        "请先改回这些记录，或直接导入更正后的文件",
    ))
}

async fn unions(app: &App, tx: &mut Tx, row: &BatchRow) -> Result<(), AppError> {
    refuse_changed(row, tx.union_count_of_batch(row.batch_no).await?)?;
    let images: Vec<UnionRow> = images_of(app, row)?.next_chunk(usize::MAX)?;
    let restored: HashMap<&str, &UnionRow> = images
        .iter()
        .map(|image| (image.union_id.as_str(), image))
        .collect();
    let going: Vec<UnionRow> = tx
        .union_rows()
        .await?
        .into_iter()
        .filter(|now| now.batch_no == Some(row.batch_no) && !restored.contains_key(now.union_id.as_str()))
        .collect();
    refuse_dependents(tx, &going).await?;
    refuse_hanging(tx, row, &images).await?;
    tx.delete_unions_of_batch(row.batch_no).await?;
    tx.upsert_unions(images).await?;
    Ok(())
}

/// Members and accounts of unions that would go.
async fn refuse_dependents(tx: &mut Tx, going: &[UnionRow]) -> Result<(), AppError> {
    let mut needed = Vec::new();
    for union in going {
        if tx.has_dependents(union.id).await? {
            needed.push(format!("{}（{}）", union.name, union.union_id));
        }
    }
    if needed.is_empty() {
        return Ok(());
    }
    Err(refused(
        named("本批次新增的工会已有会员或账号", &needed),
        "请先撤销之后导入的会员批次，或移走相关账号",
    ))
}

/// Unions outside the batch that would lose the place they hang under.
async fn refuse_hanging(tx: &mut Tx, row: &BatchRow, images: &[UnionRow]) -> Result<(), AppError> {
    let now = tx.union_rows().await?;
    let others: Vec<&UnionRow> = now
        .iter()
        .filter(|other| other.batch_no != Some(row.batch_no))
        .filter(|other| !images.iter().any(|image| image.union_id == other.union_id))
        .collect();
    let after: HashSet<&str> = others
        .iter()
        .copied()
        .chain(images)
        .filter_map(|union| union.path.as_deref())
        .collect();
    let lost: Vec<String> = others
        .iter()
        .filter(|other| {
            let parent = other
                .path
                .as_deref()
                .and_then(|path| UnionPath::parse(path).ok())
                .and_then(|path| path.parent());
            parent.is_some_and(|parent| !after.contains(parent.as_str()))
        })
        .map(|other| format!("{}（{}）", other.name, other.union_id))
        .collect();
    if lost.is_empty() {
        return Ok(());
    }
    Err(refused(
        named("之后登记的工会挂在本批次的工会之下", &lost),
        "请先调整这些工会的上级",
    ))
}

async fn covers(app: &App, tx: &mut Tx, row: &BatchRow) -> Result<(), AppError> {
    refuse_changed(row, tx.cover_count_of_batch(row.batch_no).await?)?;
    let images: Vec<CoverRow> = images_of(app, row)?.next_chunk(usize::MAX)?;
    tx.delete_covers_of_batch(row.batch_no).await?;
    tx.upsert_covers(images).await?;
    Ok(())
}

async fn members(app: &App, tx: &mut Tx, row: &BatchRow) -> Result<(), AppError> {
    refuse_changed(row, tx.member_count_of_batch(row.batch_no).await?)?;
    let mut images = images_of::<MemberRow>(app, row)?;
    tx.delete_members_of_batch(row.batch_no).await?;
    tx.delete_member_events_of_batch(row.batch_no).await?;
    loop {
        let chunk = images.next_chunk(CHUNK_ROWS)?;
        if chunk.is_empty() {
            return Ok(tx.recount_members().await?);
        }
        tx.upsert_members(chunk).await?;
    }
}

fn images_of<T: serde::de::DeserializeOwned>(app: &App, row: &BatchRow) -> Result<SealedReader<T>, AppError> {
    SealedReader::open(
        &Places::of(app).images(row.batch_no),
        std::sync::Arc::clone(&app.keys),
        row.id,
    )
}
