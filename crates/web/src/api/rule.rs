//! 比对规则: why items are on the lists.

use app::error::AppError;
use domain::api_token::TokenScope;
use domain::list_item::ListKind;
use domain::permission::Action;
use schemars::JsonSchema;
use serde::Serialize;

use super::answer::Answer;
use super::asked::Asked;
use super::endpoint::Endpoint;
use super::problem::Refusal;
use crate::pages::rule::{RuleHead, heads};

/// 各条比对规则。
#[derive(Debug, Serialize, JsonSchema)]
struct Rules {
    /// 按轻重缓急
    items: Vec<RuleOf>,
}

/// 一条比对规则。
#[derive(Debug, Serialize, JsonSchema)]
struct RuleOf {
    /// 规则，即清单项的 rule
    rule: String,
    /// 版本
    version: i64,
    /// 名称
    title: String,
    /// 列入哪个清单，代码
    kind: String,
    /// 列入哪个清单
    kind_label: String,
    /// 紧急程度，小的在前
    priority: i64,
    /// 几个工作日内办结；没有期限时为 null
    due_working_days: Option<i64>,
    /// 依据
    law: Option<String>,
    /// 列入的理由，花括号里是各项的数据
    reason: String,
}

pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/rules", "listRules", "比对规则", "比对规则")
            .about("每条规则的版本、所属清单、紧急程度、办结期限和依据，按轻重缓急。")
            .needs(TokenScope::ListRead)
            .answers::<Rules>(200)
            .run(list),
    ]
}

async fn list(asked: Asked) -> Result<Answer, Refusal> {
    asked.op()?.may(Action::SeeLists)?;
    let items = heads().map(rule_of).collect::<Result<_, AppError>>()?;
    Answer::json(&Rules { items })
}

fn rule_of(head: &RuleHead) -> Result<RuleOf, AppError> {
    let kind = ListKind::from_code(&head.kind)
        .ok_or_else(|| AppError::internal(format!("rule {} is of no list", head.id)))?;
    Ok(RuleOf {
        rule: head.id.clone(),
        version: head.version,
        title: head.name.clone(),
        kind: kind.code().to_owned(),
        kind_label: kind.label().to_owned(),
        priority: head.priority,
        due_working_days: head.due_working_days,
        law: head.law.clone(),
        reason: head.reason.clone(),
    })
}
