//! Candidate pairs: which enterprises a union is compared with at all.
//!
//! Cheap rules, each an equality of one hashed key, and two that look a code or a vote up. The small side asks: the keys of
//! all unions are put in order and looked up in the register's leads, which the record store keeps in that order
//! ([`lake::leads`]), so a run builds no posting list over 1.5 million rows and takes no name apart. A key that too many
//! enterprises share (an agent's phone, 60 firms at one address) is skipped and reported.

use super::frequency::smallest;
use super::vote::Votes;
use crate::error::Result;
use crate::parallel;
use crate::table::{EnterpriseTable, UnionRow};
use engines::matching::{Claim, NameForm};
use lake::leads::{CORE, KINDS, NAME, Values, Walk, push_former, push_keys, push_slips};
use lake::link_report::BlockingRule;

/// The rules, with the number of enterprises per key from which on a key is skipped.
const RULES: [(&str, &str, usize); KINDS] = [
    ("name", "名称全称", 60),
    ("core", "字号和行业", 60),
    ("former_name", "曾用名", 60),
    ("boss_brand", "法定代表人和字号开头", 60),
    ("boss_address", "法定代表人和地址", 60),
    ("phone_county", "电话和区县", 40),
    ("brand_address", "字号开头和地址", 60),
    ("first_four_county", "名称前四字和区县", 60),
    ("two_to_five_county", "名称第二至五字和区县", 60),
    ("boss_name_end", "法定代表人和名称末两字", 60),
    ("one_left_out", "名称差一字", 60),
    ("brand_county", "字号和区县", 60),
    ("boss_town", "法定代表人和镇街", 30),
];
/// Rules that look a value up in the register instead of hashing it.
const BY_CODE: (&str, &str) = ("code", "单位代码");
const BY_VOTE: (&str, &str) = ("vote", "会员参保单位");

/// Which pairs are looked at.
pub struct Candidates {
    /// (union, enterprise row), sorted, each once.
    pub pairs: Vec<(u32, u32)>,
    /// For each pair, the rules that proposed it: bit i is the i-th of `rules`.
    pub proposed_by: Vec<u32>,
    /// All pairs of the sampled unions, those of wider rules with them: to learn from, not to link.
    pub sample: Vec<(u32, u32)>,
    /// Number of sampled unions.
    pub sampled: u64,
    /// What each rule proposed.
    pub rules: Vec<BlockingRule>,
}

impl Candidates {
    /// Where the pairs of a union lie.
    pub fn range_of(&self, union: u32) -> std::ops::Range<usize> {
        let from = self.pairs.partition_point(|(u, _)| *u < union);
        let len = self.pairs[from..].partition_point(|(u, _)| *u == union);
        from..from + len
    }

    /// The enterprises to be compared with a union.
    pub fn of(&self, union: u32) -> impl Iterator<Item = u32> + '_ {
        self.pairs[self.range_of(union)].iter().map(|&(_, row)| row)
    }
}

/// Unions whose pairs with strangers are counted without a bound on place.
const SAMPLED_UNIONS: usize = 2_000;

/// All candidate pairs and what each rule proposed.
///
/// # Errors
/// The register's leads cannot be read.
pub fn candidate_pairs(
    unions: &[UnionRow],
    claims: &[Claim],
    votes: &Votes,
    table: &EnterpriseTable,
    threads: usize,
) -> Result<Candidates> {
    let mut sampled = vec![false; claims.len()];
    smallest(unions.len(), SAMPLED_UNIONS, |i| unions[i].key)
        .into_iter()
        .for_each(|i| sampled[i] = true);
    let asked = asked(claims, &sampled, table, threads);
    let (mut proposed, beyond, mut report) = answered(&asked, table, threads)?;
    for ((rule, label), direct) in [
        (BY_CODE, code_pairs(claims, table)),
        (BY_VOTE, vote_pairs(claims.len(), votes, table)),
    ] {
        let bit = 1u32 << report.len();
        report.push(BlockingRule {
            rule: rule.to_owned(),
            label: label.to_owned(),
            pairs: direct.len() as u64,
            skipped_keys: 0,
        });
        proposed.extend(direct.into_iter().map(|(union, row)| (union, row, bit)));
    }
    let mut proposed = Grouped::of(
        claims.len(),
        proposed.iter().map(|&(union, row, bit)| (union, (row, bit))),
    );
    let (mut pairs, mut proposed_by) = (Vec::new(), Vec::new());
    for union in 0..claims.len() as u32 {
        let rows = proposed.group_mut(union);
        rows.sort_unstable();
        for same in rows.chunk_by(|a, b| a.0 == b.0) {
            pairs.push((union, same[0].0));
            proposed_by.push(same.iter().fold(0, |rules, (_, bit)| rules | bit));
        }
    }
    let mut sample = beyond;
    sample.extend(pairs.iter().filter(|(union, _)| sampled[*union as usize]));
    sample.sort_unstable();
    sample.dedup();
    Ok(Candidates {
        pairs,
        proposed_by,
        sample,
        sampled: sampled.iter().filter(|is_sampled| **is_sampled).count() as u64,
        rules: report,
    })
}

