//! Rows that have at most one partner: who else asks for a row speaks against a pair, and nobody else for it.
//!
//! Weighed alone, the likeliest of a row's candidates has no better odds than if there were ten as likely. Where a row has at
//! most one partner its candidates share what one partner can be (the bipartite constraint: Sadinle, M. (2017): Bayesian
//! Estimation of Bipartite Matchings for Record Linkage. JASA 112 (518)):
//!
//! ```text
//!                       w(pair)                                            odds of the pair alone
//! p = ───────────────────────────────────────────     w = ──────────────────────────────────────────────
//!     1 + w(pair) + w of all other pairs of its rows       share of rows without a partner, of either side
//! ```
//!
//! Two lists of the same goods leave hardly a row without a partner; then the best of weak candidates is right more often than
//! not, and a catalogue's many variants of one article no longer pass for matches one by one.

use super::choose::Keep;
use super::field::Tables;
use super::model::{Freedom, Model};
use super::train::PatternKey;

/// However full the tables are, this share of rows may be without a partner.
const FREE_LEAST: f64 = 0.05;
/// A pair with lower odds than this is nobody's rival, and nobody is its.
const WEIGHTLESS: f64 = 1e-6;

/// The candidate pairs and which side's rows have at most one partner. Pairs stand in file order, in as many pieces as
/// there were threads; no figure depends on where the pieces are cut.
pub struct Rivals<'a> {
    /// Rows that compete, by side: none where rows may have many partners.
    competing: [Option<usize>; 2],
    pieces: Vec<Piece<'a>>,
}

struct Piece<'a> {
    distinct: &'a [PatternKey],
    pairs: &'a [(u32, u32, u32)],
}

/// Odds of all candidates of each row, by side; empty where rows may have many partners.
pub struct Crowding {
    sums: [Vec<f64>; 2],
}

impl<'a> Rivals<'a> {
    /// No pairs yet. Rows of one table that is searched for duplicates are never rivals.
    pub fn new(tables: &Tables, keep: Keep) -> Rivals<'a> {
        let is_single = match keep {
            _ if tables.is_one() => [false, false],
            Keep::All => [false, false],
            Keep::BestRight => [true, false],
            Keep::BestLeft => [false, true],
            Keep::OneToOne => [true, true],
        };
        Rivals {
            competing: [
                is_single[0].then_some(tables.left_rows),
                is_single[1].then_some(tables.right_rows),
            ],
            pieces: Vec::new(),
        }
    }

    /// Adds pairs: left row, right row, position among `distinct`.
    pub fn add(&mut self, distinct: &'a [PatternKey], pairs: &'a [(u32, u32, u32)]) {
        self.pieces.push(Piece { distinct, pairs });
    }

    /// The shares of rows without a partner when so many pairs are matches; `None` where nobody competes.
    pub(super) fn freedom(&self, matches: f64) -> Option<Freedom> {
        let free = |rows: Option<usize>| {
            let free = rows.map(|rows| (1.0 - matches / rows.max(1) as f64).max(FREE_LEAST));
            free.unwrap_or(1.0)
        };
        let [left, right] = self.competing;
        left.or(right).map(|_| Freedom {
            left: free(left),
            right: free(right),
        })
    }

    /// What every row's candidates weigh together.
    pub fn crowding(&self, model: &Model) -> Crowding {
        let weights: Vec<Vec<f64>> = self
            .pieces
            .iter()
            .map(|piece| piece.distinct.iter().map(|key| odds(model, *key)).collect())
            .collect();
        let mut sums = self.competing.map(|rows| vec![0.0; rows.unwrap_or(0)]);
        for (piece, weights) in self.pieces.iter().zip(&weights) {
            for &(left, right, pattern) in piece.pairs {
                let weight = weights[pattern as usize];
                if weight < WEIGHTLESS {
                    continue;
                }
                for (sums, row) in sums.iter_mut().zip([left, right]) {
                    if let Some(sum) = sums.get_mut(row as usize) {
                        *sum += weight;
                    }
                }
            }
        }
        Crowding { sums }
    }

    /// How many matches to expect among the pairs of each of the sorted patterns.
    pub(super) fn expected(&self, model: &Model, patterns: &[(PatternKey, f64)]) -> Vec<f64> {
        let crowding = self.crowding(model);
        let weights: Vec<f64> = patterns.iter().map(|(key, _)| odds(model, *key)).collect();
        let mut expected = vec![0.0; patterns.len()];
        for ((expected, weight), (_, pairs)) in expected.iter_mut().zip(&weights).zip(patterns) {
            if *weight < WEIGHTLESS {
                *expected = weight * pairs;
            }
        }
        self.each(patterns, |left, right, number| {
            let weight = weights[number];
            if weight >= WEIGHTLESS {
                expected[number] += weight / (1.0 + weight + crowding.others(left, right, weight));
            }
        });
        expected
    }

    /// Every pair with the number of its pattern among the sorted ones, in file order.
    fn each(&self, patterns: &[(PatternKey, f64)], mut visit: impl FnMut(u32, u32, usize)) {
        for piece in &self.pieces {
            let number = |key: &PatternKey| patterns.binary_search_by_key(key, |(known, _)| *known).ok();
            let numbers: Vec<Option<usize>> = piece.distinct.iter().map(number).collect();
            for &(left, right, pattern) in piece.pairs {
                if let Some(number) = numbers[pattern as usize] {
                    visit(left, right, number);
                }
            }
        }
    }
}

