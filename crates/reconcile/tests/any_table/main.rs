//! Linking any tables: small files made here, what comes out, and what is refused.

mod files;
mod linking;
mod refused;
mod town;
