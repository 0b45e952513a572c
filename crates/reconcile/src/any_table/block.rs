//! Which pairs are looked at: each rule joins the tables on keys, and the rules' pairs are united. How many pairs a rule
//! makes is known from the keys' counts before any pair is made.

use super::AnyTableError;
use super::read::Loaded;
use super::spec::{BlockSpec, Spec};
use engines::linking::{KeyPart, Pairing};
use serde::Serialize;

/// A rule that would skip blocks holding more than this share of its rows is refused instead: it would silently lose them.
const SKIPPED_SHARE_MAX: f64 = 0.5;
/// Without `max_block`, a block may make this share of `max_pairs`.
const BLOCK_SHARE: u64 = 10;

/// One rule's postings: for each left row where its rows of the right table stand.
pub struct Block {
    pub label: String,
    /// Rows of the right table, block after block.
    postings: Vec<u32>,
    /// Left row and its block in `postings`, by left row.
    spans: Vec<(u32, u32, u32)>,
    pub plan: Plan,
}

/// What a rule will do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// Pairs of rows that share a key of this rule; a pair that shares several keys counts for each.
    pub pairs: u64,
    /// Blocks with at least one pair.
    pub blocks: u64,
    pub largest_block: u64,
    /// Blocks left out because they make too many pairs, with the pairs they would have made.
    pub skipped_blocks: u64,
    pub skipped_pairs: u64,
    /// The largest of them, as written in the table.
    pub skipped_example: Option<String>,
}

/// All rules, ready to propose pairs.
pub struct Blocks {
    pub rules: Vec<Block>,
    is_one: bool,
}

type Keyed = Vec<(u64, u32)>;

impl Blocks {
    /// Counts the pairs of every rule, refuses rules that make too many, and builds the postings.
    pub fn build(spec: &Spec, loaded: &Loaded) -> Result<Blocks, AnyTableError> {
        let is_one = loaded.tables.is_one();
        let mut rules = Vec::new();
        let mut sum: u128 = 0;
        for rule in &spec.block {
            let block = Block::build(rule, spec, loaded, loaded.tables.pairing())?;
            sum += u128::from(block.plan.pairs);
            if sum > u128::from(spec.max_pairs) {
                return Err(AnyTableError::TooManyPairs {
                    rule: format!("{}（与之前的规则合计）", block.label),
                    pairs: sum,
                    limit: spec.max_pairs,
                    largest: block.label.clone(),
                    largest_pairs: u128::from(block.plan.largest_block),
                });
            }
            rules.push(block);
        }
        Ok(Blocks { rules, is_one })
    }

    /// The same rules within one table; a rule that would be refused is left out.
    pub fn within(spec: &Spec, loaded: &Loaded, pairing: Pairing<'_>) -> Blocks {
        let rules = spec.block.iter();
        Blocks {
            rules: rules
                .filter_map(|rule| Block::build(rule, spec, loaded, pairing).ok())
                .collect(),
            is_one: true,
        }
    }

    /// Pairs that the rules propose, those that several propose counted for each.
    pub fn planned_pairs(&self) -> u64 {
        self.rules.iter().map(|rule| rule.plan.pairs).sum()
    }

    /// A cursor over the candidates of rising left rows, from `first` on.
    pub fn starting_at(&self, first: u32) -> Candidates<'_> {
        let at = self
            .rules
            .iter()
            .map(|rule| rule.spans.partition_point(|span| span.0 < first));
        Candidates {
            blocks: self,
            at: at.collect(),
            found: Vec::new(),
        }
    }
}

/// Proposes candidates row by row.
pub struct Candidates<'a> {
    blocks: &'a Blocks,
    at: Vec<usize>,
    found: Vec<u32>,
}

impl Candidates<'_> {
    /// The right rows to compare with `left`, each once, rising. Rows must be asked for in rising order.
    pub fn of(&mut self, left: u32) -> &[u32] {
        self.found.clear();
        for (rule, at) in self.blocks.rules.iter().zip(&mut self.at) {
            while let Some(&(row, start, end)) = rule.spans.get(*at).filter(|span| span.0 <= left) {
                if row == left {
                    self.found
                        .extend_from_slice(&rule.postings[start as usize..end as usize]);
                }
                *at += 1;
            }
        }
        self.found.sort_unstable();
        self.found.dedup();
        if self.blocks.is_one {
            self.found.retain(|&right| right > left);
        }
        &self.found
    }
}

