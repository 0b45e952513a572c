//! Where the model comes from: trained on the city's own pairs, then taught by the answers that people gave.

use super::blocking::Candidates;
use super::decide::Evidence;
use super::frequency::measure_chances;
use super::score::{ByHand, ScoredPair, as_candidates, in_register_order, pattern, score};
use crate::parallel;
use engines::matching::learn::{Answer, Lessons, learn};
use engines::matching::{
    Decision, HeadOffice, Model, PatternCounts, Register, Training, Weights, settle, train,
};
use lake::link_report::Learning;

/// A model trained on these very pairs, without labels.
pub fn trained(evidence: &Evidence<'_>, candidates: &Candidates, register: &Register) -> Model {
    let mut start = Model::default();
    measure_chances(
        &mut start,
        evidence.unions,
        evidence.claims,
        evidence.votes,
        evidence.table,
        register,
    );
    let size = register.size();
    let weights = Weights::of(&start, size);
    let patterns = |pairs: &[(u32, u32)]| {
        let in_order = in_register_order(pairs);
        let parts = parallel::parts(in_order.len(), evidence.threads, |range| {
            let mut patterns = PatternCounts::default();
            for &(row, at) in &in_order[range] {
                let union = pairs[at as usize].0;
                // What is the head office's doing here is another payer's elsewhere: learning sees the levels as they are.
                let votes = evidence.votes.here(union, row);
                let pattern = pattern(evidence, union, row, votes, HeadOffice::default(), register);
                patterns.add(&pattern, evidence.claims[union as usize].population, &weights);
            }
            patterns
        });
        let mut patterns = PatternCounts::default();
        parts.into_iter().for_each(|part| patterns.merge(part));
        patterns
    };
    let (pairs, sample) = (patterns(&candidates.pairs), patterns(&candidates.sample));
    let mut unions = [0u64; 4];
    evidence
        .claims
        .iter()
        .for_each(|claim| unions[claim.population.index()] += 1);
    tracing::info!(
        pairs = candidates.pairs.len(),
        patterns = pairs.len(),
        "training the matching model"
    );
    let training = Training {
        pairs: &pairs,
        unions,
        sample: &sample,
        sampled: candidates.sampled,
        size,
    };
    train(&start, &training)
}

/// Teaches the model what people answered about pairs of this register: first it forgets earlier lessons, so that the same
/// answers always teach the same. None when nobody answered anything.
pub fn from_answers(
    evidence: &Evidence<'_>,
    candidates: &Candidates,
    register: &Register,
    model: &mut Model,
) -> Option<Lessons> {
    model.forget();
    let answers = answers(evidence, candidates, register, model);
    if answers.is_empty() {
        return None;
    }
    let lessons = learn(&answers);
    model.take(&lessons);
    Some(lessons)
}

/// Each pair that people judged, as the model would have judged it among the union's other candidates.
fn answers(
    evidence: &Evidence<'_>,
    candidates: &Candidates,
    register: &Register,
    model: &Model,
) -> Vec<Answer> {
    let (same, different) = (&evidence.verdicts.same, &evidence.verdicts.different);
    if same.is_empty() && different.is_empty() {
        return Vec::new();
    }
    let asked: std::collections::HashSet<&str> = same
        .keys()
        .chain(different.iter().map(|(union, _)| union))
        .map(String::as_str)
        .collect();
    let weights = Weights::of(model, register.size());
    let mut answers = Vec::new();
    for (number, union) in evidence.unions.iter().enumerate() {
        if !asked.contains(union.id.as_str()) {
            continue;
        }
        let rows: Vec<u32> = candidates.of(number as u32).collect();
        let pairs = score(evidence, number as u32, &rows, register, &weights);
        let competing = as_candidates(evidence.table, &pairs);
        for (i, pair) in pairs.iter().enumerate() {
            let enterprise = evidence.table.id.value(pair.row as usize);
            let is_same = same.get(&union.id).map(|confirmed| confirmed == enterprise);
            let is_different = different.contains(&(union.id.clone(), enterprise.to_string()));
            let is_same = match (is_same, is_different) {
                (Some(true), _) => true,
                (_, true) => false,
                _ => continue,
            };
            answers.push(Answer {
                levels: pair.pattern.levels,
                total: engines::matching::settle::total(&competing, i),
                is_same,
                fold: union.key.rem_euclid(5) as u8,
            });
        }
    }
    answers
}

/// What the lessons changed, for the report: links that the model would decide otherwise without them.
pub fn told(
    evidence: &Evidence<'_>,
    scored: &[Vec<ScoredPair>],
    by_hand: &ByHand,
    register: &Register,
    model: &Model,
    lessons: Lessons,
) -> Learning {
    let mut untaught = model.clone();
    untaught.forget();
    let weights = Weights::of(&untaught, register.size());
    let looked_at = if lessons.are_taken { scored.len() } else { 0 };
    let changed = parallel::parts(looked_at, evidence.threads, |range| {
        range
            .filter(|&union| by_hand.row(union as u32).is_none() && !scored[union].is_empty())
            .filter(|&union| {
                let population = evidence.claims[union].population;
                let before: Vec<ScoredPair> = scored[union]
                    .iter()
                    .map(|pair| ScoredPair {
                        row: pair.row,
                        pattern: pair.pattern,
                        weighed: weights.weigh(&pair.pattern, population),
                    })
                    .collect();
                let outcome = |pairs: &[ScoredPair], model: &Model| {
                    let settled = settle(&as_candidates(evidence.table, pairs), model)?;
                    let row = (settled.decision != Decision::None).then(|| pairs[settled.best].row);
                    Some((settled.decision, row))
                };
                outcome(&before, &untaught) != outcome(&scored[union], model)
            })
            .count() as u64
    });
    Learning {
        same: lessons.same,
        different: lessons.different,
        right_before: lessons.right_before,
        right_after: lessons.right_after,
        loss_before: lessons.loss_before,
        loss_after: lessons.loss_after,
        are_taken: lessons.are_taken,
        changed: changed.iter().sum(),
    }
}
