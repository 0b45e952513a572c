//! The register of members.
