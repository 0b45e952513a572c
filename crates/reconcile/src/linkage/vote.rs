//! Staff vote (职工参保指向): where a union's own insured members work. The strongest evidence there is beside the code, and the
//! only one that betrays an employer outside the register.

use super::mention::{MentionPool, Resolution};
use super::person::{Insured, MemberLinks, NameFit};
use engines::matching::frequency::KeyMap;
use engines::matching::{NameForm, StaffVote};

/// Where members of unions are insured.
pub struct Votes {
    /// (union, enterprise row, members), sorted.
    pub at: Vec<(u32, u32, u32)>,
    firsts: Vec<u32>,
    /// Where a good part of a union's members is insured, registered or not: (union, target, members), sorted.
    main: Vec<(u32, u32, u32)>,
    /// Target of each mention.
    targets: Vec<u32>,
    /// Names under which files mention the main employers that are not in the register, sorted.
    outsiders: Vec<(u32, i64)>,
    pub summary: Vec<Option<StaffVote>>,
    /// Memberships counted per union.
    pub members: Vec<u32>,
    /// Of these, found among the insured and insured now.
    pub insured_now: Vec<u32>,
}

/// A target outside the register is kept apart by its highest bit.
const OUTSIDE: u32 = 1 << 31;
const UNCLEAR: u32 = u32::MAX;
/// Members at one employer from which on it is one of the union's main ones.
const MAIN_AT_LEAST: u32 = 3;
const MAIN_SHARE: f64 = 0.3;

/// Counts the votes of every union.
pub fn count_votes(
    links: &[MemberLinks],
    insured: &Insured,
    resolved: &[Resolution],
    mentions: &MentionPool,
    unions: usize,
) -> Votes {
    let targets = targets(resolved);
    let mut members = vec![0u32; unions];
    let mut insured_now = vec![0u32; unions];
    let mut ballots: Vec<(u32, u32)> = Vec::with_capacity(links.iter().map(|part| part.row.len()).sum());
    for part in links {
        for (i, &union) in part.union.iter().enumerate() {
            if union == u32::MAX {
                continue;
            }
            members[union as usize] += 1;
            if part.row[i] == u32::MAX || part.quality[i] == NameFit::Other {
                continue;
            }
            insured_now[union as usize] += u32::from(insured.is_now(part.row[i]));
            ballots.push((union, targets[insured.mention(part.row[i]) as usize]));
        }
    }
    ballots.sort_unstable();
    let mut counted: Vec<(u32, u32, u32)> = Vec::new();
    for (union, target) in ballots {
        match counted.last_mut() {
            Some((u, t, n)) if *u == union && *t == target => *n += 1,
            _ => counted.push((union, target, 1)),
        }
    }
    let mut votes = summarise(counted, members, insured_now, unions, targets);
    votes.outsiders = outsiders(&votes, mentions);
    votes
}

