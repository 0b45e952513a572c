//! The item page: why it is here, who is behind it, what has happened, what can be done.

use codes::mask;
use domain::accounts::Role;
use domain::journal::SubjectKind;
use domain::list_item::{self as rules, Action, Actor, EscalateTo, ItemSubject, RefuteReason};
use domain::permission;
use domain::scope::UnionPath;
use serde_json::Value;
use store::Reader;
use store::list_item::ItemRecord;
use store::list_query::Page;

use super::history::history_of;
use super::query::{assignable, order, store_filter};
use super::{
    ActionView, Candidate, Choice, Closing, EvidenceRow, FieldWeight, FoundedUnion, ItemView, ListParams,
    WordsField, load, policy_on, rows_of, standing_of,
};
use crate::employer;
use crate::error::AppError;
use crate::op::{App, OpContext};

/// Longest timeline shown.
const HISTORY_MAX: i64 = 200;
/// How far previous and next are looked for around the page the person came from.
const NEIGHBOURS_MAX: i64 = 2_000;

/// The item page; `params` is the list the person came from, for previous and next.
pub async fn item(
    op: &OpContext,
    app: &App,
    item_no: &str,
    params: &ListParams,
) -> Result<ItemView, AppError> {
    op.may(permission::Action::SeeLists)?;
    let mut reader = app.store.read().await?;
    let record = load(op, &mut reader, item_no).await?;
    let (evidence, closing) = reader.item_evidence(record.id).await?.unwrap_or_default();
    let evidence: Value = serde_json::from_str(&evidence).unwrap_or(Value::Null);
    let journal = reader
        .journal_of(SubjectKind::ListItem, record.id.uuid(), HISTORY_MAX)
        .await?;
    let mut rows = rows_of(op, app, &mut reader, std::slice::from_ref(&record)).await?;
    let row = rows
        .pop()
        .ok_or_else(|| AppError::internal("an item has one row"))?;
    let (mut actions, locked_because) = actions_of(op, &record);
    if let Some(assign) = actions.iter_mut().find(|action| action.code == "assign") {
        assign.choices = colleagues(op, &mut reader, &record).await?;
    }
    let (previous, next) = neighbours(op, &mut reader, item_no, params).await?;
    let enterprise = subject_enterprise(&mut reader, &record).await?;
    let employer = match &enterprise {
        Some(id) => employer::card(app, &mut reader, id).await?,
        None => None,
    };
    Ok(ItemView {
        candidate: candidate_of(op, &mut reader, &record, &evidence, enterprise.as_deref()).await?,
        founded_union: founded_union(&mut reader, &record).await?,
        row,
        rule_version: record.rule_version,
        version: record.version,
        employer,
        evidence: evidence_rows(&evidence),
        doubts: doubts(&evidence),
        history: history_of(&journal),
        actions,
        locked_because,
        tries: record.tries,
        closing: closing_of(&record, closing.as_deref()),
        previous,
        next,
        raised_at: record.raised_at,
        raised_run: record.raised_run,
    })
}

/// The enterprise behind an item: its subject, or the one its union is linked to.
async fn subject_enterprise(reader: &mut Reader, record: &ItemRecord) -> Result<Option<String>, AppError> {
    match record.subject_kind {
        ItemSubject::Enterprise => Ok(Some(record.subject_id.clone())),
        ItemSubject::Union => {
            let link = reader.link_of_union(&record.subject_id).await?;
            Ok(link
                .filter(|link| link.decision != "none")
                .and_then(|link| link.enterprise_id))
        }
    }
}

async fn founded_union(reader: &mut Reader, record: &ItemRecord) -> Result<Option<FoundedUnion>, AppError> {
    let Some(union_id) = &record.founded_union_id else {
        return Ok(None);
    };
    let union_name = employer::union_name(reader, union_id)
        .await?
        .unwrap_or_else(|| union_id.clone());
    Ok(Some(FoundedUnion {
        union_id: union_id.clone(),
        union_name,
    }))
}

const SOURCES: &[(&str, &str)] = &[
    ("enterprises", "市场监管"),
    ("insurance", "参保"),
    ("tax", "税务"),
    ("unions", "工会登记"),
    ("covers", "覆盖名单"),
    ("members", "会员"),
    ("drivers", "交通运输"),
];

