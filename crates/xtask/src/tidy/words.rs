//! Words that do not stand in the tree, each with what to do instead; and names that mean too many things here.

use super::tree::{self, File};

/// `word <tab> where allowed <tab> what instead`, one a line.
const FORBIDDEN: &str = include_str!("forbidden.tsv");
/// Ambiguous here or SQL keywords: never the name of a public type.
const RETIRED_NAMES: &[&str] = &[
    "Worker", "Task", "Area", "User", "Order", "Group", "Union", "Case", "Manager", "Helper", "Utils",
];
/// The check's own files speak about the words.
const OWN_FOLDER: &str = "crates/xtask/src/tidy/";

struct Forbidden {
    word: &'static str,
    allowed: Vec<&'static str>,
    instead: &'static str,
}

pub fn check() -> Vec<String> {
    let forbidden = forbidden();
    let files = tree::files();
    files
        .iter()
        .filter(|file| !file.path.starts_with(OWN_FOLDER))
        .flat_map(|file| complaints_of(file, &forbidden))
        .collect()
}

fn forbidden() -> Vec<Forbidden> {
    let rows = FORBIDDEN.lines().filter(|line| !line.starts_with('#'));
    rows.filter_map(|line| {
        let mut cells = line.split('\t');
        let (word, allowed, instead) = (cells.next()?, cells.next()?, cells.next()?);
        Some(Forbidden {
            word,
            allowed: allowed.split(',').filter(|place| !place.is_empty()).collect(),
            instead,
        })
    })
    .collect()
}

fn complaints_of(file: &File, forbidden: &[Forbidden]) -> Vec<String> {
    let is_allowed = |rule: &Forbidden| rule.allowed.iter().any(|place| file.path.contains(place));
    let here: Vec<&Forbidden> = forbidden.iter().filter(|rule| !is_allowed(rule)).collect();
    let mut complaints = Vec::new();
    for (number, line) in file.text.lines().enumerate() {
        for rule in here.iter().filter(|rule| line.contains(rule.word)) {
            complaints.push(format!(
                "{}:{}: `{}`: {}",
                file.path,
                number + 1,
                rule.word,
                rule.instead
            ));
        }
        if file.is_rust()
            && line.starts_with("pub ")
            && let Some(name) = type_named_in(line)
            && RETIRED_NAMES.contains(&name)
        {
            complaints.push(format!(
                "{}:{}: `{name}` means too many things; see docs/glossary.md",
                file.path,
                number + 1
            ));
        }
    }
    complaints
}

/// The name that a line of Rust declares as a type, if it does.
pub fn type_named_in(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace().skip_while(|word| word.starts_with("pub"));
    match words.next()? {
        "struct" | "enum" | "trait" | "type" => {
            let rest = words.next()?;
            rest.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
                .next()
                .filter(|name| !name.is_empty())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forbidden_word_is_named_with_its_line() {
        let file = File {
            path: "crates/web/src/lib.rs".into(),
            text: "fn a() {}\nfn b() { todo!() }\npub struct Task;\n".into(),
        };
        let complaints = complaints_of(&file, &forbidden());
        assert_eq!(complaints.len(), 2, "{complaints:?}");
        assert!(complaints[0].starts_with("crates/web/src/lib.rs:2:"));
    }

    #[test]
    fn declared_types_are_recognised() {
        assert_eq!(type_named_in("pub(crate) struct Zone<K> {"), Some("Zone"));
        assert_eq!(type_named_in("    pub enum ListKind {"), Some("ListKind"));
        assert_eq!(type_named_in("let type_name = 3;"), None);
    }
}
