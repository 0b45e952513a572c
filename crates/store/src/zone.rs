//! 片区: zones, the unions that lie in them with their history, and what field workers are told of changes; what they were on a past day is in
//! [`past`].

pub mod past;

use std::collections::HashSet;

use codes::id::AccountId;
use codes::time::{Day, Timestamp};
use domain::scope::{Scope, UnionPath};
use domain::zone::Holding;
use uuid::Uuid;

use crate::StoreError;
use crate::list_query::{Direction, ListQuery, Page, Window};
use crate::tx::{Reader, Tx};

/// Rows that hold now, with the place of the union and of the zone's ground.
macro_rules! holdings {
    ($condition:expr) => {
        concat!(
            "SELECT h.zone_id, h.union_org_id, p.path, h.with_below, g.path AS ground, COALESCE(p.is_active, FALSE) AS is_active \
             FROM zone_union h JOIN zone z ON z.id = h.zone_id LEFT JOIN union_org p ON p.id = h.union_org_id \
             LEFT JOIN union_org g ON g.id = z.union_org_id WHERE h.until_on IS NULL",
            $condition
        )
    };
}

/// A place and every place above it. Places have at most twelve parts of five characters; one cut off behind its end is the place itself.
macro_rules! at_and_above {
    ($place:literal) => {
        concat!(
            "(",
            $place,
            ", SUBSTR(",
            $place,
            ", 1, 5), SUBSTR(",
            $place,
            ", 1, 10), SUBSTR(",
            $place,
            ", 1, 15), SUBSTR(",
            $place,
            ", 1, 20), SUBSTR(",
            $place,
            ", 1, 25), SUBSTR(",
            $place,
            ", 1, 30), SUBSTR(",
            $place,
            ", 1, 35), SUBSTR(",
            $place,
            ", 1, 40), SUBSTR(",
            $place,
            ", 1, 45), SUBSTR(",
            $place,
            ", 1, 50), SUBSTR(",
            $place,
            ", 1, 55))"
        )
    };
}

/// Whether the union `u` lies in no zone: neither by a row of its own, nor of one above it with all below. CROSS JOIN keeps SQLite to this
/// order: places, then what they hold.
const NOT_IN_A_ZONE: &str = concat!(
    "NOT EXISTS (SELECT 1 FROM union_org p CROSS JOIN zone_union h WHERE h.union_org_id = p.id AND h.until_on IS NULL AND p.path IN ",
    at_and_above!("u.path"),
    " AND (h.with_below OR p.path = u.path))"
);

/// The unions of a zone: those named for it, and whatever hangs below one that is named with all below.
pub(crate) const IN_ZONE: &str = "u.id IN (SELECT s.id FROM zone_union h JOIN union_org p ON p.id = h.union_org_id \
     JOIN union_org s ON s.path >= p.path AND s.path < CASE WHEN h.with_below THEN p.path || '~' ELSE p.path || '0' END \
     WHERE h.zone_id = ? AND h.until_on IS NULL)";

/// Columns of a zone; counts are of active unions, and of their members.
const COLUMNS: &str = "z.id, z.name, z.union_org_id, g.union_id AS ground_id, g.name AS ground_name, g.path AS ground_path, \
     z.account_id, a.login, a.name AS worker, a.disabled_at, a.role, a.union_id AS worker_union, z.ended_at, \
     CAST((SELECT COUNT(*) FROM zone_union h JOIN union_org p ON p.id = h.union_org_id JOIN union_org s ON s.path >= p.path \
     AND s.path < CASE WHEN h.with_below THEN p.path || '~' ELSE p.path || '0' END \
     WHERE h.zone_id = z.id AND h.until_on IS NULL AND s.is_active) AS BIGINT) AS unions, \
     CAST((SELECT COALESCE(SUM(t.members), 0) FROM zone_union h JOIN union_org p ON p.id = h.union_org_id JOIN union_org s \
     ON s.path >= p.path AND s.path < CASE WHEN h.with_below THEN p.path || '~' ELSE p.path || '0' END \
     JOIN member_tally t ON t.union_org_id = s.id WHERE h.zone_id = z.id AND h.until_on IS NULL AND s.is_active) AS BIGINT) AS members";

