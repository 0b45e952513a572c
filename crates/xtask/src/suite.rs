//! `make test`, `make check`, `make golden`, `make gallery`: which steps there are and in which order.
//!
//! Order matters twice: the front end comes before anything that compiles `web` (the binary embeds it), and all Rust
//! is built once, tests and binaries together, so that the browser tests find the very binary that the tests built.

use crate::shell::{self, Tally};
use crate::{frontend, tidy};
use anyhow::{Result, bail};
use std::process::Command;
use std::time::Instant;

/// What the lints and the build cover.
const EVERYTHING: &[&str] = &["--workspace"];
/// The quick loop leaves out the crates that compile the query engine.
const WITHOUT_BULK_JOB: &[&str] = &["--workspace", "--exclude", "reconcile", "--exclude", "cli"];

/// Everything: format, tidy, lints, unit, property and golden tests on both databases, browser.
pub fn test() -> Result<()> {
    let mut report = Report::default();
    report.step("format", || ok("cargo", &["fmt", "--all", "--check"]));
    report.step("tidy", || Ok(tidy::tally()));
    report.step("front end", || {
        ok("npm", &["run", "--silent", "build", "--prefix", "frontend"])
    });
    report.step("front end types", || {
        ok("npm", &["run", "--silent", "check", "--prefix", "frontend"])
    });
    report.step("lints", || Ok(Tally::of_step(clippy(EVERYTHING)?)));
    let is_built = report.step("build", || {
        ok(
            "cargo",
            &["build", "--workspace", "--bins", "--tests", "--examples"],
        )
    });
    if is_built {
        report.step("tests on SQLite and PostgreSQL", || {
            shell::counted(shell::command(
                "scripts/pg.sh",
                &["with", "cargo", "test", "--workspace", "--no-fail-fast"],
            ))
        });
        report.step("browser", || shell::counted(browser_tests(&[])));
    }
    report.close()
}

/// The quick loop while writing: no bulk job, no PostgreSQL, no browser.
pub fn check() -> Result<()> {
    let mut report = Report::default();
    report.step("format", || ok("cargo", &["fmt", "--all", "--check"]));
    report.step("tidy", || Ok(tidy::tally()));
    frontend::build_if_stale()?;
    report.step("lints", || Ok(Tally::of_step(clippy(WITHOUT_BULK_JOB)?)));
    let mut tests = shell::command("cargo", &["test", "--no-fail-fast"]);
    tests.args(WITHOUT_BULK_JOB);
    report.step("tests", || shell::counted(tests));
    report.close()
}

/// Rewrites golden files and shows what changed, to be read before it is committed.
pub fn golden() -> Result<()> {
    frontend::build_if_stale()?;
    let mut tests = shell::command(
        "scripts/pg.sh",
        &["with", "cargo", "test", "--workspace", "--no-fail-fast"],
    );
    tests.env("INSTA_UPDATE", "always").env("INSTA_FORCE_PASS", "1");
    shell::must(tests)?;
    shell::must(shell::command(
        "git",
        &["--no-pager", "diff", "--stat", "--", "*.snap", "*.golden*"],
    ))
}

/// Screenshots of every page, at desk and phone width, into `target/shots/`.
pub fn gallery() -> Result<()> {
    frontend::build_if_stale()?;
    shell::must(shell::command("cargo", &["build", "--package", "cli"]))?;
    let tally = shell::counted(browser_tests(&["pages.test.mjs"]))?;
    if tally.failed > 0 {
        bail!(
            "{} pages are not as they should be; the pictures are in target/shots",
            tally.failed
        );
    }
    shell::say("the pictures are in target/shots");
    Ok(())
}

fn ok(program: &str, arguments: &[&str]) -> Result<Tally> {
    Ok(Tally::of_step(
        shell::command(program, arguments).status()?.success(),
    ))
}

fn clippy(packages: &[&str]) -> Result<bool> {
    let mut clippy = shell::command("cargo", &["clippy", "--all-targets"]);
    clippy.args(packages).args(["--", "-D", "warnings"]);
    Ok(clippy.status()?.success())
}

/// The browser tests, one file after the other: each starts its own server, and two cores are few.
fn browser_tests(files: &[&str]) -> Command {
    let mut node = shell::command(
        "node",
        &["--test", "--test-concurrency=1", "--test-reporter=spec"],
    );
    node.current_dir(shell::root().join("e2e"));
    node.args(files);
    node
}

/// The steps so far: their results and how long each took.
#[derive(Default)]
struct Report {
    total: Tally,
    lines: Vec<String>,
}

impl Report {
    /// Runs one step; a step that cannot even start has failed. True when nothing in it failed.
    fn step(&mut self, name: &str, run: impl FnOnce() -> Result<Tally>) -> bool {
        shell::say(name);
        let started = Instant::now();
        let tally = run().unwrap_or_else(|error| {
            eprintln!("{error:#}");
            Tally::of_step(false)
        });
        let mark = if tally.failed == 0 { "✓" } else { "✗" };
        let seconds = started.elapsed().as_secs();
        self.lines.push(format!(
            "{mark} {name}: {} passed, {} failed, {seconds} s",
            tally.passed, tally.failed
        ));
        self.total.add(tally);
        tally.failed == 0
    }

    #[expect(clippy::print_stdout, reason = "the closing line is the command's result")]
    fn close(self) -> Result<()> {
        for line in &self.lines {
            println!("{line}");
        }
        println!("{} passed, {} failed", self.total.passed, self.total.failed);
        if self.total.failed > 0 {
            std::process::exit(1);
        }
        Ok(())
    }
}
