//! The report as a page: charts as plain SVG, complete in one file, without scripts, for screen and paper.

use std::fmt::Write as _;

use lake::link_report::{BlockingRule, FieldReport, LevelReport, LinkReport};

use super::completeness::{Completeness, share};
use super::report::{Report, Truth, bin_words, chance, learned};

const STYLE: &str = "body{font:15px/1.6 system-ui,'Noto Sans SC','Source Han Sans SC',sans-serif;color:#1d2939;\
max-width:1080px;margin:2rem auto;padding:0 1rem}h1{font-size:22px}h2{font-size:17px;margin:2rem 0 .5rem}\
p{color:#475467;margin:.3rem 0}table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.25rem .6rem;\
border-bottom:1px solid #e4e7ec;vertical-align:middle}th{color:#475467;font-weight:500}td.n,th.n{text-align:right;white-space:nowrap;\
font-variant-numeric:tabular-nums}td.bar{width:34%}.wide{overflow-x:auto}svg{display:block}\
@media(max-width:640px){td.bar,th.bar{display:none}}";
const GREEN: &str = "#2e7d4f";
const RED: &str = "#b3261e";
const BLUE: &str = "#2b63a8";
const GREY: &str = "#c5cbd3";

pub(super) fn html(report: &Report) -> String {
    let linkage = &report.linkage;
    let mut page = format!(
        "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width,initial-scale=1\"><title>匹配报告 · 第 {0} 次比对</title><style>{STYLE}</style></head>\
         <body><h1>匹配报告 · 第 {0} 次比对</h1><p>数据截至 {1} · 模型 {2}（训练于 {3}）· 概率 ≥ {4} 采纳，≥ {5} 待核对</p>\
         <p>比较了 {6} 对工会和单位；{7} 家工会没有可比的单位。</p>",
        report.run_no,
        report.as_of,
        escaped(&report.model_version),
        escaped(&linkage.trained_as_of),
        linkage.link_at,
        linkage.verify_at,
        grouped(linkage.pairs),
        grouped(linkage.without_pairs),
    );
    if let Some(learning) = &linkage.learning {
        put(&mut page, format_args!("<p>{}。</p>", learned(learning)));
    }
    tiers(&mut page, linkage);
    weights(&mut page, linkage);
    blocking(&mut page, &linkage.blocking);
    fields(&mut page, &linkage.fields);
    if let Some(truth) = &report.truth {
        scores(&mut page, truth);
        if let Some(blocking) = &truth.blocking {
            completeness(&mut page, blocking);
        }
        reliability(&mut page, truth);
    }
    page.push_str("</body></html>");
    page
}

fn tiers(page: &mut String, linkage: &LinkReport) {
    page.push_str("<h2>结果</h2><div class=\"wide\"><table><thead><tr><th>结论</th><th>依据</th><th class=\"n\">工会</th></tr></thead><tbody>");
    for tier in &linkage.tiers {
        let decision = match tier.decision.as_str() {
            "linked" => "已采纳",
            "verify" => "待核对",
            _ => "没有对应单位",
        };
        put(
            page,
            format_args!(
                "<tr><td>{decision}</td><td>{}</td><td class=\"n\">{}</td></tr>",
                escaped(&tier.tier),
                grouped(tier.unions)
            ),
        );
    }
    page.push_str("</tbody></table></div>");
}

/// Columns on a logarithmic scale: candidates that are not the employer outnumber those that are by far.
fn weights(page: &mut String, linkage: &LinkReport) {
    const HEIGHT: f64 = 180.0;
    const COLUMN: f64 = 34.0;
    let bins = &linkage.weights;
    let most = bins.iter().map(|bin| bin.pairs).max().unwrap_or(0);
    let tall = |n: u64| {
        if n == 0 {
            0.0
        } else {
            HEIGHT * ((n as f64 + 1.0).ln() / (most as f64 + 1.0).ln())
        }
    };
    let width = bins.len() as f64 * COLUMN;
    put(
        page,
        format_args!(
            "<h2>权重分布</h2><p>每一对的总权重（比特）；纵轴为对数。绿色为采纳的，灰色为其余。</p>\
             <svg viewBox=\"0 0 {width} {}\" style=\"width:100%;max-width:{width}px\" role=\"img\" aria-label=\"权重分布\">",
            HEIGHT + 40.0
        ),
    );
    for (i, bin) in bins.iter().enumerate() {
        let x = i as f64 * COLUMN;
        let words = format!(
            "{} 比特：{} 对，采纳 {}",
            bin_words(bin, bins),
            grouped(bin.pairs),
            grouped(bin.linked)
        );
        for (n, colour) in [(bin.pairs, GREY), (bin.linked, GREEN)] {
            put(
                page,
                format_args!(
                    "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"{colour}\"><title>{}</title></rect>",
                    x + 2.0,
                    HEIGHT - tall(n) + 14.0,
                    COLUMN - 4.0,
                    tall(n),
                    escaped(&words)
                ),
            );
        }
        put(
            page,
            format_args!(
                "<text x=\"{:.1}\" y=\"{}\" font-size=\"11\" text-anchor=\"middle\" fill=\"#475467\">{}</text>",
                x + COLUMN / 2.0,
                HEIGHT + 30.0,
                bin.from
            ),
        );
    }
    page.push_str("</svg>");
}

