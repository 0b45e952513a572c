//! Floor 1: nouns, states, rules; no I/O, no async, no clock.
//!
//! Nothing here reads a clock or a database: functions take `today` or `now` and answer with a new value or a refusal
//! that says why. The same noun has the same file name on every floor.

pub mod accounts;
pub mod api_token;
pub mod approval;
pub mod closing;
pub mod consent;
pub mod delegation;
pub mod dictionary;
pub mod element_right;
pub mod identity;
pub mod intake;
pub mod journal;
pub mod list_item;
pub mod membership;
pub mod organising;
pub mod password;
pub mod permission;
pub mod policy;
pub mod quality;
pub mod run;
pub mod scope;
pub mod second_factor;
pub mod security;
pub mod union_org;
pub mod working_days;
pub mod zone;
