//! What the members' page shows, and the form that asks for values in full.

use askama::Template;

use crate::pages::consent::view::ConsentCard;
use crate::pages::union_picker::UnionPicker;
use crate::ui::{ContactPart, Empty, Field, Frame, Pager, Select, Table, Tone};

pub use app::membership::PairField;

#[derive(Template)]
#[template(path = "membership/members.html")]
pub struct MembersPage {
    pub frame: Frame,
    pub union_name: String,
    pub union_href: String,
    /// Where this view is exported, for whoever may.
    pub export_href: Option<String>,
    pub path: String,
    pub summary: String,
    pub q: String,
    pub selects: Vec<Select>,
    /// Where somebody is taken in; `None`: the role may not.
    pub join_href: Option<String>,
    pub rows: Vec<MemberRow>,
    pub can_reveal: bool,
    pub empty: Empty,
    pub pager: Pager,
}

pub struct MemberRow {
    pub href: String,
    pub name: String,
    pub key: String,
    pub number: String,
    pub status: String,
    /// There is a sealed value that does not open.
    pub is_unreadable: bool,
    pub phone: String,
    pub standing: &'static str,
    pub tone: Tone,
    /// Group of new employment forms.
    pub group: String,
    pub joined: String,
    /// The form that asks why, or the address that opens it; nothing where there is no number or no right to it.
    pub reveal: Option<RevealLink>,
}

pub struct RevealLink {
    pub href: String,
    pub form: Option<RevealForm>,
}

/// 用途 before the number; comes back with what is wrong.
#[derive(Template)]
#[template(path = "membership/reveal.html")]
pub struct RevealForm {
    pub action: String,
    /// Where 取消 leads.
    pub back: String,
    pub purposes: Vec<&'static str>,
    pub purpose: String,
    pub words: String,
    pub purpose_wrong: Option<String>,
    pub words_wrong: Option<String>,
    pub what_wrong: Option<String>,
    /// There is a number to be shown.
    pub has_number: bool,
    /// What was asked for, in full, for this one answer.
    pub shown: Option<ContactPart>,
}

/// The form on a page of its own, where there is no script and something in it is wrong.
#[derive(Template)]
#[template(path = "membership/reveal_page.html")]
pub struct RevealPage {
    pub frame: Frame,
    pub union_name: String,
    pub union_href: String,
    pub back: String,
    pub lead: String,
    pub form: RevealForm,
}

