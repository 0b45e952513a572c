//! `gonghui export`: the contract tables for other programs.

use std::io::Write as _;

use anyhow::{Context, Result};
use app::export::register::{RegisterExport, export_download, make_register};
use app::export::{self, ListExport};
use app::intake::template;
use app::op::{App, OpContext};
use domain::list_item::ListKind;

use crate::args::{Args, ExportWhat, ListKindArg, RegisterTo};
use crate::{printer, wiring};

pub async fn run(args: &Args, what: &ExportWhat) -> Result<()> {
    let app = wiring::open(args).await?;
    let op = wiring::system(&app, "export");
    let (table, to) = match what {
        ExportWhat::Template { kind, out } => {
            let file = template::workbook(&op, *kind)?;
            return printer::to(Some(out), |into| Ok(into.write_all(&file.bytes)?));
        }
        ExportWhat::Unions { search, county, to } => {
            let asked = RegisterExport {
                q: search.clone(),
                county: *county,
                ..asked_of("unions", to)
            };
            return register(&op, &app, &asked, to).await;
        }
        ExportWhat::Members { union, purpose, to } => {
            let asked = RegisterExport {
                union_id: union.clone(),
                purpose: purpose.clone(),
                ..asked_of("members", to)
            };
            return register(&op, &app, &asked, to).await;
        }
        ExportWhat::Links(to) => (export::links(&op, &app).await?, to),
        ExportWhat::MembersInsured(to) => (export::members_insured(&op, &app).await?, to),
        ExportWhat::List { rule, kind, all, to } => {
            let wanted = ListExport {
                rule: rule.clone(),
                kind: kind.map(list_kind),
                all: *all,
            };
            (export::list(&op, &app, wanted).await?, to)
        }
    };
    printer::export(table, to.format, to.out.as_deref())
}

fn list_kind(kind: ListKindArg) -> ListKind {
    match kind {
        ListKindArg::Verify => ListKind::Verification,
        ListKindArg::Task => ListKind::Task,
        ListKindArg::Work => ListKind::Work,
    }
}

fn asked_of(kind: &str, to: &RegisterTo) -> RegisterExport {
    let ending = to
        .out
        .extension()
        .and_then(|end| end.to_str())
        .unwrap_or_default();
    RegisterExport {
        kind: kind.to_owned(),
        columns: to.columns.clone(),
        format: ending.to_ascii_lowercase(),
        is_plain: to.plain,
        reason: to.reason.clone(),
        ..RegisterExport::default()
    }
}

async fn register(op: &OpContext, app: &App, asked: &RegisterExport, to: &RegisterTo) -> Result<()> {
    let progress = printer::Progress::new();
    let made = make_register(op, app, asked, progress.teller()).await;
    progress.finish();
    let number = made?;
    let mut out = printer::Outlet::open(Some(&to.out))?;
    for frame in export_download(op, app, number).await? {
        let unwritable = || format!("无法写入 {}", to.out.display());
        out.write_all(&frame?).with_context(unwritable)?;
    }
    out.finish()?;
    printer::say(format!("导出第 {number} 号已写入 {}", to.out.display()));
    Ok(())
}