const SOURCE: &str =
    "zone z LEFT JOIN union_org g ON g.id = z.union_org_id LEFT JOIN account a ON a.id = z.account_id";

statements! {
    ZONE_ADD = Sql::both(
        "INSERT INTO zone (id, name, union_org_id, account_id, made_at) VALUES ($1, $2, $3, $4, $5)"
    ),
    ZONE_SAVE = Sql::both("UPDATE zone SET name = $2, account_id = $3, ended_at = $4 WHERE id = $1"),
    ZONES_REHOME = Sql::both("UPDATE zone SET union_org_id = $2 WHERE union_org_id = $1"),
    ZONES_OF_GROUND = Sql::both(
        "SELECT id, name FROM zone WHERE union_org_id = $1 AND ended_at IS NULL ORDER BY name, id"
    ),
    // The zone that an account's own form fills: its first one.
    ZONE_OF_WORKER = Sql::both(
        "SELECT id FROM zone WHERE account_id = $1 AND union_org_id = $2 AND ended_at IS NULL ORDER BY made_at, id LIMIT 1"
    ),
    ZONES_OF_WORKER = Sql::both("SELECT id FROM zone WHERE account_id = $1 AND union_org_id = $2 AND ended_at IS NULL"),
    HOLDINGS_ALL = Sql::both(holdings!("")),
    HOLDINGS_AT = Sql::both(holdings!(concat!(" AND p.path IN ", at_and_above!("CAST($1 AS TEXT)")))),
    HOLDINGS_BELOW = Sql::both(holdings!(" AND p.path > $1 AND p.path < $2")),
    HOLDING_OPEN = Sql::both(
        "INSERT INTO zone_union (id, zone_id, union_org_id, with_below, from_on) VALUES ($1, $2, $3, $4, $5)"
    ),
    HOLDING_CLOSE = Sql::both(
        "UPDATE zone_union SET until_on = $2 WHERE union_org_id = $1 AND until_on IS NULL"
    ),
    // Whoever was put in and taken out on one day was never in.
    HOLDING_DROP = Sql::both(
        "DELETE FROM zone_union WHERE union_org_id = $1 AND until_on IS NULL AND from_on = $2"
    ),
    ZONE_NEWS_ADD = Sql::both(
        "INSERT INTO zone_news (id, account_id, zone_id, words, told_at) VALUES ($1, $2, $3, $4, $5)"
    ),
    ZONE_NEWS_UNREAD = Sql::both(
        "SELECT n.words, n.told_at, z.name FROM zone_news n JOIN zone z ON z.id = n.zone_id \
         WHERE n.account_id = $1 AND n.read_at IS NULL ORDER BY n.told_at DESC, n.id DESC LIMIT 100"
    ),
    ZONE_NEWS_READ = Sql::both("UPDATE zone_news SET read_at = $2 WHERE account_id = $1 AND read_at IS NULL"),
    // Open items that somebody owns, at the places of a branch.
    OWNED_ITEMS = Sql::both(
        "SELECT item_no FROM list_item WHERE is_open = $3 AND owner_id IS NOT NULL AND responsible_path >= $1 \
         AND responsible_path < $2 ORDER BY item_no"
    ),
}

/// A zone as pages show it.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct ZoneRow {
    pub id: Uuid,
    pub name: String,
    /// The row of the town's (or county's) general union.
    pub union_org_id: Uuid,
    /// The register's own key of it; `None`: the register no longer has it.
    pub ground_id: Option<String>,
    pub ground_name: Option<String>,
    pub ground_path: Option<String>,
    /// Its field worker.
    pub account_id: Option<Uuid>,
    pub login: Option<String>,
    pub worker: Option<String>,
    /// Since when the worker's account is out of use.
    pub disabled_at: Option<i64>,
    /// The worker's role and union of today.
    pub role: Option<String>,
    pub worker_union: Option<Uuid>,
    pub ended_at: Option<i64>,
    /// Active unions in it.
    pub unions: i64,
    /// Their members.
    pub members: i64,
}

impl ZoneRow {
    /// Where its town hangs.
    pub fn ground(&self) -> Option<UnionPath> {
        UnionPath::parse(self.ground_path.as_deref()?).ok()
    }

