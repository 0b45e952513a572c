//! Probabilistic record linkage (Fellegi–Sunter) between what a union says about its employer and one registered
//! enterprise.
//!
//! The way of one pair:
//!
//! ```text
//! Claim + Entity ── compare() ──► Pattern ── Weights::weigh() ──► Weighed ── settle() ──► Scored (probability, explanation)
//!                   levels per field        bits per field                rivals of the same union
//! ```
//!
//! A record typed on a phone and four million overnight take this same way; a bulk run only brings the candidates.
//! Three kinds of pairs are told apart (see [`model`]): the employer itself, a *sibling* (同系企业: other firm of the same
//! family, sharing brand, boss, phone or address) and a random other firm. Siblings are where ordinary linkage fails:
//! their agreeing fields are one piece of evidence, not four.

pub mod claim;
pub mod compare;
pub mod distance;
pub mod explain;
pub mod field;
pub mod frequency;
pub mod learn;
pub mod model;
pub mod name;
pub mod settle;
pub mod train;

pub use claim::{
    Claim, ClaimedCode, CodeStanding, Entity, NameForm, NameView, Population, Shared, StaffVote, StatusClass,
};
pub use compare::{HeadOffice, Pair, Pattern, compare};
pub use explain::{Explanation, FieldEvidence, RunnerUp};
pub use field::{FIELD_COUNT, Field, Outcome};
pub use frequency::Register;
pub use model::{Model, Weighed, Weights};
pub use settle::{Decision, Scored, settle};
pub use train::{PatternCounts, Training, link_threshold, train};
