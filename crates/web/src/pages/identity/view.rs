//! The pages around the unit's own identity provider.

use askama::Template;

use crate::ui::Field;

/// What one's own account is bound to.
#[derive(Template)]
#[template(path = "identity/identity.html")]
pub struct IdentityPage {
    pub title: String,
    /// What was just done.
    pub notice: Option<String>,
    pub wrong: Option<String>,
    pub login: String,
    /// Nothing while it is bound to nothing.
    pub facts: Vec<(&'static str, String)>,
    pub password: Field,
}

/// Leads on to the provider.
#[derive(Template)]
#[template(path = "identity/away.html")]
pub struct AwayPage {
    pub title: String,
    pub text: String,
    pub url: String,
}
