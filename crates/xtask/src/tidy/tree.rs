//! The files of the tree, as git would list them: no build output, no installed packages, no data folders.

use crate::shell;
use std::path::Path;

/// Folders that hold what is made or fetched, not written.
const SKIPPED: &[&str] = &["target", "node_modules", "dist", ".git", "gonghui-data", ".cargo"];
/// What is read as text here.
const TEXT: &[&str] = &[
    "rs", "toml", "md", "sql", "html", "css", "ts", "mjs", "js", "sh", "json", "txt", "run", "Makefile",
];

/// One text file of the tree.
pub struct File {
    /// Path from the root, with `/`.
    pub path: String,
    pub text: String,
}

impl File {
    pub fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }
}

/// All text files of the tree, ordered by path.
pub fn files() -> Vec<File> {
    let mut found = Vec::new();
    walk(&shell::root(), "", &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// The names of the crates: the folders of `crates/` that hold a manifest.
pub fn crates() -> Vec<String> {
    let entries = std::fs::read_dir(shell::root().join("crates"))
        .into_iter()
        .flatten()
        .flatten();
    let mut names: Vec<String> = entries
        .filter(|entry| entry.path().join("Cargo.toml").exists())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn walk(folder: &Path, prefix: &str, found: &mut Vec<File>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        if entry.path().is_dir() {
            if !SKIPPED.contains(&name.as_str()) {
                walk(&entry.path(), &format!("{path}/"), found);
            }
        } else if TEXT.contains(&name.rsplit('.').next().unwrap_or_default())
            && let Ok(text) = std::fs::read_to_string(entry.path())
        {
            found.push(File { path, text });
        }
    }
}
