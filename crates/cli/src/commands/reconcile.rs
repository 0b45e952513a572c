//! `gonghui reconcile`: the main job.

use anyhow::Result;
use app::run::RunRequest;

use crate::args::{Args, Command};
use crate::printer::{Progress, Table, say};
use crate::wiring;

pub async fn run(args: &Args) -> Result<()> {
    let Command::Reconcile {
        as_of,
        retrain,
        rules,
        threads,
        format,
    } = &args.command
    else {
        return Ok(());
    };
    let app = wiring::open(args).await?;
    let op = wiring::system(&app, "reconcile");
    let request = RunRequest {
        as_of: *as_of,
        retrain: *retrain,
        rules: rules.clone(),
        threads: *threads,
    };
    let progress = Progress::new();
    let outcome = app::run::reconcile(&op, &app, request, progress.teller()).await;
    progress.finish();
    let view = outcome?;
    say(format!("第 {} 次比对完成，数据日期 {}", view.run_no, view.as_of));
    let mut table = Table::new(["item", "count"]);
    if let Some(stats) = &view.stats {
        for (name, count) in [
            ("unions", stats.unions),
            ("linked", stats.linked),
            ("verify", stats.verify),
            ("none", stats.none),
            ("members", stats.members),
            ("members linked", stats.member_linked),
            ("enterprises", stats.enterprises),
            ("insured rows", stats.insured_rows),
        ] {
            table.row([name.into(), count.into()]);
        }
        if let Some(learning) = stats.linkage.as_ref().and_then(|linkage| linkage.learning) {
            let answers = learning.same + learning.different;
            table.row(["answers seen".into(), answers.into()]);
            table.row(["unions changed by answers".into(), learning.changed.into()]);
        }
        for (rule, count) in &stats.findings_by_rule {
            table.row([format!("finding {rule}").into(), (*count).into()]);
        }
        for (stage, ms) in &stats.stage_ms {
            table.row([format!("ms {stage}").into(), (*ms).into()]);
        }
        for (stage, ms) in &stats.stage_cpu_ms {
            table.row([format!("cpu ms {stage}").into(), (*ms).into()]);
        }
        for (stage, mib) in &stats.stage_peak_mib {
            table.row([format!("peak MiB {stage}").into(), (*mib).into()]);
        }
    }
    if let Some(merge) = &view.merge {
        for (name, count) in [
            ("items raised", merge.raised),
            ("items changed", merge.changed),
            ("items unchanged", merge.unchanged),
            ("items reopened", merge.reopened),
            ("items suppressed", merge.suppressed),
            ("items done", merge.done),
            ("items superseded", merge.superseded),
            ("items out of scope", merge.out_of_scope),
            ("items assigned", merge.assigned),
        ] {
            table.row([name.into(), count.into()]);
        }
    }
    table.print(*format)
}
