//! Who may do what: role × action, denied by default.
