//! 到期匿名化 and 暂缓: whose time is over, having it taken away, the report of it; and whose data are kept on.

use app::membership::{self, DueView, HoldView};
use axum::body::Body;
use axum::http::StatusCode;
use codes::id::JobId;
use domain::accounts::shown_name;
use domain::api_token::TokenScope;
use domain::dictionary::Act;
use schemars::JsonSchema;
use serde::Serialize;

use super::answer::{Answer, Page, place};
use super::approval::{self, ApprovalOf, or_ask, reason};
use super::asked::{Asked, paging};
use super::elements;
use super::endpoint::Endpoint;
use super::job::{JobQueued, queued};
use super::problem::Refusal;
use super::shape::{Param, Shape};
use crate::ui::UrlQuery;

/// 保存期限已满的会籍。
#[derive(Debug, Serialize, JsonSchema)]
struct MembershipDue {
    /// 会员标识
    member_id: String,
    /// 会籍怎样终止的
    state_label: String,
    /// 终止的日期
    #[schemars(extend("format" = "date"))]
    ended_on: Option<String>,
    /// 工会标识，最后所在的工会
    union_id: String,
    /// 工会名称，最后所在的工会
    union_name: String,
}

/// 一项暂缓。
#[derive(Debug, Serialize, JsonSchema)]
struct Hold {
    /// 暂缓的标识
    #[schemars(extend("format" = "uuid"))]
    hold_id: String,
    /// 会员标识
    member_id: String,
    /// 工会标识，所在或最后所在的工会
    union_id: String,
    /// 工会名称，所在或最后所在的工会
    union_name: String,
    /// 原因
    reason: String,
    /// 谁登记的，已脱敏
    held_by: String,
    /// 登记的时间（北京时间）
    held_at: String,
}

/// 登记好或解除了的暂缓。
#[derive(Debug, Serialize, JsonSchema)]
struct HoldId {
    /// 暂缓的标识
    #[schemars(extend("format" = "uuid"))]
    hold_id: String,
}

/// Which list is meant, and how long it was.
fn list_fields() -> impl Iterator<Item = Param> {
    let seen = Param::new(
        "seen",
        "名单的 total；现在不是这么多的以 409（MEM-419）说明，不办理",
        Shape::Int {
            min: 0,
            max: 1_000_000_000,
        },
    );
    elements::body(Act::Anonymise).chain([seen.required().like(12)])
}

/// Until when memberships have ended, where another day than the latest is asked for.
fn until() -> impl Iterator<Item = Param> {
    elements::body(Act::Anonymise).map(|param| Param {
        is_required: false,
        ..param
    })
}

pub fn endpoints() -> Vec<Endpoint> {
    let tag = "会员";
    vec![
        Endpoint::get("/memberships-due", "listMembershipsDue", tag, "到期匿名化")
            .about("什么都不改，可用作匿名化前的核对。不写 until 时到今天满保存年限的为止。暂缓的不在内。")
            .needs(TokenScope::MemberWrite)
            .query(until())
            .query(paging())
            .answers::<Page<MembershipDue>>(200)
            .run(list),
        Endpoint::post("/memberships-due/anonymise", "anonymiseMemberships", tag, "匿名化到期的会籍")
            .about(
                "核对过的名单上的姓名、号码等个人信息删除，不能恢复；会籍的事实保留。提交一个后台任务，做好后任务的 result 是结果报告的地址。\
                 超过安全策略的限额时以 409（APR-428）说明，须先申请复核；已经在等复核的以 409（APR-425）说明。",
            )
            .needs(TokenScope::MemberErase)
            .fields(list_fields())
            .answers::<JobQueued>(202)
            .run(anonymise),
        Endpoint::post(
            "/memberships-due/approvals",
            "askAnonymiseApproval",
            tag,
            "申请复核匿名化",
        )
        .about("until、seen 与办理时相同。另一人同意后 24 小时内可以办理一次。")
        .needs(TokenScope::MemberErase)
        .fields(list_fields())
        .fields_more([reason()])
        .answers::<ApprovalOf>(201)
        .run(ask),
        Endpoint::get(
            "/memberships-due/reports/{job_id}",
            "getAnonymiseReport",
            tag,
            "匿名化的结果报告",
        )
        .about("每家工会匿名化、暂缓各多少，Excel。只有提交任务的账号可以下载。")
        .needs(TokenScope::MemberErase)
        .at(Param::new("job_id", "任务编号", Shape::Id))
        .answers_file()
        .run(report),
        Endpoint::get("/member-holds", "listHolds", tag, "暂缓匿名化的会籍")
            .about("因案件、审计、争议仍须保存的，按登记的先后。")
            .needs(TokenScope::MemberWrite)
            .query(paging())
            .answers::<Page<Hold>>(200)
            .run(holds),
        Endpoint::post("/member-holds", "holdMember", tag, "暂缓匿名化")
            .about("会籍不论是否终止；已经暂缓的以 409（MEM-425）说明。")
            .needs(TokenScope::MemberWrite)
            .fields(elements::body(Act::HoldMember))
            .answers::<HoldId>(201)
            .run(hold),
        Endpoint::post("/member-holds/{hold_id}/release", "releaseHold", tag, "解除暂缓")
            .about("从此到期后可以匿名化。没有这项暂缓、已经解除的以 404（MEM-426）说明。")
            .needs(TokenScope::MemberWrite)
            .at(Param::new("hold_id", "暂缓的标识", Shape::Id))
            .answers::<HoldId>(200)
            .run(release),
    ]
}

