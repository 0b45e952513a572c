//! The list page: chips, filters in the address, saved views, export of exactly this view.

use app::approval::NEEDED;
use app::error::AppError;
use app::export::{list_workbook, list_workbook_wanted};
use app::list_item::{self, ItemRow, ListColumn, ListParams, OwnerFilter, RuleChip};
use app::saved_view;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use codes::division::Divisions;
use domain::accounts::Role;
use domain::list_item::{ItemState, ListKind};
use domain::permission::Action;

use super::columns;
use super::view::{Chip, FilterRow, ListPage, Row, SavedChip};
use crate::http::{Fault, Person, Posted, Web, go, page};
use crate::pages::approval::{ask_form, asked};
use crate::pages::home::as_of;
use crate::ui::{Empty, Flash, Here, Pager, Select, Tone, UrlQuery, number};

/// Which list an address names; `all` is every list, as the numbers of the home page need it.
fn kind_of(name: &str) -> Result<Option<ListKind>, AppError> {
    match name {
        "all" => Ok(None),
        code => ListKind::from_code(code)
            .map(Some)
            .ok_or_else(|| AppError::not_found("WEB-404", "没有这张清单")),
    }
}

/// What an address asks for.
pub(super) fn params_of(kind: Option<ListKind>, query: &UrlQuery) -> ListParams {
    let mut params = ListParams::from_pairs(
        query
            .pairs()
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str())),
    );
    params.filter.kind = kind;
    params
}

/// The state's colour: green done, blue waiting, yellow at work, red stuck, grey gone.
pub(crate) fn state_tone(state: ItemState) -> Tone {
    match state {
        ItemState::New | ItemState::Assigned | ItemState::Read => Tone::Blue,
        ItemState::Verifying | ItemState::InProgress => Tone::Yellow,
        ItemState::Unreachable | ItemState::Blocked | ItemState::Escalated => Tone::Red,
        ItemState::Done => Tone::Green,
        ItemState::Refuted | ItemState::Superseded | ItemState::OutOfScope => Tone::Grey,
    }
}

pub(super) fn due_tone(row: &ItemRow) -> Tone {
    match row.deadline.as_ref().map(|deadline| deadline.tone) {
        Some(list_item::Tone::Late) => Tone::Red,
        Some(list_item::Tone::Soon) => Tone::Yellow,
        _ => Tone::Grey,
    }
}

/// `GET /worklist/{kind}`.
pub async fn list(
    State(web): State<Web>,
    person: Person,
    Path(kind): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    let query = UrlQuery::read(&format!("/worklist/{kind}"), &query.unwrap_or_default());
    let kind = kind_of(&kind)?;
    let (title, here) = match kind {
        Some(ListKind::Verification) => ("核实清单", Here::Verify),
        Some(ListKind::Task) => ("任务清单", Here::Task),
        Some(ListKind::Work) => ("工作清单", Here::Work),
        None => ("全部清单项", Here::Nowhere),
    };
    show(&web, &person, kind, &query, title, here).await
}

/// `GET /mine`: what the person who asks has to do, on every list.
pub async fn mine(
    State(web): State<Web>,
    person: Person,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    let query = UrlQuery::read("/mine", &query.unwrap_or_default()).without(&["owner"]);
    show(&web, &person, None, &query, "我的待办", Here::Mine).await
}

