//! Writes a city without the platform: `cargo run -p city --example make -- small 1 /tmp/small [csv|parquet|xlsx] [yyyy-mm-dd]`.
#![allow(clippy::print_stdout)]

use std::path::Path;

use city::{Format, Scale, generate};
use codes::time::Day;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [scale, seed, dir, rest @ ..] = words.as_slice() else {
        return Err("usage: make SCALE SEED DIR [csv|parquet|xlsx] [yyyy-mm-dd]".into());
    };
    let format = match rest.first().map(String::as_str) {
        Some("parquet") => Format::Parquet,
        Some("xlsx") => Format::Xlsx,
        _ => Format::Csv,
    };
    let as_of = Day::parse_iso(rest.get(1).map_or("2026-08-01", String::as_str))?;
    let summary = generate(
        scale.parse::<Scale>()?.size(),
        seed.parse()?,
        Path::new(dir),
        format,
        as_of,
        &|_, _, _| {},
    )?;
    println!("{}", serde_json::to_string_pretty(&summary)?);
    Ok(())
}
