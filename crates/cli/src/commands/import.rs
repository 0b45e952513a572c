//! `gonghui import`: files in, batches listed, undone, their rejected rows given back.

use std::path::Path;

use anyhow::{Context, Result};
use app::intake::{self, BatchReport, CheckReport, Outcome, Shape};
use app::op::{App, OpContext};
use domain::intake::Kind;
use serde_json::Value;

use crate::args::{Args, Command, Format};
use crate::printer::{Progress, Table, say};
use crate::wiring;

pub async fn run(args: &Args) -> Result<()> {
    let Command::Import {
        path,
        kind,
        check,
        undo,
        rest,
        list,
        rejects,
        out,
        format,
    } = &args.command
    else {
        return Ok(());
    };
    let app = wiring::open(args).await?;
    let op = wiring::system(&app, "import");
    if *list {
        let batches = intake::batches(&op, &app, 200).await?;
        return print(&batches, *format);
    }
    if let Some(batch) = undo {
        let undone = if *rest {
            intake::undo_rest(&op, &app, *batch).await?
        } else {
            intake::undo(&op, &app, *batch).await?
        };
        say(format!("已撤销批次 {batch}"));
        tell_zoned(&undone);
        return print(&[undone], *format);
    }
    if let (Some(batch), Some(out)) = (rejects, out) {
        let workbook = intake::reject_workbook(&op, &app, *batch, shape_of(out)).await?;
        std::fs::write(out, &workbook.bytes).with_context(|| format!("无法写入 {}", out.display()))?;
        say(format!("退回与存疑的行已写入 {}", out.display()));
        return Ok(());
    }
    let path = path.as_deref().context("请给出文件或目录")?;
    match kind {
        Some(kind) if *check => look(&op, &app, *kind, path, out.as_deref(), *format).await,
        Some(kind) => one(&op, &app, *kind, path, *format).await,
        None => folder(&op, &app, path, *format).await,
    }
}

async fn one(op: &OpContext, app: &App, kind: Kind, path: &Path, format: Format) -> Result<()> {
    let name = path
        .file_name()
        .context("不是文件名")?
        .to_string_lossy()
        .into_owned();
    let progress = Progress::new();
    let report = intake::import_file(op, app, kind, path, &name, progress.teller()).await;
    progress.finish();
    let report = report?;
    print(std::slice::from_ref(&report), format)?;
    tell_rejects(&report);
    tell_zoned(&report);
    Ok(())
}

/// Which unions lie in another zone now, or in none.
fn tell_zoned(report: &BatchReport) {
    for words in report.zoned_named.iter().take(REASONS_TOLD) {
        say(format!("  片区变动 {words}"));
    }
    let more = report.zoned - REASONS_TOLD as i64;
    if more > 0 {
        say(format!("  另有 {more} 家片区变动"));
    }
}

fn shape_of(out: &Path) -> Option<Shape> {
    let ending = out.extension().and_then(|end| end.to_str())?;
    Shape::from_name(&ending.to_ascii_lowercase())
}

/// What an import would do; the file is not kept.
async fn look(
    op: &OpContext,
    app: &App,
    kind: Kind,
    path: &Path,
    out: Option<&Path>,
    format: Format,
) -> Result<()> {
    let name = path
        .file_name()
        .context("不是文件名")?
        .to_string_lossy()
        .into_owned();
    let progress = Progress::new();
    let report = intake::check_file(op, app, kind, path, &name, progress.teller()).await;
    progress.finish();
    let report = report?;
    let told = tell_check(op, app, &report, out, format).await;
    intake::drop_check(op, app, report.check_no).await?;
    told
}

