//! 搜索: unions, members, employers and list items by name, pinyin or code, the nearest of each.
//!
//! The box posts what was typed, so that a person's name or number stands in no address and no log. An address (`?q=`) is for
//! links and searches only what is no person; one button looks among the members as well.

pub mod view;

use app::employer;
use app::list_item::{self, ItemRow};
use app::search::{self as finding, PeopleFound};
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use domain::permission::Action;

use self::view::{Members, Part, SearchPage};
use crate::http::{Fault, Person, Posted, Web, page};
use crate::pages::list_item::state_tone;
use crate::pages::membership::found_table;
use crate::pages::{employer as employer_pages, union_org as union_pages};
use crate::ui::{Cell, Empty, Head, Here, Table, UrlQuery};

/// Rows of each kind.
const SHOWN_ROWS: usize = 10;
/// Rows read of each kind: one more tells that there are more.
const READ: u32 = SHOWN_ROWS as u32 + 1;
/// So many digits may be a person's number: such a text is not written back into the page.
const NUMBER_DIGITS: usize = 6;

/// `GET /search?q=`: without members.
pub async fn search(
    State(web): State<Web>,
    person: Person,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    let query = UrlQuery::read("/search", &query.unwrap_or_default());
    match query.get("q") {
        Some(q) => found(&web, &person, q.trim(), false).await,
        None => Ok(Redirect::to("/").into_response()),
    }
}

/// `POST /search`: everything.
pub async fn search_all(State(web): State<Web>, person: Person, form: Posted) -> Result<Response, Fault> {
    let q = form.text("q");
    let q = q.trim();
    if q.is_empty() {
        return Ok(Redirect::to("/").into_response());
    }
    found(&web, &person, q, true).await
}

/// Every kind at once: each waits for the database alone.
async fn found(web: &Web, person: &Person, q: &str, with_members: bool) -> Result<Response, Fault> {
    let people = async {
        match with_members && person.can(Action::SeeMembers) {
            true => Ok(Some(finding::people(&person.op, &web.app, q).await?)),
            false => Ok::<_, Fault>(None),
        }
    };
    let (people, items, employers, unions) = tokio::try_join!(
        people,
        items(web, person, q),
        employers(web, person, q),
        unions(web, person, q)
    )?;
    let is_number = q.chars().filter(char::is_ascii_digit).count() >= NUMBER_DIGITS;
    let shown = match &people {
        Some(people) if is_number && !people.by.is_empty() => people.by.clone(),
        _ => q.to_owned(),
    };
    let mut frame = person.frame(web, "搜索", Here::Nowhere).await?;
    if shown == q {
        frame.search = q.to_owned();
    }
    page(&SearchPage {
        frame,
        members: person.can(Action::SeeMembers).then(|| members(people)),
        q: shown,
        unions,
        others: vec![employers, items],
    })
}

async fn items(web: &Web, person: &Person, q: &str) -> Result<Part, Fault> {
    let mut items = Table {
        heads: vec![Head::new("清单项"), Head::new("为什么"), Head::new("状态")],
        ..Table::default()
    };
    if person.can(Action::SeeLists) {
        let found = list_item::nearest(&person.op, &web.app, q, READ).await?;
        items.rows = found.iter().map(item_row).collect();
    }
    Ok(nearest(items, "items", "清单项"))
}

async fn employers(web: &Web, person: &Person, q: &str) -> Result<Part, Fault> {
    let mut table = Table::default();
    if person.can(Action::SeeLists) {
        let found = employer::nearest(&person.op, &web.app, q, READ).await?;
        let bare = UrlQuery::default().at("/search");
        table = employer_pages::table(&bare, &found, false).only(&[0, 1, 2, 4]);
    }
    Ok(nearest(table, "employers", "用人单位"))
}

async fn unions(web: &Web, person: &Person, q: &str) -> Result<Part, Fault> {
    let mut table = Table::default();
    if person.can(Action::SeeUnions) {
        table = union_pages::found_by(web, person, q, READ).await?;
    }
    Ok(nearest(table, "unions", "工会组织"))
}

/// The first rows of a list, without its sorting.
fn nearest(table: Table, id: &'static str, label: &'static str) -> Part {
    Part {
        id,
        label,
        has_more: table.rows.len() > SHOWN_ROWS,
        table: Table {
            heads: plain(table.heads),
            rows: table.rows.into_iter().take(SHOWN_ROWS).collect(),
            empty: Empty::default(),
        },
    }
}

fn members(people: Option<PeopleFound>) -> Members {
    let Some(people) = people else {
        return Members::default();
    };
    let mut notes = people.notes;
    if people.has_more {
        notes.push(format!(
            "只显示最接近的 {} 人：请写全姓名，或加上工会名称、号码后四位（如“王芳 1234”）",
            finding::SHOWN
        ));
    }
    Members {
        is_asked: true,
        by: people.by,
        notes,
        table: found_table(&people.lines),
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
