//! 片区: zones as officers set them up: a name, a town, a field worker, unions; looking after one is handed over in one act.
//!
//! What a change of the tree does to zones is in [`settle`]; what follows for items and field workers in `hand`; what they were on a past day
//! in [`as_of`].

pub mod as_of;
mod hand;
mod list;
mod news;
pub(crate) mod settle;

pub use self::news::{news, read_news};

use codes::id::{AccountId, UnionOrg, UnionOrgId};
use codes::time::Day;
use domain::accounts::{Account, Role, shown_name};
use domain::dictionary::{Act, FormReader};
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::permission::Action;
use domain::scope::{Part, Scope, UnionPath};
use domain::union_org::UnionType;
use domain::zone::{Holding, Leaving, MEMBERS_MAX, NAME_MAX, UNIONS_MAX, holding_at};
use serde_json::json;
use std::collections::{HashMap, HashSet};
use store::list_query::Page;
use store::organising::NamedUnion;
use store::zone::{ZoneRow, ZoneUnionRow};
use store::{Reader, Tx};
use uuid::Uuid;

use self::hand::Left;
pub use self::list::{unions_after, unzoned_after, zones, zones_after};
use crate::error::AppError;
use crate::op::{App, OpContext};
use crate::union_org::union_in_sight;

/// Unions that are assigned in one act: as many as a page shows.
pub const ASSIGNED_MAX: usize = 200;

/// A zone in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct ZoneLine {
    pub id: Uuid,
    pub name: String,
    /// The town's general union: the register's own key, and its name.
    pub ground: Option<(String, String)>,
    /// Who looks after it at present: login and name.
    pub worker: Option<(String, String)>,
    /// Why whoever is named for it does not look after it, where that is so.
    pub vacancy: Option<&'static str>,
    pub unions: i64,
    pub members: i64,
    /// More than about 50 unions or 5,000 members (片区化).
    pub is_over: bool,
}

/// A page of zones.
#[derive(Debug, Clone, PartialEq)]
pub struct ZoneList {
    pub lines: Vec<ZoneLine>,
    pub total: i64,
}

/// A union in a zone, or in none.
#[derive(Debug, Clone, PartialEq)]
pub struct ZoneUnion {
    pub union_id: String,
    pub name: String,
    pub kind: &'static str,
    /// Members of the union alone.
    pub members: i64,
    /// False where it lies in the zone by a union above it.
    pub is_named: bool,
    pub with_below: bool,
    pub since: Option<Day>,
}

/// One zone with its unions.
#[derive(Debug, Clone, PartialEq)]
pub struct ZoneView {
    pub line: ZoneLine,
    pub unions: Vec<ZoneUnion>,
    pub total: i64,
    /// Other zones of the same town, and the town's field workers (login, name): whom to hand over to.
    pub others: Vec<(Uuid, String)>,
    pub workers: Vec<(String, String)>,
    /// Whether the reader may change it.
    pub may_change: bool,
}

/// Unions of a town that lie in no zone, and its zones to choose from.
#[derive(Debug, Clone, PartialEq)]
pub struct Unzoned {
    pub ground_id: String,
    pub ground_name: String,
    pub unions: Vec<ZoneUnion>,
    pub total: i64,
    pub zones: Vec<(Uuid, String)>,
    pub workers: Vec<(String, String)>,
    pub may_change: bool,
}

/// Which zones a list asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ZoneParams {
    /// Of the town or county with this key; all in sight when empty.
    pub ground: String,
    /// Only those that nobody looks after.
    pub is_without_worker: bool,
    pub page: u32,
    pub size: u32,
}

/// What an officer enters of a zone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ZoneForm {
    pub name: String,
    /// Login of its field worker; empty: nobody yet.
    pub worker: String,
}

impl AppError {
    /// No such zone in sight.
    pub fn no_zone() -> AppError {
        AppError::not_found("ZON-404", "没有这个片区")
    }
}

fn wrong(field: &'static str, words: impl Into<String>) -> AppError {
    AppError::invalid("ZON-420", "片区没有保存，请改正标出的内容").field(field, words)
}

