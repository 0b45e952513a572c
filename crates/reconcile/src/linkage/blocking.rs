//! Candidate pairs: which enterprises a union is compared with at all.
//!
//! Cheap rules, each an equality of one hashed key, and two that look a code or a vote up. The small side asks: the keys of
//! all unions go into one table and the register streams past it once, so no posting list over 1.5 million rows is ever
//! built. A key that too many enterprises share (an agent's phone, 60 firms at one address) is skipped and reported.

use super::frequency::smallest;
use super::vote::Votes;
use crate::parallel;
use crate::table::{EnterpriseTable, UnionRow, int, text};
use engines::matching::frequency::KeyMap;
use engines::matching::{Claim, NameForm};
use lake::link_report::BlockingRule;

/// The rules, with the number of enterprises per key from which on a key is skipped.
const RULES: [(&str, &str, usize); 13] = [
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

/// One side's values from which keys are made.
struct Values<'a> {
    normal: i64,
    core_key: i64,
    brand: &'a str,
    core: &'a [char],
    boss: Option<&'a str>,
    phone: Option<i64>,
    address: Option<i64>,
    county: Option<i32>,
    town: Option<i64>,
}

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
    /// The enterprises to be compared with a union.
    pub fn of(&self, union: u32) -> impl Iterator<Item = u32> + '_ {
        let from = self.pairs.partition_point(|(u, _)| *u < union);
        self.pairs[from..]
            .iter()
            .take_while(move |(u, _)| *u == union)
            .map(|&(_, row)| row)
    }
}

/// Unions whose pairs with strangers are counted without a bound on place.
const SAMPLED_UNIONS: usize = 2_000;

/// All candidate pairs and what each rule proposed.
pub fn candidate_pairs(
    unions: &[UnionRow],
    claims: &[Claim],
    votes: &Votes,
    table: &EnterpriseTable,
    threads: usize,
) -> Candidates {
    let mut sampled = vec![false; claims.len()];
    smallest(unions.len(), SAMPLED_UNIONS, |i| unions[i].key)
        .into_iter()
        .for_each(|i| sampled[i] = true);
    let asked = Asked::of(claims, &sampled, table);
    let hits = parallel::parts(table.len(), threads, |range| {
        let mut hits: Vec<(u32, u32)> = Vec::new();
        let mut keys = Vec::with_capacity(64);
        let (mut core, mut texts) = (Vec::new(), Vec::new());
        for row in range {
            keys.clear();
            entity_keys(table, row as u32, &asked, &mut core, &mut texts, &mut keys);
            hits.extend(
                keys.iter()
                    .filter_map(|(_, key)| asked.find(*key))
                    .map(|entry| (entry, row as u32)),
            );
        }
        hits
    });
    let mut hits: Vec<(u32, u32)> = hits.into_iter().flatten().collect();
    hits.sort_unstable();
    hits.dedup();
    let (mut proposed, beyond, mut report) = asked.expand(&hits);
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
    proposed.sort_unstable();
    let by_pair = || proposed.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1));
    let pairs: Vec<(u32, u32)> = by_pair().map(|same| (same[0].0, same[0].1)).collect();
    let proposed_by = by_pair()
        .map(|same| same.iter().fold(0, |rules, (_, _, bit)| rules | bit))
        .collect();
    let mut sample = beyond;
    sample.extend(pairs.iter().filter(|(union, _)| sampled[*union as usize]));
    sample.sort_unstable();
    sample.dedup();
    Candidates {
        pairs,
        proposed_by,
        sample,
        sampled: sampled.iter().filter(|is_sampled| **is_sampled).count() as u64,
        rules: report,
    }
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

/// What the unions ask for: key → unions.
struct Asked {
    entries: KeyMap<u32>,
    rules: Vec<u8>,
    /// A union that asks only because it was sampled bears [`BEYOND`].
    unions: Vec<Vec<u32>>,
    /// One bit per key prefix: most enterprises' keys are asked by nobody and stop here.
    sieve: Vec<u64>,
    /// The same for texts with one character left out, before a place is added to them.
    texts: Vec<u64>,
}

