//! 本人查询: a member with a code from the union sees their own data, asks for corrections, takes a copy along. No address holds code or
//! number, nothing is kept in the browser: every step is posted with both.

pub mod view;

use std::collections::BTreeMap;

use app::error::{AppError, ErrorKind};
use app::intake::typed;
use app::membership::{self, OwnKey, OwnView};
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use domain::closing::{ANSWER_DAYS, ClosingState};
use domain::consent::BY_LAW;
use domain::dictionary::Act;
use domain::membership::ChangeKind;

use self::view::{OwnDataPage, OwnDoorPage};
use crate::http::{Fault, Posted, Web, page};
use crate::pages::consent::rows_of;
use crate::pages::consent::view::NoticeShown;
use crate::ui::Field;

fn key_of(form: &Posted) -> OwnKey {
    OwnKey {
        code: form.text("code").trim().to_owned(),
        tail: form.text("tail").trim().to_owned(),
    }
}

/// `GET /me`.
pub async fn door() -> Result<Response, Fault> {
    page(&OwnDoorPage {
        title: "会员本人查询".to_owned(),
        wrong: None,
    })
}

/// What was wrong, in one sentence.
fn sentence(error: &AppError) -> String {
    let mut text = error.message.clone();
    for one in &error.fields {
        text.push('：');
        text.push_str(&one.message);
    }
    if let Some(hint) = &error.hint {
        text.push('。');
        text.push_str(hint);
    }
    text
}

/// The door stays shut: the code or the digits are wrong, or were too often.
fn is_closed(error: &AppError) -> bool {
    error.kind == ErrorKind::Forbidden || error.code == membership::MISSED
}

fn turned_away(error: &AppError) -> Result<Response, Fault> {
    let mut response = page(&OwnDoorPage {
        title: "会员本人查询".to_owned(),
        wrong: Some(sentence(error)),
    })?;
    *response.status_mut() = StatusCode::FORBIDDEN;
    Ok(response)
}

/// `POST /me`: one's own data.
pub async fn own(State(web): State<Web>, form: Posted) -> Result<Response, Fault> {
    let key = key_of(&form);
    match membership::own(&web.app, &key).await {
        Ok(found) => show(&web, &key, found, &form, None, None).await,
        Err(error) if is_closed(&error) => turned_away(&error),
        Err(error) => Err(error.into()),
    }
}

