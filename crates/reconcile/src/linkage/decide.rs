//! Scores the candidate pairs and gives every union exactly one link.

use super::blocking::Candidates;
use super::frequency::{frequencies, measure_chances};
use super::mention::parent_of;
use super::model_file::versioned;
use super::report::Tally;
use super::shown::shown;
use super::vote::Votes;
use crate::parallel;
use crate::table::{EnterpriseTable, UnionRow, Verdicts};
use codes::text::key64;
use engines::matching::field::{code, dates, name, place, vote};
use engines::matching::settle::Candidate;
use engines::matching::{
    Claim, CodeStanding, Decision, Explanation, Field, Frequencies, HeadOffice, Model, Pair, Pattern,
    PatternCounts, Population, RunnerUp, Scored, StatusClass, Training, Weighed, compare, link_threshold,
    settle, train,
};
use std::collections::{HashMap, HashSet};

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

/// One scored pair.
struct ScoredPair {
    row: u32,
    pattern: Pattern,
    weighed: Weighed,
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

/// Links every union. `frozen` is the model to use; without one a model is trained on these very pairs.
pub fn link_unions(
    evidence: &Evidence<'_>,
    candidates: &Candidates,
    frozen: Option<Model>,
    trained_as_of: String,
) -> (Vec<Link>, Model, Tally) {
    let counts = frequencies(evidence.claims, evidence.table, evidence.threads);
    let is_new = frozen.is_none();
    let mut model = frozen.unwrap_or_else(|| trained(evidence, candidates, &counts));
    let confirmed = confirmed_rows(evidence);
    let scored = parallel::parts(evidence.unions.len(), evidence.threads, |range| {
        range
            .map(|union| {
                score(
                    evidence,
                    union as u32,
                    &candidates.pairs,
                    &confirmed,
                    &counts,
                    &model,
                )
            })
            .collect::<Vec<_>>()
    });
    let scored: Vec<Vec<ScoredPair>> = scored.into_iter().flatten().collect();
    if is_new {
        let best = scored.iter().filter_map(|pairs| {
            let candidates = as_candidates(evidence.table, pairs);
            settle(&candidates, &model).map(|scored| scored.probability)
        });
        model.link_at = link_threshold(best.collect(), model.precision);
        model.trained_as_of = trained_as_of;
        model = versioned(model);
    }
    let parts = parallel::parts(evidence.unions.len(), evidence.threads, |range| {
        let mut tally = Tally::default();
        let links: Vec<Link> = range
            .map(|union| {
                let by_hand = row_by_hand(evidence, union as u32, &confirmed).is_some();
                link(
                    evidence,
                    union as u32,
                    &scored[union],
                    &model,
                    by_hand,
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
    (links, model, sum)
}

fn trained(evidence: &Evidence<'_>, candidates: &Candidates, counts: &Frequencies) -> Model {
    let mut start = Model::default();
    measure_chances(
        &mut start,
        evidence.unions,
        evidence.claims,
        evidence.votes,
        evidence.table,
        counts,
    );
    let size = counts.size();
    let patterns = |pairs: &[(u32, u32)]| {
        let parts = parallel::parts(pairs.len(), evidence.threads, |range| {
            let mut patterns = PatternCounts::default();
            for &(union, row) in &pairs[range] {
                // What is the head office's doing here is another payer's elsewhere: learning sees the levels as they are.
                let pattern = pattern(evidence, union, row, HeadOffice::default(), counts);
                patterns.add(&pattern, evidence.claims[union as usize].population, &start, size);
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

fn pattern(
    evidence: &Evidence<'_>,
    union: u32,
    row: u32,
    head_office: HeadOffice,
    counts: &Frequencies,
) -> Pattern {
    let pair = Pair {
        claim: &evidence.claims[union as usize],
        entity: evidence.table.entity(row),
        votes_here: evidence.votes.here(union, row),
        head_office,
    };
    compare(&pair, counts)
}

/// What the union's code and staff say about the head office, when the enterprise is a branch.
fn head_office(evidence: &Evidence<'_>, union: u32, row: u32) -> HeadOffice {
    let (table, votes) = (evidence.table, evidence.votes);
    if crate::table::text(&table.branch, row as usize).is_none() {
        return HeadOffice::default();
    }
    let Some(parent) = parent_of(table.name.value(row as usize)) else {
        return HeadOffice::default();
    };
    let stated = &evidence.claims[union as usize].code;
    let top = evidence.claims[union as usize].vote.map_or(0, |vote| vote.top);
    let mut office = HeadOffice::default();
    let mut is_registered = false;
    for parent in table
        .by_name
        .rows(parent.normal_key)
        .filter(|&parent| parent != row)
    {
        let entity = table.entity(parent);
        let meets = |stated: Option<i64>, own: Option<i64>| stated.is_some() && stated == own;
        is_registered = true;
        office.has_code |= meets(stated.uscc, entity.uscc) || meets(stated.org, entity.org);
        office.has_vote |= top > 0 && votes.here(union, parent) == top;
    }
    if !is_registered && votes.is_at_outsider(union, parent.normal_key) {
        office.has_vote = true;
        office.has_code = stated.standing == CodeStanding::Absent;
    }
    office
}

/// Rows of the enterprises that people confirmed.
fn confirmed_rows(evidence: &Evidence<'_>) -> HashMap<String, u32> {
    let wanted: HashSet<&str> = evidence.verdicts.same.values().map(String::as_str).collect();
    if wanted.is_empty() {
        return HashMap::new();
    }
    let ids = &evidence.table.id;
    (0..evidence.table.len())
        .filter(|&i| wanted.contains(ids.value(i)))
        .map(|i| (ids.value(i).to_string(), i as u32))
        .collect()
}

fn row_by_hand(evidence: &Evidence<'_>, union: u32, confirmed: &HashMap<String, u32>) -> Option<u32> {
    let id = &evidence.unions[union as usize].id;
    evidence
        .verdicts
        .same
        .get(id)
        .and_then(|enterprise| confirmed.get(enterprise))
        .copied()
}

/// The rows to be compared with a union: the one that people confirmed, else its candidates without those they ruled out.
fn rows_of(
    evidence: &Evidence<'_>,
    union: u32,
    pairs: &[(u32, u32)],
    confirmed: &HashMap<String, u32>,
) -> Vec<u32> {
    if let Some(row) = row_by_hand(evidence, union, confirmed) {
        return vec![row];
    }
    if has_no_employer(&evidence.claims[union as usize]) {
        return Vec::new();
    }
    let different = &evidence.verdicts.different;
    let id = &evidence.unions[union as usize].id;
    let is_excluded = |row: u32| {
        let enterprise = evidence.table.id.value(row as usize);
        !different.is_empty() && different.contains(&(id.clone(), enterprise.to_string()))
    };
    let from = pairs.partition_point(|(u, _)| *u < union);
    pairs[from..]
        .iter()
        .take_while(|(u, _)| *u == union)
        .map(|&(_, row)| row)
        .filter(|row| !is_excluded(*row))
        .collect()
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

/// A joint, sector or regional union whose own name tells no employer: a code or an address on its form is the lead firm's.
fn has_no_employer(claim: &Claim) -> bool {
    claim.population == Population::Collective && claim.names.is_empty()
}

/// Scored pairs of one union in the order of enterprise ids, so that ties fall the same way in every run.
fn score(
    evidence: &Evidence<'_>,
    union: u32,
    pairs: &[(u32, u32)],
    confirmed: &HashMap<String, u32>,
    counts: &Frequencies,
    model: &Model,
) -> Vec<ScoredPair> {
    let mut rows = rows_of(evidence, union, pairs, confirmed);
    rows.sort_unstable_by_key(|&row| evidence.table.id.value(row as usize));
    let mut patterns: Vec<(u32, Pattern)> = rows
        .into_iter()
        .map(|row| {
            let office = head_office(evidence, union, row);
            (row, pattern(evidence, union, row, office, counts))
        })
        .collect();
    set_head_offices_back(evidence.table, &mut patterns);
    excuse_old_codes(evidence.table, &mut patterns);
    let population = evidence.claims[union as usize].population;
    patterns
        .into_iter()
        .map(|(row, pattern)| {
            let weighed = model.weigh(&pattern, population, counts.size());
            ScoredPair {
                row,
                pattern,
                weighed,
            }
        })
        .collect()
}

/// A firm that was registered anew under its name has a new code, and its union's form keeps the old one: where the stated
/// code is that of a namesake which is gone, it does not speak against the living firm, provided that the dates fit it.
fn excuse_old_codes(table: &EnterpriseTable, patterns: &mut [(u32, Pattern)]) {
    let is_gone = |row: u32| {
        matches!(
            table.status_class[row as usize],
            StatusClass::Gone | StatusClass::MovedOut
        )
    };
    let old: Vec<i64> = patterns
        .iter()
        .filter(|(row, pattern)| {
            matches!(
                pattern.levels[Field::Code.index()],
                code::EXACT | code::ORG | code::REG
            ) && is_gone(*row)
        })
        .map(|(row, _)| table.core_key.value(*row as usize))
        .collect();
    for (row, pattern) in patterns {
        let fits = matches!(pattern.levels[Field::Dates.index()], 0 | dates::FITS);
        if fits && old.contains(&table.core_key.value(*row as usize)) && !is_gone(*row) {
            let stated = &mut pattern.levels[Field::Code.index()];
            *stated = if *stated == code::OTHER { 0 } else { *stated };
        }
    }
}

/// Where the union bears the whole name of a registered branch, the head office's code and its paying for the staff are
/// what a branch's union shows as well; they say nothing for the head office.
fn set_head_offices_back(table: &EnterpriseTable, patterns: &mut [(u32, Pattern)]) {
    let named = |pattern: &Pattern| {
        matches!(
            pattern.levels[Field::Name.index()],
            name::EXACT | name::CORE | name::FORMER
        )
    };
    let offices: Vec<i64> = patterns
        .iter()
        .filter(|(row, pattern)| named(pattern) && crate::table::text(&table.branch, *row as usize).is_some())
        .filter_map(|(row, _)| parent_of(table.name.value(*row as usize)))
        .map(|parent| parent.normal_key)
        .collect();
    for (row, pattern) in patterns {
        if offices.contains(&table.name_key.value(*row as usize)) && !named(pattern) {
            pattern.levels[Field::Code.index()] = 0;
            pattern.levels[Field::Vote.index()] = 0;
        }
    }
}

fn as_candidates(table: &EnterpriseTable, pairs: &[ScoredPair]) -> Vec<Candidate> {
    let candidate = |pair: &ScoredPair| {
        let i = pair.row as usize;
        let identity = crate::table::int(&table.uscc_key, i).unwrap_or_else(|| key64(table.id.value(i)));
        Candidate {
            weighed: pair.weighed,
            identity,
        }
    };
    pairs.iter().map(candidate).collect()
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

fn explain(evidence: &Evidence<'_>, union: u32, pairs: &[ScoredPair], scored: &Scored) -> Explanation {
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
