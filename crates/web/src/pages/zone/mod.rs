//! 片区: the zones in sight, one zone with its unions, a town's zones with the unions that lie in none, what a field worker is told; the same on a
//! past day in [`as_of`].

pub mod as_of;

use app::error::{AppError, ErrorKind};
use app::zone::{self, Unzoned, ZoneForm, ZoneLine, ZoneList, ZoneParams, ZoneUnion, ZoneView};
use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::accounts::shown_name;
use domain::dictionary::Act;
use domain::permission::Action;
use uuid::Uuid;

use crate::http::{Fault, Person, Posted, Web, go, page, wrong_of};
use crate::ui::{
    Cell, Empty, Field, Flash, Frame, Head, Here, Listing, Pager, Select, Table, Tone, UrlQuery, number,
};

/// `GET /zone`; `?under=` narrows to a town or county, `?vacant=1` to zones that nobody looks after.
pub async fn list(
    State(web): State<Web>,
    person: Person,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    let query = UrlQuery::read("/zone", &query.unwrap_or_default());
    let (at, size) = Pager::read(&query);
    let params = ZoneParams {
        ground: query.get("under").unwrap_or_default().to_owned(),
        is_without_worker: query.get("vacant") == Some("1"),
        page: at,
        size,
    };
    let found = zone::zones(&person.op, &web.app, &params).await?;
    let own = zone::own_ground(&person.op, &web.app).await?;
    let own = own.map(|key| {
        (
            format!("/union/{key}/zone"),
            "本级片区和未划片区的工会".to_owned(),
        )
    });
    let past = ("/zone/as-of".to_owned(), "历史片区".to_owned());
    page(&Listing {
        frame: person.frame(&web, "片区", Here::Zone).await?,
        crumbs: vec![("组织".to_owned(), None), ("片区".to_owned(), None)],
        summary: format!("{} 个", number(found.total)),
        path: "/zone".to_owned(),
        actions: own.into_iter().chain([past]).collect(),
        search: None,
        selects: vec![Select {
            name: "vacant",
            label: "专职工作者",
            any: "全部",
            value: query.get("vacant").unwrap_or_default().to_owned(),
            options: vec![("1".to_owned(), "没有专职工作者的".to_owned())],
        }],
        days: Vec::new(),
        table: table(&found, query.is_empty()),
        pager: Some(Pager::new(found.total, &query)),
    })
}

fn table(found: &ZoneList, is_whole: bool) -> Table {
    Table {
        heads: heads(),
        rows: found.lines.iter().map(cells).collect(),
        empty: match is_whole {
            true => Empty::new(
                "还没有片区",
                "在镇街（或区县）总工会的页面点“片区”设立，约 50 家工会或 5,000 名会员一个。",
            ),
            false => Empty::no_match("/zone"),
        },
    }
}

fn heads() -> Vec<Head> {
    vec![
        Head::new("片区"),
        Head::new("镇街"),
        Head::new("专职工作者"),
        Head::number("工会"),
        Head::number("会员"),
    ]
}

fn cells(line: &ZoneLine) -> Vec<Cell> {
    let ground = match &line.ground {
        Some((key, name)) => Cell::new(name.clone()).link(format!("/union/{key}/zone")),
        None => Cell::new("已不在台账"),
    };
    let unions = Cell::number(Some(line.unions)).link(format!("/union?zone={}", line.id));
    vec![
        Cell::new(line.name.clone()).link(format!("/zone/{}", line.id)),
        ground,
        worker(line),
        match line.is_over {
            true => unions.note("超过约 50 家或 5,000 人"),
            false => unions,
        },
        Cell::number(Some(line.members)),
    ]
}

fn worker(line: &ZoneLine) -> Cell {
    match (&line.worker, line.vacancy) {
        (Some((_, name)), _) => Cell::new(shown_name(name)),
        (None, why) => Cell::new(why.unwrap_or("还没有专职工作者")).tone(Tone::Yellow),
    }
}

/// One union of a list with a box to tick.
struct Line {
    union_id: String,
    name: String,
    kind: &'static str,
    members: String,
    about: String,
    /// False where it goes with the union above it.
    may_tick: bool,
}

