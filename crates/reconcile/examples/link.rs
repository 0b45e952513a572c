//! Links any two tables, or finds duplicates in one, by a specification file:
//! `cargo run --release -p reconcile --example link -- --spec SPEC.toml --left A.csv [--right B.csv] --out pairs.csv`.

#![allow(clippy::print_stdout)]

use lake::place::{Place, Settings};
use reconcile::any_table::{LinkTables, Summary, link_places};
use std::process::ExitCode;

const HELP: &str = "\
按规格文件比对任意两个表，或在一个表里查重。

用法：link --spec SPEC.toml --left A.csv [--right B.csv] --out pairs.csv [--report FILE.json] [--threads N]

  --spec FILE     规格文件（TOML）：列、清洗、比较、分块、训练、输出；写法见 crates/reconcile/specs/README.md
  --left FILE     左表：CSV（UTF-8、GB 18030）、Parquet 或 XLSX，第一行是列名
  --right FILE    右表；不给就在左表里查重
  --out FILE      结果 CSV：left_id,right_id,probability，按文件中的行序排列
  --report FILE   同时写出 JSON 报告：每条分块规则的对数、m/u 表、先验、阈值
  --threads N     线程数（默认用全部核）；结果与线程数无关
  --quiet         不在标准错误输出上写摘要
  --help          显示本说明

每个 FILE 可以是本地路径、file:///绝对路径 或对象存储（S3、MinIO、Ceph）里的 s3://桶名/路径。对象先下载到临时目录（由 TMPDIR 指定），
全部算完才上传结果。端点和账号取自环境变量 AWS_ENDPOINT_URL、AWS_ACCESS_KEY_ID、AWS_SECRET_ACCESS_KEY、AWS_REGION；
内网的存储不加密时再设 AWS_ALLOW_HTTP=true。

最小的规格文件：

  id = \"编号\"

  [[compare]]
  column = \"姓名\"
  levels = [\"exact\", \"edit <= 1\", \"sound\"]

  [[compare]]
  column = \"出生日期\"
  levels = [\"exact\", \"edit <= 1\"]

  [[block]]
  on = [\"姓名\"]

  [[block]]
  on = [\"出生日期\", \"prefix(姓名, 1)\"]

现成的规格文件：crates/reconcile/specs/febrl4.toml（两表比对）、febrl3.toml 和 rldata.toml（查重）、
restaurants.toml、dblp-acm.toml 和 dblp-scholar.toml（论文）、abt-buy.toml 和 amazon-google.toml（商品）、renyuan.toml（人员）。

退出状态：0 完成，1 数据有问题，2 用法或规格文件有误。
";

struct Arguments {
    request: LinkTables<Place>,
    is_quiet: bool,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.iter().any(|word| word == "--help" || word == "-h") {
        print!("{HELP}");
        return ExitCode::SUCCESS;
    }
    let arguments = match parse(&words) {
        Ok(arguments) => arguments,
        Err(problem) => {
            eprintln!("{problem}。用 --help 查看用法");
            return ExitCode::from(2);
        }
    };
    match link_places(&arguments.request, &Settings::from_env()) {
        Ok(summary) => {
            report(&summary, arguments.is_quiet);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(error.status())
        }
    }
}

fn parse(words: &[String]) -> Result<Arguments, String> {
    let (mut spec, mut left, mut right, mut out, mut report_to) = (None, None, None, None, None);
    let (mut threads, mut is_quiet) = (None, false);
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let (name, inline) = match word.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(value.to_owned())),
            _ => (word.as_str(), None),
        };
        if name == "--quiet" {
            is_quiet = true;
            continue;
        }
        if !["--spec", "--left", "--right", "--out", "--report", "--threads"].contains(&name) {
            return Err(format!("不认识的参数 {word}"));
        }
        let value = inline.or_else(|| words.next().filter(|next| !next.starts_with("--")).cloned());
        let value = value
            .filter(|v| !v.is_empty())
            .ok_or(format!("参数 {name} 后面缺少值"))?;
        let place = match name {
            "--spec" => &mut spec,
            "--left" => &mut left,
            "--right" => &mut right,
            "--out" => &mut out,
            "--report" => &mut report_to,
            _ => {
                let n = value.parse::<usize>().ok().filter(|n| (1..=1024).contains(n));
                threads = Some(n.ok_or(format!("--threads 要是 1 到 1024 的整数，不能是“{value}”"))?);
                continue;
            }
        };
        let file = Place::parse_file(&value).map_err(|error| error.to_string())?;
        if place.replace(file).is_some() {
            return Err(format!("参数 {name} 给了两次"));
        }
    }
    Ok(Arguments {
        request: LinkTables {
            spec: spec.ok_or("缺少 --spec")?,
            left: left.ok_or("缺少 --left")?,
            right,
            out: out.ok_or("缺少 --out")?,
            report: report_to,
            threads,
        },
        is_quiet,
    })
}

fn report(summary: &Summary, is_quiet: bool) {
    for warning in &summary.warnings {
        eprintln!("注意：{warning}");
    }
    if is_quiet {
        return;
    }
    eprintln!("左表 {} 行，右表 {} 行", summary.left_rows, summary.right_rows);
    for rule in &summary.rules {
        eprintln!(
            "  分块 {}：{} 对，{} 块，最大一块 {} 对",
            rule.rule, rule.plan.pairs, rule.plan.blocks, rule.plan.largest_block
        );
    }
    eprintln!(
        "候选 {} 对，{} 种模式",
        summary.candidate_pairs, summary.distinct_patterns
    );
    for field in &summary.fields {
        eprintln!("  {}", field.model.field);
        for level in &field.model.levels {
            eprintln!(
                "    {:<24} m {:.6}  u {:.8}  {:+.2} 比特",
                level.level, level.m, level.u, level.bits
            );
        }
    }
    let related: f64 = summary.kinships.iter().map(|kinship| kinship.share).sum();
    eprintln!(
        "相关但不匹配的记录对 {} 类，占全部的 {related:.3e}",
        summary.kinships.len()
    );
    eprintln!(
        "先验 {:.3e}（约 {:.0} 对），阈值 {}，达到阈值 {} 对，写出 {} 对",
        summary.prior,
        summary.expected_matches,
        summary.threshold,
        summary.pairs_over_threshold,
        summary.pairs_written
    );
}
