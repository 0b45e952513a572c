//! How work says how far it is, and learns that it is no longer wanted.

use std::sync::Arc;

use crate::error::AppError;

/// Told at each step: the stage in words, done, of how many (0 = unknown). Cheap: call it as often as you like. An error
/// means that somebody asked to stop; the work hands it on with `?` and leaves nothing half-written.
pub type Progress = Arc<dyn Fn(&str, u64, u64) -> Result<(), AppError> + Send + Sync>;

/// For work that nobody watches.
pub fn unwatched() -> Progress {
    Arc::new(|_, _, _| Ok(()))
}
