//! 搜索: list items, unions and employers by name or code, ten of each.

pub mod view;

use app::employer::{self, EmployerListParams};
use app::list_item::{self, ItemRow, ListParams};
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use domain::permission::Action;

use self::view::SearchPage;
use crate::http::{Fault, Person, Web, page};
use crate::pages::list_item::state_tone;
use crate::pages::{employer as employer_pages, union_org as union_pages};
use crate::ui::{Cell, Empty, Head, Here, Table, UrlQuery};

/// Rows of each kind; "more" leads to the whole list.
const SHOWN: u32 = 20;
const SHOWN_ROWS: usize = 10;

/// `GET /search?q=`.
pub async fn search(
    State(web): State<Web>,
    person: Person,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    let query = UrlQuery::read("/search", &query.unwrap_or_default());
    let Some(q) = query.get("q").map(|q| q.trim().to_owned()) else {
        return Ok(Redirect::to("/").into_response());
    };
    let bare = UrlQuery::default().at("/search");
    let (mut items, mut employers) = (nothing("清单项"), nothing("用人单位"));
    if person.can(Action::SeeLists) {
        let mut params = ListParams {
            size: SHOWN,
            ..ListParams::default()
        };
        params.filter.q = Some(q.clone());
        params.filter.with_closed = true;
        let found = list_item::list(&person.op, &web.app, &params).await?;
        items.rows = found.rows.iter().take(SHOWN_ROWS).map(item_row).collect();
        let params = EmployerListParams {
            q: Some(q.clone()),
            page: 1,
            size: SHOWN,
            ..EmployerListParams::default()
        };
        let found = employer::employers(&person.op, &web.app, &params).await?;
        let table = employer_pages::table(&bare, &found.rows).only(&[0, 1, 2, 4]);
        employers = Table {
            heads: plain(table.heads),
            rows: table.rows.into_iter().take(SHOWN_ROWS).collect(),
            ..employers
        };
    }
    items.heads = vec![Head::new("清单项"), Head::new("为什么"), Head::new("状态")];
    let unions = if person.can(Action::SeeUnions) {
        let table = union_pages::found_by(&web, &person, &q, SHOWN).await?;
        Table {
            heads: plain(table.heads),
            rows: table.rows.into_iter().take(SHOWN_ROWS).collect(),
            ..nothing("工会组织")
        }
    } else {
        nothing("工会组织")
    };
    let mut frame = person.frame(&web, "搜索", Here::Nowhere).await?;
    frame.search.clone_from(&q);
    page(&SearchPage {
        frame,
        q,
        items,
        unions,
        employers,
    })
}

fn nothing(what: &str) -> Table {
    Table {
        empty: Empty::new(&format!("没有找到{what}"), "可以换一个名称、字号或代码的一部分。"),
        ..Table::default()
    }
}

/// Heads that do not sort: a search shows the nearest ten, not an order of one's own.
fn plain(heads: Vec<Head>) -> Vec<Head> {
    heads
        .into_iter()
        .map(|head| Head {
            href: None,
            sorted: None,
            ..head
        })
        .collect()
}

fn item_row(row: &ItemRow) -> Vec<Cell> {
    vec![
        Cell::new(row.name.clone())
            .link(format!("/item/{}", row.item_no))
            .code(row.item_no.clone()),
        Cell::new(row.rule_title.clone()).note(row.town_name.clone().unwrap_or_default()),
        Cell::new(row.state.label()).tone(state_tone(row.state)),
    ]
}
