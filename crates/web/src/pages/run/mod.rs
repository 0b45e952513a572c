//! 比对运行: the list of runs, one run, and the button that starts one.

pub mod view;

use std::collections::BTreeMap;

use app::error::AppError;
use app::job::{self, JobContext};
use app::list_item::rule_title;
use app::op::App;
use app::run::{MergeCounts, RunRequest, RunView, reconcile, run as one_run, runs};
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use codes::time::Day;
use domain::accounts::shown_name;
use domain::permission::Action;
use domain::run::RunState;
use serde_json::{Value, json};

use self::view::{FindingRow, RunListPage, RunPage};
use crate::http::{Fault, Person, Posted, Web, go, page};
use crate::ui::{Cell, Empty, Flash, Head, Here, Table, Tone, actor_words, duration, number};

/// Runs on the list.
const SHOWN: u32 = 60;

/// Teaches the job queue to run the main job.
pub fn register(app: &App) {
    app.jobs.register("reconcile", |context: JobContext| async move {
        // A run computes for seconds to minutes: on a thread of its own, so that pages stay quick meanwhile.
        let runtime = tokio::runtime::Handle::current();
        let work = tokio::task::spawn_blocking(move || runtime.block_on(work(context)));
        work.await.map_err(AppError::internal)?
    });
}

async fn work(context: JobContext) -> Result<Value, AppError> {
    let as_of = context
        .job
        .arguments
        .get("as_of")
        .and_then(Value::as_str)
        .and_then(|text| Day::parse_iso(text).ok());
    let request = RunRequest {
        as_of,
        ..RunRequest::default()
    };
    let view = reconcile(&context.op, &context.app, request, context.reporter()).await?;
    Ok(
        json!({ "href": format!("/run/{}", view.run_no), "words": "看比对结果", "message": "比对完成，清单已更新。" }),
    )
}

fn state_tone(state: RunState) -> Tone {
    match state {
        RunState::Running => Tone::Blue,
        RunState::Finished => Tone::Green,
        RunState::Failed => Tone::Red,
    }
}

fn lasted(view: &RunView) -> Option<String> {
    view.finished_at
        .map(|end| duration(end.millis_since(view.started_at)))
}

/// `GET /run`.
pub async fn list(State(web): State<Web>, person: Person) -> Result<Response, Fault> {
    let found = runs(&person.op, &web.app, SHOWN).await?;
    let can_start = person.can(Action::StartRun);
    let empty = Empty::new(
        "还没有运行过比对",
        "先在“数据批次”导入工会组织和市场主体，再开始第一次比对。",
    )
    .next("/intake", "去导入数据");
    let heads = vec![
        Head::new("运行"),
        Head::new("数据截至"),
        Head::number("采纳对应"),
        Head::number("待核对"),
        Head::number("发现"),
        Head::new("状态"),
    ];
    let view = RunListPage {
        frame: person.frame(&web, "比对运行", Here::Run).await?,
        summary: if found.is_empty() {
            String::new()
        } else {
            format!("最近 {} 次", found.len())
        },
        runs: Table {
            heads,
            rows: found.iter().map(row_of).collect(),
            empty,
        },
        pager: None,
        can_start,
        wrong: None,
        as_of: person.op.today().to_string(),
    };
    page(&view)
}

fn row_of(view: &RunView) -> Vec<Cell> {
    let count = |value: Option<u64>| Cell::number(value.and_then(|value| i64::try_from(value).ok()));
    let stats = view.stats.as_ref();
    vec![
        Cell::new(format!("第 {} 次", view.run_no))
            .link(format!("/run/{}", view.run_no))
            .note(format!(
                "{} · {}",
                view.started_at.to_minute(),
                actor_words(&shown_name(&view.started_by))
            )),
        Cell::new(view.as_of.to_string()),
        count(stats.map(|stats| stats.linked)),
        count(stats.map(|stats| stats.verify)),
        count(stats.map(|stats| stats.findings_by_rule.values().sum())),
        Cell::new(view.state.label()).tone(state_tone(view.state)).note(
            lasted(view)
                .map(|time| format!("用时 {time}"))
                .or_else(|| view.failure.clone())
                .unwrap_or_default(),
        ),
    ]
}

/// `POST /run`: queues a run and goes to its progress.
pub async fn start(State(web): State<Web>, person: Person, form: Posted) -> Result<Response, Fault> {
    person.op.may(Action::StartRun)?;
    let text = form.text("as_of");
    let Ok(as_of) = Day::parse_iso(&text) else {
        return Ok(go("/run", Flash::bad("数据截至日期应写作 2026-11-21")));
    };
    let title = format!("比对（数据截至 {as_of}）");
    let id = job::enqueue(
        &person.op,
        &web.app,
        "reconcile",
        &title,
        json!({ "as_of": text }),
    )
    .await?;
    Ok(Redirect::to(&format!("/job/{id}")).into_response())
}

