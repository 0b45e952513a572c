//! What leads from a union to an enterprise (线索): equalities of one hashed key each, such as brand and county, or the legal
//! representative and the last two characters of the name. Both sides make them by the functions here; the record store keeps
//! those of the register in order, each with its row, so that a run looks up what unions ask for and takes no other name apart.

use crate::LakeError;
use crate::key_index::first_from;
use crate::layers::numbers_before;
use arrow::array::UInt64Array;
use arrow::error::ArrowError;
use std::path::PathBuf;

/// Kinds of keys. A kind's number is part of its keys.
pub const KINDS: usize = 13;

/// The name in normal form and its core: looked up in the register's own indices of these, so no leads are kept of them.
pub const NAME: u8 = 0;
pub const CORE: u8 = 1;
/// Kind of keys made of a name that was given up, and of any stated name, which may be the old one.
const FORMER_NAME: u8 = 2;
/// Kind of keys made of names with one character left out.
const ONE_LEFT_OUT: u8 = 10;

/// One side's values from which keys are made.
pub struct Values<'a> {
    pub brand: &'a str,
    /// Brand, trade and branch, character by character.
    pub core: &'a [char],
    pub boss: Option<&'a str>,
    pub phone: Option<i64>,
    pub address: Option<i64>,
    pub county: Option<i32>,
    pub town: Option<i64>,
}

/// The keys of what a side says, as pairs of kind and key.
pub fn push_keys(values: &Values<'_>, keys: &mut Vec<(u8, u64)>) {
    let mut push = |kind: u8, a: u64, b: u64| keys.push((kind, mix(mix(u64::from(kind), a), b)));
    let core = values.core;
    let n = core.len();
    let county = values.county.map(|c| c as u64);
    let boss = values.boss.filter(|b| !b.is_empty()).map(|b| hash(b.chars()));
    let address = values.address.map(|a| a as u64);
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

/// The keys of a name as one that was given up, by the keys of its normal form and of its core.
pub fn push_former(normal: i64, core: i64, keys: &mut Vec<(u8, u64)>) {
    let kind = u64::from(FORMER_NAME);
    keys.push((FORMER_NAME, mix(kind, normal as u64)));
    if core != normal {
        keys.push((FORMER_NAME, mix(kind, core as u64)));
    }
}

/// Longest name for which slips are looked for, in characters.
const SLIPS_UP_TO: usize = 16;

/// The keys that names one slip apart share: of the name, and of what is left of it without one character. They know no place:
/// in the whole city there are too many, a stranger whose trade is the same and whose brand shares one of two characters lives in
/// every other town, so whoever asks must look where the firms are.
pub fn push_slips(core: &[char], keys: &mut Vec<(u8, u64)>) {
    let mut push = |text: u64| keys.push((ONE_LEFT_OUT, mix(mix(u64::from(ONE_LEFT_OUT), text), 0)));
    if (3..=SLIPS_UP_TO).contains(&core.len()) {
        push(hash(core.iter().copied()));
    }
    if (4..=SLIPS_UP_TO).contains(&core.len()) {
        push_left_out(core, push);
    }
}

/// The leads of a register in the order of their keys: of each the key's first bits, in front of the number of its row. A row number
/// takes 21 bits in a city, so 43 are left of a key: of twenty million leads and two hundred thousand keys asked for, every
/// second run or so has two meet by chance, and then compares one pair more.
///
/// Those of an amended register are the list of an earlier one, under a second name, with what changed since ([`Since`]).
#[derive(Clone, Debug)]
pub struct Leads {
    /// The list's file, for those who are led astray by it.
    path: PathBuf,
    /// Rows are numbered as in the register that the list was made for.
    entries: UInt64Array,
    since: Since,
    row_bits: u32,
}

/// What changed since a list of leads was made.
#[derive(Clone, Debug)]
pub(crate) struct Since {
    /// Rows of the register that the list was made for.
    pub(crate) rows: usize,
    /// Those of them that are gone, in order.
    pub(crate) gone: Vec<u32>,
    /// Leads to the rows that came and still are there, in order, with the numbers that they have now.
    pub(crate) came: Vec<u64>,
}

impl Since {
    /// Nothing changed.
    pub(crate) fn nothing(rows: usize) -> Since {
        Since {
            rows,
            gone: Vec::new(),
            came: Vec::new(),
        }
    }

    /// How many rows of that register are left.
    pub(crate) fn kept(&self) -> usize {
        self.rows.saturating_sub(self.gone.len())
    }

    /// Whether this can have become a register of so many rows.
    pub(crate) fn fits(&self, rows: usize) -> bool {
        let is_of_those_that_came =
            |lead: &u64| (self.kept()..rows).contains(&(row_of(*lead, row_bits(rows)) as usize));
        self.kept() <= rows
            && self.gone.is_sorted_by(|a, b| a < b)
            && self.gone.last().is_none_or(|last| (*last as usize) < self.rows)
            && self.came.is_sorted()
            && self.came.iter().all(is_of_those_that_came)
    }

    /// What changed when some rows go as well, by their numbers until now, and others come with these leads.
    pub(crate) fn and(&self, gone: &[u32], came: &[u64], row_bits: u32) -> Since {
        let (below, _) = gone.split_at(gone.partition_point(|row| (*row as usize) < self.kept()));
        let mut all_gone = self.gone.clone();
        all_gone.extend(numbers_before(&self.gone, below));
        all_gone.sort_unstable();
        let stayed = self.came.iter().filter_map(|lead| {
            let row = number_without(gone, row_of(*lead, row_bits))?;
            Some(entry(*lead, row, row_bits))
        });
        let mut all_came: Vec<u64> = stayed.chain(came.iter().copied()).collect();
        all_came.sort_unstable();
        Since {
            rows: self.rows,
            gone: all_gone,
            came: all_came,
        }
    }
}

/// The number of a row when those in an ordered list are taken away; `None` if it is one of them.
fn number_without(gone: &[u32], row: u32) -> Option<u32> {
    let before = gone.partition_point(|gone| *gone < row);
    (gone.get(before) != Some(&row)).then(|| row - before as u32)
}

/// Bits of a row number in a register of so many rows.
pub(crate) fn row_bits(rows: usize) -> u32 {
    const AT_LEAST: u32 = 16;
    (usize::BITS - rows.leading_zeros()).max(AT_LEAST)
}

/// A lead as it is kept.
pub(crate) fn entry(key: u64, row: u32, row_bits: u32) -> u64 {
    (key >> row_bits << row_bits) | u64::from(row)
}

/// The row of a lead.
pub(crate) fn row_of(entry: u64, row_bits: u32) -> u32 {
    (entry & !(u64::MAX << row_bits)) as u32
}

impl Leads {
    /// Takes the ordered leads in a file, and what changed since they were made, for a register of so many rows.
    pub(crate) fn over(path: PathBuf, entries: UInt64Array, since: Since, rows: usize) -> Leads {
        Leads {
            path,
            entries,
            since,
            row_bits: row_bits(rows),
        }
    }

    /// What changed since the list was made.
    pub(crate) fn since(&self) -> &Since {
        &self.since
    }

    /// Looks keys up, each no smaller than the one before.
    pub fn walk(&self) -> Walk<'_> {
        Walk {
            leads: self,
            entries: Cursor::over(self.entries.values()),
            came: Cursor::over(&self.since.came),
        }
    }

    /// All leads as one list, as if it had been made for the register of now.
    #[cfg(test)]
    pub(crate) fn whole(&self) -> Vec<u64> {
        let now = self.entries.values().iter().filter_map(|lead| {
            let row = number_without(&self.since.gone, row_of(*lead, self.row_bits))?;
            Some(entry(*lead, row, self.row_bits))
        });
        let mut all: Vec<u64> = now.chain(self.since.came.iter().copied()).collect();
        all.sort_unstable();
        all
    }
}

