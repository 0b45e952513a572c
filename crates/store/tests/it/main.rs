//! Every test of the store runs on both engines; without `TEST_POSTGRES_URL` it says what was skipped.
#![allow(clippy::unwrap_used)]

#[path = "../../../testkit/src/databases.rs"]
#[macro_use]
mod databases;

mod accounts;
mod bulk;
mod journal;
mod journal_chain;
mod marks;
mod registry;
mod run_results;
