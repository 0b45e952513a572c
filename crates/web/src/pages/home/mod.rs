//! 工作台.

pub mod view;

use app::dashboard::{
    AreaCoverage, Coverage, Dashboard, FunnelStep, RuleQuality, StepDays, Todo, areas, dashboard,
};
use app::list_item::RunStamp;
use app::union_org::left::members_left;
use app::union_org::legal::unread_certificate_reminders;
use app::union_org::term::unread_reminders;
use app::union_org::vacancy::unread_vacancy_reminders;
use app::zone::news as zone_news;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use codes::division::Divisions;
use domain::permission::Action;

use self::view::{CoverageRow, FunnelBar, HomePage, Kpi, RuleRow, StepRow, TodoRow};
use crate::http::{Fault, Person, Web, page};
use crate::ui::{Here, Tone, UrlQuery, decimal, number, percent, share_of, ten_thousands};

/// `GET /`: the whole scope, or one county by its towns with `?county=330226`.
pub async fn home(
    State(web): State<Web>,
    person: Person,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    // The chair of one union has no city to look over; the own union is where that work begins. Who lets people in begins
    // with accounts, who watches them with the journal.
    if !person.can(Action::SeeDashboard) {
        let begins = if person.can(Action::SeeUnions) {
            "/union"
        } else if person.can(Action::SeeJournal) {
            "/journal"
        } else {
            "/account"
        };
        return Ok(Redirect::to(begins).into_response());
    }
    let query = UrlQuery::read("/", &query.unwrap_or_default());
    let board = dashboard(&person.op, &web.app).await?;
    let county = query.get("county").and_then(|code| code.parse::<i64>().ok());
    let towns = match county {
        Some(code) => Some(areas(&person.op, &web.app, code).await?),
        None => None,
    };
    let name = county
        .and_then(|code| Divisions::shipped().county_name(u32::try_from(code).ok()?))
        .map(str::to_owned);
    let place = name.clone().unwrap_or_default();
    let shown = towns.as_ref().unwrap_or(&board.areas);
    let sees_lists = person.can(Action::SeeLists);
    let is_by_county = shown.iter().any(|area| area.is_county);
    let page_view = HomePage {
        frame: person.frame(&web, "工作台", Here::Home).await?,
        subtitle: person
            .account
            .union_name
            .clone()
            .unwrap_or_else(|| "全部范围".to_owned()),
        drill: name,
        as_of: as_of(board.run.as_ref()),
        steps_to_start: steps_to_start(&person, &board),
        sees_lists,
        kpis: kpis(&board, sees_lists),
        funnel: funnel(&board.funnel),
        funnel_period: "本年".to_owned(),
        funnel_note: if sees_lists {
            "百分比为与上一步之比；点数字看明细。"
        } else {
            "百分比为与上一步之比。"
        }
        .to_owned(),
        step_days: board.step_days.iter().map(step_row).collect(),
        coverage_title: format!(
            "{place}{}建会率",
            if is_by_county {
                "各区县"
            } else {
                "各乡镇街道"
            }
        ),
        coverage_head: if is_by_county { "区县" } else { "乡镇街道" }.to_owned(),
        coverage: shown
            .iter()
            .filter(|area| says_something(area))
            .map(|area| coverage_row(area, sees_lists))
            .collect(),
        todos: board
            .todo
            .iter()
            .map(todo_row)
            .chain(reminders_row(&web, &person).await?)
            .chain(vacancies_row(&web, &person).await?)
            .chain(certificates_row(&web, &person).await?)
            .chain(left_row(&web, &person).await?)
            .chain(zone_row(&web, &person).await?)
            .collect(),
        rules: board
            .rules
            .iter()
            .filter(|rule| rule.confirmed + rule.refuted > 0)
            .map(rule_row)
            .collect(),
    };
    page(&page_view)
}

/// `数据截至 2026-11-20 · 第 318 次比对`.
pub fn as_of(run: Option<&RunStamp>) -> String {
    run.map_or_else(
        || "还没有比对".to_owned(),
        |run| format!("数据截至 {} · 第 {} 次比对", run.as_of, run.run_no),
    )
}

