//! 核对: what an import of a file would do, row by row, before anything is written; then the decision.

use app::intake::{self, CheckReport, Outcome};
use domain::api_token::TokenScope;
use schemars::JsonSchema;
use serde::Serialize;

use super::answer::{Answer, Page};
use super::approval::{self, ApprovalOf, or_ask, reason};
use super::asked::{Asked, paging};
use super::endpoint::Endpoint;
use super::intake::{BatchReason, file_params, reason_of, receive};
use super::job::{JobQueued, queued};
use super::problem::Refusal;
use super::shape::{Param, Shape};
use crate::pages::intake::checked_import;

/// 待决定的核对。
#[derive(Debug, Serialize, JsonSchema)]
struct Checks {
    /// 最近的在前
    items: Vec<Check>,
}

/// 一次核对：导入会怎样。
#[derive(Debug, Serialize, JsonSchema)]
struct Check {
    /// 第几号
    check_no: i64,
    /// 种类
    kind: String,
    /// 种类，中文
    kind_label: String,
    /// 文件名
    file_name: String,
    /// 状态代码：waiting、imported、dropped、expired
    state: String,
    /// 状态
    state_label: String,
    /// 导入后是第几批；没有导入时为 null
    batch_no: Option<i64>,
    /// 核对的时间（北京时间）
    started_at: String,
    /// 文件的 SM3
    sm3: String,
    /// 是否增量
    is_delta: bool,
    /// 是否与最近一批的文件完全相同
    is_known: bool,
    /// 文件行数
    rows: i64,
    /// 会进库的行数
    accepted: i64,
    /// 新增
    created: i64,
    /// 变更
    updated: i64,
    /// 未变
    same: i64,
    /// 退回
    rejected: i64,
    /// 存疑：会进库，其中看不懂的单元格按未知处理
    doubtful: i64,
    /// 疑似重复：会进库，台账中像有同一个
    twins: i64,
    /// 删除
    deleted: i64,
    /// 台账中有、文件中没有
    missing: i64,
    /// 与人工登记不同、以人工登记为准
    kept: i64,
    /// 片区变动：会改到别的片区，或不再列在片区的工会
    zoned: i64,
    /// 退回和存疑的原因，多的在前，写明最先的行号
    reasons: Vec<BatchReason>,
}

/// 核对的一行，个人信息已脱敏。
#[derive(Debug, Serialize, JsonSchema)]
struct CheckRow {
    /// 文件中的行号；文件中没有这一行时为 null
    row: Option<u64>,
    /// 登记库标识；不清楚时为空
    key: String,
    /// 退回、存疑的原因；变更时是哪些列、原值 → 新值；新增时是名称
    text: String,
}

pub fn endpoints() -> Vec<Endpoint> {
    let tag = "数据批次";
    let number = || {
        Param::new(
            "check_no",
            "第几号",
            Shape::Int {
                min: 1,
                max: 1_000_000_000,
            },
        )
    };
    let outcomes = Outcome::ALL
        .iter()
        .map(|outcome| (outcome.code(), outcome.label()))
        .collect();
    vec![
        Endpoint::post("/checks", "checkFile", tag, "导入前核对一个文件")
            .about("与导入同样读取，什么都不写入。提交一个后台任务，做好后任务的 result 是核对的地址；文件封存一天，等候导入或放弃。")
            .needs(TokenScope::ImportWrite)
            .query(file_params())
            .file()
            .answers::<JobQueued>(202)
            .run(|asked| receive(asked, "check")),
        Endpoint::get("/checks", "listChecks", tag, "待决定的核对")
            .about("核对过、还没有导入或放弃的文件，最近的在前；一天后过期。")
            .needs(TokenScope::ImportWrite)
            .answers::<Checks>(200)
            .run(list),
        Endpoint::get("/checks/{check_no}", "getCheck", tag, "一次核对")
            .about("新增、变更、未变、退回、疑似重复各多少行，退回和存疑的原因。")
            .needs(TokenScope::ImportWrite)
            .at(number())
            .answers::<Check>(200)
            .run(one),
        Endpoint::get("/checks/{check_no}/rows", "listCheckRows", tag, "核对的明细")
            .about("每种结果最多保留最先的 2,000 行；核对已导入、放弃或过期的以 409 说明。")
            .needs(TokenScope::ImportWrite)
            .at(number())
            .query([Param::new("outcome", "哪一种结果", Shape::Choice(outcomes)).required()])
            .query(paging())
            .conflicts()
            .answers::<Page<CheckRow>>(200)
            .run(rows),
        Endpoint::post("/checks/{check_no}/import", "importChecked", tag, "导入核对过的文件")
            .about(
                "核对之后台账又有导入的以 409 说明，请重新核对。超过安全策略的限额的，以 409（APR-428）说明，须先申请复核；已经在等复核的以 \
                 409（APR-425）说明。",
            )
            .needs(TokenScope::ImportWrite)
            .at(number())
            .answers::<JobQueued>(202)
            .run(import),
        Endpoint::post(
            "/checks/{check_no}/import/approvals",
            "askImportApproval",
            tag,
            "申请复核导入",
        )
        .about("复核的是核对过的这一个文件（按 SM3）。另一人同意后 24 小时内可以导入一次。")
        .needs(TokenScope::ImportWrite)
        .at(number())
        .fields([reason()])
        .answers::<ApprovalOf>(201)
        .run(ask_import),
        Endpoint::post("/checks/{check_no}/drop", "dropCheck", tag, "放弃核对过的文件")
            .about("什么也不写入，文件删除。")
            .needs(TokenScope::ImportWrite)
            .at(number())
            .answers::<Check>(200)
            .run(drop_it),
    ]
}

