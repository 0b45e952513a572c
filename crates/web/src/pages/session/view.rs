//! What the page of devices shows; the rows stand on an account's page as well.

use askama::Template;

use crate::ui::Frame;

/// One device.
#[derive(Debug, Clone)]
pub struct SessionRow {
    pub device: String,
    pub since: String,
    pub seen: String,
    pub address: String,
    pub is_this: bool,
    /// It acts for somebody else at present.
    pub acts: bool,
    /// It was opened by the identity provider.
    pub by_provider: bool,
    /// Where it is ended; none for the one that asks.
    pub end: Option<String>,
}

#[derive(Template, Debug, Clone, Default)]
#[template(path = "session/rows.html")]
pub struct SessionRows {
    pub rows: Vec<SessionRow>,
}

#[derive(Template)]
#[template(path = "session/session.html")]
pub struct SessionsPage {
    pub frame: Frame,
    pub rows: SessionRows,
    /// How many other devices there are.
    pub others: usize,
}
