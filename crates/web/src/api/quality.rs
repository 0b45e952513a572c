//! 数据质量: how many records are sound, and what is wrong with the others.

use app::job;
use app::quality::{self, FaultCount, QualityRank};
use domain::api_token::TokenScope;
use domain::permission::Action;
use domain::quality::Check;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::answer::{Answer, Page};
use super::asked::{Asked, paging};
use super::endpoint::Endpoint;
use super::job::{JobQueued, queued};
use super::problem::Refusal;
use super::shape::{Param, Shape};
use super::union_org::union_id;

/// 数据范围内登记质量，按最近一次检查。
#[derive(Debug, Serialize, JsonSchema)]
struct Quality {
    /// 检查的时间（北京时间）；从未检查时为 null
    counted_at: Option<String>,
    /// 工会数
    unions: i64,
    /// 合格的工会数
    sound_unions: i64,
    /// 会员数
    members: i64,
    /// 合格的会员数
    sound_members: i64,
    /// 有问题的检查项
    faults: Vec<QualityFault>,
}

/// 一项检查查出的问题。
#[derive(Debug, Serialize, JsonSchema)]
struct QualityFault {
    /// 检查项
    check_id: String,
    /// 问题
    label: String,
    /// 分类代码
    class: String,
    /// 分类
    class_label: String,
    /// 查的是 unions 还是 members
    kind: String,
    /// 有问题的记录是否不合格
    spoils: bool,
    /// 有问题的记录数
    records: i64,
    /// 涉及的工会数
    unions: i64,
    /// 怎样改正
    fix: String,
}

/// 一家工会在一项检查上的问题。
#[derive(Debug, Serialize, JsonSchema)]
struct UnionFaults {
    /// 工会标识
    union_id: String,
    /// 工会名称
    union_name: String,
    /// 有问题的记录数，按最近一次检查
    records: i64,
    /// 会员数
    members: i64,
    /// 合格的会员数
    sound_members: i64,
}

/// 一家工会在一项检查上有问题的一名会员。
#[derive(Debug, Serialize, JsonSchema)]
struct FaultyMember {
    /// 会员标识
    member_id: String,
}

/// 一家工会的得分。
#[derive(Debug, Serialize, JsonSchema)]
struct UnionScored {
    /// 工会标识
    union_id: String,
    /// 工会名称
    union_name: String,
    /// 工会自身的登记是否合格
    is_sound: bool,
    /// 会员数
    members: i64,
    /// 合格的会员数
    sound_members: i64,
    /// 各项检查查出的记录数之和
    faults: i64,
}

/// 一家工会的数据质量。
#[derive(Debug, Serialize, JsonSchema)]
struct QualityOfUnion {
    /// 工会标识
    union_id: String,
    /// 检查的时间（北京时间）；从未检查时为 null
    counted_at: Option<String>,
    /// 工会自身的登记是否合格；检查之后才有的工会为 null
    is_sound: Option<bool>,
    /// 会员数
    members: Option<i64>,
    /// 合格的会员数
    sound_members: Option<i64>,
    /// 查出的问题，使记录不合格的在前
    faults: Vec<UnionFault>,
}

/// 一家工会在一项检查上的问题。
#[derive(Debug, Serialize, JsonSchema)]
struct UnionFault {
    /// 检查项
    check_id: String,
    /// 问题
    label: String,
    /// 有问题的记录是否不合格
    spoils: bool,
    /// 有问题的记录数
    records: i64,
    /// 怎样改正
    fix: String,
}

pub fn endpoints() -> Vec<Endpoint> {
    let check = || {
        Param::new(
            "check_id",
            "检查项，见数据质量（getQuality）的 faults",
            Shape::key(),
        )
    };
    vec![
        Endpoint::get(
            "/quality/{check_id}/unions",
            "listFaultyUnions",
            "数据质量",
            "一项检查查出的工会",
        )
        .about("有问题的记录多的在前，按最近一次检查。")
        .needs(TokenScope::UnionRead)
        .at(check())
        .query(paging())
        .answers::<Page<UnionFaults>>(200)
        .run(unions),
        Endpoint::get(
            "/unions/{union_id}/faults/{check_id}",
            "listFaultyMembers",
            "数据质量",
            "一家工会有问题的会员",
        )
        .about("按现在的台账查出，按会员标识排序。")
        .needs(TokenScope::MemberRead)
        .at(union_id())
        .at(check())
        .query(paging())
        .answers::<Page<FaultyMember>>(200)
        .run(members),
        Endpoint::get("/quality", "getQuality", "数据质量", "数据质量")
            .about("数据范围内的登记有多少合格，每项检查查出多少，按最近一次检查；从未检查时 counted_at 为 null。")
            .needs(TokenScope::UnionRead)
            .answers::<Quality>(200)
            .run(one),
        Endpoint::get(
            "/quality-ranking",
            "rankUnionsByQuality",
            "数据质量",
            "工会得分",
        )
        .about("合格率低的在前，按最近一次检查。")
        .needs(TokenScope::UnionRead)
        .query([Param::new("unsound", "只列出工会自身的登记不合格的", Shape::Flag)])
        .query(paging())
        .answers::<Page<UnionScored>>(200)
        .run(ranking),
        Endpoint::get(
            "/unions/{union_id}/quality",
            "getUnionQuality",
            "数据质量",
            "一家工会的数据质量",
        )
        .about("按最近一次检查；从未检查时 counted_at 为 null。")
        .needs(TokenScope::UnionRead)
        .at(union_id())
        .answers::<QualityOfUnion>(200)
        .run(of_union),
        Endpoint::post("/quality/counts", "countQuality", "数据质量", "重新检查")
            .about("检查全部登记；提交一个后台任务。")
            .needs(TokenScope::RunWrite)
            .answers::<JobQueued>(202)
            .run(count),
    ]
}

