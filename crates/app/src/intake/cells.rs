//! One row's cells by column name, each read once into a value of `codes`; what cannot be read stays raw beside a reason.

use std::sync::Arc;

use codes::industry::IndustryCode;
use codes::money::{Fen, MoneyError};
use codes::text;
use codes::time::Day;
use domain::dictionary::{self, Dictionary, Unfit, ValueType};
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

/// Which texts of a column say that there is nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Nothing {
    /// Any word for nothing (不详、NULL、—).
    Words,
    /// Words that cannot be the name of a person or a sender's key: somebody is called Null.
    WordsNobodyBears,
    /// Only an empty text: a code list, a flag or an operation has words of its own.
    Blank,
}

impl Nothing {
    fn of(kind: Kind, column: &str) -> Nothing {
        match Dictionary::shipped()
            .element(kind, column)
            .map(|one| one.value_type)
        {
            None | Some(ValueType::List | ValueType::Flag) => Nothing::Blank,
            Some(ValueType::Key) => Nothing::WordsNobodyBears,
            Some(ValueType::PersonName) if column == "name" => Nothing::WordsNobodyBears,
            Some(_) => Nothing::Words,
        }
    }

    fn is_said(self, text: &str) -> bool {
        match self {
            Nothing::Words => text::says_nothing(text),
            Nothing::WordsNobodyBears => text::names_nobody(text),
            Nothing::Blank => text.is_empty(),
        }
    }
}

/// A known column of a file.
#[derive(Debug, Clone)]
struct Place {
    name: &'static str,
    at: usize,
    nothing: Nothing,
    /// Further columns of the same element under other heads, and what is said where two of them disagree.
    others: Option<Arc<(Vec<usize>, String)>>,
}

/// Where each known column stands in a file; a column that the file lacks is absent here.
#[derive(Debug, Clone, Default)]
pub struct ColumnMap(Vec<Place>);

impl ColumnMap {
    /// Looks each column of the kind up by its spellings.
    pub fn of(kind: Kind, reader: &TableReader) -> ColumnMap {
        let places = kind.columns().iter().filter_map(|column| {
            let found = reader.columns(&column.spellings);
            let (at, others) = found.split_first()?;
            let heads: Vec<String> = found
                .iter()
                .map(|at| format!("“{}”", reader.heads()[*at]))
                .collect();
            let others = (!others.is_empty()).then(|| {
                let words = format!("{}是同一项，填得不一样，无法判断以哪一列为准", heads.join("、"));
                Arc::new((others.to_vec(), words))
            });
            Some(Place {
                name: column.name,
                at: *at,
                nothing: Nothing::of(kind, column.name),
                others,
            })
        });
        ColumnMap(places.collect())
    }

    /// These columns in this order, for a form that was typed.
    pub(super) fn in_order(kind: Kind, names: impl IntoIterator<Item = &'static str>) -> ColumnMap {
        let places = names.into_iter().enumerate().map(|(at, name)| Place {
            name,
            at,
            nothing: Nothing::of(kind, name),
            others: None,
        });
        ColumnMap(places.collect())
    }

    /// Whether the file has the column: an absent column keeps the old value in a delta.
    pub fn has(&self, name: &str) -> bool {
        self.place(name).is_some()
    }

    /// Only the columns that a row fills: in a delta an empty cell, or a word for nothing, says nothing. A cell with [`CLEARED`] does.
    pub(super) fn filled_by(&self, row: &Row) -> ColumnMap {
        let is_filled = |place: &&Place| match said(row, place) {
            Said::Nothing => false,
            Said::One(_) | Said::Otherwise(_) => true,
        };
        ColumnMap(self.0.iter().filter(is_filled).cloned().collect())
    }

    /// All but some: a column that a person has set says nothing in a file.
    pub(super) fn without(&self, names: &std::collections::HashSet<String>) -> ColumnMap {
        ColumnMap(
            self.0
                .iter()
                .filter(|place| !names.contains(place.name))
                .cloned()
                .collect(),
        )
    }

    /// Only some: of a form what was filled in.
    pub(super) fn only(&self, names: &std::collections::HashSet<String>) -> ColumnMap {
        ColumnMap(
            self.0
                .iter()
                .filter(|place| names.contains(place.name))
                .cloned()
                .collect(),
        )
    }

