//! Use cases on both databases; without `TEST_POSTGRES_URL` the run says what was skipped.
#![allow(clippy::unwrap_used)]

mod accounts;
mod intake;
mod job;
mod journal_chain;
mod key_rotation;
mod keys;
mod membership;
mod quality;
mod search;
mod worklist;
