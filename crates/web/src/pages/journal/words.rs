//! The values of a journal entry in words: names of values, labels for codes, nested values as one line.

use app::journal::JournalView;
use app::list_item::rule_title;
use codes::division::Divisions;
use codes::time::Timestamp;
use domain::accounts::Role;
use domain::dictionary::Dictionary;
use domain::identity::SignInWay;
use domain::intake::Kind;
use domain::list_item::{ItemState, ListKind};
use serde_json::Value;

use crate::ui::number;

/// Values of a change longer than this are cut: the row is for reading, the journal keeps the whole.
const SHOWN_CHARACTERS: usize = 60;
/// Values shown of one entry; the first of [`NAMES`] win.
const SHOWN_VALUES: usize = 6;

/// The names under which use cases journal their values, in the order in which people want them.
const NAMES: &[(&str, &str)] = &[
    ("name", "名称"),
    ("union_name", "工会"),
    ("title", "名目"),
    ("what", "内容"),
    ("login", "登录名"),
    ("scopes", "令牌范围"),
    ("last_day", "有效至"),
    ("role", "角色"),
    ("state", "状态"),
    ("kind", "种类"),
    ("is_same", "是同一单位"),
    ("owner_name", "承办人"),
    ("owner", "承办人"),
    ("auto", "自动派发"),
    ("to", "报送"),
    ("refute_reason", "不属实原因"),
    ("column", "项目"),
    ("rights", "权限"),
    ("parent", "上级工会"),
    ("industry", "所属产业工会"),
    ("zone", "片区"),
    ("worker", "专职工作者"),
    ("items", "移交清单项"),
    ("plate", "牌子"),
    ("covered", "覆盖单位"),
    ("covered_code", "单位代码"),
    ("cover_from", "覆盖起"),
    ("cover_to", "覆盖止"),
    ("legal_status", "法人资格"),
    ("certificate_no", "证书编号"),
    ("legal_rep", "法定代表人"),
    ("valid_to", "证书至"),
    ("own_name", "工会名称"),
    ("seat", "地址"),
    ("into", "转入或新设的工会"),
    ("heir", "接收会员的工会"),
    ("retained", "保留会籍"),
    ("body", "委员会"),
    ("post", "职务"),
    ("officer", "姓名"),
    ("term_no", "届次"),
    ("chair", "工会主席"),
    ("term_start", "任期起"),
    ("officers", "委员会成员"),
    ("reminders", "提醒"),
    ("effective_on", "生效日期"),
    ("document_no", "批复文号"),
    ("words", "说明"),
    ("note", "说明"),
    ("reason", "依据"),
    ("batch_no", "批次"),
    ("export_no", "导出号"),
    ("is_plain", "未脱敏"),
    ("left", "之后改过、保留的行"),
    ("batch", "批次"),
    ("file", "文件"),
    ("file_name", "文件"),
    ("rows", "行数"),
    ("created", "新增"),
    ("updated", "更新"),
    ("deleted", "删除"),
    ("rejected", "退回"),
    ("doubtful", "存疑"),
    ("missing", "文件中缺少"),
    ("unknown_deleted", "删除的键不存在"),
    ("zoned", "片区变动的工会"),
    ("run_no", "比对"),
    ("as_of", "数据截至"),
    ("counts", "清单变化"),
    ("raised", "新列入"),
    ("changed", "依据变化"),
    ("reopened", "重新列入"),
    ("done", "办结"),
    ("superseded", "已失效"),
    ("out_of_scope", "条件不再满足"),
    ("suppressed", "不再列入"),
    ("assigned", "自动派发"),
    ("unchanged", "没有变化"),
    ("evidence", "登记事实"),
    ("detail", "范围"),
    ("view", "范围"),
    ("key", "只有"),
    ("format", "格式"),
    ("query", "条件"),
    ("rule", "规则"),
    ("county", "区县"),
    ("town", "镇街"),
    ("q", "搜索"),
    ("overdue", "仅逾期"),
    ("all", "含已办结"),
    ("insured_min", "在保不少于"),
    ("subject", "对象"),
    ("employer", "对应单位"),
    ("decision", "匹配"),
    ("source", "来源"),
    ("status", "登记状态"),
    ("insured_now", "当前参保人数"),
    ("founded", "建会日期"),
    ("term_end", "届满日期"),
    ("declared_members", "会员人数"),
    ("union_id", "工会标识"),
    ("enterprise_id", "单位标识"),
    ("member_id", "会员标识"),
    ("merged", "并入的会员"),
    ("change", "办理"),
    ("standing", "会籍"),
    ("happened_on", "生效日期"),
    ("why", "原因"),
    ("from_union", "转出工会"),
    ("to_union", "转入工会"),
    ("decided_on", "决定日期"),
    ("decision_no", "决定文号"),
    ("due_on", "答复期限"),
    ("parent_id", "上级工会标识"),
    ("decided_by", "判断人"),
    ("unions", "涉及工会"),
    ("members", "涉及会员"),
    ("accounts", "涉及账号"),
    ("covers", "涉及覆盖单位"),
    ("until", "锁定至"),
    ("address", "登录地址"),
    ("reach", "数据范围"),
    ("way", "登录方式"),
    ("purposes", "处理目的"),
    ("consent_way", "方式"),
    ("notice_no", "告知书版次"),
    ("asks_anew", "须重新征得同意"),
    ("left_out", "没有同意、已撤回或须重新同意，未列入"),
    ("issuer", "认证地址"),
    ("subject_hint", "身份标识"),
    ("is_disabled", "停用"),
    ("principal", "委托人"),
    ("delegate", "代办人"),
    ("starts_on", "从"),
    ("ends_on", "到"),
    ("asked_by", "申请人"),
    ("remark", "意见"),
    ("sessions", "会话数"),
    ("left", "剩余恢复码"),
    ("request", "请求"),
    ("key_id", "密钥编号"),
    ("public_key", "公钥"),
    ("second_factor_grace_days", "动态口令宽限（天）"),
    ("password_days", "密码更换期限（天）"),
    ("password_history", "不得重复最近密码"),
    ("second_factor_roles", "须用动态口令的角色"),
    ("export_rows_alone", "一人可单独导出的行数"),
    ("change_unions_alone", "一人可单独变更的工会数"),
    ("change_rows_alone", "一人可单独改动的会员或台账行数"),
    ("by_role", "按角色另设的限额"),
];