const SIEVE_BITS: u32 = 23;
const BEYOND: u32 = 1 << 31;

impl Asked {
    fn of(claims: &[Claim], sampled: &[bool], table: &EnterpriseTable) -> Asked {
        let mut asked = Asked {
            entries: KeyMap::default(),
            rules: Vec::new(),
            unions: Vec::new(),
            sieve: vec![0; 1 << (SIEVE_BITS - 6)],
            texts: vec![0; 1 << (SIEVE_BITS - 6)],
        };
        let mut keys = Vec::with_capacity(64);
        let mut texts = Vec::with_capacity(32);
        for (number, claim) in claims.iter().enumerate() {
            keys.clear();
            claim_keys(claim, table, &mut keys, &mut texts);
            keys.sort_unstable();
            keys.dedup();
            for &(rule, key) in &keys {
                asked.enter(rule, key, number as u32);
            }
            if sampled[number] {
                keys.clear();
                for form in &claim.names {
                    let from = texts.len();
                    push_slips(&core_chars(form), &mut texts);
                    keys.extend(texts[from..].iter().map(|text| slip(*text, Reach::Anywhere)));
                }
                for &(rule, key) in &keys {
                    asked.enter(rule, key, number as u32 | BEYOND);
                }
            }
            for text in texts.drain(..) {
                mark(&mut asked.texts, text);
            }
        }
        asked
    }

    fn enter(&mut self, rule: u8, key: u64, union: u32) {
        mark(&mut self.sieve, key);
        let next = self.unions.len() as u32;
        let entry = *self.entries.entry(key as i64).or_insert(next);
        if entry == next {
            self.rules.push(rule);
            self.unions.push(Vec::new());
        }
        self.unions[entry as usize].push(union);
    }

    fn find(&self, key: u64) -> Option<u32> {
        if !is_marked(&self.sieve, key) {
            return None;
        }
        self.entries.get(&(key as i64)).copied()
    }

    /// Turns sorted hits (entry, row) into pairs, and into those that only sampled unions ask for, skipping entries beyond
    /// their rule's limit.
    fn expand(&self, hits: &[(u32, u32)]) -> (Vec<(u32, u32, u32)>, Vec<(u32, u32)>, Vec<BlockingRule>) {
        let mut report: Vec<BlockingRule> = RULES
            .iter()
            .map(|(rule, label, _)| BlockingRule {
                rule: (*rule).to_owned(),
                label: (*label).to_owned(),
                ..BlockingRule::default()
            })
            .collect();
        let mut pairs = Vec::new();
        let mut beyond = Vec::new();
        for group in hits.chunk_by(|a, b| a.0 == b.0) {
            let entry = group[0].0 as usize;
            let rule = self.rules[entry] as usize;
            if group.len() > RULES[rule].2 {
                report[rule].skipped_keys += 1;
                continue;
            }
            let asking = self.unions[entry].iter().filter(|union| **union & BEYOND == 0);
            report[rule].pairs += (group.len() * asking.count()) as u64;
            for &(_, row) in group {
                for &union in &self.unions[entry] {
                    if union & BEYOND == 0 {
                        pairs.push((union, row, 1 << rule));
                    } else {
                        beyond.push((union & !BEYOND, row));
                    }
                }
            }
        }
        (pairs, beyond, report)
    }
}

/// Sets the bit of a hash.
fn mark(sieve: &mut [u64], hash: u64) {
    let bit = (hash >> (64 - SIEVE_BITS)) as usize;
    sieve[bit / 64] |= 1 << (bit % 64);
}

/// False only if the hash was never marked.
fn is_marked(sieve: &[u64], hash: u64) -> bool {
    let bit = (hash >> (64 - SIEVE_BITS)) as usize;
    sieve[bit / 64] >> (bit % 64) & 1 == 1
}

fn stands_as_it_is(form: &NameForm, county: Option<i32>, table: &EnterpriseTable) -> bool {
    const MOST_LOOKED_AT: usize = 50;
    table.by_core.rows(form.core_key).take(MOST_LOOKED_AT).any(|row| {
        let there = table.county_of(row);
        county.is_none() || there.is_none() || county == there
    })
}

