//! The frozen model as a file.

use crate::error::{ReconcileError, Result};
use codes::digest::sm3_hex;
use engines::matching::Model;
use std::path::Path;

/// Reads the frozen model; None when there is none yet.
///
/// # Errors
/// A model that exists but does not fit is an error, never silently replaced: results would drift.
pub fn load_or_default(path: Option<&Path>) -> Result<Option<Model>> {
    let Some(path) = path.filter(|p| p.exists()) else {
        return Ok(None);
    };
    let text = std::fs::read_to_string(path).map_err(|source| ReconcileError::File {
        path: path.to_path_buf(),
        source,
    })?;
    let model = Model::from_json(&text).map_err(|problem| ReconcileError::Model {
        path: path.to_path_buf(),
        problem,
    })?;
    Ok(Some(model))
}

/// Gives a freshly trained model its version: a digest of its numbers.
pub fn versioned(mut model: Model) -> Model {
    model.version.clear();
    let digest = sm3_hex(model.to_json().as_bytes());
    model.version = format!("fs-{}", &digest[..10]);
    model
}

/// Writes the model.
pub fn store(model: &Model, path: &Path) -> Result<()> {
    std::fs::write(path, model.to_json()).map_err(|source| ReconcileError::File {
        path: path.to_path_buf(),
        source,
    })
}
