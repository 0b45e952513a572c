//! Open items that the rules did not raise again: why, with what the register now says.

use super::apply::Finding;
use super::head::{Need, Rule, Subject};
use crate::linkage::Link;
use crate::table::{EnterpriseTable, OpenItem, UnionRow};
use crate::view::Facts;
use engines::matching::{Decision, StatusClass};
use serde_json::json;
use std::collections::{HashMap, HashSet};

/// One closure; the fields are those of the lake's `closures` table.
pub type Closing = lake::tables::Closure;

/// What closing looks at.
pub struct Known<'a> {
    pub table: &'a EnterpriseTable,
    pub unions: &'a [UnionRow],
    pub links: &'a [Link],
    pub facts: &'a Facts,
    pub has_insurance: bool,
    pub has_tax: bool,
}

/// Closes what is answered. An item stays open when its rule could not run, unless the register answers it by itself.
pub fn close_items(
    items: &[OpenItem],
    findings: &[Finding],
    rules: &[Rule],
    known: &Known<'_>,
) -> Vec<Closing> {
    let raised: HashSet<(&str, &str, &str)> = findings
        .iter()
        .map(|f| (f.rule.as_str(), f.subject_kind.as_str(), f.subject_id.as_str()))
        .collect();
    let rules: HashMap<&str, &Rule> = rules.iter().map(|r| (r.head.id.as_str(), r)).collect();
    let open: Vec<&OpenItem> = items
        .iter()
        .filter(|i| !raised.contains(&(i.rule.as_str(), i.subject_kind.as_str(), i.subject_id.as_str())))
        .collect();
    let rows = rows_of(&open, known.table);
    let unions: HashMap<&str, usize> = known
        .unions
        .iter()
        .enumerate()
        .map(|(i, u)| (u.id.as_str(), i))
        .collect();
    open.iter()
        .filter_map(|item| {
            let rule = rules.get(item.rule.as_str()).copied();
            let answer = if item.subject_kind == Subject::Enterprise.key() {
                enterprise_item(item, rule, rows.get(item.subject_id.as_str()).copied(), known)
            } else {
                union_item(item, rule, unions.get(item.subject_id.as_str()).copied(), known)
            }?;
            Some(Closing {
                item_no: item.item_no.clone(),
                outcome: answer.outcome.to_string(),
                reason: answer.reason,
                evidence: answer.evidence.to_string(),
            })
        })
        .collect()
}

struct Answer {
    outcome: &'static str,
    reason: String,
    evidence: serde_json::Value,
}

fn answer(outcome: &'static str, reason: String, evidence: serde_json::Value) -> Option<Answer> {
    Some(Answer {
        outcome,
        reason,
        evidence,
    })
}

fn rows_of<'a>(open: &[&'a OpenItem], table: &EnterpriseTable) -> HashMap<&'a str, u32> {
    let wanted: HashSet<&str> = open.iter().map(|i| i.subject_id.as_str()).collect();
    if wanted.is_empty() {
        return HashMap::new();
    }
    (0..table.len())
        .filter_map(|i| wanted.get(table.id.value(i)).map(|id| (*id, i as u32)))
        .collect()
}

fn can_run(rule: &Rule, known: &Known<'_>) -> bool {
    rule.head.needs.iter().all(|need| match need {
        Need::Insurance => known.has_insurance,
        Need::Tax => known.has_tax,
    })
}

fn enterprise_item(
    item: &OpenItem,
    rule: Option<&Rule>,
    row: Option<u32>,
    known: &Known<'_>,
) -> Option<Answer> {
    let Some(row) = row else {
        return answer(
            "superseded",
            "市场主体库中已没有该企业".to_string(),
            json!({ "enterprise_id": item.subject_id }),
        );
    };
    let status = crate::table::text(&known.table.status, row as usize).unwrap_or("未填");
    let facts = json!({ "enterprise_id": item.subject_id, "status": status });
    match known.table.status_class(row) {
        StatusClass::Gone => return answer("superseded", format!("该企业登记状态已为“{status}”"), facts),
        StatusClass::MovedOut => {
            return answer("superseded", format!("该企业已迁出，登记状态为“{status}”"), facts);
        }
        StatusClass::Paused => {
            return answer(
                "out_of_scope",
                format!("该企业登记状态为“{status}”，暂不建会"),
                facts,
            );
        }
        StatusClass::InBusiness | StatusClass::Unknown => {}
    }
    if let Some(union) = known.facts.own_unions.get(&row).and_then(|unions| unions.first()) {
        let union = &known.unions[*union as usize];
        let day = union.founded.map_or(String::new(), |d| format!("，{d}建会"));
        return answer(
            "done",
            format!("工会组织库中已有该单位的工会：{}{day}", union.name),
            union_facts(union),
        );
    }
    if let Some(union) = known.facts.covered_by.get(&row) {
        let union = &known.unions[*union as usize];
        return answer(
            "done",
            format!("该企业已列入“{}”的覆盖单位", union.name),
            union_facts(union),
        );
    }
    let Some(rule) = rule else {
        return answer(
            "superseded",
            "产生该条目的规则已停用".to_string(),
            json!({ "rule": item.rule }),
        );
    };
    if !can_run(rule, known) {
        return None;
    }
    let insured = known.facts.insured(row);
    let shown = insured.map_or(String::new(), |n| format!("（当前参保{n}人）"));
    answer(
        "out_of_scope",
        format!("{}{shown}", rule.head.closed),
        json!({ "insured_now": insured, "status": status }),
    )
}

fn union_item(
    item: &OpenItem,
    rule: Option<&Rule>,
    union: Option<usize>,
    known: &Known<'_>,
) -> Option<Answer> {
    let Some(number) = union else {
        return answer(
            "superseded",
            "工会组织库中已没有该工会".to_string(),
            json!({ "union_id": item.subject_id }),
        );
    };
    let union = &known.unions[number];
    if !union.is_active {
        return answer("done", format!("“{}”已撤销", union.name), union_facts(union));
    }
    let Some(rule) = rule else {
        return answer(
            "superseded",
            "产生该条目的规则已停用".to_string(),
            json!({ "rule": item.rule }),
        );
    };
    if !can_run(rule, known) {
        return None;
    }
    let link = &known.links[number];
    let mut facts = union_facts(union);
    let employer = link.row.map(|row| known.table.name.value(row as usize));
    facts["employer"] = json!(employer);
    facts["decision"] = json!(link.decision.key());
    if rule.head.id == "link-verify" {
        return match (link.decision, employer) {
            (Decision::Linked, Some(name)) => answer("done", format!("已确认该工会的单位为“{name}”"), facts),
            _ => answer("out_of_scope", "已没有需要核对的候选单位".to_string(), facts),
        };
    }
    answer("done", rule.head.closed.clone(), facts)
}

fn union_facts(union: &UnionRow) -> serde_json::Value {
    json!({
        "union_id": union.id,
        "union_name": union.name,
        "founded": union.founded.map(|d| d.to_string()),
        "source": union.source,
    })
}
