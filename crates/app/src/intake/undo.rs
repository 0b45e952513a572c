//! Taking a batch back (撤销批次): the state before it is the state again, byte for byte.

use std::collections::{BTreeSet, HashMap, HashSet};

use codes::time::Timestamp;
use domain::accounts::shown_name;
use domain::approval::ApprovalKind;
use domain::dictionary::Dictionary;
use domain::element_right::Right;
use domain::intake::{BatchState, Kind};
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::permission::Action;
use domain::scope::UnionPath;
use domain::security::Limit;
use serde_json::json;
use store::Tx;
use store::cover::CoverRow;
use store::intake::BatchRow;
use store::membership::MemberRow;
use store::union_org::UnionRow;

use super::batch::{self, Notes};
use super::images::Mark;
use super::retention::{remove, remove_state};
use super::sealed::SealedReader;
use super::tree::{self, Node};
use super::{BatchReport, Places, UNDOABLE_BATCHES};
use crate::approval::{self, Wanted};
use crate::element_right::{barred, expect_write};
use crate::error::AppError;
use crate::op::{App, OpContext};
use crate::register_values::{Values, member_values, union_values};
use crate::union_org::alias;
use crate::union_org::cover::changed_elements;
use crate::zone::settle::{lying, settle_all};

/// Rows written back at once.
const CHUNK_ROWS: usize = 5_000;
/// Things named in a refusal.
const NAMED_MAX: usize = 10;

/// Rows changed since that are named with who and when.
const CHANGED_NAMED_MAX: usize = 200;

/// A row that somebody changed after the batch had written it.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangedSince {
    /// The register's key.
    pub key: String,
    /// Who and when, as far as the journal knows; nothing for what another batch or a run did.
    pub by: Option<(String, Timestamp)>,
    /// The row is no longer there.
    pub is_gone: bool,
}

/// What an undo of a batch would meet.
#[derive(Debug, Clone, PartialEq)]
pub struct UndoOutlook {
    /// Rows that the batch wrote or took out.
    pub written: i64,
    /// Of them changed since, all.
    pub changed_count: i64,
    /// The first of them.
    pub changed: Vec<ChangedSince>,
    /// Why even the rest cannot be taken back.
    pub refusal: Option<String>,
}

/// Says what an undo would meet, without doing it. 撤销前核对
///
/// # Errors
/// As [`undo`] where the batch as a whole cannot be taken back.
pub async fn undo_outlook(op: &OpContext, app: &App, batch_no: i64) -> Result<UndoOutlook, AppError> {
    op.may(Action::UndoImport)?;
    let mut tx = app.store.look().await?;
    let (row, kind) = undoable(&mut tx, batch_no).await?;
    let touched = touched(app, &mut tx, &row, kind).await?;
    let mut changed: Vec<&String> = touched.changed.iter().collect();
    changed.sort();
    let mut named = Vec::new();
    for key in changed.iter().take(CHANGED_NAMED_MAX) {
        named.push(changed_since(&mut tx, &row, kind, key).await?);
    }
    let refusal = match refuse_barred(op, app, &mut tx, &row, kind, &touched).await {
        Ok(()) if kind == Kind::Unions => refuse_unions(app, &mut tx, &row, &touched).await.err(),
        other => other.err(),
    };
    Ok(UndoOutlook {
        written: touched.written,
        changed_count: touched.changed.len() as i64,
        changed: named,
        refusal: refusal.map(|refusal| refusal.message),
    })
}

/// Takes an applied batch back. Refused with a list where later batches or later changes stand on it.
pub async fn undo(op: &OpContext, app: &App, batch_no: i64) -> Result<BatchReport, AppError> {
    take_back(op, app, batch_no, false).await
}

/// Takes back what nobody has changed since; changed rows stay as they are. 撤销其余
pub async fn undo_rest(op: &OpContext, app: &App, batch_no: i64) -> Result<BatchReport, AppError> {
    take_back(op, app, batch_no, true).await
}

/// What a second person is asked to approve, when an undo takes back more rows than one person does alone (双人复核).
///
/// # Errors
/// As [`undo_outlook`].
pub async fn undo_wanted(
    op: &OpContext,
    app: &App,
    batch_no: i64,
    only_rest: bool,
) -> Result<Wanted, AppError> {
    op.may(Action::UndoImport)?;
    let mut tx = app.store.look().await?;
    let (row, kind) = undoable(&mut tx, batch_no).await?;
    let touched = touched(app, &mut tx, &row, kind).await?;
    let rows = touched.written - touched.changed.len() as i64;
    Ok(wanted_of(&row, kind, rows, only_rest))
}

