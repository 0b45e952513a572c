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
    /// Checks that wait for a decision: address, file, note.
    pub waiting: Vec<(String, String, String)>,
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
    /// 片区变动: unions that lie in another zone, one sentence each; how many, where not all are named; what it was that moved them.
    pub zoned: Vec<String>,
    pub zoned_more: Option<String>,
    pub zoned_by: &'static str,
    pub can_undo: bool,
}

#[derive(Template)]
#[template(path = "intake/check.html")]
pub struct CheckPage {
    pub frame: Frame,
    pub number: String,
    pub kind: String,
    pub file_name: String,
    pub state: String,
    pub tone: Tone,
    /// (label, count, where its rows are, is shown).
    pub counts: Vec<(String, String, Option<String>, bool)>,
    pub sentence: String,
    /// (outcome, how many, rows, pager).
    pub lines: Option<(String, String, Table, String)>,
    /// (column, reason, rows).
    pub reasons: Vec<(String, String, i64)>,
    pub can_download: bool,
    /// The whole file lies ready as well.
    pub has_whole: bool,
    /// It can be imported or given up.
    pub is_waiting: bool,
    /// For how long.
    pub hours: i64,
    /// (label, value, is a code, where it leads).
    pub facts: Vec<(String, String, bool, Option<String>)>,
}

#[derive(Template)]
#[template(path = "intake/undo.html")]
pub struct UndoPage {
    pub frame: Frame,
    pub number: String,
    pub kind: String,
    pub counts: Vec<(String, String)>,
    pub sentence: String,
    pub changed: Option<Table>,
    /// Nothing when it cannot be done.
    pub button: Option<&'static str>,
    /// `yes`: only what nobody has changed.
    pub rest: &'static str,
}
