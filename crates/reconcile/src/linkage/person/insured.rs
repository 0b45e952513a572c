//! Insured persons: who is insured where, which row stands for a person, how many are insured at an employer now.

use super::super::mention::{MentionPool, Resolution};
use super::name::{NameLikeness, likeness};
use crate::error::Result;
use crate::scan::{fold, typed};
use arrow::array::{Array, Date32Array, Int64Array, RecordBatch, StringArray, UInt8Array};
use codes::resident_id::{IdStatus, PartTokens};
use codes::text::key64;
use codes::time::Day;
use datafusion::prelude::SessionContext;
use engines::matching::frequency::KeyMap;
use std::cmp::Ordering;
use std::path::Path;

const TABLE: &str = "insurance";
/// No start day, or none that could be read: sorts before every day.
const NO_DAY: i32 = i32::MIN;

/// Many short texts in one buffer.
#[derive(Default)]
pub struct Texts {
    bytes: String,
    ends: Vec<u32>,
}

impl Texts {
    /// Adds a text.
    pub fn push(&mut self, text: &str) {
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len() as u32);
    }

    /// Text number `i`.
    pub fn get(&self, i: usize) -> &str {
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
    parts: Vec<PartTokens>,
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
    /// All rows of numbers under which quite different names are insured: as many persons as names.
    shared: KeyMap<Vec<u32>>,
    /// Place by record number, of the rows that nothing else may tell apart.
    places: KeyMap<u32>,
    mentions: usize,
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
        shared: KeyMap::default(),
        places: KeyMap::default(),
        mentions: pool.mentions.len(),
    };
    let ties = insured.choose_rows();
    if let Some(path) = path {
        insured.break_ties(&ties, path)?;
    }
    Ok(insured)
}

