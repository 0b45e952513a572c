//! How many members each union had on a past day: those of today, taken back by what has happened since.

use std::collections::HashMap;

use codes::time::{Day, Timestamp};
use domain::membership::history::{PastStep, place_on};
use domain::membership::{ChangeKind, MembershipState};
use store::Reader;
use store::membership::PastStepRow;
use uuid::Uuid;

use crate::error::AppError;

/// Members of all unions on a day.
#[derive(Debug, Default)]
pub(super) struct ThenMembers {
    /// By row id of the union; a union without members may be missing.
    pub counts: HashMap<Uuid, i64>,
    /// Of these, memberships without a day of joining: counted, though they may be younger.
    pub undated: HashMap<Uuid, i64>,
    /// Of these, memberships whose later change names no day.
    pub unsure: HashMap<Uuid, i64>,
    /// The day of the first file of members: what ended before is not known. `None`: no file ever came.
    pub known_from: Option<Day>,
}

/// Counts the members of a day.
///
/// # Errors
/// An event of a kind or state that this version does not know.
pub(super) async fn members_on(reader: &mut Reader, day: Day) -> Result<ThenMembers, AppError> {
    let mut then = ThenMembers {
        counts: reader.members_of_all_unions().await?.into_iter().collect(),
        undated: reader.members_undated().await?.into_iter().collect(),
        unsure: HashMap::new(),
        known_from: reader
            .first_members_at()
            .await?
            .map(|at| Timestamp::from_millis(at).day()),
    };
    for (union, joined) in reader.members_joined_since(day).await? {
        *then.counts.entry(union).or_default() -= joined;
    }
    let touched: HashMap<Uuid, (Uuid, Option<Day>)> = reader
        .members_touched_since(day)
        .await?
        .into_iter()
        .map(|(member, union, joined)| (member, (union, joined.map(Day::from))))
        .collect();
    let rows = reader.member_steps_since(day).await?;
    for life in rows.chunk_by(|one, next| one.member == next.member) {
        let steps: Vec<PastStep<Uuid>> = life.iter().map(step_of).collect::<Result<_, AppError>>()?;
        let now = touched.get(&life[0].member);
        if let Some((union, joined)) = now {
            // Whoever joined since by the row is off already.
            if joined.is_none_or(|joined| joined <= day) {
                *then.counts.entry(*union).or_default() -= 1;
            }
            if joined.is_none() {
                *then.undated.entry(*union).or_default() -= 1;
            }
        }
        let joined = now.and_then(|(_, joined)| *joined);
        let place = place_on(now.map(|(union, _)| *union), joined, &steps, day);
        let Some(union) = place.union else { continue };
        *then.counts.entry(union).or_default() += 1;
        if place.is_unsure {
            *then.unsure.entry(union).or_default() += 1;
        } else if now.is_some() && joined.is_none() {
            *then.undated.entry(union).or_default() += 1;
        }
    }
    Ok(then)
}

fn step_of(row: &PastStepRow) -> Result<PastStep<Uuid>, AppError> {
    let corrupt = |column| store::StoreError::corrupt("member_event", column, row.member);
    Ok(PastStep {
        kind: ChangeKind::from_code(&row.kind).ok_or_else(|| corrupt("kind"))?,
        on: row.happened_on.map(Day::from),
        written: Timestamp::from_millis(row.at).day(),
        from: row.from_union,
        to: row.to_union,
        state: MembershipState::from_code(&row.state).ok_or_else(|| corrupt("state"))?,
    })
}
