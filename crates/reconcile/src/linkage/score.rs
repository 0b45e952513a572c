//! Compares a union with its candidates, and looks at the candidates together where one excuses what speaks against another.

use super::blocking::Candidates;
use super::decide::Evidence;
use super::mention::parent_of;
use crate::parallel;
use crate::table::EnterpriseTable;
use codes::text::key64;
use engines::matching::field::{code, dates, name};
use engines::matching::settle::Candidate;
use engines::matching::{
    Claim, CodeStanding, Field, HeadOffice, NameForm, Pair, Pattern, Population, Register, StatusClass,
    Weighed, Weights, compare,
};
use std::collections::{HashMap, HashSet};

/// One scored pair.
pub struct ScoredPair {
    pub row: u32,
    pub pattern: Pattern,
    pub weighed: Weighed,
}

/// What people said, by row: which enterprise a union's employer is.
pub struct ByHand(HashMap<u32, u32>);

impl ByHand {
    /// Reads the confirmations that name a union and an enterprise of this run.
    pub fn of(evidence: &Evidence<'_>) -> ByHand {
        let confirmed = confirmed_rows(evidence);
        let row =
            |union: &crate::table::UnionRow| confirmed.get(evidence.verdicts.same.get(&union.id)?).copied();
        ByHand(
            evidence
                .unions
                .iter()
                .enumerate()
                .filter_map(|(i, union)| Some((i as u32, row(union)?)))
                .collect(),
        )
    }

