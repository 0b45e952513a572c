//! The employer card.
