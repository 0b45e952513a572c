//! Insured persons: who is insured where, which row stands for a person, how many are insured at an employer now.

use super::at_employer::Rest;
use super::mention::{MentionPool, Resolution};
use crate::error::Result;
use crate::scan::{fold, typed};
use arrow::array::{Array, Date32Array, Int64Array, RecordBatch, StringArray, UInt8Array};
use codes::resident_id::IdStatus;
use codes::text::{key64, shape_key, sound_key};
use codes::time::Day;
use datafusion::prelude::SessionContext;
use engines::matching::distance::slips;
use engines::matching::frequency::KeyMap;
use std::path::Path;

const TABLE: &str = "insurance";
/// No start day, or none that could be read: sorts before every day.
const NO_DAY: i32 = i32::MIN;

/// Many short texts in one buffer.
#[derive(Default)]
struct Texts {
    bytes: String,
    ends: Vec<u32>,
}

impl Texts {
    fn push(&mut self, text: &str) {
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len() as u32);
    }

    fn get(&self, i: usize) -> &str {
        let from = if i == 0 { 0 } else { self.ends[i - 1] as usize };
        &self.bytes[from..self.ends[i] as usize]
    }
}

/// The insured rows of one partition.
#[derive(Default)]
struct Part {
    pool: MentionPool,
    token: Vec<Option<std::num::NonZeroI64>>,
    /// The number's check character holds.
    sound: Vec<bool>,
    mention: Vec<u32>,
    start: Vec<i32>,
    now: Vec<bool>,
    unclear: Vec<bool>,
    name: Texts,
}

/// All insured rows.
pub struct Insured {
    parts: Vec<Part>,
    firsts: Vec<u32>,
    /// The row that stands for each person, by [`person_key`].
    best: KeyMap<u32>,
}

/// Reads the insured rows and enters their employers into `pool`.
pub async fn load_insured(
    context: &SessionContext,
    path: Option<&Path>,
    as_of: Day,
    pool: &mut MentionPool,
) -> Result<Insured> {
    let mut parts = match path {
        Some(path) => read(context, path, as_of).await?,
        None => Vec::new(),
    };
    let mut firsts = Vec::with_capacity(parts.len());
    let mut first = 0;
    for part in &mut parts {
        let numbers = pool.absorb(std::mem::take(&mut part.pool));
        part.mention.iter_mut().for_each(|m| *m = numbers[*m as usize]);
        firsts.push(first);
        first += part.mention.len() as u32;
    }
    let mut insured = Insured {
        parts,
        firsts,
        best: KeyMap::default(),
    };
    let ties = insured.choose_rows();
    if let Some(path) = path.filter(|_| !ties.is_empty()) {
        insured.break_ties(ties, path)?;
    }
    Ok(insured)
}

async fn read(context: &SessionContext, path: &Path, as_of: Day) -> Result<Vec<Part>> {
    let columns = [
        "id_token",
        "id_status",
        "name",
        "mention_key",
        "employer_code",
        "employer_name",
        "start",
        "start_status",
        "end",
        "end_status",
    ];
    let today = as_of.to_days_since_epoch();
    fold(
        context,
        TABLE,
        path,
        &columns,
        Part::default,
        move |part: &mut Part, batch: &RecordBatch| add_batch(part, batch, today),
    )
    .await
}

