//! 换届和委员会: ends of terms, one union's committees, a new term, somebody entering or leaving office.

use app::union_org::term::{self, Committees, OfficerForm, OfficerRow, TermEnd, TermForm};
use app::union_org::vacancy::{VacancyParams, VacantUnion, vacancies};
use codes::time::Day;
use domain::api_token::TokenScope;
use domain::dictionary::Act;
use domain::union_org::term::{Body, Nearness, Post};
use schemars::JsonSchema;
use serde::Serialize;

use super::answer::{Answer, Page};
use super::asked::{Asked, paging};
use super::elements;
use super::endpoint::Endpoint;
use super::problem::Refusal;
use super::shape::{Param, Shape};
use super::union_org::union_id;

/// 换届提醒中的一家工会。
#[derive(Debug, Serialize, JsonSchema)]
struct TermOfUnion {
    /// 工会标识
    union_id: String,
    /// 工会名称
    union_name: String,
    /// 工会主席，已脱敏
    chair: Option<String>,
    /// 届满日期；没有登记时为 null
    #[schemars(extend("format" = "date"))]
    term_end: Option<String>,
    /// 远近代码：overdue、soon、ahead、far
    near: Option<String>,
    /// 还有几天；逾期为负
    days_left: Option<i64>,
    /// 未阅的提醒数
    unread: i64,
}

/// 主席空缺的一家工会。
#[derive(Debug, Serialize, JsonSchema)]
struct UnionVacancy {
    /// 工会标识
    union_id: String,
    /// 工会名称
    union_name: String,
    /// 空缺自哪一天起
    #[schemars(extend("format" = "date"))]
    vacant_since: String,
    /// 补选期限的最后一天
    #[schemars(extend("format" = "date"))]
    by_election_due: String,
    /// 远近代码：overdue、soon、ahead、far
    near: Option<String>,
    /// 还有几天；逾期为负
    days_left: i64,
    /// 未阅的提醒数
    unread: i64,
}

/// 一家工会的换届和委员会。
#[derive(Debug, Serialize, JsonSchema)]
struct UnionCommittees {
    /// 工会标识
    union_id: String,
    /// 工会名称
    union_name: String,
    /// 是否在用
    is_active: bool,
    /// 届满日期，本届的；没有登记时为 null
    #[schemars(extend("format" = "date"))]
    term_end: Option<String>,
    /// 远近代码：overdue、soon、ahead、far
    near: Option<String>,
    /// 主席空缺自哪一天起；有主席的、不知道的为 null
    #[schemars(extend("format" = "date"))]
    vacant_since: Option<String>,
    /// 补选期限的最后一天；没有空缺的为 null
    #[schemars(extend("format" = "date"))]
    by_election_due: Option<String>,
    /// 未阅的换届、补选提醒数
    unread: i64,
    /// 届次，最近的在前
    terms: Vec<Term>,
    /// 委员会成员，在任的在前
    officers: Vec<Officer>,
}

/// 一届。
#[derive(Debug, Serialize, JsonSchema)]
struct Term {
    /// 届次，第几届；不详时为 null
    term_no: Option<i64>,
    /// 任期起
    #[schemars(extend("format" = "date"))]
    started_on: String,
    /// 任期止
    #[schemars(extend("format" = "date"))]
    ends_on: String,
    /// 批复文号
    document_no: Option<String>,
}

/// 一人的一项任职。
#[derive(Debug, Serialize, JsonSchema)]
struct Officer {
    /// 任职的标识
    #[schemars(extend("format" = "uuid"))]
    officer_id: String,
    /// 委员会代码
    body: String,
    /// 委员会
    body_label: String,
    /// 职务代码
    post: String,
    /// 职务
    post_label: String,
    /// 姓名，已脱敏
    name: String,
    /// 是否专职
    is_full_time: bool,
    /// 任职日期
    #[schemars(extend("format" = "date"))]
    started_on: String,
    /// 离任日期；在任时为 null
    #[schemars(extend("format" = "date"))]
    ended_on: Option<String>,
    /// 离任原因
    end_reason: Option<String>,
}

/// 登记好的一届。
#[derive(Debug, Serialize, JsonSchema)]
struct TermRegistered {
    /// 届满日期，本届的
    #[schemars(extend("format" = "date"))]
    term_end: String,
}

