//! Between the stored row and the pure rules of `domain::list_item`.

use codes::time::Day;
use domain::list_item::Standing;
use domain::policy::WorklistPolicy;
use domain::scope::UnionPath;
use store::Reader;
use store::list_item::ItemRecord;

use crate::error::{AppError, ErrorKind};
use crate::op::OpContext;

/// The policy that holds on a day.
pub(crate) fn policy_on(day: Day) -> WorklistPolicy {
    WorklistPolicy::on(day, &WorklistPolicy::shipped())
        .cloned()
        .unwrap_or_default()
}

/// Where an item stands, for the transition function.
pub(crate) fn standing_of(item: &ItemRecord, policy: &WorklistPolicy) -> Standing {
    Standing {
        kind: item.kind,
        state: item.state,
        needs_visit: policy.leads_to_founding(&item.rule),
        is_confirmed: item.is_confirmed,
        has_owner: item.owner_id.is_some(),
        tries: u32::try_from(item.tries).unwrap_or(u32::MAX),
        is_founded: item.founded_union_id.is_some(),
    }
}

/// Takes over what a step has changed; owner, founded union and closing words are the caller's.
pub(crate) fn apply(item: &mut ItemRecord, standing: Standing) {
    item.kind = standing.kind;
    item.state = standing.state;
    item.is_confirmed = standing.is_confirmed;
    item.tries = i64::from(standing.tries);
}

/// One item in the asker's sight; outside it there is no such item.
pub(crate) async fn load(op: &OpContext, reader: &mut Reader, item_no: &str) -> Result<ItemRecord, AppError> {
    let item = reader.item(item_no).await?.ok_or_else(|| no_item(item_no))?;
    let place = item
        .responsible_path
        .as_deref()
        .and_then(|path| UnionPath::parse(path).ok());
    if op.scope().contains(place.as_ref()) {
        Ok(item)
    } else {
        Err(no_item(item_no))
    }
}

fn no_item(item_no: &str) -> AppError {
    AppError::not_found("LIST-404", format!("没有编号为 {item_no} 的清单项"))
}

/// An input that cannot be taken, said at its field and above the form.
pub(crate) fn wrong(field: &'static str, message: impl Into<String>) -> AppError {
    let message = message.into();
    AppError::invalid("LIST-422", message.clone()).field(field, message)
}

/// Whether a failure concerns one item only, so that a bulk act goes on with the next.
pub(crate) fn is_refusal(error: &AppError) -> bool {
    matches!(
        error.kind,
        ErrorKind::NotFound | ErrorKind::Forbidden | ErrorKind::Invalid | ErrorKind::Conflict
    )
}
