//! What the list of runs and one run show.

use askama::Template;

use crate::ui::{Frame, Pager, Table, Tone};

#[derive(Template)]
#[template(path = "run/list.html")]
pub struct RunListPage {
    pub frame: Frame,
    pub summary: String,
    pub runs: Table,
    pub pager: Option<Pager>,
    pub can_start: bool,
    pub wrong: Option<String>,
    pub as_of: String,
}

#[derive(Template)]
#[template(path = "run/run.html")]
pub struct RunPage {
    pub frame: Frame,
    pub label: String,
    pub subtitle: String,
    pub state: String,
    pub tone: Tone,
    pub failure: Option<String>,
    pub counts: Vec<(String, String)>,
    pub findings: Vec<FindingRow>,
    pub findings_note: String,
    pub changes: Vec<(String, String)>,
    pub facts: Vec<(String, String)>,
    /// (stage, time, width).
    pub stages: Vec<(String, String, i64)>,
}

pub struct FindingRow {
    pub id: String,
    pub label: String,
    pub version: String,
    pub count: i64,
    pub percent: i64,
    pub href: String,
    /// For whoever sees lists.
    pub list_href: Option<String>,
}
