//! The sender's whole file back (整张表): every row in its order, those at fault with 结果 and 原因 behind them and the cells marked, the
//! others as they came. It is made while a file is checked, because only then is the file there; afterwards nothing of it is kept
//! ([decision 6](../../../../docs/decisions/0006-originals-not-kept.md)). Rows pass through; what is said of those at fault lies in memory.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use codes::crypto::FieldKeys;
use office::table::{Row, TableReader};
use office::workbook::{Column, Sheet, Value};
use uuid::Uuid;

use super::rejects::{NOTED_MAX, OWN, Shape, senders, state_of};
use super::sealed::SealedReader;
use super::sift::{KEPT_ROWS_MAX, Record};
use crate::error::AppError;
use crate::export::Out;
use crate::progress::Progress;

/// Rows read and written at a time.
const STEP: usize = 4_096;
/// Rows that go back as a workbook; one sheet holds little more, and an import reads one.
const SHEET_MAX: i64 = 1_000_000;

/// In which form a file goes back whole, if it does: nothing is wrong with it, or with more of it than is kept.
pub(super) fn shape_of(file_name: &str, rows: i64, at_fault: i64) -> Option<Shape> {
    let is_kept = u64::try_from(at_fault).is_ok_and(|rows| (1..=KEPT_ROWS_MAX).contains(&rows));
    is_kept.then(|| match rows > SHEET_MAX {
        true => Shape::Csv,
        false => Shape::of(file_name),
    })
}

/// What a whole file is made from.
pub(super) struct Whole<'a> {
    /// The sealed rows at fault.
    pub rejects: &'a Path,
    /// Where the whole file will lie.
    pub place: &'a Path,
    pub shape: Shape,
    pub title: String,
    pub watermark: String,
    pub owner: Uuid,
    pub keys: Arc<FieldKeys>,
    /// Rows of the file.
    pub rows: i64,
}

impl Whole<'_> {
    /// Reads the file once more and seals what becomes of it.
    ///
    /// # Errors
    /// What reading, writing or sealing refuses; somebody asked to stop.
    pub(super) fn write(self, mut reader: TableReader, progress: &Progress) -> Result<(), AppError> {
        let marks = Marks::read(self.rejects, &self.keys, self.owner)?;
        let heads = senders(reader.heads().to_vec());
        let width = heads.len();
        let own = OWN.map(|head| Column::text(head, if head == "原因" { 60.0 } else { 8.0 }));
        let sheet = Sheet {
            name: "整张表".into(),
            title: Some(self.title),
            columns: heads
                .into_iter()
                .map(|head| Column::text(head, 18.0))
                .chain(own)
                .collect(),
            watermark: Some(self.watermark),
        };
        let mut out = Out::create(self.shape, sheet, self.place, &self.keys, self.owner)?;
        let (mut rows, mut done, mut noted) = (Vec::with_capacity(STEP), 0, 0);
        loop {
            rows.clear();
            let is_more = reader.next_batch(STEP, &mut rows)?;
            for row in &rows {
                out.row(&marks.cells(row, width, &mut noted))?;
            }
            done += rows.len() as u64;
            progress("标注整张表", done, u64::try_from(self.rows).unwrap_or(0))?;
            if !is_more {
                break;
            }
        }
        out.finish(self.place, &self.keys, self.owner)
    }
}

/// What is said of one row.
struct Mark {
    rejected: bool,
    reason: Arc<str>,
    faults: Vec<(usize, Arc<str>)>,
}

/// What is said of the rows at fault, by their numbers. Most say one of few things.
struct Marks(HashMap<u64, Mark>);

impl Marks {
    fn read(path: &Path, keys: &Arc<FieldKeys>, owner: Uuid) -> Result<Marks, AppError> {
        let mut records = SealedReader::<Record>::open(path, Arc::clone(keys), owner)?;
        let mut words: HashSet<Arc<str>> = HashSet::new();
        let mut said = |text: String| match words.get(text.as_str()) {
            Some(known) => Arc::clone(known),
            None => {
                let new: Arc<str> = text.into();
                words.insert(Arc::clone(&new));
                new
            }
        };
        let mut marks: HashMap<u64, Mark> = HashMap::new();
        while let Some(record) = records.next()? {
            let Record::Row {
                number,
                rejected,
                reason,
                faults,
                ..
            } = record
            else {
                continue;
            };
            let mark = Mark {
                rejected,
                reason: said(reason),
                faults: faults.into_iter().map(|(at, why)| (at, said(why))).collect(),
            };
            // A row may be doubtful first and put aside later: then it does not count.
            if !marks.get(&number).is_some_and(|known| known.rejected) {
                marks.insert(number, mark);
            }
        }
        Ok(Marks(marks))
    }

    /// A row as it goes back.
    fn cells<'a>(&'a self, row: &'a Row, width: usize, noted: &mut usize) -> Vec<Value<'a>> {
        let text = |at: usize| row.cells.get(at).map_or("", |cell| cell.text.as_str());
        let mut values: Vec<Value<'_>> = (0..width).map(|at| Value::text(text(at))).collect();
        let Some(mark) = self.0.get(&row.number) else {
            values.extend([Value::Empty, Value::Empty]);
            return values;
        };
        for (at, why) in mark.faults.iter().filter(|(at, _)| *at < width) {
            *noted += 1;
            let note = (*noted <= NOTED_MAX).then(|| why.to_string());
            values[*at] = Value::Marked(Cow::Borrowed(text(*at)), note);
        }
        values.push(Value::Marked(Cow::Borrowed(state_of(mark.rejected)), None));
        values.push(Value::text(&*mark.reason));
        values
    }
}
