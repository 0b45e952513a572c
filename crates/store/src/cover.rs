//! Employers that a union covers.
