//! covers: the employers under joint unions, and the truth about them.

use std::collections::HashSet;
use std::path::Path;

use crate::CityError;
use crate::compose;
use crate::dice::Topic;
use crate::dirt;
use crate::files::Rows;
use crate::next_day::{Fate, NextDay};
use crate::plan::UnionKind;
use crate::sheet::{Format, Sheet};
use crate::world::World;

const HEADS: [&str; 5] = ["union_id", "employer_uscc", "employer_name", "from", "to"];

/// Which enterprises are covered.
#[derive(Default)]
pub(crate) struct Covered {
    pub(crate) today: HashSet<u32>,
    pub(crate) next_day: HashSet<u32>,
}

/// Writes the cover lists and `truth/covers.csv`; tells which enterprises are covered.
pub(crate) fn write(
    world: &World,
    dir: &Path,
    truth: &Path,
    format: Format,
) -> Result<(Rows, Covered), CityError> {
    let mut sheet = Sheet::open(dir, "covers", format, &HEADS)?;
    let mut next = NextDay::open(world, dir, "covers", format, &HEADS)?;
    let mut known = Sheet::open(
        truth,
        "covers",
        Format::Csv,
        &["union_id", "enterprise_id", "is_now"],
    )?;
    let mut covered = Covered::default();
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
            let from = compose::iso(from.min(world.as_of - 20));
            let cells = [
                id.as_str(),
                code.as_str(),
                name.as_str(),
                from.as_str(),
                to.as_str(),
            ];
            sheet.row(&cells)?;
            known.row(&[
                &id,
                &world.enterprise_id(*e),
                if has_left { "false" } else { "true" },
            ])?;
            if !has_left {
                covered.today.insert(*e);
                if stays(world, *e, &cells, &mut next)? {
                    covered.next_day.insert(*e);
                }
            }
        }
        join_one(world, at, &id, &mut next)?;
    }
    known.close()?;
    Ok((Rows::of(sheet, next)?, covered))
}

/// Whether a covered firm is still covered on the day after.
fn stays(world: &World, e: u32, cells: &[&str; 5], next: &mut NextDay) -> Result<bool, CityError> {
    match next.fate(u64::from(e)) {
        Fate::Leaves => next.delete(cells)?,
        Fate::Changes => next.change(cells, "to", &compose::iso(world.as_of))?,
        Fate::Stays | Fate::Followed => return Ok(true),
    }
    Ok(false)
}

/// The first joint union, and one in fifty, takes a small firm of the city in.
fn join_one(world: &World, at: usize, union_id: &str, next: &mut NextDay) -> Result<(), CityError> {
    if !at.is_multiple_of(50) {
        return Ok(());
    }
    let c = world.plan.classes;
    let e = c.big + next.dice(at as u64).below(u64::from(c.small - c.big)) as u32;
    let (employer, from) = (world.employer(e), compose::iso(world.as_of));
    next.insert(&[union_id, &employer.code, &employer.name.full(), &from, ""])
}
