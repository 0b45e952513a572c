//! Running other programs: where the tree is, how a step is shown, how its tests are counted.

use anyhow::{Context, Result, bail};
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The root of the tree: `cargo run` says where xtask lies; the place where it was compiled may be another clone that shares the
/// target folder.
pub fn root() -> PathBuf {
    let home = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or(env!("CARGO_MANIFEST_DIR").into());
    Path::new(&home)
        .ancestors()
        .nth(2)
        .map(Path::to_path_buf)
        .unwrap_or_default()
}

/// A line of what is going on, on stderr, so that it never mixes with a program's data.
pub fn say(text: &str) {
    eprintln!("\x1b[1m▸ {text}\x1b[0m");
}

/// A program to run in the root of the tree.
pub fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root());
    for (name, _) in std::env::vars_os().filter(|(name, _)| tells_of_a_package(name)) {
        command.env_remove(name);
    }
    command
}

/// What `cargo run` says of xtask to whoever xtask runs. A build script that looks at it (ring's does) would run anew, and most
/// of the workspace be compiled again, each time that somebody builds with xtask and without in turn.
fn tells_of_a_package(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
}

/// Runs a program and fails when it fails.
pub fn must(mut command: Command) -> Result<()> {
    let shown = format!("{command:?}");
    let status = command.status().with_context(|| format!("starting {shown}"))?;
    if !status.success() {
        bail!("{shown} ended with {status}");
    }
    Ok(())
}

/// How many tests passed and failed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    pub passed: u64,
    pub failed: u64,
}

impl Tally {
    pub fn add(&mut self, other: Tally) {
        self.passed += other.passed;
        self.failed += other.failed;
    }

    /// A step without tests of its own counts as one.
    pub fn of_step(is_ok: bool) -> Tally {
        if is_ok {
            Tally { passed: 1, failed: 0 }
        } else {
            Tally { passed: 0, failed: 1 }
        }
    }
}

/// Runs a program, passes its output on and counts the test results it prints. A program that fails without
/// naming a failed test (a crash, a compile error) counts as one failure.
pub fn counted(mut command: Command) -> Result<Tally> {
    let shown = format!("{command:?}");
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("starting {shown}"))?;
    let mut tally = Tally::default();
    let stdout = child.stdout.take().context("the child's output was asked for")?;
    let mut out = std::io::stdout().lock();
    for line in BufReader::new(stdout).lines() {
        let line = line?;
        tally.add(results_in(&line));
        writeln!(out, "{line}")?;
    }
    let status = child.wait()?;
    if !status.success() && tally.failed == 0 {
        tally.failed = 1;
    }
    Ok(tally)
}

/// Reads `test result: ok. 3 passed; 1 failed; …` of cargo and `ℹ pass 3` / `# fail 1` of node.
fn results_in(line: &str) -> Tally {
    let words: Vec<&str> = line.split_whitespace().collect();
    let number_before = |word: &str| -> u64 {
        words
            .windows(2)
            .find(|pair| pair[1].trim_end_matches(';') == word)
            .and_then(|pair| pair[0].parse().ok())
            .unwrap_or(0)
    };
    match words.as_slice() {
        ["test", "result:", ..] => Tally {
            passed: number_before("passed"),
            failed: number_before("failed"),
        },
        ["ℹ" | "#", "pass", count] => Tally {
            passed: count.parse().unwrap_or(0),
            failed: 0,
        },
        ["ℹ" | "#", "fail" | "cancelled", count] => Tally {
            passed: 0,
            failed: count.parse().unwrap_or(0),
        },
        _ => Tally::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, passed: u64, failed: u64) {
        assert_eq!(results_in(line), Tally { passed, failed }, "{line}");
    }

    #[test]
    fn results_of_both_runners_are_counted() {
        check(
            "test result: FAILED. 12 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s",
            12,
            3,
        );
        check("ℹ pass 7", 7, 0);
        check("# fail 2", 0, 2);
        check("ℹ duration_ms 5123.2", 0, 0);
        check("test accounts::signs_in ... ok", 0, 0);
    }
}
