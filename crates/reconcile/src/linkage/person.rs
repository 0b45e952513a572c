//! Persons: who is insured where, which insured row stands for a person, and which membership is which insured person.

mod insured;
mod member;
mod name;

pub use insured::{Insured, insured_now, load_insured};
pub use member::{MemberLinks, NameFit, link_members};
pub use name::{NameLikeness, likeness};