fn line(row: &ZoneRow) -> ZoneLine {
    let active = row.active_worker().is_some();
    let named = row.login.clone().zip(row.worker.clone());
    let vacancy = match (active, row.account_id, row.disabled_at) {
        (true, ..) => None,
        (false, None, _) => Some("还没有专职工作者"),
        (false, Some(_), Some(_)) => Some("专职工作者的账号已停用"),
        (false, Some(_), None) => Some("专职工作者已不在这个镇街"),
    };
    ZoneLine {
        id: row.id,
        name: row.name.clone(),
        ground: row.ground_id.clone().zip(row.ground_name.clone()),
        worker: named.filter(|_| active),
        vacancy,
        unions: row.unions,
        members: row.members,
        // One union with more members than a zone should have is a zone of its own.
        is_over: row.unions > UNIONS_MAX || (row.members > MEMBERS_MAX && row.unions > 1),
    }
}

fn union_of(row: ZoneUnionRow) -> ZoneUnion {
    ZoneUnion {
        kind: UnionType::from_code(&row.union_type)
            .unwrap_or(UnionType::Unknown)
            .label(),
        union_id: row.union_id,
        name: row.name,
        members: row.members,
        is_named: row.is_named,
        with_below: row.with_below,
        since: row.from_on.map(Day::from),
    }
}

/// Whoever sees all of a town sees its zones; a field worker the own ones.
fn sees(op: &OpContext, zone: &ZoneRow) -> bool {
    let sees_ground = match zone.ground() {
        Some(ground) => op.scope().contains_branch(&ground),
        None => *op.scope() == Scope::Everything,
    };
    sees_ground || (op.actor.id.is_some() && zone.active_worker() == op.actor.id)
}

fn may_change(op: &OpContext, zone: &ZoneRow) -> bool {
    let ground = zone.ground();
    op.can(Action::ChangeUnions)
        && zone.ended_at.is_none()
        && ground.is_some_and(|ground| op.scope().contains_branch(&ground))
}

/// The key of the actor's own town or county, where the actor may set up zones in it.
pub async fn own_ground(op: &OpContext, app: &App) -> Result<Option<String>, AppError> {
    let Some(id) = op.actor.union_id.filter(|_| op.can(Action::ChangeUnions)) else {
        return Ok(None);
    };
    let mut reader = app.store.read().await?;
    let Some(own) = reader.union_by_row(id.uuid()).await? else {
        return Ok(None);
    };
    let found = ground_in_sight(op, &mut reader, &own.union_id).await;
    Ok(found.ok().map(|((_, key, _), _)| key))
}

/// One zone in sight with a page of its unions.
///
/// # Errors
/// `ZON-404`.
pub async fn zone(op: &OpContext, app: &App, id: Uuid, page: u32, size: u32) -> Result<ZoneView, AppError> {
    op.may(Action::SeeUnions)?;
    let mut reader = app.store.read().await?;
    let row = in_sight(op, &mut reader, id).await?;
    let (unions, total) = reader
        .unions_of_zone(op.scope(), id, Page::number(page, size))
        .await?;
    let may_change = may_change(op, &row);
    let (mut others, mut workers) = (Vec::new(), Vec::new());
    if may_change {
        others = reader.zones_of_ground(row.union_org_id).await?;
        others.retain(|(other, _)| *other != id);
        workers = workers_of(&mut reader, row.ground().as_ref(), row.union_org_id).await?;
    }
    Ok(ZoneView {
        line: line(&row),
        unions: unions.into_iter().map(|(row, _)| union_of(row)).collect(),
        total,
        others,
        workers,
        may_change,
    })
}

async fn in_sight(op: &OpContext, reader: &mut Reader, id: Uuid) -> Result<ZoneRow, AppError> {
    let row = reader.zone(id).await?;
    row.filter(|row| row.ended_at.is_none() && sees(op, row))
        .ok_or_else(AppError::no_zone)
}

/// Login and name of the field workers in use who belong to a town.
async fn workers_of(
    reader: &mut Reader,
    place: Option<&UnionPath>,
    ground: Uuid,
) -> Result<Vec<(String, String)>, AppError> {
    let Some(place) = place else { return Ok(Vec::new()) };
    let scope = Scope::of([Part::Single(place.clone())]);
    let workers = reader
        .accounts_of_role(Role::FieldWorker, &scope)
        .await?
        .into_iter();
    let of_town = |account: &Account| account.union_id.map(|id| id.uuid()) == Some(ground);
    Ok(workers
        .filter(of_town)
        .map(|account| (account.login, account.name))
        .collect())
}

