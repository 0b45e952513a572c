//! What the pages of the two-person rule show.

use askama::Template;

use crate::ui::{Field, Frame, Pager, Tone};

/// One request.
#[derive(Debug, Clone)]
pub struct ApprovalRow {
    pub id: String,
    pub title: String,
    pub kind: &'static str,
    /// Who asked, and when.
    pub asked: String,
    /// What exactly: label and text.
    pub details: Vec<(String, String)>,
    pub reason: String,
    pub state: &'static str,
    pub tone: Tone,
    /// When it lapses, while it can.
    pub expires: Option<String>,
    /// Who decided, and when.
    pub decided: Option<String>,
    pub remark: Option<String>,
    /// Where its asker goes on.
    pub resume: Option<String>,
    pub can_decide: bool,
    pub wrong: Option<String>,
}

#[derive(Template)]
#[template(path = "approval/approval.html")]
pub struct ApprovalsPage {
    pub frame: Frame,
    pub summary: String,
    pub rows: Vec<ApprovalRow>,
    pub pager: Pager,
}

#[derive(Template)]
#[template(path = "approval/ask.html")]
pub struct AskPage {
    pub frame: Frame,
    pub kind: &'static str,
    pub title: String,
    /// What exactly the second person will read: label and text.
    pub details: Vec<(String, String)>,
    pub action: String,
    /// What the work itself was asked for, as a query; may be empty.
    pub carried: String,
    pub reason: Field,
}
