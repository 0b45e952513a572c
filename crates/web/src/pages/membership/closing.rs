//! 注销申请: what members asked on the page of their own data, with the day by which they are answered.

use app::error::{AppError, ErrorKind};
use app::membership::{self, ClosingAnswer, ClosingView};
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use codes::time::Day;
use domain::accounts::shown_name;
use domain::closing::ClosingState;
use domain::dictionary::Act;
use uuid::Uuid;

use super::member_href;
use super::view::{ClosingPage, ClosingRow};
use crate::http::{Fault, Person, Posted, Web, go, page};
use crate::ui::{Field, Flash, Here, Pager, Tone, UrlQuery, actor_words, number};

/// `GET /member/closing`.
pub async fn list(
    State(web): State<Web>,
    person: Person,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    show(&web, &person, &query.unwrap_or_default(), None).await
}

async fn show(web: &Web, person: &Person, query: &str, error: Option<&AppError>) -> Result<Response, Fault> {
    let query = UrlQuery::read("/member/closing", query);
    let (at, size) = Pager::read(&query);
    let is_done = query.get("state") == Some("done");
    let (found, total) = membership::closings(&person.op, &web.app, !is_done, at, size).await?;
    let mut response = page(&ClosingPage {
        frame: person.frame(web, "注销申请", Here::MemberRequest).await?,
        summary: format!(
            "{} {} 项",
            if is_done { "已答复" } else { "待答复" },
            number(total)
        ),
        is_done,
        rows: found.iter().map(|view| row_of(view, person.op.today())).collect(),
        wrong: error.map(|error| {
            let field = error.fields.first().map(|field| field.message.clone());
            let text = field.unwrap_or_else(|| error.message.clone());
            match &error.hint {
                Some(hint) => format!("{text}。{hint}"),
                None => text,
            }
        }),
        pager: Pager::new(total, &query),
    })?;
    if error.is_some() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

fn row_of(view: &ClosingView, today: Day) -> ClosingRow {
    let (clock, tone) = match view.state {
        ClosingState::Waiting if view.days_left < 0 => (
            format!("应于 {} 前答复，已超期 {} 天", view.due_on, -view.days_left),
            Tone::Red,
        ),
        ClosingState::Waiting => (
            format!("{} 前答复，还有 {} 天", view.due_on, view.days_left),
            if view.is_urgent() {
                Tone::Yellow
            } else {
                Tone::Blue
            },
        ),
        ClosingState::Granted => (view.state.label().to_owned(), Tone::Green),
        ClosingState::Refused => (view.state.label().to_owned(), Tone::Grey),
    };
    let answered = match (&view.answered_by, view.answered_at) {
        (Some(by), Some(at)) => Some(format!("{} {}", actor_words(&shown_name(by)), at.to_minute())),
        _ => None,
    };
    let answer = view.answer.clone().filter(|text| !text.is_empty());
    ClosingRow {
        id: view.id.to_string(),
        member_id: view.member_id.clone(),
        href: member_href(&view.union_id, &view.member_id),
        union_name: view.union_name.clone(),
        words: view.words.clone(),
        asked: view.asked_at.to_minute(),
        clock,
        tone,
        answer: match (answered, answer) {
            (Some(who), Some(words)) => Some(format!("{words}（{who}）")),
            (who, _) => who,
        },
        fields: match view.may_answer {
            true => fields(&view.id.to_string(), today),
            false => Vec::new(),
        },
    }
}

fn fields(row: &str, today: Day) -> Vec<Field> {
    let field = |name, value: String| Field::of(Act::AnswerClosing, name, value).of_row(row);
    vec![
        field("decided_on", today.to_string()).until(today),
        field("words", String::new()),
    ]
}

/// `POST /member/closing/{id}`: the union's answer.
pub async fn answer(
    State(web): State<Web>,
    person: Person,
    Path(id): Path<String>,
    form: Posted,
) -> Result<Response, Fault> {
    let id = Uuid::parse_str(&id).unwrap_or_default();
    let is_granted = match form.get("answer") {
        Some("grant") => true,
        Some("refuse") => false,
        _ => return Err(AppError::invalid("MEM-427", "请选择同意或不能注销").into()),
    };
    let answer = ClosingAnswer {
        is_granted,
        decided_on: form.text("decided_on"),
        words: form.text("words"),
    };
    match membership::answer_closing(&person.op, &web.app, id, &answer).await {
        Ok(()) => Ok(go(
            "/member/closing",
            Flash::good(if is_granted {
                "已同意：退会申请已提交，同意过的事项已撤回。请在“会籍申请”里确认退会。"
            } else {
                "已答复，会员在本人查询页看得到。"
            }),
        )),
        Err(error) if matches!(error.kind, ErrorKind::Invalid | ErrorKind::Conflict) => {
            show(&web, &person, "", Some(&error)).await
        }
        Err(error) => Err(error.into()),
    }
}
