//! Why two records were, or were not, taken for the same: contributions in bits, from the prior down to the sum.

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
}

impl Waterfall {
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
        Waterfall { steps: scaled(steps) }
    }
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
