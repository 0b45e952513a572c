//! What one union's page shows.

use askama::Template;

use crate::pages::list_item::view::TrailStep;
use crate::ui::{ContactForm, Frame, Table, Tone, Waterfall};

#[derive(Template)]
#[template(path = "union_org/union.html")]
pub struct UnionPage {
    pub frame: Frame,
    pub code: String,
    pub state: String,
    pub tone: Tone,
    /// The chair is vacant, in words with their colour.
    pub vacancy: Option<(String, Tone)>,
    pub members: String,
    /// `None` when the role may not see members.
    pub members_href: Option<String>,
    /// Where the form (登记表) is printed; `None`: the role may not.
    pub sheet_href: Option<String>,
    pub ancestors: Vec<(String, Option<String>)>,
    pub facts: Vec<(String, String)>,
    /// For whoever may be shown people and phone in full.
    pub contact: Option<ContactForm>,
    pub quality: Option<QualitySection>,
    /// Cells of the file that could not be used: column, what stood there, why.
    pub unread: Vec<(String, String, String)>,
    pub link: Option<LinkSection>,
    /// What may be done to it: label and address.
    pub changes: Vec<(&'static str, String)>,
    /// How it ended, and the union that its members went to: name, address.
    pub ended: Option<(String, Option<(String, String)>)>,
    /// The industry union above: name, and address where it may be opened.
    pub industry: Option<(String, Option<String>)>,
    /// The zone (片区) in which it lies, and its page where the reader may open it.
    pub zone: Option<(String, Option<String>)>,
    /// What it leads: words and the list's address.
    pub line: Option<(String, String)>,
    pub covers: Table,
    pub past_covers: Table,
    pub items: Vec<ItemLine>,
    pub trail: Vec<TrailStep>,
}

/// The employer a union belongs to, as the last run saw it.
/// The union's share in the last count of the register.
pub struct QualitySection {
    /// When it was counted, in words.
    pub counted: String,
    /// Share of sound members.
    pub score: String,
    pub of: String,
    pub standing: &'static str,
    pub tone: Tone,
    /// What is said where no fault is known.
    pub none: &'static str,
    /// Fault, where its rows are, how many: those that make records unsound.
    pub faults: Vec<(String, String, String)>,
    /// The others.
    pub more: Vec<(String, String, String)>,
}

pub struct LinkSection {
    pub standing: String,
    pub name: String,
    pub href: Option<String>,
    pub about: String,
    pub fall: Option<Waterfall>,
}

/// One list item, or one union, in one line.
pub struct ItemLine {
    pub label: String,
    pub state: String,
    pub tone: Tone,
    pub href: String,
}
