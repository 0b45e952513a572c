//! Durable jobs (后台任务): a row each, with progress, log, result and a wish to cancel.

use codes::id::{AccountId, JobId};
use codes::time::Timestamp;
use domain::scope::Scope;
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use std::time::Duration;

use sqlx::Connection as _;
use sqlx::postgres::PgConnection;

use crate::StoreError;
use crate::list_query::{Direction, KeyPage, ListQuery};
use crate::tx::{Pools, Reader, Store, Tx};

macro_rules! columns {
    () => {
        "id, kind, title, state, arguments, stage, done_count, total_count, result, error, is_cancel_requested, \
         created_by, created_by_name, delegate_id, created_at, started_at, finished_at"
    };
}

statements! {
    JOB_BY_ID = Sql::both(concat!("SELECT ", columns!(), " FROM job WHERE id = $1")),
    JOB_LIST = Sql::both(concat!("SELECT ", columns!(), " FROM job ORDER BY created_at DESC, id LIMIT $1 OFFSET $2")),
    JOB_COUNT = Sql::both("SELECT COUNT(*) FROM job"),
    // One runner takes jobs, one after the other; SKIP LOCKED lets a second process start without waiting.
    JOB_NEXT = Sql::split {
        sqlite: concat!("SELECT ", columns!(), " FROM job WHERE state = 'queued' ORDER BY created_at, id LIMIT 1"),
        postgres: concat!(
            "SELECT ", columns!(),
            " FROM job WHERE state = 'queued' ORDER BY created_at, id LIMIT 1 FOR UPDATE SKIP LOCKED"
        ),
    },
    JOB_INSERT = Sql::both(
        "INSERT INTO job (id, kind, title, state, arguments, done_count, is_cancel_requested, created_by, \
         created_by_name, delegate_id, created_at) VALUES ($1, $2, $3, 'queued', $4, 0, FALSE, $5, $6, $7, $8)"
    ),
    JOB_START = Sql::both("UPDATE job SET state = 'running', started_at = $2 WHERE id = $1"),
    JOB_PROGRESS = Sql::both(
        "UPDATE job SET stage = $2, done_count = $3, total_count = $4 WHERE id = $1 AND state = 'running'"
    ),
    JOB_FINISH = Sql::both(
        "UPDATE job SET state = $2, result = $3, error = $4, finished_at = $5 WHERE id = $1 AND finished_at IS NULL"
    ),
    JOB_CANCEL = Sql::both(
        "UPDATE job SET is_cancel_requested = TRUE, \
         finished_at = CASE WHEN state = 'queued' THEN $2 ELSE finished_at END, \
         state = CASE WHEN state = 'queued' THEN 'cancelled' ELSE state END \
         WHERE id = $1 AND state IN ('queued', 'running')"
    ),
    JOBS_REQUEUE = Sql::both(
        "UPDATE job SET state = 'queued', interruptions = interruptions + 1, stage = NULL, done_count = 0, total_count = NULL, \
         started_at = NULL WHERE state = 'running' AND interruptions < $1 AND is_cancel_requested = FALSE RETURNING id"
    ),
    JOB_INTERRUPTED = Sql::both(
        "UPDATE job SET state = CASE WHEN is_cancel_requested THEN 'cancelled' ELSE 'failed' END, \
         error = CASE WHEN is_cancel_requested THEN NULL ELSE $1 END, finished_at = $2 WHERE state = 'running'"
    ),
    JOBS_AHEAD = Sql::both(concat!("SELECT ", columns!(), " FROM job WHERE state IN ('queued', 'running') ORDER BY created_at, id")),
    JOB_LOG_APPEND = Sql::both("INSERT INTO job_log (job_id, at, line) VALUES ($1, $2, $3)"),
    JOB_LOG = Sql::both("SELECT at, line FROM job_log WHERE job_id = $1 ORDER BY seq LIMIT 1000"),
}

/// How a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobState {
    /// Waiting for its turn.
    Queued,
    /// At work.
    Running,
    /// Finished well.
    Done,
    /// Finished badly, or interrupted.
    Failed,
    /// Stopped because somebody asked.
    Cancelled,
}

impl JobState {
    /// The code that is stored.
    pub fn code(self) -> &'static str {
        match self {
            JobState::Queued => "queued",
            JobState::Running => "running",
            JobState::Done => "done",
            JobState::Failed => "failed",
            JobState::Cancelled => "cancelled",
        }
    }

    /// The word on the screen.
    pub fn label(self) -> &'static str {
        match self {
            JobState::Queued => "排队中",
            JobState::Running => "进行中",
            JobState::Done => "已完成",
            JobState::Failed => "失败",
            JobState::Cancelled => "已取消",
        }
    }

    /// Whether nothing more will happen.
    pub fn is_final(self) -> bool {
        !matches!(self, JobState::Queued | JobState::Running)
    }

    fn from_code(code: &str) -> Option<JobState> {
        [
            JobState::Queued,
            JobState::Running,
            JobState::Done,
            JobState::Failed,
            JobState::Cancelled,
        ]
        .into_iter()
        .find(|state| state.code() == code)
    }
}