    /// The field worker who looks after it at present: in use, still one, still of the same town.
    pub fn active_worker(&self) -> Option<AccountId> {
        let stands = self.disabled_at.is_none()
            && self.role.as_deref() == Some(domain::accounts::Role::FieldWorker.code())
            && self.worker_union == Some(self.union_org_id);
        self.account_id.filter(|_| stands).map(AccountId::from_uuid)
    }
}

/// A union in a zone, or one that lies in none.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct ZoneUnionRow {
    pub id: Uuid,
    /// The register's own key.
    pub union_id: String,
    pub name: String,
    pub path: Option<String>,
    /// `UnionType::code`.
    pub union_type: String,
    /// Members of the union alone.
    pub members: i64,
    /// Whether it lies there by a row of its own; below another union otherwise.
    pub is_named: bool,
    /// Whether all below it lies there too.
    pub with_below: bool,
    pub from_on: Option<chrono::NaiveDate>,
}

#[derive(sqlx::FromRow)]
struct HoldingRow {
    zone_id: Uuid,
    union_org_id: Uuid,
    path: Option<String>,
    with_below: bool,
    ground: Option<String>,
    is_active: bool,
}

impl TryFrom<HoldingRow> for Holding {
    type Error = StoreError;

    fn try_from(row: HoldingRow) -> Result<Holding, StoreError> {
        let place = |path: Option<String>| {
            let place = path.as_deref().map(UnionPath::parse).transpose();
            place.map_err(|_| StoreError::corrupt("union_org", "path", row.union_org_id))
        };
        Ok(Holding {
            zone: row.zone_id,
            union: row.union_org_id,
            place: place(row.path)?,
            with_below: row.with_below,
            ground: place(row.ground)?,
            is_active: row.is_active,
        })
    }
}

fn holdings(rows: Vec<HoldingRow>) -> Result<Vec<Holding>, StoreError> {
    rows.into_iter().map(Holding::try_from).collect()
}

impl Reader {
    /// Every row that holds now.
    pub async fn zone_holdings(&mut self) -> Result<Vec<Holding>, StoreError> {
        let rows: Vec<HoldingRow> = fetch_all!(self, HOLDINGS_ALL)?;
        holdings(rows)
    }

    /// The rows at and above one place.
    pub async fn zone_holdings_at(&mut self, place: &UnionPath) -> Result<Vec<Holding>, StoreError> {
        let rows: Vec<HoldingRow> = fetch_all!(self, HOLDINGS_AT, place.as_str())?;
        holdings(rows)
    }

    /// The rows at, above and below one place.
    pub async fn zone_holdings_around(&mut self, place: &UnionPath) -> Result<Vec<Holding>, StoreError> {
        let mut found = self.zone_holdings_at(place).await?;
        let below: Vec<HoldingRow> = fetch_all!(self, HOLDINGS_BELOW, place.as_str(), place.upper_bound())?;
        found.extend(holdings(below)?);
        Ok(found)
    }

    /// The rows at, above and below one place, and those at and above another.
    pub async fn zone_holdings_near(
        &mut self,
        place: &UnionPath,
        other: &UnionPath,
    ) -> Result<Vec<Holding>, StoreError> {
        let mut found = self.zone_holdings_around(place).await?;
        let known: HashSet<Uuid> = found.iter().map(|holding| holding.union).collect();
        let further = self.zone_holdings_at(other).await?;
        found.extend(
            further
                .into_iter()
                .filter(|holding| !known.contains(&holding.union)),
        );
        Ok(found)
    }

    /// One zone, in use or ended.
    pub async fn zone(&mut self, id: Uuid) -> Result<Option<ZoneRow>, StoreError> {
        let mut query = ListQuery::new(COLUMNS, SOURCE, &Scope::Everything, "g.path");
        query.wherever("z.id = ?", [id.into()]);
        query.page(Page { offset: 0, limit: 1 });
        let mut rows: Vec<ZoneRow> = query.fetch(self).await?;
        Ok(rows.pop())
    }

