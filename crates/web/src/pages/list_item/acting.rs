//! Acts on one item: a step of its life, a verdict on the nearest union, people and phone in full.

use app::contact;
use app::error::{AppError, ErrorKind};
use app::list_item::{self, ActForm, ListParams};
use app::verdict::judge;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::item::show;
use crate::http::{Fault, Person, Posted, Web, go};
use crate::pages::contact::answer;
use crate::ui::{Flash, Here, UrlQuery};

/// The item's address, with the list the person came from.
fn address(number: &str, form: &Posted) -> String {
    UrlQuery::default()
        .at(format!("/item/{number}"))
        .with("from", form.get("from").unwrap_or_default())
        .url()
}

/// `POST /item/{number}/act`. A refused act shows the page again with what was typed.
pub async fn act(
    State(web): State<Web>,
    person: Person,
    Path(number): Path<String>,
    form: Posted,
) -> Result<Response, Fault> {
    let asked = ActForm {
        action: form.text("action"),
        choice: form.get("choice").map(str::to_owned),
        words: form.get("words").map(str::to_owned),
        version: form.get("version").and_then(|text| text.parse().ok()),
    };
    match list_item::act(&person.op, &web.app, &number, asked.clone()).await {
        Ok(done) => Ok(go(&address(&number, &form), Flash::good(done.message))),
        Err(error)
            if matches!(
                error.kind,
                ErrorKind::Invalid | ErrorKind::Conflict | ErrorKind::Forbidden
            ) =>
        {
            let from = form.get("from").unwrap_or_default();
            let mut response = show(&web, &person, &number, from, Some((&asked, &error))).await?;
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /item/{number}/verdict`: 是同一单位 or 不是.
pub async fn verdict(
    State(web): State<Web>,
    person: Person,
    Path(number): Path<String>,
    form: Posted,
) -> Result<Response, Fault> {
    let is_same = match form.get("same") {
        Some("yes") => true,
        Some("no") => false,
        _ => return Err(AppError::invalid("WEB-400", "请选择“是同一单位”或“不是”").into()),
    };
    judge(
        &person.op,
        &web.app,
        &form.text("union"),
        &form.text("enterprise"),
        is_same,
        form.get("note"),
    )
    .await?;
    let words = if is_same {
        "已记住：是同一单位，下一次比对采用。"
    } else {
        "已记住：不是同一单位，下一次比对采用。"
    };
    Ok(go(&address(&number, &form), Flash::good(words)))
}

/// `POST /item/{number}/contact`: the employer's legal representative and phone in full, for a reason, journalled; in place with
/// script, on a page of its own without.
pub async fn contact(
    State(web): State<Web>,
    person: Person,
    Path(number): Path<String>,
    headers: HeaderMap,
    form: Posted,
) -> Result<Response, Fault> {
    let view = list_item::item(&person.op, &web.app, &number, &ListParams::default()).await?;
    let card = view
        .employer
        .ok_or_else(|| AppError::not_found("WEB-404", "本项没有单位联系人"))?;
    let reason = form.text("reason");
    let lines = contact::of_employer(&person.op, &web.app, &card.enterprise_id, &reason).await?;
    answer(
        &web,
        &person,
        &headers,
        lines,
        Here::Nowhere,
        address(&number, &form),
    )
    .await
}
