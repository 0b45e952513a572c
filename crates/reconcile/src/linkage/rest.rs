//! A second look at memberships whose number found nobody or somebody else: number missing, masked, mistyped, cut, or copied
//! from another person's row, on either side.
//!
//! Candidates meet under integer keys of two things each ([`ask`]), which one pass over the insured rows answers
//! ([`gather`]); what name, parts of the number, stated birth date and place say is added up as weights of evidence
//! ([`weigh`]) and becomes a probability over all candidates of a membership and "none of them". A person of a union is given
//! to one membership only.

mod ask;
mod gather;
mod weigh;

use super::person::{Insured, MemberLinks, NameFit};
use super::vote::Votes;
use crate::parallel;
use codes::resident_id::PartTokens;
use gather::Gathered;
use weigh::{Candidate, Scale};

/// From this probability on a candidate is taken for the member.
const LINK_AT: f64 = 0.9;

/// A membership that its number did not settle.
#[derive(Clone, Copy, Debug)]
pub struct Rest {
    /// Position in its part.
    pub at: u32,
    pub name_key: i64,
    pub number: Number,
    pub parts: PartTokens,
}

/// What is known of the number of a membership left over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    /// Its check character holds and no insured row bears it.
    Sound,
    /// Missing, masked, mistyped, or of a kind without a check character.
    Doubtful,
    /// It leads to an insured person of quite another name.
    Anothers,
}

/// One membership left over, with all that leads to candidates.
#[derive(Clone, Copy)]
struct Seeker<'a> {
    rest: &'a Rest,
    name: &'a str,
    union: u32,
    /// Where the union's members may be expected; empty if nothing is known.
    places: &'a [u32],
    /// The person that the number leads to, if that is [`Number::Anothers`].
    another: u32,
}

/// A candidate that came out first.
struct Found {
    union: u32,
    person: u32,
    part: u32,
    at: u32,
    how: NameFit,
    odds: f64,
}

/// Looks for the memberships left over, first of all at `places[union]` (targets as votes number them). Found ones get their
/// row, how they were found, and a probability.
pub fn settle_rest(
    members: &mut [MemberLinks],
    insured: &Insured,
    votes: &Votes,
    places: &[Vec<u32>],
    threads: usize,
) {
    let seekers = seekers(members, places);
    let gathered = Gathered::gather(&seekers, members, insured, votes, threads);
    let scale = Scale::new(&gathered, insured, votes, members, places);
    let found = parallel::parts(seekers.len(), threads, |range| {
        range
            .filter_map(|i| {
                let (part, seeker) = seekers[i];
                let best = best(&seeker, &gathered, &scale)?;
                Some(Found { part, ..best })
            })
            .collect::<Vec<_>>()
    });
    let found = one_to_one(found.into_iter().flatten().collect());
    for (found, likely) in found {
        members[found.part as usize].settle(found.at, found.person, found.how, likely);
    }
    members.iter_mut().for_each(MemberLinks::finish_settling);
}

fn seekers<'a>(members: &'a [MemberLinks], places: &'a [Vec<u32>]) -> Vec<(u32, Seeker<'a>)> {
    let mut seekers = Vec::with_capacity(members.iter().map(|part| part.rest.len()).sum());
    for (p, part) in members.iter().enumerate() {
        for (i, rest) in part.rest.iter().enumerate() {
            let union = part.union[rest.at as usize];
            let seeker = Seeker {
                rest,
                name: part.rest_names.get(i),
                union,
                places: places.get(union as usize).map_or(&[], Vec::as_slice),
                another: part.row[rest.at as usize],
            };
            seekers.push((p as u32, seeker));
        }
    }
    seekers
}

/// The likeliest candidate, if it is likely enough.
fn best(seeker: &Seeker<'_>, gathered: &Gathered, scale: &Scale<'_>) -> Option<Found> {
    let candidates: Vec<Candidate> = gathered.candidates(seeker, scale);
    let none = scale.none(seeker);
    let all: f64 = candidates.iter().map(|c| c.weight.exp()).sum();
    let first = candidates
        .iter()
        .max_by(|a, b| a.weight.total_cmp(&b.weight).then(b.person.cmp(&a.person)))?;
    let weight = first.weight.exp();
    let odds = weight / (all - weight + none).max(weight * 1e-6);
    (odds >= LINK_AT / (1.0 - LINK_AT)).then_some(Found {
        union: seeker.union,
        person: first.person,
        part: 0,
        at: seeker.rest.at,
        how: first.how,
        odds,
    })
}

/// Two memberships of one union that claim one person speak against each other, as strongly as each is likely.
fn one_to_one(mut found: Vec<Found>) -> Vec<(Found, f64)> {
    found.sort_unstable_by_key(|f| (f.union, f.person, f.part, f.at));
    let mut rivals: Vec<f64> = Vec::with_capacity(found.len());
    for same in found.chunk_by(|a, b| (a.union, a.person) == (b.union, b.person)) {
        let all: f64 = same.iter().map(|f| f.odds).sum();
        rivals.extend(same.iter().map(|f| f.odds / (1.0 + all)));
    }
    found
        .into_iter()
        .zip(rivals)
        .filter(|(_, likely)| *likely >= LINK_AT)
        .map(|(found, likely)| (found, likely.min(0.9999)))
        .collect()
}
