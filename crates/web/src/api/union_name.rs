//! 加挂牌子和曾用名: what else a union is called, a plate hung and taken down.

use app::union_org::alias::{self, AliasRow, Names, PlateForm};
use codes::time::Day;
use domain::api_token::TokenScope;
use domain::dictionary::Act;
use schemars::JsonSchema;
use serde::Serialize;

use super::answer::Answer;
use super::asked::Asked;
use super::elements;
use super::endpoint::Endpoint;
use super::problem::Refusal;
use super::shape::{Param, Shape};
use super::union_org::union_id;

/// 一家工会的各个名称。
#[derive(Debug, Serialize, JsonSchema)]
struct UnionNames {
    /// 工会标识
    union_id: String,
    /// 工会名称
    union_name: String,
    /// 牌子，挂着的在前
    plates: Vec<UnionName>,
    /// 曾用名，最近的在前
    former: Vec<UnionName>,
}

/// 一块牌子或一个曾用名。
#[derive(Debug, Serialize, JsonSchema)]
struct UnionName {
    /// 标识；摘牌时放进 plate_id
    #[schemars(extend("format" = "uuid"))]
    name_id: String,
    /// 名称
    name: String,
    /// 从哪一天起；不详时为 null
    #[schemars(extend("format" = "date"))]
    since: Option<String>,
    /// 从哪一天起不再是；牌子还挂着时为 null
    #[schemars(extend("format" = "date"))]
    until: Option<String>,
    /// 批复文号
    document_no: Option<String>,
    /// 是否出自导入的文件
    is_from_file: bool,
}

pub fn endpoints() -> Vec<Endpoint> {
    let tag = "工会组织";
    vec![
        Endpoint::get("/unions/{union_id}/names", "getUnionNames", tag, "名称和牌子")
            .about("加挂的牌子和曾用名，最近的在前。")
            .needs(TokenScope::UnionRead)
            .at(union_id())
            .answers::<UnionNames>(200)
            .run(names),
        Endpoint::post("/unions/{union_id}/plates", "hangPlate", tag, "加挂牌子")
            .about("不另立工会，会员只计一次。答复各个名称。")
            .needs(TokenScope::UnionWrite)
            .at(union_id())
            .fields(elements::body(Act::HangPlate))
            .answers::<UnionNames>(200)
            .run(hang),
        Endpoint::post(
            "/unions/{union_id}/plates/{plate_id}/end",
            "takePlateDown",
            tag,
            "摘牌",
        )
        .about("按摘下的牌子仍能找到这家工会。答复各个名称。")
        .needs(TokenScope::UnionWrite)
        .at(union_id())
        .at(Param::new("plate_id", "牌子的标识", Shape::Id))
        .fields(elements::body(Act::TakePlateDown))
        .answers::<UnionNames>(200)
        .run(take_down),
    ]
}

async fn names(asked: Asked) -> Result<Answer, Refusal> {
    let Names {
        union_id,
        name,
        plates,
        former,
        ..
    } = alias::names(asked.op()?, &asked.web.app, &asked.words("union_id")).await?;
    Answer::json(&UnionNames {
        union_id,
        union_name: name,
        plates: plates.into_iter().map(name_of).collect(),
        former: former.into_iter().map(name_of).collect(),
    })
}

fn name_of(row: AliasRow) -> UnionName {
    let day = |day| Day::from(day).to_string();
    UnionName {
        name_id: row.id.to_string(),
        since: row.since.map(day),
        until: row.until.map(day),
        name: row.name,
        document_no: row.document_no,
        is_from_file: row.is_from_file,
    }
}

async fn hang(asked: Asked) -> Result<Answer, Refusal> {
    let form = PlateForm {
        name: asked.words("name"),
        since: asked.words("since"),
        document_no: asked.words("document_no"),
    };
    alias::hang_plate(asked.op()?, &asked.web.app, &asked.words("union_id"), &form).await?;
    names(asked).await
}

async fn take_down(asked: Asked) -> Result<Answer, Refusal> {
    // What is no UUID has been refused before.
    let plate = asked.id("plate_id");
    let (union_id, until) = (asked.words("union_id"), asked.words("until"));
    alias::take_plate_down(asked.op()?, &asked.web.app, &union_id, plate, &until).await?;
    names(asked).await
}
