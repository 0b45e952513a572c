//! Insured persons: who is insured where, which row stands for a person, how many are insured at an employer now.

use super::super::mention::{MentionPool, Resolution};
use super::name::{NameLikeness, likeness};
use crate::error::Result;
use crate::record::Kept;
use arrow::array::{Array, Date32Array, Int64Array, StringArray, UInt8Array, UInt32Array};
use codes::resident_id::{IdStatus, PartTokens};
use codes::text::key64;
use codes::time::Day;
use engines::matching::frequency::KeyMap;
use lake::records::{NONE, Persons, Records};
use std::cmp::Ordering;
use std::path::Path;

/// No start day, or none that could be read: sorts before every day.
const NO_DAY: i32 = i32::MIN;
/// Marks a person whose number several names share.
const SHARED: u32 = 1 << 31;

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

/// All insured rows.
pub struct Insured {
    records: Option<Records>,
    persons: Persons,
    /// The row that stands for each person, by the person's number, with [`SHARED`].
    best: Vec<u32>,
    /// All rows of numbers under which quite different names are insured, by person: as many persons as names.
    shared: KeyMap<Vec<u32>>,
    /// Place by record number, of the rows that nothing else may tell apart.
    places: KeyMap<u32>,
    status: UInt8Array,
    parts: Option<Int64Array>,
    mention: UInt32Array,
    mentions: usize,
    start: Date32Array,
    now: Vec<bool>,
    unclear: Vec<bool>,
    name: StringArray,
}

/// Reads the insured rows and enters their employers into `pool`.
pub fn load_insured(
    path: Option<&Path>,
    as_of: Day,
    pool: &mut MentionPool,
    threads: usize,
) -> Result<Insured> {
    let Some(path) = path else {
        return Ok(Insured::nobody());
    };
    let records = Records::of::<lake::tables::Insurance>(path)?;
    let mut kept = Kept::of::<lake::tables::Insurance>(&records, threads)?;
    let (start, end): (Date32Array, Date32Array) = (kept.take("start")?, kept.take("end")?);
    let end_status: UInt8Array = kept.take("end_status")?;
    let mentions = records.mentions()?;
    let mut insured = Insured {
        persons: records.persons()?,
        records: Some(records),
        best: Vec::new(),
        shared: KeyMap::default(),
        places: KeyMap::default(),
        status: kept.take("id_status")?,
        parts: kept.take_if_there("id_parts"),
        mention: mentions.of_row.clone(),
        mentions: mentions.len(),
        now: Vec::with_capacity(start.len()),
        unclear: Vec::with_capacity(start.len()),
        start,
        name: kept.take("name")?,
    };
    pool.enter_insurance(mentions);
    insured.judge_dates(&end, &end_status, as_of.to_days_since_epoch());
    let ties = insured.choose_rows();
    insured.break_ties(&ties, path)?;
    Ok(insured)
}

/// What can be seen of a row's number; nothing in files from before parts were kept.
pub(super) fn part_tokens(column: Option<&Int64Array>, i: usize) -> PartTokens {
    let word = column
        .filter(|column| column.is_valid(i))
        .map(|column| column.value(i));
    PartTokens::from_word(word.unwrap_or(0))
}

/// Only a full citizen number betrays a slip; fifteen digits and passports may carry one unseen.
pub(super) fn is_sound(status: u8) -> bool {
    status == IdStatus::Ok as u8
}

impl Insured {
    /// Without an insurance file nobody is known to be insured.
    pub fn nobody() -> Insured {
        Insured {
            records: None,
            persons: Persons {
                keys: Int64Array::from(Vec::<i64>::new()),
                of_row: UInt32Array::from(Vec::<u32>::new()),
                renamed: UInt8Array::from(Vec::<u8>::new()),
            },
            best: Vec::new(),
            shared: KeyMap::default(),
            places: KeyMap::default(),
            status: UInt8Array::from(Vec::<u8>::new()),
            parts: None,
            mention: UInt32Array::from(Vec::<u32>::new()),
            mentions: 0,
            start: Date32Array::from(Vec::<i32>::new()),
            now: Vec::new(),
            unclear: Vec::new(),
            name: StringArray::from(Vec::<&str>::new()),
        }
    }

    fn judge_dates(&mut self, end: &Date32Array, end_status: &UInt8Array, today: i32) {
        for i in 0..self.start.len() {
            let has_start = self.start.is_valid(i);
            let started = has_start && self.start.value(i) <= today;
            // An empty end means still insured; an unreadable one is unknown, which is not the same.
            let is_unread = !end.is_valid(i) && end_status.value(i) != 0;
            let running = !is_unread && (!end.is_valid(i) || end.value(i) >= today);
            self.now.push(started && running);
            let may_have_started = started || !has_start;
            self.unclear
                .push(may_have_started && (running || is_unread) && !(started && running));
        }
    }

    /// Lets the file's pages go from memory until somebody looks at them again.
    pub fn let_go(&self) {
        self.records.iter().for_each(Records::let_go);
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.mention.len()
    }

    /// Employer mention of a row.
    pub fn mention(&self, row: u32) -> u32 {
        self.mention.value(row as usize)
    }

    /// Mentions that rows may have: their numbers lie below.
    pub fn mentions(&self) -> usize {
        self.mentions
    }

    /// True when the row is insured on the as-of day.
    pub fn is_now(&self, row: u32) -> bool {
        self.now[row as usize]
    }