/// 标为已阅的提醒。
#[derive(Debug, Serialize, JsonSchema)]
struct RemindersRead {
    /// 标了几条
    read: u64,
}

/// A kind of nearness that the list of ends is narrowed by.
pub(super) fn near_codes() -> Vec<(&'static str, &'static str)> {
    let codes = Nearness::ALL.map(|nearness| (nearness.code(), nearness.label()));
    codes.into_iter().collect()
}

pub(super) fn near_of(nearness: Option<Nearness>) -> Option<String> {
    nearness.map(|nearness| nearness.code().to_owned())
}

pub fn endpoints() -> Vec<Endpoint> {
    let tag = "换届和委员会";
    let mut near = near_codes();
    near.extend([("unread", "有未阅提醒"), ("unknown", "没有登记届满日期")]);
    vec![
        Endpoint::get("/terms", "listTermEnds", tag, "换届提醒")
            .about("按届满日期排序，先到期的在前。")
            .needs(TokenScope::UnionRead)
            .query([Param::new(
                "near",
                "届满的远近；不写则列出登记了届满日期的",
                Shape::Choice(near),
            )])
            .query(paging())
            .answers::<Page<TermOfUnion>>(200)
            .run(list),
        Endpoint::get("/vacancies", "listVacancies", tag, "主席空缺待补选")
            .about("主席离任后还没有补选的，按补选期限排序，先到期的在前。每页最多 100 条，翻页期间有增减的，可能重复或遗漏。")
            .needs(TokenScope::UnionRead)
            .query([Param::new("overdue", "只列逾期的", Shape::Flag)])
            .query(paging())
            .answers::<Page<UnionVacancy>>(200)
            .run(vacant),
        Endpoint::get(
            "/unions/{union_id}/committees",
            "getCommittees",
            tag,
            "一家工会的换届和委员会",
        )
        .about("历届任期，现任和历任的委员会成员，本届届满的远近。")
        .needs(TokenScope::UnionRead)
        .at(union_id())
        .answers::<UnionCommittees>(200)
        .run(committees),
        Endpoint::post("/unions/{union_id}/terms", "registerTerm", tag, "登记换届")
            .about("上一届委员会离任，新当选的任职，届满日期和主席跟着变。")
            .needs(TokenScope::UnionWrite)
            .at(union_id())
            .fields(elements::body(Act::RegisterTerm))
            .answers::<TermRegistered>(200)
            .run(register),
        Endpoint::post("/unions/{union_id}/officers", "addOfficer", tag, "登记届中任职")
            .about("职务已有人担任的以 409 说明。答复这家工会的换届和委员会。")
            .needs(TokenScope::UnionWrite)
            .at(union_id())
            .fields(elements::body(Act::AddOfficer))
            .answers::<UnionCommittees>(200)
            .run(enter),
        Endpoint::post(
            "/unions/{union_id}/officers/{officer_id}/end",
            "endOfficer",
            tag,
            "登记离任",
        )
        .about("答复这家工会的换届和委员会。")
        .needs(TokenScope::UnionWrite)
        .at(union_id())
        .at(Param::new("officer_id", "任职的标识", Shape::Id))
        .fields(elements::body(Act::EndOfficer))
        .answers::<UnionCommittees>(200)
        .run(leave),
        Endpoint::post(
            "/unions/{union_id}/term-reminders/read",
            "readTermReminders",
            tag,
            "换届、补选提醒标为已阅",
        )
        .about("这家工会没有读过的换届提醒都标为已阅；答复标了几条。")
        .needs(TokenScope::UnionWrite)
        .at(union_id())
        .answers::<RemindersRead>(200)
        .run(read),
    ]
}

async fn list(asked: Asked) -> Result<Answer, Refusal> {
    let near = asked.words("near");
    let found = term::terms_after(asked.op()?, &asked.web.app, &near, &asked.after()?).await?;
    asked.marked(found, end_of)
}

fn end_of(line: TermEnd) -> TermOfUnion {
    TermOfUnion {
        union_id: line.union.union_id,
        union_name: line.union.name,
        chair: line.union.chair,
        term_end: line.end.map(|day| day.to_string()),
        near: near_of(line.nearness),
        days_left: line.days_left,
        unread: line.union.unread,
    }
}

