//! A small town, every kind of dirt, every rule: files in, decisions out.

#[allow(dead_code, reason = "some tests of the lake need more of it")]
#[path = "../../../lake/src/place/bucket_server.rs"]
mod bucket_server;
mod buckets;
mod explained;
mod fixture;
mod linkage;
mod persons;
#[path = "raw.rs"]
mod raw;
mod report;
mod rules;
mod stability;
