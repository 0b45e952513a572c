//! XLSX: cells are streamed by a thread of its own, because the library's cell reader borrows the workbook.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use calamine::{DataRef, Reader, SheetType, SheetVisible, Xlsx, XlsxCellReader, open_workbook};

use super::head::{self, Found, HEAD_SEARCH_ROWS, NotFound};
use super::{Cell, OpenOptions, Opened, Row, RowSource, file_name, number_cell, text_cell};
use crate::OfficeError;

type Workbook = Xlsx<std::io::BufReader<std::fs::File>>;

/// Rows a message of the reading thread holds.
const MESSAGE_ROWS: usize = 1024;

pub(super) fn open(path: &Path, options: &OpenOptions<'_>) -> Result<Opened, OfficeError> {
    let file = file_name(path);
    let mut workbook: Workbook =
        open_workbook(path).map_err(|e: calamine::XlsxError| OfficeError::Broken {
            file: file.clone(),
            row: 0,
            reason: "工作簿打不开，里面缺少部件或内容不对".into(),
            cause: e.to_string(),
        })?;
    let mut sheets: Vec<calamine::Sheet> = workbook.sheets_metadata().to_vec();
    sheets.retain(|sheet| sheet.typ == SheetType::WorkSheet);
    // What the sender sees comes first; a hidden sheet is looked at when no other will do.
    sheets.sort_by_key(|sheet| sheet.visible != SheetVisible::Visible);
    let mut chosen: Option<Candidate> = None;
    let mut refusal: Option<(String, NotFound)> = None;
    for sheet in &sheets {
        let is_visible = sheet.visible == SheetVisible::Visible;
        if chosen.is_some() && !is_visible {
            continue;
        }
        let (first, extent) = top_rows(&mut workbook, &file, &sheet.name)?;
        let numbers: Vec<u64> = (1..=first.len() as u64).collect();
        match head::find(&file, &first, &numbers, options) {
            Ok(found) => {
                let has_rows = first[found.index + 1..]
                    .iter()
                    .flatten()
                    .any(|cell| !cell.is_empty());
                let candidate = Candidate {
                    sheet: sheet.name.clone(),
                    found,
                    extent,
                    has_rows,
                };
                chosen = Some(match chosen {
                    None => candidate,
                    Some(before) => the_one(&file, before, candidate)?,
                });
            }
            Err(found) => {
                if let OfficeError::NoHead { .. } = *found.error {
                    let hits = found.hits;
                    if refusal.as_ref().is_none_or(|(_, best)| hits > best.hits) {
                        refusal = Some((sheet.name.clone(), found));
                    }
                } else {
                    return Err(*found.error);
                }
            }
        }
    }
    match (chosen, refusal) {
        (Some(candidate), _) => Ok(candidate.start(path, file)),
        (None, Some((sheet, refusal))) => Err(on_sheet(*refusal.error, &sheet, &sheets)),
        (None, None) => Err(OfficeError::Empty {
            file,
            found: "工作簿里没有工作表",
        }),
    }
}

/// A sheet that has the heads.
struct Candidate {
    sheet: String,
    found: Found,
    extent: u64,
    has_rows: bool,
}

impl Candidate {
    fn start(self, path: &Path, file: String) -> Opened {
        let rows = XlsxRows::start(
            path.to_owned(),
            file,
            self.sheet.clone(),
            self.found.index as u32,
            self.found.heads.len(),
            self.extent,
        );
        Opened {
            heads: self.found.heads,
            sheet: Some(self.sheet),
            rows: Box::new(rows),
        }
    }
}

/// Of two sheets with the heads the one with rows; when both have rows, reading one would lose the other without a word.
fn the_one(file: &str, before: Candidate, next: Candidate) -> Result<Candidate, OfficeError> {
    match (before.has_rows, next.has_rows) {
        (true, true) => Err(OfficeError::WrongFormat {
            file: file.to_owned(),
            found: format!(
                "里有两张工作表都是这类数据：“{}”和“{}”，一次只能导入一张",
                before.sheet, next.sheet
            ),
            advice: "请合并成一张工作表，或分成两个文件分别导入".into(),
        }),
        (false, true) => Ok(next),
        _ => Ok(before),
    }
}

