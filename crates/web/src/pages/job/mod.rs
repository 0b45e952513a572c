//! 后台任务: an import or a run while it works.

pub mod view;

use std::convert::Infallible;
use std::time::Duration;

use app::accounts::is_still_open;
use app::error::AppError;
use app::job::{self, JobRow, JobState};
use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderName, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Redirect, Response};
use codes::id::JobId;
use domain::accounts::shown_name;
use futures::stream;

use self::view::JobPage;
use crate::http::{Fault, Person, Web, page};
use crate::ui::{
    Cell, Empty, Head, Here, Listing, Pager, Progress, Table, Tone, UrlQuery, actor_words, duration, number,
};

async fn load(web: &Web, person: &Person, id: &str) -> Result<JobRow, AppError> {
    let id: JobId = id.parse().map_err(|_| AppError::no_job())?;
    job::job(&person.op, &web.app, id).await
}

/// `GET /job`: all of them, newest first.
pub async fn list(
    State(web): State<Web>,
    person: Person,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    let query = UrlQuery::read("/job", &query.unwrap_or_default());
    let at = query.get("page").and_then(|page| page.parse().ok()).unwrap_or(1);
    let (jobs, total) = job::jobs(&person.op, &web.app, at).await?;
    page(&Listing {
        frame: person.frame(&web, "后台任务", Here::Job).await?,
        crumbs: vec![("系统".to_owned(), None), ("后台任务".to_owned(), None)],
        summary: format!("{} 个", number(total)),
        path: "/job".to_owned(),
        actions: Vec::new(),
        search: None,
        selects: Vec::new(),
        days: Vec::new(),
        table: Table {
            heads: vec![
                Head::new("任务"),
                Head::new("提交"),
                Head::new("用时"),
                Head::new("状态"),
            ],
            rows: jobs.iter().map(row_of).collect(),
            empty: Empty::new(
                "还没有后台任务",
                "在页面上导入文件或开始比对，会排成一个任务，依次执行。",
            ),
        },
        pager: Some(Pager::fixed(total, &query, job::JOBS_PER_PAGE)),
    })
}

fn row_of(row: &JobRow) -> Vec<Cell> {
    let lasted = row.started_at.zip(row.finished_at);
    vec![
        Cell::new(row.title.clone()).link(format!("/job/{}", row.id)),
        Cell::new(actor_words(&shown_name(&row.created_by_name))).note(row.created_at.to_minute()),
        Cell::new(lasted.map_or_else(String::new, |(from, to)| duration(to.millis_since(from)))),
        Cell::new(row.state.label())
            .tone(state_tone(row.state))
            .note(row.error.clone().or_else(|| stage_of(row)).unwrap_or_default()),
    ]
}

fn state_tone(state: JobState) -> Tone {
    match state {
        JobState::Queued | JobState::Running => Tone::Blue,
        JobState::Done => Tone::Green,
        JobState::Failed => Tone::Red,
        JobState::Cancelled => Tone::Grey,
    }
}

/// What a running job is doing now.
fn stage_of(row: &JobRow) -> Option<String> {
    let stage = row.stage.clone().filter(|_| row.state == JobState::Running)?;
    Some(match row.is_cancel_requested {
        true => format!("正在停止 · {stage}"),
        false => stage,
    })
}

/// `GET /job/{id}`.
pub async fn job(State(web): State<Web>, person: Person, Path(id): Path<String>) -> Result<Response, Fault> {
    let row = load(&web, &person, &id).await?;
    let (here, back, back_label) = match row.kind.as_str() {
        "reconcile" => (Here::Run, "/run", "比对运行"),
        "quality" => (Here::Quality, "/quality", "数据质量"),
        _ => (Here::Intake, "/intake", "数据批次"),
    };
    let frame = person.frame(&web, &row.title, here).await?;
    page(&JobPage {
        frame,
        crumb: "数据",
        back: back.to_owned(),
        back_label,
        progress: progress(&person, &row),
    })
}

/// `GET /job/{id}/progress`: the part alone, for a page that cannot listen.
pub async fn progress_part(
    State(web): State<Web>,
    person: Person,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    page(&progress(&person, &load(&web, &person, &id).await?))
}

/// How often a running job is looked at for a page that listens.
const LOOK: Duration = Duration::from_millis(500);

/// `GET /job/{id}/events`: the same part as server-sent events, one for each change, until the job is over. The
/// stream ends when something fails; the page then asks for the part again by itself.
pub async fn progress_events(
    State(web): State<Web>,
    person: Person,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    // Who may not see the job learns so now, not from a stream that is silent.
    load(&web, &person, &id).await?;
    let parts = stream::unfold(Some(String::new()), move |last| {
        let (web, person, id) = (web.clone(), person.clone(), id.clone());
        async move {
            let last = last?;
            loop {
                // The stream outlives the request; it does not outlive the session.
                if !is_still_open(&person.op, &web.app).await.ok()? {
                    return None;
                }
                let part = progress(&person, &load(&web, &person, &id).await.ok()?);
                let html = part.render().ok()?;
                if html != last {
                    let event = Ok::<_, Infallible>(Event::default().data(html.replace('\r', "")));
                    return Some((event, (!part.is_finished).then_some(html)));
                }
                tokio::time::sleep(LOOK).await;
            }
        }
    });
    // A gateway that gathers answers before it passes them on would make this no better than silence.
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    Ok((headers, Sse::new(parts).keep_alive(KeepAlive::default())).into_response())
}

/// `POST /job/{id}/cancel`: nothing of the work will count; the page then shows how it ends.
pub async fn cancel(
    State(web): State<Web>,
    person: Person,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let row = load(&web, &person, &id).await?;
    job::cancel(&person.op, &web.app, row.id).await?;
    Ok(Redirect::to(&format!("/job/{}", row.id)).into_response())
}

fn progress(person: &Person, row: &JobRow) -> Progress {
    let text = |name: &str| {
        row.result
            .as_ref()
            .and_then(|result| result.get(name))
            .and_then(|value| value.as_str().map(str::to_owned))
    };
    let done = text("href").map(|href| (href, text("words").unwrap_or_else(|| "看结果".to_owned())));
    Progress {
        url: format!("/job/{}/progress", row.id),
        state: row.state.label().to_owned(),
        tone: state_tone(row.state),
        stage: stage_of(row).unwrap_or_default(),
        done_rows: if row.state == JobState::Running {
            row.done_count
        } else {
            0
        },
        total_rows: row.total_count.filter(|_| row.state == JobState::Running),
        is_finished: !matches!(row.state, JobState::Queued | JobState::Running),
        cancel: job::may_cancel(&person.op, row).then(|| format!("/job/{}/cancel", row.id)),
        message: row.error.clone().or_else(|| text("message")),
        done,
    }
}
