//! How often a level is reached by chance: sameness in closed form from value counts, the rest from a sample of random
//! pairs that is drawn by hashing, so that the same tables always give the same sample.

use super::compare::{Comparer, Pattern};
use super::field::{Counts, Field, Tables};
use super::level::Level;

/// Levels reached by random pairs. Only whole numbers, so parts may be merged in any order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// For each field (and swap) how many random pairs reached each level.
    pub hits: Vec<[u64; 16]>,
    /// For each field and level the sum of how many cells there are for one with the rarer value, in thousandths.
    pub scarcity: Vec<[u64; 16]>,
    pub pairs: u64,
}

impl Sample {
    /// A sample without pairs, for so many fields and swaps.
    pub fn new(entries: usize) -> Sample {
        Sample {
            hits: vec![[0; 16]; entries],
            scarcity: vec![[0; 16]; entries],
            pairs: 0,
        }
    }

    /// Adds a random pair.
    pub fn add(
        &mut self,
        comparer: &Comparer<'_>,
        counts: &[Counts],
        pattern: Pattern,
        left: u32,
        right: u32,
    ) {
        self.pairs += 1;
        for entry in 0..self.hits.len() {
            let level = usize::from(pattern.level(entry));
            self.hits[entry][level] += 1;
            if level > 0
                && let Some(counts) = counts.get(entry)
            {
                let (a, b) = comparer.values(pattern, entry, left, right);
                self.scarcity[entry][level] += (1000.0 * scarcity(counts, a, b)) as u64;
            }
        }
    }

    /// Takes over another part.
    pub fn merge(&mut self, other: &Sample) {
        self.pairs += other.pairs;
        let add = |into: &mut Vec<[u64; 16]>, from: &Vec<[u64; 16]>| {
            for (into, from) in into.iter_mut().flatten().zip(from.iter().flatten()) {
                *into += from;
            }
        };
        add(&mut self.hits, &other.hits);
        add(&mut self.scarcity, &other.scarcity);
    }
}

/// Cells for each one with the rarer of two values.
pub fn scarcity(counts: &Counts, a: u32, b: u32) -> f64 {
    let filled = (counts.left_filled + counts.right_filled) as f64;
    filled / counts.both(a).min(counts.both(b)).max(1) as f64
}

/// The `index`-th random pair of so many wanted, or all pairs in turn where there are no more. `None` where the draw
/// gives no pair (a row with itself).
pub fn draw(tables: &Tables, wanted: u64, index: u64) -> Option<(u32, u32)> {
    let (left, right) = (tables.left_rows as u64, tables.right_rows as u64);
    let (i, j) = if left.saturating_mul(right) <= wanted {
        (index / right, index % right)
    } else {
        (hashed(2 * index) % left, hashed(2 * index + 1) % right)
    };
    let is_pair = i < left && (!tables.is_one() || i != j);
    is_pair.then_some((i as u32, j as u32))
}

/// How many draws a sample of `wanted` pairs takes.
pub fn draws(tables: &Tables, wanted: u64) -> u64 {
    (tables.left_rows as u64)
        .saturating_mul(tables.right_rows as u64)
        .min(wanted)
}

