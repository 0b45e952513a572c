//! Zones as they were on a past day: which there were, who looked after them under the name of then, and which unions lay in them in the tree
//! of that day. Whoever asks sees what they see of zones today, at the places of that day: a town's officer the town's, a field worker the
//! zones that are the worker's own today.
//!
//! Rows of zones begin and end on the day somebody did it (decision 42); a change of the tree may be dated back. So a union that was moved
//! on paper before somebody entered it lies, for those days, in no zone, or in the nearest one above.

use std::collections::HashMap;

use codes::time::Day;
use domain::accounts::shown_name;
use domain::scope::{Scope, UnionPath};
use domain::zone::{MEMBERS_MAX, UNIONS_MAX};
use store::list_query::Page;
use store::zone::past::{PastHolding, PastZoneRow};
use uuid::Uuid;

use super::{ZoneLine, ZoneParams, ZoneUnion};
use crate::error::AppError;
use crate::op::{App, OpContext};
use crate::union_org::as_of::{DayTree, kind};

/// A zone as it was.
#[derive(Debug, Clone, PartialEq)]
pub struct ThenZone {
    pub line: ZoneLine,
    /// What is different today, in words; `None`: nothing.
    pub since: Option<String>,
}

/// A page of the zones of a day.
#[derive(Debug, Clone, PartialEq)]
pub struct ThenZones {
    pub day: Day,
    pub lines: Vec<ThenZone>,
    pub total: i64,
}

/// A union as it lay in a zone.
#[derive(Debug, Clone, PartialEq)]
pub struct ThenZoneUnion {
    pub union: ZoneUnion,
    /// Whether the asker may open the union as it is today.
    pub is_open: bool,
}

/// One zone of a day with a page of its unions.
#[derive(Debug, Clone, PartialEq)]
pub struct ThenZoneView {
    pub day: Day,
    pub zone: ThenZone,
    /// Whether the zone's own page of today can be opened.
    pub is_open: bool,
    pub unions: Vec<ThenZoneUnion>,
    pub total: i64,
}

/// The zones of a day, in the order of that day's tree.
///
/// # Errors
/// `UNI-430` for a day in the future; `UNI-404` when the town asked for was not in sight on that day.
pub async fn zones_as_of(
    op: &OpContext,
    app: &App,
    day: Day,
    params: &ZoneParams,
) -> Result<ThenZones, AppError> {
    let zones = DayZones::on(op, app, day).await?;
    let under = match params.ground.as_str() {
        "" => None,
        key => Some(zones.tree.place_of(key)?),
    };
    let mut found: Vec<&PastZoneRow> = zones
        .rows
        .iter()
        .filter(|row| zones.sees(op, row))
        .filter(|row| !params.is_without_worker || row.worker.is_none())
        .filter(|row| {
            let ground = zones.ground(row).1;
            under
                .as_ref()
                .is_none_or(|under| ground.is_some_and(|ground| under.contains(ground)))
        })
        .collect();
    found.sort_by_key(|row| (zones.ground(row).1, row.name.as_str(), row.id));
    let page = Page::number(params.page, params.size);
    let shown = found.iter().skip(page.offset as usize).take(page.limit as usize);
    Ok(ThenZones {
        day,
        lines: shown.map(|row| zones.line(row)).collect(),
        total: found.len() as i64,
    })
}

/// One zone of a day with a page of the unions that lay in it and are in sight.
///
/// # Errors
/// `UNI-430` for a day in the future; `ZON-404` when there was no such zone in sight on that day.
pub async fn zone_as_of(
    op: &OpContext,
    app: &App,
    day: Day,
    id: Uuid,
    page: u32,
    size: u32,
) -> Result<ThenZoneView, AppError> {
    let zones = DayZones::on(op, app, day).await?;
    let row = zones.rows.iter().find(|row| row.id == id && zones.sees(op, row));
    let row = row
        .ok_or_else(|| AppError::not_found("ZON-404", format!("{day} 没有这个片区，或不在您的数据范围内")))?;
    let unions = zones.unions.get(&id).map(Vec::as_slice).unwrap_or_default();
    let page = Page::number(page, size);
    let shown = unions.iter().skip(page.offset as usize).take(page.limit as usize);
    Ok(ThenZoneView {
        day,
        zone: zones.line(row),
        is_open: row.ended_at.is_none(),
        unions: shown.map(|at| zones.union(*at)).collect(),
        total: unions.len() as i64,
    })
}

/// The zones of a day over the tree of that day.
pub(crate) struct DayZones<'a> {
    tree: DayTree<'a>,
    rows: Vec<PastZoneRow>,
    /// Numbers of the unions in the tree, by row id.
    at: HashMap<Uuid, usize>,
    /// Rows of zones by the unions they are about.
    held: HashMap<Uuid, PastHolding>,
    /// Active unions in sight by zone, in the order of the tree.
    unions: HashMap<Uuid, Vec<usize>>,
}