fn claim_keys(claim: &Claim, table: &EnterpriseTable, keys: &mut Vec<(u8, u64)>, texts: &mut Vec<u64>) {
    for form in &claim.names {
        let core = core_chars(form);
        let values = Values {
            normal: form.normal_key,
            core_key: form.core_key,
            brand: &form.brand,
            core: &core,
            boss: claim.legal_rep.as_deref(),
            phone: claim.phone,
            address: claim.address,
            county: claim.county,
            town: claim.town,
        };
        push_keys(&values, keys);
        // A name that a firm of the place bears as it is needs no search for slips.
        if !stands_as_it_is(form, claim.county, table) {
            let reach = claim.county.map_or(Reach::Anywhere, Reach::County);
            let from = texts.len();
            push_slips(&core, texts);
            keys.extend(texts[from..].iter().map(|text| slip(*text, reach)));
        }
        // The union's stated name may be the old one.
        push_name(2, form.normal_key, form.core_key, keys);
    }
    if claim.names.is_empty() {
        push_keys(
            &Values {
                normal: 0,
                core_key: 0,
                brand: "",
                core: &[],
                boss: claim.legal_rep.as_deref(),
                phone: claim.phone,
                address: claim.address,
                county: claim.county,
                town: claim.town,
            },
            keys,
        );
    }
}

/// `core` and `texts` are room for the characters of the name and for what is left of it without one of them.
fn entity_keys(
    table: &EnterpriseTable,
    row: u32,
    asked: &Asked,
    core: &mut Vec<char>,
    texts: &mut Vec<u64>,
    keys: &mut Vec<(u8, u64)>,
) {
    let (i, name) = (row as usize, table.name_view(row));
    let county = table.county_of(row);
    core.clear();
    for part in [name.brand, name.trade, name.branch.unwrap_or("")] {
        core.extend(part.chars());
    }
    let values = Values {
        normal: name.normal_key,
        core_key: name.core_key,
        brand: name.brand,
        core,
        boss: text(&table.legal_rep, i),
        phone: int(&table.phone_token, i),
        address: int(&table.address_key, i),
        county,
        town: table.town_of(row),
    };
    push_keys(&values, keys);
    texts.clear();
    push_slips(core, texts);
    for &text in texts.iter().filter(|text| is_marked(&asked.texts, **text)) {
        keys.push(slip(text, Reach::Anywhere));
        keys.extend(county.map(|county| slip(text, Reach::County(county))));
    }
    for former in table.former.get(&row).into_iter().flatten() {
        push_name(2, former.normal_key, former.core_key, keys);
    }
}

fn core_chars(form: &NameForm) -> Vec<char> {
    form.core().chars().collect()
}

fn push_name(rule: u8, normal: i64, core: i64, keys: &mut Vec<(u8, u64)>) {
    keys.push((rule, mix(u64::from(rule), normal as u64)));
    if core != normal {
        keys.push((rule, mix(u64::from(rule), core as u64)));
    }
}

fn push_keys(values: &Values<'_>, keys: &mut Vec<(u8, u64)>) {
    let mut push = |rule: u8, a: u64, b: u64| keys.push((rule, mix(mix(u64::from(rule), a), b)));
    let core = values.core;
    let n = core.len();
    let county = values.county.map(|c| c as u64);
    let boss = values.boss.filter(|b| !b.is_empty()).map(|b| hash(b.chars()));
    let address = values.address.map(|a| a as u64);
    if n >= 2 {
        push(0, values.normal as u64, 0);
        push(1, values.core_key as u64, 0);
    }
    if let Some(boss) = boss {
        if n >= 2 {
            push(3, boss, hash(core[..2].iter().copied()));
            push(9, boss, hash(core[n - 2..].iter().copied()));
        }
        if let Some(address) = address {
            push(4, boss, address);
        }
        if let Some(town) = values.town {
            push(12, boss, town as u64);
        }
    }
    if let (Some(phone), Some(county)) = (values.phone, county) {
        push(5, phone as u64, county);
    }
    if let Some(address) = address.filter(|_| n >= 2) {
        push(6, hash(core[..2].iter().copied()), address);
    }
    if let Some(county) = county {
        if n >= 4 {
            push(7, hash(core[..4].iter().copied()), county);
        }
        if n >= 5 {
            push(8, hash(core[1..5].iter().copied()), county);
        }
        if !values.brand.is_empty() {
            push(11, hash(values.brand.chars()), county);
        }
    }
}

