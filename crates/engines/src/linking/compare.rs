//! Turns one pair of rows into a pattern: the level that each field reaches.

use super::field::{Field, Pairing, Swap};
use super::level::Level;

/// The levels of all fields, four bits each, first field lowest; behind the fields one entry for each swap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pattern(pub u128);

impl Pattern {
    /// The level of one field.
    pub fn level(self, field: usize) -> u8 {
        (self.0 >> (4 * field) & 15) as u8
    }

    fn set(&mut self, field: usize, level: u8) {
        self.0 |= u128::from(level) << (4 * field);
    }
}

/// A swap's levels: as written, or better the other way round.
pub const AS_WRITTEN: u8 = 1;
pub const CROSSED: u8 = 2;

/// Compares pairs, remembering levels of value pairs met lately. One for each thread; what it remembers changes no answer.
pub struct Comparer<'a> {
    pairing: Pairing<'a>,
    fields: &'a [Field],
    swaps: &'a [Swap],
    memories: Vec<Memory>,
}

impl<'a> Comparer<'a> {
    /// A comparer that has met nothing yet.
    pub fn new(pairing: Pairing<'a>, fields: &'a [Field], swaps: &'a [Swap]) -> Comparer<'a> {
        let memories = fields
            .iter()
            .map(|field| Memory::for_levels(&field.levels))
            .collect();
        Comparer {
            pairing,
            fields,
            swaps,
            memories,
        }
    }

    /// Compares two rows. Missing cells give level 0.
    pub fn compare(&mut self, left: u32, right: u32) -> Pattern {
        let mut pattern = Pattern::default();
        for field in 0..self.fields.len() {
            if self
                .swaps
                .iter()
                .any(|swap| swap.first == field || swap.second == field)
            {
                continue;
            }
            let (a, b) = (self.left(field, left), self.right(field, right));
            pattern.set(field, self.level(field, a, b));
        }
        for (i, swap) in self.swaps.iter().enumerate() {
            self.both_ways(*swap, self.fields.len() + i, left, right, &mut pattern);
        }
        pattern
    }

    /// The values that a pattern's field was made from: with a crossed swap the right one comes from the other column.
    pub fn values(&self, pattern: Pattern, field: usize, left: u32, right: u32) -> (u32, u32) {
        let partner = self.swaps.iter().enumerate().find_map(|(i, swap)| {
            let is_crossed = pattern.level(self.fields.len() + i) == CROSSED;
            match (is_crossed, swap.first == field, swap.second == field) {
                (true, true, _) => Some(swap.second),
                (true, _, true) => Some(swap.first),
                _ => None,
            }
        });
        (
            self.left(field, left),
            self.right(partner.unwrap_or(field), right),
        )
    }

    fn left(&self, field: usize, row: u32) -> u32 {
        self.pairing.left[self.fields[field].column][row as usize]
    }

    fn right(&self, field: usize, row: u32) -> u32 {
        self.pairing.right[self.fields[field].column][row as usize]
    }

    fn both_ways(&mut self, swap: Swap, place: usize, left: u32, right: u32, pattern: &mut Pattern) {
        let (first, second) = (swap.first, swap.second);
        let (a, b) = (self.left(first, left), self.left(second, left));
        let (x, y) = (self.right(first, right), self.right(second, right));
        let straight = (self.level(first, a, x), self.level(second, b, y));
        let is_clear = straight.0 == 1 || straight.1 == 1;
        let crossed = if is_clear {
            straight
        } else {
            (self.level(first, a, y), self.level(second, b, x))
        };
        let gain = |levels: (u8, u8)| self.closeness(first, levels.0) + self.closeness(second, levels.1);
        let is_crossed = !is_clear && gain(crossed) > gain(straight);
        let (levels, way) = if is_crossed {
            (crossed, CROSSED)
        } else {
            (straight, AS_WRITTEN)
        };
        pattern.set(first, levels.0);
        pattern.set(second, levels.1);
        let says_nothing = levels == (0, 0);
        pattern.set(place, if says_nothing { 0 } else { way });
    }

    /// From 2 (the strongest level) to 0 (missing) and -1 (anything else).
    fn closeness(&self, field: usize, level: u8) -> f64 {
        let other = self.fields[field].other();
        match level {
            0 => 0.0,
            level if level == other => -1.0,
            level => 1.0 + f64::from(other - level) / f64::from(other),
        }
    }

    fn level(&mut self, field: usize, a: u32, b: u32) -> u8 {
        let spec = &self.fields[field];
        if a == 0 || b == 0 {
            return 0;
        }
        let lexicon = &self.pairing.lexicons[spec.lexicon];
        self.memories[field].of(a, b, || {
            let (a, b) = (lexicon.value(a), lexicon.value(b));
            spec.levels
                .iter()
                .position(|level| level.holds(a, b))
                .map_or(spec.other(), |at| at as u8 + 1)
        })
    }
}

/// Slots of a memory; a later pair takes the slot of an earlier one.
const SLOTS: usize = 1 << 14;
const EMPTY: u64 = u64::MAX;

/// Levels of value pairs met lately. Fields that only ask for sameness need none.
struct Memory {
    slots: Vec<(u64, u8)>,
}

impl Memory {
    fn for_levels(levels: &[Level]) -> Memory {
        let is_plain = levels.iter().all(|level| *level == Level::Exact);
        Memory {
            slots: if is_plain {
                Vec::new()
            } else {
                vec![(EMPTY, 0); SLOTS]
            },
        }
    }

    fn of(&mut self, a: u32, b: u32, level: impl FnOnce() -> u8) -> u8 {
        if self.slots.is_empty() {
            return level();
        }
        // Levels do not depend on the order of the values.
        let key = u64::from(a.min(b)) << 32 | u64::from(a.max(b));
        let slot = &mut self.slots[(key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 50) as usize];
        if slot.0 != key {
            *slot = (key, level());
        }
        slot.1
    }
}