impl Block {
    fn build(
        rule: &BlockSpec,
        spec: &Spec,
        loaded: &Loaded,
        tables: Pairing<'_>,
    ) -> Result<Block, AnyTableError> {
        let right_parts = rule.right.as_ref().unwrap_or(&rule.on);
        let is_crossed = rule.right.is_some();
        let left = keyed(&rule.on, loaded, tables.left, tables.left_rows);
        let right = if tables.is_one && !is_crossed {
            left.clone()
        } else {
            keyed(right_parts, loaded, tables.right, tables.right_rows)
        };
        let counted = Counted::of(&left, &right, tables.is_one && !is_crossed);
        let limit = rule.max_block.unwrap_or((spec.max_pairs / BLOCK_SHARE).max(1));
        let (kept, skipped): (Vec<&Group>, Vec<&Group>) = counted
            .groups
            .iter()
            .partition(|group| group.pairs <= u128::from(limit));
        let largest = counted.groups.iter().max_by_key(|group| group.pairs);
        let example = largest.map(|group| example(&rule.on, loaded, tables.left, left[group.left.0].1));
        let rows = |groups: &[&Group]| groups.iter().map(|g| g.left.1 - g.left.0).sum::<usize>() as f64;
        let is_most_lost = rows(&skipped) > SKIPPED_SHARE_MAX * (rows(&skipped) + rows(&kept));
        let pairs = |groups: &[&Group]| groups.iter().map(|group| group.pairs).sum::<u128>();
        let refused = |pairs: u128| AnyTableError::TooManyPairs {
            rule: rule.label(),
            pairs,
            limit: spec.max_pairs,
            largest: example.clone().unwrap_or_default(),
            largest_pairs: largest.map_or(0, |group| group.pairs),
        };
        if rule.max_block.is_none() && is_most_lost {
            return Err(refused(pairs(&kept) + pairs(&skipped)));
        }
        if pairs(&kept) > u128::from(spec.max_pairs) {
            return Err(refused(pairs(&kept)));
        }
        let plan = Plan {
            pairs: pairs(&kept) as u64,
            blocks: kept.len() as u64,
            largest_block: kept.iter().map(|group| group.pairs as u64).max().unwrap_or(0),
            skipped_blocks: skipped.len() as u64,
            skipped_pairs: u64::try_from(pairs(&skipped)).unwrap_or(u64::MAX),
            skipped_example: if skipped.is_empty() { None } else { example },
        };
        let mut spans: Vec<(u32, u32, u32)> = Vec::new();
        let span = |row: &(u64, u32), of: (usize, usize), from: usize| {
            (row.1, (from + of.0) as u32, (from + of.1) as u32)
        };
        for group in &kept {
            let (lefts, rights) = (
                &left[group.left.0..group.left.1],
                &right[group.right.0..group.right.1],
            );
            spans.extend(lefts.iter().map(|row| span(row, group.right, 0)));
            if tables.is_one && is_crossed {
                // The earlier row of a pair may be the one that has the right side's key.
                spans.extend(rights.iter().map(|row| span(row, group.left, right.len())));
            }
        }
        spans.sort_unstable();
        let mut postings: Vec<u32> = right.iter().map(|(_, row)| *row).collect();
        if tables.is_one && is_crossed {
            postings.extend(left.iter().map(|(_, row)| *row));
        }
        Ok(Block {
            label: rule.label(),
            postings,
            spans,
            plan,
        })
    }
}

/// Rows of both sides that share a key, as ranges of the sorted keys.
struct Group {
    left: (usize, usize),
    right: (usize, usize),
    pairs: u128,
}

struct Counted {
    groups: Vec<Group>,
}

impl Counted {
    fn of(left: &Keyed, right: &Keyed, is_one: bool) -> Counted {
        let mut groups = Vec::new();
        let (mut i, mut j) = (0, 0);
        while i < left.len() && j < right.len() {
            match left[i].0.cmp(&right[j].0) {
                std::cmp::Ordering::Less => i = end(left, i),
                std::cmp::Ordering::Greater => j = end(right, j),
                std::cmp::Ordering::Equal => {
                    let (i_end, j_end) = (end(left, i), end(right, j));
                    let (here, there) = ((i_end - i) as u128, (j_end - j) as u128);
                    let pairs = if is_one {
                        here * (here - 1) / 2
                    } else {
                        here * there
                    };
                    if pairs > 0 {
                        groups.push(Group {
                            left: (i, i_end),
                            right: (j, j_end),
                            pairs,
                        });
                    }
                    (i, j) = (i_end, j_end);
                }
            }
        }
        Counted { groups }
    }
}

fn end(keyed: &Keyed, start: usize) -> usize {
    let key = keyed[start].0;
    start + keyed[start..].partition_point(|(other, _)| *other == key)
}

/// All keys of a side with their rows, sorted.
fn keyed(parts: &[KeyPart], loaded: &Loaded, cells: &[Vec<u32>], rows: usize) -> Keyed {
    let tables: Vec<(usize, Vec<Vec<u64>>)> = parts
        .iter()
        .map(|part| {
            let column = loaded.column(&part.column);
            let lexicon = &loaded.tables.lexicons[loaded.lexicons[column]];
            let used = used_values(&cells[column], lexicon.len());
            let keys = (0..lexicon.len() as u32).map(|value| {
                if used[value as usize] {
                    part.form.keys(lexicon, value)
                } else {
                    Vec::new()
                }
            });
            (column, keys.collect())
        })
        .collect();
    let mut keyed = Keyed::new();
    let (mut keys, mut next) = (Vec::new(), Vec::new());
    for row in 0..rows {
        keys.clear();
        keys.push(0u64);
        for (column, of_value) in &tables {
            let part = &of_value[cells[*column][row] as usize];
            next.clear();
            next.extend(
                keys.iter()
                    .flat_map(|key| part.iter().map(move |part| mix(*key, *part))),
            );
            std::mem::swap(&mut keys, &mut next);
        }
        keyed.extend(keys.iter().map(|&key| (key, row as u32)));
    }
    keyed.sort_unstable();
    keyed.dedup();
    keyed
}

fn used_values(cells: &[u32], values: usize) -> Vec<bool> {
    let mut used = vec![false; values];
    for &value in cells {
        used[value as usize] = true;
    }
    used
}

/// Puts the keys of several parts together; the order of parts matters.
fn mix(key: u64, part: u64) -> u64 {
    let mixed = (key.rotate_left(23) ^ part).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed ^ (mixed >> 29)
}

/// What a row of a block has in the rule's columns.
fn example(parts: &[KeyPart], loaded: &Loaded, cells: &[Vec<u32>], row: u32) -> String {
    let texts = parts.iter().map(|part| {
        let column = loaded.column(&part.column);
        let lexicon = &loaded.tables.lexicons[loaded.lexicons[column]];
        lexicon
            .text(cells[column][row as usize])
            .chars()
            .take(40)
            .collect::<String>()
    });
    texts.collect::<Vec<_>>().join(" + ")
}
