//! 操作日志.

pub(crate) mod words;

use app::journal::chain::{Seal, seals};
use app::journal::{JournalParams, JournalView, actions, journal as read_journal, subjects};
use axum::extract::{RawQuery, State};
use axum::response::Response;

use crate::http::{Fault, Person, Web, page};
use crate::ui::{Cell, Empty, Head, Here, Listing, Pager, Select, Table, UrlQuery, actor_words, number};

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
        page: query.get("page").and_then(|page| page.parse().ok()).unwrap_or(1),
    };
    let found = read_journal(&person.op, &web.app, &params).await?;
    let (end, anchors) = seals(&person.op, &web.app).await?;
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
        summary: format!("{} 条 · {}", number(found.total), sealed(&end, anchors.first())),
        path: "/journal".to_owned(),
        actions: Vec::new(),
        search: Some(("操作人", params.actor.clone())),
        selects: vec![
            select("action", "操作", "全部操作", choices(actions().collect())),
            select("subject", "对象", "全部对象", choices(subjects().collect())),
        ],
        days: vec![
            ("from", "从", params.from.clone()),
            ("to", "到", params.to.clone()),
        ],
        table: Table {
            heads: vec![
                Head::new("操作"),
                Head::new("操作人"),
                Head::new("对象"),
                Head::new("变化"),
            ],
            rows: found.rows.iter().map(row_of).collect(),
            empty: if query.is_empty() {
                Empty::new("还没有日志", "每一次变更都会记在这里。")
            } else {
                Empty::no_match("/journal")
            },
        },
        pager: Some(Pager::fixed(found.total, &query, found.page_size)),
    };
    page(&view)
}

/// The last seal, short, and when one was last written down. The whole ones stand in the file of anchors.
fn sealed(end: &Seal, anchor: Option<&Seal>) -> String {
    let short = end.seal.get(..12).unwrap_or_default();
    let anchored = anchor.and_then(|anchor| anchor.at).map_or_else(
        || "尚未锚定".to_owned(),
        |at| format!("最近锚定 {}", at.to_minute()),
    );
    format!("封签 {short}…（第 {} 行，{anchored}）", end.seq)
}

fn row_of(row: &JournalView) -> Vec<Cell> {
    vec![
        Cell::new(row.action.clone()).note(row.at.clone()),
        Cell::new(actor_words(&row.actor)),
        Cell::new(row.subject.clone()).code(row.subject_id.to_string()),
        Cell::new(words::changes(row).join("；")).code(row.request_id.clone().unwrap_or_default()),
    ]
}
