//! 历史片区: the zones of a past day, and one of them with the unions that lay in it.

use app::error::AppError;
use app::zone::ZoneParams;
use app::zone::as_of::{ThenZone, ThenZoneUnion, zone_as_of, zones_as_of};
use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use codes::time::Day;
use uuid::Uuid;

use super::worker;
use crate::http::{Fault, Person, Web, page};
use crate::pages::union_org::as_of::day_of;
use crate::ui::{Cell, Empty, Frame, Head, Here, Pager, Table, UrlQuery, number};

#[derive(Template)]
#[template(path = "zone/as_of.html")]
struct AsOfPage {
    frame: Frame,
    /// The page's own address.
    path: String,
    /// The day asked for, and what is wrong with it.
    day: String,
    today: String,
    wrong: Option<String>,
    /// What is kept of the address beside the day.
    kept: Vec<(String, String)>,
    /// The zone looked at: its name of that day, and its page of today where there is one.
    zone: Option<(String, Option<String>)>,
    /// The list of zones of that day.
    list: String,
    counts: Vec<(String, String)>,
    table: Table,
    pager: Option<Pager>,
}

/// What stands where nothing can be told.
struct Found {
    zone: Option<(String, Option<String>)>,
    counts: Vec<(String, String)>,
    table: Table,
    total: i64,
}

/// `GET /zone/as-of?day=2026-06-30`; `&under=` narrows to a town or county, `&vacant=1` to zones that nobody looked after.
pub async fn list(
    State(web): State<Web>,
    person: Person,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    let query = UrlQuery::read("/zone/as-of", &query.unwrap_or_default());
    let day = day_of(query.get("day").unwrap_or_default(), person.op.today());
    let (at, size) = Pager::read(&query);
    let params = ZoneParams {
        ground: query.get("under").unwrap_or_default().to_owned(),
        is_without_worker: query.get("vacant") == Some("1"),
        page: at,
        size,
    };
    let found = match &day {
        Ok(day) => told(zones_as_of(&person.op, &web.app, *day, &params).await)?,
        Err(words) => Err(words.clone()),
    };
    let found = found.map(|found| Found {
        zone: None,
        counts: vec![("片区".to_owned(), number(found.total))],
        table: zones(&found.lines, &found.day.to_string()),
        total: found.total,
    });
    show(&web, &person, &query, &day, found).await
}

/// `GET /zone/{id}/as-of?day=2026-06-30`: a zone of that day, also one that has ended since.
pub async fn one(
    State(web): State<Web>,
    person: Person,
    Path(id): Path<Uuid>,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    let query = UrlQuery::read(&format!("/zone/{id}/as-of"), &query.unwrap_or_default());
    // A zone of this quarter was not there at the end of the last one: without a day it is today's.
    let today = person.op.today();
    let day = query.get("day").map_or(Ok(today), |asked| day_of(asked, today));
    let (at, size) = Pager::read(&query);
    let found = match &day {
        Ok(day) => told(zone_as_of(&person.op, &web.app, *day, id, at, size).await)?,
        Err(words) => Err(words.clone()),
    };
    let found = found.map(|found| {
        let line = &found.zone.line;
        let mut counts = vec![
            ("专职工作者".to_owned(), worker(line).text),
            ("工会".to_owned(), number(line.unions)),
            ("会员".to_owned(), number(line.members)),
        ];
        let ground = line
            .ground
            .iter()
            .map(|(_, name)| ("镇街".to_owned(), name.clone()));
        counts.extend(ground);
        counts.extend(
            found
                .zone
                .since
                .iter()
                .map(|since| ("与现在相比".to_owned(), since.clone())),
        );
        Found {
            zone: Some((line.name.clone(), found.is_open.then(|| format!("/zone/{id}")))),
            counts,
            table: unions(&found.unions),
            total: found.total,
        }
    });
    show(&web, &person, &query, &day, found).await
}

