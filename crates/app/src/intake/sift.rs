//! Which rows count (退回与存疑): a row is rejected when its key is empty or repeated or its structure is broken; a cell that
//! cannot be used leaves its row in. Either goes to the batch's sealed reject file with the sender's own cells.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use codes::crypto::FieldKeys;
use codes::text::key64;
use domain::intake::Kind;
use office::table::Row;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::agency::Parsed;
use super::cells::{Cells, ColumnMap, Doubt};
use super::ledger::{Ledger, Outcome};
use super::pipeline::{Line, What};
use super::sealed::SealedWriter;
use crate::error::AppError;

/// Different reasons told on a batch's page; a file with more has one thing wrong everywhere.
const REASONS_MAX: usize = 200;
/// Cells of doubtful rows beyond this many rows are counted, but no longer kept for the workbook.
pub(super) const KEPT_ROWS_MAX: u64 = 1_000_000;

/// A record of the sealed reject file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Record {
    /// The heads of the file, first of all.
    Heads(Vec<String>),
    /// One row of the file.
    Row {
        /// Row number in the file.
        number: u64,
        /// True: the row does not count. False: it counts, but for a cell.
        rejected: bool,
        /// Why, in Chinese.
        reason: String,
        /// The sender's own cells.
        cells: Vec<String>,
        /// Which of them are at fault, by place from 0, and why.
        #[serde(default)]
        faults: Vec<(usize, String)>,
    },
    /// Something about the register that no row of the file shows: a row missing from it, a value kept against it.
    Note {
        /// The register's key.
        key: String,
        /// What was found, in Chinese.
        text: String,
    },
}

/// A reason and how often it occurred.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReasonCount {
    /// The Chinese head of the column; empty when the reason is about the whole row.
    pub column: String,
    /// Why, in Chinese.
    pub reason: String,
    /// In how many rows.
    pub rows: i64,
    /// The first of these rows by their numbers in the file; a repeated key names the row it repeats as well (`4 与 2`).
    #[serde(default)]
    pub first: Vec<String>,
}

impl ReasonCount {
    /// The reason with the rows where it was met first, as a page and the terminal say it.
    pub(super) fn told(mut self) -> ReasonCount {
        if self.first.is_empty() {
            return self;
        }
        let and_more = if self.rows > self.first.len() as i64 {
            "等"
        } else {
            ""
        };
        self.reason = format!("{}（第 {} 行{and_more}）", self.reason, self.first.join("、"));
        self
    }
}

/// Rows named for each reason; the workbook of rejects names them all.
const NAMED_ROWS: usize = 3;

/// What became of the rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub rows: i64,
    pub rejected: i64,
    pub doubtful: i64,
}

/// A row that counts.
pub(super) struct Taken<R> {
    pub row: Row,
    pub key: String,
    /// `None`: the row asks to take the key out.
    pub parsed: Option<Parsed<R>>,
}

/// Sorts the rows of one file.
pub(super) struct Sift {
    kind: Kind,
    map: Arc<ColumnMap>,
    /// What a check tells row by row; none while a file is taken.
    ledger: Option<Ledger>,
    /// Key and the row that had it first.
    seen: HashMap<i64, u32>,
    /// Keys of broken rows: they do not count, yet the file does speak of them.
    broken: HashSet<i64>,
    rejects: SealedWriter,
    kept: u64,
    /// Rows that may be taken, and the file's name for the refusal.
    most: Option<(i64, String)>,
    pub counts: Counts,
    reasons: BTreeMap<(String, String), (i64, Vec<String>)>,
}

impl Sift {
    pub(super) fn create(
        kind: Kind,
        heads: &[String],
        map: Arc<ColumnMap>,
        path: &Path,
        keys: Arc<FieldKeys>,
        batch: Uuid,
    ) -> Result<Sift, AppError> {
        let mut rejects = SealedWriter::create(path, keys, batch)?;
        rejects.push(&Record::Heads(heads.to_vec()))?;
        Ok(Sift {
            kind,
            map,
            ledger: None,
            seen: HashMap::new(),
            broken: HashSet::new(),
            rejects,
            kept: 0,
            most: None,
            counts: Counts::default(),
            reasons: BTreeMap::new(),
        })
    }

