//! What a check says of each row (核对明细): counted in full, kept sealed up to a number that people still look through.

use std::path::Path;
use std::sync::Arc;

use codes::crypto::FieldKeys;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::sealed::SealedWriter;
use crate::error::AppError;

/// Rows of one outcome that are kept to be looked at; all are counted.
pub(super) const KEPT_OF_EACH: i64 = 2_000;

/// What would become of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// 新增
    Created,
    /// 变更
    Updated,
    /// 未变
    Same,
    /// 退回
    Rejected,
    /// 存疑: it counts, but for a cell.
    Doubtful,
    /// 疑似重复: it counts, and somebody like it is there already.
    Twin,
    /// 删除
    Deleted,
    /// 台账中有、文件中没有
    Missing,
    /// 保留人工登记
    Kept,
    /// 片区变动: a union would lie in another zone, or in none.
    Zoned,
}

impl Outcome {
    /// Every outcome, in the order of a report.
    pub const ALL: [Outcome; 10] = [
        Outcome::Created,
        Outcome::Updated,
        Outcome::Same,
        Outcome::Rejected,
        Outcome::Doubtful,
        Outcome::Twin,
        Outcome::Deleted,
        Outcome::Missing,
        Outcome::Kept,
        Outcome::Zoned,
    ];

    /// The word on screens.
    pub fn label(self) -> &'static str {
        match self {
            Outcome::Created => "新增",
            Outcome::Updated => "变更",
            Outcome::Same => "未变",
            Outcome::Rejected => "退回",
            Outcome::Doubtful => "存疑",
            Outcome::Twin => "疑似重复",
            Outcome::Deleted => "删除",
            Outcome::Missing => "文件中没有",
            Outcome::Kept => "保留人工登记",
            Outcome::Zoned => "片区变动",
        }
    }

    /// The word in addresses and stored reports.
    pub fn code(self) -> &'static str {
        match self {
            Outcome::Created => "created",
            Outcome::Updated => "updated",
            Outcome::Same => "same",
            Outcome::Rejected => "rejected",
            Outcome::Doubtful => "doubtful",
            Outcome::Twin => "twin",
            Outcome::Deleted => "deleted",
            Outcome::Missing => "missing",
            Outcome::Kept => "kept",
            Outcome::Zoned => "zoned",
        }
    }

    /// Reads [`Outcome::code`].
    pub fn from_code(code: &str) -> Option<Outcome> {
        Outcome::ALL.into_iter().find(|outcome| outcome.code() == code)
    }
}

/// One row of a check's detail. Names, numbers and days of persons are masked already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckLine {
    /// What would become of it.
    pub outcome: Outcome,
    /// Row number in the file; `None` where the file has no such row.
    pub row: Option<u64>,
    /// The register's key; empty when unknown.
    pub key: String,
    /// Why, or which columns change: old → new.
    pub text: String,
}

/// Counts and keeps a check's detail.
pub(super) struct Ledger {
    lines: SealedWriter,
    counts: [i64; Outcome::ALL.len()],
}

impl Ledger {
    pub(super) fn create(path: &Path, keys: Arc<FieldKeys>, check: Uuid) -> Result<Ledger, AppError> {
        Ok(Ledger {
            lines: SealedWriter::create(path, keys, check)?,
            counts: [0; Outcome::ALL.len()],
        })
    }

    /// Counts a row; its words are made only where they are kept.
    pub(super) fn tell(
        &mut self,
        outcome: Outcome,
        row: Option<u64>,
        key: &str,
        text: impl FnOnce() -> String,
    ) -> Result<(), AppError> {
        let count = &mut self.counts[outcome as usize];
        *count += 1;
        if *count > KEPT_OF_EACH {
            return Ok(());
        }
        self.lines.push(&CheckLine {
            outcome,
            row,
            key: key.to_owned(),
            text: text(),
        })
    }

    /// How many rows of an outcome were told.
    pub(super) fn count(&self, outcome: Outcome) -> i64 {
        self.counts[outcome as usize]
    }

    pub(super) fn finish(self) -> Result<(), AppError> {
        self.lines.finish().map(drop)
    }
}
