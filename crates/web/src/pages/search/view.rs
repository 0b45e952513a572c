//! What a search over items, unions and employers finds.

use askama::Template;

use crate::ui::{Frame, Table};

#[derive(Template)]
#[template(path = "search/search.html")]
pub struct SearchPage {
    pub frame: Frame,
    pub q: String,
    pub items: Table,
    pub unions: Table,
    pub employers: Table,
}
