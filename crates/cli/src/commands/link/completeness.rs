//! Blocking completeness: which true pairs were compared at all, and thanks to which rule.

use lake::link_report::BlockingRule;
use lake::tables::CandidatePair;
use serde::Serialize;
use serde_json::Value;

use crate::commands::check::LinkTruth;
use crate::printer::Table;

/// True pairs among those compared.
#[derive(Debug, Default, Clone, PartialEq, Serialize)]
pub(super) struct Completeness {
    /// True pairs of union and enterprise.
    pub truth: u64,
    /// Of these, compared.
    pub compared: u64,
    pub rules: Vec<RuleRecall>,
}

/// True pairs that one rule proposed.
#[derive(Debug, Default, Clone, PartialEq, Serialize)]
pub(super) struct RuleRecall {
    pub rule: String,
    pub label: String,
    /// True pairs that it proposed, alone or with others.
    pub found: u64,
    /// True pairs that it or a rule before it proposed.
    pub so_far: u64,
    /// True pairs that no other rule proposed.
    pub alone: u64,
}

impl Completeness {
    /// Counts the true pairs. `rules` are those of the run, in its order.
    pub fn of(pairs: &[CandidatePair], rules: &[BlockingRule], truth: &LinkTruth) -> Completeness {
        let mut found = Completeness {
            truth: truth.values().map(|(right, _)| right.len() as u64).sum(),
            ..Completeness::default()
        };
        found.rules = rules
            .iter()
            .map(|rule| RuleRecall {
                rule: rule.rule.clone(),
                label: rule.label.clone(),
                ..RuleRecall::default()
            })
            .collect();
        let is_true = |pair: &&CandidatePair| {
            truth
                .get(&pair.union_id)
                .is_some_and(|(right, _)| right.contains(&pair.enterprise_id))
        };
        for pair in pairs.iter().filter(is_true) {
            found.compared += 1;
            for (i, recall) in found.rules.iter_mut().enumerate() {
                let (own, so_far) = (1i32 << i, (1i32 << (i + 1)) - 1);
                recall.found += u64::from(pair.rules & own != 0);
                recall.so_far += u64::from(pair.rules & so_far != 0);
                recall.alone += u64::from(pair.rules == own);
            }
        }
        found
    }

    /// Share of the true pairs that were compared; absent without truth.
    pub fn recall(&self) -> Option<f64> {
        share(self.compared, self.truth)
    }

    /// One line and one table.
    pub fn text(&self) -> String {
        let percent =
            |share: Option<f64>| share.map_or(Value::Null, |s| Value::from((s * 1e4).round() / 1e4));
        let mut table = Table::new([
            "blocking rule",
            "true pairs",
            "recall",
            "recall so far",
            "nobody else",
        ]);
        for rule in &self.rules {
            table.row([
                rule.rule.as_str().into(),
                rule.found.into(),
                percent(share(rule.found, self.truth)),
                percent(share(rule.so_far, self.truth)),
                rule.alone.into(),
            ] as [Value; 5]);
        }
        let whole = self.recall().map_or_else(
            || "真相里没有一对".to_owned(),
            |recall| {
                format!(
                    "真相中的 {} 对比较了 {} 对（{:.2}%）",
                    self.truth,
                    self.compared,
                    recall * 100.0
                )
            },
        );
        format!("{whole}\n{}", table.text())
    }
}

/// `part` of `whole`; absent when there is nothing to have a part of.
pub(super) fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn counts_each_rule_alone_and_all_so_far() {
        let truth: LinkTruth = [("U1", "E1"), ("U2", "E2"), ("U3", "E3"), ("U4", "")]
            .into_iter()
            .map(|(union, enterprise)| {
                let right: HashSet<String> = Some(enterprise.to_owned())
                    .into_iter()
                    .filter(|e| !e.is_empty())
                    .collect();
                (union.to_owned(), (right, Vec::new()))
            })
            .collect();
        let pair = |union: &str, enterprise: &str, rules| CandidatePair {
            union_id: union.into(),
            enterprise_id: enterprise.into(),
            rules,
        };
        let pairs = [
            pair("U1", "E1", 0b11),
            pair("U1", "E2", 0b01),
            pair("U2", "E2", 0b10),
            pair("U4", "E1", 0b01),
        ];
        let rules = ["name", "code"].map(|rule| BlockingRule {
            rule: rule.into(),
            ..BlockingRule::default()
        });
        let found = Completeness::of(&pairs, &rules, &truth);
        assert_eq!((found.truth, found.compared), (3, 2));
        let told = |i: usize| (found.rules[i].found, found.rules[i].so_far, found.rules[i].alone);
        assert_eq!((told(0), told(1)), ((1, 1, 0), (2, 2, 1)));
        assert!(found.text().contains("66.67%"), "{}", found.text());
    }
}
