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
    /// How long people have to set a second factor up.
    pub grace: Field,
    /// How much one person does alone.
    pub limits: Vec<Field>,
    /// Heads of the table of roles.
    pub limit_heads: Vec<&'static str>,
    /// Role, and for each limit its field and value; `None` where the role does nothing of the kind.
    pub by_role: Vec<(&'static str, Vec<Option<(String, String)>>)>,
    pub by_role_wrong: Option<String>,
    /// Code, word and whether a second factor is asked of it.
    pub roles: Vec<(String, String, bool)>,
}
