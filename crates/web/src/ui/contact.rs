//! 联系人: the form that asks for what people and phone are wanted in full, and the values in its place for half a minute.

use app::contact::{ContactLine, REASONS};
use askama::Template;

use super::icon;

/// Asks for a reason; opened by whoever needs it.
#[derive(Template, Debug, Clone)]
#[template(path = "contact.html")]
pub struct ContactForm {
    action: String,
    /// The query of the list the person came from; empty where nobody comes from one.
    from: String,
}

impl ContactForm {
    /// Posted to this address.
    pub fn new(action: String) -> ContactForm {
        ContactForm {
            action,
            from: String::new(),
        }
    }

    /// Keeps the list that the person came from.
    #[must_use]
    pub fn from(self, from: &str) -> ContactForm {
        ContactForm {
            from: from.to_owned(),
            ..self
        }
    }

    fn icon(&self) -> String {
        icon("eye")
    }

    fn reasons(&self) -> [&'static str; REASONS.len()] {
        REASONS
    }
}

/// The values in full, masked again after 30 seconds.
#[derive(Template, Debug, Clone)]
#[template(path = "contact_shown.html")]
pub struct ContactPart {
    pub lines: Vec<ContactLine>,
}