/// One job.
#[derive(Debug, Clone, PartialEq)]
pub struct JobRow {
    /// Its id.
    pub id: JobId,
    /// Which registered work it is: `import`, `reconcile`.
    pub kind: String,
    /// What it is, for a person.
    pub title: String,
    /// How it stands.
    pub state: JobState,
    /// What the work was told.
    pub arguments: Value,
    /// What it is doing now.
    pub stage: Option<String>,
    /// How far the stage is.
    pub done_count: i64,
    /// Of how many; unknown while `None`.
    pub total_count: Option<i64>,
    /// What came out.
    pub result: Option<Value>,
    /// What went wrong, for a person.
    pub error: Option<String>,
    /// Whether somebody asked to stop it.
    pub is_cancel_requested: bool,
    /// Who asked for it; `None` for the system.
    pub created_by: Option<AccountId>,
    /// The same by the name of that time.
    pub created_by_name: String,
    /// Who really queued it, when somebody acted for `created_by`.
    pub delegate_id: Option<AccountId>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When work began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    kind: String,
    title: String,
    state: String,
    arguments: Json<Value>,
    stage: Option<String>,
    done_count: i64,
    total_count: Option<i64>,
    result: Option<Json<Value>>,
    error: Option<String>,
    is_cancel_requested: bool,
    created_by: Option<Uuid>,
    created_by_name: String,
    delegate_id: Option<Uuid>,
    created_at: i64,
    started_at: Option<i64>,
    finished_at: Option<i64>,
}

impl TryFrom<Row> for JobRow {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<JobRow, StoreError> {
        Ok(JobRow {
            id: JobId::from_uuid(row.id),
            kind: row.kind,
            title: row.title,
            state: JobState::from_code(&row.state)
                .ok_or_else(|| StoreError::corrupt("job", "state", row.id))?,
            arguments: row.arguments.0,
            stage: row.stage,
            done_count: row.done_count,
            total_count: row.total_count,
            result: row.result.map(|json| json.0),
            error: row.error,
            is_cancel_requested: row.is_cancel_requested,
            created_by: row.created_by.map(AccountId::from_uuid),
            created_by_name: row.created_by_name,
            delegate_id: row.delegate_id.map(AccountId::from_uuid),
            created_at: Timestamp(row.created_at),
            started_at: row.started_at.map(Timestamp),
            finished_at: row.finished_at.map(Timestamp),
        })
    }
}

impl Reader {
    /// Looks one job up.
    pub async fn job(&mut self, id: JobId) -> Result<Option<JobRow>, StoreError> {
        let row: Option<Row> = fetch_optional!(self, JOB_BY_ID, id.uuid())?;
        row.map(JobRow::try_from).transpose()
    }

    /// Jobs, newest first, and how many there are.
    pub async fn jobs(&mut self, limit: i64, offset: i64) -> Result<(Vec<JobRow>, i64), StoreError> {
        let rows: Vec<Row> = fetch_all!(self, JOB_LIST, limit, offset)?;
        let (count,): (i64,) = fetch_one!(self, JOB_COUNT)?;
        Ok((
            rows.into_iter().map(JobRow::try_from).collect::<Result<_, _>>()?,
            count,
        ))
    }

    /// Jobs of one account, newest first, and how many there are in all.
    pub async fn jobs_of(&mut self, own: AccountId, page: KeyPage) -> Result<(Vec<JobRow>, i64), StoreError> {
        let mut query = ListQuery::new(columns!(), "job", &Scope::Everything, "id");
        query.wherever("created_by = ?", [own.uuid().into()]);
        // An id begins with the instant it was made at.
        query.window(page.into(), "id", Direction::Descending);
        let rows: Vec<Row> = query.fetch(self).await?;
        let count = query.count(self).await?;
        Ok((
            rows.into_iter().map(JobRow::try_from).collect::<Result<_, _>>()?,
            count,
        ))
    }

    /// The first thousand lines of a job's log.
    pub async fn job_log(&mut self, id: JobId) -> Result<Vec<(Timestamp, String)>, StoreError> {
        let rows: Vec<(i64, String)> = fetch_all!(self, JOB_LOG, id.uuid())?;
        Ok(rows.into_iter().map(|(at, line)| (Timestamp(at), line)).collect())
    }
}

