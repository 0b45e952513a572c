//! The one function that turns a scope into a condition.