/// The unions of a town or county, all of it in sight, that lie in no zone.
///
/// # Errors
/// `UNI-404` out of sight, `UNI-431` when not all of it is in sight, `ZON-421` for the whole city: a zone belongs to a town or county.
pub async fn unzoned(
    op: &OpContext,
    app: &App,
    ground: &str,
    page: u32,
    size: u32,
) -> Result<Unzoned, AppError> {
    op.may(Action::SeeUnions)?;
    let mut reader = app.store.read().await?;
    let (row, place) = ground_in_sight(op, &mut reader, ground).await?;
    let (unions, total) = reader
        .unions_without_zone(op.scope(), &place, Page::number(page, size))
        .await?;
    let may_change = op.can(Action::ChangeUnions);
    Ok(Unzoned {
        zones: reader.zones_of_ground(row.0).await?,
        workers: match may_change {
            true => workers_of(&mut reader, Some(&place), row.0).await?,
            false => Vec::new(),
        },
        ground_id: row.1,
        ground_name: row.2,
        unions: unions.into_iter().map(|(row, _)| union_of(row)).collect(),
        total,
        may_change,
    })
}

/// Row, key and name of a town or county all of which is in sight, and its place.
async fn ground_in_sight(
    op: &OpContext,
    reader: &mut Reader,
    key: &str,
) -> Result<((Uuid, String, String), UnionPath), AppError> {
    let (row, place) = union_in_sight(op, reader, key).await?;
    crate::union_org::branch_in_sight(op, &row.name, place.as_ref())?;
    let is_general = row.union_type == UnionType::General.code() && row.is_active;
    match place.filter(|place| is_general && place.depth() > 1) {
        Some(place) => Ok(((row.id, row.union_id, row.name), place)),
        None => Err(AppError::invalid(
            "ZON-421",
            format!("片区属于一个镇街（或区县）总工会，“{}”不是", row.name),
        )
        .field("union_id", "请选择镇街或区县总工会")),
    }
}

/// The zone in which a union at a place lies: its name with the field worker's masked one, and its id where the asker may open it.
pub(crate) async fn of_place(
    op: &OpContext,
    reader: &mut Reader,
    place: &UnionPath,
) -> Result<Option<(String, Option<String>)>, AppError> {
    let near = reader.zone_holdings_at(place).await?;
    let zone = match holding_at(&near, place) {
        Some(row) => reader.zone(row.zone).await?,
        None => None,
    };
    Ok(zone.map(|zone| {
        let worker = zone.active_worker().and(zone.worker.as_deref());
        let worker = worker.map_or_else(|| "暂无专职工作者".to_owned(), shown_name);
        (
            format!("{}（{worker}）", zone.name),
            sees(op, &zone).then(|| zone.id.to_string()),
        )
    }))
}

/// Sets up a zone (设立片区). Answers its id.
///
/// # Errors
/// As [`unzoned`]; `ZON-420` with the fields that are wrong.
pub async fn make_zone(op: &OpContext, app: &App, ground: &str, form: &ZoneForm) -> Result<Uuid, AppError> {
    op.may(Action::ChangeUnions)?;
    let mut tx = app.store.begin().await?;
    tx.lock_tree().await?;
    let ((ground, ..), place) = ground_in_sight(op, &mut tx, ground).await?;
    let name = checked_name(op, &mut tx, ground, None, &form.name).await?;
    let worker = meant_worker(&mut tx, ground, &form.worker).await?;
    let id = op.new_id::<UnionOrg>().uuid();
    tx.add_zone(id, &name, ground, worker.as_ref().map(|one| one.id), op.now())
        .await?;
    let after = json!({ "zone": name, "worker": worker.as_ref().map(|one| &one.name), "words": "设立片区" });
    note(op, &mut tx, ground, &place, json!({}), after).await?;
    if let Some(worker) = &worker {
        let words = format!("由您负责新设立的片区“{name}”");
        tx.tell_zone_news(op.new_id::<UnionOrg>().uuid(), worker.id, id, &words, op.now())
            .await?;
    }
    tx.commit().await?;
    Ok(id)
}

