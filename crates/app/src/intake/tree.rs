//! The union tree (组织层级): who hangs under whom, and the path that scopes what people see.
//!
//! A union hangs under its parent. One whose parent is empty, unknown or part of a circle hangs under the general union of
//! its ground (its town's, else its county's, else the city's) until the register names a right parent, so that the people
//! of the place see it; with no general union over it, a general union is a root and any other union hangs nowhere.

use std::collections::{BTreeMap, HashMap};

use domain::scope::UnionPath;
use domain::union_org::UnionType;
use store::union_org::UnionNode;

/// Levels below which a parent is refused; the path itself holds twelve.
const DEPTH_MAX: usize = 11;
/// Characters of one segment of a path with its `/`.
const STEP: usize = 5;

/// What the tree needs of a union.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    pub union_id: String,
    pub parent_id: Option<String>,
    pub is_general: bool,
    pub county: Option<i64>,
    pub town: Option<i64>,
    /// Where it hung before.
    pub path: Option<String>,
}

impl From<UnionNode> for Node {
    fn from(node: UnionNode) -> Node {
        Node {
            is_general: node.union_type == UnionType::General.code(),
            union_id: node.union_id,
            parent_id: node.parent_id,
            county: node.county,
            town: node.town,
            path: node.path,
        }
    }
}

/// What is wrong with a union's parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ParentFault {
    /// No union of the register has this key.
    Unknown,
    /// Following the parents leads back to the union itself.
    Circle,
    /// More levels than a union tree has.
    TooDeep,
}

impl ParentFault {
    /// Why the parent was not used.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            ParentFault::Unknown => "上级工会标识不在台账中，暂按所在地归属",
            ParentFault::Circle => "上级关系循环（最终指回本工会），暂按所在地归属",
            ParentFault::TooDeep => "上级关系层级过深，暂按所在地归属",
        }
    }
}

/// The tree in one pass.
pub(crate) struct Tree {
    /// Path of each node, in the order given.
    pub paths: Vec<Option<String>>,
    /// Index of a node and what is wrong with its parent.
    pub faults: Vec<(usize, ParentFault)>,
}

/// Finds everybody's place. Unions whose place has not changed keep their path; the order of the rest is that given.
pub(crate) fn grow(nodes: &[Node]) -> Tree {
    let index: HashMap<&str, usize> = nodes
        .iter()
        .enumerate()
        .map(|(at, node)| (node.union_id.as_str(), at))
        .collect();
    let (parents, faults) = parents_of(nodes, &index);
    let above = placed(nodes, parents);
    let paths = number(nodes, &above);
    Tree { paths, faults }
}

/// The parent each union names, where it can be used.
fn parents_of(
    nodes: &[Node],
    index: &HashMap<&str, usize>,
) -> (Vec<Option<usize>>, Vec<(usize, ParentFault)>) {
    let mut faults = Vec::new();
    let mut parents: Vec<Option<usize>> = Vec::with_capacity(nodes.len());
    for (at, node) in nodes.iter().enumerate() {
        let named = node.parent_id.as_deref();
        let parent = named.and_then(|id| index.get(id).copied());
        if named.is_some() && parent.is_none() {
            faults.push((at, ParentFault::Unknown));
        }
        parents.push(parent);
    }
    for at in circles(&parents) {
        faults.push((at, ParentFault::Circle));
        parents[at] = None;
    }
    for at in 0..nodes.len() {
        let depth = std::iter::successors(parents[at], |up| parents[*up])
            .take(DEPTH_MAX + 1)
            .count();
        if depth > DEPTH_MAX {
            faults.push((at, ParentFault::TooDeep));
            parents[at] = None;
        }
    }
    faults.sort_by_key(|(at, _)| *at);
    (parents, faults)
}

