//! Handing over: open items follow their union into another zone, and the field workers of both are told.

use std::collections::HashMap;

use codes::id::AccountId;
use domain::accounts::{Account, Role};
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::list_item::{self as rules, Action, Actor};
use domain::scope::UnionPath;
use domain::zone::{Holding, holding_at};
use serde_json::json;
use store::Tx;
use store::zone::ZoneRow;
use uuid::Uuid;

use crate::error::AppError;
use crate::list_item::{apply, policy_on, standing_of};
use crate::op::OpContext;

/// A union that went from a zone: where its items are found, whether with all below it, and who looked after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Left {
    pub place: Option<UnionPath>,
    /// Where the union hangs now, if its items are still found where it hung: a file moves unions, the next run their items.
    pub now: Option<UnionPath>,
    pub with_below: bool,
    pub worker: Option<AccountId>,
}

impl Left {
    /// A union by the rows of before; one without a row of its own lay in the zone with all below it.
    pub(super) fn of(
        before: &[Holding],
        union: Uuid,
        path: Option<&str>,
        from: Option<&ZoneRow>,
    ) -> Result<Left, AppError> {
        let own = before.iter().find(|row| row.union == union);
        Ok(Left {
            place: path
                .map(UnionPath::parse)
                .transpose()
                .map_err(AppError::internal)?,
            now: None,
            with_below: own.is_none_or(|row| row.with_below),
            worker: from.and_then(|zone| zone.account_id).map(AccountId::from_uuid),
        })
    }
}

/// Hands over what the field worker of before still has at these places, and what anybody has at them who no longer sees them: to the field
/// worker of the zone in which they lie now, or to nobody, so that it waits to be given out.
pub(super) async fn over(op: &OpContext, tx: &mut Tx, left: &[Left], words: &str) -> Result<i64, AppError> {
    let mut handed = 0;
    if left.iter().all(|one| one.place.is_none()) {
        return Ok(handed);
    }
    let mut accounts: HashMap<AccountId, Option<Account>> = HashMap::new();
    let mut workers: HashMap<Uuid, Option<AccountId>> = HashMap::new();
    for one in left {
        let Some(place) = &one.place else { continue };
        for number in tx.owned_items(place, one.with_below).await? {
            let Some(mut item) = tx.item(&number).await? else {
                continue;
            };
            let Some(owner) = item.owner_id else { continue };
            let at = match (&one.now, item.responsible_path.as_deref()) {
                (Some(now), _) => Some(now.clone()),
                (None, path) => path
                    .map(UnionPath::parse)
                    .transpose()
                    .map_err(AppError::internal)?,
            };
            let sees = match known(tx, &mut accounts, owner).await? {
                Some(account) => account.scope().contains(at.as_ref()),
                None => false,
            };
            if sees && one.worker != Some(owner) {
                continue;
            }
            let zone = match &at {
                Some(at) => holding_at(&tx.zone_holdings_at(at).await?, at).map(|row| row.zone),
                None => None,
            };
            let next = match zone {
                None => None,
                Some(zone) => match workers.get(&zone) {
                    Some(worker) => *worker,
                    None => {
                        let worker = tx.zone(zone).await?.and_then(|zone| zone.active_worker());
                        workers.insert(zone, worker);
                        worker
                    }
                },
            };
            if sees && next == Some(owner) {
                continue;
            }
            let next = match next {
                Some(id) => known(tx, &mut accounts, id)
                    .await?
                    .filter(|account| account.scope().contains(at.as_ref())),
                None => None,
            };
            hand(op, tx, &mut item, next.as_ref(), words).await?;
            handed += 1;
        }
    }
    Ok(handed)
}

