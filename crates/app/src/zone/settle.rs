//! What a change of the tree does to the zones: foreseen for the preview, carried out in its transaction, and held against the invariant that
//! a union lies in one zone at most, within that zone's town.

use std::collections::{HashMap, HashSet};

use codes::id::AccountId;
use domain::accounts::shown_name;
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::scope::UnionPath;
use domain::zone::{Foreseen, Holding, Leaving, Lying, Moves, foresee, rezoned, settle};
use serde_json::json;
use store::organising::NamedUnion;
use store::zone::ZoneRow;
use store::{Reader, Tx};
use uuid::Uuid;

use super::hand::{self, Left};
use crate::error::AppError;
use crate::op::OpContext;

/// Unions named in one sentence.
const NAMED_MAX: usize = 3;

/// What becomes of the zones, with the names to say it.
#[derive(Debug, Default)]
pub(crate) struct ZonePlan {
    pub foreseen: Foreseen,
    /// Zones whose town is dissolved; they end with it.
    pub ending: Vec<Uuid>,
    zones: HashMap<Uuid, ZoneRow>,
    unions: HashMap<Uuid, String>,
    before: Vec<Holding>,
    /// Unions of the change itself that keep the zone they have.
    kept: Vec<(Uuid, Uuid)>,
    moves: Moves,
}

/// The sentence for a zone: its name and whoever looks after it.
pub(crate) fn zone_words(zone: &ZoneRow) -> String {
    match (zone.active_worker(), &zone.worker) {
        (Some(_), Some(worker)) => format!("“{}”（专职工作者{}）", zone.name, shown_name(worker)),
        _ => format!("“{}”（暂无专职工作者）", zone.name),
    }
}

/// Foresees what a change would do. `near` are the places around which zones are concerned.
pub(crate) async fn plan(
    reader: &mut Reader,
    near: (&UnionPath, &UnionPath),
    moves: &Moves,
) -> Result<ZonePlan, AppError> {
    let before = reader.zone_holdings_near(near.0, near.1).await?;
    let foreseen = foresee(&before, moves);
    let mut plan = ZonePlan::default();
    let units = moves
        .carried
        .iter()
        .map(|(union, from, _)| (*union, Some(from.clone())));
    let heir = moves.heir.iter().map(|(union, at)| (*union, Some(at.clone())));
    for (union, place) in units.chain(heir) {
        let held = place.and_then(|place| domain::zone::holding_at(&before, &place).map(|row| row.zone));
        if let Some(zone) = held.filter(|_| !foreseen.shifts.iter().any(|shift| shift.union == union)) {
            plan.kept.push((union, zone));
        }
    }
    if let (Some((ended, _)), None) = (&moves.ended, &moves.heir) {
        let ending = reader.zones_of_ground(*ended).await?;
        plan.ending = ending.into_iter().map(|(id, _)| id).collect();
    }
    plan.before = before;
    plan.foreseen = foreseen;
    plan.moves = moves.clone();
    name_all(reader, &mut plan).await?;
    Ok(plan)
}

async fn name_all(reader: &mut Reader, plan: &mut ZonePlan) -> Result<(), AppError> {
    let shifts = plan.foreseen.shifts.iter();
    let zones = shifts.clone().flat_map(|shift| [shift.from, shift.to]).flatten();
    let zones = zones
        .chain(plan.kept.iter().map(|(_, zone)| *zone))
        .chain(plan.ending.iter().copied())
        .chain(plan.foreseen.opened.iter().map(|(zone, ..)| *zone));
    let zones: HashSet<Uuid> = zones.collect();
    for id in zones {
        if let Some(zone) = reader.zone(id).await? {
            plan.zones.insert(id, zone);
        }
    }
    let unions = shifts
        .map(|shift| shift.union)
        .chain(plan.kept.iter().map(|(union, _)| *union))
        .chain(plan.foreseen.closed.iter().map(|(union, _)| *union));
    let unions: HashSet<Uuid> = unions.collect();
    for id in unions {
        if let Some(union) = reader.union_by_row(id).await? {
            plan.unions.insert(id, union.name);
        }
    }
    Ok(())
}

impl ZonePlan {
    fn zone(&self, id: Option<Uuid>) -> Option<&ZoneRow> {
        self.zones.get(&id?)
    }

    fn named(&self, unions: &[Uuid]) -> String {
        let named: Vec<String> = unions
            .iter()
            .take(NAMED_MAX)
            .map(|id| match self.unions.get(id) {
                Some(name) => format!("“{name}”"),
                None => "新组织".to_owned(),
            })
            .collect();
        match unions.len() {
            count if count > NAMED_MAX => format!("{}等 {count} 家", named.join("、")),
            _ => named.join("、"),
        }
    }

