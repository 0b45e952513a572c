//! Durable background jobs (后台任务): queued in the store, done one after the other by [`run`].
//!
//! A kind of work is a closure registered under a name ([`Jobs::register`]) by whoever can do it: `cli` wires
//! `import` and `reconcile`. A job that was running when the process died is begun again at the next start, once: whatever
//! kills the process twice is marked failed. The work itself must be repeatable: each kind writes in one transaction, and what was
//! written before the job could say so is told by the work (an import of the same file changes nothing).
//!
//! Live progress stays in memory and is copied to the store now and then, because on SQLite the work itself may hold
//! the only writer for a minute.

mod house;

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use self::house::keep_house;
use codes::id::JobId;
use codes::time::Timestamp;
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::permission::Action;
use serde_json::{Value, json};
use store::Tx;
pub use store::job::{JobRow, JobState};
use tokio::sync::Notify;

use crate::error::AppError;
use crate::lock::WorkLock;
use crate::op::{App, Delegate, OpContext};
use crate::paging::After;

/// What a registered kind of work gives back.
pub type JobFuture = Pin<Box<dyn Future<Output = Result<Value, AppError>> + Send>>;
type Work = Arc<dyn Fn(JobContext) -> JobFuture + Send + Sync>;

/// How often live progress is copied to the store.
const COPY_EVERY: Duration = Duration::from_secs(2);
/// How long the copy waits for the writer before it lets this turn pass.
const COPY_WAIT: Duration = Duration::from_millis(200);
/// How often the queue is looked at when nobody rang.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// What a job says that was running when the process died.
const INTERRUPTED: &str = "服务两次在执行本任务时中断，任务未完成；数据不会只写入一半。请先查明原因（内存、磁盘空间），再重新提交，已导入的文件不会重复导入";
/// What its log says when it is begun again.
const AGAIN: &str = "服务中断，任务从头重做；中断前的内容没有写入一半";
/// How often a job is begun again by itself.
const AGAIN_MAX: i64 = 1;

/// The kinds of work this process can do, and what it is doing.
#[derive(Clone, Default)]
pub struct Jobs {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    kinds: Mutex<HashMap<&'static str, Work>>,
    live: Mutex<HashMap<JobId, Arc<Live>>>,
    bell: Notify,
}

/// A running job as this process sees it.
#[derive(Default)]
struct Live {
    is_cancelled: AtomicBool,
    progress: Mutex<Progress>,
}

/// How far a job is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// What it is doing now.
    pub stage: String,
    /// How far the stage is.
    pub done_count: i64,
    /// Of how many; unknown while `None`.
    pub total_count: Option<i64>,
}

/// A panicking job must not take the others' progress with it.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Jobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jobs")
            .field("kinds", &locked(&self.inner.kinds).keys())
            .finish()
    }
}

impl Jobs {
    /// Registers a kind of work. The closure is given the job and answers its result.
    pub fn register<F, R>(&self, kind: &'static str, work: F)
    where
        F: Fn(JobContext) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Value, AppError>> + Send + 'static,
    {
        let work: Work = Arc::new(move |context| Box::pin(work(context)));
        locked(&self.inner.kinds).insert(kind, work);
    }

    /// Whether this process can do this kind of work.
    pub fn knows(&self, kind: &str) -> bool {
        locked(&self.inner.kinds).contains_key(kind)
    }

    fn progress(&self, id: JobId) -> Option<Progress> {
        let live = locked(&self.inner.live).get(&id).cloned()?;
        let progress = locked(&live.progress).clone();
        Some(progress)
    }
}

/// What a job is given to work with.
#[derive(Clone)]
pub struct JobContext {
    /// The installation.
    pub app: App,
    /// Acts as whoever queued the job, with the role and scope they have now.
    pub op: OpContext,
    /// The job.
    pub job: JobRow,
    live: Arc<Live>,
}

impl JobContext {
    fn progress(&self, stage: &str, done_count: u64, total_count: Option<u64>) {
        let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let mut progress = locked(&self.live.progress);
        if progress.stage != stage {
            stage.clone_into(&mut progress.stage);
        }
        progress.done_count = count(done_count);
        progress.total_count = total_count.map(count);
    }

