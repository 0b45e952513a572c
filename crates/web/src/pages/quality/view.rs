//! What the pages of data quality show.

use askama::Template;

use crate::ui::{Frame, Table};

#[derive(Template)]
#[template(path = "quality/quality.html")]
pub struct QualityPage {
    pub frame: Frame,
    /// When the register was counted, in words.
    pub counted: String,
    /// Whether it ever was; before, there are no rates and no counts, not even 0.
    pub is_counted: bool,
    /// Label, value, what it is of.
    pub scores: Vec<(String, String, String)>,
    pub can_count: bool,
    /// Address, label, whether it is chosen.
    pub classes: Vec<(String, String, bool)>,
    pub faults: Table,
}

#[derive(Template)]
#[template(path = "quality/fault.html")]
pub struct FaultPage {
    pub frame: Frame,
    pub label: String,
    pub class: String,
    pub fix: String,
    pub effect: String,
    pub summary: String,
    pub unions: Table,
    pub pager: String,
}

#[derive(Template)]
#[template(path = "quality/ranking.html")]
pub struct RankingPage {
    pub frame: Frame,
    pub summary: String,
    /// When the register was counted, in words.
    pub counted: String,
    /// Address, label, whether it is chosen.
    pub choices: Vec<(String, &'static str, bool)>,
    pub unions: Table,
    pub pager: String,
}
