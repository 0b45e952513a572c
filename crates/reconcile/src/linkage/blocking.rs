//! Candidate pairs: which enterprises a union is compared with at all.
//!
//! Cheap rules, each an equality of one hashed key, and two that look a code or a vote up. The small side asks: the keys of
//! all unions go into one table and the prints of the register's keys ([`lake::leads`]) stream past it once, so no posting
//! list over 1.5 million rows is ever built, and only firms with a print that is asked for are taken apart. A key that too many enterprises share (an agent's phone, 60 firms at one address) is skipped and reported.

use super::frequency::smallest;
use super::vote::Votes;
use crate::parallel;
use crate::table::{EnterpriseTable, UnionRow, int, text};
use engines::matching::frequency::KeyMap;
use engines::matching::{Claim, NameForm};
use lake::leads::{KINDS, Reach, Values, may_concern, print, push_former, push_keys, push_slips, slip};
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
            if !may_concern(
                table.leads.value(row),
                |key| asked.prints.may_have(key),
                |text| asked.texts.may_have(text),
            ) {
                continue;
            }
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
    /// Prints of the keys, and of the texts with one character left out, before a place is added to them: most enterprises'
    /// are asked for by nobody and stop here.
    prints: Prints,
    texts: Prints,
}

const BEYOND: u32 = 1 << 31;

impl Asked {
    fn of(claims: &[Claim], sampled: &[bool], table: &EnterpriseTable) -> Asked {
        let mut asked = Asked {
            entries: KeyMap::default(),
            rules: Vec::new(),
            unions: Vec::new(),
            prints: Prints::default(),
            texts: Prints::default(),
        };
        let mut keys = Vec::with_capacity(64);
        let mut texts = Vec::new();
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
        }
        asked.prints = Prints::of(asked.entries.keys().map(|key| *key as u64));
        asked.texts = Prints::of(texts.into_iter());
        asked
    }

    fn enter(&mut self, rule: u8, key: u64, union: u32) {
        let next = self.unions.len() as u32;
        let entry = *self.entries.entry(key as i64).or_insert(next);
        if entry == next {
            self.rules.push(rule);
            self.unions.push(Vec::new());
        }
        self.unions[entry as usize].push(union);
    }

    fn find(&self, key: u64) -> Option<u32> {
        self.prints
            .may_have(print(key))
            .then(|| self.entries.get(&(key as i64)).copied())?
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

/// A set of prints that answers "surely not" or "perhaps", four bytes a print: twice the room of a [`super::sieve::Sieve`], since
/// a firm has twenty prints and one false "perhaps" among them takes it apart for nothing.
#[derive(Default)]
struct Prints {
    words: Vec<u64>,
    shift: u32,
}

impl Prints {
    fn of(hashes: impl ExactSizeIterator<Item = u64>) -> Prints {
        let words = (hashes.len() / 2).next_power_of_two().clamp(64, 1 << 20);
        let mut prints = Prints {
            words: vec![0; words],
            shift: 32 - words.trailing_zeros(),
        };
        for hash in hashes {
            let (word, bits) = prints.bits(print(hash));
            prints.words[word] |= bits;
        }
        prints
    }

    /// Two bits of one word, so that a look costs one access.
    fn bits(&self, print: u32) -> (usize, u64) {
        let bits = 1 << (print & 63) | 1 << (print >> 6 & 63);
        ((print >> self.shift) as usize, bits)
    }

    /// False only for a print that is surely not there.
    fn may_have(&self, print: u32) -> bool {
        let (word, bits) = self.bits(print);
        self.words[word] & bits == bits
    }
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
        push_former(form.normal_key, form.core_key, keys);
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
    for &text in texts.iter().filter(|text| asked.texts.may_have(print(**text))) {
        keys.push(slip(text, Reach::Anywhere));
        keys.extend(county.map(|county| slip(text, Reach::County(county))));
    }
    for former in table.former.get(&row).into_iter().flatten() {
        push_former(former.normal_key, former.core_key, keys);
    }
}

fn core_chars(form: &NameForm) -> Vec<char> {
    form.core().chars().collect()
}
