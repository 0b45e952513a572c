//! The frozen model: trained once, kept under its version, used by every run until somebody asks for another.

use std::path::{Path, PathBuf};

use domain::run::RunState;

use crate::error::AppError;
use crate::op::App;

/// The model of the last finished run; `None`: none was trained yet, so this run trains one.
pub(super) async fn frozen(app: &App) -> Result<Option<PathBuf>, AppError> {
    let run = app.store.read().await?.last_run(RunState::Finished).await?;
    let version = run
        .and_then(|run| run.stats)
        .and_then(|stats| Some(stats.get("model_version")?.as_str()?.to_owned()));
    let path = version.map(|version| place(&app.data_dir, &version));
    Ok(path.filter(|path| path.exists()))
}

/// Keeps the model that a run used, before the run counts: whoever finds the run finds its model.
pub(super) fn keep(data_dir: &Path, model: &Path, version: &str) -> Result<(), AppError> {
    let place = place(data_dir, version);
    if place.exists() || !model.exists() {
        return Ok(());
    }
    if let Some(folder) = place.parent() {
        crate::keys::create_private_dir(folder)?;
    }
    let half = place.with_extension("part");
    std::fs::copy(model, &half).map_err(|error| AppError::io(half.display(), error))?;
    std::fs::rename(&half, &place).map_err(|error| AppError::io(place.display(), error))
}

/// Versions come from the bulk job; only plain characters of them reach the file system.
fn place(data_dir: &Path, version: &str) -> PathBuf {
    let plain: String = version
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '-' {
                c
            } else {
                '_'
            }
        })
        .collect();
    data_dir.join("lake").join("models").join(format!("{plain}.json"))
}