fn blocking(page: &mut String, rules: &[BlockingRule]) {
    let most = rules.iter().map(|rule| rule.pairs).max().unwrap_or(0).max(1);
    page.push_str(
        "<h2>候选从哪里来</h2><p>每条规则提出多少对；同一对可以由几条规则提出。被许多单位共用的值（代办电话、园区地址）跳过。</p>\
         <div class=\"wide\"><table><thead><tr><th>规则</th><th class=\"n\">候选</th><th class=\"bar\"></th><th class=\"n\">跳过的值</th></tr></thead><tbody>",
    );
    for rule in rules {
        put(
            page,
            format_args!(
                "<tr><td>{}</td><td class=\"n\">{}</td><td class=\"bar\">{}</td><td class=\"n\">{}</td></tr>",
                escaped(&rule.label),
                grouped(rule.pairs),
                bar(0.0, rule.pairs as f64 / most as f64, BLUE),
                grouped(rule.skipped_keys)
            ),
        );
    }
    page.push_str("</tbody></table></div>");
}

fn fields(page: &mut String, fields: &[FieldReport]) {
    let bits = |level: &LevelReport| level.bits.unwrap_or(0.0).abs();
    let most = fields
        .iter()
        .flat_map(|field| &field.levels)
        .map(bits)
        .fold(1.0, f64::max);
    page.push_str(
        "<h2>各比对项</h2><p>m：是同一单位时有多少如此；u：不是同一单位时有多少如此（“按值”：取决于一致的那个值有多常见）。\
         平均比特：支持为绿，反对为红。</p><div class=\"wide\"><table><thead><tr><th>比对项</th><th>程度</th><th class=\"n\">m</th><th class=\"n\">u</th>\
         <th class=\"n\">平均比特</th><th class=\"bar\"></th><th class=\"n\">对数</th><th class=\"n\">采纳</th></tr></thead><tbody>",
    );
    for field in fields {
        for (i, level) in field.levels.iter().enumerate() {
            let of_width = bits(level) / most / 2.0;
            let drawn = match level.bits {
                Some(weight) if weight < 0.0 => bar(0.5 - of_width, of_width, RED),
                Some(_) => bar(0.5, of_width, GREEN),
                None => String::new(),
            };
            let label = if i == 0 { field.label.as_str() } else { "" };
            put(
                page,
                format_args!(
                    "<tr><th>{}</th><td>{}</td><td class=\"n\">{:.4}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>\
                     <td class=\"bar\">{drawn}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
                    escaped(label),
                    escaped(&level.label),
                    level.m,
                    level.u.map_or_else(|| "按值".to_owned(), chance),
                    level
                        .bits
                        .map_or_else(|| "—".to_owned(), |bits| format!("{bits:+.1}")),
                    grouped(level.pairs),
                    grouped(level.linked)
                ),
            );
        }
    }
    page.push_str("</tbody></table></div>");
}

fn scores(page: &mut String, truth: &Truth) {
    page.push_str(
        "<h2>与真相相比</h2><p>只有采纳的算找到；待核对的算没有找到。</p><div class=\"wide\"><table><thead><tr><th>哪些工会</th><th class=\"n\">应有</th>\
         <th class=\"n\">找到</th><th class=\"n\">正确</th><th class=\"n\">准确率</th><th class=\"n\">召回率</th><th class=\"bar\"></th></tr></thead><tbody>",
    );
    let share =
        |value: Option<f64>| value.map_or_else(|| "—".to_owned(), |value| format!("{:.2}%", value * 100.0));
    for (what, score) in &truth.scores {
        put(
            page,
            format_args!(
                "<tr><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>\
                 <td class=\"n\">{}</td><td class=\"bar\">{}</td></tr>",
                escaped(what),
                grouped(score.truth),
                grouped(score.found),
                grouped(score.right),
                share(score.precision()),
                share(score.recall()),
                bar(0.0, score.recall().unwrap_or(0.0), BLUE)
            ),
        );
    }
    page.push_str("</tbody></table></div>");
}

fn completeness(page: &mut String, blocking: &Completeness) {
    let percent = |part: u64| {
        share(part, blocking.truth).map_or_else(|| "—".to_owned(), |s| format!("{:.2}%", s * 100.0))
    };
    put(
        page,
        format_args!(
            "<h2>候选是否齐全</h2><p>真相中的 {} 对里，{} 对（{}）进入了比较。</p><div class=\"wide\"><table><thead><tr><th>规则</th>\
             <th class=\"n\">提出的真对</th><th class=\"n\">单独召回</th><th class=\"n\">累计召回</th><th class=\"n\">仅此一条提出</th></tr></thead><tbody>",
            grouped(blocking.truth),
            grouped(blocking.compared),
            percent(blocking.compared)
        ),
    );
    for rule in &blocking.rules {
        put(
            page,
            format_args!(
                "<tr><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
                escaped(&rule.label),
                grouped(rule.found),
                percent(rule.found),
                percent(rule.so_far),
                grouped(rule.alone)
            ),
        );
    }
    page.push_str("</tbody></table></div>");
}

