//! Why two records were, or were not, taken for the same: contributions in bits, from the prior down to the sum.

use app::explanation::{Explanation, FieldWeight};
use askama::Template;

/// One bar: it begins where the one before ended.
#[derive(Debug, Clone)]
pub struct Step {
    pub label: String,
    /// How closely both values agree, in words.
    pub level: String,
    /// Both values, as far as they may be shown.
    pub values: String,
    pub bits: f64,
    pub is_total: bool,
    from: f64,
    to: f64,
}

#[derive(Template, Debug, Clone)]
#[template(path = "waterfall.html")]
pub struct Waterfall {
    pub steps: Vec<Step>,
    /// Who came second.
    pub runner_up: Option<String>,
}

impl Waterfall {
    /// What a run wrote about a union's best candidate.
    pub fn of(explanation: &Explanation) -> Waterfall {
        let runner_up = explanation.runner_up.as_ref().map(|second| {
            format!(
                "第二候选单位：{}，概率 {}",
                second.name,
                chance(second.probability)
            )
        });
        Waterfall {
            runner_up,
            ..Waterfall::new(
                explanation.prior,
                explanation.fields.iter().map(contribution).collect(),
            )
        }
    }

    /// `prior` in bits and the contributions; the last bar is their sum.
    pub fn new(prior: f64, fields: Vec<Step>) -> Waterfall {
        let mut at = 0.0;
        let mut steps = vec![Step::new("先验", "未比对前", String::new(), prior)];
        steps.extend(fields);
        for step in &mut steps {
            step.from = at;
            at += step.bits;
            step.to = at;
        }
        let probability = 1.0 / (1.0 + (-at).exp2());
        let mut total = Step::new(
            "合计",
            &format!("即概率 {}", chance(probability)),
            String::new(),
            at,
        );
        total.is_total = true;
        total.to = at;
        steps.push(total);
        Waterfall {
            steps: scaled(steps),
            runner_up: None,
        }
    }
}

/// One contribution: what was compared, how closely it agrees, both values, bits.
fn contribution(field: &FieldWeight) -> Step {
    let values = match (&field.left, &field.right) {
        (None, None) => String::new(),
        // A union states no registration status: the status itself speaks.
        (None, Some(only)) if field.label == "登记状态" => only.clone(),
        // Masked, two values that differ may read alike: only what agrees is said once.
        (Some(left), Some(right)) if left == right && field.outcome == "agree" => left.clone(),
        (left, right) => {
            let or_dash = |value: &Option<String>| value.clone().unwrap_or_else(|| "—".to_owned());
            format!("{} / {}", or_dash(left), or_dash(right))
        }
    };
    Step::new(&field.label, &field.level, values, field.weight)
}

/// A probability with as many digits as its distance from certainty needs; never certainty itself.
pub fn chance(probability: f64) -> String {
    if probability > 0.9999 {
        "0.9999 以上".to_owned()
    } else if probability < 0.0001 {
        "0.0001 以下".to_owned()
    } else if (0.01..=0.99).contains(&probability) {
        format!("{probability:.2}")
    } else {
        format!("{probability:.4}")
    }
}

/// Bits to percent of the width, so that the lowest and highest point of the path touch the edges.
fn scaled(mut steps: Vec<Step>) -> Vec<Step> {
    let low = steps
        .iter()
        .flat_map(|step| [step.from, step.to])
        .fold(0.0_f64, f64::min);
    let high = steps
        .iter()
        .flat_map(|step| [step.from, step.to])
        .fold(0.0_f64, f64::max);
    let span = if high > low { high - low } else { 1.0 };
    for step in &mut steps {
        step.from = (step.from - low) / span * 100.0;
        step.to = (step.to - low) / span * 100.0;
    }
    steps
}

impl Step {
    pub fn new(label: &str, level: &str, values: String, bits: f64) -> Step {
        Step {
            label: label.to_owned(),
            level: level.to_owned(),
            values,
            bits,
            is_total: false,
            from: 0.0,
            to: 0.0,
        }
    }

    fn class(&self) -> &'static str {
        match (self.is_total, self.bits < 0.0) {
            (true, _) => "sum",
            (_, true) => "minus",
            _ => "plus",
        }
    }

    fn left_percent(&self) -> String {
        format!("{:.1}", self.from.min(self.to))
    }

    fn width_percent(&self) -> String {
        format!("{:.1}", (self.to - self.from).abs())
    }

    fn signed(&self) -> String {
        if self.bits.abs() < 0.05 {
            "0".to_owned()
        } else if self.bits < 0.0 {
            format!("−{:.1}", -self.bits)
        } else {
            format!("+{:.1}", self.bits)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contribution_says_how_closely_two_values_agree_and_shows_both() {
        let told = |label: &str, sides: [Option<&str>; 2], outcome: &str| {
            let [left, right] = sides.map(|side| side.map(str::to_owned));
            let field = FieldWeight {
                label: label.to_owned(),
                left,
                right,
                outcome: outcome.to_owned(),
                level: "程度".to_owned(),
                weight: 1.0,
            };
            let step = contribution(&field);
            assert_eq!((step.label.as_str(), step.level.as_str()), (label, "程度"));
            step.values
        };
        let hidden = Some("已登记（脱敏）");
        assert_eq!(told("单位名称", [Some("甲有限公司"); 2], "agree"), "甲有限公司");
        assert_eq!(
            told("法定代表人", [Some("邵**"), Some("王*")], "disagree"),
            "邵** / 王*"
        );
        // Two numbers that differ read alike under their masks.
        assert_eq!(
            told("电话", [hidden, hidden], "disagree"),
            "已登记（脱敏） / 已登记（脱敏）"
        );
        assert_eq!(told("电话", [None, hidden], "missing"), "— / 已登记（脱敏）");
        assert_eq!(told("登记状态", [None, Some("存续")], "agree"), "存续");
        assert_eq!(told("其他候选", [None, None], "disagree"), "");
    }

    #[test]
    fn bars_follow_one_another_and_the_sum_says_the_probability() {
        let fall = Waterfall::new(
            -9.6,
            vec![
                Step::new("单位名称", "字号和行业一致", String::new(), 9.2),
                Step::new("行业", "门类不同", String::new(), -4.2),
            ],
        );
        assert_eq!(fall.steps[1].left_percent(), fall.steps[0].left_percent());
        let total = &fall.steps[3];
        assert_eq!((total.signed().as_str(), total.class()), ("−4.6", "sum"));
        assert_eq!(total.level, "即概率 0.04");
    }
}
