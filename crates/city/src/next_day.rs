//! The files of the day after: rows with an `op` (I, U, D) and whole cells, in a folder that the day's import does not
//! read, and beside them what each row changes.

use std::path::Path;

use crate::CityError;
use crate::dice::{Dice, Topic, mix};
use crate::sheet::{Format, Sheet};
use crate::world::World;

/// Shares of a file's rows that are deleted, changed, and followed by a new one: a quarter of a percent together.
const LEAVES: f64 = 0.0004;
const CHANGES: f64 = 0.0016;
const FOLLOWED: f64 = 0.0006;

/// What the next day does to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Stays,
    Leaves,
    Changes,
    /// The row stays and a new one comes beside it.
    Followed,
}

/// The next day's file of one kind, and its truth.
pub(crate) struct NextDay {
    sheet: Sheet,
    truth: Sheet,
    heads: Vec<&'static str>,
    seed: u64,
}

impl NextDay {
    /// Opens `dir/next-day/<kind>` and `dir/truth/next-day/<kind>.csv`.
    pub(crate) fn open(
        world: &World,
        dir: &Path,
        kind: &str,
        format: Format,
        heads: &[&'static str],
    ) -> Result<Self, CityError> {
        let (files, truth) = (dir.join("next-day"), dir.join("truth").join("next-day"));
        for folder in [&files, &truth] {
            std::fs::create_dir_all(folder).map_err(|source| CityError::Io {
                path: folder.clone(),
                source,
            })?;
        }
        let with_op: Vec<&str> = std::iter::once("op").chain(heads.iter().copied()).collect();
        let told = ["op", "key", "column", "before", "after"];
        Ok(Self {
            sheet: Sheet::open(&files, kind, format, &with_op)?,
            truth: Sheet::open(&truth, kind, Format::Csv, &told)?,
            heads: heads.to_vec(),
            seed: kind
                .bytes()
                .fold(mix(world.seed), |sum, byte| mix(sum ^ u64::from(byte))),
        })
    }

    /// What happens to row number `at` of its kind. The story's actors have a quiet day; their rows are not asked about.
    pub(crate) fn fate(&self, at: u64) -> Fate {
        let draw = Dice::new(self.seed, Topic::NextDay, at, 0).unit();
        if draw < LEAVES {
            Fate::Leaves
        } else if draw < LEAVES + CHANGES {
            Fate::Changes
        } else if draw < LEAVES + CHANGES + FOLLOWED {
            Fate::Followed
        } else {
            Fate::Stays
        }
    }

    /// What is drawn for a row that changes or comes.
    pub(crate) fn dice(&self, at: u64) -> Dice {
        Dice::new(self.seed, Topic::NextDay, at, 1)
    }

    pub(crate) fn delete(&mut self, cells: &[&str]) -> Result<(), CityError> {
        self.write("D", cells)?;
        self.truth.row(&["D", cells[0], "", "", ""])
    }

    pub(crate) fn insert(&mut self, cells: &[&str]) -> Result<(), CityError> {
        self.write("I", cells)?;
        self.truth.row(&["I", cells[0], "", "", ""])
    }

    /// The row with one cell changed.
    pub(crate) fn change(&mut self, cells: &[&str], column: &str, value: &str) -> Result<(), CityError> {
        let at = self
            .heads
            .iter()
            .position(|head| *head == column)
            .expect("a column of this kind");
        let mut changed = cells.to_vec();
        changed[at] = value;
        self.write("U", &changed)?;
        self.truth.row(&["U", cells[0], column, cells[at], value])
    }

    fn write(&mut self, op: &str, cells: &[&str]) -> Result<(), CityError> {
        let row: Vec<&str> = std::iter::once(op).chain(cells.iter().copied()).collect();
        self.sheet.row(&row)
    }

    /// Ends both files; tells the data rows.
    pub(crate) fn close(self) -> Result<u64, CityError> {
        self.truth.close()?;
        self.sheet.close()
    }
}
