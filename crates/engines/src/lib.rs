//! Floor 2: pure computation. No files, no tables, no clock, no async: facts in, numbers out.
//!
//! - [`linking`]: are these two rows of any two tables the same thing? Levels, chances, training, choice.
//! - [`matching`]: does this record speak of that employer? Comparators, weights in bits, training, explanation.

pub mod linking;
pub mod matching;
