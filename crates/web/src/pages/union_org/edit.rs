//! 变更登记信息: the form is made from the dictionary; what is left empty stays.

use app::error::{AppError, ErrorKind};
use app::union_org::edit::{self, EditForm, may_be_empty};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::dictionary::{Act, Element};

use crate::http::{Fault, Person, Posted, Web, go, page, wrong_of};
use crate::pages::membership::field_of;
use crate::ui::{Field, Flash, Frame, Here};

/// What clears a value; empty means unchanged.
const CLEARED: &str = "【清空】";

#[derive(Template)]
#[template(path = "union_org/edit.html")]
struct EditPage {
    frame: Frame,
    union_id: String,
    name: String,
    wrong: Option<String>,
    fields: Vec<Field>,
    grounds: Vec<Field>,
}

/// What the form asks beside the elements.
const GROUNDS: [&str; 3] = ["effective_on", "document_no", "reason"];

/// `GET /union/{id}/edit`.
pub async fn form(State(web): State<Web>, person: Person, Path(id): Path<String>) -> Result<Response, Fault> {
    draw(&web, &person, &id, &Posted::default(), None).await
}

/// `POST /union/{id}/edit`.
pub async fn post(
    State(web): State<Web>,
    person: Person,
    Path(id): Path<String>,
    form: Posted,
) -> Result<Response, Fault> {
    let values = edit::elements()
        .filter_map(|element| Some((element.name.clone(), form.get(&element.name)?.to_owned())));
    let typed = EditForm {
        values: values.collect(),
        effective_on: form.text("effective_on"),
        document_no: form.text("document_no"),
        reason: form.text("reason"),
        version: None,
    };
    let known = |name: &str| GROUNDS.contains(&name) || edit::elements().any(|element| element.name == name);
    let done = match form.only(known) {
        Ok(()) => edit::edit(&person.op, &web.app, &id, &typed).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(done) => {
            let mut words = format!("已变更：{}。", done.changed.join("、"));
            if let Some((name, parent)) = done.carried.first() {
                let others = match done.carried.len() {
                    1 => String::new(),
                    all => format!("等 {all} 家工会"),
                };
                words += &format!("按所在地，“{name}”{others}已归属“{parent}”。");
            }
            Ok(go(&format!("/union/{id}"), Flash::good(words)))
        }
        Err(error) if matches!(error.kind, ErrorKind::Invalid) => {
            let mut response = draw(&web, &person, &id, &form, Some(&error)).await?;
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
        Err(error) => Err(error.into()),
    }
}

async fn draw(
    web: &Web,
    person: &Person,
    id: &str,
    typed: &Posted,
    error: Option<&AppError>,
) -> Result<Response, Fault> {
    let draft = edit::edit_draft(&person.op, &web.app, id).await?;
    let wrong = wrong_of(error);
    let today = draft.today.to_string();
    let effective_on = match typed.text("effective_on") {
        text if text.is_empty() => today,
        text => text,
    };
    let grounds = [
        Field::of(Act::EditUnion, "effective_on", effective_on)
            .needed()
            .until(draft.today),
        Field::of(Act::EditUnion, "document_no", typed.text("document_no")),
        Field::of(Act::EditUnion, "reason", typed.text("reason")).wide(),
    ];
    page(&EditPage {
        frame: person
            .frame(web, "变更登记信息", Here::UnionOrg)
            .await?
            .about(&draft.name),
        fields: draft
            .fields
            .iter()
            .map(|(element, now)| {
                let now = now.as_deref();
                let field = match draft.barred.get(element.name.as_str()) {
                    Some(who) => Field::text(&element.name, &element.zh, "").locked(now.unwrap_or("—"), who),
                    None => field(element, now, typed),
                };
                field.errors(&wrong)
            })
            .collect(),
        grounds: grounds.into_iter().map(|field| field.errors(&wrong)).collect(),
        wrong: error.map(|error| match &error.hint {
            Some(hint) => format!("{}。{hint}", error.message),
            None => error.message.clone(),
        }),
        union_id: draft.union_id,
        name: draft.name,
    })
}

fn field(element: &'static Element, now: Option<&str>, typed: &Posted) -> Field {
    let mut field = field_of(element, typed.text(&element.name), true);
    if field.kind == "select" && may_be_empty(element) && now.is_some() {
        field.options.push((CLEARED.to_owned(), "清空".to_owned()));
    }
    // A calendar cannot hold the mark; the rule of the text field says how a day is written.
    if field.kind == "date" {
        field = field.kind("text");
    }
    let now = now.unwrap_or("—");
    field.help(format!("现为 {now}"))
}
