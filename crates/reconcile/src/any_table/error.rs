//! What can be wrong with a specification or its tables: one sentence each, with what to do.

use lake::place::{PlaceError, Staging};
use office::OfficeError;
use std::path::{Path, PathBuf};

/// A run that was refused. Nothing stands under the final names.
#[derive(Debug, thiserror::Error)]
pub enum AnyTableError {
    #[error("规格文件 {file} 读不出来：{reason}")]
    SpecUnreadable { file: PathBuf, reason: String },
    #[error("规格文件 {file}{place}：{problem}")]
    Spec {
        file: PathBuf,
        place: String,
        problem: String,
    },
    #[error(transparent)]
    Table(Box<OfficeError>),
    #[error("文件 {file} 没有规格文件所说的列“{column}”；现有的列：{seen}")]
    NoColumn {
        file: String,
        column: String,
        seen: String,
    },
    #[error("文件 {file} 第 {row} 行：{problem}。请改正后再运行")]
    BrokenRow { file: String, row: u64, problem: String },
    #[error("文件 {file} 只有表头，没有数据行，无法比对")]
    NoRows { file: String },
    #[error("文件 {file} 第 {row} 行的编号列“{column}”是空的；每一行都要有自己的编号")]
    NoId { file: String, row: u64, column: String },
    #[error(
        "文件 {file} 的编号列“{column}”有重复：第 {first} 行和第 {second} 行都是“{id}”；编号必须各不相同"
    )]
    DoubleId {
        file: String,
        column: String,
        id: String,
        first: u64,
        second: u64,
    },
    #[error(
        "分块规则 {rule} 会产生 {pairs} 对记录，超过上限 {limit}（max_pairs）；最大的一块是“{largest}”，有 {largest_pairs} 对。请给规则加一列使它更细，或用 max_block 跳过过大的块"
    )]
    TooManyPairs {
        rule: String,
        pairs: u128,
        limit: u64,
        largest: String,
        largest_pairs: u128,
    },
    #[error("左右两个文件是同一个文件 {file}；要在一个文件里查重，请只给 --left")]
    SameFile { file: PathBuf },
    #[error("输出文件 {file} 与输入文件或另一个输出文件是同一个，写入会毁掉它；请换一个文件名")]
    OutputIsInput { file: PathBuf },
    #[error("文件 {file} 写不了：{source}")]
    Write { file: PathBuf, source: std::io::Error },
    #[error(transparent)]
    Place(#[from] PlaceError),
}

impl From<OfficeError> for AnyTableError {
    fn from(error: OfficeError) -> AnyTableError {
        AnyTableError::Table(Box::new(error))
    }
}

impl AnyTableError {
    /// Exit status of a command: 2 where the command or the specification is wrong, 1 where the data are.
    pub fn status(&self) -> u8 {
        match self {
            AnyTableError::SpecUnreadable { .. }
            | AnyTableError::Spec { .. }
            | AnyTableError::SameFile { .. }
            | AnyTableError::OutputIsInput { .. } => 2,
            _ => 1,
        }
    }

    /// The same error about the place that a file was brought from.
    pub(super) fn at_origin(mut self, staging: &Staging) -> AnyTableError {
        match &mut self {
            AnyTableError::SpecUnreadable { file, .. }
            | AnyTableError::Spec { file, .. }
            | AnyTableError::SameFile { file }
            | AnyTableError::OutputIsInput { file }
            | AnyTableError::Write { file, .. } => *file = staging.origin_of(file),
            // Others name a file without its folder.
            _ => {}
        }
        self
    }

    pub(crate) fn write(file: &Path) -> impl FnOnce(std::io::Error) -> AnyTableError {
        move |source| AnyTableError::Write {
            file: file.to_owned(),
            source,
        }
    }
}