fn wanted_of(row: &BatchRow, kind: Kind, rows: i64, only_rest: bool) -> Wanted {
    let told = |label: &str, text: String| (label.to_owned(), text);
    let what = if only_rest {
        "只撤销之后没有人改过的行"
    } else {
        "撤销整批，数据回到这一批之前"
    };
    Wanted {
        kind: ApprovalKind::Undo,
        title: format!("撤销{}第 {} 批（{rows} 行）", kind.label(), row.batch_no),
        details: vec![
            told("文件", row.file_name.clone()),
            told("导入", Timestamp::from_millis(row.started_at).to_minute()),
            told("方式", what.to_owned()),
        ],
        arguments: json!({ "what": "undo", "batch": row.id, "only_rest": only_rest }),
    }
}

async fn take_back(
    op: &OpContext,
    app: &App,
    batch_no: i64,
    only_rest: bool,
) -> Result<BatchReport, AppError> {
    op.may(Action::UndoImport)?;
    let _lock = batch::lock(app).await?;
    let mut tx = app.store.begin().await?;
    let (mut row, kind) = undoable(&mut tx, batch_no).await?;
    let mut left = 0;
    let mut zoned = Vec::new();
    if !kind.is_agency() {
        if kind == Kind::Members {
            // What somebody changes from here on waits, so that it is not written over by what was before the batch.
            tx.hold_members_of_batch(row.batch_no).await?;
        }
        let touched = touched(app, &mut tx, &row, kind).await?;
        if !touched.changed.is_empty() && !only_rest {
            return Err(refuse_changed(&mut tx, &row, kind, &touched).await?);
        }
        left = touched.changed.len();
        refuse_barred(op, app, &mut tx, &row, kind, &touched).await?;
        let rows = touched.written - left as i64;
        let wanted = wanted_of(&row, kind, rows, only_rest);
        approval::clear(op, &mut tx, Limit::ChangeRows, rows, &wanted).await?;
        match kind {
            Kind::Unions => {
                let lay = lying(&mut tx).await?;
                unions(app, &mut tx, &row, &touched).await?;
                zoned = settle_all(op, &mut tx, &lay, &format!("撤销第 {batch_no} 批")).await?;
            }
            Kind::Covers => covers(app, &mut tx, &row, &touched).await?,
            _ => members(app, &mut tx, &row, &touched).await?,
        }
    }
    row.state = BatchState::Undone.code().to_owned();
    let mut notes = Notes::of(&row);
    notes.tell_zoned(&zoned);
    row.notes = Some(serde_json::to_string(&notes).map_err(AppError::internal)?);
    tx.save_batch(&row).await?;
    let mut told = json!({ "batch_no": batch_no, "kind": row.kind, "sm3": row.sm3 });
    if left > 0 {
        told["left"] = left.into();
    }
    if !zoned.is_empty() {
        told["zoned"] = zoned.len().into();
    }
    let entry = JournalEntry::new(JournalAction::BatchUndone, SubjectKind::Batch, row.id).after(&told);
    tx.journal(&op.by(), entry).await?;
    tx.commit().await?;
    forget_files(app, kind, &row);
    batch::report(app, row)
}

/// Refuses an undo that would change back what is not the actor's to change: an undo is a change like any other. What the batch brought
/// anew and what it took out is not about elements.
async fn refuse_barred(
    op: &OpContext,
    app: &App,
    tx: &mut Tx,
    row: &BatchRow,
    kind: Kind,
    touched: &Touched,
) -> Result<(), AppError> {
    if kind.is_agency() || barred(op, tx, kind, Right::Write).await?.is_empty() {
        return Ok(());
    }
    let mut differing: BTreeSet<&'static str> = BTreeSet::new();
    let elements = || Dictionary::shipped().of(kind).iter();
    let mut compare = |then: Values, now: Values| {
        let both = elements().zip(then.into_iter().zip(now));
        differing.extend(
            both.filter(|(_, (then, now))| then != now)
                .map(|(element, _)| element.name.as_str()),
        );
    };
    match kind {
        Kind::Unions => {
            for then in unchanged_unions(app, row, touched)? {
                if let Some(now) = tx.union_row(&then.union_id).await? {
                    compare(union_values(&app.keys, &then), union_values(&app.keys, &now));
                }
            }
        }
        Kind::Members => {
            let mut images = images_of::<MemberRow>(app, row)?;
            loop {
                let then = images.next_chunk(CHUNK_ROWS)?;
                if then.is_empty() {
                    break;
                }
                let now = tx
                    .member_rows(then.iter().map(|row| row.member_id.as_str()))
                    .await?;
                let now: HashMap<String, MemberRow> =
                    now.into_iter().map(|row| (row.member_id.clone(), row)).collect();
                for then in then
                    .into_iter()
                    .filter(|row| !touched.changed.contains(&row.member_id))
                {
                    let Some(now) = now.get(&then.member_id) else {
                        continue;
                    };
                    let of = |row: &MemberRow| member_values(&app.keys, row, &row.union_org_id.to_string());
                    compare(of(&then), of(now));
                }
            }
        }
        _ => {
            let now: HashMap<String, CoverRow> = tx
                .cover_rows()
                .await?
                .into_iter()
                .map(|row| (row.cover_key.clone(), row))
                .collect();
            let images: Vec<CoverRow> = images_of(app, row)?.next_chunk(usize::MAX)?;
            for then in images
                .iter()
                .filter(|row| !touched.changed.contains(&row.cover_key))
            {
                if let Some(now) = now.get(&then.cover_key) {
                    differing.extend(changed_elements(now, then));
                }
            }
        }
    }
    let differing: Vec<&str> = differing.into_iter().collect();
    expect_write(op, tx, kind, &differing).await
}

