//! 双人复核: what the token's account has asked for and, where the token opens it, what others have asked for in sight, to be approved in
//! the account's own name. What one account asked for another approves, whatever asks and answers: a page or a program.

use app::approval::{self, ApprovalView, NEEDED, Wanted};
use app::error::AppError;
use codes::id::ApprovalId;
use domain::accounts::shown_name;
use domain::api_token::TokenScope;
use domain::approval::{Approval, WORDS_MAX};
use schemars::JsonSchema;
use serde::Serialize;

use super::answer::{Answer, Page};
use super::asked::{Asked, paging};
use super::endpoint::Endpoint;
use super::problem::Refusal;
use super::shape::{Param, Shape};

/// 一项复核申请。
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ApprovalOf {
    /// 申请的标识
    #[schemars(extend("format" = "uuid"))]
    approval_id: String,
    /// 种类代码：export、union_change、member_change、import、undo
    kind: String,
    /// 种类
    kind_label: String,
    /// 要办的事
    title: String,
    /// 要办的事的各项，复核的就是这些；人名已脱敏
    details: Vec<ApprovalDetail>,
    /// 原因
    reason: String,
    /// 申请人，已脱敏
    asked_by: String,
    /// 是否本账号申请的
    is_own: bool,
    /// 状态代码：waiting、approved、refused、lapsed、spent
    state: String,
    /// 状态
    state_label: String,
    /// 这个令牌现在是否可以复核
    may_decide: bool,
    /// 复核人，已脱敏；还没有复核时为 null
    decided_by: Option<String>,
    /// 复核的时间（北京时间）
    decided_at: Option<String>,
    /// 复核人的意见
    remark: Option<String>,
    /// 申请的时间（北京时间）
    asked_at: String,
    /// 待处理或可使用到何时（北京时间）
    expires_at: String,
}

/// 要办的事的一项。
#[derive(Debug, Serialize, JsonSchema)]
struct ApprovalDetail {
    /// 名称
    label: String,
    /// 内容
    text: String,
}

pub fn endpoints() -> Vec<Endpoint> {
    let tag = "双人复核";
    let id = || Param::new("approval_id", "申请的标识", Shape::Id);
    let words = Shape::Text {
        min: 1,
        max: WORDS_MAX,
    };
    vec![
        Endpoint::get("/approvals", "listApprovals", tag, "复核申请")
            .about("最近的在前。任何令牌都列出本账号申请的；有 approval:write 的，还列出数据范围内他人申请的。")
            .query(paging())
            .answers::<Page<ApprovalOf>>(200)
            .run(list),
        Endpoint::get("/approvals/{approval_id}", "getApproval", tag, "一项复核申请")
            .about("本账号申请的；有 approval:write 的，还有数据范围内他人申请的。")
            .at(id())
            .etag()
            .answers::<ApprovalOf>(200)
            .run(one),
        Endpoint::post("/approvals/{approval_id}/decision", "decideApproval", tag, "复核他人的申请")
            .about(
                "以令牌所属账号的名义同意或不同意，并记入日志；同意后 24 小时内由申请人办理一次。账号和令牌都须能办同样的事（如组织变更须有 \
                 union:write）。自己申请的以 403（APR-403）说明；已经处理或过期的以 409（APR-409）说明，If-Match 带上读到的 ETag 的以 \
                 412 说明。答复复核后的申请。",
            )
            .needs(TokenScope::ApprovalWrite)
            .at(id())
            .if_match()
            .fields([
                Param::new(
                    "answer",
                    "怎样答复",
                    Shape::Choice(vec![("approve", "同意"), ("refuse", "不同意")]),
                )
                .required()
                .like("approve"),
                Param::new("remark", "意见；不同意时必填", words).like("已与申请单位核实"),
            ])
            .answers::<ApprovalOf>(200)
            .run(decide),
    ]
}

/// Why something is asked for, for the second person.
pub(super) fn reason() -> Param {
    let shape = Shape::Text {
        min: 1,
        max: WORDS_MAX,
    };
    Param::new("reason", "原因，复核人会看到", shape)
        .required()
        .like("文件发错，整批撤回")
}

/// Asks for a second person's approval and answers the request. `page` is where a person would go on.
pub(super) async fn ask(asked: &Asked, wanted: &Wanted, page: &str, reason: &str) -> Result<Answer, Refusal> {
    let op = asked.op()?;
    let made = approval::ask(op, &asked.web.app, wanted, page, reason).await?;
    let id = made.id.to_string();
    let view = view_of(asked, made).await?;
    Answer::made(&approval_of(view), &["approvals", &id])
}

/// A refusal for want of a second person says where one is asked.
pub(super) fn or_ask(error: AppError, path: &str) -> Refusal {
    let is_needed = error.code == NEEDED;
    let refusal = Refusal::from(error);
    if is_needed {
        refusal.hint(format!(
            "请以同样的各项 POST {path} 申请复核；另一人同意后 24 小时内再办，只能用一次"
        ))
    } else {
        refusal
    }
}

async fn list(asked: Asked) -> Result<Answer, Refusal> {
    let found = approval::approvals_after(asked.op()?, &asked.web.app, &asked.after()?).await?;
    asked.page(found, |view| view.approval.id.to_string(), approval_of)
}

async fn view_of(asked: &Asked, approval: Approval) -> Result<ApprovalView, Refusal> {
    Ok(approval::approval(asked.op()?, &asked.web.app, approval.id).await?)
}

fn id_of(asked: &Asked) -> Result<ApprovalId, Refusal> {
    Ok(asked
        .words("approval_id")
        .parse()
        .map_err(|_| AppError::no_approval())?)
}

async fn one(asked: Asked) -> Result<Answer, Refusal> {
    let view = approval::approval(asked.op()?, &asked.web.app, id_of(&asked)?).await?;
    told(view)
}

fn told(view: ApprovalView) -> Result<Answer, Refusal> {
    let version = view.version();
    Ok(Answer::json(&approval_of(view))?.etag(version))
}

fn approval_of(view: ApprovalView) -> ApprovalOf {
    let details = view.masked_details().into_iter();
    let one = &view.approval;
    ApprovalOf {
        approval_id: one.id.to_string(),
        kind: one.kind.code().to_owned(),
        kind_label: one.kind.label().to_owned(),
        title: one.title.clone(),
        details: details
            .map(|(label, text)| ApprovalDetail { label, text })
            .collect(),
        reason: one.reason.clone(),
        asked_by: shown_name(&one.asked_by_name),
        is_own: view.is_own,
        state: view.state.code().to_owned(),
        state_label: view.state.label().to_owned(),
        may_decide: view.can_decide,
        decided_by: one.decided_by_name.as_deref().map(shown_name),
        decided_at: one.decided_at.map(|at| at.to_string()),
        remark: one.remark.clone(),
        asked_at: one.asked_at.to_string(),
        expires_at: one.expires_at.to_string(),
    }
}

async fn decide(asked: Asked) -> Result<Answer, Refusal> {
    let (op, app, id) = (asked.op()?, &asked.web.app, id_of(&asked)?);
    if let Some(seen) = asked.version {
        let now = approval::approval(op, app, id).await?;
        if now.version() != seen {
            let error = AppError::conflict("APR-409", "这项申请在您读取之后已经处理过");
            return Err(Refusal::stale(error, "APR-409", Some(seen)));
        }
    }
    let is_approved = asked.words("answer") == "approve";
    approval::decide(op, app, id, is_approved, &asked.words("remark"))
        .await
        .map_err(|error| Refusal::stale(error, "APR-409", asked.version))?;
    told(approval::approval(op, app, id).await?)
}
