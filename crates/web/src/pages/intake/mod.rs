//! 数据批次: upload, list, one batch with its rejects, undo.

mod check;
mod upload;
pub mod view;

use std::collections::BTreeMap;

use app::approval::NEEDED;
use app::error::AppError;
use app::intake::{self, BatchReport, CurrentData};
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use domain::accounts::shown_name;
use domain::intake::{BatchState, Kind};
use domain::permission::Action;

pub(crate) use check::checked_import;
pub use check::{
    ask_approval as ask_import, check, drop as drop_check, import as import_checked, rows as check_rows,
};
pub(crate) use upload::{MOST_BYTES, Upload};
pub use upload::{register, upload, upload_to_check};

use self::view::{BatchPage, CurrentRow, IntakePage, KindChoice, UndoPage};
use crate::http::{Fault, Person, Posted, Web, go, page};
use crate::pages::approval::{CARRIED, ask_form, asked};
use crate::pages::list_item::download;
use crate::ui::{Cell, Empty, Flash, Head, Here, Table, Tone, actor_words, number};

/// Batches on the list, newest first.
const SHOWN: u32 = 100;

fn state_tone(state: BatchState) -> Tone {
    match state {
        BatchState::Running => Tone::Blue,
        BatchState::Applied => Tone::Green,
        BatchState::Refused | BatchState::Interrupted => Tone::Red,
        BatchState::Undone | BatchState::Unchanged => Tone::Grey,
    }
}

/// One sentence about what an import did.
fn result_of(report: &BatchReport) -> String {
    match report.state {
        BatchState::Unchanged => "文件与上一批完全相同，没有变化，未生成新批次。".to_owned(),
        BatchState::Refused => report
            .failure
            .clone()
            .unwrap_or_else(|| "整批拒收，什么也没有写入。".to_owned()),
        _ => {
            let rejected = if report.rejected > 0 {
                format!("，退回 {} 行", number(report.rejected))
            } else {
                String::new()
            };
            let doubtful = if report.doubtful > 0 {
                format!("，{} 行有存疑的单元格", number(report.doubtful))
            } else {
                String::new()
            };
            format!(
                "共 {} 行，进库 {} 行{rejected}{doubtful}。",
                number(report.rows),
                number(report.accepted)
            )
        }
    }
}

/// `GET /intake`.
pub async fn list(State(web): State<Web>, person: Person) -> Result<Response, Fault> {
    let found = intake::batches(&person.op, &web.app, SHOWN).await?;
    let current = intake::current(&person.op, &web.app).await?;
    let empty = Empty::new(
        "还没有导入过数据",
        "先上传工会组织和市场监管登记，再上传会员、参保、税务等数据。",
    );
    let heads = vec![
        Head::new("种类"),
        Head::new("文件"),
        Head::number("行数"),
        Head::number("新增"),
        Head::number("变更"),
        Head::number("退回"),
        Head::new("状态"),
    ];
    let view = IntakePage {
        frame: person.frame(&web, "数据批次", Here::Intake).await?,
        summary: if found.is_empty() {
            String::new()
        } else {
            format!("最近 {} 批", found.len())
        },
        batches: Table {
            heads,
            rows: found.iter().map(row_of).collect(),
            empty,
        },
        pager: None,
        can_upload: person.can(Action::Import),
        wrong: None,
        kinds: kinds(),
        chosen: String::new(),
        limit: "4 GB".to_owned(),
        current: current_rows(&current),
        waiting: waiting(&web, &person).await?,
    };
    page(&view)
}

/// Checks that wait for a decision of whoever may import.
async fn waiting(web: &Web, person: &Person) -> Result<Vec<(String, String, String)>, AppError> {
    if !person.can(Action::Import) {
        return Ok(Vec::new());
    }
    let waiting = intake::checks_waiting(&person.op, &web.app).await?.into_iter();
    let row = |check: intake::CheckReport| {
        (
            format!("/intake/check/{}", check.check_no),
            format!("{}：{}", check.kind.label(), check.file_name),
            check.started_at.to_minute(),
        )
    };
    Ok(waiting.map(row).collect())
}

/// The kinds in the order in which they should come, each with who sends it.
fn kinds() -> Vec<KindChoice> {
    let note = |kind: Kind| {
        if kind.is_agency() {
            "部门数据"
        } else {
            "登记库"
        }
    };
    Kind::ALL
        .iter()
        .map(|kind| KindChoice {
            code: kind.name().to_owned(),
            label: kind.label().to_owned(),
            note: note(*kind).to_owned(),
            template: crate::pages::dictionary::template_of(*kind),
        })
        .collect()
}