/// A batch that may be taken back as far as its own state goes.
async fn undoable(tx: &mut Tx, batch_no: i64) -> Result<(BatchRow, Kind), AppError> {
    let row = tx
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
    Ok((row, kind))
}

/// The rows of a batch, and which of them are no longer as it left them.
#[derive(Default)]
struct Touched {
    written: i64,
    changed: HashSet<String>,
}

async fn touched(app: &App, tx: &mut Tx, row: &BatchRow, kind: Kind) -> Result<Touched, AppError> {
    let present = match kind {
        Kind::Unions => tx.union_keys_of_batch(row.batch_no).await?,
        Kind::Covers => tx.cover_keys_of_batch(row.batch_no).await?,
        Kind::Members => tx.member_keys_of_batch(row.batch_no).await?,
        _ => return Ok(Touched::default()),
    };
    let present: HashSet<String> = present.into_iter().collect();
    let marks = Places::of(app).came(row.batch_no);
    // Where nothing came or went there is nothing to mark, and no file.
    let has_marks = marks.exists() || row.created_count + row.deleted_count == 0;
    if !has_marks && Notes::of(row).touched != present.len() as i64 {
        // Of before the marks were kept: that something changed is known, not what.
        return Err(refused(
            format!(
                "本批次写入的 {} 行中，有 {} 行之后又被修改",
                Notes::of(row).touched,
                (Notes::of(row).touched - present.len() as i64).abs()
            ),
            "请先改回这些记录，或直接导入更正后的文件",
        ));
    }
    let (mut wrote, mut gone) = (HashSet::new(), HashSet::new());
    let mut marks = SealedReader::<Mark>::open(&marks, std::sync::Arc::clone(&app.keys), row.id)?;
    while let Some(mark) = marks.next()? {
        match mark {
            Mark::Came(key) => wrote.insert(key),
            Mark::Gone(key) => gone.insert(key),
        };
    }
    match kind {
        Kind::Unions => wrote.extend(keys_of::<UnionRow>(app, row, |image| image.union_id)?),
        Kind::Covers => wrote.extend(keys_of::<CoverRow>(app, row, |image| image.cover_key)?),
        _ => wrote.extend(keys_of::<MemberRow>(app, row, |image| image.member_id)?),
    }
    let mut changed: HashSet<String> = wrote
        .iter()
        .filter(|key| !present.contains(*key) && !gone.contains(*key))
        .cloned()
        .collect();
    changed.extend(back_again(tx, kind, &gone, &present).await?);
    Ok(Touched {
        written: wrote.len() as i64,
        changed,
    })
}

/// Rows that the batch took out and that are there again.
async fn back_again(
    tx: &mut Tx,
    kind: Kind,
    gone: &HashSet<String>,
    present: &HashSet<String>,
) -> Result<Vec<String>, AppError> {
    let gone: Vec<&str> = gone
        .iter()
        .filter(|key| !present.contains(*key))
        .map(String::as_str)
        .collect();
    let mut back = Vec::new();
    match kind {
        Kind::Members => {
            for keys in gone.chunks(CHUNK_ROWS) {
                let rows = tx.member_rows(keys.iter().copied()).await?;
                back.extend(rows.into_iter().map(|row| row.member_id));
            }
        }
        Kind::Unions => {
            for key in gone {
                back.extend(tx.union_row(key).await?.map(|row| row.union_id));
            }
        }
        _ => {
            let gone: HashSet<&str> = gone.into_iter().collect();
            let rows = if gone.is_empty() {
                Vec::new()
            } else {
                tx.cover_rows().await?
            };
            let rows = rows.into_iter().map(|row| row.cover_key);
            back.extend(rows.filter(|key| gone.contains(key.as_str())));
        }
    }
    Ok(back)
}

