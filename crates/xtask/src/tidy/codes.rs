//! Every code of a failure stands in the guide (docs/guide/errors.md) with what it means and what to do, and the guide has no other.

use std::collections::{BTreeMap, BTreeSet};

use super::tree;

const GUIDE: &str = "docs/guide/errors.md";
/// Crates whose failures people and programs meet.
const CRATES: &[&str] = &[
    "app",
    "cli",
    "domain",
    "lake",
    "office",
    "reconcile",
    "store",
    "web",
];

pub fn check() -> Vec<String> {
    let mut used: BTreeMap<String, String> = BTreeMap::new();
    let mut explained: BTreeSet<String> = BTreeSet::new();
    let mut complaints = Vec::new();
    for file in tree::files() {
        if file.path == GUIDE {
            for line in file.text.lines() {
                let Some(code) = line.strip_prefix("| `").and_then(|rest| rest.split('`').next()) else {
                    continue;
                };
                let cells = line
                    .trim_matches('|')
                    .split('|')
                    .filter(|cell| !cell.trim().is_empty());
                if cells.count() != 4 {
                    complaints.push(format!(
                        "{GUIDE}: {code} needs its status, meaning and what to do"
                    ));
                }
                if !explained.insert(code.to_owned()) {
                    complaints.push(format!("{GUIDE}: {code} stands there twice"));
                }
            }
        } else if is_told_from(&file.path) {
            for code in codes_in(&file.text) {
                used.entry(code).or_insert_with(|| file.path.clone());
            }
        }
    }
    for (code, path) in &used {
        if !explained.contains(code) {
            complaints.push(format!("{path}: {code} is not explained in {GUIDE}"));
        }
    }
    let gone = explained.iter().filter(|code| !used.contains_key(*code));
    complaints.extend(gone.map(|code| format!("{GUIDE}: nothing answers {code} any more")));
    complaints
}

/// Sources of the crates, but for tests and samples of pages.
fn is_told_from(path: &str) -> bool {
    let of_a_crate = CRATES
        .iter()
        .any(|name| path.starts_with(&format!("crates/{name}/src/")));
    of_a_crate && path.ends_with(".rs") && !path.contains("/gallery/") && !path.ends_with("tests.rs")
}

/// `"MEM-404"` and its like, as far as the tests of the file.
fn codes_in(text: &str) -> Vec<String> {
    let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let quoted = text.split('"').skip(1);
    quoted.filter(|word| is_code(word)).map(str::to_owned).collect()
}

fn is_code(word: &str) -> bool {
    let Some((noun, number)) = word.split_once('-') else {
        return false;
    };
    (2..=4).contains(&noun.len())
        && noun.bytes().all(|sign| sign.is_ascii_uppercase())
        && number.len() == 3
        && number.bytes().all(|sign| sign.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_found_where_they_are_told() {
        let text =
            "AppError::new(\"MEM-404\", \"没有 XX-1\")\n// \"x\"\n#[cfg(test)]\nmod tests { \"ACC-999\" }";
        assert_eq!(codes_in(text), ["MEM-404"]);
        assert!(!is_code("GB-18030") && !is_code("mem-404") && !is_code("ISO-8601"));
    }
}
