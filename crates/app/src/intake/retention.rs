//! How long files of batches are kept (留存): what an undo needs, for the latest batches of each kind; rows that were sent
//! back, for a while; nothing of batches that do not count.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use domain::intake::{BatchState, Kind};
use store::intake::BatchRow;

use super::Places;
use super::batch::Notes;
use crate::error::AppError;
use crate::op::App;

/// Applied batches of each kind that can be taken back, the latest first.
pub const UNDOABLE_BATCHES: usize = 3;
/// Days for which the workbook of rejected and doubtful rows can be had: it holds people's rows.
pub const REJECTS_DAYS: i64 = 90;

const DAY_MS: i64 = 24 * 3_600 * 1_000;

/// Removes what is no longer kept. The caller holds the lock of imports. What fails is told in the log and tried again
/// after the next import: nobody's work depends on it.
pub(super) async fn sweep(app: &App) {
    if let Err(error) = try_sweep(app).await {
        tracing::warn!(%error, "old batches could not be cleared");
    }
    if let Err(error) = super::check::sweep_checks(app).await {
        tracing::warn!(%error, "old checks could not be cleared");
    }
}

async fn try_sweep(app: &App) -> Result<(), AppError> {
    let batches = app.store.read().await?.batches(i64::MAX, i64::MAX).await?;
    let places = Places::of(app);
    for kind in Kind::ALL {
        let own: Vec<&BatchRow> = batches.iter().filter(|row| row.kind == kind.name()).collect();
        let applied: Vec<&BatchRow> = own.iter().copied().filter(|row| is_applied(row)).collect();
        settle(app, applied.get(UNDOABLE_BATCHES..).unwrap_or_default()).await?;
        // Undoing the oldest of these goes back to the state before it.
        let states: HashSet<&str> = applied
            .iter()
            .take(UNDOABLE_BATCHES + 1)
            .filter_map(|row| row.lake_file.as_deref())
            .collect();
        let images: HashSet<i64> = applied
            .iter()
            .take(UNDOABLE_BATCHES)
            .map(|row| row.batch_no)
            .collect();
        for row in own.iter().filter(|row| row.state != BatchState::Running.code()) {
            let state = Places::lake_file(kind, row.batch_no);
            if kind.is_agency() && !states.contains(state.as_str()) {
                remove_state(&places.in_data(&state));
            }
            if !images.contains(&row.batch_no) {
                remove(&places.images(row.batch_no));
                remove(&places.came(row.batch_no));
            }
            let ended = row.finished_at.unwrap_or(row.started_at);
            if ended + REJECTS_DAYS * DAY_MS < app.now().millis() {
                remove(&places.rejects(row.batch_no));
            }
        }
        if kind.is_agency() {
            remove_parts(&app.data_dir.join("lake").join(kind.name()));
        }
    }
    remove_parts(&app.data_dir.join("intake"));
    Ok(())
}

fn is_applied(row: &BatchRow) -> bool {
    row.state == BatchState::Applied.code()
}

/// Notes that these batches can no longer be taken back, before their files go.
async fn settle(app: &App, batches: &[&BatchRow]) -> Result<(), AppError> {
    let open: Vec<&BatchRow> = batches
        .iter()
        .copied()
        .filter(|row| !Notes::of(row).is_settled)
        .collect();
    if open.is_empty() {
        return Ok(());
    }
    let mut tx = app.store.begin().await?;
    for row in open {
        let mut notes = Notes::of(row);
        notes.is_settled = true;
        let mut row = row.clone();
        row.notes = Some(serde_json::to_string(&notes).map_err(AppError::internal)?);
        tx.save_batch(&row).await?;
    }
    Ok(tx.commit().await?)
}

/// Half-written files of a folder in which nobody else writes now.
pub(crate) fn remove_parts(folder: &Path) {
    for path in entries(folder) {
        if path.is_file() && path.extension().is_some_and(|end| end == "part") {
            remove(&path);
        }
    }
}

/// Removes an agency's state, every file of it, with the record store that was made from it.
pub(super) fn remove_state(lake_file: &Path) {
    for file in lake::files_of(lake_file) {
        remove(&file);
    }
    remove_folder(&lake::records::folder_of(lake_file));
}

fn remove_folder(path: &Path) {
    if let Err(error) = std::fs::remove_dir_all(path)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(%error, path = %path.display(), "an old record store could not be removed");
    }
}

/// Record stores of earlier states beside that of a lake file, and unfinished ones: each can be made again.
pub(super) fn keep_one_store(lake_file: &Path) {
    let own = lake::records::folder_of(lake_file);
    for path in entries(lake_file.parent().unwrap_or(lake_file)) {
        if path.is_dir() && path != own {
            remove_folder(&path);
        }
    }
}

/// What lies directly in a folder; nothing when there is none.
pub(crate) fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    entries.flatten().map(|entry| entry.path()).collect()
}

/// Removes a file, if it is there.
pub(crate) fn remove(path: &Path) {
    if let Err(error) = std::fs::remove_file(path)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(%error, path = %path.display(), "an old file could not be removed");
    }
}
