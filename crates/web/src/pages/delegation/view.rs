//! What the page of authorisations shows.

use askama::Template;

use crate::ui::{Field, Frame, Tone};

/// One authorisation, from the reader's side.
#[derive(Debug, Clone)]
pub struct DelegationRow {
    pub id: String,
    /// The other of the two, masked.
    pub other: String,
    pub days: String,
    pub reason: String,
    pub state: &'static str,
    pub tone: Tone,
    pub can_act: bool,
    pub can_withdraw: bool,
    /// The reader has given it.
    pub is_mine: bool,
}

#[derive(Template)]
#[template(path = "delegation/delegation.html")]
pub struct DelegationsPage {
    pub frame: Frame,
    pub got: Vec<DelegationRow>,
    pub given: Vec<DelegationRow>,
    pub can_give: bool,
    pub role: &'static str,
    pub is_acting: bool,
    pub wrong: Option<String>,
    pub fields: Vec<Field>,
}

/// One of the two tables.
#[derive(Template)]
#[template(path = "delegation/rows.html")]
struct Rows<'a> {
    rows: &'a [DelegationRow],
    other: &'static str,
}

impl DelegationsPage {
    fn table(&self, rows: &[DelegationRow], other: &'static str) -> String {
        Rows { rows, other }.render().unwrap_or_default()
    }
}
