//! 历史组织: the tree of unions on a past day.

use app::error::AppError;
use app::union_org::as_of::{Then, ThenUnion, as_of, as_of_file, as_of_line};
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use codes::time::Day;
use domain::permission::Action;

use crate::http::{Fault, Person, Web, page};
use crate::pages::list_item::download;
use crate::ui::{Cell, Empty, Frame, Head, Here, Table, UrlQuery, number};

#[derive(Template)]
#[template(path = "union_org/as_of.html")]
struct AsOfPage {
    frame: Frame,
    /// The day asked for, and what is wrong with it.
    day: String,
    today: String,
    wrong: Option<String>,
    /// The branch looked at: name and address, from the top down.
    trail: Vec<(String, String)>,
    under: String,
    /// The industry line looked at; empty: by place.
    industry: String,
    /// The lines of that day: key and name.
    leaders: Vec<(String, String)>,
    /// The same as a file, for whoever may export.
    file_href: Option<String>,
    counts: Vec<(String, String)>,
    undated: String,
    /// What the count of members leaves open, in sentences.
    open: Vec<String>,
    table: Table,
}

/// `GET /union/as-of?day=2026-06-30&under=…` or `…&industry=…`.
pub async fn show(
    State(web): State<Web>,
    person: Person,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    let query = UrlQuery::read("/union/as-of", &query.unwrap_or_default());
    let today = person.op.today();
    let asked = query.get("day").unwrap_or_default().to_owned();
    let day = day_of(&asked, today);
    let under = query.get("under").map(str::to_owned);
    let industry = query.get("industry").map(str::to_owned);
    let found = match &day {
        Ok(day) => {
            let found = match &industry {
                Some(industry) => as_of_line(&person.op, &web.app, *day, industry).await,
                None => as_of(&person.op, &web.app, *day, under.as_deref()).await,
            };
            match found {
                Ok(found) => Ok(found),
                Err(AppError {
                    code: "UNI-430",
                    fields,
                    ..
                }) => Err(fields.into_iter().map(|fault| fault.message).collect::<String>()),
                Err(error) => return Err(error.into()),
            }
        }
        Err(words) => Err(words.clone()),
    };
    let shown = day.as_ref().map_or(asked.clone(), Day::to_string);
    let frame = person.frame(&web, "历史组织", Here::UnionOrg).await?;
    let (found, wrong) = match found {
        Ok(found) => (Some(found), None),
        Err(words) => (None, Some(words)),
    };
    page(&AsOfPage {
        frame,
        today: today.to_string(),
        wrong,
        trail: trail(found.as_ref(), &query, &shown),
        leaders: found
            .as_ref()
            .map(|found| found.leaders.clone())
            .unwrap_or_default(),
        file_href: (found.is_some() && person.can(Action::Export))
            .then(|| query.at("/union/as-of/file").with("day", &shown).url()),
        under: under.filter(|_| industry.is_none()).unwrap_or_default(),
        industry: industry.unwrap_or_default(),
        counts: counts(found.as_ref()),
        undated: found
            .as_ref()
            .filter(|found| found.undated > 0)
            .map(|found| number(found.undated as i64))
            .unwrap_or_default(),
        open: found.as_ref().map(left_open).unwrap_or_default(),
        table: table(found.as_ref(), &query, &shown),
        day: shown,
    })
}

/// `GET /union/as-of/file`: what the page shows, every union of it.
pub async fn file(
    State(web): State<Web>,
    person: Person,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    let query = UrlQuery::read("/union/as-of", &query.unwrap_or_default());
    let day = day_of(query.get("day").unwrap_or_default(), person.op.today())
        .map_err(|words| AppError::invalid("UNI-430", words))?;
    let (under, industry) = (query.get("under"), query.get("industry"));
    let file = as_of_file(&person.op, &web.app, day, under, industry).await?;
    download(&file.name, "text/csv; charset=utf-8", file.bytes)
}

