//! Learns the weights without labels (expectation–maximisation over matches and other pairs).
//!
//! Candidate pairs are collapsed to distinct patterns with counts. Pairs that no blocking rule proposes count as no
//! matches; so the chances of random pairs (u) stay those of all pairs, and the prior is the share among all pairs: a
//! pattern's probability does not depend on which rule proposed the pair.

use super::chance::{Sample, sameness};
use super::compare::Pattern;
use super::field::{Counts, Field, Swap, Tables};
use super::kinship;
use super::level::Level;
use super::model::{FieldModel, Freedom, Kinship, LevelModel, Model, probability};
use super::rival::Rivals;
use std::collections::HashMap;

/// A pattern together with what the rarity of its values adds, in quarter bits.
pub type PatternKey = (Pattern, i16);

/// Distinct patterns of candidate pairs with their counts.
#[derive(Clone, Debug, Default)]
pub struct PatternCounts {
    counts: HashMap<PatternKey, u64>,
}

impl PatternCounts {
    /// Adds pairs of one pattern; the order of additions does not matter.
    pub fn add(&mut self, key: PatternKey, pairs: u64) {
        *self.counts.entry(key).or_default() += pairs;
    }

    /// Number of distinct patterns.
    pub fn len(&self) -> usize {
        self.counts.len()
    }

    /// True when no pair was counted.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    pub(super) fn sorted(&self) -> Vec<(PatternKey, f64)> {
        let mut all: Vec<(PatternKey, f64)> = self.counts.iter().map(|(&key, &n)| (key, n as f64)).collect();
        all.sort_unstable_by_key(|(key, _)| *key);
        all
    }
}

/// Quarter bits, as patterns keep them.
pub fn quarter_bits(bits: f64) -> i16 {
    (bits * 4.0).round() as i16
}

/// How training ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Training {
    /// Most rounds.
    pub rounds: u32,
    /// Share of matches among all pairs to hold on to; estimated if `None`.
    pub prior: Option<f64>,
}

impl Default for Training {
    fn default() -> Training {
        Training {
            rounds: 100,
            prior: None,
        }
    }
}

/// Rows that the starting value of a level weighs as much as.
const PSEUDO: f64 = 2.0;
/// No level of a match is rarer than this, and none of a random pair rarer than what half a sampled pair would be.
const M_LEAST: f64 = 1e-4;
/// A chance may fall to this share of what was measured when the matches in the measurement are taken off.
const U_LEFT: f64 = 0.02;
/// No more matches than this for each row are believed in (a table of papers may have a dozen copies of each).
const MATCHES_PER_ROW: f64 = 30.0;
/// Training stops when no share of matches moves by more than this.
const STILL: f64 = 1e-6;

struct Entry {
    name: String,
    levels: Vec<String>,
    /// Shares measured on random pairs, matches among them included.
    measured: Vec<f64>,
    least_u: f64,
    is_ordered: bool,
    /// Weighs nothing: no random pair and no candidate has both cells.
    is_empty: bool,
}

/// Pairs that cannot be matches, because their rows are of one table that has no duplicates.
#[derive(Clone, Debug, Default)]
pub struct Strangers {
    /// Those that the blocking rules propose.
    pub patterns: PatternCounts,
    /// All of them.
    pub pairs_in_all: f64,
}

/// Where the kinds of related pairs come from.
enum Kinships {
    /// Pairs that cannot be matches have taught what they look like; how many there are between the tables is learned.
    Taught(Vec<Kinship>),
    /// There are no such pairs: they are learned beside the matches.
    Beside(Vec<Kinship>),
}

