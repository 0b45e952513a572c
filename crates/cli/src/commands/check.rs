//! `gonghui check`: what the last run found against a known truth.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use app::export::{self, Cell, Export, ListExport};
use office::table::{OpenOptions, Row, TableReader, open};
use serde::Serialize;
use serde_json::Value;

use crate::args::{Args, Format};
use crate::printer::Table;
use crate::wiring;

pub async fn run(args: &Args, truth: &Path, format: Format) -> Result<()> {
    let app = wiring::open(args).await?;
    let op = wiring::system(&app, "check");
    let mut table = Table::new(["what", "truth", "found", "right", "precision", "recall", "f1"]);
    let found = named_links(export::links(&op, &app).await?)?;
    let links = check_links(&found, &link_truth(truth)?);
    for (name, score) in links {
        score.print(&name, &mut table);
    }
    check_members(export::members_insured(&op, &app).await?, truth)?.print("members-insured", &mut table);
    let wanted = ListExport {
        rule: Some("found-25".to_owned()),
        kind: None,
        all: false,
    };
    check_list(export::list(&op, &app, wanted).await?, truth)?.print("found-25", &mut table);
    table.print(format)
}

/// Counts behind precision and recall.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Score {
    pub truth: u64,
    pub found: u64,
    pub right: u64,
}

impl Score {
    pub fn precision(self) -> Option<f64> {
        ratio(self.right, self.found)
    }

    pub fn recall(self) -> Option<f64> {
        ratio(self.right, self.truth)
    }

    fn print(self, name: &str, table: &mut Table) {
        let (precision, recall) = (self.precision(), self.recall());
        let f1 = ratio(2 * self.right, self.truth + self.found);
        let shown = |value: Option<f64>| value.map_or(Value::Null, |v| Value::from((v * 1e4).round() / 1e4));
        table.row([
            Value::from(name),
            self.truth.into(),
            self.found.into(),
            self.right.into(),
            shown(precision),
            shown(recall),
            shown(f1),
        ]);
    }
}

fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// The employers that each union truly has, and the kinds of dirt in its row.
pub(super) type LinkTruth = HashMap<String, (HashSet<String>, Vec<String>)>;

/// Reads the true links.
pub(super) fn link_truth(folder: &Path) -> Result<LinkTruth> {
    let mut truth = LinkTruth::new();
    each_row(
        &truth_file(folder, "links")?,
        &["union_id", "enterprise_id"],
        &["dirt"],
        |cells| {
            let entry = truth.entry(cells[0].clone()).or_default();
            if !cells[1].is_empty() {
                entry.0.insert(cells[1].clone());
            }
            entry.1 = cells[2]
                .split([';', '+'])
                .filter(|d| !d.is_empty())
                .map(str::to_owned)
                .collect();
        },
    )?;
    Ok(truth)
}

/// A union with the enterprise that the run named for it: linked, or a candidate to verify.
pub(super) struct NamedLink {
    pub union_id: String,
    pub enterprise_id: String,
    pub probability: Option<f64>,
    pub is_linked: bool,
}

impl NamedLink {
    pub fn is_right(&self, truth: &LinkTruth) -> bool {
        truth
            .get(&self.union_id)
            .is_some_and(|(right, _)| right.contains(&self.enterprise_id))
    }
}

/// Every union for which the run named an enterprise.
pub(super) fn named_links(links: Export) -> Result<Vec<NamedLink>> {
    let at = |name: &str| {
        links
            .columns
            .iter()
            .position(|(column, _)| *column == name)
            .context("links 导出缺少列")
    };
    let columns = [
        at("union_id")?,
        at("enterprise_id")?,
        at("decision")?,
        at("probability")?,
    ];
    let mut named = Vec::new();
    for row in links.rows {
        let row = row?;
        let [
            Cell::Text(union_id),
            Cell::Text(enterprise_id),
            Cell::Text(decision),
            probability,
        ] = columns.map(|column| &row[column])
        else {
            continue;
        };
        named.push(NamedLink {
            union_id: union_id.clone(),
            enterprise_id: enterprise_id.clone(),
            probability: match probability {
                Cell::Ratio(value) => Some(*value),
                _ => None,
            },
            is_linked: decision == "linked",
        });
    }
    Ok(named)
}

