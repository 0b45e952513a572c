//! 工会组织变更: subtrees moved, what hangs on a union handed to another, what a union was before.

use std::collections::HashMap;

use codes::time::{Day, Timestamp};
use domain::scope::Scope;
use uuid::Uuid;

use crate::StoreError;
use crate::bulk::{self, BulkRow, RowWriter};
use crate::list_query::{Direction, Fragment, ListQuery, Window};
use crate::tx::{Reader, Tx};

/// One statement that carries a column of paths from the subtree at $1 (below $2) to $3; $4 is where the rest of a path begins.
macro_rules! repath {
    ($table:literal, $column:literal) => {
        concat!(
            "UPDATE ",
            $table,
            " SET ",
            $column,
            " = $3 || SUBSTR(",
            $column,
            ", CAST($4 AS INTEGER)) WHERE ",
            $column,
            " >= $1 AND ",
            $column,
            " < $2"
        )
    };
}

statements! {
    // Readers go on; two changes of the tree at once could make a circle between them.
    TREE_LOCK = Sql::split {
        sqlite: "SELECT 1",
        postgres: "LOCK TABLE union_org IN SHARE ROW EXCLUSIVE MODE",
    },
    // A batch that wrote one of these can no longer be taken back: its rows remember the old place.
    REPATH_UNIONS = Sql::both(
        "UPDATE union_org SET path = $3 || SUBSTR(path, CAST($4 AS INTEGER)), batch_no = NULL WHERE path >= $1 AND path < $2"
    ),
    REPATH_ITEMS = Sql::both(repath!("list_item", "responsible_path")),
    REPATH_TALLIES = Sql::both(repath!("item_tally", "responsible_path")),
    REPATH_EMPLOYERS = Sql::both(repath!("employer", "responsible_path")),
    REPATH_COVERAGE = Sql::both(repath!("coverage", "responsible_path")),
    REPATH_QUALITY = Sql::both(repath!("quality_count", "path")),
    REPATH_SCORES = Sql::both(repath!("quality_score", "path")),
    REPATH_MEMBER_COUNTS = Sql::both(repath!("member_tally", "path")),
    HEIGHT_64 = Sql::both("SELECT CAST(MAX(LENGTH(path)) AS BIGINT) FROM union_org WHERE path >= $1 AND path < $2"),
    CHILDREN = Sql::both(
        "SELECT union_id, path FROM union_org WHERE path > $1 AND path < $2 AND LENGTH(path) = $3 ORDER BY path"
    ),
    BELOW = Sql::both(
        "SELECT COUNT(*), CAST(COALESCE(SUM(m.members), 0) AS BIGINT) FROM union_org u \
         LEFT JOIN member_tally m ON m.union_org_id = u.id WHERE u.path >= $1 AND u.path < $2"
    ),
    ACTIVE_BELOW = Sql::both(
        "SELECT COUNT(*) FROM union_org WHERE path > $1 AND path < $2 AND is_active = $3"
    ),
    ITEMS_UNDER = Sql::both(
        "SELECT COUNT(*) FROM list_item WHERE is_open = $3 AND responsible_path >= $1 AND responsible_path < $2"
    ),
    ITEMS_ABOUT = Sql::both(
        "SELECT COUNT(*) FROM list_item WHERE subject_id = $1 AND subject_kind = 'union' AND is_open = $2"
    ),
    ACCOUNTS_ON = Sql::both("SELECT COUNT(*) FROM account WHERE union_id = $1 AND disabled_at IS NULL"),
    ACCOUNTS_REHOME = Sql::both("UPDATE account SET union_id = $2, changed_at = $3 WHERE union_id = $1"),
    // What hangs under a union that is taken over goes on being seen by whoever saw it with that union; the heir alone is
    // added, not all below it.
    REACH_OF_CHILDREN = Sql::both(
        "INSERT INTO account_reach (account_id, union_org_id, with_below) SELECT s.account_id, c.id, s.with_below \
         FROM account_reach s JOIN union_org f ON f.id = s.union_org_id \
         JOIN union_org c ON c.path > f.path AND c.path < SUBSTR(f.path, 1, LENGTH(f.path) - 1) || '0' \
         AND LENGTH(c.path) = LENGTH(f.path) + 5 WHERE s.union_org_id = $1 AND s.with_below = $2 \
         ON CONFLICT (account_id, union_org_id) DO UPDATE SET with_below = (account_reach.with_below OR excluded.with_below)"
    ),
    REACH_OF_HEIR = Sql::both(
        "INSERT INTO account_reach (account_id, union_org_id, with_below) SELECT s.account_id, $3, $2 FROM account_reach s \
         WHERE s.union_org_id = $1 ON CONFLICT (account_id, union_org_id) DO NOTHING"
    ),
    REACH_END = Sql::both("DELETE FROM account_reach WHERE union_org_id = $1"),
    IN_LINE_DIRECTLY = Sql::both(
        "SELECT union_id FROM union_org WHERE industry_parent_id = $1 AND is_active = $2 ORDER BY union_id"
    ),
    PAST_ADD = Sql::both(
        "INSERT INTO union_past (union_org_id, until_on, union_id, name, union_type, parent_id, industry_parent_id, county, town, \
         founded_on, is_active) SELECT id, $2, union_id, name, union_type, parent_id, industry_parent_id, county, town, founded_on, \
         is_active FROM union_org WHERE id = $1 ON CONFLICT (union_org_id, until_on) DO NOTHING"
    ),
    PAST_LATEST = Sql::both("SELECT MAX(until_on) FROM union_past WHERE union_org_id = $1"),
    PAST_LATEST_ALL = Sql::both("SELECT union_org_id, MAX(until_on) FROM union_past GROUP BY union_org_id"),
    PAST_AFTER = Sql::both(
        "SELECT p.union_org_id, p.until_on, p.union_id, p.name, p.union_type, p.parent_id, p.industry_parent_id, p.county, p.town, \
         p.founded_on, p.is_active FROM union_past p \
         WHERE p.until_on = (SELECT MIN(q.until_on) FROM union_past q WHERE q.union_org_id = p.union_org_id AND q.until_on > $1)"
    ),
    NOW_ROWS = Sql::both(
        "SELECT id AS union_org_id, union_id, name, union_type, parent_id, industry_parent_id, county, town, founded_on, is_active \
         FROM union_org"
    ),
    PLACES = Sql::packed("union_id, path", "FROM union_org"),
    HAND_SET = Sql::both(
        "INSERT INTO union_by_hand (union_org_id, element, set_at) VALUES ($1, $2, $3) \
         ON CONFLICT (union_org_id, element) DO UPDATE SET set_at = excluded.set_at"
    ),
    HAND_ALL = Sql::both("SELECT union_org_id, element FROM union_by_hand"),
    END_SET = Sql::both(
        "INSERT INTO union_end (union_org_id, ended_on, reason, document_no, successor_id) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (union_org_id) DO UPDATE SET ended_on = excluded.ended_on, reason = excluded.reason, \
         document_no = excluded.document_no, successor_id = excluded.successor_id"
    ),
    DISSOLVED = Sql::both(
        "SELECT u.id, e.ended_on, e.successor_id, s.name AS successor_name FROM union_org u \
         LEFT JOIN union_end e ON e.union_org_id = u.id LEFT JOIN union_org s ON s.union_id = e.successor_id \
         WHERE u.is_active = FALSE"
    ),
    END_OF = Sql::both(
        "SELECT e.ended_on, e.reason, e.document_no, e.successor_id, u.name AS successor_name FROM union_end e \
         LEFT JOIN union_org u ON u.union_id = e.successor_id WHERE e.union_org_id = $1"
    ),
}