/// Renames a zone or hands it to another field worker (移交片区), with the open items that the one before has in it. Whoever is out of use hands over
/// what lies with the town itself as well. Answers how many items were handed over.
///
/// # Errors
/// `ZON-404`, `ZON-420` with the fields that are wrong.
pub async fn save_zone(op: &OpContext, app: &App, id: Uuid, form: &ZoneForm) -> Result<i64, AppError> {
    op.may(Action::ChangeUnions)?;
    let mut tx = app.store.begin().await?;
    tx.lock_tree().await?;
    let row = to_change(op, &mut tx, id).await?;
    let name = checked_name(op, &mut tx, row.union_org_id, Some(id), &form.name).await?;
    let worker = meant_worker(&mut tx, row.union_org_id, &form.worker).await?;
    let worker_id = worker.as_ref().map(|one| one.id);
    let place = row.ground().ok_or_else(AppError::no_zone)?;
    let before = row.account_id.map(AccountId::from_uuid);
    if name == row.name && worker_id == before {
        return Ok(0);
    }
    tx.save_zone(id, &name, worker_id, None, op.today()).await?;
    let mut handed = 0;
    if worker_id != before {
        let words = format!("片区“{name}”移交");
        let mut left: Vec<Left> = Vec::new();
        for holding in tx.zone_holdings().await? {
            if holding.zone == id {
                left.push(Left {
                    place: holding.place,
                    now: None,
                    with_below: holding.with_below,
                    worker: before,
                });
            }
        }
        handed = hand::over(op, &mut tx, &left, &words).await?;
        if let (Some(gone), Some(next)) = (before, &worker)
            && row.disabled_at.is_some()
        {
            handed += hand::of_town(op, &mut tx, &place, gone, next, &words).await?;
        }
        for (who, words) in [
            (row.active_worker(), format!("片区“{name}”已移交，不再由您负责")),
            (
                worker_id,
                format!("片区“{name}”移交给您，未办结清单项 {handed} 项随同"),
            ),
        ] {
            if let Some(who) = who {
                tx.tell_zone_news(op.new_id::<UnionOrg>().uuid(), who, id, &words, op.now())
                    .await?;
            }
        }
    }
    let told = json!({ "zone": row.name, "worker": row.worker });
    let after = json!({ "zone": name, "worker": worker.as_ref().map(|one| &one.name), "items": handed, "words": "调整片区" });
    note(op, &mut tx, row.union_org_id, &place, told, after).await?;
    tx.commit().await?;
    Ok(handed)
}

/// Ends a zone (撤销片区): its unions lie in none, open items of its field worker there wait to be given out. Answers how many unions it had.
///
/// # Errors
/// `ZON-404`.
pub async fn end_zone(op: &OpContext, app: &App, id: Uuid) -> Result<usize, AppError> {
    op.may(Action::ChangeUnions)?;
    let mut tx = app.store.begin().await?;
    tx.lock_tree().await?;
    let row = to_change(op, &mut tx, id).await?;
    let place = row.ground().ok_or_else(AppError::no_zone)?;
    let holdings = tx.zone_holdings().await?;
    let own: Vec<Uuid> = holdings
        .iter()
        .filter(|held| held.zone == id)
        .map(|held| held.union)
        .collect();
    let words = format!("撤销片区“{}”", row.name);
    let assigned: Vec<(Uuid, bool)> = own.iter().map(|union| (*union, true)).collect();
    put(op, &mut tx, None, &assigned, None, &words).await?;
    tx.save_zone(id, &row.name, None, Some(op.now()), op.today())
        .await?;
    let told = json!({ "zone": row.name, "worker": row.worker });
    note(
        op,
        &mut tx,
        row.union_org_id,
        &place,
        told,
        json!({ "zone": null, "words": "撤销片区" }),
    )
    .await?;
    tx.commit().await?;
    Ok(own.len())
}

