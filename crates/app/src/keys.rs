//! Where the master key lives.
