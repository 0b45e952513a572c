//! 工会组织: lists, one, what is below it.

use app::union_org::cover::CoverView;
use app::union_org::{self, UnionListLine, UnionListParams, UnionView};
use codes::time::Day;
use domain::api_token::TokenScope;
use domain::union_org::UnionType;
use schemars::JsonSchema;
use serde::Serialize;

use super::answer::{Answer, Page};
use super::asked::{Asked, paging, sorting};
use super::elements::UnionElements;
use super::endpoint::Endpoint;
use super::problem::Refusal;
use super::shape::{Param, Shape};

/// 列表中的一家工会。
#[derive(Debug, Serialize, JsonSchema)]
struct UnionLine {
    /// 工会标识
    union_id: String,
    /// 工会名称
    union_name: String,
    /// 工会统一社会信用代码
    union_code: Option<String>,
    /// 工会类型代码：single、joint、federation、industry、general、unknown
    union_type: String,
    /// 工会类型
    union_type_label: String,
    /// 区县
    county: Option<String>,
    /// 街道乡镇
    street: Option<String>,
    /// 建会日期
    #[schemars(extend("format" = "date"))]
    founded: Option<String>,
    /// 届满日期
    #[schemars(extend("format" = "date"))]
    term_end: Option<String>,
    /// 会员人数，按会员台账数出
    member_count: i64,
    /// 会员人数，工会自报
    declared_members: Option<i64>,
    /// 是否在用
    is_active: bool,
}

/// 一家工会。
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Union {
    /// 工会标识
    union_id: String,
    /// 数据字典的各项
    elements: UnionElements,
    /// 从最上级到直接上级
    ancestors: Vec<Ancestor>,
    /// 会员人数，按会员台账数出
    member_count: i64,
    /// 下属工会总数
    below_count: i64,
    /// 是否在用
    is_active: bool,
    /// 是否在本平台办理建会
    is_founded_here: bool,
    /// 最近一次写入它的数据批次
    batch_no: Option<i64>,
    /// 覆盖单位
    covers: Vec<Cover>,
    /// 没有采用的单元格
    unread: Vec<Unread>,
    /// 产业隶属的上级；没有时为 null
    industry: Option<Ancestor>,
    /// 所领导的产业线上在册工会和会员的总数；不领导产业线时为 null
    line: Option<IndustryLine>,
    /// 法人资格和证书期限，一句话
    legal: Option<String>,
    /// 挂着的牌子
    plates: Vec<String>,
    /// 曾用名，最近的在前
    former_names: Vec<String>,
    /// 撤销或合并；在用时为 null
    ended: Option<Ended>,
}

/// 一条产业线。
#[derive(Debug, Serialize, JsonSchema)]
struct IndustryLine {
    /// 在册工会家数
    unions: i64,
    /// 会员人数
    members: i64,
}

/// 工会怎样终止。
#[derive(Debug, Serialize, JsonSchema)]
struct Ended {
    /// 日期
    #[schemars(extend("format" = "date"))]
    ended_on: String,
    /// 原因
    reason: String,
    /// 批复文号
    document_no: Option<String>,
    /// 并入的工会；撤销时为 null
    successor: Option<String>,
}

/// 上级工会。
#[derive(Debug, Serialize, JsonSchema)]
struct Ancestor {
    /// 工会名称
    union_name: String,
    /// 工会标识；不在数据范围内时为 null
    union_id: Option<String>,
}

/// 覆盖单位。
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Cover {
    /// 这条覆盖的标识，更正单位代码、名称后不变；组织变更 split 的 covers 用它
    cover_key: String,
    /// 单位统一社会信用代码
    employer_uscc: Option<String>,
    /// 单位名称
    employer_name: Option<String>,
    /// 起，覆盖的第一天；不详时为 null
    #[schemars(extend("format" = "date"))]
    from: Option<String>,
    /// 止，覆盖的最后一天；没有终止时为 null
    #[schemars(extend("format" = "date"))]
    to: Option<String>,
    /// 是否由人登记；是的，以后的文件不再改动
    is_by_hand: bool,
}

/// 文件里有、但不能采用的一个单元格。
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Unread {
    /// 列
    column: String,
    /// 原文，已按数据字典脱敏
    raw: String,
    /// 不采用的原因
    reason: String,
}

pub(super) fn unread(cells: Vec<(String, String, String)>) -> Vec<Unread> {
    let cell = |(column, raw, reason)| Unread { column, raw, reason };
    cells.into_iter().map(cell).collect()
}

/// A union by its key, in a path.
pub(super) fn union_id() -> Param {
    Param::new("union_id", "工会标识", Shape::key())
}

/// County and town, by their codes.
pub(super) fn places() -> [Param; 2] {
    [
        Param::new(
            "county",
            "区县代码，6 位",
            Shape::Int {
                min: 100_000,
                max: 999_999,
            },
        ),
        Param::new(
            "town",
            "街道乡镇代码，9 位",
            Shape::Int {
                min: 100_000_000,
                max: 999_999_999,
            },
        ),
    ]
}

