//! 用人单位: what the public data say about one, its union and its list items.

pub mod view;

use app::employer::{self, EmployerListParams, EmployerRow};
use app::list_item::{self, ItemRow, ListParams};
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use codes::division::Divisions;
use domain::permission::Action;

use self::view::EmployerPage;
use crate::http::{Fault, Person, Web, page};
use crate::pages::list_item::{employer_facts, state_tone};
use crate::pages::union_org::view::ItemLine;
use crate::ui::{
    Cell, ContactForm, Empty, Head, Here, Listing, Pager, Select, Table, Tone, UrlQuery, chance, number,
};

/// `GET /employer`: the employers that the last run had reason to look at.
pub async fn list(
    State(web): State<Web>,
    person: Person,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    let query = UrlQuery::read("/employer", &query.unwrap_or_default());
    let (at, size) = Pager::read(&query);
    let params = EmployerListParams {
        q: query.get("q").map(str::to_owned),
        county: query.get("county").and_then(|code| code.parse().ok()),
        status: query.get("status").map(str::to_owned),
        sort: query.get("sort").unwrap_or_default().to_owned(),
        is_descending: query.get("desc") == Some("1"),
        page: at,
        size,
    };
    let found = employer::employers(&person.op, &web.app, &params).await?;
    let counties = Divisions::shipped()
        .counties_of(3302)
        .into_iter()
        .map(|(code, name)| (code.to_string(), name.to_owned()));
    let states = [
        ("in_business", "在业"),
        ("gone", "已注销吊销"),
        ("moved_out", "已迁出"),
        ("paused", "停业歇业"),
        ("unknown", "状态不明"),
    ];
    let states = states
        .map(|(code, label)| (code.to_owned(), label.to_owned()))
        .to_vec();
    let select = |name, label, any, options| Select {
        name,
        label,
        any,
        value: query.get(name).unwrap_or_default().to_owned(),
        options,
    };
    let view = Listing {
        frame: person.frame(&web, "用人单位", Here::Employer).await?,
        crumbs: vec![("组织".to_owned(), None), ("用人单位".to_owned(), None)],
        summary: format!("{} 家，为比对中涉及的单位", number(found.total)),
        path: "/employer".to_owned(),
        actions: Vec::new(),
        search: Some(("单位名称或统一社会信用代码", params.q.clone().unwrap_or_default())),
        selects: vec![
            select("county", "区县", "全部区县", counties.collect()),
            select("status", "登记状态", "全部状态", states),
        ],
        days: Vec::new(),
        table: table(&query, &found.rows, person.can(Action::SeeRuns)),
        pager: Some(Pager::new(found.total, &query)),
    };
    page(&view)
}

/// Rows of employers, for the list and for a search.
pub(crate) fn table(query: &UrlQuery, rows: &[EmployerRow], sees_runs: bool) -> Table {
    let empty = if query.is_empty() {
        Empty::new("还没有单位", "导入市场主体并比对一次后，涉及的单位会出现在这里。").next_for(
            sees_runs,
            "/run",
            "去比对运行",
        )
    } else {
        Empty::no_match("/employer")
    };
    Table {
        heads: vec![
            Head::new("单位").sorts(query, "name"),
            Head::new("镇街"),
            Head::number("在保").sorts(query, "insured"),
            Head::new("成立日期").sorts(query, "founded"),
            Head::new("登记状态"),
        ],
        rows: rows.iter().map(row_of).collect(),
        empty,
    }
}

fn row_of(row: &EmployerRow) -> Vec<Cell> {
    vec![
        Cell::new(row.name.clone())
            .link(format!("/employer/{}", row.enterprise_id))
            .code(row.uscc.clone().unwrap_or_default()),
        Cell::new(row.town_name.clone().unwrap_or_default())
            .note(row.county_name.clone().unwrap_or_default()),
        Cell::number(row.insured_now),
        Cell::new(row.founded.map(|day| day.to_string()).unwrap_or_default()),
        Cell::new(row.status.clone().unwrap_or_else(|| "未知".to_owned()))
            .tone(status_tone(row.is_in_business)),
    ]
}

fn status_tone(is_in_business: bool) -> Tone {
    if is_in_business { Tone::Green } else { Tone::Grey }
}

/// One list item in a line.
pub(crate) fn item_line(row: &ItemRow) -> ItemLine {
    ItemLine {
        label: format!("{} · {}", row.rule_title, row.item_no),
        state: row.state.label().to_owned(),
        tone: state_tone(row.state),
        href: format!("/item/{}", row.item_no),
    }
}

/// `GET /employer/{id}`.
pub async fn employer(
    State(web): State<Web>,
    person: Person,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    show(&web, &person, id).await
}

async fn show(web: &Web, person: &Person, id: String) -> Result<Response, Fault> {
    let card = employer::employer(&person.op, &web.app, &id).await?;
    let mut params = ListParams::default();
    params.filter.subject_id = Some(id);
    params.filter.with_closed = true;
    let items = list_item::list(&person.op, &web.app, &params).await?;
    let unions = card.union.iter().map(|union| ItemLine {
        label: union.union_name.clone(),
        state: union
            .probability
            .map(|value| format!("概率 {}", chance(value)))
            .unwrap_or_default(),
        tone: Tone::Green,
        href: format!("/union/{}", union.union_id),
    });
    let has_contact = card.phone.is_some() || card.legal_rep.is_some();
    let view = EmployerPage {
        frame: person.frame(web, &card.name, Here::Employer).await?,
        code: card.uscc.clone().unwrap_or_default(),
        state: card.status.clone().unwrap_or_else(|| "状态未知".to_owned()),
        tone: status_tone(card.is_in_business),
        flags: card.flags.clone(),
        facts: employer_facts(&card),
        contact: (has_contact && person.can(Action::RevealValue))
            .then(|| ContactForm::new(format!("/employer/{}/contact", card.enterprise_id))),
        source: match &items.run {
            Some(run) => format!(
                "来自第 {} 次比对所用的市场监管、参保和税务数据（截至 {}）。",
                run.run_no, run.as_of
            ),
            None => "来自最近一次比对所用的数据。".to_owned(),
        },
        unions: unions.collect(),
        items: items.rows.iter().map(item_line).collect(),
    };
    page(&view)
}
