//! 比对运行: snapshot, bulk job, one transaction that writes back.

mod merge;
mod model;
mod places;
mod write_back;

use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;

use codes::time::{Day, Timestamp};
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::permission::Action;
use domain::run::{INTERRUPTED, RunState};
use lake::run::{RulesSource, RunInput, RunOutput, RunStats};
use serde::Serialize;
use serde_json::json;
use store::run::{RunEnd, RunRecord};

use crate::error::AppError;
use crate::lock::WorkLock;
use crate::op::{App, OpContext};
use crate::paging::After;
use crate::progress::Progress;
use crate::snapshot;

/// The lock that a run holds, also across processes.
pub(crate) const LOCK: &str = "run";
/// The compared pairs in the folder of a run's links.
pub(crate) const CANDIDATES: &str = "candidates.parquet";

/// The heavy half of a run, on whatever computes it. `cli` wires in the DataFusion job; tests wire in a fake.
pub trait BulkJob: Send + Sync {
    /// Reads the snapshot and the lake, writes the output tables. An error is a sentence for a person.
    fn reconcile(
        &self,
        input: RunInput,
        progress: Progress,
    ) -> Pin<Box<dyn Future<Output = Result<RunOutput, String>> + Send>>;
}

/// How a run is asked for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RunRequest {
    /// Today in Asia/Shanghai when absent.
    pub as_of: Option<Day>,
    /// Trains the model anew instead of using the frozen one.
    pub retrain: bool,
    /// Rules from a folder instead of the shipped ones.
    pub rules: Option<PathBuf>,
    pub threads: Option<usize>,
}

/// One run, for its page, the list of runs and the summary on the terminal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunView {
    pub run_no: i64,
    pub state: RunState,
    pub as_of: Day,
    pub started_at: Timestamp,
    pub finished_at: Option<Timestamp>,
    /// Who started it; 系统 for the command line.
    pub started_by: String,
    /// Why it failed, in Chinese.
    pub failure: Option<String>,
    /// Absent while running or after a failure.
    pub stats: Option<RunStats>,
    pub merge: Option<MergeCounts>,
    pub model_version: Option<String>,
    /// Rule and its version.
    pub rule_versions: Vec<(String, i64)>,
    /// Which batch of each kind it read: kind, batch number, SM3.
    pub batches: Vec<(String, String, String)>,
}

/// What a run did to the lists.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(default)]
pub struct MergeCounts {
    pub raised: u64,
    pub changed: u64,
    pub unchanged: u64,
    pub reopened: u64,
    /// Raised again but kept away by a person's decision.
    pub suppressed: u64,
    pub done: u64,
    pub superseded: u64,
    pub out_of_scope: u64,
    /// Given to a field worker at once.
    pub assigned: u64,
}

/// Runs the main job and writes its result back. One at a time: a second is refused with `Conflict`.
pub async fn reconcile(
    op: &OpContext,
    app: &App,
    request: RunRequest,
    progress: Progress,
) -> Result<RunView, AppError> {
    op.may(Action::StartRun)?;
    let Some(bulk) = app.bulk.clone() else {
        return Err(AppError::unavailable("RUN-501", "本程序未包含比对功能").hint("请使用完整版 gonghui"));
    };
    let _lock = WorkLock::take(app, LOCK, "比对").await?;
    fail_orphans(op, app).await?;
    let as_of = request.as_of.unwrap_or_else(|| op.today());
    let run_no = start(op, app, as_of).await?;
    let folder = app.data_dir.join("runs").join(run_no.to_string());
    let done = compute_and_write(op, app, bulk, run_no, as_of, &request, &folder, &progress).await;
    // The snapshot and the results are scratch; what lasts has been moved to the lake.
    if let Err(error) = remove_folder(&folder) {
        tracing::warn!(%error, folder = %folder.display(), "a run's scratch folder could not be removed");
    }
    let is_much_new = match done {
        Ok(is_much_new) => is_much_new,
        Err(error) => {
            end_failed(op, app, run_no, &error.message).await?;
            return Err(error);
        }
    };
    if is_much_new && let Err(error) = app.store.settle().await {
        tracing::warn!(%error, "the store's statistics could not be refreshed after a run");
    }
    run(op, app, run_no).await
}

async fn start(op: &OpContext, app: &App, as_of: Day) -> Result<i64, AppError> {
    let mut tx = app.store.begin().await?;
    let id = op.new_id::<codes::id::Run>();
    let run_no = tx.start_run(id, as_of, op.now(), &op.signature()).await?;
    let entry = JournalEntry::new(JournalAction::RunStarted, SubjectKind::Run, id.uuid())
        .after(&json!({"run_no": run_no, "as_of": as_of}));
    tx.journal(&op.by(), entry).await?;
    tx.commit().await?;
    Ok(run_no)
}

