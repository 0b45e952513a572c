//! XLSX: cells are streamed by a thread of its own, because the library's cell reader borrows the workbook.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use calamine::{DataRef, Reader, Xlsx, XlsxCellReader, open_workbook};

use super::head::{self, HEAD_SEARCH_ROWS};
use super::{Cell, OpenOptions, Opened, Row, RowSource, file_name, number_cell, text_cell};
use crate::OfficeError;

type Workbook = Xlsx<std::io::BufReader<std::fs::File>>;

/// Rows a message of the reading thread holds.
const MESSAGE_ROWS: usize = 1024;

pub(super) fn open(path: &Path, options: &OpenOptions<'_>) -> Result<Opened, OfficeError> {
    let file = file_name(path);
    let broken = |row: u64, reason: String| OfficeError::Broken {
        file: file.clone(),
        row,
        reason,
    };
    let mut workbook: Workbook =
        open_workbook(path).map_err(|e: calamine::XlsxError| broken(0, e.to_string()))?;
    let mut refusal = None;
    for sheet in workbook.sheet_names() {
        let mut first = Vec::new();
        let mut cells = match workbook.worksheet_cells_reader(&sheet) {
            Ok(cells) => cells,
            Err(_) => continue, // a chart sheet has no cells
        };
        let extent = u64::from(cells.dimensions().end.0) + 1;
        each_row(&mut cells, |index, row| {
            first.resize(index as usize, Vec::new());
            first.push(row.into_iter().map(|cell| cell.text).collect());
            first.len() < HEAD_SEARCH_ROWS
        })
        .map_err(|e| broken(first.len() as u64, e.to_string()))?;
        drop(cells);
        match head::find(&file, &first, options) {
            Ok(found) => {
                let after = found.index as u32;
                let rows = XlsxRows::start(
                    path.to_owned(),
                    file,
                    sheet.clone(),
                    after,
                    found.heads.len(),
                    extent,
                );
                return Ok(Opened {
                    heads: found.heads,
                    sheet: Some(sheet),
                    rows: Box::new(rows),
                });
            }
            Err(OfficeError::DoubleHead {
                file,
                row,
                head,
                first,
                second,
            }) => {
                return Err(OfficeError::DoubleHead {
                    file,
                    row,
                    head,
                    first,
                    second,
                });
            }
            Err(error) => refusal = refusal.or(Some(error)),
        }
    }
    Err(refusal.unwrap_or(OfficeError::Empty { file }))
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
    let fail = |reason: String| {
        let row = seen.load(Ordering::Relaxed);
        // The reader may have been dropped; then nobody waits for the reason.
        let _ = sender.send(Err(OfficeError::Broken {
            file: file.to_owned(),
            row,
            reason,
        }));
    };
    let mut workbook: Workbook = match open_workbook::<Workbook, _>(path) {
        Ok(workbook) => workbook,
        Err(error) => return fail(error.to_string()),
    };
    let mut cells = match workbook.worksheet_cells_reader(sheet) {
        Ok(cells) => cells,
        Err(error) => return fail(error.to_string()),
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
        Err(error) => fail(error.to_string()),
    }
}

/// Groups the stream of cells into rows and hands each to `take` until it says stop.
fn each_row<R: std::io::Read + std::io::Seek>(
    cells: &mut XlsxCellReader<'_, R>,
    mut take: impl FnMut(u32, Vec<Cell>) -> bool,
) -> Result<(), calamine::XlsxError> {
    let mut current: Option<(u32, Vec<Cell>)> = None;
    while let Some(cell) = cells.next_cell()? {
        let (row, column) = cell.get_position();
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
            filled[column] = cell_of(cell.get_value());
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
