//! 数据批次: what was taken in, and taking a file.

use std::sync::PoisonError;

use app::error::AppError;
use app::intake::{self, BatchReport, ChangedSince, ReasonCount, RejectRow};
use axum::http::StatusCode;
use codes::digest::Sm3Hasher;
use domain::accounts::shown_name;
use domain::api_token::TokenScope;
use domain::intake::Kind;
use domain::permission::Action;
use futures::TryStreamExt as _;
use schemars::JsonSchema;
use serde::Serialize;

use super::answer::{Answer, Page};
use super::approval::{self, ApprovalOf, or_ask, reason};
use super::asked::{Asked, paging};
use super::endpoint::Endpoint;
use super::job::{JobQueued, queued};
use super::problem::Refusal;
use super::serve::{once, too_large};
use super::shape::{Param, Shape};
use crate::pages::intake::{MOST_BYTES, Upload};

/// 一批数据。
#[derive(Debug, Serialize, JsonSchema)]
struct Batch {
    /// 第几批
    batch_no: i64,
    /// 种类
    kind: String,
    /// 种类，中文
    kind_label: String,
    /// 文件名
    file_name: String,
    /// 状态
    state_label: String,
    /// 是否增量
    is_delta: bool,
    /// 文件行数
    rows: i64,
    /// 进库的行数
    accepted: i64,
    /// 退回的行数
    rejected: i64,
    /// 有存疑单元格的行数
    doubtful: i64,
    /// 新增
    created: i64,
    /// 变更
    updated: i64,
    /// 删除
    deleted: i64,
    /// 未变
    unchanged: i64,
    /// 登记库有而文件没有的行数
    missing: i64,
    /// 因这一批（已撤销的，因撤销）改到别的片区，或不再列在片区的工会
    zoned: i64,
    /// 其中最先的几家，一家一句
    zoned_unions: Vec<String>,
    /// 文件的 SM3
    sm3: String,
    /// 开始（北京时间）
    started_at: String,
    /// 完成（北京时间）
    finished_at: Option<String>,
    /// 拒收的原因
    failure: Option<String>,
    /// 退回和存疑的原因
    reasons: Vec<BatchReason>,
    /// 是否还可以撤销
    is_undoable: bool,
}

/// 退回或存疑的一行。
#[derive(Debug, Serialize, JsonSchema)]
struct Reject {
    /// 文件中的行号
    row: u64,
    /// true 退回，没有进库；false 存疑，已进库，其中看不懂的单元格按未知处理
    is_rejected: bool,
    /// 原因
    reason: String,
    /// 有问题的单元格
    faults: Vec<CellFault>,
}

/// 有问题的一个单元格。
#[derive(Debug, Serialize, JsonSchema)]
struct CellFault {
    /// 文件里的表头
    column: String,
    /// 原因
    reason: String,
}

/// 撤销一批会遇到什么。
#[derive(Debug, Serialize, JsonSchema)]
struct UndoPreview {
    /// 第几批
    batch_no: i64,
    /// 本批写入或删除的行数
    written: i64,
    /// 其中之后又改过的行数；大于 0 时不能整批撤销，只能撤销其余的
    changed_count: i64,
    /// 之后改过的行，最先的 200 行
    changed: Vec<ChangedRow>,
    /// 连其余的也不能撤销的原因；可以撤销时为 null
    refusal: Option<String>,
}

/// 之后改过的一行。
#[derive(Debug, Serialize, JsonSchema)]
struct ChangedRow {
    /// 登记库标识
    key: String,
    /// 谁改的，已脱敏；日志里没有单独记录时为 null
    changed_by: Option<String>,
    /// 何时改的（北京时间）
    changed_at: Option<String>,
    /// 是否已不在台账
    is_gone: bool,
}

/// 一种原因。
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct BatchReason {
    /// 列
    column: String,
    /// 原因
    reason: String,
    /// 行数
    rows: i64,
}

