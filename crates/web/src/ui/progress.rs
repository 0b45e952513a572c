//! A job's progress; the page listens for changes until it is finished, and stays readable without script.

use askama::Template;

use super::{Tone, number};

#[derive(Template, Debug, Clone)]
#[template(path = "progress.html")]
pub struct Progress {
    /// Where the part alone is; its changes are told beside it, at `events` instead of `progress`.
    pub url: String,
    pub state: String,
    pub tone: Tone,
    pub stage: String,
    pub done_rows: i64,
    /// `None` while nobody knows how much there is.
    pub total_rows: Option<i64>,
    pub is_finished: bool,
    pub message: Option<String>,
    /// Where to ask it to stop; absent when it is over or this person may not.
    pub cancel: Option<String>,
    /// Where to go when it is finished: address and words.
    pub done: Option<(String, String)>,
}

impl Progress {
    fn figure(&self) -> String {
        match (self.done_rows, self.total_rows) {
            (0, None) => String::new(),
            (done, Some(total)) if total > 0 => format!("{} / {}", number(done), number(total)),
            (done, _) => format!("{} 行", number(done)),
        }
    }

    fn percent(&self) -> Option<i64> {
        self.total_rows
            .filter(|total| *total > 0)
            .map(|total| (self.done_rows * 100 / total).clamp(0, 100))
    }
}
