//! Who asks: the account behind the session cookie, or the way to the sign-in page.

use app::accounts::{SignedRequest, authenticate};
use app::approval;
use app::error::AppError;
use app::list_item;
use app::op::OpContext;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use codes::time::Timestamp;
use domain::accounts::{Account, FirstDuty, Reach, shown_name};
use domain::delegation::Delegation;
use domain::identity::SignInWay;
use domain::permission::Action;
use tower_http::request_id::RequestId;

use super::{Fault, Web, address, flash};
use crate::ui::{ActingFor, Flash, Frame, Here, NavFacts, UrlQuery, Who};

/// Every cookie is for the whole site, as names that begin with `__Host-` must be; behind https a layer gives them that name.
const SESSION: &str = "gonghui_session";
/// Holds the token of a sign-in that waits for its code.
const STEP: &str = "gonghui_step";
/// Holds what a browser on its way to the identity provider must bring back.
const ERRAND: &str = "gonghui_errand";

/// The cookies of a request.
#[derive(Debug, Clone, Default)]
pub struct Cookies(Vec<(String, String)>);

impl Cookies {
    pub fn of(headers: &HeaderMap) -> Cookies {
        let pairs = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|text| text.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Cookies(pairs)
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }
}

/// The cookie of a new session. Lax, so that a link in a message still opens signed in, while no other site can post.
pub fn start_cookie(token: &str) -> Result<HeaderValue, Fault> {
    HeaderValue::from_str(&format!("{SESSION}={token}; Path=/; HttpOnly; SameSite=Lax"))
        .map_err(|error| AppError::internal(error).into())
}

/// The cookie of a sign-in that waits for its code, gone after ten minutes. Lax: whoever comes from the identity provider is
/// led on to their code, and a strict cookie would stay behind on the way.
pub fn step_cookie(token: &str) -> Result<HeaderValue, Fault> {
    HeaderValue::from_str(&format!(
        "{STEP}={token}; Path=/; Max-Age=600; HttpOnly; SameSite=Lax"
    ))
    .map_err(|error| AppError::internal(error).into())
}

/// Ends that cookie.
pub fn end_step_cookie() -> HeaderValue {
    HeaderValue::from_static("gonghui_step=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax")
}

/// The cookie of a browser on its way to the identity provider: sealed, for ten minutes, and sent along when the provider
/// leads it back.
pub fn errand_cookie(errand: &str) -> Result<HeaderValue, Fault> {
    HeaderValue::from_str(&format!(
        "{ERRAND}={errand}; Path=/; Max-Age=600; HttpOnly; SameSite=Lax"
    ))
    .map_err(|error| AppError::internal(error).into())
}

/// Ends that cookie.
pub fn end_errand_cookie() -> HeaderValue {
    HeaderValue::from_static("gonghui_errand=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax")
}

/// What the browser brings back from the identity provider.
pub fn errand_of(headers: &HeaderMap) -> Option<String> {
    Cookies::of(headers).get(ERRAND).map(str::to_owned)
}

/// The token of a sign-in that waits for its code.
pub fn step_token(headers: &HeaderMap) -> Option<String> {
    Cookies::of(headers).get(STEP).map(str::to_owned)
}

/// Ends the cookie.
pub fn end_cookie() -> HeaderValue {
    HeaderValue::from_static("gonghui_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax")
}

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub struct Person {
    pub op: OpContext,
    /// The account whose role and scope count.
    pub account: Account,
    /// The person's own account; another one while acting for somebody.
    pub own: Account,
    /// Under which authorisation the person acts for `account`.
    pub delegation: Option<Delegation>,
    /// How the session was opened.
    pub way: SignInWay,
    /// Until when a second factor must be set up, where one is asked for and the time for it still runs.
    factor_due: Option<Timestamp>,
    flash: Option<Flash>,
}

/// Why there is no page for this request: nobody is signed in, something else must be done first, or it failed.
pub enum Turned {
    SignIn(String),
    Duty(FirstDuty),
    Failed(Fault),
}

impl IntoResponse for Turned {
    fn into_response(self) -> Response {
        match self {
            Turned::SignIn(next) => {
                Redirect::to(&UrlQuery::default().at("/sign-in").with("next", &next).url()).into_response()
            }
            Turned::Duty(duty) => Redirect::to(duty_path(duty)).into_response(),
            Turned::Failed(fault) => fault.into_response(),
        }
    }
}

/// Where a duty is done.
pub fn duty_path(duty: FirstDuty) -> &'static str {
    match duty {
        FirstDuty::ReplacePassword | FirstDuty::RenewPassword => "/password",
        FirstDuty::SetUpSecondFactor => "/second-factor",
    }
}