fn add_batch(part: &mut Part, batch: &RecordBatch, today: i32) -> Result<()> {
    let token = typed::<Int64Array>(batch, TABLE, "id_token")?;
    let status = typed::<UInt8Array>(batch, TABLE, "id_status")?;
    let name = typed::<StringArray>(batch, TABLE, "name")?;
    let key = typed::<Int64Array>(batch, TABLE, "mention_key")?;
    let code = typed::<StringArray>(batch, TABLE, "employer_code")?;
    let employer = typed::<StringArray>(batch, TABLE, "employer_name")?;
    let start = typed::<Date32Array>(batch, TABLE, "start")?;
    let end = typed::<Date32Array>(batch, TABLE, "end")?;
    let end_status = typed::<UInt8Array>(batch, TABLE, "end_status")?;
    for i in 0..batch.num_rows() {
        part.token.push(
            token
                .is_valid(i)
                .then(|| person_key(status.value(i), token.value(i), name.value(i)))
                .flatten()
                .and_then(std::num::NonZeroI64::new),
        );
        part.sound.push(is_sound(status.value(i)));
        let text = |array: &'_ StringArray| array.is_valid(i).then(|| array.value(i).to_string());
        let number = match part.pool.known(key.value(i)) {
            Some(number) => number,
            None => part
                .pool
                .number(key.value(i), text(code).as_deref(), text(employer).as_deref()),
        };
        part.mention.push(number);
        let from = if start.is_valid(i) { start.value(i) } else { NO_DAY };
        part.start.push(from);
        let started = start.is_valid(i) && from <= today;
        // An empty end means still insured; an unreadable one is unknown, which is not the same.
        let running = if end.is_valid(i) {
            end.value(i) >= today
        } else {
            end_status.value(i) == 0
        };
        part.now.push(started && running);
        part.unclear.push(
            (!start.is_valid(i) && running) || (started && !end.is_valid(i) && end_status.value(i) != 0),
        );
        part.name.push(name.value(i));
    }
    Ok(())
}

/// What tells a person apart: the citizen number; a passport or permit, which has no check character that would betray a
/// slip or a made-up number, only together with the very name.
fn person_key(status: u8, token: i64, name: &str) -> Option<i64> {
    match IdStatus::from_u8(status)? {
        IdStatus::Ok | IdStatus::From15 => Some(token),
        IdStatus::OtherDocument if !name.is_empty() => Some(token ^ key64(name)),
        _ => None,
    }
}

/// Only a full citizen number betrays a slip; fifteen digits and passports may carry one unseen.
fn is_sound(status: u8) -> bool {
    status == IdStatus::Ok as u8
}

impl Insured {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.parts.iter().map(|p| p.mention.len()).sum()
    }

    fn at(&self, row: u32) -> (&Part, usize) {
        let part = self.firsts.partition_point(|first| *first <= row) - 1;
        (&self.parts[part], (row - self.firsts[part]) as usize)
    }

    /// Employer mention of a row.
    pub fn mention(&self, row: u32) -> u32 {
        let (part, i) = self.at(row);
        part.mention[i]
    }

    /// True when the row is insured on the as-of day.
    pub fn is_now(&self, row: u32) -> bool {
        let (part, i) = self.at(row);
        part.now[i]
    }

    /// True when the row's number carries a check character that holds.
    pub fn is_sound(&self, row: u32) -> bool {
        let (part, i) = self.at(row);
        part.sound[i]
    }

    /// The row that stands for the person of this row; None when its number was not read.
    pub fn numbered(&self, row: u32) -> Option<u32> {
        let (part, i) = self.at(row);
        part.token[i].and_then(|token| self.best.get(&token.get()).copied())
    }

    /// Key of a row's name.
    pub fn name_key(&self, row: u32) -> i64 {
        key64(self.name(row))
    }

    fn name(&self, row: u32) -> &str {
        let (part, i) = self.at(row);
        part.name.get(i)
    }

    /// Currently insured before ended, then latest start. Returns the rows that are level with a row seen before them, for
    /// [`Self::break_ties`].
    fn choose_rows(&mut self) -> Vec<(i64, u32)> {
        let mut best: KeyMap<u32> = KeyMap::default();
        best.reserve(self.len() / 2);
        let mut ties = Vec::new();
        for (part, &first) in self.parts.iter().zip(&self.firsts) {
            for (i, token) in part.token.iter().enumerate() {
                let Some(token) = token else { continue };
                let row = first + i as u32;
                best.entry(token.get())
                    .and_modify(|kept| match self.standing(row).cmp(&self.standing(*kept)) {
                        std::cmp::Ordering::Greater => *kept = row,
                        std::cmp::Ordering::Equal => ties.push((token.get(), row)),
                        std::cmp::Ordering::Less => {}
                    })
                    .or_insert(row);
            }
        }
        ties.retain(|(token, row)| self.standing(*row) == self.standing(best[token]));
        self.best = best;
        ties
    }

    fn standing(&self, row: u32) -> (bool, i32) {
        let (part, i) = self.at(row);
        (part.now[i], part.start[i])
    }

    /// Of rows that are level the one with the smallest record number stands for the person.
    fn break_ties(&mut self, ties: Vec<(i64, u32)>, path: &Path) -> Result<()> {
        let mut rows: Vec<u32> = ties
            .iter()
            .flat_map(|(token, row)| [*row, self.best[token]])
            .collect();
        rows.sort_unstable();
        rows.dedup();
        let ids = lake::texts_at(path, "ins_id", &rows)?;
        let id = |row: u32| rows.binary_search(&row).ok().and_then(|i| ids.get(i));
        for (token, row) in ties {
            self.best
                .entry(token)
                .and_modify(|kept| *kept = if id(row) < id(*kept) { row } else { *kept });
        }
        Ok(())
    }
}

