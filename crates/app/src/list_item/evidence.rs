//! What a run wrote about an item, as the page shows it: sources, doubts, the nearest candidate, how it was closed.

use domain::intake::Kind;
use domain::list_item::ItemSubject;
use domain::permission;
use serde_json::Value;
use store::Reader;
use store::list_item::ItemRecord;

use super::{Candidate, Closing, EvidenceRow};
use crate::error::AppError;
use crate::explanation::{Explanation, shown};
use crate::op::OpContext;

/// A kind of record as the source that people know.
fn source_label(kind: Kind) -> &'static str {
    match kind {
        Kind::Enterprises => "市场监管",
        Kind::Insurance => "参保",
        Kind::Tax => "税务",
        Kind::Unions => "工会登记",
        Kind::Covers => "覆盖名单",
        Kind::Members => "会员",
        Kind::Drivers => "交通运输",
    }
}

pub(super) fn evidence_rows(evidence: &Value) -> Vec<EvidenceRow> {
    let rows = evidence
        .get("rows")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    rows.iter()
        .map(|row| {
            let source = row.get("source").and_then(Value::as_str).unwrap_or_default();
            let kind = Kind::from_name(source);
            EvidenceRow {
                source: source.to_owned(),
                source_label: kind.map_or_else(|| source.to_owned(), |kind| source_label(kind).to_owned()),
                count: row.get("count").and_then(Value::as_i64),
                facts: facts(kind.unwrap_or(Kind::Enterprises), row.get("facts")),
            }
        })
        .collect()
}

/// An object of labels and values, as pairs in their order; what is unknown is left out, what concerns a person is masked.
fn facts(source: Kind, value: Option<&Value>) -> Vec<(String, String)> {
    let Some(object) = value.and_then(Value::as_object) else {
        return Vec::new();
    };
    object
        .iter()
        .filter_map(|(label, value)| Some((label.clone(), shown(source, label, plain(value)?))))
        .collect()
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
    Ok(Some(Candidate {
        may_judge: enterprise_id.is_some() && op.can(permission::Action::GiveVerdict),
        union_id,
        union_name,
        enterprise_id,
        enterprise_name,
        probability: found.get("probability").and_then(Value::as_f64),
        explanation: Explanation::read(&explained),
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
    facts(Kind::Unions, Some(evidence))
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
        let shown = facts(
            Kind::Enterprises,
            Some(&json!({"法定代表人": "邵建国", "当前参保人数": 60, "税务": null, "单位名称": ""})),
        );
        assert_eq!(
            shown,
            [
                ("法定代表人".to_owned(), "邵**".to_owned()),
                ("当前参保人数".to_owned(), "60".to_owned())
            ]
        );
    }
}
