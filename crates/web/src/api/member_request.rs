//! 会籍申请: asked for by one union, answered by another or by whoever confirms.

use app::membership::{self, Answer as Said, ChangeForm, RequestView, UnionName};
use domain::api_token::TokenScope;
use domain::dictionary::Act;
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::answer::{Answer, Page};
use super::asked::{Asked, answered, paging};
use super::elements;
use super::endpoint::Endpoint;
use super::membership::member_id;
use super::problem::Refusal;
use super::shape::{Param, Shape};
use super::union_org::union_id;

/// 一项会籍申请，个人信息已脱敏。
#[derive(Debug, Serialize, JsonSchema)]
struct MemberRequest {
    /// 申请的标识
    #[schemars(extend("format" = "uuid"))]
    request_id: String,
    /// 事项代码
    kind: String,
    /// 事项
    kind_label: String,
    /// 状态代码
    state: String,
    /// 状态
    state_label: String,
    /// 姓名，已脱敏
    name: String,
    /// 会员标识；会籍不在数据范围内或还没有时为 null
    member_id: Option<String>,
    /// 原工会
    from: Option<RequestUnion>,
    /// 转入的工会
    to: Option<RequestUnion>,
    /// 生效日期
    #[schemars(extend("format" = "date"))]
    happened_on: String,
    /// 原因
    reason: Option<String>,
    /// 说明
    words: String,
    /// 申请的时间（北京时间）
    asked_at: String,
    /// 答复期限
    #[schemars(extend("format" = "date"))]
    due_on: String,
    /// 是否逾期未答复
    is_late: bool,
    /// 答复的时间（北京时间）
    answered_at: Option<String>,
    /// 答复
    answer: Option<String>,
    /// 这个令牌是否可以答复
    may_answer: bool,
    /// 这个令牌是否可以撤回
    may_recall: bool,
}

/// 申请涉及的一家工会。
#[derive(Debug, Serialize, JsonSchema)]
struct RequestUnion {
    /// 工会名称
    union_name: String,
    /// 工会标识；不在数据范围内时为 null
    union_id: Option<String>,
}

/// 已提交的申请。
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct RequestMade {
    /// 申请的标识
    #[schemars(extend("format" = "uuid"))]
    request_id: String,
}

/// 答复的结果。
#[derive(Debug, Serialize, JsonSchema)]
struct RequestAnswered {
    /// 一句话
    message: String,
}

pub fn endpoints() -> Vec<Endpoint> {
    let tag = "会员";
    let id = || Param::new("request_id", "申请的标识", Shape::Id);
    vec![
        Endpoint::get("/membership-requests", "listMembershipRequests", tag, "会籍申请")
            .about("一方在数据范围内的申请：待答复的，先提出的在前；answered=true 时是已答复的，最近提出的在前。")
            .needs(TokenScope::MemberRead)
            .query([answered()])
            .query(paging())
            .answers::<Page<MemberRequest>>(200)
            .run(list),
        Endpoint::get(
            "/membership-requests/{request_id}",
            "getMembershipRequest",
            tag,
            "一项会籍申请",
        )
        .about("每次查看都写入操作日志。")
        .needs(TokenScope::MemberRead)
        .at(id())
        .answers::<MemberRequest>(200)
        .run(one),
        Endpoint::post(
            "/unions/{union_id}/members/{member_id}/requests",
            "askMembershipChange",
            tag,
            "提交会籍申请",
        )
        .about("转出、保留、恢复、接转、退会、除名等，与网页上的办理相同；入会和更正资料另有操作。")
        .needs(TokenScope::MemberWrite)
        .at(union_id())
        .at(member_id())
        .fields(elements::body(Act::AskChange))
        .answers::<RequestMade>(201)
        .run(ask),
        Endpoint::post(
            "/membership-requests/{request_id}/answer",
            "answerMembershipRequest",
            tag,
            "答复会籍申请",
        )
        .about("accept 同意并办理，refuse 不同意（须写说明），recall 撤回自己的申请。")
        .needs(TokenScope::MemberWrite)
        .at(id())
        .fields(elements::body(Act::AnswerRequest))
        .answers::<RequestAnswered>(200)
        .run(answer),
    ]
}

async fn list(asked: Asked) -> Result<Answer, Refusal> {
    let (op, app) = (asked.op()?, &asked.web.app);
    let found = membership::requests_after(op, app, asked.is_waiting(), &asked.after()?).await?;
    asked.page(found, |view| view.id.to_string(), request_of)
}

fn request_of(view: RequestView) -> MemberRequest {
    let union = |side: Option<UnionName>| {
        side.map(|side| RequestUnion {
            union_name: side.name,
            union_id: side.union_id,
        })
    };
    MemberRequest {
        request_id: view.id.to_string(),
        kind: view.kind.code().to_owned(),
        kind_label: view.kind.label().to_owned(),
        state: view.state.code().to_owned(),
        state_label: view.state.label().to_owned(),
        name: view.name,
        member_id: view.member_id,
        from: union(view.from),
        to: union(view.to),
        happened_on: view.happened_on.to_string(),
        reason: view.reason.map(str::to_owned),
        words: view.words,
        asked_at: view.asked_at.to_string(),
        due_on: view.due_on.to_string(),
        is_late: view.is_late,
        answered_at: view.answered_at.map(|at| at.to_string()),
        answer: view.answer,
        may_answer: view.may_answer,
        may_recall: view.may_recall,
    }
}

async fn one(asked: Asked) -> Result<Answer, Refusal> {
    let found = membership::request(asked.op()?, &asked.web.app, asked.id("request_id")).await?;
    Answer::json(&request_of(found))
}

async fn ask(asked: Asked) -> Result<Answer, Refusal> {
    let form = ChangeForm {
        kind: asked.words("kind"),
        happened_on: asked.words("happened_on"),
        reason: asked.words("reason"),
        to: asked.words("to"),
        decided_on: asked.words("decided_on"),
        decision_no: asked.words("decision_no"),
        words: asked.words("words"),
    };
    let (union_id, member_id) = (asked.words("union_id"), asked.words("member_id"));
    made(membership::ask_change(asked.op()?, &asked.web.app, &union_id, &member_id, &form).await?)
}

/// The answer of an operation that has made a request.
pub(super) fn made(id: Uuid) -> Result<Answer, Refusal> {
    let made = RequestMade {
        request_id: id.to_string(),
    };
    Answer::made(&made, &["membership-requests", &made.request_id])
}

async fn answer(asked: Asked) -> Result<Answer, Refusal> {
    let said = match asked.words("answer").as_str() {
        "accept" => Said::Accept,
        "refuse" => Said::Refuse,
        _ => Said::Recall,
    };
    let words = asked.words("words");
    let message =
        membership::answer(asked.op()?, &asked.web.app, asked.id("request_id"), said, &words).await?;
    Answer::json(&RequestAnswered { message })
}
