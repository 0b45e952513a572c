//! 数据质量: what is wrong with the register, by fault, by union, down to the rows.

pub mod view;

use app::error::AppError;
use app::job::{self, JobContext};
use app::quality::{self, FaultCount, QualityRank, QualityUnion, QualityView};
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use codes::division::Divisions;
use codes::time::Timestamp;
use domain::intake::Kind;
use domain::permission::Action;
use domain::quality::{Check, Fault};
use serde_json::json;

use self::view::{FaultPage, QualityPage, RankingPage};
use crate::http::{Fault as Trouble, Person, Web, page};
use crate::ui::{Cell, Empty, Head, Here, Pager, Table, Tone, UrlQuery, number, share_of};

/// Teaches the job queue to count the register.
pub fn register(app: &app::op::App) {
    app.jobs.register(quality::JOB, |context: JobContext| async move {
        // A count looks at every member: on a thread of its own, so that pages stay quick meanwhile.
        let runtime = tokio::runtime::Handle::current();
        let work = tokio::task::spawn_blocking(move || {
            runtime.block_on(quality::count(&context.op, &context.app, &context.reporter()))
        });
        let view = work.await.map_err(AppError::internal)??;
        let message = format!("检查完成：{}", in_words(&view));
        Ok(json!({ "href": "/quality", "words": "看数据质量", "message": message }))
    });
}

fn in_words(view: &QualityView) -> String {
    format!(
        "会员 {} 人，合格 {} 人；工会 {} 家，合格 {} 家。",
        number(view.members),
        number(view.sound_members),
        number(view.unions),
        number(view.sound_unions)
    )
}

/// `POST /quality`: queues a count and goes to its progress.
pub async fn start(State(web): State<Web>, person: Person) -> Result<Response, Trouble> {
    person.op.may(Action::StartRun)?;
    let id = job::enqueue(&person.op, &web.app, quality::JOB, "数据质量检查", json!({})).await?;
    Ok(Redirect::to(&format!("/job/{id}")).into_response())
}

/// `GET /quality`.
pub async fn list(
    State(web): State<Web>,
    person: Person,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let query = UrlQuery::read("/quality", &query.unwrap_or_default());
    let view = quality::quality(&person.op, &web.app).await?;
    let chosen = query
        .get("class")
        .and_then(|code| Fault::ALL.into_iter().find(|class| class.code() == code));
    let shown = view
        .faults
        .iter()
        .filter(|fault| chosen.is_none_or(|chosen| fault.check.fault == chosen));
    let counted = quality::counted_at(&view);
    let empty = match (counted, chosen) {
        (None, _) => Empty::new(
            "还没有检查过",
            "市总干部点“重新检查”，或在服务器上运行 gonghui quality。",
        ),
        (Some(_), Some(_)) => Empty::no_match("/quality"),
        (Some(_), None) => Empty::new("没有发现问题", "数据范围内的工会和会员都没有问题。"),
    };
    let all = [(
        "/quality".to_owned(),
        format!("全部 {} 项", view.faults.len()),
        chosen.is_none(),
    )];
    let classes = Fault::ALL.into_iter().map(|class| {
        let count = view
            .faults
            .iter()
            .filter(|fault| fault.check.fault == class)
            .count();
        (
            format!("/quality?class={}", class.code()),
            format!("{} {count} 项", class.label()),
            chosen == Some(class),
        )
    });
    page(&QualityPage {
        frame: person.frame(&web, "数据质量", Here::Quality).await?,
        counted: counted_words(counted),
        is_counted: counted.is_some(),
        scores: vec![
            score("会员", "人", view.sound_members, view.members),
            score("工会", "家", view.sound_unions, view.unions),
        ],
        can_count: person.can(Action::StartRun),
        classes: all.into_iter().chain(classes).collect(),
        faults: Table {
            heads: vec![
                Head::new("问题"),
                Head::new("分类"),
                Head::number("记录"),
                Head::number("工会"),
                Head::new("怎样改正"),
            ],
            rows: shown.map(row_of).collect(),
            empty,
        },
    })
}

fn score(label: &str, unit: &str, sound: i64, all: i64) -> (String, String, String) {
    let of = format!("{} / {} {unit}", number(sound), number(all));
    (format!("{label}合格率"), share_of(sound, all), of)
}

fn row_of(fault: &FaultCount) -> Vec<Cell> {
    let check = fault.check;
    let class = Cell::new(check.fault.label());
    vec![
        Cell::new(check.label.clone())
            .link(format!("/quality/{}", check.id))
            .note(kind_word(check.kind)),
        if check.spoils {
            class.tone(Tone::Red).note("影响合格")
        } else {
            class
        },
        Cell::number(Some(fault.records)),
        Cell::number(Some(fault.unions)),
        Cell::new(check.fix.clone()),
    ]
}

fn kind_word(kind: Kind) -> &'static str {
    if kind == Kind::Members { "会员" } else { "工会" }
}