impl Person {
    /// The person behind the cookies, if the session is still open.
    pub(super) async fn of(
        web: &Web,
        cookies: &Cookies,
        request_id: Option<String>,
        address: Option<String>,
    ) -> Result<Option<Person>, AppError> {
        let Some(token) = cookies.get(SESSION) else {
            return Ok(None);
        };
        let signed = authenticate(&web.app, token, request_id).await?;
        Ok(signed.map(|signed| {
            let SignedRequest {
                op,
                account,
                own,
                delegation,
                session,
                factor_due,
            } = signed;
            Person {
                op: op.from_address(address),
                account,
                own,
                delegation,
                way: session.way,
                factor_due,
                flash: flash::waiting(cookies),
            }
        }))
    }

    /// What was just done, for a page outside the frame.
    pub fn flash_text(&self) -> Option<String> {
        self.flash.as_ref().map(|flash| flash.text.clone())
    }

    pub fn can(&self, action: Action) -> bool {
        self.op.can(action)
    }

    /// The same person with something to be told on this page.
    pub fn told(&self, flash: Flash) -> Person {
        Person {
            flash: Some(flash),
            ..self.clone()
        }
    }

    /// The frame of a page: navigation with counts by what the role may see.
    pub async fn frame(&self, web: &Web, title: &str, here: Here) -> Result<Frame, AppError> {
        let sees_lists = self.can(Action::SeeLists);
        let counts = if sees_lists {
            Some(list_item::kind_counts(&self.op, &web.app).await?)
        } else {
            None
        };
        let facts = NavFacts {
            shows_home: self.can(Action::SeeDashboard),
            verify_open: counts.map(|counts| counts.verification),
            task_open: counts.map(|counts| counts.task),
            work_open: counts.map(|counts| counts.work),
            mine_open: counts.map(|counts| counts.mine),
            shows_lists: sees_lists,
            shows_unions: self.can(Action::SeeUnions),
            shows_members: self.can(Action::SeeMembers),
            shows_notice: self.can(Action::PublishNotice),
            shows_batches: self.can(Action::SeeBatches),
            shows_runs: self.can(Action::SeeRuns),
            shows_accounts: self.can(Action::SeeAccounts),
            shows_jobs: self.can(Action::SeeJobs),
            shows_journal: self.can(Action::SeeJournal),
            shows_approvals: self.can(Action::Approve) || self.can(Action::Export),
            approvals_waiting: approval::waiting_count(&self.op, &web.app).await?,
            shows_security: self.can(Action::ManageSecurity),
        };
        let who = Who {
            name: shown_name(&self.account.name),
            role: self.account.role.label().to_owned(),
            place: match (&self.account.union_name, self.account.reach) {
                (None, _) => "本系统".to_owned(),
                (Some(union), Reach::Branch) => union.clone(),
                (Some(union), reach) => format!("{union}（{}）", reach.label()),
            },
        };
        let acting = self.delegation.as_ref().map(|delegation| ActingFor {
            principal: shown_name(&self.account.name),
            role: self.account.role.label().to_owned(),
            place: who.place.clone(),
            own: shown_name(&self.own.name),
            until: delegation.ends_on.to_string(),
        });
        Ok(Frame::new(title, here, Some(who), facts)
            .flash(self.flash.clone())
            .acting(acting)
            .factor_due(self.factor_due.map(|due| due.day().to_string()))
            .provider(app::identity::is_offered(&web.app)))
    }
}

/// The request's own address, to come back to after signing in; a POST cannot be repeated, so it leads home.
fn next_of(parts: &Parts) -> String {
    if parts.method.is_safe() && !parts.headers.contains_key("hx-request") {
        parts
            .uri
            .path_and_query()
            .map_or_else(|| "/".to_owned(), ToString::to_string)
    } else {
        "/".to_owned()
    }
}

async fn read(parts: &Parts, web: &Web) -> Result<Option<Person>, Turned> {
    let request_id = parts
        .extensions
        .get::<RequestId>()
        .and_then(|id| id.header_value().to_str().ok())
        .map(str::to_owned);
    let address = address(web, &parts.extensions, &parts.headers);
    Person::of(web, &Cookies::of(&parts.headers), request_id, address)
        .await
        .map_err(|error| Turned::Failed(error.into()))
}

impl FromRequestParts<Web> for Person {
    type Rejection = Turned;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Person, Turned> {
        match read(parts, web).await? {
            None => Err(Turned::SignIn(next_of(parts))),
            Some(person) => match person.op.first_duty {
                Some(duty) => Err(Turned::Duty(duty)),
                None => Ok(person),
            },
        }
    }
}

/// Somebody who may still have to change a password or set up a second factor, or nobody: for the pages around signing in.
pub struct MaybePerson(pub Option<Person>);

impl FromRequestParts<Web> for MaybePerson {
    type Rejection = Turned;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<MaybePerson, Turned> {
        read(parts, web).await.map(MaybePerson)
    }
}
