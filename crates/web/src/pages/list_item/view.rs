//! What the list, the bulk-assign page, the item page and the founding page show.

use askama::Template;

use crate::ui::{Empty, Field, Frame, Head, Pager, Select, Tone, Waterfall};

/// 核实清单、任务清单、工作清单、我的待办.
#[derive(Template)]
#[template(path = "list_item/list.html")]
pub struct ListPage {
    pub frame: Frame,
    pub path: String,
    pub summary: String,
    pub as_of: String,
    /// This view's own address, to come back to.
    pub here: String,
    pub export_href: String,
    pub chips: Vec<Chip>,
    pub saved: Vec<SavedChip>,
    pub filter: FilterRow,
    pub heads: Vec<Head>,
    pub rows: Vec<Row>,
    pub can_assign: bool,
    /// (sign-in name, words) of those who may be given items.
    pub owners: Vec<(String, String)>,
    pub pager: Pager,
    pub empty: Empty,
}

pub struct Chip {
    pub label: String,
    pub count: Option<i64>,
    pub href: String,
    pub is_on: bool,
}

pub struct SavedChip {
    pub id: String,
    pub label: String,
    pub href: String,
    pub is_on: bool,
}

#[derive(Default)]
pub struct FilterRow {
    pub q: String,
    pub selects: Vec<Select>,
    /// What chips and sorting set and the form must not lose.
    pub kept: Vec<(String, String)>,
}

/// One item in two-line cells: the fact, then its source.
pub struct Row {
    pub number: String,
    pub href: String,
    pub name: String,
    pub code: String,
    pub why: String,
    pub rule: String,
    pub insured: String,
    pub expected: String,
    pub place: String,
    pub owner: String,
    pub state: String,
    pub tone: Tone,
    pub due: String,
    pub due_tone: Tone,
}

/// Preview and result of a bulk assignment.
#[derive(Template)]
#[template(path = "list_item/assign.html")]
pub struct AssignPage {
    pub frame: Frame,
    pub back: String,
    pub is_done: bool,
    pub counts: Vec<(String, i64)>,
    pub sentence: String,
    /// (number, name, reason).
    pub refused: Vec<(String, String, String)>,
    pub assignable: i64,
    pub numbers: Vec<String>,
    pub owner: String,
}

#[derive(Template)]
#[template(path = "list_item/item.html")]
pub struct ItemPage {
    pub frame: Frame,
    pub number: String,
    pub version: i64,
    pub list_href: String,
    pub list_label: String,
    /// The query of the list the person came from, so that previous and next follow it.
    pub from: String,
    pub name: String,
    pub code: String,
    pub state: String,
    pub tone: Tone,
    pub previous: Option<String>,
    pub next: Option<String>,
    pub why: String,
    pub doubts: Vec<String>,
    pub rule_line: String,
    pub rule_href: String,
    pub evidence: Vec<Drawer>,
    pub nearest: Option<Nearest>,
    pub employer: Option<EmployerSection>,
    pub owner: String,
    pub due: String,
    pub due_tone: Tone,
    /// What came of it: founded union waiting for the next run, or how it was closed.
    pub outcome: Option<Outcome>,
    pub act_error: Option<String>,
    pub acts: Vec<Act>,
    pub no_act: String,
    pub trail: Vec<TrailStep>,
}

/// Evidence of one source, folded.
pub struct Drawer {
    pub label: String,
    pub note: String,
    pub facts: Vec<(String, String)>,
}

/// The nearest candidate that was not taken.
pub struct Nearest {
    /// What kind of thing it is nearest to.
    pub title: &'static str,
    pub standing: String,
    pub name: String,
    pub href: Option<String>,
    pub fall: Option<Waterfall>,
    pub verdict: Option<String>,
    pub can_judge: bool,
    pub union_id: String,
    pub enterprise_id: String,
}

pub struct EmployerSection {
    pub href: String,
    pub facts: Vec<(String, String)>,
    pub flags: Vec<String>,
    pub phone: Option<String>,
    pub can_reveal: bool,
    pub reveal_reasons: Vec<&'static str>,
}

pub struct Outcome {
    pub tone: &'static str,
    pub text: String,
    pub facts: Vec<(String, String)>,
    pub link: Option<(String, String)>,
}

/// One thing the person may do, with what it asks for.
#[derive(Default)]
pub struct Act {
    pub name: String,
    pub label: String,
    pub is_main: bool,
    /// Leads to a page of its own.
    pub href: Option<String>,
    pub choice_label: String,
    pub choices: Vec<(String, String)>,
    /// Long choices (colleagues) are a select, short ones (reasons) stand open.
    pub is_select: bool,
    pub chosen: String,
    pub words_label: Option<String>,
    pub is_words_required: bool,
    pub words: String,
    pub is_open: bool,
}

impl Act {
    /// Says that pressing opens something, unless the label says so itself.
    fn shows_dots(&self) -> bool {
        !self.is_main && !self.label.ends_with('…')
    }

    fn submit(&self) -> String {
        format!("确定{}", self.label.trim_end_matches('…'))
    }

    /// Nothing to fill in: one press does it.
    fn is_plain(&self) -> bool {
        self.choices.is_empty() && self.words_label.is_none()
    }
}

pub struct TrailStep {
    pub label: String,
    pub line: String,
    pub note: Option<String>,
    /// `done`, `now` or nothing.
    pub class: &'static str,
}

#[derive(Template)]
#[template(path = "list_item/found.html")]
pub struct FoundPage {
    pub frame: Frame,
    pub number: String,
    pub employer: String,
    pub about: String,
    pub wrong: Option<String>,
    pub fields: Vec<Field>,
}

/// The phone in full, or why not, in place of the masked one.
#[derive(Template)]
#[template(path = "list_item/phone.html")]
pub struct PhonePart {
    pub phone: String,
    pub dial: String,
}