    /// What the work tells how far it is, and which tells it to stop when somebody asked for that.
    pub fn reporter(&self) -> crate::progress::Progress {
        let context = self.clone();
        Arc::new(move |stage, done, total| {
            context.check_cancelled()?;
            context.progress(stage, done, (total > 0).then_some(total));
            Ok(())
        })
    }

    fn check_cancelled(&self) -> Result<(), AppError> {
        if self.live.is_cancelled.load(Ordering::Relaxed) {
            Err(AppError::conflict("JOB-499", "任务已按要求取消"))
        } else {
            Ok(())
        }
    }

    /// Writes a line to the job's log.
    pub async fn log(&self, line: &str) -> Result<(), AppError> {
        let mut tx = self.app.store.begin().await?;
        tx.log_job(self.job.id, line, self.app.now()).await?;
        Ok(tx.commit().await?)
    }
}

impl AppError {
    /// No such job.
    pub fn no_job() -> AppError {
        AppError::not_found("JOB-404", "没有这个后台任务")
    }
}

/// Queues a job (提交任务). The caller has checked that the actor may do the work itself.
pub async fn enqueue(
    op: &OpContext,
    app: &App,
    kind: &'static str,
    title: &str,
    arguments: Value,
) -> Result<JobId, AppError> {
    let tx = app.store.begin().await?;
    enqueue_in(op, app, tx, kind, title, arguments).await
}

/// The same in a transaction of the caller's, which it commits.
pub(crate) async fn enqueue_in(
    op: &OpContext,
    app: &App,
    mut tx: Tx,
    kind: &'static str,
    title: &str,
    arguments: Value,
) -> Result<JobId, AppError> {
    if !app.jobs.knows(kind) {
        return Err(
            AppError::unavailable("JOB-501", format!("本进程不能执行“{title}”"))
                .hint("请在运行 gonghui serve 的服务上操作"),
        );
    }
    let job = JobRow {
        id: op.new_id(),
        kind: kind.to_owned(),
        title: title.to_owned(),
        state: JobState::Queued,
        arguments,
        stage: None,
        done_count: 0,
        total_count: None,
        result: None,
        error: None,
        is_cancel_requested: false,
        created_by: op.actor.id,
        created_by_name: op.signature(),
        delegate_id: op.delegate.as_ref().map(|delegate| delegate.id),
        created_at: op.now(),
        started_at: None,
        finished_at: None,
    };
    tx.add_job(&job).await?;
    let entry = JournalEntry::new(JournalAction::JobQueued, SubjectKind::Job, job.id.uuid());
    tx.journal(&op.by(), entry.after(&json!({ "kind": kind, "title": title })))
        .await?;
    tx.commit().await?;
    app.jobs.inner.bell.notify_one();
    Ok(job.id)
}

/// A job with its live progress: for whoever queued it, and for those who may see all.
pub async fn job(op: &OpContext, app: &App, id: JobId) -> Result<JobRow, AppError> {
    let job = app
        .store
        .read()
        .await?
        .job(id)
        .await?
        .ok_or_else(AppError::no_job)?;
    if !is_own(op, &job) && !op.can(Action::SeeJobs) {
        return Err(AppError::no_job());
    }
    Ok(with_progress(app, job))
}

fn is_own(op: &OpContext, job: &JobRow) -> bool {
    job.created_by.is_some() && job.created_by == op.actor.id
}

fn with_progress(app: &App, mut job: JobRow) -> JobRow {
    if let Some(progress) = app
        .jobs
        .progress(job.id)
        .filter(|_| job.state == JobState::Running)
    {
        job.stage = Some(progress.stage);
        job.done_count = progress.done_count;
        job.total_count = progress.total_count;
    }
    job
}

/// The log of a job.
pub async fn job_log(op: &OpContext, app: &App, id: JobId) -> Result<Vec<(Timestamp, String)>, AppError> {
    job(op, app, id).await?;
    Ok(app.store.read().await?.job_log(id).await?)
}

/// Jobs on one page of their list.
pub const JOBS_PER_PAGE: u32 = 50;

/// Jobs, newest first, from page 1, and how many there are in all.
pub async fn jobs(op: &OpContext, app: &App, page: u32) -> Result<(Vec<JobRow>, i64), AppError> {
    op.may(Action::SeeJobs)?;
    let size = i64::from(JOBS_PER_PAGE);
    let offset = i64::from(page.max(1) - 1) * size;
    let (jobs, total) = app.store.read().await?.jobs(size, offset).await?;
    Ok((
        jobs.into_iter().map(|job| with_progress(app, job)).collect(),
        total,
    ))
}

/// The jobs that the asker has queued after one of them, newest first, and how many there are in all.
pub async fn own_jobs_after(
    op: &OpContext,
    app: &App,
    after: &After,
) -> Result<(Vec<JobRow>, i64), AppError> {
    let Some(own) = op.actor.id else {
        return Ok((Vec::new(), 0));
    };
    let (jobs, total) = app.store.read().await?.jobs_of(own, after.id()).await?;
    Ok((
        jobs.into_iter().map(|job| with_progress(app, job)).collect(),
        total,
    ))
}

/// Whether this person may ask the job to stop, and it has not been asked yet.
pub fn may_cancel(op: &OpContext, job: &JobRow) -> bool {
    matches!(job.state, JobState::Queued | JobState::Running)
        && !job.is_cancel_requested
        && (is_own(op, job) || op.can(Action::CancelJob))
}

/// Asks a job to stop (取消任务). A waiting one ends here; a running one stops when it next tells its progress.
pub async fn cancel(op: &OpContext, app: &App, id: JobId) -> Result<(), AppError> {
    let known = job(op, app, id).await?;
    if !is_own(op, &known) {
        op.may(Action::CancelJob)?;
    }
    // The flag first: the work may hold the writer that the next lines wait for.
    let live = locked(&app.jobs.inner.live).get(&id).cloned();
    if let Some(live) = &live {
        live.is_cancelled.store(true, Ordering::Relaxed);
    }
    let mut tx = app.store.begin().await?;
    if !tx.cancel_job(id, app.now()).await? {
        // The work may have seen the flag and stopped before this line.
        let ended = tx.job(id).await?.ok_or_else(AppError::no_job)?;
        if live.is_none() || ended.state != JobState::Cancelled {
            return Err(AppError::conflict("JOB-410", "任务已结束"));
        }
    }
    tx.journal(
        &op.by(),
        JournalEntry::new(JournalAction::JobCancelled, SubjectKind::Job, id.uuid()),
    )
    .await?;
    Ok(tx.commit().await?)
}

/// Does jobs until `shutdown` is done; the job at work then is left to finish or to be marked at the next start.
///
/// Only one process of an installation does jobs; a second one answers at once with `false`.
pub async fn run(app: App, shutdown: impl Future<Output = ()> + Send) -> Result<bool, AppError> {
    let Some(_lock) = WorkLock::try_take(&app, "jobs").await? else {
        return Ok(false);
    };
    recover(&app).await?;
    // A job that works for hours does not keep the house waiting, and the other way round.
    tokio::select! {
        () = shutdown => Ok(true),
        () = do_jobs(&app) => Ok(true),
        () = house::keep(&app) => Ok(true),
    }
}

async fn do_jobs(app: &App) {
    loop {
        match run_next(app).await {
            Ok(true) => {}
            Ok(false) => {
                let _ = tokio::time::timeout(LOOK_EVERY, app.jobs.inner.bell.notified()).await;
            }
            Err(error) => {
                tracing::error!(%error, "the job queue cannot be read");
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
    }
}

/// Has jobs that were running when the process died begin again, and answers how many there were. The caller knows that nobody else works.
pub async fn recover(app: &App) -> Result<u64, AppError> {
    let mut tx = app.store.begin().await?;
    let count = tx
        .settle_interrupted_jobs(AGAIN_MAX, AGAIN, INTERRUPTED, app.now())
        .await?;
    tx.commit().await?;
    Ok(count)
}

/// Does the oldest waiting job, if there is one, to its end. Answers whether there was one.
pub async fn run_next(app: &App) -> Result<bool, AppError> {
    let mut tx = app.store.begin().await?;
    let Some(job) = tx.take_job(app.now()).await? else {
        return Ok(false);
    };
    tx.commit().await?;
    let id = job.id;
    let live = Arc::new(Live::default());
    locked(&app.jobs.inner.live).insert(id, Arc::clone(&live));
    let outcome = work(app, job, &live).await;
    let was_cancelled = live.is_cancelled.load(Ordering::Relaxed);
    let finished = finish(app, id, &live, outcome, was_cancelled).await;
    locked(&app.jobs.inner.live).remove(&id);
    finished?;
    Ok(true)
}

async fn work(app: &App, job: JobRow, live: &Arc<Live>) -> Result<Value, AppError> {
    let id = job.id;
    let op = context_of(app, &job).await?;
    let work = locked(&app.jobs.inner.kinds).get(job.kind.as_str()).cloned();
    let work =
        work.ok_or_else(|| AppError::unavailable("JOB-501", format!("本进程不能执行“{}”", job.title)))?;
    let context = JobContext {
        app: app.clone(),
        op,
        job,
        live: Arc::clone(live),
    };
    context.check_cancelled()?;
    // A task of its own, so that a panic is an outcome and not the end of the queue.
    let mut task = tokio::spawn(work(context));
    loop {
        match tokio::time::timeout(COPY_EVERY, &mut task).await {
            Ok(Ok(outcome)) => return outcome,
            Ok(Err(panic)) => return Err(AppError::internal(panic)),
            Err(_) => copy_progress(app, id, live).await,
        }
    }
}

/// The job acts as whoever queued it, as they stand now: an account that is out of use can no longer act.
async fn context_of(app: &App, job: &JobRow) -> Result<OpContext, AppError> {
    let Some(id) = job.created_by else {
        return Ok(app.system(&job.kind));
    };
    let account = app.store.read().await?.account(id).await?;
    let account = account
        .filter(|account| account.disabled_at.is_none())
        .ok_or_else(AppError::account_disabled)?;
    let op = app.acting(&account, None, Some(job.id.to_string()));
    let Some(delegate) = job.delegate_id else {
        return Ok(op);
    };
    let delegate = app.store.read().await?.account(delegate).await?;
    let delegate = delegate
        .filter(|account| account.disabled_at.is_none())
        .ok_or_else(AppError::account_disabled)?;
    let delegate = Delegate {
        id: delegate.id,
        name: delegate.name,
    };
    Ok(op.acted_by(delegate))
}

async fn copy_progress(app: &App, id: JobId, live: &Live) {
    let Ok(Ok(mut tx)) = tokio::time::timeout(COPY_WAIT, app.store.begin()).await else {
        return;
    };
    let progress = locked(&live.progress).clone();
    let copied = tx
        .job_progress(id, &progress.stage, progress.done_count, progress.total_count)
        .await;
    let copied = match copied {
        Ok(()) => tx.commit().await,
        Err(error) => Err(error),
    };
    if let Err(error) = copied {
        tracing::debug!(%error, "progress not copied");
    }
}

async fn finish(
    app: &App,
    id: JobId,
    live: &Live,
    outcome: Result<Value, AppError>,
    was_cancelled: bool,
) -> Result<(), AppError> {
    let (state, result, error) = match outcome {
        Ok(result) => (JobState::Done, Some(result), None),
        Err(error) if was_cancelled => (JobState::Cancelled, None, Some(error.to_string())),
        Err(error) => {
            tracing::error!(job = %id, %error, cause = ?std::error::Error::source(&error), "job failed");
            (JobState::Failed, None, Some(error.to_string()))
        }
    };
    let progress = locked(&live.progress).clone();
    let mut tx = app.store.begin().await?;
    if !progress.stage.is_empty() {
        tx.job_progress(id, &progress.stage, progress.done_count, progress.total_count)
            .await?;
    }
    tx.finish_job(id, state, result.as_ref(), error.as_deref(), app.now())
        .await?;
    Ok(tx.commit().await?)
}
