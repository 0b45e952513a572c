//! Taking the files of a folder (导入一个目录).

use std::path::{Path, PathBuf};

use domain::intake::Kind;
use domain::permission::Action;
use serde::Serialize;

use super::import::take_file;
use super::{BatchReport, batch, retention};
use crate::error::AppError;
use crate::op::{App, OpContext};
use crate::progress::Progress;

/// Endings in the order in which they are preferred.
const ENDINGS: [&str; 3] = ["parquet", "csv", "xlsx"];

/// What became of a folder.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct FolderReport {
    /// One report a file, in the order of the kinds.
    pub reports: Vec<BatchReport>,
    /// Names of files that were passed over because the kind has a file of a preferred format.
    pub skipped: Vec<String>,
    /// Names of files that look like data and are of no kind by their name: nobody should think that they were taken.
    pub unknown: Vec<String>,
    /// Files that were refused whole: a sentence each, which names the file.
    pub refused: Vec<String>,
}

/// Endings of tables that people hand in; only [`ENDINGS`] are taken.
const TABLE_ENDINGS: [&str; 8] = ["parquet", "csv", "xlsx", "xls", "xlsm", "et", "txt", "tsv"];

/// What lies in a folder.
#[derive(Default)]
struct Found {
    files: Vec<(Kind, PathBuf)>,
    skipped: Vec<String>,
    unknown: Vec<String>,
}

/// Takes every `<kind>.{parquet,csv,xlsx}` directly in `dir`, in the order of the kinds. A file that is refused does not stop
/// the others.
pub async fn import_folder(
    op: &OpContext,
    app: &App,
    dir: &Path,
    progress: Progress,
) -> Result<FolderReport, AppError> {
    op.may(Action::Import)?;
    let _lock = batch::lock(app).await?;
    let Found {
        files,
        skipped,
        unknown,
    } = files_of(dir)?;
    if files.is_empty() {
        let names: Vec<&str> = Kind::ALL.into_iter().map(Kind::name).collect();
        return Err(AppError::invalid(
            "IMP-103",
            format!("目录 {} 中没有可导入的文件{}", dir.display(), seen(&unknown)),
        )
        .hint(format!(
            "文件名应为 {} 之一，扩展名为 .parquet、.csv 或 .xlsx",
            names.join("、")
        )));
    }
    let mut report = FolderReport {
        skipped,
        unknown,
        ..FolderReport::default()
    };
    for (kind, path) in files {
        let name = name_of(&path);
        let told: Progress = {
            let (progress, label) = (progress.clone(), kind.label());
            std::sync::Arc::new(move |stage: &str, done, total| {
                progress(&format!("{label}：{stage}"), done, total)
            })
        };
        match take_file(op, app, kind, &path, &name, &told).await {
            Ok(done) => report.reports.push(done),
            Err(error) => {
                let hint = error.hint.map(|hint| format!("{hint}。")).unwrap_or_default();
                report.refused.push(format!("{}{hint}", error.message));
            }
        }
    }
    retention::sweep(app).await;
    Ok(report)
}

fn seen(unknown: &[String]) -> String {
    if unknown.is_empty() {
        return String::new();
    }
    format!("，看到的是：{}", unknown.join("、"))
}

/// The file of each kind and the names of those passed over.
fn files_of(dir: &Path) -> Result<Found, AppError> {
    let entries = std::fs::read_dir(dir).map_err(|e| AppError::io(dir.display(), e))?;
    let mut found: Vec<(Kind, usize, PathBuf)> = Vec::new();
    let mut unknown = Vec::new();
    for entry in entries {
        let path = entry.map_err(|e| AppError::io(dir.display(), e))?.path();
        let (Some(stem), Some(ending)) = (
            path.file_stem().and_then(|s| s.to_str()),
            path.extension().and_then(|e| e.to_str()),
        ) else {
            continue;
        };
        let ending = ending.to_ascii_lowercase();
        let rank = ENDINGS.iter().position(|known| *known == ending);
        if let (Some(kind), Some(rank), true) = (Kind::from_name(stem), rank, path.is_file()) {
            found.push((kind, rank, path));
        } else if TABLE_ENDINGS.contains(&ending.as_str()) && path.is_file() {
            unknown.push(name_of(&path));
        }
    }
    unknown.sort();
    let place = |kind: Kind| Kind::ALL.iter().position(|known| *known == kind);
    found.sort_by(|a, b| (place(a.0), a.1, &a.2).cmp(&(place(b.0), b.1, &b.2)));
    let mut files: Vec<(Kind, PathBuf)> = Vec::new();
    let mut skipped = Vec::new();
    for (kind, _, path) in found {
        if files.last().is_some_and(|(taken, _)| *taken == kind) {
            skipped.push(name_of(&path));
        } else {
            files.push((kind, path));
        }
    }
    Ok(Found {
        files,
        skipped,
        unknown,
    })
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn one_file_a_kind_in_the_order_of_reference() {
        let dir = tempfile::tempdir().unwrap();
        for name in [
            "tax.csv",
            "unions.xlsx",
            "unions.parquet",
            "unions.csv",
            "enterprises.csv",
            "notes.csv",
            "unions.txt",
        ] {
            std::fs::write(dir.path().join(name), b"x").unwrap();
        }
        std::fs::create_dir(dir.path().join("members.csv")).unwrap();
        let found = files_of(dir.path()).unwrap();
        let names: Vec<_> = found
            .files
            .iter()
            .map(|(_, path)| path.file_name().unwrap().to_str().unwrap())
            .collect();
        assert_eq!(names, ["enterprises.csv", "unions.parquet", "tax.csv"]);
        assert_eq!(found.skipped, ["unions.csv", "unions.xlsx"]);
        assert_eq!(found.unknown, ["notes.csv", "unions.txt"]);
    }
}