    /// One sentence for each zone concerned, as the preview shows it.
    pub(crate) fn effects(&self) -> Vec<String> {
        let mut said = Vec::new();
        let mut ways: Vec<(Option<Uuid>, Option<Uuid>, Vec<Uuid>)> = Vec::new();
        for shift in &self.foreseen.shifts {
            match ways
                .iter_mut()
                .find(|(from, to, _)| (*from, *to) == (shift.from, shift.to))
            {
                Some((.., unions)) => unions.push(shift.union),
                None => ways.push((shift.from, shift.to, vec![shift.union])),
            }
        }
        let mut kept: Vec<(Uuid, Vec<Uuid>)> = Vec::new();
        for (union, zone) in &self.kept {
            match kept.iter_mut().find(|(id, _)| id == zone) {
                Some((_, unions)) => unions.push(*union),
                None => kept.push((*zone, vec![*union])),
            }
        }
        for (zone, unions) in &kept {
            if let Some(zone) = self.zone(Some(*zone)) {
                said.push(format!("片区：{}仍在{}。", self.named(unions), zone_words(zone)));
            }
        }
        for (from, to, unions) in &ways {
            let named = self.named(unions);
            said.push(match (self.zone(*from), self.zone(*to)) {
                (Some(from), Some(to)) => format!(
                    "片区：{named}由{}改到{}，原专职工作者名下的未办结清单项随同移交。",
                    zone_words(from),
                    zone_words(to)
                ),
                (None, Some(to)) => format!("片区：{named}划入{}。", zone_words(to)),
                (Some(from), None) if self.all_end(unions) => {
                    format!("片区：{named}不再列在{}。", zone_words(from))
                }
                (Some(from), None) => format!(
                    "片区：{named}离开{}，列入未划片区的工会；原专职工作者名下的未办结清单项退回待派。",
                    zone_words(from)
                ),
                (None, None) => continue,
            });
        }
        let ending: Vec<String> = self
            .ending
            .iter()
            .filter_map(|id| self.zones.get(id))
            .map(|zone| format!("“{}”", zone.name))
            .collect();
        if !ending.is_empty() {
            said.push(format!("片区：{}随之撤销。", ending.join("、")));
        }
        said
    }

    fn all_end(&self, unions: &[Uuid]) -> bool {
        unions
            .iter()
            .all(|union| self.foreseen.closed.contains(&(*union, Leaving::Ended)))
    }

    /// Changes whenever the sentences may say something else.
    pub(crate) fn stamp(&self) -> String {
        self.effects().join("|")
    }
}

/// Carries out what was foreseen, after the tree has changed. `born` is the union that came into being; `near` are the places that are
/// concerned now. Whatever cannot stand is an error and nothing is saved.
pub(crate) async fn carry_out(
    op: &OpContext,
    tx: &mut Tx,
    plan: &ZonePlan,
    born: Option<Uuid>,
    near: (&UnionPath, &UnionPath),
    words: &str,
) -> Result<(), AppError> {
    let real = |union: Uuid| born.filter(|_| union.is_nil()).unwrap_or(union);
    for (union, _) in &plan.foreseen.closed {
        tx.close_holding(*union, op.today()).await?;
    }
    for (zone, union, with_below) in &plan.foreseen.opened {
        let id = op.new_id::<codes::id::UnionOrg>().uuid();
        tx.open_holding(id, *zone, real(*union), *with_below, op.today())
            .await?;
    }
    for id in &plan.ending {
        if let Some(zone) = plan.zones.get(id) {
            tx.save_zone(*id, &zone.name, None, Some(op.now()), op.today())
                .await?;
        }
    }
    let mut left = Vec::new();
    for shift in &plan.foreseen.shifts {
        let union = real(shift.union);
        let Some(row) = tx.union_by_row(union).await? else {
            continue;
        };
        let (from, to) = (plan.zone(shift.from), plan.zone(shift.to));
        note_shift(op, tx, &row, from, to, words).await?;
        left.push(Left::of(&plan.before, shift.union, row.path.as_deref(), from)?);
    }
    left.extend(carried(tx, plan).await?);
    hand::over(op, tx, &left, words).await?;
    let said: Vec<(Uuid, Option<&ZoneRow>, Option<&ZoneRow>)> = plan
        .foreseen
        .shifts
        .iter()
        .map(|shift| (shift.union, plan.zone(shift.from), plan.zone(shift.to)))
        .collect();
    hand::tell(op, tx, &said, |unions| plan.named(unions), words).await?;
    check(tx, plan, near).await
}

