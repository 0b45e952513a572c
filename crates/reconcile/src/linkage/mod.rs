//! Linkage: employers named in files → enterprises; members → insured persons; unions → enterprises.

mod blocking;
mod claims;
mod decide;
mod frequency;
mod learn;
mod mention;
mod model_file;
mod person;
mod report;
mod rest;
mod score;
mod shown;
mod sieve;
mod vote;

pub use blocking::{Candidates, candidate_pairs};
pub use claims::claims;
pub use decide::{Evidence, Link, Linked, link_unions};
pub use mention::{MentionPool, Resolution, parent_of, resolve_all};
pub use model_file::{load_or_default, store};
pub use person::{Insured, MemberLinks, NameFit, insured_now, link_members, load_insured};
pub use rest::settle_rest;
pub use shown::place;
pub use vote::{Votes, count_votes};
