//! What one rule's page shows.

use askama::Template;

use crate::ui::Frame;

#[derive(Template)]
#[template(path = "rule/rule.html")]
pub struct RulePage {
    pub frame: Frame,
    pub id: String,
    pub reason: String,
    pub facts: Vec<(String, String)>,
    pub sql: String,
    /// For whoever sees lists.
    pub list_href: Option<String>,
}
