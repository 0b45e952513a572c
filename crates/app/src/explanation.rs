//! Why a union was, or was not, taken to belong to an employer: the contributions that the run wrote beside the link.

use domain::dictionary::Dictionary;
use domain::intake::Kind;
use engines::matching::RunnerUp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Contributions in bits: `prior` plus all weights is `total`, and 1/(1+2^−total) is the probability.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// Bits before any field was compared.
    pub prior: f64,
    pub fields: Vec<FieldWeight>,
    pub total: f64,
    /// The union's second-best candidate.
    pub runner_up: Option<RunnerUp>,
}

/// What one field contributed; its values are masked.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldWeight {
    pub label: String,
    /// What the union says.
    pub left: Option<String>,
    /// What the market register says.
    pub right: Option<String>,
    /// `agree`, `partial`, `disagree`, `missing`.
    pub outcome: String,
    /// How closely they agree: 名称完全一致, 同音字, 会员多数在此参保 …
    pub level: String,
    /// Bits; positive speaks for, negative against.
    pub weight: f64,
}

impl Explanation {
    /// Reads what a run stored; nothing when no candidate was compared.
    pub(crate) fn read(evidence: &Value) -> Option<Explanation> {
        let fields = evidence.get("fields")?.as_array()?;
        let number = |key: &str| evidence.get(key).and_then(Value::as_f64);
        (!fields.is_empty()).then_some(())?;
        Some(Explanation {
            prior: number("prior")?,
            fields: fields.iter().map(field_weight).collect(),
            total: number("total")?,
            runner_up: evidence
                .get("runner_up")
                .and_then(|second| RunnerUp::deserialize(second).ok()),
        })
    }
}

fn field_weight(field: &Value) -> FieldWeight {
    let text = |key: &str| {
        field
            .get(key)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    let code = text("field").unwrap_or_default();
    // Both sides are compared as what the market register has: name, code, legal representative, address, phone.
    let side = |key: &str| text(key).map(|value| shown(Kind::Enterprises, &code, value));
    FieldWeight {
        left: side("left"),
        right: side("right"),
        label: text("label").unwrap_or_else(|| code.clone()),
        outcome: text("outcome").unwrap_or_default(),
        level: text("level").unwrap_or_default(),
        weight: field.get("weight").and_then(Value::as_f64).unwrap_or(0.0),
    }
}

/// A value that a run wrote beside a link or an item, as its element of the dictionary is shown: that of the source it comes from, else of
/// any kind of record that has such an element. What is no element is the run's own figure or a name of a union or an employer.
pub(crate) fn shown(source: Kind, label: &str, value: String) -> String {
    let dictionary = Dictionary::shipped();
    let element = [source]
        .into_iter()
        .chain(Kind::ALL)
        .find_map(|kind| dictionary.labelled(kind, label));
    match element {
        // A run says of a number only that it is there (已登记（脱敏）); a mask over these words would say less.
        Some(element) if element.is_sealed && !value.contains(|sign: char| sign.is_ascii_digit()) => value,
        Some(element) => element.masked(&value),
        None => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_a_run_stored_is_read_back_without_giving_people_away() {
        let stored = json!({
            "fields": [
                {"field": "legal_rep", "label": "法定代表人", "left": "邵建国", "right": "", "outcome": "missing", "level": "未填", "weight": 0.0},
                {"field": "name", "label": "单位名称", "left": "腾浩户外", "right": "宁波腾浩户外", "outcome": "agree", "level": "字号和行业一致", "weight": 14.2},
            ],
            "prior": -9.5, "total": 4.7,
            "runner_up": {"enterprise_id": "E9", "name": "宁波腾浩贸易有限公司", "probability": 0.03},
        });
        let read = Explanation::read(&stored).unwrap();
        assert_eq!(
            (read.fields[0].left.as_deref(), read.fields[0].right.as_deref()),
            (Some("邵**"), None)
        );
        assert_eq!((read.prior, read.total), (-9.5, 4.7));
        assert_eq!(read.runner_up.unwrap().name, "宁波腾浩贸易有限公司");
        for (label, value, expected) in [
            ("phone", "已登记（脱敏）", "已登记（脱敏）"),
            ("电话", "13812345678", "138****5678"),
            ("工会主席", "李建国", "李**"),
            ("姓名", "王小芳", "王**"),
            ("住所", "西店镇滨海路12号", "西店镇滨海路12号"),
            ("统一社会信用代码", "91330226MA2T0TE13C", "91330226MA2T0TE13C"),
            ("当前参保人数", "60", "60"),
        ] {
            assert_eq!(shown(Kind::Enterprises, label, value.into()), expected, "{label}");
        }
    }

    #[test]
    fn without_a_compared_field_there_is_nothing_to_explain() {
        assert_eq!(
            Explanation::read(&json!({"fields": [], "prior": 0.0, "total": 0.0})),
            None
        );
        assert_eq!(Explanation::read(&Value::Null), None);
    }
}
