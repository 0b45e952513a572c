//! A second look at memberships whose number found nobody: the one person of that name among the staff of the union's
//! employer, if a number on either side is missing, damaged or unchecked.
//!
//! A name alone says little, so the answer carries the probability that the namesake is the member: how surely members of
//! this union are insured there, against how many unclaimed namesakes chance would put there. Everything is asked by integer
//! keys of place and name, and only by the memberships left over.

use super::person::{Insured, MemberLinks, NameFit};
use super::vote::Votes;
use crate::parallel;
use engines::matching::frequency::KeyMap;
use std::collections::HashSet;

/// From this probability on the namesake is taken for the member.
const LINK_AT: f64 = 0.9;

/// A membership that its number did not settle.
#[derive(Clone, Copy, Debug)]
pub struct Rest {
    /// Position in its part.
    pub at: u32,
    pub name_key: i64,
    /// The number's check character holds and no other name stands beside it.
    pub is_sound: bool,
}

/// One insured row that bears an asked name at an asked place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Hit {
    slot: u32,
    person: Person,
    is_sound: bool,
}

/// One person among the insured: by the row that stands for the number, else by the row itself.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Person {
    Numbered(u32),
    Row(u32),
}

impl Person {
    const fn row(self) -> u32 {
        match self {
            Person::Numbered(row) | Person::Row(row) => row,
        }
    }
}

/// The insured rows as far as the memberships left over ask for them.
struct Staff {
    slots: KeyMap<u32>,
    hits: Vec<Hit>,
    /// Rows per asked name, over all employers.
    names: KeyMap<u32>,
    /// Rows per asked place.
    sizes: KeyMap<u32>,
    rows: usize,
}

/// Looks for the memberships left over at `places[union]` (targets as votes number them). Found ones get their row, the fit
/// [`NameFit::AtEmployer`] and a probability.
pub fn look_at_employers(
    members: &mut [MemberLinks],
    insured: &Insured,
    votes: &Votes,
    places: &[Vec<u32>],
    threads: usize,
) {
    let staff = Staff::gather(members, insured, votes, places, threads);
    let claimed = claimed(members, &staff, places, threads);
    let read = read_numbers(members, places.len());
    let mut found: Vec<(u32, Person, usize, u32, f64)> = Vec::new();
    for (p, part) in members.iter().enumerate() {
        for rest in &part.rest {
            let union = part.union[rest.at as usize];
            let Some(places) = places.get(union as usize) else {
                continue;
            };
            let may_be_the_member = |hit: &&Hit| {
                let are_two_persons = rest.is_sound && hit.is_sound;
                !(are_two_persons || claimed.contains(&(union, hit.person)))
            };
            let mut persons = places
                .iter()
                .flat_map(|&place| staff.of(place, rest.name_key))
                .filter(may_be_the_member);
            let Some(first) = persons.next() else { continue };
            if persons.any(|hit| hit.person != first.person) {
                continue;
            }
            let likely = staff.likely(rest.name_key, places, union, read[union as usize], votes);
            if likely >= LINK_AT {
                found.push((union, first.person, p, rest.at, likely));
            }
        }
    }
    // Two memberships of one union that claim one person leave the question open.
    found.sort_unstable_by_key(|&(union, person, p, at, _)| (union, person, p, at));
    for same in found.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        if let &[(_, person, p, at, likely)] = same {
            members[p].settle(at, person.row(), likely);
        }
    }
    members.iter_mut().for_each(MemberLinks::finish_settling);
}

