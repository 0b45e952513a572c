//! Which of the likely pairs are kept.

use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// A pair with its log2 odds. Rows are numbered from 0 in file order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Link {
    pub left: u32,
    pub right: u32,
    pub bits: f64,
}

/// What may stand beside what in the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    /// Every pair over the threshold.
    #[default]
    All,
    /// For each left row its likeliest right row.
    BestRight,
    /// For each right row its likeliest left row.
    BestLeft,
    /// Each row at most once, the likeliest pairs first.
    OneToOne,
}

/// Keeps what the rule allows, in file order. Equal odds are broken by file order, so the answer is always the same.
pub fn choose(mut links: Vec<Link>, keep: Keep) -> Vec<Link> {
    links.sort_by(|a, b| {
        b.bits
            .total_cmp(&a.bits)
            .then((a.left, a.right).cmp(&(b.left, b.right)))
    });
    let (mut lefts, mut rights) = (HashSet::new(), HashSet::new());
    links.retain(|link| match keep {
        Keep::All => true,
        Keep::BestRight => lefts.insert(link.left),
        Keep::BestLeft => rights.insert(link.right),
        Keep::OneToOne => {
            let is_free = !lefts.contains(&link.left) && !rights.contains(&link.right);
            if is_free {
                lefts.insert(link.left);
                rights.insert(link.right);
            }
            is_free
        }
    });
    links.sort_by_key(|link| (link.left, link.right));
    links
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_keeps_what_it_says() {
        let link = |left, right, bits| Link { left, right, bits };
        let links = vec![link(0, 0, 3.0), link(0, 1, 5.0), link(1, 1, 4.0), link(2, 1, 4.0)];
        let kept = |keep| {
            choose(links.clone(), keep)
                .iter()
                .map(|l| (l.left, l.right))
                .collect::<Vec<_>>()
        };
        assert_eq!(kept(Keep::All), [(0, 0), (0, 1), (1, 1), (2, 1)]);
        assert_eq!(kept(Keep::BestRight), [(0, 1), (1, 1), (2, 1)]);
        assert_eq!(kept(Keep::BestLeft), [(0, 0), (0, 1)]);
        assert_eq!(kept(Keep::OneToOne), [(0, 1)]);
    }
}
