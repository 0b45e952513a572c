//! What every request goes through: who asks, what was posted, what went wrong, which headers leave.

mod fault;
mod flash;
mod layers;
mod origin;
mod person;
mod posted;
mod read_out;

use std::ops::Deref;
use std::sync::Arc;

use app::op::App;
use askama::Template;
use axum::http::header;
use axum::response::{Html, IntoResponse, Redirect, Response};

pub use fault::{Fault, show_faults, status as failure_status, title as failure_title, told_above, wrong_of};
pub use flash::{clear_shown, with_flash};
pub use layers::{CountedIds, caught, panic_words, readable, secure};
pub use origin::{TrustedProxy, address, origin};
pub use person::{
    Cookies, MaybePerson, Person, duty_path, end_cookie, end_errand_cookie, end_step_cookie, errand_cookie,
    errand_of, start_cookie, step_cookie, step_token,
};
pub use posted::Posted;
pub use read_out::read_out;

use crate::api::Pace;
use crate::ui::Flash;

/// What differs between installations.
#[derive(Debug, Clone, Default)]
pub struct WebConfig {
    /// Browsers come by https, through a gateway: cookies are sent over https only, and HSTS is said.
    pub is_https: bool,
    /// Gateways in front: what they say of where a request comes from (X-Forwarded-For) counts, and nobody else's word.
    pub trusted_proxies: Vec<TrustedProxy>,
    /// Requests that one token of the interface may send in a minute; the usual number when absent.
    pub api_per_minute: Option<u32>,
}

/// The state that handlers share.
#[derive(Clone)]
pub struct Web {
    pub app: App,
    pub config: Arc<WebConfig>,
    /// How often each token has come.
    pub pace: Arc<Pace>,
}

impl Web {
    pub fn new(app: App, config: WebConfig) -> Web {
        Web {
            app,
            pace: Arc::new(Pace::new(config.api_per_minute)),
            config: Arc::new(config),
        }
    }
}

impl Deref for Web {
    type Target = App;

    fn deref(&self) -> &App {
        &self.app
    }
}

/// A rendered page. Nothing of it is kept by browsers or proxies: pages hold personal data.
pub fn page(template: &impl Template) -> Result<Response, Fault> {
    let html = template.render().map_err(app::error::AppError::internal)?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Html(html)).into_response())
}

/// After a POST: go to `path` and say there what was done.
pub fn go(path: &str, flash: Flash) -> Response {
    with_flash(Redirect::to(&inside(path)).into_response(), &flash)
}

/// A path of this site, whatever was sent: an address of another site becomes the home page.
pub fn inside(path: &str) -> String {
    let is_inside = path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && path.chars().all(|letter| !letter.is_control());
    if is_inside {
        path.to_owned()
    } else {
        "/".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::inside;

    #[test]
    fn nobody_is_sent_to_another_site() {
        assert_eq!(inside("/worklist/task?q=1"), "/worklist/task?q=1");
        for outside in ["https://x.cn", "//x.cn", "/\\x.cn", "", "/a\nb"] {
            assert_eq!(inside(outside), "/");
        }
    }
}
