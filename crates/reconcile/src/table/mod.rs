//! Lake tables in memory, addressed by dense row numbers.

mod enterprise;
mod small;
mod union;

pub use enterprise::{EnterpriseTable, Texts, int, text};
pub use small::{Cover, OpenItem, Verdicts, covers, open_items, verdicts};
pub use union::{UnionRow, unions};