    /// From here on every row's outcome is told to the ledger of a check.
    pub(super) fn tell(&mut self, ledger: Ledger) {
        self.ledger = Some(ledger);
    }

    /// Whether this is a check, which tells every row and writes nothing.
    pub(super) fn is_check(&self) -> bool {
        self.ledger.is_some()
    }

    /// Tells what becomes of a row, if somebody wants to know.
    pub(super) fn outcome(
        &mut self,
        outcome: Outcome,
        row: Option<u64>,
        key: &str,
        text: impl FnOnce() -> String,
    ) -> Result<(), AppError> {
        match &mut self.ledger {
            Some(ledger) => ledger.tell(outcome, row, key, text),
            None => Ok(()),
        }
    }

    /// Refuses a file with more rows than this: what takes it holds them all in memory.
    pub(super) fn at_most(&mut self, rows: i64, file_name: &str) {
        self.most = Some((rows, file_name.to_owned()));
    }

    /// Takes a line, or puts it aside and answers `None`. Doubts of a row that counts are the caller's to hand to
    /// [`Sift::doubt`]: it may have found more.
    pub(super) fn take<R>(&mut self, line: Line<R>) -> Result<Option<Taken<R>>, AppError> {
        self.counts.rows += 1;
        let Line { row, key, what } = line;
        if let Some((most, file)) = self.most.as_ref().filter(|(most, _)| self.counts.rows > *most) {
            return Err(AppError::invalid(
                "IMP-107",
                format!(
                    "文件 {file} 到第 {} 行已超过 {most} 行，是“{}”一次导入的上限。没有写入任何数据。",
                    row.number,
                    self.kind.label()
                ),
            )
            .hint("请确认选对了数据种类，或拆成几个带“操作”列的增量文件分别导入"));
        }
        let parsed = match what {
            What::Broken(column, reason) => {
                if !key.is_empty() {
                    self.broken.insert(key64(&key));
                }
                self.reject(&row, column, reason)?;
                return Ok(None);
            }
            What::Unusable(reason) => {
                self.reject(&row, self.key_column(), format!("主键无法使用：{reason}"))?;
                return Ok(None);
            }
            What::Delete => None,
            What::Upsert(parsed) => Some(parsed),
        };
        if key.is_empty() {
            let (column, reason) = self.empty_key(&row);
            self.reject(&row, column, reason.to_owned())?;
            return Ok(None);
        }
        let number = u32::try_from(row.number).unwrap_or(u32::MAX);
        let first = *self.seen.entry(key64(&key)).or_insert(number);
        if first != number {
            let reason = format!("主键与第 {first} 行重复，以第 {first} 行为准，第 {number} 行退回");
            self.put(&row, true, &reason, vec![(self.key_column(), reason.clone())])?;
            self.count(
                self.label(self.key_column()),
                "主键在文件中重复，以先出现的一行为准",
                format!("{number} 与 {first}"),
            );
            self.counts.rejected += 1;
            return Ok(None);
        }
        Ok(Some(Taken { row, key, parsed }))
    }

    /// Whether the file had a row with this key, broken or not.
    pub(super) fn has_seen(&self, key: &str) -> bool {
        self.has_seen_hash(key64(key))
    }

    /// The same by the key's hash.
    pub(super) fn has_seen_hash(&self, key: i64) -> bool {
        self.seen.contains_key(&key) || self.broken.contains(&key)
    }

    /// Puts a row aside that was taken at first.
    pub(super) fn reject(&mut self, row: &Row, column: &str, reason: String) -> Result<(), AppError> {
        self.put(row, true, &reason, vec![(column, reason.clone())])?;
        self.count(self.label(column), &reason, row.number.to_string());
        self.counts.rejected += 1;
        Ok(())
    }

