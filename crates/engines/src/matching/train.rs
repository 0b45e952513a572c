//! Learns the model from agreement patterns, without labels (expectation–maximisation over matches, siblings, random pairs).
//!
//! Pairs are collapsed to distinct patterns with counts, so an iteration costs thousands of steps, not millions. What is
//! learned stays near the starting values until the data outweigh them (pseudo counts), and floors keep a level that was
//! never seen from weighing infinitely.

use super::claim::Population;
use super::compare::Pattern;
use super::field::{FIELD_COUNT, Field, SourceOfU, name, vote};
use super::model::{FieldModel, Likelihoods, Model, Weights};
use std::collections::BTreeMap;

/// Distinct patterns of candidate pairs with their counts.
#[derive(Clone, Debug, Default)]
pub struct PatternCounts {
    counts: BTreeMap<(u64, Population, i32), u64>,
}

impl PatternCounts {
    /// Adds one candidate pair. What the frequency of its values adds to its chance is kept in quarter bits.
    pub fn add(&mut self, pattern: &Pattern, population: Population, weights: &Weights<'_>) {
        let bare = Pattern {
            levels: pattern.levels,
            others: [0.0; FIELD_COUNT],
        };
        let excess = weights.random_bits(pattern) - weights.random_bits(&bare);
        *self
            .counts
            .entry((pattern.packed(), population, (excess * 4.0).round() as i32))
            .or_default() += 1;
    }

    /// Takes over another count (threads count apart and merge; the order does not matter).
    pub fn merge(&mut self, other: PatternCounts) {
        for (key, n) in other.counts {
            *self.counts.entry(key).or_default() += n;
        }
    }

    fn unpacked(&self) -> Vec<Counted> {
        self.counts
            .iter()
            .map(|(&(packed, population, excess), &n)| {
                (unpack(packed), population, f64::from(excess) / 4.0, n as f64)
            })
            .collect()
    }

    /// Number of distinct patterns.
    pub fn len(&self) -> usize {
        self.counts.len()
    }

    /// True when no pair was counted.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }
}

/// Pattern, population, bits that its values add to its chance, pairs.
type Counted = (Pattern, Population, f64, f64);

const ITERATIONS: usize = 12;
/// Starting values weigh as much as this many unions.
const PSEUDO: f64 = 60.0;

/// What a model is trained on.
pub struct Training<'a> {
    /// The candidate pairs of all unions.
    pub pairs: &'a PatternCounts,
    /// Unions per population.
    pub unions: [u64; 4],
    /// The pairs of some unions that were chosen blindly, with all that rules wider than those of the candidates propose: how
    /// often a stranger's name differs by one character cannot be learned where nobody looks for it.
    pub sample: &'a PatternCounts,
    /// Number of those unions.
    pub sampled: u64,
    /// Enterprises in the register.
    pub size: f64,
}

/// Refines `start` on the counted patterns.
pub fn train(start: &Model, training: &Training<'_>) -> Model {
    let mut model = start.clone();
    let (pairs, sample) = (training.pairs.unpacked(), training.sample.unpacked());
    for _ in 0..ITERATIONS {
        let bits = model.level_bits(training.size);
        let counted = |patterns: &[Counted]| {
            let mut sums = Sums::default();
            for (pattern, population, excess, n) in patterns {
                sums.add(&model, &bits, pattern, *population, *excess, *n, training.size);
            }
            sums
        };
        let (sums, strangers) = (counted(&pairs), counted(&sample));
        sums.into_model(&mut model, start, training);
        for (field, seed) in model.fields.iter_mut().zip(&start.fields) {
            let seen = &strangers.r[field.field.index()];
            refine_chances(field, seed, seen, training.sampled as f64, training.size);
        }
    }
    rounded(model)
}

/// The lowest probability at which to link, given the best candidates' probabilities: so that the linked ones together are
/// expected to be right in at least `precision`, and none is linked that is hardly likelier right than wrong.
pub fn link_threshold(mut probabilities: Vec<f64>, precision: f64) -> f64 {
    const LIKELY: f64 = 0.6;
    const SURE: f64 = 0.95;
    probabilities.retain(|p| *p >= LIKELY);
    probabilities.sort_by(|a, b| b.total_cmp(a));
    let mut sum = 0.0;
    let mut lowest = SURE;
    for (i, p) in probabilities.iter().enumerate() {
        sum += p;
        if sum / (i + 1) as f64 >= precision {
            lowest = lowest.min(*p);
        }
    }
    // Two decimals: a threshold is a decision for people to read, not a measurement.
    ((lowest * 100.0).floor() / 100.0).max(LIKELY)
}

/// Keeps nine digits of every number: what is written as JSON then reads back as the very same model.
fn rounded(mut model: Model) -> Model {
    let round = |x: &mut f64| *x = format!("{x:.8e}").parse().unwrap_or(*x);
    for field in &mut model.fields {
        field
            .m
            .iter_mut()
            .chain(&mut field.g)
            .chain(&mut field.u)
            .for_each(round);
    }
    model.has_employer.iter_mut().for_each(round);
    round(&mut model.siblings);
    model
}

