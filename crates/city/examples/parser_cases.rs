//! Writes names and addresses with their truth for the benches of the parsers:
//! `cargo run --release -p city --example parser_cases -- DIR [SCALE] [SEED]` (county and 1 unless told otherwise).

use std::path::PathBuf;
use std::process::ExitCode;

use city::{Scale, write_cases};
use codes::time::Day;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("parser_cases: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let mut args = std::env::args().skip(1);
    let dir = PathBuf::from(args.next().ok_or("name the folder to write to")?);
    let scale: Scale = args.next().as_deref().unwrap_or("county").parse()?;
    let seed = args
        .next()
        .as_deref()
        .unwrap_or("1")
        .parse()
        .map_err(|_| "the seed is a whole number")?;
    let as_of: Day = "2026-11-15".parse().map_err(|_| "the day of the city")?;
    write_cases(scale.size(), seed, as_of, &dir).map_err(|error| error.to_string())
}
