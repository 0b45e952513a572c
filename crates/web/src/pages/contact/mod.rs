//! 联系人: whom to call at an employer or a union, in full; and how any value in full is shown. One way for all of them: in place for half
//! a minute where there is script, on a page of its own that goes back by itself where there is none.

pub mod view;

use app::contact::{self, ContactLine};
use app::error::AppError;
use app::op::{App, OpContext};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

use self::view::ShownPage;
use crate::http::{Fault, Person, Posted, Web, page};
use crate::ui::{ContactPart, Here};

/// Seconds that a value in full stays on the screen.
pub(crate) const SHOWN_SECONDS: u32 = 30;

/// Whose contacts are asked for: all that the two forms differ in.
pub trait Whose {
    const HERE: Here;
    /// Their pages lie below this address.
    const PLACE: &'static str;

    fn lines(
        op: &OpContext,
        app: &App,
        id: &str,
        reason: &str,
    ) -> impl Future<Output = Result<Vec<ContactLine>, AppError>> + Send;
}

/// An employer's: legal representative and phone.
pub struct Employers;

/// A union's: chair, phone and legal representative.
pub struct Unions;

impl Whose for Employers {
    const HERE: Here = Here::Employer;
    const PLACE: &'static str = "/employer";

    async fn lines(op: &OpContext, app: &App, id: &str, reason: &str) -> Result<Vec<ContactLine>, AppError> {
        contact::of_employer(op, app, id, reason).await
    }
}

impl Whose for Unions {
    const HERE: Here = Here::UnionOrg;
    const PLACE: &'static str = "/union";

    async fn lines(op: &OpContext, app: &App, id: &str, reason: &str) -> Result<Vec<ContactLine>, AppError> {
        contact::of_union(op, app, id, reason).await
    }
}

/// `POST /employer/{id}/contact`, `POST /union/{id}/contact`: in full, for a reason, journalled.
pub async fn of<W: Whose>(
    State(web): State<Web>,
    person: Person,
    Path(id): Path<String>,
    headers: HeaderMap,
    form: Posted,
) -> Result<Response, Fault> {
    let lines = W::lines(&person.op, &web.app, &id, &form.text("reason")).await?;
    let back = format!("{}/{id}", W::PLACE);
    answer(&web, &person, &headers, lines, W::HERE, back).await
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
