//! Decides among the candidates of one union.
//!
//! A union has at most one employer, so candidates compete: two namesakes that fit equally well leave each at one half. The
//! competition is one more contribution ("rivals"), so that the explanation still sums up to the decision.

use super::model::{Millibits, Model, Weighed, log2_one_plus, millibits, probability};
use serde::{Deserialize, Serialize};

/// What becomes of a union's best candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    Linked,
    Verify,
    None,
}

impl Decision {
    /// Key as written into result tables.
    pub const fn key(self) -> &'static str {
        match self {
            Decision::Linked => "linked",
            Decision::Verify => "verify",
            Decision::None => "none",
        }
    }
}

/// The outcome for one union: indices point into the candidates given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scored {
    pub best: usize,
    pub runner_up: Option<usize>,
    /// Competition of other candidates, never positive.
    pub rivals: Millibits,
    /// Everything: fields, family, prior, rivals.
    pub total: Millibits,
    pub probability: f64,
    pub runner_up_probability: f64,
    pub decision: Decision,
}

/// One candidate in the competition.
#[derive(Clone, Copy, Debug)]
pub struct Candidate {
    pub weighed: Weighed,
    /// Candidates with the same legal identity (one code entered twice) do not compete.
    pub identity: i64,
}

/// Chooses the best of the candidates of one union. Their order must be stable (ties in weight by enterprise id): it breaks
/// ties.
/// None when there are no candidates.
pub fn settle(candidates: &[Candidate], model: &Model) -> Option<Scored> {
    let best = argmax(candidates, |_| true)?;
    let identity = candidates[best].identity;
    let runner_up = argmax(candidates, |c| c.identity != identity);
    let rivals = rival_bits(candidates, identity);
    let total = candidates[best].weighed.total + rivals;
    let probability = probability(total);
    let decision = if probability >= model.link_at {
        Decision::Linked
    } else if probability >= model.verify_at {
        Decision::Verify
    } else {
        Decision::None
    };
    let runner_up_probability = runner_up.map_or(0.0, |i| {
        super::model::probability(
            candidates[i].weighed.total + rival_bits(candidates, candidates[i].identity),
        )
    });
    Some(Scored {
        best,
        runner_up,
        rivals,
        total,
        probability,
        runner_up_probability,
        decision,
    })
}

/// Everything that speaks for candidate `i` among the others: its own weight and their competition.
pub fn total(candidates: &[Candidate], i: usize) -> Millibits {
    candidates[i].weighed.total + rival_bits(candidates, candidates[i].identity)
}

fn argmax(candidates: &[Candidate], keep: impl Fn(&Candidate) -> bool) -> Option<usize> {
    let mut best: Option<usize> = None;
    for (i, candidate) in candidates.iter().enumerate().filter(|(_, c)| keep(c)) {
        if best.is_none_or(|b| candidate.weighed.total > candidates[b].weighed.total) {
            best = Some(i);
        }
    }
    best
}

/// Competition for the candidate(s) of one identity: the odds of all others together.
fn rival_bits(candidates: &[Candidate], identity: i64) -> Millibits {
    let odds: f64 = candidates
        .iter()
        .filter(|c| c.identity != identity)
        .map(|c| (f64::from(c.weighed.total.clamp(-100_000, 100_000)) / 1000.0).exp2())
        .sum();
    if odds <= 0.0 {
        0
    } else {
        -millibits(log2_one_plus(odds.log2()))
    }
}