fn keys_of<T: serde::de::DeserializeOwned>(
    app: &App,
    row: &BatchRow,
    key: impl Fn(T) -> String,
) -> Result<Vec<String>, AppError> {
    let mut images = images_of::<T>(app, row)?;
    let mut keys = Vec::new();
    while let Some(image) = images.next()? {
        keys.push(key(image));
    }
    Ok(keys)
}

async fn changed_since(tx: &mut Tx, row: &BatchRow, kind: Kind, key: &str) -> Result<ChangedSince, AppError> {
    let subject = match kind {
        Kind::Unions => {
            let now = tx.union_row(key).await?;
            now.map(|now| (SubjectKind::UnionOrg, now.id))
        }
        Kind::Members => {
            let now = tx.member_row(key).await?;
            now.map(|now| (SubjectKind::Member, now.id))
        }
        _ => None,
    };
    let since = Timestamp(row.finished_at.unwrap_or(row.started_at));
    let by = match subject {
        Some((kind, id)) => tx.last_change(kind, id, since).await?,
        None => None,
    };
    Ok(ChangedSince {
        key: key.to_owned(),
        by: by.map(|(at, name)| (name, at)),
        is_gone: subject.is_none() && kind != Kind::Covers,
    })
}

/// The rows before and the agency's state after are of no more use; rejects stay for the sender.
fn forget_files(app: &App, kind: Kind, row: &BatchRow) {
    let places = Places::of(app);
    let own = Places::lake_file(kind, row.batch_no);
    remove(&places.images(row.batch_no));
    remove(&places.came(row.batch_no));
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
async fn refuse_changed(
    tx: &mut Tx,
    row: &BatchRow,
    kind: Kind,
    touched: &Touched,
) -> Result<AppError, AppError> {
    let mut keys: Vec<&String> = touched.changed.iter().collect();
    keys.sort();
    let mut words = Vec::new();
    for key in keys.iter().take(NAMED_MAX) {
        let changed = changed_since(tx, row, kind, key).await?;
        words.push(match changed.by {
            Some((name, at)) => format!("{key}（{} {} 改）", shown_name(&name), at.to_minute()),
            None if changed.is_gone => format!("{key}（已不在）"),
            None => key.to_string(),
        });
    }
    let more = if keys.len() > NAMED_MAX { " 等" } else { "" };
    Ok(refused(
        format!(
            "本批次写入的 {} 行中，有 {} 行之后又被修改：{}{more}",
            touched.written,
            keys.len(),
            words.join("、")
        ),
        "可以只撤销其余的行，或先改回这些记录，或直接导入更正后的文件",
    ))
}

/// What of the unions' images is to come back.
fn unchanged_unions(app: &App, row: &BatchRow, touched: &Touched) -> Result<Vec<UnionRow>, AppError> {
    let images: Vec<UnionRow> = images_of(app, row)?.next_chunk(usize::MAX)?;
    let images = images.into_iter();
    Ok(images
        .filter(|image| !touched.changed.contains(&image.union_id))
        .collect())
}

/// Whether what the register holds stands on unions that would go.
async fn refuse_unions(app: &App, tx: &mut Tx, row: &BatchRow, touched: &Touched) -> Result<(), AppError> {
    let images = unchanged_unions(app, row, touched)?;
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
    refuse_hanging(tx, &going).await
}

async fn unions(app: &App, tx: &mut Tx, row: &BatchRow, touched: &Touched) -> Result<(), AppError> {
    refuse_unions(app, tx, row, touched).await?;
    let images = unchanged_unions(app, row, touched)?;
    tx.delete_unions_of_batch(row.batch_no).await?;
    let at = app.now();
    alias::follow(tx, &images, at.millis(), || app.ids.new_uuid(at)).await?;
    alias::forget_renamings(tx, &images).await?;
    let restored: HashSet<String> = images.iter().map(|image| image.union_id.clone()).collect();
    tx.upsert_unions(images).await?;
    tx.forget_chairs_gone(row.batch_no).await?;
    if !touched.changed.is_empty() {
        refuse_round(tx, &restored).await?;
    }
    replant(tx, &restored).await
}

/// Rows that come back beside others that a person has changed since may close a circle of the second line, which nobody made.
async fn refuse_round(tx: &mut Tx, restored: &HashSet<String>) -> Result<(), AppError> {
    let nodes = tx.union_nodes().await?.into_iter();
    let above: HashMap<String, Option<String>> = nodes
        .map(|node| (node.union_id, node.industry_parent_id))
        .collect();
    let leads_back = |key: &&String| {
        let up = |key: &str| above.get(key).and_then(Option::as_deref);
        domain::union_org::line::leads_back(key, up)
    };
    let mut round: Vec<String> = restored.iter().filter(leads_back).cloned().collect();
    round.sort();
    match round.is_empty() {
        true => Ok(()),
        false => Err(refused(
            named("撤销其余的行会使产业线成环", &round),
            "请先调整其中一家的所属产业工会",
        )),
    }
}

/// Puts the restored unions, and whoever hangs below them, where the register's rule puts them today: what they hung under may
/// hang elsewhere since, and their number may be another's. Where nothing else has changed everybody keeps the place it had.
async fn replant(tx: &mut Tx, restored: &HashSet<String>) -> Result<(), AppError> {
    let mut nodes: Vec<Node> = tx.union_nodes().await?.into_iter().map(Node::from).collect();
    nodes.sort_unstable_by(|a, b| a.union_id.cmp(&b.union_id));
    let stood: Vec<Option<String>> = nodes.iter().map(|node| node.path.clone()).collect();
    let others = nodes.iter().filter(|node| !restored.contains(&node.union_id));
    let taken: HashSet<String> = others.filter_map(|node| node.path.clone()).collect();
    for node in nodes.iter_mut().filter(|node| restored.contains(&node.union_id)) {
        // Whoever came to the number meanwhile keeps it.
        node.path.take_if(|path| taken.contains(path));
    }
    let tree = tree::grow(&nodes);
    for ((node, stood), path) in nodes.into_iter().zip(stood).zip(tree.paths) {
        if stood != path {
            let row = tx.union_row(&node.union_id).await?;
            let row = row.ok_or_else(|| AppError::internal(format!("no union {}", node.union_id)))?;
            tx.set_union_path(row.id, path.as_deref()).await?;
        }
    }
    Ok(())
}

/// Members, accounts and what has been registered of unions that would go.
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
        named("本批次新增的工会已有会员、账号或登记事项", &needed),
        "请先撤销之后导入的会员批次，或移走相关账号；已登记换届、法人资格或会籍的工会请改办撤销",
    ))
}

