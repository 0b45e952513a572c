//! List items (清单项): one row each, their evidence beside them, and the pages of the lists.

#[macro_use]
mod record;
mod bulk_merge;
mod gist;
mod list;
mod tally;

pub(crate) use bulk_merge::STATEMENTS as MERGE_STATEMENTS;
pub use bulk_merge::{EvidenceRecord, KnownKey};
pub use gist::ItemGist;
pub use list::{ItemFilter, OverdueCut, Owner, RuleCount, SORTS};
pub use record::ItemRecord;
pub(crate) use tally::STATEMENTS as TALLY_STATEMENTS;

use chrono::NaiveDate;
use codes::id::{AccountId, ListItemId};
use codes::time::Day;

use crate::StoreError;
use crate::tx::{Reader, Tx};
use gist::GistRow;
use record::Row;

statements! {
    ITEM_BY_NO = Sql::both(concat!("SELECT ", record_columns!(), " FROM list_item i WHERE i.item_no = $1")),
    ITEM_BY_SUBJECT = Sql::both(concat!(
        "SELECT ", record_columns!(), " FROM list_item i WHERE i.rule = $1 AND i.subject_kind = $2 AND i.subject_id = $3"
    )),
    ITEMS_ALL = Sql::both(concat!("SELECT ", record_columns!(), " FROM list_item i ORDER BY i.item_no")),
    ITEM_GISTS = Sql::packed(
        "item_no, rule, rule_version, subject_kind, subject_id, kind, state, is_confirmed, fingerprint, detail_hash, \
         responsible_path, closed_by, suppressed_fingerprint, suppressed_until",
        "FROM list_item"
    ),
    ITEMS_OPEN_OF_SUBJECT = Sql::both(concat!(
        "SELECT ", record_columns!(), " FROM list_item i WHERE i.subject_id = $1 AND i.is_open = $2 ORDER BY i.item_no"
    )),
    ITEM_SAVE = Sql::both(
        "UPDATE list_item SET kind = $3, state = $4, is_open = $5, owner_id = $6, is_confirmed = $7, tries = $8, \
         founded_union_id = $9, clock_started_on = $10, due_on = $11, due_days = $12, changed_at = $13, \
         confirmed_at = $14, founded_at = $15, closed_at = $16, closed_by = $17, closing_reason = $18, \
         refute_reason = $19, suppressed_fingerprint = $20, suppressed_until = $21, version = version + 1 \
         WHERE id = $1 AND version = $2"
    ),
    ITEM_EVIDENCE = Sql::both("SELECT evidence, closing FROM list_item_evidence WHERE item_id = $1"),
    ITEM_DEADLINES = Sql::both(
        "SELECT DISTINCT clock_started_on, due_days, due_on FROM list_item WHERE is_open = $1"
    ),
    ITEM_SET_DUE = Sql::both(
        "UPDATE list_item SET due_on = $3 WHERE clock_started_on = $1 AND due_days = $2 AND is_open = $4"
    ),
    OPEN_BY_OWNER = Sql::both(
        "SELECT owner_id, CAST(SUM(delta) AS BIGINT) FROM item_tally WHERE owner_id IS NOT NULL GROUP BY owner_id"
    ),
    // Readers go on; whoever wants to change an item waits, without holding a row that the locker needs.
    ITEMS_LOCK = Sql::split {
        sqlite: "SELECT 1",
        postgres: "LOCK TABLE list_item IN EXCLUSIVE MODE",
    },
    OPEN_ITEMS = Sql::packed(
        "item_no, rule, subject_kind, subject_id",
        "FROM list_item WHERE is_open = $1"
    ),
}

/// An open item as the snapshot of a run needs it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct OpenItem {
    pub item_no: String,
    pub rule: String,
    /// `enterprise` or `union`.
    pub subject_kind: String,
    pub subject_id: String,
}

impl Tx {
    /// Saves what an act changed. Answers false when somebody else was quicker: `record.version` is not the row's.
    pub async fn save_item(&mut self, record: &ItemRecord) -> Result<bool, StoreError> {
        self.leave_tally(record.id, record.version).await?;
        let touched = execute!(
            self,
            ITEM_SAVE,
            record.id.uuid(),
            record.version,
            record.kind.code(),
            record.state.code(),
            record.state.is_open(),
            record.owner_id.map(|owner| owner.uuid()),
            record.is_confirmed,
            record.tries,
            record.founded_union_id.as_deref(),
            record.clock_started_on.naive(),
            record.due_on.naive(),
            record.due_days,
            record.changed_at.0,
            record.confirmed_at.map(|at| at.0),
            record.founded_at.map(|at| at.0),
            record.closed_at.map(|at| at.0),
            record.closed_by.map(|by| by.code()),
            record.closing_reason.as_deref(),
            record.refute_reason.map(|reason| reason.code()),
            record.suppressed_fingerprint.as_deref(),
            record.suppressed_until.map(Day::naive),
        )?;
        if touched == 1 {
            self.enter_tally(record.id).await?;
        }
        Ok(touched == 1)
    }

