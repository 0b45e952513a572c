//! Comparing pairs on several threads.

use super::block::Blocks;
use super::read::Loaded;
use super::spec::Spec;
use crate::parallel;
use engines::linking::chance::{Rarity, draw, draws};
use engines::linking::train::{PatternKey, quarter_bits};
use engines::linking::{
    Comparer, Counts, Crowding, Keep, Link, Model, Pairing, PatternCounts, Rivals, Sample, Strangers,
};
use std::collections::HashMap;

/// The tables with what is needed to compare them.
pub struct Compared<'a> {
    pub loaded: &'a Loaded,
    pub counts: &'a [Counts],
    pub threads: usize,
}

/// Candidate pairs of some left rows with their patterns.
pub struct Part {
    distinct: Vec<PatternKey>,
    /// Left row, right row, index in `distinct`.
    pairs: Vec<(u32, u32, u32)>,
}

impl Part {
    /// Number of candidate pairs.
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Adds the part's pairs to those that compete for their rows.
    pub fn compete<'a>(&'a self, rivals: &mut Rivals<'a>) {
        rivals.add(&self.distinct, &self.pairs);
    }

    /// Adds the part's patterns.
    pub fn count_into(&self, patterns: &mut PatternCounts) {
        let mut counts = vec![0u64; self.distinct.len()];
        for (_, _, pattern) in &self.pairs {
            counts[*pattern as usize] += 1;
        }
        for (key, pairs) in self.distinct.iter().zip(counts) {
            patterns.add(*key, pairs);
        }
    }
}

/// Pairs whose rounded weight is this far under the threshold are weighed again exactly.
const ROUNDING_BITS: f64 = 0.25;

/// Pairs within one table that are compared at most: a few million show what neighbours look like.
const STRANGERS_MAX: u64 = 5_000_000;

impl Compared<'_> {
    fn comparer<'b>(&'b self, pairing: Pairing<'b>) -> Comparer<'b> {
        Comparer::new(pairing, &self.loaded.fields, &self.loaded.swaps)
    }

    /// Levels of random pairs.
    pub fn sample(&self, wanted: u64) -> Sample {
        let entries = self.loaded.fields.len() + self.loaded.swaps.len();
        let draws = draws(&self.loaded.tables, wanted);
        let parts = parallel::parts(draws as usize, self.threads, |range| {
            let mut comparer = self.comparer(self.loaded.tables.pairing());
            let mut sample = Sample::new(entries);
            for index in range {
                if let Some((left, right)) = draw(&self.loaded.tables, wanted, index as u64) {
                    let pattern = comparer.compare(left, right);
                    sample.add(&comparer, self.counts, pattern, left, right);
                }
            }
            sample
        });
        let mut sum = Sample::new(entries);
        parts.iter().for_each(|part| sum.merge(part));
        sum
    }

    /// How much rare values say more.
    pub fn rarity(&self, sample: &Sample) -> Rarity {
        Rarity::of(&self.loaded.tables, &self.loaded.fields, self.counts, sample)
    }

    /// Compares every candidate pair of every `stride`-th left row.
    pub fn candidates(
        &self,
        pairing: Pairing<'_>,
        blocks: &Blocks,
        rarity: &Rarity,
        stride: usize,
    ) -> Vec<Part> {
        parallel::parts(pairing.left_rows, self.threads, |range| {
            let mut comparer = self.comparer(pairing);
            let mut candidates = blocks.starting_at(range.start as u32);
            let mut known: HashMap<PatternKey, u32> = HashMap::new();
            let mut part = Part {
                distinct: Vec::new(),
                pairs: Vec::new(),
            };
            for left in range.filter(|row| row % stride == 0) {
                let left = left as u32;
                for &right in candidates.of(left) {
                    let pattern = comparer.compare(left, right);
                    let bits = rarity.bits(&comparer, self.counts, pattern, left, right);
                    let key = (pattern, quarter_bits(bits));
                    let index = *known.entry(key).or_insert_with(|| {
                        part.distinct.push(key);
                        part.distinct.len() as u32 - 1
                    });
                    part.pairs.push((left, right, index));
                }
            }
            part
        })
    }

    /// Candidate pairs within a table that has no duplicates: whoever has at most one partner in it says so.
    pub fn strangers(&self, spec: &Spec, rarity: &Rarity) -> Strangers {
        let tables = &self.loaded.tables;
        let unique = match spec.output.keep {
            _ if tables.is_one() => vec![],
            Keep::All => vec![],
            Keep::BestRight => vec![tables.within_right()],
            Keep::BestLeft => vec![tables.within_left()],
            Keep::OneToOne => vec![tables.within_left(), tables.within_right()],
        };
        let mut strangers = Strangers::default();
        for pairing in unique {
            let blocks = Blocks::within(spec, self.loaded, pairing);
            let stride = blocks.planned_pairs().div_ceil(STRANGERS_MAX).max(1) as usize;
            for part in self.candidates(pairing, &blocks, rarity, stride) {
                part.count_into(&mut strangers.patterns);
            }
            strangers.pairs_in_all += pairing.pairs_in_all() / stride as f64;
        }
        strangers
    }

    /// The pairs that reach the threshold, with their exact weights in sight of their rivals, in file order.
    pub fn likely(
        &self,
        parts: &[Part],
        rarity: &Rarity,
        model: &Model,
        crowding: &Crowding,
        threshold_bits: f64,
    ) -> Vec<Link> {
        let comparer = self.comparer(self.loaded.tables.pairing());
        let mut links = Vec::new();
        for part in parts {
            let distinct = part.distinct.iter();
            let rough: Vec<f64> = distinct
                .map(|(pattern, rare)| model.bits(*pattern, f64::from(*rare) / 4.0))
                .collect();
            for &(left, right, index) in &part.pairs {
                let rough = rough[index as usize];
                if rough < threshold_bits - ROUNDING_BITS {
                    continue;
                }
                let (pattern, _) = part.distinct[index as usize];
                let rare = rarity.bits(&comparer, self.counts, pattern, left, right);
                let bits = crowding.bits(left, right, rough, model.bits(pattern, rare));
                if bits >= threshold_bits {
                    links.push(Link { left, right, bits });
                }
            }
        }
        links
    }
}
