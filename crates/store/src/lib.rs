//! Floor 2: the only SQL, one text for SQLite and PostgreSQL.
//!
//! [`Store`] opens either engine, [`Reader`] reads one consistent moment, [`Tx`] changes and journals in one
//! transaction. Methods stand one file per noun: queries in `impl Reader`, changes in `impl Tx`. Nothing outside this
//! crate imports sqlx.

#[macro_use]
mod sql;
mod error;
mod registry;
mod tx;

pub mod accounts;
pub mod api_answer;
pub mod api_token;
pub mod approval;
pub mod bulk;
pub mod consent;
pub mod cover;
pub mod dashboard;
pub mod data_key;
pub mod delegation;
pub mod element_right;
pub mod employer;
pub mod exchange;
pub mod identity;
pub mod intake;
pub mod job;
pub mod journal;
pub mod link;
pub mod list_item;
pub mod list_query;
pub mod member_duty;
pub mod member_event;
pub mod member_pass;
pub mod member_request;
pub mod membership;
pub mod organising;
pub mod quality;
pub mod run;
pub mod saved_view;
pub mod scope;
pub mod search;
pub mod second_factor;
pub mod session;
pub mod transfer_suggestion;
pub mod union_org;
pub mod verdict;
pub mod zone;

pub use error::StoreError;
pub use tx::{Reader, Store, StoreConfig, Tx};