pub fn endpoints() -> Vec<Endpoint> {
    let tag = "数据批次";
    vec![
        Endpoint::get("/batches", "listBatches", tag, "数据批次列表")
            .about("从最近一批起。")
            .needs(TokenScope::ImportRead)
            .query(paging())
            .answers::<Page<Batch>>(200)
            .run(list),
        Endpoint::get("/batches/{batch_no}", "getBatch", tag, "一批数据")
            .about("文件、行数、新增和变更多少、退回和存疑的原因、可否撤销。")
            .needs(TokenScope::ImportRead)
            .at(batch_no())
            .answers::<Batch>(200)
            .run(one),
        Endpoint::get("/batches/{batch_no}/rejects", "listRejects", tag, "退回和存疑的行")
            .about("按文件中的行号；不含单元格的内容，请对照自己的文件。带内容的退回清单由人在控制台下载。")
            .needs(TokenScope::ImportRead)
            .at(batch_no())
            .query(paging())
            .answers::<Page<Reject>>(200)
            .run(rejects),
        Endpoint::get("/batches/{batch_no}/undo", "previewUndo", tag, "撤销前核对")
            .about("什么都不写。之后改过的行列出谁、何时改的；不是最近一批等不能撤销的，以 409 说明。")
            .needs(TokenScope::ImportUndo)
            .at(batch_no())
            .conflicts()
            .answers::<UndoPreview>(200)
            .run(outlook),
        Endpoint::post("/batches/{batch_no}/undo", "undoBatch", tag, "撤销一批")
            .about(
                "数据回到这一批之前的状态。之后改过的行以 409 列出，什么也不撤销；rest=true 时只撤销其余的，改过的保持现状。超过安全策略的\
                 限额的，以 409（APR-428）说明，须先申请复核；已经在等复核的以 409（APR-425）说明。",
            )
            .needs(TokenScope::ImportUndo)
            .at(batch_no())
            .fields([rest()])
            .answers::<Batch>(200)
            .run(undo),
        Endpoint::post(
            "/batches/{batch_no}/undo/approvals",
            "askUndoApproval",
            tag,
            "申请复核撤销",
        )
        .about("rest 与撤销时相同。另一人同意后 24 小时内，同样的撤销可以办理一次。不是最近一批等不能撤销的，以 409 说明。")
        .needs(TokenScope::ImportUndo)
        .at(batch_no())
        .fields([rest(), reason()])
        .answers::<ApprovalOf>(201)
        .run(ask_undo),
        Endpoint::post("/imports", "importFile", tag, "导入一个文件")
            .about("请求体就是文件本身：CSV、XLSX 或 Parquet，最大 4 GB。提交一个后台任务，用答复里的 Location 查看进度。")
            .needs(TokenScope::ImportWrite)
            .query(file_params())
            .file()
            .answers::<JobQueued>(202)
            .run(|asked| receive(asked, "import")),
    ]
}

fn rest() -> Param {
    Param::new("rest", "只撤销没有人改过的行", Shape::Flag)
}

fn batch_no() -> Param {
    let shape = Shape::Int {
        min: 1,
        max: 1_000_000_000,
    };
    Param::new("batch_no", "第几批", shape)
}

/// What a file is, said beside it.
pub(super) fn file_params() -> [Param; 2] {
    let kinds = Kind::ALL.map(|kind| (kind.name(), kind.label())).to_vec();
    let name = "文件名，以 .csv、.xlsx、.xls 或 .parquet 结尾";
    [
        Param::new("kind", "文件里是哪一类数据", Shape::Choice(kinds)).required(),
        Param::new("file_name", name, file_name()).required(),
    ]
}

/// A name, not a path, of a file that can be read.
fn file_name() -> Shape {
    Shape::Form {
        pattern: "^[^\\u0000-\\u001f\\u007f-\\u009f/\\\\]{1,100}\\.(csv|xlsx|xls|parquet)$",
        fits: |name| {
            let bare = name
                .rsplit_once('.')
                .filter(|(_, end)| ["csv", "xlsx", "xls", "parquet"].contains(end));
            bare.is_some_and(|(bare, _)| {
                (1..=100).contains(&bare.chars().count())
                    && !bare
                        .chars()
                        .any(|letter| letter.is_control() || matches!(letter, '/' | '\\'))
            })
        },
        words: "须为文件名，以 .csv、.xlsx、.xls 或 .parquet 结尾",
    }
}

async fn list(asked: Asked) -> Result<Answer, Refusal> {
    let found = intake::batches_after(asked.op()?, &asked.web.app, &asked.after()?).await?;
    asked.page(found, |batch| batch.batch_no.to_string(), batch_of)
}

async fn one(asked: Asked) -> Result<Answer, Refusal> {
    let number = asked.int("batch_no").unwrap_or_default();
    Answer::json(&batch_of(
        intake::batch(asked.op()?, &asked.web.app, number).await?,
    ))
}

fn batch_of(report: BatchReport) -> Batch {
    Batch {
        batch_no: report.batch_no,
        kind: report.kind.name().to_owned(),
        kind_label: report.kind.label().to_owned(),
        file_name: report.file_name,
        state_label: report.state.label().to_owned(),
        is_delta: report.is_delta,
        rows: report.rows,
        accepted: report.accepted,
        rejected: report.rejected,
        doubtful: report.doubtful,
        created: report.created,
        updated: report.updated,
        deleted: report.deleted,
        unchanged: report.unchanged,
        missing: report.missing,
        zoned: report.zoned,
        zoned_unions: report.zoned_named,
        sm3: report.sm3,
        started_at: report.started_at.to_string(),
        finished_at: report.finished_at.map(|at| at.to_string()),
        failure: report.failure,
        reasons: report.reasons.into_iter().map(reason_of).collect(),
        is_undoable: report.is_undoable,
    }
}

