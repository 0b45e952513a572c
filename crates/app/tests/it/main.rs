//! Use cases on both databases; without `TEST_POSTGRES_URL` the run says what was skipped.
#![allow(clippy::unwrap_used)]

mod accounts;
mod api_token;
mod intake;
mod job;
mod keys;
mod membership;
mod quality;
mod worklist;
