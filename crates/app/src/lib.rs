//! Floor 3: use cases: who may do what, one transaction, journal, jobs.

pub mod accounts;
pub mod dashboard;
pub mod demo;
pub mod employer;
pub mod error;
pub mod explanation;
pub mod export;
pub mod intake;
pub mod job;
pub mod journal;
pub mod keys;
pub mod list_item;
pub mod lock;
pub mod membership;
pub mod op;
pub mod organising;
pub mod progress;
pub mod quality;
pub mod run;
pub mod saved_view;
pub mod search;
pub mod snapshot;
pub mod union_org;
pub mod verdict;