/// `POST /me/correct`: asks for a correction.
pub async fn correct(State(web): State<Web>, form: Posted) -> Result<Response, Fault> {
    let key = key_of(&form);
    let values: BTreeMap<String, String> = typed::elements()
        .filter_map(|element| Some((element.name.clone(), form.get(&element.name)?.to_owned())))
        .collect();
    let asked = membership::own_correction(&web.app, &key, &values, &form.text("words")).await;
    match asked {
        Ok(_) => {
            let found = membership::own(&web.app, &key).await?;
            let told = "已提交，由所在工会和上级工会核对后答复".to_owned();
            show(&web, &key, found, &Posted::default(), Some(told), None).await
        }
        Err(error) if is_closed(&error) => turned_away(&error),
        Err(error) if matches!(error.kind, ErrorKind::Invalid | ErrorKind::Conflict) => {
            let found = membership::own(&web.app, &key).await?;
            let mut response = show(&web, &key, found, &form, None, Some(&error)).await?;
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /me/consent`: agrees to a purpose, or takes consent back.
pub async fn consent(State(web): State<Web>, form: Posted) -> Result<Response, Fault> {
    let key = key_of(&form);
    let purposes = form.all("purposes");
    // A form that names no version was not ours: 0 is none.
    let notice = form.get("notice").and_then(|no| no.parse().ok()).unwrap_or(0);
    let (done, told) = match form.get("withdraw") {
        Some(_) => (
            membership::own_take_back(&web.app, &key, &purposes).await,
            "已撤回，立即生效",
        ),
        None => (
            membership::own_agree(&web.app, &key, &purposes, notice).await,
            "已记下您的同意，随时可以撤回",
        ),
    };
    match done {
        Ok(()) => {
            let found = membership::own(&web.app, &key).await?;
            show(&web, &key, found, &Posted::default(), Some(told.to_owned()), None).await
        }
        Err(error) if is_closed(&error) => turned_away(&error),
        Err(error) if matches!(error.kind, ErrorKind::Invalid | ErrorKind::Conflict) => {
            let found = membership::own(&web.app, &key).await?;
            let mut response = show(&web, &key, found, &Posted::default(), None, Some(&error)).await?;
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /me/copy`: the same for programs, as a file.
pub async fn copy(State(web): State<Web>, form: Posted) -> Result<Response, Fault> {
    match membership::own_copy(&web.app, &key_of(&form)).await {
        Ok(copy) => {
            let text = serde_json::to_string_pretty(&copy).map_err(AppError::internal)?;
            let mut response = text.into_response();
            let headers = response.headers_mut();
            headers.insert(
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/json; charset=utf-8"),
            );
            headers.insert(
                header::CONTENT_DISPOSITION,
                HeaderValue::from_static("attachment; filename=\"member-data.json\""),
            );
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            Ok(response)
        }
        Err(error) if is_closed(&error) => turned_away(&error),
        Err(error) => Err(error.into()),
    }
}

/// `POST /me/close`: asks to leave and to have the data deleted.
pub async fn close(State(web): State<Web>, form: Posted) -> Result<Response, Fault> {
    let key = key_of(&form);
    match membership::own_close(&web.app, &key, &form.text("words")).await {
        Ok(due) => {
            let found = membership::own(&web.app, &key).await?;
            let told = format!("注销申请已提交，工会应于 {due} 前答复");
            show(&web, &key, found, &Posted::default(), Some(told), None).await
        }
        Err(error) if is_closed(&error) => turned_away(&error),
        Err(error) if matches!(error.kind, ErrorKind::Invalid | ErrorKind::Conflict) => {
            let found = membership::own(&web.app, &key).await?;
            let mut response = show(&web, &key, found, &Posted::default(), None, Some(&error)).await?;
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
        Err(error) => Err(error.into()),
    }
}

async fn show(
    web: &Web,
    key: &OwnKey,
    found: OwnView,
    form: &Posted,
    told: Option<String>,
    error: Option<&AppError>,
) -> Result<Response, Fault> {
    let wrong: Vec<(String, String)> = error
        .map(|error| {
            error
                .fields
                .iter()
                .map(|one| (one.field.to_owned(), one.message.clone()))
                .collect()
        })
        .unwrap_or_default();
    let mut fields: Vec<Field> = typed::elements()
        .map(|element| crate::pages::membership::field_of(element, form.text(&element.name), true))
        .collect();
    fields.push(
        // What the union reads begins with who said it.
        Field::of(Act::CorrectMember, "words", form.text("words"))
            .longest(180)
            .wide()
            .help("如“按本人身份证”“按毕业证”；工会核对时可能请您出示"),
    );
    let consents = rows_of(&found.consents);
    let closing = membership::own_closing(&web.app, key).await?;
    let is_leaving = found
        .pending
        .iter()
        .any(|asked| asked.starts_with(ChangeKind::Withdraw.label()));
    let may_close = closing.as_ref().is_none_or(|one| match one.state {
        ClosingState::Waiting => false,
        // A withdrawal that was agreed to and came to nothing: whoever has left opens no page.
        ClosingState::Granted => !is_leaving,
        ClosingState::Refused => true,
    });
    page(&OwnDataPage {
        may_close,
        close_words: Field::of(Act::AskClosing, "words", "").of_row("close"),
        closing: closing.map(|one| match one.state {
            ClosingState::Waiting => format!(
                "{} 已申请注销，工会应于 {} 前答复",
                one.asked_at.to_minute(),
                one.due_on
            ),
            state => format!(
                "{} 申请注销：{}{}",
                one.asked_at.to_minute(),
                state.label(),
                one.answer.map_or_else(String::new, |words| format!("。{words}"))
            ),
        }),
        close_days: ANSWER_DAYS,
        consents,
        by_law: found.consents.by_law.join("、"),
        why_by_law: BY_LAW,
        notice: found.consents.notice.map(|(no, on, text)| {
            let paragraphs: Vec<String> = text.lines().map(str::to_owned).collect();
            let words = format!("告知书第 {no} 版，{on} 起");
            (NoticeShown { no, words }, paragraphs)
        }),
        title: "我的会员资料".to_owned(),
        code: key.code.clone(),
        tail: key.tail.clone(),
        member_id: found.member_id,
        union_name: found.union_name,
        state: found.state,
        until: found.until.to_minute(),
        values: found
            .values
            .into_iter()
            .map(|(_, label, value)| (label, value.unwrap_or_else(|| "没有登记".to_owned())))
            .collect(),
        events: found
            .events
            .iter()
            .map(|event| {
                let on = event
                    .on
                    .map_or_else(|| "日期不详".to_owned(), |day| day.to_string());
                (event.what.to_owned(), on, event.details.join("；"))
            })
            .collect(),
        seen: found.seen,
        pending: found.pending,
        told,
        wrong: error.map(sentence),
        is_open: error.is_some(),
        fields: fields.into_iter().map(|field| field.errors(&wrong)).collect(),
    })
}