async fn list(asked: Asked) -> Result<Answer, Refusal> {
    let (op, app) = (asked.op()?, &asked.web.app);
    let found = membership::due_after(op, app, &asked.words("until"), &asked.after()?).await?;
    asked.page((found.rows, found.total), |row| row.id.to_string(), due_of)
}

fn due_of(view: DueView) -> MembershipDue {
    MembershipDue {
        member_id: view.member_id,
        state_label: view.state.to_owned(),
        ended_on: view.ended_on.map(|day| day.to_string()),
        union_id: view.union_id,
        union_name: view.union_name,
    }
}

/// The list of a request. A number that is not there has been refused before.
fn meant(asked: &Asked) -> (String, i64) {
    (asked.words("until"), asked.int("seen").unwrap_or(-1))
}

async fn anonymise(asked: Asked) -> Result<Answer, Refusal> {
    let (until, seen) = meant(&asked);
    let job = membership::anonymise(asked.op()?, &asked.web.app, &until, seen).await;
    queued(job.map_err(|error| or_ask(error, "/memberships-due/approvals"))?)
}

async fn ask(asked: Asked) -> Result<Answer, Refusal> {
    let (until, seen) = meant(&asked);
    let wanted = membership::anonymise_wanted(asked.op()?, &until, seen)?;
    let page = UrlQuery::default()
        .at("/member/retention")
        .with("until", &until)
        .url();
    approval::ask(&asked, &wanted, &page, &asked.words("reason")).await
}

async fn report(asked: Asked) -> Result<Answer, Refusal> {
    let id: JobId = asked
        .words("job_id")
        .parse()
        .map_err(|_| app::error::AppError::no_job())?;
    let file = membership::report(asked.op()?, &asked.web.app, id).await?;
    Ok(Answer::file(
        file.content_type,
        &file.file_name,
        Body::from(file.bytes),
    ))
}

async fn holds(asked: Asked) -> Result<Answer, Refusal> {
    let found = membership::holds_after(asked.op()?, &asked.web.app, &asked.after()?).await?;
    asked.page(found, |view| view.id.to_string(), hold_of)
}

fn hold_of(view: HoldView) -> Hold {
    Hold {
        hold_id: view.id.to_string(),
        member_id: view.member_id,
        union_id: view.union_id,
        union_name: view.union_name,
        reason: view.reason,
        held_by: shown_name(&view.held_by),
        held_at: view.held_at.to_string(),
    }
}

async fn hold(asked: Asked) -> Result<Answer, Refusal> {
    let (member_id, reason) = (asked.words("member_id"), asked.words("reason"));
    let id = membership::hold(asked.op()?, &asked.web.app, &member_id, &reason).await?;
    let made = Answer::json(&HoldId {
        hold_id: id.to_string(),
    })?;
    Ok(made
        .status(StatusCode::CREATED)
        .location(&place(&["member-holds"])))
}

async fn release(asked: Asked) -> Result<Answer, Refusal> {
    // What is no UUID has been refused before.
    let id = asked.id("hold_id");
    membership::release(asked.op()?, &asked.web.app, id).await?;
    Answer::json(&HoldId {
        hold_id: id.to_string(),
    })
}
