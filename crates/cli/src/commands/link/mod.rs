//! `gonghui link`: how unions came to their employers.

mod completeness;
mod explain;
mod page;
mod report;

use anyhow::Result;

use crate::args::{Args, LinkWhat};

pub async fn run(args: &Args, what: &LinkWhat) -> Result<()> {
    match what {
        LinkWhat::Explain { union_id, format } => explain::run(args, union_id, *format).await,
        LinkWhat::Report {
            run,
            truth,
            format,
            out,
        } => {
            let report = report::read(args, *run, truth.as_deref()).await?;
            report::print(&report, *format, out.as_deref())
        }
    }
}
