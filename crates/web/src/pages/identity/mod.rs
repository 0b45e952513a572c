//! 统一身份认证: the way to the unit's own identity provider and back, and what one's account is bound to. Outside the frame, like
//! the other pages around signing in.

pub mod view;

use std::net::SocketAddr;

use app::error::{AppError, ErrorKind};
use app::identity::{self, Arrival, Returned};
use axum::Extension;
use axum::extract::{ConnectInfo, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};

use self::view::{AwayPage, IdentityPage};
use crate::http::{
    Fault, MaybePerson, Person, Posted, Web, end_errand_cookie, errand_cookie, errand_of, go, inside, origin,
    page,
};
use crate::pages::sign_in;
use crate::ui::{Field, Flash, UrlQuery};

/// `GET /sign-in/provider`: off to the provider. A link and no form: browsers hold a form's redirects to this site.
pub async fn depart(
    State(web): State<Web>,
    MaybePerson(person): MaybePerson,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    let query = UrlQuery::read("", &query.unwrap_or_default());
    let next = inside(query.get("next").unwrap_or("/"));
    if person.is_some() {
        return Ok(Redirect::to(&next).into_response());
    }
    match identity::depart(&web.app, &next).await {
        Ok(departure) => {
            let mut response = Redirect::to(&departure.url).into_response();
            let cookie = errand_cookie(&departure.errand)?;
            response.headers_mut().append(header::SET_COOKIE, cookie);
            Ok(response)
        }
        Err(error) => refused(&web, &error, next),
    }
}

/// Back on the sign-in page with the reason, as long as it is one that a person can do something about.
fn refused(web: &Web, error: &AppError, next: String) -> Result<Response, Fault> {
    if error.kind == ErrorKind::Internal {
        tracing::error!(code = error.code, cause = ?error, "signing in by the identity provider failed");
    }
    let status = match error.kind {
        ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        ErrorKind::NotFound => StatusCode::NOT_FOUND,
        ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let mut response = sign_in::refused(web, error, next)?;
    *response.status_mut() = status;
    response
        .headers_mut()
        .append(header::SET_COOKIE, end_errand_cookie());
    Ok(response)
}

/// `GET /sign-in/provider/return`: the provider sends the browser back here.
pub async fn arrive(
    State(web): State<Web>,
    MaybePerson(person): MaybePerson,
    peer: Option<Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    let query = UrlQuery::read("", &query.unwrap_or_default());
    let text = |name: &str| query.get(name).map(str::to_owned);
    let returned = Returned {
        code: text("code"),
        state: text("state"),
        error: text("error"),
        issuer: text("iss"),
    };
    let from = origin(&web, peer, &headers);
    let kept = errand_of(&headers);
    let op = person.as_ref().map(|person| &person.op);
    let mut response = match identity::arrive(&web.app, kept.as_deref(), returned, from, op).await {
        Ok(Arrival::SignedIn(signed, next)) => sign_in::let_on(*signed, &inside(&next))?,
        Ok(Arrival::Bound) => go("/identity", Flash::good("统一身份认证已绑定，下次可以用它登录。")),
        Err(error) => match &person {
            // Signed in already, so this was a binding, or an old page loaded again.
            Some(person) => show(&web, person, Some(&error)).await?,
            None => return refused(&web, &error, "/".to_owned()),
        },
    };
    response
        .headers_mut()
        .append(header::SET_COOKIE, end_errand_cookie());
    Ok(response)
}

/// `GET /identity`: what one's own account is bound to.
pub async fn own(State(web): State<Web>, person: Person) -> Result<Response, Fault> {
    show(&web, &person, None).await
}

async fn show(web: &Web, person: &Person, error: Option<&AppError>) -> Result<Response, Fault> {
    let bound = identity::own_identity(&person.op, &web.app).await?;
    let wrong: Vec<(String, String)> = error
        .map(|error| {
            let fields = error.fields.iter();
            fields
                .map(|field| (field.field.to_owned(), field.message.clone()))
                .collect()
        })
        .unwrap_or_default();
    let mut response = page(&IdentityPage {
        title: "统一身份认证".to_owned(),
        notice: person.flash_text(),
        wrong: error
            .filter(|error| error.fields.is_empty())
            .map(sign_in::sentence),
        login: person.own.login.clone(),
        facts: bound
            .map(|identity| {
                vec![
                    ("身份标识", identity.subject_hint),
                    ("认证地址", identity.issuer),
                    (
                        "绑定",
                        format!("{}，{}", identity.bound_at.to_minute(), identity.bound_by_name),
                    ),
                    (
                        "最近用它登录",
                        identity
                            .used_at
                            .map_or_else(|| "还没有".to_owned(), |at| at.to_minute()),
                    ),
                ]
            })
            .unwrap_or_default(),
        password: Field::text("password", "登录密码", "")
            .kind("password")
            .longest(200)
            .autocomplete("current-password")
            .errors(&wrong),
    })?;
    if error.is_some() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

/// `POST /identity/bind`: with the password, then off to the provider, by a page of our own (see [`depart`]).
pub async fn bind(State(web): State<Web>, person: Person, form: Posted) -> Result<Response, Fault> {
    match identity::depart_to_bind(&person.op, &web.app, &form.text("password")).await {
        Ok(departure) => {
            let mut response = away(
                "前往统一身份认证",
                "请在统一身份认证页面登录，完成绑定。",
                departure.url,
            )?;
            let cookie = errand_cookie(&departure.errand)?;
            response.headers_mut().append(header::SET_COOKIE, cookie);
            Ok(response)
        }
        Err(error) => again(&web, &person, error).await,
    }
}

/// `POST /identity/unbind`.
pub async fn unbind(State(web): State<Web>, person: Person, form: Posted) -> Result<Response, Fault> {
    match identity::unbind_own(&person.op, &web.app, &form.text("password")).await {
        Ok(()) => Ok(go(
            "/identity",
            Flash::good("已解除绑定；其他设备上用它登录的已退出。"),
        )),
        Err(error) => again(&web, &person, error).await,
    }
}

/// What went wrong is said on the page itself, as far as the person can help it.
async fn again(web: &Web, person: &Person, error: AppError) -> Result<Response, Fault> {
    let is_locked = error.code == "ACC-102";
    let is_told = matches!(
        error.kind,
        ErrorKind::Invalid | ErrorKind::Conflict | ErrorKind::Unavailable
    );
    if is_told || is_locked {
        show(web, person, Some(&error)).await
    } else {
        Err(error.into())
    }
}

/// A page that leads on to the provider by itself, and by a link where the browser does not.
pub fn away(title: &str, text: &str, url: String) -> Result<Response, Fault> {
    page(&AwayPage {
        title: title.to_owned(),
        text: text.to_owned(),
        url,
    })
}
