//! Runs (比对运行) and the coverage figures of the last one.

use chrono::NaiveDate;
use codes::id::RunId;
use codes::time::{Day, Timestamp};
use domain::run::RunState;
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use crate::StoreError;
use crate::bulk::{self, BulkRow, RowWriter};
use crate::tx::{Reader, Tx};

statements! {
    RUN_NEXT_NO = Sql::both("SELECT CAST(COALESCE(MAX(run_no), 0) + 1 AS BIGINT) FROM run"),
    RUN_INSERT = Sql::both(
        "INSERT INTO run (run_no, id, state, as_of, started_at, started_by, batches) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)"
    ),
    RUN_END = Sql::both(
        "UPDATE run SET state = $2, finished_at = $3, failure = $4, stats = $5, merge_counts = $6, \
         member_links_file = $7, batches = $8 WHERE run_no = $1 AND state = 'running'"
    ),
    RUNS_COUNT = Sql::both("SELECT COUNT(*) FROM run"),
    RUNS_LATEST = Sql::both(
        "SELECT run_no, id, state, as_of, started_at, finished_at, started_by, failure, stats, merge_counts, batches, \
         member_links_file FROM run WHERE run_no < $1 ORDER BY run_no DESC LIMIT $2"
    ),
    RUN_BY_NO = Sql::both(
        "SELECT run_no, id, state, as_of, started_at, finished_at, started_by, failure, stats, merge_counts, batches, \
         member_links_file FROM run WHERE run_no = $1"
    ),
    RUNS_IN_STATE = Sql::both("SELECT run_no FROM run WHERE state = $1 ORDER BY run_no"),
    RUN_LAST_IN_STATE = Sql::both(
        "SELECT run_no, id, state, as_of, started_at, finished_at, started_by, failure, stats, merge_counts, batches, \
         member_links_file FROM run WHERE state = $1 ORDER BY run_no DESC LIMIT 1"
    ),
    COVERAGE_CLEAR = Sql::both("DELETE FROM coverage"),
}

/// One run as kept.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRecord {
    pub run_no: i64,
    pub id: RunId,
    pub state: RunState,
    pub as_of: Day,
    pub started_at: Timestamp,
    pub finished_at: Option<Timestamp>,
    pub started_by: String,
    pub failure: Option<String>,
    /// Counts and times of the bulk job.
    pub stats: Option<Value>,
    /// Counts of the merge.
    pub merge_counts: Option<Value>,
    /// Which batches were read.
    pub batches: Value,
    /// Where the person links lie in the lake.
    pub member_links_file: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    run_no: i64,
    id: Uuid,
    state: String,
    as_of: NaiveDate,
    started_at: i64,
    finished_at: Option<i64>,
    started_by: String,
    failure: Option<String>,
    stats: Option<Json<Value>>,
    merge_counts: Option<Json<Value>>,
    batches: Json<Value>,
    member_links_file: Option<String>,
}

impl TryFrom<Row> for RunRecord {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<RunRecord, StoreError> {
        Ok(RunRecord {
            run_no: row.run_no,
            id: RunId::from_uuid(row.id),
            state: RunState::from_code(&row.state)
                .ok_or_else(|| StoreError::corrupt("run", "state", row.run_no))?,
            as_of: row.as_of.into(),
            started_at: Timestamp(row.started_at),
            finished_at: row.finished_at.map(Timestamp),
            started_by: row.started_by,
            failure: row.failure,
            stats: row.stats.map(|json| json.0),
            merge_counts: row.merge_counts.map(|json| json.0),
            batches: row.batches.0,
            member_links_file: row.member_links_file,
        })
    }
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub struct RunEnd {
    pub state: RunState,
    pub finished_at: Timestamp,
    pub failure: Option<String>,
    pub stats: Option<Value>,
    pub merge_counts: Option<Value>,
    /// Which batches were read, a JSON list.
    pub batches: Value,
    pub member_links_file: Option<String>,
}

/// Coverage of one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoverageRecord {
    pub county: Option<i64>,
    pub town: Option<i64>,
    pub employers_25: i64,
    pub employers_25_with_union: i64,
    /// Of these, with a union whose record is sound; `None`: the register had not been counted.
    pub employers_25_with_sound_union: Option<i64>,
    pub responsible_path: Option<String>,
}