    fn place(&self, name: &str) -> Option<&Place> {
        self.0.iter().find(|place| place.name == name)
    }

    /// Where it stands, from 0; of several columns the first.
    pub(super) fn index(&self, name: &str) -> Option<usize> {
        self.place(name).map(|place| place.at)
    }
}

/// The agreed mark of a cell whose value is to go (清空): in a delta of the register an empty cell leaves the value as it is.
pub const CLEARED: &str = "【清空】";

/// What the cells of one element say in a row.
enum Said<'a> {
    /// Nothing is written, or a word for nothing.
    Nothing,
    /// This.
    One(&'a Cell),
    /// Several columns say different things: none of them counts. Why, in Chinese.
    Otherwise(&'a str),
}

/// The first filled cell of an element's columns, if no other one says otherwise.
fn said<'a>(row: &'a Row, place: &'a Place) -> Said<'a> {
    let filled = |at: usize| {
        let cell = row.cells.get(at)?;
        (cell.damage.is_some() || !place.nothing.is_said(&cell.text)).then_some(cell)
    };
    let first = filled(place.at);
    let Some(others) = &place.others else {
        return first.map_or(Said::Nothing, Said::One);
    };
    let mut filled = first
        .into_iter()
        .chain(others.0.iter().filter_map(|at| filled(*at)));
    let Some(one) = filled.next() else {
        return Said::Nothing;
    };
    let normal = text::normalise(&one.text);
    match filled.all(|other| text::normalise(&other.text) == normal) {
        true => Said::One(one),
        false => Said::Otherwise(&others.1),
    }
}

/// A row seen through a column map.
#[derive(Debug, Clone, Copy)]
pub struct Cells<'a> {
    /// The row as read.
    pub row: &'a Row,
    /// Its columns.
    pub map: &'a ColumnMap,
}

impl<'a> Cells<'a> {
    fn said(&self, name: &str) -> Said<'a> {
        self.map
            .place(name)
            .map_or(Said::Nothing, |place| said(self.row, place))
    }

    /// The cell's text; empty when the cell or the column is, when the cell says that there is nothing or that the value is to go, and
    /// where two columns of the element disagree.
    pub fn raw(&self, name: &str) -> &'a str {
        match self.said(name) {
            Said::One(cell) if cell.text != CLEARED => &cell.text,
            _ => "",
        }
    }

    /// What stands in the element's columns, as it was written.
    pub fn written(&self, name: &str) -> String {
        let Some(place) = self.map.place(name) else {
            return String::new();
        };
        let others = place.others.iter().flat_map(|others| &others.0);
        let cells = std::iter::once(&place.at)
            .chain(others)
            .filter_map(|at| self.row.cells.get(*at));
        let texts: Vec<&str> = cells
            .map(|cell| cell.text.as_str())
            .filter(|text| !text.is_empty() && *text != CLEARED)
            .collect();
        match self.said(name) {
            Said::One(cell) => cell.text.clone(),
            Said::Nothing => texts.first().copied().unwrap_or_default().to_owned(),
            Said::Otherwise(_) => texts.join(" / "),
        }
    }

    /// Why the element has no value though its columns are filled: they say different things.
    pub fn contest(&self, name: &str) -> Option<&'a str> {
        match self.said(name) {
            Said::Otherwise(words) => Some(words),
            _ => None,
        }
    }

    /// With this every reading of a row begins: elements whose columns disagree are doubts, and have no value.
    pub fn contests(&self) -> Vec<Doubt> {
        let mut doubts = Vec::new();
        for place in self.map.0.iter().filter(|place| place.others.is_some()) {
            if let Some(words) = self.contest(place.name) {
                self.doubt::<()>(place.name, words.to_owned(), &mut doubts);
            }
        }
        doubts
    }

    /// Why the cell lost digits before it came here.
    pub fn damage(&self, name: &str) -> Option<&'static str> {
        match self.said(name) {
            Said::One(cell) => cell.damage,
            _ => None,
        }
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

    /// The last day of a stretch that may have no end.
    pub fn until(&self, name: &'static str, doubts: &mut Vec<Doubt>) -> Option<Day> {
        self.read(name, dictionary::until, doubts)
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
        if raw.is_empty() && self.is_spoilt(name, doubts) || raw.is_empty() {
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
            raw: self.written(column),
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