/// Puts unions of a town into one of its zones, or out of any (`None`): 划入片区、调出片区. Answers how many changed.
///
/// # Errors
/// `ZON-404`; `ZON-420` when nothing is chosen, too many are, or one of them cannot lie there.
pub async fn assign(
    op: &OpContext,
    app: &App,
    ground: &str,
    unions: &[String],
    to: Option<Uuid>,
) -> Result<usize, AppError> {
    op.may(Action::ChangeUnions)?;
    match unions.len() {
        0 => return Err(wrong("union", "请先勾选工会")),
        many if many > ASSIGNED_MAX => {
            return Err(wrong("union", format!("一次最多 {ASSIGNED_MAX} 家，请分批")));
        }
        _ => {}
    }
    let mut tx = app.store.begin().await?;
    tx.lock_tree().await?;
    let (_, place) = ground_in_sight(op, &mut tx, ground).await?;
    let zone = match to {
        Some(id) => Some(to_change(op, &mut tx, id).await?),
        None => None,
    };
    let holdings = held(&mut tx, Some(&place)).await?;
    let mut chosen = Vec::new();
    for key in unions {
        let (row, at) = union_in_sight(op, &mut tx, key).await?;
        let at = at.filter(|at| place.contains(at) && *at != place);
        let Some(at) = at else {
            return Err(wrong(
                "union",
                format!("“{}”不在这个镇街之下：片区不跨镇街", row.name),
            ));
        };
        if !row.is_active {
            return Err(wrong("union", format!("“{}”已撤销", row.name)));
        }
        let own = holdings.iter().find(|held| held.union == row.id);
        let below = |held: &Holding| {
            held.union != row.id && held.place.as_ref().is_some_and(|place| at.contains(place))
        };
        // With all below it, unless something there lies in a zone of its own.
        let with_below = own.map_or_else(|| !holdings.iter().any(below), |held| held.with_below);
        chosen.push((row.id, with_below, at, own.is_some()));
    }
    // Whoever ticks a whole page ticks branches beside their union: they go with it.
    let mut after = chosen.clone();
    after.retain(|(id, _, at, has_own)| {
        let mut others = chosen.iter().filter(|other| other.0 != *id && other.1);
        *has_own || !others.any(|other| other.2.contains(at))
    });
    let chosen: Vec<(Uuid, bool)> = after.iter().map(|one| (one.0, one.1)).collect();
    let words = match &zone {
        Some(zone) => format!("划入片区“{}”", zone.name),
        None => "调出片区".to_owned(),
    };
    let changed = put(op, &mut tx, Some(&place), &chosen, zone.as_ref(), &words).await?;
    tx.commit().await?;
    Ok(changed)
}

