//! 登录（密码、动态口令）、退出、修改密码.

pub mod view;

use std::net::SocketAddr;

use app::accounts::{self, ChangePassword, SignIn, SignedIn};
use app::error::{AppError, ErrorKind};
use axum::Extension;
use axum::extract::{ConnectInfo, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use domain::accounts::FirstDuty;

use self::view::{CodePage, PasswordPage, SignInPage};
use crate::http::{
    Fault, MaybePerson, Person, Posted, Web, end_cookie, end_step_cookie, go, inside, origin, page,
    start_cookie, step_cookie, step_token,
};
use crate::pages::identity;
use crate::ui::{Field, Flash, UrlQuery};

/// `GET /sign-in`.
pub async fn sign_in_form(
    State(web): State<Web>,
    MaybePerson(person): MaybePerson,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    let query = UrlQuery::read("", &query.unwrap_or_default());
    if person.is_some() {
        return Ok(Redirect::to("/").into_response());
    }
    let next = inside(query.get("next").unwrap_or("/"));
    let notice = query.get("bye").map(|_| "已退出登录。".to_owned());
    page(&sign_in_page(&web, None, notice, String::new(), next))
}

fn sign_in_page(
    web: &Web,
    wrong: Option<String>,
    notice: Option<String>,
    name: String,
    next: String,
) -> SignInPage {
    let provider = app::identity::is_offered(&web.app).then(|| {
        UrlQuery::default()
            .at("/sign-in/provider")
            .with("next", if next == "/" { "" } else { &next })
            .url()
    });
    SignInPage {
        title: "登录".to_owned(),
        wrong,
        notice,
        name,
        next,
        provider,
    }
}

/// The sign-in page with the reason why it did not work; the status is the caller's.
pub fn refused(web: &Web, error: &AppError, next: String) -> Result<Response, Fault> {
    page(&sign_in_page(
        web,
        Some(sentence(error)),
        None,
        String::new(),
        next,
    ))
}

/// On with somebody whose password, or provider, was right: to where they wanted to go, or to their code.
pub fn let_on(signed: SignedIn, next: &str) -> Result<Response, Fault> {
    if !signed.awaits_code {
        return begun(next, &signed.token);
    }
    let to = UrlQuery::default()
        .at("/sign-in/code")
        .with("next", if next == "/" { "" } else { next })
        .url();
    let mut response = Redirect::to(&to).into_response();
    let cookie = step_cookie(&signed.token)?;
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

/// `POST /sign-in`.
pub async fn sign_in(
    State(web): State<Web>,
    peer: Option<Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
    form: Posted,
) -> Result<Response, Fault> {
    let (address, user_agent) = origin(&web, peer, &headers);
    let asked = SignIn {
        login: form.text("name"),
        password: form.text("password"),
        address,
        user_agent,
    };
    let next = inside(&form.text("next"));
    match accounts::sign_in(&web.app, asked).await {
        Ok(signed) if signed.account.must_change_password && !signed.awaits_code => {
            begun("/password", &signed.token)
        }
        Ok(signed) => let_on(signed, &next),
        Err(error) if matches!(error.kind, ErrorKind::Invalid | ErrorKind::Forbidden) => {
            let wrong = Some(sentence(&error));
            let view = sign_in_page(&web, wrong, None, form.text("name"), next);
            let mut response = page(&view)?;
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
        Err(error) => Err(error.into()),
    }
}

/// The session begins: its cookie, and the way on.
fn begun(to: &str, token: &str) -> Result<Response, Fault> {
    let mut response = Redirect::to(to).into_response();
    let headers = response.headers_mut();
    headers.append(header::SET_COOKIE, start_cookie(token)?);
    headers.append(header::SET_COOKIE, end_step_cookie());
    Ok(response)
}

fn code_page(login: String, next: String, wrong: Option<String>) -> Result<Response, Fault> {
    page(&CodePage {
        title: "动态口令".to_owned(),
        login,
        next,
        wrong,
    })
}

/// `GET /sign-in/code`: the second step; without a first one it begins anew.
pub async fn code_form(
    State(web): State<Web>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    let query = UrlQuery::read("", &query.unwrap_or_default());
    let token = step_token(&headers).unwrap_or_default();
    match accounts::awaiting_code(&web.app, &token).await? {
        Some(login) => code_page(login, inside(query.get("next").unwrap_or("/")), None),
        None => Ok(Redirect::to("/sign-in").into_response()),
    }
}

/// `POST /sign-in/code`.
pub async fn code(State(web): State<Web>, headers: HeaderMap, form: Posted) -> Result<Response, Fault> {
    let token = step_token(&headers).unwrap_or_default();
    let next = inside(&form.text("next"));
    let error = match accounts::sign_in_code(&web.app, &token, &form.text("code")).await {
        Ok(signed) => return begun(&next, &signed.token),
        Err(error) => error,
    };
    let login = accounts::awaiting_code(&web.app, &token).await?;
    let mut response = match (error.kind, login) {
        (ErrorKind::Invalid, Some(login)) => code_page(login, next, Some(sentence(&error)))?,
        // Too late, locked, out of use: from the beginning, with the reason.
        (ErrorKind::Invalid | ErrorKind::Conflict | ErrorKind::Forbidden, _) => refused(&web, &error, next)?,
        _ => return Err(error.into()),
    };
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}

/// What went wrong and what to do about it, as one text.
pub fn sentence(error: &AppError) -> String {
    match &error.hint {
        Some(hint) => format!("{}。{hint}", error.message),
        None => error.message.clone(),
    }
}

/// `POST /sign-out`. Who came by the identity provider is signed out there too, where it offers that: else the next person at
/// this computer would be let in without being asked.
pub async fn sign_out(State(web): State<Web>, MaybePerson(person): MaybePerson) -> Result<Response, Fault> {
    let mut way_out = None;
    if let Some(person) = person {
        accounts::sign_out(&person.op, &web.app).await?;
        if person.way.is_by_provider() {
            way_out = app::identity::way_out(&web.app).await;
        }
    }
    let mut response = match way_out {
        Some(url) => identity::away(
            "已退出登录",
            "已退出数字工会，正在退出统一身份认证。在公用电脑上请等它退出后再离开。",
            url,
        )?,
        None => Redirect::to("/sign-in?bye=1").into_response(),
    };
    response.headers_mut().append(header::SET_COOKIE, end_cookie());
    Ok(response)
}

fn password_page(person: &Person, error: Option<&AppError>) -> Result<Response, Fault> {
    let wrong: Vec<(String, String)> = error
        .map(|error| {
            error
                .fields
                .iter()
                .map(|field| (field.field.to_owned(), field.message.clone()))
                .collect()
        })
        .unwrap_or_default();
    let field = |name, label, complete| {
        Field::text(name, label, "")
            .kind("password")
            .longest(200)
            .autocomplete(complete)
            .errors(&wrong)
    };
    page(&PasswordPage {
        title: "修改密码".to_owned(),
        name: person.own.login.clone(),
        forced: match person.op.first_duty {
            Some(FirstDuty::ReplacePassword) => Some("这是一次性密码，请先设置自己的密码再继续。"),
            Some(FirstDuty::RenewPassword) => Some("密码已到更换期限，请先换一个新密码再继续。"),
            _ => None,
        },
        wrong: error.filter(|_| wrong.is_empty()).map(sentence),
        fields: vec![
            field("old", "现在的密码", "current-password"),
            field("new", "新密码", "new-password").help(domain::password::REQUIREMENTS),
            field("again", "再输一次新密码", "new-password"),
        ],
    })
}

/// `GET /password`.
pub async fn password_form(MaybePerson(person): MaybePerson) -> Result<Response, Fault> {
    match person {
        Some(person) => password_page(&person, None),
        None => Ok(Redirect::to("/sign-in").into_response()),
    }
}

/// `POST /password`.
pub async fn password(
    State(web): State<Web>,
    MaybePerson(person): MaybePerson,
    form: Posted,
) -> Result<Response, Fault> {
    let Some(person) = person else {
        return Ok(Redirect::to("/sign-in").into_response());
    };
    let asked = ChangePassword {
        old: form.text("old"),
        new: form.text("new"),
        again: form.text("again"),
    };
    match accounts::change_password(&person.op, &web.app, asked).await {
        Ok(()) => Ok(go("/", Flash::good("密码已修改，其他设备上的登录已退出。"))),
        Err(error) if matches!(error.kind, ErrorKind::Invalid | ErrorKind::Forbidden) => {
            let mut response = password_page(&person, Some(&error))?;
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
        Err(error) => Err(error.into()),
    }
}
