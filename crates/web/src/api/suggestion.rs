//! 重复会员 and 接转建议: what the register and the last run hint at; people or their programs answer.

use app::job;
use app::membership::{self, Duplicate, SUGGEST_JOB, Side, SuggestionView};
use domain::api_token::TokenScope;
use domain::permission::Action;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::answer::{Answer, Page};
use super::asked::{Asked, paging};
use super::endpoint::Endpoint;
use super::job::{JobQueued, queued};
use super::problem::Refusal;
use super::shape::{Param, Shape};

/// 像是同一个人的会籍。
#[derive(Debug, Serialize, JsonSchema)]
struct Duplicates {
    /// 本页的各对
    items: Vec<DuplicatePair>,
    /// 下一页的位置，放进参数 cursor；没有下一页时为 null
    next_cursor: Option<String>,
}

/// 像是同一个人的两个会籍，已脱敏。
#[derive(Debug, Serialize, JsonSchema)]
struct DuplicatePair {
    /// 为什么
    why: String,
    /// 一个；不在数据范围内时为 null
    left: Option<DuplicateSide>,
    /// 另一个；不在数据范围内时为 null
    right: Option<DuplicateSide>,
}

/// 一个会籍，已脱敏。
#[derive(Debug, Serialize, JsonSchema)]
struct DuplicateSide {
    /// 会员标识
    member_id: String,
    /// 姓名，已脱敏
    name: String,
    /// 证件号码，已脱敏
    id_no: String,
    /// 证件号码读得怎样
    id_status: String,
    /// 会籍状态
    state_label: String,
    /// 入会日期
    #[schemars(extend("format" = "date"))]
    join_date: Option<String>,
    /// 工会标识
    union_id: String,
    /// 工会名称
    union_name: String,
}

/// 一项接转建议，已脱敏。
#[derive(Debug, Serialize, JsonSchema)]
struct Suggestion {
    /// 建议的标识
    #[schemars(extend("format" = "uuid"))]
    suggestion_id: String,
    /// 会员标识
    member_id: String,
    /// 姓名，已脱敏
    name: String,
    /// 现在的工会
    from: SuggestedUnion,
    /// 建议转入的工会
    to: SuggestedUnion,
    /// 现在参保的单位
    employer: String,
    /// 从哪一天起参保
    #[schemars(extend("format" = "date"))]
    insured_from: Option<String>,
    /// 怎样对上的
    how: String,
    /// 第几次比对
    run_no: i64,
    /// 不采纳的原因
    answer: Option<String>,
}

/// 建议涉及的一家工会。
#[derive(Debug, Serialize, JsonSchema)]
struct SuggestedUnion {
    /// 工会名称
    union_name: String,
    /// 工会标识；不在数据范围内时为 null
    union_id: Option<String>,
}

/// 对建议的答复。
#[derive(Debug, Serialize, JsonSchema)]
struct SuggestionAnswered {
    /// 采纳后提出的会籍申请；不采纳时为 null
    #[schemars(extend("format" = "uuid"))]
    request_id: Option<String>,
}

