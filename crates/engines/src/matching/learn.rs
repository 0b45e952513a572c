//! Learns from people's answers about single pairs.
//!
//! People are asked where the model is unsure, so their answers are no sample of matches and must not touch m and u. What they
//! can tell is where, *given the score*, the model leans the wrong way: a logistic regression with the model's own score as
//! offset and one correction in bits per level, held near zero by a normal prior (ridge). With few answers little moves; a
//! level that is often misjudged moves most. And the lessons are taken only if those of four fifths of the answers would have
//! made the model less surprised by the fifth: a few odd cases teach nothing.

use super::field::FIELD_COUNT;
use super::model::Millibits;

/// Levels that a field can have at most.
const LEVELS: usize = 16;
/// Spread of the prior of a correction, in bits. A pair shows some ten levels, so all of them together spread by one bit and a
/// half.
const SPREAD: f64 = 0.5;
/// No correction becomes larger than this, in bits.
const MOST: f64 = 4.0;
const SWEEPS: usize = 40;
/// Parts of the answers that are held back in turn.
const FOLDS: u8 = 5;

/// What people said about one pair.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Answer {
    pub levels: [u8; FIELD_COUNT],
    /// What the model without lessons says, other candidates included.
    pub total: Millibits,
    pub is_same: bool,
    /// Part in which it is held back, 0 to 4; all answers about one union share it.
    pub fold: u8,
}

/// What the answers teach, and how well it would have helped with answers it was not made from.
#[derive(Clone, Debug, PartialEq)]
pub struct Lessons {
    /// Bits per field and level.
    pub bits: [[f64; LEVELS]; FIELD_COUNT],
    pub same: u64,
    pub different: u64,
    /// Answers that the model leaned to before.
    pub right_before: u64,
    /// Answers that it leans to with the lessons of the other folds.
    pub right_after: u64,
    /// Mean surprise over the answers before, in bits.
    pub loss_before: f64,
    /// The same with the lessons of the other folds.
    pub loss_after: f64,
    /// Whether they helped with answers held back; otherwise `bits` are all zero.
    pub are_taken: bool,
}

type Bits = [[f64; LEVELS]; FIELD_COUNT];

/// Learns from all answers; their order does not matter.
pub fn learn(answers: &[Answer]) -> Lessons {
    let mut answers = answers.to_vec();
    answers.sort_by_key(|a| (a.levels, a.total, a.is_same, a.fold));
    let nothing: Bits = [[0.0; LEVELS]; FIELD_COUNT];
    let mut lessons = Lessons {
        bits: rounded(fit(&answers)),
        same: answers.iter().filter(|a| a.is_same).count() as u64,
        different: answers.iter().filter(|a| !a.is_same).count() as u64,
        right_before: 0,
        right_after: 0,
        loss_before: 0.0,
        loss_after: 0.0,
        are_taken: false,
    };
    for fold in 0..FOLDS {
        let (held, others): (Vec<Answer>, Vec<Answer>) = answers.iter().partition(|a| a.fold % FOLDS == fold);
        if held.is_empty() {
            continue;
        }
        let taught = rounded(fit(&others));
        for answer in &held {
            let (before, after) = (chance(answer, &nothing), chance(answer, &taught));
            lessons.right_before += u64::from((before >= 0.5) == answer.is_same);
            lessons.right_after += u64::from((after >= 0.5) == answer.is_same);
            lessons.loss_before += surprise(before, answer.is_same);
            lessons.loss_after += surprise(after, answer.is_same);
        }
    }
    let n = answers.len().max(1) as f64;
    lessons.loss_before /= n;
    lessons.loss_after /= n;
    lessons.are_taken = lessons.loss_after < lessons.loss_before;
    if !lessons.are_taken {
        lessons.bits = nothing;
    }
    lessons
}

/// Probability of "same" under corrections.
fn chance(answer: &Answer, bits: &Bits) -> f64 {
    let learned: f64 = answer
        .levels
        .iter()
        .zip(bits)
        .map(|(&level, bits)| bits[usize::from(level)])
        .sum();
    let total = f64::from(answer.total) / 1000.0 + learned;
    1.0 / (1.0 + (-total.clamp(-200.0, 200.0)).exp2())
}

fn surprise(chance: f64, is_same: bool) -> f64 {
    let said = if is_same { chance } else { 1.0 - chance };
    -said.max(1e-6).log2()
}

/// Cyclic Newton steps, one correction at a time. A level where one side says nothing (0) is never corrected: silence weighs
/// nothing.
fn fit(answers: &[Answer]) -> Bits {
    let mut bits: Bits = [[0.0; LEVELS]; FIELD_COUNT];
    let mut at: Vec<(usize, usize, Vec<usize>)> = Vec::new();
    for field in 0..FIELD_COUNT {
        for level in 1..LEVELS {
            let those: Vec<usize> = (0..answers.len())
                .filter(|&i| usize::from(answers[i].levels[field]) == level)
                .collect();
            if !those.is_empty() {
                at.push((field, level, those));
            }
        }
    }
    let ln2 = std::f64::consts::LN_2;
    for _ in 0..SWEEPS {
        for (field, level, those) in &at {
            let kept = bits[*field][*level];
            let mut slope = kept / (SPREAD * SPREAD);
            let mut curve = 1.0 / (SPREAD * SPREAD);
            for &i in those {
                let p = chance(&answers[i], &bits);
                slope += ln2 * (p - f64::from(u8::from(answers[i].is_same)));
                curve += ln2 * ln2 * p * (1.0 - p);
            }
            // Half a step at most of one bit keeps Newton calm where the curve is flat.
            let step = (slope / curve).clamp(-0.5, 0.5);
            bits[*field][*level] = (kept - step).clamp(-MOST, MOST);
        }
    }
    bits
}

/// Thousandths of a bit, as weights are kept.
fn rounded(mut bits: Bits) -> Bits {
    bits.iter_mut().flatten().for_each(|b| {
        let thousandths = (*b * 1000.0).round();
        *b = if thousandths == 0.0 {
            0.0
        } else {
            thousandths / 1000.0
        };
    });
    bits
}