/// How a union lies in its zone.
fn about(one: &ZoneUnion) -> String {
    let since = one.since.map(|day| format!("自 {day}")).unwrap_or_default();
    match (one.is_named, one.with_below) {
        (false, _) => "随上级工会".to_owned(),
        (true, true) => format!("{since} 含下级").trim().to_owned(),
        (true, false) => since,
    }
}

fn union_line(one: &ZoneUnion, in_zone: bool) -> Line {
    Line {
        union_id: one.union_id.clone(),
        name: one.name.clone(),
        kind: one.kind,
        members: number(one.members),
        about: match in_zone {
            true => about(one),
            false => String::new(),
        },
        may_tick: !in_zone || one.is_named,
    }
}

#[derive(Template)]
#[template(path = "zone/zone.html")]
struct ZonePage {
    frame: Frame,
    id: String,
    name: String,
    ground: Option<(String, String)>,
    /// Who looks after it, or why nobody does.
    worker: Cell,
    unions: String,
    members: String,
    is_over: bool,
    wrong: Option<String>,
    may: bool,
    lines: Vec<Line>,
    pager: Pager,
    others: Vec<(String, String)>,
    fields: Vec<Field>,
}

/// `GET /zone/{id}`.
pub async fn show(
    State(web): State<Web>,
    person: Person,
    Path(id): Path<Uuid>,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    draw(
        &web,
        &person,
        id,
        &query.unwrap_or_default(),
        &Posted::default(),
        None,
    )
    .await
}

/// `POST /zone/{id}`: another name, another field worker.
pub async fn save(
    State(web): State<Web>,
    person: Person,
    Path(id): Path<Uuid>,
    form: Posted,
) -> Result<Response, Fault> {
    let answer = zone::save_zone(&person.op, &web.app, id, &typed(&form)).await;
    let answer = answer.map(|items| match items {
        0 => "片区已保存。".to_owned(),
        items => format!("片区已移交，未办结清单项 {} 项随同。", number(items)),
    });
    told(&web, &person, id, &form, answer).await
}

/// `POST /zone/{id}/assign`: the ticked unions go to another zone of the town, or to none.
pub async fn hand_over(
    State(web): State<Web>,
    person: Person,
    Path(id): Path<Uuid>,
    form: Posted,
) -> Result<Response, Fault> {
    let view = zone::zone(&person.op, &web.app, id, 1, 1).await?;
    let ground = view
        .line
        .ground
        .map(|(key, _)| key)
        .ok_or_else(AppError::no_zone)?;
    let answer = assign(&web, &person, &ground, &form).await;
    told(&web, &person, id, &form, answer).await
}

/// `POST /zone/{id}/end`.
pub async fn end(
    State(web): State<Web>,
    person: Person,
    Path(id): Path<Uuid>,
    form: Posted,
) -> Result<Response, Fault> {
    match zone::end_zone(&person.op, &web.app, id).await {
        Ok(unions) => {
            let words = format!("片区已撤销，{} 家工会列入未划片区的。", number(unions as i64));
            Ok(go("/zone", Flash::good(words)))
        }
        Err(error) => told(&web, &person, id, &form, Err(error)).await,
    }
}

async fn assign(web: &Web, person: &Person, ground: &str, form: &Posted) -> Result<String, AppError> {
    let to = match form.text("to").as_str() {
        "" => {
            let words = "请选择划到哪个片区";
            return Err(AppError::invalid("ZON-420", words).field("to", words));
        }
        "none" => None,
        id => Some(id.parse().map_err(|_| AppError::no_zone())?),
    };
    let changed = zone::assign(&person.op, &web.app, ground, &form.all("union"), to).await?;
    Ok(match (changed, to) {
        (0, _) => "勾选的工会已经在那里，没有变动。".to_owned(),
        (count, Some(_)) => format!(
            "{} 家工会已划入，清单项随同，专职工作者已收到通知。",
            number(count as i64)
        ),
        (count, None) => format!("{} 家工会已调出，列入未划片区的。", number(count as i64)),
    })
}