/// Persons insured now at each enterprise: distinct readable numbers, plus one for each row without one. The second list
/// counts rows whose dates cannot be read.
pub fn insured_now(insured: &Insured, resolved: &[Resolution], enterprises: usize) -> (Vec<u32>, Vec<u32>) {
    let mut counts = vec![0u32; enterprises];
    let mut unclear = vec![0u32; enterprises];
    let mut persons: Vec<(u32, i64)> = Vec::new();
    for part in &insured.parts {
        for (i, &mention) in part.mention.iter().enumerate() {
            let Resolution::Enterprise(row) = resolved[mention as usize] else {
                continue;
            };
            if part.unclear[i] {
                unclear[row as usize] += 1;
            }
            if !part.now[i] {
                continue;
            }
            match part.token[i] {
                Some(token) => persons.push((row, token.get())),
                None => counts[row as usize] += 1,
            }
        }
    }
    persons.sort_unstable();
    persons.dedup();
    for (row, _) in persons {
        counts[row as usize] += 1;
    }
    (counts, unclear)
}

/// Memberships in the order of their snapshot, with the insured row found for each.
#[derive(Default)]
pub struct MemberLinks {
    /// Number of the union in the sorted list; `u32::MAX` for a union that is not there.
    pub union: Vec<u32>,
    /// Insured row, `u32::MAX` for none.
    pub row: Vec<u32>,
    pub quality: Vec<NameFit>,
    /// Those that the number did not settle.
    pub rest: Vec<Rest>,
    /// Probability of those found at their employer, by position.
    likely: Vec<(u32, f64)>,
}

impl MemberLinks {
    /// Enters a person found at the union's employer. [`Self::finish_settling`] follows the last one.
    pub fn settle(&mut self, at: u32, row: u32, likely: f64) {
        self.row[at as usize] = row;
        self.quality[at as usize] = NameFit::AtEmployer;
        self.likely.push((at, likely));
    }

    /// Puts the probabilities in order; what is left over stays so.
    pub fn finish_settling(&mut self) {
        self.likely.sort_unstable_by_key(|(at, _)| *at);
        self.rest = Vec::new();
    }

    /// Probability of a membership found at its employer.
    pub fn likely(&self, at: u32) -> Option<f64> {
        self.likely
            .binary_search_by_key(&at, |(at, _)| *at)
            .ok()
            .map(|i| self.likely[i].1)
    }
}