/// Spreads a number over 64 bits (SplitMix64, Steele, Lea and Flood 2014).
fn hashed(number: u64) -> u64 {
    let mut z = number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Share of random pairs with both cells filled whose cells are the same, from the value counts.
pub fn sameness(tables: &Tables, counts: &Counts) -> f64 {
    let (left, right) = (counts.left_filled as f64, counts.right_filled as f64);
    let values = counts.left.iter().zip(&counts.right);
    let (same, all) = if tables.is_one() {
        let same: f64 = counts
            .left
            .iter()
            .map(|&n| f64::from(n) * (f64::from(n) - 1.0))
            .sum();
        (same, left * (left - 1.0))
    } else {
        (
            values.map(|(&l, &r)| f64::from(l) * f64::from(r)).sum(),
            left * right,
        )
    };
    if all > 0.0 { same / all } else { 0.0 }
}

/// How much the evidence of each field depends on the value at hand.
#[derive(Clone, Debug, PartialEq)]
pub struct Rarity {
    fields: Vec<FieldRarity>,
}

#[derive(Clone, Debug, PartialEq)]
struct FieldRarity {
    share: f64,
    is_one: bool,
    exact: Option<u8>,
    sameness: f64,
    /// What a value met only in this very pair counts as: see [`unseen`].
    unseen: f64,
    /// Mean scarcity of random pairs at each fuzzy level; 0 where too few were met.
    mean: [f64; 16],
    other: u8,
}

/// Random pairs that a fuzzy level needs before the rarity of its values is trusted.
const TRUSTED_HITS: u64 = 30;
/// Bits that rarity may add to or take from a fuzzy level, and from an exact one.
const FUZZY_BITS: f64 = 3.0;
const EXACT_BITS: f64 = 12.0;

impl Rarity {
    /// Measures it once the sample is drawn.
    pub fn of(tables: &Tables, fields: &[Field], counts: &[Counts], sample: &Sample) -> Rarity {
        let each = fields.iter().zip(counts).enumerate();
        Rarity {
            fields: each
                .map(|(i, (field, counts))| {
                    let mut mean = [0.0; 16];
                    for (level, mean) in mean.iter_mut().enumerate().take(field.level_count()) {
                        let hits = sample.hits[i][level];
                        if hits >= TRUSTED_HITS {
                            *mean = sample.scarcity[i][level] as f64 / 1000.0 / hits as f64;
                        }
                    }
                    FieldRarity {
                        share: field.rarity,
                        is_one: tables.is_one(),
                        exact: field
                            .levels
                            .iter()
                            .position(|l| *l == Level::Exact)
                            .map(|at| at as u8 + 1),
                        sameness: sameness(tables, counts),
                        unseen: unseen(tables, counts),
                        mean,
                        other: field.other(),
                    }
                })
                .collect(),
        }
    }

    /// Bits that rare or common values add to a pattern's weight.
    pub fn bits(
        &self,
        comparer: &Comparer<'_>,
        counts: &[Counts],
        pattern: Pattern,
        left: u32,
        right: u32,
    ) -> f64 {
        let mut bits = 0.0;
        for (i, field) in self.fields.iter().enumerate() {
            let level = pattern.level(i);
            if field.share > 0.0 && level != 0 && level != field.other {
                let (a, b) = comparer.values(pattern, i, left, right);
                bits += field.share * field.bits(&counts[i], level, a, b);
            }
        }
        bits
    }
}

impl FieldRarity {
    fn bits(&self, counts: &Counts, level: u8, a: u32, b: u32) -> f64 {
        if self.exact == Some(level) {
            let chance = self.chance_of(counts, a);
            let bits = (self.sameness.max(1e-12) / chance).log2();
            return bits.clamp(-EXACT_BITS, EXACT_BITS);
        }
        let mean = self.mean[usize::from(level)];
        if mean <= 0.0 {
            return 0.0;
        }
        // The rarer value is the one that chance would have to hit.
        (scarcity(counts, a, b) / mean)
            .log2()
            .clamp(-FUZZY_BITS, FUZZY_BITS)
    }

    /// Chance that another row has this value as well; the two rows at hand are not counted.
    fn chance_of(&self, counts: &Counts, value: u32) -> f64 {
        let (cells, here, sides) = if self.is_one {
            (
                counts.left_filled as f64,
                f64::from(counts.left[value as usize]),
                1.0,
            )
        } else {
            (
                (counts.left_filled + counts.right_filled) as f64,
                counts.both(value) as f64,
                2.0,
            )
        };
        ((here - 2.0).max(0.0) + sides * self.unseen) / cells.max(1.0)
    }
}

/// How many further cells with the value are to be expected where only the pair itself has it: values that stand twice in
/// one table for each that stands once (Good 1953, The Population Frequencies of Species), between 0.02 and 1.
fn unseen(tables: &Tables, counts: &Counts) -> f64 {
    let having = |counts: &[u32], n: u32| counts.iter().filter(|&&c| c == n).count() as f64;
    let (expected, seen) = if tables.is_one() {
        (3.0 * having(&counts.left, 3), having(&counts.left, 2))
    } else {
        let twice = having(&counts.left, 2) + having(&counts.right, 2);
        (2.0 * twice, having(&counts.left, 1) + having(&counts.right, 1))
    };
    if seen > 0.0 {
        (expected / seen).clamp(0.02, 1.0)
    } else {
        1.0
    }
}
