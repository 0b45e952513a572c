//! The context of one operation.
