//! Data scope (数据范围): which part of the union tree an account sees.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Characters in one segment of a path: 36⁴ = 1,679,616 children under one union.
const SEGMENT_WIDTH: usize = 4;
/// A path with more segments than this is a cycle or a mistake, not a union tree.
const MAX_DEPTH: usize = 12;

/// A union's place in the tree (组织层级路径): fixed-width base-36 segments, each ended by `/`, as `0001/000K/00A3/`.
///
/// A subtree is the half-open range `path >= p AND path < p.upper_bound()`, compared byte by byte; it includes `p`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UnionPath(String);

/// Why a text is not a path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a union path: segments of {SEGMENT_WIDTH} characters 0-9 A-Z, each ended by '/'")]
pub struct UnionPathError(pub String);

impl UnionPath {
    /// The path of the `nth` tree's root (`nth` counts from 0). The city federation (市总工会) is number 0.
    pub fn root(nth: u32) -> UnionPath {
        UnionPath(segment(nth))
    }

    /// The path of the `nth` child; siblings sort in the order of their numbers.
    ///
    /// # Panics
    /// When `nth` does not fit a segment (1,679,616 children) or the tree is deeper than 12: both are guarded by the
    /// register, which refuses such parents.
    pub fn child(&self, nth: u32) -> UnionPath {
        assert!(self.depth() < MAX_DEPTH, "union tree deeper than {MAX_DEPTH}");
        UnionPath(format!("{}{}", self.0, segment(nth)))
    }

    /// Reads a stored path.
    pub fn parse(raw: &str) -> Result<UnionPath, UnionPathError> {
        let step = SEGMENT_WIDTH + 1;
        let whole = !raw.is_empty() && raw.len().is_multiple_of(step) && raw.len() / step <= MAX_DEPTH;
        let sound = whole
            && raw.bytes().enumerate().all(|(at, byte)| {
                if at % step == SEGMENT_WIDTH {
                    byte == b'/'
                } else {
                    byte.is_ascii_digit() || byte.is_ascii_uppercase()
                }
            });
        if sound {
            Ok(UnionPath(raw.to_owned()))
        } else {
            Err(UnionPathError(raw.to_owned()))
        }
    }

    /// The text, as stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// How many segments: 1 for a root.
    pub fn depth(&self) -> usize {
        self.0.len() / (SEGMENT_WIDTH + 1)
    }

    /// The parent's path; `None` for a root.
    pub fn parent(&self) -> Option<UnionPath> {
        let cut = self.0.len() - (SEGMENT_WIDTH + 1);
        (cut > 0).then(|| UnionPath(self.0[..cut].to_owned()))
    }

    /// The first text after the subtree: the last `/` becomes `0`, its successor.
    pub fn upper_bound(&self) -> String {
        format!("{}0", &self.0[..self.0.len() - 1])
    }

    /// This place when the subtree of `from`, in which it lies, hangs at `to` instead.
    ///
    /// # Panics
    /// When it does not lie there.
    pub fn carried(&self, from: &UnionPath, to: &UnionPath) -> UnionPath {
        let rest = self
            .0
            .strip_prefix(&from.0)
            .expect("a place within the subtree that is carried");
        UnionPath(format!("{}{rest}", to.0))
    }

    /// True for the path itself and everything under it.
    pub fn contains(&self, other: &UnionPath) -> bool {
        other.0.starts_with(&self.0)
    }
}

fn segment(nth: u32) -> String {
    const DIGITS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mut rest = nth;
    let mut text = [b'0'; SEGMENT_WIDTH];
    for slot in text.iter_mut().rev() {
        *slot = DIGITS[(rest % 36) as usize];
        rest /= 36;
    }
    assert!(rest == 0, "more than 36^{SEGMENT_WIDTH} unions under one parent");
    text.iter().map(|byte| char::from(*byte)).chain(['/']).collect()
}

impl fmt::Display for UnionPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for UnionPath {
    type Err = UnionPathError;

    fn from_str(raw: &str) -> Result<UnionPath, UnionPathError> {
        UnionPath::parse(raw)
    }
}

