//! What the page of the security policy shows.

use askama::Template;

use crate::ui::{Field, Frame};

#[derive(Template)]
#[template(path = "security/security.html")]
pub struct SecurityPage {
    pub frame: Frame,
    pub wrong: Option<String>,
    /// What every password must be like, whatever is set here.
    pub requirements: &'static str,
    pub passwords: Vec<Field>,
    pub export: Field,
    /// Code, word and whether a second factor is asked of it.
    pub roles: Vec<(String, String, bool)>,
}
