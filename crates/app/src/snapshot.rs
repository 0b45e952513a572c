//! The register's snapshot for a run.
