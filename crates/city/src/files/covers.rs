//! covers: the employers under joint unions, and the truth about them.

use std::collections::HashSet;
use std::path::Path;

use crate::CityError;
use crate::compose;
use crate::dice::Topic;
use crate::dirt;
use crate::plan::UnionKind;
use crate::sheet::{Format, Sheet};
use crate::world::World;

/// Writes the cover lists and `truth/covers.csv`; tells which enterprises are covered now.
pub(crate) fn write(
    world: &World,
    dir: &Path,
    truth: &Path,
    format: Format,
) -> Result<(u64, HashSet<u32>), CityError> {
    let mut sheet = Sheet::open(
        dir,
        "covers",
        format,
        &["union_id", "employer_uscc", "employer_name", "from", "to"],
    )?;
    let mut known = Sheet::open(
        truth,
        "covers",
        Format::Csv,
        &["union_id", "enterprise_id", "is_now"],
    )?;
    let mut covered = HashSet::new();
    for (u, union) in world.plan.unions.iter().enumerate() {
        let UnionKind::Joint(at) = union.kind else {
            continue;
        };
        let id = world.union_id(u as u32);
        let founded = world.union(u as u32).founded;
        for e in &world.plan.covers[at] {
            let mut dice = world.dice(Topic::CoverDirt, *e, 0);
            let employer = world.employer(*e);
            let code = match dice.weighted(&[84.0, 6.0, 10.0]) {
                0 => employer.code.clone(),
                1 => dirt::code::org_code(&employer.code, &mut dice),
                _ => String::new(),
            };
            let name = match dice.weighted(&[88.0, 9.0, 3.0]) {
                1 => dirt::name::variant(&employer.name, &mut dice),
                2 if !code.is_empty() => String::new(),
                _ => employer.name.full(),
            };
            let from = founded + dice.below((world.as_of - founded).max(1) as u64) as i32;
            let has_left = dice.chance(0.02);
            let to = if has_left {
                compose::iso((from + 200).min(world.as_of - 10))
            } else {
                String::new()
            };
            sheet.row(&[&id, &code, &name, &compose::iso(from.min(world.as_of - 20)), &to])?;
            known.row(&[
                &id,
                &world.enterprise_id(*e),
                if has_left { "false" } else { "true" },
            ])?;
            if !has_left {
                covered.insert(*e);
            }
        }
    }
    known.close()?;
    Ok((sheet.close()?, covered))
}