fn unpack(packed: u64) -> Pattern {
    let mut levels = [0; FIELD_COUNT];
    for (i, level) in levels.iter_mut().enumerate() {
        *level = (packed >> (4 * (FIELD_COUNT - 1 - i)) & 15) as u8;
    }
    Pattern {
        levels,
        others: [0.0; FIELD_COUNT],
    }
}

#[derive(Default)]
struct Sums {
    m: [[f64; 16]; FIELD_COUNT],
    g: [[f64; 16]; FIELD_COUNT],
    r: [[f64; 16]; FIELD_COUNT],
    matches: [f64; 4],
    siblings: f64,
}

impl Sums {
    #[expect(
        clippy::too_many_arguments,
        reason = "one pattern, and the model with what follows from it"
    )]
    fn add(
        &mut self,
        model: &Model,
        bits: &[Vec<Likelihoods>],
        pattern: &Pattern,
        population: Population,
        excess: f64,
        n: f64,
        size: f64,
    ) {
        let mut likelihoods = Likelihoods::default();
        for (levels, &level) in bits.iter().zip(&pattern.levels) {
            if level != 0 {
                let level = &levels[level as usize];
                likelihoods.matching += level.matching;
                likelihoods.sibling += level.sibling;
                likelihoods.random += level.random;
            }
        }
        let matching = (likelihoods.matching + (model.has_employer[population.index()] / size).log2()).exp2();
        let sibling = (likelihoods.sibling + (model.siblings / size).log2()).exp2();
        let random = (likelihoods.random + excess).exp2();
        let sum = matching + sibling + random;
        if sum <= 0.0 {
            return;
        }
        let (p, s) = (n * matching / sum, n * sibling / sum);
        self.matches[population.index()] += p;
        self.siblings += s;
        for (i, &level) in pattern.levels.iter().enumerate() {
            self.m[i][level as usize] += p;
            self.g[i][level as usize] += s;
            self.r[i][level as usize] += n * random / sum;
        }
    }

    fn into_model(self, model: &mut Model, start: &Model, training: &Training<'_>) {
        let unions = training.unions;
        let all = unions.iter().sum::<u64>() as f64;
        for field in &mut model.fields {
            let i = field.field.index();
            let seed = &start.fields[i];
            refine(&mut field.m, &seed.m, &self.m[i], limits_of_matches(field.field));
            refine(&mut field.g, &seed.g, &self.g[i], limits_of_siblings(field.field));
        }
        for p in Population::ALL {
            let i = p.index();
            let seen = (self.matches[i] + PSEUDO * start.has_employer[i]) / (unions[i] as f64 + PSEUDO);
            model.has_employer[i] = seen.clamp(start.has_employer[i] / 4.0, 0.97);
        }
        model.siblings = ((self.siblings + PSEUDO * start.siblings) / (all + PSEUDO)).clamp(0.1, 3.0);
    }
}

/// New shares of the levels among pairs where both sides say something.
fn refine(values: &mut [f64], seed: &[f64], seen: &[f64; 16], limits: impl Fn(usize) -> (f64, f64)) {
    let total: f64 = seen[1..seed.len()].iter().sum();
    // Seeds of a field need not sum to one (county and town levels depend on what is filled in): scale by their own sum.
    let seeds: f64 = seed[1..].iter().sum();
    for level in 1..seed.len() {
        let share = (seen[level] + PSEUDO * seed[level] / seeds) / (total + PSEUDO);
        let (low, high) = limits(level);
        values[level] = share.clamp(low, high);
    }
}

/// Chances of rare levels, from the strangers seen at them: the rules propose nearly every pair of a sampled union that
/// reaches such a level, so their number over all pairs is the chance.
fn refine_chances(field: &mut FieldModel, seed: &FieldModel, seen: &[f64; 16], unions: f64, size: f64) {
    for (level, def) in field.field.levels().iter().enumerate().skip(1) {
        let per_union = match def.source_of_u {
            SourceOfU::PerRegister => seed.u[level],
            SourceOfU::Rate if seed.u[level] < 1e-4 => seed.u[level].max(0.02 / size) * size,
            _ => continue,
        };
        // A level may turn out ten times rarer or more frequent than thought, not more: blocking is not perfect.
        let found = ((seen[level] + PSEUDO * per_union) / (unions + PSEUDO))
            .clamp(per_union / 10.0, per_union * 10.0);
        field.u[level] = if def.source_of_u == SourceOfU::PerRegister {
            found
        } else {
            found / size
        };
    }
}

/// What may be learned about matches: a different name or staff insured outside the register never become usual.
fn limits_of_matches(field: Field) -> impl Fn(usize) -> (f64, f64) {
    move |level| match (field, level as u8) {
        (Field::Name, name::DIFFERENT | name::BRAND) => (0.001, 0.03),
        (Field::Vote, vote::OUTSIDE) => (0.001, 0.02),
        _ => (0.0005, 0.995),
    }
}

/// What may be learned about siblings: they bear another name by definition.
fn limits_of_siblings(field: Field) -> impl Fn(usize) -> (f64, f64) {
    move |level| match (field, level as u8) {
        (Field::Name, name::EXACT | name::CORE | name::FORMER | name::SOUND | name::SHAPE) => (0.0005, 0.006),
        _ => (0.0005, 0.995),
    }
}