fn filters() -> Vec<Param> {
    let types = UnionType::ALL.map(|kind| (kind.code(), kind.label())).to_vec();
    let mut params = vec![
        Param::new(
            "q",
            "名称的一部分，或工会标识、代码的开头",
            Shape::Text { min: 1, max: 100 },
        ),
        Param::new("type", "工会类型", Shape::Choice(types)),
    ];
    params.extend(places());
    params
}

/// Columns of the list; none of them is masked.
const SORTS: &[(&str, &str)] = &[
    ("members", "会员人数"),
    ("declared", "自报会员人数"),
    ("founded", "建会日期"),
    ("term_end", "届满日期"),
];

pub fn endpoints() -> Vec<Endpoint> {
    let tag = "工会组织";
    vec![
        Endpoint::get("/unions", "listUnions", tag, "工会列表")
            .about("数据范围内的工会，按工会标识排序，或按 sort 所说的一项。")
            .needs(TokenScope::UnionRead)
            .query(filters())
            .query([
                Param::new("parent_id", "直接上级的工会标识", Shape::key()),
                Param::new("industry_id", "所在产业线的产业工会的标识", Shape::key()),
            ])
            .query(sorting(SORTS))
            .query(paging())
            .answers::<Page<UnionLine>>(200)
            .run(list),
        Endpoint::get("/unions/{union_id}", "getUnion", tag, "一家工会")
            .about("登记的各项、从最上级到直接上级、覆盖单位、法人资格、牌子；ETag 是它的版本，变更时放进 If-Match。")
            .needs(TokenScope::UnionRead)
            .at(union_id())
            .etag()
            .answers::<Union>(200)
            .run(one),
        Endpoint::get(
            "/unions/{union_id}/children",
            "listChildUnions",
            tag,
            "直接下属工会",
        )
        .about("直接在这家工会之下的工会，按工会标识排序。")
        .needs(TokenScope::UnionRead)
        .at(union_id())
        .query(filters())
        .query(paging())
        .answers::<Page<UnionLine>>(200)
        .run(children),
    ]
}

fn params(asked: &Asked, parent_id: String) -> UnionListParams {
    UnionListParams {
        q: asked.words("q"),
        county: asked.int("county"),
        town: asked.int("town"),
        union_type: asked.words("type"),
        parent_id,
        ..UnionListParams::default()
    }
}

async fn list(asked: Asked) -> Result<Answer, Refusal> {
    let (sort, is_descending) = asked.sorting();
    let params = UnionListParams {
        industry_id: asked.words("industry_id"),
        sort,
        is_descending,
        ..params(&asked, asked.words("parent_id"))
    };
    let found = union_org::list_after(asked.op()?, &asked.web.app, &params, &asked.after()?).await?;
    asked.marked(found, line_of)
}

async fn children(asked: Asked) -> Result<Answer, Refusal> {
    let op = asked.op()?;
    let parent = asked.words("union_id");
    // Outside the scope there is no such union, not one without children.
    union_org::union_org(op, &asked.web.app, &parent).await?;
    let found = union_org::list_after(op, &asked.web.app, &params(&asked, parent), &asked.after()?).await?;
    asked.marked(found, line_of)
}

fn line_of(line: UnionListLine) -> UnionLine {
    UnionLine {
        union_id: line.union_id,
        union_name: line.name,
        union_code: line.union_code,
        union_type: line.union_type.code().to_owned(),
        union_type_label: line.union_type.label().to_owned(),
        county: line.county,
        street: line.town,
        founded: line.founded.map(|day| day.to_string()),
        term_end: line.term_end.map(|day| day.to_string()),
        member_count: line.member_count,
        declared_members: line.declared_members,
        is_active: line.is_active,
    }
}

pub(super) async fn one(asked: Asked) -> Result<Answer, Refusal> {
    let found = union_org::union_org(asked.op()?, &asked.web.app, &asked.words("union_id")).await?;
    let version = found.version;
    Ok(Answer::json(&union_of(found))?.etag(version))
}

pub(super) fn cover_of(cover: CoverView) -> Cover {
    Cover {
        cover_key: cover.key,
        employer_uscc: cover.code,
        employer_name: cover.name,
        from: cover.from.map(|day| day.to_string()),
        to: cover.to.map(|day| day.to_string()),
        is_by_hand: cover.is_by_hand,
    }
}

fn union_of(found: UnionView) -> Union {
    Union {
        union_id: found.union_id,
        elements: UnionElements::of(found.elements),
        ancestors: found
            .ancestors
            .into_iter()
            .map(|(union_name, union_id)| Ancestor { union_name, union_id })
            .collect(),
        member_count: found.member_count,
        below_count: found.below_count,
        is_active: found.is_active,
        is_founded_here: found.is_founded_here,
        batch_no: found.batch_no,
        covers: found.covers.into_iter().map(cover_of).collect(),
        unread: unread(found.unread),
        industry: found
            .industry
            .map(|(union_name, union_id)| Ancestor { union_name, union_id }),
        line: found
            .line
            .map(|(unions, members)| IndustryLine { unions, members }),
        legal: found.legal,
        plates: found.plates,
        former_names: found.former_names.into_iter().map(|(name, _)| name).collect(),
        ended: found.ended.map(|end| Ended {
            ended_on: Day::from(end.ended_on).to_string(),
            reason: end.reason,
            document_no: end.document_no,
            successor: end.successor_name.or(end.successor_id),
        }),
    }
}