/// What a union was until a day.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct UnionPast {
    pub union_org_id: Uuid,
    /// The first day on which it was this no longer.
    pub until_on: chrono::NaiveDate,
    /// The register's own key.
    pub union_id: String,
    pub name: String,
    /// `UnionType::code`.
    pub union_type: String,
    pub parent_id: Option<String>,
    pub industry_parent_id: Option<String>,
    pub county: Option<i64>,
    pub town: Option<i64>,
    pub founded_on: Option<chrono::NaiveDate>,
    pub is_active: bool,
}

impl BulkRow for UnionPast {
    const TABLE: &'static str = "union_past";
    const COLUMNS: &'static [&'static str] = &[
        "union_org_id",
        "until_on",
        "union_id",
        "name",
        "union_type",
        "parent_id",
        "industry_parent_id",
        "county",
        "town",
        "founded_on",
        "is_active",
    ];
    const KEY: &'static [&'static str] = &["union_org_id", "until_on"];

    fn write(&self, row: &mut RowWriter<'_>) {
        row.uuid(self.union_org_id)
            .day(Some(self.until_on))
            .text(self.union_id.as_str())
            .text(self.name.as_str())
            .text(self.union_type.as_str())
            .text(self.parent_id.as_deref())
            .text(self.industry_parent_id.as_deref())
            .int(self.county)
            .int(self.town)
            .day(self.founded_on)
            .bool(self.is_active);
    }
}

