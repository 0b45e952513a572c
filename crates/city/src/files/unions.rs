//! unions: the unions' own register, and the truth about whose each union is.

use std::path::Path;

use crate::dice::{Shuffle, Topic};
use crate::files::union_row;
use crate::plan::UnionKind;
use crate::sheet::{Format, Sheet};
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

/// Writes the register and `truth/links.csv`.
pub(crate) fn write(
    world: &World,
    dir: &Path,
    truth: &Path,
    format: Format,
    progress: &Progress,
) -> Result<u64, CityError> {
    let mut sheet = Sheet::open(dir, "unions", format, &HEADS)?;
    let mut links = Sheet::open(
        truth,
        "links",
        Format::Csv,
        &["union_id", "enterprise_id", "dirt"],
    )?;
    let count = world.size.unions;
    let order = Shuffle::new(world.seed, 8, u64::from(count));
    for at in 0..count {
        let union = world.union(order.apply(u64::from(at)) as u32);
        let row = union_row::write(world, &union);
        let id = world.union_id(union.number);
        let parent = if union.plan.parent == u32::MAX {
            String::new()
        } else {
            world.union_id(union.plan.parent)
        };
        let industry_parent = industry_parent(world, &union)
            .map(|parent| world.union_id(parent))
            .unwrap_or_default();
        let (lon, lat) = world.places.point(union.plan.town, u64::from(union.number));
        sheet.row(&[
            &id,
            &row.name,
            &row.employer_code,
            &row.union_code,
            &row.employer_name,
            &row.legal_rep,
            &union.chair,
            &row.county,
            &row.street,
            &row.address,
            &row.phone,
            &row.section,
            union.type_label(),
            &parent,
            &industry_parent,
            &row.founded,
            &row.term_end,
            &row.declared,
            &format!("{lon:.5}"),
            &format!("{lat:.5}"),
        ])?;
        let enterprise = union
            .enterprise()
            .map(|e| world.enterprise_id(e))
            .unwrap_or_default();
        links.row(&[&id, &enterprise, &row.kinds.join(";")])?;
        progress.step("unions", at, count);
    }
    links.close()?;
    sheet.close()
}

/// The industry line: some unions of one enterprise also belong to an industry union of their county (double line).
fn industry_parent(world: &World, union: &crate::union::Union) -> Option<u32> {
    if union.plan.kind != UnionKind::Single || !world.dice(Topic::Union, union.number, 3).chance(0.12) {
        return None;
    }
    let county = world.places.towns[union.plan.town].county;
    let at = 1 + world.places.counties.len() + world.places.towns.len() + county;
    matches!(world.plan.unions.get(at)?.kind, UnionKind::Industry(_)).then_some(at as u32)
}