impl DayZones<'_> {
    async fn on<'a>(op: &'a OpContext, app: &App, day: Day) -> Result<DayZones<'a>, AppError> {
        let mut reader = app.store.read().await?;
        let tree = DayTree::read(op, &mut reader, day).await?;
        let rows = reader.zones_on(day).await?;
        let lain = Lain::on(&mut reader, &tree, day).await?;
        let known = tree.known.iter().enumerate();
        let at = known.map(|(at, union)| (union.then.union_org_id, at)).collect();
        let mut placed: Vec<(&UnionPath, usize)> = tree
            .paths
            .iter()
            .enumerate()
            .filter_map(|(at, path)| Some((path.as_ref()?, at)))
            .filter(|(_, at)| tree.known[*at].then.is_active && tree.is_in_sight(*at))
            .collect();
        placed.sort();
        let mut unions: HashMap<Uuid, Vec<usize>> = HashMap::new();
        for (place, at) in placed {
            if let Some(zone) = lain.zone_at(place) {
                unions.entry(zone).or_default().push(at);
            }
        }
        let held = lain.held;
        Ok(DayZones {
            tree,
            rows,
            at,
            held,
            unions,
        })
    }

    /// The town of a zone on that day: key and name, and where it hung.
    fn ground(&self, row: &PastZoneRow) -> (Option<(String, String)>, Option<&UnionPath>) {
        let Some(at) = self.at.get(&row.union_org_id) else {
            return (None, None);
        };
        let then = &self.tree.known[*at].then;
        (
            Some((then.union_id.clone(), then.name.clone())),
            self.tree.paths[*at].as_ref(),
        )
    }

    /// As today: whoever sees all of the town; a field worker the zones that are the own ones.
    fn sees(&self, op: &OpContext, row: &PastZoneRow) -> bool {
        let sees_ground = match self.ground(row).1 {
            Some(ground) => self.tree.sight.contains_branch(ground),
            None => self.tree.sight == Scope::Everything,
        };
        let own = op.actor.id.map(|id| id.uuid());
        sees_ground || (own.is_some() && own == row.account_now)
    }

    fn line(&self, row: &PastZoneRow) -> ThenZone {
        let unions = self.unions.get(&row.id).map(Vec::as_slice).unwrap_or_default();
        let members = unions.iter().map(|at| self.tree.own_members(*at)).sum();
        let count = unions.len() as i64;
        ThenZone {
            line: ZoneLine {
                id: row.id,
                name: row.name.clone(),
                ground: self.ground(row).0,
                worker: row.login.clone().zip(row.worker.clone()),
                vacancy: row.worker.is_none().then_some("当日没有专职工作者"),
                unions: count,
                members,
                is_over: count > UNIONS_MAX || (members > MEMBERS_MAX && count > 1),
            },
            since: since(row),
        }
    }

    fn union(&self, at: usize) -> ThenZoneUnion {
        let then = &self.tree.known[at].then;
        let own = self.held.get(&then.union_org_id);
        ThenZoneUnion {
            union: ZoneUnion {
                union_id: then.union_id.clone(),
                name: then.name.clone(),
                kind: kind(then).label(),
                members: self.tree.own_members(at),
                is_named: own.is_some(),
                with_below: own.is_some_and(|row| row.with_below),
                since: own.and_then(|row| row.from_on).map(Day::from),
            },
            is_open: self.tree.is_open(at),
        }
    }
}

/// Which places lay in which zone on a day.
pub(crate) struct Lain {
    held: HashMap<Uuid, PastHolding>,
    by_place: HashMap<String, PastHolding>,
}

impl Lain {
    /// The rows of a day at the places of that day's tree.
    pub(crate) async fn on(
        reader: &mut store::Reader,
        tree: &DayTree<'_>,
        day: Day,
    ) -> Result<Lain, AppError> {
        let rows = reader.zone_holdings_on(day).await?.into_iter();
        let held: HashMap<Uuid, PastHolding> = rows.map(|row| (row.union_org_id, row)).collect();
        let unions = tree.known.iter().zip(&tree.paths);
        let by_place = unions
            .filter_map(|(union, path)| {
                let row = held.get(&union.then.union_org_id)?;
                Some((path.as_ref()?.as_str().to_owned(), *row))
            })
            .collect();
        Ok(Lain { held, by_place })
    }

    /// The zone of the nearest row at a place or above it.
    pub(crate) fn zone_at(&self, place: &UnionPath) -> Option<Uuid> {
        std::iter::successors(Some(place.clone()), UnionPath::parent)
            .filter_map(|at| Some((self.by_place.get(at.as_str())?, at)))
            .find(|(row, at)| row.with_below || at == place)
            .map(|(row, _)| row.zone_id)
    }
}

/// What is different today.
fn since(row: &PastZoneRow) -> Option<String> {
    if row.ended_at.is_some() {
        return Some("已撤销".to_owned());
    }
    let mut told = Vec::new();
    if row.name != row.name_now {
        told.push(format!("现名“{}”", row.name_now));
    }
    if row.login != row.login_now || row.worker != row.worker_now {
        told.push(match &row.worker_now {
            Some(worker) => format!("现由{}负责", shown_name(worker)),
            None => "现在没有专职工作者".to_owned(),
        });
    }
    (!told.is_empty()).then(|| told.join("，"))
}