/// What was carried elsewhere with its zone, or without one: whoever had an item there may no longer see it. A merged union's own items lie
/// with its heir.
async fn carried(tx: &mut Tx, plan: &ZonePlan) -> Result<Vec<Left>, AppError> {
    let mut left = Vec::new();
    for (union, ..) in &plan.moves.carried {
        left.push(Left {
            place: tx.path_of_union(*union).await?,
            now: None,
            with_below: true,
            worker: None,
        });
    }
    if let (Some((ended, at)), Some((heir, _))) = (&plan.moves.ended, &plan.moves.heir) {
        let own = plan.before.iter().find(|row| row.union == *ended);
        let above = || domain::zone::holding_at(&plan.before, at.as_ref()?);
        let zone = own.or_else(above).map(|row| row.zone);
        left.push(Left {
            place: tx.path_of_union(*heir).await?,
            now: None,
            with_below: false,
            worker: match zone {
                Some(zone) => tx.zone(zone).await?.and_then(|zone| zone.account_id),
                None => None,
            }
            .map(AccountId::from_uuid),
        });
    }
    Ok(left)
}

/// The invariant: no zone that the change has touched overlaps another or reaches beyond its town.
async fn check(reader: &mut Reader, plan: &ZonePlan, near: (&UnionPath, &UnionPath)) -> Result<(), AppError> {
    let now = reader.zone_holdings_near(near.0, near.1).await?;
    let touched = |union: &Uuid| {
        plan.before.iter().any(|row| row.union == *union)
            || plan.foreseen.opened.iter().any(|(_, opened, _)| opened == union)
    };
    match settle(&now).into_iter().find(|(union, _)| touched(union)) {
        None => Ok(()),
        Some((union, why)) => Err(AppError::internal(format!(
            "union {union} would lie in a zone where it cannot: {why:?}"
        ))),
    }
}

/// Writes into a union's history that it lies in another zone.
pub(super) async fn note_shift(
    op: &OpContext,
    tx: &mut Tx,
    union: &store::organising::NamedUnion,
    from: Option<&ZoneRow>,
    to: Option<&ZoneRow>,
    words: &str,
) -> Result<(), AppError> {
    let after = json!({
        "union_id": union.union_id,
        "name": union.name,
        "zone": to.map_or("不在片区", |zone| &zone.name),
        "words": words,
    });
    let entry = JournalEntry {
        path: union.path.as_deref().and_then(|path| UnionPath::parse(path).ok()),
        ..JournalEntry::new(JournalAction::UnionZoned, SubjectKind::UnionOrg, union.id)
            .before(&json!({ "zone": from.map_or("不在片区", |zone| &zone.name) }))
            .after(&after)
    };
    tx.journal(&op.by(), entry).await?;
    Ok(())
}

/// Who lies in which zone now: to be held against what a change of the tree as a whole leaves.
pub(crate) async fn lying(reader: &mut Reader) -> Result<Lying, AppError> {
    let holdings = reader.zone_holdings().await?;
    if holdings.is_empty() {
        return Ok(Lying::default());
    }
    placed(reader, holdings).await
}

async fn placed(reader: &mut Reader, holdings: Vec<Holding>) -> Result<Lying, AppError> {
    let mut places = HashMap::new();
    for (union, path) in reader.places_of_unions().await? {
        if let Some(path) = path {
            places.insert(union, UnionPath::parse(&path).map_err(AppError::internal)?);
        }
    }
    Ok(Lying { holdings, places })
}