impl BulkRow for CoverageRecord {
    const TABLE: &'static str = "coverage";
    const COLUMNS: &'static [&'static str] = &[
        "county",
        "town",
        "employers_25",
        "employers_25_with_union",
        "employers_25_with_sound_union",
        "responsible_path",
    ];

    fn write(&self, row: &mut RowWriter<'_>) {
        row.int(self.county)
            .int(self.town)
            .int(self.employers_25)
            .int(self.employers_25_with_union)
            .int(self.employers_25_with_sound_union)
            .text(self.responsible_path.as_deref());
    }
}

impl Tx {
    /// Notes that a run begins and gives it the next number.
    pub async fn start_run(
        &mut self,
        id: RunId,
        as_of: Day,
        started_at: Timestamp,
        started_by: &str,
    ) -> Result<i64, StoreError> {
        let (run_no,): (i64,) = fetch_one!(self, RUN_NEXT_NO)?;
        let state = RunState::Running.code();
        let none = Value::Array(Vec::new());
        execute!(
            self,
            RUN_INSERT,
            run_no,
            id.uuid(),
            state,
            as_of.naive(),
            started_at.0,
            started_by,
            Json(&none)
        )?;
        Ok(run_no)
    }

    /// Notes how a run ended; answers false when it was not running any more.
    pub async fn end_run(&mut self, run_no: i64, end: &RunEnd) -> Result<bool, StoreError> {
        let touched = execute!(
            self,
            RUN_END,
            run_no,
            end.state.code(),
            end.finished_at.0,
            end.failure.as_deref(),
            end.stats.as_ref().map(Json),
            end.merge_counts.as_ref().map(Json),
            end.member_links_file.as_deref(),
            Json(&end.batches),
        )?;
        Ok(touched == 1)
    }

    /// Puts a run's coverage figures in the place of the former ones.
    pub async fn replace_coverage(
        &mut self,
        rows: impl IntoIterator<Item = CoverageRecord>,
    ) -> Result<u64, StoreError> {
        execute!(self, COVERAGE_CLEAR)?;
        bulk::insert_rows(self, rows).await
    }
}

impl Reader {
    /// How many runs there are.
    pub async fn run_count(&mut self) -> Result<i64, StoreError> {
        let row: (i64,) = fetch_one!(self, RUNS_COUNT)?;
        Ok(row.0)
    }

    /// The latest runs first, of those with a smaller number than `before`.
    pub async fn runs(&mut self, before: i64, limit: i64) -> Result<Vec<RunRecord>, StoreError> {
        let rows: Vec<Row> = fetch_all!(self, RUNS_LATEST, before, limit)?;
        rows.into_iter().map(RunRecord::try_from).collect()
    }

    /// One run by its number.
    pub async fn run(&mut self, run_no: i64) -> Result<Option<RunRecord>, StoreError> {
        let row: Option<Row> = fetch_optional!(self, RUN_BY_NO, run_no)?;
        row.map(RunRecord::try_from).transpose()
    }

    /// The numbers of the runs in a state.
    pub async fn run_numbers(&mut self, state: RunState) -> Result<Vec<i64>, StoreError> {
        let rows: Vec<(i64,)> = fetch_all!(self, RUNS_IN_STATE, state.code())?;
        Ok(rows.into_iter().map(|(run_no,)| run_no).collect())
    }

    /// The latest run in a state.
    pub async fn last_run(&mut self, state: RunState) -> Result<Option<RunRecord>, StoreError> {
        let row: Option<Row> = fetch_optional!(self, RUN_LAST_IN_STATE, state.code())?;
        row.map(RunRecord::try_from).transpose()
    }
}
