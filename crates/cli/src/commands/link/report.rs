//! `gonghui link report`: how the linkage of a run worked, in numbers.

use std::path::Path;

use anyhow::Result;
use app::error::AppError;
use app::export;
use app::op::{App, OpContext};
use app::run::RunView;
use codes::time::Day;
use domain::run::RunState;
use lake::link_report::{Learning, LinkReport, WeightBin};
use lake::tables::CandidatePair;
use serde::Serialize;
use serde_json::Value;

use super::completeness::Completeness;
use super::page;
use crate::args::{Args, ReportFormat};
use crate::commands::check::{LinkTruth, NamedLink, Score, check_links, link_truth, named_links};
use crate::printer::{self, Table};
use crate::wiring;

/// Runs looked through for the last finished one.
const RUNS_LOOKED_AT: u32 = 50;

/// What is printed, in every format.
#[derive(Serialize)]
pub(super) struct Report {
    pub run_no: i64,
    pub as_of: Day,
    pub model_version: String,
    pub linkage: LinkReport,
    pub truth: Option<Truth>,
}

/// How the links compare with a known truth.
#[derive(Serialize)]
pub(super) struct Truth {
    /// All links, then those of unions with each kind of dirt.
    pub scores: Vec<(String, Score)>,
    pub reliability: Vec<ReliabilityBin>,
    /// How many true pairs were compared at all; absent for a run that is not the last.
    pub blocking: Option<Completeness>,
    /// Mean difference between probability and share of right ones among candidates above one half, weighted by number.
    pub error_above_half: Option<f64>,
}

/// Candidates whose probability lies in one tenth.
#[derive(Debug, Default, Clone, PartialEq, Serialize)]
pub(super) struct ReliabilityBin {
    pub from: f64,
    /// Links and candidates to verify.
    pub candidates: u64,
    /// Mean probability; absent without a candidate.
    pub predicted: Option<f64>,
    /// Share of right ones; absent without a candidate.
    pub observed: Option<f64>,
}

pub(super) async fn read(args: &Args, run: Option<i64>, truth: Option<&Path>) -> Result<Report> {
    let app = wiring::open(args).await?;
    let op = wiring::system(&app, "link report");
    let run = match run {
        Some(number) => app::run::run(&op, &app, number).await?,
        None => last_finished(app::run::runs(&op, &app, RUNS_LOOKED_AT).await?)?,
    };
    let number = run.run_no;
    let linkage = run.stats.and_then(|stats| stats.linkage).ok_or_else(|| {
        AppError::not_found(
            "LNK-405",
            format!("第 {number} 次比对没有留下匹配报告（未完成，或由旧版本运行）"),
        )
        .hint("请重新运行 gonghui reconcile")
    })?;
    let truth = match truth {
        Some(folder) => {
            let known = link_truth(folder)?;
            let named = named_links(export::links(&op, &app).await?)?;
            let reliability = reliability(&named, &known);
            let is_last = number == last_finished(app::run::runs(&op, &app, RUNS_LOOKED_AT).await?)?.run_no;
            let pairs = match is_last {
                true => compared_pairs(&op, &app).await?,
                false => None,
            };
            let blocking = pairs.map(|pairs| Completeness::of(&pairs, &linkage.blocking, &known));
            Some(Truth {
                blocking,
                scores: check_links(&named, &known),
                error_above_half: error_above_half(&reliability),
                reliability,
            })
        }
        None => None,
    };
    Ok(Report {
        run_no: number,
        as_of: run.as_of,
        model_version: run.model_version.unwrap_or_default(),
        linkage,
        truth,
    })
}

