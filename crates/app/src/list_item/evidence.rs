//! What a run wrote about an item, as the page shows it: sources, doubts, the nearest candidate, how it was closed.

use codes::mask;
use domain::list_item::ItemSubject;
use domain::permission;
use serde_json::Value;
use store::Reader;
use store::list_item::ItemRecord;

use super::{Candidate, Closing, EvidenceRow, FieldWeight};
use crate::error::AppError;
use crate::op::OpContext;

const SOURCES: &[(&str, &str)] = &[
    ("enterprises", "市场监管"),
    ("insurance", "参保"),
    ("tax", "税务"),
    ("unions", "工会登记"),
    ("covers", "覆盖名单"),
    ("members", "会员"),
    ("drivers", "交通运输"),
];

pub(super) fn evidence_rows(evidence: &Value) -> Vec<EvidenceRow> {
    let rows = evidence
        .get("rows")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    rows.iter()
        .map(|row| {
            let source = row.get("source").and_then(Value::as_str).unwrap_or_default();
            let label = SOURCES
                .iter()
                .find(|(code, _)| *code == source)
                .map_or(source, |(_, label)| label);
            EvidenceRow {
                source: source.to_owned(),
                source_label: label.to_owned(),
                count: row.get("count").and_then(Value::as_i64),
                facts: facts(row.get("facts")),
            }
        })
        .collect()
}

/// An object of labels and values, as pairs in their order; what is unknown is left out, what concerns a person or
/// would identify the employer elsewhere is masked.
fn facts(value: Option<&Value>) -> Vec<(String, String)> {
    let Some(object) = value.and_then(Value::as_object) else {
        return Vec::new();
    };
    object
        .iter()
        .filter_map(|(label, value)| Some((label.clone(), masked(label, plain(value)?))))
        .collect()
}

/// Masks by what the label or the field's code says the value is.
fn masked(what: &str, value: String) -> String {
    match what {
        "legal_rep" | "chair" | "法定代表人" | "单位法定代表人" | "工会主席" | "姓名" => {
            mask::mask_name(&value)
        }
        "address" | "住所" | "地址" => mask::mask_address(&value),
        "code" | "uscc" | "统一社会信用代码" | "单位代码" => mask::mask_uscc(&value),
        // What the run wrote is masked already; a number would be a mistake and is masked here.
        "phone" | "电话" | "联系电话" if value.chars().any(|c| c.is_ascii_digit()) => {
            mask::mask_phone(&value)
        }
        _ => value,
    }
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(text.clone()),
        Value::Bool(truth) => Some(if *truth { "是" } else { "否" }.to_owned()),
        other => Some(other.to_string()),
    }
}

pub(super) fn doubts(evidence: &Value) -> Vec<String> {
    let list = evidence
        .get("doubts")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    list.iter()
        .filter_map(|doubt| doubt.as_str().map(str::to_owned))
        .collect()
}

/// The nearest candidate: named by the finding, explained by the union's link where that is about the same pair.
pub(super) async fn candidate_of(
    op: &OpContext,
    reader: &mut Reader,
    record: &ItemRecord,
    evidence: &Value,
    enterprise: Option<&str>,
) -> Result<Option<Candidate>, AppError> {
    let Some(found) = evidence.get("candidate").filter(|value| value.is_object()) else {
        return Ok(None);
    };
    let text = |key: &str| found.get(key).and_then(Value::as_str).map(str::to_owned);
    let other_name = text("name").or_else(|| text("union_name"));
    let (union_id, union_name, enterprise_id, enterprise_name) = match record.subject_kind {
        ItemSubject::Enterprise => {
            let Some(union_id) = text("union_id").or_else(|| text("id")) else {
                return Ok(None);
            };
            let name = other_name.unwrap_or_else(|| union_id.clone());
            (
                union_id,
                name,
                Some(record.subject_id.clone()),
                Some(record.name.clone()),
            )
        }
        ItemSubject::Union => {
            let enterprise_id = text("enterprise_id")
                .or_else(|| text("id"))
                .or_else(|| enterprise.map(str::to_owned));
            (
                record.subject_id.clone(),
                record.name.clone(),
                enterprise_id,
                other_name,
            )
        }
    };
    let explained = match found.get("fields") {
        Some(_) => found.clone(),
        None => explanation(reader, &union_id, enterprise_id.as_deref()).await?,
    };
    let verdict = match &enterprise_id {
        Some(enterprise) => reader
            .verdict(&union_id, enterprise)
            .await?
            .map(|verdict| verdict.is_same),
        None => None,
    };
    let number = |key: &str| explained.get(key).and_then(Value::as_f64);
    let fields = explained
        .get("fields")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    Ok(Some(Candidate {
        may_judge: enterprise_id.is_some() && op.can(permission::Action::GiveVerdict),
        union_id,
        union_name,
        enterprise_id,
        enterprise_name,
        probability: found.get("probability").and_then(Value::as_f64),
        prior: number("prior"),
        total: number("total"),
        fields: fields.iter().map(field_weight).collect(),
        verdict,
    }))
}

