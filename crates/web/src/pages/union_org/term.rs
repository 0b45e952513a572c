//! 换届提醒, 换届登记 and 届中调整.

use app::element_right::not_writable;
use app::error::{AppError, ErrorKind};
use app::union_org::term::{self, Committees, OfficerForm, OfficerRow, TermForm, TermList, TermListParams};
use app::union_org::vacancy::{VacancyList, VacancyParams, vacancies};
use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::dictionary::Act;
use domain::intake::Kind;
use domain::permission::Action;
use domain::union_org::term::{Body, Nearness, Post, term_years};
use uuid::Uuid;

use crate::http::{Fault, Person, Posted, Web, go, page, told_above, wrong_of};
use crate::ui::{
    Cell, Empty, Field, Flash, Frame, Head, Here, Listing, Pager, Select, Table, Tone, UrlQuery, number,
};

pub(super) fn tone(nearness: Nearness) -> Tone {
    match nearness {
        Nearness::Overdue => Tone::Red,
        Nearness::Soon => Tone::Yellow,
        Nearness::Ahead => Tone::Blue,
        Nearness::Far => Tone::Green,
    }
}

/// The list of vacant chairs, and of those whose by-election is overdue: words of the address.
pub(super) const VACANT: [(&str, bool, &str); 2] = [
    ("vacant", false, "主席空缺待补选"),
    ("vacant-overdue", true, "主席空缺逾期未补选"),
];

/// `GET /term`: unions by the end of their term; `?near=vacant` those without a chair by the day of the by-election.
pub async fn list(
    State(web): State<Web>,
    person: Person,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    let query = UrlQuery::read("/term", &query.unwrap_or_default());
    let (at, size) = Pager::read(&query);
    let params = TermListParams {
        near: query.get("near").unwrap_or_default().to_owned(),
        page: at,
        size,
    };
    let found = term::terms(&person.op, &web.app, &params).await?;
    let can_change = person.can(Action::ChangeUnions);
    let vacant = VACANT.into_iter().find(|(code, ..)| *code == params.near);
    let (table, total) = match vacant {
        Some((_, is_overdue, _)) => {
            let params = VacancyParams {
                is_overdue,
                page: at,
                size,
            };
            let list = vacancies(&person.op, &web.app, &params).await?;
            (vacancy_table(&list, can_change), list.total)
        }
        None => (table(&found, can_change, query.is_empty()), found.total),
    };
    page(&Listing {
        frame: person.frame(&web, "换届提醒", Here::Term).await?,
        crumbs: vec![("组织".to_owned(), None), ("换届提醒".to_owned(), None)],
        summary: format!("{} 家", number(total)),
        path: "/term".to_owned(),
        actions: Vec::new(),
        search: None,
        selects: vec![Select {
            name: "near",
            label: "届满",
            any: "全部届满日期",
            value: params.near.clone(),
            options: choices(&found),
        }],
        days: Vec::new(),
        table,
        pager: Some(Pager::new(total, &query)),
    })
}

fn choices(found: &TermList) -> Vec<(String, String)> {
    let option =
        |code: &str, label: &str, count: i64| (code.to_owned(), format!("{label}（{}）", number(count)));
    found
        .counts
        .iter()
        .map(|(nearness, count)| option(nearness.code(), nearness.label(), *count))
        .chain([
            option("unread", "有未阅提醒", found.unread),
            option("unknown", "没有登记届满日期", found.unknown),
        ])
        .chain(VACANT.map(|(code, is_overdue, label)| {
            let counts = found.vacant;
            option(
                code,
                label,
                if is_overdue { counts.overdue } else { counts.vacant },
            )
        }))
        .collect()
}

/// The time until a day, in words.
fn days_left(days: i64) -> String {
    match days < 0 {
        true => format!("逾期 {} 天", number(-days)),
        false => format!("还有 {} 天", number(days)),
    }
}

fn left(nearness: Nearness, days: i64) -> Cell {
    Cell::new(days_left(days)).tone(tone(nearness))
}

/// Where a union's committees are dealt with, for whoever may.
fn office(union_id: &str, label: &str, can_change: bool) -> Cell {
    match can_change {
        true => Cell::new(label).link(format!("/union/{union_id}/term")),
        false => Cell::new(""),
    }
}

