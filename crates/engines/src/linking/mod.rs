//! Probabilistic record linkage (Fellegi–Sunter) between any two tables, or within one.
//!
//! ```text
//! cells ─ clean ─► Lexicon (distinct values) ─► Field (levels, counts) ─► Comparer ─► Pattern
//!                                                                                       │ counts
//!                       chances (u) by closed form and sample, train() by EM ─► Model ◄─┘
//!                               Model::bits(pattern) ─► Crowding::bits (rivals) ─► probability ─► choose()
//! ```
//!
//! `matching` beside this module knows unions and employers and what their fields mean. This one knows nothing but what a
//! specification says of the columns, and learns the rest from the tables themselves:
//!
//! - Fellegi, I. P. and Sunter, A. B. (1969): A Theory for Record Linkage. JASA 64 (328). The weights.
//! - Winkler, W. E. (1988): Using the EM Algorithm for Weight Computation in the Fellegi–Sunter Model. The training.
//! - Enamorado, T., Fifield, B. and Imai, K. (2019): Using a Probabilistic Model to Assist Merging of Large-Scale
//!   Administrative Records. APSR 113 (2). Missing cells as no evidence, patterns with counts instead of pairs.
//! - Sadinle, M. (2017): Bayesian Estimation of Bipartite Matchings for Record Linkage. JASA 112 (518). Rows with at most one
//!   partner.
//! - Good, I. J. (1953): The Population Frequencies of Species. Biometrika 40. What a value never met elsewhere is worth.
//!
//! Level 0 is always "missing": one side says nothing, which is no evidence either way and weighs 0 bits.

pub mod chance;
pub mod choose;
pub mod clean;
pub mod compare;
pub mod field;
pub mod key;
mod kinship;
pub mod level;
pub mod lexicon;
pub mod model;
pub mod rival;
pub mod token;
pub mod train;

pub use chance::{Sample, draw};
pub use choose::{Keep, Link, choose};
pub use clean::{Step, clean};
pub use compare::{Comparer, Pattern};
pub use field::{Counts, Field, Pairing, Swap, Tables};
pub use key::KeyPart;
pub use level::Level;
pub use lexicon::{Lexicon, Needs};
pub use model::{Freedom, Kinship, Model};
pub use rival::{Crowding, Rivals};
pub use train::{PatternCounts, Strangers, Training, train};
