//! docs/glossary.md maps the field's words to names in the code; every name must exist.
//!
//! A row is `| 中文 | `Name` | where and what |`. `Name` is a type, `Type::Variant` a variant, `module::` a module or a
//! lower-case word a function or module.

use super::tree::{self, File};
use super::words::type_named_in;
use crate::shell;

pub fn check() -> Vec<String> {
    let Ok(glossary) = std::fs::read_to_string(shell::root().join("docs/glossary.md")) else {
        return vec!["docs/glossary.md is missing".to_owned()];
    };
    let sources: Vec<File> = tree::files().into_iter().filter(File::is_rust).collect();
    let names = glossary.lines().filter_map(names_in_row).flatten();
    names
        .filter(|name| !exists(name, &sources))
        .map(|name| format!("docs/glossary.md: `{name}` is not in the code"))
        .collect()
}

/// The backticked names of a table row's second cell.
fn names_in_row(line: &str) -> Option<Vec<&str>> {
    let cell = line.strip_prefix('|')?.split('|').nth(1)?;
    Some(cell.split('`').skip(1).step_by(2).collect())
}

fn exists(name: &str, sources: &[File]) -> bool {
    if let Some((owner, variant)) = name.split_once("::") {
        return sources
            .iter()
            .any(|file| declares_type(file, owner) && has_word(&file.text, variant));
    }
    if name.starts_with(char::is_uppercase) {
        return sources.iter().any(|file| declares_type(file, name));
    }
    sources.iter().any(|file| {
        file.path.ends_with(&format!("/{name}.rs"))
            || file.path.contains(&format!("/{name}/"))
            || file.text.contains(&format!("fn {name}("))
            || file.text.contains(&format!("mod {name};"))
    })
}

/// A type is declared by its keyword, or as `Name {` inside a declaring macro such as `coded!`.
fn declares_type(file: &File, name: &str) -> bool {
    let in_macro = format!("    {name} {{");
    file.text
        .lines()
        .any(|line| type_named_in(line) == Some(name) || line == in_macro)
}

fn has_word(text: &str, word: &str) -> bool {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .any(|found| found == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_looked_up_as_what_they_look_like() {
        let file = File {
            path: "crates/domain/src/zone.rs".into(),
            text: "pub enum Zone {\n    Town,\n}\nfn plan() {}\n".into(),
        };
        let sources = [file];
        let found: Vec<bool> = [
            "Zone",
            "Zone::Town",
            "zone",
            "plan",
            "Visit",
            "Zone::City",
            "visit",
        ]
        .iter()
        .map(|name| exists(name, &sources))
        .collect();
        assert_eq!(found, [true, true, true, true, false, false, false]);
    }

    #[test]
    fn only_the_second_cell_names_code() {
        assert_eq!(
            names_in_row("| 片区 | `Zone` | see `crates/domain` |"),
            Some(vec!["Zone"])
        );
    }
}
