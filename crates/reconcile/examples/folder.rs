//! Runs linkage and rules on a folder of Parquet files in the published layouts, without the platform, and compares the
//! result with `truth/` where that exists: `cargo run -p reconcile --example folder -- DIR OUT 2026-08-01`; see `--help`.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "../tests/it/raw.rs"]
mod raw;

use arrow::array::{Array, AsArray, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use codes::time::Day;
use lake::place::{Place, PlaceError, Settings, Staging};
use reconcile::{RulesSource, RunInput};
use std::collections::{HashMap, HashSet};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const HELP: &str = "\
不经过平台，对一个文件夹里公开格式的 Parquet 文件做一次主比对并运行规则。

用法：folder DIR OUT 日期 [--reuse] [--no-insurance] [--model FILE]

  DIR             enterprises、unions、covers、members、insurance、tax 的 .parquet 所在的文件夹；有 truth/ 就同它对照
  OUT             结果所在的文件夹，中间的数据湖表写在 OUT/lake
  日期            以哪一天为准，如 2026-08-01
  --reuse         直接用上一次留在 OUT/lake 里的表
  --no-insurance  不用参保数据
  --model FILE    使用已有的模型

DIR、OUT 和 FILE 可以是本地路径、file:///绝对路径 或对象存储里的 s3://桶名/路径：对象先下载到临时目录（由 TMPDIR 指定），
全部算完才上传结果。端点和账号取自环境变量 AWS_ENDPOINT_URL、AWS_ACCESS_KEY_ID、AWS_SECRET_ACCESS_KEY、AWS_REGION；
内网的存储不加密时再设 AWS_ALLOW_HTTP=true。
";

/// Cells by head.
type CsvRow = HashMap<String, String>;

fn convert<R: lake::LakeRow>(
    from: Option<PathBuf>,
    to: &Path,
    kind: &str,
    row: impl Fn(raw::Cells<'_>) -> R,
) {
    let mut writer = lake::RowWriter::<R>::create(&to.join(format!("{kind}.parquet"))).unwrap();
    if let Some(path) = from {
        for batch in lake::batches(&path, &[]).unwrap() {
            let batch: RecordBatch = batch.unwrap();
            let columns: HashMap<String, StringArray> = batch
                .schema()
                .fields()
                .iter()
                .zip(batch.columns())
                .map(|(f, c)| {
                    (
                        f.name().clone(),
                        cast(c, &DataType::Utf8).unwrap().as_string::<i32>().clone(),
                    )
                })
                .collect();
            for i in 0..batch.num_rows() {
                let cell = |name: &str| {
                    columns
                        .get(name)
                        .filter(|c| c.is_valid(i))
                        .map_or(String::new(), |c| c.value(i).to_string())
                };
                writer.push(&row(&cell)).unwrap();
            }
        }
    }
    writer.finish().unwrap();
}

/// A CSV without quotes in the columns we read.
fn csv_rows(path: &Path) -> Vec<CsvRow> {
    let Ok(text) = std::fs::read_to_string(path) else {
        return Vec::new();
    };
    let mut lines = text.lines();
    let heads: Vec<&str> = lines.next().unwrap_or("").split(',').collect();
    lines
        .map(|line| {
            heads
                .iter()
                .zip(line.split(','))
                .map(|(h, v)| (h.to_string(), v.to_string()))
                .collect()
        })
        .collect()
}

fn score(name: &str, found: &HashSet<String>, truth: &HashSet<String>) {
    let right = found.intersection(truth).count() as f64;
    println!(
        "{name}: precision {:.4} recall {:.4} ({} found, {} true)",
        right / (found.len().max(1) as f64),
        right / (truth.len().max(1) as f64),
        found.len(),
        truth.len()
    );
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.len() < 3 || args.iter().any(|a| a == "--help") {
        print!("{HELP}");
        return ExitCode::from(if args.len() < 3 { 2 } else { 0 });
    }
    match work(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn work(args: &[String]) -> Result<(), Box<dyn Error>> {
    let has = |flag: &str| args.iter().any(|a| a == flag);
    let (dir, out) = (Place::parse(&args[0])?, Place::parse(&args[1])?);
    let as_of = Day::parse_iso(&args[2])?;
    let scratch = tempfile::tempdir()?;
    let mut staging = Staging::new(scratch.path(), Settings::from_env());
    let truth_links = truth(&staging, &dir, "links.csv")?;
    let truth_due = truth(&staging, &dir, "found_25.csv")?;
    let lake = if has("--reuse") {
        out.join("lake")
    } else {
        let lake = staging.prepare_folder(&out.join("lake"))?;
        convert_all(&staging, &dir, &lake)?;
        Place::from(lake)
    };
    let at = |kind: &str| lake.join(&format!("{kind}.parquet"));
    let model = args.iter().position(|a| a == "--model");
    let model = model.map(|i| args.get(i + 1).map_or("", String::as_str));
    let input = RunInput {
        as_of,
        enterprises: Some(at("enterprises")),
        insurance: (!has("--no-insurance")).then(|| at("insurance")),
        tax: Some(at("tax")),
        drivers: None,
        unions: at("unions"),
        covers: at("covers"),
        members: at("members"),
        verdicts: at("verdicts"),
        open_items: at("open_items"),
        unsound_unions: None,
        rules: RulesSource::Embedded,
        model: model.map(Place::parse_file).transpose()?,
        retrain: false,
        out,
        threads: None,
    };
    let started = std::time::Instant::now();
    let runtime = tokio::runtime::Runtime::new()?;
    let result = runtime.block_on(reconcile::run_staged(&input, staging, &|_, _, _| ()))?;
    println!("{:#?}", result.stats);
    println!("seconds {:.1}", started.elapsed().as_secs_f64());
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    println!(
        "{}",
        status.lines().find(|l| l.starts_with("VmHWM")).unwrap_or("")
    );
    compare(truth_links, &truth_due, &result);
    Ok(())
}

fn convert_all(staging: &Staging, dir: &Place, lake: &Path) -> Result<(), Box<dyn Error>> {
    let names = staging.names(dir)?;
    let source = |kind: &str| {
        let name = format!("{kind}.parquet");
        let is_there = names.contains(&name);
        is_there.then(|| staging.bring(&dir.join(&name))).transpose()
    };
    convert(source("enterprises")?, lake, "enterprises", raw::enterprise);
    convert(source("unions")?, lake, "unions", raw::union);
    convert(source("covers")?, lake, "covers", raw::cover);
    convert(source("members")?, lake, "members", raw::member);
    convert(source("insurance")?, lake, "insurance", raw::insurance);
    convert(source("tax")?, lake, "tax", raw::tax);
    lake::write_rows::<lake::tables::Verdict>(&lake.join("verdicts.parquet"), [])?;
    lake::write_rows::<lake::tables::OpenItem>(&lake.join("open_items.parquet"), [])?;
    Ok(())
}

/// The rows of a file of `truth/`; none where nobody knows the truth.
fn truth(staging: &Staging, dir: &Place, name: &str) -> Result<Vec<CsvRow>, PlaceError> {
    let folder = dir.join("truth");
    if !staging.names(&folder)?.iter().any(|known| known == name) {
        return Ok(Vec::new());
    }
    Ok(csv_rows(&staging.bring(&folder.join(name))?))
}

/// Which kinds of dirt the errors carry.
fn errors(truth: Vec<CsvRow>, links: &[lake::tables::Link]) {
    let truth: HashMap<String, (String, String)> = truth
        .into_iter()
        .map(|mut r| {
            let mut take = |key: &str| r.remove(key).unwrap_or_default();
            (take("union_id"), (take("enterprise_id"), take("dirt")))
        })
        .collect();
    let mut kinds: std::collections::BTreeMap<String, (u32, String)> = std::collections::BTreeMap::new();
    for link in links {
        let Some((enterprise, dirt)) = truth.get(&link.union_id) else {
            continue;
        };
        let said = link
            .enterprise_id
            .clone()
            .filter(|_| link.decision == "linked")
            .unwrap_or_default();
        if said == *enterprise {
            continue;
        }
        let what = match (said.is_empty(), enterprise.is_empty()) {
            (true, _) => format!("missed as {}", link.decision),
            (_, true) => "false, employer outside the register".to_string(),
            _ => "false, other employer".to_string(),
        };
        let example = format!(
            "{} true {} said {:?} {:?}",
            link.union_id, enterprise, link.candidate_name, link.probability
        );
        let entry = kinds.entry(format!("{what} {dirt}")).or_insert((0, example));
        entry.0 += 1;
    }
    let mut kinds: Vec<_> = kinds.into_iter().collect();
    kinds.sort_by_key(|(_, (n, _))| std::cmp::Reverse(*n));
    kinds
        .iter()
        .take(25)
        .for_each(|(kind, (n, example))| println!("{n:>5} {kind}   e.g. {example}"));
}

fn compare(truth_links: Vec<CsvRow>, truth_due: &[CsvRow], result: &reconcile::RunOutput) {
    let links: Vec<lake::tables::Link> = lake::read_rows(&result.links)
        .unwrap()
        .collect::<Result<Vec<_>, _>>()
        .unwrap();
    let found: HashSet<String> = links
        .iter()
        .filter(|l| l.decision == "linked")
        .map(|l| format!("{}|{}", l.union_id, l.enterprise_id.as_deref().unwrap_or("")))
        .collect();
    let true_links: HashSet<String> = truth_links
        .iter()
        .filter(|r| r.get("enterprise_id").is_some_and(|e| !e.is_empty()))
        .map(|r| format!("{}|{}", r["union_id"], r["enterprise_id"]))
        .collect();
    score("links", &found, &true_links);
    errors(truth_links, &links);
    let findings: Vec<lake::tables::Finding> = lake::read_rows(&result.findings)
        .unwrap()
        .collect::<Result<Vec<_>, _>>()
        .unwrap();
    let raised: HashSet<String> = findings
        .iter()
        .filter(|f| f.rule == "found-25")
        .map(|f| f.subject_id.clone())
        .collect();
    let due: HashSet<String> = truth_due.iter().map(|r| r["enterprise_id"].clone()).collect();
    score("found-25", &raised, &due);
    for finding in findings.iter().filter(|f| f.rule == "found-25").take(3) {
        println!("{} {}", finding.kind, finding.reason);
    }
}
