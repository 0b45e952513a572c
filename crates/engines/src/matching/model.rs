//! The model: how often each level occurs among matches (m), siblings (g) and random pairs (u), the share of unions that have
//! an employer in the register at all, and the thresholds. Frozen as JSON, versioned, reused by every run until retrained.
//!
//! A pair weighs `log2(m/u)` bits per field plus a prior. Siblings correct the sum: their chance stands in the denominator
//! beside the random one, `-log2(1 + P(sibling)/P(random))`. For a name that agrees the correction is nothing; where only
//! brand, boss, phone and address agree it takes back what would be counted four times.

use super::claim::Population;
use super::compare::Pattern;
use super::field::{FIELD_COUNT, Field, SourceOfU};
use super::learn::Lessons;
use serde::{Deserialize, Serialize};

/// Bits are kept in whole thousandths, so that sums are exact and independent of order.
pub type Millibits = i32;

/// The learned numbers of one field: one entry per level, "missing" first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldModel {
    pub field: Field,
    pub m: Vec<f64>,
    pub g: Vec<f64>,
    pub u: Vec<f64>,
    /// Bits that people's answers add to a level; empty or one entry per level.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub learned: Vec<f64>,
}

/// A complete, frozen model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// Digest of the contents, given by whoever stores the model; part of every run's record.
    pub version: String,
    /// As-of day of the run that trained it (yyyy-mm-dd).
    pub trained_as_of: String,
    /// Enterprises in the register that trained it; unknown for models of earlier programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registered: Option<u64>,
    pub fields: Vec<FieldModel>,
    /// Share of unions, per population, whose employer stands in the register.
    pub has_employer: [f64; 4],
    /// Expected sibling firms of a union's employer in the register.
    pub siblings: f64,
    /// The share of links that are to be right at least; `link_at` is chosen for it.
    #[serde(default = "stated_precision")]
    pub precision: f64,
    /// A candidate from this probability on is linked.
    pub link_at: f64,
    /// From this probability on it goes to verification.
    pub verify_at: f64,
}

const fn stated_precision() -> f64 {
    0.995
}

/// The weight of one pair, part by part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weighed {
    pub fields: [Millibits; FIELD_COUNT],
    /// Correction for siblings, never positive.
    pub family: Millibits,
    pub prior: Millibits,
    pub total: Millibits,
}

/// The three probabilities of a pattern or of one of its levels, in log2, before any prior.
#[derive(Clone, Copy, Debug, Default)]
pub struct Likelihoods {
    pub matching: f64,
    pub sibling: f64,
    pub random: f64,
}

impl Default for Model {
    /// The untrained model: published dirt rates, sensible everywhere, best nowhere.
    fn default() -> Model {
        let fields = Field::ALL
            .iter()
            .map(|&field| FieldModel {
                field,
                m: field.levels().iter().map(|l| l.m).collect(),
                g: field.levels().iter().map(|l| l.g).collect(),
                u: field.levels().iter().map(|l| l.u).collect(),
                learned: Vec::new(),
            })
            .collect();
        Model {
            version: "prior".to_string(),
            trained_as_of: String::new(),
            registered: None,
            fields,
            has_employer: [0.88, 0.70, 0.004, 0.05],
            siblings: 0.5,
            precision: stated_precision(),
            link_at: 0.80,
            verify_at: 0.20,
        }
    }
}

impl Model {
    /// The size of the register that chances are counted in: the one of training, so that the few firms that come and go in a
    /// day do not move every weight by a thousandth of a bit. A register that has grown or shrunk by more than a quarter since is
    /// another one, and counts as it is.
    pub fn register_size(&self, registered: u64) -> u64 {
        self.registered
            .filter(|trained| registered.abs_diff(*trained) <= trained / 4)
            .unwrap_or(registered)
    }

    /// Takes over what was learned from people's answers, in place of earlier lessons.
    pub fn take(&mut self, lessons: &Lessons) {
        for (field, bits) in self.fields.iter_mut().zip(&lessons.bits) {
            let levels = field.field.levels().len();
            let is_any = bits.iter().any(|b| *b != 0.0);
            field.learned = if is_any {
                bits[..levels].to_vec()
            } else {
                Vec::new()
            };
        }
    }

    /// The model as it was trained, without lessons.
    pub fn forget(&mut self) {
        self.fields.iter_mut().for_each(|field| field.learned.clear());
    }

    /// The logarithms that training adds up again and again: by field and level, for a match, a sibling, a random other firm
    /// whose values are as rare as can be.
    pub fn level_bits(&self, size: f64) -> Vec<Vec<Likelihoods>> {
        let mut bits = vec![Vec::new(); FIELD_COUNT];
        for field in &self.fields {
            let levels = 0..field.field.levels().len();
            bits[field.field.index()] = levels
                .map(|level| Likelihoods {
                    matching: field.m[level].log2(),
                    sibling: field.g[level].log2(),
                    random: self.chance(field, level, 0.0, size).log2(),
                })
                .collect();
        }
        bits
    }