/// All links, then recall and precision among the unions with each kind of dirt.
pub(super) fn check_links(found: &[NamedLink], truth: &LinkTruth) -> Vec<(String, Score)> {
    let mut all = Score {
        truth: truth.values().filter(|(right, _)| !right.is_empty()).count() as u64,
        ..Score::default()
    };
    let mut by_dirt: BTreeMap<String, Score> = BTreeMap::new();
    for (right, dirt) in truth.values() {
        for kind in dirt {
            by_dirt.entry(kind.clone()).or_default().truth += u64::from(!right.is_empty());
        }
    }
    for link in found.iter().filter(|link| link.is_linked) {
        let is_right = link.is_right(truth);
        let scores = truth
            .get(&link.union_id)
            .map(|(_, dirt)| dirt.as_slice())
            .unwrap_or_default();
        all.found += 1;
        all.right += u64::from(is_right);
        for kind in scores {
            let score = by_dirt.entry(kind.clone()).or_default();
            score.found += 1;
            score.right += u64::from(is_right);
        }
    }
    let mut scores = vec![("links".to_owned(), all)];
    scores.extend(
        by_dirt
            .into_iter()
            .map(|(kind, score)| (format!("links {kind}"), score)),
    );
    scores
}

fn check_members(found: Export, folder: &Path) -> Result<Score> {
    // Keys are hashed: four million pairs of names would fill the memory of the machine that checks.
    let mut truth: HashMap<i64, HashSet<i64>> = HashMap::new();
    each_row(
        &truth_file(folder, "members")?,
        &["member_id", "ins_id"],
        &[],
        |cells| {
            if !cells[1].is_empty() {
                truth
                    .entry(codes::text::key64(&cells[0]))
                    .or_default()
                    .insert(codes::text::key64(&cells[1]));
            }
        },
    )?;
    let decision_at = found
        .columns
        .iter()
        .position(|(name, _)| *name == "decision")
        .context("members-insured 导出缺少列 decision")?;
    let mut score = Score {
        truth: truth.len() as u64,
        ..Score::default()
    };
    for row in found.rows {
        let row = row?;
        let is_linked = matches!(&row[decision_at], Cell::Text(decision) if decision == "linked");
        if let [Cell::Text(member), Cell::Text(insured), ..] = row.as_slice()
            && is_linked
        {
            score.found += 1;
            let right = truth.get(&codes::text::key64(member));
            score.right += u64::from(right.is_some_and(|right| right.contains(&codes::text::key64(insured))));
        }
    }
    Ok(score)
}

fn check_list(found: Export, folder: &Path) -> Result<Score> {
    let mut truth = HashSet::new();
    each_row(
        &truth_file(folder, "found_25")?,
        &["enterprise_id"],
        &[],
        |cells| {
            truth.insert(cells[0].clone());
        },
    )?;
    let at = found
        .columns
        .iter()
        .position(|(name, _)| *name == "subject_id")
        .context("清单导出缺少列 subject_id")?;
    let mut score = Score {
        truth: truth.len() as u64,
        ..Score::default()
    };
    for row in found.rows {
        if let Cell::Text(subject) = &row?[at] {
            score.found += 1;
            score.right += u64::from(truth.contains(subject));
        }
    }
    Ok(score)
}

fn truth_file(folder: &Path, stem: &str) -> Result<PathBuf> {
    ["csv", "parquet"]
        .iter()
        .map(|extension| folder.join(format!("{stem}.{extension}")))
        .find(|path| path.exists())
        .with_context(|| format!("{} 中没有 {stem}.csv 或 {stem}.parquet", folder.display()))
}

/// Largest truth file read.
const MAX_BYTES: u64 = 8 << 30;

/// Hands each row's cells, required columns first, then the optional ones (empty when the file has none).
fn each_row(
    path: &Path,
    required: &[&str],
    optional: &[&str],
    mut take: impl FnMut(&[String]),
) -> Result<()> {
    let spellings: Vec<[&str; 1]> = required.iter().map(|name| [*name]).collect();
    let wanted: Vec<&[&str]> = spellings.iter().map(|s| s.as_slice()).collect();
    let mut reader: TableReader = open(
        path,
        &OpenOptions {
            required: &wanted,
            known: &[],
            max_bytes: MAX_BYTES,
        },
    )?;
    let columns: Vec<Option<usize>> = required
        .iter()
        .chain(optional)
        .map(|name| reader.column(&[name]))
        .collect();
    let mut rows: Vec<Row> = Vec::new();
    let mut cells = vec![String::new(); columns.len()];
    loop {
        let more = reader.next_batch(8192, &mut rows)?;
        for row in rows.drain(..) {
            for (cell, column) in cells.iter_mut().zip(&columns) {
                cell.clear();
                if let Some(found) = column.and_then(|at| row.cells.get(at)) {
                    cell.push_str(&found.text);
                }
            }
            take(&cells);
        }
        if !more {
            return Ok(());
        }
    }
}
