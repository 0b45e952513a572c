//! unions: the unions' own register, and the truth about whose each union is.

use std::collections::HashSet;
use std::path::Path;

use crate::compose;
use crate::dice::{Shuffle, Topic};
use crate::employer::mobile;
use crate::files::enterprises::address_text;
use crate::files::union_row::{self, UnionRow};
use crate::files::{Rows, by_hand};
use crate::next_day::{Fate, NextDay};
use crate::plan::UnionKind;
use crate::sheet::{Format, Sheet};
use crate::traits::is_in_business;
use crate::union::Union;
use crate::world::World;
use crate::{CityError, Progress};

const HEADS: [&str; 20] = [
    "union_id",
    "union_name",
    "employer_uscc",
    "union_code",
    "employer_name",
    "employer_legal_rep",
    "chair",
    "county",
    "street",
    "address",
    "phone",
    "industry_section",
    "union_type",
    "parent_id",
    "industry_parent_id",
    "founded",
    "term_end",
    "declared_members",
    "lon",
    "lat",
];

/// Writes the register and `truth/links.csv`; also tells the enterprises whose union the next day's file brings.
pub(crate) fn write(
    world: &World,
    dir: &Path,
    truth: &Path,
    format: Format,
    progress: &Progress,
) -> Result<(Rows, HashSet<u32>), CityError> {
    let mut sheet = Sheet::open(dir, "unions", format, &HEADS)?;
    let mut next = NextDay::open(world, dir, "unions", format, &HEADS)?;
    let mut links = Sheet::open(
        truth,
        "links",
        Format::Csv,
        &["union_id", "enterprise_id", "dirt"],
    )?;
    let home = world.places.towns[world.places.story_town()].county;
    let mut of_home = Vec::new();
    let count = world.size.unions;
    let order = Shuffle::new(world.seed, 8, u64::from(count));
    for at in 0..count {
        let union = world.union(order.apply(u64::from(at)) as u32);
        let row = union_row::write(world, &union);
        let cells = cells(world, &union, &row);
        let texts = cells.each_ref().map(String::as_str);
        sheet.row(&texts)?;
        tomorrow(&union, &texts, &mut next)?;
        let enterprise = union
            .enterprise()
            .map(|e| world.enterprise_id(e))
            .unwrap_or_default();
        links.row(&[texts[0], &enterprise, &row.kinds.join(";")])?;
        if world.places.towns[union.plan.town].county == home && union.plan.kind != UnionKind::City {
            of_home.push(cells);
        }
        progress.step("unions", at, count);
    }
    links.close()?;
    by_hand::write(dir, &world.places.counties[home].name, world.as_of, &of_home)?;
    let founded = found(world, &mut next)?;
    Ok((Rows::of(sheet, next)?, founded))
}

/// The row of the day after: another phone; a second union is struck off.
fn tomorrow(union: &Union, cells: &[&str; 20], next: &mut NextDay) -> Result<(), CityError> {
    let at = u64::from(union.number);
    match next.fate(at) {
        Fate::Leaves if union.plan.kind == UnionKind::Second => next.delete(cells),
        Fate::Leaves | Fate::Changes => {
            let phone = mobile(&mut next.dice(at));
            next.change(cells, "phone", &phone)
        }
        Fate::Stays | Fate::Followed => Ok(()),
    }
}

/// Unions founded on the day: one for every thousand, in firms that should have one. They answer found-25.
fn found(world: &World, next: &mut NextDay) -> Result<HashSet<u32>, CityError> {
    let c = world.plan.classes;
    let mut founded = HashSet::new();
    for i in 0..(world.size.unions / 1000).max(1) {
        let mut dice = next.dice(u64::from(world.size.unions + i));
        let (first, count) = (c.beside + 1, c.big - c.beside - 1);
        let from = dice.below(u64::from(count)) as u32;
        let free = (0..count)
            .map(|step| first + (from + step) % count)
            .find(|e| is_in_business(world.traits(*e).status) && !founded.contains(e));
        let Some(e) = free else { break };
        founded.insert(e);
        let employer = world.employer(e);
        let town = employer.address.town;
        let county = world.places.county_of(town);
        let place = &world.places.towns[town];
        let number = world.org_number(c.organs + 2 * world.size.unions + 2 * c.all + i);
        let staff = world.plan.group(e).map_or(0, |group| world.plan.staff_of(group));
        let parent = (1 + world.places.counties.len() + town) as u32;
        let (lon, lat) = world.places.point(town, u64::from(world.size.unions + i));
        let name = employer.name.full();
        next.insert(&[
            &world.union_id(world.size.unions + i),
            &format!("{name}工会委员会"),
            &employer.code,
            compose::uscc("81", county.code, &compose::letter_body("MC", number)).as_str(),
            &name,
            &employer.legal_rep,
            &world.words.person(&mut dice, false),
            &county.name,
            &place.name,
            &address_text(world, &employer.address, 1),
            &mobile(&mut dice),
            &employer.industry[..1],
            "独立基层工会",
            &world.union_id(parent),
            "",
            &compose::iso(world.as_of),
            &compose::iso(world.as_of + 1826),
            &(staff * 9 / 10).to_string(),
            &format!("{lon:.5}"),
            &format!("{lat:.5}"),
        ])?;
    }
    Ok(founded)
}

fn cells(world: &World, union: &Union, row: &UnionRow) -> [String; 20] {
    let parent = if union.plan.parent == u32::MAX {
        String::new()
    } else {
        world.union_id(union.plan.parent)
    };
    let industry_parent = industry_parent(world, union)
        .map(|parent| world.union_id(parent))
        .unwrap_or_default();
    let (lon, lat) = world.places.point(union.plan.town, u64::from(union.number));
    [
        world.union_id(union.number),
        row.name.clone(),
        row.employer_code.clone(),
        row.union_code.clone(),
        row.employer_name.clone(),
        row.legal_rep.clone(),
        union.chair.clone(),
        row.county.clone(),
        row.street.clone(),
        row.address.clone(),
        row.phone.clone(),
        row.section.clone(),
        union.type_label().to_owned(),
        parent,
        industry_parent,
        row.founded.clone(),
        row.term_end.clone(),
        row.declared.clone(),
        format!("{lon:.5}"),
        format!("{lat:.5}"),
    ]
}

/// The industry line: some unions of one enterprise also belong to an industry union of their county (double line).
fn industry_parent(world: &World, union: &Union) -> Option<u32> {
    if union.plan.kind != UnionKind::Single || !world.dice(Topic::Union, union.number, 3).chance(0.12) {
        return None;
    }
    let county = world.places.towns[union.plan.town].county;
    let at = 1 + world.places.counties.len() + world.places.towns.len() + county;
    matches!(world.plan.unions.get(at)?.kind, UnionKind::Industry(_)).then_some(at as u32)
}
