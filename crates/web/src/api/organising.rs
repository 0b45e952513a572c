//! 建会: a founded union goes into the register, from the item that asked for it.

use app::organising::{FoundingForm, found_union};
use axum::http::StatusCode;
use domain::api_token::TokenScope;
use domain::dictionary::Act;
use schemars::JsonSchema;
use serde::Serialize;

use super::answer::{Answer, place};
use super::asked::Asked;
use super::elements;
use super::endpoint::Endpoint;
use super::list_item::item_no;
use super::problem::Refusal;

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
        .fields(elements::body(Act::FoundUnion))
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
        term_years: asked.words("term_years"),
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