fn typed(form: &Posted) -> ZoneForm {
    ZoneForm {
        name: form.text("name"),
        worker: form.text("worker"),
    }
}

async fn told(
    web: &Web,
    person: &Person,
    id: Uuid,
    form: &Posted,
    answer: Result<String, AppError>,
) -> Result<Response, Fault> {
    match answer {
        Ok(words) => Ok(go(&format!("/zone/{id}"), Flash::good(words))),
        Err(error) if matches!(error.kind, ErrorKind::Invalid | ErrorKind::Conflict) => {
            draw(web, person, id, "", form, Some(&error)).await
        }
        Err(error) => Err(error.into()),
    }
}

/// What is told above: all but what stands at a field of the form.
fn said(error: Option<&AppError>, wrong: &[(String, String)]) -> Option<String> {
    let error = error?;
    let beside = wrong
        .iter()
        .filter(|(field, _)| !matches!(field.as_str(), "name" | "worker"))
        .map(|(_, words)| words.clone());
    let words: Vec<String> = beside.collect();
    Some(match words.is_empty() {
        true => error.message.clone(),
        false => words.join("。"),
    })
}

fn fields(
    name: String,
    worker: String,
    workers: &[(String, String)],
    wrong: &[(String, String)],
) -> Vec<Field> {
    let nobody = [(String::new(), "（暂无）".to_owned())].into_iter();
    // Where a colleague is chosen the name stands in full, as in giving out items; lists and files mask it (decision 48).
    let workers = workers
        .iter()
        .map(|(login, name)| (login.clone(), format!("{name}（{login}）")));
    let workers = nobody.chain(workers).collect();
    // Whoever changes a zone says the whole of it here: the form of making one.
    [
        Field::of(Act::MakeZone, "name", name),
        Field {
            kind: "select",
            options: workers,
            ..Field::of(Act::MakeZone, "worker", worker)
        },
    ]
    .into_iter()
    .map(|field| field.errors(wrong))
    .collect()
}

