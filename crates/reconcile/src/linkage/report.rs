//! What a run's linkage did, counted while it scores.

use super::decide::Link;
use engines::matching::field::SourceOfU;
use engines::matching::{Decision, FIELD_COUNT, Field, Model, Pattern, Weighed};
use lake::link_report::{BlockingRule, FieldReport, LevelReport, LinkReport, TierCount, WeightBin};
use std::collections::BTreeMap;

/// Levels that a field can have at most.
const LEVELS: usize = 16;
/// Weights beyond these bits go to the outermost bins.
const WEIGHTS: (i32, i32) = (-40, 56);

/// Counts over compared pairs. Threads count apart and merge; whole numbers, so the order does not matter.
#[derive(Default)]
pub struct Tally {
    levels: [[LevelTally; LEVELS]; FIELD_COUNT],
    weights: BTreeMap<i32, WeightBin>,
    pairs: u64,
    without_pairs: u64,
}

#[derive(Clone, Copy, Default)]
struct LevelTally {
    pairs: u64,
    linked: u64,
    millibits: i64,
}

impl Tally {
    /// Counts one compared pair.
    pub fn pair(&mut self, pattern: &Pattern, weighed: &Weighed, is_linked: bool) {
        self.pairs += 1;
        for (field, &level) in pattern.levels.iter().enumerate() {
            let tally = &mut self.levels[field][usize::from(level)];
            tally.pairs += 1;
            tally.linked += u64::from(is_linked);
            tally.millibits += i64::from(weighed.fields[field]);
        }
        let bits = weighed.total.div_euclid(1000 * WeightBin::WIDTH) * WeightBin::WIDTH;
        let from = bits.clamp(WEIGHTS.0, WEIGHTS.1);
        let bin = self.weights.entry(from).or_default();
        bin.from = from;
        bin.pairs += 1;
        bin.linked += u64::from(is_linked);
    }

    /// Counts a union for which nothing was compared.
    pub fn without_pairs(&mut self) {
        self.without_pairs += 1;
    }

    /// Takes over what another thread counted.
    pub fn merge(&mut self, other: Tally) {
        self.pairs += other.pairs;
        self.without_pairs += other.without_pairs;
        for (mine, theirs) in self
            .levels
            .iter_mut()
            .flatten()
            .zip(other.levels.iter().flatten())
        {
            mine.pairs += theirs.pairs;
            mine.linked += theirs.linked;
            mine.millibits += theirs.millibits;
        }
        for (from, theirs) in other.weights {
            let mine = self.weights.entry(from).or_default();
            mine.from = from;
            mine.pairs += theirs.pairs;
            mine.linked += theirs.linked;
        }
    }

    /// The report of a run.
    pub fn report(&self, model: &Model, blocking: Vec<BlockingRule>, links: &[Link]) -> LinkReport {
        LinkReport {
            trained_as_of: model.trained_as_of.clone(),
            link_at: model.link_at,
            verify_at: model.verify_at,
            blocking,
            pairs: self.pairs,
            without_pairs: self.without_pairs,
            fields: Field::ALL.iter().map(|&field| self.field(field, model)).collect(),
            learning: None,
            weights: self.weights.values().copied().collect(),
            tiers: tiers(links),
        }
    }

    fn field(&self, field: Field, model: &Model) -> FieldReport {
        let learned = &model.fields[field.index()];
        let levels = field.levels().iter().enumerate().skip(1).map(|(level, def)| {
            let tally = self.levels[field.index()][level];
            let mean = |sum: i64| sum as f64 / 1000.0 / tally.pairs as f64;
            LevelReport {
                level: def.key.to_string(),
                label: def.label.to_string(),
                m: learned.m[level],
                u: match def.source_of_u {
                    SourceOfU::Term | SourceOfU::PerRegister => None,
                    SourceOfU::Rate | SourceOfU::Sample => Some(learned.u[level]),
                },
                learned: learned.learned.get(level).copied().unwrap_or_default(),
                bits: (tally.pairs > 0).then(|| (mean(tally.millibits) * 1000.0).round() / 1000.0),
                pairs: tally.pairs,
                linked: tally.linked,
            }
        });
        FieldReport {
            field: field.key().to_string(),
            label: field.label().to_string(),
            levels: levels.collect(),
        }
    }
}

fn tiers(links: &[Link]) -> Vec<TierCount> {
    let mut counts: BTreeMap<(Decision, &str), u64> = BTreeMap::new();
    for link in links {
        *counts
            .entry((link.decision, link.tier.unwrap_or("")))
            .or_default() += 1;
    }
    counts
        .into_iter()
        .map(|((decision, tier), unions)| TierCount {
            decision: decision.key().to_string(),
            tier: tier.to_string(),
            unions,
        })
        .collect()
}