/// Answers whether much of the store is new.
async fn compute_and_write(
    op: &OpContext,
    app: &App,
    bulk: Arc<dyn BulkJob>,
    run_no: i64,
    as_of: Day,
    request: &RunRequest,
    folder: &Path,
    progress: &Progress,
) -> Result<bool, AppError> {
    progress("导出登记库快照", 0, 0)?;
    let (snapshot_dir, out) = (folder.join("snapshot"), folder.join("out"));
    for dir in [folder, &snapshot_dir, &out] {
        crate::keys::create_private_dir(dir)?;
    }
    let snapshot = snapshot::write(op, app, &snapshot_dir).await?;
    let input = RunInput {
        as_of,
        enterprises: snapshot.enterprises,
        insurance: snapshot.insurance,
        tax: snapshot.tax,
        drivers: snapshot.drivers,
        unions: snapshot.unions,
        covers: snapshot.covers,
        members: snapshot.members,
        verdicts: snapshot.verdicts,
        open_items: snapshot.open_items,
        unsound_unions: snapshot.unsound_unions,
        rules: request
            .rules
            .clone()
            .map_or(RulesSource::Embedded, RulesSource::Folder),
        model: model::frozen(app).await?,
        retrain: request.retrain,
        out,
        threads: request.threads,
    };
    let output = bulk
        .reconcile(input, Arc::clone(progress))
        .await
        .map_err(|sentence| AppError::unavailable("RUN-503", format!("比对失败：{sentence}")))?;
    // Whoever asked to stop while the bulk job worked is heard here, before anything is written.
    progress("写回清单", 0, 0)?;
    write_back::write_back(op, app, run_no, as_of, output, snapshot.batches).await
}

/// Marks runs that a crash left behind as failed and brings deadlines up to date with the calendar; called once at
/// start. Answers how many runs it found. Does nothing while another process runs one.
pub async fn recover(op: &OpContext, app: &App) -> Result<u64, AppError> {
    crate::list_item::refresh_deadlines(app).await?;
    match WorkLock::try_take(app, LOCK).await? {
        Some(_lock) => fail_orphans(op, app).await,
        None => Ok(0),
    }
}

/// Whoever holds the lock knows that nobody is running: a row that says so was left by a crash.
async fn fail_orphans(op: &OpContext, app: &App) -> Result<u64, AppError> {
    let orphans = app.store.read().await?.run_numbers(RunState::Running).await?;
    for run_no in &orphans {
        end_failed(op, app, *run_no, INTERRUPTED).await?;
        if let Err(error) = remove_folder(&app.data_dir.join("runs").join(run_no.to_string())) {
            tracing::warn!(%error, run_no, "an interrupted run's scratch folder could not be removed");
        }
    }
    Ok(orphans.len() as u64)
}

async fn end_failed(op: &OpContext, app: &App, run_no: i64, failure: &str) -> Result<(), AppError> {
    let mut tx = app.store.begin().await?;
    let end = RunEnd {
        state: RunState::Failed,
        finished_at: op.now(),
        failure: Some(failure.to_owned()),
        stats: None,
        merge_counts: None,
        batches: serde_json::Value::Array(Vec::new()),
        member_links_file: None,
    };
    tx.end_run(run_no, &end).await?;
    if let Some(record) = tx.run(run_no).await? {
        let entry = JournalEntry::new(JournalAction::RunFailed, SubjectKind::Run, record.id.uuid())
            .after(&json!({"run_no": run_no, "words": failure}));
        tx.journal(&op.by(), entry).await?;
    }
    tx.commit().await?;
    Ok(())
}

fn remove_folder(folder: &Path) -> std::io::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The latest runs first, `limit` at most.
pub async fn runs(op: &OpContext, app: &App, limit: u32) -> Result<Vec<RunView>, AppError> {
    op.may(Action::SeeRuns)?;
    let records = app.store.read().await?.runs(i64::MAX, i64::from(limit)).await?;
    Ok(records.into_iter().map(view_of).collect())
}

/// The runs before one, the latest first, and how many there are in all.
pub async fn runs_after(op: &OpContext, app: &App, after: &After) -> Result<(Vec<RunView>, i64), AppError> {
    op.may(Action::SeeRuns)?;
    let mut reader = app.store.read().await?;
    let before = after.before().unwrap_or(i64::MAX);
    let records = reader.runs(before, i64::from(after.limit)).await?;
    Ok((
        records.into_iter().map(view_of).collect(),
        reader.run_count().await?,
    ))
}

/// One run by its number.
pub async fn run(op: &OpContext, app: &App, run_no: i64) -> Result<RunView, AppError> {
    op.may(Action::SeeRuns)?;
    let record = app.store.read().await?.run(run_no).await?;
    record
        .map(view_of)
        .ok_or_else(|| AppError::not_found("RUN-404", format!("没有第 {run_no} 次比对")))
}

fn view_of(record: RunRecord) -> RunView {
    let stats: Option<RunStats> = record.stats.and_then(|value| serde_json::from_value(value).ok());
    RunView {
        run_no: record.run_no,
        state: record.state,
        as_of: record.as_of,
        started_at: record.started_at,
        finished_at: record.finished_at,
        started_by: record.started_by,
        failure: record.failure,
        merge: record
            .merge_counts
            .and_then(|value| serde_json::from_value(value).ok()),
        model_version: stats.as_ref().map(|stats| stats.model_version.clone()),
        rule_versions: stats
            .iter()
            .flat_map(|stats| stats.rule_versions.iter())
            .map(|(rule, version)| (rule.clone(), i64::from(*version)))
            .collect(),
        batches: serde_json::from_value(record.batches).unwrap_or_default(),
        stats,
    }
}
