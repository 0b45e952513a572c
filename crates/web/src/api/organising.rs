//! 建会: a founded union goes into the register, from the item that asked for it.

use app::organising::{FoundingForm, found_union};
use axum::http::StatusCode;
use domain::api_token::TokenScope;
use schemars::JsonSchema;
use serde::Serialize;

use super::answer::{Answer, place};
use super::asked::Asked;
use super::endpoint::Endpoint;
use super::list_item::item_no;
use super::problem::Refusal;
use super::shape::{Param, Shape};

/// 新登记的工会。
#[derive(Debug, Serialize, JsonSchema)]
struct Founded {
    /// 工会标识
    union_id: String,
    /// 工会名称
    union_name: String,
    /// 一句话
    message: String,
}

pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post(
            "/list-items/{item_no}/founding",
            "foundUnion",
            "清单",
            "登记新建工会",
        )
        .about("与网页上的“成立工会”相同：须已核实属实；工会进入登记库，清单项由下一次比对办结。")
        .needs(TokenScope::UnionFound)
        .at(item_no())
        .fields([
            Param::new("union_name", "工会名称", Shape::Text { min: 1, max: 100 }).required(),
            Param::new("chair", "工会主席", Shape::Text { min: 1, max: 50 }).required(),
            Param::new(
                "founded_on",
                "建会日期，上级工会批复的日期，不晚于今天",
                Shape::Day,
            )
            .required(),
            Param::new("term_years", "任期（年）", Shape::Int { min: 3, max: 5 }).required(),
            Param::new(
                "declared_members",
                "会员人数；不清楚可不填",
                Shape::Int {
                    min: 0,
                    max: 1_000_000,
                },
            ),
        ])
        .answers::<Founded>(201)
        .run(found),
    ]
}

async fn found(asked: Asked) -> Result<Answer, Refusal> {
    let number = |name| {
        asked
            .int(name)
            .map(|number| number.to_string())
            .unwrap_or_default()
    };
    let form = FoundingForm {
        item_no: asked.text("item_no"),
        enterprise_id: None,
        union_name: asked.words("union_name"),
        chair: asked.words("chair"),
        founded_on: asked.words("founded_on"),
        term_years: number("term_years"),
        declared_members: number("declared_members"),
    };
    let done = found_union(asked.op()?, &asked.web.app, form).await?;
    let place = place(&["unions", &done.union_id]);
    let founded = Founded {
        union_id: done.union_id,
        union_name: done.union_name,
        message: done.message,
    };
    Ok(Answer::json(&founded)?
        .status(StatusCode::CREATED)
        .location(&place))
}