async fn ranking(asked: Asked) -> Result<Answer, Refusal> {
    let only_unsound = asked.flag("unsound") == Some(true);
    let found = quality::ranking_after(asked.op()?, &asked.web.app, only_unsound, &asked.after()?).await?;
    asked.marked(found, |rank: QualityRank| UnionScored {
        union_id: rank.union_id,
        union_name: rank.name,
        is_sound: rank.is_sound,
        members: rank.members,
        sound_members: rank.sound_members,
        faults: rank.faults,
    })
}

async fn of_union(asked: Asked) -> Result<Answer, Refusal> {
    let union_id = asked.words("union_id");
    let found = quality::of_union(asked.op()?, &asked.web.app, &union_id).await?;
    let (counted_at, score, faults) = match found {
        Some(found) => (Some(found.counted_at.to_string()), found.score, found.faults),
        None => (None, None, Vec::new()),
    };
    let fault = |(check, records): (&'static Check, i64)| UnionFault {
        check_id: check.id.clone(),
        label: check.label.clone(),
        spoils: check.spoils,
        records,
        fix: check.fix.clone(),
    };
    Answer::json(&QualityOfUnion {
        union_id,
        counted_at,
        is_sound: score.as_ref().map(|score| score.is_sound),
        members: score.as_ref().map(|score| score.members),
        sound_members: score.as_ref().map(|score| score.sound_members),
        faults: faults.into_iter().map(fault).collect(),
    })
}

async fn count(asked: Asked) -> Result<Answer, Refusal> {
    let (op, app) = (asked.op()?, &asked.web.app);
    op.may(Action::StartRun)?;
    queued(job::enqueue(op, app, quality::JOB, "数据质量检查", json!({})).await?)
}

async fn one(asked: Asked) -> Result<Answer, Refusal> {
    let view = quality::quality(asked.op()?, &asked.web.app).await?;
    Answer::json(&Quality {
        counted_at: quality::counted_at(&view).map(|at| at.to_string()),
        unions: view.unions,
        sound_unions: view.sound_unions,
        members: view.members,
        sound_members: view.sound_members,
        faults: view.faults.into_iter().map(fault_of).collect(),
    })
}

async fn unions(asked: Asked) -> Result<Answer, Refusal> {
    let check = asked.words("check_id");
    let found = quality::unions_with_after(asked.op()?, &asked.web.app, &check, &asked.after()?).await?;
    asked.marked(found, |union| UnionFaults {
        union_id: union.union_id,
        union_name: union.name,
        records: union.records,
        members: union.members,
        sound_members: union.sound_members,
    })
}

async fn members(asked: Asked) -> Result<Answer, Refusal> {
    let (union, check) = (asked.words("union_id"), asked.words("check_id"));
    let after = asked.after()?;
    let found = quality::members_with(asked.op()?, &asked.web.app, &union, &check).await?;
    let (total, known) = (found.len() as i64, after.key.unwrap_or_default());
    let rows = found.into_iter().filter(|member_id| *member_id > known);
    let rows = rows.take(after.limit as usize).collect();
    asked.page((rows, total), String::clone, |member_id| FaultyMember {
        member_id,
    })
}

fn fault_of(fault: FaultCount) -> QualityFault {
    QualityFault {
        check_id: fault.check.id.clone(),
        label: fault.check.label.clone(),
        class: fault.check.fault.code().to_owned(),
        class_label: fault.check.fault.label().to_owned(),
        kind: fault.check.kind.name().to_owned(),
        spoils: fault.check.spoils,
        records: fault.records,
        unions: fault.unions,
        fix: fault.check.fix.clone(),
    }
}
