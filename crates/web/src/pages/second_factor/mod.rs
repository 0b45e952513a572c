//! 动态口令: setting the second factor up, recovery codes, taking it out of use. Outside the frame, because whoever must set it up
//! comes here before anything else.

pub mod view;

use app::accounts::{self, RecoveryCodes};
use app::error::{AppError, ErrorKind};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use domain::accounts::FirstDuty;

use self::view::{CodesPage, SecondFactorPage};
use crate::http::{Fault, MaybePerson, Person, Posted, Web, duty_path, go, page};
use crate::ui::{Field, Flash, qr_svg};

/// The person, unless something else comes before the second factor: then where that is done.
fn person_of(maybe: MaybePerson) -> Result<Person, &'static str> {
    let Some(person) = maybe.0 else {
        return Err("/sign-in?next=%2Fsecond-factor");
    };
    match person.op.first_duty {
        None | Some(FirstDuty::SetUpSecondFactor) => Ok(person),
        Some(duty) => Err(duty_path(duty)),
    }
}

/// `GET /second-factor`.
pub async fn second_factor(State(web): State<Web>, maybe: MaybePerson) -> Result<Response, Fault> {
    match person_of(maybe) {
        Ok(person) => show(&web, &person, None).await,
        Err(elsewhere) => Ok(Redirect::to(elsewhere).into_response()),
    }
}

async fn show(web: &Web, person: &Person, error: Option<&AppError>) -> Result<Response, Fault> {
    let state = accounts::second_factor(&person.op, &web.app).await?;
    let wrong: Vec<(String, String)> = error
        .map(|error| {
            let fields = error.fields.iter();
            fields
                .map(|field| (field.field.to_owned(), field.message.clone()))
                .collect()
        })
        .unwrap_or_default();
    let password = Field::text("password", "登录密码", "")
        .kind("password")
        .longest(200)
        .autocomplete("current-password")
        .errors(&wrong);
    let mut response = page(&SecondFactorPage {
        title: "动态口令".to_owned(),
        is_forced: person.op.first_duty.is_some(),
        is_set: state.is_set,
        is_required: state.is_required,
        recovery_left: state.recovery_left,
        qr: state
            .enrolment
            .as_ref()
            .map(|enrolment| qr_svg(&enrolment.uri, "用验证器应用扫描的二维码"))
            .unwrap_or_default(),
        key: state.enrolment.map(|enrolment| enrolment.key),
        login: person.own.login.clone(),
        issuer: accounts::ISSUER,
        code: Field::text("code", "应用中显示的 6 位数字", "")
            .longest(10)
            .autocomplete("one-time-code")
            .errors(&wrong),
        password,
        is_refused: wrong.iter().any(|(name, _)| name == "password"),
        wrong: error
            .filter(|error| error.fields.is_empty())
            .map(|error| match &error.hint {
                Some(hint) => format!("{}。{hint}", error.message),
                None => error.message.clone(),
            }),
    })?;
    if error.is_some() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

/// What went wrong is said on the page itself, as far as the person can help it.
async fn again(web: &Web, person: &Person, error: AppError) -> Result<Response, Fault> {
    match error.kind {
        ErrorKind::Invalid | ErrorKind::Conflict => show(web, person, Some(&error)).await,
        ErrorKind::Forbidden if error.code == "ACC-102" => show(web, person, Some(&error)).await,
        _ => Err(error.into()),
    }
}

/// `POST /second-factor/start`.
pub async fn start(State(web): State<Web>, maybe: MaybePerson, form: Posted) -> Result<Response, Fault> {
    let person = match person_of(maybe) {
        Ok(person) => person,
        Err(elsewhere) => return Ok(Redirect::to(elsewhere).into_response()),
    };
    match accounts::start_second_factor(&person.op, &web.app, &form.text("password")).await {
        Ok(()) => Ok(Redirect::to("/second-factor").into_response()),
        Err(error) => again(&web, &person, error).await,
    }
}

/// `POST /second-factor/confirm`: the recovery codes are shown once and kept nowhere.
pub async fn confirm(State(web): State<Web>, maybe: MaybePerson, form: Posted) -> Result<Response, Fault> {
    let person = match person_of(maybe) {
        Ok(person) => person,
        Err(elsewhere) => return Ok(Redirect::to(elsewhere).into_response()),
    };
    match accounts::confirm_second_factor(&person.op, &web.app, &form.text("code")).await {
        Ok(codes) => codes_page(&codes, "动态口令已设置，其他设备上的登录已退出。"),
        Err(error) => again(&web, &person, error).await,
    }
}

/// `POST /second-factor/codes`.
pub async fn codes(State(web): State<Web>, maybe: MaybePerson, form: Posted) -> Result<Response, Fault> {
    let person = match person_of(maybe) {
        Ok(person) => person,
        Err(elsewhere) => return Ok(Redirect::to(elsewhere).into_response()),
    };
    match accounts::renew_recovery_codes(&person.op, &web.app, &form.text("password")).await {
        Ok(codes) => codes_page(&codes, "新的恢复码已生成，原来的全部作废。"),
        Err(error) => again(&web, &person, error).await,
    }
}

fn codes_page(codes: &RecoveryCodes, told: &str) -> Result<Response, Fault> {
    page(&CodesPage {
        title: "恢复码".to_owned(),
        told: told.to_owned(),
        codes: codes.shown(),
    })
}

/// `POST /second-factor/remove`.
pub async fn remove(State(web): State<Web>, maybe: MaybePerson, form: Posted) -> Result<Response, Fault> {
    let person = match person_of(maybe) {
        Ok(person) => person,
        Err(elsewhere) => return Ok(Redirect::to(elsewhere).into_response()),
    };
    match accounts::remove_second_factor(&person.op, &web.app, &form.text("password")).await {
        Ok(()) => Ok(go("/second-factor", Flash::good("动态口令已停用。"))),
        Err(error) => again(&web, &person, error).await,
    }
}
