//! Learns what related pairs look like that are no matches.
//!
//! Fields are not independent among pairs that do not match: houses of one street share postcode, town and the head of their
//! phone numbers. Weights that are simply added then take neighbours for matches. Two rows of one table without duplicates are
//! never a match, so such pairs, proposed by the same blocking rules, show how neighbours look. They are described by a
//! mixture: one kind of kinship starts from each field, and expectation–maximisation moves it to what it finds.

use super::compare::Pattern;
use super::model::Kinship;
use super::train::Strangers;

const ROUNDS: usize = 40;
/// A kind needs this many pairs to be kept.
const LEAST_PAIRS: f64 = 2.0;
/// Pairs that the chances of random pairs weigh as much as, in each kind.
const PSEUDO: f64 = 2.0;
/// A field from which a kind starts reaches its stronger levels this often.
const START: f64 = 0.8;

/// The kinds of kinship, given how often random pairs reach each field's levels (empty for a field that says nothing).
pub(super) fn learn(chances: &[Vec<f64>], fields: usize, strangers: &Strangers) -> Vec<Kinship> {
    let patterns = strangers.patterns.sorted();
    let all = strangers.pairs_in_all;
    if patterns.is_empty() || all <= 0.0 {
        return Vec::new();
    }
    let proposed: f64 = patterns.iter().map(|(_, pairs)| pairs).sum();
    let mut kinds = starts(chances, fields, proposed, all);
    for _ in 0..ROUNDS {
        let mut round = Round::new(&kinds, chances.len());
        for ((pattern, quarters), pairs) in &patterns {
            round.add(&kinds, *pattern, f64::from(*quarters) / 4.0, *pairs);
        }
        kinds = round.kinships(chances, all);
    }
    kinds
}

/// A kind for each field that says something, before anything is learned.
pub(super) fn starts(chances: &[Vec<f64>], fields: usize, proposed: f64, all: f64) -> Vec<Kinship> {
    let fields = saying(chances, fields);
    shared_out(
        fields.map(|field| start(chances, &[field])).collect(),
        proposed,
        all,
    )
}

/// The same and a kind for each two fields, for where matches are learned at the same time: who shares address and phone
/// with somebody would otherwise be taken for a match before a kind that starts from the address alone has learned of the phone.
pub(super) fn starts_beside_matches(
    chances: &[Vec<f64>],
    fields: usize,
    proposed: f64,
    all: f64,
) -> Vec<Kinship> {
    let says: Vec<usize> = saying(chances, fields).collect();
    let pairs = says
        .iter()
        .enumerate()
        .flat_map(|(i, &first)| says[i + 1..].iter().map(move |&second| vec![first, second]));
    let from: Vec<Vec<usize>> = says.iter().map(|&field| vec![field]).chain(pairs).collect();
    shared_out(
        from.iter().map(|from| start(chances, from)).collect(),
        proposed,
        all,
    )
}

fn saying(chances: &[Vec<f64>], fields: usize) -> impl Iterator<Item = usize> {
    (0..fields).filter(|&field| !chances[field].is_empty())
}

fn shared_out(mut kinds: Vec<Kinship>, proposed: f64, all: f64) -> Vec<Kinship> {
    let share = (0.2 * proposed / all.max(1.0) / kinds.len().max(1) as f64).min(0.05);
    kinds.iter_mut().for_each(|kind| kind.share = share);
    kinds
}

fn start(chances: &[Vec<f64>], from: &[usize]) -> Kinship {
    let levels = chances
        .iter()
        .enumerate()
        .map(|(field, chances)| {
            if !from.contains(&field) {
                return chances.clone();
            }
            let strong = chances.len() - 1;
            let levels = (0..chances.len()).map(|i| {
                if i < strong {
                    START / strong as f64
                } else {
                    1.0 - START
                }
            });
            levels.collect()
        })
        .collect();
    Kinship::new(0.0, levels, chances)
}

impl Kinship {
    /// Weighs the kind against the chances of random pairs, the same that matches are weighed against.
    pub(super) fn weighed(&self, chances: &[Vec<f64>]) -> Kinship {
        Kinship::new(self.share, self.levels.clone(), chances)
    }

    fn new(share: f64, levels: Vec<Vec<f64>>, chances: &[Vec<f64>]) -> Kinship {
        let bits = levels.iter().zip(chances);
        let bits =
            bits.map(|(levels, chances)| levels.iter().zip(chances).map(|(g, u)| (g / u).log2()).collect());
        Kinship {
            share,
            bits: bits.collect(),
            levels,
        }
    }
}

struct Sums {
    pairs: f64,
    levels: Vec<[f64; 16]>,
}

impl Sums {
    fn new(fields: usize) -> Sums {
        Sums {
            pairs: 0.0,
            levels: vec![[0.0; 16]; fields],
        }
    }

    fn kinship(&self, chances: &[Vec<f64>], all: f64) -> Kinship {
        let levels = chances.iter().zip(&self.levels).map(|(chances, seen)| {
            let total: f64 = seen[1..=chances.len()].iter().sum();
            let shares = chances.iter().enumerate();
            shares
                .map(|(i, chance)| (seen[i + 1] + PSEUDO * chance) / (total + PSEUDO))
                .collect()
        });
        Kinship::new(self.pairs / all, levels.collect(), chances)
    }
}

/// What one round of expectation finds of each kind.
pub(super) struct Round {
    sums: Vec<Sums>,
}

impl Round {
    pub(super) fn new(kinds: &[Kinship], fields: usize) -> Round {
        Round {
            sums: kinds.iter().map(|_| Sums::new(fields)).collect(),
        }
    }

    /// Divides pairs that are no matches between the kinds and chance.
    pub(super) fn add(&mut self, kinds: &[Kinship], pattern: Pattern, rare: f64, pairs: f64) {
        let random = 1.0 - kinds.iter().map(|kind| kind.share).sum::<f64>();
        let weight = |kind: &Kinship| kind.share * (kind.evidence(pattern) + rare).exp2();
        let weights: Vec<f64> = kinds.iter().map(weight).collect();
        let total = random + weights.iter().sum::<f64>();
        for (weight, sums) in weights.iter().zip(&mut self.sums) {
            let part = pairs * weight / total;
            sums.pairs += part;
            for (field, levels) in sums.levels.iter_mut().enumerate() {
                levels[usize::from(pattern.level(field))] += part;
            }
        }
    }

    /// Gives each kind the share that the round has found, and leaves it what it looks like: a shop writes its own articles
    /// more alike than two shops write theirs.
    pub(super) fn share_out(&self, kinds: &mut [Kinship], all: f64) {
        for (kind, sums) in kinds.iter_mut().zip(&self.sums) {
            kind.share = sums.pairs / all;
        }
    }

    /// The kinds as the round has found them; those that hardly any pair is of are gone.
    pub(super) fn kinships(&self, chances: &[Vec<f64>], all: f64) -> Vec<Kinship> {
        let kept = self.sums.iter().filter(|sums| sums.pairs >= LEAST_PAIRS);
        kept.map(|sums| sums.kinship(chances, all)).collect()
    }
}
