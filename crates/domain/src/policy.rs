//! Dated policy values.