fn vacancy_table(found: &VacancyList, can_change: bool) -> Table {
    let rows = found.lines.iter().map(|line| {
        vec![
            Cell::new(line.name.clone())
                .link(format!("/union/{}", line.union_id))
                .code(line.union_id.clone()),
            Cell::new(line.vacancy.since.to_string()),
            Cell::new(line.vacancy.due.to_string()),
            left(line.nearness, line.days_left),
            Cell::new(if line.unread > 0 { "未阅" } else { "" }),
            office(&line.union_id, "登记任职", can_change),
        ]
    });
    Table {
        heads: vec![
            Head::new("工会"),
            Head::new("空缺自"),
            Head::new("补选期限"),
            Head::new("剩余"),
            Head::new("提醒"),
            Head::new("办理"),
        ],
        rows: rows.collect(),
        empty: Empty::no_match("/term"),
    }
}

fn table(found: &TermList, can_change: bool, is_whole: bool) -> Table {
    let empty = if is_whole {
        Empty::new(
            "还没有登记届满日期的工会",
            "导入工会组织或登记换届后会出现在这里。",
        )
    } else {
        Empty::no_match("/term")
    };
    let rows = found
        .lines
        .iter()
        .map(|line| {
            let name = Cell::new(line.union.name.clone())
                .link(format!("/union/{}", line.union.union_id))
                .code(line.union.union_id.clone());
            let left = match (line.nearness, line.days_left) {
                (Some(nearness), Some(days)) => left(nearness, days),
                _ => Cell::new("没有登记").tone(Tone::Grey),
            };
            vec![
                name,
                Cell::new(line.union.chair.clone().unwrap_or_default()),
                Cell::new(line.end.map(|end| end.to_string()).unwrap_or_default()),
                left,
                Cell::new(if line.union.unread > 0 { "未阅" } else { "" }),
                office(&line.union.union_id, "换届登记", can_change),
            ]
        })
        .collect();
    Table {
        heads: vec![
            Head::new("工会"),
            Head::new("主席"),
            Head::new("届满日期"),
            Head::new("剩余"),
            Head::new("提醒"),
            Head::new("办理"),
        ],
        rows,
        empty,
    }
}

#[derive(Template)]
#[template(path = "union_org/term.html")]
struct TermPage {
    frame: Frame,
    union_id: String,
    name: String,
    end: String,
    tone: Tone,
    /// The chair is vacant, in words with their colour.
    vacancy: Option<(String, Tone)>,
    wrong: Option<String>,
    /// 换届登记; empty when the role may not.
    fields: Vec<Field>,
    /// Why a new term is not the reader's to register.
    barred: Option<String>,
    /// 届中任职
    entering: Vec<Field>,
    /// Reminders that nobody has read, where the person may say that they have.
    unread: i64,
    sitting: Vec<Sitting>,
    past: Table,
    terms: Table,
}

/// Somebody in office, with the form that ends it.
struct Sitting {
    id: String,
    name: String,
    post: String,
    since: String,
    /// What ends the office.
    leaving: Vec<Field>,
}

/// `GET /union/{id}/term`.
pub async fn committees(
    State(web): State<Web>,
    person: Person,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    show(&web, &person, &id, &Posted::default(), None).await
}

/// `POST /union/{id}/term`: registers a new term.
pub async fn register(
    State(web): State<Web>,
    person: Person,
    Path(id): Path<String>,
    form: Posted,
) -> Result<Response, Fault> {
    let typed = TermForm {
        term_no: form.text("term_no"),
        started_on: form.text("started_on"),
        term_years: form.text("term_years"),
        document_no: form.text("document_no"),
        chair: form.text("chair"),
        is_chair_full_time: form.get("is_chair_full_time").is_some(),
        vices: form.text("vices"),
        members: form.text("members"),
        audit_chair: form.text("audit_chair"),
        women_chair: form.text("women_chair"),
    };
    let answer = term::register_term(&person.op, &web.app, &id, &typed).await;
    let answer = answer.map(|end| format!("换届已登记，本届至 {end}。"));
    told(&web, &person, &id, &form, answer).await
}

