//! 组织树: a branch at a time as it is today, and the whole of a branch as it was on a past day.

use app::union_org::as_of::{self, ThenUnion};
use app::union_org::left::{self, LeftUnion};
use app::union_org::tree::{self, Twig};
use domain::api_token::TokenScope;
use domain::union_org::UnionType;
use schemars::JsonSchema;
use serde::Serialize;

use super::answer::{Answer, Page};
use super::asked::{Asked, paging};
use super::endpoint::Endpoint;
use super::problem::Refusal;
use super::shape::{Param, Shape};

/// 树上的一家工会，按所问的一天。
#[derive(Debug, Serialize, JsonSchema)]
struct Node {
    /// 工会标识
    union_id: String,
    /// 工会名称
    union_name: String,
    /// 工会类型代码
    union_type: String,
    /// 工会类型
    union_type_label: String,
}

impl Node {
    fn of(union_id: String, union_name: String, kind: UnionType) -> Node {
        Node {
            union_id,
            union_name,
            union_type: kind.code().to_owned(),
            union_type_label: kind.label().to_owned(),
        }
    }
}

/// 组织树上的一家工会。
#[derive(Debug, Serialize, JsonSchema)]
struct TreeUnion {
    #[serde(flatten)]
    node: Node,
    /// 是否在用
    is_active: bool,
    /// 本级会员人数
    member_count: i64,
    /// 直接下级的家数
    child_count: i64,
}

/// 某一天的组织。
#[derive(Debug, Serialize, JsonSchema)]
struct PastTree {
    /// 哪一天
    #[schemars(extend("format" = "date"))]
    day: String,
    /// 从数据范围的顶端到所看的工会
    trail: Vec<PastUnion>,
    /// 所看的工会的直接下级
    below: Vec<PastUnion>,
    /// 整支在册工会的家数，按类型，含所看的工会
    counts: Vec<TypeCount>,
    /// 其中没有登记建会日期、一律计入的家数
    undated_unions: usize,
    /// 当日会员人数，含下级
    members: i64,
    /// 其中没有登记入会日期、一律计入的人数
    undated_members: i64,
    /// 其中后来的变化没有写明日期、按导入之日计的人数
    unsure_members: i64,
    /// 会员从哪一天起才有登记；晚于所问的一天时会员人数是下限，否则为 null
    #[schemars(extend("format" = "date"))]
    members_known_from: Option<String>,
}

/// 当日的一家工会。
#[derive(Debug, Serialize, JsonSchema)]
struct PastUnion {
    #[serde(flatten)]
    node: Node,
    /// 当日在册的下级工会总数
    below_count: usize,
    /// 当日会员人数，含下级
    members: i64,
    /// 与现在不同之处；相同时为 null
    since: Option<String>,
}

/// 一种类型的家数。
#[derive(Debug, Serialize, JsonSchema)]
struct TypeCount {
    /// 工会类型代码
    union_type: String,
    /// 工会类型
    union_type_label: String,
    /// 家数
    unions: usize,
}

/// 撤销后还有会员的一家工会。
#[derive(Debug, Serialize, JsonSchema)]
struct LeftBehind {
    /// 工会标识
    union_id: String,
    /// 工会名称
    union_name: String,
    /// 撤销日期；只有文件说明时为 null
    #[schemars(extend("format" = "date"))]
    ended_on: Option<String>,
    /// 撤销的原因
    reason: Option<String>,
    /// 待接续的会员人数
    members: i64,
    /// 撤销后过了几天
    days: Option<i64>,
}

pub fn endpoints() -> Vec<Endpoint> {
    let tag = "工会组织";
    let under = |about| Param::new("under", about, Shape::key());
    vec![
        Endpoint::get("/tree", "getTree", tag, "组织树的一段")
            .about("直接在一家工会之下的工会，按在树中的位置；不写 under 时是数据范围的各个顶端。")
            .needs(TokenScope::UnionRead)
            .query([under("上级的工会标识；不写则为数据范围的顶端")])
            .query(paging())
            .answers::<Page<TreeUnion>>(200)
            .run(branch),
        Endpoint::get("/tree/{day}", "getPastTree", tag, "某一天的组织和会员人数")
            .about("按当日的名称、类型、上级；会员按入会日期和之后的变化推算到当日。")
            .needs(TokenScope::UnionRead)
            .at(Param::new("day", "哪一天，不晚于今天", Shape::Day))
            .query([under("看哪家工会；不写则从数据范围的顶端起")])
            .answers::<PastTree>(200)
            .run(past),
        Endpoint::get("/unions-left", "listUnionsLeft", tag, "待接续会员")
            .about("已撤销、还有会员的工会，按工会标识排序；会员用变更 take-over 接收。")
            .needs(TokenScope::UnionRead)
            .query(paging())
            .answers::<Page<LeftBehind>>(200)
            .run(left_behind),
    ]
}

async fn branch(asked: Asked) -> Result<Answer, Refusal> {
    let (op, app) = (asked.op()?, &asked.web.app);
    let under = asked.text("under");
    let found = tree::branch_after(op, app, under.as_deref(), &asked.after()?).await?;
    asked.page(found, |(place, _)| place.to_string(), |(_, twig)| twig_of(twig))
}

fn twig_of(twig: Twig) -> TreeUnion {
    TreeUnion {
        node: Node::of(twig.union_id, twig.name, twig.union_type),
        is_active: twig.is_active,
        member_count: twig.members,
        child_count: twig.children,
    }
}

async fn past(asked: Asked) -> Result<Answer, Refusal> {
    let op = asked.op()?;
    let day = asked.day("day").unwrap_or_else(|| op.today());
    let then = as_of::as_of(op, &asked.web.app, day, asked.text("under").as_deref()).await?;
    let counts = then.counts.into_iter().map(|(kind, unions)| TypeCount {
        union_type: kind.code().to_owned(),
        union_type_label: kind.label().to_owned(),
        unions,
    });
    Answer::json(&PastTree {
        day: then.day.to_string(),
        trail: then.trail.into_iter().map(past_union).collect(),
        below: then.below.into_iter().map(past_union).collect(),
        counts: counts.collect(),
        undated_unions: then.undated,
        members: then.members,
        undated_members: then.members_undated,
        unsure_members: then.members_unsure,
        members_known_from: then.members_known_from.map(|day| day.to_string()),
    })
}

fn past_union(union: ThenUnion) -> PastUnion {
    PastUnion {
        node: Node::of(union.union_id, union.name, union.union_type),
        below_count: union.below,
        members: union.members,
        since: union.since,
    }
}

async fn left_behind(asked: Asked) -> Result<Answer, Refusal> {
    let found = left::left_after(asked.op()?, &asked.web.app, &asked.after()?).await?;
    asked.page((found.lines, found.total), |line| line.union_id.clone(), left_of)
}

fn left_of(line: LeftUnion) -> LeftBehind {
    LeftBehind {
        union_id: line.union_id,
        union_name: line.name,
        ended_on: line.ended.map(|day| day.to_string()),
        reason: line.reason,
        members: line.members,
        days: line.days,
    }
}