async fn vacant(asked: Asked) -> Result<Answer, Refusal> {
    let params = VacancyParams {
        is_overdue: asked.flag("overdue").unwrap_or_default(),
        page: 1,
        size: u32::MAX,
    };
    let found = vacancies(asked.op()?, &asked.web.app, &params).await?;
    let mark = |line: &VacantUnion| format!("{} {}", line.vacancy.due, line.union_id);
    asked.whole(found.lines, mark, vacancy_of)
}

fn vacancy_of(line: VacantUnion) -> UnionVacancy {
    UnionVacancy {
        union_id: line.union_id,
        union_name: line.name,
        vacant_since: line.vacancy.since.to_string(),
        by_election_due: line.vacancy.due.to_string(),
        near: near_of(Some(line.nearness)),
        days_left: line.days_left,
        unread: line.unread,
    }
}

async fn committees(asked: Asked) -> Result<Answer, Refusal> {
    let found = term::committees(asked.op()?, &asked.web.app, &asked.words("union_id")).await?;
    Answer::json(&committees_of(found))
}

fn committees_of(found: Committees) -> UnionCommittees {
    let day = |day| Day::from(day).to_string();
    let terms = found.terms.into_iter().map(|term| Term {
        term_no: term.term_no,
        started_on: day(term.started_on),
        ends_on: day(term.ends_on),
        document_no: term.document_no,
    });
    UnionCommittees {
        terms: terms.collect(),
        officers: found.officers.into_iter().map(officer_of).collect(),
        term_end: found.term_end.map(|day| day.to_string()),
        near: near_of(found.nearness),
        vacant_since: found.vacancy.map(|vacancy| vacancy.since.to_string()),
        by_election_due: found.vacancy.map(|vacancy| vacancy.due.to_string()),
        unread: found.unread,
        is_active: found.is_active,
        union_id: found.union_id,
        union_name: found.name,
    }
}

fn officer_of(row: OfficerRow) -> Officer {
    let body = Body::from_code(&row.body).unwrap_or(Body::Committee);
    let post = Post::from_code(&row.post).unwrap_or(Post::Member);
    Officer {
        officer_id: row.id.to_string(),
        body_label: body.label().to_owned(),
        post_label: post.label(body).to_owned(),
        name: row.name.clone(),
        is_full_time: row.is_full_time,
        started_on: Day::from(row.started_on).to_string(),
        ended_on: row.ended_on.map(|day| Day::from(day).to_string()),
        end_reason: row.end_reason,
        body: row.body,
        post: row.post,
    }
}

async fn register(asked: Asked) -> Result<Answer, Refusal> {
    let form = TermForm {
        term_no: asked
            .int("term_no")
            .map(|nth| nth.to_string())
            .unwrap_or_default(),
        started_on: asked.words("started_on"),
        term_years: asked.words("term_years"),
        document_no: asked.words("document_no"),
        chair: asked.words("chair"),
        is_chair_full_time: asked.flag("is_chair_full_time") == Some(true),
        // The form of the page has one a line.
        vices: asked.keys("vices").join("\n"),
        members: asked.keys("members").join("\n"),
        audit_chair: asked.words("audit_chair"),
        women_chair: asked.words("women_chair"),
    };
    let end = term::register_term(asked.op()?, &asked.web.app, &asked.words("union_id"), &form).await?;
    Answer::json(&TermRegistered {
        term_end: end.to_string(),
    })
}

async fn enter(asked: Asked) -> Result<Answer, Refusal> {
    let form = OfficerForm {
        body: asked.words("body"),
        post: asked.words("post"),
        name: asked.words("name"),
        is_full_time: asked.flag("is_full_time") == Some(true),
        day: asked.words("day"),
    };
    term::add_officer(asked.op()?, &asked.web.app, &asked.words("union_id"), &form).await?;
    committees(asked).await
}

async fn leave(asked: Asked) -> Result<Answer, Refusal> {
    // What is no UUID has been refused before.
    let officer = asked.id("officer_id");
    let (union_id, day, reason) = (asked.words("union_id"), asked.words("day"), asked.words("reason"));
    term::end_officer(asked.op()?, &asked.web.app, &union_id, officer, &day, &reason).await?;
    committees(asked).await
}

async fn read(asked: Asked) -> Result<Answer, Refusal> {
    let read = term::read_reminders(asked.op()?, &asked.web.app, &asked.words("union_id")).await?;
    Answer::json(&RemindersRead { read })
}
