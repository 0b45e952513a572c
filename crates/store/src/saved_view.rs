//! Saved views of lists.
