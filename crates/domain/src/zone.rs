//! 片区: the ground of one field worker, about fifty unions or 5,000 members (片区化), within one town or county. A union lies in one zone
//! at most; when the tree of unions changes, [`foresee`] decides what becomes of the zones, and [`Lying`] says who lies elsewhere after a file.
//! Nothing is read or written here.

mod lying;

pub use lying::{Lying, Rezoned, rezoned};

use uuid::Uuid;

use crate::scope::{Part, UnionPath};

/// Unions of a zone above which a page warns. 一个片区约 50 家工会
pub const UNIONS_MAX: i64 = 50;
/// Members of a zone above which a page warns. 或约 5,000 名会员
pub const MEMBERS_MAX: i64 = 5_000;
/// Longest name of a zone, in characters.
pub const NAME_MAX: usize = 30;

/// One union that lies in a zone, alone or with all below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    pub zone: Uuid,
    pub union: Uuid,
    /// Where the union hangs; `None`: nowhere.
    pub place: Option<UnionPath>,
    pub with_below: bool,
    /// Where the town (or county) of the zone hangs; `None`: nowhere any more.
    pub ground: Option<UnionPath>,
    /// False once the union is dissolved or merged away.
    pub is_active: bool,
}

impl Holding {
    fn part(&self) -> Option<Part> {
        let place = self.place.clone()?;
        Some(match self.with_below {
            true => Part::Branch(place),
            false => Part::Single(place),
        })
    }

    /// Whether a union at this place lies in the zone by this row.
    pub fn holds(&self, place: &UnionPath) -> bool {
        self.part().is_some_and(|part| part.contains(place))
    }
}

/// Why a union no longer lies in its zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaving {
    /// It is dissolved or merged away, or hangs nowhere.
    Ended,
    /// It hangs outside the town or county of the zone: 片区不跨镇街.
    Elsewhere,
    /// It hangs below a union that lies with all below it in this zone, and goes with that one.
    Under(Uuid),
}

/// What a change does to the tree, as far as zones care.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Moves {
    /// Unions that are hung elsewhere with all below them: which, from where, to where.
    pub carried: Vec<(Uuid, UnionPath, UnionPath)>,
    /// A union that ends, and where it hangs.
    pub ended: Option<(Uuid, Option<UnionPath>)>,
    /// The union that takes the ended one's place, and where it hangs.
    pub heir: Option<(Uuid, UnionPath)>,
    /// A union that comes into being, where it will hang, and where the union hangs beside which it arises.
    pub newborn: Option<(Uuid, UnionPath, UnionPath)>,
}

/// A union that lies in another zone than before, or in none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shift {
    pub union: Uuid,
    pub from: Option<Uuid>,
    pub to: Option<Uuid>,
}

/// What becomes of the zones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Foreseen {
    /// Rows that end.
    pub closed: Vec<(Uuid, Leaving)>,
    /// Rows that begin: zone, union, whether with all below it.
    pub opened: Vec<(Uuid, Uuid, bool)>,
    /// Unions that change their zone; one that keeps it is not among them.
    pub shifts: Vec<Shift>,
}

/// The row by which a union at this place lies in a zone.
pub fn holding_at<'a>(holdings: &'a [Holding], place: &UnionPath) -> Option<&'a Holding> {
    holdings.iter().find(|holding| holding.holds(place))
}

/// The rows that cannot stand beside the others, and why: of two that overlap the lower one goes, since whoever looks after a union with
/// all below it looks after what hangs there. What is left has each union in one zone at most, within its ground.
pub fn settle(holdings: &[Holding]) -> Vec<(Uuid, Leaving)> {
    let mut leaving = Vec::new();
    let mut standing: Vec<(&UnionPath, &Holding)> = Vec::with_capacity(holdings.len());
    for holding in holdings {
        match (&holding.place, &holding.ground) {
            (Some(place), Some(ground)) if holding.is_active && ground.contains(place) => {
                standing.push((place, holding));
            }
            (Some(_), _) if holding.is_active => leaving.push((holding.union, Leaving::Elsewhere)),
            _ => leaving.push((holding.union, Leaving::Ended)),
        }
    }
    standing.sort_by_key(|(place, _)| *place);
    let mut branch: Option<(&UnionPath, Uuid)> = None;
    for (place, holding) in standing {
        match branch {
            // What a branch holds follows it without a gap.
            Some((top, zone)) if top.contains(place) => leaving.push((holding.union, Leaving::Under(zone))),
            _ if holding.with_below => branch = Some((place, holding.zone)),
            _ => {}
        }
    }
    leaving
}

