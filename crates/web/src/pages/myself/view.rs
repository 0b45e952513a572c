//! The two pages for members themselves, outside the console's frame.

use askama::Template;

use crate::pages::consent::view::{ConsentRow, NoticeShown};
use crate::ui::Field;

#[derive(Template)]
#[template(path = "myself/door.html")]
pub struct OwnDoorPage {
    pub title: String,
    pub wrong: Option<String>,
}

#[derive(Template)]
#[template(path = "myself/own.html")]
pub struct OwnDataPage {
    pub title: String,
    /// What opened the page goes along with every step.
    pub code: String,
    pub tail: String,
    pub member_id: String,
    pub union_name: String,
    pub state: &'static str,
    /// Until when the code opens.
    pub until: String,
    /// Label and value, in full.
    pub values: Vec<(&'static str, String)>,
    pub events: Vec<(String, String, String)>,
    pub seen: Vec<(String, String, String)>,
    pub pending: Vec<String>,
    pub told: Option<String>,
    pub wrong: Option<String>,
    /// What became of a request to close, in a sentence.
    pub closing: Option<String>,
    pub may_close: bool,
    /// What the member says to it.
    pub close_words: Field,
    /// Days within which one is answered.
    pub close_days: i64,
    pub consents: Vec<ConsentRow>,
    /// What is done without anybody's consent, and why.
    pub by_law: String,
    pub why_by_law: &'static str,
    /// The notice in force: which, and its paragraphs.
    pub notice: Option<(NoticeShown, Vec<String>)>,
    /// The form for corrections is open.
    pub is_open: bool,
    pub fields: Vec<Field>,
}
