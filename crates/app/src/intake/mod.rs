//! Intake of files.
