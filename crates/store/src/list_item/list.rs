//! The pages of the lists: filters, order, exact counts.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use codes::id::AccountId;
use codes::time::Day;
use domain::list_item::{ItemState, ListKind};
use domain::scope::Scope;

use super::ItemRecord;
use super::record::Row;
use crate::StoreError;
use crate::list_query::{Bind, Direction, Fragment, ListQuery, Page, Window};
use crate::tx::Reader;

/// Columns a list can be sorted by: the key of the URL and the column.
pub const SORTS: &[(&str, &str)] = &[
    ("priority", "i.priority"),
    ("due", "i.due_on"),
    ("insured", "i.insured_now"),
    ("expected", "i.expected_members"),
    ("name", "i.name"),
    ("raised", "i.raised_at"),
    ("no", "i.item_no"),
];

/// Rows fetched by number in one statement.
const NUMBERS_PER_FETCH: usize = 500;

/// Whose items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    Nobody,
    Account(AccountId),
}

/// Items whose deadline lies before this day are overdue.
pub type OverdueCut = Day;

/// Which items; everything absent means every item in scope, open or closed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ItemFilter {
    /// `Some(true)`: open ones; `Some(false)`: closed ones.
    pub is_open: Option<bool>,
    pub kind: Option<ListKind>,
    pub rule: Option<String>,
    pub state: Option<ItemState>,
    pub county: Option<i64>,
    pub town: Option<i64>,
    pub owner: Option<Owner>,
    pub overdue_before: Option<OverdueCut>,
    /// Already in normal form.
    pub q: Option<String>,
    pub insured_min: Option<i64>,
    pub subject_id: Option<String>,
    /// Exactly these numbers, for bulk acts.
    pub item_nos: Option<Vec<String>>,
}

/// A rule with its number of items.
pub type RuleCount = (String, i64);

impl ItemFilter {
    /// Whether the tally can answer: it knows open items by list, rule, place, owner and deadline.
    fn has_tally(&self) -> bool {
        self.is_open == Some(true)
            && self.state.is_none()
            && self.q.is_none()
            && self.insured_min.is_none()
            && self.subject_id.is_none()
            && self.item_nos.is_none()
    }

    fn query(&self, select: &'static str, scope: &Scope) -> ListQuery {
        let mut query = self.query_of_tally_columns(select, "list_item i", scope);
        if let Some(is_open) = self.is_open {
            query.wherever("i.is_open = ?", [is_open.into()]);
        }
        if self.overdue_before.is_some() {
            query.wherever("i.is_open = ?", [true.into()]);
        }
        if let Some(state) = self.state {
            query.wherever("i.state = ?", [state.code().into()]);
        }
        if let Some(text) = &self.q {
            query.filter(Fragment::contains("i.search_text", text));
        }
        if let Some(count) = self.insured_min {
            query.wherever("i.insured_now >= ?", [count.into()]);
        }
        if let Some(subject) = &self.subject_id {
            query.wherever("i.subject_id = ?", [subject.as_str().into()]);
        }
        if let Some(numbers) = &self.item_nos {
            query.filter(Fragment::any_of(
                "i.item_no",
                numbers.iter().map(|no| Bind::from(no.as_str())),
            ));
        }
        query
    }

    /// The conditions on columns that the items and their tally share.
    fn query_of_tally_columns(&self, select: &'static str, from: &'static str, scope: &Scope) -> ListQuery {
        let mut query = ListQuery::new(select, from, scope, "i.responsible_path");
        if let Some(kind) = self.kind {
            query.wherever("i.kind = ?", [kind.code().into()]);
        }
        if let Some(rule) = &self.rule {
            query.wherever("i.rule = ?", [rule.as_str().into()]);
        }
        if let Some(county) = self.county {
            query.wherever("i.county = ?", [county.into()]);
        }
        if let Some(town) = self.town {
            query.wherever("i.town = ?", [town.into()]);
        }
        match self.owner {
            Some(Owner::Nobody) => {
                query.wherever("i.owner_id IS NULL", []);
            }
            Some(Owner::Account(account)) => {
                query.wherever("i.owner_id = ?", [account.uuid().into()]);
            }
            None => {}
        }
        if let Some(today) = self.overdue_before {
            query.wherever("i.due_on < ?", [today.naive().into()]);
        }
        query
    }
}

/// The items of a filter by some columns and their count: from the tally where it can answer.
macro_rules! counted {
    ($reader:expr, $filter:expr, $scope:expr, $columns:literal) => {
        if $filter.has_tally() {
            let query = $filter.query_of_tally_columns("1", "item_tally i", $scope);
            query
                .grouped(
                    $reader,
                    concat!($columns, ", CAST(SUM(i.delta) AS BIGINT)"),
                    $columns,
                )
                .await?
        } else {
            let query = $filter.query("1", $scope);
            query
                .grouped($reader, concat!($columns, ", COUNT(*)"), $columns)
                .await?
        }
    };
}

fn ordered(mut query: ListQuery, sort: &str, direction: Direction) -> ListQuery {
    query.sort(SORTS, sort, direction);
    if sort != "no" {
        query.then_by("i.item_no");
    }
    query
}

impl Reader {
    /// One page of items. The order is found in the index; only the rows of the page are then read.
    pub async fn item_page(
        &mut self,
        scope: &Scope,
        filter: &ItemFilter,
        sort: &str,
        direction: Direction,
        window: impl Into<Window>,
    ) -> Result<Vec<ItemRecord>, StoreError> {
        let marked = self.items_marked(scope, filter, sort, direction, window).await?;
        Ok(marked.into_iter().map(|(item, _)| item).collect())
    }

