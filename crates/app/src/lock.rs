//! Locks that hold across processes, so that `gonghui import` in a terminal and the server do not do the same work
//! at once, and so that whoever holds a lock knows that rows left "running" belong to a dead process. One lies in the data
//! folder; on PostgreSQL a second one lies with the database, which servers with other data folders may share.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use store::job::StoreLock;

use crate::error::AppError;
use crate::op::App;

/// A lock on one kind of work; it ends when the value is dropped or the process dies, even by `kill -9`.
#[derive(Debug)]
#[must_use = "the lock ends when this is dropped"]
pub struct WorkLock {
    _store: StoreLock,
    _file: File,
}

impl WorkLock {
    /// Takes the lock `name` of this installation; `None` when another process has it.
    pub async fn try_take(app: &App, name: &'static str) -> Result<Option<WorkLock>, AppError> {
        let Some(file) = lock_file(&app.data_dir, name)? else {
            return Ok(None);
        };
        let lock = app.store.try_lock(name).await?;
        Ok(lock.map(|store| WorkLock {
            _store: store,
            _file: file,
        }))
    }

    /// Takes the lock or refuses with a sentence: `what` is the work, as "导入".
    pub async fn take(app: &App, name: &'static str, what: &str) -> Result<WorkLock, AppError> {
        WorkLock::try_take(app, name).await?.ok_or_else(|| {
            AppError::conflict("SYS-423", format!("另一个进程正在{what}")).hint("请等它结束后再试")
        })
    }
}

/// The lock in the data folder.
fn lock_file(data_dir: &Path, name: &'static str) -> Result<Option<File>, AppError> {
    let path = data_dir.join(format!("{name}.lock"));
    let opened = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path);
    let file = opened.map_err(|error| AppError::io(path.display(), error))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(AppError::io(path.display(), error)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn one_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let first = lock_file(dir.path(), "work").unwrap();
        assert!(first.is_some());
        assert!(lock_file(dir.path(), "work").unwrap().is_none());
        assert!(lock_file(dir.path(), "other").unwrap().is_some());
        drop(first);
        assert!(lock_file(dir.path(), "work").unwrap().is_some());
    }
}