fn current_rows(current: &[CurrentData]) -> Vec<CurrentRow> {
    let known: BTreeMap<Kind, &CurrentData> = current.iter().map(|data| (data.batch.kind, data)).collect();
    Kind::ALL
        .iter()
        .map(|kind| {
            let data = known.get(kind);
            let report = data.map(|data| &data.batch);
            CurrentRow {
                label: kind.label().to_owned(),
                rows: data
                    .and_then(|data| data.rows)
                    .map_or_else(|| "—".to_owned(), number),
                as_of: report.map_or_else(
                    || "还没有".to_owned(),
                    |report| report.started_at.day().to_string(),
                ),
                href: report.map(|report| format!("/intake/{}", report.batch_no)),
            }
        })
        .collect()
}

fn row_of(report: &BatchReport) -> Vec<Cell> {
    let kind = if report.is_delta { "增量" } else { "全量" };
    vec![
        Cell::new(report.kind.label())
            .link(format!("/intake/{}", report.batch_no))
            .note(format!("第 {} 批 · {kind}", report.batch_no)),
        Cell::new(report.file_name.clone()).note(format!(
            "{} · {}",
            report.started_at.to_minute(),
            actor_words(&shown_name(&report.started_by))
        )),
        Cell::number(Some(report.rows)),
        Cell::number(Some(report.created)),
        Cell::number(Some(report.updated)),
        Cell::number(Some(report.rejected)),
        Cell::new(report.state.label()).tone(state_tone(report.state)),
    ]
}

fn batch_no(text: &str) -> Result<i64, AppError> {
    text.parse()
        .map_err(|_| AppError::not_found("IMP-404", "没有这一批"))
}

/// `GET /intake/{number}`.
pub async fn batch(
    State(web): State<Web>,
    person: Person,
    Path(number): Path<String>,
) -> Result<Response, Fault> {
    let report = intake::batch(&person.op, &web.app, batch_no(&number)?).await?;
    let view = BatchPage {
        frame: person
            .frame(
                &web,
                &format!("{} 第 {number} 批", report.kind.label()),
                Here::Intake,
            )
            .await?,
        number,
        kind: report.kind.label().to_owned(),
        file_name: report.file_name.clone(),
        state: report.state.label().to_owned(),
        tone: state_tone(report.state),
        counts: counts(&report),
        sentence: sentence(&report),
        reasons: report
            .reasons
            .iter()
            .map(|one| (one.column.clone(), one.reason.clone(), one.rows))
            .collect(),
        can_download: report.has_rejects && person.can(Action::ReadRejects),
        facts: facts(&report),
        zoned: report.zoned_named.clone(),
        zoned_more: (report.zoned > report.zoned_named.len() as i64).then(|| crate::ui::number(report.zoned)),
        zoned_by: match report.state {
            BatchState::Undone => "撤销这一批",
            _ => "导入这一批",
        },
        can_undo: report.is_undoable && person.can(Action::UndoImport),
    };
    page(&view)
}

fn counts(report: &BatchReport) -> Vec<(String, String)> {
    let all = [
        ("文件行数", report.rows),
        ("进库", report.accepted),
        ("退回", report.rejected),
        ("存疑", report.doubtful),
        ("新增", report.created),
        ("变更", report.updated),
        ("删除", report.deleted),
        ("未变", report.unchanged),
        ("文件中没有", report.missing),
        ("保留人工登记", report.kept),
        ("片区变动", report.zoned),
    ];
    // The last three only speak of registers, and only when there is something to say.
    let shown = all
        .into_iter()
        .enumerate()
        .filter(|(at, (_, count))| *at < 8 || *count > 0);
    shown
        .map(|(_, (label, count))| (label.to_owned(), number(count)))
        .collect()
}

fn sentence(report: &BatchReport) -> Option<String> {
    if let Some(failure) = &report.failure {
        return Some(failure.clone());
    }
    let mut words = Vec::new();
    if report.rejected > 0 || report.doubtful > 0 {
        words.push("退回的行没有进库；存疑的行已进库，其中看不懂的单元格按未知处理。".to_owned());
    }
    if report.missing > 0 {
        words.push(format!(
            "登记库中有 {} 行不在本文件里，已记为数据质量问题，没有删除。",
            number(report.missing)
        ));
    }
    if report.kept > 0 {
        words.push(format!(
            "有 {} 处与人工登记不同，以人工登记为准。",
            number(report.kept)
        ));
    }
    (!words.is_empty()).then(|| words.concat())
}

fn facts(report: &BatchReport) -> Vec<(String, String, bool)> {
    let plain = |label: &str, value: String| (label.to_owned(), value, false);
    vec![
        plain("批次", format!("第 {} 批", report.batch_no)),
        plain("方式", if report.is_delta { "增量" } else { "全量" }.to_owned()),
        plain("导入人", actor_words(&shown_name(&report.started_by))),
        plain("开始", report.started_at.to_minute()),
        plain(
            "完成",
            report
                .finished_at
                .map_or_else(|| "—".to_owned(), |at| at.to_minute()),
        ),
        ("SM3".to_owned(), report.sm3.clone(), true),
    ]
}

