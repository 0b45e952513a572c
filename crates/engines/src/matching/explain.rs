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

/// Both sides say something that counts neither way: the code of a firm that came before, what a head office pays.
const NOT_TAKEN: &str = "不作依据";

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
                let is_stated = !left.is_empty() && !right.is_empty();
                FieldEvidence {
                    field: field.key(),
                    label: field.label(),
                    left,
                    right,
                    outcome: level.outcome,
                    level: if level.outcome == Outcome::Missing && is_stated {
                        NOT_TAKEN
                    } else {
                        level.label
                    },
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

    /// The explanation as stored in result tables: what `serde_json` makes of it, but the words of the program, most of the text,
    /// go in as they are. A run writes one for each union of a city.
    pub fn to_json(&self) -> String {
        let mut json = String::with_capacity(4_096);
        json.push_str(r#"{"fields":["#);
        for (i, field) in self.fields.iter().enumerate() {
            json.push_str(if i == 0 { r#"{"field":""# } else { r#",{"field":""# });
            json.push_str(field.field);
            json.push_str(r#"","label":""#);
            json.push_str(field.label);
            json.push_str(r#"","left":"#);
            push_text(&mut json, &field.left);
            json.push_str(r#","right":"#);
            push_text(&mut json, &field.right);
            json.push_str(r#","outcome":""#);
            json.push_str(field.outcome.key());
            json.push_str(r#"","level":""#);
            json.push_str(field.level);
            json.push_str(r#"","weight":"#);
            push_json(&mut json, &field.weight);
            json.push('}');
        }
        json.push_str(r#"],"prior":"#);
        push_json(&mut json, &self.prior);
        json.push_str(r#","total":"#);
        push_json(&mut json, &self.total);
        json.push_str(r#","runner_up":"#);
        push_json(&mut json, &self.runner_up);
        json.push('}');
        // As long as it is and no longer: a run keeps one for each union until the end.
        json.as_str().to_owned()
    }
}

/// A text of a file; hardly any needs an escape.
fn push_text(json: &mut String, text: &str) {
    let is_plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    if text.bytes().all(is_plain) {
        json.push('"');
        json.push_str(text);
        json.push('"');
    } else {
        push_json(json, &text);
    }
}

fn push_json(json: &mut String, value: &impl Serialize) {
    json.push_str(&serde_json::to_string(value).expect("plain numbers and strings always serialise"));
}

fn bits(millibits: i32) -> f64 {
    f64::from(millibits) / 1000.0
}
