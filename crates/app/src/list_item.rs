//! Use cases of the three lists.
