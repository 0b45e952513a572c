//! 覆盖单位: the employers that a joint union covers, entered, ended and corrected.

use app::element_right::not_writable;
use app::error::{AppError, ErrorKind};
use app::union_org::cover::{self, CoverForm, CoverView, Covers};
use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use codes::time::Day;
use domain::dictionary::{Act, Dictionary};
use domain::element_right::comes_with_record;
use domain::intake::Kind;
use domain::permission::Action;

use crate::http::{Fault, Person, Posted, Web, go, page, wrong_of};
use crate::ui::{Cell, Empty, Field, Flash, Frame, Head, Here, Table, UrlQuery, number};

#[derive(Template)]
#[template(path = "union_org/cover.html")]
struct CoverPage {
    frame: Frame,
    union_id: String,
    name: String,
    wrong: Option<String>,
    count: String,
    present: Vec<Line>,
    past: Table,
    /// Whether the reader may change anything.
    may: bool,
    /// What the form does, and where it goes.
    title: &'static str,
    action: String,
    /// The row that is corrected; `None`: the form adds one.
    fixing: Option<String>,
    /// Empty when the role may not, or the union covers nobody.
    fields: Vec<Field>,
    /// Which items are not the reader's to change.
    barred: Option<String>,
}

/// One employer in the list of today.
struct Line {
    key: String,
    name: String,
    about: String,
    fix_href: String,
    /// What ends the cover.
    to: Field,
}

/// `GET /union/{id}/cover`; `?fix=…` corrects one.
pub async fn show(
    State(web): State<Web>,
    person: Person,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    let query = UrlQuery::read("", &query.unwrap_or_default());
    draw(&web, &person, &id, query.get("fix"), &Posted::default(), None).await
}

/// `POST /union/{id}/cover`: an employer is entered.
pub async fn add(
    State(web): State<Web>,
    person: Person,
    Path(id): Path<String>,
    form: Posted,
) -> Result<Response, Fault> {
    let answer = cover::add_cover(&person.op, &web.app, &id, &typed(&form)).await;
    told(
        &web,
        &person,
        &id,
        None,
        &form,
        answer.map(|_| "覆盖单位已登记。".to_owned()),
    )
    .await
}

/// `POST /union/{id}/cover/end`: its cover ends.
pub async fn end(
    State(web): State<Web>,
    person: Person,
    Path(id): Path<String>,
    form: Posted,
) -> Result<Response, Fault> {
    let to = form.text("to");
    let answer = cover::end_cover(&person.op, &web.app, &id, &form.text("key"), &to, None).await;
    let answer = answer.map(|()| format!("覆盖到 {} 为止，次日起列入以前覆盖的。", to.trim()));
    // What was typed belongs to the row, not to the form beside it.
    let blank = Posted::default();
    told(&web, &person, &id, None, &blank, answer).await
}

/// `POST /union/{id}/cover/correct`: what is registered of it is corrected.
pub async fn correct(
    State(web): State<Web>,
    person: Person,
    Path(id): Path<String>,
    form: Posted,
) -> Result<Response, Fault> {
    let key = form.text("key");
    let answer = cover::correct_cover(&person.op, &web.app, &id, &key, &typed(&form)).await;
    told(
        &web,
        &person,
        &id,
        Some(&key),
        &form,
        answer.map(|()| "覆盖单位已更正。".to_owned()),
    )
    .await
}

fn typed(form: &Posted) -> CoverForm {
    CoverForm {
        code: form.text("code"),
        name: form.text("name"),
        from: form.text("from"),
        to: form.text("to"),
        version: None,
    }
}

