//! What zones were on a past day: every change of a zone's name, town or field worker, and of the worker's account, first keeps what it was with
//! the day on which that ended (as unions do, decision 30). The state on a day is the earliest such row that ended after it, else the row of today.

use codes::time::{Day, Timestamp};
use domain::accounts::{Account, Role};
use uuid::Uuid;

use crate::StoreError;
use crate::tx::{Reader, Tx};

/// One kept row for each zone that the condition leaves; $1 is the day, $2 the role of field workers.
macro_rules! keep {
    ($worker:literal, $condition:literal) => {
        concat!(
            "INSERT INTO zone_past (zone_id, until_on, name, union_org_id, login, worker) \
             SELECT z.id, $1, z.name, z.union_org_id, a.login, a.name FROM zone z \
             LEFT JOIN account a ON a.id = z.account_id AND a.disabled_at IS NULL AND a.role = $2 AND ",
            $worker,
            " WHERE z.ended_at IS NULL AND ",
            $condition,
            " ON CONFLICT (zone_id, until_on) DO NOTHING"
        )
    };
}

statements! {
    KEEP_ONE = Sql::both(keep!("a.union_id = z.union_org_id", "z.id = $3")),
    // The accounts of a merged town may have gone to the heir already.
    KEEP_OF_GROUND = Sql::both(keep!("a.union_id IN ($3, $4)", "z.union_org_id = $3")),
    // Whoever signs in changes nothing that a zone shows.
    KEEP_OF_WORKER = Sql::both(keep!(
        "a.union_id = z.union_org_id",
        "z.account_id = $3 AND EXISTS (SELECT 1 FROM account b WHERE b.id = $3 AND (b.name <> $4 OR b.role <> $5 \
         OR b.union_id IS DISTINCT FROM $6 OR (b.disabled_at IS NULL) <> $7))"
    )),
    ZONES_ON = Sql::both(
        "SELECT z.id, COALESCE(p.name, z.name) AS name, COALESCE(p.union_org_id, z.union_org_id) AS union_org_id, \
         CASE WHEN p.zone_id IS NULL THEN a.login ELSE p.login END AS login, \
         CASE WHEN p.zone_id IS NULL THEN a.name ELSE p.worker END AS worker, \
         z.name AS name_now, a.name AS worker_now, a.login AS login_now, a.id AS account_now, z.ended_at \
         FROM zone z LEFT JOIN zone_past p ON p.zone_id = z.id \
         AND p.until_on = (SELECT MIN(q.until_on) FROM zone_past q WHERE q.zone_id = z.id AND q.until_on > $1) \
         LEFT JOIN account a ON a.id = z.account_id AND a.disabled_at IS NULL AND a.role = $3 AND a.union_id = z.union_org_id \
         WHERE z.made_at < $2 AND (z.ended_at IS NULL OR z.ended_at >= $2) ORDER BY name, z.id"
    ),
    HOLDINGS_ON = Sql::both(
        "SELECT zone_id, union_org_id, with_below, from_on FROM zone_union \
         WHERE (from_on IS NULL OR from_on <= $1) AND (until_on IS NULL OR until_on > $1)"
    ),
}

/// A zone as it was on a day, beside what it is.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct PastZoneRow {
    pub id: Uuid,
    pub name: String,
    /// The row of the town's (or county's) general union of that day.
    pub union_org_id: Uuid,
    /// Whoever looked after it then, under the name of then; `None`: nobody.
    pub login: Option<String>,
    pub worker: Option<String>,
    pub name_now: String,
    /// Whoever looks after it today.
    pub worker_now: Option<String>,
    pub login_now: Option<String>,
    pub account_now: Option<Uuid>,
    pub ended_at: Option<i64>,
}

/// A union that lay in a zone on a day by a row of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct PastHolding {
    pub zone_id: Uuid,
    pub union_org_id: Uuid,
    pub with_below: bool,
    /// `None`: since before zones had a history.
    pub from_on: Option<chrono::NaiveDate>,
}

impl Reader {
    /// The zones that there were on a day, by name.
    pub async fn zones_on(&mut self, day: Day) -> Result<Vec<PastZoneRow>, StoreError> {
        let end: Timestamp = day.add_days(1).start();
        fetch_all!(
            self,
            ZONES_ON,
            day.naive(),
            end.millis(),
            Role::FieldWorker.code()
        )
    }

    /// Which unions lay in zones on a day by rows of their own.
    pub async fn zone_holdings_on(&mut self, day: Day) -> Result<Vec<PastHolding>, StoreError> {
        fetch_all!(self, HOLDINGS_ON, day.naive())
    }
}

impl Tx {
    /// Keeps what a zone is now as what it was until a day. Call it before the change is written.
    pub(super) async fn keep_zone_past(&mut self, id: Uuid, until: Day) -> Result<(), StoreError> {
        execute!(self, KEEP_ONE, until.naive(), Role::FieldWorker.code(), id)?;
        Ok(())
    }

    /// The same for every zone of a town that is merged into another.
    pub(super) async fn keep_zone_pasts_of_ground(
        &mut self,
        ground: Uuid,
        heir: Uuid,
        until: Day,
    ) -> Result<(), StoreError> {
        execute!(
            self,
            KEEP_OF_GROUND,
            until.naive(),
            Role::FieldWorker.code(),
            ground,
            heir
        )?;
        Ok(())
    }

    /// The same for the zones of an account, where what is about to be written changes its name, its role, its town or whether it is in use.
    pub(crate) async fn keep_zone_pasts_of_worker(
        &mut self,
        account: &Account,
        until: Day,
    ) -> Result<(), StoreError> {
        execute!(
            self,
            KEEP_OF_WORKER,
            until.naive(),
            Role::FieldWorker.code(),
            account.id.uuid(),
            account.name.as_str(),
            account.role.code(),
            account.union_id.map(|id| id.uuid()),
            account.disabled_at.is_none()
        )?;
        Ok(())
    }
}
