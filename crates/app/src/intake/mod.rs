//! 数据导入: files of the seven kinds become the present state.
//!
//! The agencies' kinds (市场监管, 人社, 税务, 交通) are lake files: a batch writes the whole new state beside the old one, and its
//! row in the store decides which is current. The unions' own kinds (工会组织, 覆盖单位, 会员) are upserted in one transaction,
//! with the rows before kept sealed for undo. Either way a batch counts in full or not at all, also after `kill -9`.
//!
//! [`pipeline`] reads and parses on every core, [`sift`] decides which rows count, [`state`] keeps an agency's state,
//! [`unions`], [`covers`] and [`members`] keep the register, [`batch`] is a batch's life, [`undo`] takes one back,
//! [`retention`] says what is kept for that and how long.

pub mod agency;
mod batch;
pub mod cells;
mod check;
mod covers;
mod error;
mod folder;
pub mod form;
mod images;
mod import;
mod inherit;
mod ledger;
mod members;
mod pipeline;
mod present;
mod rejects;
mod retention;
mod sealed;
mod seek;
mod sift;
mod state;
pub mod template;
pub(crate) mod tree;
mod twins;
pub mod typed;
pub mod typed_union;
mod undo;
mod union_cells;
mod unions;
mod whole;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use codes::crypto::FieldKeys;
use codes::id::IdSource;
use codes::time::{Day, Timestamp};
use domain::intake::{BatchState, Kind};
use serde::Serialize;

pub(crate) use batch::LOCK;
pub use batch::{CurrentData, batch, batches, batches_after, current, recover};
pub use check::{
    CheckCounts, CheckReport, CheckState, LINES_MAX, WAIT_HOURS, check, check_file, check_lines,
    check_lines_after, check_whole, check_workbook, checked_file, checks_waiting, drop_check, finish_check,
    import_wanted,
};
pub use folder::{FolderReport, import_folder};
pub(crate) use images::images_again;
pub(crate) use import::SETTLE_ROWS;
pub use import::import_file;
pub use ledger::{CheckLine, Outcome};
pub use rejects::{RejectRow, Shape, reject_rows, reject_workbook};
pub use retention::{REJECTS_DAYS, UNDOABLE_BATCHES};
pub(crate) use retention::{entries, remove, remove_parts};
pub(crate) use sealed::{SealedBytes, SealedFrames, seal_file};
pub use sift::ReasonCount;
pub use undo::{ChangedSince, UndoOutlook, undo, undo_outlook, undo_rest, undo_wanted};
pub(crate) use unions::content_hash as unions_content_hash;

use cells::{Cells, ColumnMap, Doubt};
use domain::element_right::comes_with_record;
use office::table::Row;

use crate::element_right::Barred;

/// What became of one file, for its page, the list of batches and the terminal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BatchReport {
    /// The number people use.
    pub batch_no: i64,
    /// What the file holds.
    pub kind: Kind,
    /// The file's name as sent.
    pub file_name: String,
    /// Where the batch stands.
    pub state: BatchState,
    /// True: the file says what changes; false: it says what is.
    pub is_delta: bool,
    /// Rows in the file.
    pub rows: i64,
    /// Rows that count.
    pub accepted: i64,
    /// Rows that do not.
    pub rejected: i64,
    /// Rows that count but for a cell.
    pub doubtful: i64,
    /// Rows that were not there before.
    pub created: i64,
    /// Rows that are different now.
    pub updated: i64,
    /// Rows that are gone.
    pub deleted: i64,
    /// Rows that are as they were.
    pub unchanged: i64,
    /// Rows of the register that a full file does not have: told, not deleted.
    pub missing: i64,
    /// Values that a person entered and that were kept against the file.
    pub kept: i64,
    /// Deletions of keys that were not there: harmless.
    pub unknown_deleted: i64,
    /// Unions that lie in another zone (片区) than before, or in none: by the import, or once it is taken back by that.
    pub zoned: i64,
    /// The first of them, in sentences.
    pub zoned_named: Vec<String>,
    /// SM3 of the file.
    pub sm3: String,
    /// Who sent it.
    pub started_by: String,
    /// When.
    pub started_at: Timestamp,
    /// When it was done.
    pub finished_at: Option<Timestamp>,
    /// Why it was refused or ended.
    pub failure: Option<String>,
    /// Why rows were rejected or doubtful, the most frequent first.
    pub reasons: Vec<ReasonCount>,
    /// Whether what it takes to undo the batch is still kept.
    pub is_undoable: bool,
    /// Whether a workbook of rejected and doubtful rows can be had.
    pub has_rejects: bool,
}