/// What only programs compare, and how a list was sorted and turned.
const UNTOLD: &[&str] = &["sm3", "fingerprint", "sort", "desc", "page", "size", "cols"];

/// A key says nothing beside a name for the same thing.
const SAID_BY: &[(&str, &str)] = &[
    ("owner", "owner_name"),
    ("union_id", "union_name"),
    ("union_id", "name"),
    ("parent_id", "parent"),
    ("into_id", "into"),
];

/// What an entry changed, one phrase a value: `角色 审计员 → 市总干部`.
pub(crate) fn changes(row: &JournalView) -> Vec<String> {
    let names: Vec<&str> = row.changes.iter().map(|(name, ..)| name.as_str()).collect();
    let mut told: Vec<&(String, String, String)> = row
        .changes
        .iter()
        .filter(|(name, before, after)| {
            before != after
                && is_told(name, &names)
                // A count of nothing is no news.
                && !(before.is_empty() && after == "0")
        })
        .collect();
    told.sort_by_key(|(name, ..)| rank(name));
    told.into_iter()
        .take(SHOWN_VALUES)
        .map(|(name, before, after)| phrase(name, before, after))
        .filter(|phrase| !phrase.is_empty())
        .collect()
}

/// Whether a value is for people and no other among `names` says the same.
fn is_told(name: &str, names: &[&str]) -> bool {
    !UNTOLD.contains(&name) && !SAID_BY.iter().any(|(key, by)| *key == name && names.contains(by))
}

fn rank(name: &str) -> usize {
    NAMES
        .iter()
        .position(|(key, _)| *key == name)
        .unwrap_or(NAMES.len())
}

/// A name that this version does not know is not shown: it would be a program's word, not a person's.
fn label(name: &str) -> &'static str {
    NAMES
        .iter()
        .find(|(key, _)| *key == name)
        .map(|(_, label)| *label)
        // What was changed of a union's registered data has the dictionary's name.
        .or_else(|| Some(Dictionary::shipped().element(Kind::Unions, name)?.zh.as_str()))
        .unwrap_or("其他")
}

