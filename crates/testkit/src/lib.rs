//! Dev only: both databases, logged-in client, clock.
