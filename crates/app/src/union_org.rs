//! The register of unions.
