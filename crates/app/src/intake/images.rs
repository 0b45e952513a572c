//! What a batch leaves for its undo (撤销所需): each row as it was before, and which rows came and went. A check leaves nothing.

use std::path::Path;
use std::sync::Arc;

use codes::crypto::FieldKeys;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Places;
use super::sealed::{SealedReader, SealedWriter};
use crate::error::AppError;
use crate::keys::kept::SealedRow;
use crate::keys::rotation::Resealed;
use crate::op::App;

/// Writes the rows that a batch keeps for its undo again, their cells under the key that seals now (`mark`). The file changes at once or
/// not at all; the caller holds the lock of imports.
pub(crate) fn images_again<T: SealedRow>(
    app: &App,
    batch_no: i64,
    batch: Uuid,
    mark: &[u8],
    done: &mut Resealed,
) -> Result<(), AppError> {
    let path = Places::of(app).images(batch_no);
    if !path.exists() {
        return Ok(());
    }
    let mut rows = SealedReader::<T>::open(&path, Arc::clone(&app.keys), batch)?;
    let mut out = SealedWriter::create(&path, Arc::clone(&app.keys), batch)?;
    let mut told = *done;
    let mut changed = false;
    while let Some(mut row) = rows.next()? {
        changed |= row.again(&app.keys, mark, &mut told);
        out.push(&row)?;
    }
    *done = told;
    if changed {
        out.finish()?;
    }
    Ok(())
}

/// What happened to a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Mark {
    /// The row was not there before.
    Came(String),
    /// The row is not there any more.
    Gone(String),
}

/// Rows before, and what came and went.
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
        self.mark(&Mark::Came(key.to_owned()))
    }

    /// The key of a row that is taken out.
    pub(super) fn gone(&mut self, key: &str) -> Result<(), AppError> {
        self.mark(&Mark::Gone(key.to_owned()))
    }

    fn mark(&mut self, mark: &Mark) -> Result<(), AppError> {
        self.0.as_mut().map_or(Ok(()), |(_, marks)| marks.push(mark))
    }

    pub(super) fn finish(self) -> Result<(), AppError> {
        if let Some((rows, keys)) = self.0 {
            rows.finish()?;
            keys.finish()?;
        }
        Ok(())
    }
}
