//! Gives every union exactly one link.

use super::blocking::Candidates;
use super::frequency::register;
use super::learn;
use super::model_file::versioned;
use super::report::Tally;
use super::score::{ByHand, ScoredPair, as_candidates, score_all};
use super::shown::shown;
use super::vote::Votes;
use crate::parallel;
use crate::table::{EnterpriseTable, UnionRow, Verdicts};
use engines::matching::field::{code, name, place, vote};
use engines::matching::{
    Claim, Decision, Explanation, Field, Model, Pattern, RunnerUp, Scored, Weights, link_threshold, settle,
};
use lake::link_report::Learning;

/// The link of one union.
#[derive(Clone, Debug)]
pub struct Link {
    /// The linked enterprise, or the candidate to verify.
    pub row: Option<u32>,
    pub decision: Decision,
    /// Of the best candidate, six decimals; None without any.
    pub probability: Option<f64>,
    pub tier: Option<&'static str>,
    /// JSON, see [`Explanation`].
    pub evidence: String,
}

/// Everything that scoring needs to know.
pub struct Evidence<'a> {
    pub unions: &'a [UnionRow],
    pub claims: &'a [Claim],
    pub votes: &'a Votes,
    pub table: &'a EnterpriseTable,
    pub verdicts: &'a Verdicts,
    pub threads: usize,
}

/// All links and how they came about.
pub struct Linked {
    /// In the order of the unions.
    pub links: Vec<Link>,
    pub model: Model,
    pub tally: Tally,
    /// What was learned from people's answers; None when there are none.
    pub learning: Option<Learning>,
}

/// Links every union. `frozen` is the model to use; without one a model is trained on these very pairs. Either way the model
/// then learns from what people answered.
pub fn link_unions(
    evidence: &Evidence<'_>,
    candidates: &Candidates,
    frozen: Option<Model>,
    trained_as_of: String,
) -> Linked {
    let register = register(evidence.claims, evidence.table, frozen.as_ref());
    let by_hand = ByHand::of(evidence);
    let mut model = match &frozen {
        Some(frozen) => frozen.clone(),
        None => learn::trained(evidence, candidates, &register),
    };
    let lessons = learn::from_answers(evidence, candidates, &register, &mut model);
    let scored = score_all(
        evidence,
        candidates,
        &by_hand,
        &register,
        &Weights::of(&model, register.size()),
    );
    if frozen.is_none() {
        let best = scored.iter().filter_map(|pairs| {
            let candidates = as_candidates(evidence.table, pairs);
            settle(&candidates, &model).map(|scored| scored.probability)
        });
        model.link_at = link_threshold(best.collect(), model.precision);
        model.trained_as_of = trained_as_of;
        model.registered = Some(evidence.table.len() as u64);
    }
    if frozen.as_ref() != Some(&model) {
        model = versioned(model);
    }
    let learning =
        lessons.map(|lessons| learn::told(evidence, &scored, &by_hand, &register, &model, lessons));
    // Comparing looked at other columns than explaining does.
    evidence.table.let_go();
    let parts = parallel::parts(evidence.unions.len(), evidence.threads, |range| {
        let mut tally = Tally::default();
        let links: Vec<Link> = range
            .map(|union| {
                let confirmed = by_hand.row(union as u32).is_some();
                link(
                    evidence,
                    union as u32,
                    &scored[union],
                    &model,
                    confirmed,
                    &mut tally,
                )
            })
            .collect();
        (links, tally)
    });
    let mut links = Vec::with_capacity(evidence.unions.len());
    let mut sum = Tally::default();
    for (part, tally) in parts {
        links.extend(part);
        sum.merge(tally);
    }
    Linked {
        links,
        model,
        tally: sum,
        learning,
    }
}

fn link(
    evidence: &Evidence<'_>,
    union: u32,
    scored: &[ScoredPair],
    model: &Model,
    by_hand: bool,
    tally: &mut Tally,
) -> Link {
    let link = decide(evidence, union, scored, model, by_hand);
    if scored.is_empty() {
        tally.without_pairs();
    }
    for pair in scored {
        let is_linked = link.decision == Decision::Linked && link.row == Some(pair.row);
        tally.pair(&pair.pattern, &pair.weighed, is_linked);
    }
    link
}

fn decide(evidence: &Evidence<'_>, union: u32, pairs: &[ScoredPair], model: &Model, by_hand: bool) -> Link {
    let candidates = as_candidates(evidence.table, pairs);
    let Some(mut scored) = settle(&candidates, model) else {
        return Link {
            row: None,
            decision: Decision::None,
            probability: None,
            tier: None,
            evidence: empty_evidence(),
        };
    };
    if scored.decision == Decision::None
        && let Some(pair) = pairs.iter().position(|pair| has_code_and_staff(&pair.pattern))
    {
        if pair != scored.best {
            return decide(evidence, union, &pairs[pair..=pair], model, by_hand);
        }
        scored.decision = Decision::Verify;
    }
    let best = &pairs[scored.best];
    let decision = if by_hand {
        Decision::Linked
    } else {
        scored.decision
    };
    let explanation = explain(evidence, union, pairs, &scored);
    Link {
        row: (decision != Decision::None).then_some(best.row),
        decision,
        probability: Some(if by_hand {
            1.0
        } else {
            (scored.probability * 1e6).round() / 1e6
        }),
        tier: Some(if by_hand {
            "hand"
        } else {
            tier(&best.pattern, decision)
        }),
        evidence: explanation.to_json(),
    }
}

/// The stated code and the greater part of the staff point at one firm: whatever else speaks against it, a person must look.
fn has_code_and_staff(pattern: &Pattern) -> bool {
    pattern.levels[Field::Code.index()] == code::EXACT
        && pattern.levels[Field::Vote.index()] == vote::MAJORITY
}

fn empty_evidence() -> String {
    Explanation {
        fields: Vec::new(),
        prior: 0.0,
        total: 0.0,
        runner_up: None,
    }
    .to_json()
}

fn explain<'a>(
    evidence: &Evidence<'a>,
    union: u32,
    pairs: &[ScoredPair],
    scored: &Scored,
) -> Explanation<'a> {
    let best = &pairs[scored.best];
    let row = &evidence.unions[union as usize];
    let claim = &evidence.claims[union as usize];
    let votes = (
        evidence.votes.here(union, best.row),
        claim.vote.map_or(0, |v| v.insured),
    );
    let runner_up = scored.runner_up.map(|i| RunnerUp {
        enterprise_id: evidence.table.id.value(pairs[i].row as usize).to_string(),
        name: evidence.table.name.value(pairs[i].row as usize).to_string(),
        probability: (scored.runner_up_probability * 1e6).round() / 1e6,
    });
    Explanation::of(&best.pattern, &best.weighed, scored, runner_up, |field| {
        shown(field, row, claim, best.row, votes, evidence.table)
    })
}

/// The plain rule that decides such a pair, if one does; otherwise the model.
fn tier(pattern: &Pattern, decision: Decision) -> &'static str {
    let level = |field: Field| pattern.levels[field.index()];
    let named = matches!(level(Field::Name), name::EXACT | name::CORE | name::FORMER);
    let near = matches!(
        level(Field::Place),
        place::TOWN | place::COUNTY | place::OTHER_TOWN
    );
    if decision != Decision::Linked {
        return "model";
    }
    match level(Field::Code) {
        code::EXACT if named => "code",
        code::ORG if named => "org_code",
        code::REG if named => "reg_no",
        code::NEAR if named => "code_suggested",
        _ if level(Field::Name) == name::EXACT && near => "name",
        _ => "model",
    }
}
