//! Cases for the parsers of company names and addresses, with the truth beside each: what benches measure against.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use codes::division::Divisions;
use codes::time::Day;

use crate::dice::Topic;
use crate::dirt;
use crate::sheet::{Format, Sheet};
use crate::traits::Entity;
use crate::world::World;
use crate::{CityError, Size};

/// Writes `names.csv` (kind, name, brand, trade) and `addresses.csv` (kind of dirt, address, six-digit county or nothing
/// where the text tells none of Zhejiang's) of the employers of a city into `dir`.
///
/// # Errors
/// If a file cannot be written.
pub fn write_cases(size: Size, seed: u64, as_of: Day, dir: &Path) -> Result<(), CityError> {
    fs::create_dir_all(dir).map_err(|source| CityError::Io {
        path: dir.to_owned(),
        source,
    })?;
    let world = World::new(seed, size, as_of);
    let bearers = bearers_of_town_names();
    let is_only = |town: &str| bearers.get(town) == Some(&1);
    let mut names = Sheet::open(dir, "names", Format::Csv, &["kind", "name", "brand", "trade"])?;
    let mut addresses = Sheet::open(dir, "addresses", Format::Csv, &["kind", "address", "county"])?;
    for e in 0..world.plan.classes.all {
        let employer = world.employer(e);
        let kind = match employer.traits.entity {
            Entity::Company => "company",
            Entity::Branch => "branch",
            Entity::Individual => "shop",
            Entity::Cooperative => "cooperative",
        };
        let name = &employer.name;
        names.row(&[kind, &name.full(), &name.brand, &name.trade])?;
        let mut dice = world.dice(Topic::Register, e, 17);
        let written = dirt::address::dirtied(&world.places, &employer.address, is_only, &mut dice);
        let county = written
            .county
            .map(|county| county.to_string())
            .unwrap_or_default();
        addresses.row(&[written.kind, &written.text, &county])?;
    }
    names.close()?;
    addresses.close()?;
    Ok(())
}

/// How many streets and towns of the province bear each name.
fn bearers_of_town_names() -> HashMap<&'static str, u32> {
    const CITIES: std::ops::RangeInclusive<u32> = 3301..=3311;
    let divisions = Divisions::shipped();
    let mut bearers = HashMap::new();
    for city in CITIES {
        for (county, _) in divisions.counties_of(city) {
            for (_, name) in divisions.towns_of(county) {
                *bearers.entry(name).or_insert(0) += 1;
            }
        }
    }
    bearers
}