/// What becomes of the zones when the tree changes. The rule: a union keeps its zone while it stays within the zone's town or county and
/// does not come below a union of another zone; below one it goes with it; elsewhere it lies in no zone until somebody assigns it. An heir
/// without a zone takes the place of the union that was merged into it; what is split off lies where the other lies.
///
/// `before` are all rows at, above and below the places concerned.
pub fn foresee(before: &[Holding], moves: &Moves) -> Foreseen {
    let carried = |place: &UnionPath| {
        let found = moves.carried.iter().find(|(_, from, _)| from.contains(place));
        found.map_or_else(|| place.clone(), |(_, from, to)| place.carried(from, to))
    };
    let ground_after = |ground: &UnionPath| match (&moves.ended, &moves.heir) {
        (Some((_, Some(ended))), Some((_, heir))) if ended == ground => heir.clone(),
        _ => carried(ground),
    };
    let mut rows: Vec<Holding> = before
        .iter()
        .map(|row| Holding {
            place: row.place.as_ref().map(carried),
            ground: row.ground.as_ref().map(ground_after),
            is_active: row.is_active && moves.ended.as_ref().is_none_or(|(ended, _)| *ended != row.union),
            ..row.clone()
        })
        .collect();
    let closed = settle(&rows);
    rows.retain(|row| !closed.iter().any(|(union, _)| *union == row.union));

    // Who lay in a zone by a union above, and would lie in none now.
    let mut units: Vec<(Uuid, Option<UnionPath>, UnionPath, bool)> = Vec::new();
    for (union, from, to) in &moves.carried {
        units.push((*union, Some(from.clone()), to.clone(), true));
    }
    if let (Some((_, ended)), Some((heir, at))) = (&moves.ended, &moves.heir) {
        units.push((*heir, ended.clone(), at.clone(), false));
    }
    if let Some((union, at, beside)) = &moves.newborn {
        units.push((*union, Some(beside.clone()), at.clone(), true));
    }
    let mut opened = Vec::new();
    for (union, whence, to, with_below) in units {
        let held = whence.and_then(|place| holding_at(before, &place));
        let Some(held) = held.filter(|_| holding_at(&rows, &to).is_none()) else {
            continue;
        };
        let ground = held.ground.as_ref().map(ground_after);
        // Nothing of another zone may lie below it, and nothing of its own needs a second row.
        let is_free = || {
            !rows
                .iter()
                .any(|row| row.place.as_ref().is_some_and(|place| to.contains(place)))
        };
        if ground.as_ref().is_some_and(|ground| ground.contains(&to)) {
            let row = Holding {
                union,
                place: Some(to.clone()),
                with_below: with_below && is_free(),
                ground,
                is_active: true,
                ..held.clone()
            };
            opened.push((row.zone, union, row.with_below));
            rows.push(row);
        }
    }
    Foreseen {
        shifts: shifts(before, &rows, moves, &closed, &opened),
        closed,
        opened,
    }
}

