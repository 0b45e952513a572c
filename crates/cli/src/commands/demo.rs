//! `gonghui demo`: a synthetic city as files, and accounts to look at it with every role.

use std::path::Path;

use anyhow::{Context, Result};
use codes::time::{Clock, Day, SystemClock};
use serde_json::Value;

use crate::args::{Args, FileFormat, Format, ScaleArg};
use crate::printer::{Progress, Table, say};
use crate::wiring;

pub fn files(
    scale: ScaleArg,
    seed: u64,
    as_of: Option<Day>,
    format: Option<FileFormat>,
    out: Option<&Path>,
) -> Result<()> {
    let out = out.context("请用 --out DIR 指明写到哪里")?;
    let is_taken = std::fs::read_dir(out).is_ok_and(|mut entries| entries.next().is_some());
    anyhow::ensure!(
        !is_taken,
        "{} 不是空目录；请另选一个目录，或先清空它",
        out.display()
    );
    let city_scale = match scale {
        ScaleArg::Small => city::Scale::Small,
        ScaleArg::County => city::Scale::County,
        ScaleArg::HalfCity => city::Scale::HalfCity,
        ScaleArg::City => city::Scale::City,
    };
    let format = match (format, scale) {
        (Some(FileFormat::Csv), _) | (None, ScaleArg::Small | ScaleArg::County) => city::Format::Csv,
        (Some(FileFormat::Parquet), _) | (None, ScaleArg::HalfCity | ScaleArg::City) => city::Format::Parquet,
        (Some(FileFormat::Xlsx), _) => city::Format::Xlsx,
    };
    let as_of = as_of.unwrap_or_else(|| SystemClock.today());
    let progress = Progress::new();
    let summary = city::generate(
        city_scale.size(),
        seed,
        out,
        format,
        as_of,
        &|kind, done, total| progress.tell(kind, done, total),
    )?;
    progress.finish();
    let mut table = Table::new(["file", "rows"]);
    for (kind, rows) in &summary.rows {
        table.row([Value::from(kind.as_str()), Value::from(*rows)]);
    }
    table.print(Format::Table)?;
    say(format!(
        "已写入 {}，数据日期 {}；真值在 {}",
        out.display(),
        summary.as_of,
        out.join("truth").display()
    ));
    say(format!("下一步：gonghui import {}", out.display()));
    Ok(())
}

pub async fn accounts(args: &Args) -> Result<()> {
    let app = wiring::open(args).await?;
    let op = wiring::system(&app, "demo");
    let made = app::demo::accounts(&op, &app).await?;
    let mut table = Table::new(["login", "role", "union"]);
    for account in &made.accounts {
        table.row([
            Value::from(account.login.as_str()),
            Value::from(account.role),
            Value::from(account.union.as_str()),
        ]);
    }
    table.print(Format::Table)?;
    say(format!("演示账号共用密码：{}（只用于演示数据）", made.password));
    app.store.close().await;
    Ok(())
}
