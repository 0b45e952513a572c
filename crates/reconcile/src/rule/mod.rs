//! Targeting rules: one file each, SQL over the documented views with a TOML head. See `rules/README.md`.

mod apply;
mod closing;
mod head;
mod load;
mod template;
mod value;

pub use apply::Finding;
pub(crate) use apply::{apply, check};
pub(crate) use closing::{Closing, Known, close_items};
pub use head::{EvidenceRow, Need, Rule, RuleHead, Subject};
pub use load::{embedded, load};
