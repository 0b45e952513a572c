//! 方案: the filters that the token's account has kept, and how many items each shows now.

use std::collections::BTreeMap;

use app::saved_view::{self, SavedView};
use domain::api_token::TokenScope;
use schemars::JsonSchema;
use serde::Serialize;

use super::answer::Answer;
use super::asked::Asked;
use super::endpoint::Endpoint;
use super::problem::Refusal;

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
            .about("本账号在清单页保存的筛选方案，最多 30 个；保存和删除在控制台进行。")
            .needs(TokenScope::ListRead)
            .answers::<SavedViews>(200)
            .run(list),
    ]
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
