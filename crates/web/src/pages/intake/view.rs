//! What the upload page, a batch and a running job show.

use askama::Template;

use crate::ui::{Frame, Pager, Table, Tone};

#[derive(Template)]
#[template(path = "intake/intake.html")]
pub struct IntakePage {
    pub frame: Frame,
    pub summary: String,
    pub batches: Table,
    pub pager: Option<Pager>,
    pub can_upload: bool,
    pub wrong: Option<String>,
    pub kinds: Vec<KindChoice>,
    pub chosen: String,
    pub limit: String,
    pub current: Vec<CurrentRow>,
}

pub struct KindChoice {
    pub code: String,
    pub label: String,
    pub note: String,
    /// Where its template is.
    pub template: String,
}

/// Which state of one kind is in use.
pub struct CurrentRow {
    pub label: String,
    pub rows: String,
    pub as_of: String,
    pub href: Option<String>,
}

#[derive(Template)]
#[template(path = "intake/batch.html")]
pub struct BatchPage {
    pub frame: Frame,
    pub number: String,
    pub kind: String,
    pub file_name: String,
    pub state: String,
    pub tone: Tone,
    pub counts: Vec<(String, String)>,
    pub sentence: Option<String>,
    /// (column, reason, rows).
    pub reasons: Vec<(String, String, i64)>,
    pub can_download: bool,
    /// (label, value, is a code).
    pub facts: Vec<(String, String, bool)>,
    pub can_undo: bool,
}
