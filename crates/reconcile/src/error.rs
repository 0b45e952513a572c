//! What can stop a run. Messages for people are Chinese and say what to do.

use std::path::PathBuf;

/// A run fails whole: nothing is left under a final name.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// No market register, or an empty one: linking against nothing would silently undo every link.
    #[error("市场主体数据为空或尚未导入：请先导入 enterprises 文件，再运行比对")]
    NoEnterprises,
    /// A rule file is wrong.
    #[error("规则文件 {file} 第 {line} 行：{problem}。{advice}")]
    Rule {
        file: String,
        line: usize,
        problem: String,
        advice: String,
    },
    /// The frozen model cannot be used.
    #[error("匹配模型 {path}：{problem}。可加 --retrain 重新训练")]
    Model { path: PathBuf, problem: String },
    /// A file could not be read or written.
    #[error("文件 {path}：{source}")]
    File { path: PathBuf, source: std::io::Error },
    /// The query engine refused.
    #[error("比对计算失败（{stage}）：{source}")]
    Engine {
        stage: &'static str,
        source: Box<datafusion::error::DataFusionError>,
    },
    /// A file did not come from its place or did not get there.
    #[error(transparent)]
    Place(lake::place::PlaceError),
    /// A lake table is not as expected.
    #[error("数据湖文件有误：{0}")]
    Lake(lake::LakeError),
    /// A file of a record store is not what was written.
    #[error("比对索引文件 {path} 已损坏：请删除它所在的文件夹后重新比对，系统会自动重建")]
    Records { path: PathBuf },
    /// A column has an unexpected type.
    #[error("数据表 {table} 缺少列 {column} 或类型不符：请重新导入该类数据")]
    Column { table: &'static str, column: String },
    /// The worker thread ended without an answer.
    #[error("比对任务意外中止，请查看服务日志后重试")]
    Aborted,
}

impl ReconcileError {
    pub(crate) fn engine(
        stage: &'static str,
    ) -> impl Fn(datafusion::error::DataFusionError) -> ReconcileError {
        move |source| ReconcileError::Engine {
            stage,
            source: Box::new(source),
        }
    }

    pub(crate) fn arrow(stage: &'static str) -> impl Fn(arrow::error::ArrowError) -> ReconcileError {
        move |source| ReconcileError::Engine {
            stage,
            source: Box::new(source.into()),
        }
    }
}

impl From<lake::LakeError> for ReconcileError {
    fn from(error: lake::LakeError) -> ReconcileError {
        match error {
            lake::LakeError::Records { path, .. } => ReconcileError::Records { path },
            lake::LakeError::Place(error) => ReconcileError::Place(error),
            other => ReconcileError::Lake(other),
        }
    }
}

/// Short form used throughout the crate.
pub type Result<T, E = ReconcileError> = std::result::Result<T, E>;
