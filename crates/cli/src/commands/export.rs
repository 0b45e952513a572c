//! `gonghui export`: the contract tables for other programs.

use anyhow::Result;
use app::export::{self, ListExport};
use app::intake::template;
use domain::list_item::ListKind;

use crate::args::{Args, ExportWhat, ListKindArg};
use crate::{printer, wiring};

pub async fn run(args: &Args, what: &ExportWhat) -> Result<()> {
    let app = wiring::open(args).await?;
    let op = wiring::system(&app, "export");
    let (table, to) = match what {
        ExportWhat::Template { kind, out } => {
            let file = template::workbook(&op, *kind)?;
            return printer::to(Some(out), |into| Ok(into.write_all(&file.bytes)?));
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