/// `GET /intake/{number}/rejects`: the sender's own rows with the reason beside them.
pub async fn rejects(
    State(web): State<Web>,
    person: Person,
    Path(number): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    let shape = check::shape_of(query);
    let file = intake::reject_workbook(&person.op, &web.app, batch_no(&number)?, shape).await?;
    download(&file.file_name, file.content_type, file.bytes)
}

/// `POST /intake/{number}/undo`; only with the box ticked, also without script.
pub async fn undo(
    State(web): State<Web>,
    person: Person,
    Path(number): Path<String>,
    form: Posted,
) -> Result<Response, Fault> {
    let path = format!("/intake/{number}");
    if form.get("sure") != Some("yes") {
        return Ok(go(&path, Flash::bad("没有撤销：请先勾选确认。")));
    }
    let no = batch_no(&number)?;
    let only_rest = form.get("rest") == Some("yes");
    let (undone, words) = if only_rest {
        (
            intake::undo_rest(&person.op, &web.app, no).await,
            "已撤销没有人改过的行，之后改过的行保持现状。同一文件可以再次导入。",
        )
    } else {
        (
            intake::undo(&person.op, &web.app, no).await,
            "已撤销，数据回到这一批之前的状态。同一文件可以再次导入。",
        )
    };
    match undone {
        Err(error) if error.code == NEEDED => {
            let wanted = intake::undo_wanted(&person.op, &web.app, no, only_rest).await?;
            let carried = if only_rest { "rest=yes" } else { "" };
            let action = format!("/intake/{no}/undo/approval");
            ask_form(&web, &person, &wanted, &action, carried, "", None).await
        }
        Err(error) => Err(error.into()),
        Ok(_) => Ok(go(&path, Flash::good(words))),
    }
}

/// `POST /intake/{number}/undo/approval`: asks a second person to approve taking this batch back.
pub async fn ask_undo(
    State(web): State<Web>,
    person: Person,
    Path(number): Path<String>,
    form: Posted,
) -> Result<Response, Fault> {
    let no = batch_no(&number)?;
    let only_rest = Posted::read(&form.text(CARRIED)).get("rest") == Some("yes");
    let wanted = intake::undo_wanted(&person.op, &web.app, no, only_rest).await?;
    let address = format!("/intake/{no}/undo");
    asked(
        &web,
        &person,
        &wanted,
        (&format!("{address}/approval"), &address),
        &form,
    )
    .await
}

/// `GET /intake/{number}/undo`: what an undo would meet.
pub async fn undo_outlook(
    State(web): State<Web>,
    person: Person,
    Path(no): Path<String>,
) -> Result<Response, Fault> {
    let report = intake::batch(&person.op, &web.app, batch_no(&no)?).await?;
    let outlook = intake::undo_outlook(&person.op, &web.app, report.batch_no).await?;
    let has_changed = outlook.changed_count > 0;
    let rows = outlook.changed.iter().map(|row| {
        let (who, when) = match &row.by {
            Some((who, at)) => (actor_words(&shown_name(who)), at.to_minute()),
            None => ("日志里没有单独记录".to_owned(), String::new()),
        };
        let state = if row.is_gone { "已不在台账" } else { "" };
        vec![
            Cell::new(row.key.clone()).note(state),
            Cell::new(who),
            Cell::new(when),
        ]
    });
    let changed = Table {
        heads: ["标识", "谁改的", "最近一次"].map(Head::new).into(),
        rows: rows.collect(),
        empty: Empty::default(),
    };
    let shown = outlook.changed.len() as i64;
    let sentence = match (&outlook.refusal, has_changed) {
        (Some(refusal), _) => refusal.clone(),
        (None, true) if outlook.changed_count > shown => format!(
            "有 {} 行之后又被人改过（列出最先的 {}），不能整批撤销；可以只撤销其余的行。",
            number(outlook.changed_count),
            number(shown)
        ),
        (None, true) => {
            "有些行之后又被人改过，不能整批撤销；可以只撤销其余的行，改过的行保持现状。".to_owned()
        }
        (None, false) => "没有后来的修改，可以整批撤销。".to_owned(),
    };
    page(&UndoPage {
        frame: person
            .frame(&web, &format!("撤销第 {no} 批"), Here::Intake)
            .await?,
        number: no,
        kind: report.kind.label().to_owned(),
        counts: if report.kind.is_agency() {
            vec![("本批生效的行".to_owned(), number(report.accepted))]
        } else {
            vec![
                ("本批写入或删除".to_owned(), number(outlook.written)),
                ("之后改过".to_owned(), number(outlook.changed_count)),
            ]
        },
        sentence,
        changed: has_changed.then_some(changed),
        button: outlook.refusal.is_none().then_some(if has_changed {
            "撤销其余的行"
        } else {
            "撤销整批"
        }),
        rest: if has_changed { "yes" } else { "no" },
    })
}