/// `POST /union/{id}/officer`: somebody enters office between elections.
pub async fn enter(
    State(web): State<Web>,
    person: Person,
    Path(id): Path<String>,
    form: Posted,
) -> Result<Response, Fault> {
    let typed = OfficerForm {
        body: form.text("body"),
        post: form.text("post"),
        name: form.text("name"),
        is_full_time: form.get("is_full_time").is_some(),
        day: form.text("day"),
    };
    let answer = term::add_officer(&person.op, &web.app, &id, &typed).await;
    told(
        &web,
        &person,
        &id,
        &form,
        answer.map(|()| "任职已登记。".to_owned()),
    )
    .await
}

/// `POST /union/{id}/officer/{officer}/end`: somebody leaves office.
pub async fn leave(
    State(web): State<Web>,
    person: Person,
    Path((id, officer)): Path<(String, String)>,
    form: Posted,
) -> Result<Response, Fault> {
    let officer = Uuid::parse_str(&officer).map_err(|_| AppError::no_union())?;
    let (day, reason) = (form.text("day"), form.text("reason"));
    let answer = term::end_officer(&person.op, &web.app, &id, officer, &day, &reason).await;
    told(
        &web,
        &person,
        &id,
        &form,
        answer.map(|()| "离任已登记。".to_owned()),
    )
    .await
}

/// `POST /union/{id}/reminder`: its reminders are read.
pub async fn read(State(web): State<Web>, person: Person, Path(id): Path<String>) -> Result<Response, Fault> {
    term::read_reminders(&person.op, &web.app, &id).await?;
    Ok(go("/term?near=unread", Flash::good("已标为已阅。".to_owned())))
}

