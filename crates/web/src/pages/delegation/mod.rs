//! 代办授权: who may act for oneself, for whom one may act, and going about in another's name.

pub mod view;

use app::delegation::{self, DelegationForm};
use app::error::{AppError, ErrorKind};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use codes::id::DelegationId;
use domain::delegation::{Delegation, DelegationState, LONGEST_DAYS, REASON_MAX};

use self::view::{DelegationRow, DelegationsPage};
use crate::http::{Fault, Person, Posted, Web, go, page};
use crate::ui::{Field, Flash, Here, Tone, actor_words};

/// `GET /delegation`.
pub async fn list(State(web): State<Web>, person: Person) -> Result<Response, Fault> {
    let today = person.op.today().to_string();
    let form = DelegationForm {
        starts_on: today,
        ..DelegationForm::default()
    };
    show(&web, &person, form, None).await
}

async fn show(
    web: &Web,
    person: &Person,
    typed: DelegationForm,
    error: Option<&AppError>,
) -> Result<Response, Fault> {
    let all = delegation::delegations(&person.op, &web.app).await?;
    let is_acting = person.delegation.is_some();
    let wrong: Vec<(String, String)> = error
        .map(|error| {
            let fields = error.fields.iter();
            fields
                .map(|field| (field.field.to_owned(), field.message.clone()))
                .collect()
        })
        .unwrap_or_default();
    let fields = vec![
        Field::text("delegate", "代办人的登录名", typed.delegate)
            .longest(32)
            .autocomplete("off")
            .wide()
            .help("本工会及其上级、下级工会的在用账号；三员和审计员不能代办"),
        Field::text("starts_on", "从", typed.starts_on).kind("date"),
        Field::text("ends_on", "到（含当日）", typed.ends_on)
            .kind("date")
            .help(format!("最长 {LONGEST_DAYS} 天，到期自动结束")),
        Field::text("reason", "原因", typed.reason)
            .longest(REASON_MAX)
            .wide(),
        Field::text("password", "登录密码", "")
            .kind("password")
            .longest(200)
            .autocomplete("current-password")
            .help("免得有人趁电脑没锁替您授权"),
    ];
    let row = |one: &Delegation| row_of(person, one, is_acting);
    let mut response = page(&DelegationsPage {
        frame: person.frame(web, "代办授权", Here::Nowhere).await?,
        got: all.got.iter().map(row).collect(),
        given: all.given.iter().map(row).collect(),
        can_give: !is_acting && person.own.role.is_delegable(),
        role: person.own.role.label(),
        is_acting,
        wrong: error
            .filter(|error| error.fields.is_empty())
            .map(|error| error.message.clone()),
        fields: fields.into_iter().map(|field| field.errors(&wrong)).collect(),
    })?;
    if error.is_some() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

fn row_of(person: &Person, one: &Delegation, is_acting: bool) -> DelegationRow {
    let state = one.state(person.op.today());
    let is_mine = one.principal_id == person.own.id;
    let is_open = matches!(state, DelegationState::Running | DelegationState::Waiting);
    let is_now = person.delegation.as_ref().is_some_and(|now| now.id == one.id);
    DelegationRow {
        id: one.id.to_string(),
        other: actor_words(if is_mine {
            &one.delegate_name
        } else {
            &one.principal_name
        }),
        days: format!("{} 至 {}", one.starts_on, one.ends_on),
        reason: one.reason.clone(),
        state: if is_now { "代办中" } else { state.label() },
        tone: match state {
            DelegationState::Running => Tone::Green,
            DelegationState::Waiting => Tone::Blue,
            DelegationState::Ended | DelegationState::Withdrawn => Tone::Grey,
        },
        can_act: !is_mine && !is_acting && state == DelegationState::Running,
        can_withdraw: is_open && !is_acting,
        is_mine,
    }
}

/// `POST /delegation`.
pub async fn give(State(web): State<Web>, person: Person, form: Posted) -> Result<Response, Fault> {
    let typed = DelegationForm {
        delegate: form.text("delegate"),
        starts_on: form.text("starts_on"),
        ends_on: form.text("ends_on"),
        reason: form.text("reason"),
    };
    match delegation::give_delegation(&person.op, &web.app, &form.text("password"), typed.clone()).await {
        Ok(given) => Ok(go(
            "/delegation",
            Flash::good(format!(
                "已授权 {} 代办，{} 至 {}。",
                actor_words(&given.delegate_name),
                given.starts_on,
                given.ends_on
            )),
        )),
        Err(error) if error.kind == ErrorKind::Invalid => show(&web, &person, typed, Some(&error)).await,
        Err(error) => Err(error.into()),
    }
}

fn delegation_id(text: &str) -> Result<DelegationId, AppError> {
    text.parse().map_err(|_| AppError::no_delegation())
}

/// `POST /delegation/{id}/act`.
pub async fn act(State(web): State<Web>, person: Person, Path(id): Path<String>) -> Result<Response, Fault> {
    delegation::act_for(&person.op, &web.app, delegation_id(&id)?).await?;
    Ok(go("/", Flash::note("已切换为代办身份，办完请点“恢复本人身份”。")))
}

/// `POST /delegation/{id}/withdraw`.
pub async fn withdraw(
    State(web): State<Web>,
    person: Person,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    delegation::withdraw_delegation(&person.op, &web.app, delegation_id(&id)?).await?;
    Ok(go("/delegation", Flash::good("授权已收回，立即生效。")))
}

/// `POST /delegation/oneself`.
pub async fn oneself(State(web): State<Web>, person: Person) -> Result<Response, Fault> {
    delegation::act_for_oneself(&person.op, &web.app).await?;
    Ok(go("/", Flash::good("已恢复本人身份。")))
}