/// The pairs that the last run compared. A run of an earlier version kept none: then the report does without them, and says so.
async fn compared_pairs(op: &OpContext, app: &App) -> Result<Option<Vec<CandidatePair>>, AppError> {
    match export::candidate_pairs(op, app).await {
        Ok(pairs) => Ok(Some(pairs)),
        Err(error) if error.code == "EXP-404" => {
            printer::say(format!("{}；报告中没有“候选是否齐全”一节", error.message));
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn last_finished(runs: Vec<RunView>) -> Result<RunView, AppError> {
    runs.into_iter()
        .find(|run| run.state == RunState::Finished)
        .ok_or_else(|| AppError::not_found("LNK-404", "还没有完成过比对").hint("请先运行 gonghui reconcile"))
}

/// Candidates by tenth of probability. A union without a named candidate is none.
fn reliability(named: &[NamedLink], truth: &LinkTruth) -> Vec<ReliabilityBin> {
    let mut sums = [(0u64, 0.0f64, 0u64); 10];
    for link in named {
        let Some(probability) = link.probability else {
            continue;
        };
        let sum = &mut sums[((probability * 10.0) as usize).min(9)];
        sum.0 += 1;
        sum.1 += probability;
        sum.2 += u64::from(link.is_right(truth));
    }
    sums.iter()
        .enumerate()
        .map(|(tenth, &(candidates, predicted, right))| {
            let mean = |sum: f64| (candidates > 0).then(|| sum / candidates as f64);
            ReliabilityBin {
                from: tenth as f64 / 10.0,
                candidates,
                predicted: mean(predicted),
                observed: mean(right as f64),
            }
        })
        .collect()
}

fn error_above_half(bins: &[ReliabilityBin]) -> Option<f64> {
    let above = bins.iter().filter(|bin| bin.from >= 0.5);
    let (mut sum, mut candidates) = (0.0, 0);
    for bin in above {
        let (Some(predicted), Some(observed)) = (bin.predicted, bin.observed) else {
            continue;
        };
        sum += (predicted - observed).abs() * bin.candidates as f64;
        candidates += bin.candidates;
    }
    (candidates > 0).then(|| sum / candidates as f64)
}

pub(super) fn print(report: &Report, format: ReportFormat, out: Option<&Path>) -> Result<()> {
    let text = match format {
        ReportFormat::Table => text(report),
        ReportFormat::Json => serde_json::to_string(report)?,
        ReportFormat::Html => page::html(report),
    };
    printer::to(out, |writer| {
        writeln!(writer, "{text}")?;
        writer.flush()?;
        Ok(())
    })
}

/// Where a weight bin lies, in words; the ends are open.
pub(super) fn bin_words(bin: &WeightBin, bins: &[WeightBin]) -> String {
    let end = bin.from + WeightBin::WIDTH;
    if bins.first() == Some(bin) {
        format!("< {end}")
    } else if bins.last() == Some(bin) {
        format!("≥ {}", bin.from)
    } else {
        format!("{} … {end}", bin.from)
    }
}

/// A chance between very rare and certain.
pub(super) fn chance(u: f64) -> String {
    if u >= 0.01 {
        format!("{u:.2}")
    } else {
        format!("{u:.1e}")
    }
}

/// What the run learned from people's answers, in one sentence.
pub(super) fn learned(learning: &Learning) -> String {
    let answers = learning.same + learning.different;
    if !learning.are_taken {
        return format!(
            "看过 {answers} 条人工核对（是同一单位 {}，不是 {}），还学不到可靠的东西（留出检验的平均意外 {:.2} → {:.2} 比特），模型未作修正",
            learning.same, learning.different, learning.loss_before, learning.loss_after
        );
    }
    format!(
        "从 {answers} 条人工核对中学习（是同一单位 {}，不是 {}）：留出检验判断正确 {} → {} 条，平均意外 {:.2} → {:.2} 比特；因此另有 {} 家工会的结论改变",
        learning.same,
        learning.different,
        learning.right_before,
        learning.right_after,
        learning.loss_before,
        learning.loss_after,
        learning.changed
    )
}

fn rounded(value: Option<f64>, digits: i32) -> Value {
    let factor = 10f64.powi(digits);
    value.map_or(Value::Null, |value| {
        Value::from((value * factor).round() / factor)
    })
}

fn text(report: &Report) -> String {
    let linkage = &report.linkage;
    let mut parts = vec![
        format!(
            "第 {} 次比对（数据截至 {}），模型 {}（训练于 {}）；概率 ≥ {} 采纳，≥ {} 待核对",
            report.run_no,
            report.as_of,
            report.model_version,
            linkage.trained_as_of,
            linkage.link_at,
            linkage.verify_at
        ),
        format!(
            "比较了 {} 对；{} 家工会没有可比的单位",
            linkage.pairs, linkage.without_pairs
        ),
    ];
    parts.extend(linkage.learning.as_ref().map(learned));
    let mut table = Table::new(["decision", "tier", "unions"]);
    for tier in &linkage.tiers {
        table.row([
            tier.decision.as_str().into(),
            tier.tier.as_str().into(),
            tier.unions.into(),
        ] as [Value; 3]);
    }
    parts.push(table.text());
    let mut table = Table::new(["blocking rule", "pairs", "skipped keys"]);
    for rule in &linkage.blocking {
        table.row([
            rule.rule.as_str().into(),
            rule.pairs.into(),
            rule.skipped_keys.into(),
        ] as [Value; 3]);
    }
    parts.push(table.text());
    let mut table = Table::new([
        "field",
        "level",
        "m",
        "u",
        "learned",
        "mean bits",
        "pairs",
        "linked",
    ]);
    for field in &linkage.fields {
        for level in &field.levels {
            table.row([
                field.field.as_str().into(),
                level.level.as_str().into(),
                rounded(Some(level.m), 4),
                level
                    .u
                    .map_or(Value::from("by value"), |u| Value::from(chance(u))),
                rounded((level.learned != 0.0).then_some(level.learned), 2),
                rounded(level.bits, 1),
                level.pairs.into(),
                level.linked.into(),
            ]);
        }
    }
    parts.push(table.text());
    let mut table = Table::new(["weight, bits", "pairs", "linked"]);
    for bin in &linkage.weights {
        table.row([
            bin_words(bin, &linkage.weights).into(),
            bin.pairs.into(),
            bin.linked.into(),
        ] as [Value; 3]);
    }
    parts.push(table.text());
    if let Some(truth) = &report.truth {
        parts.extend(truth_text(truth));
    }
    parts.join("\n")
}

fn truth_text(truth: &Truth) -> Vec<String> {
    let mut scores = Table::new(["what", "truth", "found", "right", "precision", "recall"]);
    for (what, score) in &truth.scores {
        scores.row([
            what.as_str().into(),
            score.truth.into(),
            score.found.into(),
            score.right.into(),
            rounded(score.precision(), 4),
            rounded(score.recall(), 4),
        ] as [Value; 6]);
    }
    let mut bins = Table::new(["probability", "candidates", "predicted", "right"]);
    for bin in truth.reliability.iter().filter(|bin| bin.candidates > 0) {
        bins.row([
            format!("{:.1} … {:.1}", bin.from, bin.from + 0.1).into(),
            bin.candidates.into(),
            rounded(bin.predicted, 4),
            rounded(bin.observed, 4),
        ] as [Value; 4]);
    }
    let error = truth.error_above_half.map_or_else(
        || "没有概率大于 0.5 的候选".to_owned(),
        |error| format!("概率大于 0.5 的候选，预计与实际平均相差 {error:.4}"),
    );
    let mut parts = vec![scores.text()];
    parts.extend(truth.blocking.as_ref().map(Completeness::text));
    parts.extend([bins.text(), error]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_weighs_bins_by_their_candidates_and_leaves_out_the_lower_half() {
        let bin = |from, candidates, predicted, observed| ReliabilityBin {
            from,
            candidates,
            predicted: Some(predicted),
            observed: Some(observed),
        };
        let bins = [
            bin(0.2, 1000, 0.25, 0.9),
            bin(0.6, 10, 0.65, 0.55),
            bin(0.9, 90, 0.99, 0.98),
            ReliabilityBin::default(),
        ];
        let error = error_above_half(&bins).unwrap();
        assert!((error - 0.019).abs() < 1e-9, "{error}");
        assert_eq!(error_above_half(&bins[..1]), None);
    }

    #[test]
    fn the_outermost_bins_are_open() {
        let bin = |from| WeightBin {
            from,
            pairs: 1,
            linked: 0,
        };
        let bins = [bin(-40), bin(0), bin(56)];
        let words = bins.map(|one| bin_words(&one, &bins));
        assert_eq!(words, ["< -36", "0 … 4", "≥ 56"]);
    }
}
