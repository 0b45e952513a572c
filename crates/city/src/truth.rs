//! What the files do not say: who should be raised, and what the city is.

use std::collections::{HashMap, HashSet};
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
        if *count >= FOUND_FROM && lacks_union(world, e, covered) && is_raised(world.traits(e).status) {
            found.row(&[&id, &text])?;
        }
    }
    insured.close()?;
    let mut partners = Sheet::open(truth, "platforms", Format::Csv, &["enterprise_id", "platform"])?;
    for e in &world.partners {
        let platform = world.platform_of(*e).unwrap_or_default();
        partners.row(&[&world.enterprise_id(*e), platform])?;
    }
    partners.close()?;
    found.close()
}

/// What the files of the next day change about unions, covers and registrations.
pub(crate) struct NextDay<'a> {
    pub(crate) covered: &'a HashSet<u32>,
    pub(crate) founded: &'a HashSet<u32>,
    pub(crate) statuses: &'a HashMap<u32, &'static str>,
}

/// Writes `next-day/found_25.csv`: who should be raised once the next day's files are in.
pub(crate) fn write_next_day(
    world: &World,
    truth: &Path,
    insured: &[u32],
    changed: &NextDay<'_>,
) -> Result<u64, CityError> {
    let heads = ["enterprise_id", "insured_now"];
    let mut found = Sheet::open(&truth.join("next-day"), "found_25", Format::Csv, &heads)?;
    for (e, count) in (0_u32..).zip(insured).filter(|(_, count)| **count >= FOUND_FROM) {
        let status = changed
            .statuses
            .get(&e)
            .copied()
            .unwrap_or_else(|| world.traits(e).status);
        if lacks_union(world, e, changed.covered) && !changed.founded.contains(&e) && is_raised(status) {
            found.row(&[&world.enterprise_id(e), &count.to_string()])?;
        }
    }
    found.close()
}

fn lacks_union(world: &World, e: u32, covered: &HashSet<u32>) -> bool {
    e >= world.plan.classes.union && !covered.contains(&e)
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