pub(super) fn reason_of(one: ReasonCount) -> BatchReason {
    BatchReason {
        column: one.column,
        reason: one.reason,
        rows: one.rows,
    }
}

async fn rejects(asked: Asked) -> Result<Answer, Refusal> {
    let number = asked.int("batch_no").unwrap_or_default();
    let found = intake::reject_rows(asked.op()?, &asked.web.app, number, &asked.after()?).await?;
    asked.marked(found, |row: RejectRow| Reject {
        row: row.row,
        is_rejected: row.is_rejected,
        reason: row.reason,
        faults: row
            .faults
            .into_iter()
            .map(|(column, reason)| CellFault { column, reason })
            .collect(),
    })
}

async fn outlook(asked: Asked) -> Result<Answer, Refusal> {
    let number = asked.int("batch_no").unwrap_or_default();
    let found = intake::undo_outlook(asked.op()?, &asked.web.app, number).await?;
    Answer::json(&UndoPreview {
        batch_no: number,
        written: found.written,
        changed_count: found.changed_count,
        changed: found.changed.into_iter().map(changed_of).collect(),
        refusal: found.refusal,
    })
}

fn changed_of(row: ChangedSince) -> ChangedRow {
    let (by, at) = row.by.map_or((None, None), |(who, at)| {
        (Some(shown_name(&who)), Some(at.to_string()))
    });
    ChangedRow {
        key: row.key,
        changed_by: by,
        changed_at: at,
        is_gone: row.is_gone,
    }
}

async fn undo(asked: Asked) -> Result<Answer, Refusal> {
    let (op, app) = (asked.op()?, &asked.web.app);
    let number = asked.int("batch_no").unwrap_or_default();
    let report = if asked.flag("rest") == Some(true) {
        intake::undo_rest(op, app, number).await
    } else {
        intake::undo(op, app, number).await
    };
    let path = format!("/batches/{number}/undo/approvals");
    Answer::json(&batch_of(report.map_err(|error| or_ask(error, &path))?))
}

async fn ask_undo(asked: Asked) -> Result<Answer, Refusal> {
    let number = asked.int("batch_no").unwrap_or_default();
    let only_rest = asked.flag("rest") == Some(true);
    let wanted = intake::undo_wanted(asked.op()?, &asked.web.app, number, only_rest).await?;
    let page = format!("/intake/{number}/undo");
    approval::ask(&asked, &wanted, &page, &asked.words("reason")).await
}

/// Takes the file of a request and queues `what`: `import` or `check`.
pub(super) async fn receive(asked: Asked, what: &'static str) -> Result<Answer, Refusal> {
    asked.op()?.may(Action::Import)?;
    let kind = Kind::from_name(&asked.words("kind"))
        .ok_or_else(|| AppError::invalid("IMP-101", "请选择这是哪一类数据"))?;
    let name = asked.words("file_name");
    let mut upload = Upload::begin(&asked.web.app, kind, &name).await?;
    let mut digest = Sm3Hasher::new();
    digest.update(format!("{what} {} {name}\n", kind.name()).as_bytes());
    let body = asked.file.lock().unwrap_or_else(PoisonError::into_inner).take();
    let mut chunks = body.unwrap_or_default().into_data_stream();
    loop {
        let chunk = chunks.try_next().await.map_err(|_| {
            Refusal::from(AppError::invalid("IMP-102", "文件没有传完，什么也没有导入").hint("请重新上传"))
        })?;
        let Some(chunk) = chunk else { break };
        digest.update(&chunk);
        if upload.taken() + chunk.len() as u64 > MOST_BYTES {
            return Err(too_large().hint("请在服务器上用 gonghui import 导入"));
        }
        upload.write(&chunk).await?;
    }
    if upload.taken() == 0 {
        return Err(Refusal::new(
            StatusCode::BAD_REQUEST,
            "API-400",
            "请求有误",
            "请求体是空的，没有文件",
        ));
    }
    let (op, app) = (asked.op()?.clone(), asked.web.app.clone());
    let (by, of) = (op.clone(), app.clone());
    let work = async move { queued(upload.enqueue(&by, &of, what).await?) };
    match asked.key {
        Some(key) => once(op, app, key, digest.finish(), asked.request_id, work).await,
        None => work.await,
    }
}
