//! Linking any tables: small files made here, what comes out, and what is refused.

#[allow(dead_code, reason = "some tests of the lake need more of it")]
#[path = "../../../lake/src/place/bucket_server.rs"]
mod bucket_server;
mod buckets;
mod files;
mod linking;
mod refused;
mod town;