    /// True when the row's number carries a check character that holds.
    pub fn is_sound(&self, row: u32) -> bool {
        is_sound(self.status.value(row as usize))
    }

    /// What can be seen of the row's number.
    pub fn parts(&self, row: u32) -> PartTokens {
        part_tokens(self.parts.as_ref(), row as usize)
    }

    /// The row that stands for the person of this row: another one only if the number was read and its name is alike.
    pub fn person(&self, row: u32) -> u32 {
        let person = self.persons.of_row.value(row as usize);
        if person == NONE {
            return row;
        }
        let best = self.bearer(person, self.name(row));
        if best == row || likeness(self.name(best), self.name(row)) != NameLikeness::Other {
            best
        } else {
            row
        }
    }

    /// For each row of a table of persons the number of the same person here, [`NONE`] for those who are not insured.
    pub(super) fn found_among(&self, others: &Persons) -> Vec<u32> {
        let numbers = others.numbers_among(&self.persons);
        let of_row = others.of_row.values().iter();
        of_row
            .map(|&person| numbers.get(person as usize).copied().unwrap_or(NONE))
            .collect()
    }

    /// The row that stands for the bearer of a number; of several persons under one number the one of this name.
    pub(super) fn bearer(&self, person: u32, name: &str) -> u32 {
        let best = self.best[person as usize];
        if best & SHARED == 0 {
            return best;
        }
        let rows = self.shared.get(&i64::from(person)).map_or(&[][..], Vec::as_slice);
        let first = rows.iter().copied().min_by(|&a, &b| {
            let is_another = |row| likeness(name, self.name(row)) == NameLikeness::Other;
            is_another(a).cmp(&is_another(b)).then_with(|| self.order(a, b))
        });
        first.unwrap_or(best & !SHARED)
    }

    /// Key of a row's name.
    pub fn name_key(&self, row: u32) -> i64 {
        key64(self.name(row))
    }

    /// A row's name in normal form.
    pub fn name(&self, row: u32) -> &str {
        self.name.value(row as usize)
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
        let i = row as usize;
        let start = self.start.is_valid(i).then(|| self.start.value(i));
        (self.now[i], start.unwrap_or(NO_DAY))
    }

    /// Returns the rows that are level with the one chosen, with their persons: only their record numbers decide.
    fn choose_rows(&mut self) -> Vec<(u32, u32)> {
        let mut best = vec![NONE; self.persons.keys.len()];
        let mut shared: KeyMap<Vec<u32>> = KeyMap::default();
        let mut ties = Vec::new();
        let (of_row, renamed) = (self.persons.of_row.values(), self.persons.renamed.values());
        for (&person, row) in of_row.iter().zip(0u32..) {
            if person == NONE {
                continue;
            }
            let kept = &mut best[person as usize];
            if *kept == NONE {
                *kept = row;
                continue;
            }
            // Rows that both bear the first one's name need not be compared.
            if (renamed[row as usize] | renamed[*kept as usize]) != 0
                && likeness(self.name(*kept), self.name(row)) == NameLikeness::Other
            {
                shared.entry(i64::from(person)).or_default();
            }
            match self.standing(row).cmp(&self.standing(*kept)) {
                Ordering::Greater => *kept = row,
                Ordering::Equal => ties.push((person, row)),
                Ordering::Less => {}
            }
        }
        ties.retain(|&(person, row)| self.standing(row) == self.standing(best[person as usize]));
        self.best = best;
        self.gather_shared(shared);
        ties
    }

    /// Reads the record numbers of rows that are level, and of those that share a number under different names.
    fn break_ties(&mut self, ties: &[(u32, u32)], path: &Path) -> Result<()> {
        let mut rows: Vec<u32> = ties
            .iter()
            .flat_map(|&(person, row)| [row, self.best[person as usize]])
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
        for &(person, row) in ties {
            if self.order(row, self.best[person as usize]).is_lt() {
                self.best[person as usize] = row;
            }
        }
        for &person in self.shared.keys() {
            self.best[person as usize] |= SHARED;
        }
        Ok(())
    }

    fn gather_shared(&mut self, mut shared: KeyMap<Vec<u32>>) {
        if !shared.is_empty() {
            for (&person, row) in self.persons.of_row.values().iter().zip(0u32..) {
                if let Some(rows) = shared.get_mut(&i64::from(person)) {
                    rows.push(row);
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
    // Nearly everybody is insured at one employer at a time: only the others are counted by sorting.
    let mut first = vec![NONE; insured.best.len()];
    let mut further: Vec<(u32, u32)> = Vec::new();
    let persons = insured.persons.of_row.values();
    for (i, &mention) in insured.mention.values().iter().enumerate() {
        let Resolution::Enterprise(row) = resolved[mention as usize] else {
            continue;
        };
        if insured.unclear[i] {
            unclear[row as usize] += 1;
        }
        if !insured.now[i] {
            continue;
        }
        if persons[i] == NONE {
            counts[row as usize] += 1;
            continue;
        }
        let first = &mut first[persons[i] as usize];
        if *first == NONE {
            *first = row;
            counts[row as usize] += 1;
        } else if *first != row {
            further.push((row, persons[i]));
        }
    }
    further.sort_unstable();
    further.dedup();
    for (row, _) in further {
        counts[row as usize] += 1;
    }
    (counts, unclear)
}
