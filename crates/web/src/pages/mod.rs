//! The pages, one folder a noun: handler, view, template.

pub mod account;
pub mod api;
pub mod api_token;
pub mod approval;
pub mod delegation;
pub mod dictionary;
pub mod employer;
pub mod exchange;
pub mod home;
pub mod identity;
pub mod intake;
pub mod job;
pub mod journal;
pub mod list_item;
pub mod lost;
pub mod membership;
pub mod myself;
pub mod quality;
pub mod rule;
pub mod run;
pub mod search;
pub mod second_factor;
pub mod security;
pub mod session;
pub mod sign_in;
pub mod union_org;
