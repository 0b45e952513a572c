//! What speaks for a candidate, as natural logarithms of likelihood ratios in the manner of Fellegi and Sunter (1969): how
//! much likelier each agreement is for one person than for two taken by chance. Chances come from the data at hand
//! (frequencies of this name, this division, of dates and sequences); how often a person's own details come out differently
//! is set from what is known of such files.

use super::super::person::{Insured, MemberLinks, NameFit, NameLikeness, likeness};
use super::super::vote::Votes;
use super::ask::own_parts;
use super::gather::{Gathered, PartCounts};
use super::{Number, Seeker};
use codes::resident_id::{Part, PartTokens};

/// How often a person's two rows have names of each likeness: the same, another spelling, a slip.
const NAME_KEPT: [f64; 3] = [0.95, 0.02, 0.02];
/// How often two persons' names are alike, or one slip apart (three characters and more; of two, one in common is nothing).
const CHANCE_ALIKE: f64 = 2e-4;
const CHANCE_SLIP: f64 = 4e-3;
const CHANCE_SLIP_SHORT: f64 = 0.08;
/// How often so many parts of a person's number come out differently: none, one, two …; beyond, it is another's number.
const PARTS_CHANGED: [f64; 5] = [0.9, 0.25, 0.02, 0.03, 0.05];
/// A check character's chance of being equal; some values share a token.
const CHANCE_CHECK: f64 = 0.15;
/// How often a stated birth date is the person's own.
const BIRTH_KEPT: f64 = 0.95;

/// An insured person who may be the member.
pub(super) struct Candidate {
    pub(super) person: u32,
    /// Logarithm of how likely this person and the evidence are together.
    pub(super) weight: f64,
    pub(super) how: NameFit,
}

/// All that weights depend on.
pub(super) struct Scale<'a> {
    pub(super) insured: &'a Insured,
    gathered: &'a Gathered,
    votes: &'a Votes,
    /// Logarithm of the prior for one of the staff at a union's places, for one insured anywhere else, and the share left for
    /// nobody, by union.
    priors: Vec<Prior>,
    area: Vec<f32>,
    birth: f64,
    order: f64,
}

#[derive(Clone, Copy)]
struct Prior {
    here: f64,
    elsewhere: f64,
    none: f64,
}

