//! 接转建议: members whom the last run found insured with an employer of another union. Adopted, one becomes a request; refused with a
//! reason, it stays away.

use app::error::{AppError, ErrorKind};
use app::job::{self, JobContext};
use app::membership::{self, SUGGEST_JOB, SuggestionView};
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use domain::permission::Action;
use serde_json::json;
use uuid::Uuid;

use super::member_href;
use super::view::{SuggestionRow, SuggestionsPage};
use crate::http::{Fault, Person, Posted, Web, go, page};
use crate::ui::{Flash, Here, Pager, UrlQuery, number};

/// Teaches the job queue to look for them.
pub fn register(app: &app::op::App) {
    app.jobs.register(SUGGEST_JOB, |context: JobContext| async move {
        let open = membership::find_suggestions(&context.op, &context.app, &context.reporter()).await?;
        let message = format!("接转建议已更新：待办 {} 人。", number(open as i64));
        Ok(json!({ "href": "/member/suggestion", "words": "看接转建议", "message": message }))
    });
}

/// `POST /member/suggestion`: queues the search and goes to its progress.
pub async fn start(State(web): State<Web>, person: Person) -> Result<Response, Fault> {
    person.op.may(Action::StartRun)?;
    let id = job::enqueue(
        &person.op,
        &web.app,
        SUGGEST_JOB,
        "按参保数据查找接转建议",
        json!({}),
    )
    .await?;
    Ok(Redirect::to(&format!("/job/{id}")).into_response())
}

/// `GET /member/suggestion`.
pub async fn list(
    State(web): State<Web>,
    person: Person,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    show(&web, &person, &query.unwrap_or_default(), None).await
}

async fn show(web: &Web, person: &Person, query: &str, wrong: Option<String>) -> Result<Response, Fault> {
    let query = UrlQuery::read("/member/suggestion", query);
    let (at, size) = Pager::read(&query);
    let is_refused = query.get("state") == Some("refused");
    let (found, total) = membership::suggestions(&person.op, &web.app, !is_refused, at, size).await?;
    page(&SuggestionsPage {
        frame: person.frame(web, "接转建议", Here::MemberRequest).await?,
        summary: format!(
            "{} {} 人",
            if is_refused { "不采纳" } else { "待办" },
            number(total)
        ),
        classes: vec![
            ("/member/suggestion".to_owned(), "待办", !is_refused),
            (
                "/member/suggestion?state=refused".to_owned(),
                "不采纳的",
                is_refused,
            ),
        ],
        rows: found.iter().map(row_of).collect(),
        may_answer: !is_refused && person.can(Action::HandleMembership),
        may_find: person.can(Action::StartRun),
        wrong,
        pager: Pager::new(total, &query),
    })
}

fn row_of(found: &SuggestionView) -> SuggestionRow {
    let since = found
        .insured_from
        .map_or_else(String::new, |day| format!("，{day} 起"));
    let union = found.from.union_id.clone().unwrap_or_default();
    SuggestionRow {
        name: found.name.clone(),
        key: found.member_id.clone(),
        href: member_href(&union, &found.member_id),
        from: found.from.name.clone(),
        to: found.to.name.clone(),
        why: format!(
            "在{}参保{since}；{}（第 {} 次比对）",
            found.employer, found.how, found.run_no
        ),
        action: format!("/member/suggestion/{}", found.member),
        refused: found
            .answer
            .as_ref()
            .map(|answer| format!("{}：{answer}", found.answerer.as_deref().unwrap_or_default())),
    }
}

/// `POST /member/suggestion/{member}`: adopted, it becomes a request; refused, it stays away.
pub async fn respond(
    State(web): State<Web>,
    person: Person,
    Path(member): Path<String>,
    form: Posted,
) -> Result<Response, Fault> {
    let member = Uuid::parse_str(&member).map_err(|_| AppError::no_member())?;
    let done = if form.text("answer") == "adopt" {
        membership::adopt(&person.op, &web.app, member).await.map(|id| {
            go(
                &format!("/member/request/{id}"),
                Flash::good("已提出会籍接转，等转入工会答复"),
            )
        })
    } else {
        membership::dismiss(&person.op, &web.app, member, &form.text("words"))
            .await
            .map(|()| {
                go(
                    "/member/suggestion",
                    Flash::good("已记为不采纳；参保单位变化以前不再提示"),
                )
            })
    };
    match done {
        Ok(response) => Ok(response),
        Err(error) if matches!(error.kind, ErrorKind::Invalid | ErrorKind::Conflict) => {
            let field = error.fields.first().map(|one| format!("：{}", one.message));
            let text = format!("{}{}", error.message, field.unwrap_or_default());
            let mut response = show(&web, &person, "", Some(text)).await?;
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
        Err(error) => Err(error.into()),
    }
}