/// Hands over what a field worker out of use still has at the town itself: employers without a union lie in no zone.
pub(super) async fn of_town(
    op: &OpContext,
    tx: &mut Tx,
    town: &UnionPath,
    from: AccountId,
    to: &Account,
    words: &str,
) -> Result<i64, AppError> {
    let mut handed = 0;
    for number in tx.owned_items(town, false).await? {
        let Some(mut item) = tx.item(&number).await? else {
            continue;
        };
        if item.owner_id == Some(from) {
            hand(op, tx, &mut item, Some(to), words).await?;
            handed += 1;
        }
    }
    Ok(handed)
}

async fn known(
    tx: &mut Tx,
    accounts: &mut HashMap<AccountId, Option<Account>>,
    id: AccountId,
) -> Result<Option<Account>, AppError> {
    if let Some(account) = accounts.get(&id) {
        return Ok(account.clone());
    }
    let account = tx
        .account(id)
        .await?
        .filter(|account| account.disabled_at.is_none());
    accounts.insert(id, account.clone());
    Ok(account)
}

/// It follows from the change of the union, whoever makes it: the system gives the item out.
async fn hand(
    op: &OpContext,
    tx: &mut Tx,
    item: &mut store::list_item::ItemRecord,
    to: Option<&Account>,
    words: &str,
) -> Result<(), AppError> {
    let action = match to {
        Some(_) => Action::Assign,
        None => Action::Release,
    };
    let actor = Actor {
        role: Role::System,
        is_owner: false,
    };
    let policy = policy_on(op.today());
    let step = rules::step(standing_of(item, &policy), &action, actor).map_err(AppError::internal)?;
    let before = json!({ "state": item.state.code(), "kind": item.kind.code() });
    apply(item, step.standing);
    item.owner_id = to.map(|account| account.id);
    item.changed_at = op.now();
    if !tx.save_item(item).await? {
        return Err(AppError::conflict(
            "LIST-410",
            format!("{} 刚刚被别人办理过，请再试一次", item.item_no),
        ));
    }
    let mut after = json!({ "state": item.state.code(), "kind": item.kind.code(), "words": words });
    if let (Some(account), Some(object)) = (to, after.as_object_mut()) {
        object.insert("owner".to_owned(), account.login.as_str().into());
        object.insert("owner_name".to_owned(), account.name.as_str().into());
    }
    let action = match to {
        Some(_) => JournalAction::ItemAssigned,
        None => JournalAction::ItemReturned,
    };
    let place = item.responsible_path.as_deref();
    let entry = JournalEntry {
        path: place.and_then(|path| UnionPath::parse(path).ok()),
        before: Some(before),
        after: Some(after),
        ..JournalEntry::new(action, SubjectKind::ListItem, item.id.uuid())
    };
    tx.journal(&op.by(), entry).await?;
    Ok(())
}

/// Tells the field workers of both zones, each once for all unions that went the same way.
pub(super) async fn tell(
    op: &OpContext,
    tx: &mut Tx,
    shifts: &[(Uuid, Option<&ZoneRow>, Option<&ZoneRow>)],
    named: impl Fn(&[Uuid]) -> String,
    words: &str,
) -> Result<(), AppError> {
    let mut news: Vec<(&ZoneRow, String, Vec<Uuid>)> = Vec::new();
    for (union, from, to) in shifts {
        let gone = to.map_or_else(|| "离开本片区".to_owned(), |to| format!("改到“{}”", to.name));
        let ways = [(from, gone), (to, "划入本片区".to_owned())];
        for (zone, way) in ways {
            let Some(zone) = zone else { continue };
            match news
                .iter_mut()
                .find(|(known, said, _)| known.id == zone.id && *said == way)
            {
                Some((.., unions)) => unions.push(*union),
                None => news.push((zone, way, vec![*union])),
            }
        }
    }
    for (zone, way, unions) in news {
        if let Some(worker) = zone.active_worker() {
            let id = op.new_id::<codes::id::UnionOrg>().uuid();
            let said = format!("{}{way}：{words}", named(&unions));
            tx.tell_zone_news(id, worker, zone.id, &said, op.now()).await?;
        }
    }
    Ok(())
}