impl TryFrom<String> for UnionPath {
    type Error = UnionPathError;

    fn try_from(raw: String) -> Result<UnionPath, UnionPathError> {
        UnionPath::parse(&raw)
    }
}

impl From<UnionPath> for String {
    fn from(path: UnionPath) -> String {
        path.0
    }
}

/// One piece of a scope: a union alone, or with everything below it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The union itself, without those below it (本级).
    Single(UnionPath),
    /// The union and all below it (本级及下级).
    Branch(UnionPath),
}

impl Part {
    /// The union that the part is named after.
    pub fn top(&self) -> &UnionPath {
        match self {
            Part::Single(path) | Part::Branch(path) => path,
        }
    }

    /// Whether this place belongs to the part.
    pub fn contains(&self, place: &UnionPath) -> bool {
        match self {
            Part::Single(path) => path == place,
            Part::Branch(top) => top.contains(place),
        }
    }

    /// Whether all of another part belongs to this one.
    pub fn covers(&self, other: &Part) -> bool {
        match (self, other) {
            (Part::Branch(top), _) => top.contains(other.top()),
            (Part::Single(_), Part::Branch(_)) => false,
            (Part::Single(one), Part::Single(other)) => one == other,
        }
    }
}

/// Pieces of a scope in the order of the tree, at least one, none within another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts(Vec<Part>);

impl Parts {
    /// The pieces.
    pub fn as_slice(&self) -> &[Part] {
        &self.0
    }
}

/// What an account sees. Lists, counts, searches, maps and exports all pass through it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Every row, also those that hang nowhere in the tree: the built-in system account and city-wide administration.
    Everything,
    /// Some unions, each alone or with all below it.
    Parts(Parts),
    /// No row at all: an account whose union is gone.
    Nothing,
}

impl Scope {
    /// A union and all below it: what most accounts see.
    pub fn subtree(top: UnionPath) -> Scope {
        Scope::of([Part::Branch(top)])
    }

    /// These pieces together; what lies within another is left out, and no piece at all is nothing.
    pub fn of(parts: impl IntoIterator<Item = Part>) -> Scope {
        let mut parts: Vec<Part> = parts.into_iter().collect();
        // By place; a union with all below it before the same union alone, so that what is covered comes after what covers it.
        parts.sort_by(|a, b| a.top().cmp(b.top()).then_with(|| b.cmp(a)));
        let mut kept: Vec<Part> = Vec::with_capacity(parts.len());
        let mut branch: Option<UnionPath> = None;
        for part in parts {
            // What a branch covers follows it without a gap.
            if branch.as_ref().is_some_and(|top| top.contains(part.top())) || kept.last() == Some(&part) {
                continue;
            }
            if let Part::Branch(top) = &part {
                branch = Some(top.clone());
            }
            kept.push(part);
        }
        if kept.is_empty() {
            Scope::Nothing
        } else {
            Scope::Parts(Parts(kept))
        }
    }

    /// The scope as a text that [`Scope::read`] takes back: what was seen when something was made.
    pub fn written(&self) -> String {
        match self {
            Scope::Everything => "everything".to_owned(),
            Scope::Nothing => String::new(),
            Scope::Parts(parts) => {
                let parts = parts.0.iter().map(|part| match part {
                    Part::Single(path) => path.to_string(),
                    Part::Branch(path) => format!("{path}*"),
                });
                parts.collect::<Vec<_>>().join(" ")
            }
        }
    }

    /// Reads what [`Scope::written`] wrote.
    ///
    /// # Errors
    /// A part that is no place.
    pub fn read(text: &str) -> Result<Scope, UnionPathError> {
        if text == "everything" {
            return Ok(Scope::Everything);
        }
        let parts = text.split_whitespace().map(|part| match part.strip_suffix('*') {
            Some(path) => UnionPath::parse(path).map(Part::Branch),
            None => UnionPath::parse(part).map(Part::Single),
        });
        Ok(Scope::of(parts.collect::<Result<Vec<_>, _>>()?))
    }