fn odds(model: &Model, (pattern, quarters): PatternKey) -> f64 {
    model.bits(pattern, f64::from(quarters) / 4.0).exp2()
}

impl Crowding {
    /// Odds of the other candidates of a pair's rows, given the pair's own as they went into the sums.
    fn others(&self, left: u32, right: u32, own: f64) -> f64 {
        let others = self.sums.iter().zip([left, right]);
        others
            .map(|(sums, row)| sums.get(row as usize).map_or(0.0, |sum| (sum - own).max(0.0)))
            .sum()
    }

    /// log2 of the odds of a pair in sight of its rivals: `rough` is its weight as its pattern has it, `exact` its own.
    pub fn bits(&self, left: u32, right: u32, rough: f64, exact: f64) -> f64 {
        exact - (1.0 + self.others(left, right, rough.exp2())).log2()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linking::Pattern;

    /// Two tables of so many rows.
    fn tables(left_rows: usize, right_rows: usize) -> Tables {
        Tables {
            right: Some(Vec::new()),
            left_rows,
            right_rows,
            ..Tables::default()
        }
    }

    /// Nothing is compared, so every pair has even odds.
    fn even(rivals: &Rivals<'_>) -> Model {
        Model {
            fields: Vec::new(),
            kinships: Vec::new(),
            prior: 0.5,
            freedom: rivals.freedom(0.0),
        }
    }

    #[test]
    fn candidates_of_a_row_share_one_partner() {
        let (left_rows, distinct) = (2, [(Pattern::default(), 0)]);
        let pairs = [(0, 0, 0), (0, 1, 0), (0, 2, 0), (1, 3, 0)];
        for (keep, expected) in [
            (Keep::All, 4.0 * 0.5),
            (Keep::BestRight, 3.0 * 0.25 + 0.5),
            (Keep::BestLeft, 4.0 * 0.5),
            (Keep::OneToOne, 3.0 * 0.25 + 0.5),
        ] {
            let mut rivals = Rivals::new(&tables(left_rows, 4), keep);
            // Cut in two: no figure may depend on it.
            rivals.add(&distinct, &pairs[..2]);
            rivals.add(&distinct, &pairs[2..]);
            let found = rivals.expected(&even(&rivals), &[(distinct[0], 4.0)]);
            assert!((found[0] - expected).abs() < 1e-12, "{keep:?}: {found:?}");
        }
    }

    #[test]
    fn full_tables_make_the_only_candidate_likelier() {
        let rivals = Rivals::new(&tables(100, 200), Keep::OneToOne);
        let free = rivals.freedom(50.0).expect("somebody competes");
        assert_eq!((free.left, free.right), (0.5, 0.75));
        let full = rivals.freedom(100.0).expect("somebody competes");
        assert_eq!((full.left, full.right), (FREE_LEAST, 0.5));
        assert!(Rivals::new(&tables(100, 200), Keep::All).freedom(50.0).is_none());
    }
}
