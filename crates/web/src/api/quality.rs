//! 数据质量: how many records are sound, and what is wrong with the others.

use app::quality::{self, FaultCount};
use domain::api_token::TokenScope;
use schemars::JsonSchema;
use serde::Serialize;

use super::answer::Answer;
use super::asked::Asked;
use super::endpoint::Endpoint;
use super::problem::Refusal;

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

pub fn endpoints() -> Vec<Endpoint> {
    vec![
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
