//! The console over HTTP, in the words of the people who use it. One file a subject.

#![allow(clippy::unwrap_used)]

mod api;
mod bad_input;
mod belongings;
mod client;
mod consent;
mod doors;
mod duty;
mod element_right;
mod exchange;
mod identity;
mod item;
mod jobs;
mod lists;
mod masks;
mod members;
mod names;
mod own_account;
mod pages;
mod plant;
mod reveal;
mod scope;
mod union_life;
mod union_picker;
