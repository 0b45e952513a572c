//! Locks that hold across processes, so that `gonghui import` in a terminal and the server do not do the same work
//! at once, and so that whoever holds a lock knows that rows left "running" belong to a dead process.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use crate::error::AppError;

/// A lock on one kind of work; it ends when the value is dropped or the process dies, even by `kill -9`.
#[derive(Debug)]
#[must_use = "the lock ends when this is dropped"]
pub struct WorkLock {
    _file: File,
}

impl WorkLock {
    /// Takes the lock `name` of this installation; `None` when another process has it.
    pub fn try_take(data_dir: &Path, name: &'static str) -> Result<Option<WorkLock>, AppError> {
        let path = data_dir.join(format!("{name}.lock"));
        let opened = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path);
        let file = opened.map_err(|error| AppError::io(path.display(), error))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(WorkLock { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(AppError::io(path.display(), error)),
        }
    }

    /// Takes the lock or refuses with a sentence: `what` is the work, as "导入".
    pub fn take(data_dir: &Path, name: &'static str, what: &str) -> Result<WorkLock, AppError> {
        WorkLock::try_take(data_dir, name)?.ok_or_else(|| {
            AppError::conflict("SYS-423", format!("另一个进程正在{what}")).hint("请等它结束后再试")
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn one_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let first = WorkLock::try_take(dir.path(), "work").unwrap();
        assert!(first.is_some());
        assert!(WorkLock::try_take(dir.path(), "work").unwrap().is_none());
        assert!(WorkLock::try_take(dir.path(), "other").unwrap().is_some());
        assert!(
            WorkLock::take(dir.path(), "work", "导入")
                .unwrap_err()
                .message
                .contains("导入")
        );
        drop(first);
        assert!(WorkLock::try_take(dir.path(), "work").unwrap().is_some());
    }
}