/// A day that cannot be asked for, or on which there was no such zone in sight, is said beside the field; all else is an answer of its own.
fn told<T>(found: Result<T, AppError>) -> Result<Result<T, String>, Fault> {
    match found {
        Ok(found) => Ok(Ok(found)),
        Err(AppError {
            code: "UNI-430",
            fields,
            ..
        }) => Ok(Err(fields.into_iter().map(|fault| fault.message).collect())),
        Err(AppError {
            code: "ZON-404",
            message,
            ..
        }) => Ok(Err(message)),
        Err(error) => Err(error.into()),
    }
}

async fn show(
    web: &Web,
    person: &Person,
    query: &UrlQuery,
    day: &Result<Day, String>,
    found: Result<Found, String>,
) -> Result<Response, Fault> {
    let asked = query.get("day").unwrap_or_default().to_owned();
    let shown = day.as_ref().map_or(asked, |day| day.to_string());
    let kept = ["under", "vacant"].into_iter().filter_map(|name| {
        let value = query.get(name)?;
        Some((name.to_owned(), value.to_owned()))
    });
    let (found, wrong) = match found {
        Ok(found) => (Some(found), None),
        Err(words) => (None, Some(words)),
    };
    let pager = found.as_ref().map(|found| Pager::new(found.total, query));
    let (zone, counts, table) = match found {
        Some(found) => (found.zone, found.counts, found.table),
        None => (None, Vec::new(), zones(&[], &shown)),
    };
    let status = match wrong.is_some() && day.as_ref().is_ok_and(|day| *day <= person.op.today()) {
        true => StatusCode::NOT_FOUND,
        false => StatusCode::OK,
    };
    let mut response = page(&AsOfPage {
        frame: person.frame(web, "历史片区", Here::Zone).await?,
        path: query.without_all(),
        today: person.op.today().to_string(),
        wrong,
        kept: kept.collect(),
        zone,
        list: UrlQuery::read("/zone/as-of", "").with("day", &shown).url(),
        counts,
        table,
        pager,
        day: shown,
    })?;
    *response.status_mut() = status;
    Ok(response)
}

fn zones(lines: &[ThenZone], day: &str) -> Table {
    let rows = lines.iter().map(|zone| {
        let line = &zone.line;
        let address = UrlQuery::read(&format!("/zone/{}/as-of", line.id), "").with("day", day);
        vec![
            Cell::new(line.name.clone()).link(address.url()),
            Cell::new(
                line.ground
                    .as_ref()
                    .map(|(_, name)| name.clone())
                    .unwrap_or_default(),
            ),
            worker(line),
            Cell::number(Some(line.unions)),
            Cell::number(Some(line.members)),
            Cell::new(zone.since.clone().unwrap_or_default()),
        ]
    });
    Table {
        heads: vec![
            Head::new("当日名称"),
            Head::new("镇街"),
            Head::new("专职工作者"),
            Head::number("工会"),
            Head::number("会员"),
            Head::new("与现在相比"),
        ],
        rows: rows.collect(),
        empty: Empty::new("那一天没有片区", "换一个日期；片区从设立之日起有记载。"),
    }
}

fn unions(unions: &[ThenZoneUnion]) -> Table {
    let rows = unions.iter().map(|one| {
        let union = &one.union;
        let name = Cell::new(union.name.clone()).code(union.union_id.clone());
        vec![
            match one.is_open {
                true => name.link(format!("/union/{}", union.union_id)),
                false => name,
            },
            Cell::new(union.kind),
            Cell::number(Some(union.members)),
            Cell::new(super::about(union)),
        ]
    });
    Table {
        heads: vec![
            Head::new("当日名称"),
            Head::new("类型"),
            Head::number("会员"),
            Head::new("说明"),
        ],
        rows: rows.collect(),
        empty: Empty::new("那一天这个片区里没有工会", "换一个日期。"),
    }
}