/// Dots on the diagonal keep their word.
fn reliability(page: &mut String, truth: &Truth) {
    const SIDE: f64 = 300.0;
    let error = truth
        .error_above_half
        .map(|error| format!("概率大于 0.5 的候选，预计与实际平均相差 {error:.4}。"))
        .unwrap_or_default();
    put(
        page,
        format_args!(
            "<h2>概率是否说到做到</h2><p>横轴：模型给出的概率；纵轴：其中真正正确的比例。落在斜线上最好。{error}</p>\
             <svg viewBox=\"-34 -10 {0} {0}\" style=\"width:100%;max-width:380px\" role=\"img\" aria-label=\"可靠性曲线\">\
             <rect width=\"{SIDE}\" height=\"{SIDE}\" fill=\"none\" stroke=\"#e4e7ec\"/>\
             <line x1=\"0\" y1=\"{SIDE}\" x2=\"{SIDE}\" y2=\"0\" stroke=\"{GREY}\"/>",
            SIDE + 50.0
        ),
    );
    for tick in [0.0, 0.5, 1.0] {
        put(
            page,
            format_args!(
                "<text x=\"{:.0}\" y=\"{:.0}\" font-size=\"11\" text-anchor=\"middle\" fill=\"#475467\">{tick}</text>\
                 <text x=\"-8\" y=\"{:.0}\" font-size=\"11\" text-anchor=\"end\" fill=\"#475467\">{tick}</text>",
                tick * SIDE,
                SIDE + 18.0,
                (1.0 - tick) * SIDE + 4.0
            ),
        );
    }
    let most = truth
        .reliability
        .iter()
        .map(|bin| bin.candidates)
        .max()
        .unwrap_or(0)
        .max(1);
    for bin in &truth.reliability {
        let (Some(predicted), Some(observed)) = (bin.predicted, bin.observed) else {
            continue;
        };
        let radius = 3.0 + 7.0 * ((bin.candidates as f64 + 1.0).ln() / (most as f64 + 1.0).ln());
        put(
            page,
            format_args!(
                "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"{radius:.1}\" fill=\"{BLUE}\" fill-opacity=\".75\">\
                 <title>{} 个候选：预计 {predicted:.3}，实际 {observed:.3}</title></circle>",
                predicted * SIDE,
                (1.0 - observed) * SIDE,
                grouped(bin.candidates)
            ),
        );
    }
    page.push_str("</svg>");
}

/// A bar from `left` of `width`, both parts of one.
fn bar(left: f64, width: f64, colour: &str) -> String {
    format!(
        "<svg width=\"100%\" height=\"12\" aria-hidden=\"true\"><rect x=\"{:.1}%\" width=\"{:.1}%\" height=\"12\" rx=\"2\" \
         fill=\"{colour}\"/></svg>",
        left * 100.0,
        width * 100.0
    )
}

fn put(page: &mut String, words: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = page.write_fmt(words);
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// 1234567 → 1,234,567.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::report::{Report, Truth};
    use super::*;
    use crate::commands::check::Score;
    use crate::commands::link::completeness::RuleRecall;
    use codes::time::Day;
    use lake::link_report::WeightBin;

    #[test]
    fn a_page_is_whole_and_what_comes_from_files_stays_text() {
        let report = Report {
            run_no: 7,
            as_of: Day::new(2026, 11, 20).unwrap(),
            model_version: "fs-1".to_owned(),
            linkage: LinkReport {
                pairs: 1_234_567,
                weights: vec![WeightBin {
                    from: 0,
                    pairs: 3,
                    linked: 1,
                }],
                ..LinkReport::default()
            },
            truth: Some(Truth {
                blocking: Some(Completeness {
                    truth: 4,
                    compared: 3,
                    rules: vec![RuleRecall {
                        rule: "name".into(),
                        label: "名称全称".into(),
                        found: 3,
                        so_far: 3,
                        alone: 1,
                    }],
                }),
                scores: vec![(
                    "links <b>脏</b>".to_owned(),
                    Score {
                        truth: 4,
                        found: 2,
                        right: 1,
                    },
                )],
                reliability: Vec::new(),
                error_above_half: None,
            }),
        };
        let page = html(&report);
        assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>"));
        assert!(page.contains("第 7 次比对") && page.contains("1,234,567"));
        assert!(
            page.contains("links &lt;b&gt;脏&lt;/b&gt;")
                && page.contains("50.00%")
                && page.contains("25.00%")
        );
        assert!(
            !page.contains("<script") && !page.contains("http"),
            "nothing is loaded from elsewhere"
        );
    }
}