/// Learns the model from the candidates' patterns. `rivals` are the same candidates as pairs, where rows have at most one
/// partner; `strangers` teach what related pairs look like that are no matches.
pub fn train(
    tables: &Tables,
    fields: &[Field],
    swaps: &[Swap],
    counts: &[Counts],
    sample: &Sample,
    patterns: &PatternCounts,
    rivals: &Rivals<'_>,
    strangers: &Strangers,
    how: &Training,
) -> Model {
    let patterns = patterns.sorted();
    let mut entries = entries(tables, fields, swaps, counts, sample);
    for (i, entry) in entries.iter_mut().enumerate() {
        entry.is_empty = sample.hits[i][1..].iter().all(|&n| n == 0)
            && patterns.iter().all(|((pattern, _), _)| pattern.level(i) == 0);
    }
    let all = tables.pairs_in_all().max(1.0);
    let largest_prior = (MATCHES_PER_ROW * tables.left_rows.max(tables.right_rows) as f64 / all).min(0.5);
    let smaller = tables.left_rows.min(tables.right_rows) as f64;
    let prior = how.prior.unwrap_or((0.3 * smaller / all).min(0.3));
    let m: Vec<Vec<f64>> = entries
        .iter()
        .map(|entry| starting_m(entry.levels.len()))
        .collect();
    let chances = measured_shares(&entries);
    let mut kinships = if strangers.patterns.is_empty() {
        let proposed = patterns.iter().map(|(_, pairs)| pairs).sum();
        Kinships::Beside(kinship::starts_beside_matches(
            &chances,
            fields.len(),
            proposed,
            all,
        ))
    } else {
        Kinships::Taught(kinship::learn(&chances, fields.len(), strangers))
    };
    let mut model = build(&entries, &m, prior, rivals.freedom(prior * all), &kinships);
    for _ in 0..how.rounds {
        let matches = match model.freedom {
            Some(_) => rivals.expected(&model, &patterns),
            None => alone(&model, &patterns),
        };
        let sums = expect(&model, &patterns, &matches);
        let m: Vec<Vec<f64>> = entries
            .iter()
            .enumerate()
            .map(|(i, entry)| shares(&sums.levels[i], &starting_m(entry.levels.len())))
            .collect();
        let prior = how
            .prior
            .unwrap_or(((sums.matches + 0.5) / all).clamp(0.5 / all, largest_prior));
        match &mut kinships {
            Kinships::Beside(kinds) => *kinds = sums.others.kinships(&chances, all),
            Kinships::Taught(kinds) => sums.others.share_out(kinds, all),
        }
        let next = build(&entries, &m, prior, rivals.freedom(prior * all), &kinships);
        let moved = distance(&model, &next);
        model = next;
        if moved < STILL {
            break;
        }
    }
    model
}

fn entries(
    tables: &Tables,
    fields: &[Field],
    swaps: &[Swap],
    counts: &[Counts],
    sample: &Sample,
) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for (i, field) in fields.iter().enumerate() {
        let mut levels: Vec<String> = field.levels.iter().map(Level::to_string).collect();
        levels.push("else".to_owned());
        let mut measured = measured(&sample.hits[i], levels.len());
        if let Some(at) = field.levels.iter().position(|level| *level == Level::Exact) {
            replace_share(&mut measured, at, sameness(tables, &counts[i]));
        }
        let seen: u64 = sample.hits[i][1..].iter().sum();
        entries.push(Entry {
            name: field.name.clone(),
            levels,
            measured,
            least_u: (0.5 / seen.max(1) as f64).min(0.05),
            is_ordered: true,
            is_empty: false,
        });
    }
    for (i, swap) in swaps.iter().enumerate() {
        entries.push(Entry {
            name: format!("{} ⇄ {}", fields[swap.first].name, fields[swap.second].name),
            levels: vec!["as written".to_owned(), "crossed".to_owned()],
            measured: measured(&sample.hits[fields.len() + i], 2),
            least_u: 1e-4,
            is_ordered: false,
            is_empty: false,
        });
    }
    entries
}

fn measured(hits: &[u64; 16], levels: usize) -> Vec<f64> {
    let seen: u64 = hits[1..=levels].iter().sum();
    let total = seen as f64 + 0.5 * levels as f64;
    hits[1..=levels]
        .iter()
        .map(|&n| (n as f64 + 0.5) / total)
        .collect()
}

/// Puts a known share in the place of a sampled one; the others share what is left.
fn replace_share(shares: &mut [f64], at: usize, known: f64) {
    let others: f64 = 1.0 - shares[at];
    let known = known.clamp(1e-12, 0.999_999);
    for (i, share) in shares.iter_mut().enumerate() {
        *share = if i == at {
            known
        } else {
            *share / others.max(1e-12) * (1.0 - known)
        };
    }
}

/// Matches mostly reach the first level; each further one half as often as the one before.
fn starting_m(levels: usize) -> Vec<f64> {
    let shares: Vec<f64> = (0..levels)
        .map(|i| {
            if i == 0 {
                0.85
            } else {
                0.15 * 0.5f64.powi(i as i32)
            }
        })
        .collect();
    let total: f64 = shares.iter().sum();
    shares.into_iter().map(|share| share / total).collect()
}

struct Sums {
    levels: Vec<[f64; 16]>,
    matches: f64,
    others: kinship::Round,
}

/// Matches to expect among the pairs of each pattern where nobody competes.
fn alone(model: &Model, patterns: &[(PatternKey, f64)]) -> Vec<f64> {
    let of = |((pattern, quarters), pairs): &(PatternKey, f64)| {
        pairs * probability(model.bits(*pattern, f64::from(*quarters) / 4.0))
    };
    patterns.iter().map(of).collect()
}

fn expect(model: &Model, patterns: &[(PatternKey, f64)], matches: &[f64]) -> Sums {
    let mut sums = Sums {
        levels: vec![[0.0; 16]; model.fields.len()],
        matches: 0.0,
        others: kinship::Round::new(&model.kinships, model.fields.len()),
    };
    for (((pattern, quarters), pairs), &matches) in patterns.iter().zip(matches) {
        let rare = f64::from(*quarters) / 4.0;
        sums.matches += matches;
        for (i, levels) in sums.levels.iter_mut().enumerate() {
            levels[usize::from(pattern.level(i))] += matches;
        }
        sums.others.add(&model.kinships, *pattern, rare, pairs - matches);
    }
    sums
}