/// Enterprises that bear a code the union states, or one a slip away from it.
fn code_pairs(claims: &[Claim], table: &EnterpriseTable) -> Vec<(u32, u32)> {
    const MOST_PER_CODE: usize = 20;
    let mut pairs = Vec::new();
    for (union, claim) in claims.iter().enumerate() {
        let code = &claim.code;
        let mut push = |rows: &mut dyn Iterator<Item = u32>| {
            pairs.extend(rows.take(MOST_PER_CODE).map(|row| (union as u32, row)));
        };
        code.uscc
            .iter()
            .chain(&code.near)
            .for_each(|key| push(&mut table.by_uscc.rows(*key)));
        code.org.iter().for_each(|key| push(&mut table.by_org.rows(*key)));
        code.reg.iter().for_each(|key| push(&mut table.by_reg.rows(*key)));
    }
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// The enterprises where most of a union's members are insured.
fn vote_pairs(unions: usize, votes: &Votes, table: &EnterpriseTable) -> Vec<(u32, u32)> {
    const MOST_PER_UNION: usize = 4;
    let mut pairs = Vec::new();
    for union in 0..unions as u32 {
        let mut voted: Vec<(u32, &str, u32)> = votes
            .of(union)
            .iter()
            .map(|&(_, row, n)| (n, table.id.value(row as usize), row))
            .collect();
        voted.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
        pairs.extend(voted.iter().take(MOST_PER_UNION).map(|&(_, _, row)| (union, row)));
    }
    pairs
}

/// A key that a union asks for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Ask {
    key: u64,
    kind: u8,
    /// Only firms of this county are meant; [`ANYWHERE`]: all.
    county: i32,
    /// A union that asks only because it was sampled bears [`BEYOND`].
    union: u32,
}

const ANYWHERE: i32 = 0;
const BEYOND: u32 = 1 << 31;

impl Ask {
    fn is_same_key(&self, other: &Ask) -> bool {
        (self.key, self.kind, self.county) == (other.key, other.kind, other.county)
    }
}

/// What all unions ask for, in the order of the keys.
fn asked(claims: &[Claim], sampled: &[bool], table: &EnterpriseTable, threads: usize) -> Vec<Ask> {
    let parts = parallel::parts(claims.len(), threads, |range| {
        let mut asked = Vec::new();
        let mut keys = Vec::with_capacity(64);
        for number in range {
            let (claim, union) = (&claims[number], number as u32);
            push_asked(claim, union, table, &mut keys, &mut asked);
            if sampled[number] {
                keys.clear();
                claim
                    .names
                    .iter()
                    .for_each(|form| push_slips(&core_chars(form), &mut keys));
                push_all(&keys, ANYWHERE, union | BEYOND, &mut asked);
            }
        }
        asked.sort_unstable();
        asked.dedup();
        asked
    });
    let mut asked = parts.concat();
    // Two or three ordered runs: a stable sort merges them.
    asked.sort();
    asked
}

fn push_all(keys: &[(u8, u64)], county: i32, union: u32, asked: &mut Vec<Ask>) {
    asked.extend(keys.iter().map(|&(kind, key)| Ask {
        key,
        kind,
        county,
        union,
    }));
}

/// Pairs (union, enterprise row, bit of the rule).
type Proposed = Vec<(u32, u32, u32)>;

/// Looks the keys up and turns them into pairs, and into those that only sampled unions ask for, skipping keys beyond their
/// rule's limit.
fn answered(
    asked: &[Ask],
    table: &EnterpriseTable,
    threads: usize,
) -> Result<(Proposed, Vec<(u32, u32)>, Vec<BlockingRule>)> {
    let keys: Vec<&[Ask]> = asked.chunk_by(Ask::is_same_key).collect();
    let parts = parallel::parts(keys.len(), threads, |range| answered_part(&keys[range], table));
    let mut report: Vec<BlockingRule> = RULES
        .iter()
        .map(|(rule, label, _)| BlockingRule {
            rule: (*rule).to_owned(),
            label: (*label).to_owned(),
            ..BlockingRule::default()
        })
        .collect();
    let (mut pairs, mut beyond) = (Vec::new(), Vec::new());
    for part in parts {
        let (part_pairs, part_beyond, counted) = part?;
        pairs.extend(part_pairs);
        beyond.extend(part_beyond);
        for (rule, (found, skipped)) in report.iter_mut().zip(counted) {
            rule.pairs += found;
            rule.skipped_keys += skipped;
        }
    }
    Ok((pairs, beyond, report))
}

/// Parts of its keys for which a thread opens the leads anew, so that only a part of their pages is in memory at once.
const STRETCHES: usize = 8;

