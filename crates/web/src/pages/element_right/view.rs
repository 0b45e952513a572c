//! What the pages of 数据元权限 show.

use askama::Template;

use crate::ui::{Empty, Field, Frame, Select};

/// The matrix: roles × elements.
#[derive(Template)]
#[template(path = "element_right/matrix.html")]
pub struct MatrixPage {
    pub frame: Frame,
    pub summary: String,
    pub q: String,
    pub selects: Vec<Select>,
    pub roles: Vec<&'static str>,
    pub groups: Vec<Block>,
    pub empty: Empty,
    pub can_set: bool,
}

/// Elements that are registered in one place.
pub struct Block {
    pub id: String,
    pub title: String,
    pub lines: Vec<Line>,
}

/// One element.
pub struct Line {
    pub label: String,
    pub name: String,
    pub href: String,
    /// From which level on it may be changed as shipped; empty: nothing said.
    pub rule: String,
    pub cells: Vec<RightCell>,
}

/// What one role may do with it; empty: the role has no function for it.
pub struct RightCell {
    pub role: &'static str,
    pub parts: Vec<Part>,
}

/// One right in words.
pub struct Part {
    pub words: &'static str,
    pub is_allowed: bool,
    /// Who set it otherwise than shipped, and when.
    pub set: Option<String>,
}

/// One element with the form that sets its rights.
#[derive(Template)]
#[template(path = "element_right/one.html")]
pub struct OnePage {
    pub frame: Frame,
    pub label: String,
    pub name: String,
    pub action: String,
    pub facts: Vec<(&'static str, String)>,
    pub heads: Vec<&'static str>,
    /// Each role with a choice for each right; none where the role has no function.
    pub rows: Vec<(&'static str, Vec<Option<Choice>>)>,
    pub words: Field,
    pub wrong: Option<String>,
    pub can_set: bool,
}

/// One right of one role: as it stands, and what it may be set to.
pub struct Choice {
    pub name: String,
    pub part: Part,
    /// Code, words, whether it is chosen.
    pub options: Vec<(&'static str, String, bool)>,
}