fn number_of(asked: &Asked) -> i64 {
    asked.int("check_no").unwrap_or_default()
}

async fn list(asked: Asked) -> Result<Answer, Refusal> {
    let found = intake::checks_waiting(asked.op()?, &asked.web.app).await?;
    Answer::json(&Checks {
        items: found.into_iter().map(check_of).collect(),
    })
}

async fn one(asked: Asked) -> Result<Answer, Refusal> {
    let found = intake::check(asked.op()?, &asked.web.app, number_of(&asked)).await?;
    Answer::json(&check_of(found))
}

fn check_of(report: CheckReport) -> Check {
    let counts = report.counts;
    Check {
        check_no: report.check_no,
        kind: report.kind.name().to_owned(),
        kind_label: report.kind.label().to_owned(),
        file_name: report.file_name,
        state: report.state.code().to_owned(),
        state_label: report.state.label().to_owned(),
        batch_no: report.batch_no,
        started_at: report.started_at.to_string(),
        sm3: report.sm3,
        is_delta: counts.is_delta,
        is_known: counts.is_known,
        rows: counts.rows,
        accepted: counts.accepted,
        created: counts.created,
        updated: counts.updated,
        same: counts.unchanged,
        rejected: counts.rejected,
        doubtful: counts.doubtful,
        twins: counts.twins,
        deleted: counts.deleted,
        missing: counts.missing,
        kept: counts.kept,
        zoned: counts.zoned,
        reasons: counts.reasons.into_iter().map(reason_of).collect(),
    }
}

async fn rows(asked: Asked) -> Result<Answer, Refusal> {
    let outcome = Outcome::from_code(&asked.words("outcome")).unwrap_or(Outcome::Rejected);
    let (op, app) = (asked.op()?, &asked.web.app);
    let found = intake::check_lines_after(op, app, number_of(&asked), outcome, &asked.after()?).await?;
    asked.marked(found, |line: intake::CheckLine| CheckRow {
        row: line.row,
        key: line.key,
        text: line.text,
    })
}

async fn import(asked: Asked) -> Result<Answer, Refusal> {
    let number = number_of(&asked);
    let path = format!("/checks/{number}/import/approvals");
    let job = checked_import(asked.op()?, &asked.web.app, number).await;
    queued(job.map_err(|error| or_ask(error, &path))?)
}

async fn ask_import(asked: Asked) -> Result<Answer, Refusal> {
    let number = number_of(&asked);
    let wanted = intake::import_wanted(asked.op()?, &asked.web.app, number).await?;
    let page = format!("/intake/check/{number}");
    approval::ask(&asked, &wanted, &page, &asked.words("reason")).await
}

async fn drop_it(asked: Asked) -> Result<Answer, Refusal> {
    intake::drop_check(asked.op()?, &asked.web.app, number_of(&asked)).await?;
    one(asked).await
}
