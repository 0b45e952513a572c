//! What the page of the interface shows.

use askama::Template;

use crate::ui::Frame;

#[derive(Template)]
#[template(path = "api/api.html")]
pub struct ApiPage {
    pub frame: Frame,
    pub about: Vec<String>,
    pub groups: Vec<Noun>,
}

/// The operations of one noun.
pub struct Noun {
    pub name: String,
    pub operations: Vec<Operation>,
}

/// One operation.
pub struct Operation {
    pub id: String,
    pub method: String,
    pub path: String,
    pub summary: String,
    pub about: Vec<String>,
    pub scope: Option<String>,
    pub asked: Vec<Part>,
    pub status: String,
    pub answered: Vec<Part>,
}

/// One value that is sent or answered.
pub struct Part {
    pub name: String,
    pub place: &'static str,
    pub kind: String,
    pub about: String,
    pub is_required: bool,
}