/// `GET /run/{number}`.
pub async fn run(
    State(web): State<Web>,
    person: Person,
    Path(run_no): Path<String>,
) -> Result<Response, Fault> {
    let run_no = run_no
        .parse()
        .map_err(|_| AppError::not_found("RUN-404", "没有这次比对"))?;
    let view = one_run(&person.op, &web.app, run_no).await?;
    let label = format!("第 {} 次比对", view.run_no);
    let findings = findings(&view, person.can(Action::SeeLists));
    let total: i64 = findings.iter().map(|row| row.count).sum();
    let filled = RunPage {
        frame: person.frame(&web, &label, Here::Run).await?,
        label,
        subtitle: format!("数据截至 {}", view.as_of),
        state: view.state.label().to_owned(),
        tone: state_tone(view.state),
        failure: view.failure.clone(),
        counts: counts(&view),
        findings,
        findings_note: if total > 0 {
            format!("共 {} 条", number(total))
        } else {
            String::new()
        },
        changes: view.merge.as_ref().map(changes).unwrap_or_default(),
        facts: facts(&view),
        stages: stages(&view),
    };
    page(&filled)
}

fn counts(view: &RunView) -> Vec<(String, String)> {
    let Some(stats) = &view.stats else {
        return Vec::new();
    };
    [
        ("工会", stats.unions),
        ("单位", stats.enterprises),
        ("会员", stats.members),
        ("参保记录", stats.insured_rows),
        ("采纳对应", stats.linked),
        ("待核对", stats.verify),
        ("没有对应", stats.none),
        ("会员对上参保", stats.member_linked),
    ]
    .into_iter()
    .map(|(label, value)| (label.to_owned(), big(value)))
    .collect()
}

fn big(value: u64) -> String {
    number(i64::try_from(value).unwrap_or(i64::MAX))
}

fn findings(view: &RunView, sees_lists: bool) -> Vec<FindingRow> {
    let Some(stats) = &view.stats else {
        return Vec::new();
    };
    let most = stats.findings_by_rule.values().copied().max().unwrap_or(0).max(1);
    let versions: BTreeMap<&str, i64> = view
        .rule_versions
        .iter()
        .map(|(rule, version)| (rule.as_str(), *version))
        .collect();
    let mut rows: Vec<(&String, &u64)> = stats.findings_by_rule.iter().collect();
    rows.sort_by(|one, other| other.1.cmp(one.1).then(one.0.cmp(other.0)));
    rows.into_iter()
        .map(|(rule, count)| FindingRow {
            id: rule.clone(),
            label: rule_title(rule).to_owned(),
            version: versions
                .get(rule.as_str())
                .map_or_else(|| "—".to_owned(), ToString::to_string),
            count: i64::try_from(*count).unwrap_or(i64::MAX),
            percent: i64::try_from(count * 100 / most).unwrap_or(100),
            href: format!("/rule/{rule}"),
            list_href: sees_lists.then(|| format!("/worklist/all?rule={rule}")),
        })
        .collect()
}

fn changes(merge: &MergeCounts) -> Vec<(String, String)> {
    [
        ("新列入", merge.raised),
        ("依据变化", merge.changed),
        ("没有变化", merge.unchanged),
        ("重新列入", merge.reopened),
        ("不再列入", merge.suppressed),
        ("办结", merge.done),
        ("已失效", merge.superseded),
        ("条件不再满足", merge.out_of_scope),
        ("自动派发", merge.assigned),
    ]
    .into_iter()
    .map(|(label, value)| (label.to_owned(), big(value)))
    .collect()
}

fn facts(view: &RunView) -> Vec<(String, String)> {
    let mut facts = vec![
        ("开始".to_owned(), view.started_at.to_minute()),
        ("用时".to_owned(), lasted(view).unwrap_or_else(|| "—".to_owned())),
        ("发起人".to_owned(), actor_words(&shown_name(&view.started_by))),
        (
            "模型".to_owned(),
            view.model_version.clone().unwrap_or_else(|| "—".to_owned()),
        ),
    ];
    let linkage = view.stats.as_ref().and_then(|stats| stats.linkage.as_ref());
    facts.extend(linkage.and_then(|linkage| linkage.learning).map(|learning| {
        let answers = big(learning.same + learning.different);
        let changed = big(learning.changed);
        let words = if learning.are_taken {
            format!("从 {answers} 条判断中学习，另有 {changed} 家工会的结论因此改变")
        } else {
            format!("看过 {answers} 条判断，还不足以修正模型")
        };
        ("人工核对".to_owned(), words)
    }));
    facts.extend(view.batches.iter().map(|(kind, batch, sm3)| {
        let mark: String = sm3.chars().take(12).collect();
        (
            app::intake::kind_label(kind).to_owned(),
            format!("第 {batch} 批 · {mark}…"),
        )
    }));
    facts
}

fn stages(view: &RunView) -> Vec<(String, String, i64)> {
    let Some(stats) = &view.stats else {
        return Vec::new();
    };
    let most = stats
        .stage_ms
        .iter()
        .map(|(_, time)| *time)
        .max()
        .unwrap_or(0)
        .max(1);
    stats
        .stage_ms
        .iter()
        .map(|(stage, time)| {
            let percent = i64::try_from(time * 100 / most).unwrap_or(100);
            (
                stage.clone(),
                duration(i64::try_from(*time).unwrap_or(i64::MAX)),
                percent,
            )
        })
        .collect()
}
