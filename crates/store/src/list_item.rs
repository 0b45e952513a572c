//! Items of the three lists.
