//! 方案: the filters that the token's account has kept, and how many items each shows now.

use std::collections::BTreeMap;

use app::list_item::ListParams;
use app::saved_view::{self, SavedView};
use domain::api_token::TokenScope;
use schemars::JsonSchema;
use serde::Serialize;

use super::answer::Answer;
use super::asked::Asked;
use super::endpoint::Endpoint;
use super::list_item::{SORTS, filter_of, filters};
use super::problem::Refusal;
use super::shape::{Param, Shape};

/// 本账号保存的清单方案。
#[derive(Debug, Serialize, JsonSchema)]
struct SavedViews {
    /// 按保存的先后
    items: Vec<View>,
}

/// 一个方案。
#[derive(Debug, Serialize, JsonSchema)]
struct View {
    /// 方案的标识
    view_id: String,
    /// 名称
    name: String,
    /// 条件，名称和值与网页地址里的相同
    conditions: BTreeMap<String, String>,
    /// 现在符合的项数
    count: i64,
}

pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/saved-views", "listSavedViews", "清单", "清单方案")
            .about("本账号在清单页保存的筛选方案，最多 30 个。")
            .needs(TokenScope::ListRead)
            .answers::<SavedViews>(200)
            .run(list),
        Endpoint::post("/saved-views", "saveView", "清单", "保存清单方案")
            .about("条件与清单的参数相同。同名的方案改为新的条件。")
            .needs(TokenScope::ListWrite)
            .fields([Param::new("name", "名称", Shape::Text { min: 1, max: 20 }).required()])
            .fields_more(filters())
            .fields_more([
                Param::new("sort", "按哪一项排序", Shape::Choice(SORTS.to_vec())),
                Param::new("descending", "从大到小，用于 sort", Shape::Flag),
            ])
            .answers::<View>(200)
            .run(save),
        Endpoint::delete("/saved-views/{view_id}", "deleteView", "清单", "删除清单方案")
            .about("答复余下的方案。")
            .needs(TokenScope::ListWrite)
            .at(Param::new("view_id", "方案的标识", Shape::Id))
            .answers::<SavedViews>(200)
            .run(forget),
    ]
}

async fn save(asked: Asked) -> Result<Answer, Refusal> {
    let usual = ListParams::default();
    let params = ListParams {
        filter: filter_of(&asked),
        sort: asked.text("sort").unwrap_or(usual.sort),
        is_descending: asked.flag("descending") == Some(true),
        ..ListParams::default()
    };
    let view = saved_view::save_view(asked.op()?, &asked.web.app, &asked.words("name"), &params).await?;
    Answer::json(&view_of(view))
}

async fn forget(asked: Asked) -> Result<Answer, Refusal> {
    saved_view::forget_view(asked.op()?, &asked.web.app, &asked.words("view_id")).await?;
    list(asked).await
}

async fn list(asked: Asked) -> Result<Answer, Refusal> {
    let views = saved_view::saved_views(asked.op()?, &asked.web.app).await?;
    Answer::json(&SavedViews {
        items: views.into_iter().map(view_of).collect(),
    })
}

fn view_of(view: SavedView) -> View {
    let pairs = view.params.to_pairs().into_iter();
    View {
        view_id: view.id,
        name: view.name,
        conditions: pairs.map(|(name, value)| (name.to_owned(), value)).collect(),
        count: view.count,
    }
}
