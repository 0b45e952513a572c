//! Working-day calendar with 调休.