/// What an account's own form names (数据范围 片区): its zone in its town has exactly these unions, and comes into being where there is none.
///
/// # Errors
/// `ZON-420` when one of them lies in the zone of another field worker in use.
pub(crate) async fn fill(
    op: &OpContext,
    tx: &mut Tx,
    account: &Account,
    rows: &[(UnionOrgId, bool)],
) -> Result<(), AppError> {
    let Some(ground) = account.union_id.map(|id| id.uuid()) else {
        return Ok(());
    };
    tx.lock_tree().await?;
    let id = match tx.zone_of_worker(account.id, ground).await? {
        Some(id) => id,
        None if rows.is_empty() => return Ok(()),
        None => {
            let id = op.new_id::<UnionOrg>().uuid();
            let name: String = format!("{}的片区", account.login)
                .chars()
                .take(NAME_MAX)
                .collect();
            tx.add_zone(id, &name, ground, Some(account.id), op.now()).await?;
            id
        }
    };
    let zone = tx.zone(id).await?.ok_or_else(AppError::no_zone)?;
    let own: HashSet<Uuid> = tx
        .zones_of_worker(account.id, ground)
        .await?
        .into_iter()
        .collect();
    let holdings = tx.zone_holdings().await?;
    let named = |union: Uuid| rows.iter().any(|(row, _)| row.uuid() == union);
    let gone: Vec<(Uuid, bool)> = holdings
        .iter()
        .filter(|held| own.contains(&held.zone) && !named(held.union))
        .map(|held| (held.union, held.with_below))
        .collect();
    let words = format!("按账号“{}”的数据范围", account.login);
    put(op, tx, None, &gone, None, &words).await?;
    let mut chosen = Vec::new();
    for (union, with_below) in rows {
        // Whoever has several zones keeps each union where it is.
        let same = |held: &&Holding| held.union == union.uuid() && held.with_below == *with_below;
        if !holdings.iter().filter(same).any(|held| own.contains(&held.zone)) {
            chosen.push((union.uuid(), *with_below));
        }
    }
    // What lies in a zone that nobody looks after gives way; what somebody looks after does not.
    let mut given_way = Vec::new();
    for held in tx.zone_holdings().await? {
        if own.contains(&held.zone) {
            continue;
        }
        let Some(place) = &held.place else { continue };
        for (union, with_below) in &chosen {
            let at = tx.path_of_union(*union).await?;
            if !at.is_some_and(|at| held.holds(&at) || (*with_below && at.contains(place))) {
                continue;
            }
            let other = tx.zone(held.zone).await?.ok_or_else(AppError::no_zone)?;
            if other.active_worker().is_some() {
                let name = |row: Option<NamedUnion>| row.map(|row| row.name).unwrap_or_default();
                let (asked, lies) = (tx.union_by_row(*union).await?, tx.union_by_row(held.union).await?);
                let worker = other.worker.unwrap_or_default();
                return Err(wrong(
                    "union",
                    format!(
                        "“{}”与{worker}的片区重叠（{}），一家工会只在一个片区；请先从那个片区去掉",
                        name(asked),
                        name(lies)
                    ),
                ));
            }
            given_way.push((held.union, held.with_below));
            break;
        }
    }
    put(op, tx, None, &given_way, None, &words).await?;
    put(op, tx, None, &chosen, Some(&zone), &words).await?;
    Ok(())
}

/// The zone to be changed, all of whose town is in sight.
async fn to_change(op: &OpContext, tx: &mut Tx, id: Uuid) -> Result<ZoneRow, AppError> {
    let row = in_sight(op, tx, id).await?;
    if may_change(op, &row) {
        return Ok(row);
    }
    Err(AppError::forbidden(
        "UNI-431",
        "片区所在的镇街不全在您的数据范围内，不能变更它",
    ))
}

async fn checked_name(
    op: &OpContext,
    tx: &mut Tx,
    ground: Uuid,
    own: Option<Uuid>,
    name: &str,
) -> Result<String, AppError> {
    let mut typed = FormReader::of(Act::MakeZone, op.today());
    let name = typed.text("name", name);
    if let Some((field, words)) = typed.faults().pop() {
        return Err(wrong(field, words));
    }
    let zones = tx.zones_of_ground(ground).await?;
    match zones.iter().any(|(id, known)| *known == name && Some(*id) != own) {
        true => Err(wrong("name", format!("这个镇街已有片区“{name}”"))),
        false => Ok(name),
    }
}

async fn meant_worker(tx: &mut Tx, ground: Uuid, login: &str) -> Result<Option<Account>, AppError> {
    let login = login.trim();
    if login.is_empty() {
        return Ok(None);
    }
    let account = tx.account_by_login(login).await?;
    let suits = |account: &Account| {
        account.disabled_at.is_none()
            && account.role == Role::FieldWorker
            && account.union_id.map(|id| id.uuid()) == Some(ground)
    };
    match account.filter(suits) {
        Some(account) => Ok(Some(account)),
        None => Err(wrong("worker", "请选择属于这个镇街、在用的专职工作者账号")),
    }
}

/// Writes what was done to a zone into the history of its town.
async fn note(
    op: &OpContext,
    tx: &mut Tx,
    ground: Uuid,
    place: &UnionPath,
    before: serde_json::Value,
    after: serde_json::Value,
) -> Result<(), AppError> {
    let entry = JournalEntry::new(JournalAction::ZoneChanged, SubjectKind::UnionOrg, ground)
        .at_path(place)
        .before(&before)
        .after(&after);
    tx.journal(&op.by(), entry).await?;
    Ok(())
}

/// The rows that hold now: around a town or county, or all.
async fn held(tx: &mut Tx, ground: Option<&UnionPath>) -> Result<Vec<Holding>, AppError> {
    Ok(match ground {
        Some(ground) => tx.zone_holdings_around(ground).await?,
        None => tx.zone_holdings().await?,
    })
}

