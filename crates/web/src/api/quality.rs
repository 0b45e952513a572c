//! 数据质量: how many records are sound, and what is wrong with the others.

use app::quality::{self, FaultCount};
use domain::api_token::TokenScope;
use schemars::JsonSchema;
use serde::Serialize;

use super::answer::{Answer, Page};
use super::asked::{Asked, paging};
use super::endpoint::Endpoint;
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

/// 一家工会在一项检查上有问题的会员。
#[derive(Debug, Serialize, JsonSchema)]
struct MemberFaults {
    /// 会员标识，按现在的台账查出
    member_ids: Vec<String>,
}

pub fn endpoints() -> Vec<Endpoint> {
    let check = || Param::new("check_id", "检查项，见登记质量的 faults", Shape::key());
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
        .needs(TokenScope::MemberRead)
        .at(union_id())
        .at(check())
        .answers::<MemberFaults>(200)
        .run(members),
        Endpoint::get("/quality", "getQuality", "数据质量", "登记质量")
            .needs(TokenScope::UnionRead)
            .answers::<Quality>(200)
            .run(one),
    ]
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
    let turn = asked.turn()?;
    let check = asked.words("check_id");
    let found = quality::unions_with(asked.op()?, &asked.web.app, &check, turn.page, turn.size).await?;
    asked.turned(turn, found, |union| UnionFaults {
        union_id: union.union_id,
        union_name: union.name,
        records: union.records,
        members: union.members,
        sound_members: union.sound_members,
    })
}

async fn members(asked: Asked) -> Result<Answer, Refusal> {
    let (union, check) = (asked.words("union_id"), asked.words("check_id"));
    let found = quality::members_with(asked.op()?, &asked.web.app, &union, &check).await?;
    Answer::json(&MemberFaults {
        member_ids: found.into_iter().collect(),
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
