//! Failures of files and lake tables in words for the person who sent the file.

use lake::LakeError;
use office::OfficeError;

use crate::error::AppError;

/// A file that is refused whole: the sentence names the file, the place and what to do.
impl From<OfficeError> for AppError {
    fn from(error: OfficeError) -> AppError {
        match &error {
            OfficeError::Write(_) | OfficeError::Typeset(_) => AppError::internal(error),
            OfficeError::NoFont { .. } => AppError::unavailable("PDF-503", error.to_string()).hint(
                "请管理员安装中文字体（Debian：apt install fonts-noto-cjk），或用 --fonts、GONGHUI_FONTS 指明字体目录，再重新启动",
            ),
            OfficeError::Broken { cause, .. } => {
                if !cause.is_empty() {
                    tracing::warn!(%error, cause, "a file that somebody sent is damaged");
                }
                AppError::invalid("IMP-102", error.to_string())
            }
            _ => AppError::invalid("IMP-102", error.to_string()),
        }
    }
}

impl From<LakeError> for AppError {
    fn from(error: LakeError) -> AppError {
        match error {
            LakeError::Io { path, source } => AppError::io(path.display(), source),
            other => AppError::internal(other),
        }
    }
}

impl AppError {
    /// No such batch.
    pub fn no_batch(batch_no: i64) -> AppError {
        AppError::not_found("IMP-404", format!("没有第 {batch_no} 号数据批次"))
    }

    /// A thread of the reading side ended without a word: a defect.
    pub(crate) fn reading_stopped() -> AppError {
        AppError::internal("the reading threads ended before the file did")
    }
}
