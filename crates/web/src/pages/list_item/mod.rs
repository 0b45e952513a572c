//! 三张清单 and one item: the pages officers live in.

mod acting;
mod bulk;
mod columns;
mod found;
mod item;
mod list;
pub mod view;

pub use acting::{act, contact, verdict};
pub use bulk::{confirm as bulk_confirm, preview as bulk_preview};
pub use found::{found, found_form};
pub use item::item;
pub use list::{ask_export, export, forget_view, list, mine, save_view};

pub(crate) use item::employer_facts;
pub(crate) use list::{download, state_tone};
