//! Employers (用人单位).
