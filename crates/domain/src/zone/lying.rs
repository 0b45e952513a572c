//! Which union lies in which zone before and after the tree has changed as a whole: by a file, by taking one back, by a changed place. A union
//! may leave a zone without a row of its own: it lay there by the union above it, and hangs elsewhere now.

use std::collections::HashMap;

use uuid::Uuid;

use super::{Holding, Leaving, settle};
use crate::scope::UnionPath;

/// Unions by the register's own key with their places, and the rows of zones.
#[derive(Debug, Clone, Default)]
pub struct Lying {
    pub holdings: Vec<Holding>,
    pub places: HashMap<String, UnionPath>,
}

/// A union that lies in another zone than before, or in none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rezoned {
    /// The register's own key.
    pub union: String,
    pub from: Option<Uuid>,
    pub to: Option<Uuid>,
}

impl Lying {
    /// The zone of each union that lies in one.
    fn zones(&self) -> HashMap<&str, Uuid> {
        let rows = self.holdings.iter();
        let by_place: HashMap<&str, &Holding> = rows
            .filter_map(|row| Some((row.place.as_ref()?.as_str(), row)))
            .collect();
        let zone_at = |place: &UnionPath| {
            std::iter::successors(Some(place.clone()), UnionPath::parent)
                .filter_map(|at| by_place.get(at.as_str()))
                .find(|row| row.holds(place))
                .map(|row| row.zone)
        };
        let places = self.places.iter();
        places
            .filter_map(|(union, place)| Some((union.as_str(), zone_at(place)?)))
            .collect()
    }

    /// The same after unions have come to other places, and what becomes of the rows that cannot stand there. `is_active` answers for the
    /// unions of rows, by the register's own key.
    pub fn moved(
        &self,
        places: HashMap<String, UnionPath>,
        is_active: impl Fn(&str) -> Option<bool>,
    ) -> (Lying, Vec<(Uuid, Leaving)>) {
        let keys: HashMap<&str, &str> = self
            .places
            .iter()
            .map(|(union, place)| (place.as_str(), union.as_str()))
            .collect();
        let key_at = |place: &Option<UnionPath>| keys.get(place.as_ref()?.as_str()).copied();
        let now = |place: &Option<UnionPath>| places.get(key_at(place)?).cloned();
        let mut holdings: Vec<Holding> = self
            .holdings
            .iter()
            .map(|row| Holding {
                place: now(&row.place),
                ground: now(&row.ground),
                is_active: key_at(&row.place).and_then(&is_active).unwrap_or(row.is_active),
                ..row.clone()
            })
            .collect();
        let closed = settle(&holdings);
        holdings.retain(|row| !closed.iter().any(|(union, _)| *union == row.union));
        (Lying { holdings, places }, closed)
    }
}

