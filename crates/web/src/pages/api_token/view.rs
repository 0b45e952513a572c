//! What the page of tokens shows.

use askama::Template;

use crate::ui::{Field, Frame, Tone};

#[derive(Template)]
#[template(path = "api_token/tokens.html")]
pub struct TokensPage {
    pub frame: Frame,
    /// Shown once, right after it was made.
    pub made: Option<Made>,
    pub tokens: Vec<TokenRow>,
    pub wrong: Option<String>,
    pub scope_wrong: Option<String>,
    pub fields: Vec<Field>,
    pub password: Field,
    pub scopes: Vec<ScopeChoice>,
}

/// A token that was just made.
pub struct Made {
    pub name: String,
    pub secret: String,
}

/// One token of the list.
pub struct TokenRow {
    pub id: String,
    pub name: String,
    pub tail: String,
    pub scopes: String,
    pub last_day: String,
    pub used: Option<String>,
    pub made: String,
    pub state: &'static str,
    pub tone: Tone,
    pub is_valid: bool,
}

/// A scope to tick.
pub struct ScopeChoice {
    pub code: &'static str,
    pub label: &'static str,
    pub is_chosen: bool,
}