impl Staff {
    fn gather(
        members: &[MemberLinks],
        insured: &Insured,
        votes: &Votes,
        places: &[Vec<u32>],
        threads: usize,
    ) -> Staff {
        let mut slots: KeyMap<u32> = KeyMap::default();
        let mut names: KeyMap<u32> = KeyMap::default();
        let mut sizes: KeyMap<u32> = KeyMap::default();
        for part in members {
            for rest in &part.rest {
                for &place in places
                    .get(part.union[rest.at as usize] as usize)
                    .into_iter()
                    .flatten()
                {
                    let next = slots.len() as u32;
                    slots.entry(key(place, rest.name_key)).or_insert(next);
                    names.insert(rest.name_key, 0);
                    sizes.insert(i64::from(place), 0);
                }
            }
        }
        let counted = parallel::parts(insured.len(), threads, |range| {
            let (mut names, mut sizes, mut hits) = (names.clone(), sizes.clone(), Vec::new());
            for row in range {
                let row = row as u32;
                let name = insured.name_key(row);
                let Some(known) = names.get_mut(&name) else {
                    // Nobody asks for this name; it still is one more of the staff.
                    if let Some(n) = sizes.get_mut(&i64::from(votes.target(insured.mention(row)))) {
                        *n += 1;
                    }
                    continue;
                };
                *known += 1;
                let place = votes.target(insured.mention(row));
                let Some(size) = sizes.get_mut(&i64::from(place)) else {
                    continue;
                };
                *size += 1;
                if let Some(&slot) = slots.get(&key(place, name)) {
                    let numbered = insured.numbered(row);
                    hits.push(Hit {
                        slot,
                        person: numbered.map_or(Person::Row(row), Person::Numbered),
                        is_sound: insured.is_sound(numbered.unwrap_or(row)) || insured.is_sound(row),
                    });
                }
            }
            (names, sizes, hits)
        });
        let mut hits = Vec::new();
        for (part_names, part_sizes, part_hits) in counted {
            part_names
                .iter()
                .for_each(|(name, n)| *names.entry(*name).or_default() += n);
            part_sizes
                .iter()
                .for_each(|(place, n)| *sizes.entry(*place).or_default() += n);
            hits.extend(part_hits);
        }
        hits.sort_unstable();
        hits.dedup();
        Staff {
            slots,
            hits,
            names,
            sizes,
            rows: insured.len(),
        }
    }

    /// The insured of one name at one place.
    fn of(&self, place: u32, name: i64) -> &[Hit] {
        let Some(&slot) = self.slots.get(&key(place, name)) else {
            return &[];
        };
        let from = self.hits.partition_point(|hit| hit.slot < slot);
        let n = self.hits[from..]
            .iter()
            .take_while(|hit| hit.slot == slot)
            .count();
        &self.hits[from..from + n]
    }

    /// Probability that the one namesake is the member: members whose number was read tell how many of this union are
    /// insured at these places; the frequency of the name tells how many unclaimed namesakes to expect there by chance.
    fn likely(&self, name: i64, places: &[u32], union: u32, read: u32, votes: &Votes) -> f64 {
        let here: u32 = places.iter().map(|&place| votes.at_target(union, place)).sum();
        let staff: u32 = places
            .iter()
            .filter_map(|&place| self.sizes.get(&i64::from(place)))
            .sum();
        let there = (f64::from(here) + 1.0) / (f64::from(read.max(here)) + 2.0);
        let share =
            (f64::from(self.names.get(&name).copied().unwrap_or(0)) - 0.5).max(0.5) / self.rows.max(1) as f64;
        let by_chance = f64::from(staff.saturating_sub(here)) * share;
        let odds = there / ((1.0 - there) * by_chance).max(1e-9);
        (odds / (1.0 + odds)).min(0.999)
    }
}

/// Key of a place and a name.
fn key(place: u32, name: i64) -> i64 {
    name ^ (i64::from(place) + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15_u64 as i64)
}

/// Persons that another membership of the same union already is, by its number.
fn claimed(
    members: &[MemberLinks],
    staff: &Staff,
    places: &[Vec<u32>],
    threads: usize,
) -> HashSet<(u32, Person)> {
    let mut wanted: HashSet<(u32, Person)> = HashSet::new();
    for part in members {
        for rest in &part.rest {
            let union = part.union[rest.at as usize];
            for &place in places.get(union as usize).into_iter().flatten() {
                let numbered =
                    |hit: &Hit| matches!(hit.person, Person::Numbered(_)).then_some((union, hit.person));
                wanted.extend(staff.of(place, rest.name_key).iter().filter_map(numbered));
            }
        }
    }
    let wanted = &wanted;
    let mut claimed = HashSet::new();
    for part in members {
        let parts = parallel::parts(part.row.len(), threads, |range| {
            range
                .filter(|&i| part.row[i] != u32::MAX && part.quality[i] != NameFit::Other)
                .map(|i| (part.union[i], Person::Numbered(part.row[i])))
                .filter(|pair| wanted.contains(pair))
                .collect::<Vec<_>>()
        });
        claimed.extend(parts.into_iter().flatten());
    }
    claimed
}

/// Memberships per union whose number was read.
fn read_numbers(members: &[MemberLinks], unions: usize) -> Vec<u32> {
    let mut read = vec![0u32; unions];
    for part in members {
        part.union
            .iter()
            .filter(|union| **union != u32::MAX)
            .for_each(|union| read[*union as usize] += 1);
        for rest in part.rest.iter().filter(|rest| !rest.is_sound) {
            if let Some(n) = read.get_mut(part.union[rest.at as usize] as usize) {
                *n -= 1;
            }
        }
    }
    read
}
