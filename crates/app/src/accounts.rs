//! Sign-in, sessions, accounts.
