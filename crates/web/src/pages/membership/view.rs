//! What the members' page shows, and a number in full.

use askama::Template;

use crate::ui::{Empty, Field, Frame, Pager, Table};

#[derive(Template)]
#[template(path = "membership/members.html")]
pub struct MembersPage {
    pub frame: Frame,
    pub union_name: String,
    pub union_href: String,
    pub path: String,
    pub summary: String,
    pub q: String,
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
}

/// The number in full, for this one answer.
#[derive(Template)]
#[template(path = "membership/revealed.html")]
pub struct RevealedPart {
    pub number: String,
    pub masked: String,
}

/// The same with a page around it, where there is no script: the number, or the form that is still to be filled.
#[derive(Template)]
#[template(path = "membership/revealed_page.html")]
pub struct RevealedPage {
    pub frame: Frame,
    pub union_name: String,
    pub union_href: String,
    pub back: String,
    pub lead: String,
    pub part: String,
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
    pub facts: Vec<(String, String)>,
    /// Cells of the file that could not be used: column, what stood there, why.
    pub unread: Vec<(String, String, String)>,
    /// Who looked, when, at what; `None`: the role may not know.
    pub seen: Option<Vec<(String, String, String)>>,
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
}