/// A way through the leads from the smallest key to the greatest.
#[derive(Debug)]
pub struct Walk<'a> {
    leads: &'a Leads,
    entries: Cursor<'a>,
    came: Cursor<'a>,
}

impl Walk<'_> {
    /// Rows that a key leads to, in order.
    ///
    /// # Errors
    /// The file is damaged: it leads to a row that is not there.
    pub fn rows(&mut self, key: u64) -> Result<Vec<u32>, LakeError> {
        let Leads { since, row_bits, .. } = self.leads;
        let mut rows = Vec::new();
        for lead in self.entries.leads(key, *row_bits) {
            let row = row_of(lead, *row_bits);
            if row as usize >= since.rows {
                return Err(LakeError::Records {
                    path: self.leads.path.clone(),
                    source: ArrowError::InvalidArgumentError(
                        "it leads to a row that is not there".to_owned(),
                    ),
                });
            }
            rows.extend(number_without(&since.gone, row));
        }
        rows.extend(
            self.came
                .leads(key, *row_bits)
                .map(|lead| row_of(lead, *row_bits)),
        );
        Ok(rows)
    }
}

/// Where the last key stood in a list tells about where the next will.
#[derive(Debug)]
struct Cursor<'a> {
    leads: &'a [u64],
    at: usize,
    from: u64,
}

impl<'a> Cursor<'a> {
    fn over(leads: &'a [u64]) -> Cursor<'a> {
        Cursor {
            leads,
            at: 0,
            from: 0,
        }
    }

    /// The leads of a key.
    fn leads(&mut self, key: u64, row_bits: u32) -> impl Iterator<Item = u64> + use<'a> {
        let wanted = entry(key, 0, row_bits);
        let ahead = &self.leads[self.at..];
        let share = u128::from(wanted.saturating_sub(self.from)) * self.leads.len() as u128;
        self.at += first_from(ahead.len(), (share >> 64) as usize, |at| ahead[at] < wanted);
        self.from = wanted;
        self.leads[self.at..]
            .iter()
            .copied()
            .take_while(move |lead| lead >> row_bits == wanted >> row_bits)
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
fn push_left_out(chars: &[char], mut push: impl FnMut(u64)) {
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
            push(prefix.wrapping_mul(power).wrapping_add(tail));
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
            push_left_out(&chars, |text| texts.push(text));
            assert_eq!(texts.len(), shorter.len(), "each text once");
            assert_eq!(
                texts.into_iter().collect::<std::collections::BTreeSet<_>>(),
                shorter
            );
        }
    }
}