async fn show(
    web: &Web,
    person: &Person,
    kind: Option<ListKind>,
    query: &UrlQuery,
    title: &str,
    here: Here,
) -> Result<Response, Fault> {
    let is_mine = here == Here::Mine;
    let mut params = params_of(kind, query);
    if is_mine {
        params.filter.owner = Some(OwnerFilter::Me);
    }
    let found = list_item::list(&person.op, &web.app, &params).await?;
    let rules = if is_mine {
        Vec::new()
    } else {
        list_item::rule_chips(&person.op, &web.app, kind).await?
    };
    // The boxes of the columns come one by one; links carry them in one word.
    let cols = params.to_pairs().into_iter().find(|(name, _)| *name == "cols");
    let query = &query.with("cols", &cols.map(|(_, text)| text).unwrap_or_default());
    let owners = if person.can(Action::AssignItems) {
        list_item::assignees(&person.op, &web.app).await?
    } else {
        Vec::new()
    };
    let owners: Vec<(String, String)> = owners
        .into_iter()
        .map(|one| {
            (
                one.login,
                format!("{} · {} · 手上 {} 项", one.name, one.union_name, one.open_count),
            )
        })
        .collect();
    let from = query.query();
    let path = query.without_all();
    let view = ListPage {
        frame: person.frame(web, title, here).await?,
        path: path.clone(),
        summary: summary(&params, found.total, found.overdue),
        as_of: as_of(found.run.as_ref()),
        here: query.url(),
        export_href: person
            .can(Action::Export)
            .then(|| export_href(kind, is_mine, query)),
        chips: chips(&rules, query, is_mine),
        saved: saved(web, person, query).await?,
        filter: filter_row(
            &params,
            query,
            &owners,
            is_mine,
            places(person.account.role, &params, &found.rows),
        ),
        heads: columns::heads(params.shown_columns(), query),
        rows: found
            .rows
            .iter()
            .map(|row| row_of(row, params.shown_columns(), &from))
            .collect(),
        columns: ListColumn::ALL
            .map(|column| {
                (
                    column.code(),
                    column.label(),
                    params.shown_columns().contains(&column),
                )
            })
            .to_vec(),
        columns_kept: query.without(&["cols", "page"]).pairs().to_vec(),
        columns_usual: query.without(&["cols"]).url(),
        bulk_acts: list_item::bulk_actions(&person.op)
            .into_iter()
            .map(|act| (act.code, act.label))
            .collect(),
        bulk_most: i64::try_from(list_item::BULK_MAX).unwrap_or(i64::MAX),
        pager: Pager::new(found.total, query),
        empty: empty(
            query,
            found.run.is_some(),
            &path,
            is_mine,
            person.can(Action::SeeRuns),
        ),
    };
    page(&view)
}

fn summary(params: &ListParams, total: i64, overdue: i64) -> String {
    let is_open = params.filter.state.is_none_or(ItemState::is_open) && !params.filter.with_closed;
    let what = if is_open { "项未办结" } else { "项" };
    if overdue > 0 {
        format!("{} {what}，其中逾期 {} 项", number(total), number(overdue))
    } else {
        format!("{} {what}", number(total))
    }
}

fn export_href(kind: Option<ListKind>, is_mine: bool, query: &UrlQuery) -> String {
    let query = query.without(&["page", "size"]);
    let query = if is_mine { query.with("owner", "me") } else { query };
    query
        .at(format!("/worklist/{}/export", kind.map_or("all", ListKind::code)))
        .url()
}

fn chips(rules: &[RuleChip], query: &UrlQuery, is_mine: bool) -> Vec<Chip> {
    let bare = query.without(&["page", "rule", "owner", "overdue"]);
    let is_all =
        query.get("rule").is_none() && query.get("owner").is_none() && query.get("overdue").is_none();
    let mut chips = vec![Chip {
        label: "全部".to_owned(),
        count: None,
        href: bare.url(),
        is_on: is_all,
    }];
    for rule in rules {
        let is_on = query.get("rule") == Some(rule.rule.as_str());
        let href = bare.with("rule", &rule.rule).url();
        chips.push(Chip {
            label: rule.title.clone(),
            count: Some(rule.count),
            href,
            is_on,
        });
    }
    if !is_mine {
        let is_on = query.get("owner") == Some("me");
        chips.push(Chip {
            label: "我负责的".to_owned(),
            count: None,
            href: bare.with("owner", "me").url(),
            is_on,
        });
        let is_on = query.get("owner") == Some("none");
        chips.push(Chip {
            label: "未派发".to_owned(),
            count: None,
            href: bare.with("owner", "none").url(),
            is_on,
        });
    }
    let is_on = query.get("overdue").is_some();
    chips.push(Chip {
        label: "已逾期".to_owned(),
        count: None,
        href: bare.with("overdue", "1").url(),
        is_on,
    });
    chips
}