/// Unions that somebody has hung under one that would go.
async fn refuse_hanging(tx: &mut Tx, going: &[UnionRow]) -> Result<(), AppError> {
    let places: HashSet<&str> = going.iter().filter_map(|union| union.path.as_deref()).collect();
    let lost: Vec<String> = tx
        .union_rows()
        .await?
        .into_iter()
        .filter(|other| !going.iter().any(|gone| gone.union_id == other.union_id))
        .filter(|other| {
            let path = other.path.as_deref().and_then(|path| UnionPath::parse(path).ok());
            let parent = path.and_then(|path| path.parent());
            parent.is_some_and(|parent| places.contains(parent.as_str()))
        })
        // What the batch itself hung there goes back with it.
        .filter(|other| other.batch_no != going[0].batch_no)
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

async fn covers(app: &App, tx: &mut Tx, row: &BatchRow, touched: &Touched) -> Result<(), AppError> {
    let images: Vec<CoverRow> = images_of(app, row)?.next_chunk(usize::MAX)?;
    let images = images.into_iter();
    let images = images.filter(|image| !touched.changed.contains(&image.cover_key));
    tx.delete_covers_of_batch(row.batch_no).await?;
    tx.upsert_covers(images).await?;
    Ok(())
}

async fn members(app: &App, tx: &mut Tx, row: &BatchRow, touched: &Touched) -> Result<(), AppError> {
    let mut images = images_of::<MemberRow>(app, row)?;
    tx.delete_members_of_batch(row.batch_no).await?;
    let left_alone = touched.changed.iter().map(String::as_str);
    tx.delete_member_events_of_batch(row.batch_no, left_alone).await?;
    loop {
        let chunk = images.next_chunk(CHUNK_ROWS)?;
        if chunk.is_empty() {
            return Ok(tx.recount_members().await?);
        }
        let chunk = chunk.into_iter();
        let chunk = chunk.filter(|image| !touched.changed.contains(&image.member_id));
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
