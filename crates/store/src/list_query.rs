//! Lists with free filters.