    /// One part of the items, each with its mark.
    pub async fn items_marked(
        &mut self,
        scope: &Scope,
        filter: &ItemFilter,
        sort: &str,
        direction: Direction,
        window: impl Into<Window>,
    ) -> Result<Vec<(ItemRecord, String)>, StoreError> {
        let numbers = self
            .numbers_marked(scope, filter, sort, direction, window)
            .await?;
        let mut found: HashMap<String, ItemRecord> = HashMap::with_capacity(numbers.len());
        for chunk in numbers.chunks(NUMBERS_PER_FETCH) {
            let these = ItemFilter {
                item_nos: Some(chunk.iter().map(|(number, _)| number.clone()).collect()),
                ..ItemFilter::default()
            };
            let mut query = these.query(record_columns!(), scope);
            query.page(Page::ALL);
            for row in query.fetch::<Row>(self).await? {
                let record = ItemRecord::try_from(row)?;
                found.insert(record.item_no.clone(), record);
            }
        }
        let numbers = numbers.into_iter();
        Ok(numbers
            .filter_map(|(number, mark)| Some((found.remove(&number)?, mark)))
            .collect())
    }

    /// A search that finds few items becomes the list of their numbers, so that what follows need not search again.
    pub async fn narrowed(&mut self, scope: &Scope, filter: ItemFilter) -> Result<ItemFilter, StoreError> {
        if filter.q.is_none() || filter.item_nos.is_some() {
            return Ok(filter);
        }
        let mut query = filter.query("i.item_no", scope);
        query.page(Page {
            offset: 0,
            limit: NUMBERS_PER_FETCH as i64 + 1,
        });
        let found: Vec<(String,)> = query.fetch(self).await?;
        if found.len() > NUMBERS_PER_FETCH {
            return Ok(filter);
        }
        Ok(ItemFilter {
            q: None,
            item_nos: Some(found.into_iter().map(|(number,)| number).collect()),
            ..filter
        })
    }

    /// How many items there are on all pages.
    pub async fn item_count(&mut self, scope: &Scope, filter: &ItemFilter) -> Result<i64, StoreError> {
        if !filter.has_tally() {
            return filter.query("1", scope).count(self).await;
        }
        let rules = self.item_count_by_rule(scope, filter).await?;
        Ok(rules.iter().map(|(_, count)| count).sum())
    }

    /// How many items there are on all pages, and how many open ones of them were due before today: in one pass.
    pub async fn item_totals(
        &mut self,
        scope: &Scope,
        filter: &ItemFilter,
        today: Day,
    ) -> Result<(i64, i64), StoreError> {
        if filter.has_tally() {
            let kinds = self.item_count_by_kind(scope, filter, today).await?;
            return Ok(kinds
                .iter()
                .fold((0, 0), |(all, late), kind| (all + kind.1, late + kind.2)));
        }
        let late = Fragment::new(
            "COUNT(*), CAST(COALESCE(SUM(CASE WHEN i.is_open AND i.due_on < ? THEN 1 ELSE 0 END), 0) AS BIGINT)",
            [today.naive().into()],
        );
        filter.query("1", scope).figures(self, late).await
    }

    /// Only the numbers, in the list's order: for previous and next, and for "select all".
    pub async fn item_numbers(
        &mut self,
        scope: &Scope,
        filter: &ItemFilter,
        sort: &str,
        direction: Direction,
        window: impl Into<Window>,
    ) -> Result<Vec<String>, StoreError> {
        let numbers = self
            .numbers_marked(scope, filter, sort, direction, window)
            .await?;
        Ok(numbers.into_iter().map(|(number, _)| number).collect())
    }

    async fn numbers_marked(
        &mut self,
        scope: &Scope,
        filter: &ItemFilter,
        sort: &str,
        direction: Direction,
        window: impl Into<Window>,
    ) -> Result<Vec<(String, String)>, StoreError> {
        let mut query = ordered(filter.query("i.item_no", scope), sort, direction);
        query.marked(window.into());
        let rows: Vec<((String,), String)> = query.fetch_marked(self).await?;
        Ok(rows.into_iter().map(|((number,), mark)| (number, mark)).collect())
    }

    /// Open items by list: kind code, count, and how many of them were due before today.
    pub async fn item_count_by_kind(
        &mut self,
        scope: &Scope,
        filter: &ItemFilter,
        today: Day,
    ) -> Result<Vec<(String, i64, i64)>, StoreError> {
        let days: Vec<(String, NaiveDate, i64)> = counted!(self, filter, scope, "i.kind, i.due_on");
        let mut kinds: BTreeMap<String, (i64, i64)> = BTreeMap::new();
        for (kind, due, count) in days {
            let sums = kinds.entry(kind).or_default();
            sums.0 += count;
            sums.1 += if due < today.naive() { count } else { 0 };
        }
        Ok(kinds
            .into_iter()
            .map(|(kind, (count, late))| (kind, count, late))
            .collect())
    }

    /// Items by rule.
    pub async fn item_count_by_rule(
        &mut self,
        scope: &Scope,
        filter: &ItemFilter,
    ) -> Result<Vec<RuleCount>, StoreError> {
        let rules: Vec<RuleCount> = counted!(self, filter, scope, "i.rule");
        Ok(rules.into_iter().filter(|(_, count)| *count != 0).collect())
    }
}