/// What the tree of today needs of a union.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct UnionNow {
    pub union_org_id: Uuid,
    /// The register's own key.
    pub union_id: String,
    pub name: String,
    /// `UnionType::code`.
    pub union_type: String,
    pub parent_id: Option<String>,
    pub industry_parent_id: Option<String>,
    pub county: Option<i64>,
    pub town: Option<i64>,
    pub founded_on: Option<chrono::NaiveDate>,
    pub is_active: bool,
}

impl From<UnionPast> for UnionNow {
    fn from(past: UnionPast) -> UnionNow {
        UnionNow {
            union_org_id: past.union_org_id,
            union_id: past.union_id,
            name: past.name,
            union_type: past.union_type,
            parent_id: past.parent_id,
            industry_parent_id: past.industry_parent_id,
            county: past.county,
            town: past.town,
            founded_on: past.founded_on,
            is_active: past.is_active,
        }
    }
}

/// How a union ended (撤销、合并).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, sqlx::FromRow)]
pub struct UnionEnd {
    pub ended_on: chrono::NaiveDate,
    pub reason: String,
    /// 批复文号
    pub document_no: Option<String>,
    /// The union that it was merged into.
    pub successor_id: Option<String>,
    #[sqlx(default)]
    pub successor_name: Option<String>,
}

/// A union that is active no longer, as far as a file of members needs it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Dissolved {
    pub id: Uuid,
    /// `None`: only a file said that it ended.
    pub ended_on: Option<chrono::NaiveDate>,
    /// The union that it was merged into, by the register's own key.
    pub successor_id: Option<String>,
    pub successor_name: Option<String>,
}

/// A dissolved union that has left members.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct LeftRow {
    pub union_id: String,
    pub name: String,
    /// `None`: only a file said that it ended.
    pub ended_on: Option<chrono::NaiveDate>,
    pub reason: Option<String>,
    pub members: i64,
}

/// How much hangs on a subtree, its root included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Weight {
    pub unions: i64,
    pub members: i64,
}

impl Tx {
    /// Keeps others from changing the tree until this transaction ends. Readers go on.
    pub async fn lock_tree(&mut self) -> Result<(), StoreError> {
        execute!(self, TREE_LOCK)?;
        Ok(())
    }

    /// Carries a subtree to another place, with everything that is found by place: open items, their counts, the employers' and
    /// quality's places. Answers how many unions went.
    pub async fn carry_subtree(&mut self, from: &str, upper: &str, to: &str) -> Result<u64, StoreError> {
        let rest = from.len() as i64 + 1;
        let moved = execute!(self, REPATH_UNIONS, from, upper, to, rest)?;
        self.forget_quality_totals().await?;
        for beside in [
            REPATH_ITEMS,
            REPATH_TALLIES,
            REPATH_EMPLOYERS,
            REPATH_COVERAGE,
            REPATH_QUALITY,
            REPATH_SCORES,
            REPATH_MEMBER_COUNTS,
        ] {
            execute!(self, beside, from, upper, to, rest)?;
        }
        Ok(moved)
    }

