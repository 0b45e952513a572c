//! Floor 2: the only SQL, one text for SQLite and PostgreSQL.
