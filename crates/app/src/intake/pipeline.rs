//! Reading and parsing at the speed of the machine: one thread reads the file, the others turn its rows into values, the
//! caller takes them in the order of the file. Channels are bounded, so a fast reader waits for a slow writer.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use domain::intake::{Kind, RowOp};
use office::OfficeError;
use office::table::{Row, TableReader};
use tokio::sync::mpsc;

use super::agency::{Parsed, key_of};
use super::cells::{Cells, ColumnMap};
use crate::error::AppError;

/// Rows handed from thread to thread at once.
const CHUNK_ROWS: usize = 2_048;
/// Chunks that may wait in each channel.
const WAITING_CHUNKS: usize = 8;

/// One row of a file after parsing.
pub(super) struct Line<R> {
    /// The sender's own cells, for rejects.
    pub row: Row,
    /// The key; empty when the file has none.
    pub key: String,
    /// What the row asks for.
    pub what: What<R>,
}

/// What a row asks for.
pub(super) enum What<R> {
    /// Its structure is broken, or it refers to nothing: the column at fault, if it is one, and the reason in Chinese.
    Broken(&'static str, String),
    /// Its key has lost digits, so nobody knows whose row it is: reason in Chinese.
    Unusable(&'static str),
    /// Take the key out.
    Delete,
    /// This is the row now.
    Upsert(Parsed<R>),
}

/// Why a row cannot be taken at all: the column at fault and the reason in Chinese.
pub(super) type Refusal = (&'static str, String);

/// How far the file is: work done and in all.
pub(super) type Done = (u64, u64);

type Parcel<R> = (u64, Result<Vec<Line<R>>, OfficeError>, Done);
type Raw = (u64, Result<Vec<Row>, OfficeError>, Done);

/// The parsed lines of a file, in its order.
pub(super) struct Lines<R> {
    parcels: mpsc::Receiver<Parcel<R>>,
    waiting: BTreeMap<u64, (Result<Vec<Line<R>>, OfficeError>, Done)>,
    next: u64,
    /// Parcels the reader has sent in all; known once it is at its end.
    sent: Arc<AtomicU64>,
}

/// Starts reading. `parse` is called on several threads at once; it may answer `Err` with the reason why the row cannot
/// be taken at all.
pub(super) fn start<R, P>(reader: TableReader, kind: Kind, map: Arc<ColumnMap>, parse: P) -> Lines<R>
where
    R: Send + 'static,
    P: Fn(&Cells<'_>, &str) -> Result<Parsed<R>, Refusal> + Send + Sync + 'static,
{
    let threads = std::thread::available_parallelism().map_or(2, |n| n.get()).min(8);
    let (raw_sender, raw_receiver) = sync_channel::<Raw>(WAITING_CHUNKS);
    let (sender, parcels) = mpsc::channel::<Parcel<R>>(WAITING_CHUNKS);
    let sent = Arc::new(AtomicU64::new(u64::MAX));
    let counter = Arc::clone(&sent);
    std::thread::spawn(move || read(reader, &raw_sender, &counter));
    let raw = Arc::new(Mutex::new(raw_receiver));
    let parse = Arc::new(parse);
    for _ in 0..threads {
        let (raw, parse, map, sender) = (
            Arc::clone(&raw),
            Arc::clone(&parse),
            Arc::clone(&map),
            sender.clone(),
        );
        std::thread::spawn(move || {
            while let Some((number, rows, done)) = take(&raw) {
                let lines = rows.map(|rows| {
                    rows.into_iter()
                        .map(|row| line(row, kind, &map, &*parse))
                        .collect()
                });
                if sender.blocking_send((number, lines, done)).is_err() {
                    return; // the caller has given up
                }
            }
        });
    }
    Lines {
        parcels,
        waiting: BTreeMap::new(),
        next: 0,
        sent,
    }
}

fn read(mut reader: TableReader, sender: &SyncSender<Raw>, sent: &AtomicU64) {
    let mut number = 0;
    loop {
        let mut rows = Vec::with_capacity(CHUNK_ROWS);
        let outcome = reader.next_batch(CHUNK_ROWS, &mut rows);
        let more = matches!(outcome, Ok(true));
        let parcel = (number, outcome.map(|_| rows), reader.progress());
        number += 1;
        if !more {
            // Before the send: when the channel closes, the count is known.
            sent.store(number, Ordering::SeqCst);
        }
        if sender.send(parcel).is_err() || !more {
            return;
        }
    }
}

fn take(raw: &Mutex<Receiver<Raw>>) -> Option<Raw> {
    raw.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

fn line<R>(
    row: Row,
    kind: Kind,
    map: &ColumnMap,
    parse: &dyn Fn(&Cells<'_>, &str) -> Result<Parsed<R>, Refusal>,
) -> Line<R> {
    let cells = Cells { row: &row, map };
    let key = if kind == Kind::Covers {
        cover_key(&cells)
    } else {
        own_key(&cells, kind)
    };
    let what = what(&cells, kind, &key, parse);
    Line { row, key, what }
}

fn what<R>(
    cells: &Cells<'_>,
    kind: Kind,
    key: &str,
    parse: &dyn Fn(&Cells<'_>, &str) -> Result<Parsed<R>, Refusal>,
) -> What<R> {
    if let Some(reason) = &cells.row.broken {
        return What::Broken("", reason.clone());
    }
    let (own_key, stand_in) = kind.key_columns();
    if let Some(reason) = cells.damage(own_key) {
        return What::Unusable(reason);
    }
    let key_column = if cells.raw(own_key).is_empty() && cells.contest(own_key).is_none() {
        stand_in
    } else {
        own_key
    };
    for column in [key_column, "op"] {
        if let Some(reason) = cells.contest(column) {
            return What::Broken(column, reason.to_owned());
        }
    }
    if cells.map.has("op") {
        match RowOp::read(cells.raw("op")) {
            Some(RowOp::Delete) => return What::Delete,
            Some(RowOp::Upsert) => {}
            None => {
                let said = cells.written("op");
                return What::Broken("op", format!("操作列应为 I、U 或 D，本行是“{said}”"));
            }
        }
    }
    if key.is_empty() && !kind.is_matched() {
        return What::Delete; // rejected for its empty key before anybody asks what it wants
    }
    match parse(cells, key) {
        Ok(parsed) => What::Upsert(parsed),
        Err((column, reason)) => What::Broken(column, reason),
    }
}

fn own_key(cells: &Cells<'_>, kind: Kind) -> String {
    let (key, stand_in) = kind.key_columns();
    if key == stand_in {
        cells.raw(key).to_owned()
    } else {
        key_of(cells, key, stand_in)
    }
}

/// Union and employer together; the employer by its code, else by its name in normal form.
fn cover_key(cells: &Cells<'_>) -> String {
    let union_id = cells.raw("union_id");
    let code = super::agency::written_code(cells.raw("employer_uscc"));
    let employer = if code.is_empty() {
        codes::text::normalise(cells.raw("employer_name"))
    } else {
        code
    };
    if union_id.is_empty() || employer.is_empty() {
        String::new()
    } else {
        format!("{union_id}|{employer}")
    }
}

impl<R> Lines<R> {
    /// The next lines; `None` at the end of the file.
    pub(super) async fn next(&mut self) -> Result<Option<(Vec<Line<R>>, Done)>, AppError> {
        loop {
            if let Some(ready) = self.ready()? {
                return Ok(Some(ready));
            }
            match self.parcels.recv().await {
                Some(parcel) => self.put(parcel),
                None => return self.end(),
            }
        }
    }

    /// The same on a thread that may wait.
    pub(super) fn blocking_next(&mut self) -> Result<Option<(Vec<Line<R>>, Done)>, AppError> {
        loop {
            if let Some(ready) = self.ready()? {
                return Ok(Some(ready));
            }
            match self.parcels.blocking_recv() {
                Some(parcel) => self.put(parcel),
                None => return self.end(),
            }
        }
    }

    fn put(&mut self, (number, lines, done): Parcel<R>) {
        self.waiting.insert(number, (lines, done));
    }

    fn ready(&mut self) -> Result<Option<(Vec<Line<R>>, Done)>, AppError> {
        match self.waiting.remove(&self.next) {
            None => Ok(None),
            Some((lines, done)) => {
                self.next += 1;
                Ok(Some((lines?, done)))
            }
        }
    }

    fn end(&self) -> Result<Option<(Vec<Line<R>>, Done)>, AppError> {
        if self.next == self.sent.load(Ordering::SeqCst) {
            Ok(None)
        } else {
            Err(AppError::reading_stopped())
        }
    }
}