    /// The zones in use whose town is in scope, in the order of the tree, each with its mark, and how many there are.
    pub async fn zones(
        &mut self,
        scope: &Scope,
        filter: &ZoneFilter,
        window: impl Into<Window>,
    ) -> Result<(Vec<(ZoneRow, String)>, i64), StoreError> {
        let mut query = ListQuery::new(COLUMNS, SOURCE, scope, "g.path");
        query.wherever("z.ended_at IS NULL", []);
        if let Some(ground) = &filter.ground {
            query.wherever(
                "(g.path >= ? AND g.path < ?)",
                [ground.as_str().into(), ground.upper_bound().into()],
            );
        }
        if let Some(worker) = filter.worker {
            query.wherever(
                "z.account_id = ? AND a.union_id = z.union_org_id",
                [worker.uuid().into()],
            );
        }
        if filter.is_without_worker {
            query.wherever(
                "(a.id IS NULL OR a.disabled_at IS NOT NULL OR a.role <> ? OR a.union_id IS NULL OR a.union_id <> z.union_org_id)",
                [domain::accounts::Role::FieldWorker.code().into()],
            );
        }
        query
            .first_by("g.path", Direction::Ascending)
            .then_by("z.name")
            .then_by("z.id")
            .marked(window.into());
        Ok((query.fetch_marked(self).await?, query.count(self).await?))
    }

    /// Id and name of the zones in use of one town.
    pub async fn zones_of_ground(&mut self, union: Uuid) -> Result<Vec<(Uuid, String)>, StoreError> {
        fetch_all!(self, ZONES_OF_GROUND, union)
    }

    /// The zone that an account's own form fills, in one town.
    pub async fn zone_of_worker(&mut self, id: AccountId, ground: Uuid) -> Result<Option<Uuid>, StoreError> {
        let row: Option<(Uuid,)> = fetch_optional!(self, ZONE_OF_WORKER, id.uuid(), ground)?;
        Ok(row.map(|(id,)| id))
    }

    /// Every zone in use that a field worker has in one town.
    pub async fn zones_of_worker(&mut self, id: AccountId, ground: Uuid) -> Result<Vec<Uuid>, StoreError> {
        let rows: Vec<(Uuid,)> = fetch_all!(self, ZONES_OF_WORKER, id.uuid(), ground)?;
        Ok(rows.into_iter().map(|(id,)| id).collect())
    }

    /// The unions of a zone that are in scope, in the order of the tree, each with its mark, and how many there are; dissolved ones do not count.
    pub async fn unions_of_zone(
        &mut self,
        scope: &Scope,
        id: Uuid,
        window: impl Into<Window>,
    ) -> Result<(Vec<(ZoneUnionRow, String)>, i64), StoreError> {
        let mut query = ListQuery::new(
            "u.id, u.union_id, u.name, u.path, u.union_type, COALESCE(t.members, 0) AS members, h.id IS NOT NULL AS is_named, \
             COALESCE(h.with_below, FALSE) AS with_below, h.from_on",
            "union_org u LEFT JOIN member_tally t ON t.union_org_id = u.id \
             LEFT JOIN zone_union h ON h.union_org_id = u.id AND h.until_on IS NULL",
            scope,
            "u.path",
        );
        query.wherever("u.is_active = ?", [true.into()]);
        query.wherever(IN_ZONE, [id.into()]);
        query
            .then_by("u.path")
            .then_by("u.union_id")
            .marked(window.into());
        Ok((query.fetch_marked(self).await?, query.count(self).await?))
    }

    /// Active unions in scope below a place that lie in no zone, in the order of the tree, each with its mark, and how many there are. General
    /// unions look after towns, not the other way round.
    pub async fn unions_without_zone(
        &mut self,
        scope: &Scope,
        ground: &UnionPath,
        window: impl Into<Window>,
    ) -> Result<(Vec<(ZoneUnionRow, String)>, i64), StoreError> {
        let mut query = ListQuery::new(
            "u.id, u.union_id, u.name, u.path, u.union_type, COALESCE(t.members, 0) AS members, FALSE AS is_named, \
             FALSE AS with_below, CAST(NULL AS DATE) AS from_on",
            "union_org u LEFT JOIN member_tally t ON t.union_org_id = u.id",
            scope,
            "u.path",
        );
        query.wherever(
            "u.path > ? AND u.path < ? AND u.is_active = ? AND u.union_type <> ?",
            [
                ground.as_str().into(),
                ground.upper_bound().into(),
                true.into(),
                domain::union_org::UnionType::General.code().into(),
            ],
        );
        query.wherever(NOT_IN_A_ZONE, []);
        query
            .then_by("u.path")
            .then_by("u.union_id")
            .marked(window.into());
        Ok((query.fetch_marked(self).await?, query.count(self).await?))
    }

