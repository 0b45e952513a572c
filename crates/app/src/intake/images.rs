//! What a batch leaves for its undo (撤销所需): each row as it was before, and the keys of rows that came. A check leaves nothing.

use std::path::Path;
use std::sync::Arc;

use codes::crypto::FieldKeys;
use serde::Serialize;
use uuid::Uuid;

use super::sealed::SealedWriter;
use crate::error::AppError;

/// Rows before, and keys of new rows.
pub(super) struct Images(Option<(SealedWriter, SealedWriter)>);

impl Images {
    /// For a batch that is to count.
    pub(super) fn create(
        before: &Path,
        came: &Path,
        keys: Arc<FieldKeys>,
        batch: Uuid,
    ) -> Result<Images, AppError> {
        let rows = SealedWriter::create(before, Arc::clone(&keys), batch)?;
        Ok(Images(Some((rows, SealedWriter::create(came, keys, batch)?))))
    }

    /// For a check.
    pub(super) fn none() -> Images {
        Images(None)
    }

    /// A row as it was, before it is changed or taken out.
    pub(super) fn push(&mut self, row: &impl Serialize) -> Result<(), AppError> {
        self.0.as_mut().map_or(Ok(()), |(rows, _)| rows.push(row))
    }

    /// The key of a row that was not there.
    pub(super) fn came(&mut self, key: &str) -> Result<(), AppError> {
        self.0.as_mut().map_or(Ok(()), |(_, keys)| keys.push(&key))
    }

    pub(super) fn finish(self) -> Result<(), AppError> {
        if let Some((rows, keys)) = self.0 {
            rows.finish()?;
            keys.finish()?;
        }
        Ok(())
    }
}
