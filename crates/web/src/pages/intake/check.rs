//! 核对: what an import would do, row by row, and the decision.

use app::approval::NEEDED;
use app::intake::{self, CheckReport, CheckState, LINES_MAX, Outcome, Shape, WAIT_HOURS};
use app::job;
use app::op::{App, OpContext};
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use codes::id::JobId;
use domain::accounts::shown_name;
use domain::permission::Action;
use serde_json::json;

use super::upload::folder;
use super::view::CheckPage;
use crate::http::{Fault, Person, Posted, Web, go, page};
use crate::pages::approval::{ask_form, asked};
use crate::pages::exchange::handed_out;
use crate::pages::list_item::download;
use crate::ui::{Cell, Empty, Flash, Head, Here, Pager, Table, Tone, UrlQuery, actor_words, number};
use app::error::AppError;

fn check_no(text: &str) -> Result<i64, AppError> {
    text.parse()
        .map_err(|_| AppError::not_found("IMP-414", "没有这一号核对"))
}

/// What a job says when it has checked a file.
pub(super) fn words_of(report: &CheckReport) -> String {
    let counts = &report.counts;
    format!(
        "核对完成：{} 行，新增 {}，变更 {}，未变 {}，退回 {}。还没有写入。",
        number(counts.rows),
        number(counts.created),
        number(counts.updated),
        number(counts.unchanged),
        number(counts.rejected)
    )
}

/// `GET /intake/check/{number}`.
pub async fn check(
    State(web): State<Web>,
    person: Person,
    Path(no): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    let found = intake::check(&person.op, &web.app, check_no(&no)?).await?;
    let query = UrlQuery::read(&format!("/intake/check/{no}"), &query.unwrap_or_default());
    let is_waiting = found.state == CheckState::Waiting;
    // Of an agency's rows only those are told that are at fault.
    let has_lines = |outcome: Outcome| {
        !found.kind.is_agency() || matches!(outcome, Outcome::Rejected | Outcome::Doubtful)
    };
    let chosen = query.get("show").and_then(Outcome::from_code);
    let first = [
        Outcome::Rejected,
        Outcome::Twin,
        Outcome::Updated,
        Outcome::Created,
        Outcome::Doubtful,
    ];
    let first = first
        .into_iter()
        .find(|outcome| found.counts.of_outcome(*outcome) > 0 && has_lines(*outcome));
    let shown = chosen.or(first).filter(|_| is_waiting);
    let lines = match shown {
        Some(outcome) => Some(lines_of(&web, &person, &found, outcome, &query).await?),
        None => None,
    };
    let counts = Outcome::ALL.into_iter().filter_map(|outcome| {
        let count = found.counts.of_outcome(outcome);
        let always = matches!(
            outcome,
            Outcome::Created | Outcome::Updated | Outcome::Same | Outcome::Rejected | Outcome::Twin
        );
        let href = (is_waiting && count > 0 && has_lines(outcome))
            .then(|| query.without(&["page"]).with("show", outcome.code()).url());
        (always || count > 0).then(|| {
            (
                outcome.label().to_owned(),
                number(count),
                href,
                shown == Some(outcome),
            )
        })
    });
    let rows = ("文件行数".to_owned(), number(found.counts.rows), None, false);
    page(&CheckPage {
        frame: person
            .frame(
                &web,
                &format!("{} 第 {no} 号核对", found.kind.label()),
                Here::Intake,
            )
            .await?,
        number: no,
        kind: found.kind.label().to_owned(),
        file_name: found.file_name.clone(),
        state: found.state.label().to_owned(),
        tone: match found.state {
            CheckState::Waiting => Tone::Blue,
            CheckState::Imported => Tone::Green,
            CheckState::Dropped | CheckState::Expired => Tone::Grey,
        },
        counts: std::iter::once(rows).chain(counts).collect(),
        sentence: sentence(&found),
        lines,
        reasons: found
            .counts
            .reasons
            .iter()
            .map(|one| (one.column.clone(), one.reason.clone(), one.rows))
            .collect(),
        can_download: is_waiting && person.can(Action::ReadRejects),
        has_whole: found.counts.whole.is_some(),
        is_waiting: is_waiting && person.can(Action::Import),
        hours: WAIT_HOURS,
        facts: facts(&found),
    })
}

fn sentence(found: &CheckReport) -> String {
    let mut words = String::new();
    let counts = &found.counts;
    if counts.is_known {
        words.push_str("这个文件和最近一批完全相同。");
    }
    words.push_str(if counts.is_delta {
        "按增量处理。"
    } else if found.kind.is_agency() {
        "按全量处理：文件里没有的行会被删除。"
    } else {
        "按全量处理：台账中有而文件里没有的行不会删除，只作提示。"
    });
    if counts.rejected > 0 {
        words.push_str("退回的行不会进库；存疑的行会进库，其中看不懂的单元格按未知处理。");
    }
    if counts.twins > 0 {
        words.push_str("疑似重复的行也会进库，请先看一看。");
    }
    words
}