    /// Keeps others from changing items until this transaction ends; they can still read them.
    pub async fn lock_items(&mut self) -> Result<(), StoreError> {
        execute!(self, ITEMS_LOCK)?;
        Ok(())
    }

    /// Writes a corrected deadline to the open items whose clock started that day with that many working days.
    pub async fn set_due(
        &mut self,
        clock_started_on: Day,
        due_days: i64,
        due_on: Day,
    ) -> Result<u64, StoreError> {
        self.lock_items().await?;
        self.tally_clock(clock_started_on.naive(), due_days, -1).await?;
        let touched = execute!(
            self,
            ITEM_SET_DUE,
            clock_started_on.naive(),
            due_days,
            due_on.naive(),
            true
        )?;
        self.tally_clock(clock_started_on.naive(), due_days, 1).await?;
        Ok(touched)
    }
}

impl Reader {
    /// One item by its number. The caller checks the scope by `responsible_path`.
    pub async fn item(&mut self, item_no: &str) -> Result<Option<ItemRecord>, StoreError> {
        let row: Option<Row> = fetch_optional!(self, ITEM_BY_NO, item_no)?;
        row.map(ItemRecord::try_from).transpose()
    }

    /// The one item of a rule about a subject.
    pub async fn item_of(
        &mut self,
        rule: &str,
        subject_kind: &str,
        subject_id: &str,
    ) -> Result<Option<ItemRecord>, StoreError> {
        let row: Option<Row> = fetch_optional!(self, ITEM_BY_SUBJECT, rule, subject_kind, subject_id)?;
        row.map(ItemRecord::try_from).transpose()
    }

    /// The open items about a subject, whatever the rule.
    pub async fn open_items_of(&mut self, subject_id: &str) -> Result<Vec<ItemRecord>, StoreError> {
        let rows: Vec<Row> = fetch_all!(self, ITEMS_OPEN_OF_SUBJECT, subject_id, true)?;
        rows.into_iter().map(ItemRecord::try_from).collect()
    }

    /// Every item there has ever been, in short: what a run holds its findings against.
    pub async fn item_gists(&mut self) -> Result<Vec<ItemGist>, StoreError> {
        let rows = fetch_packed!(self, ITEM_GISTS, GistRow)?;
        rows.into_iter().map(ItemGist::try_from).collect()
    }

    /// Every item there has ever been.
    pub async fn items(&mut self) -> Result<Vec<ItemRecord>, StoreError> {
        let mut items = Vec::new();
        for_each_row!(self, ITEMS_ALL, Row, [], |row: Row| -> Result<(), StoreError> {
            items.push(ItemRecord::try_from(row)?);
            Ok(())
        })?;
        Ok(items)
    }

    /// The long texts of an item: evidence, and the facts it was closed with.
    pub async fn item_evidence(
        &mut self,
        id: ListItemId,
    ) -> Result<Option<(String, Option<String>)>, StoreError> {
        fetch_optional!(self, ITEM_EVIDENCE, id.uuid())
    }

    /// The different deadlines of the open items: day the clock started, working days, day kept.
    pub async fn item_deadlines(&mut self) -> Result<Vec<(Day, i64, Day)>, StoreError> {
        let rows: Vec<(NaiveDate, i64, NaiveDate)> = fetch_all!(self, ITEM_DEADLINES, true)?;
        Ok(rows
            .into_iter()
            .map(|(from, days, due)| (from.into(), days, due.into()))
            .collect())
    }

    /// How many open items each owner has.
    pub async fn open_count_by_owner(&mut self) -> Result<Vec<(AccountId, i64)>, StoreError> {
        let rows: Vec<(uuid::Uuid, i64)> = fetch_all!(self, OPEN_BY_OWNER)?;
        Ok(rows
            .into_iter()
            .map(|(owner, count)| (AccountId::from_uuid(owner), count))
            .collect())
    }

    /// The open items, for the snapshot of a run.
    pub async fn open_items(&mut self) -> Result<Vec<OpenItem>, StoreError> {
        let mut items = fetch_packed!(self, OPEN_ITEMS, OpenItem, true)?;
        items.sort_unstable_by(|a, b| a.item_no.cmp(&b.item_no));
        Ok(items)
    }
}
