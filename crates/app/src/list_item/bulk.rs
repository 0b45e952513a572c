//! The same act on many items: what would happen, then what became of each.

use domain::list_item::{self as rules, Action, Actor};
use domain::permission;
use store::list_item::{ItemFilter, ItemRecord};
use store::list_query::{Direction, Page};
use store::{Reader, StoreError};

use super::act::{one, read_form};
use super::buttons::bulk_specimens;
use super::{ActForm, BulkPreview, BulkRefusal, BulkResult, is_refusal, policy_on, standing_of, wrong};
use crate::error::AppError;
use crate::op::{App, OpContext};

/// Most items of one bulk act.
pub const BULK_MAX: usize = 10_000;
/// So many are done in one transaction: others wait for the writer no longer than that takes.
const CHUNK: usize = 500;

/// What an act would do to these items: how many it can be done to, and why not to the others. Changes nothing. Words
/// and people that the act still asks for are taken as given.
pub async fn bulk_preview(
    op: &OpContext,
    app: &App,
    item_nos: &[String],
    action: &str,
) -> Result<BulkPreview, AppError> {
    op.may(permission::Action::WorkOnItems)?;
    check_count(item_nos)?;
    let specimens = bulk_specimens(op);
    let action = specimens
        .iter()
        .find(|specimen| specimen.code() == action)
        .ok_or_else(|| wrong("action", "请选择要批量办理什么"))?;
    let mut reader = app.store.read().await?;
    let mut preview = BulkPreview::default();
    for chunk in item_nos.chunks(CHUNK) {
        let found = records(op, &mut reader, chunk).await?;
        for item_no in chunk {
            let record = found.iter().find(|record| record.item_no == *item_no);
            let refused = match record {
                Some(record) => refusal(op, record, action),
                None => Some(format!("没有编号为 {item_no} 的清单项")),
            };
            match refused {
                None => preview.possible.push(item_no.clone()),
                Some(reason) => preview.refused.push(BulkRefusal {
                    item_no: item_no.clone(),
                    name: record.map(|record| record.name.clone()).unwrap_or_default(),
                    reason,
                }),
            }
        }
    }
    Ok(preview)
}

/// Why this act cannot be done to this item, by asking the transition function itself.
fn refusal(op: &OpContext, record: &ItemRecord, action: &Action) -> Option<String> {
    let actor = Actor {
        role: op.role(),
        is_owner: op.actor.id.is_some() && record.owner_id == op.actor.id,
    };
    rules::step(standing_of(record, &policy_on(op.today())), action, actor)
        .err()
        .map(|refusal| refusal.reason)
}

/// The same act on many items, with a result for each; what is possible is done.
pub async fn bulk_act(
    op: &OpContext,
    app: &App,
    item_nos: &[String],
    form: ActForm,
) -> Result<BulkResult, AppError> {
    op.may(permission::Action::WorkOnItems)?;
    check_count(item_nos)?;
    if !bulk_specimens(op)
        .iter()
        .any(|action| action.code() == form.action)
    {
        return Err(wrong("action", "这一步须逐项办理，不能批量"));
    }
    let mut result = BulkResult::default();
    for chunk in item_nos.chunks(CHUNK) {
        match act_on(op, app, chunk, &form).await {
            Ok(part) => {
                result.done.extend(part.done);
                result.refused.extend(part.refused);
            }
            // Nothing has been done yet: the whole act failed.
            Err(error) if result.done.is_empty() => return Err(error),
            // What was done before stays done and is said; the rest is left with the reason.
            Err(error) => {
                tracing::error!(%error, done = result.done.len(), "a bulk act stopped half-way");
                let reached = result.done.len() + result.refused.len();
                let reason = format!("没有办到：{}", error.message);
                result
                    .refused
                    .extend(item_nos[reached..].iter().map(|item_no| BulkRefusal {
                        item_no: item_no.clone(),
                        name: String::new(),
                        reason: reason.clone(),
                    }));
                break;
            }
        }
    }
    name_refused(op, app, &mut result.refused).await?;
    Ok(result)
}

/// One transaction.
async fn act_on(
    op: &OpContext,
    app: &App,
    item_nos: &[String],
    form: &ActForm,
) -> Result<BulkResult, AppError> {
    let mut tx = app.store.begin().await?;
    let (action, owner) = read_form(op, &mut tx, form).await?;
    let mut result = BulkResult::default();
    for item_no in item_nos {
        match one(op, app, &mut tx, item_no, &action, owner.as_ref(), None).await {
            Ok(done) => result.done.push(done.item_no),
            Err(error) if is_refusal(&error) => result.refused.push(BulkRefusal {
                item_no: item_no.clone(),
                name: String::new(),
                reason: error.message,
            }),
            Err(error) => return Err(error),
        }
    }
    tx.commit().await?;
    Ok(result)
}

fn check_count(item_nos: &[String]) -> Result<(), AppError> {
    match item_nos.len() {
        0 => Err(wrong("item_no", "请先勾选要办理的清单项")),
        count if count > BULK_MAX => Err(wrong("item_no", format!("一次最多办理 {BULK_MAX} 项，请分批"))),
        _ => Ok(()),
    }
}

/// These items, as far as they are in sight, in any order.
async fn records(
    op: &OpContext,
    reader: &mut Reader,
    item_nos: &[String],
) -> Result<Vec<ItemRecord>, StoreError> {
    let filter = ItemFilter {
        item_nos: Some(item_nos.to_vec()),
        ..ItemFilter::default()
    };
    reader
        .item_page(op.scope(), &filter, "no", Direction::Ascending, Page::ALL)
        .await
}

/// Who was left out, by name; an item out of sight keeps none.
async fn name_refused(op: &OpContext, app: &App, refused: &mut [BulkRefusal]) -> Result<(), AppError> {
    let mut reader = app.store.read().await?;
    for chunk in refused.chunks_mut(CHUNK) {
        let numbers: Vec<String> = chunk.iter().map(|one| one.item_no.clone()).collect();
        let found = records(op, &mut reader, &numbers).await?;
        for one in chunk {
            if let Some(record) = found.iter().find(|record| record.item_no == one.item_no) {
                one.name.clone_from(&record.name);
            }
        }
    }
    Ok(())
}
