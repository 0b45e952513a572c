//! 双人复核: what one person asks for and another approves. The form of asking belongs here as well; the page whose work needs a
//! second person calls [`ask_form`] when it is refused with `APR-428`, and [`asked`] with what the form sent.

pub mod view;

use app::approval::{self, ApprovalView, Wanted};
use app::error::{AppError, ErrorKind};
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use codes::id::ApprovalId;
use domain::accounts::shown_name;
use domain::approval::ApprovalState;

use self::view::{ApprovalRow, ApprovalsPage, AskPage};
use crate::http::{Fault, Person, Posted, Web, go, page};
use crate::ui::{Field, Flash, Here, Pager, Tone, UrlQuery, actor_words, number};

/// The field that carries what the work itself was asked for.
pub const CARRIED: &str = "carried";

/// `GET /approval`.
pub async fn list(
    State(web): State<Web>,
    person: Person,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    show(&web, &person, &query.unwrap_or_default(), None).await
}

async fn show(
    web: &Web,
    person: &Person,
    query: &str,
    error: Option<(ApprovalId, AppError)>,
) -> Result<Response, Fault> {
    let query = UrlQuery::read("/approval", query);
    let nth = query.get("page").and_then(|page| page.parse().ok()).unwrap_or(1);
    let found = approval::approvals(&person.op, &web.app, nth).await?;
    let wrong = error.as_ref().map(|(id, error)| {
        let field = error.fields.first().map(|field| field.message.clone());
        (*id, field.unwrap_or_else(|| error.message.clone()))
    });
    let mut response = page(&ApprovalsPage {
        frame: person.frame(web, "双人复核", Here::Approval).await?,
        summary: format!("{} 项申请", number(found.total)),
        rows: found
            .rows
            .iter()
            .map(|view| row_of(view, wrong.as_ref()))
            .collect(),
        pager: Pager::fixed(found.total, &query, found.page_size),
    })?;
    if error.is_some() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

fn row_of(view: &ApprovalView, wrong: Option<&(ApprovalId, String)>) -> ApprovalRow {
    let approval = &view.approval;
    let decided = match (&approval.decided_by_name, approval.decided_at) {
        (Some(name), Some(at)) => Some(format!("{} {}", actor_words(&shown_name(name)), at.to_minute())),
        _ => None,
    };
    ApprovalRow {
        id: approval.id.to_string(),
        title: approval.title.clone(),
        kind: approval.kind.label(),
        asked: format!(
            "{} {}",
            actor_words(&shown_name(&approval.asked_by_name)),
            approval.asked_at.to_minute()
        ),
        details: approval.details.clone(),
        reason: approval.reason.clone(),
        state: view.state.label(),
        tone: match view.state {
            ApprovalState::Waiting => Tone::Yellow,
            ApprovalState::Approved => Tone::Blue,
            ApprovalState::Spent => Tone::Green,
            ApprovalState::Refused => Tone::Red,
            ApprovalState::Lapsed => Tone::Grey,
        },
        expires: matches!(view.state, ApprovalState::Waiting | ApprovalState::Approved)
            .then(|| approval.expires_at.to_minute()),
        decided,
        remark: approval.remark.clone(),
        resume: (view.is_own && view.state == ApprovalState::Approved).then(|| approval.resume.clone()),
        can_decide: view.can_decide,
        wrong: wrong
            .filter(|(id, _)| *id == approval.id)
            .map(|(_, text)| text.clone()),
    }
}

/// `POST /approval/{id}/decide`.
pub async fn decide(
    State(web): State<Web>,
    person: Person,
    Path(id): Path<String>,
    form: Posted,
) -> Result<Response, Fault> {
    let id: ApprovalId = id.parse().map_err(|_| AppError::no_approval())?;
    let is_approved = match form.get("answer") {
        Some("yes") => true,
        Some("no") => false,
        _ => return Err(AppError::invalid("APR-120", "请选择同意或不同意").into()),
    };
    match approval::decide(&person.op, &web.app, id, is_approved, &form.text("remark")).await {
        Ok(decided) => {
            let words = if is_approved {
                "已同意"
            } else {
                "已答复不同意"
            };
            Ok(go(
                "/approval",
                Flash::good(format!("{words}：{}。", decided.title)),
            ))
        }
        Err(error) if error.kind == ErrorKind::Invalid => show(&web, &person, "", Some((id, error))).await,
        Err(error) => Err(error.into()),
    }
}

/// The form by which a second person is asked; it posts to `action`, which calls [`asked`]. What the work itself was asked for goes
/// along in the address or, where it is long, as `carried`.
pub async fn ask_form(
    web: &Web,
    person: &Person,
    wanted: &Wanted,
    action: &str,
    carried: &str,
    typed: &str,
    error: Option<&AppError>,
) -> Result<Response, Fault> {
    let wrong: Vec<(String, String)> = error
        .map(|error| {
            let fields = error.fields.iter();
            fields
                .map(|field| (field.field.to_owned(), field.message.clone()))
                .collect()
        })
        .unwrap_or_default();
    let reason = Field::text("reason", "原因", typed)
        .kind("textarea")
        .longest(domain::approval::WORDS_MAX)
        .wide()
        .help("做什么用、交给谁；复核人会看到")
        .errors(&wrong);
    let mut response = page(&AskPage {
        frame: person.frame(web, "申请双人复核", Here::Approval).await?,
        kind: wanted.kind.label(),
        title: wanted.title.clone(),
        details: wanted.details.clone(),
        action: action.to_owned(),
        carried: carried.to_owned(),
        reason,
    })?;
    if error.is_some() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

/// What the form of asking sent to `action`: the request is made, or the form comes back with what is wrong. The asker goes on at
/// `address`.
pub async fn asked(
    web: &Web,
    person: &Person,
    wanted: &Wanted,
    (action, address): (&str, &str),
    form: &Posted,
) -> Result<Response, Fault> {
    let typed = form.text("reason");
    match approval::ask(&person.op, &web.app, wanted, address, &typed).await {
        Ok(_) => Ok(go(
            "/approval",
            Flash::good("复核申请已提交。另一人同意后，从这里继续办理。"),
        )),
        Err(error) if error.kind == ErrorKind::Invalid => {
            let again = form.text(CARRIED);
            ask_form(web, person, wanted, action, &again, &typed, Some(&error)).await
        }
        Err(error) => Err(error.into()),
    }
}
