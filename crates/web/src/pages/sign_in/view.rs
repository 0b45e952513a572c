//! The two pages outside the frame: sign-in and the change of a password.

use askama::Template;

use crate::ui::Field;

#[derive(Template)]
#[template(path = "sign_in/sign_in.html")]
pub struct SignInPage {
    pub title: String,
    pub wrong: Option<String>,
    pub notice: Option<String>,
    pub name: String,
    /// Where to go after signing in: a path of this site.
    pub next: String,
    /// The way to the unit's own identity provider, where one is configured.
    pub provider: Option<String>,
}

#[derive(Template)]
#[template(path = "sign_in/password.html")]
pub struct PasswordPage {
    pub title: String,
    pub name: String,
    /// The first sign-in with a one-time password leads here and nowhere else.
    /// Why it must be changed before anything else.
    pub forced: Option<&'static str>,
    pub wrong: Option<String>,
    pub fields: Vec<Field>,
}

/// The second step of signing in.
#[derive(Template)]
#[template(path = "sign_in/code.html")]
pub struct CodePage {
    pub title: String,
    pub login: String,
    pub next: String,
    pub wrong: Option<String>,
}
