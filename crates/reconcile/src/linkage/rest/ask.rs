//! The keys under which a membership left over and an insured row meet. Each joins two things, so that no key gathers more
//! rows than a person could look through: a name at an employer, a name and a birth date, a date and a sequence …

use super::{Number, Seeker};
use codes::resident_id::{Part, PartTokens};

/// Unions with more employers than this are asked by name alone there.
const PLACES_WITH_PARTS: usize = 60;

#[derive(Clone, Copy)]
enum Pair {
    NameAt = 1,
    BirthAt,
    OrderAt,
    NameBirth,
    NameOrder,
    BirthOrder,
}

fn key(pair: Pair, left: u64, right: u64) -> i64 {
    let mut mixed = (left ^ (pair as u64).rotate_right(8)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed ^= mixed >> 32;
    mixed = (mixed ^ right).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    (mixed ^ (mixed >> 29)) as i64
}

/// The parts of a membership's number that are its own. A number that is another person's says nothing of this one.
pub(super) fn own_parts(seeker: &Seeker<'_>) -> PartTokens {
    if seeker.rest.number == Number::Anothers {
        PartTokens::default().stated_as_in(seeker.rest.parts)
    } else {
        seeker.rest.parts
    }
}

/// Keys under which a membership asks.
pub(super) fn asked(seeker: &Seeker<'_>, mut each: impl FnMut(i64)) {
    let name = seeker.rest.name_key as u64;
    let parts = own_parts(seeker);
    let birth = parts.get(Part::Birth).map(u64::from);
    let stated = parts
        .get(Part::StatedBirth)
        .map(u64::from)
        .filter(|stated| birth != Some(*stated));
    let order = parts.get(Part::Order).map(u64::from);
    for &place in seeker.places {
        let place = u64::from(place);
        each(key(Pair::NameAt, name, place));
        if seeker.places.len() <= PLACES_WITH_PARTS {
            birth
                .into_iter()
                .chain(stated)
                .for_each(|birth| each(key(Pair::BirthAt, birth, place)));
            order
                .into_iter()
                .for_each(|order| each(key(Pair::OrderAt, order, place)));
        }
    }
    for birth in birth.into_iter().chain(stated) {
        each(key(Pair::NameBirth, name, birth));
        order
            .into_iter()
            .for_each(|order| each(key(Pair::BirthOrder, birth, order)));
    }
    order
        .into_iter()
        .for_each(|order| each(key(Pair::NameOrder, name, order)));
}

/// Keys under which an insured row answers.
pub(super) fn answered(name: i64, parts: PartTokens, place: u32, mut each: impl FnMut(i64)) {
    let (name, place) = (name as u64, u64::from(place));
    each(key(Pair::NameAt, name, place));
    let birth = parts.get(Part::Birth).map(u64::from);
    let order = parts.get(Part::Order).map(u64::from);
    if let Some(birth) = birth {
        each(key(Pair::BirthAt, birth, place));
        each(key(Pair::NameBirth, name, birth));
    }
    if let Some(order) = order {
        each(key(Pair::OrderAt, order, place));
        each(key(Pair::NameOrder, name, order));
    }
    if let (Some(birth), Some(order)) = (birth, order) {
        each(key(Pair::BirthOrder, birth, order));
    }
}
