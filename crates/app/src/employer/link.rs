//! The employer that the last run found for a union, with the contributions that decided it.

use domain::permission::Action;
use serde::Serialize;
use serde_json::Value;

use crate::error::AppError;
use crate::explanation::Explanation;
use crate::op::{App, OpContext};

/// What the last run says of one union.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UnionLink {
    /// `linked`, `verify`, `none`.
    pub decision: String,
    pub enterprise_id: Option<String>,
    pub name: Option<String>,
    pub uscc: Option<String>,
    pub probability: Option<f64>,
    /// The rule or model that decided; `hand` for a person.
    pub tier: Option<String>,
    pub explanation: Option<Explanation>,
}

/// The link of a union that the caller has already been shown; `None` before the first run.
pub async fn employer_of_union(
    op: &OpContext,
    app: &App,
    union_id: &str,
) -> Result<Option<UnionLink>, AppError> {
    op.may(Action::SeeUnions)?;
    let mut reader = app.store.read().await?;
    let Some(link) = reader.link_of_union(union_id).await? else {
        return Ok(None);
    };
    let name = match &link.enterprise_id {
        Some(id) => reader
            .employer(id)
            .await?
            .map(|employer| employer.name)
            .or(link.candidate_name),
        None => link.candidate_name,
    };
    let evidence: Value = serde_json::from_str(&link.evidence).unwrap_or(Value::Null);
    Ok(Some(UnionLink {
        decision: link.decision,
        enterprise_id: link.enterprise_id,
        name,
        uscc: link.uscc,
        probability: link.probability,
        tier: link.tier,
        explanation: Explanation::read(&evidence),
    }))
}
