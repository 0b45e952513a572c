//! What the page before an export shows.

use askama::Template;

use crate::ui::Frame;

#[derive(Template)]
#[template(path = "exchange/export.html")]
pub struct ExportPage {
    pub frame: Frame,
    pub kind: String,
    pub label: String,
    pub summary: String,
    /// Which rows, in words.
    pub scope: String,
    /// A job makes it.
    pub is_large: bool,
    /// The list's filters, carried along.
    pub filters: Vec<(String, String)>,
    pub columns: Vec<ColumnChoice>,
    pub can_plain: bool,
    pub is_plain: bool,
    /// `xlsx`, `csv` or `pdf`.
    pub format: String,
    pub format_wrong: Option<String>,
    pub columns_wrong: Option<String>,
    /// Rows and columns that paper takes, and columns of a roll that nobody has chosen columns for.
    pub paper: (i64, usize, usize),
    pub reason: String,
    pub reason_wrong: Option<String>,
    /// Code, name, and whether it rests on consent; none for what holds nobody's telephone.
    pub purposes: Vec<(&'static str, &'static str, bool)>,
    pub purpose: String,
    pub purpose_wrong: Option<String>,
    pub wrong: Option<String>,
    pub hours: i64,
}

pub struct ColumnChoice {
    pub name: String,
    pub label: String,
    pub is_masked: bool,
    pub is_key: bool,
    pub is_chosen: bool,
}

/// Before the form (登记表) of one record is printed.
#[derive(Template)]
#[template(path = "exchange/sheet.html")]
pub struct SheetPage {
    pub frame: Frame,
    pub kind: String,
    /// 会员登记表, 工会组织登记表
    pub title: &'static str,
    /// What stands on it.
    pub contents: &'static str,
    pub key: String,
    pub can_plain: bool,
    pub is_plain: bool,
    pub reason: String,
    pub reason_wrong: Option<String>,
    /// As of [`ExportPage`].
    pub purposes: Vec<(&'static str, &'static str, bool)>,
    pub purpose: String,
    pub purpose_wrong: Option<String>,
    pub wrong: Option<String>,
    pub hours: i64,
}