/// Every node that stands on a circle of parents; those that only lead into one are not meant.
fn circles(parents: &[Option<usize>]) -> Vec<usize> {
    let mut met_in = vec![0usize; parents.len()];
    let mut on_circle = Vec::new();
    for start in 0..parents.len() {
        let walk = start + 1;
        let mut at = start;
        loop {
            if met_in[at] == walk {
                let mut round = at;
                loop {
                    on_circle.push(round);
                    round = parents[round].expect("a circle has no end");
                    if round == at {
                        break;
                    }
                }
                break;
            }
            if met_in[at] != 0 {
                break; // an earlier walk has been here
            }
            met_in[at] = walk;
            match parents[at] {
                Some(up) => at = up,
                None => break,
            }
        }
    }
    on_circle
}

/// Fills in the general union of the ground for those without a usable parent.
fn placed(nodes: &[Node], mut above: Vec<Option<usize>>) -> Vec<Option<usize>> {
    let mut towns: HashMap<i64, usize> = HashMap::new();
    let mut counties: HashMap<i64, usize> = HashMap::new();
    let mut city = None;
    for (at, node) in nodes.iter().enumerate().filter(|(_, node)| node.is_general) {
        match (node.county, node.town) {
            (_, Some(town)) => drop(towns.entry(town).or_insert(at)),
            (Some(county), None) => drop(counties.entry(county).or_insert(at)),
            (None, None) => drop(city.get_or_insert(at)),
        }
    }
    for (at, node) in nodes.iter().enumerate() {
        if above[at].is_some() {
            continue;
        }
        let county = node.county.or(node.town.map(|town| town / 1_000));
        let grounds = [
            node.town.and_then(|town| towns.get(&town)).copied(),
            county.and_then(|county| counties.get(&county)).copied(),
            city,
        ];
        // Never below itself: a general union's own ground leads back to it.
        let found = grounds.into_iter().flatten().find(|up| {
            *up != at
                && !std::iter::successors(Some(*up), |next| above[*next])
                    .take(nodes.len())
                    .any(|next| next == at)
        });
        let deep = found.is_some_and(|up| {
            std::iter::successors(Some(up), |next| above[*next])
                .take(DEPTH_MAX + 1)
                .count()
                > DEPTH_MAX
        });
        above[at] = found.filter(|_| !deep);
    }
    above
}

/// Numbers siblings. A union that stays under the same place keeps its number; new ones are put behind.
fn number(nodes: &[Node], above: &[Option<usize>]) -> Vec<Option<String>> {
    let mut children: BTreeMap<Option<usize>, Vec<usize>> = BTreeMap::new();
    for (at, up) in above.iter().enumerate() {
        if up.is_some() || nodes[at].is_general {
            children.entry(*up).or_default().push(at);
        }
    }
    let mut paths: Vec<Option<String>> = vec![None; nodes.len()];
    let mut waiting: Vec<(Option<usize>, Option<UnionPath>)> = vec![(None, None)];
    while let Some((up, place)) = waiting.pop() {
        let Some(siblings) = children.get(&up) else {
            continue;
        };
        if place.as_ref().is_some_and(|place| place.depth() > DEPTH_MAX) {
            continue; // a cut chain on deep ground: told as too deep, seen city-wide only
        }
        let numbers = sibling_numbers(nodes, siblings, place.as_ref());
        for (at, number) in siblings.iter().zip(numbers) {
            let path = place
                .as_ref()
                .map_or_else(|| UnionPath::root(number), |place| place.child(number));
            paths[*at] = Some(path.as_str().to_owned());
            waiting.push((Some(*at), Some(path)));
        }
    }
    paths
}