async fn lines_of(
    web: &Web,
    person: &Person,
    found: &CheckReport,
    outcome: Outcome,
    query: &UrlQuery,
) -> Result<(String, String, Table, String), Fault> {
    let all = intake::check_lines(&person.op, &web.app, found.check_no, outcome).await?;
    let count = found.counts.of_outcome(outcome);
    let (at, size) = Pager::read(query);
    let skip = (at.max(1) - 1) as usize * size as usize;
    let rows = all
        .iter()
        .skip(skip)
        .take(size as usize)
        .map(|line| {
            let row = line
                .row
                .map_or_else(|| "—".to_owned(), |row| format!("第 {row} 行"));
            vec![
                Cell::new(row),
                Cell::new(line.key.clone()),
                Cell::new(line.text.clone()),
            ]
        })
        .collect();
    let table = Table {
        heads: vec![
            Head::new("文件中"),
            Head::new("标识"),
            Head::new(match outcome {
                Outcome::Updated => "哪些列：原值 → 新值",
                Outcome::Created => "名称",
                _ => "说明",
            }),
        ],
        rows,
        empty: Empty::new("没有这样的行", "换一个数字看看。"),
    };
    let note = if count > LINES_MAX {
        format!("共 {} 行，可查看最先的 {} 行", number(count), number(LINES_MAX))
    } else {
        format!("{} 行", number(count))
    };
    let pager = Pager::new(all.len() as i64, &query.with("show", outcome.code()));
    Ok((outcome.label().to_owned(), note, table, pager.to_string()))
}

fn facts(found: &CheckReport) -> Vec<(String, String, bool, Option<String>)> {
    let plain = |label: &str, value: String| (label.to_owned(), value, false, None);
    let mut facts = vec![
        plain(
            "方式",
            if found.counts.is_delta { "增量" } else { "全量" }.to_owned(),
        ),
        plain("上传人", actor_words(&shown_name(&found.started_by))),
        plain("核对时间", found.started_at.to_minute()),
        ("SM3".to_owned(), found.sm3.clone(), true, None),
    ];
    if let Some(batch) = found.batch_no {
        let href = Some(format!("/intake/{batch}"));
        facts.insert(0, ("批次".to_owned(), format!("第 {batch} 批"), false, href));
    }
    facts
}

/// `GET /intake/check/{number}/rows`: the sender's own rows with 结果 and 原因: those at fault, or with `whole=yes` all of them.
pub async fn rows(
    State(web): State<Web>,
    person: Person,
    Path(no): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    let no = check_no(&no)?;
    let asked = UrlQuery::read("", query.as_deref().unwrap_or_default());
    if asked.get("whole") == Some("yes") {
        return Ok(handed_out(intake::check_whole(&person.op, &web.app, no).await?));
    }
    let file = intake::check_workbook(&person.op, &web.app, no, shape_of(query)).await?;
    download(&file.file_name, file.content_type, file.bytes)
}

/// The form that was asked for; that of the file when none was.
pub(super) fn shape_of(query: Option<String>) -> Option<Shape> {
    let query = UrlQuery::read("", &query.unwrap_or_default());
    query.get("format").and_then(Shape::from_name)
}

/// `POST /intake/check/{number}/import`.
pub async fn import(
    State(web): State<Web>,
    person: Person,
    Path(no): Path<String>,
) -> Result<Response, Fault> {
    let no = check_no(&no)?;
    match checked_import(&person.op, &web.app, no).await {
        Ok(id) => Ok(Redirect::to(&format!("/job/{id}")).into_response()),
        Err(error) if error.code == NEEDED => {
            let wanted = intake::import_wanted(&person.op, &web.app, no).await?;
            let action = format!("/intake/check/{no}/approval");
            ask_form(&web, &person, &wanted, &action, "", "", None).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Queues the import of the very file that was checked.
pub(crate) async fn checked_import(op: &OpContext, app: &App, no: i64) -> Result<JobId, AppError> {
    let (kind, path, name) = intake::checked_file(op, app, no, &folder(app)).await?;
    let title = format!("导入{}：{name}", kind.label());
    let arguments =
        json!({ "kind": kind.name(), "path": path.to_string_lossy(), "file_name": name, "check_no": no });
    job::enqueue(op, app, "import", &title, arguments).await
}

/// `POST /intake/check/{number}/approval`: asks a second person to approve the import of this very file.
pub async fn ask_approval(
    State(web): State<Web>,
    person: Person,
    Path(no): Path<String>,
    form: Posted,
) -> Result<Response, Fault> {
    let no = check_no(&no)?;
    let wanted = intake::import_wanted(&person.op, &web.app, no).await?;
    let (action, address) = (
        format!("/intake/check/{no}/approval"),
        format!("/intake/check/{no}"),
    );
    asked(&web, &person, &wanted, (&action, &address), &form).await
}

/// `POST /intake/check/{number}/drop`.
pub async fn drop(State(web): State<Web>, person: Person, Path(no): Path<String>) -> Result<Response, Fault> {
    intake::drop_check(&person.op, &web.app, check_no(&no)?).await?;
    Ok(go("/intake", Flash::good("已放弃，什么也没有写入，文件已删除。")))
}
