//! 数据字典: what every column means, the code lists, and a workbook to fill in for each kind of record.

use app::error::AppError;
use app::intake::template;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use codes::text;
use domain::dictionary::{CodeList, Dictionary, Element, Record};
use domain::intake::Kind;

use crate::http::{Fault, Person, Web, page};
use crate::pages::list_item::download;
use crate::ui::{Cell, Empty, Head, Here, Listing, Select, Table, UrlQuery};

/// `GET /dictionary`.
pub async fn list(
    State(web): State<Web>,
    person: Person,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    let query = UrlQuery::read("/dictionary", &query.unwrap_or_default());
    let chosen = query.get("kind").and_then(Record::from_name);
    let q = query.get("q").unwrap_or_default().to_owned();
    let rows: Vec<Vec<Cell>> = Record::all()
        .filter(|record| chosen.is_none_or(|chosen| chosen == *record))
        .flat_map(|record| {
            Dictionary::shipped()
                .of(record)
                .iter()
                .map(move |element| (record, element))
        })
        .filter(|(_, element)| is_asked_for(element, &q))
        .map(|(record, element)| row_of(record, element))
        .collect();
    let template = chosen.and_then(Record::kind);
    page(&Listing {
        frame: person.frame(&web, "数据字典", Here::Dictionary).await?,
        crumbs: vec![("数据".to_owned(), None), ("数据字典".to_owned(), None)],
        summary: format!("{} 项", rows.len()),
        path: "/dictionary".to_owned(),
        actions: template
            .into_iter()
            .map(|kind| (template_of(kind), format!("下载{}模板", kind.label())))
            .collect(),
        search: Some(("列名、要求或标准", q)),
        selects: vec![Select {
            name: "kind",
            label: "种类",
            any: "全部种类",
            value: chosen.map(|record| record.name().to_owned()).unwrap_or_default(),
            options: Record::all()
                .map(|record| (record.name().to_owned(), record.label().to_owned()))
                .collect(),
        }],
        days: Vec::new(),
        table: Table {
            heads: ["列名", "种类", "内容", "填写要求", "敏感程度", "示例", "依据"]
                .map(Head::new)
                .into(),
            rows,
            empty: Empty::no_match("/dictionary"),
        },
        pager: None,
    })
}

/// Where the template of a kind is.
pub fn template_of(kind: Kind) -> String {
    format!("/dictionary/template/{}", kind.name())
}

fn is_asked_for(element: &Element, q: &str) -> bool {
    let q = text::normalise(q).to_lowercase();
    let source = element.source.as_deref().unwrap_or_default();
    [&element.name, &element.zh, &element.rule]
        .into_iter()
        .map(String::as_str)
        .chain([source])
        .chain(element.heads.iter().map(String::as_str))
        .any(|words| text::normalise(words).to_lowercase().contains(&q))
}

fn row_of(record: Record, element: &Element) -> Vec<Cell> {
    let list = Dictionary::shipped().list_of(element);
    let content = match list {
        Some(list) => Cell::new(format!("{}代码表", list.zh)).link(format!("/dictionary/list/{}", list.name)),
        None => Cell::new(element.value_type.label()),
    };
    let needed = if element.is_required() { "，必有" } else { "" };
    let whence = match record {
        Record::File(kind) if kind.is_agency() => "部门数据",
        Record::File(_) if element.is_on_form => "采集表",
        Record::File(_) => "平台所加",
        Record::Registered(_) => "在页面上和由接口登记",
    };
    vec![
        Cell::new(element.zh.clone()).code(element.name.clone()),
        Cell::new(record.label()).note(format!("{whence}{needed}")),
        content,
        Cell::new(element.rule.clone()),
        Cell::new(element.sensitivity.label()).note(if element.is_sealed { "加密保存" } else { "" }),
        Cell::new(element.example.clone()),
        Cell::new(element.source.clone().unwrap_or_default()),
    ]
}

/// `GET /dictionary/list/{name}`: the values of one code list under all their names.
pub async fn code_list(
    State(web): State<Web>,
    person: Person,
    Path(name): Path<String>,
) -> Result<Response, Fault> {
    let list = Dictionary::shipped()
        .list(&name)
        .ok_or_else(|| AppError::not_found("DIC-405", "没有这个代码表"))?;
    page(&Listing {
        frame: person.frame(&web, &list.zh, Here::Dictionary).await?,
        crumbs: vec![
            ("数据".to_owned(), None),
            ("数据字典".to_owned(), Some("/dictionary".to_owned())),
            (list.zh.clone(), None),
        ],
        summary: format!("{} 项，依据：{}", list.current().count(), list.source),
        path: format!("/dictionary/list/{name}"),
        actions: Vec::new(),
        search: None,
        selects: Vec::new(),
        days: Vec::new(),
        table: Table {
            heads: ["代码", "名称", "导入时也认", "用于"].map(Head::new).into(),
            rows: list.values.iter().map(|value| value_row(list, value)).collect(),
            empty: Empty::no_match("/dictionary"),
        },
        pager: None,
    })
}

fn value_row(list: &CodeList, value: &domain::dictionary::Code) -> Vec<Cell> {
    let began = |version: u32| list.versions.get(version as usize - 1);
    let used = match (began(value.since), value.until) {
        (_, Some(until)) => match began(until + 1) {
            Some(day) => format!("{day} 以前；旧记录仍用此名"),
            None => "旧记录".to_owned(),
        },
        (Some(day), None) if value.since > 1 => format!("{day} 起"),
        _ => "现用".to_owned(),
    };
    vec![
        Cell::new(value.code.clone()),
        Cell::new(value.label.clone()),
        Cell::new(value.also.join("、")),
        Cell::new(used),
    ]
}

/// `GET /dictionary/template/{kind}`.
pub async fn template(person: Person, Path(kind): Path<String>) -> Result<Response, Fault> {
    let kind = Kind::from_name(&kind).ok_or_else(|| AppError::not_found("DIC-404", "没有这类记录"))?;
    let file = template::workbook(&person.op, kind)?;
    download(&file.file_name, file.content_type, file.bytes)
}
