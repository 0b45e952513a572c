//! What is shown in full, on a page of its own.

use askama::Template;

use crate::ui::{ContactPart, Frame};

#[derive(Template)]
#[template(path = "contact/shown.html")]
pub struct ShownPage {
    pub frame: Frame,
    pub part: ContactPart,
    /// Where the page leads after so many seconds.
    pub back: String,
    pub seconds: u32,
}
