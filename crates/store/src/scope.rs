//! The one function that turns a scope into a condition. Every list, count, search and export goes through it.

use domain::scope::Scope;

use crate::list_query::{Bind, Fragment};

/// The condition that keeps rows in sight, for a column that holds a union path (`u.path`, `i.responsible_path`).
pub fn condition(scope: &Scope, path_column: &'static str) -> Fragment {
    match scope {
        Scope::Everything => Fragment::new("1 = 1", []),
        Scope::Nothing => Fragment::new("1 = 0", []),
        Scope::Subtree(top) => Fragment::built(
            format!("({path_column} >= ? AND {path_column} < ?)"),
            [Bind::from(top.as_str()), Bind::from(top.upper_bound())],
        ),
    }
}

/// The same as a pair of bounds, for fixed statements: `path >= $1 AND path < $2`.
///
/// `Everything` becomes the whole range of paths (rows whose path is null are then not seen, unlike in a list).
pub fn bounds(scope: &Scope) -> (String, String) {
    match scope {
        Scope::Everything => (String::new(), "~".to_owned()),
        Scope::Nothing => (String::new(), String::new()),
        Scope::Subtree(top) => (top.as_str().to_owned(), top.upper_bound()),
    }
}