/// Pairs, pairs of sampled unions, and of each rule the pairs and the keys skipped.
type Answered = (Proposed, Vec<(u32, u32)>, [(u64, u64); KINDS]);

fn answered_part(keys: &[&[Ask]], table: &EnterpriseTable) -> Result<Answered> {
    let (mut pairs, mut beyond) = (Proposed::new(), Vec::new());
    let mut counted = [(0, 0); KINDS];
    for stretch in keys.chunks(keys.len().div_ceil(STRETCHES).max(1)) {
        let leads = table.leads()?;
        let mut walk = leads.walk();
        for asking in stretch {
            let rows = rows_of(asking[0], table, &mut walk)?;
            let rule = usize::from(asking[0].kind);
            if rows.len() > RULES[rule].2 {
                counted[rule].1 += 1;
                continue;
            }
            let linking = asking.iter().filter(|ask| ask.union & BEYOND == 0).count();
            counted[rule].0 += (rows.len() * linking) as u64;
            for row in rows {
                for ask in *asking {
                    if ask.union & BEYOND == 0 {
                        pairs.push((ask.union, row, 1 << rule));
                    } else {
                        beyond.push((ask.union & !BEYOND, row));
                    }
                }
            }
        }
    }
    Ok((pairs, beyond, counted))
}

/// The firms that an asked key leads to.
fn rows_of(ask: Ask, table: &EnterpriseTable, walk: &mut Walk<'_>) -> Result<Vec<u32>> {
    match ask.kind {
        NAME => Ok(table.by_name.rows(ask.key as i64).collect()),
        CORE => Ok(table.by_core.rows(ask.key as i64).collect()),
        _ => {
            let mut rows = walk.rows(ask.key)?;
            rows.retain(|&row| ask.county == ANYWHERE || table.county_of(row) == Some(ask.county));
            Ok(rows)
        }
    }
}

/// Values by the number of their group, in one list.
struct Grouped<T> {
    firsts: Vec<u32>,
    values: Vec<T>,
}

impl<T: Copy + Default> Grouped<T> {
    /// Puts values into `groups` groups; within one they keep their order.
    fn of(groups: usize, values: impl Iterator<Item = (u32, T)> + Clone) -> Grouped<T> {
        let mut firsts = vec![0u32; groups + 1];
        for (group, _) in values.clone() {
            firsts[group as usize + 1] += 1;
        }
        let mut sum = 0;
        for first in &mut firsts {
            sum += *first;
            *first = sum;
        }
        let mut next = firsts.clone();
        let mut grouped = vec![T::default(); sum as usize];
        for (group, value) in values {
            let at = &mut next[group as usize];
            grouped[*at as usize] = value;
            *at += 1;
        }
        Grouped {
            firsts,
            values: grouped,
        }
    }

    fn group_mut(&mut self, group: u32) -> &mut [T] {
        let group = group as usize;
        &mut self.values[self.firsts[group] as usize..self.firsts[group + 1] as usize]
    }
}

fn stands_as_it_is(form: &NameForm, county: Option<i32>, table: &EnterpriseTable) -> bool {
    const MOST_LOOKED_AT: usize = 50;
    table.by_core.rows(form.core_key).take(MOST_LOOKED_AT).any(|row| {
        let there = table.county_of(row);
        county.is_none() || there.is_none() || county == there
    })
}

/// What one union asks for; `keys` is room for the keys of one kind of asking.
fn push_asked(
    claim: &Claim,
    union: u32,
    table: &EnterpriseTable,
    keys: &mut Vec<(u8, u64)>,
    asked: &mut Vec<Ask>,
) {
    for form in &claim.names {
        let core = core_chars(form);
        keys.clear();
        if core.len() >= 2 {
            keys.push((NAME, form.normal_key as u64));
            keys.push((CORE, form.core_key as u64));
        }
        push_keys(&values(claim, &form.brand, &core), keys);
        // The union's stated name may be the old one.
        push_former(form.normal_key, form.core_key, keys);
        push_all(keys, ANYWHERE, union, asked);
        // A name that a firm of the place bears as it is needs no search for slips.
        if !stands_as_it_is(form, claim.county, table) {
            keys.clear();
            push_slips(&core, keys);
            push_all(keys, claim.county.unwrap_or(ANYWHERE), union, asked);
        }
    }
    if claim.names.is_empty() {
        keys.clear();
        push_keys(&values(claim, "", &[]), keys);
        push_all(keys, ANYWHERE, union, asked);
    }
}

fn values<'a>(claim: &'a Claim, brand: &'a str, core: &'a [char]) -> Values<'a> {
    Values {
        brand,
        core,
        boss: claim.legal_rep.as_deref(),
        phone: claim.phone,
        address: claim.address,
        county: claim.county,
        town: claim.town,
    }
}

fn core_chars(form: &NameForm) -> Vec<char> {
    form.core().chars().collect()
}
