//! Open items counted as they change, so that a page need not count tens of thousands of rows.
//!
//! An act adds -1 under the item's former figures and +1 under its new ones, so that no writer waits for another here;
//! [`Tx::fold_tally`] folds such rows together, and a run counts anew. Whatever writes `list_item` goes through here;
//! the lists read the sums.

use chrono::NaiveDate;
use codes::id::ListItemId;

use crate::StoreError;
use crate::tx::Tx;

/// What open items are counted by.
macro_rules! dimensions {
    () => {
        "kind, rule, county, town, responsible_path, owner_id, due_on"
    };
}

macro_rules! insert_tally {
    ($delta:literal) => {
        concat!(
            "INSERT INTO item_tally (",
            dimensions!(),
            ", delta, is_folding) SELECT ",
            dimensions!(),
            ", ",
            $delta,
            ", FALSE FROM list_item"
        )
    };
}

statements! {
    // The row is locked until the transaction ends, so nobody changes it between leaving and entering.
    TALLY_LEAVE = Sql::split {
        sqlite: concat!(insert_tally!("-1"), " WHERE id = $1 AND version = $2 AND is_open"),
        postgres: concat!(insert_tally!("-1"), " WHERE id = $1 AND version = $2 AND is_open FOR UPDATE"),
    },
    TALLY_ENTER = Sql::both(concat!(insert_tally!("1"), " WHERE id = $1 AND is_open")),
    TALLY_CLOCK = Sql::both(concat!(
        insert_tally!("$3 * COUNT(*)"), " WHERE clock_started_on = $1 AND due_days = $2 AND is_open GROUP BY ", dimensions!()
    )),
    RECOUNT = Sql::both(concat!(insert_tally!("COUNT(*)"), " WHERE is_open GROUP BY ", dimensions!())),
    CLEAR = Sql::both("DELETE FROM item_tally"),
    FOLD_MARK = Sql::both("UPDATE item_tally SET is_folding = TRUE"),
    FOLD_SUM = Sql::both(concat!(
        "INSERT INTO item_tally (", dimensions!(), ", delta, is_folding) SELECT ", dimensions!(),
        ", CAST(SUM(delta) AS BIGINT), FALSE FROM item_tally WHERE is_folding GROUP BY ", dimensions!(),
        " HAVING SUM(delta) <> 0"
    )),
    FOLD_DROP = Sql::both("DELETE FROM item_tally WHERE is_folding"),
}

impl Tx {
    /// Takes an open item out of the counts before it is changed.
    pub(super) async fn leave_tally(&mut self, id: ListItemId, version: i64) -> Result<(), StoreError> {
        execute!(self, TALLY_LEAVE, id.uuid(), version)?;
        Ok(())
    }

    /// Counts an item as it stands after a change.
    pub(super) async fn enter_tally(&mut self, id: ListItemId) -> Result<(), StoreError> {
        execute!(self, TALLY_ENTER, id.uuid())?;
        Ok(())
    }

    /// Counts the open items of one clock in (`1`) or out (`-1`).
    pub(super) async fn tally_clock(
        &mut self,
        clock_started_on: NaiveDate,
        due_days: i64,
        sign: i64,
    ) -> Result<(), StoreError> {
        execute!(self, TALLY_CLOCK, clock_started_on, due_days, sign)?;
        Ok(())
    }

    /// Counts every open item anew. The items must be locked, see [`Tx::lock_items`].
    pub(super) async fn recount_items(&mut self) -> Result<(), StoreError> {
        execute!(self, CLEAR)?;
        execute!(self, RECOUNT)?;
        Ok(())
    }

    /// Folds the rows of many acts into one for each count. What others add meanwhile stays as it is.
    pub async fn fold_tally(&mut self) -> Result<(), StoreError> {
        execute!(self, FOLD_MARK)?;
        execute!(self, FOLD_SUM)?;
        execute!(self, FOLD_DROP)?;
        Ok(())
    }
}
