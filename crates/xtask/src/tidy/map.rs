//! ARCHITECTURE.md is a map that must stay true: its crates are the crates, and what it points at exists.

use super::tree;
use crate::shell;
use std::collections::BTreeSet;

/// One newcomer, one sitting.
const LINES_MAX: usize = 200;
/// Documents whose backticked paths must exist.
const MAPS: &[&str] = &[
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "README.md",
    "README.zh-CN.md",
];

pub fn check() -> Vec<String> {
    let mut complaints = Vec::new();
    let Ok(map) = std::fs::read_to_string(shell::root().join("ARCHITECTURE.md")) else {
        return vec!["ARCHITECTURE.md is missing".to_owned()];
    };
    if map.lines().count() > LINES_MAX {
        complaints.push(format!(
            "ARCHITECTURE.md: {} lines; {LINES_MAX} is one sitting",
            map.lines().count()
        ));
    }
    let drawn: BTreeSet<String> = map
        .lines()
        .filter_map(crate_described_in)
        .map(str::to_owned)
        .collect();
    let real: BTreeSet<String> = tree::crates().into_iter().collect();
    complaints.extend(
        real.difference(&drawn)
            .map(|name| format!("ARCHITECTURE.md says nothing about crates/{name}")),
    );
    complaints.extend(
        drawn
            .difference(&real)
            .map(|name| format!("ARCHITECTURE.md describes crates/{name}, which does not exist")),
    );
    for document in MAPS {
        let text = std::fs::read_to_string(shell::root().join(document)).unwrap_or_default();
        complaints.extend(dead_paths_in(&text).map(|path| format!("{document}: `{path}` does not exist")));
    }
    complaints
}

/// The crate that a paragraph of the map is about: it begins with ``- **`name`**``.
fn crate_described_in(line: &str) -> Option<&str> {
    line.strip_prefix("- **`")?
        .split_once("`**")
        .map(|(name, _)| name)
}

/// Backticked words that look like a path of this tree and are none.
fn dead_paths_in(text: &str) -> impl Iterator<Item = &str> {
    const TOPS: &[&str] = &[
        "crates/",
        "rules/",
        "data/",
        "frontend/",
        "e2e/",
        "docs/",
        "scripts/",
        "benches/",
        ".ci/",
    ];
    let in_ticks = text.split('`').skip(1).step_by(2);
    in_ticks
        .filter(|word| TOPS.iter().any(|top| word.starts_with(top)))
        .filter(|word| {
            let is_pattern = word.contains(['*', '{', '<', ' ']);
            !is_pattern && !word.starts_with("frontend/dist") && !shell::root().join(word).exists()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_does_not_exist_is_found() {
        let dead: Vec<&str> =
            dead_paths_in("see `crates/xtask` and `crates/nowhere/x.rs`, `rules/*.sql`").collect();
        assert_eq!(dead, ["crates/nowhere/x.rs"]);
    }

    #[test]
    fn a_crate_paragraph_is_recognised() {
        assert_eq!(
            crate_described_in("- **`codes`** (floor 0): identifiers"),
            Some("codes")
        );
        assert_eq!(crate_described_in("- `codes` is small"), None);
    }
}
