//! What the files do not say: who should be raised, and what the city is.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use crate::sheet::{Format, Sheet};
use crate::traits::is_raised;
use crate::world::World;
use crate::{CityError, Summary};

/// Least number of insured persons from which a firm must have its own union (rule found-25).
const FOUND_FROM: u32 = 25;

/// Writes `found_25.csv` (who should be raised) and `insured.csv` (how many each enterprise has insured now).
pub(crate) fn write(
    world: &World,
    truth: &Path,
    insured_now: &[u32],
    covered: &HashSet<u32>,
) -> Result<u64, CityError> {
    let mut found = Sheet::open(truth, "found_25", Format::Csv, &["enterprise_id", "insured_now"])?;
    let mut insured = Sheet::open(truth, "insured", Format::Csv, &["enterprise_id", "insured_now"])?;
    for (e, count) in (0_u32..).zip(insured_now) {
        if *count == 0 {
            continue;
        }
        let (id, text) = (world.enterprise_id(e), count.to_string());
        insured.row(&[&id, &text])?;
        let has_union = e < world.plan.classes.union;
        if *count >= FOUND_FROM && !has_union && !covered.contains(&e) && is_raised(world.traits(e).status) {
            found.row(&[&id, &text])?;
        }
    }
    insured.close()?;
    found.close()
}

/// Writes `city.json`: size, seed, day and counts.
pub(crate) fn write_summary(truth: &Path, summary: &Summary) -> Result<(), CityError> {
    let path = truth.join("city.json");
    let text = serde_json::to_string_pretty(summary).map_err(|source| CityError::Json {
        path: path.clone(),
        source,
    })?;
    fs::write(&path, text + "\n").map_err(|source| CityError::Io { path, source })
}
