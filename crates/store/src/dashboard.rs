//! Figures of the home page (工作台), all within a scope.

use std::collections::BTreeMap;

use codes::time::{Day, Timestamp};
use domain::journal::JournalAction;
use domain::scope::Scope;

use crate::StoreError;
use crate::list_query::ListQuery;
use crate::tx::Reader;

statements! {
    STEP_MILLIS = Sql::both(
        "SELECT b.at - (SELECT MIN(a.at) FROM journal a WHERE a.subject_kind = 'list_item' \
         AND a.subject_id = b.subject_id AND a.action = $1) \
         FROM journal b WHERE b.subject_kind = 'list_item' AND b.action = $2 AND b.at >= $3 \
         AND {scope b.path} \
         AND EXISTS (SELECT 1 FROM journal a WHERE a.subject_kind = 'list_item' AND a.subject_id = b.subject_id \
         AND a.action = $1 AND a.at <= b.at)"
    ),
    FUNNEL = Sql::both(
        "SELECT COUNT(*), \
         CAST(COALESCE(SUM(CASE WHEN confirmed_at IS NOT NULL THEN 1 ELSE 0 END), 0) AS BIGINT), \
         CAST(COALESCE(SUM(CASE WHEN confirmed_at IS NOT NULL AND state IN ('in_progress', 'blocked', 'escalated', \
         'done') THEN 1 ELSE 0 END), 0) AS BIGINT), \
         CAST(COALESCE(SUM(CASE WHEN founded_at IS NOT NULL THEN 1 ELSE 0 END), 0) AS BIGINT) \
         FROM list_item WHERE raised_at >= $1 AND {scope responsible_path} \
         AND (rule LIKE 'found-%' OR rule = 'union-unregistered')"
    ),
}

/// How often a rule's items were found true and untrue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleTally {
    pub rule: String,
    pub open_count: i64,
    pub confirmed_count: i64,
    pub refuted_count: i64,
}

/// One place with its counts; `town` absent: the county as a whole or unknown.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct PlaceCount {
    pub county: Option<i64>,
    pub town: Option<i64>,
    pub count: i64,
}

/// Coverage summed over a place.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct PlaceCoverage {
    pub county: Option<i64>,
    pub town: Option<i64>,
    pub employers_25: i64,
    pub with_union: i64,
    /// With a union whose record is sound; `None`: not known.
    pub with_sound_union: Option<i64>,
}

/// Raised, found true, under way or done, founded.
pub type FunnelCounts = (i64, i64, i64, i64);

impl Reader {
    /// Milliseconds from the first step `from` to each step `to` since an instant, from the journal.
    pub async fn step_millis(
        &mut self,
        scope: &Scope,
        from: JournalAction,
        to: JournalAction,
        since: Timestamp,
    ) -> Result<Vec<i64>, StoreError> {
        let rows: Vec<(i64,)> = fetch_in_scope!(self, scope, STEP_MILLIS, from.code(), to.code(), since.0)?;
        Ok(rows.into_iter().map(|(millis,)| millis).collect())
    }

    /// The funnel of founding items raised since a day.
    pub async fn funnel(&mut self, scope: &Scope, since: Day) -> Result<FunnelCounts, StoreError> {
        fetch_one_in_scope!(self, scope, FUNNEL, since.start().0)
    }

    /// Open, confirmed and refuted items by rule.
    pub async fn rule_tallies(&mut self, scope: &Scope) -> Result<Vec<RuleTally>, StoreError> {
        let open: Vec<(String, i64)> = ListQuery::new("1", "item_tally i", scope, "i.responsible_path")
            .grouped(self, "i.rule, CAST(SUM(i.delta) AS BIGINT)", "i.rule")
            .await?;
        // Word for word the condition of the index list_item_judged.
        let mut judged = ListQuery::new("1", "list_item i", scope, "i.responsible_path");
        judged.wherever("(i.confirmed_at IS NOT NULL OR i.refute_reason IS NOT NULL)", []);
        let judged: Vec<(String, i64, i64)> = judged
            .grouped(
                self,
                "i.rule, CAST(SUM(CASE WHEN i.refute_reason IS NULL THEN 1 ELSE 0 END) AS BIGINT), \
                 CAST(SUM(CASE WHEN i.refute_reason IS NOT NULL THEN 1 ELSE 0 END) AS BIGINT)",
                "i.rule",
            )
            .await?;
        let mut rules: BTreeMap<String, RuleTally> = BTreeMap::new();
        let tally = |rule: &str| RuleTally {
            rule: rule.to_owned(),
            open_count: 0,
            confirmed_count: 0,
            refuted_count: 0,
        };
        for (rule, count) in open {
            rules
                .entry(rule.clone())
                .or_insert_with(|| tally(&rule))
                .open_count = count;
        }
        for (rule, confirmed, refuted) in judged {
            let entry = rules.entry(rule.clone()).or_insert_with(|| tally(&rule));
            (entry.confirmed_count, entry.refuted_count) = (confirmed, refuted);
        }
        Ok(rules.into_values().collect())
    }

    /// Open items by county and town.
    pub async fn open_by_place(&mut self, scope: &Scope) -> Result<Vec<PlaceCount>, StoreError> {
        let query = ListQuery::new("1", "item_tally i", scope, "i.responsible_path");
        query
            .grouped(
                self,
                "i.county AS county, i.town AS town, CAST(SUM(i.delta) AS BIGINT) AS count",
                "i.county, i.town",
            )
            .await
    }

    /// Coverage of the last run by county and town.
    pub async fn coverage_by_place(&mut self, scope: &Scope) -> Result<Vec<PlaceCoverage>, StoreError> {
        let query = ListQuery::new("1", "coverage c", scope, "c.responsible_path");
        query
            .grouped(
                self,
                "c.county AS county, c.town AS town, CAST(SUM(c.employers_25) AS BIGINT) AS employers_25, \
                 CAST(SUM(c.employers_25_with_union) AS BIGINT) AS with_union, \
                 CAST(SUM(c.employers_25_with_sound_union) AS BIGINT) AS with_sound_union",
                "c.county, c.town",
            )
            .await
    }
}