async fn told(
    web: &Web,
    person: &Person,
    id: &str,
    fixing: Option<&str>,
    form: &Posted,
    answer: Result<String, AppError>,
) -> Result<Response, Fault> {
    match answer {
        Ok(words) => Ok(go(&format!("/union/{id}/cover"), Flash::good(words))),
        Err(error) if matches!(error.kind, ErrorKind::Invalid | ErrorKind::Conflict) => {
            draw(web, person, id, fixing, form, Some(&error)).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn draw(
    web: &Web,
    person: &Person,
    id: &str,
    fixing: Option<&str>,
    form: &Posted,
    error: Option<&AppError>,
) -> Result<Response, Fault> {
    let found = cover::covers(&person.op, &web.app, id).await?;
    let may = person.can(Action::ChangeUnions) && found.is_active;
    let all_barred = not_writable(&person.op, &web.app, Kind::Covers).await?;
    let told = Dictionary::shipped()
        .of(Kind::Covers)
        .iter()
        .filter_map(|element| {
            let who = all_barred.get(element.name.as_str())?;
            Some(format!("“{}”{who}", element.zh))
        });
    let told: Vec<String> = told.collect();
    let barred = (may && !told.is_empty()).then(|| told.join("；"));
    let of_key = |key: &str| found.present.iter().chain(&found.past).find(|one| one.key == key);
    let fixed = fixing.filter(|_| may).and_then(of_key);
    let shown = match (error, fixed) {
        // A form keeps what was typed.
        (Some(_), _) => typed(form),
        (None, Some(one)) => registered(one),
        (None, None) => CoverForm::default(),
    };
    let fields = match (may, fixed) {
        // All four items as they should be: whoever may not change one corrects none.
        (true, Some(_)) if barred.is_some() => Vec::new(),
        (true, Some(_)) => fields(&shown, found.today, true),
        (true, None) if found.may_cover => fields(&shown, found.today, false),
        _ => Vec::new(),
    };
    let wrong = wrong_of(error);
    let mut said: Vec<String> = error.iter().map(|error| error.message.clone()).collect();
    said.extend(error.and_then(|error| error.hint.clone()));
    if fixed.is_none() {
        // The day of an end stands in the list, which shows no faults of its own.
        let of_list = wrong.iter().filter(|(field, _)| field == "to");
        said.extend(of_list.map(|(_, words)| words.clone()));
    }
    let mut response = page(&CoverPage {
        frame: person
            .frame(web, "覆盖单位", Here::UnionOrg)
            .await?
            .about(&found.name),
        count: format!("{} 家", number(found.present.len() as i64)),
        present: lines(&found),
        past: past(&found, may),
        title: if fixed.is_some() {
            "更正覆盖单位"
        } else {
            "登记覆盖单位"
        },
        action: format!(
            "/union/{id}/cover{}",
            if fixed.is_some() { "/correct" } else { "" }
        ),
        fixing: fixed.map(|one| one.key.clone()),
        fields: fields
            .into_iter()
            .filter(|field| {
                comes_with_record(Kind::Covers, field.name) || !all_barred.contains_key(field.name)
            })
            .map(|field| field.errors(&wrong))
            .collect(),
        barred,
        wrong: (!said.is_empty()).then(|| said.join("。")),
        union_id: found.union_id,
        name: found.name,
        may: may && !all_barred.contains_key("to"),
    })?;
    if let Some(error) = error {
        *response.status_mut() = match error.kind {
            ErrorKind::Conflict => StatusCode::CONFLICT,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
    }
    Ok(response)
}

fn registered(one: &CoverView) -> CoverForm {
    let day = |day: Option<Day>| day.map(|day| day.to_string()).unwrap_or_default();
    CoverForm {
        code: one.code.clone().unwrap_or_default(),
        name: one.name.clone().unwrap_or_default(),
        from: day(one.from),
        to: day(one.to),
        version: None,
    }
}

fn fields(shown: &CoverForm, today: Day, is_correction: bool) -> Vec<Field> {
    let from = match (shown.from.is_empty(), is_correction) {
        (true, false) => today.to_string(),
        _ => shown.from.clone(),
    };
    let field = |name, value| Field::of(Act::AddCover, name, value);
    let mut fields = vec![
        field("name", shown.name.clone()).wide(),
        field("code", shown.code.clone()).wide(),
        field("from", from).until(today),
    ];
    if is_correction {
        fields.push(field("to", shown.to.clone()).until(today));
    }
    fields
}

fn lines(found: &Covers) -> Vec<Line> {
    let line = |(at, one): (usize, &CoverView)| Line {
        // Its place in the list tells the fields of the page apart.
        to: Field::of(Act::EndCover, "to", found.today.to_string())
            .of_row(at.to_string())
            .until(found.today)
            .silent(),
        fix_href: fix_href(&found.union_id, one),
        about: [one.code.clone(), Some(span(one))]
            .into_iter()
            .flatten()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("，"),
        name: name_of(one),
        key: one.key.clone(),
    };
    found.present.iter().enumerate().map(line).collect()
}

fn fix_href(union_id: &str, one: &CoverView) -> String {
    let page = UrlQuery::default().at(format!("/union/{union_id}/cover"));
    page.with("fix", &one.key).url()
}

/// What an employer is called on pages; by its code where it has no name.
pub(super) fn name_of(one: &CoverView) -> String {
    match (&one.name, &one.code) {
        (Some(name), _) => name.clone(),
        (None, Some(code)) => code.clone(),
        (None, None) => "（没有名称）".to_owned(),
    }
}

/// From when to when, in words.
pub(super) fn span(one: &CoverView) -> String {
    match (one.from, one.to) {
        (Some(from), Some(to)) => format!("{from} 至 {to}"),
        (Some(from), None) => format!("自 {from}"),
        (None, Some(to)) => format!("至 {to}，起始日期不详"),
        (None, None) => "起始日期不详".to_owned(),
    }
}

fn past(found: &Covers, may: bool) -> Table {
    let rows = found.past.iter().map(|one| {
        let name = Cell::new(name_of(one)).code(one.code.clone().unwrap_or_default());
        vec![
            match may {
                true => name.link(fix_href(&found.union_id, one)),
                false => name,
            },
            Cell::new(span(one)),
        ]
    });
    Table {
        heads: vec![Head::new("单位"), Head::new("覆盖期间")],
        rows: rows.collect(),
        empty: Empty::default(),
    }
}
