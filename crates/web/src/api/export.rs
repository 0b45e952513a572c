//! 导出台账: unions or members as a list shows them, masked, made by a job and fetched here. Numbers in full never leave through the
//! interface; above the limit of the security policy a second person approves first, as for people.

use app::export::register::{self, ExportView, RegisterExport};
use domain::api_token::TokenScope;
use domain::consent::Purpose;
use domain::intake::Kind;
use domain::membership::MembershipState;
use domain::union_org::UnionType;
use schemars::JsonSchema;
use serde::Serialize;

use super::answer::{Answer, Page};
use super::approval::{self, ApprovalOf, or_ask};
use super::asked::{Asked, paging};
use super::endpoint::Endpoint;
use super::job::{JobQueued, queued};
use super::membership::gig_groups;
use super::problem::Refusal;
use super::shape::{Param, Shape};
use super::union_org::places;
use crate::pages::exchange::{address, stream};

/// 一号导出。
#[derive(Debug, Serialize, JsonSchema)]
struct Export {
    /// 第几号
    export_no: i64,
    /// 种类
    kind: String,
    /// 文件名
    file_name: String,
    /// 行数
    rows: Option<i64>,
    /// 是否未脱敏：只能由人在控制台做和下载
    is_plain: bool,
    /// 用途
    reason: String,
    /// 处理目的
    purpose: Option<String>,
    /// 因没有同意而未列入的人数
    left_out: Option<i64>,
    /// 时间（北京时间）
    made_at: String,
    /// 保留到何时（北京时间）
    kept_until: String,
    /// 文件是否还在
    is_kept: bool,
}

/// What is exported; the same for the export and for asking a second person.
fn fields() -> Vec<Param> {
    let words = |name, about, max| Param::new(name, about, Shape::Text { min: 1, max });
    let types = UnionType::ALL.map(|kind| (kind.code(), kind.label())).to_vec();
    let states = MembershipState::ALL
        .iter()
        .map(|state| (state.code(), state.label()))
        .collect();
    let purposes = Purpose::all().map(|one| (one.code(), one.label())).collect();
    let kinds = [Kind::Unions, Kind::Members].map(|kind| (kind.name(), kind.label()));
    let [county, town] = places();
    vec![
        Param::new("kind", "导出什么", Shape::Choice(kinds.to_vec())).required(),
        Param::new(
            "format",
            "文件的格式",
            Shape::Choice(vec![
                ("csv", "CSV"),
                ("xlsx", "Excel"),
                ("pdf", "PDF 名册，最多 2000 行、12 列"),
                ("sheet", "PDF 登记表，只有 key 所指的一名会员或一家工会"),
            ]),
        )
        .required(),
        words("reason", "用途：写入日志，并印在工作簿和 PDF 里", 200).required(),
        Param::new(
            "columns",
            "数据元的名称，见数据字典；不写则全部（PDF 名册为常用的列），标识总在第一列",
            Shape::keys(100),
        ),
        Param::new(
            "key",
            "会员标识或工会标识；只有 format=sheet 才写，也必须写",
            Shape::key(),
        ),
        words("q", "工会名称的一部分或代码的开头；会员姓名的开头", 100),
        words("union_q", "会员所在工会名称的一部分或代码的开头（members）", 100),
        county,
        town,
        Param::new("type", "工会类型；会员按所在工会", Shape::Choice(types)),
        Param::new("parent_id", "上级工会的标识；会员按所在工会", Shape::key()),
        Param::new(
            "industry_id",
            "产业线的产业工会的标识；会员按所在工会",
            Shape::key(),
        ),
        Param::new(
            "union_id",
            "工会标识（members）；不写则数据范围内的全部会员",
            Shape::key(),
        ),
        Param::new("state", "会籍状态（members）", Shape::Choice(states)),
        Param::new("group", "新就业形态群体（members）", gig_groups()),
        Param::new(
            "purpose",
            "处理目的（members）；须同意的目的只列出同意的人",
            Shape::Choice(purposes),
        ),
    ]
}

