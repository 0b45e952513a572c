//! 注销申请: what members have asked for, passed on by a program of the union's with their own code, and the union's answer.

use app::membership::{self, ClosingAnswer, ClosingView, OwnKey};
use domain::accounts::shown_name;
use domain::api_token::TokenScope;
use domain::closing::ClosingState;
use domain::dictionary::Act;
use schemars::JsonSchema;
use serde::Serialize;

use super::answer::{Answer, Page};
use super::asked::{Asked, answered, paging};
use super::elements;
use super::endpoint::Endpoint;
use super::problem::Refusal;
use super::shape::{Param, Shape};

/// 一项注销申请。
#[derive(Debug, Serialize, JsonSchema)]
struct Closing {
    /// 申请的标识
    #[schemars(extend("format" = "uuid"))]
    closing_id: String,
    /// 会员标识
    member_id: String,
    /// 工会标识，答复的工会
    union_id: String,
    /// 工会名称，答复的工会
    union_name: String,
    /// 会员的话
    words: String,
    /// 申请的时间（北京时间）
    asked_at: String,
    /// 答复的期限
    #[schemars(extend("format" = "date"))]
    due_on: String,
    /// 离期限的天数，超期为负；已答复时为 null
    days_left: Option<i64>,
    /// 状态代码：waiting、granted、refused
    state: String,
    /// 状态
    state_label: String,
    /// 答复，会员看得到
    answer: Option<String>,
    /// 谁答复的，已脱敏
    answered_by: Option<String>,
    /// 答复的时间（北京时间）
    answered_at: Option<String>,
    /// 这个令牌是否可以答复
    may_answer: bool,
}

/// 转交的注销申请。
#[derive(Debug, Serialize, JsonSchema)]
struct ClosingAsked {
    /// 申请的标识
    #[schemars(extend("format" = "uuid"))]
    closing_id: String,
    /// 工会答复的期限
    #[schemars(extend("format" = "date"))]
    due_on: String,
}

pub fn endpoints() -> Vec<Endpoint> {
    let tag = "会员";
    let id = || Param::new("closing_id", "申请的标识", Shape::Id);
    vec![
        Endpoint::get("/member-closings", "listClosings", tag, "注销申请")
            .about("数据范围内会员要求退会并删除资料的申请，先提出的在前；answered=true 时是已答复的。")
            .needs(TokenScope::MemberWrite)
            .query([answered()])
            .query(paging())
            .answers::<Page<Closing>>(200)
            .run(list),
        Endpoint::get("/member-closings/{closing_id}", "getClosing", tag, "一项注销申请")
            .about("会员的话、期限、工会的答复。")
            .needs(TokenScope::MemberWrite)
            .at(id())
            .answers::<Closing>(200)
            .run(one),
        Endpoint::post("/member-closings", "askClosing", tag, "转交会员本人的注销申请")
            .about(
                "本单位的会员端转交：会员本人填写工会发给的查询码和证件号码后六位，只能是数据范围内的会员。查询码或后六位不对的以 403 \
                 （MEM-418）说明，错五次查询码失效；已经提交过、还没有答复的以 409（MEM-428）说明。",
            )
            .needs(TokenScope::MemberWrite)
            .fields(elements::body(Act::AskClosing))
            .answers::<ClosingAsked>(201)
            .run(ask),
        Endpoint::post(
            "/member-closings/{closing_id}/answer",
            "answerClosing",
            tag,
            "答复注销申请",
        )
        .about(
            "grant 同意：提出退会的会籍申请（须写委员会决定的日期），同意过的事项一并撤回；refuse 不能注销（须写原因，会员看得到）。\
             已经答复的以 409（MEM-430）说明。答复这项申请。",
        )
        .needs(TokenScope::MemberWrite)
        .at(id())
        .fields(elements::body(Act::AnswerClosing))
        .answers::<Closing>(200)
        .run(answer),
    ]
}

async fn list(asked: Asked) -> Result<Answer, Refusal> {
    let (op, app) = (asked.op()?, &asked.web.app);
    let found = membership::closings_after(op, app, asked.is_waiting(), &asked.after()?).await?;
    asked.page(found, |view| view.id.to_string(), closing_of)
}

fn closing_of(view: ClosingView) -> Closing {
    Closing {
        closing_id: view.id.to_string(),
        member_id: view.member_id,
        union_id: view.union_id,
        union_name: view.union_name,
        words: view.words,
        asked_at: view.asked_at.to_string(),
        due_on: view.due_on.to_string(),
        days_left: (view.state == ClosingState::Waiting).then_some(view.days_left),
        state: view.state.code().to_owned(),
        state_label: view.state.label().to_owned(),
        answer: view.answer.filter(|words| !words.is_empty()),
        answered_by: view.answered_by.as_deref().map(shown_name),
        answered_at: view.answered_at.map(|at| at.to_string()),
        may_answer: view.may_answer,
    }
}

async fn one(asked: Asked) -> Result<Answer, Refusal> {
    let found = membership::closing(asked.op()?, &asked.web.app, asked.id("closing_id")).await?;
    Answer::json(&closing_of(found))
}

async fn ask(asked: Asked) -> Result<Answer, Refusal> {
    let key = OwnKey {
        code: asked.words("code"),
        tail: asked.words("tail"),
    };
    let words = asked.words("words");
    let (id, due) = membership::close_for(asked.op()?, &asked.web.app, &key, &words).await?;
    let made = ClosingAsked {
        closing_id: id.to_string(),
        due_on: due.to_string(),
    };
    Answer::made(&made, &["member-closings", &made.closing_id])
}

async fn answer(asked: Asked) -> Result<Answer, Refusal> {
    let form = ClosingAnswer {
        is_granted: asked.words("answer") == "grant",
        decided_on: asked.words("decided_on"),
        words: asked.words("words"),
    };
    membership::answer_closing(asked.op()?, &asked.web.app, asked.id("closing_id"), &form).await?;
    one(asked).await
}
