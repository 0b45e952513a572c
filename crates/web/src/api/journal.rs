//! 操作日志: who did what, for those who may read it.

use app::journal::chain::{self, Seal};
use app::journal::{self, JournalParams, JournalView};
use domain::accounts::Role;
use domain::api_token::TokenScope;
use domain::journal::{JournalAction, JournalResult, SubjectKind};
use schemars::JsonSchema;
use serde::Serialize;

use super::answer::Answer;
use super::asked::{Asked, paging};
use super::endpoint::Endpoint;
use super::problem::Refusal;
use super::shape::{Param, Shape};

/// 日志的一行。
#[derive(Debug, Serialize, JsonSchema)]
struct Entry {
    /// 序号，按写入的先后
    seq: i64,
    /// 时间（北京时间），到分钟
    at: String,
    /// 谁
    actor: String,
    /// 当时的角色；旧的日志没有记
    role: Option<String>,
    /// 经过哪个登录会话或接口令牌
    #[schemars(extend("format" = "uuid"))]
    session_id: Option<String>,
    /// 来自哪个地址
    address: Option<String>,
    /// 做了什么
    action: String,
    /// 对象的种类
    subject: String,
    /// 对象
    #[schemars(extend("format" = "uuid"))]
    subject_id: String,
    /// 变化
    changes: Vec<Change>,
    /// 请求的编号；经接口的带有令牌的名称
    request_id: Option<String>,
    /// 结果：成功、被拒绝、失败；旧的日志没有记
    result: Option<String>,
    /// 被拒绝的错误代码
    reason: Option<String>,
}

/// 一处变化。
#[derive(Debug, Serialize, JsonSchema)]
struct Change {
    /// 名称
    name: String,
    /// 之前
    before: String,
    /// 之后
    after: String,
}

/// 日志的封签，供另外留存，以后可以核对日志有没有被改动。
#[derive(Debug, Serialize, JsonSchema)]
struct JournalSeals {
    /// 现在的末尾
    end: JournalSeal,
    /// 锚点，最近的在前，最多 100 个
    anchors: Vec<JournalSeal>,
}

/// 日志到某一行为止的封签。
#[derive(Debug, Serialize, JsonSchema)]
struct JournalSeal {
    /// 最后一行的序号
    seq: i64,
    /// 到此为止的行数
    entries: i64,
    /// SM3，64 位十六进制
    seal: String,
    /// 记下的时间（北京时间）；现在的末尾为 null
    at: Option<String>,
}

/// Anchors shown, newest first.
const ANCHORS_SHOWN: usize = 100;

/// 日志的一页。
#[derive(Debug, Serialize, JsonSchema)]
struct Entries {
    /// 本页的记录
    items: Vec<Entry>,
    /// 符合条件的总数，最多数到 100,000
    #[schemars(range(min = 0))]
    total: i64,
    /// total 是否准确；不是的，有那么多或更多
    total_is_exact: bool,
    /// 下一页的位置，放进参数 cursor；没有下一页时为 null
    next_cursor: Option<String>,
}

pub fn endpoints() -> Vec<Endpoint> {
    let actions = JournalAction::ALL
        .iter()
        .map(|it| (it.code(), it.label()))
        .collect();
    let subjects = SubjectKind::ALL
        .iter()
        .map(|it| (it.code(), it.label()))
        .collect();
    let roles = Role::ALL.iter().map(|it| (it.code(), it.label())).collect();
    let results = JournalResult::ALL
        .iter()
        .map(|it| (it.code(), it.label()))
        .collect();
    vec![
        Endpoint::get("/journal", "listJournal", "操作日志", "操作日志")
            .about("数据范围内的日志，从最近一行起。条数满 100,000 的不再数下去（total_is_exact 为 false）。")
            .needs(TokenScope::JournalRead)
            .query([
                Param::new("from", "从这一天起", Shape::Day),
                Param::new("to", "到这一天为止，含当天", Shape::Day),
                Param::new("actor", "姓名的一部分", Shape::Text { min: 1, max: 50 }),
                Param::new("action", "做了什么", Shape::Choice(actions)),
                Param::new("subject", "对象的种类", Shape::Choice(subjects)),
                Param::new("subject_id", "对象", Shape::Id),
                Param::new("role", "当时的角色", Shape::Choice(roles)),
                Param::new("session_id", "登录会话或接口令牌", Shape::Id),
                Param::new("address", "地址，完整的", Shape::Text { min: 2, max: 45 }),
                Param::new("result", "结果", Shape::Choice(results)),
            ])
            .query(paging())
            .answers::<Entries>(200)
            .run(list),
        Endpoint::get("/journal/seals", "getJournalSeals", "操作日志", "日志的封签")
            .about("定时读取并存放在本系统以外，以后可以用 gonghui journal verify 或指南里的脚本证明日志没有被改动。")
            .needs(TokenScope::JournalRead)
            .answers::<JournalSeals>(200)
            .run(seals),
    ]
}

async fn list(asked: Asked) -> Result<Answer, Refusal> {
    let params = JournalParams {
        from: asked.words("from"),
        to: asked.words("to"),
        actor: asked.words("actor"),
        action: asked.words("action"),
        subject: asked.words("subject"),
        id: asked.words("subject_id"),
        role: asked.words("role"),
        session: asked.words("session_id"),
        address: asked.words("address"),
        result: asked.words("result"),
        before: None,
    };
    let found = journal::journal_after(asked.op()?, &asked.web.app, &params, &asked.after()?).await?;
    let page = asked.part(found, |row| row.seq.to_string(), entry_of);
    Answer::json(&Entries {
        total_is_exact: journal::is_counted(page.total),
        items: page.items,
        total: page.total,
        next_cursor: page.next_cursor,
    })
}

async fn seals(asked: Asked) -> Result<Answer, Refusal> {
    let (end, anchors) = chain::seals(asked.op()?, &asked.web.app).await?;
    let anchors = anchors.into_iter().take(ANCHORS_SHOWN);
    Answer::json(&JournalSeals {
        end: seal_of(end),
        anchors: anchors.map(seal_of).collect(),
    })
}

fn seal_of(seal: Seal) -> JournalSeal {
    JournalSeal {
        seq: seal.seq,
        entries: seal.entries,
        seal: seal.seal,
        at: seal.at.map(|at| at.to_string()),
    }
}

fn entry_of(row: JournalView) -> Entry {
    Entry {
        seq: row.seq,
        at: row.at,
        actor: row.actor,
        role: row.role,
        session_id: row.session_id.map(|id| id.to_string()),
        address: row.address,
        action: row.action,
        subject: row.subject,
        subject_id: row.subject_id.to_string(),
        changes: row
            .changes
            .into_iter()
            .map(|(name, before, after)| Change { name, before, after })
            .collect(),
        request_id: row.request_id,
        result: row.result,
        reason: row.reason,
    }
}
