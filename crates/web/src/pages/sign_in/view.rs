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
}

#[derive(Template)]
#[template(path = "sign_in/password.html")]
pub struct PasswordPage {
    pub title: String,
    pub name: String,
    /// The first sign-in with a one-time password leads here and nowhere else.
    pub is_forced: bool,
    pub wrong: Option<String>,
    pub fields: Vec<Field>,
}
