//! What a reader of the tree may rely on, checked: floors, the map, the glossary, words, sizes, rules.
//!
//! Each check returns its complaints as sentences with a path; no complaint means it holds. `cargo xtask tidy` runs
//! them all, and so do the tests below, so that `cargo test` alone keeps them too.

mod codes;
mod floors;
mod glossary;
mod map;
mod rules;
mod sizes;
mod tree;
mod words;

use crate::shell::Tally;
use anyhow::{Result, bail};

/// A check's name and what it complains about.
type Check = (&'static str, fn() -> Vec<String>);

const CHECKS: &[Check] = &[
    ("a crate uses only crates on lower floors", floors::check),
    ("ARCHITECTURE.md and the tree agree", map::check),
    ("the glossary names what the code has", glossary::check),
    ("no forbidden words", words::check),
    ("files for one sitting", sizes::check),
    ("every rule has its head and a test", rules::check),
    ("every error code is in the guide", codes::check),
];

/// Runs every check, prints the complaints, counts.
pub fn tally() -> Tally {
    let mut tally = Tally::default();
    for (name, check) in CHECKS {
        let complaints = check();
        tally.add(Tally::of_step(complaints.is_empty()));
        if !complaints.is_empty() {
            eprintln!("✗ {name}");
            complaints
                .iter()
                .for_each(|complaint| eprintln!("    {complaint}"));
        }
    }
    tally
}

/// `cargo xtask tidy`.
pub fn run() -> Result<()> {
    let tally = tally();
    if tally.failed > 0 {
        bail!("{} of {} checks complain", tally.failed, CHECKS.len());
    }
    eprintln!(
        "tidy: {} checks hold; {} statements are spelt twice (`Sql::split`)",
        CHECKS.len(),
        split_statements()
    );
    Ok(())
}

/// How many statements need a spelling for each engine: not forbidden, but to be noticed when it grows.
fn split_statements() -> usize {
    let in_store = |file: &&tree::File| {
        file.is_rust() && file.path.starts_with("crates/store/src/") && !file.path.ends_with("/sql.rs")
    };
    tree::files()
        .iter()
        .filter(in_store)
        .map(|file| file.text.matches("Sql::split").count())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(check: fn() -> Vec<String>) {
        let complaints = check();
        assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
    }

    #[test]
    fn a_crate_uses_only_crates_on_lower_floors() {
        holds(floors::check);
    }

    #[test]
    fn the_map_and_the_tree_agree() {
        holds(map::check);
    }

    #[test]
    fn the_glossary_names_what_the_code_has() {
        holds(glossary::check);
    }

    #[test]
    fn there_are_no_forbidden_words() {
        holds(words::check);
    }

    #[test]
    fn files_are_for_one_sitting() {
        holds(sizes::check);
    }

    #[test]
    fn every_rule_has_its_head_and_a_test() {
        holds(rules::check);
    }

    #[test]
    fn every_error_code_is_in_the_guide() {
        holds(codes::check);
    }
}