async fn saved(web: &Web, person: &Person, query: &UrlQuery) -> Result<Vec<SavedChip>, AppError> {
    let views = saved_view::saved_views(&person.op, &web.app).await?;
    let here = params_of(None, query);
    Ok(views
        .into_iter()
        .map(|view| {
            let is_on = ListParams {
                page: 1,
                filter: list_item::ListFilter {
                    kind: None,
                    ..view.params.filter.clone()
                },
                ..view.params.clone()
            } == ListParams {
                page: 1,
                ..here.clone()
            };
            let pairs = view.params.to_pairs();
            let kind = view.params.filter.kind.map_or("all", ListKind::code);
            let href = pairs
                .iter()
                .filter(|(name, _)| *name != "kind" && *name != "page")
                .fold(
                    UrlQuery::default().at(format!("/worklist/{kind}")),
                    |query, (name, value)| query.with(name, value),
                )
                .url();
            SavedChip {
                id: view.id,
                label: format!("{} {}", view.name, number(view.count)),
                href,
                is_on,
            }
        })
        .collect())
}

fn filter_row(
    params: &ListParams,
    query: &UrlQuery,
    owners: &[(String, String)],
    is_mine: bool,
    places: Option<Places>,
) -> FilterRow {
    let select = |name, label, any, options: Vec<(String, String)>| Select {
        name,
        label,
        any,
        value: query.get(name).unwrap_or_default().to_owned(),
        options,
    };
    let mut selects: Vec<Select> = places
        .map(|(name, any, options)| select(name, "地区", any, options))
        .into_iter()
        .collect();
    let states = ItemState::ALL
        .iter()
        .map(|state| (state.code().to_owned(), state.label().to_owned()))
        .collect();
    selects.push(select("state", "状态", "全部未办结", states));
    if !is_mine && !owners.is_empty() {
        let people = owners.iter().map(|(login, words)| {
            (
                login.clone(),
                words.split(" · ").next().unwrap_or(words).to_owned(),
            )
        });
        selects.push(select("owner", "承办人", "全部承办人", people.collect()));
    }
    let sizes = ["10", "25", "50", "100", "200"]
        .iter()
        .map(|n| ((*n).to_owned(), format!("在保 ≥ {n} 人")))
        .collect();
    selects.push(select("insured_min", "在保人数", "在保人数不限", sizes));
    let shown: Vec<&str> = selects
        .iter()
        .map(|select| select.name)
        .chain(["q", "page"])
        .collect();
    let is_kept_owner = matches!(query.get("owner"), Some("me" | "none"));
    let kept = query
        .pairs()
        .iter()
        .filter(|(name, _)| !shown.contains(&name.as_str()) || (name == "owner" && is_kept_owner))
        .cloned()
        .collect();
    FilterRow {
        q: params.filter.q.clone().unwrap_or_default(),
        selects,
        kept,
    }
}

/// A choice of places: the field, the word for all of them, and code and name of each.
type Places = (&'static str, &'static str, Vec<(String, String)>);

/// The places on offer: the towns once a county is chosen or is all that is in sight, else the counties; nothing for
/// those who have one town.
fn places(role: Role, params: &ListParams, rows: &[ItemRow]) -> Option<Places> {
    let divisions = Divisions::shipped();
    let named = |code: String, name: &str| (code, name.to_owned());
    let own = || rows.iter().find_map(|row| row.county);
    let asked = params
        .filter
        .county
        .or_else(|| params.filter.town.map(|town| town / 1000));
    let county = match role {
        Role::TownOfficer | Role::FieldWorker | Role::UnionChair => return None,
        Role::CountyOfficer => asked.or_else(own),
        _ => asked,
    };
    Some(match county.and_then(|code| u32::try_from(code).ok()) {
        Some(code) => {
            let towns = divisions
                .towns_of(code)
                .into_iter()
                .map(|(code, name)| named(code.to_string(), name));
            ("town", "全部镇街", towns.collect())
        }
        None => {
            let counties = divisions
                .counties_of(3302)
                .into_iter()
                .map(|(code, name)| named(code.to_string(), name));
            ("county", "全部区县", counties.collect())
        }
    })
}

pub(super) fn place_of(row: &ItemRow) -> String {
    row.town_name
        .clone()
        .or_else(|| row.county_name.clone())
        .unwrap_or_else(|| "镇街未知".to_owned())
}

fn row_of(row: &ItemRow, columns: &[ListColumn], from: &str) -> Row {
    let href = UrlQuery::default()
        .at(format!("/item/{}", row.item_no))
        .with("from", from);
    Row {
        number: row.item_no.clone(),
        href: href.url(),
        name: row.name.clone(),
        code: row.uscc.clone().unwrap_or_else(|| row.item_no.clone()),
        cells: columns::cells(columns, row),
    }
}

