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

/// What an account sees. Lists, counts, searches, maps and exports all pass through it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Every row, also those that hang nowhere in the tree: the built-in system account and city-wide administration.
    Everything,
    /// A union and all below it.
    Subtree(UnionPath),
    /// No row at all: an account whose union is gone.
    Nothing,
}

impl Scope {
    /// Whether a row at this place is in sight. A row without a place is seen by [`Scope::Everything`] only.
    pub fn contains(&self, place: Option<&UnionPath>) -> bool {
        match (self, place) {
            (Scope::Everything, _) => true,
            (Scope::Subtree(top), Some(place)) => top.contains(place),
            (Scope::Subtree(_), None) | (Scope::Nothing, _) => false,
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
        assert!(!Scope::Subtree(UnionPath::root(0)).contains(None));
        assert!(!Scope::Nothing.contains(Some(&UnionPath::root(0))));
    }

    fn any_path() -> impl Strategy<Value = UnionPath> {
        prop::collection::vec(prop_oneof![0u32..3, 35u32..38, Just(1_679_615)], 1..5).prop_map(|numbers| {
            numbers[1..]
                .iter()
                .fold(UnionPath::root(numbers[0]), |path, nth| path.child(*nth))
        })
    }

    proptest! {
        #[test]
        fn the_range_is_the_subtree(top in any_path(), place in any_path()) {
            let in_range = place.as_str() >= top.as_str() && place.as_str() < top.upper_bound().as_str();
            prop_assert_eq!(in_range, top.contains(&place));
            prop_assert_eq!(UnionPath::parse(place.as_str()).unwrap(), place);
        }
    }
}
