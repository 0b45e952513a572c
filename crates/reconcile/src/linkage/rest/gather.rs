//! One pass over the insured rows: who answers which key, how often names and parts occur, how many work where.

use super::super::person::{Insured, MemberLinks, NameFit};
use super::super::sieve::Sieve;
use super::super::vote::Votes;
use super::ask::{answered, asked};
use super::weigh::{Candidate, Scale};
use super::{Number, Seeker};
use crate::parallel;
use codes::resident_id::{Part, PartTokens};
use engines::matching::frequency::KeyMap;

/// Rows that one key may gather; a key with more says too little to be worth a look (and would be quadratic).
const ROWS_PER_KEY: usize = 100;
/// One row in four is counted for the frequencies of parts, whatever the order of the rows.
fn is_sampled(name: i64, parts: PartTokens) -> bool {
    ((name ^ parts.word()) as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 62 == 0
}

/// Everything that candidates and their weights are made of.
pub(super) struct Gathered {
    slots: KeyMap<u32>,
    /// Row numbers by slot: `rows[firsts[slot]..firsts[slot + 1]]`.
    firsts: Vec<u32>,
    rows: Vec<u32>,
    /// Rows that other memberships of the same union already are, by number: see [`pair_key`].
    claimed: KeyMap<()>,
    /// Rows per asked name, over all employers.
    pub(super) names: KeyMap<u32>,
    /// Rows per employer.
    pub(super) sizes: KeyMap<u32>,
    pub(super) parts: PartCounts,
}

/// How often each token of a part occurs, in a sample.
pub(super) struct PartCounts {
    pub(super) area: Vec<u32>,
    pub(super) birth: Vec<u32>,
    pub(super) order: Vec<u32>,
}

impl PartCounts {
    fn new() -> PartCounts {
        let empty = |part: Part| vec![0; 1 << part.bits()];
        PartCounts {
            area: empty(Part::Area),
            birth: empty(Part::Birth),
            order: empty(Part::Order),
        }
    }

    fn count(&mut self, parts: PartTokens) {
        for (part, table) in [
            (Part::Area, &mut self.area),
            (Part::Birth, &mut self.birth),
            (Part::Order, &mut self.order),
        ] {
            if let Some(token) = parts.get(part) {
                table[token as usize] += 1;
            }
        }
    }

    fn add(&mut self, other: &PartCounts) {
        for (table, more) in [
            (&mut self.area, &other.area),
            (&mut self.birth, &other.birth),
            (&mut self.order, &other.order),
        ] {
            table.iter_mut().zip(more).for_each(|(n, more)| *n += more);
        }
    }
}

impl Gathered {
    pub(super) fn gather(
        seekers: &[(u32, Seeker<'_>)],
        members: &[MemberLinks],
        insured: &Insured,
        votes: &Votes,
        threads: usize,
    ) -> Gathered {
        let slots = slots(seekers, insured, votes);
        let sieve = Sieve::of(slots.keys().copied());
        let mut names: KeyMap<u32> = seekers
            .iter()
            .map(|(_, seeker)| (seeker.rest.name_key, 0))
            .collect();
        let name_sieve = Sieve::of(names.keys().copied());
        let passes = parallel::parts(insured.len(), threads, |range| {
            let mut pass = Pass {
                hits: Vec::new(),
                names: KeyMap::default(),
                mentions: vec![0; insured.mentions()],
                parts: PartCounts::new(),
            };
            for row in range {
                let row = row as u32;
                let (name, mention, parts) =
                    (insured.name_key(row), insured.mention(row), insured.parts(row));
                pass.mentions[mention as usize] += 1;
                if is_sampled(name, parts) {
                    pass.parts.count(parts);
                }
                if name_sieve.may_have(name) {
                    *pass.names.entry(name).or_default() += 1;
                }
                answered(name, parts, votes.target(mention), |key| {
                    if sieve.may_have(key)
                        && let Some(&slot) = slots.get(&key)
                    {
                        pass.hits.push((slot, row));
                    }
                });
            }
            pass
        });
        let (mut sizes, mut parts) = (KeyMap::default(), PartCounts::new());
        for pass in &passes {
            parts.add(&pass.parts);
            for (name, n) in &pass.names {
                names.entry(*name).and_modify(|known| *known += n);
            }
            for (mention, n) in pass.mentions.iter().enumerate().filter(|(_, n)| **n > 0) {
                *sizes.entry(i64::from(votes.target(mention as u32))).or_default() += n;
            }
        }
        let (firsts, rows) = by_slot(&passes, slots.len());
        Gathered {
            claimed: claimed(members, insured, &rows, threads),
            slots,
            firsts,
            rows,
            names,
            sizes,
            parts,
        }
    }

    fn answers(&self, key: i64) -> &[u32] {
        let Some(&slot) = self.slots.get(&key) else {
            return &[];
        };
        let slot = slot as usize;
        let rows = &self.rows[self.firsts[slot] as usize..self.firsts[slot + 1] as usize];
        if rows.len() > ROWS_PER_KEY { &[] } else { rows }
    }

    /// The persons who may be the member, each once, with the weight of its best row.
    pub(super) fn candidates(&self, seeker: &Seeker<'_>, scale: &Scale<'_>) -> Vec<Candidate> {
        let mut rows: Vec<u32> = Vec::new();
        asked(seeker, |key| rows.extend(self.answers(key)));
        rows.sort_unstable();
        rows.dedup();
        let insured = scale.insured;
        let mut candidates: Vec<Candidate> = rows
            .into_iter()
            .filter(|&row| !(seeker.rest.number == Number::Sound && insured.is_sound(row)))
            .map(|row| (row, insured.person(row)))
            .filter(|&(row, person)| {
                let are_two_persons = seeker.rest.number == Number::Sound && insured.is_sound(person);
                !are_two_persons
                    && person != seeker.another
                    && row != seeker.another
                    && !self.claimed.contains_key(&pair_key(seeker.union, person))
            })
            .filter_map(|(row, person)| scale.weigh(seeker, row, person))
            .collect();
        candidates.sort_unstable_by(|a, b| a.person.cmp(&b.person).then(b.weight.total_cmp(&a.weight)));
        candidates.dedup_by_key(|candidate| candidate.person);
        candidates
    }
}

/// What one thread found.
struct Pass {
    hits: Vec<(u32, u32)>,
    names: KeyMap<u32>,
    mentions: Vec<u32>,
    parts: PartCounts,
}

/// A slot for each key worth asking. Two numbers that both hold are two persons, so a membership whose number holds asks only
/// what an insured row with a doubtful number may answer.
fn slots(seekers: &[(u32, Seeker<'_>)], insured: &Insured, votes: &Votes) -> KeyMap<u32> {
    let mut doubtful: Vec<i64> = Vec::new();
    for row in (0..insured.len() as u32).filter(|&row| !insured.is_sound(row)) {
        let place = votes.target(insured.mention(row));
        answered(insured.name_key(row), insured.parts(row), place, |key| {
            doubtful.push(key)
        });
    }
    let doubtful = Sieve::of(doubtful.into_iter());
    let mut slots: KeyMap<u32> = KeyMap::default();
    for (_, seeker) in seekers {
        let is_sound = seeker.rest.number == Number::Sound;
        asked(seeker, |key| {
            if !is_sound || doubtful.may_have(key) {
                let next = slots.len() as u32;
                slots.entry(key).or_insert(next);
            }
        });
    }
    slots
}

/// Rows in order of slot, then of row: a counting sort.
fn by_slot(passes: &[Pass], slots: usize) -> (Vec<u32>, Vec<u32>) {
    let hits = || passes.iter().flat_map(|pass| pass.hits.iter().copied());
    let mut firsts = vec![0u32; slots + 2];
    hits().for_each(|(slot, _)| firsts[slot as usize + 2] += 1);
    for slot in 2..firsts.len() {
        firsts[slot] += firsts[slot - 1];
    }
    let mut rows = vec![0u32; firsts[slots + 1] as usize];
    for (slot, row) in hits() {
        let next = &mut firsts[slot as usize + 1];
        rows[*next as usize] = row;
        *next += 1;
    }
    firsts.truncate(slots + 1);
    (firsts, rows)
}

fn pair_key(union: u32, row: u32) -> i64 {
    (u64::from(union) << 32 | u64::from(row)) as i64
}

/// Which of the candidates another membership of the same union is by its number. Only candidates are looked at.
fn claimed(members: &[MemberLinks], insured: &Insured, rows: &[u32], threads: usize) -> KeyMap<()> {
    let mut wanted = vec![0u64; insured.len().div_ceil(64)];
    for &row in rows {
        let person = insured.person(row) as usize;
        wanted[person / 64] |= 1 << (person % 64);
    }
    let wanted = &wanted;
    let is_wanted = |row: u32| wanted[row as usize / 64] >> (row % 64) & 1 == 1;
    let mut claimed = KeyMap::default();
    for part in members {
        let parts = parallel::parts(part.row.len(), threads, |range| {
            range
                .filter(|&i| {
                    part.row[i] != u32::MAX && is_wanted(part.row[i]) && part.quality[i] != NameFit::Other
                })
                .map(|i| (pair_key(part.union[i], part.row[i]), ()))
                .collect::<Vec<_>>()
        });
        claimed.extend(parts.into_iter().flatten());
    }
    claimed
}