async fn tell_check(
    op: &OpContext,
    app: &App,
    report: &CheckReport,
    out: Option<&Path>,
    format: Format,
) -> Result<()> {
    let mut table = Table::new(["outcome", "label", "rows"]);
    for outcome in Outcome::ALL {
        table.row([
            Value::from(outcome.code()),
            outcome.label().into(),
            report.counts.of_outcome(outcome).into(),
        ]);
    }
    table.print(format)?;
    for outcome in [Outcome::Updated, Outcome::Twin, Outcome::Rejected, Outcome::Zoned] {
        let lines = intake::check_lines(op, app, report.check_no, outcome).await?;
        for line in lines.iter().take(REASONS_TOLD) {
            let row = line.row.map_or_else(String::new, |row| format!("第 {row} 行 "));
            say(format!("  {} {row}{} {}", outcome.label(), line.key, line.text));
        }
        let more = report.counts.of_outcome(outcome) - REASONS_TOLD as i64;
        if more > 0 {
            say(format!("  另有 {more} 行{}", outcome.label()));
        }
    }
    if let Some(out) = out {
        let file = intake::check_workbook(op, app, report.check_no, shape_of(out)).await?;
        std::fs::write(out, &file.bytes).with_context(|| format!("无法写入 {}", out.display()))?;
        say(format!("退回与存疑的行已写入 {}", out.display()));
    }
    say("以上只是核对，没有写入任何数据");
    Ok(())
}

/// Which rows did not count or are doubtful, in the words of the batch's page, and how to get them back.
fn tell_rejects(report: &BatchReport) {
    if report.rejected == 0 && report.doubtful == 0 {
        return;
    }
    say(format!(
        "{}：退回 {} 行，存疑 {} 行；取回：gonghui import --rejects {} --out 退回.xlsx",
        report.kind.label(),
        report.rejected,
        report.doubtful,
        report.batch_no
    ));
    for reason in report.reasons.iter().take(REASONS_TOLD) {
        let column = if reason.column.is_empty() {
            String::new()
        } else {
            format!("“{}”", reason.column)
        };
        say(format!(
            "  {} {column}{}，共 {} 行",
            report.file_name, reason.reason, reason.rows
        ));
    }
    if report.reasons.len() > REASONS_TOLD {
        say(format!("  另有 {} 种原因", report.reasons.len() - REASONS_TOLD));
    }
}

/// Reasons told for each file; the workbook has them all.
const REASONS_TOLD: usize = 10;

/// Every file is taken even when one is refused; the refusals are told together and decide the exit status.
async fn folder(op: &OpContext, app: &App, path: &Path, format: Format) -> Result<()> {
    anyhow::ensure!(
        path.is_dir(),
        "{} 不是目录；导入单个文件请加 --kind，例如：gonghui import --kind insurance {}",
        path.display(),
        path.display()
    );
    let progress = Progress::new();
    let outcome = intake::import_folder(op, app, path, progress.teller()).await;
    progress.finish();
    let outcome = outcome?;
    for skipped in &outcome.skipped {
        say(format!(
            "跳过 {skipped}：同一种类已取用更优先的格式（Parquet、CSV、XLSX 依次）"
        ));
    }
    for unknown in &outcome.unknown {
        say(format!(
            "没有导入 {unknown}：文件名应为种类名加 .parquet、.csv 或 .xlsx，例如 members.csv"
        ));
    }
    print(&outcome.reports, format)?;
    outcome.reports.iter().for_each(tell_rejects);
    for refused in &outcome.refused {
        say(format!("整个文件被拒收：{}", refused));
    }
    anyhow::ensure!(
        outcome.refused.is_empty(),
        "{} 个文件没有导入，其余已导入",
        outcome.refused.len()
    );
    Ok(())
}

fn print(reports: &[BatchReport], format: Format) -> Result<()> {
    let mut table = Table::new([
        "batch",
        "kind",
        "file",
        "state",
        "rows",
        "accepted",
        "rejected",
        "doubtful",
        "created",
        "updated",
        "deleted",
        "unchanged",
    ]);
    for report in reports {
        table.row([
            Value::from(report.batch_no),
            report.kind.name().into(),
            report.file_name.as_str().into(),
            report.state.label().into(),
            report.rows.into(),
            report.accepted.into(),
            report.rejected.into(),
            report.doubtful.into(),
            report.created.into(),
            report.updated.into(),
            report.deleted.into(),
            report.unchanged.into(),
        ]);
    }
    table.print(format)
}
