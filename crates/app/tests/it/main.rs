//! Use cases on both databases; without `TEST_POSTGRES_URL` the run says what was skipped.
#![allow(clippy::unwrap_used)]

mod access;
mod accounts;
mod api_token;
mod approval;
mod bad_logic;
mod consent;
mod covered;
mod delegation;
mod demo;
mod duty;
mod element_right;
mod exchange;
mod identity;
mod intake;
mod job;
mod journal_chain;
mod key_rotation;
mod keys;
mod master_key;
mod membership;
mod membership_files;
mod membership_life;
mod paper;
mod quality;
mod reach;
mod search;
mod sign_in;
mod union_change;
mod union_cover;
mod union_life;
mod union_term;
mod union_vacancy;
mod worklist;
mod zone;
mod zone_past;
