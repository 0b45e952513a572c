//! 比对运行: what was run, and starting one.

use app::job;
use app::run::{self, RunView};
use domain::api_token::TokenScope;
use domain::permission::Action;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::answer::{Answer, Page};
use super::asked::{Asked, paging};
use super::endpoint::Endpoint;
use super::job::{JobQueued, queued};
use super::problem::Refusal;
use super::shape::{Param, Shape};

/// 一次比对。
#[derive(Debug, Serialize, JsonSchema)]
struct Run {
    /// 第几次
    run_no: i64,
    /// 状态代码：running、finished、failed
    state: String,
    /// 状态
    state_label: String,
    /// 数据截至
    #[schemars(extend("format" = "date"))]
    as_of: String,
    /// 开始（北京时间）
    started_at: String,
    /// 完成（北京时间）
    finished_at: Option<String>,
    /// 失败的原因
    failure: Option<String>,
    /// 模型的版本
    model_version: Option<String>,
    /// 清单的变化；没有完成时为 null
    items: Option<RunItems>,
    /// 用到的数据批次
    batches: Vec<RunBatch>,
}

/// 一次比对给清单带来的变化。
#[derive(Debug, Serialize, JsonSchema)]
struct RunItems {
    /// 新列入
    raised: u64,
    /// 依据变化
    changed: u64,
    /// 没有变化
    unchanged: u64,
    /// 重新列入
    reopened: u64,
    /// 不再列入
    suppressed: u64,
    /// 办结
    done: u64,
    /// 已失效
    superseded: u64,
    /// 条件不再满足
    out_of_scope: u64,
    /// 自动派发
    assigned: u64,
}

/// 用到的一批数据。
#[derive(Debug, Serialize, JsonSchema)]
struct RunBatch {
    /// 种类
    kind: String,
    /// 批次
    batch: String,
    /// 文件的 SM3
    sm3: String,
}

pub fn endpoints() -> Vec<Endpoint> {
    let tag = "比对运行";
    vec![
        Endpoint::get("/runs", "listRuns", tag, "比对运行列表")
            .about("从最近一次起。")
            .needs(TokenScope::RunRead)
            .query(paging())
            .answers::<Page<Run>>(200)
            .run(list),
        Endpoint::get("/runs/{run_no}", "getRun", tag, "一次比对")
            .about("数据日期、用了哪些批次、结果各多少、失败的原因。")
            .needs(TokenScope::RunRead)
            .at(Param::new(
                "run_no",
                "第几次",
                Shape::Int {
                    min: 1,
                    max: 1_000_000_000,
                },
            ))
            .answers::<Run>(200)
            .run(one),
        Endpoint::post("/runs", "startRun", tag, "开始比对")
            .about("提交一个后台任务，用答复里的 Location 查看进度。")
            .needs(TokenScope::RunWrite)
            .fields([Param::new("as_of", "数据截至，默认今天", Shape::Day)])
            .answers::<JobQueued>(202)
            .run(start),
    ]
}

async fn list(asked: Asked) -> Result<Answer, Refusal> {
    let found = run::runs_after(asked.op()?, &asked.web.app, &asked.after()?).await?;
    asked.page(found, |run| run.run_no.to_string(), run_of)
}

async fn one(asked: Asked) -> Result<Answer, Refusal> {
    let number = asked.int("run_no").unwrap_or_default();
    Answer::json(&run_of(run::run(asked.op()?, &asked.web.app, number).await?))
}

fn run_of(view: RunView) -> Run {
    Run {
        run_no: view.run_no,
        state: view.state.code().to_owned(),
        state_label: view.state.label().to_owned(),
        as_of: view.as_of.to_string(),
        started_at: view.started_at.to_string(),
        finished_at: view.finished_at.map(|at| at.to_string()),
        failure: view.failure,
        model_version: view.model_version,
        items: view.merge.map(|merge| RunItems {
            raised: merge.raised,
            changed: merge.changed,
            unchanged: merge.unchanged,
            reopened: merge.reopened,
            suppressed: merge.suppressed,
            done: merge.done,
            superseded: merge.superseded,
            out_of_scope: merge.out_of_scope,
            assigned: merge.assigned,
        }),
        batches: view
            .batches
            .into_iter()
            .map(|(kind, batch, sm3)| RunBatch { kind, batch, sm3 })
            .collect(),
    }
}

async fn start(asked: Asked) -> Result<Answer, Refusal> {
    let op = asked.op()?;
    op.may(Action::StartRun)?;
    let as_of = asked.day("as_of").unwrap_or(op.today());
    let title = format!("比对（数据截至 {as_of}）");
    let arguments = json!({ "as_of": as_of.to_string() });
    queued(job::enqueue(op, &asked.web.app, "reconcile", &title, arguments).await?)
}
