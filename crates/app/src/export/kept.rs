//! An export as it is kept beside its file: what was asked for, what came of it, and what its maker saw.

use domain::scope::Scope;
use serde::{Deserialize, Serialize};

use super::register::RegisterExport;
use crate::error::AppError;

/// As it is written.
#[derive(Serialize)]
pub(super) struct Kept<'a> {
    #[serde(flatten)]
    pub asked: &'a RegisterExport,
    pub left_out: Option<i64>,
    /// What its maker saw then.
    pub scope: String,
}

/// The same, read again: of those made before there were purposes neither is known.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct KeptAgain {
    pub purpose: String,
    pub left_out: Option<i64>,
    scope: Option<String>,
}

impl KeptAgain {
    /// Reads what stands in the row.
    pub fn read(request: &str) -> Result<KeptAgain, AppError> {
        serde_json::from_str(request).map_err(AppError::internal)
    }

    /// Whether whoever sees this sees all that is in it. Of one that was made before scopes were kept nobody can say.
    pub fn is_covered_by(&self, scope: &Scope) -> Result<bool, AppError> {
        let then = self.scope.as_deref().map(Scope::read).transpose();
        Ok(then
            .map_err(AppError::internal)?
            .is_some_and(|then| scope.covers(&then)))
    }
}