    /// Notes the cells of a counting row that were not used.
    pub(super) fn doubt(&mut self, row: &Row, doubts: &[Doubt]) -> Result<(), AppError> {
        if doubts.is_empty() {
            return Ok(());
        }
        let mut words = String::new();
        for doubt in doubts {
            let label = self.label(doubt.column).to_owned();
            self.count(&label, &doubt.reason, row.number.to_string());
            if !words.is_empty() {
                words.push('；');
            }
            words.push_str(&label);
            words.push('：');
            words.push_str(&doubt.reason);
        }
        self.counts.doubtful += 1;
        let faults = doubts.iter().map(|doubt| (doubt.column, doubt.reason.clone()));
        self.put(row, false, &words, faults.collect())
    }

    /// Notes something about the register.
    pub(super) fn note(&mut self, outcome: Outcome, key: &str, text: &str) -> Result<(), AppError> {
        self.outcome(outcome, None, key, || text.to_owned())?;
        self.rejects.push(&Record::Note {
            key: key.to_owned(),
            text: text.to_owned(),
        })
    }

    fn put(
        &mut self,
        row: &Row,
        rejected: bool,
        reason: &str,
        faults: Vec<(&str, String)>,
    ) -> Result<(), AppError> {
        let outcome = if rejected {
            Outcome::Rejected
        } else {
            Outcome::Doubtful
        };
        self.outcome(outcome, Some(row.number), "", || reason.to_owned())?;
        self.kept += 1;
        if self.kept > KEPT_ROWS_MAX {
            return Ok(());
        }
        let cells = row.cells.iter().map(|cell| cell.text.clone()).collect();
        let faults = faults
            .into_iter()
            .filter_map(|(column, why)| Some((self.map.index(column)?, why)));
        let faults = faults.collect();
        self.rejects.push(&Record::Row {
            number: row.number,
            rejected,
            reason: reason.to_owned(),
            cells,
            faults,
        })
    }

    fn count(&mut self, column: &str, reason: &str, row: String) {
        let key = (column.to_owned(), reason.to_owned());
        if let Some((rows, first)) = self.reasons.get_mut(&key) {
            *rows += 1;
            if first.len() < NAMED_ROWS {
                first.push(row);
            }
        } else if self.reasons.len() < REASONS_MAX {
            self.reasons.insert(key, (1, vec![row]));
        }
    }

    /// Which column a row without a key lacks, and what to fill in. A cover is known by its union and the employer together.
    fn empty_key(&self, row: &Row) -> (&'static str, &'static str) {
        let cells = Cells { row, map: &self.map };
        if self.kind == Kind::Covers && !cells.raw("union_id").is_empty() {
            let column = match self.map.has("employer_uscc") {
                true => "employer_uscc",
                false => "employer_name",
            };
            return (
                column,
                "单位统一社会信用代码和单位名称至少填一项，才知道覆盖哪家单位",
            );
        }
        (self.key_column(), "主键为空，无法登记")
    }

    fn key_column(&self) -> &'static str {
        self.kind.key_columns().0
    }

    /// How many rows of an outcome a check has told; none while a file is taken.
    pub(super) fn told(&self, outcome: Outcome) -> i64 {
        self.ledger.as_ref().map_or(0, |ledger| ledger.count(outcome))
    }

    /// The Chinese head of a column.
    fn label(&self, column: &str) -> &'static str {
        let found = self.kind.columns().iter().find(|known| known.name == column);
        found.map_or("", |known| known.spellings.get(1).copied().unwrap_or(known.name))
    }

    /// Ends the reject file: the counts and the reasons, the most frequent first.
    pub(super) fn finish(self) -> Result<(Counts, Vec<ReasonCount>), AppError> {
        self.rejects.finish()?;
        if let Some(ledger) = self.ledger {
            ledger.finish()?;
        }
        let mut reasons: Vec<ReasonCount> = self
            .reasons
            .into_iter()
            .map(|((column, reason), (rows, first))| ReasonCount {
                column,
                reason,
                rows,
                first,
            })
            .collect();
        reasons.sort_by_key(|reason| -reason.rows);
        Ok((self.counts, reasons))
    }
}
