//! What a change does to the zones (片区): which of their unions move, so that [`crate::zone`] can tell it beforehand and do it.

use domain::scope::UnionPath;
use domain::zone::Moves;
use store::union_org::UnionRow;
use store::{Reader, Tx};
use uuid::Uuid;

use super::Change;
use super::plan::Plan;
use crate::error::AppError;
use crate::op::OpContext;
use crate::zone::settle::{self, ZonePlan};

/// The last number below a union: where something will hang that has no number yet.
const FRESH: u32 = 1_679_615;

/// What the change does to the zones. Where something will hang is a fresh place below its parent, whichever number it gets.
pub(super) async fn foresee(reader: &mut Reader, plan: &Plan) -> Result<ZonePlan, AppError> {
    let placed = |row: &UnionRow| {
        let path = row.path.as_deref();
        path.map(UnionPath::parse).transpose().map_err(AppError::internal)
    };
    let Some(place) = plan.place.clone() else {
        return Ok(ZonePlan::default());
    };
    let other = plan.other.as_ref().map(placed).transpose()?.flatten();
    let mut moves = Moves::default();
    match plan.change {
        Change::Move => {
            let Some(over) = &other else {
                return Ok(ZonePlan::default());
            };
            moves
                .carried
                .push((plan.union.id, place.clone(), over.child(FRESH)));
        }
        Change::Merge => {
            let Some((heir, at)) = plan.other.as_ref().zip(other.clone()) else {
                return Ok(ZonePlan::default());
            };
            for (nth, child) in (0u32..).zip(&plan.children) {
                if let Some(from) = placed(child)? {
                    moves.carried.push((child.id, from, at.child(FRESH - nth)));
                }
            }
            moves.ended = Some((plan.union.id, Some(place.clone())));
            moves.heir = Some((heir.id, at));
        }
        Change::Split => {
            let Some(over) = place.parent() else {
                return Ok(ZonePlan::default());
            };
            moves.newborn = Some((Uuid::nil(), over.child(FRESH), place.clone()));
        }
        Change::Dissolve => moves.ended = Some((plan.union.id, Some(place.clone()))),
        Change::SetUp => moves.newborn = Some((Uuid::nil(), place.child(FRESH), place.clone())),
        Change::Industry | Change::TakeOver => return Ok(ZonePlan::default()),
    }
    let near = other.unwrap_or_else(|| place.clone());
    settle::plan(reader, (&place, &near), &moves).await
}

/// The zones follow as the preview said, in the same transaction. `now` is the union to look at after the change.
pub(super) async fn carry(op: &OpContext, tx: &mut Tx, plan: &Plan, now: &str) -> Result<(), AppError> {
    if matches!(plan.change, Change::Industry | Change::TakeOver) {
        return Ok(());
    }
    let now = tx.union_row(now).await?;
    let now = now.ok_or_else(|| AppError::internal("a changed union is gone"))?;
    if let (Change::Merge, Some(target)) = (plan.change, &plan.other) {
        tx.rehome_zones(plan.union.id, target.id, op.today()).await?;
    }
    let place = now.path.as_deref().map(UnionPath::parse).transpose();
    let Some(place) = place.map_err(AppError::internal)? else {
        return Ok(());
    };
    let before = plan.place.clone().unwrap_or_else(|| place.clone());
    let words = format!("{}：{}", plan.change.label(), plan.reason);
    let born = matches!(plan.change, Change::Split | Change::SetUp).then_some(now.id);
    settle::carry_out(op, tx, &plan.zones, born, (&place, &before), &words).await
}
