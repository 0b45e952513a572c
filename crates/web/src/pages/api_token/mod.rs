//! 接口令牌: one's own tokens for programs: make, see when each was last used, withdraw.

pub mod view;

use app::api_token::{self, TokenForm, last_day};
use app::error::{AppError, ErrorKind};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use codes::id::AccountId;
use domain::api_token::{ApiToken, TOKEN_DAYS_MAX, TokenScope};

use self::view::{Made, ScopeChoice, TokenRow, TokensPage};
use crate::http::{Fault, Person, Posted, Web, go, page};
use crate::ui::{Field, Flash, Here, Tone};

/// Days that the form proposes.
const USUAL_DAYS: i64 = 90;

/// `GET /token`.
pub async fn list(State(web): State<Web>, person: Person) -> Result<Response, Fault> {
    let typed = TokenForm {
        name: String::new(),
        scopes: Vec::new(),
        last_day: person.op.today().add_days(USUAL_DAYS).to_string(),
    };
    show(&web, &person, &typed, None, None).await
}

/// `POST /token`: makes one and shows its secret, once.
pub async fn make(State(web): State<Web>, person: Person, form: Posted) -> Result<Response, Fault> {
    let typed = TokenForm {
        name: form.text("name"),
        scopes: form.all("scope"),
        last_day: form.text("last_day"),
    };
    match api_token::make_token(
        &person.op,
        &web.app,
        own(&person)?,
        &form.text("password"),
        typed.clone(),
    )
    .await
    {
        Ok(made) => {
            let shown = Made {
                name: made.token.name.clone(),
                secret: made.secret,
            };
            let fresh = TokenForm {
                name: String::new(),
                scopes: Vec::new(),
                ..typed
            };
            show(&web, &person, &fresh, Some(shown), None).await
        }
        Err(error)
            if matches!(error.kind, ErrorKind::Invalid | ErrorKind::Conflict) || error.code == "ACC-102" =>
        {
            let mut response = show(&web, &person, &typed, None, Some(&error)).await?;
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /token/{id}/withdraw`; only with the box ticked, also without script.
pub async fn withdraw(
    State(web): State<Web>,
    person: Person,
    Path(id): Path<String>,
    form: Posted,
) -> Result<Response, Fault> {
    if form.get("sure") != Some("yes") {
        return Ok(go("/token", Flash::bad("没有撤回：请先勾选确认。")));
    }
    let id = id.parse().map_err(|_| AppError::no_token())?;
    let token = api_token::withdraw_token(&person.op, &web.app, id).await?;
    let back = if person.op.actor.id == Some(token.account_id) {
        "/token".to_owned()
    } else {
        format!("/account/{}", token.account_id)
    };
    let told = format!("已撤回“{}”，用它的程序从现在起被拒绝。", token.name);
    Ok(go(&back, Flash::good(told)))
}

/// One's own account; a token is nothing that somebody does for another.
fn own(person: &Person) -> Result<AccountId, AppError> {
    person.op.oneself()
}

async fn show(
    web: &Web,
    person: &Person,
    typed: &TokenForm,
    made: Option<Made>,
    error: Option<&AppError>,
) -> Result<Response, Fault> {
    let tokens = api_token::tokens(&person.op, &web.app, own(person)?).await?;
    let wrong: Vec<(String, String)> = error
        .map(|error| &error.fields[..])
        .unwrap_or_default()
        .iter()
        .map(|field| (field.field.to_owned(), field.message.clone()))
        .collect();
    let scopes = TokenScope::ALL
        .into_iter()
        .filter(|scope| scope.is_for(person.op.role()));
    let page_of = TokensPage {
        frame: person.frame(web, "接口令牌", Here::Nowhere).await?,
        made,
        tokens: tokens.iter().map(|token| row_of(token, person)).collect(),
        wrong: error.map(|error| error.message.clone()),
        scope_wrong: wrong
            .iter()
            .find(|(name, _)| name == "scope")
            .map(|(_, words)| words.clone()),
        fields: vec![
            Field::text("name", "给哪个系统用", typed.name.clone())
                .longest(50)
                .autocomplete("off")
                .help("如：年报系统；写进操作日志")
                .errors(&wrong),
            Field::text("last_day", "有效至", typed.last_day.clone())
                .kind("date")
                .help(format!("含当天，最长 {TOKEN_DAYS_MAX} 天"))
                .errors(&wrong),
        ],
        password: Field::text("password", "登录密码", "")
            .kind("password")
            .longest(200)
            .autocomplete("current-password")
            .help("令牌可代替密码，所以先确认是您本人")
            .errors(&wrong),
        scopes: scopes
            .map(|scope| ScopeChoice {
                code: scope.code(),
                label: scope.label(),
                is_chosen: typed.scopes.iter().any(|code| code == scope.code()),
            })
            .collect(),
    };
    page(&page_of)
}

/// A token as pages list it.
pub fn row_of(token: &ApiToken, person: &Person) -> TokenRow {
    let (state, tone) = match token.withdrawn_at {
        Some(_) => ("已撤回", Tone::Grey),
        None if token.is_valid(person.op.now()) => ("有效", Tone::Green),
        None => ("已过期", Tone::Grey),
    };
    TokenRow {
        id: token.id.to_string(),
        name: token.name.clone(),
        tail: token.tail.clone(),
        scopes: token
            .scopes
            .iter()
            .map(|scope| scope.label())
            .collect::<Vec<_>>()
            .join("、"),
        last_day: last_day(token).to_string(),
        used: token.used_at.map(|at| at.to_minute()),
        made: token.created_at.to_minute(),
        state,
        tone,
        is_valid: token.is_valid(person.op.now()),
    }
}
