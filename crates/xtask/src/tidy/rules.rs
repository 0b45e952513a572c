//! A targeting rule is a file of `rules/`: a TOML head and SQL. The head must be whole, and a test must name the rule.

use super::tree;

/// What an officer or a reviewer looks for in a head.
const HEAD: &[&str] = &["id", "name", "kind", "priority", "due", "version"];

pub fn check() -> Vec<String> {
    let files = tree::files();
    let is_test =
        |path: &str| path.contains("/tests/") || path.ends_with("tests.rs") || path.starts_with("e2e/");
    let tests: String = files
        .iter()
        .filter(|file| is_test(&file.path))
        .map(|file| file.text.as_str())
        .collect();
    let mut complaints = Vec::new();
    for rule in files
        .iter()
        .filter(|file| file.path.starts_with("rules/") && file.path.ends_with(".sql"))
    {
        let id = rule.path.trim_start_matches("rules/").trim_end_matches(".sql");
        for field in HEAD.iter().filter(|field| !has_field(&rule.text, field)) {
            complaints.push(format!("{}: its head has no `{field}`", rule.path));
        }
        if !tests.contains(&format!("\"{id}\"")) {
            complaints.push(format!("{}: no test names \"{id}\"", rule.path));
        }
    }
    complaints
}

/// Whether a line of the head, with or without a comment mark, sets a field whose name begins so.
fn has_field(text: &str, field: &str) -> bool {
    text.lines()
        .map(|line| line.trim_start_matches("--").trim())
        .any(|line| line.starts_with(field) && line.contains('='))
}
