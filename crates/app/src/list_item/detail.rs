//! The item page: why it is here, who is behind it, what has happened, what can be done.

use domain::journal::SubjectKind;
use domain::list_item::ItemSubject;
use domain::permission;
use serde_json::Value;
use store::Reader;
use store::list_item::ItemRecord;
use store::list_query::Page;

use super::buttons::{actions_of, colleagues};
use super::evidence::{candidate_of, closing_of, doubts, evidence_rows};
use super::history::history_of;
use super::query::{order, store_filter};
use super::{FoundedUnion, ItemView, ListParams, load, rows_of};
use crate::employer;
use crate::error::AppError;
use crate::op::{App, OpContext};

/// Longest timeline shown.
const HISTORY_MAX: i64 = 200;
/// How far previous and next are looked for around the page the person came from.
const NEIGHBOURS_MAX: i64 = 2_000;

/// The item page; `params` is the list the person came from, for previous and next.
pub async fn item(
    op: &OpContext,
    app: &App,
    item_no: &str,
    params: &ListParams,
) -> Result<ItemView, AppError> {
    op.may(permission::Action::SeeLists)?;
    let mut reader = app.store.read().await?;
    let record = load(op, &mut reader, item_no).await?;
    let (evidence, closing) = reader.item_evidence(record.id).await?.unwrap_or_default();
    let evidence: Value = serde_json::from_str(&evidence).unwrap_or(Value::Null);
    let journal = reader
        .journal_of(SubjectKind::ListItem, record.id.uuid(), HISTORY_MAX)
        .await?;
    let mut rows = rows_of(op, app, &mut reader, std::slice::from_ref(&record)).await?;
    let row = rows
        .pop()
        .ok_or_else(|| AppError::internal("an item has one row"))?;
    let (mut actions, locked_because) = actions_of(op, &record);
    if let Some(assign) = actions.iter_mut().find(|action| action.code == "assign") {
        assign.choices = colleagues(op, &mut reader, &record).await?;
    }
    let (previous, next) = neighbours(op, &mut reader, item_no, params).await?;
    let enterprise = subject_enterprise(&mut reader, &record).await?;
    let employer = match &enterprise {
        Some(id) => employer::card(app, &mut reader, id).await?,
        None => None,
    };
    Ok(ItemView {
        candidate: candidate_of(op, &mut reader, &record, &evidence, enterprise.as_deref()).await?,
        founded_union: founded_union(&mut reader, &record).await?,
        row,
        rule_version: record.rule_version,
        version: record.version,
        employer,
        evidence: evidence_rows(&evidence),
        doubts: doubts(&evidence),
        history: history_of(&journal),
        actions,
        locked_because,
        tries: record.tries,
        closing: closing_of(&record, closing.as_deref()),
        previous,
        next,
        raised_at: record.raised_at,
        raised_run: record.raised_run,
    })
}

/// The enterprise behind an item: its subject, or the one its union is linked to.
async fn subject_enterprise(reader: &mut Reader, record: &ItemRecord) -> Result<Option<String>, AppError> {
    match record.subject_kind {
        ItemSubject::Enterprise => Ok(Some(record.subject_id.clone())),
        ItemSubject::Union => {
            let link = reader.link_of_union(&record.subject_id).await?;
            Ok(link
                .filter(|link| link.decision != "none")
                .and_then(|link| link.enterprise_id))
        }
    }
}

async fn founded_union(reader: &mut Reader, record: &ItemRecord) -> Result<Option<FoundedUnion>, AppError> {
    let Some(union_id) = &record.founded_union_id else {
        return Ok(None);
    };
    let union_name = employer::union_name(reader, union_id)
        .await?
        .unwrap_or_else(|| union_id.clone());
    Ok(Some(FoundedUnion {
        union_id: union_id.clone(),
        union_name,
    }))
}

/// Previous and next in the list the person came from.
async fn neighbours(
    op: &OpContext,
    reader: &mut Reader,
    item_no: &str,
    params: &ListParams,
) -> Result<(Option<String>, Option<String>), AppError> {
    let Some(filter) = store_filter(op, reader, &params.filter).await? else {
        return Ok((None, None));
    };
    let (sort, direction) = order(params);
    let around = i64::from(params.page.saturating_sub(1)) * i64::from(params.size) - NEIGHBOURS_MAX / 2;
    // The list may have become shorter since the person opened it: then it is looked through from its start.
    for offset in [around.max(0), 0] {
        let page = Page {
            offset,
            limit: NEIGHBOURS_MAX,
        };
        let numbers = reader
            .item_numbers(op.scope(), &filter, sort, direction, page)
            .await?;
        if let Some(at) = numbers.iter().position(|number| number == item_no) {
            let previous = at.checked_sub(1).and_then(|at| numbers.get(at)).cloned();
            return Ok((previous, numbers.get(at + 1).cloned()));
        }
        if offset == 0 {
            break;
        }
    }
    Ok((None, None))
}
