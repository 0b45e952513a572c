//! The tables as numbers, and what is compared in them.

use super::level::Level;
use super::lexicon::Lexicon;

/// Most compared fields, swaps included: a pattern keeps four bits of each.
pub const FIELDS_MAX: usize = 32;
/// Most levels of a field: level 0 is "missing" and the last one "anything else".
pub const LEVELS_MAX: usize = 14;

/// Both tables, column by column, as value numbers. A table that is linked with itself stands here once.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    pub lexicons: Vec<Lexicon>,
    /// For each column its cells, by row.
    pub left: Vec<Vec<u32>>,
    /// `None` when the left table is searched for duplicates.
    pub right: Option<Vec<Vec<u32>>>,
    pub left_rows: usize,
    pub right_rows: usize,
}

impl Tables {
    /// The right table's columns.
    pub fn right(&self) -> &[Vec<u32>] {
        self.right.as_deref().unwrap_or(&self.left)
    }

    /// Whether the left table is searched for duplicates.
    pub fn is_one(&self) -> bool {
        self.right.is_none()
    }

    /// Number of all pairs, compared or not.
    pub fn pairs_in_all(&self) -> f64 {
        self.pairing().pairs_in_all()
    }

    /// The rows that are to be linked.
    pub fn pairing(&self) -> Pairing<'_> {
        Pairing {
            lexicons: &self.lexicons,
            left: &self.left,
            right: self.right(),
            left_rows: self.left_rows,
            right_rows: self.right_rows,
            is_one: self.is_one(),
        }
    }

    /// The left table's rows among themselves.
    pub fn within_left(&self) -> Pairing<'_> {
        let one = self.pairing();
        Pairing {
            right: &self.left,
            right_rows: self.left_rows,
            is_one: true,
            ..one
        }
    }

    /// The right table's rows among themselves.
    pub fn within_right(&self) -> Pairing<'_> {
        let one = self.pairing();
        Pairing {
            left: self.right(),
            left_rows: self.right_rows,
            is_one: true,
            ..one
        }
    }
}

/// Two sides whose rows are compared.
#[derive(Clone, Copy, Debug)]
pub struct Pairing<'a> {
    pub lexicons: &'a [Lexicon],
    pub left: &'a [Vec<u32>],
    pub right: &'a [Vec<u32>],
    pub left_rows: usize,
    pub right_rows: usize,
    /// Both sides are one table: each unordered pair of different rows counts once.
    pub is_one: bool,
}

impl Pairing<'_> {
    /// Number of all pairs, compared or not.
    pub fn pairs_in_all(&self) -> f64 {
        let (left, right) = (self.left_rows as f64, self.right_rows as f64);
        if self.is_one {
            left * (left - 1.0) / 2.0
        } else {
            left * right
        }
    }
}

/// One compared field.
#[derive(Clone, Debug)]
pub struct Field {
    pub name: String,
    /// Index of the column in [`Tables`].
    pub column: usize,
    /// Index of the column's lexicon.
    pub lexicon: usize,
    /// Strongest first. What reaches none of them is "anything else".
    pub levels: Vec<Level>,
    /// How much of the evidence follows how rare the value is: 0 none, 1 all of it.
    pub rarity: f64,
}

impl Field {
    /// Number of levels with "missing" and "anything else".
    pub fn level_count(&self) -> usize {
        self.levels.len() + 2
    }

    /// The level of pairs that reach none.
    pub fn other(&self) -> u8 {
        self.levels.len() as u8 + 1
    }
}

/// Two fields whose values people swap (given name and surname): each pair is compared both ways and the better way counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Swap {
    pub first: usize,
    pub second: usize,
}

/// How often each value of a column occurs on each side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub left: Vec<u32>,
    pub right: Vec<u32>,
    /// Cells that say something.
    pub left_filled: u64,
    pub right_filled: u64,
}

impl Counts {
    /// Counts one column.
    pub fn of(tables: &Tables, column: usize, lexicon: usize) -> Counts {
        let values = tables.lexicons[lexicon].len();
        let (left, left_filled) = count(&tables.left[column], values);
        let (right, right_filled) = match &tables.right {
            Some(right) => count(&right[column], values),
            None => (left.clone(), left_filled),
        };
        Counts {
            left,
            right,
            left_filled,
            right_filled,
        }
    }

    /// Cells of both sides with this value.
    pub fn both(&self, value: u32) -> u64 {
        u64::from(self.left[value as usize]) + u64::from(self.right[value as usize])
    }
}

fn count(cells: &[u32], values: usize) -> (Vec<u32>, u64) {
    let mut counts = vec![0u32; values];
    let mut filled = 0;
    for &value in cells.iter().filter(|&&value| value != 0) {
        counts[value as usize] += 1;
        filled += 1;
    }
    (counts, filled)
}
