//! What the levels weigh, in bits.

use super::compare::Pattern;
use serde::Serialize;

/// One level of one field: how often matches and random pairs reach it, given that both sides say something.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LevelModel {
    pub level: String,
    pub m: f64,
    pub u: f64,
    /// log2(m / u); 0 for a field that says nothing.
    pub bits: f64,
}

/// One field (or one swap of two fields).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FieldModel {
    pub field: String,
    /// The field's levels from the strongest to "anything else"; "missing" is left out.
    pub levels: Vec<LevelModel>,
    /// No pair has it on both sides, so it says nothing.
    pub is_empty: bool,
}

/// Pairs that are no match but have more in common than chance gives: same street, same authors. Their agreeing fields are
/// one piece of evidence, not several.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Kinship {
    /// Share of such pairs among all pairs.
    pub share: f64,
    /// For each field how often such pairs reach each level ("missing" left out).
    pub levels: Vec<Vec<f64>>,
    /// log2 of that over the chance of random pairs.
    #[serde(skip)]
    pub bits: Vec<Vec<f64>>,
}

/// Weights of all fields and how many of all pairs are matches.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Model {
    pub fields: Vec<FieldModel>,
    /// Kinds of related pairs; none where nothing could be learned of them.
    pub kinships: Vec<Kinship>,
    /// Share of matches among all pairs.
    pub prior: f64,
    /// Where rows have at most one partner, how many have none.
    pub freedom: Option<Freedom>,
}

/// Shares of rows without a partner; 1 for a side whose rows may have many.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Freedom {
    pub left: f64,
    pub right: f64,
}

impl Model {
    /// Weight of a pattern, the prior included: log2 of the odds, rivals left out ([`super::rival`]). `rare` are the bits that
    /// the rarity of the agreeing values adds: related pairs share rare values as matches do.
    pub fn bits(&self, pattern: Pattern, rare: f64) -> f64 {
        let fields = self.fields.iter().enumerate();
        let evidence: f64 = fields
            .map(|(i, field)| match pattern.level(i) {
                0 => 0.0,
                level => field
                    .levels
                    .get(usize::from(level) - 1)
                    .map_or(0.0, |level| level.bits),
            })
            .sum();
        self.prior_bits() + evidence + rare - crowd(&self.kinships, pattern, rare).log2()
    }

    /// log2 of the odds of a pair of which nothing is known but that both its rows are free.
    pub fn prior_bits(&self) -> f64 {
        let free = self.freedom.map_or(1.0, |free| free.left * free.right);
        (self.prior / (1.0 - self.prior) / free).log2()
    }
}

/// How much more often pairs that do not match show a pattern than random pairs alone would.
pub(super) fn crowd(kinships: &[Kinship], pattern: Pattern, rare: f64) -> f64 {
    let random = 1.0 - kinships.iter().map(|kinship| kinship.share).sum::<f64>();
    let related = kinships
        .iter()
        .map(|kinship| kinship.share * (kinship.evidence(pattern) + rare).exp2());
    random + related.sum::<f64>()
}

impl Kinship {
    /// log2 of how much more often such pairs show a pattern than random pairs.
    pub(super) fn evidence(&self, pattern: Pattern) -> f64 {
        let fields = self.bits.iter().enumerate();
        fields
            .map(|(i, levels)| match pattern.level(i) {
                0 => 0.0,
                level => levels.get(usize::from(level) - 1).copied().unwrap_or(0.0),
            })
            .sum()
    }
}

/// Probability from log2 odds.
pub fn probability(bits: f64) -> f64 {
    1.0 / (1.0 + (-bits).exp2())
}

/// log2 odds of a probability.
pub fn bits_of(probability: f64) -> f64 {
    (probability / (1.0 - probability)).log2()
}
