//! Developer commands behind `make`: what is longer than three lines of shell lives here.
//!
//! `cargo xtask run | test | check | tidy | golden | gallery`. Installing packages and starting databases stays in
//! `scripts/`, because it has to work before anything is compiled.

mod demo;
mod frontend;
mod shell;
mod suite;
mod tidy;

use anyhow::{Result, bail};
use std::process::ExitCode;

fn main() -> ExitCode {
    match dispatch() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch() -> Result<()> {
    let command = std::env::args().nth(1).unwrap_or_default();
    match command.as_str() {
        "run" => demo::run(),
        "test" => suite::test(),
        "check" => suite::check(),
        "tidy" => tidy::run(),
        "golden" => suite::golden(),
        "gallery" => suite::gallery(),
        _ => bail!("usage: cargo xtask run|test|check|tidy|golden|gallery (see `make help`)"),
    }
}
