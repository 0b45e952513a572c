//! An export as it is kept beside its file: what was asked for, what came of it, and what its maker saw.

use domain::scope::Scope;
use serde::{Deserialize, Serialize};

use super::register::RegisterExport;
use crate::element_right::Barred;
use crate::error::AppError;

/// As it is written.
#[derive(Serialize)]
pub(super) struct Kept<'a> {
    #[serde(flatten)]
    pub asked: &'a RegisterExport,
    pub left_out: Option<i64>,
    /// What its maker saw then.
    pub scope: String,
    /// Elements that stayed masked in an export in full, because they were not its maker's to see.
    pub hidden: Vec<&'static str>,
}

/// The same, read again: of those made before there were purposes neither is known.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct KeptAgain {
    pub purpose: String,
    pub left_out: Option<i64>,
    scope: Option<String>,
    columns: Vec<String>,
    hidden: Vec<String>,
}

impl KeptAgain {
    /// Reads what stands in the row.
    pub fn read(request: &str) -> Result<KeptAgain, AppError> {
        serde_json::from_str(request).map_err(AppError::internal)
    }

    /// Which of these elements stand in it in full.
    pub fn shows(&self, barred: &Barred) -> Vec<&'static str> {
        let is_in = |name: &str| {
            let is_column = self.columns.is_empty() || self.columns.iter().any(|column| column == name);
            is_column && !self.hidden.iter().any(|hidden| hidden == name)
        };
        barred.keys().copied().filter(|name| is_in(name)).collect()
    }

    /// Whether whoever sees this sees all that is in it. Of one that was made before scopes were kept nobody can say.
    pub fn is_covered_by(&self, scope: &Scope) -> Result<bool, AppError> {
        let then = self.scope.as_deref().map(Scope::read).transpose();
        Ok(then
            .map_err(AppError::internal)?
            .is_some_and(|then| scope.covers(&then)))
    }
}