fn sibling_numbers(nodes: &[Node], siblings: &[usize], place: Option<&UnionPath>) -> Vec<u32> {
    let under = place.map_or("", UnionPath::as_str);
    let mut taken = std::collections::HashSet::new();
    let mut numbers: Vec<Option<u32>> = Vec::with_capacity(siblings.len());
    for at in siblings {
        let kept = nodes[*at].path.as_deref().and_then(|path| {
            let segment = path.strip_prefix(under).filter(|rest| rest.len() == STEP)?;
            u32::from_str_radix(&segment[..STEP - 1], 36).ok()
        });
        numbers.push(kept.filter(|number| taken.insert(*number)));
    }
    let mut next = taken.iter().max().map_or(0, |last| last + 1);
    numbers
        .into_iter()
        .map(|kept| {
            kept.unwrap_or_else(|| {
                next += 1;
                next - 1
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn node(id: &str, parent: &str) -> Node {
        Node {
            union_id: id.into(),
            parent_id: (!parent.is_empty()).then(|| parent.to_owned()),
            is_general: id.starts_with('G'),
            county: None,
            town: None,
            path: None,
        }
    }

    fn paths(nodes: &[Node]) -> Vec<Option<String>> {
        grow(nodes).paths
    }

    #[test]
    fn children_hang_under_their_parents_whatever_the_order() {
        let nodes = [
            node("U1", "G2"),
            node("G1", ""),
            node("G2", "G1"),
            node("U2", "G2"),
        ];
        let got: Vec<String> = paths(&nodes).into_iter().flatten().collect();
        assert_eq!(got, ["0000/0000/0000/", "0000/", "0000/0000/", "0000/0000/0001/"]);
    }

    #[test]
    fn a_circle_is_broken_and_told_for_everybody_on_it() {
        let nodes = [
            node("G1", ""),
            node("A", "B"),
            node("B", "C"),
            node("C", "B"),
            node("D", "D"),
        ];
        let tree = grow(&nodes);
        let faults: Vec<_> = tree
            .faults
            .iter()
            .map(|(at, fault)| (nodes[*at].union_id.as_str(), *fault))
            .collect();
        assert_eq!(
            faults,
            [
                ("B", ParentFault::Circle),
                ("C", ParentFault::Circle),
                ("D", ParentFault::Circle)
            ]
        );
        let path = |at: usize| tree.paths[at].clone().unwrap();
        assert!(path(1).starts_with(&path(2)), "A still hangs under B");
        assert_eq!(path(2).len(), 2 * STEP, "B hangs under the city");
    }

    #[test]
    fn an_unknown_parent_leaves_the_union_on_its_ground() {
        let mut town = node("G2", "G1");
        town.town = Some(330_226_108);
        town.county = Some(330_226);
        let mut lost = node("U1", "nobody");
        lost.town = town.town;
        let tree = grow(&[node("G1", ""), town, lost]);
        assert_eq!(tree.faults, [(2, ParentFault::Unknown)]);
        assert_eq!(tree.paths[2].as_deref(), Some("0000/0000/0000/"));
    }

    #[test]
    fn paths_stay_when_others_come_and_go() {
        let mut nodes = vec![
            node("G1", ""),
            node("U1", "G1"),
            node("U2", "G1"),
            node("U3", "G1"),
        ];
        for (node, path) in nodes
            .clone()
            .iter()
            .zip(paths(&nodes))
            .map(|(n, p)| (n.union_id.clone(), p))
            .collect::<Vec<_>>()
        {
            nodes
                .iter_mut()
                .find(|known| known.union_id == node)
                .unwrap()
                .path = path;
        }
        let before = nodes[3].path.clone();
        nodes.remove(1);
        nodes.insert(0, node("U0", "G1"));
        let after = paths(&nodes);
        assert_eq!(after[3], before);
        let unique: std::collections::HashSet<_> = after.iter().collect();
        assert_eq!(unique.len(), after.len());
    }

    #[test]
    fn a_chain_without_end_of_levels_is_cut() {
        let mut nodes = vec![node("G0", "")];
        for n in 1..40 {
            nodes.push(node(
                &format!("U{n}"),
                &if n == 1 {
                    "G0".into()
                } else {
                    format!("U{}", n - 1)
                },
            ));
        }
        let tree = grow(&nodes);
        assert!(
            tree.faults
                .iter()
                .any(|(_, fault)| *fault == ParentFault::TooDeep)
        );
        assert!(tree.paths.iter().flatten().all(|path| path.len() <= 12 * STEP));
    }

    #[test]
    fn without_any_general_union_nobody_has_a_place() {
        assert_eq!(paths(&[node("U1", ""), node("U2", "U1")]), [None, None]);
    }
}