    /// The enterprise that people confirmed for a union.
    pub fn row(&self, union: u32) -> Option<u32> {
        self.0.get(&union).copied()
    }
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

/// Scores the candidates of every union, without those that people ruled out; where they confirmed one, it alone.
pub fn score_all(
    evidence: &Evidence<'_>,
    candidates: &Candidates,
    by_hand: &ByHand,
    register: &Register,
    weights: &Weights<'_>,
) -> Vec<Vec<ScoredPair>> {
    let patterns = compare_all(evidence, candidates, register);
    let parts = parallel::parts(evidence.unions.len(), evidence.threads, |range| {
        range
            .map(|number| {
                let union = number as u32;
                if let Some(row) = by_hand.row(union) {
                    return score(evidence, union, &[row], register, weights);
                }
                if has_no_employer(&evidence.claims[number]) {
                    return Vec::new();
                }
                let pairs = candidates.range_of(union);
                let rows = candidates.pairs[pairs.clone()].iter().map(|(_, row)| *row);
                let compared = rows.zip(patterns[pairs].iter().copied());
                weigh(
                    evidence,
                    union,
                    compared
                        .filter(|(row, _)| !is_ruled_out(evidence, number, *row))
                        .collect(),
                    weights,
                )
            })
            .collect::<Vec<_>>()
    });
    parts.into_iter().flatten().collect()
}

/// The levels of all candidate pairs.
fn compare_all(evidence: &Evidence<'_>, candidates: &Candidates, register: &Register) -> Vec<Pattern> {
    let in_order = in_register_order(&candidates.pairs);
    // Votes lie in the order of the unions, as the pairs do.
    let here = |&(union, row): &(u32, u32)| evidence.votes.here(union, row);
    let votes: Vec<u32> = candidates.pairs.iter().map(here).collect();
    let parts = parallel::parts(in_order.len(), evidence.threads, |range| {
        let mut patterns = Vec::with_capacity(range.len());
        for of_one_firm in in_order[range].chunk_by(|a, b| a.0 == b.0) {
            let parent = parent(evidence.table, of_one_firm[0].0);
            for &(row, at) in of_one_firm {
                let (union, votes) = (candidates.pairs[at as usize].0, votes[at as usize]);
                let office = head_office(evidence, union, row, parent.as_ref());
                patterns.push(pattern(evidence, union, row, votes, office, register));
            }
        }
        patterns
    });
    let mut patterns = vec![Pattern::default(); in_order.len()];
    for ((_, at), pattern) in in_order.iter().zip(parts.into_iter().flatten()) {
        patterns[*at as usize] = pattern;
    }
    patterns
}

/// Pairs in the order of the register, as enterprise row and place in the list: a union's candidates lie all over the city, and
/// most of a comparison would be waiting for one firm's columns after another's.
pub fn in_register_order(pairs: &[(u32, u32)]) -> Vec<(u32, u32)> {
    let places = pairs.iter().zip(0u32..);
    let mut in_order: Vec<(u32, u32)> = places.map(|(&(_, row), at)| (row, at)).collect();
    in_order.sort_unstable();
    in_order
}

fn is_ruled_out(evidence: &Evidence<'_>, union: usize, row: u32) -> bool {
    let different = &evidence.verdicts.different;
    !different.is_empty() && {
        let enterprise = evidence.table.id.value(row as usize);
        different.contains(&(evidence.unions[union].id.clone(), enterprise.to_string()))
    }
}

/// A joint, sector or regional union whose own name tells no employer: a code or an address on its form is the lead firm's.
fn has_no_employer(claim: &Claim) -> bool {
    claim.population == Population::Collective && claim.names.is_empty()
}

/// Scored pairs of one union with these enterprises, as [`weigh`] orders them.
pub fn score(
    evidence: &Evidence<'_>,
    union: u32,
    rows: &[u32],
    register: &Register,
    weights: &Weights<'_>,
) -> Vec<ScoredPair> {
    let levels = |&row: &u32| {
        let office = head_office(evidence, union, row, parent(evidence.table, row).as_ref());
        let votes = evidence.votes.here(union, row);
        (row, pattern(evidence, union, row, votes, office, register))
    };
    weigh(evidence, union, rows.iter().map(levels).collect(), weights)
}

/// Looks at the compared pairs of one union together and weighs them: the best first, ties in the order of enterprise ids, so that
/// they fall the same way in every run.
fn weigh(
    evidence: &Evidence<'_>,
    union: u32,
    mut patterns: Vec<(u32, Pattern)>,
    weights: &Weights<'_>,
) -> Vec<ScoredPair> {
    set_head_offices_back(evidence.table, &mut patterns);
    excuse_old_codes(evidence.table, &mut patterns);
    let population = evidence.claims[union as usize].population;
    let mut scored: Vec<ScoredPair> = patterns
        .into_iter()
        .map(|(row, pattern)| {
            let weighed = weights.weigh(&pattern, population);
            ScoredPair {
                row,
                pattern,
                weighed,
            }
        })
        .collect();
    let id = |pair: &ScoredPair| evidence.table.id.value(pair.row as usize);
    scored.sort_unstable_by(|a, b| {
        let best_first = b.weighed.total.cmp(&a.weighed.total);
        best_first.then_with(|| id(a).cmp(id(b)))
    });
    scored
}

/// The levels of one pair as they are, whatever the other candidates say; `votes_here` are the union's members insured there.
pub fn pattern(
    evidence: &Evidence<'_>,
    union: u32,
    row: u32,
    votes_here: u32,
    head_office: HeadOffice,
    register: &Register,
) -> Pattern {
    let pair = Pair {
        claim: &evidence.claims[union as usize],
        entity: evidence.table.entity(row),
        votes_here,
        head_office,
    };
    compare(&pair, register)
}

/// The name of the head office, when the enterprise is a branch.
fn parent(table: &EnterpriseTable, row: u32) -> Option<NameForm> {
    crate::table::text(&table.branch, row as usize)?;
    parent_of(table.name.value(row as usize))
}

/// What the union's code and staff say about the head office of a branch.
fn head_office(evidence: &Evidence<'_>, union: u32, row: u32, parent: Option<&NameForm>) -> HeadOffice {
    let (table, votes) = (evidence.table, evidence.votes);
    let Some(parent) = parent else {
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

/// A firm that was registered anew under its name has a new code, and its union's form keeps the old one: where the stated
/// code is that of a namesake which is gone, it does not speak against the living firm, provided that the dates fit it. If the
/// union is younger than a living firm of the very name, the code does not speak for the other either, and the dates speak
/// against it: a registry enters no name that another firm bears (企业名称登记管理规定 2020, art. 17), so it was gone by then.
fn excuse_old_codes(table: &EnterpriseTable, patterns: &mut [(u32, Pattern)]) {
    let is_gone = |row: u32| matches!(table.status_class(row), StatusClass::Gone | StatusClass::MovedOut);
    let is_stated = |pattern: &Pattern| {
        let code = pattern.levels[Field::Code.index()];
        matches!(code, code::EXACT | code::ORG | code::REG)
    };
    let of_gone = patterns
        .iter()
        .filter(|(row, pattern)| is_stated(pattern) && is_gone(*row));
    let old: Vec<u32> = of_gone.map(|(row, _)| *row).collect();
    let core = |row: u32| table.core_key.value(row as usize);
    let mut succeeded = Vec::new();
    for (row, pattern) in patterns.iter_mut().filter(|(row, _)| !is_gone(*row)) {
        let dates = pattern.levels[Field::Dates.index()];
        let mut namesakes = old.iter().filter(|old| core(**old) == core(*row)).peekable();
        if namesakes.peek().is_none() || !matches!(dates, 0 | dates::FITS) {
            continue;
        }
        let stated = &mut pattern.levels[Field::Code.index()];
        *stated = if *stated == code::OTHER { 0 } else { *stated };
        if dates == dates::FITS {
            succeeded.extend(namesakes.filter(|old| is_successor(table, *row, **old)));
        }
    }
    for (row, pattern) in patterns {
        if succeeded.contains(row) {
            pattern.levels[Field::Code.index()] = 0;
            pattern.levels[Field::Dates.index()] = dates::NOT_THERE;
        }
    }
}

/// Whether a firm bears the whole name of another and was founded after it.
fn is_successor(table: &EnterpriseTable, row: u32, of: u32) -> bool {
    let name = |row: u32| table.name_key.value(row as usize);
    let founded = table.founded_day(row).zip(table.founded_day(of));
    name(row) == name(of) && founded.is_some_and(|(own, before)| own > before)
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
        .filter(|(_, pattern)| named(pattern))
        .filter_map(|(row, _)| parent(table, *row))
        .map(|parent| parent.normal_key)
        .collect();
    for (row, pattern) in patterns {
        if offices.contains(&table.name_key.value(*row as usize)) && !named(pattern) {
            pattern.levels[Field::Code.index()] = 0;
            pattern.levels[Field::Vote.index()] = 0;
        }
    }
}

/// The pairs of one union as they compete.
pub fn as_candidates(table: &EnterpriseTable, pairs: &[ScoredPair]) -> Vec<Candidate> {
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
