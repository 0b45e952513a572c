//! A small town, every kind of dirt, every rule: files in, decisions out.

mod explained;
mod fixture;
mod linkage;
mod persons;
#[path = "raw.rs"]
mod raw;
mod report;
mod rules;
mod stability;
