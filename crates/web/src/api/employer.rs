//! 用人单位: those that runs have named; people and phones masked.

use app::employer::{self, EmployerCard, EmployerListParams, EmployerRow};
use domain::api_token::TokenScope;
use schemars::JsonSchema;
use serde::Serialize;

use super::answer::{Answer, Page};
use super::asked::{Asked, paging, sorting};
use super::endpoint::Endpoint;
use super::problem::Refusal;
use super::shape::{Param, Shape};

/// 列表中的一家单位。
#[derive(Debug, Serialize, JsonSchema)]
struct EmployerLine {
    /// 主体标识
    enterprise_id: String,
    /// 名称
    name: String,
    /// 统一社会信用代码
    uscc: Option<String>,
    /// 区县
    county: Option<String>,
    /// 街道乡镇
    street: Option<String>,
    /// 当前参保人数
    insured_now: Option<i64>,
    /// 成立日期
    #[schemars(extend("format" = "date"))]
    founded: Option<String>,
    /// 登记状态
    status: Option<String>,
    /// 是否在业
    is_in_business: bool,
}

/// 一家单位，市场监管、参保、税务所知；人名和电话已脱敏。
#[derive(Debug, Serialize, JsonSchema)]
struct Employer {
    /// 主体标识
    enterprise_id: String,
    /// 名称
    name: String,
    /// 统一社会信用代码
    uscc: Option<String>,
    /// 主体类型
    entity: String,
    /// 登记状态
    status: Option<String>,
    /// 是否在业
    is_in_business: bool,
    /// 法定代表人，已脱敏
    legal_rep: Option<String>,
    /// 区县
    county: Option<String>,
    /// 街道乡镇
    street: Option<String>,
    /// 住所
    address: Option<String>,
    /// 行业
    industry: Option<String>,
    /// 成立日期
    #[schemars(extend("format" = "date"))]
    founded: Option<String>,
    /// 注册资本
    capital: Option<String>,
    /// 联系电话，已脱敏
    phone: Option<String>,
    /// 当前参保人数
    insured_now: Option<i64>,
    /// 最近一次申报的人数
    tax_headcount: Option<i64>,
    /// 已缴工会经费
    union_fee: Option<String>,
    /// 特别之处
    flags: Vec<String>,
    /// 工会标识，对应的工会
    union_id: Option<String>,
    /// 工会名称，对应的工会
    union_name: Option<String>,
    /// 对应的把握，0–1
    probability: Option<f64>,
}

/// Columns of the list; none of them is masked.
const SORTS: &[(&str, &str)] = &[
    ("name", "名称"),
    ("insured", "当前参保人数"),
    ("founded", "成立日期"),
];

pub fn endpoints() -> Vec<Endpoint> {
    let tag = "用人单位";
    let states = vec![
        ("in_business", "在业"),
        ("gone", "已注销、吊销"),
        ("moved_out", "迁出"),
        ("paused", "停业、清算"),
        ("unknown", "不明"),
    ];
    vec![
        Endpoint::get("/employers", "listEmployers", tag, "用人单位列表")
            .about("比对涉及过的单位，按主体标识排序，或按 sort 所说的一项。")
            .needs(TokenScope::ListRead)
            .query([
                Param::new(
                    "q",
                    "名称的一部分，或代码的开头",
                    Shape::Text { min: 1, max: 100 },
                ),
                Param::new(
                    "county",
                    "区县代码，6 位",
                    Shape::Int {
                        min: 100_000,
                        max: 999_999,
                    },
                ),
                Param::new("status", "登记状态", Shape::Choice(states)),
            ])
            .query(sorting(SORTS))
            .query(paging())
            .answers::<Page<EmployerLine>>(200)
            .run(list),
        Endpoint::get("/employers/{enterprise_id}", "getEmployer", tag, "一家单位")
            .about("最近一次比对时市场主体登记的各项（人名和电话已脱敏）、参保和缴费人数、对应的工会。")
            .needs(TokenScope::ListRead)
            .at(Param::new("enterprise_id", "主体标识", Shape::key()))
            .answers::<Employer>(200)
            .run(one),
    ]
}

async fn list(asked: Asked) -> Result<Answer, Refusal> {
    let (sort, is_descending) = asked.sorting();
    let params = EmployerListParams {
        q: asked.text("q"),
        county: asked.int("county"),
        status: asked.text("status"),
        sort,
        is_descending,
        ..EmployerListParams::default()
    };
    let found = employer::employers_after(asked.op()?, &asked.web.app, &params, &asked.after()?).await?;
    asked.marked(found, line_of)
}

fn line_of(row: EmployerRow) -> EmployerLine {
    EmployerLine {
        enterprise_id: row.enterprise_id,
        name: row.name,
        uscc: row.uscc,
        county: row.county_name,
        street: row.town_name,
        insured_now: row.insured_now,
        founded: row.founded.map(|day| day.to_string()),
        status: row.status,
        is_in_business: row.is_in_business,
    }
}

async fn one(asked: Asked) -> Result<Answer, Refusal> {
    let found = employer::employer(asked.op()?, &asked.web.app, &asked.words("enterprise_id")).await?;
    Answer::json(&employer_of(found))
}

fn employer_of(card: EmployerCard) -> Employer {
    let union = card.union;
    Employer {
        union_id: union.as_ref().map(|union| union.union_id.clone()),
        probability: union.as_ref().and_then(|union| union.probability),
        union_name: union.map(|union| union.union_name),
        enterprise_id: card.enterprise_id,
        name: card.name,
        uscc: card.uscc,
        entity: card.entity_label,
        status: card.status,
        is_in_business: card.is_in_business,
        legal_rep: card.legal_rep,
        county: card.county_name,
        street: card.town_name,
        address: card.address,
        industry: card.industry,
        founded: card.founded.map(|day| day.to_string()),
        capital: card.capital,
        phone: card.phone,
        insured_now: card.insured_now,
        tax_headcount: card.tax_headcount,
        union_fee: card.union_fee,
        flags: card.flags,
    }
}
