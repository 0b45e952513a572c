//! Founding and joining (建会入会).