fn empty(query: &UrlQuery, has_run: bool, path: &str, is_mine: bool, sees_runs: bool) -> Empty {
    if !query
        .without(&["page", "size", "sort", "desc", "cols"])
        .is_empty()
    {
        Empty::no_match(path)
    } else if is_mine {
        Empty::new("没有等您处理的事项", "派发给您的核实和任务会出现在这里。")
            .next("/worklist/verify", "看核实清单")
    } else if has_run {
        Empty::new("这张清单现在是空的", "下一次比对发现新情况时会自动列入。").next("/", "回工作台")
    } else {
        Empty::new("还没有比对过", "导入数据并运行一次比对后，清单会自动生成。").next_for(
            sees_runs,
            "/run",
            "去比对运行",
        )
    }
}

/// `GET /worklist/{kind}/export`: the workbook of exactly the current view.
pub async fn export(
    State(web): State<Web>,
    person: Person,
    Path(kind): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    let query = UrlQuery::read("", &query.unwrap_or_default());
    let params = params_of(kind_of(&kind)?, &query);
    match list_workbook(&person.op, &web.app, &params).await {
        Ok(file) => download(&file.file_name, file.content_type, file.bytes),
        Err(error) if error.code == NEEDED => {
            let wanted = list_workbook_wanted(&person.op, &web.app, &params).await?;
            let action = export_path(&kind, &params);
            ask_form(&web, &person, &wanted, &action, "", "", None).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The address of a view's workbook.
fn export_path(kind: &str, params: &ListParams) -> String {
    let address = UrlQuery::default().at(format!("/worklist/{kind}/export"));
    let pairs = params.to_pairs();
    let pairs = pairs
        .iter()
        .filter(|(name, _)| !matches!(*name, "kind" | "page" | "size"));
    pairs
        .fold(address, |address, (name, value)| address.with(name, value))
        .url()
}

/// `POST /worklist/{kind}/export`: asks a second person to approve the workbook.
pub async fn ask_export(
    State(web): State<Web>,
    person: Person,
    Path(kind): Path<String>,
    RawQuery(query): RawQuery,
    form: Posted,
) -> Result<Response, Fault> {
    let query = UrlQuery::read("", &query.unwrap_or_default());
    let params = params_of(kind_of(&kind)?, &query);
    let wanted = list_workbook_wanted(&person.op, &web.app, &params).await?;
    let address = export_path(&kind, &params);
    asked(&web, &person, &wanted, (&address, &address), &form).await
}

/// A file to keep, under its own name.
pub(crate) fn download(name: &str, kind: &str, bytes: Vec<u8>) -> Result<Response, Fault> {
    let encoded = UrlQuery::default().with("n", name).query();
    let value = format!("attachment; filename*=UTF-8''{}", &encoded[2..]);
    let disposition = HeaderValue::from_str(&value).map_err(AppError::internal)?;
    let kind = HeaderValue::from_str(kind).map_err(AppError::internal)?;
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, bytes).into_response())
}

/// `POST /saved-view`.
pub async fn save_view(State(web): State<Web>, person: Person, form: Posted) -> Result<Response, Fault> {
    let address = crate::http::inside(&form.text("address"));
    let (path, query) = address.split_once('?').unwrap_or((&address, ""));
    let mut params = params_of(
        path.strip_prefix("/worklist/").and_then(ListKind::from_code),
        &UrlQuery::read(path, query),
    );
    if path == "/mine" {
        params.filter.owner = Some(OwnerFilter::Me);
    }
    params.page = 1;
    let view = saved_view::save_view(&person.op, &web.app, &form.text("name"), &params).await?;
    Ok(go(&address, Flash::good(format!("已保存方案“{}”。", view.name))))
}

/// `POST /saved-view/{id}/delete`.
pub async fn forget_view(
    State(web): State<Web>,
    person: Person,
    Path(id): Path<String>,
    form: Posted,
) -> Result<Response, Fault> {
    saved_view::forget_view(&person.op, &web.app, &id).await?;
    Ok(go(&form.text("back"), Flash::good("方案已删除。")))
}