impl Reader {
    /// Jobs that wait or are at work.
    pub async fn jobs_ahead(&mut self) -> Result<Vec<JobRow>, StoreError> {
        let rows: Vec<Row> = fetch_all!(self, JOBS_AHEAD)?;
        rows.into_iter().map(JobRow::try_from).collect()
    }
}

/// How often a lock is asked for before it counts as taken: a server needs a moment to see that its last holder is gone.
const LOCK_TRIES: u32 = 8;
/// Between two of these.
const LOCK_PAUSE: Duration = Duration::from_millis(60);

/// A lock on one kind of work in a store that several servers share. It ends when the value is dropped or the process dies.
#[derive(Debug)]
#[must_use = "the lock ends when this is dropped"]
pub struct StoreLock {
    /// The session that holds it; SQLite's store lies in one data folder, whose own lock is enough.
    _session: Option<PgConnection>,
}

impl Store {
    /// Takes the lock `name` of this store; `None` when another server has it.
    pub async fn try_lock(&self, name: &str) -> Result<Option<StoreLock>, StoreError> {
        let Pools::Postgres(pool) = &self.pools else {
            return Ok(Some(StoreLock { _session: None }));
        };
        // A connection of its own: one that went back to the pool would take the lock with it.
        let mut session = pool.acquire().await?.detach();
        for attempt in 0..LOCK_TRIES {
            if attempt > 0 {
                tokio::time::sleep(LOCK_PAUSE).await;
            }
            let (is_taken,): (bool,) = sqlx::query_as(
                "SELECT pg_try_advisory_lock(hashtextextended('gonghui/' || current_schema() || '/' || $1, 0))",
            )
            .bind(name)
            .fetch_one(&mut session)
            .await?;
            if is_taken {
                return Ok(Some(StoreLock {
                    _session: Some(session),
                }));
            }
        }
        session.close().await?;
        Ok(None)
    }
}

impl Tx {
    /// Queues a job; it is taken after this transaction has been committed.
    pub async fn add_job(&mut self, job: &JobRow) -> Result<(), StoreError> {
        execute!(
            self,
            JOB_INSERT,
            job.id.uuid(),
            job.kind.as_str(),
            job.title.as_str(),
            Json(&job.arguments),
            job.created_by.map(|id| id.uuid()),
            job.created_by_name.as_str(),
            job.delegate_id.map(|id| id.uuid()),
            job.created_at.0,
        )?;
        Ok(())
    }

    /// Takes the oldest waiting job and marks it running.
    pub async fn take_job(&mut self, now: Timestamp) -> Result<Option<JobRow>, StoreError> {
        let row: Option<Row> = fetch_optional!(self, JOB_NEXT)?;
        let Some(row) = row else { return Ok(None) };
        let mut job = JobRow::try_from(row)?;
        execute!(self, JOB_START, job.id.uuid(), now.0)?;
        job.state = JobState::Running;
        job.started_at = Some(now);
        Ok(Some(job))
    }

    /// Notes how far a running job is.
    pub async fn job_progress(
        &mut self,
        id: JobId,
        stage: &str,
        done: i64,
        total: Option<i64>,
    ) -> Result<(), StoreError> {
        execute!(self, JOB_PROGRESS, id.uuid(), stage, done, total)?;
        Ok(())
    }

    /// Ends a job, once.
    pub async fn finish_job(
        &mut self,
        id: JobId,
        state: JobState,
        result: Option<&Value>,
        error: Option<&str>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        execute!(
            self,
            JOB_FINISH,
            id.uuid(),
            state.code(),
            result.map(Json),
            error,
            now.0
        )?;
        Ok(())
    }

    /// Ends a waiting job, asks a running one to stop; false when it has ended already.
    pub async fn cancel_job(&mut self, id: JobId, now: Timestamp) -> Result<bool, StoreError> {
        Ok(execute!(self, JOB_CANCEL, id.uuid(), now.0)? > 0)
    }

    /// Every job that was running when the process died waits for its turn again, with `line` in its log, unless that has happened to
    /// it `at_most` times; then it is failed for the reason. One that somebody wanted to stop has stopped. Answers how many there were.
    pub async fn settle_interrupted_jobs(
        &mut self,
        at_most: i64,
        line: &str,
        reason: &str,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let again: Vec<(Uuid,)> = fetch_all!(self, JOBS_REQUEUE, at_most)?;
        for (id,) in &again {
            execute!(self, JOB_LOG_APPEND, *id, now.0, line)?;
        }
        Ok(again.len() as u64 + execute!(self, JOB_INTERRUPTED, reason, now.0)?)
    }

    /// Writes one line to a job's log.
    pub async fn log_job(&mut self, id: JobId, line: &str, now: Timestamp) -> Result<(), StoreError> {
        execute!(self, JOB_LOG_APPEND, id.uuid(), now.0, line)?;
        Ok(())
    }
}