pub fn endpoints() -> Vec<Endpoint> {
    let tag = "导出";
    vec![
        Endpoint::get("/exports", "listExports", tag, "自己的导出")
            .about("最近的在前，文件保留 72 小时。只列出令牌可以读取的：工会须有 union:read，会员须有 member:read。")
            .needs(TokenScope::ExportWrite)
            .query(paging())
            .answers::<Page<Export>>(200)
            .run(list),
        Endpoint::post("/exports", "startExport", tag, "导出台账")
            .about(
                "数据范围内的工会或会员，个人信息一律脱敏；还须有 union:read 或 member:read。提交一个后台任务，做好后任务的 result \
                 是下载的地址。行数超过安全策略的限额时以 409（APR-428）说明，须先申请复核。",
            )
            .needs(TokenScope::ExportWrite)
            .fields(fields())
            .answers::<JobQueued>(202)
            .run(start),
        Endpoint::post("/exports/approvals", "askExportApproval", tag, "申请复核导出")
            .about("各项和所需的范围与导出时相同。另一人同意后 24 小时内，同样的导出可以办理一次。已经在等复核的以 409（APR-425）说明。")
            .needs(TokenScope::ExportWrite)
            .fields(fields())
            .answers::<ApprovalOf>(201)
            .run(ask),
        Endpoint::get("/exports/{export_no}/file", "getExportFile", tag, "下载导出的文件")
            .about("只有做这号导出的账号可以下载，还须有 union:read 或 member:read；每次下载都写入操作日志，未脱敏的只能由人在控制台下载。")
            .needs(TokenScope::ExportWrite)
            .at(Param::new(
                "export_no",
                "第几号",
                Shape::Int {
                    min: 1,
                    max: 1_000_000_000,
                },
            ))
            .answers_file()
            .run(file),
    ]
}

fn wanted(asked: &Asked) -> RegisterExport {
    RegisterExport {
        kind: asked.words("kind"),
        q: asked.words("q"),
        union_q: asked.words("union_q"),
        county: asked.int("county"),
        town: asked.int("town"),
        union_type: asked.words("type"),
        parent_id: asked.words("parent_id"),
        industry_id: asked.words("industry_id"),
        zone: String::new(),
        union_id: asked.words("union_id"),
        state: asked.words("state"),
        gig_group: asked.words("group"),
        columns: asked.keys("columns"),
        key: asked.words("key"),
        format: asked.words("format"),
        is_plain: false,
        reason: asked.words("reason"),
        purpose: asked.words("purpose"),
    }
}

async fn list(asked: Asked) -> Result<Answer, Refusal> {
    let kinds = [Kind::Unions, Kind::Members].into_iter();
    let kinds: Vec<Kind> = kinds.filter(|kind| asked.has(scope_of(*kind))).collect();
    let found = register::exports_after(asked.op()?, &asked.web.app, &kinds, &asked.after()?).await?;
    asked.page(found, |view| view.export_no.to_string(), export_of)
}

/// The scope for reading a register; that an operation shows the one record it has changed is not enough to take all of them away.
fn scope_of(kind: Kind) -> TokenScope {
    match kind {
        Kind::Unions => TokenScope::UnionRead,
        _ => TokenScope::MemberRead,
    }
}

/// The register that is asked for.
fn register_of(asked: &Asked) -> Kind {
    match asked.words("kind") == Kind::Unions.name() {
        true => Kind::Unions,
        false => Kind::Members,
    }
}

fn export_of(view: ExportView) -> Export {
    Export {
        export_no: view.export_no,
        kind: view.kind.name().to_owned(),
        file_name: view.file_name,
        rows: view.rows,
        is_plain: view.is_plain,
        reason: view.reason,
        purpose: view.purpose.map(str::to_owned),
        left_out: view.left_out,
        made_at: view.made_at.to_string(),
        kept_until: view.kept_until.to_string(),
        is_kept: view.is_kept,
    }
}

async fn start(asked: Asked) -> Result<Answer, Refusal> {
    asked.must_have(scope_of(register_of(&asked)))?;
    let wanted = wanted(&asked);
    let job = register::queue_register(asked.op()?, &asked.web.app, &wanted).await;
    queued(job.map_err(|error| or_ask(error, "/exports/approvals"))?)
}

async fn ask(asked: Asked) -> Result<Answer, Refusal> {
    asked.must_have(scope_of(register_of(&asked)))?;
    let (op, app) = (asked.op()?, &asked.web.app);
    let export = wanted(&asked);
    let second = register::approvable(op, app, &export).await?;
    approval::ask(&asked, &second, &address("", &export), &export.reason).await
}

async fn file(asked: Asked) -> Result<Answer, Refusal> {
    let (op, app) = (asked.op()?, &asked.web.app);
    let number = asked.int("export_no").unwrap_or_default();
    if let Some(kind) = register::export_kind(op, app, number).await? {
        asked.must_have(scope_of(kind))?;
    }
    let file = register::export_download(op, app, number).await?;
    let (kind, name) = (file.content_type, file.file_name.clone());
    Ok(Answer::file(kind, &name, stream(file)))
}
