//! The explanation of a decision: contributions in bits that sum up to the total, in words an officer reads.

use super::compare::Pattern;
use super::field::{Field, Outcome};
use super::model::Weighed;
use super::settle::Scored;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// One contribution. Words are lent: explanations are written for every union of a city.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FieldEvidence<'a> {
    pub field: &'static str,
    pub label: &'static str,
    /// What the union says.
    pub left: Cow<'a, str>,
    /// What the register says.
    pub right: Cow<'a, str>,
    pub outcome: Outcome,
    /// The level reached, in words.
    pub level: &'static str,
    /// Bits for (+) or against (−).
    pub weight: f64,
}

/// The second-best candidate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunnerUp {
    pub enterprise_id: String,
    pub name: String,
    pub probability: f64,
}

/// Why a candidate has its probability: `prior` plus all weights is `total`, and 1/(1+2^-total) is the probability.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation<'a> {
    pub fields: Vec<FieldEvidence<'a>>,
    pub prior: f64,
    pub total: f64,
    pub runner_up: Option<RunnerUp>,
}

impl<'a> Explanation<'a> {
    /// Builds the explanation; `shown` gives what either side says about a field.
    pub fn of(
        pattern: &Pattern,
        weighed: &Weighed,
        scored: &Scored,
        runner_up: Option<RunnerUp>,
        shown: impl Fn(Field) -> (Cow<'a, str>, Cow<'a, str>),
    ) -> Explanation<'a> {
        let mut fields: Vec<FieldEvidence<'a>> = Field::ALL
            .iter()
            .map(|&field| {
                let level = &field.levels()[pattern.levels[field.index()] as usize];
                let (left, right) = shown(field);
                FieldEvidence {
                    field: field.key(),
                    label: field.label(),
                    left,
                    right,
                    outcome: level.outcome,
                    level: level.label,
                    weight: bits(weighed.fields[field.index()]),
                }
            })
            .collect();
        // Corrections below a twentieth of a bit would only clutter the page; they still count, in the prior.
        let mut prior = weighed.prior;
        for (key, label, level, weight) in [
            (
                "family",
                "同系企业",
                "同一字号、法人、电话或地址的其他企业也会这样一致",
                weighed.family,
            ),
            ("rivals", "其他候选", "同一工会另有相近的候选企业", scored.rivals),
        ] {
            if weight.abs() < 50 {
                prior += weight;
                continue;
            }
            fields.push(FieldEvidence {
                field: key,
                label,
                left: Cow::Borrowed(""),
                right: Cow::Borrowed(""),
                outcome: Outcome::Disagree,
                level,
                weight: bits(weight),
            });
        }
        Explanation {
            fields,
            prior: bits(prior),
            total: bits(scored.total),
            runner_up,
        }
    }

    /// The explanation as stored in result tables.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("plain numbers and strings always serialise")
    }
}

fn bits(millibits: i32) -> f64 {
    f64::from(millibits) / 1000.0
}
