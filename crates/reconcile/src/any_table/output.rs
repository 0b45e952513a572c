//! What a run writes: the pairs, and a summary of how they came about.

use super::AnyTableError;
use super::block::{Blocks, Plan};
use super::read::Loaded;
use super::score::Part;
use super::spec::Spec;
use engines::linking::model::{FieldModel, probability};
use engines::linking::{Counts, Freedom, Kinship, Link, Model, PatternCounts};
use serde::Serialize;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

/// How a run went.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    pub left_rows: usize,
    /// 0 when the left table was searched for duplicates.
    pub right_rows: usize,
    pub rules: Vec<RuleReport>,
    /// Distinct pairs that were compared.
    pub candidate_pairs: u64,
    pub distinct_patterns: usize,
    pub fields: Vec<FieldReport>,
    /// Kinds of related pairs that are no matches.
    pub kinships: Vec<Kinship>,
    /// Share of matches among all pairs, and how many that are.
    pub prior: f64,
    pub expected_matches: f64,
    /// Where rows have at most one partner, the shares of rows without one.
    pub without_partner: Option<Freedom>,
    pub threshold: f64,
    /// Pairs that reach the threshold, before the constraint on the output.
    pub pairs_over_threshold: usize,
    pub pairs_written: usize,
    pub warnings: Vec<String>,
}

/// One blocking rule.
#[derive(Clone, Debug, Serialize)]
pub struct RuleReport {
    pub rule: String,
    #[serde(flatten)]
    pub plan: Plan,
}

/// One field with the cells that say something.
#[derive(Clone, Debug, Serialize)]
pub struct FieldReport {
    #[serde(flatten)]
    pub model: FieldModel,
    pub left_filled: u64,
    pub right_filled: u64,
}

impl Summary {
    pub(super) fn of(
        spec: &Spec,
        loaded: &Loaded,
        counts: &[Counts],
        blocks: &Blocks,
        parts: &[Part],
        patterns: &PatternCounts,
        model: &Model,
        over_threshold: usize,
        written: usize,
    ) -> Summary {
        let tables = &loaded.tables;
        let filled = |i: usize| counts.get(i).map_or((0, 0), |c| (c.left_filled, c.right_filled));
        let candidate_pairs = parts.iter().map(|part| part.len() as u64).sum();
        let mut warnings = loaded.warnings.clone();
        for (field, counts) in loaded.fields.iter().zip(counts) {
            for (side, filled) in [("左", counts.left_filled), ("右", counts.right_filled)] {
                if filled == 0 && (side == "左" || !tables.is_one()) {
                    warnings.push(format!("列“{}”在{side}表中全是空的，不提供任何证据", field.name));
                }
            }
        }
        for rule in blocks.rules.iter().filter(|rule| rule.plan.skipped_blocks > 0) {
            warnings.push(format!(
                "分块规则 {} 跳过了 {} 个过大的块（共 {} 对，最大的是“{}”）",
                rule.label,
                rule.plan.skipped_blocks,
                rule.plan.skipped_pairs,
                rule.plan.skipped_example.as_deref().unwrap_or_default()
            ));
        }
        if candidate_pairs == 0 {
            warnings.push("分块规则没有找到任何候选对，输出是空的；请检查分块用的列两边写法是否一致".into());
        } else if written == 0 {
            warnings.push("没有一对记录达到阈值，输出是空的".into());
        }
        let fields = model.fields.iter().enumerate().map(|(i, field)| FieldReport {
            model: field.clone(),
            left_filled: filled(i).0,
            right_filled: filled(i).1,
        });
        Summary {
            left_rows: tables.left_rows,
            right_rows: if tables.is_one() { 0 } else { tables.right_rows },
            rules: blocks
                .rules
                .iter()
                .map(|r| RuleReport {
                    rule: r.label.clone(),
                    plan: r.plan.clone(),
                })
                .collect(),
            candidate_pairs,
            distinct_patterns: patterns.len(),
            fields: fields.collect(),
            kinships: model.kinships.clone(),
            prior: model.prior,
            expected_matches: model.prior * tables.pairs_in_all(),
            without_partner: model.freedom,
            threshold: spec.output.threshold,
            pairs_over_threshold: over_threshold,
            pairs_written: written,
            warnings,
        }
    }
}

/// Writes the pairs in file order.
pub(super) fn write_pairs(path: &Path, loaded: &Loaded, links: &[Link]) -> Result<(), AnyTableError> {
    let right_ids = if loaded.tables.is_one() {
        &loaded.left_ids
    } else {
        &loaded.right_ids
    };
    whole_file(path, |file| {
        let mut writer = csv::Writer::from_writer(file);
        writer.write_record(["left_id", "right_id", "probability"])?;
        for link in links {
            let probability = format!("{:.6}", probability(link.bits));
            writer.write_record([
                loaded.left_ids[link.left as usize].as_str(),
                right_ids[link.right as usize].as_str(),
                probability.as_str(),
            ])?;
        }
        writer.flush()
    })
}

/// Writes the summary as JSON.
pub(super) fn write_report(path: &Path, summary: &Summary) -> Result<(), AnyTableError> {
    whole_file(path, |file| {
        serde_json::to_writer_pretty(&mut *file, summary)?;
        file.write_all(b"\n")
    })
}

/// Writes a file under another name and gives it its own when it is whole.
fn whole_file(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> std::io::Result<()>,
) -> Result<(), AnyTableError> {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = PathBuf::from(name);
    let written = File::create(&part).and_then(|file| {
        let mut writer = BufWriter::new(file);
        write(&mut writer)?;
        writer.flush()?;
        std::fs::rename(&part, path)
    });
    written.map_err(|error| {
        // What was begun is of no use to anybody; if it cannot be removed, the error already says why writing fails.
        let _ = std::fs::remove_file(&part);
        AnyTableError::write(path)(error)
    })
}
