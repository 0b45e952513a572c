//! Floor 2: pure computation. No files, no tables, no clock, no async: facts in, numbers out.
//!
//! - [`matching`]: does this record speak of that employer? Comparators, weights in bits, training, explanation.

pub mod matching;