/// Puts unions into a zone or out of any, with everything that follows. `ground` is the town or county in which all of them hang, where that
/// is known. Answers how many changed.
async fn put(
    op: &OpContext,
    tx: &mut Tx,
    ground: Option<&UnionPath>,
    chosen: &[(Uuid, bool)],
    to: Option<&ZoneRow>,
    words: &str,
) -> Result<usize, AppError> {
    let before = held(tx, ground).await?;
    let is_chosen = |union: Uuid| chosen.iter().any(|(id, _)| *id == union);
    let mut after: Vec<Holding> = before
        .iter()
        .filter(|held| !is_chosen(held.union))
        .cloned()
        .collect();
    let mut unions: Vec<(NamedUnion, bool)> = Vec::with_capacity(chosen.len());
    for (id, with_below) in chosen {
        let row = tx.union_by_row(*id).await?.ok_or_else(AppError::no_union)?;
        if let Some(zone) = to {
            let place = row.path.as_deref().map(UnionPath::parse).transpose();
            after.push(Holding {
                zone: zone.id,
                union: *id,
                place: place.map_err(AppError::internal)?,
                with_below: *with_below,
                ground: zone.ground(),
                is_active: row.is_active,
            });
        }
        unions.push((row, *with_below));
    }
    let stood = domain::zone::settle(&before);
    for (union, why) in domain::zone::settle(&after) {
        let is_old = stood.iter().any(|(known, _)| *known == union) && !is_chosen(union);
        if !is_old {
            let name = tx
                .union_by_row(union)
                .await?
                .map(|row| row.name)
                .unwrap_or_default();
            return Err(wrong("union", refusal(&name, why, is_chosen(union))));
        }
    }
    let mut zones: HashMap<Uuid, ZoneRow> = HashMap::new();
    for held in before.iter().filter(|held| is_chosen(held.union)) {
        if let Some(zone) = tx.zone(held.zone).await? {
            zones.insert(held.zone, zone);
        }
    }
    let (mut left, mut shifts, mut names) = (Vec::new(), Vec::new(), HashMap::new());
    for (row, with_below) in &unions {
        let own = before.iter().find(|held| held.union == row.id);
        let is_same =
            own.is_some_and(|own| to.is_some_and(|to| to.id == own.zone) && own.with_below == *with_below);
        if is_same {
            continue;
        }
        if own.is_none() && to.is_none() {
            let words = format!("“{}”随它的上级工会在片区里，请选上级工会一并调整", row.name);
            return Err(wrong("union", words));
        }
        let from = own.and_then(|own| zones.get(&own.zone));
        tx.close_holding(row.id, op.today()).await?;
        if let Some(zone) = to {
            let id = op.new_id::<UnionOrg>().uuid();
            tx.open_holding(id, zone.id, row.id, *with_below, op.today())
                .await?;
        }
        settle::note_shift(op, tx, row, from, to, words).await?;
        left.push(Left::of(&before, row.id, row.path.as_deref(), from)?);
        names.insert(row.id, row.name.clone());
        shifts.push((row.id, from, to));
    }
    hand::over(op, tx, &left, words).await?;
    hand::tell(op, tx, &shifts, |ids| settle::told(ids, &names), words).await?;
    if !domain::zone::settle(&held(tx, ground).await?)
        .iter()
        .all(|(union, _)| stood.iter().any(|(known, _)| known == union))
    {
        return Err(AppError::internal("zones would overlap"));
    }
    Ok(shifts.len())
}

fn refusal(name: &str, why: Leaving, is_chosen: bool) -> String {
    match (why, is_chosen) {
        (Leaving::Elsewhere, _) => format!("“{name}”不在片区所属的镇街之下：片区不跨镇街"),
        (Leaving::Ended, _) => format!("“{name}”已撤销，或没有归属"),
        (Leaving::Under(_), true) => format!("“{name}”随它的上级工会在片区里，请选上级工会一并调整"),
        (Leaving::Under(_), false) => format!("与“{name}”所在的片区重叠，一家工会只在一个片区"),
    }
}
