//! What the pages of accounts show.

use askama::Template;

use crate::ui::{Field, Frame, Table, Tone};

#[derive(Template)]
#[template(path = "account/form.html")]
pub struct AccountForm {
    pub frame: Frame,
    pub wrong: Option<String>,
    pub fields: Vec<Field>,
}

#[derive(Template)]
#[template(path = "account/account.html")]
pub struct AccountPage {
    pub frame: Frame,
    pub id: String,
    pub sign_in_name: String,
    pub state: String,
    pub tone: Tone,
    pub is_active: bool,
    pub is_locked: bool,
    pub is_own: bool,
    /// Shown once, right after it was made.
    pub one_time: Option<String>,
    pub facts: Vec<(String, String)>,
    pub sessions: Table,
    pub can_manage: bool,
}
