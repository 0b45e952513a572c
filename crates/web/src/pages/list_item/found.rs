//! 成立工会: the town officer puts a founded union into the register.

use app::error::{AppError, ErrorKind};
use app::organising::{FoundingDraft, FoundingForm, found_union, founding_draft};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::dictionary::Act;

use super::view::FoundPage;
use crate::http::{Fault, Person, Posted, Web, go, page};
use crate::ui::{Field, Flash, Here};

/// `GET /item/{number}/found`.
pub async fn found_form(
    State(web): State<Web>,
    person: Person,
    Path(number): Path<String>,
) -> Result<Response, Fault> {
    let draft = founding_draft(&person.op, &web.app, Some(&number), None).await?;
    let typed = FoundingForm {
        union_name: draft.proposed_name.clone(),
        founded_on: draft.today.to_string(),
        term_years: "5".to_owned(),
        ..FoundingForm::default()
    };
    show(&web, &person, &number, &draft, &typed, None).await
}

/// `POST /item/{number}/found`.
pub async fn found(
    State(web): State<Web>,
    person: Person,
    Path(number): Path<String>,
    form: Posted,
) -> Result<Response, Fault> {
    let typed = FoundingForm {
        item_no: Some(number.clone()),
        enterprise_id: None,
        union_name: form.text("union_name"),
        chair: form.text("chair"),
        founded_on: form.text("founded_on"),
        term_years: form.text("term_years"),
        declared_members: form.text("declared_members"),
    };
    match found_union(&person.op, &web.app, typed.clone()).await {
        Ok(done) => Ok(go(&format!("/item/{number}"), Flash::good(done.message))),
        Err(error) if matches!(error.kind, ErrorKind::Invalid | ErrorKind::Conflict) => {
            let draft = founding_draft(&person.op, &web.app, Some(&number), None).await?;
            let mut response = show(&web, &person, &number, &draft, &typed, Some(&error)).await?;
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
        Err(error) => Err(error.into()),
    }
}

async fn show(
    web: &Web,
    person: &Person,
    number: &str,
    draft: &FoundingDraft,
    typed: &FoundingForm,
    error: Option<&AppError>,
) -> Result<Response, Fault> {
    let wrong: Vec<(String, String)> = error
        .map(|error| {
            error
                .fields
                .iter()
                .map(|field| (field.field.to_owned(), field.message.clone()))
                .collect()
        })
        .unwrap_or_default();
    let insured = draft
        .insured_now
        .map(|count| format!("当前在保 {count} 人；不清楚可不填"))
        .unwrap_or_else(|| "不清楚可不填".to_owned());
    let fields = vec![
        Field::of(Act::FoundUnion, "union_name", typed.union_name.clone()).wide(),
        Field::of(Act::FoundUnion, "chair", typed.chair.clone()),
        Field::of(Act::FoundUnion, "founded_on", typed.founded_on.clone()).until(draft.today),
        Field::of(Act::FoundUnion, "term_years", typed.term_years.clone()),
        Field::of(
            Act::FoundUnion,
            "declared_members",
            typed.declared_members.clone(),
        )
        .kind("number")
        .help(insured),
    ];
    let view = FoundPage {
        frame: person.frame(web, "成立工会", Here::Task).await?,
        number: number.to_owned(),
        employer: match &draft.uscc {
            Some(code) => format!("{} · {code}", draft.employer_name),
            None => draft.employer_name.clone(),
        },
        about: format!(
            "登记后这家工会进入登记库，上级为{}；下一次比对以登记变更为证据办结本项。依据：工会法第十一条，用人单位有会员二十五人以上的，应当建立基层工会委员会。",
            draft.parent_name
        ),
        wrong: error.map(|error| error.message.clone()),
        fields: fields.into_iter().map(|field| field.errors(&wrong)).collect(),
    };
    page(&view)
}