/// The day asked for; the last quarter's end, which reports ask for, when none is.
pub(crate) fn day_of(asked: &str, today: Day) -> Result<Day, String> {
    match codes::time::read_date(asked) {
        _ if asked.is_empty() => Ok(quarter_before(today)),
        Ok(Some(day)) => Ok(day),
        _ => Err("日期无法识别，请写成 2026-06-30 的样子".to_owned()),
    }
}

/// The last day of the quarter before this one.
fn quarter_before(today: Day) -> Day {
    let first_month = (today.month() - 1) / 3 * 3 + 1;
    Day::new(today.year(), first_month, 1).map_or(today, |first| first.add_days(-1))
}

fn address(query: &UrlQuery, day: &str, union: &ThenUnion) -> String {
    query
        .without(&["industry"])
        .with("day", day)
        .with("under", &union.union_id)
        .url()
}

fn trail(found: Option<&Then>, query: &UrlQuery, day: &str) -> Vec<(String, String)> {
    let trail = found.map(|found| found.trail.as_slice()).unwrap_or_default();
    trail
        .iter()
        .map(|union| (union.name.clone(), address(query, day, union)))
        .collect()
}

fn counts(found: Option<&Then>) -> Vec<(String, String)> {
    let Some(found) = found else { return Vec::new() };
    let all: usize = found.counts.iter().map(|(_, count)| count).sum();
    [
        ("在册工会".to_owned(), number(all as i64)),
        ("会员".to_owned(), number(found.members)),
    ]
    .into_iter()
    .chain(
        found
            .counts
            .iter()
            .map(|(kind, count)| (kind.label().to_owned(), number(*count as i64))),
    )
    .collect()
}

/// What is not known of the members of that day.
fn left_open(found: &Then) -> Vec<String> {
    let mut told = vec!["会员按入会日期和之后的会籍变化推算到当日，重新入会的按经过计。".to_owned()];
    if found.members_undated > 0 {
        told.push(format!(
            "其中 {} 人没有登记入会日期，一律计入。",
            number(found.members_undated)
        ));
    }
    if found.members_unsure > 0 {
        told.push(format!(
            "{} 人之后换了工会而文件没有写明日期，按导入之日计。",
            number(found.members_unsure)
        ));
    }
    if let Some(from) = found.members_known_from {
        told.push(format!(
            "会员从 {from} 起才有登记，在那之前已经离开的人无从得知，会员数是下限。"
        ));
    }
    told
}

fn table(found: Option<&Then>, query: &UrlQuery, day: &str) -> Table {
    let below = found.map(|found| found.below.as_slice()).unwrap_or_default();
    Table {
        heads: vec![
            Head::new("当日名称"),
            Head::new("类型"),
            Head::number("下级工会"),
            Head::number("会员"),
            Head::new("与现在相比"),
        ],
        rows: below
            .iter()
            .map(|union| {
                let name = Cell::new(union.name.clone()).code(union.union_id.clone());
                vec![
                    match (union.below, union.is_open) {
                        (0, true) => name.link(format!("/union/{}", union.union_id)),
                        (0, false) => name,
                        _ => name.link(address(query, day, union)),
                    },
                    Cell::new(union.union_type.label()),
                    Cell::number(Some(union.below as i64)),
                    Cell::number(Some(union.members)),
                    Cell::new(union.since.clone().unwrap_or_default()),
                ]
            })
            .collect(),
        empty: match query.get("industry") {
            None => Empty::new("那一天这里没有下级工会", "换一个日期，或从上级看起。"),
            Some(_) => Empty::new("那一天这条产业线没有直属工会", "换一个日期，或选择按属地。"),
        },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn reports_ask_for_the_last_quarters_end() {
        for (today, end) in [
            ("2026-08-03", "2026-06-30"),
            ("2026-01-01", "2025-12-31"),
            ("2026-12-31", "2026-09-30"),
        ] {
            let today = Day::parse_iso(today).unwrap();
            assert_eq!(quarter_before(today).to_string(), end);
        }
    }
}
