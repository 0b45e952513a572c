//! Statements: one text for both engines.