/// `GET /quality/{check}`: the unions that have it.
pub async fn fault(
    State(web): State<Web>,
    person: Person,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let (_, check) = quality::check(&id)?;
    let query = UrlQuery::read(&format!("/quality/{id}"), &query.unwrap_or_default());
    let (at, size) = Pager::read(&query);
    let (unions, total) = quality::unions_with(&person.op, &web.app, &id, at, size).await?;
    let is_of_members = check.kind == Kind::Members;
    let may_open = !is_of_members || person.can(Action::SeeMembers);
    let href = |union: &QualityUnion| may_open.then(|| rows_of(check, &union.union_id));
    page(&FaultPage {
        frame: person.frame(&web, &check.label, Here::Quality).await?,
        label: check.label.clone(),
        class: check.fault.label().to_owned(),
        fix: check.fix.clone(),
        effect: if check.spoils {
            "有这个问题的记录不合格。"
        } else {
            "不影响合格。"
        }
        .to_owned(),
        summary: format!("{} 家工会", number(total)),
        unions: Table {
            heads: vec![
                Head::new("工会"),
                Head::new("镇街"),
                Head::number(if is_of_members {
                    "有问题的会员"
                } else {
                    "问题"
                }),
                Head::number("会员"),
                Head::number("合格会员"),
            ],
            rows: unions.iter().map(|union| union_row(union, href(union))).collect(),
            empty: Empty::new("没有这个问题", "数据范围内没有工会有这个问题。"),
        },
        pager: Pager::new(total, &query).to_string(),
    })
}

/// `GET /quality/union`: the unions by their score, lowest first.
pub async fn ranking(
    State(web): State<Web>,
    person: Person,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let query = UrlQuery::read("/quality/union", &query.unwrap_or_default());
    let (at, size) = Pager::read(&query);
    let only_unsound = query.get("unsound") == Some("1");
    let (unions, total) = quality::ranking(&person.op, &web.app, only_unsound, at, size).await?;
    let counted = quality::last_counted(&person.op, &web.app).await?;
    page(&RankingPage {
        frame: person.frame(&web, "工会得分", Here::Quality).await?,
        summary: format!("{} 家工会", number(total)),
        counted: counted_words(counted),
        choices: vec![
            ("/quality/union".to_owned(), "全部", !only_unsound),
            (
                "/quality/union?unsound=1".to_owned(),
                "工会台账不合格",
                only_unsound,
            ),
        ],
        unions: Table {
            heads: vec![
                Head::new("工会"),
                Head::new("镇街"),
                Head::number("得分"),
                Head::number("合格会员"),
                Head::number("会员"),
                Head::number("问题"),
                Head::new("工会台账"),
            ],
            rows: unions.iter().map(rank_row).collect(),
            empty: match (counted, only_unsound) {
                (None, _) => Empty::new("还没有检查过", "检查过数据质量以后，这里按得分从低到高列出工会。"),
                (Some(_), true) => Empty::new("没有不合格的工会", "数据范围内的工会台账都合格。"),
                (Some(_), false) => Empty::new("没有工会", "数据范围内没有检查过的工会。"),
            },
        },
        pager: Pager::new(total, &query).to_string(),
    })
}

fn rank_row(union: &QualityRank) -> Vec<Cell> {
    let (standing, tone) = standing(union.is_sound);
    vec![
        Cell::new(union.name.clone())
            .code(union.union_id.clone())
            .link(format!("/union/{}#h-quality", union.union_id)),
        Cell::new(town_name(union.town)),
        Cell {
            is_number: true,
            ..Cell::new(share_of(union.sound_members, union.members))
        },
        Cell::number(Some(union.sound_members)),
        Cell::number(Some(union.members)),
        Cell::number(Some(union.faults)),
        Cell::new(standing).tone(tone),
    ]
}

/// Whether a union's own record is sound, in words.
pub fn standing(is_sound: bool) -> (&'static str, Tone) {
    if is_sound {
        ("合格", Tone::Green)
    } else {
        ("不合格", Tone::Red)
    }
}

/// `2026-11-22 03:10 检查`.
pub fn counted_words(at: Option<Timestamp>) -> String {
    at.map_or_else(
        || "还没有检查过".to_owned(),
        |at| format!("{} 检查", at.to_minute()),
    )
}

fn town_name(town: Option<i64>) -> &'static str {
    town.and_then(|town| u64::try_from(town).ok())
        .and_then(|town| Divisions::shipped().town_name(town))
        .unwrap_or_default()
}

/// Where the records of a union with a fault are listed: its members, or the union itself.
pub fn rows_of(check: &Check, union_id: &str) -> String {
    match check.kind {
        Kind::Members => format!("/union/{union_id}/member?fault={}", check.id),
        _ => format!("/union/{union_id}"),
    }
}

fn union_row(union: &QualityUnion, href: Option<String>) -> Vec<Cell> {
    let name = Cell::new(union.name.clone()).code(union.union_id.clone());
    vec![
        match href {
            Some(href) => name.link(href),
            None => name,
        },
        Cell::new(town_name(union.town)),
        Cell::number(Some(union.records)),
        Cell::number(Some(union.members)),
        Cell::number(Some(union.sound_members)),
    ]
}
