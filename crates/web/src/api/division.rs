//! 政区: counties of a city, streets and towns of a county, with the codes that filters take.

use codes::division::Divisions;
use schemars::JsonSchema;
use serde::Serialize;

use super::answer::Answer;
use super::asked::Asked;
use super::endpoint::Endpoint;
use super::problem::Refusal;
use super::shape::{Param, Shape};

/// 下一级的政区。
#[derive(Debug, Serialize, JsonSchema)]
struct DivisionList {
    /// 按代码排序
    items: Vec<Division>,
}

/// 一个政区。
#[derive(Debug, Serialize, JsonSchema)]
struct Division {
    /// 代码：区县 6 位，街道乡镇 9 位
    code: u64,
    /// 名称
    name: String,
}

pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/divisions", "listDivisions", "政区", "下一级的政区")
            .about("GB/T 2260 和统计用区划代码。没有下一级、或不在表内的代码答复空列表。")
            .query([Param::new(
                "parent",
                "4 位的市，或 6 位的区县，如 3302、330226",
                Shape::Int {
                    min: 1_000,
                    max: 999_999,
                },
            )
            .required()])
            .answers::<DivisionList>(200)
            .run(list),
    ]
}

async fn list(asked: Asked) -> Result<Answer, Refusal> {
    let parent = u32::try_from(asked.int("parent").unwrap_or_default()).unwrap_or_default();
    let divisions = Divisions::shipped();
    let found: Vec<(u64, &str)> = if parent < 10_000 {
        let counties = divisions.counties_of(parent);
        counties
            .into_iter()
            .map(|(code, name)| (u64::from(code), name))
            .collect()
    } else {
        divisions.towns_of(parent)
    };
    let division = |(code, name): (u64, &str)| Division {
        code,
        name: name.to_owned(),
    };
    Answer::json(&DivisionList {
        items: found.into_iter().map(division).collect(),
    })
}