    /// The same for what is found at one place exactly, while unions below it stay: a merged union's own items.
    pub async fn hand_over_place(&mut self, from: &str, to: &str) -> Result<(), StoreError> {
        // From the place itself up to its first child.
        let first_child = format!("{from}0");
        let rest = from.len() as i64 + 1;
        for beside in [REPATH_ITEMS, REPATH_TALLIES, REPATH_EMPLOYERS, REPATH_COVERAGE] {
            execute!(self, beside, from, first_child.as_str(), to, rest)?;
        }
        Ok(())
    }

    /// Accounts that stand on one union stand on another. Answers how many.
    pub async fn rehome_accounts(&mut self, from: Uuid, to: Uuid, now: Timestamp) -> Result<u64, StoreError> {
        execute!(self, ACCOUNTS_REHOME, from, to, now.millis())
    }

    /// Whoever sees one union by name sees its heir in its place, and what hung below it if they saw that (指定). Call it before the children
    /// are moved. Answers how many accounts.
    pub async fn rehome_reach(&mut self, from: Uuid, to: Uuid) -> Result<u64, StoreError> {
        execute!(self, REACH_OF_CHILDREN, from, true)?;
        execute!(self, REACH_OF_HEIR, from, false, to)?;
        execute!(self, REACH_END, from)
    }

    /// Keeps what a union is now as what it was until a day. Call it before the change is written.
    pub async fn keep_past(&mut self, id: Uuid, until: Day) -> Result<(), StoreError> {
        execute!(self, PAST_ADD, id, until.naive())?;
        Ok(())
    }

    /// The same for many, from rows as they were. A day that has its row already keeps it.
    pub async fn keep_pasts(&mut self, rows: impl IntoIterator<Item = UnionPast>) -> Result<(), StoreError> {
        let mut rows = rows.into_iter().peekable();
        if rows.peek().is_none() {
            return Ok(());
        }
        let latest: Vec<(Uuid, chrono::NaiveDate)> = fetch_all!(self, PAST_LATEST_ALL)?;
        let latest: HashMap<Uuid, chrono::NaiveDate> = latest.into_iter().collect();
        let fresh: Vec<UnionPast> = rows
            .filter(|row| {
                latest
                    .get(&row.union_org_id)
                    .is_none_or(|day| *day < row.until_on)
            })
            .collect();
        bulk::insert_rows(self, fresh).await?;
        Ok(())
    }

    /// Remembers that a person has set an element of a union.
    pub async fn mark_by_hand(&mut self, id: Uuid, element: &str, now: Timestamp) -> Result<(), StoreError> {
        execute!(self, HAND_SET, id, element, now.millis())?;
        Ok(())
    }

    /// Every element that a person has set, by union.
    pub async fn marks_by_hand(&mut self) -> Result<Vec<(Uuid, String)>, StoreError> {
        fetch_all!(self, HAND_ALL)
    }

    /// Writes how a union ended.
    pub async fn end_union(&mut self, id: Uuid, end: &UnionEnd) -> Result<(), StoreError> {
        execute!(
            self,
            END_SET,
            id,
            end.ended_on,
            end.reason.as_str(),
            end.document_no.as_deref(),
            end.successor_id.as_deref()
        )?;
        Ok(())
    }
}

impl Reader {
    /// Every union that is active no longer.
    pub async fn dissolved_unions(&mut self) -> Result<Vec<Dissolved>, StoreError> {
        fetch_all!(self, DISSOLVED)
    }

    /// Characters of the longest path within a subtree.
    pub async fn longest_path(&mut self, path: &str, upper: &str) -> Result<i64, StoreError> {
        let row: (Option<i64>,) = fetch_one!(self, HEIGHT_64, path, upper)?;
        Ok(row.0.unwrap_or(path.len() as i64))
    }

    /// Keys and places of the unions directly below a place.
    pub async fn children_of(
        &mut self,
        path: &str,
        upper: &str,
    ) -> Result<Vec<(String, String)>, StoreError> {
        let length = path.len() as i64 + 5;
        fetch_all!(self, CHILDREN, path, upper, length)
    }

    /// Keys of the active unions directly under an industry union, by the second line.
    pub async fn unions_led_by(&mut self, industry_id: &str) -> Result<Vec<String>, StoreError> {
        let rows: Vec<(String,)> = fetch_all!(self, IN_LINE_DIRECTLY, industry_id, true)?;
        Ok(rows.into_iter().map(|(key,)| key).collect())
    }

