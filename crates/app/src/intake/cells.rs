//! One row's cells by column name, each read once into a value of `codes`; what cannot be read stays raw beside a reason.

use codes::industry::IndustryCode;
use codes::money::{Fen, MoneyError};
use codes::time::Day;
use domain::dictionary::{self, Dictionary, Unfit};
use domain::intake::Kind;
use office::table::{Cell, Row, TableReader};
use serde_json::{Map, Value, json};

/// A cell that could not be used: it stays raw, its value is unknown. 存疑单元格
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// English column head.
    pub column: &'static str,
    /// What stood in the cell.
    pub raw: String,
    /// Why it was not used, in Chinese.
    pub reason: String,
}

/// Where each known column stands in a file; a column that the file lacks is absent here.
#[derive(Debug, Clone, Default)]
pub struct ColumnMap(Vec<(&'static str, usize)>);

impl ColumnMap {
    /// Looks each column up by its spellings.
    pub fn of(reader: &TableReader, columns: &[(&'static str, &[&str])]) -> ColumnMap {
        ColumnMap(
            columns
                .iter()
                .filter_map(|(name, spellings)| Some((*name, reader.column(spellings)?)))
                .collect(),
        )
    }

    /// These columns in this order, for a form that was typed.
    pub(super) fn in_order(names: impl IntoIterator<Item = &'static str>) -> ColumnMap {
        ColumnMap(names.into_iter().zip(0..).collect())
    }

    /// Whether the file has the column: an absent column keeps the old value in a delta.
    pub fn has(&self, name: &str) -> bool {
        self.index(name).is_some()
    }

    /// Only the columns that a row fills: in a delta an empty cell says nothing. A cell with [`CLEARED`] does.
    pub(super) fn filled_by(&self, row: &Row) -> ColumnMap {
        let is_filled = |at: usize| row.cells.get(at).is_some_and(|cell| !cell.text.is_empty());
        ColumnMap(self.0.iter().copied().filter(|(_, at)| is_filled(*at)).collect())
    }

    /// All but some: a column that a person has set says nothing in a file.
    pub(super) fn without(&self, names: &std::collections::HashSet<String>) -> ColumnMap {
        ColumnMap(
            self.0
                .iter()
                .copied()
                .filter(|(name, _)| !names.contains(*name))
                .collect(),
        )
    }

    /// Only some: of a form what was filled in.
    pub(super) fn only(&self, names: &std::collections::HashSet<String>) -> ColumnMap {
        ColumnMap(
            self.0
                .iter()
                .copied()
                .filter(|(name, _)| names.contains(*name))
                .collect(),
        )
    }

    /// Where it stands, from 0.
    pub(super) fn index(&self, name: &str) -> Option<usize> {
        self.0
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, index)| *index)
    }
}

/// The agreed mark of a cell whose value is to go (清空): in a delta of the register an empty cell leaves the value as it is.
pub const CLEARED: &str = "【清空】";

/// A row seen through a column map.
#[derive(Debug, Clone, Copy)]
pub struct Cells<'a> {
    /// The row as read.
    pub row: &'a Row,
    /// Its columns.
    pub map: &'a ColumnMap,
}

impl<'a> Cells<'a> {
    fn cell(&self, name: &str) -> Option<&'a Cell> {
        self.row.cells.get(self.map.index(name)?)
    }

    /// The cell's text; empty when the cell or the column is, or when the cell says that the value is to go.
    pub fn raw(&self, name: &str) -> &'a str {
        match self.cell(name) {
            Some(cell) if cell.text != CLEARED => &cell.text,
            _ => "",
        }
    }

    /// Why the cell lost digits before it came here.
    pub fn damage(&self, name: &str) -> Option<&'static str> {
        self.cell(name).and_then(|cell| cell.damage)
    }

    /// Text, if there is any.
    pub fn text(&self, name: &str) -> Option<String> {
        let raw = self.raw(name);
        (!raw.is_empty()).then(|| raw.to_owned())
    }

    /// A date of the accepted writings.
    pub fn date(&self, name: &'static str, doubts: &mut Vec<Doubt>) -> Option<Day> {
        self.read(name, dictionary::day, doubts)
    }

    /// A date in the past.
    pub fn past_date(&self, name: &'static str, today: Day, doubts: &mut Vec<Doubt>) -> Option<Day> {
        self.read(name, |raw| dictionary::past_day(raw, today), doubts)
    }

    /// A count of people or things.
    pub fn count(&self, name: &'static str, doubts: &mut Vec<Doubt>) -> Option<i64> {
        self.read(name, dictionary::count, doubts)
    }

    /// A value as the dictionary reads it; one that does not fit is a doubt.
    pub fn read<T>(
        &self,
        name: &'static str,
        read: impl Fn(&str) -> Result<Option<T>, Unfit>,
        doubts: &mut Vec<Doubt>,
    ) -> Option<T> {
        if self.is_spoilt(name, doubts) {
            return None;
        }
        read(self.raw(name)).unwrap_or_else(|unfit| self.doubt(name, unfit.0, doubts))
    }

    /// Whether the cell was ruined before it came here: then it is a doubt, and whatever is left of it is not its value.
    pub fn is_spoilt(&self, name: &'static str, doubts: &mut Vec<Doubt>) -> bool {
        if let Some(reason) = self.damage(name) {
            self.doubt::<()>(name, reason.to_owned(), doubts);
        }
        self.damage(name).is_some()
    }

    /// A name as the dictionary reads it, `plain` otherwise: one that nobody can bear stays as it is written beside a doubt, because a
    /// row without any name could not be found again.
    pub fn named(
        &self,
        name: &'static str,
        read: impl Fn(&str) -> Result<String, Unfit>,
        plain: impl Fn(&str) -> String,
        doubts: &mut Vec<Doubt>,
    ) -> String {
        let raw = self.raw(name);
        if !self.is_spoilt(name, doubts) && !raw.is_empty() {
            match read(raw) {
                Ok(read) => return read,
                Err(unfit) => self.doubt::<()>(name, unfit.0, doubts),
            };
        }
        plain(raw)
    }

    /// Money in yuan or, by `parse`, another unit.
    pub fn money(
        &self,
        name: &'static str,
        parse: impl Fn(&str) -> Result<Fen, MoneyError>,
        doubts: &mut Vec<Doubt>,
    ) -> Option<i64> {
        let raw = self.raw(name);
        if raw.is_empty() && self.is_spoilt(name, doubts) || raw.is_empty() || raw == "-" {
            return None;
        }
        match parse(raw) {
            Ok(fen) => Some(fen.0),
            Err(error) => self.doubt(name, error.to_string(), doubts),
        }
    }

    /// An industry code, as `C24` or deeper.
    pub fn industry(&self, name: &'static str, doubts: &mut Vec<Doubt>) -> Option<String> {
        let raw = self.raw(name);
        if raw.is_empty() {
            return None;
        }
        match IndustryCode::read(raw) {
            Some(code) => Some(code.text()),
            None => self.doubt(name, "不是国民经济行业代码（GB/T 4754）".into(), doubts),
        }
    }

    /// County and town from the two columns, by name or code.
    pub fn place(&self, doubts: &mut Vec<Doubt>) -> (Option<u32>, Option<u64>) {
        let divisions = codes::division::Divisions::shipped();
        let (county_raw, town_raw) = (self.raw("county"), self.raw("street"));
        let mut county = divisions.county_by_name_or_code(county_raw);
        if county.is_none() && !county_raw.is_empty() {
            self.doubt::<()>("county", "不是已知的区县名称或代码".into(), doubts);
        }
        let town = divisions.town_by_name_or_code(county, town_raw);
        if town.is_none() && !town_raw.is_empty() {
            self.doubt::<()>("street", "不是该区县已知的街道、乡镇名称或代码".into(), doubts);
        }
        if county.is_none() && county_raw.is_empty() {
            county = town.and_then(|town| u32::try_from(town / 1000).ok());
        }
        (county, town)
    }

    /// Notes that the cell was not used.
    pub fn doubt<T>(&self, column: &'static str, reason: String, doubts: &mut Vec<Doubt>) -> Option<T> {
        doubts.push(Doubt {
            column,
            raw: self.raw(column).to_owned(),
            reason,
        });
        None
    }
}

/// Whether a column's text never stands in plain outside the sealed reject file.
fn is_sealed(column: &str) -> bool {
    let dictionary = Dictionary::shipped();
    Kind::ALL
        .into_iter()
        .filter_map(|kind| dictionary.element(kind, column))
        .any(|element| element.is_sealed)
}

/// The `unread` column of a lake table and of the register; `None` when every cell could be used. A number that names a
/// person is left out: the reason stays, the text lies sealed with the batch's rejects.
pub fn unread_json(doubts: &[Doubt]) -> Option<String> {
    if doubts.is_empty() {
        return None;
    }
    let told = |doubt: &Doubt| match is_sealed(doubt.column) {
        true => json!({ "reason": doubt.reason }),
        false => json!({ "raw": doubt.raw, "reason": doubt.reason }),
    };
    let cells: Map<String, Value> = doubts
        .iter()
        .map(|doubt| (doubt.column.to_owned(), told(doubt)))
        .collect();
    Some(Value::Object(cells).to_string())
}
