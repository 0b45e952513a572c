//! 操作日志.

pub mod view;
pub(crate) mod words;

use app::journal::chain::{self, Seal, last_seals};
use app::journal::{
    JournalParams, JournalView, actions, is_counted, journal as read_journal, results, roles, subjects,
};
use axum::extract::{RawQuery, State};
use axum::response::Response;

use self::view::AnchorPage;
use crate::http::{Fault, Person, Web, page};
use crate::ui::{
    Cell, Empty, Head, Here, Listing, Pager, Select, Table, Tone, UrlQuery, actor_words, number,
};

/// Anchors on the page of anchors.
const LINES: usize = 50;

/// `GET /journal`.
pub async fn journal(
    State(web): State<Web>,
    person: Person,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    let query = UrlQuery::read("/journal", &query.unwrap_or_default());
    let text = |name: &str| query.get(name).unwrap_or_default().to_owned();
    let params = JournalParams {
        from: text("from"),
        to: text("to"),
        actor: text("q"),
        action: text("action"),
        subject: text("subject"),
        id: text("id"),
        role: text("role"),
        session: text("session"),
        address: text("address"),
        result: text("result"),
        before: query.get("before").and_then(|before| before.parse().ok()),
    };
    let found = read_journal(&person.op, &web.app, &params).await?;
    let (end, anchor) = last_seals(&person.op, &web.app).await?;
    let choices = |pairs: Vec<(&str, &str)>| {
        pairs
            .into_iter()
            .map(|(code, label)| (code.to_owned(), label.to_owned()))
            .collect()
    };
    let select = |name, label, any, options| Select {
        name,
        label,
        any,
        value: query.get(name).unwrap_or_default().to_owned(),
        options,
    };
    let view = Listing {
        frame: person.frame(&web, "操作日志", Here::Journal).await?,
        crumbs: vec![("系统".to_owned(), None), ("操作日志".to_owned(), None)],
        summary: summary(found.total, &params, &end, anchor.as_ref()),
        path: "/journal".to_owned(),
        actions: vec![("/journal/anchor".to_owned(), "锚点和公钥".to_owned())],
        search: Some(("操作人", params.actor.clone())),
        selects: vec![
            select("action", "操作", "全部操作", choices(actions().collect())),
            select("subject", "对象", "全部对象", choices(subjects().collect())),
            select("role", "角色", "全部角色", choices(roles().collect())),
            select("result", "结果", "全部结果", choices(results().collect())),
        ],
        days: vec![
            ("from", "从", params.from.clone()),
            ("to", "到", params.to.clone()),
        ],
        table: Table {
            heads: vec![
                Head::new("操作"),
                Head::new("操作人"),
                Head::new("来源"),
                Head::new("对象"),
                Head::new("变化"),
                Head::new("结果"),
            ],
            rows: found.rows.iter().map(|row| row_of(row, &query)).collect(),
            empty: if query.is_empty() {
                Empty::new("还没有日志", "每一次变更都会记在这里。")
            } else {
                Empty::no_match("/journal")
            },
        },
        pager: Some(Pager::onward(
            counted(found.total),
            query.get("before").map(|_| query.with("before", "").url()),
            found
                .older
                .map(|seq| query.with("before", &seq.to_string()).url()),
        )),
    };
    page(&view)
}

/// `GET /journal/anchor`: the public key, and the latest anchors as they stand in the file.
pub async fn anchor(State(web): State<Web>, person: Person) -> Result<Response, Fault> {
    let (_, anchors) = chain::seals(&person.op, &web.app).await?;
    let key = chain::public_key(&person.op, &web.app)?;
    page(&AnchorPage {
        frame: person.frame(&web, "锚点和公钥", Here::Journal).await?,
        total: number(anchors.len() as i64),
        key,
        lines: anchors
            .into_iter()
            .take(LINES)
            .filter_map(|anchor| anchor.line)
            .collect(),
    })
}

/// How many rows, of whose session or address when only those are shown, and the last seal, short, with when one was last written down.
/// The whole ones stand in the file of anchors.
fn summary(total: i64, params: &JournalParams, end: &Seal, anchor: Option<&Seal>) -> String {
    let short = end.seal.get(..12).unwrap_or_default();
    let anchored = anchor.and_then(|anchor| anchor.at).map_or_else(
        || "尚未锚定".to_owned(),
        |at| format!("最近锚定 {}", at.to_minute()),
    );
    let only = match (params.session.trim(), params.address.trim()) {
        ("", "") => String::new(),
        ("", address) => format!(" · 只看地址 {address}"),
        (session, _) => format!(" · 只看会话 {}", short_session(session)),
    };
    format!(
        "{}{only} · 封签 {short}…（第 {} 行，{anchored}）",
        counted(total),
        end.seq
    )
}

/// How many there are, or that there are more than anybody counts.
fn counted(total: i64) -> String {
    let more = if is_counted(total) { "" } else { "以上" };
    format!("{} 条{more}", number(total))
}

/// The end of a session's number: its beginning is the time, which many share.
fn short_session(id: &str) -> &str {
    id.get(id.len().saturating_sub(8)..).unwrap_or(id)
}

fn row_of(row: &JournalView, query: &UrlQuery) -> Vec<Cell> {
    let from = Cell::new(row.address.clone().unwrap_or_default());
    let from = match &row.session_id {
        Some(session) => {
            let session = session.to_string();
            from.code(format!("会话 {}", short_session(&session)))
                .link(query.without(&["before"]).with("session", &session).url())
        }
        None => from,
    };
    let result = Cell::new(row.result.clone().unwrap_or_default());
    let result = match &row.reason {
        Some(reason) => result.tone(Tone::Red).code(reason.clone()),
        None => result,
    };
    vec![
        Cell::new(row.action.clone()).note(row.at.clone()),
        Cell::new(actor_words(&row.actor)).note(row.role.clone().unwrap_or_default()),
        from,
        Cell::new(row.subject.clone()).code(row.subject_id.to_string()),
        Cell::new(words::changes(row).join("；")).code(row.request_id.clone().unwrap_or_default()),
        result,
    ]
}