fn evidence_rows(evidence: &Value) -> Vec<EvidenceRow> {
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

fn doubts(evidence: &Value) -> Vec<String> {
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
async fn candidate_of(
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

fn field_weight(field: &Value) -> FieldWeight {
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
        weight: field.get("weight").and_then(Value::as_f64).unwrap_or(0.0),
    }
}

fn closing_of(record: &ItemRecord, closing: Option<&str>) -> Option<Closing> {
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

/// What this person may do now, by asking the transition function itself.
fn actions_of(op: &OpContext, record: &ItemRecord) -> (Vec<ActionView>, Option<String>) {
    if let Err(error) = op.may(permission::Action::WorkOnItems) {
        return (Vec::new(), Some(error.message));
    }
    let standing = standing_of(record, &policy_on(op.today()));
    let actor = Actor {
        role: op.role(),
        is_owner: op.actor.id.is_some() && record.owner_id == op.actor.id,
    };
    let mut views: Vec<ActionView> = Vec::new();
    let mut refusal = None;
    for action in specimens(op) {
        match rules::step(standing, &action, actor) {
            Ok(_) => views.push(action_view(record, &action)),
            Err(reason) => refusal = refusal.or(Some(reason.reason)),
        }
    }
    if let Some(first) = views.first_mut() {
        first.is_primary = !matches!(first.code, "put_aside" | "refute" | "unreachable");
    }
    let locked = if views.is_empty() { refusal } else { None };
    (views, locked)
}

/// One specimen of every act that the role allows, as this person would do it.
fn specimens(op: &OpContext) -> Vec<Action> {
    let is_county = op.role() == Role::CountyOfficer;
    Action::for_people()
        .into_iter()
        .filter(|action| match action {
            Action::Found => op.can(permission::Action::FoundUnion),
            Action::Assign => op.can(permission::Action::AssignItems),
            _ => true,
        })
        .map(|action| match action {
            Action::Escalate { words, .. } if is_county => Action::Escalate {
                to: EscalateTo::City,
                words,
            },
            other => other,
        })
        .collect()
}

fn action_view(record: &ItemRecord, action: &Action) -> ActionView {
    let label = match action {
        Action::Assign if record.owner_id.is_some() => "转派".to_owned(),
        Action::Refute { .. } => "核实不属实…".to_owned(),
        Action::Escalate { to, .. } => format!("上报{}", to.label()),
        other => other.label().to_owned(),
    };
    let words = |label, is_required| Some(WordsField { label, is_required });
    let choice = |value: &str, label: &str| Choice {
        value: value.to_owned(),
        label: label.to_owned(),
    };
    ActionView {
        code: action.code(),
        label,
        is_primary: false,
        words: match action {
            Action::Confirm { .. } => words("现场情况（可不填）", false),
            Action::Refute { .. } => words("说明（选“其他”时必填）", false),
            Action::Unreachable { .. } => words("何时、如何联系过", true),
            Action::Block { .. } => words("单位不配合的情况", true),
            Action::Escalate { .. } => words("上报理由", true),
            Action::PutAside { .. } => words("不属本级的理由", true),
            Action::Resume { .. } | Action::Complete { .. } => words("说明（可不填）", false),
            _ => None,
        },
        choices: match action {
            Action::Refute { .. } => RefuteReason::ALL
                .iter()
                .map(|it| choice(it.code(), it.label()))
                .collect(),
            Action::Escalate { to, .. } => vec![choice(to.code(), to.label())],
            _ => Vec::new(),
        },
    }
}

/// The people who can see the item, hence be given it, nearest first.
async fn colleagues(
    op: &OpContext,
    reader: &mut Reader,
    record: &ItemRecord,
) -> Result<Vec<Choice>, AppError> {
    let place = record
        .responsible_path
        .as_deref()
        .and_then(|path| UnionPath::parse(path).ok());
    let mut accounts = assignable(op, reader).await?;
    accounts.retain(|account| account.scope().contains(place.as_ref()));
    accounts.sort_by_key(|account| std::cmp::Reverse(account.path.as_ref().map_or(0, UnionPath::depth)));
    Ok(accounts
        .into_iter()
        .map(|account| Choice {
            label: format!("{}（{}）", account.name, account.role.label()),
            value: account.login,
        })
        .collect())
}

/// Previous and next in the list the person came from.
async fn neighbours(
    op: &OpContext,
    reader: &mut Reader,
    item_no: &str,
    params: &ListParams,
) -> Result<(Option<String>, Option<String>), AppError> {
    let Some(filter) = store_filter(op, reader, &params.filter).await? else {
        return Ok((None, None));
    };
    let (sort, direction) = order(params);
    let around = i64::from(params.page.saturating_sub(1)) * i64::from(params.size) - NEIGHBOURS_MAX / 2;
    // The list may have become shorter since the person opened it: then it is looked through from its start.
    for offset in [around.max(0), 0] {
        let page = Page {
            offset,
            limit: NEIGHBOURS_MAX,
        };
        let numbers = reader
            .item_numbers(op.scope(), &filter, sort, direction, page)
            .await?;
        if let Some(at) = numbers.iter().position(|number| number == item_no) {
            let previous = at.checked_sub(1).and_then(|at| numbers.get(at)).cloned();
            return Ok((previous, numbers.get(at + 1).cloned()));
        }
        if offset == 0 {
            break;
        }
    }
    Ok((None, None))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn evidence_does_not_give_people_away() {
        let shown = facts(Some(
            &json!({"法定代表人": "邵建国", "当前参保人数": 60, "税务": null, "单位名称": ""}),
        ));
        assert_eq!(
            shown,
            [
                ("当前参保人数".to_owned(), "60".to_owned()),
                ("法定代表人".to_owned(), "邵**".to_owned())
            ]
        );
        let field = field_weight(&json!({
            "field": "legal_rep", "label": "法定代表人", "left": "邵建国", "right": "", "outcome": "missing", "weight": 0.0
        }));
        assert_eq!((field.left.as_deref(), field.right), (Some("邵**"), None));
        assert_eq!(masked("phone", "已登记（脱敏）".into()), "已登记（脱敏）");
    }
}