impl<'a> Scale<'a> {
    pub(super) fn new(
        gathered: &'a Gathered,
        insured: &'a Insured,
        votes: &'a Votes,
        members: &[MemberLinks],
        places: &[Vec<u32>],
    ) -> Scale<'a> {
        let read = read_numbers(members, places.len());
        let rows = insured.len().max(1) as f64;
        let priors = places
            .iter()
            .enumerate()
            .map(|(union, places)| prior(union as u32, places, read[union], gathered, votes, rows))
            .collect();
        let PartCounts { area, birth, order } = &gathered.parts;
        let sampled: u32 = area.iter().sum();
        Scale {
            insured,
            gathered,
            votes,
            priors,
            area: area
                .iter()
                .map(|n| ((f64::from(*n) + 1.0) / (f64::from(sampled) + 50.0)) as f32)
                .collect(),
            birth: chance_of_equal(birth).clamp(5e-5, 1e-3),
            order: chance_of_equal(order).clamp(1e-3, 1e-2),
        }
    }

    /// How likely it is that nobody among the candidates is the member.
    pub(super) fn none(&self, seeker: &Seeker<'_>) -> f64 {
        self.prior(seeker).none
    }

    fn prior(&self, seeker: &Seeker<'_>) -> Prior {
        self.priors.get(seeker.union as usize).copied().unwrap_or(Prior {
            here: f64::NEG_INFINITY,
            elsewhere: (0.3 / self.insured.len().max(1) as f64).ln(),
            none: 0.5,
        })
    }

    /// Weighs one row of a candidate; None if its name is another, or if nothing but the name speaks for it.
    pub(super) fn weigh(&self, seeker: &Seeker<'_>, row: u32, person: u32) -> Option<Candidate> {
        let likeness = likeness(seeker.name, self.insured.name(row));
        let name = self.name(seeker, likeness)?;
        let place = self.votes.target(self.insured.mention(row));
        let is_here = seeker.places.binary_search(&place).is_ok();
        let prior = self.prior(seeker);
        let (own, theirs) = (own_parts(seeker), self.insured.parts(row));
        let number = self.number(own, theirs);
        let birth = self.stated_birth(own, theirs);
        if !is_here && !number.agrees && birth <= 0.0 {
            // A name alone says little where nobody expects the member.
            return None;
        }
        let how = if number.agrees {
            NameFit::NumberParts
        } else if is_here {
            NameFit::AtEmployer
        } else {
            NameFit::NameBirth
        };
        Some(Candidate {
            person,
            weight: if is_here { prior.here } else { prior.elsewhere } + name + number.weight + birth,
            how,
        })
    }

    fn name(&self, seeker: &Seeker<'_>, likeness: NameLikeness) -> Option<f64> {
        let rows = self.insured.len().max(1) as f64;
        let named = self
            .gathered
            .names
            .get(&seeker.rest.name_key)
            .copied()
            .unwrap_or(0);
        let same = (f64::from(named) - 0.5).max(0.5) / rows;
        let slip = if seeker.name.chars().count() > 2 {
            CHANCE_SLIP
        } else {
            CHANCE_SLIP_SHORT
        };
        let (kept, chance) = match likeness {
            NameLikeness::Same => (NAME_KEPT[0], same),
            NameLikeness::Alike => (NAME_KEPT[1], CHANCE_ALIKE.max(same)),
            NameLikeness::Slip => (NAME_KEPT[2], slip),
            NameLikeness::Other => return None,
        };
        Some((kept / chance).ln())
    }

    fn number(&self, own: PartTokens, theirs: PartTokens) -> Compared {
        let mut compared = Compared::default();
        let (mut same, mut changed) = (0, 0);
        for part in [Part::Area, Part::Birth, Part::Order, Part::Check] {
            let (Some(a), Some(b)) = (own.get(part), theirs.get(part)) else {
                continue;
            };
            if a == b {
                same += 1;
                compared.agrees |= matches!(part, Part::Birth | Part::Order);
                compared.weight -= self.chance(part, a).ln();
            } else {
                changed += 1;
            }
        }
        if same + changed > 0 {
            compared.weight += PARTS_CHANGED[changed].ln();
        }
        compared
    }

    fn chance(&self, part: Part, token: u32) -> f64 {
        match part {
            Part::Area => f64::from(self.area[token as usize]),
            Part::Birth | Part::StatedBirth => self.birth,
            Part::Order => self.order,
            Part::Check => CHANCE_CHECK,
        }
    }

    /// The stated date repeats what the number says, unless the number's date differs or cannot be seen.
    fn stated_birth(&self, own: PartTokens, theirs: PartTokens) -> f64 {
        let (Some(stated), Some(birth)) = (own.get(Part::StatedBirth), theirs.get(Part::Birth)) else {
            return 0.0;
        };
        if stated != birth {
            (1.0 - BIRTH_KEPT).ln()
        } else if own.get(Part::Birth) == Some(birth) {
            0.0
        } else {
            (BIRTH_KEPT / self.birth).ln()
        }
    }
}

#[derive(Default)]
struct Compared {
    weight: f64,
    /// A part that says more than where half the town comes from.
    agrees: bool,
}

/// Chance that two rows have the same value.
fn chance_of_equal(counts: &[u32]) -> f64 {
    let all: f64 = counts.iter().map(|n| f64::from(*n)).sum();
    let pairs: f64 = counts.iter().map(|n| f64::from(*n) * (f64::from(*n) - 1.0)).sum();
    pairs / (all * (all - 1.0)).max(1.0)
}

/// Members whose number was read tell where members of this union are insured; a member could be any of the staff who is not
/// one of these already.
fn prior(union: u32, places: &[u32], read: u32, gathered: &Gathered, votes: &Votes, rows: f64) -> Prior {
    let here: u32 = places.iter().map(|&place| votes.at_target(union, place)).sum();
    let staff: u32 = places
        .iter()
        .filter_map(|&place| gathered.sizes.get(&i64::from(place)))
        .sum();
    let found = votes.summary[union as usize]
        .map_or(0, |vote| vote.insured)
        .max(here);
    let read = f64::from(read.max(found));
    let (here, found) = (f64::from(here), f64::from(found));
    let (there, elsewhere) = if places.is_empty() {
        (0.0, (found + 1.0) / (read + 2.0))
    } else {
        ((here + 1.0) / (read + 2.0), (found - here + 0.5) / (read + 2.0))
    };
    Prior {
        here: (there / (f64::from(staff) - here).max(1.0)).ln(),
        elsewhere: (elsewhere / rows).ln(),
        none: (1.0 - there - elsewhere).max(0.01),
    }
}

/// Memberships per union whose number was read.
fn read_numbers(members: &[MemberLinks], unions: usize) -> Vec<u32> {
    let mut read = vec![0u32; unions];
    for part in members {
        part.union
            .iter()
            .filter(|union| **union != u32::MAX)
            .for_each(|union| read[*union as usize] += 1);
        for rest in part.rest.iter().filter(|rest| rest.number != Number::Sound) {
            if let Some(n) = read.get_mut(part.union[rest.at as usize] as usize) {
                *n -= 1;
            }
        }
    }
    read
}
