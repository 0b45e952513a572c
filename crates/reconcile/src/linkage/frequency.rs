//! What weighing needs to know of the register as a whole; and the chances of common levels, measured on a sample that is
//! chosen by hashed ids and so is the same whatever the order of rows.

use super::vote::Votes;
use crate::table::{EnterpriseTable, UnionRow};
use codes::text::key64;
use engines::matching::field::SourceOfU;
use engines::matching::{Claim, HeadOffice, Model, Pair, Register, compare};

/// The register's size as a kept model counts it, and how many firms bear each name that unions state.
pub fn register(claims: &[Claim], table: &EnterpriseTable, frozen: Option<&Model>) -> Register {
    let stated = claims.iter().flat_map(|claim| &claim.names);
    let bearers = stated
        .map(|form| {
            (
                form.normal_key,
                table.by_name.rows(form.normal_key).count() as u32,
            )
        })
        .filter(|(_, bearers)| *bearers > 0);
    let registered = table.len() as u64;
    Register {
        registered: frozen.map_or(registered, |model| model.register_size(registered)),
        bearers: bearers.collect(),
    }
}

const SAMPLED_UNIONS: usize = 300;
const SAMPLED_ENTERPRISES: usize = 400;

/// Replaces the chances of common levels by those seen among random pairs.
pub fn measure_chances(
    model: &mut Model,
    unions: &[UnionRow],
    claims: &[Claim],
    votes: &Votes,
    table: &EnterpriseTable,
    register: &Register,
) {
    let rows = smallest(table.len(), SAMPLED_ENTERPRISES, |i| key64(table.id.value(i)));
    let chosen = smallest(unions.len(), SAMPLED_UNIONS, |i| unions[i].key);
    let mut seen = [[0u64; 16]; engines::matching::FIELD_COUNT];
    for &union in &chosen {
        for &row in &rows {
            let votes_here = votes.here(union as u32, row as u32);
            let pair = Pair {
                claim: &claims[union],
                entity: table.entity(row as u32),
                votes_here,
                head_office: HeadOffice::default(),
            };
            let pattern = compare(&pair, register);
            for (field, level) in pattern.levels.iter().enumerate() {
                seen[field][*level as usize] += 1;
            }
        }
    }
    for field in &mut model.fields {
        let seen = &seen[field.field.index()];
        let levels = field.field.levels();
        let both: u64 = seen[1..levels.len()].iter().sum();
        for (level, def) in levels.iter().enumerate().skip(1) {
            if def.source_of_u == SourceOfU::Sample && both > 0 {
                // A few hundred pseudo pairs keep a level that the sample never met from being impossible.
                let floor = 200.0;
                field.u[level] =
                    ((seen[level] as f64 + floor * def.u) / (both as f64 + floor)).clamp(1e-3, 1.0);
            }
        }
    }
}

/// The `most` numbers below `n` with the smallest keys.
pub fn smallest(n: usize, most: usize, key: impl Fn(usize) -> i64) -> Vec<usize> {
    let mut keyed: Vec<(i64, usize)> = (0..n).map(|i| (key(i), i)).collect();
    let most = most.min(n);
    if most < n {
        keyed.select_nth_unstable(most);
    }
    keyed.truncate(most);
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, i)| i).collect()
}