/// The address of a list by its query pairs.
fn list_href(link: &[(&'static str, String)]) -> String {
    let all = link.iter().fold(UrlQuery::default(), |query, (name, value)| {
        query.with(name, value)
    });
    let kind = all.get("kind").unwrap_or("all").to_owned();
    all.without(&["kind"]).at(format!("/worklist/{kind}")).url()
}

fn steps_to_start(person: &Person, board: &Dashboard) -> Vec<(String, String)> {
    if board.run.is_some() || !person.can(Action::Import) {
        return Vec::new();
    }
    let step = |href: &str, words: &str| (href.to_owned(), words.to_owned());
    vec![
        step(
            "/intake",
            "上传登记库（工会组织、会员）与公共数据（市场主体、参保、税务）",
        ),
        step("/run", "开始第一次比对"),
        step("/worklist/verify", "把核实清单派发给片区"),
    ]
}

fn kpis(board: &Dashboard, sees_lists: bool) -> Vec<Kpi> {
    let kpi = |label: &str, (value, unit): (String, &str), note: String, tone, href: &str| Kpi {
        label: label.to_owned(),
        value,
        unit: unit.to_owned(),
        note,
        tone,
        href: href.to_owned(),
    };
    let share = board.coverage.and_then(|coverage| coverage.percent());
    let gap = board
        .coverage
        .map(|coverage| coverage.employers_25 - coverage.with_union);
    let counts = board.counts;
    let open = counts.verification + counts.task + counts.work;
    let late = if counts.overdue > 0 {
        Tone::Red
    } else {
        Tone::Green
    };
    let mut kpis = vec![
        kpi(
            "工会组织",
            ten_thousands(board.unions),
            "在册".to_owned(),
            Tone::Grey,
            "/union",
        ),
        kpi(
            "会员",
            ten_thousands(board.members),
            board.sound_members.filter(|share| share.whole > 0).map_or_else(
                || "会籍数".to_owned(),
                |share| format!("会籍数 · 合格 {}", share_of(share.part, share.whole)),
            ),
            Tone::Grey,
            if board.sound_members.is_some() {
                "/quality/union"
            } else {
                "/union"
            },
        ),
        kpi(
            "25 人以上单位建会率",
            share.map_or_else(|| ("—".to_owned(), ""), |share| (decimal(share), "%")),
            gap.map_or_else(
                || "首次比对后显示".to_owned(),
                |gap| match board.coverage.map_or(0, |coverage| coverage.unsound()) {
                    0 => format!("未建会 {} 家", number(gap)),
                    unsound => format!("未建会 {} · 台账不合格 {}", number(gap), number(unsound)),
                },
            ),
            if gap.is_some_and(|gap| gap > 0) {
                Tone::Yellow
            } else {
                Tone::Grey
            },
            if sees_lists {
                "/worklist/all?rule=found-25"
            } else {
                "/union"
            },
        ),
    ];
    if !sees_lists {
        return kpis;
    }
    kpis.extend([
        kpi(
            "未办结清单项",
            ten_thousands(open),
            format!(
                "核实 {} · 任务 {} · 工作 {}",
                number(counts.verification),
                number(counts.task),
                number(counts.work)
            ),
            Tone::Blue,
            "/worklist/all",
        ),
        kpi(
            "已逾期",
            ten_thousands(counts.overdue),
            "超过办理期限".to_owned(),
            late,
            "/worklist/all?overdue=1",
        ),
    ]);
    kpis
}

fn funnel(steps: &[FunnelStep]) -> Vec<FunnelBar> {
    let first = steps.first().map_or(0, |step| step.count);
    let mut before = None;
    steps
        .iter()
        .map(|step| {
            let share = before
                .filter(|count| *count > 0)
                .map(|count: i64| step.count as f64 / count as f64);
            before = Some(step.count);
            FunnelBar {
                label: step.label.to_owned(),
                count: step.count,
                percent: if first > 0 {
                    (step.count * 100 / first).clamp(0, 100)
                } else {
                    0
                },
                share: share.map(|share| percent(Some(share))).unwrap_or_default(),
                href: list_href(&step.link),
            }
        })
        .collect()
}

fn step_row(step: &StepDays) -> StepRow {
    let median = step.median_days.map_or_else(|| "—".to_owned(), decimal);
    StepRow {
        label: step.label.to_owned(),
        count: step.cases,
        median,
    }
}

/// The unions above the counties have no county; without an employer there, no line is needed for it.
fn says_something(area: &AreaCoverage) -> bool {
    area.code.is_some() || area.coverage.is_some_and(|coverage| coverage.employers_25 > 0)
}

fn coverage_row(area: &AreaCoverage, sees_lists: bool) -> CoverageRow {
    let coverage: Coverage = area.coverage.unwrap_or_default();
    let share = area.coverage.and_then(|coverage| coverage.percent());
    let place = area
        .code
        .map(|code| (if area.is_county { "county" } else { "town" }, code.to_string()));
    let list = place
        .iter()
        .fold(UrlQuery::default().at("/worklist/all"), |query, (name, code)| {
            query.with(name, code)
        });
    CoverageRow {
        label: area.name.clone(),
        href: match (&place, area.is_county) {
            (Some((_, code)), true) => Some(format!("/?county={code}")),
            (Some(_), false) => sees_lists.then(|| list.url()),
            (None, _) => None,
        },
        gap_href: list.with("rule", "found-25").url(),
        percent: share.map_or(0, |share| share.round() as i64),
        share: share.map_or_else(|| "—".to_owned(), |share| format!("{share:.1}%")),
        sound: coverage.with_sound_union.unwrap_or(coverage.with_union),
        unsound: coverage.unsound(),
        with_union: coverage.with_union,
        employers: coverage.employers_25,
        open_items: area.open_items,
    }
}

/// Unions whose term ends and nobody has looked.
async fn reminders_row(web: &Web, person: &Person) -> Result<Option<TodoRow>, Fault> {
    if !person.can(Action::ChangeUnions) {
        return Ok(None);
    }
    let unread = unread_reminders(&person.op, &web.app).await?;
    Ok((unread > 0).then(|| TodoRow {
        label: format!("{} 家工会有换届提醒未阅", number(unread)),
        note: String::new(),
        tone: Tone::Yellow,
        href: "/term?near=unread".to_owned(),
    }))
}

/// Unions whose chair is vacant and nobody has looked.
async fn vacancies_row(web: &Web, person: &Person) -> Result<Option<TodoRow>, Fault> {
    if !person.can(Action::ChangeUnions) {
        return Ok(None);
    }
    let unread = unread_vacancy_reminders(&person.op, &web.app).await?;
    Ok((unread > 0).then(|| TodoRow {
        label: format!("{} 家工会主席空缺，补选提醒未阅", number(unread)),
        note: String::new(),
        tone: Tone::Yellow,
        href: "/term?near=vacant".to_owned(),
    }))
}

/// Unions whose certificate of a legal person runs out and nobody has looked.
async fn certificates_row(web: &Web, person: &Person) -> Result<Option<TodoRow>, Fault> {
    if !person.can(Action::ChangeUnions) {
        return Ok(None);
    }
    let unread = unread_certificate_reminders(&person.op, &web.app).await?;
    Ok((unread > 0).then(|| TodoRow {
        label: format!("{} 家工会有法人证书到期提醒未阅", number(unread)),
        note: String::new(),
        tone: Tone::Yellow,
        href: "/legal-person?kind=unread".to_owned(),
    }))
}

/// What happened to a field worker's own zones.
async fn zone_row(web: &Web, person: &Person) -> Result<Option<TodoRow>, Fault> {
    let unread = zone_news(&person.op, &web.app).await?.len() as i64;
    Ok((unread > 0).then(|| TodoRow {
        label: format!("{} 条片区变动未阅", number(unread)),
        note: String::new(),
        tone: Tone::Yellow,
        href: "/zone/news".to_owned(),
    }))
}

/// Members whom dissolved unions have left.
async fn left_row(web: &Web, person: &Person) -> Result<Option<TodoRow>, Fault> {
    if !person.can(Action::ChangeUnions) {
        return Ok(None);
    }
    let (unions, members) = members_left(&person.op, &web.app).await?;
    Ok((unions > 0).then(|| TodoRow {
        label: format!("{} 名会员的工会已撤销，待接续", number(members)),
        note: String::new(),
        tone: Tone::Yellow,
        href: "/union/left".to_owned(),
    }))
}

fn todo_row(todo: &Todo) -> TodoRow {
    TodoRow {
        label: todo.text.clone(),
        note: todo.detail.clone().unwrap_or_default(),
        tone: if todo.is_urgent { Tone::Red } else { Tone::Blue },
        href: list_href(&todo.link),
    }
}

/// A rule that is wrong in two of five cases needs a look at the rule, in one of ten a look at its items.
fn rule_row(rule: &RuleQuality) -> RuleRow {
    let tone = match rule.wrong_rate {
        Some(rate) if rate > 0.4 => Tone::Red,
        Some(rate) if rate > 0.1 => Tone::Yellow,
        Some(_) => Tone::Green,
        None => Tone::Grey,
    };
    RuleRow {
        label: rule.title.clone(),
        checked: rule.confirmed + rule.refuted,
        share: percent(rule.wrong_rate),
        tone,
        href: format!("/worklist/all?rule={}&state=refuted", rule.rule),
    }
}