async fn read(context: &SessionContext, path: &Path, as_of: Day) -> Result<Vec<Part>> {
    let columns = [
        "id_token",
        "id_status",
        "id_parts",
        "name",
        "mention_key",
        "employer_code",
        "employer_name",
        "start",
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
    let parts = typed::<Int64Array>(batch, TABLE, "id_parts").ok();
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
        part.parts.push(part_tokens(parts, i));
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

/// What can be seen of a row's number; nothing in files from before parts were kept.
pub(super) fn part_tokens(column: Option<&Int64Array>, i: usize) -> PartTokens {
    let word = column
        .filter(|column| column.is_valid(i))
        .map(|column| column.value(i));
    PartTokens::from_word(word.unwrap_or(0))
}

/// What tells a person apart: the citizen number; a passport or permit, which has no check character that would betray a
/// slip or a made-up number, only together with the very name.
pub(super) fn person_key(status: u8, token: i64, name: &str) -> Option<i64> {
    match IdStatus::from_u8(status)? {
        IdStatus::Ok | IdStatus::From15 => Some(token),
        IdStatus::OtherDocument if !name.is_empty() => Some(token ^ key64(name)),
        _ => None,
    }
}

/// Only a full citizen number betrays a slip; fifteen digits and passports may carry one unseen.
pub(super) fn is_sound(status: u8) -> bool {
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

    /// Mentions that rows may have: their numbers lie below.
    pub fn mentions(&self) -> usize {
        self.mentions
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

    /// What can be seen of the row's number.
    pub fn parts(&self, row: u32) -> PartTokens {
        let (part, i) = self.at(row);
        part.parts[i]
    }

    /// The row that stands for the person of this row: another one only if the number was read and its name is alike.
    pub fn person(&self, row: u32) -> u32 {
        let (part, i) = self.at(row);
        part.token[i]
            .and_then(|token| self.bearer(token.get(), part.name.get(i)))
            .filter(|best| likeness(self.name(*best), part.name.get(i)) != NameLikeness::Other)
            .unwrap_or(row)
    }

    /// The row that stands for the bearer of a number; of several persons under one number the one of this name.
    pub(super) fn bearer(&self, token: i64, name: &str) -> Option<u32> {
        let best = *self.best.get(&token)?;
        match self.shared.get(&token) {
            None => Some(best),
            Some(rows) => rows
                .iter()
                .copied()
                .min_by(|&a, &b| {
                    let is_another = |row| likeness(name, self.name(row)) == NameLikeness::Other;
                    is_another(a).cmp(&is_another(b)).then_with(|| self.order(a, b))
                })
                .or(Some(best)),
        }
    }

    /// Key of a row's name.
    pub fn name_key(&self, row: u32) -> i64 {
        key64(self.name(row))
    }

    /// A row's name in normal form.
    pub fn name(&self, row: u32) -> &str {
        let (part, i) = self.at(row);
        part.name.get(i)
    }

    /// Rows of a person in the order in which they stand for it: currently insured before ended, then latest start, then
    /// smallest record number.
    fn order(&self, left: u32, right: u32) -> Ordering {
        let place = |row: u32| self.places.get(&i64::from(row)).copied().unwrap_or(row);
        self.standing(right)
            .cmp(&self.standing(left))
            .then_with(|| place(left).cmp(&place(right)))
    }

    fn standing(&self, row: u32) -> (bool, i32) {
        let (part, i) = self.at(row);
        (part.now[i], part.start[i])
    }

    /// Returns the rows that are level with the one chosen, with their numbers' keys: only their record numbers decide.
    fn choose_rows(&mut self) -> Vec<(i64, u32)> {
        let mut best: KeyMap<u32> = KeyMap::default();
        best.reserve(self.len() / 2);
        let mut shared: KeyMap<Vec<u32>> = KeyMap::default();
        let mut ties = Vec::new();
        for (part, &first) in self.parts.iter().zip(&self.firsts) {
            for (i, token) in part.token.iter().enumerate() {
                let Some(token) = token else { continue };
                let row = first + i as u32;
                best.entry(token.get())
                    .and_modify(|kept| {
                        if likeness(self.name(*kept), part.name.get(i)) == NameLikeness::Other {
                            shared.entry(token.get()).or_default();
                        }
                        match self.standing(row).cmp(&self.standing(*kept)) {
                            Ordering::Greater => *kept = row,
                            Ordering::Equal => ties.push((token.get(), row)),
                            Ordering::Less => {}
                        }
                    })
                    .or_insert(row);
            }
        }
        ties.retain(|(token, row)| self.standing(*row) == self.standing(best[token]));
        self.best = best;
        self.gather_shared(shared);
        ties
    }

    /// Reads the record numbers of rows that are level, and of those that share a number under different names.
    fn break_ties(&mut self, ties: &[(i64, u32)], path: &Path) -> Result<()> {
        let mut rows: Vec<u32> = ties
            .iter()
            .flat_map(|(token, row)| [*row, self.best[token]])
            .chain(self.shared.values().flatten().copied())
            .collect();
        rows.sort_unstable();
        rows.dedup();
        let mut by_id: Vec<(String, u32)> = lake::texts_at(path, "ins_id", &rows)?
            .into_iter()
            .zip(rows)
            .collect();
        by_id.sort_unstable();
        self.places = by_id
            .into_iter()
            .zip(0..)
            .map(|((_, row), place)| (i64::from(row), place))
            .collect();
        for &(token, row) in ties {
            let kept = self.best[&token];
            if self.order(row, kept).is_lt() {
                self.best.insert(token, row);
            }
        }
        Ok(())
    }

    fn gather_shared(&mut self, mut shared: KeyMap<Vec<u32>>) {
        if !shared.is_empty() {
            for (part, &first) in self.parts.iter().zip(&self.firsts) {
                for (i, token) in part.token.iter().enumerate() {
                    if let Some(rows) = token.and_then(|token| shared.get_mut(&token.get())) {
                        rows.push(first + i as u32);
                    }
                }
            }
        }
        self.shared = shared;
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