fn phrase(name: &str, before: &str, after: &str) -> String {
    let (old, new) = (value_words(name, before), value_words(name, after));
    match (name.is_empty(), old.is_empty(), new.is_empty()) {
        (_, true, true) => String::new(),
        (true, true, _) => new,
        (true, ..) => format!("{old} → {}", or_empty(new)),
        (_, true, _) => format!("{} {new}", label(name)),
        // The entry after the change does not repeat the value: it tells what was, not that it is gone.
        (_, _, true) => format!("原{} {old}", label(name)),
        (..) => format!("{} {old} → {new}", label(name)),
    }
}

fn or_empty(text: String) -> String {
    if text.is_empty() { "空".to_owned() } else { text }
}

/// One value as people say it: the label of a code, a date, a place, a nested value as a line, or the text itself.
fn value_words(name: &str, text: &str) -> String {
    if name == "second_factor_roles"
        && let Ok(codes) = serde_json::from_str::<Vec<String>>(text)
    {
        let labels = codes.iter().map(|code| role_words(code));
        return labels.collect::<Vec<_>>().join("、");
    }
    if let Ok(nested @ (Value::Object(_) | Value::Array(_))) = serde_json::from_str(text) {
        return short(&line(&nested));
    }
    let known = match name {
        "role" => Some(role_words(text)),
        "way" => SignInWay::from_code(text).map(SignInWay::label),
        "state" => ItemState::from_code(text).map(ItemState::label),
        "kind" => kind_words(text),
        "rule" => Some(rule_title(text)),
        "column" => Some(match text {
            "phone" => "联系电话",
            "id_no" => "证件号码",
            "name" => "姓名",
            _ => text,
        }),
        "what" => Some(match text {
            "links" => "工会与单位对应",
            "list" => "清单",
            "list-workbook" => "清单（Excel）",
            "members-insured" => "会员参保对应",
            "unions-as-of" => "历史组织",
            _ => text,
        }),
        "format" => Some(match text {
            "xlsx" => "Excel",
            "csv" => "CSV",
            "pdf" => "PDF 名册",
            "sheet" => "PDF 登记表",
            _ => text,
        }),
        "decision" => Some(match text {
            "linked" => "已采纳",
            "verify" => "待核对",
            "none" => "没有对应",
            _ => text,
        }),
        "source" => Some(match text {
            "import" => "导入",
            "founded" => "建会",
            _ => text,
        }),
        "owner" if text == "me" => Some("本人"),
        "overdue" | "all" if text == "1" => Some("是"),
        "county" => text
            .parse()
            .ok()
            .and_then(|code| Divisions::shipped().county_name(code)),
        "town" => text
            .parse()
            .ok()
            .and_then(|code| Divisions::shipped().town_name(code)),
        _ => None,
    };
    if let Some(known) = known {
        return known.to_owned();
    }
    match (name, text.parse::<i64>()) {
        ("until", Ok(millis)) => Timestamp::from_millis(millis).to_minute(),
        ("run_no", Ok(run)) => format!("第 {run} 次"),
        ("batch_no" | "batch", Ok(batch)) => format!("第 {batch} 批"),
        (_, Ok(count)) if is_count(name) => number(count),
        _ => short(text),
    }
}

/// A role by its code; what administrators were before they became three is still in old entries.
fn role_words(code: &str) -> &str {
    match Role::from_code(code) {
        Some(role) => role.label(),
        None if code == "administrator" => "管理员（三员分设前）",
        None => code,
    }
}

/// Keys and codes are digits too, and take no thousands separators.
fn is_count(name: &str) -> bool {
    matches!(
        name,
        "rows"
            | "created"
            | "updated"
            | "deleted"
            | "rejected"
            | "doubtful"
            | "missing"
            | "declared_members"
            | "insured_now"
            | "insured_min"
            | "raised"
            | "changed"
            | "reopened"
            | "done"
            | "superseded"
            | "out_of_scope"
            | "suppressed"
            | "assigned"
            | "unchanged"
            | "unknown_deleted"
            | "zoned"
    )
}

/// One word, three lists of codes that do not meet: lists, files, jobs.
fn kind_words(code: &str) -> Option<&str> {
    ListKind::from_code(code).map(ListKind::label).or(match code {
        "reconcile" => Some("比对"),
        "import" => Some("导入"),
        "export" => Some("大批量导出"),
        "transfer-suggestions" => Some("接转建议"),
        _ => Some(app::intake::kind_label(code)),
    })
}

