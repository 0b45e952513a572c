//! What a search over unions, members, employers and items finds.

use askama::Template;

use crate::ui::{Frame, Table};

#[derive(Template)]
#[template(path = "search/search.html")]
pub struct SearchPage {
    pub frame: Frame,
    /// What was typed; of a person's number only the mask.
    pub q: String,
    pub unions: Part,
    /// `None`: the role sees no members.
    pub members: Option<Members>,
    pub others: Vec<Part>,
}

impl SearchPage {
    /// What was looked for in vain, in one sentence instead of a page of empty tables; `None` when nothing was.
    fn missing(&self) -> Option<String> {
        let members = self.members.as_ref();
        let no_members = members.is_some_and(|members| members.is_asked && members.table.rows.is_empty());
        let unions = (!self.unions.has_rows()).then_some(self.unions.label);
        let others = self.others.iter().filter(|part| !part.has_rows());
        let labels: Vec<_> = unions
            .into_iter()
            .chain(no_members.then_some("会员"))
            .chain(others.map(|part| part.label))
            .collect();
        (!labels.is_empty()).then(|| labels.join("、"))
    }

    fn has_any(&self) -> bool {
        self.unions.has_rows()
            || self.members.as_ref().is_some_and(Members::says_something)
            || self.others.iter().any(Part::has_rows)
    }
}

/// One kind of thing that was looked for.
#[derive(Template)]
#[template(path = "search/part.html")]
pub struct Part {
    pub id: &'static str,
    pub label: &'static str,
    pub table: Table,
    /// There are more than the rows shown.
    pub has_more: bool,
}

impl Part {
    fn has_rows(&self) -> bool {
        !self.table.rows.is_empty()
    }
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

impl Members {
    fn says_something(&self) -> bool {
        !self.is_asked || !self.notes.is_empty() || !self.table.rows.is_empty()
    }
}
