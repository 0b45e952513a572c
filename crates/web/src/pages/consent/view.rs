//! What the pages of notices and consent show.

use askama::Template;

use crate::ui::{Field, Frame, Tone};

/// One version of the notice.
pub struct NoticeRow {
    pub no: i64,
    pub state: &'static str,
    pub tone: Tone,
    pub about: String,
    pub paragraphs: Vec<String>,
}

#[derive(Template)]
#[template(path = "consent/notice.html")]
pub struct NoticePage {
    pub frame: Frame,
    pub rows: Vec<NoticeRow>,
    pub can_publish: bool,
    pub is_first: bool,
    pub wrong: Option<String>,
    pub text: Field,
    pub day: Field,
    pub asks_anew: bool,
}

/// The notice in force, as a form carries it: which one its reader had before them.
#[derive(Debug, Clone)]
pub struct NoticeShown {
    pub no: i64,
    /// Number and first day in words.
    pub words: String,
}

/// How a member stands to one purpose.
#[derive(Debug, Clone)]
pub struct ConsentRow {
    pub code: &'static str,
    pub label: &'static str,
    pub word: &'static str,
    pub tone: Tone,
    pub detail: String,
    pub can_give: bool,
    pub can_withdraw: bool,
    pub can_refuse: bool,
}

/// 知情同意 on a member's page.
#[derive(Template)]
#[template(path = "consent/card.html")]
pub struct ConsentCard {
    pub rows: Vec<ConsentRow>,
    pub by_law: String,
    pub why_by_law: &'static str,
    /// Which notice is in force; nothing can be agreed to before there is one.
    pub notice: Option<NoticeShown>,
    /// Where it is written down, for who may.
    pub action: Option<String>,
    pub day: Field,
    pub way: Field,
}
