//! Bulk inserts.
