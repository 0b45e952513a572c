//! Lists of zones and of their unions: by page for people, part by part for programs.

use domain::accounts::Role;
use domain::permission::Action;
use domain::scope::{Part, Scope, UnionPath};
use store::list_query::{Page, Window};
use store::zone::ZoneFilter;
use uuid::Uuid;

use super::{ZoneLine, ZoneList, ZoneParams, ZoneUnion, ground_in_sight, in_sight, line, union_of};
use crate::error::AppError;
use crate::op::{App, OpContext};
use crate::paging::After;
use crate::union_org::union_in_sight;

/// Zones in sight, in the order of the tree.
///
/// # Errors
/// `UNI-404` when the town asked for is out of sight.
pub async fn zones(op: &OpContext, app: &App, params: &ZoneParams) -> Result<ZoneList, AppError> {
    let page = Page::number(params.page, params.size);
    let (lines, total) = listed(op, app, params, page.into()).await?;
    Ok(ZoneList {
        lines: lines.into_iter().map(|(line, _)| line).collect(),
        total,
    })
}

async fn listed(
    op: &OpContext,
    app: &App,
    params: &ZoneParams,
    window: Window,
) -> Result<(Vec<(ZoneLine, String)>, i64), AppError> {
    op.may(Action::SeeUnions)?;
    let mut reader = app.store.read().await?;
    let mut filter = ZoneFilter {
        is_without_worker: params.is_without_worker,
        ..ZoneFilter::default()
    };
    if !params.ground.is_empty() {
        filter.ground = union_in_sight(op, &mut reader, &params.ground).await?.1;
    }
    // A town's zones are for whoever sees all of it. Who sees no whole town (片区) sees the own ones.
    let mut scope = whole_branches(op.scope());
    let own = match op.actor.union_id {
        Some(id) => reader.union_by_row(id.uuid()).await?.and_then(|row| row.path),
        None => None,
    };
    let own = own.and_then(|path| UnionPath::parse(&path).ok());
    let sees_own = own.is_some_and(|own| op.scope().contains_branch(&own));
    if op.role() == Role::FieldWorker && op.actor.id.is_some() && !sees_own {
        filter.worker = op.actor.id;
        scope = op.scope().clone();
    }
    let (rows, total) = reader.zones(&scope, &filter, window).await?;
    let lines = rows.into_iter().map(|(row, mark)| (line(&row), mark));
    Ok((lines.collect(), total))
}

/// The part of a scope in which everything below is in sight as well.
fn whole_branches(scope: &Scope) -> Scope {
    match scope {
        Scope::Parts(parts) => {
            let parts = parts.as_slice().iter();
            Scope::of(parts.filter(|part| matches!(part, Part::Branch(_))).cloned())
        }
        whole => whole.clone(),
    }
}

/// The zones that follow a mark, each with its own mark, and how many there are in all. The page is left aside.
///
/// # Errors
/// `UNI-404` when the town asked for is out of sight.
pub async fn zones_after(
    op: &OpContext,
    app: &App,
    params: &ZoneParams,
    after: &After,
) -> Result<(Vec<(ZoneLine, String)>, i64), AppError> {
    listed(op, app, params, after.mark().into()).await
}

/// The unions of a zone in sight that follow a mark, each with its own mark, and how many there are in all.
///
/// # Errors
/// `ZON-404`.
pub async fn unions_after(
    op: &OpContext,
    app: &App,
    id: Uuid,
    after: &After,
) -> Result<(Vec<(ZoneUnion, String)>, i64), AppError> {
    op.may(Action::SeeUnions)?;
    let mut reader = app.store.read().await?;
    in_sight(op, &mut reader, id).await?;
    let (rows, total) = reader.unions_of_zone(op.scope(), id, after.mark()).await?;
    let unions = rows.into_iter().map(|(row, mark)| (union_of(row), mark));
    Ok((unions.collect(), total))
}

/// The unions of a town that lie in no zone and follow a mark, each with its own mark, and how many there are in all.
///
/// # Errors
/// As [`unzoned`].
pub async fn unzoned_after(
    op: &OpContext,
    app: &App,
    ground: &str,
    after: &After,
) -> Result<(Vec<(ZoneUnion, String)>, i64), AppError> {
    op.may(Action::SeeUnions)?;
    let mut reader = app.store.read().await?;
    let (_, place) = ground_in_sight(op, &mut reader, ground).await?;
    let (rows, total) = reader
        .unions_without_zone(op.scope(), &place, after.mark())
        .await?;
    let unions = rows.into_iter().map(|(row, mark)| (union_of(row), mark));
    Ok((unions.collect(), total))
}