/// Where names one character apart are looked for. In the whole city there are too many: a stranger whose trade is the same
/// and whose brand shares one of two characters lives in every other town.
#[derive(Clone, Copy)]
enum Reach {
    County(i32),
    Anywhere,
}

fn slip(text: u64, reach: Reach) -> (u8, u64) {
    const RULE: u8 = 10;
    let place = match reach {
        Reach::County(county) => county as u64,
        Reach::Anywhere => 0,
    };
    (RULE, mix(mix(u64::from(RULE), text), place))
}

/// Longest name for which slips are looked for, in characters.
const SLIPS_UP_TO: usize = 16;

/// Two texts one slip apart share a text with one character left out (or one of them is such a text).
fn push_slips(core: &[char], texts: &mut Vec<u64>) {
    if (3..=SLIPS_UP_TO).contains(&core.len()) {
        texts.push(hash(core.iter().copied()));
    }
    if (4..=SLIPS_UP_TO).contains(&core.len()) {
        push_left_out(core, texts);
    }
}

const BASE: u64 = 0x9E37_79B9_7F4A_7C15;

fn hash(chars: impl Iterator<Item = char>) -> u64 {
    chars.fold(0u64, |h, c| {
        h.wrapping_mul(BASE).wrapping_add(u64::from(c as u32) + 1)
    })
}

/// Hashes of the text, of at most [`SLIPS_UP_TO`] characters, with each character left out: from prefix and suffix hashes, in
/// one pass each.
fn push_left_out(chars: &[char], texts: &mut Vec<u64>) {
    let n = chars.len();
    let mut suffix = [(0u64, 1u64); SLIPS_UP_TO + 1];
    for i in (0..n).rev() {
        let (h, power) = suffix[i + 1];
        suffix[i] = (
            (u64::from(chars[i] as u32) + 1)
                .wrapping_mul(power)
                .wrapping_add(h),
            power.wrapping_mul(BASE),
        );
    }
    let mut prefix = 0u64;
    for i in 0..n {
        let (tail, power) = suffix[i + 1];
        // Leaving out either of two equal neighbours gives the same text.
        if i == 0 || chars[i] != chars[i - 1] {
            texts.push(prefix.wrapping_mul(power).wrapping_add(tail));
        }
        prefix = prefix
            .wrapping_mul(BASE)
            .wrapping_add(u64::from(chars[i] as u32) + 1);
    }
}

fn mix(a: u64, b: u64) -> u64 {
    let h = (a ^ b.rotate_left(29))
        .wrapping_mul(0xBF58_476D_1CE4_E5B9)
        .wrapping_add(b);
    let h = (h ^ (h >> 31)).wrapping_mul(0x94D0_49BB_1331_11EB);
    h ^ (h >> 29)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaving_out_one_character_hashes_as_the_shorter_text() {
        for name in ["腾浩户外用品", "宏宏达五金"] {
            let chars: Vec<char> = name.chars().collect();
            let shorter: std::collections::BTreeSet<u64> = (0..chars.len())
                .map(|i| {
                    let mut shorter = chars.clone();
                    shorter.remove(i);
                    hash(shorter.into_iter())
                })
                .collect();
            let mut texts = Vec::new();
            push_left_out(&chars, &mut texts);
            assert_eq!(texts.len(), shorter.len(), "each text once");
            assert_eq!(
                texts.into_iter().collect::<std::collections::BTreeSet<_>>(),
                shorter
            );
        }
    }
}