/// The contributions that the last run wrote to the union's link; nothing when that link is about another enterprise.
async fn explanation(
    reader: &mut Reader,
    union_id: &str,
    enterprise_id: Option<&str>,
) -> Result<Value, AppError> {
    let link = reader.link_of_union(union_id).await?;
    let link =
        link.filter(|link| link.enterprise_id.is_some() && link.enterprise_id.as_deref() == enterprise_id);
    Ok(link
        .and_then(|link| serde_json::from_str(&link.evidence).ok())
        .unwrap_or(Value::Null))
}

/// One contribution of a stored explanation, masked by what its field is.
pub(crate) fn field_weight(field: &Value) -> FieldWeight {
    let text = |key: &str| {
        field
            .get(key)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    let code = text("field").unwrap_or_default();
    let side = |key: &str| text(key).map(|value| masked(&code, value));
    FieldWeight {
        left: side("left"),
        right: side("right"),
        label: text("label").unwrap_or_else(|| code.clone()),
        outcome: text("outcome").unwrap_or_default(),
        level: text("level").unwrap_or_default(),
        weight: field.get("weight").and_then(Value::as_f64).unwrap_or(0.0),
    }
}

pub(super) fn closing_of(record: &ItemRecord, closing: Option<&str>) -> Option<Closing> {
    if record.state.is_open() {
        return None;
    }
    let evidence: Value = closing
        .and_then(|json| serde_json::from_str(json).ok())
        .unwrap_or(Value::Null);
    Some(Closing {
        closed_on: record.closed_at.map(|at| at.day()),
        reason: record
            .closing_reason
            .clone()
            .unwrap_or_else(|| record.state.label().to_owned()),
        facts: closing_facts(&evidence),
        suppressed_until: record.suppressed_until,
    })
}

/// The register change behind a closing, its keys in Chinese.
fn closing_facts(evidence: &Value) -> Vec<(String, String)> {
    const LABELS: &[(&str, &str)] = &[
        ("union_name", "工会名称"),
        ("union_id", "工会标识"),
        ("enterprise_id", "主体标识"),
        ("employer", "对应单位"),
        ("insured_now", "当前参保人数"),
        ("founded", "建会日期"),
        ("status", "登记状态"),
        ("batch", "来源批次"),
    ];
    let label = |key: String| {
        LABELS
            .iter()
            .find(|(code, _)| *code == key)
            .map_or(key, |(_, label)| (*label).to_owned())
    };
    facts(Some(evidence))
        .into_iter()
        .map(|(key, value)| (label(key), value))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn evidence_keeps_its_order_and_does_not_give_people_away() {
        let shown = facts(Some(
            &json!({"法定代表人": "邵建国", "当前参保人数": 60, "税务": null, "单位名称": ""}),
        ));
        assert_eq!(
            shown,
            [
                ("法定代表人".to_owned(), "邵**".to_owned()),
                ("当前参保人数".to_owned(), "60".to_owned())
            ]
        );
        let field = field_weight(&json!({
            "field": "legal_rep", "label": "法定代表人", "left": "邵建国", "right": "", "outcome": "missing", "weight": 0.0
        }));
        assert_eq!((field.left.as_deref(), field.right), (Some("邵**"), None));
        assert_eq!(masked("phone", "已登记（脱敏）".into()), "已登记（脱敏）");
    }
}
