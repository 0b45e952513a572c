//! The console's stylesheet and script: built by esbuild into `frontend/dist`, which the binary embeds.

use crate::shell;
use anyhow::Result;
use std::path::Path;
use std::time::SystemTime;

/// Builds `frontend/dist` when a source is newer than it.
pub fn build_if_stale() -> Result<()> {
    let folder = shell::root().join("frontend");
    let built_at = std::fs::metadata(folder.join("dist/manifest.json"))
        .and_then(|file| file.modified())
        .ok();
    let changed_at = ["src", "icons", "build.mjs", "package-lock.json"]
        .iter()
        .filter_map(|name| newest(&folder.join(name)))
        .max();
    if built_at.is_some() && built_at >= changed_at {
        return Ok(());
    }
    shell::say("front end: styles and scripts (seconds)");
    shell::must(shell::command(
        "npm",
        &["run", "--silent", "build", "--prefix", "frontend"],
    ))
}

/// When the newest file under `path` was written; `None` when there is none.
fn newest(path: &Path) -> Option<SystemTime> {
    let about = std::fs::metadata(path).ok()?;
    if !about.is_dir() {
        return about.modified().ok();
    }
    std::fs::read_dir(path)
        .ok()?
        .flatten()
        .filter_map(|entry| newest(&entry.path()))
        .max()
}
