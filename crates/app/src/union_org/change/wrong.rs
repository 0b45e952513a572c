//! What a form of a change lacks, gathered field by field.

use domain::union_org::change::Refusal;

use super::Change;
use crate::error::AppError;

/// What is wrong with a form, all at once.
#[derive(Default)]
pub(super) struct Wrong(Vec<(&'static str, String)>);

impl Wrong {
    pub(super) fn add(&mut self, field: &'static str, words: impl Into<String>) {
        self.0.push((field, words.into()));
    }

    /// A refusal that concerns a field is gathered; one that concerns the union as it stands ends everything.
    pub(super) fn take(&mut self, decided: Result<(), Refusal>) -> Result<(), AppError> {
        match decided {
            Ok(()) => Ok(()),
            Err(Refusal {
                field: Some(field),
                words,
            }) => {
                let field = match field {
                    "parent" | "target" => "other",
                    other => other,
                };
                self.add(field, words);
                Ok(())
            }
            Err(Refusal { field: None, words }) => Err(AppError::conflict("UNI-409", words)),
        }
    }

    pub(super) fn end(self, change: Change) -> Result<(), AppError> {
        if self.0.is_empty() {
            return Ok(());
        }
        let error = AppError::invalid("UNI-420", format!("{}没有保存，请改正标出的内容", change.label()));
        Err(self
            .0
            .into_iter()
            .fold(error, |error, (field, words)| error.field(field, words)))
    }
}
