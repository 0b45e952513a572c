//! What a search over unions, members, employers and items finds.

use askama::Template;

use crate::ui::{Frame, Table};

#[derive(Template)]
#[template(path = "search/search.html")]
pub struct SearchPage {
    pub frame: Frame,
    /// What was typed; of a person's number only the mask.
    pub q: String,
    pub items: Table,
    pub unions: Table,
    /// `None`: the role sees no members.
    pub members: Option<Members>,
    pub employers: Table,
}

/// The members' part.
#[derive(Default)]
pub struct Members {
    /// Members were looked for; otherwise a button offers it.
    pub is_asked: bool,
    /// How the text was understood.
    pub by: String,
    pub notes: Vec<String>,
    pub table: Table,
}