    /// [`Weights::level`], computed.
    fn weight(&self, field: &FieldModel, level: usize, others: f32, size: f64) -> (Millibits, f64) {
        let u = self.chance(field, level, others, size);
        let learned = field.learned.get(level).copied().unwrap_or_default();
        (millibits((field.m[level] / u).log2() + learned), u.log2())
    }

    /// Chance that a random other firm reaches this level.
    fn chance(&self, field: &FieldModel, level: usize, others: f32, size: f64) -> f64 {
        let others = f64::from(others);
        let floor = 0.002 / size;
        match field.field.levels()[level].source_of_u {
            SourceOfU::Term => (others / size).max(floor),
            SourceOfU::PerRegister => (field.u[level] + others) / size,
            SourceOfU::Rate => field.u[level].max(0.005 / size),
            SourceOfU::Sample => field.u[level].max(1e-4),
        }
        .min(1.0)
    }

    /// Reads a stored model and checks its shape.
    ///
    /// # Errors
    /// Says which part does not fit this program, so that `--retrain` can be advised.
    pub fn from_json(text: &str) -> Result<Model, String> {
        let model: Model = serde_json::from_str(text).map_err(|e| format!("模型文件无法读取：{e}"))?;
        for (i, field) in Field::ALL.iter().enumerate() {
            let n = field.levels().len();
            let fits = model.fields.get(i).is_some_and(|f| {
                f.field == *field
                    && [&f.m, &f.g, &f.u]
                        .iter()
                        .all(|v| v.len() == n && v.iter().all(|x| *x > 0.0 && *x <= 8.0))
            });
            if !fits {
                return Err(format!("模型文件的字段 {} 与本程序不符", field.key()));
            }
        }
        Ok(model)
    }

    /// The model as stored: stable order, readable.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("plain numbers and strings always serialise")
    }
}

/// A model's weights against a register of some size, with every logarithm taken that does not hang on a pair's values: for
/// whoever weighs many pairs.
#[derive(Clone, Debug)]
pub struct Weights<'a> {
    model: &'a Model,
    size: f64,
    /// By field and level.
    levels: Vec<Vec<LevelWeight>>,
    siblings: f64,
    priors: [Millibits; 4],
}

/// One level that a pair may reach with values that no other firm shares.
#[derive(Clone, Copy, Debug)]
struct LevelWeight {
    weight: Millibits,
    random: f64,
    sibling: f64,
}

impl Weights<'_> {
    /// The weights of `model` against a register of `size` enterprises.
    pub fn of(model: &Model, size: f64) -> Weights<'_> {
        let level = |field: &FieldModel, level: usize| {
            let (weight, random) = model.weight(field, level, 0.0, size);
            LevelWeight {
                weight,
                random,
                sibling: field.g[level].log2(),
            }
        };
        let levels = model
            .fields
            .iter()
            .map(|field| (0..field.m.len()).map(|n| level(field, n)).collect())
            .collect();
        Weights {
            model,
            size,
            levels,
            siblings: (model.siblings / size).log2(),
            priors: model.has_employer.map(|share| millibits((share / size).log2())),
        }
    }

    /// What a level weighs whose values `others` more firms share, and the logarithm of a random other firm's chance to reach it.
    fn level(&self, field: usize, level: usize, others: f32) -> (Millibits, f64) {
        match others {
            0.0 => {
                let known = self.levels[field][level];
                (known.weight, known.random)
            }
            others => self
                .model
                .weight(&self.model.fields[field], level, others, self.size),
        }
    }

    /// Bits by which a random other firm reaches this pattern.
    pub fn random_bits(&self, pattern: &Pattern) -> f64 {
        let mut sum = 0.0;
        for (at, field) in self.model.fields.iter().enumerate() {
            let i = field.field.index();
            let level = pattern.levels[i] as usize;
            if level != 0 {
                sum += self.level(at, level, pattern.others[i]).1;
            }
        }
        sum
    }

    /// Weighs one pattern for a union of the given population.
    pub fn weigh(&self, pattern: &Pattern, population: Population) -> Weighed {
        let mut fields = [0; FIELD_COUNT];
        let mut random = 0.0;
        let mut sibling = 0.0;
        for (at, field) in self.model.fields.iter().enumerate() {
            let i = field.field.index();
            let level = pattern.levels[i] as usize;
            if level == 0 {
                continue;
            }
            let (weight, chance) = self.level(at, level, pattern.others[i]);
            fields[i] = weight;
            random += chance;
            sibling += self.levels[at][level].sibling;
        }
        let family = -millibits(log2_one_plus(self.siblings + sibling - random));
        let prior = self.priors[population.index()];
        let total = fields.iter().sum::<Millibits>() + family + prior;
        Weighed {
            fields,
            family,
            prior,
            total,
        }
    }
}

/// Probability of `total` bits in favour.
pub fn probability(total: Millibits) -> f64 {
    1.0 / (1.0 + (-f64::from(total) / 1000.0).exp2())
}

pub(crate) fn millibits(bits: f64) -> Millibits {
    (bits.clamp(-200.0, 200.0) * 1000.0).round() as Millibits
}

/// log2(1 + 2^x) without overflow.
pub(crate) fn log2_one_plus(x: f64) -> f64 {
    if x > 60.0 { x } else { (1.0 + x.exp2()).log2() }
}
