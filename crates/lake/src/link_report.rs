//! How the linkage of one run worked, in numbers: what was compared, what each level weighs, how the weights spread.

use serde::{Deserialize, Serialize};

/// The linkage of unions to employers in one run. Kept with the run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LinkReport {
    /// As-of day of the run that trained the model (yyyy-mm-dd).
    pub trained_as_of: String,
    /// A candidate from this probability on is linked.
    pub link_at: f64,
    /// From this probability on it goes to verification.
    pub verify_at: f64,
    /// What each blocking rule proposed, before pairs that several rules propose are counted once.
    pub blocking: Vec<BlockingRule>,
    /// Distinct pairs compared.
    pub pairs: u64,
    /// Unions for which no pair was compared.
    pub without_pairs: u64,
    pub fields: Vec<FieldReport>,
    /// What was learned from people's answers; absent when nobody answered anything.
    #[serde(default)]
    pub learning: Option<Learning>,
    /// Weights of all compared pairs, lowest first; bins without a pair are left out.
    pub weights: Vec<WeightBin>,
    /// How unions were decided.
    pub tiers: Vec<TierCount>,
}

/// What a run learned from the pairs that people had judged. Right means: the model alone, with the answers of a fifth of the
/// unions held back in turn, leans to what people said of those.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Learning {
    /// Pairs that people called the same firm.
    pub same: u64,
    /// Pairs that people ruled out.
    pub different: u64,
    /// Judged right before learning.
    pub right_before: u64,
    /// Judged right by what was learned from the others.
    pub right_after: u64,
    /// Mean surprise over the answers before learning, bits.
    pub loss_before: f64,
    /// The same after.
    pub loss_after: f64,
    /// Whether the lessons helped with answers held back, and so were taken.
    pub are_taken: bool,
    /// Unions, without those judged by hand, that come out otherwise because of the answers.
    pub changed: u64,
}

/// One rule that proposes pairs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockingRule {
    pub rule: String,
    pub label: String,
    pub pairs: u64,
    /// Values that too many enterprises share: nothing was proposed for them.
    pub skipped_keys: u64,
}

/// The levels of one compared field.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FieldReport {
    pub field: String,
    pub label: String,
    pub levels: Vec<LevelReport>,
}

/// One level of agreement.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LevelReport {
    pub level: String,
    pub label: String,
    /// Share of matching pairs that show it, among those where both sides say something.
    pub m: f64,
    /// The same among pairs of other firms; absent where it depends on how frequent the agreeing value is.
    pub u: Option<f64>,
    /// Bits added because of people's answers; part of `bits`.
    #[serde(default)]
    pub learned: f64,
    /// Mean bits over the compared pairs that show it; absent when none does.
    pub bits: Option<f64>,
    /// Compared pairs that show it.
    pub pairs: u64,
    /// Of these, linked.
    pub linked: u64,
}

/// Pairs whose weight lies in `from..from + WeightBin::WIDTH` bits; the ends are open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeightBin {
    pub from: i32,
    pub pairs: u64,
    pub linked: u64,
}

impl WeightBin {
    /// Width of a bin in bits.
    pub const WIDTH: i32 = 4;
}

/// Unions by decision and by the rule or model that decided.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TierCount {
    pub decision: String,
    pub tier: String,
    pub unions: u64,
}