    /// Whether a row at this place is in sight. A row without a place is seen by [`Scope::Everything`] only.
    pub fn contains(&self, place: Option<&UnionPath>) -> bool {
        match (self, place) {
            (Scope::Everything, _) => true,
            (Scope::Parts(parts), Some(place)) => parts.0.iter().any(|part| part.contains(place)),
            (Scope::Parts(_), None) | (Scope::Nothing, _) => false,
        }
    }

    /// Whether a union and all below it, also what may come there later, is in sight.
    pub fn contains_branch(&self, top: &UnionPath) -> bool {
        self.covers(&Scope::subtree(top.clone()))
    }

    /// Whether this is the whole tree of the city's federation: number 0 of the roots.
    pub fn is_whole_city(&self) -> bool {
        self.contains_branch(&UnionPath::root(0))
    }

    /// Whether whoever sees this sees all of the other: nobody gives away more than they have.
    pub fn covers(&self, other: &Scope) -> bool {
        match (self, other) {
            (Scope::Everything, _) | (_, Scope::Nothing) => true,
            (Scope::Parts(own), Scope::Parts(others)) => others
                .0
                .iter()
                .all(|other| own.0.iter().any(|part| part.covers(other))),
            (Scope::Parts(_) | Scope::Nothing, _) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn paths_are_read_strictly() {
        assert_eq!(UnionPath::root(0).child(35).child(36).as_str(), "0000/000Z/0010/");
        for wrong in [
            "",
            "/",
            "0000",
            "000/",
            "0000/00a0/",
            "0000//",
            "00000/",
            "0000/000",
            "０000/",
        ] {
            assert!(UnionPath::parse(wrong).is_err(), "{wrong:?}");
        }
        let deep = UnionPath::root(0).child(1);
        assert_eq!(deep.parent(), Some(UnionPath::root(0)));
        assert_eq!(UnionPath::root(0).parent(), None);
    }

    #[test]
    fn a_row_without_a_place_is_for_the_system_alone() {
        assert!(Scope::Everything.contains(None));
        assert!(!Scope::subtree(UnionPath::root(0)).contains(None));
        assert!(!Scope::Nothing.contains(Some(&UnionPath::root(0))));
    }

    fn any_path() -> impl Strategy<Value = UnionPath> {
        prop::collection::vec(prop_oneof![0u32..3, 35u32..38, Just(1_679_615)], 1..5).prop_map(|numbers| {
            numbers[1..]
                .iter()
                .fold(UnionPath::root(numbers[0]), |path, nth| path.child(*nth))
        })
    }

    fn any_parts() -> impl Strategy<Value = Vec<Part>> {
        let part = (any_path(), any::<bool>());
        let part = part.prop_map(|(path, below)| {
            if below {
                Part::Branch(path)
            } else {
                Part::Single(path)
            }
        });
        prop::collection::vec(part, 0..6)
    }

    proptest! {
        #[test]
        fn the_range_is_the_subtree(top in any_path(), place in any_path()) {
            let in_range = place.as_str() >= top.as_str() && place.as_str() < top.upper_bound().as_str();
            prop_assert_eq!(in_range, top.contains(&place));
            prop_assert_eq!(UnionPath::parse(place.as_str()).unwrap(), place);
        }

        #[test]
        fn pieces_put_together_hold_what_each_holds(parts in any_parts(), place in any_path()) {
            let expected = parts.iter().any(|part| part.contains(&place));
            let scope = Scope::of(parts.clone());
            prop_assert_eq!(scope.contains(Some(&place)), expected);
            if let Scope::Parts(kept) = &scope {
                let kept = kept.as_slice();
                for (at, part) in kept.iter().enumerate() {
                    prop_assert!(kept.iter().enumerate().all(|(other, one)| other == at || !one.covers(part)));
                }
            }
            prop_assert!(parts.into_iter().all(|part| scope.covers(&Scope::of([part]))));
        }

        #[test]
        fn who_covers_another_sees_what_they_see(one in any_parts(), two in any_parts(), place in any_path()) {
            let (one, two) = (Scope::of(one), Scope::of(two));
            let place = Some(&place);
            prop_assert!(!one.covers(&two) || !two.contains(place) || one.contains(place));
        }
    }
}