/// The unions that were there before and after and lie elsewhere, in order of keys. What is gone lies nowhere; what is new has not moved.
pub fn rezoned(before: &Lying, after: &Lying) -> Vec<Rezoned> {
    if before.holdings.is_empty() && after.holdings.is_empty() {
        return Vec::new();
    }
    let (were, are) = (before.zones(), after.zones());
    let zone = |zones: &HashMap<&str, Uuid>, key: &str| zones.get(key).copied();
    let stayed = before.places.keys().filter(|key| after.places.contains_key(*key));
    let mut rezoned: Vec<Rezoned> = stayed
        .map(|key| Rezoned {
            union: key.clone(),
            from: zone(&were, key),
            to: zone(&are, key),
        })
        .filter(|one| one.from != one.to)
        .collect();
    rezoned.sort_by(|a, b| a.union.cmp(&b.union));
    rezoned
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn path(text: &str) -> UnionPath {
        UnionPath::parse(text).unwrap()
    }

    fn row(zone: u128, union: u128, place: &str, with_below: bool) -> Holding {
        Holding {
            zone: Uuid::from_u128(zone),
            union: Uuid::from_u128(union),
            place: Some(path(place)),
            with_below,
            ground: Some(path("0000/0001/")),
            is_active: true,
        }
    }

    fn places(unions: &[(&str, &str)]) -> HashMap<String, UnionPath> {
        unions
            .iter()
            .map(|(key, place)| ((*key).to_owned(), path(place)))
            .collect()
    }

    const ABOVE: (&str, &str) = ("A", "0000/0001/0000/");

    #[test]
    fn whoever_lay_there_by_the_union_above_is_found_when_it_hangs_elsewhere() {
        let before = Lying {
            holdings: vec![row(1, 10, ABOVE.1, true)],
            places: places(&[
                ("T", "0000/0001/"),
                ABOVE,
                ("B", "0000/0001/0000/0000/"),
                ("C", "0000/0001/0001/"),
            ]),
        };
        // B leaves A, C comes under it; neither has a row.
        let now = places(&[
            ("T", "0000/0001/"),
            ABOVE,
            ("B", "0000/0001/0002/"),
            ("C", "0000/0001/0000/0001/"),
        ]);
        let (after, closed) = before.moved(now, |_| None);
        assert!(closed.is_empty());
        let zone = Some(Uuid::from_u128(1));
        assert_eq!(
            rezoned(&before, &after),
            [
                Rezoned {
                    union: "B".into(),
                    from: zone,
                    to: None
                },
                Rezoned {
                    union: "C".into(),
                    from: None,
                    to: zone
                },
            ]
        );
    }

    #[test]
    fn a_row_follows_its_union_and_ends_with_it() {
        let before = Lying {
            holdings: vec![row(1, 10, ABOVE.1, true)],
            places: places(&[("T", "0000/0001/"), ABOVE, ("B", "0000/0001/0000/0000/")]),
        };
        let moved = places(&[
            ("T", "0000/0001/"),
            ("A", "0000/0001/0007/"),
            ("B", "0000/0001/0007/0000/"),
        ]);
        let (after, closed) = before.moved(moved, |_| None);
        assert!(
            closed.is_empty() && rezoned(&before, &after).is_empty(),
            "both stay"
        );
        let (after, closed) = before.moved(before.places.clone(), |key| Some(key != "A"));
        assert_eq!(closed, [(Uuid::from_u128(10), Leaving::Ended)]);
        let told: Vec<String> = rezoned(&before, &after)
            .into_iter()
            .map(|one| one.union)
            .collect();
        assert_eq!(told, ["A", "B"]);
    }

    proptest! {
        /// Nobody who lies elsewhere than before goes untold, and nobody else is told.
        #[test]
        fn exactly_those_who_lie_elsewhere_are_told(
            rows in prop::collection::vec((0u128..3, 0usize..6, any::<bool>()), 0..5),
            was in prop::collection::vec(0usize..6, 6), is in prop::collection::vec(0usize..6, 6),
        ) {
            // Union n hangs under the one that its number names, if that is a smaller one; under the town otherwise.
            let place = |ups: &[usize]| -> Vec<UnionPath> {
                let mut found: Vec<UnionPath> = Vec::new();
                for (nth, up) in ups.iter().enumerate() {
                    let above = if *up < nth { found[*up].clone() } else { path("0000/0001/") };
                    found.push(above.child(nth as u32));
                }
                found
            };
            let (was, is) = (place(&was), place(&is));
            let named = |places: &[UnionPath]| -> HashMap<String, UnionPath> {
                let all = places.iter().enumerate().map(|(nth, place)| (nth.to_string(), place.clone()));
                all.chain([("T".to_owned(), path("0000/0001/"))]).collect()
            };
            let mut holdings: Vec<Holding> = Vec::new();
            for (zone, union, with_below) in rows {
                if holdings.iter().all(|row| row.union != Uuid::from_u128(union as u128)) {
                    holdings.push(row(zone, union as u128, was[union].as_str(), with_below));
                }
            }
            let closed = settle(&holdings);
            holdings.retain(|row| !closed.iter().any(|(union, _)| *union == row.union));
            let before = Lying { holdings, places: named(&was) };
            let (after, _) = before.moved(named(&is), |_| None);
            prop_assert!(settle(&after.holdings).is_empty());
            let told = rezoned(&before, &after);
            for nth in 0..6 {
                let zone = |lying: &Lying, place: &UnionPath| super::super::holding_at(&lying.holdings, place).map(|row| row.zone);
                let (from, to) = (zone(&before, &was[nth]), zone(&after, &is[nth]));
                let said = told.iter().find(|one| one.union == nth.to_string());
                prop_assert_eq!(said.map(|one| (one.from, one.to)), (from != to).then_some((from, to)));
            }
        }
    }
}