/// An object or a list of pairs as `名称 甲，种类 任务清单`; another list with its values beside each other.
fn line(nested: &Value) -> String {
    let pairs: Vec<(&str, &Value)> = match nested {
        Value::Object(object) => object
            .iter()
            .map(|(name, value)| (name.as_str(), value))
            .collect(),
        Value::Array(values) => values
            .iter()
            .map(|value| match value.as_array().map(Vec::as_slice) {
                Some([Value::String(name), value]) => (name.as_str(), value),
                _ => ("", value),
            })
            .collect(),
        _ => Vec::new(),
    };
    let names: Vec<&str> = pairs.iter().map(|(name, _)| *name).collect();
    let mut told: Vec<(usize, String)> = pairs
        .into_iter()
        .filter(|(name, _)| is_told(name, &names))
        .filter_map(|(name, value)| {
            let text = match value {
                Value::Null => return None,
                Value::Bool(is_so) => if *is_so { "是" } else { "否" }.to_owned(),
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            let words = if text == "0" {
                String::new()
            } else {
                value_words(name, &text)
            };
            let told = if name.is_empty() {
                words.clone()
            } else {
                format!("{} {words}", label(name))
            };
            (!words.is_empty()).then(|| (rank(name), told))
        })
        .collect();
    told.sort_by_key(|(rank, _)| *rank);
    let told: Vec<String> = told.into_iter().map(|(_, words)| words).collect();
    told.join("，")
}

fn short(text: &str) -> String {
    if text.chars().count() > SHOWN_CHARACTERS {
        let start: String = text.chars().take(SHOWN_CHARACTERS).collect();
        format!("{start}…")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use domain::journal::{JournalAction, JournalRow, SubjectKind};
    use serde_json::json;

    /// Before and after of every action, as its use case writes them. There is no arm for the rest: a new action says
    /// here what it journals.
    fn sample(action: JournalAction) -> (Value, Value) {
        use JournalAction as A;
        let account = json!({"login": "li", "name": "李卫东", "role": "auditor", "union_id": "U1", "reach": "本级及下级", "is_disabled": false});
        let acted = |extra: Value| {
            let mut after = json!({"state": "in_progress", "kind": "task", "words": "已联系"});
            after
                .as_object_mut()
                .unwrap()
                .extend(extra.as_object().unwrap().clone());
            (json!({"state": "new", "kind": "verify"}), after)
        };
        let raised = json!({"run_no": 3, "reason": "当前参保60人，未见本单位工会", "kind": "task"});
        let facts = json!({"run_no": 3, "words": "已有工会", "evidence": {"union_name": "甲工会",
            "union_id": "U1", "founded": "2026-07-20", "source": "import", "employer": "甲有限公司", "decision": "linked"}});
        match action {
            A::AccountCreated => (Value::Null, account),
            A::AccountChanged => {
                let mut changed = account.clone();
                changed["role"] = "city_officer".into();
                (account, changed)
            }
            A::RequestRefused => (Value::Null, json!({"request": "POST /union/U1/move"})),
            A::AnchorKeyMade => (
                Value::Null,
                json!({"key_id": "0123456789abcdef", "public_key": "-----BEGIN PUBLIC KEY-----"}),
            ),
            A::AccountLocked => (Value::Null, json!({"until": 1_790_000_000_000_i64})),
            A::RecoveryCodeUsed => (Value::Null, json!({"left": 7})),
            A::SecondFactorReset => (Value::Null, json!({"login": "li"})),
            A::SessionEnded => (Value::Null, json!({"login": "li", "sessions": 2})),
            A::SettingChanged => (
                json!({"password_days": 0, "password_history": 5, "second_factor_roles": [], "export_rows_alone": 5000}),
                json!({"password_days": 90, "password_history": 5, "second_factor_roles": ["city_officer"],
                       "export_rows_alone": 1000}),
            ),
            A::DelegationGiven | A::DelegationWithdrawn | A::ActingStarted => (
                Value::Null,
                json!({"principal": "王丽华", "delegate": "李卫东", "starts_on": "2026-08-03", "ends_on": "2026-08-05",
                       "note": "外出培训"}),
            ),
            A::ApprovalRequested | A::ApprovalGiven | A::ApprovalRefused | A::ApprovalSpent => (
                Value::Null,
                json!({"kind": "export", "title": "任务清单（6000 项）", "note": "季度上报", "asked_by": "王丽华",
                       "remark": "请只用于上报"}),
            ),
            A::SignInRefused => (
                Value::Null,
                json!({"address": "10.0.0.7", "way": "password", "why": "密码不正确"}),
            ),
            A::SignedIn => (
                Value::Null,
                json!({"address": "10.0.0.7", "way": "provider_with_factor"}),
            ),
            A::ConsentGiven | A::ConsentWithdrawn => (
                Value::Null,
                json!({"member_id": "M1", "purposes": "服务通知、普惠活动", "happened_on": "2026-08-03", "consent_way": "书面"}),
            ),
            A::NoticePublished => (
                Value::Null,
                json!({"notice_no": 2, "effective_on": "2026-08-03", "asks_anew": true}),
            ),
            A::IdentityBound | A::IdentityUnbound => (
                Value::Null,
                json!({"login": "li", "issuer": "https://sso.example.cn", "subject_hint": "****0007"}),
            ),
            A::UnionFounded | A::UnionAdded | A::UnionChanged | A::UnionDissolved => (
                Value::Null,
                json!({"union_id": "GH-1", "name": "甲工会", "enterprise_id": "E1", "parent_id": "U2",
                       "founded": "2026-08-01", "term_end": "2031-08-01", "declared_members": 60}),
            ),
            A::TermRegistered | A::OfficerEntered | A::OfficerLeft | A::ReminderRead => (
                json!({"term_end": "2026-08-01", "chair": "邵**"}),
                json!({"union_id": "U1", "name": "乙工会", "term_no": 3, "term_start": "2026-08-01", "term_end": "2029-08-01",
                       "document_no": "甬工〔2026〕12号", "chair": "葛**", "officers": 5, "body": "工会委员会", "post": "主席",
                       "officer": "葛**", "effective_on": "2026-08-03", "words": "调离", "reminders": 2}),
            ),
            A::UnionMoved | A::UnionMerged | A::UnionSplit | A::UnionPartSetUp => (
                json!({"parent_id": "U2", "parent": "甲镇总工会"}),
                json!({"union_id": "U1", "name": "乙工会", "parent_id": "U3", "parent": "丙镇总工会", "effective_on": "2026-08-03",
                       "document_no": "甬工〔2026〕12号", "words": "企业迁址", "unions": 2, "members": 300, "into": "丁工会", "into_id": "U4",
                       "accounts": 1, "covers": 2, "heir": "戊工会"}),
            ),
            A::BatchImported => (
                Value::Null,
                json!({"batch_no": 7, "kind": "unions", "file": "unions.csv", "sm3": "ab12", "rows": 300,
                       "rejected": 0, "doubtful": 28, "created": 300, "updated": 0, "deleted": 0, "missing": 0,
                       "unknown_deleted": 0, "zoned": 0}),
            ),
            A::BatchUndone => (
                Value::Null,
                json!({"batch_no": 7, "kind": "members", "sm3": "ab12"}),
            ),
            A::FileChecked => (
                Value::Null,
                json!({"kind": "members", "file": "会员.xlsx", "sm3": "ab12", "rows": 30, "rejected": 2, "created": 5, "updated": 7}),
            ),
            A::BatchRejectsRead => (Value::Null, json!({"batch_no": 7, "rejected": 2, "doubtful": 28})),
            A::RunStarted => (Value::Null, json!({"run_no": 3, "as_of": "2026-08-01"})),
            A::RunFinished => (
                Value::Null,
                json!({"run_no": 3, "counts": {"raised": 462, "changed": 1, "unchanged": 2, "reopened": 3,
                       "suppressed": 4, "done": 5, "superseded": 6, "out_of_scope": 7, "assigned": 1409}}),
            ),
            A::RunFailed => (Value::Null, json!({"run_no": 3, "words": "没有市场主体数据"})),
            A::ItemRaised => (Value::Null, raised),
            A::ItemChanged => (
                json!({"reason": "参保58人", "fingerprint": "0af3", "kind": "verify"}),
                raised,
            ),
            A::ItemReopened => (json!({"state": "refuted", "reason": "人数不足"}), raised),
            A::ItemAssigned => (
                Value::Null,
                json!({"owner": "w1", "owner_name": "李卫东", "auto": true}),
            ),
            A::ItemClosed | A::ItemSuperseded | A::ItemPutAside => (json!({"state": "new"}), facts),
            A::ItemRefuted => acted(json!({"refute_reason": "人数不足"})),
            A::ItemReported => acted(json!({"to": "区县总工会", "owner": "ninghai", "owner_name": "王芳"})),
            A::ItemFounded => (
                json!({"state": "in_progress"}),
                json!({"state": "done", "union_id": "GH-1", "union_name": "甲工会"}),
            ),
            A::ItemAccepted
            | A::ItemVisited
            | A::ItemVerified
            | A::ItemReturned
            | A::ItemSuspended
            | A::ItemResumed
            | A::ItemDone
            | A::ItemNoted
            | A::ItemRead
            | A::ItemStarted
            | A::ItemUnreachable
            | A::ItemBlocked => acted(json!({})),
            A::VerdictGiven | A::VerdictWithdrawn => (
                json!({"is_same": false, "decided_by": "王芳"}),
                json!({"union_id": "U1", "enterprise_id": "E1", "is_same": true, "words": null}),
            ),
            A::ViewSaved => (
                Value::Null,
                json!({"name": "西店本月", "query": r#"[["rule","found-25"],["county","330226"],["overdue","1"],["sort","due"]]"#}),
            ),
            A::LegalPersonChanged => (
                json!({"legal_status": "办理中", "union_code": null, "valid_to": null}),
                json!({"legal_status": "有", "union_code": "81330226MA2T0TE13D", "certificate_no": "3302260012", "legal_rep": "李**",
                       "valid_to": "2031-06-17", "change": "核准发证", "union_id": "U1", "name": "甲工会", "effective_on": "2026-06-18"}),
            ),
            A::PlateHung | A::PlateTakenDown => (
                Value::Null,
                json!({"union_id": "U1", "name": "甲工会", "plate": "乙行业工会联合会", "effective_on": "2026-06-18"}),
            ),
            A::ZoneChanged => (
                json!({"zone": "西店一片", "worker": "李卫东"}),
                json!({"zone": "西店东片", "worker": "王芳", "items": 12, "words": "调整片区"}),
            ),
            A::UnionZoned => (
                json!({"zone": "不在片区"}),
                json!({"union_id": "U1", "name": "甲工会", "zone": "西店一片", "words": "划入片区“西店一片”"}),
            ),
            A::CoverAdded | A::CoverEnded | A::CoverChanged => (
                json!({"covered": "甲厂", "cover_to": null}),
                json!({"union_id": "U1", "name": "甲工会", "covered": "宁海县甲冲压件厂", "covered_code": "9133****TE13C",
                       "cover_from": "2020-01-01", "cover_to": "2026-06-18"}),
            ),
            A::MembersTakenOver => (
                Value::Null,
                json!({"union_id": "U1", "name": "甲工会", "heir": "乙工会", "effective_on": "2026-06-18", "members": 3}),
            ),
            A::IndustryChanged => (
                json!({"industry": null}),
                json!({"union_id": "U1", "name": "甲工会", "industry": "宁波市数字经济产业工会", "words": "列入"}),
            ),
            A::ExportTaken => (
                Value::Null,
                json!({"what": "members", "export_no": 12, "rows": 300}),
            ),
            A::Exported => (
                Value::Null,
                json!({"what": "list-workbook", "detail": {"view": [["kind", "task"], ["owner", "me"]], "rows": 1200}}),
            ),
            A::ValueRevealed => (
                Value::Null,
                json!({"enterprise_id": "E1", "member_id": "M1", "column": "id_no", "words": "联系单位核实"}),
            ),
            A::MemberSeen | A::OwnDataCopied => (Value::Null, json!({"member_id": "M1"})),
            A::MemberPassIssued
            | A::MemberPassMissed
            | A::MemberAnonymised
            | A::MemberHeld
            | A::MemberReleased
            | A::ClosingAsked
            | A::ClosingAnswered => (Value::Null, json!({"member_id": "M1", "words": "有效七天"})),
            A::MemberJoined | A::MemberLeft | A::MemberChanged | A::MembershipChanged => (
                json!({"standing": "在籍"}),
                json!({"member_id": "M1", "change": "会籍接转", "standing": "保留会籍", "happened_on": "2026-08-01",
                       "why": "退休", "from_union": "甲工会", "to_union": "乙工会", "decided_on": "2026-07-01",
                       "decision_no": "1号", "words": ""}),
            ),
            A::MembershipAsked => (
                Value::Null,
                json!({"member_id": "M1", "change": "退会", "happened_on": "2026-08-01", "due_on": "2026-08-15", "words": null}),
            ),
            A::MembershipAnswered => (
                Value::Null,
                json!({"member_id": "M1", "change": "退会", "standing": "已同意", "words": "同意"}),
            ),
            A::MembersMerged | A::MembersParted => (
                Value::Null,
                json!({"member_id": "M1", "merged": "M2", "from_union": "甲工会", "to_union": "乙工会"}),
            ),
            A::MemberSought => (
                Value::Null,
                json!({"column": "phone", "words": "查找 138****5678"}),
            ),
            A::JobQueued => (
                Value::Null,
                json!({"kind": "reconcile", "title": "比对（数据截至 2026-08-01）"}),
            ),
            A::AccountDisabled
            | A::AccountEnabled
            | A::AccountUnlocked
            | A::PasswordChanged
            | A::PasswordReset
            | A::SignedOut
            | A::SecondFactorSet
            | A::SecondFactorRemoved
            | A::RecoveryCodesMade
            | A::ActingEnded
            | A::ViewDeleted
            | A::JobCancelled => (Value::Null, Value::Null),
            A::ElementRightSet => (
                json!({"rights": "可改：市总干部、区县干部"}),
                json!({"kind": "unions", "column": "工会级别", "rights": "可改：市总干部", "words": "按制度收回"}),
            ),
            A::TokenMade => (
                Value::Null,
                json!({"name": "年报系统", "login": "wang", "scopes": "union:read list:read", "last_day": "2026-12-31"}),
            ),
            A::TokenWithdrawn => (
                json!({"name": "年报系统", "login": "wang", "scopes": "union:read", "last_day": "2026-12-31"}),
                Value::Null,
            ),
        }
    }

    fn told(before: Value, after: Value) -> String {
        let some = |value: Value| (!value.is_null()).then_some(value);
        let view = JournalView::from(JournalRow {
            seq: 1,
            at: Timestamp::from_millis(0),
            actor_id: None,
            actor_name: "李卫东".to_owned(),
            on_behalf: None,
            action: JournalAction::ItemNoted.code().to_owned(),
            subject_kind: SubjectKind::ListItem.code().to_owned(),
            subject_id: uuid::Uuid::nil(),
            before: some(before),
            after: some(after),
            request_id: None,
            role: None,
            session_id: None,
            address: None,
            result: None,
            reason: None,
        });
        changes(&view).join("；")
    }

    #[test]
    fn no_action_falls_back_to_json_or_a_programs_word() {
        for action in JournalAction::ALL {
            let (before, after) = sample(*action);
            let is_silent = before.is_null() && after.is_null();
            let words = told(before, after);
            assert_eq!(words.is_empty(), is_silent, "{action:?}: {words}");
            let is_raw = words.contains(['{', '}', '[', ']', '"', '_']) || words.contains("其他");
            assert!(!is_raw, "{action:?}: {words}");
        }
    }

    #[test]
    fn codes_are_told_by_their_labels() {
        let of = |action| {
            let (before, after) = sample(action);
            told(before, after)
        };
        assert_eq!(of(JournalAction::AccountChanged), "角色 审计员 → 市总干部");
        assert_eq!(
            of(JournalAction::ItemRefuted),
            "状态 待派发 → 办理中；种类 核实清单 → 任务清单；不属实原因 人数不足；说明 已联系"
        );
        assert_eq!(
            of(JournalAction::ItemClosed),
            "原状态 待派发；说明 已有工会；比对 第 3 次；登记事实 工会 甲工会，对应单位 甲有限公司，匹配 已采纳，来源 导入，建会日期 2026-07-20"
        );
        assert_eq!(
            of(JournalAction::BatchImported),
            "种类 工会组织；批次 第 7 批；文件 unions.csv；行数 300；新增 300；存疑 28"
        );
        assert_eq!(
            of(JournalAction::ViewSaved),
            "名称 西店本月；条件 规则 应建未建（参保25人以上），区县 宁海县，仅逾期 是"
        );
        assert_eq!(
            of(JournalAction::Exported),
            "内容 清单（Excel）；范围 行数 1,200，范围 种类 任务清单，承办人 本人"
        );
    }

    #[test]
    fn what_this_version_does_not_know_is_still_no_json() {
        let words = told(
            Value::Null,
            json!({"colour_of_hat": {"inner_key": ["red", 2]}, "name": "甲"}),
        );
        assert_eq!(words, "名称 甲；其他 其他 red，2");
    }
}