    /// What an account has not read yet of its zones: words, when, the zone's name of today; the latest first.
    pub async fn zone_news(&mut self, id: AccountId) -> Result<Vec<(String, i64, String)>, StoreError> {
        fetch_all!(self, ZONE_NEWS_UNREAD, id.uuid())
    }

    /// Numbers of the open items that somebody owns, at a place or below it.
    pub async fn owned_items(
        &mut self,
        place: &UnionPath,
        with_below: bool,
    ) -> Result<Vec<String>, StoreError> {
        // What hangs below a place begins with it and a digit.
        let upper = match with_below {
            true => place.upper_bound(),
            false => format!("{place}0"),
        };
        let rows: Vec<(String,)> = fetch_all!(self, OWNED_ITEMS, place.as_str(), upper, true)?;
        Ok(rows.into_iter().map(|(number,)| number).collect())
    }
}

/// Which zones a list asks for.
#[derive(Debug, Clone, Default)]
pub struct ZoneFilter {
    /// Of the towns at or below this place.
    pub ground: Option<UnionPath>,
    /// Of this field worker.
    pub worker: Option<AccountId>,
    /// Only those that nobody looks after at present.
    pub is_without_worker: bool,
}

impl Tx {
    /// Adds a zone.
    pub async fn add_zone(
        &mut self,
        id: Uuid,
        name: &str,
        ground: Uuid,
        worker: Option<AccountId>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        execute!(
            self,
            ZONE_ADD,
            id,
            name,
            ground,
            worker.map(|worker| worker.uuid()),
            now.millis()
        )?;
        Ok(())
    }

    /// Writes name, worker and end of a zone; what it was until today is kept.
    pub async fn save_zone(
        &mut self,
        id: Uuid,
        name: &str,
        worker: Option<AccountId>,
        ended: Option<Timestamp>,
        today: Day,
    ) -> Result<(), StoreError> {
        self.keep_zone_past(id, today).await?;
        execute!(
            self,
            ZONE_SAVE,
            id,
            name,
            worker.map(|worker| worker.uuid()),
            ended.map(|at| at.millis())
        )?;
        Ok(())
    }

    /// The zones of one town are those of another, with which it was merged.
    pub async fn rehome_zones(&mut self, from: Uuid, to: Uuid, today: Day) -> Result<(), StoreError> {
        self.keep_zone_pasts_of_ground(from, to, today).await?;
        execute!(self, ZONES_REHOME, from, to)?;
        Ok(())
    }

    /// A union lies in a zone from a day on. One that lies in another is `Conflict("zone_union_now")`.
    pub async fn open_holding(
        &mut self,
        id: Uuid,
        zone: Uuid,
        union: Uuid,
        with_below: bool,
        from: Day,
    ) -> Result<(), StoreError> {
        execute!(self, HOLDING_OPEN, id, zone, union, with_below, from.naive())?;
        Ok(())
    }

    /// From a day on a union lies in no zone by a row of its own.
    pub async fn close_holding(&mut self, union: Uuid, until: Day) -> Result<(), StoreError> {
        execute!(self, HOLDING_DROP, union, until.naive())?;
        execute!(self, HOLDING_CLOSE, union, until.naive())?;
        Ok(())
    }

    /// Tells a field worker of a change of the zone.
    pub async fn tell_zone_news(
        &mut self,
        id: Uuid,
        worker: AccountId,
        zone: Uuid,
        words: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        execute!(self, ZONE_NEWS_ADD, id, worker.uuid(), zone, words, now.millis())?;
        Ok(())
    }

    /// An account has read what it was told.
    pub async fn read_zone_news(&mut self, worker: AccountId, now: Timestamp) -> Result<(), StoreError> {
        execute!(self, ZONE_NEWS_READ, worker.uuid(), now.millis())?;
        Ok(())
    }
}
