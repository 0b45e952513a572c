//! What a running job shows.

use askama::Template;

use crate::ui::{Frame, Progress};

#[derive(Template)]
#[template(path = "job/job.html")]
pub struct JobPage {
    pub frame: Frame,
    pub crumb: &'static str,
    pub back: String,
    pub back_label: &'static str,
    pub progress: Progress,
}
