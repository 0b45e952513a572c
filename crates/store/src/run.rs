//! Linkage and targeting runs.
