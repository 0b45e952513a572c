//! Union organisations (工会组织).
