//! 告知书 and 知情同意: the versions of the notice, what a member agreed to, written down and taken back.

use app::consent::{self, ConsentForm};
use app::membership;
use domain::accounts::shown_name;
use domain::api_token::TokenScope;
use domain::consent::{ConsentWay, Notice};
use schemars::JsonSchema;
use serde::Serialize;

use super::answer::Answer;
use super::asked::Asked;
use super::endpoint::Endpoint;
use super::membership::member_id;
use super::problem::Refusal;
use super::shape::{Param, Shape};
use super::union_org::union_id;

/// 告知书的各版。
#[derive(Debug, Serialize, JsonSchema)]
struct Notices {
    /// 最近的在前
    items: Vec<NoticeView>,
}

/// 一版告知书。
#[derive(Debug, Serialize, JsonSchema)]
struct NoticeView {
    /// 第几版
    notice_no: i64,
    /// 全文
    text: String,
    /// 从哪一天起生效
    #[schemars(extend("format" = "date"))]
    in_force_on: String,
    /// 是否须重新征得同意
    asks_anew: bool,
    /// 发布的人，已脱敏
    published_by: String,
    /// 发布的时间（北京时间）
    published_at: String,
}

/// 一名会员的同意。
#[derive(Debug, Serialize, JsonSchema)]
struct Consents {
    /// 会员标识
    member_id: String,
    /// 依法办理、不以同意为准的用途
    by_law: Vec<String>,
    /// 以同意为准的用途
    asked: Vec<ConsentTo>,
    /// 现行的告知书是第几版；没有发布过时为 null
    notice_no: Option<i64>,
}

/// 对一项用途的同意。
#[derive(Debug, Serialize, JsonSchema)]
struct ConsentTo {
    /// 用途代码
    purpose: String,
    /// 用途
    label: String,
    /// 状态
    state_label: String,
    /// 何时、怎样、由谁登记
    detail: String,
    /// 现在是否算数
    counts: bool,
}

pub fn endpoints() -> Vec<Endpoint> {
    let tag = "知情同意";
    let ways = ConsentWay::ALL
        .into_iter()
        .filter(|way| *way != ConsentWay::Online)
        .map(|way| (way.code(), way.label()))
        .collect();
    vec![
        Endpoint::get("/notices", "listNotices", tag, "告知书的各版")
            .about("发布由人在控制台进行。")
            .needs(TokenScope::MemberRead)
            .answers::<Notices>(200)
            .run(notices),
        Endpoint::get(
            "/unions/{union_id}/members/{member_id}/consents",
            "getConsents",
            tag,
            "一名会员的同意",
        )
        .about("每次查看都写入操作日志。")
        .needs(TokenScope::MemberRead)
        .at(union_id())
        .at(member_id())
        .answers::<Consents>(200)
        .run(consents),
        Endpoint::post(
            "/unions/{union_id}/members/{member_id}/consents",
            "recordConsent",
            tag,
            "登记同意或撤回",
        )
        .about("登记会员书面、当面或电话表示的同意；withdrawn=true 时登记撤回，从此不再用于这些用途。答复这名会员的同意。")
        .needs(TokenScope::MemberWrite)
        .at(union_id())
        .at(member_id())
        .fields([
            Param::new("purposes", "用途代码，见代码表 purpose", Shape::keys(50)).required(),
            Param::new("on", "哪一天，不晚于今天", Shape::Day).required(),
            Param::new("way", "怎样表示的", Shape::Choice(ways)).required(),
            Param::new("withdrawn", "是撤回", Shape::Flag),
            Param::new(
                "notice_no",
                "当天同意的，会员看到的是第几版告知书；已换新版的以 409 说明",
                Shape::Int {
                    min: 1,
                    max: 1_000_000,
                },
            ),
        ])
        .answers::<Consents>(200)
        .run(record),
    ]
}

async fn notices(asked: Asked) -> Result<Answer, Refusal> {
    let found = consent::notices(asked.op()?, &asked.web.app).await?;
    Answer::json(&Notices {
        items: found.into_iter().map(notice_of).collect(),
    })
}

fn notice_of(notice: Notice) -> NoticeView {
    NoticeView {
        notice_no: notice.no,
        text: notice.text,
        in_force_on: notice.in_force_on.to_string(),
        asks_anew: notice.asks_anew,
        published_by: shown_name(&notice.published_by),
        published_at: notice.published_at.to_string(),
    }
}

async fn consents(asked: Asked) -> Result<Answer, Refusal> {
    let (union_id, member_id) = (asked.words("union_id"), asked.words("member_id"));
    let found = membership::member(asked.op()?, &asked.web.app, &union_id, &member_id).await?;
    let consents = found.consents;
    let asked = consents.asked.into_iter().map(|one| ConsentTo {
        purpose: one.code.to_owned(),
        label: one.label.to_owned(),
        state_label: one.word.to_owned(),
        detail: one.detail,
        counts: one.counts,
    });
    Answer::json(&Consents {
        member_id: found.member_id,
        by_law: consents.by_law.into_iter().map(str::to_owned).collect(),
        asked: asked.collect(),
        notice_no: consents.notice.map(|(no, ..)| no),
    })
}

async fn record(asked: Asked) -> Result<Answer, Refusal> {
    let form = ConsentForm {
        purposes: asked.keys("purposes"),
        on: asked.words("on"),
        way: asked.words("way"),
        notice: asked.int("notice_no"),
    };
    let (op, app) = (asked.op()?, &asked.web.app);
    let (union_id, member_id) = (asked.words("union_id"), asked.words("member_id"));
    if asked.flag("withdrawn") == Some(true) {
        consent::record_withdrawal(op, app, &union_id, &member_id, &form).await?;
    } else {
        consent::record_consent(op, app, &union_id, &member_id, &form).await?;
    }
    consents(asked).await
}