/// How the name beside an equal ID number agrees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameFit {
    /// Not found among the insured.
    None,
    Same,
    /// A slip, a lost rare character, or one name missing.
    Near,
    /// Quite another name: a person must look.
    Other,
    /// Found by the name at the union's employer, since the number helped nobody.
    AtEmployer,
}

/// Finds each membership's person among the insured by the ID token.
pub async fn link_members(
    context: &SessionContext,
    path: &Path,
    unions: &KeyMap<u32>,
    insured: std::sync::Arc<Insured>,
) -> Result<Vec<MemberLinks>> {
    let unions = std::sync::Arc::new(unions.clone());
    let columns = ["union_key", "id_token", "id_status", "name"];
    fold(
        context,
        "members",
        path,
        &columns,
        MemberLinks::default,
        move |links: &mut MemberLinks, batch: &RecordBatch| add_members(links, batch, &unions, &insured),
    )
    .await
}

fn add_members(
    links: &mut MemberLinks,
    batch: &RecordBatch,
    unions: &KeyMap<u32>,
    insured: &Insured,
) -> Result<()> {
    const TABLE: &str = "members";
    let union = typed::<Int64Array>(batch, TABLE, "union_key")?;
    let token = typed::<Int64Array>(batch, TABLE, "id_token")?;
    let status = typed::<UInt8Array>(batch, TABLE, "id_status")?;
    let name = typed::<StringArray>(batch, TABLE, "name")?;
    for i in 0..batch.num_rows() {
        links
            .union
            .push(unions.get(&union.value(i)).copied().unwrap_or(u32::MAX));
        let row = token
            .is_valid(i)
            .then(|| person_key(status.value(i), token.value(i), name.value(i)))
            .flatten()
            .and_then(|key| insured.best.get(&key).copied());
        links.row.push(row.unwrap_or(u32::MAX));
        let fit = row.map_or(NameFit::None, |row| name_fit(name.value(i), insured.name(row)));
        links.quality.push(fit);
        if matches!(fit, NameFit::None | NameFit::Other) && !name.value(i).is_empty() {
            links.rest.push(Rest {
                at: links.row.len() as u32 - 1,
                name_key: key64(name.value(i)),
                is_sound: fit == NameFit::None && is_sound(status.value(i)),
            });
        }
    }
    Ok(())
}

/// Equal numbers with different names are two persons on one number (typing error) or one person under two spellings. A
/// surname in common proves nothing: a tenth of the country shares one of three.
fn name_fit(left: &str, right: &str) -> NameFit {
    if left == right {
        return NameFit::Same;
    }
    if left.is_empty() || right.is_empty() {
        return NameFit::Near;
    }
    let (l, r): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let is_part = l.len().min(r.len()) >= 2 && (left.contains(right) || right.contains(left));
    if is_part || slips(&l, &r) <= 1 || differ_in_lost_characters(&l, &r) || same_letters(left, right) {
        return NameFit::Near;
    }
    let alike = |fold: fn(&str) -> String| fold(left) == fold(right);
    if alike(sound_key) || alike(shape_key) {
        NameFit::Near
    } else {
        NameFit::Other
    }
}

/// Rare characters that a system could not store stand as a question mark or a box (D26).
fn differ_in_lost_characters(left: &[char], right: &[char]) -> bool {
    let is_lost = |c: char| matches!(c, '?' | '？' | '□' | '■' | '〓' | '*' | '\u{fffd}');
    left.len() == right.len()
        && left
            .iter()
            .zip(right)
            .all(|(&l, &r)| l == r || is_lost(l) || is_lost(r))
}

/// Latin names come with surname first or last, with and without a comma.
fn same_letters(left: &str, right: &str) -> bool {
    let letters = |name: &str| {
        let mut letters: Vec<char> = name
            .chars()
            .filter(|c| c.is_alphabetic())
            .map(|c| c.to_ascii_uppercase())
            .collect();
        letters.sort_unstable();
        letters
    };
    left.is_ascii() && right.is_ascii() && letters(left) == letters(right)
}