/// The word for a kind by its stored name; the name itself when this version does not know it.
pub fn kind_label(kind: &str) -> &str {
    Kind::from_name(kind).map_or(kind, |known| known.label())
}

/// What a batch changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    created: i64,
    updated: i64,
    deleted: i64,
    unchanged: i64,
    /// Rows of the state before that a delta does not speak of.
    untouched: i64,
    /// Deletions of keys that were not there.
    unknown_deleted: i64,
    missing: i64,
    kept: i64,
    /// Cells that were not taken because they are not the sender's to write.
    withheld: i64,
    /// Unions that would lie in another zone: told by a check, which carries nothing out.
    zoned: i64,
    /// Register rows that carry this batch's number now.
    touched: i64,
}

impl Changes {
    fn is_none(&self) -> bool {
        self.created == 0 && self.updated == 0 && self.deleted == 0
    }
}

/// What reading a file needs of the installation.
#[derive(Clone)]
pub(crate) struct Site {
    keys: Arc<FieldKeys>,
    ids: Arc<dyn IdSource>,
    now: Timestamp,
    today: Day,
    batch_no: i64,
    is_delta: bool,
    file_bytes: u64,
    map: Arc<ColumnMap>,
    form: Arc<form::FormColumns>,
    /// Columns that whoever brings the file may not write, each with the words for it.
    withheld: Arc<Barred>,
}

impl Site {
    fn new_uuid(&self) -> uuid::Uuid {
        self.ids.new_uuid(self.now)
    }

    /// The withheld columns as a set, for a column map to go without.
    fn withheld_columns(&self) -> HashSet<String> {
        self.withheld.keys().map(|name| (*name).to_owned()).collect()
    }

    /// Says in a row's doubts that withheld cells were not taken: those of `differs`, which the row says otherwise than the register. What
    /// else was doubtful about a withheld cell is nobody's concern then. Answers how many.
    fn withhold(&self, row: &Row, differs: impl Fn(&str) -> bool, doubts: &mut Vec<Doubt>) -> i64 {
        if self.withheld.is_empty() {
            return 0;
        }
        doubts.retain(|doubt| !self.withheld.contains_key(doubt.column));
        let cells = Cells { row, map: &self.map };
        let mut count = 0;
        for (column, words) in self.withheld.iter() {
            if differs(column) {
                cells.doubt::<()>(column, words.clone(), doubts);
                count += 1;
            }
        }
        count
    }

    /// Withheld columns that a row fills and that no new record of the kind needs.
    fn withheld_of_new(&self, kind: Kind, row: &Row) -> Vec<&'static str> {
        let cells = Cells { row, map: &self.map };
        let names = self.withheld.keys().copied();
        names
            .filter(|name| !comes_with_record(kind, name) && !cells.raw(name).is_empty())
            .collect()
    }
}

/// Where a batch keeps its files.
pub(crate) struct Places {
    data_dir: PathBuf,
}

impl Places {
    fn of(app: &crate::op::App) -> Places {
        Places {
            data_dir: app.data_dir.clone(),
        }
    }

    /// The sealed rejected and doubtful rows.
    fn rejects(&self, batch_no: i64) -> PathBuf {
        self.data_dir.join("intake").join(format!("{batch_no}.rejects"))
    }

    /// The sealed rows before, for undo.
    fn images(&self, batch_no: i64) -> PathBuf {
        self.data_dir.join("intake").join(format!("{batch_no}.before"))
    }

    /// The sealed keys of rows that came, for undo.
    fn came(&self, batch_no: i64) -> PathBuf {
        self.data_dir.join("intake").join(format!("{batch_no}.came"))
    }

    /// Files of checks that wait for a decision.
    fn checks(&self) -> PathBuf {
        self.data_dir.join("checks")
    }

    /// The lake file of an agency kind, relative to the data folder.
    fn lake_file(kind: Kind, batch_no: i64) -> String {
        format!("lake/{}/{batch_no}.parquet", kind.name())
    }

    fn in_data(&self, relative: &str) -> PathBuf {
        self.data_dir.join(relative)
    }
}
