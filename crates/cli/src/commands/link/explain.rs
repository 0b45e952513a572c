//! `gonghui link explain`: what each field added to one union's link.

use anyhow::Result;
use app::employer::{UnionLink, employer_of_union};
use app::error::AppError;
use app::explanation::Explanation;
use app::union_org::union_org;
use serde_json::{Value, json};

use crate::args::{Args, Format};
use crate::printer::{self, Table};
use crate::wiring;

pub(super) async fn run(args: &Args, union_id: &str, format: Format) -> Result<()> {
    let app = wiring::open(args).await?;
    let op = wiring::system(&app, "link explain");
    let union = union_org(&op, &app, union_id).await?;
    let link = employer_of_union(&op, &app, union_id).await?.ok_or_else(|| {
        AppError::not_found("LNK-404", format!("工会 {union_id} 还没有参加过比对"))
            .hint("请先运行 gonghui reconcile")
    })?;
    if format == Format::Json {
        return printer::object(&json!({"union_id": union_id, "union_name": union.name, "link": link}));
    }
    if format == Format::Table {
        printer::line(format!("{union_id} {}", union.name))?;
        printer::line(standing(&link))?;
    }
    let Some(explanation) = &link.explanation else {
        printer::say(
            "没有比对过任何候选单位：机关、联合、行业工会没有自己的单位，或填写的内容对不上任何一家",
        );
        return Ok(());
    };
    contributions(explanation).print(format)?;
    if format == Format::Table {
        printer::line(match &explanation.runner_up {
            Some(second) => format!(
                "第二候选单位：{}（{}），概率 {}",
                second.name,
                second.enterprise_id,
                chance(second.probability)
            ),
            None => "没有第二候选单位".to_owned(),
        })?;
    }
    Ok(())
}

fn standing(link: &UnionLink) -> String {
    let decision = match link.decision.as_str() {
        "linked" => "已采纳",
        "verify" => "待人工核对，规则暂不采用",
        _ => "未采纳",
    };
    let employer = match (&link.name, &link.uscc) {
        (Some(name), Some(uscc)) => format!("{name}（{uscc}）"),
        (Some(name), None) => name.clone(),
        (None, _) => "没有对应单位".to_owned(),
    };
    let likely = link
        .probability
        .map(|p| format!("，概率 {}", chance(p)))
        .unwrap_or_default();
    let tier = match link.tier.as_deref() {
        Some("hand") => "，由人工判断确定".to_owned(),
        Some(tier) => format!("，依据 {tier}"),
        None => String::new(),
    };
    format!("→ {employer}：{decision}{likely}{tier}")
}

/// Six decimals; never certainty itself.
fn chance(probability: f64) -> String {
    match probability {
        p if p > 0.999_999 => "0.999999 以上".to_owned(),
        p if p < 0.000_001 => "0.000001 以下".to_owned(),
        p => format!("{p:.6}"),
    }
}

/// Prior, one row a field, total; `sum` is where the odds stand after the row.
fn contributions(explanation: &Explanation) -> Table {
    let mut table = Table::new(["field", "agreement", "union", "employer", "bits", "sum"]);
    let tenth = |bits: f64| Value::from((bits * 10.0).round() / 10.0);
    let mut sum = explanation.prior;
    let row = |label: &str, level: &str, sides: [Option<&str>; 2], bits: f64, sum: f64| {
        let [union, employer] = sides.map(|side| side.map_or(Value::Null, Value::from));
        [
            label.into(),
            level.into(),
            union,
            employer,
            tenth(bits),
            tenth(sum),
        ]
    };
    table.row(row("先验", "未比对前", [None, None], explanation.prior, sum));
    for field in &explanation.fields {
        sum += field.weight;
        let sides = [field.left.as_deref(), field.right.as_deref()];
        table.row(row(&field.label, &field.level, sides, field.weight, sum));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use app::explanation::FieldWeight;

    #[test]
    fn the_sum_runs_from_the_prior_to_the_total() {
        let field = |label: &str, weight| FieldWeight {
            label: label.to_owned(),
            left: None,
            right: None,
            outcome: "agree".to_owned(),
            level: "一致".to_owned(),
            weight,
        };
        let explanation = Explanation {
            prior: -9.5,
            fields: vec![field("单位名称", 14.2), field("法定代表人", -1.3)],
            total: 3.4,
            runner_up: None,
        };
        let sums: Vec<f64> = contributions(&explanation)
            .rows()
            .iter()
            .filter_map(|row| row[5].as_f64())
            .collect();
        assert_eq!(sums, [-9.5, 4.7, 3.4]);
    }
}
