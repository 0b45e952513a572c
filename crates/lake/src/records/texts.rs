//! Columns of texts that nobody checks before somebody looks.

use crate::LakeError;
use arrow::array::{Array, BinaryArray};
use arrow::error::ArrowError;
use std::path::Path;
use std::sync::Arc;

/// A column of texts as it lies in a file, for columns of which a run looks at few values: checking all of them at once would read
/// pages that nobody asks for.
///
/// A value that is no text ends the run, as a damaged file does that is checked when it is opened: it unwinds with a [`LakeError`],
/// which whoever started the run finds with [`damage`].
#[derive(Clone, Debug)]
pub struct Texts {
    bytes: BinaryArray,
    file: Arc<Path>,
}

impl Texts {
    pub(super) fn over(bytes: BinaryArray, file: &Path) -> Texts {
        Texts {
            bytes,
            file: file.into(),
        }
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// True when the column has no value.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// A value; empty where there is none.
    pub fn value(&self, row: usize) -> &str {
        std::str::from_utf8(self.bytes.value(row)).unwrap_or_else(|error| {
            std::panic::resume_unwind(Box::new(LakeError::Records {
                path: self.file.to_path_buf(),
                source: ArrowError::InvalidArgumentError(format!("text that is not UTF-8: {error}")),
            }))
        })
    }
}

/// The damage over which a thread unwound, if that is why.
///
/// # Errors
/// Gives back what it unwound with if that is something else.
pub fn damage(unwound: Box<dyn std::any::Any + Send>) -> Result<LakeError, Box<dyn std::any::Any + Send>> {
    unwound.downcast::<LakeError>().map(|error| *error)
}
