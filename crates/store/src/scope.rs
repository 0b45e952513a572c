//! The one function that turns a scope into a condition. Every list, count, search and export goes through it, a list by
//! [`condition`], a fixed statement by `{scope …}` in its text.

use domain::scope::{Part, Scope};

use crate::list_query::{Bind, Fragment};

/// The condition that keeps rows in sight, for a column that holds a union path (`u.path`, `i.responsible_path`).
pub fn condition(scope: &Scope, path_column: &'static str) -> Fragment {
    let (text, paths) = written(scope, path_column, |_| "?".to_owned());
    Fragment::built(text, paths.into_iter().map(Bind::from))
}

/// The text of a condition and its values in order; `mark` writes the place of the value with this number, from 0.
///
/// Unions with all below them are ranges and unions alone are equalities of one column, joined by OR: both engines answer
/// each of them from the index of that column, however many there are.
fn written(scope: &Scope, column: &str, mark: impl Fn(usize) -> String) -> (String, Vec<String>) {
    let parts = match scope {
        Scope::Everything => return ("1 = 1".to_owned(), Vec::new()),
        Scope::Nothing => return ("1 = 0".to_owned(), Vec::new()),
        Scope::Parts(parts) => parts.as_slice(),
    };
    let mut values: Vec<String> = Vec::new();
    let mut value = |text: String| {
        values.push(text);
        mark(values.len() - 1)
    };
    let mut terms: Vec<String> = Vec::new();
    for part in parts {
        if let Part::Branch(top) = part {
            let (from, to) = (value(top.as_str().to_owned()), value(top.upper_bound()));
            terms.push(format!("({column} >= {from} AND {column} < {to})"));
        }
    }
    let mut alone: Vec<String> = Vec::new();
    for part in parts {
        if let Part::Single(path) = part {
            alone.push(value(path.as_str().to_owned()));
        }
    }
    match alone.as_slice() {
        [] => {}
        [one] => terms.push(format!("{column} = {one}")),
        many => terms.push(format!("{column} IN ({})", many.join(", "))),
    }
    let text = match terms.as_slice() {
        [only] => only.clone(),
        several => format!("({})", several.join(" OR ")),
    };
    (text, values)
}

/// A fixed statement with the scope written in: `{scope u.path}` in its text becomes the condition on that column, whose values
/// follow the `own` values of the statement.
pub(crate) fn filled(statement: &str, scope: &Scope, own: usize) -> (String, Vec<String>) {
    let (before, column, after) = marked(statement).expect("a statement with a scope says where");
    let (condition, values) = written(scope, column, |nth| format!("${}", own + nth + 1));
    (format!("{before}{condition}{after}"), values)
}

/// The statement as it can be prepared: with a condition that needs no value where the scope stands.
pub(crate) fn preparable(statement: &str) -> String {
    match marked(statement) {
        Some((before, column, after)) => format!("{before}({column} >= '' AND {column} < '~'){after}"),
        None => statement.to_owned(),
    }
}

/// What stands before and after `{scope column}`, and the column.
fn marked(statement: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = statement.split_once("{scope ")?;
    let (column, after) = rest.split_once('}')?;
    Some((before, column, after))
}

#[cfg(test)]
mod tests {
    use domain::scope::UnionPath;

    use super::*;

    #[test]
    fn a_scope_is_written_into_a_statement_after_its_own_values() {
        let town = UnionPath::root(0).child(1);
        let statement = "SELECT 1 FROM union_org u WHERE {scope u.path} AND u.is_active = $1";
        let written = |scope: &Scope| filled(statement, scope, 1);
        assert_eq!(
            written(&Scope::Everything),
            (
                "SELECT 1 FROM union_org u WHERE 1 = 1 AND u.is_active = $1".to_owned(),
                Vec::new()
            )
        );
        assert_eq!(
            written(&Scope::subtree(town.clone())),
            (
                "SELECT 1 FROM union_org u WHERE (u.path >= $2 AND u.path < $3) AND u.is_active = $1"
                    .to_owned(),
                vec!["0000/0001/".to_owned(), "0000/00010".to_owned()],
            )
        );
        let several = Scope::of([
            Part::Single(UnionPath::root(0)),
            Part::Single(town.child(0)),
            Part::Branch(UnionPath::root(7)),
        ]);
        assert_eq!(
            written(&several),
            (
                "SELECT 1 FROM union_org u WHERE ((u.path >= $2 AND u.path < $3) OR u.path IN ($4, $5)) \
                 AND u.is_active = $1"
                    .to_owned(),
                ["0007/", "00070", "0000/", "0000/0001/0000/"]
                    .map(str::to_owned)
                    .to_vec(),
            )
        );
    }
}
