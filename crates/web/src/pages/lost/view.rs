//! What a person sees when something did not work: what, what to do next, and the number to tell the administrator.

use askama::Template;

use crate::ui::Frame;

#[derive(Template)]
#[template(path = "lost/lost.html")]
pub struct LostPage {
    pub frame: Frame,
    pub text: String,
    pub hint: Option<String>,
    /// (field, message).
    pub fields: Vec<(String, String)>,
    pub retry: String,
    pub retry_label: &'static str,
    pub code: String,
    pub request_id: String,
}

/// Outside the frame: nobody is signed in, or the frame itself cannot be made.
#[derive(Template)]
#[template(path = "lost/outside.html")]
pub struct BareLostPage {
    pub title: String,
    pub text: String,
    pub code: String,
    pub request_id: String,
}

/// In place of a fragment.
#[derive(Template)]
#[template(path = "lost/fragment.html")]
pub struct LostPart {
    pub text: String,
    pub code: String,
    pub request_id: String,
}