/// Names of the main employers outside the register, as far as files state any.
fn outsiders(votes: &Votes, mentions: &MentionPool) -> Vec<(u32, i64)> {
    let mut wanted: Vec<u32> = votes
        .main
        .iter()
        .map(|(_, target, _)| *target)
        .filter(|target| target & OUTSIDE != 0)
        .collect();
    wanted.sort_unstable();
    wanted.dedup();
    let mut names: Vec<(u32, i64)> = votes
        .targets
        .iter()
        .enumerate()
        .filter(|(_, target)| wanted.binary_search(target).is_ok())
        .filter_map(|(number, target)| {
            Some((*target, NameForm::parse(mentions.get(number).name?).normal_key))
        })
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Each mention as a number: a row of the register, an outside employer, or unclear.
fn targets(resolved: &[Resolution]) -> Vec<u32> {
    let mut outside: KeyMap<u32> = KeyMap::default();
    resolved
        .iter()
        .map(|resolution| match resolution {
            Resolution::Enterprise(row) => *row,
            Resolution::Outside(key) => {
                let next = OUTSIDE + outside.len() as u32;
                *outside.entry(*key).or_insert(next)
            }
            Resolution::Unclear => UNCLEAR,
        })
        .collect()
}

fn summarise(
    counted: Vec<(u32, u32, u32)>,
    members: Vec<u32>,
    insured_now: Vec<u32>,
    unions: usize,
    targets: Vec<u32>,
) -> Votes {
    let mut summary: Vec<Option<StaffVote>> = vec![None; unions];
    let mut wins: KeyMap<u32> = KeyMap::default();
    let mut most = vec![0u32; unions];
    for &(union, target, n) in &counted {
        let vote = summary[union as usize].get_or_insert_default();
        vote.insured += n;
        if target != UNCLEAR {
            most[union as usize] = most[union as usize].max(n);
        }
    }
    // Employers that share the first place all count as winners, so that nothing hangs on the order of rows.
    let winners = |(union, target, n): &&(u32, u32, u32)| *target != UNCLEAR && *n == most[*union as usize];
    for (_, target, _) in counted.iter().filter(winners) {
        *wins.entry(i64::from(*target)).or_default() += 1;
    }
    for &(union, target, n) in counted.iter().filter(winners) {
        let Some(vote) = &mut summary[union as usize] else {
            continue;
        };
        let won = wins.get(&i64::from(target)).copied().unwrap_or(0);
        let is_first = vote.top == 0;
        vote.top = n;
        vote.top_outside = target & OUTSIDE != 0 && (is_first || vote.top_outside);
        vote.top_wins = if is_first { won } else { vote.top_wins.min(won) };
    }
    let main: Vec<(u32, u32, u32)> = counted
        .iter()
        .filter(|&&(union, target, n)| {
            let all = summary[union as usize].map_or(0, |vote| vote.insured);
            target != UNCLEAR && n >= MAIN_AT_LEAST && f64::from(n) >= MAIN_SHARE * f64::from(all)
        })
        .copied()
        .collect();
    let at: Vec<(u32, u32, u32)> = counted
        .into_iter()
        .filter(|(_, target, _)| target & OUTSIDE == 0)
        .collect();
    let firsts = (0..=unions as u32)
        .map(|u| at.partition_point(|(union, _, _)| *union < u) as u32)
        .collect();
    Votes {
        at,
        firsts,
        main,
        targets,
        outsiders: Vec::new(),
        summary,
        members,
        insured_now,
    }
}

impl Votes {
    /// Enterprises where members of a union are insured, with their number.
    pub fn of(&self, union: u32) -> &[(u32, u32, u32)] {
        &self.at[self.firsts[union as usize] as usize..self.firsts[union as usize + 1] as usize]
    }

    /// The employers, in the register or not, where a good part of a union's members is insured.
    pub fn main_targets(&self, union: u32) -> impl Iterator<Item = u32> + '_ {
        let from = self.main.partition_point(|(u, _, _)| *u < union);
        self.main[from..]
            .iter()
            .take_while(move |(u, _, _)| *u == union)
            .map(|(_, target, _)| *target)
    }

    /// Members of a union at one target, as far as it is in the register or one of the main ones.
    pub fn at_target(&self, union: u32, target: u32) -> u32 {
        if target & OUTSIDE == 0 {
            return self.here(union, target);
        }
        self.main
            .binary_search_by_key(&(union, target), |(u, t, _)| (*u, *t))
            .map_or(0, |i| self.main[i].2)
    }

    /// True when the greater part of a union's members is insured by an employer of this name outside the register.
    pub fn is_at_outsider(&self, union: u32, name: i64) -> bool {
        let all = self.summary[union as usize].map_or(0, |vote| vote.insured);
        self.main_targets(union).any(|target| {
            self.outsiders.binary_search(&(target, name)).is_ok() && 2 * self.at_target(union, target) >= all
        })
    }

    /// The employer that a mention stands for, as votes number them.
    pub fn target(&self, mention: u32) -> u32 {
        self.targets[mention as usize]
    }

    /// Members of a union insured at one enterprise.
    pub fn here(&self, union: u32, row: u32) -> u32 {
        let votes = self.of(union);
        votes
            .binary_search_by_key(&row, |(_, target, _)| *target)
            .map_or(0, |i| votes[i].2)
    }
}
