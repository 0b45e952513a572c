//! 联系人: whom to call at an employer or a union, in full; and how any value in full is shown. One way for all of them: in place for half
//! a minute where there is script, on a page of its own that goes back by itself where there is none.

pub mod view;

use app::contact::{self, ContactLine};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

use self::view::ShownPage;
use crate::http::{Fault, Person, Posted, Web, page};
use crate::ui::{ContactPart, Here};

/// Seconds that a value in full stays on the screen.
pub(crate) const SHOWN_SECONDS: u32 = 30;

/// `POST /employer/{id}/contact`: legal representative and phone in full, for a reason, journalled.
pub async fn of_employer(
    State(web): State<Web>,
    person: Person,
    Path(id): Path<String>,
    headers: HeaderMap,
    form: Posted,
) -> Result<Response, Fault> {
    let lines = contact::of_employer(&person.op, &web.app, &id, &form.text("reason")).await?;
    answer(
        &web,
        &person,
        &headers,
        lines,
        Here::Employer,
        format!("/employer/{id}"),
    )
    .await
}

/// `POST /union/{id}/contact`: chair, phone and legal representative in full, for a reason, journalled.
pub async fn of_union(
    State(web): State<Web>,
    person: Person,
    Path(id): Path<String>,
    headers: HeaderMap,
    form: Posted,
) -> Result<Response, Fault> {
    let lines = contact::of_union(&person.op, &web.app, &id, &form.text("reason")).await?;
    answer(
        &web,
        &person,
        &headers,
        lines,
        Here::UnionOrg,
        format!("/union/{id}"),
    )
    .await
}

/// The values in full, in this one answer.
pub(crate) async fn answer(
    web: &Web,
    person: &Person,
    headers: &HeaderMap,
    lines: Vec<ContactLine>,
    here: Here,
    back: String,
) -> Result<Response, Fault> {
    let part = ContactPart { lines };
    if headers.contains_key("hx-request") {
        return page(&part);
    }
    alone(web, person, part, "联系人和电话", here, back).await
}

/// A page of its own, where there is no script to cover the values again: the browser leaves it by itself, and keeps nothing of it.
pub(crate) async fn alone(
    web: &Web,
    person: &Person,
    part: ContactPart,
    title: &str,
    here: Here,
    back: String,
) -> Result<Response, Fault> {
    // An address of this site may hold signs that no header takes; then the page stays until it is left by hand.
    let leave = HeaderValue::from_str(&format!("{SHOWN_SECONDS};url={back}"));
    let mut response = page(&ShownPage {
        frame: person.frame(web, title, here).await?,
        part,
        back,
        seconds: SHOWN_SECONDS,
    })?;
    if let Ok(leave) = leave {
        response.headers_mut().insert(header::REFRESH, leave);
    }
    Ok(response)
}
