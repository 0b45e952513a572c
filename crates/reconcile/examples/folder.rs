//! Runs linkage and rules on a folder of Parquet files in the published layouts, without the platform, and compares the
//! result with `truth/` where that exists: `cargo run -p reconcile --example folder -- DIR OUT 2026-08-01 [--reuse] [--model FILE]`.
//! `--reuse` takes the lake tables that an earlier run left in OUT/lake.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "../tests/it/raw.rs"]
mod raw;

use arrow::array::{Array, AsArray, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use codes::time::Day;
use reconcile::{RulesSource, RunInput};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

fn convert<R: lake::LakeRow>(dir: &Path, to: &Path, kind: &str, row: impl Fn(raw::Cells<'_>) -> R) {
    let mut writer = lake::RowWriter::<R>::create(&to.join(format!("{kind}.parquet"))).unwrap();
    let path = dir.join(format!("{kind}.parquet"));
    if path.exists() {
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
fn csv_rows(path: &Path) -> Vec<HashMap<String, String>> {
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

#[tokio::main]
async fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (dir, out) = (PathBuf::from(&args[0]), PathBuf::from(&args[1]));
    let as_of = Day::parse_iso(&args[2]).unwrap();
    let lake = out.join("lake");
    if !args.iter().any(|a| a == "--reuse") {
        std::fs::create_dir_all(&lake).unwrap();
        convert(&dir, &lake, "enterprises", raw::enterprise);
        convert(&dir, &lake, "unions", raw::union);
        convert(&dir, &lake, "covers", raw::cover);
        convert(&dir, &lake, "members", raw::member);
        convert(&dir, &lake, "insurance", raw::insurance);
        convert(&dir, &lake, "tax", raw::tax);
        lake::write_rows::<lake::tables::Verdict>(&lake.join("verdicts.parquet"), []).unwrap();
        lake::write_rows::<lake::tables::OpenItem>(&lake.join("open_items.parquet"), []).unwrap();
    }
    let at = |kind: &str| lake.join(format!("{kind}.parquet"));
    let model = args
        .iter()
        .position(|a| a == "--model")
        .map(|i| PathBuf::from(&args[i + 1]));
    let input = RunInput {
        as_of,
        enterprises: Some(at("enterprises")),
        insurance: (!args.iter().any(|a| a == "--no-insurance")).then(|| at("insurance")),
        tax: Some(at("tax")),
        drivers: None,
        unions: at("unions"),
        covers: at("covers"),
        members: at("members"),
        verdicts: at("verdicts"),
        open_items: at("open_items"),
        rules: RulesSource::Embedded,
        model,
        retrain: false,
        out: out.clone(),
        threads: None,
    };
    let started = std::time::Instant::now();
    let result = reconcile::run(&input, &|_, _, _| ()).await.unwrap();
    println!("{:#?}", result.stats);
    println!("seconds {:.1}", started.elapsed().as_secs_f64());
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    println!(
        "{}",
        status.lines().find(|l| l.starts_with("VmHWM")).unwrap_or("")
    );
    compare(&dir.join("truth"), &result);
}

/// Which kinds of dirt the errors carry.
fn errors(truth: &Path, links: &[lake::tables::Link]) {
    let truth: HashMap<String, (String, String)> = csv_rows(truth)
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

fn compare(truth: &Path, result: &reconcile::RunOutput) {
    let links: Vec<lake::tables::Link> = lake::read_rows(&result.links)
        .unwrap()
        .collect::<Result<Vec<_>, _>>()
        .unwrap();
    let found: HashSet<String> = links
        .iter()
        .filter(|l| l.decision == "linked")
        .map(|l| format!("{}|{}", l.union_id, l.enterprise_id.as_deref().unwrap_or("")))
        .collect();
    let true_links: HashSet<String> = csv_rows(&truth.join("links.csv"))
        .iter()
        .filter(|r| r.get("enterprise_id").is_some_and(|e| !e.is_empty()))
        .map(|r| format!("{}|{}", r["union_id"], r["enterprise_id"]))
        .collect();
    score("links", &found, &true_links);
    errors(&truth.join("links.csv"), &links);
    let findings: Vec<lake::tables::Finding> = lake::read_rows(&result.findings)
        .unwrap()
        .collect::<Result<Vec<_>, _>>()
        .unwrap();
    let raised: HashSet<String> = findings
        .iter()
        .filter(|f| f.rule == "found-25")
        .map(|f| f.subject_id.clone())
        .collect();
    let due: HashSet<String> = csv_rows(&truth.join("found_25.csv"))
        .iter()
        .map(|r| r["enterprise_id"].clone())
        .collect();
    score("found-25", &raised, &due);
    for finding in findings.iter().filter(|f| f.rule == "found-25").take(3) {
        println!("{} {}", finding.kind, finding.reason);
    }
}
