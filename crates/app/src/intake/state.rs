//! The present state of an agency kind (公共数据的现状): one lake file, replaced by a full file, merged with a delta.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use codes::text::key64;
use lake::{LakeRow, RowWriter};

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
    /// The row's key.
    fn key(&self) -> &str;
    /// Takes over from the row before what the file has no column for.
    fn inherit(&mut self, before: &Self, map: &ColumnMap);
    /// Sets the row's hash.
    fn set_hash(&mut self, hash: i64);
    /// The row's hash.
    fn hash(&self) -> i64;
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
        known.reserve(usize::try_from(lake::row_count(before)?).unwrap_or(0));
        lake::read_pairs(before, R::KEY, |key, hash| {
            known.insert(key64(key), hash);
        })?;
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

/// Reads a delta and merges it with the state before: rows that it does not name, rows that it changes, new rows.
pub(super) fn merge<R: AgencyRow>(
    mut lines: Lines<R>,
    sift: &mut Sift,
    map: &Arc<ColumnMap>,
    before: Option<&Path>,
    out: &Path,
    progress: &Progress,
) -> Result<Changes, AppError> {
    let mut wanted: Vec<Wanted<R>> = Vec::new();
    let mut index: HashMap<String, usize> = HashMap::new();
    while let Some((chunk, (done, total))) = lines.blocking_next()? {
        for line in chunk {
            let Some(taken) = sift.take(line)? else { continue };
            if let Some(parsed) = &taken.parsed {
                sift.doubt(&taken.row, &parsed.doubts)?;
            }
            index.insert(taken.key, wanted.len());
            wanted.push(Wanted {
                row: taken.parsed.map(|parsed| parsed.row),
                is_met: false,
            });
        }
        progress("读取增量", done, total)?;
    }
    let mut changes = Changes::default();
    let mut writer = RowWriter::<R>::create(out)?;
    let mut scratch = Vec::new();
    let mut kept = Vec::new();
    if let Some(before) = before {
        let (mut done, total) = (0, lake::row_count(before)?);
        for batch in lake::batches(before, &[])? {
            let batch = batch?;
            let mut asked_here = 0;
            let take = |old: R| -> Result<(), AppError> {
                asked_here += 1;
                let asked = &mut wanted[index[old.key()]];
                asked.is_met = true;
                let Some(mut row) = asked.row.take() else {
                    changes.deleted += 1;
                    return Ok(());
                };
                row.inherit(&old, map);
                row.set_hash(row.content_hash(&mut scratch));
                if row.hash() == old.hash() {
                    changes.unchanged += 1;
                } else {
                    changes.updated += 1;
                }
                kept.push(row);
                Ok(())
            };
            writer.push_others(&batch, R::KEY, |key| index.contains_key(key), take)?;
            changes.untouched += batch.num_rows() as i64 - asked_here;
            done += batch.num_rows() as u64;
            progress("合并现状", done, total)?;
        }
    }
    for row in &kept {
        writer.push(row)?;
    }
    for asked in wanted.into_iter().filter(|asked| !asked.is_met) {
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
