//! 工会组织变更: first what would follow, then the deed with the stamp of what was seen.

use app::union_org::change::{self, Change, ChangeForm};
use domain::api_token::TokenScope;
use domain::dictionary::Act;
use schemars::JsonSchema;
use serde::Serialize;

use super::answer::Answer;
use super::approval::{self, ApprovalOf, or_ask};
use super::asked::Asked;
use super::elements;
use super::endpoint::Endpoint;
use super::problem::Refusal;
use super::shape::{Param, Shape};
use super::union_org::union_id;
use crate::pages::union_org::change::resume;

/// 变更会带来什么。
#[derive(Debug, Serialize, JsonSchema)]
struct ChangePreview {
    /// 工会标识
    union_id: String,
    /// 工会名称
    union_name: String,
    /// 跟着变的事，一句一件
    effects: Vec<String>,
    /// 核对的凭据，办理时放进 seen
    seen: String,
}

/// 办好的变更。
#[derive(Debug, Serialize, JsonSchema)]
struct ChangeDone {
    /// 工会标识，之后看这一家：原来的、并入的或新设的
    union_id: String,
    /// 一句话
    message: String,
}

pub fn endpoints() -> Vec<Endpoint> {
    let tag = "工会组织";
    let change = || {
        let changes = Change::ALL.map(|change| (change.code(), change.label())).to_vec();
        Param::new("change", "办理什么", Shape::Choice(changes))
    };
    vec![
        Endpoint::post(
            "/unions/{union_id}/changes/{change}/preview",
            "previewUnionChange",
            tag,
            "核对组织变更的影响",
        )
        .about("什么都不写。答复的 seen 是核对的凭据：台账之后有变动，凭据就不再有效。")
        .needs(TokenScope::UnionWrite)
        .asks()
        .conflicts()
        .at(union_id())
        .at(change())
        .fields(elements::body(Act::ChangeUnion))
        .answers::<ChangePreview>(200)
        .run(preview),
        Endpoint::post(
            "/unions/{union_id}/changes/{change}",
            "changeUnion",
            tag,
            "办理组织变更",
        )
        .about(
            "调整上级、合并、分立、设立分会和小组、撤销；各项须与核对时相同。核对之后台账又有变动的，以 409 说明，请重新核对。超过安全策略的限额的，以 \
             409（APR-428）说明，须先申请复核；已经在等复核的以 409（APR-425）说明。",
        )
        .needs(TokenScope::UnionWrite)
        .at(union_id())
        .at(change())
        .fields(elements::body(Act::ChangeUnion))
        .fields_more([Param::new("seen", "核对时答复的凭据", Shape::Text { min: 1, max: 200 }).required()])
        .answers::<ChangeDone>(200)
        .run(apply),
        Endpoint::post(
            "/unions/{union_id}/changes/{change}/approvals",
            "askChangeApproval",
            tag,
            "申请复核组织变更",
        )
        .about(
            "各项和 seen 与办理时相同，原因不超过 200 个字，复核人会看到。另一人同意后 24 小时内，同样的变更可以办理一次；其间台账又有变动的，\
             须重新核对，再以新的 seen 办理。",
        )
        .needs(TokenScope::UnionWrite)
        .at(union_id())
        .at(change())
        .fields(elements::body(Act::ChangeUnion))
        .fields_more([Param::new("seen", "核对时答复的凭据", Shape::Text { min: 1, max: 200 }).required()])
        .answers::<ApprovalOf>(201)
        .run(ask),
    ]
}

fn what(asked: &Asked) -> Result<Change, Refusal> {
    Ok(Change::from_code(&asked.words("change"))
        .ok_or_else(|| app::error::AppError::not_found("UNI-404", "没有这种变更"))?)
}

fn form(asked: &Asked) -> ChangeForm {
    ChangeForm {
        other: asked.words("other"),
        effective_on: asked.words("effective_on"),
        document_no: asked.words("document_no"),
        reason: asked.words("reason"),
        name: asked.words("name"),
        chair: asked.words("chair"),
        term_years: asked.words("term_years"),
        employer_code: asked.words("employer_code"),
        // The form of the page has one a line.
        members: asked.keys("members").join("\n"),
        covers: asked.keys("covers"),
        seen: asked.words("seen"),
    }
}

async fn preview(asked: Asked) -> Result<Answer, Refusal> {
    let (what, union_id) = (what(&asked)?, asked.words("union_id"));
    let seen = change::preview(asked.op()?, &asked.web.app, what, &union_id, &form(&asked)).await?;
    Answer::json(&ChangePreview {
        union_id: seen.union_id,
        union_name: seen.name,
        effects: seen.effects,
        seen: seen.seen,
    })
}

async fn apply(asked: Asked) -> Result<Answer, Refusal> {
    let (what, union_id) = (what(&asked)?, asked.words("union_id"));
    let done = change::apply(asked.op()?, &asked.web.app, what, &union_id, &form(&asked)).await;
    let path = format!("/unions/{union_id}/changes/{}/approvals", what.code());
    let done = done.map_err(|error| or_ask(error, &path))?;
    Answer::json(&ChangeDone {
        union_id: done.union_id,
        message: done.message,
    })
}

async fn ask(asked: Asked) -> Result<Answer, Refusal> {
    let (what, union_id, form) = (what(&asked)?, asked.words("union_id"), form(&asked));
    let wanted = change::wanted(asked.op()?, &asked.web.app, what, &union_id, &form).await?;
    approval::ask(&asked, &wanted, &resume(&union_id, what, &form), &form.reason).await
}