fn with_status(mut response: Response, error: Option<&AppError>) -> Response {
    if let Some(error) = error {
        *response.status_mut() = match error.kind {
            ErrorKind::Conflict => StatusCode::CONFLICT,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
    }
    response
}

async fn draw(
    web: &Web,
    person: &Person,
    id: Uuid,
    query: &str,
    form: &Posted,
    error: Option<&AppError>,
) -> Result<Response, Fault> {
    let query = UrlQuery::read(&format!("/zone/{id}"), query);
    let (at, size) = Pager::read(&query);
    let view: ZoneView = zone::zone(&person.op, &web.app, id, at, size).await?;
    let wrong = wrong_of(error);
    let line = &view.line;
    let or = |name: &str, kept: String| form.get(name).map_or(kept, str::to_owned);
    let login = line
        .worker
        .as_ref()
        .map(|(login, _)| login.clone())
        .unwrap_or_default();
    let fields = match view.may_change {
        true => fields(
            or("name", line.name.clone()),
            or("worker", login),
            &view.workers,
            &wrong,
        ),
        false => Vec::new(),
    };
    let view_page = ZonePage {
        frame: person.frame(web, &line.name, Here::Zone).await?,
        id: id.to_string(),
        name: line.name.clone(),
        ground: line.ground.clone(),
        worker: worker(line),
        unions: number(line.unions),
        members: number(line.members),
        is_over: line.is_over,
        wrong: said(error, &wrong),
        may: view.may_change,
        lines: view.unions.iter().map(|one| union_line(one, true)).collect(),
        pager: Pager::new(view.total, &query),
        others: view
            .others
            .iter()
            .map(|(id, name)| (id.to_string(), name.clone()))
            .collect(),
        fields,
    };
    Ok(with_status(page(&view_page)?, error))
}

#[derive(Template)]
#[template(path = "zone/town.html")]
struct TownPage {
    frame: Frame,
    ground_id: String,
    ground_name: String,
    wrong: Option<String>,
    may: bool,
    zones: Table,
    count: String,
    lines: Vec<Line>,
    pager: Pager,
    others: Vec<(String, String)>,
    fields: Vec<Field>,
}

/// `GET /union/{id}/zone`: a town's zones, and its unions that lie in none.
pub async fn town(
    State(web): State<Web>,
    person: Person,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    draw_town(
        &web,
        &person,
        &id,
        &query.unwrap_or_default(),
        &Posted::default(),
        None,
    )
    .await
}

/// `POST /union/{id}/zone`: a zone is set up.
pub async fn make(
    State(web): State<Web>,
    person: Person,
    Path(id): Path<String>,
    form: Posted,
) -> Result<Response, Fault> {
    match zone::make_zone(&person.op, &web.app, &id, &typed(&form)).await {
        Ok(_) => {
            let words = "片区已设立，请勾选工会划入。".to_owned();
            Ok(go(&format!("/union/{id}/zone"), Flash::good(words)))
        }
        Err(error) => told_town(&web, &person, &id, &form, Err(error)).await,
    }
}

/// `POST /union/{id}/zone/assign`: the ticked unions go into a zone.
pub async fn fill(
    State(web): State<Web>,
    person: Person,
    Path(id): Path<String>,
    form: Posted,
) -> Result<Response, Fault> {
    let answer = assign(&web, &person, &id, &form).await;
    told_town(&web, &person, &id, &form, answer).await
}

async fn told_town(
    web: &Web,
    person: &Person,
    id: &str,
    form: &Posted,
    answer: Result<String, AppError>,
) -> Result<Response, Fault> {
    match answer {
        Ok(words) => Ok(go(&format!("/union/{id}/zone"), Flash::good(words))),
        Err(error) if matches!(error.kind, ErrorKind::Invalid | ErrorKind::Conflict) => {
            draw_town(web, person, id, "", form, Some(&error)).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn draw_town(
    web: &Web,
    person: &Person,
    id: &str,
    query: &str,
    form: &Posted,
    error: Option<&AppError>,
) -> Result<Response, Fault> {
    let query = UrlQuery::read(&format!("/union/{id}/zone"), query);
    let (at, size) = Pager::read(&query);
    let free: Unzoned = zone::unzoned(&person.op, &web.app, id, at, size).await?;
    let params = ZoneParams {
        ground: free.ground_id.clone(),
        page: 1,
        size: 200,
        ..ZoneParams::default()
    };
    let zones = zone::zones(&person.op, &web.app, &params).await?;
    let wrong = wrong_of(error);
    let view = TownPage {
        frame: person.frame(web, "片区", Here::Zone).await?,
        wrong: said(error, &wrong),
        may: free.may_change,
        zones: table(&zones, true),
        count: number(free.total),
        lines: free.unions.iter().map(|one| union_line(one, false)).collect(),
        pager: Pager::new(free.total, &query),
        others: free
            .zones
            .iter()
            .map(|(id, name)| (id.to_string(), name.clone()))
            .collect(),
        fields: match free.may_change {
            true => fields(form.text("name"), form.text("worker"), &free.workers, &wrong),
            false => Vec::new(),
        },
        ground_id: free.ground_id,
        ground_name: free.ground_name,
    };
    Ok(with_status(page(&view)?, error))
}

#[derive(Template)]
#[template(path = "zone/news.html")]
struct NewsPage {
    frame: Frame,
    news: Vec<(String, String, String)>,
}

/// `GET /zone/news`: what a field worker has not marked as read.
pub async fn news(State(web): State<Web>, person: Person) -> Result<Response, Fault> {
    person.op.may(Action::SeeUnions)?;
    let rows = zone::news(&person.op, &web.app).await?;
    let news = rows
        .into_iter()
        .map(|(words, at, zone)| (words, at.to_minute(), zone));
    page(&NewsPage {
        frame: person.frame(&web, "片区变动", Here::Zone).await?,
        news: news.collect(),
    })
}

/// `POST /zone/news`: all of it is read.
pub async fn read(State(web): State<Web>, person: Person) -> Result<Response, Fault> {
    person.op.may(Action::SeeUnions)?;
    zone::read_news(&person.op, &web.app).await?;
    Ok(go("/zone", Flash::good("已标为已阅。".to_owned())))
}