async fn told(
    web: &Web,
    person: &Person,
    id: &str,
    form: &Posted,
    answer: Result<String, AppError>,
) -> Result<Response, Fault> {
    match answer {
        Ok(words) => Ok(go(&format!("/union/{id}/term"), Flash::good(words))),
        Err(error) if matches!(error.kind, ErrorKind::Invalid | ErrorKind::Conflict) => {
            show(web, person, id, form, Some(&error)).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn show(
    web: &Web,
    person: &Person,
    id: &str,
    typed: &Posted,
    error: Option<&AppError>,
) -> Result<Response, Fault> {
    let sat = term::committees(&person.op, &web.app, id).await?;
    let wrong = wrong_of(error);
    let may = person.can(Action::ChangeUnions) && sat.is_active;
    let all_barred = not_writable(&person.op, &web.app, Kind::Unions).await?;
    let of_term = term::TERM.iter().find_map(|name| all_barred.get(name));
    let barred = of_term
        .filter(|_| may)
        .map(|who| format!("换届（主席、届次和任期）{who}"));
    let checked = |fields: Vec<Field>| -> Vec<Field> {
        if !may {
            return Vec::new();
        }
        fields.into_iter().map(|field| field.errors(&wrong)).collect()
    };
    let (now, past): (Vec<&OfficerRow>, Vec<&OfficerRow>) =
        sat.officers.iter().partition(|one| one.ended_on.is_none());
    // What ends one office is told above, since each of them has its own small form.
    let above = told_above(error, &["reason"]);
    let mut response = page(&TermPage {
        frame: person
            .frame(web, "换届和委员会", Here::UnionOrg)
            .await?
            .about(&sat.name),
        end: match sat.term_end {
            Some(end) => format!("本届至 {end}，{}", days_left(sat.today.days_until(end))),
            None => "没有登记届满日期".to_owned(),
        },
        tone: sat.nearness.map_or(Tone::Grey, tone),
        vacancy: sat
            .vacancy
            .map(|vacancy| (vacancy.words(sat.today), tone(vacancy.nearness(sat.today)))),
        wrong: above,
        fields: match barred {
            None => checked(term_fields(&sat, typed)),
            Some(_) => Vec::new(),
        },
        barred,
        entering: checked(entering_fields(&sat, typed)),
        unread: if may { sat.unread } else { 0 },
        sitting: now.iter().map(|one| sitting(&sat, one)).collect(),
        past: past_table(&past),
        terms: terms_table(&sat),
        union_id: sat.union_id,
        name: sat.name,
    })?;
    if let Some(error) = error {
        *response.status_mut() = match error.kind {
            ErrorKind::Conflict => StatusCode::CONFLICT,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
    }
    Ok(response)
}

fn post_words(one: &OfficerRow) -> String {
    let body = Body::from_code(&one.body).unwrap_or(Body::Committee);
    let post = Post::from_code(&one.post).unwrap_or(Post::Member);
    let full_time = if one.is_full_time { "（专职）" } else { "" };
    format!("{}{}{full_time}", body.label(), post.label(body))
}

fn sitting(sat: &Committees, one: &OfficerRow) -> Sitting {
    let id = one.id.to_string();
    Sitting {
        leaving: leaving_fields(sat, &id),
        id,
        name: one.name.clone(),
        post: post_words(one),
        since: one.started_on.to_string(),
    }
}

fn past_table(past: &[&OfficerRow]) -> Table {
    Table {
        heads: vec![
            Head::new("姓名"),
            Head::new("职务"),
            Head::new("任期"),
            Head::new("离任原因"),
        ],
        rows: past
            .iter()
            .map(|one| {
                let ended = one.ended_on.map(|day| day.to_string()).unwrap_or_default();
                vec![
                    Cell::new(one.name.clone()),
                    Cell::new(post_words(one)),
                    Cell::new(format!("{} 至 {ended}", one.started_on)),
                    Cell::new(one.end_reason.clone().unwrap_or_default()),
                ]
            })
            .collect(),
        empty: Empty::default(),
    }
}

fn terms_table(sat: &Committees) -> Table {
    Table {
        heads: vec![Head::new("届次"), Head::new("任期"), Head::new("批复文号")],
        rows: sat
            .terms
            .iter()
            .map(|term| {
                let nth = term
                    .term_no
                    .map_or("届次不详".to_owned(), |nth| format!("第 {nth} 届"));
                vec![
                    Cell::new(nth),
                    Cell::new(format!("{} 至 {}", term.started_on, term.ends_on)),
                    Cell::new(term.document_no.clone().unwrap_or_default()),
                ]
            })
            .collect(),
        empty: Empty::default(),
    }
}

fn or_today(sat: &Committees, text: String) -> String {
    if text.is_empty() {
        sat.today.to_string()
    } else {
        text
    }
}

fn term_fields(sat: &Committees, typed: &Posted) -> Vec<Field> {
    let next = sat
        .terms
        .first()
        .and_then(|term| term.term_no)
        .map(|nth| (nth + 1).to_string());
    let term_no = match typed.text("term_no") {
        text if text.is_empty() && typed.get("chair").is_none() => next.unwrap_or_default(),
        text => text,
    };
    let chosen = match typed.text("term_years") {
        text if text.is_empty() => "5".to_owned(),
        text => text,
    };
    let years: Vec<String> = term_years(sat.union_type).iter().map(i32::to_string).collect();
    let years: Vec<&str> = years.iter().map(String::as_str).collect();
    let field = |name, value| Field::of(Act::RegisterTerm, name, value);
    let one_line = |name| field(name, typed.text(name)).kind("text");
    vec![
        field("term_no", term_no),
        field("started_on", or_today(sat, typed.text("started_on"))).until(sat.today),
        field("term_years", chosen).only(&years),
        field("document_no", typed.text("document_no")),
        field("chair", typed.text("chair")),
        one_line("vices"),
        one_line("members"),
        one_line("audit_chair"),
        one_line("women_chair"),
        Field::tick(
            Act::RegisterTerm,
            "is_chair_full_time",
            typed.get("is_chair_full_time").is_some(),
        ),
    ]
}

fn entering_fields(sat: &Committees, typed: &Posted) -> Vec<Field> {
    let field = |name| Field::of(Act::AddOfficer, name, typed.text(name));
    vec![
        field("body"),
        field("post"),
        field("name"),
        Field::of(Act::AddOfficer, "day", or_today(sat, typed.text("day"))).until(sat.today),
        Field::tick(
            Act::AddOfficer,
            "is_full_time",
            typed.get("is_full_time").is_some(),
        ),
    ]
}

/// What ends one office, beside the name of whoever holds it.
fn leaving_fields(sat: &Committees, id: &str) -> Vec<Field> {
    let field = |name| Field::of(Act::EndOfficer, name, "").of_row(id).quiet();
    vec![field("day").until(sat.today), field("reason")]
}
