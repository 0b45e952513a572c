//! 后台任务: how far it is, for whoever asked for it.

use app::error::AppError;
use app::export::register;
use app::job::{self, JobRow};
use app::membership::{ANONYMISE_JOB, SUGGEST_JOB};
use app::quality;
use axum::http::StatusCode;
use codes::id::JobId;
use domain::api_token::TokenScope;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::ROOT;
use super::answer::{Answer, Page, place};
use super::asked::{Asked, paging};
use super::endpoint::Endpoint;
use super::problem::Refusal;
use super::shape::{Param, Shape};

/// 已提交的后台任务。
#[derive(Debug, Serialize, JsonSchema)]
pub struct JobQueued {
    /// 任务编号
    #[schemars(extend("format" = "uuid"))]
    job_id: String,
}

/// 后台任务。
#[derive(Debug, Serialize, JsonSchema)]
struct Job {
    /// 任务编号
    #[schemars(extend("format" = "uuid"))]
    job_id: String,
    /// 种类：import、check、export-register、reconcile、quality 等
    kind: String,
    /// 名目
    title: String,
    /// 状态代码：queued、running、done、failed、cancelled
    state: String,
    /// 状态
    state_label: String,
    /// 正在做什么
    stage: Option<String>,
    /// 做了多少
    done_count: i64,
    /// 一共多少；不清楚时为 null
    total_count: Option<i64>,
    /// 结果，一句话
    message: Option<String>,
    /// 做好的结果在哪里：数据批次、核对、导出的文件、比对运行；没有可读取的结果时为 null
    result: Option<String>,
    /// 失败的原因
    error: Option<String>,
    /// 提交时间（北京时间）
    created_at: String,
    /// 结束时间（北京时间）
    finished_at: Option<String>,
}

pub fn endpoints() -> Vec<Endpoint> {
    let id = || Param::new("job_id", "任务编号", Shape::Id);
    vec![
        Endpoint::get("/jobs", "listJobs", "后台任务", "自己提交的后台任务")
            .about("最近的在前。正在做的任务，进度是现在的。")
            .query(paging())
            .answers::<Page<Job>>(200)
            .run(list),
        Endpoint::get("/jobs/{job_id}", "getJob", "后台任务", "一个后台任务")
            .about("自己提交的任务。")
            .at(id())
            .answers::<Job>(200)
            .run(one),
        Endpoint::post("/jobs/{job_id}/cancel", "cancelJob", "后台任务", "取消后台任务")
            .about("自己提交的任务；正在做的在下一个间隙停下。令牌须有能提交这种任务的范围。")
            .at(id())
            .answers::<Job>(200)
            .run(cancel),
    ]
}

/// The answer of an operation that has queued a job.
pub(super) fn queued(id: JobId) -> Result<Answer, Refusal> {
    let answer = Answer::json(&JobQueued {
        job_id: id.to_string(),
    })?;
    Ok(answer
        .status(StatusCode::ACCEPTED)
        .location(&format!("{ROOT}/jobs/{id}")))
}

fn id_of(asked: &Asked) -> Result<JobId, Refusal> {
    Ok(asked.words("job_id").parse().map_err(|_| AppError::no_job())?)
}

async fn list(asked: Asked) -> Result<Answer, Refusal> {
    let found = job::own_jobs_after(asked.op()?, &asked.web.app, &asked.after()?).await?;
    asked.page(found, |job| job.id.to_string(), job_of)
}

async fn one(asked: Asked) -> Result<Answer, Refusal> {
    let job = job::job(asked.op()?, &asked.web.app, id_of(&asked)?).await?;
    Answer::json(&job_of(job))
}

fn job_of(job: JobRow) -> Job {
    let text = |name: &str| {
        let value = job.result.as_ref()?.get(name).and_then(Value::as_str)?;
        Some(value.to_owned())
    };
    Job {
        job_id: job.id.to_string(),
        state: job.state.code().to_owned(),
        state_label: job.state.label().to_owned(),
        message: text("message"),
        result: text("href").and_then(|page| result_of(&page)),
        created_at: job.created_at.to_string(),
        finished_at: job.finished_at.map(|at| at.to_string()),
        kind: job.kind,
        title: job.title,
        stage: job.stage,
        done_count: job.done_count,
        total_count: job.total_count,
        error: job.error,
    }
}

/// Where a program reads what a job has made, by the page that people are sent to.
fn result_of(page: &str) -> Option<String> {
    if let Some(id) = page
        .strip_prefix("/member/retention/")
        .and_then(|rest| rest.strip_suffix("/report"))
    {
        return Some(place(&["memberships-due", "reports", id]));
    }
    let places = [
        ("/intake/check/", "/checks/", ""),
        ("/intake/", "/batches/", ""),
        ("/download#n", "/exports/", "/file"),
        ("/run/", "/runs/", ""),
    ];
    places.into_iter().find_map(|(from, to, behind)| {
        let number = page.strip_prefix(from)?;
        Some(format!("{ROOT}{to}{number}{behind}"))
    })
}

/// The scope that a job of this kind is started with, so that a token that only reads stops nobody's work. `None`: people start it.
fn started_with(kind: &str) -> Option<TokenScope> {
    match kind {
        "import" | "check" => Some(TokenScope::ImportWrite),
        register::JOB => Some(TokenScope::ExportWrite),
        "reconcile" | quality::JOB | SUGGEST_JOB => Some(TokenScope::RunWrite),
        ANONYMISE_JOB => Some(TokenScope::MemberErase),
        _ => None,
    }
}

async fn cancel(asked: Asked) -> Result<Answer, Refusal> {
    let (op, app, id) = (asked.op()?, &asked.web.app, id_of(&asked)?);
    match started_with(&job::job(op, app, id).await?.kind) {
        Some(scope) => asked.must_have(scope)?,
        None => {
            let words = "这种任务由人在控制台提交，只能在控制台取消";
            return Err(AppError::forbidden("TOK-403", words).into());
        }
    }
    job::cancel(op, app, id).await?;
    one(asked).await
}
