//! 到期匿名化: whom it concerns, having it done, its report; and whose data are held.

use app::approval::NEEDED;
use app::error::{AppError, ErrorKind};
use app::job::JobContext;
use app::membership::{self, ANONYMISE_JOB};
use app::op::App;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use domain::accounts::shown_name;
use domain::dictionary::Act;
use uuid::Uuid;

use super::view::RetentionPage;
use crate::http::{Fault, Person, Posted, Web, go, page};
use crate::pages::approval::{CARRIED, ask_form, asked};
use crate::pages::list_item::download;
use crate::ui::{Cell, Empty, Field, Flash, Head, Here, Pager, Table, UrlQuery, actor_words, number};

/// Holds shown below the list.
const HOLDS_SHOWN: u32 = 200;

/// Teaches the job queue to anonymise.
pub fn register_anonymise(app: &App) {
    app.jobs
        .register(ANONYMISE_JOB, |context: JobContext| async move {
            let mut result = membership::anonymise_work(&context).await?;
            let count = |name: &str| number(result[name].as_i64().unwrap_or(0));
            let words = format!(
                "已匿名化 {} 个会籍，暂缓 {} 个。",
                count("anonymised"),
                count("held")
            );
            result["message"] = words.into();
            result["words"] = "下载结果报告".into();
            result["href"] = format!("/member/retention/{}/report", context.job.id).into();
            Ok(result)
        });
}

/// `GET /member/retention`: the dry run.
pub async fn list(
    State(web): State<Web>,
    person: Person,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    show(
        &web,
        &person,
        &query.unwrap_or_default(),
        &Posted::default(),
        None,
    )
    .await
}

async fn show(
    web: &Web,
    person: &Person,
    query: &str,
    typed: &Posted,
    error: Option<&AppError>,
) -> Result<Response, Fault> {
    let query = UrlQuery::read("/member/retention", query);
    let (at, size) = Pager::read(&query);
    let until = query.get("until").unwrap_or_default();
    let due = membership::due(&person.op, &web.app, until, at, size).await?;
    let rows = due.rows.iter().map(|row| {
        vec![
            Cell::new(row.member_id.clone()),
            Cell::new(row.state),
            Cell::new(row.ended_on.map(|day| day.to_string()).unwrap_or_default()),
            match row.union_id.as_str() {
                "" => Cell::new("工会已不在台账中"),
                key => Cell::new(row.union_name.clone()).link(format!("/union/{key}")),
            },
        ]
    });
    let (holds, held) = membership::holds(&person.op, &web.app, 1, HOLDS_SHOWN).await?;
    let wrong: Vec<(String, String)> = error
        .map(|error| {
            let fields = error.fields.iter();
            fields
                .map(|field| (field.field.to_owned(), field.message.clone()))
                .collect()
        })
        .unwrap_or_default();
    let mut response = page(&RetentionPage {
        frame: person.frame(web, "到期匿名化", Here::MemberRequest).await?,
        summary: format!("{} 个会籍", number(due.total)),
        rule: format!(
            "会籍终止满 {} 年（{} 及以前）的，姓名、证件号码、电话等个人信息不再需要（《个人信息保护法》第十九条、第四十七条）。匿名化后只留会员标识、工会、终止的方式和日期，不能恢复；由后台任务办理，完成后有分工会的结果报告。",
            due.keep_years, due.until
        ),
        until: due.until.to_string(),
        total: due.total,
        summary_total: number(due.total),
        table: Table {
            heads: ["会员标识", "会籍", "终止日期", "最后的工会"]
                .map(Head::new)
                .into(),
            rows: rows.collect(),
            empty: Empty::new("没有到期的会籍", "到期之前，终止的会籍加密保存，重新入会时接续。"),
        },
        holds: holds
            .into_iter()
            .map(|hold| {
                let by = actor_words(&shown_name(&hold.held_by));
                let by = format!("{by} {}", hold.held_at.to_minute());
                (
                    hold.id.to_string(),
                    hold.member_id,
                    hold.union_name,
                    hold.reason,
                    by,
                )
            })
            .collect(),
        held: number(held),
        fields: vec![
            Field::of(Act::HoldMember, "member_id", typed.text("member_id")).errors(&wrong),
            Field::of(Act::HoldMember, "reason", typed.text("reason")).errors(&wrong),
        ],
        wrong: error.map(|error| match &error.hint {
            Some(hint) => format!("{}。{hint}", error.message),
            None => error.message.clone(),
        }),
        pager: Pager::new(due.total, &query),
    })?;
    if error.is_some() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

/// An unreadable count is none that anybody saw.
fn seen_of(form: &Posted) -> i64 {
    form.text("seen").parse().unwrap_or(-1)
}

/// `POST /member/retention`: has done what the dry run showed.
pub async fn anonymise(State(web): State<Web>, person: Person, form: Posted) -> Result<Response, Fault> {
    let (until, seen) = (form.text("until"), seen_of(&form));
    match membership::anonymise(&person.op, &web.app, &until, seen).await {
        Ok(id) => Ok(Redirect::to(&format!("/job/{id}")).into_response()),
        Err(error) if error.code == NEEDED => {
            let wanted = membership::anonymise_wanted(&person.op, &until, seen)?;
            let carried = UrlQuery::default()
                .with("until", &until)
                .with("seen", &seen.to_string())
                .query();
            ask_form(&web, &person, &wanted, APPROVAL, &carried, "", None).await
        }
        Err(error) if matches!(error.kind, ErrorKind::Conflict | ErrorKind::Invalid) => {
            show(&web, &person, "", &Posted::default(), Some(&error)).await
        }
        Err(error) => Err(error.into()),
    }
}

const APPROVAL: &str = "/member/retention/approval";

/// `POST /member/retention/approval`: asks a second person to approve this very list.
pub async fn ask_approval(State(web): State<Web>, person: Person, form: Posted) -> Result<Response, Fault> {
    let carried = Posted::read(&form.text(CARRIED));
    let until = carried.text("until");
    let wanted = membership::anonymise_wanted(&person.op, &until, seen_of(&carried))?;
    let address = UrlQuery::default()
        .at("/member/retention".to_owned())
        .with("until", &until)
        .url();
    asked(&web, &person, &wanted, (APPROVAL, &address), &form).await
}

/// `GET /member/retention/{id}/report`: what the job did, by union.
pub async fn report(
    State(web): State<Web>,
    person: Person,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let id = id.parse().map_err(|_| AppError::no_job())?;
    let file = membership::report(&person.op, &web.app, id).await?;
    download(&file.file_name, file.content_type, file.bytes)
}

/// `POST /member/retention/hold`: somebody's data are kept until the hold ends.
pub async fn hold(State(web): State<Web>, person: Person, form: Posted) -> Result<Response, Fault> {
    let (member_id, reason) = (form.text("member_id"), form.text("reason"));
    match membership::hold(&person.op, &web.app, &member_id, &reason).await {
        Ok(_) => Ok(go(
            "/member/retention#holds",
            Flash::good(format!("会员 {} 已暂缓匿名化。", member_id.trim())),
        )),
        Err(error) if error.kind == ErrorKind::Forbidden => Err(error.into()),
        Err(error) => show(&web, &person, "", &form, Some(&error)).await,
    }
}

/// `POST /member/retention/hold/{id}/release`.
pub async fn release(
    State(web): State<Web>,
    person: Person,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let id = Uuid::parse_str(&id).unwrap_or_default();
    membership::release(&person.op, &web.app, id).await?;
    Ok(go(
        "/member/retention#holds",
        Flash::good("已解除暂缓，到期后可以匿名化。"),
    ))
}
