//! The present state of an agency kind (公共数据的现状): one lake table, replaced by a full file, amended by a delta.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use codes::text::key64;
use domain::intake::Kind;
use lake::records::{Recorded, Records};
use lake::{Amendment, LakeError, LakeRow, RowKeys, RowWriter};

use super::Changes;
use super::cells::ColumnMap;
use super::pipeline::Lines;
use super::sift::Sift;
use crate::error::AppError;
use crate::progress::Progress;

/// A row of an agency kind: what a delta needs to know of it.
pub(super) trait AgencyRow: LakeRow + Send + 'static {
    /// The key's column in the lake.
    const KEY: &'static str;
    /// Takes over from the row before what the file has no column for.
    fn inherit(&mut self, before: &Self, map: &ColumnMap);
    /// Sets the row's hash.
    fn set_hash(&mut self, hash: i64);
    /// The row's hash.
    fn hash(&self) -> i64;
    /// Makes what the next run holds in memory whole, from the state before if an amendment of it made this one. Nothing for
    /// a kind that runs do not hold.
    fn keep_records(_file: &Path, _amended: Option<(&Path, &Amendment<Self>)>) -> Result<(), LakeError> {
        Ok(())
    }
}

/// [`AgencyRow::keep_records`] of a kind that has a record store.
pub(super) fn keep_records_of<R: Recorded>(
    file: &Path,
    amended: Option<(&Path, &Amendment<R>)>,
) -> Result<(), LakeError> {
    match amended {
        Some((before, amendment)) => Records::carry(before, amendment, file),
        None => Records::of::<R>(file),
    }
    .map(drop)
}

/// Reads a full file: its rows are the state now.
pub(super) fn replace<R: AgencyRow>(
    mut lines: Lines<R>,
    sift: &mut Sift,
    before: Option<&Path>,
    out: &Path,
    progress: &Progress,
) -> Result<Changes, AppError> {
    let mut known: HashMap<i64, i64> = HashMap::new();
    if let Some(before) = before {
        progress("读取上一批次", 0, 0)?;
        known.extend(RowKeys::of(before, R::KEY)?.pairs());
    }
    let mut changes = Changes::default();
    let mut writer = RowWriter::<R>::create(out)?;
    let mut scratch = Vec::new();
    while let Some((chunk, (done, total))) = lines.blocking_next()? {
        for line in chunk {
            let Some(taken) = sift.take(line)? else { continue };
            let Some(mut parsed) = taken.parsed else { continue };
            sift.doubt(&taken.row, &parsed.doubts)?;
            let hash = parsed.row.content_hash(&mut scratch);
            parsed.row.set_hash(hash);
            match known.remove(&key64(&taken.key)) {
                None => changes.created += 1,
                Some(old) if old == hash => changes.unchanged += 1,
                Some(_) => changes.updated += 1,
            }
            writer.push(&parsed.row)?;
        }
        progress("读取数据", done, total)?;
    }
    changes.deleted = known.len() as i64;
    writer.finish()?;
    Ok(changes)
}

/// What a delta asks for one key.
struct Wanted<R> {
    /// `None`: take it out.
    row: Option<R>,
    is_met: bool,
}

/// Reads a delta and amends the state before with it: rows that it does not name stay where they are, rows that it changes
/// and new ones come behind them. Answers what it did to the state before, if there was one.
pub(super) fn merge<R: AgencyRow>(
    mut lines: Lines<R>,
    sift: &mut Sift,
    kind: Kind,
    map: &Arc<ColumnMap>,
    before: Option<&Path>,
    out: &Path,
    progress: &Progress,
) -> Result<(Changes, Option<Amendment<R>>), AppError> {
    let mut wanted: Vec<Wanted<R>> = Vec::new();
    let mut index: HashMap<i64, usize> = HashMap::new();
    while let Some((chunk, (done, total))) = lines.blocking_next()? {
        for line in chunk {
            let Some(taken) = sift.take(line)? else { continue };
            if let Some(parsed) = &taken.parsed {
                sift.doubt(&taken.row, &parsed.doubts)?;
            }
            index.insert(key64(&taken.key), wanted.len());
            wanted.push(Wanted {
                row: taken.parsed.map(|parsed| parsed.row),
                is_met: false,
            });
        }
        progress("读取增量", done, total)?;
    }
    let Some(before) = before else {
        return Ok((begin(wanted, out)?, None));
    };
    progress("合并现状", 0, 0)?;
    let mut changes = Changes::default();
    let keys = RowKeys::of(before, R::KEY)?;
    let met: Vec<Met> = keys
        .met(&index)
        .map(|(row, &asked, hash)| Met { row, asked, hash })
        .collect();
    met.iter().for_each(|met| wanted[met.asked].is_met = true);
    changes.untouched = (keys.len() - met.len()) as i64;
    // Only what the file has no column for must be looked up.
    let states_all = kind.columns().iter().all(|column| map.has(column.name));
    let asked_rows: Vec<u32> = met
        .iter()
        .filter(|met| !states_all && wanted[met.asked].row.is_some())
        .map(|met| met.row)
        .collect();
    let mut olds = lake::rows_at::<R>(before, &asked_rows)?.into_iter();
    let mut amendment = Amendment {
        gone: Vec::with_capacity(met.len()),
        added: Vec::with_capacity(wanted.len()),
    };
    let mut scratch = Vec::new();
    for met in met {
        let Some(mut row) = wanted[met.asked].row.take() else {
            changes.deleted += 1;
            amendment.gone.push(met.row);
            continue;
        };
        if let Some(old) = olds.next() {
            row.inherit(&old, map);
        }
        row.set_hash(row.content_hash(&mut scratch));
        if row.hash() == met.hash {
            changes.unchanged += 1;
        } else {
            changes.updated += 1;
            amendment.gone.push(met.row);
            amendment.added.push(row);
        }
    }
    for asked in wanted.into_iter().filter(|asked| !asked.is_met) {
        match asked.row {
            None => changes.unknown_deleted += 1,
            Some(mut row) => {
                row.set_hash(row.content_hash(&mut scratch));
                changes.created += 1;
                amendment.added.push(row);
            }
        }
    }
    lake::amend(before, &amendment, out)?;
    Ok((changes, Some(amendment)))
}

/// A row of the state before that a delta names.
struct Met {
    row: u32,
    /// Position among what is wanted.
    asked: usize,
    hash: i64,
}

/// A delta without a state before: what it adds is the state.
fn begin<R: AgencyRow>(wanted: Vec<Wanted<R>>, out: &Path) -> Result<Changes, AppError> {
    let mut changes = Changes::default();
    let mut writer = RowWriter::<R>::create(out)?;
    let mut scratch = Vec::new();
    for asked in wanted {
        match asked.row {
            None => changes.unknown_deleted += 1,
            Some(mut row) => {
                row.set_hash(row.content_hash(&mut scratch));
                changes.created += 1;
                writer.push(&row)?;
            }
        }
    }
    writer.finish()?;
    Ok(changes)
}
