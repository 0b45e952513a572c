//! The views that rules read, documented in `rules/README.md`: `employer` and `union_view`.

mod columns;
mod employer;
mod facts;
mod union;

pub use employer::employer_view;
pub use employer::status_key;
pub use facts::{Declarations, Facts, Sources, sum};
pub use facts::{is_branch, is_dispatch};
pub use union::union_view;