pub fn endpoints() -> Vec<Endpoint> {
    let tag = "会员";
    let [_, cursor] = paging();
    vec![
        Endpoint::get("/duplicates", "listDuplicates", tag, "重复会员")
            .about(
                "像是同一个人、至少一个在数据范围内的两个会籍，每一对只列出一次。每页查看 100 个会籍，有几对不定，也没有总数；\
                 next_cursor 为 null 时已全部查看。合并由人在控制台逐项选定。",
            )
            .needs(TokenScope::MemberRead)
            .query([
                Param::new(
                    "by_phone",
                    "不按相同的证件号码，按相同的姓名、电话、出生日期和只差一两位的号码",
                    Shape::Flag,
                ),
                cursor,
            ])
            .answers::<Duplicates>(200)
            .run(duplicates),
        Endpoint::get(
            "/transfer-suggestions",
            "listTransferSuggestions",
            tag,
            "接转建议",
        )
        .about("最近一次比对发现在另一家工会的单位参保的会员，按建议的标识排序；refused=true 时是不采纳的。")
        .needs(TokenScope::MemberRead)
        .query([Param::new("refused", "列出不采纳的", Shape::Flag)])
        .query(paging())
        .answers::<Page<Suggestion>>(200)
        .run(list),
        Endpoint::post(
            "/transfer-suggestions/{suggestion_id}/answer",
            "answerTransferSuggestion",
            tag,
            "答复接转建议",
        )
        .about("adopt 采纳，提出会籍接转的申请，由对方工会答复；dismiss 不采纳（须写原因）。")
        .needs(TokenScope::MemberWrite)
        .at(Param::new("suggestion_id", "建议的标识", Shape::Id))
        .fields([
            Param::new(
                "answer",
                "怎样答复",
                Shape::Choice(vec![("adopt", "采纳"), ("dismiss", "不采纳")]),
            )
            .required(),
            Param::new(
                "words",
                "不采纳的原因，2–200 个字",
                Shape::Text { min: 2, max: 200 },
            ),
        ])
        .answers::<SuggestionAnswered>(200)
        .run(answer),
        Endpoint::post(
            "/transfer-suggestions/find",
            "findTransferSuggestions",
            tag,
            "查找接转建议",
        )
        .about("按最近一次比对的结果；提交一个后台任务。还没有完成过比对的，任务以失败说明。")
        .needs(TokenScope::RunWrite)
        .answers::<JobQueued>(202)
        .run(find),
    ]
}

async fn duplicates(asked: Asked) -> Result<Answer, Refusal> {
    let by_phone = asked.flag("by_phone") == Some(true);
    let (op, app) = (asked.op()?, &asked.web.app);
    let (pairs, mark) = membership::duplicates_after(op, app, by_phone, &asked.after()?).await?;
    Answer::json(&Duplicates {
        items: pairs.into_iter().map(pair_of).collect(),
        next_cursor: mark.map(|mark| asked.sealed(&mark)),
    })
}

fn pair_of(pair: Duplicate) -> DuplicatePair {
    DuplicatePair {
        why: pair.why.to_owned(),
        left: side_of(pair.left),
        right: side_of(pair.right),
    }
}

fn side_of(side: Side) -> Option<DuplicateSide> {
    let seen = side.seen?;
    Some(DuplicateSide {
        member_id: seen.member_id,
        name: seen.name,
        id_no: seen.number,
        id_status: seen.status.to_owned(),
        state_label: seen.state.to_owned(),
        join_date: seen.joined.map(|day| day.to_string()),
        union_id: seen.union_id,
        union_name: seen.union_name,
    })
}

async fn list(asked: Asked) -> Result<Answer, Refusal> {
    let is_open = asked.flag("refused") != Some(true);
    let (op, app) = (asked.op()?, &asked.web.app);
    let found = membership::suggestions_after(op, app, is_open, &asked.after()?).await?;
    asked.page(found, |view| view.member.to_string(), suggestion_of)
}

fn suggestion_of(view: SuggestionView) -> Suggestion {
    let union = |side: membership::UnionName| SuggestedUnion {
        union_name: side.name,
        union_id: side.union_id,
    };
    Suggestion {
        suggestion_id: view.member.to_string(),
        member_id: view.member_id,
        name: view.name,
        from: union(view.from),
        to: union(view.to),
        employer: view.employer,
        insured_from: view.insured_from.map(|day| day.to_string()),
        how: view.how.to_owned(),
        run_no: view.run_no,
        answer: view.answer,
    }
}

async fn answer(asked: Asked) -> Result<Answer, Refusal> {
    let (op, app) = (asked.op()?, &asked.web.app);
    // What is no UUID has been refused before.
    let member = asked.id("suggestion_id");
    let request_id = match asked.words("answer").as_str() {
        "adopt" => Some(membership::adopt(op, app, member).await?.to_string()),
        _ => {
            membership::dismiss(op, app, member, &asked.words("words")).await?;
            None
        }
    };
    Answer::json(&SuggestionAnswered { request_id })
}

async fn find(asked: Asked) -> Result<Answer, Refusal> {
    let (op, app) = (asked.op()?, &asked.web.app);
    op.may(Action::StartRun)?;
    queued(job::enqueue(op, app, SUGGEST_JOB, "按参保数据查找接转建议", json!({})).await?)
}