fn shifts(
    before: &[Holding],
    after: &[Holding],
    moves: &Moves,
    closed: &[(Uuid, Leaving)],
    opened: &[(Uuid, Uuid, bool)],
) -> Vec<Shift> {
    let mut units: Vec<(Uuid, Option<UnionPath>, Option<UnionPath>)> = Vec::new();
    for (union, from, to) in &moves.carried {
        units.push((*union, Some(from.clone()), Some(to.clone())));
    }
    if let Some((heir, at)) = &moves.heir {
        units.push((*heir, Some(at.clone()), Some(at.clone())));
    }
    if let Some((union, at, _)) = &moves.newborn {
        units.push((*union, None, Some(at.clone())));
    }
    for (union, _) in closed {
        let held = before.iter().find(|row| row.union == *union);
        let place = held.and_then(|row| row.place.clone());
        let has_ended = moves.ended.as_ref().is_some_and(|(ended, _)| ended == union);
        let found = place
            .as_ref()
            .and_then(|place| moves.carried.iter().find(|(_, from, _)| from.contains(place)));
        let now = match (&place, found) {
            (Some(place), Some((_, from, to))) => Some(place.carried(from, to)),
            (place, _) => place.clone(),
        };
        units.push((*union, place, now.filter(|_| !has_ended)));
    }
    let mut shifts: Vec<Shift> = Vec::new();
    for (union, from, to) in units {
        let own = before.iter().find(|row| row.union == union).map(|row| row.zone);
        let from = own.or_else(|| {
            from.and_then(|place| holding_at(before, &place))
                .map(|row| row.zone)
        });
        let begun = opened.iter().find(|(_, opened, _)| *opened == union);
        let to = begun
            .map(|(zone, ..)| *zone)
            .or_else(|| to.and_then(|place| holding_at(after, &place)).map(|row| row.zone));
        if from != to && !shifts.iter().any(|shift| shift.union == union) {
            shifts.push(Shift { union, from, to });
        }
    }
    shifts
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn path(text: &str) -> UnionPath {
        UnionPath::parse(text).unwrap()
    }

    fn id(nth: u128) -> Uuid {
        Uuid::from_u128(nth)
    }

    const TOWN: &str = "0000/0001/";
    const OTHER: &str = "0000/0002/";

    fn row(zone: u128, union: u128, place: &str, with_below: bool) -> Holding {
        Holding {
            zone: id(zone),
            union: id(union),
            place: Some(path(place)),
            with_below,
            ground: Some(path(TOWN)),
            is_active: true,
        }
    }

    fn moved(union: u128, from: &str, to: &str) -> Moves {
        Moves {
            carried: vec![(id(union), path(from), path(to))],
            ..Moves::default()
        }
    }

    const A: &str = "0000/0001/0000/";
    const B: &str = "0000/0001/0001/";

    #[test]
    fn a_move_within_the_town_keeps_the_zone_and_one_out_of_it_leaves_none() {
        let rows = [row(1, 10, A, true), row(2, 20, B, false)];
        let stays = foresee(&rows, &moved(10, A, "0000/0001/0005/"));
        assert_eq!(stays, Foreseen::default());
        let goes = foresee(&rows, &moved(10, A, "0000/0002/0005/"));
        assert_eq!(goes.closed, [(id(10), Leaving::Elsewhere)]);
        assert_eq!(
            goes.shifts,
            [Shift {
                union: id(10),
                from: Some(id(1)),
                to: None
            }]
        );
        assert!(goes.opened.is_empty());
    }

    #[test]
    fn whoever_comes_below_a_union_of_another_zone_goes_with_it() {
        let rows = [row(1, 10, A, true), row(2, 20, B, true)];
        let under = format!("{B}0000/");
        let goes = foresee(&rows, &moved(10, A, &under));
        assert_eq!(goes.closed, [(id(10), Leaving::Under(id(2)))]);
        assert_eq!(
            goes.shifts,
            [Shift {
                union: id(10),
                from: Some(id(1)),
                to: Some(id(2))
            }]
        );
    }

    #[test]
    fn whoever_lay_in_a_zone_by_the_union_above_keeps_it_when_taken_out() {
        let rows = [row(1, 10, A, true)];
        let child = format!("{A}0003/");
        let kept = foresee(&rows, &moved(11, &child, "0000/0001/0007/"));
        assert_eq!(kept.opened, [(id(1), id(11), true)]);
        assert!(kept.shifts.is_empty() && kept.closed.is_empty());
        let lost = foresee(&rows, &moved(11, &child, "0000/0002/0007/"));
        assert_eq!(
            lost.shifts,
            [Shift {
                union: id(11),
                from: Some(id(1)),
                to: None
            }]
        );
    }

    #[test]
    fn a_merger_leaves_the_heir_where_it_is_or_takes_it_into_the_zone() {
        let merged = |rows: &[Holding]| {
            let child = format!("{A}0000/");
            let moves = Moves {
                carried: vec![(id(11), path(&child), path(&format!("{B}0004/")))],
                ended: Some((id(10), Some(path(A)))),
                heir: Some((id(20), path(B))),
                ..Moves::default()
            };
            foresee(rows, &moves)
        };
        let both = merged(&[row(1, 10, A, true), row(2, 20, B, true)]);
        assert_eq!(both.closed, [(id(10), Leaving::Ended)]);
        assert!(both.opened.is_empty());
        assert!(
            both.shifts.contains(&Shift {
                union: id(11),
                from: Some(id(1)),
                to: Some(id(2))
            }),
            "{both:?}"
        );
        let alone = merged(&[row(1, 10, A, true)]);
        assert_eq!(alone.opened, [(id(1), id(11), true), (id(1), id(20), false)]);
        assert!(
            alone.shifts.contains(&Shift {
                union: id(20),
                from: None,
                to: Some(id(1))
            }),
            "{alone:?}"
        );
    }

    #[test]
    fn the_zones_of_a_merged_town_go_on_in_the_other() {
        let rows = [row(1, 10, A, true)];
        let moves = Moves {
            carried: vec![(id(10), path(A), path("0000/0002/0009/"))],
            ended: Some((id(1), Some(path(TOWN)))),
            heir: Some((id(2), path(OTHER))),
            ..Moves::default()
        };
        assert_eq!(foresee(&rows, &moves), Foreseen::default());
    }

    #[test]
    fn what_is_split_off_lies_where_the_other_lies() {
        let moves = Moves {
            newborn: Some((id(30), path("0000/0001/0009/"), path(A))),
            ..Moves::default()
        };
        let born = foresee(&[row(1, 10, A, false)], &moves);
        assert_eq!(born.opened, [(id(1), id(30), true)]);
        assert_eq!(foresee(&[], &moves), Foreseen::default());
    }

    fn any_place() -> impl Strategy<Value = UnionPath> {
        prop::collection::vec(0u32..3, 0..4)
            .prop_map(|rest| rest.iter().fold(UnionPath::root(0), |path, nth| path.child(*nth)))
    }

    fn any_rows() -> impl Strategy<Value = Vec<Holding>> {
        let row = (0u128..4, any_place(), any::<bool>(), any_place());
        prop::collection::vec(row, 0..12).prop_map(|rows| {
            let mut rows: Vec<Holding> = rows
                .into_iter()
                .enumerate()
                .map(|(nth, (zone, place, with_below, ground))| Holding {
                    zone: id(zone + 1),
                    union: id(nth as u128 + 100),
                    place: Some(place),
                    with_below,
                    ground: Some(ground),
                    is_active: true,
                })
                .collect();
            rows.sort_by(|a, b| a.place.cmp(&b.place));
            rows.dedup_by(|a, b| a.place == b.place);
            rows
        })
    }

    /// Said the other way round than [`settle`] decides it: no place lies in two rows, none outside its ground.
    fn is_sound(rows: &[Holding]) -> bool {
        rows.iter().enumerate().all(|(at, row)| {
            let place = row.place.as_ref().unwrap();
            row.ground.as_ref().unwrap().contains(place)
                && rows
                    .iter()
                    .enumerate()
                    .all(|(other, one)| other == at || !one.holds(place))
        })
    }

    proptest! {
        #[test]
        fn what_is_settled_does_not_overlap_and_nobody_leaves_without_need(rows in any_rows()) {
            let gone = settle(&rows);
            let left: Vec<Holding> = rows.iter().filter(|row| !gone.iter().any(|(union, _)| *union == row.union)).cloned().collect();
            prop_assert!(is_sound(&left), "{left:?}");
            prop_assert!(settle(&left).is_empty());
            if is_sound(&rows) {
                prop_assert!(gone.is_empty());
            }
        }

        #[test]
        fn whatever_is_moved_no_two_zones_overlap(rows in any_rows(), at in any_place(), under in any_place()) {
            let gone = settle(&rows);
            let rows: Vec<Holding> = rows.into_iter().filter(|row| !gone.iter().any(|(union, _)| *union == row.union)).collect();
            prop_assume!(!at.contains(&under) && at.depth() > 1);
            let to = under.child(999);
            let unit = rows.iter().find(|row| row.place.as_ref() == Some(&at)).map_or(id(7), |row| row.union);
            let moves = Moves { carried: vec![(unit, at.clone(), to.clone())], ..Moves::default() };
            let seen = foresee(&rows, &moves);
            let mut after: Vec<Holding> = rows.iter().filter(|row| !seen.closed.iter().any(|(union, _)| *union == row.union)).cloned().collect();
            let place_of = |place: &UnionPath| if at.contains(place) { place.carried(&at, &to) } else { place.clone() };
            for row in &mut after {
                row.place = row.place.as_ref().map(place_of);
                row.ground = row.ground.as_ref().map(place_of);
            }
            for (zone, union, with_below) in &seen.opened {
                let ground = rows.iter().find(|row| row.zone == *zone && row.holds(&at)).unwrap().ground.as_ref().map(place_of);
                after.push(Holding { zone: *zone, union: *union, place: Some(to.clone()), with_below: *with_below, ground, is_active: true });
            }
            prop_assert!(is_sound(&after), "{after:?}");
        }
    }
}
