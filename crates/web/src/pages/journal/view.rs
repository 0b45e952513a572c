//! What the page of anchors shows.

use askama::Template;

use crate::ui::Frame;

#[derive(Template)]
#[template(path = "journal/anchor.html")]
pub struct AnchorPage {
    pub frame: Frame,
    /// How many anchors there are.
    pub total: String,
    /// Number and public part of the key that signs here; `None` before the first anchor.
    pub key: Option<(String, String)>,
    /// The latest lines of the file of anchors, the latest first.
    pub lines: Vec<String>,
}
