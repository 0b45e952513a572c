//! Founding a union (建会).
