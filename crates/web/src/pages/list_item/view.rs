//! What the list, the bulk-assign page, the item page and the founding page show.

use askama::Template;

use crate::ui::{ContactForm, Empty, Field, Frame, Head, Pager, Select, Tone, Waterfall};

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
    /// For whoever may export.
    pub export_href: Option<String>,
    pub chips: Vec<Chip>,
    pub saved: Vec<SavedChip>,
    pub filter: FilterRow,
    pub heads: Vec<Head>,
    pub rows: Vec<Row>,
    /// Every column to choose from: word in the address, label, whether it is shown.
    pub columns: Vec<(&'static str, &'static str, bool)>,
    /// What a choice of columns must not lose, and the view without a choice.
    pub columns_kept: Vec<(String, String)>,
    pub columns_usual: String,
    /// (code, label) of what this person may do to many items at once.
    pub bulk_acts: Vec<(&'static str, String)>,
    pub bulk_most: i64,
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

/// One item: its name, then the cells of the chosen columns.
pub struct Row {
    pub number: String,
    pub href: String,
    pub name: String,
    pub code: String,
    pub cells: Vec<ListCell>,
}

/// Two lines: the fact, then its source.
#[derive(Debug, Clone, Default)]
pub struct ListCell {
    pub class: &'static str,
    /// On phones the label stands before the value.
    pub label: Option<&'static str>,
    pub text: String,
    pub tone: Option<Tone>,
    pub is_long: bool,
    pub note: String,
    pub note_tone: Option<Tone>,
}

impl ListCell {
    fn note_class(&self) -> &'static str {
        self.note_tone.map_or("", Tone::class)
    }
}

/// Preview and result of a bulk act.
#[derive(Template)]
#[template(path = "list_item/bulk.html")]
pub struct BulkPage {
    pub frame: Frame,
    pub back: String,
    pub is_done: bool,
    pub counts: Vec<(String, i64)>,
    pub sentence: String,
    /// What went beyond the limit of one act.
    pub over: Option<String>,
    /// Why some items stay as they are: reason and how many.
    pub reasons: Vec<(String, i64)>,
    pub refused: Vec<Refused>,
    /// How many refused items are not listed.
    pub unlisted: i64,
    /// What is still to be said, and the press that does it.
    pub form: Option<BulkForm>,
}

/// One item that stays as it is.
pub struct Refused {
    pub number: String,
    pub name: String,
    pub reason: String,
}

pub struct BulkForm {
    pub action: String,
    pub submit: String,
    /// The items, parted by blanks: one field, because there may be ten thousand.
    pub numbers: String,
    pub fields: Vec<Field>,
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
    /// Of a union's item, for whoever may see unions.
    pub union_href: Option<String>,
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
    /// For whoever may be shown people and phone in full.
    pub contact: Option<ContactForm>,
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
    /// When the words may be left out; empty if they may not.
    pub words_hint: String,
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