/// The first rows of a sheet and how many it says to have.
fn top_rows(
    workbook: &mut Workbook,
    file: &str,
    sheet: &str,
) -> Result<(Vec<Vec<String>>, u64), OfficeError> {
    let broken = |row: usize, e: calamine::XlsxError| broken_sheet(file, sheet, row as u64, &e);
    let mut cells = workbook.worksheet_cells_reader(sheet).map_err(|e| broken(0, e))?;
    let extent = u64::from(cells.dimensions().end.0) + 1;
    let mut first: Vec<Vec<String>> = Vec::new();
    each_row(&mut cells, |index, row| {
        // A row far below leaves a long gap; nothing up to it can be the heads then.
        first.resize((index as usize).min(HEAD_SEARCH_ROWS), Vec::new());
        first.push(row.into_iter().map(|cell| cell.text).collect());
        first.len() <= HEAD_SEARCH_ROWS
    })
    .map_err(|e| broken(first.len(), e))?;
    Ok((first, extent))
}

fn broken_sheet(file: &str, sheet: &str, row: u64, error: &calamine::XlsxError) -> OfficeError {
    OfficeError::Broken {
        file: file.to_owned(),
        row,
        reason: format!("工作表“{sheet}”的内容解不开"),
        cause: error.to_string(),
    }
}

/// Says on which sheet the nearest row stands, and which sheets there are.
fn on_sheet(error: OfficeError, sheet: &str, sheets: &[calamine::Sheet]) -> OfficeError {
    let OfficeError::NoHead {
        file,
        missing,
        place,
        seen,
        guess,
    } = error
    else {
        return error;
    };
    let row = place.trim_start_matches('（').trim_end_matches('）');
    let mut guess = guess;
    if sheets.len() > 1 {
        let names: Vec<String> = sheets.iter().map(|sheet| format!("“{}”", sheet.name)).collect();
        guess.push_str(&format!("已看过的工作表：{}。", names.join("、")));
    }
    OfficeError::NoHead {
        file,
        missing,
        place: if row.is_empty() {
            format!("（工作表“{sheet}”）")
        } else {
            format!("（工作表“{sheet}”{row}）")
        },
        seen,
        guess,
    }
}

struct XlsxRows {
    rows: Receiver<Result<Vec<Row>, OfficeError>>,
    held: std::vec::IntoIter<Row>,
    seen: Arc<AtomicU64>,
    extent: u64,
}

impl XlsxRows {
    fn start(path: PathBuf, file: String, sheet: String, after: u32, width: usize, extent: u64) -> XlsxRows {
        let (sender, rows) = sync_channel(4);
        let seen = Arc::new(AtomicU64::new(0));
        let counter = seen.clone();
        std::thread::spawn(move || send_rows(&path, &file, &sheet, after, width, &counter, &sender));
        XlsxRows {
            rows,
            held: Vec::new().into_iter(),
            seen,
            extent,
        }
    }
}

impl RowSource for XlsxRows {
    fn next_batch(&mut self, max_rows: usize, into: &mut Vec<Row>) -> Result<bool, OfficeError> {
        let mut wanted = max_rows;
        while wanted > 0 {
            if let Some(row) = self.held.next() {
                into.push(row);
                wanted -= 1;
                continue;
            }
            match self.rows.recv() {
                Ok(message) => self.held = message?.into_iter(),
                Err(_) => return Ok(false),
            }
        }
        Ok(true)
    }

    fn progress(&self) -> (u64, u64) {
        let seen = self.seen.load(Ordering::Relaxed);
        (seen, self.extent.max(seen))
    }
}