#[derive(Template)]
#[template(path = "membership/member.html")]
pub struct MemberPage {
    pub frame: Frame,
    pub name: String,
    pub key: String,
    pub union_name: String,
    pub union_href: String,
    pub list_href: String,
    /// Where the number in full is asked for; `None` when there is none or the role may not.
    pub reveal_href: Option<String>,
    /// Where the form (登记表) is printed; `None`: the role may not.
    pub sheet_href: Option<String>,
    pub state: &'static str,
    pub tone: Tone,
    /// What may be asked for: address and words.
    pub ways: Vec<(String, &'static str)>,
    /// Where a code for the member's own use is made; `None`: the role may not.
    pub pass_action: Option<String>,
    /// What is asked for and not answered: address and words.
    pub pending: Vec<(String, String)>,
    /// What happened: what, when and by whom, details.
    pub events: Vec<(String, String, String)>,
    /// Merges that can be undone: address and words.
    pub merges: Vec<(String, String)>,
    pub facts: Vec<(String, String)>,
    /// Cells of the file that could not be used: column, what stood there, why.
    pub unread: Vec<(String, String, String)>,
    /// Who looked, when, at what; `None`: the role may not know.
    pub seen: Option<Vec<(String, String, String)>>,
    /// 知情同意
    pub consent: ConsentCard,
}

#[derive(Template)]
#[template(path = "membership/find.html")]
pub struct FindPage {
    pub frame: Frame,
    pub field: Field,
    /// What was asked for, and who was found.
    pub found: Option<(String, Table)>,
    /// Everybody in sight, a page of them, before anything was asked for.
    pub all: Option<(String, Table, Pager)>,
    /// Narrows them to a group of new employment forms.
    pub groups: Select,
    /// Where a group's members are exported, if the actor may.
    pub export_href: Option<String>,
}

/// A form with which somebody asks for something about a membership.
#[derive(Template)]
#[template(path = "membership/ask.html")]
pub struct AskPage {
    pub frame: Frame,
    /// Whom or which union it is about.
    pub about: String,
    /// Address and words of what lies above.
    pub crumbs: Vec<(String, String)>,
    /// The rule that it follows.
    pub rule: String,
    pub action: String,
    pub hidden: Vec<(&'static str, String)>,
    pub wrong: Option<String>,
    /// The union that has to be picked, before the other fields.
    pub picker: Option<UnionPicker>,
    pub fields: Vec<Field>,
    /// Another way to send the same: name and words of its button.
    pub second: Option<(&'static str, &'static str)>,
    pub submit: &'static str,
    pub back: String,
}

#[derive(Template)]
#[template(path = "membership/request.html")]
pub struct RequestPage {
    pub frame: Frame,
    pub name: String,
    pub state: &'static str,
    pub tone: Tone,
    pub member_href: Option<String>,
    pub facts: Vec<(&'static str, String)>,
    /// A correction: what was typed stands beside what is registered.
    pub has_before: bool,
    pub content: Vec<(String, String, String)>,
    pub action: String,
    pub may_answer: bool,
    pub may_recall: bool,
    /// Whose answer it waits for.
    pub waits_for: &'static str,
    /// The words of the button that says yes.
    pub accept: &'static str,
    pub is_pending: bool,
    pub words: Field,
    pub wrong: Option<String>,
}

#[derive(Template)]
#[template(path = "membership/duplicates.html")]
pub struct DuplicatesPage {
    pub frame: Frame,
    /// Address, words, whether it is shown.
    pub classes: Vec<(String, &'static str, bool)>,
    pub rows: Vec<DuplicateRow>,
    pub previous: Option<String>,
    pub following: Option<String>,
}

pub struct DuplicateRow {
    pub why: &'static str,
    /// `None`: out of sight.
    pub sides: Vec<Option<PairSide>>,
    /// Where both lie beside each other; `None` unless both are in sight.
    pub href: Option<String>,
}

pub struct PairSide {
    pub id: String,
    pub name: String,
    pub key: String,
    pub href: String,
    pub union: String,
    pub number: String,
    pub status: &'static str,
    pub state: &'static str,
    pub joined: String,
}

#[derive(Template)]
#[template(path = "membership/pair.html")]
pub struct PairPage {
    pub frame: Frame,
    pub action: String,
    pub left: PairSide,
    pub right: PairSide,
    pub differing: Vec<PairField>,
    pub same: Vec<PairField>,
    /// The two are in different unions.
    pub is_across: bool,
    pub may_merge: bool,
    pub wrong: Option<String>,
}

#[derive(Template)]
#[template(path = "membership/suggestions.html")]
pub struct SuggestionsPage {
    pub frame: Frame,
    pub summary: String,
    /// Address, words, whether it is shown.
    pub classes: Vec<(String, &'static str, bool)>,
    pub rows: Vec<SuggestionRow>,
    pub may_answer: bool,
    pub may_find: bool,
    pub wrong: Option<String>,
    pub pager: Pager,
}

pub struct SuggestionRow {
    pub name: String,
    pub key: String,
    pub href: String,
    pub from: String,
    pub to: String,
    /// Employer, since when, how the person was found.
    pub why: String,
    pub action: String,
    /// Who refused it, and why.
    pub refused: Option<String>,
}

/// A member's code, for this one answer.
#[derive(Template)]
#[template(path = "membership/pass.html")]
pub struct PassPage {
    pub frame: Frame,
    pub crumbs: Vec<(String, String)>,
    pub name: String,
    pub code: String,
    pub until: String,
    pub back: String,
}

#[derive(Template)]
#[template(path = "membership/retention.html")]
pub struct RetentionPage {
    pub frame: Frame,
    pub summary: String,
    /// Which memberships, and by which law.
    pub rule: String,
    /// The last day of the list, as it goes back with the form.
    pub until: String,
    pub total: i64,
    /// The same with separators.
    pub summary_total: String,
    pub table: Table,
    /// Whose data are held: id, key, union, why, by whom and when.
    pub holds: Vec<(String, String, String, String, String)>,
    pub held: String,
    /// Of the form of a hold.
    pub fields: Vec<Field>,
    pub wrong: Option<String>,
    pub pager: Pager,
}

/// One request to close.
#[derive(Debug, Clone)]
pub struct ClosingRow {
    pub id: String,
    pub member_id: String,
    pub href: String,
    pub union_name: String,
    pub words: String,
    pub asked: String,
    /// Until when it is answered, or what was answered.
    pub clock: String,
    pub tone: Tone,
    pub answer: Option<String>,
    /// What an answer says; empty where the reader may give none.
    pub fields: Vec<Field>,
}

#[derive(Template)]
#[template(path = "membership/closing.html")]
pub struct ClosingPage {
    pub frame: Frame,
    pub summary: String,
    pub is_done: bool,
    pub rows: Vec<ClosingRow>,
    pub wrong: Option<String>,
    pub pager: Pager,
}

impl RetentionPage {
    fn has_any(&self) -> bool {
        self.total > 0
    }
}