    /// Unions and members within a subtree, its root included.
    pub async fn weight_under(&mut self, path: &str, upper: &str) -> Result<Weight, StoreError> {
        let (unions, members): (i64, i64) = fetch_one!(self, BELOW, path, upper)?;
        Ok(Weight { unions, members })
    }

    /// Active unions below a place, its own not counted.
    pub async fn active_below(&mut self, path: &str, upper: &str) -> Result<i64, StoreError> {
        let row: (i64,) = fetch_one!(self, ACTIVE_BELOW, path, upper, true)?;
        Ok(row.0)
    }

    /// Open items that unions of a subtree look after.
    pub async fn open_items_under(&mut self, path: &str, upper: &str) -> Result<i64, StoreError> {
        let row: (i64,) = fetch_one!(self, ITEMS_UNDER, path, upper, true)?;
        Ok(row.0)
    }

    /// Open items about a union.
    pub async fn open_items_about(&mut self, union_id: &str) -> Result<i64, StoreError> {
        let row: (i64,) = fetch_one!(self, ITEMS_ABOUT, union_id, true)?;
        Ok(row.0)
    }

    /// Accounts in use that stand on a union.
    pub async fn accounts_on(&mut self, id: Uuid) -> Result<i64, StoreError> {
        let row: (i64,) = fetch_one!(self, ACCOUNTS_ON, id)?;
        Ok(row.0)
    }

    /// The day from which a union is as it is now; `None`: it has not changed since it came.
    pub async fn unchanged_since(&mut self, id: Uuid) -> Result<Option<Day>, StoreError> {
        let row: (Option<chrono::NaiveDate>,) = fetch_one!(self, PAST_LATEST, id)?;
        Ok(row.0.map(Day::from))
    }

    /// For every union that has changed since a day, what it was on that day.
    pub async fn pasts_on(&mut self, day: Day) -> Result<Vec<UnionPast>, StoreError> {
        fetch_all!(self, PAST_AFTER, day.naive())
    }

    /// Every union as it is now, as far as the tree needs it.
    pub async fn unions_now(&mut self) -> Result<Vec<UnionNow>, StoreError> {
        fetch_all!(self, NOW_ROWS)
    }

    /// Where every union hangs now.
    pub async fn places_of_unions(&mut self) -> Result<Vec<(String, Option<String>)>, StoreError> {
        fetch_packed!(self, PLACES, (String, Option<String>))
    }

    /// Dissolved unions in scope that have left members, the longest ago first, and how many there are.
    pub async fn unions_with_members_left(
        &mut self,
        scope: &Scope,
        window: impl Into<Window>,
    ) -> Result<(Vec<LeftRow>, i64), StoreError> {
        let mut query = left(scope);
        query
            .first_by("e.ended_on", Direction::Ascending)
            .then_by("u.union_id")
            .window(window.into(), "u.union_id", Direction::Ascending);
        Ok((query.fetch(self).await?, query.count(self).await?))
    }

    /// How many such unions there are, and how many members.
    pub async fn members_left(&mut self, scope: &Scope) -> Result<(i64, i64), StoreError> {
        let sums = Fragment::new("COUNT(*), CAST(COALESCE(SUM(t.members), 0) AS BIGINT)", []);
        left(scope).figures(self, sums).await
    }

    /// How a union ended; `None` while it is active, or when only a file said so.
    pub async fn end_of_union(&mut self, id: Uuid) -> Result<Option<UnionEnd>, StoreError> {
        fetch_optional!(self, END_OF, id)
    }
}

fn left(scope: &Scope) -> ListQuery {
    let mut query = ListQuery::new(
        "u.union_id, u.name, e.ended_on, e.reason, t.members",
        "union_org u JOIN member_tally t ON t.union_org_id = u.id LEFT JOIN union_end e ON e.union_org_id = u.id",
        scope,
        "u.path",
    );
    query.wherever("u.is_active = ? AND t.members > 0", [false.into()]);
    query
}
