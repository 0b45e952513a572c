//! Bulk assignment: preview, then the act, then what became of each.

use app::error::AppError;
use app::list_item::{self, ActForm, BulkResult, ListParams, OwnerFilter};
use axum::extract::State;
use axum::response::Response;
use domain::list_item::ListKind;

use super::list::params_of;
use super::view::AssignPage;
use crate::http::{Fault, Person, Posted, Web, inside, page};
use crate::ui::{Here, UrlQuery, number};

/// Items of one bulk act, at most.
const MOST: u32 = 2_000;

/// The view that the list page showed, from its address.
fn params_of_address(address: &str) -> ListParams {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let kind = path.strip_prefix("/worklist/").and_then(ListKind::from_code);
    let mut params = params_of(kind, &UrlQuery::read(path, query));
    if path == "/mine" {
        params.filter.owner = Some(OwnerFilter::Me);
    }
    params
}

/// `POST /worklist/assign`: shows what would be done.
pub async fn assign(State(web): State<Web>, person: Person, form: Posted) -> Result<Response, Fault> {
    let back = inside(&form.text("back"));
    let numbers = match form.get("scope") {
        Some("all") => list_item::item_numbers(&person.op, &web.app, &params_of_address(&back), MOST).await?,
        _ => form.all("item"),
    };
    let owner = form.text("owner");
    let people = list_item::assignees(&person.op, &web.app).await?;
    let name = people
        .iter()
        .find(|one| one.login == owner)
        .map(|one| format!("{}（{}）", one.name, one.union_name));
    let count = i64::try_from(numbers.len()).unwrap_or(i64::MAX);
    let (sentence, assignable) = match (&name, count) {
        (_, 0) => ("没有选中任何一项，请返回清单勾选。".to_owned(), 0),
        (None, _) => ("请返回清单选择派发给谁。".to_owned(), 0),
        (Some(name), _) => (
            format!(
                "{} 项将派发给 {name}，每一项都记入经过；已办结或无权派发的会留在原处并说明原因。",
                number(count)
            ),
            count,
        ),
    };
    let view = AssignPage {
        frame: person.frame(&web, "批量派发", Here::Nowhere).await?,
        back,
        is_done: false,
        counts: vec![("已选".to_owned(), count)],
        sentence,
        refused: Vec::new(),
        assignable,
        numbers,
        owner,
    };
    page(&view)
}

/// `POST /worklist/assign/confirm`: does it and says what became of each item.
pub async fn assign_confirm(State(web): State<Web>, person: Person, form: Posted) -> Result<Response, Fault> {
    let numbers = form.all("item");
    if numbers.is_empty() {
        return Err(AppError::invalid("WEB-400", "没有选中任何一项").into());
    }
    let asked = ActForm {
        action: "assign".to_owned(),
        choice: form.get("owner").map(str::to_owned),
        ..ActForm::default()
    };
    let result = list_item::bulk_act(&person.op, &web.app, &numbers, asked).await?;
    let view = AssignPage {
        frame: person.frame(&web, "批量派发", Here::Nowhere).await?,
        back: inside(&form.text("back")),
        is_done: true,
        counts: vec![
            ("已派发".to_owned(), len(&result.done)),
            ("没有派发".to_owned(), len(&result.refused)),
        ],
        sentence: sentence(&result),
        refused: result
            .refused
            .into_iter()
            .map(|one| (one.item_no, String::new(), one.reason))
            .collect(),
        assignable: 0,
        numbers: Vec::new(),
        owner: String::new(),
    };
    page(&view)
}

fn len<T>(rows: &[T]) -> i64 {
    i64::try_from(rows.len()).unwrap_or(i64::MAX)
}

fn sentence(result: &BulkResult) -> String {
    match (result.done.len(), result.refused.len()) {
        (done, 0) => format!("{done} 项已全部派发。"),
        (0, _) => "一项也没有派发，原因如下。".to_owned(),
        (done, left) => format!("已派发 {done} 项；{left} 项留在原处，原因如下。"),
    }
}
