//! 方案: a filter that a person keeps under a name.

use codes::id::{AccountId, SavedViewId};
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::permission::Action;
use serde::Serialize;
use serde_json::json;
use store::Reader;
use store::saved_view::SavedViewRecord;

use crate::error::AppError;
use crate::list_item::{ListParams, count_of, wrong};
use crate::op::{App, OpContext};

/// Longest name, in characters.
const NAME_MAX: usize = 20;
/// Most views of one account.
const VIEWS_MAX: usize = 30;

/// A kept filter with the number of items it shows now.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SavedView {
    pub id: String,
    pub name: String,
    pub params: ListParams,
    pub count: i64,
}

/// The asker's views, in the order they were kept.
pub async fn saved_views(op: &OpContext, app: &App) -> Result<Vec<SavedView>, AppError> {
    op.may(Action::SeeLists)?;
    let Some(account) = op.actor.id else {
        return Ok(Vec::new());
    };
    let mut reader = app.store.read().await?;
    let mut views = Vec::new();
    for record in reader.saved_views(account).await? {
        views.push(view_of(op, &mut reader, record).await?);
    }
    Ok(views)
}

/// Keeps a view under a name; the same name again replaces it.
pub async fn save_view(
    op: &OpContext,
    app: &App,
    name: &str,
    params: &ListParams,
) -> Result<SavedView, AppError> {
    op.may(Action::SeeLists)?;
    let account = person(op)?;
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME_MAX {
        return Err(wrong("name", format!("请给方案起个名字，不超过 {NAME_MAX} 个字")));
    }
    let mut params = params.clone();
    params.page = 1;
    let query =
        serde_json::to_string(&params.to_pairs()).map_err(|error| AppError::internal(error.to_string()))?;
    let mut tx = app.store.begin().await?;
    let known = tx.saved_views(account).await?;
    let same = known.iter().find(|view| view.name == name);
    if same.is_none() && known.len() >= VIEWS_MAX {
        return Err(wrong(
            "name",
            format!("最多保存 {VIEWS_MAX} 个方案，请先删除不用的"),
        ));
    }
    let record = SavedViewRecord {
        id: same.map_or_else(|| op.new_id(), |view| view.id),
        name: name.to_owned(),
        query,
        created_at: same.map_or_else(|| op.now(), |view| view.created_at),
    };
    tx.save_view(account, &record).await?;
    let entry = JournalEntry::new(JournalAction::ViewSaved, SubjectKind::SavedView, record.id.uuid())
        .after(&json!({"name": record.name, "query": record.query}));
    tx.journal(&op.by(), entry).await?;
    let view = view_of(op, &mut tx, record).await?;
    tx.commit().await?;
    Ok(view)
}

/// Forgets a view.
pub async fn forget_view(op: &OpContext, app: &App, id: &str) -> Result<(), AppError> {
    let account = person(op)?;
    let missing = || AppError::not_found("VIEW-404", "没有这个方案，可能已删除");
    let id = uuid::Uuid::parse_str(id)
        .map(SavedViewId::from_uuid)
        .map_err(|_| missing())?;
    let mut tx = app.store.begin().await?;
    if !tx.delete_view(account, id).await? {
        return Err(missing());
    }
    tx.journal(
        &op.by(),
        JournalEntry::new(JournalAction::ViewDeleted, SubjectKind::SavedView, id.uuid()),
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

fn person(op: &OpContext) -> Result<AccountId, AppError> {
    op.actor
        .id
        .ok_or_else(|| AppError::forbidden("VIEW-403", "方案属于个人账号，系统账号不能保存"))
}

async fn view_of(
    op: &OpContext,
    reader: &mut Reader,
    record: SavedViewRecord,
) -> Result<SavedView, AppError> {
    let pairs: Vec<(String, String)> = serde_json::from_str(&record.query).unwrap_or_default();
    let params = ListParams::from_pairs(pairs);
    let count = count_of(op, reader, &params).await?;
    Ok(SavedView {
        id: record.id.uuid().to_string(),
        name: record.name,
        params,
        count,
    })
}
