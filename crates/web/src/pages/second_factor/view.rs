//! The pages of the second factor.

use askama::Template;

use crate::ui::Field;

#[derive(Template)]
#[template(path = "second_factor/second_factor.html")]
pub struct SecondFactorPage {
    pub title: String,
    /// It comes before anything else.
    pub is_forced: bool,
    pub is_set: bool,
    pub is_required: bool,
    pub recovery_left: i64,
    /// The drawing, while a set-up is going on.
    pub qr: String,
    /// The key in groups of four, while a set-up is going on.
    pub key: Option<String>,
    pub login: String,
    pub issuer: &'static str,
    pub code: Field,
    pub password: Field,
    /// The password was wrong: what asks for it is open.
    pub is_refused: bool,
    pub wrong: Option<String>,
}

/// The recovery codes, once.
#[derive(Template)]
#[template(path = "second_factor/codes.html")]
pub struct CodesPage {
    pub title: String,
    pub told: String,
    pub codes: Vec<String>,
}