fn send_rows(
    path: &Path,
    file: &str,
    sheet: &str,
    after: u32,
    width: usize,
    seen: &AtomicU64,
    sender: &SyncSender<Result<Vec<Row>, OfficeError>>,
) {
    let fail = |error: calamine::XlsxError| {
        let row = seen.load(Ordering::Relaxed);
        // The reader may have been dropped; then nobody waits for the reason.
        let _ = sender.send(Err(broken_sheet(file, sheet, row, &error)));
    };
    let mut workbook: Workbook = match open_workbook::<Workbook, _>(path) {
        Ok(workbook) => workbook,
        Err(error) => return fail(error),
    };
    let mut cells = match workbook.worksheet_cells_reader(sheet) {
        Ok(cells) => cells,
        Err(error) => return fail(error),
    };
    let mut message = Vec::with_capacity(MESSAGE_ROWS);
    let outcome = each_row(&mut cells, |index, mut row| {
        seen.store(u64::from(index) + 1, Ordering::Relaxed);
        if index <= after {
            return true;
        }
        let surplus = row.iter().skip(width).any(|cell| !cell.text.is_empty());
        row.resize(width, Cell::default());
        let broken = surplus.then(|| format!("本行在表头之外还有内容，表头只有 {width} 列"));
        message.push(Row {
            number: u64::from(index) + 1,
            cells: row,
            broken,
        });
        if message.len() == MESSAGE_ROWS {
            return sender
                .send(Ok(std::mem::replace(
                    &mut message,
                    Vec::with_capacity(MESSAGE_ROWS),
                )))
                .is_ok();
        }
        true
    });
    match outcome {
        Ok(()) => {
            let _ = sender.send(Ok(message));
        }
        Err(error) => fail(error),
    }
}

/// Groups the stream of cells into rows and hands each to `take` until it says stop.
fn each_row<R: std::io::Read + std::io::Seek>(
    cells: &mut XlsxCellReader<'_, R>,
    mut take: impl FnMut(u32, Vec<Cell>) -> bool,
) -> Result<(), calamine::XlsxError> {
    let mut current: Option<(u32, Vec<Cell>)> = None;
    while let Some(cell) = cells.next_cell_with_formula_metadata()? {
        let (row, column) = cell.pos;
        if current.as_ref().is_none_or(|(index, _)| *index != row) {
            if let Some((index, filled)) = current.take()
                && !take(index, filled)
            {
                return Ok(());
            }
            current = Some((row, Vec::new()));
        }
        if let Some((_, filled)) = &mut current {
            let column = column as usize;
            if filled.len() <= column {
                filled.resize(column + 1, Cell::default());
            }
            filled[column] = match (&cell.value, &cell.formula) {
                (DataRef::Empty, Some(_)) => Cell {
                    text: String::new(),
                    damage: Some("单元格是公式，文件里没有算好的值：请用 WPS 或 Excel 打开后另存"),
                },
                (value, _) => cell_of(value),
            };
        }
    }
    if let Some((index, filled)) = current {
        take(index, filled);
    }
    Ok(())
}

fn cell_of(value: &DataRef<'_>) -> Cell {
    match value {
        DataRef::Int(i) => number_cell(*i as f64),
        DataRef::Float(f) => number_cell(*f),
        DataRef::String(s) => text_cell(s),
        DataRef::SharedString(s) => text_cell(s),
        DataRef::DateTimeIso(s) | DataRef::DurationIso(s) => text_cell(s),
        DataRef::Bool(b) => text_cell(if *b { "是" } else { "否" }),
        DataRef::DateTime(date) => {
            let (year, month, day, hour, minute, second, _) = date.to_ymd_hms_milli();
            if (hour, minute, second) == (0, 0, 0) {
                text_cell(&format!("{year:04}-{month:02}-{day:02}"))
            } else {
                text_cell(&format!(
                    "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"
                ))
            }
        }
        DataRef::Error(_) => Cell {
            text: String::new(),
            damage: Some("单元格是公式错误（如 #REF!），没有值"),
        },
        DataRef::Empty => Cell::default(),
    }
}
