//! 清单: the list page, the item page and everything people do to an item.
//!
//! Reading: [`list`], [`item`], [`kind_counts`], [`rule_chips`], [`assignees`]. Acting: [`mark_read`], [`act`],
//! [`bulk_preview`], [`bulk_act`]. What is asked for is a [`ListParams`], which is also what the URL and a saved view hold.

mod act;
mod bulk;
mod buttons;
mod columns;
mod deadline;
mod detail;
mod evidence;
mod history;
mod params;
mod query;
mod standing;
mod title;
mod view;

pub use act::{act, mark_read};
pub use bulk::{BULK_MAX, bulk_act, bulk_preview};
pub use buttons::bulk_actions;
pub use columns::ListColumn;
pub use detail::item;
pub use params::{ListFilter, ListParams, OwnerFilter, PAGE_SIZES, SORT_KEYS};
pub use query::{assignees, item_numbers, kind_counts, list, list_after, nearest, rule_chips};
pub use title::{RULES, rule_title};
pub use view::*;

pub(crate) use deadline::refresh_deadlines;
pub(crate) use query::{all_rows, count_of, rows_of, run_stamp};
pub(crate) use standing::{apply, is_refusal, load, policy_on, standing_of, wrong};