fn shares(seen: &[f64; 16], start: &[f64]) -> Vec<f64> {
    let total: f64 = seen[1..=start.len()].iter().sum();
    let shares = start
        .iter()
        .enumerate()
        .map(|(i, start)| (seen[i + 1] + PSEUDO * start) / (total + PSEUDO));
    shares.map(|share: f64| share.max(M_LEAST)).collect()
}

fn build(
    entries: &[Entry],
    m: &[Vec<f64>],
    prior: f64,
    freedom: Option<Freedom>,
    kinships: &Kinships,
) -> Model {
    let (Kinships::Taught(kinds) | Kinships::Beside(kinds)) = kinships;
    let counted_apart: &[Kinship] = match kinships {
        Kinships::Taught(kinds) => kinds,
        Kinships::Beside(_) => &[],
    };
    let fields = entries.iter().zip(m).enumerate();
    let chances: Vec<Vec<f64>> = fields
        .map(|(field, (entry, m))| by_chance(entry, m, prior, field, counted_apart))
        .collect();
    // Matches and related pairs divide the same candidates: they must be weighed against the same chances.
    let kinships = kinds.iter().map(|kind| kind.weighed(&chances)).collect();
    let fields = entries.iter().zip(m).zip(&chances);
    Model {
        fields: fields
            .map(|((entry, m), u)| {
                let bits = if entry.is_ordered {
                    ordered_bits(m, u)
                } else {
                    plain_bits(m, u)
                };
                let levels = entry.levels.iter().zip(m).zip(u).zip(bits);
                FieldModel {
                    field: entry.name.clone(),
                    levels: levels
                        .map(|(((level, &m), &u), bits)| LevelModel {
                            level: level.clone(),
                            m,
                            u,
                            bits: if entry.is_empty { 0.0 } else { bits },
                        })
                        .collect(),
                    is_empty: entry.is_empty,
                }
            })
            .collect(),
        kinships,
        prior,
        freedom,
    }
}

fn measured_shares(entries: &[Entry]) -> Vec<Vec<f64>> {
    entries
        .iter()
        .map(|entry| {
            if entry.is_empty {
                Vec::new()
            } else {
                entry.measured.clone()
            }
        })
        .collect()
}

/// Random pairs hold the matches too, and the related pairs: a number that nobody shares by chance would look as if chance
/// shared it. What matches add is taken off, and what those kinds of kinship add that are known beforehand. (Kinds that are
/// learned beside the matches start from these very chances.)
fn by_chance(entry: &Entry, m: &[f64], prior: f64, field: usize, kinds: &[Kinship]) -> Vec<f64> {
    let related: f64 = kinds.iter().map(|kind| kind.share).sum();
    let shares = entry.measured.iter().zip(m).enumerate();
    shares
        .map(|(level, (&measured, &m))| {
            let of_kind = |kind: &Kinship| kind.share * kind.levels[field].get(level).copied().unwrap_or(0.0);
            let of_related: f64 = kinds.iter().map(of_kind).sum();
            let chance = (measured - prior * m - of_related) / (1.0 - prior - related);
            chance
                .max(U_LEFT * measured)
                .max(entry.least_u.min(measured))
                .max(1e-9)
        })
        .collect()
}

fn plain_bits(m: &[f64], u: &[f64]) -> Vec<f64> {
    m.iter().zip(u).map(|(m, u)| (m / u).log2()).collect()
}

/// A weaker level never weighs more than a stronger one: neighbours in the wrong order are pooled.
fn ordered_bits(m: &[f64], u: &[f64]) -> Vec<f64> {
    let mut pools: Vec<(f64, f64, usize)> = Vec::new();
    for (&m, &u) in m.iter().zip(u) {
        pools.push((m, u, 1));
        while let [.., (m1, u1, n1), (m2, u2, n2)] = pools[..]
            && m2 / u2 > m1 / u1
        {
            pools.truncate(pools.len() - 2);
            pools.push((m1 + m2, u1 + u2, n1 + n2));
        }
    }
    pools
        .iter()
        .flat_map(|&(m, u, n)| std::iter::repeat_n((m / u).log2(), n))
        .collect()
}

fn distance(a: &Model, b: &Model) -> f64 {
    let levels = |model: &Model| -> Vec<f64> {
        let all = model
            .fields
            .iter()
            .flat_map(|field| field.levels.iter().map(|level| level.m));
        all.chain([model.prior.ln() * 1e-3]).collect()
    };
    let (a, b) = (levels(a), levels(b));
    a.iter().zip(&b).map(|(x, y)| (x - y).abs()).fold(0.0, f64::max)
}
