//! Floor 3: the bulk job. Lake tables in, links, findings and closures out, as Parquet; no database.
//!
//! ```text
//! enterprises ─► record store ─► EnterpriseTable (row numbers) ┐
//! insurance, tax, covers ─► mentions ─► resolve ──────────────┤
//! members × insured persons (by token) ─► staff vote ─────────┤
//! unions ─► claims ─► blocking ─► engines::matching ─► links ─┤
//!                                                             ▼
//!                         views `employer`, `union_view` ─► rules/*.sql ─► findings, closures
//! ```
//!
//! Tables come from their record stores (`lake::records`); DataFusion runs the rules' SQL. Pairs are scored outside SQL, by the
//! same function that scores a single typed record. Every tie is broken by a stable key, so the output does not depend on threads or row order.

pub mod any_table;
mod error;
mod job;
mod linkage;
mod output;
mod parallel;
mod progress;
mod record;
pub mod rule;
mod session;
mod table;
mod view;

pub use error::ReconcileError;
pub use lake::run::{RulesSource, RunInput, RunOutput, RunStats};

use lake::place::{Place, Staging};

/// Runs linkage and targeting once. `progress(stage, done, of)` is called from the caller's own task.
///
/// The job works on a runtime of its own, so that a server which starts it keeps answering.
///
/// # Errors
/// See [`ReconcileError`]; a failed run leaves nothing under a final name in `input.out`.
pub async fn run(
    input: &RunInput,
    progress: &(dyn Fn(&str, u64, u64) + Send + Sync),
) -> Result<RunOutput, ReconcileError> {
    let (reporter, mut reports) = progress::channel();
    let (answer, mut waiting) = tokio::sync::oneshot::channel();
    let owned = input.clone();
    let threads = owned.threads.unwrap_or_else(parallel::cores).max(1);
    std::thread::Builder::new()
        .name("reconcile".to_string())
        .spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(threads)
                .enable_all()
                .build();
            let result = match runtime {
                Ok(runtime) => runtime.block_on(job::run(&owned, threads, &reporter)),
                Err(_) => Err(ReconcileError::Aborted),
            };
            // Nobody waits any more if the caller was dropped; then the answer has no reader.
            let _ = answer.send(result);
        })
        .map_err(|_| ReconcileError::Aborted)?;
    loop {
        tokio::select! {
            biased;
            Some(report) = reports.recv() => progress(report.stage, report.done, report.of),
            result = &mut waiting => return result.map_err(|_| ReconcileError::Aborted)?,
        }
    }
}

/// [`run`] over places: what lies in a bucket is brought into the staging's folder first, and once the run has succeeded its
/// results are sent. The answer names the local files.
///
/// # Errors
/// As [`run`], and when a file cannot be brought or sent; a run that failed has sent nothing.
pub async fn run_staged(
    input: &RunInput<Place>,
    mut staging: Staging,
    progress: &(dyn Fn(&str, u64, u64) + Send + Sync),
) -> Result<RunOutput, ReconcileError> {
    let places = input.clone();
    let (input, staging) = blocking(move || Ok((places.staged(&mut staging)?, staging))).await?;
    let output = run(&input, progress).await?;
    blocking(move || staging.send().map_err(ReconcileError::Place)).await?;
    Ok(output)
}

/// Does what waits for disks and networks away from the tasks.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ReconcileError> + Send + 'static,
) -> Result<T, ReconcileError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| ReconcileError::Aborted)?
}
