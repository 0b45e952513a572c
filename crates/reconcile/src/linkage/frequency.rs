//! Value counts of the market register, for the values that unions state; and the chances of common levels, measured on a
//! sample that is chosen by hashed ids and so is the same whatever the order of rows.

use super::sieve::Sieve;
use super::vote::Votes;
use crate::parallel;
use crate::table::{EnterpriseTable, UnionRow, int, text};
use codes::text::key64;
use engines::matching::field::SourceOfU;
use engines::matching::frequency::KeyMap;
use engines::matching::{Claim, Frequencies, HeadOffice, Model, Pair, compare};

/// Counts how often each stated value occurs in the register.
pub fn frequencies(claims: &[Claim], table: &EnterpriseTable, threads: usize) -> Frequencies {
    let asked = asked(claims);
    // Most values of the register are asked for by nobody: a few bits tell so without a look into a table.
    let [brands, bosses, phones, addresses] = [&asked.brand, &asked.legal_rep, &asked.phone, &asked.address]
        .map(|table| Sieve::of(table.keys().copied()));
    let parts = parallel::parts(table.len(), threads, |range| {
        let mut counts = asked.clone();
        let add = |counts: &mut KeyMap<u32>, sieve: &Sieve, key: Option<i64>| {
            if let Some(n) = key
                .filter(|key| sieve.may_have(*key))
                .and_then(|key| counts.get_mut(&key))
            {
                *n += 1;
            }
        };
        for i in range {
            add(&mut counts.brand, &brands, Some(key64(table.brand.value(i))));
            add(
                &mut counts.legal_rep,
                &bosses,
                text(&table.legal_rep, i).map(key64),
            );
            add(&mut counts.phone, &phones, int(&table.phone_token, i));
            add(&mut counts.address, &addresses, int(&table.address_key, i));
        }
        counts
    });
    let mut sum = asked;
    for (counts, index) in [(&mut sum.normal, &table.by_name), (&mut sum.core, &table.by_core)] {
        for (key, n) in counts {
            *n = index.rows(*key).count() as u32;
        }
    }
    for part in parts {
        merge(&mut sum.brand, &part.brand);
        merge(&mut sum.legal_rep, &part.legal_rep);
        merge(&mut sum.phone, &part.phone);
        merge(&mut sum.address, &part.address);
    }
    sum.registered = table.len() as u64;
    sum
}

fn asked(claims: &[Claim]) -> Frequencies {
    let mut asked = Frequencies::default();
    for claim in claims {
        for form in &claim.names {
            asked.normal.insert(form.normal_key, 0);
            asked.core.insert(form.core_key, 0);
            asked.brand.insert(key64(&form.brand), 0);
        }
        asked
            .legal_rep
            .extend(claim.legal_rep.iter().map(|boss| (key64(boss), 0)));
        asked.phone.extend(claim.phone.iter().map(|phone| (*phone, 0)));
        asked
            .address
            .extend(claim.address.iter().map(|address| (*address, 0)));
    }
    asked
}

fn merge(sum: &mut KeyMap<u32>, part: &KeyMap<u32>) {
    for (key, n) in part {
        *sum.entry(*key).or_default() += n;
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
    frequencies: &Frequencies,
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
            let pattern = compare(&pair, frequencies);
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
