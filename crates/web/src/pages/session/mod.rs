//! 登录设备: where one is signed in, and how to end it.

pub mod view;

use app::accounts;
use app::error::AppError;
use axum::extract::{Path, State};
use axum::response::Response;
use codes::id::SessionId;
use domain::accounts::Session;

use self::view::{SessionRow, SessionRows, SessionsPage};
use crate::http::{Fault, Person, Web, go, page};
use crate::ui::{Flash, Here};

/// `GET /session`.
pub async fn list(State(web): State<Web>, person: Person) -> Result<Response, Fault> {
    let open = accounts::sessions(&person.op, &web.app).await?;
    let others = open.len().saturating_sub(1);
    page(&SessionsPage {
        frame: person.frame(&web, "登录设备", Here::Nowhere).await?,
        rows: rows(&open, person.op.session, |id| format!("/session/{id}/end")),
        others,
    })
}

/// The devices as rows; `end` says where each is ended. The one that asks leaves by signing out.
pub fn rows(open: &[Session], this: Option<SessionId>, end: impl Fn(SessionId) -> String) -> SessionRows {
    let row = |session: &Session| {
        let is_this = this == Some(session.id);
        SessionRow {
            device: device(session.user_agent.as_deref().unwrap_or_default()),
            since: session.created_at.to_minute(),
            seen: session.seen_at.to_minute(),
            address: session.address.clone().unwrap_or_else(|| "—".to_owned()),
            is_this,
            acts: session.delegation_id.is_some(),
            by_provider: session.way.is_by_provider(),
            end: (!is_this).then(|| end(session.id)),
        }
    };
    SessionRows {
        rows: open.iter().map(row).collect(),
    }
}

pub fn session_id(text: &str) -> Result<SessionId, AppError> {
    text.parse()
        .map_err(|_| AppError::not_found("ACC-404", "没有这个登录会话，或已结束"))
}

/// `POST /session/{id}/end`.
pub async fn end(State(web): State<Web>, person: Person, Path(id): Path<String>) -> Result<Response, Fault> {
    accounts::end_session(&person.op, &web.app, session_id(&id)?).await?;
    Ok(go(
        "/session",
        Flash::good("该设备已退出，它的下一次操作就会被拒绝。"),
    ))
}

/// `POST /session/end-others`.
pub async fn end_others(State(web): State<Web>, person: Person) -> Result<Response, Fault> {
    let count = accounts::end_other_sessions(&person.op, &web.app).await?;
    Ok(go(
        "/session",
        Flash::good(format!("已退出其他 {count} 台设备。")),
    ))
}

/// A browser as people call it, from how it names itself.
fn device(agent: &str) -> String {
    let known = |names: &[(&str, &'static str)]| {
        let found = names.iter().find(|(sign, _)| agent.contains(sign));
        found.map(|(_, name)| *name)
    };
    // Each names the ones after it as well, to be served like them.
    let browser = known(&[
        ("MicroMessenger", "微信"),
        ("DingTalk", "钉钉"),
        ("Edg", "Edge"),
        ("Firefox", "Firefox"),
        ("Chrome", "Chrome"),
        ("Safari", "Safari"),
    ]);
    let system = known(&[
        ("Windows", "Windows"),
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (None, None) if agent.is_empty() => "未说明的设备".to_owned(),
        (None, None) => agent.chars().take(40).collect(),
        (browser, system) => [browser, system]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" · "),
    }
}

#[cfg(test)]
mod tests {
    use super::device;

    #[test]
    fn a_browser_is_named_as_people_call_it() {
        let edge = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0";
        assert_eq!(device(edge), "Edge · Windows");
        assert_eq!(
            device("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Safari/604.1"),
            "Safari · iPhone"
        );
        assert_eq!(device("curl/8.5"), "curl/8.5");
        assert_eq!(device(""), "未说明的设备");
    }
}
