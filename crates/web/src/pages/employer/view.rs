//! What one employer's page shows.

use askama::Template;

use crate::pages::union_org::view::ItemLine;
use crate::ui::{ContactForm, Frame, Tone};

#[derive(Template)]
#[template(path = "employer/employer.html")]
pub struct EmployerPage {
    pub frame: Frame,
    pub code: String,
    pub state: String,
    pub tone: Tone,
    pub flags: Vec<String>,
    pub facts: Vec<(String, String)>,
    /// For whoever may be shown people and phone in full.
    pub contact: Option<ContactForm>,
    pub source: String,
    pub unions: Vec<ItemLine>,
    pub items: Vec<ItemLine>,
}