/// Brings all zones into order after the tree has changed as a whole (a file, an undo, a changed place): whoever cannot stay leaves, whoever lay
/// in a zone by the union above it and hangs elsewhere now is noticed, items are handed over, field workers told. `before` is what lay where.
/// Answers the register's key of each union that lies elsewhere now, with a sentence.
pub(crate) async fn settle_all(
    op: &OpContext,
    tx: &mut Tx,
    before: &Lying,
    words: &str,
) -> Result<Vec<(String, String)>, AppError> {
    let rows = tx.zone_holdings().await?;
    let closed = settle(&rows);
    for (union, _) in &closed {
        tx.close_holding(*union, op.today()).await?;
    }
    if before.holdings.is_empty() && rows.is_empty() {
        return Ok(Vec::new());
    }
    // Also where no row is left: whoever lay somewhere lies nowhere now.
    let holdings = tx.zone_holdings().await?;
    let after = placed(tx, holdings).await?;
    let mut sayings = Sayings::default();
    let (mut told, mut left, mut said) = (Vec::new(), Vec::new(), Vec::new());
    let mut names: HashMap<Uuid, String> = HashMap::new();
    for one in rezoned(before, &after) {
        let Some(union) = tx.union_row(&one.union).await? else {
            continue;
        };
        let (from, to) = (sayings.zone(tx, one.from).await?, sayings.zone(tx, one.to).await?);
        let named = NamedUnion {
            id: union.id,
            union_id: union.union_id,
            name: union.name,
            path: union.path,
            is_active: union.is_active,
        };
        note_shift(op, tx, &named, from.as_ref(), to.as_ref(), words).await?;
        let now = after.places.get(&one.union).cloned();
        // Items hang where the union hung until the next run, unless the change has carried them along. Whoever hangs below and lies
        // elsewhere too is named as well.
        for (place, now) in [(before.places.get(&one.union).cloned(), now.clone()), (now, None)] {
            left.push(Left {
                place,
                now,
                with_below: false,
                worker: from
                    .as_ref()
                    .and_then(|zone| zone.account_id)
                    .map(AccountId::from_uuid),
            });
        }
        let why = closed
            .iter()
            .find(|(union, _)| *union == named.id)
            .map(|(_, why)| *why);
        told.push((one.union, sentence(&named.name, from.as_ref(), to.as_ref(), why)));
        names.insert(named.id, named.name);
        said.push((named.id, from, to));
    }
    if left.is_empty() {
        return Ok(told);
    }
    hand::over(op, tx, &left, words).await?;
    let said: Vec<_> = said
        .iter()
        .map(|(union, from, to)| (*union, from.as_ref(), to.as_ref()))
        .collect();
    hand::tell(op, tx, &said, |unions| self::told(unions, &names), words).await?;
    Ok(told)
}

/// What [`settle_all`] would answer if unions came to these places, for a check that writes nothing. `named` answers a union's name and whether
/// it is in use then, where the change touches it.
pub(crate) async fn foretell(
    reader: &mut Reader,
    before: &Lying,
    places: HashMap<String, UnionPath>,
    named: impl Fn(&str) -> Option<(String, bool)>,
) -> Result<Vec<(String, String)>, AppError> {
    let (after, closed) = before.moved(places, |key| named(key).map(|(_, is_active)| is_active));
    let mut sayings = Sayings::default();
    let mut told = Vec::new();
    for one in rezoned(before, &after) {
        let stored = reader.union_row(&one.union).await?;
        let why = stored
            .as_ref()
            .and_then(|row| closed.iter().find(|(union, _)| *union == row.id))
            .map(|(_, why)| *why);
        let name = named(&one.union).map(|(name, _)| name);
        let name = name.or(stored.map(|row| row.name)).unwrap_or_default();
        let (from, to) = (
            sayings.zone(reader, one.from).await?,
            sayings.zone(reader, one.to).await?,
        );
        told.push((one.union, sentence(&name, from.as_ref(), to.as_ref(), why)));
    }
    Ok(told)
}

/// Zones by their id, each read once.
#[derive(Default)]
struct Sayings(HashMap<Uuid, Option<ZoneRow>>);

impl Sayings {
    async fn zone(&mut self, reader: &mut Reader, id: Option<Uuid>) -> Result<Option<ZoneRow>, AppError> {
        let Some(id) = id else { return Ok(None) };
        if let Some(known) = self.0.get(&id) {
            return Ok(known.clone());
        }
        let zone = reader.zone(id).await?;
        self.0.insert(id, zone.clone());
        Ok(zone)
    }
}

fn sentence(name: &str, from: Option<&ZoneRow>, to: Option<&ZoneRow>, why: Option<Leaving>) -> String {
    let words = |zone: Option<&ZoneRow>| zone.map(zone_words).unwrap_or_default();
    match (from, to, why) {
        (_, _, Some(Leaving::Ended)) => format!("“{name}”已撤销，不再列在片区{}", words(from)),
        (Some(_), Some(_), _) => format!("“{name}”随上级由片区{}改到{}", words(from), words(to)),
        (None, _, _) => format!("“{name}”随上级划入片区{}", words(to)),
        (_, None, Some(_)) => format!("“{name}”不在片区{}所属的镇街了，列入未划片区的工会", words(from)),
        (_, None, None) => format!(
            "“{name}”不再挂在划入片区{}的上级之下，列入未划片区的工会",
            words(from)
        ),
    }
}

/// Some unions by name, and how many there are.
pub(super) fn told(unions: &[Uuid], names: &HashMap<Uuid, String>) -> String {
    let named = unions.iter().take(NAMED_MAX).filter_map(|id| names.get(id));
    let named: Vec<String> = named.map(|name| format!("“{name}”")).collect();
    match unions.len() {
        count if count > NAMED_MAX => format!("{}等 {count} 家", named.join("、")),
        _ => named.join("、"),
    }
}
