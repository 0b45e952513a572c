//! The city of one seed: the skeleton, the places, the words, and the shuffles that make opaque unique numbers.

use std::collections::HashSet;

use codes::time::Day;

use crate::dice::{Dice, Shuffle, Topic, mix};
use crate::places::Places;
use crate::plan::Plan;
use crate::size::Size;
use crate::words::{self, firms, people};

/// Everything that is needed to make any one thing of the city.
pub(crate) struct World {
    pub(crate) seed: u64,
    /// The day the files were written, in days since 1970-01-01.
    pub(crate) as_of: i32,
    pub(crate) size: Size,
    pub(crate) places: Places,
    pub(crate) plan: Plan,
    pub(crate) words: Words,
    /// How often a firm's name had to be drawn again because another one holds it.
    pub(crate) attempts: Vec<u8>,
    /// Labour-dispatch agencies among the enterprises with many insured.
    pub(crate) agencies: Vec<u32>,
    /// Partners of gig platforms among the employers with staff.
    pub(crate) partners: Vec<u32>,
    /// First membership number of each union.
    pub(crate) member_starts: Vec<u32>,
    org_numbers: Shuffle,
    enterprise_ids: Shuffle,
    union_ids: Shuffle,
    member_ids: Shuffle,
    ins_ids: Shuffle,
    person_ids: Shuffle,
}

/// Word lists cut into characters once.
pub(crate) struct Words {
    pub(crate) brand_first: Vec<&'static str>,
    pub(crate) brand_second: Vec<&'static str>,
    pub(crate) brand_third: Vec<&'static str>,
    pub(crate) men: Vec<&'static str>,
    pub(crate) women: Vec<&'static str>,
    pub(crate) rare: Vec<&'static str>,
    surname_sums: Vec<u32>,
    trade_sums: Vec<f64>,
}

impl Words {
    fn new() -> Self {
        let (mut surname_sum, mut trade_sum) = (0, 0.0);
        Self {
            brand_first: words::letters(firms::BRAND_FIRST),
            brand_second: words::letters(firms::BRAND_SECOND),
            brand_third: words::letters(firms::BRAND_THIRD),
            men: words::letters(people::MEN),
            women: words::letters(people::WOMEN),
            rare: words::letters(people::RARE),
            surname_sums: people::SURNAMES
                .iter()
                .map(|(_, weight)| {
                    surname_sum += u32::from(*weight);
                    surname_sum
                })
                .collect(),
            trade_sums: firms::TRADES
                .iter()
                .map(|trade| {
                    trade_sum += trade.weight;
                    trade_sum
                })
                .collect(),
        }
    }

    /// A surname by frequency.
    pub(crate) fn surname(&self, dice: &mut Dice) -> &'static str {
        let total = self.surname_sums.last().copied().unwrap_or(1);
        let at = dice.below(u64::from(total)) as u32;
        people::SURNAMES[self.surname_sums.partition_point(|sum| *sum <= at)].0
    }

    /// A person's name.
    pub(crate) fn person(&self, dice: &mut Dice, is_male: bool) -> String {
        let pool = if is_male { &self.men } else { &self.women };
        let mut name = self.surname(dice).to_owned();
        name.push_str(if dice.chance(0.004) {
            dice.pick(&self.rare)
        } else {
            dice.pick(pool)
        });
        if dice.chance(0.72) {
            name.push_str(dice.pick(pool));
        }
        name
    }

    /// Position of a trade in [`firms::TRADES`], by weight.
    pub(crate) fn trade(&self, dice: &mut Dice) -> usize {
        let total = self.trade_sums.last().copied().unwrap_or(1.0);
        let at = dice.unit() * total;
        self.trade_sums
            .partition_point(|sum| *sum <= at)
            .min(firms::TRADES.len() - 1)
    }

    /// A brand of two or three characters.
    pub(crate) fn brand(&self, dice: &mut Dice) -> String {
        let mut brand = dice.pick(&self.brand_first).to_owned();
        brand.push_str(dice.pick(&self.brand_second));
        if dice.chance(0.5) {
            brand.push_str(dice.pick(&self.brand_third));
        }
        brand
    }
}

/// Birthdays lie 18 to 60 years before the as-of date.
const AGE_MIN_DAYS: i32 = 18 * 366;
const AGE_SPAN_DAYS: u64 = 42 * 365;
const SEQUENCES: u64 = 999;

impl World {
    /// Settles the city of one seed.
    pub(crate) fn new(seed: u64, size: Size, as_of: Day) -> Self {
        let places = Places::new(size.towns_per_county);
        let plan = Plan::new(seed, size, &places);
        let mut start = 0;
        let member_starts = plan
            .unions
            .iter()
            .map(|union| {
                let first = start;
                start += union.members;
                first
            })
            .collect();
        let mut world = Self {
            seed,
            as_of: as_of.to_days_since_epoch(),
            size,
            places,
            plan,
            words: Words::new(),
            attempts: Vec::new(),
            agencies: Vec::new(),
            partners: Vec::new(),
            member_starts,
            org_numbers: Shuffle::new(seed, 1, 99_999_999),
            enterprise_ids: Shuffle::new(seed, 2, 10_000_000_000),
            union_ids: Shuffle::new(seed, 3, 100_000_000),
            member_ids: Shuffle::new(seed, 4, 10_000_000_000),
            ins_ids: Shuffle::new(seed, 5, 100_000_000_000),
            person_ids: Shuffle::new(seed, 6, people::ID_AREAS.len() as u64 * AGE_SPAN_DAYS * SEQUENCES),
        };
        world.name_everything();
        let c = world.plan.classes;
        world.agencies = ((c.beside + 1)..c.big)
            .filter(|e| world.traits(*e).is_dispatch)
            .collect();
        world.partners = (0..c.small).filter(|e| world.platform_of(*e).is_some()).collect();
        world
    }

    /// No two firms of the register share a name, except where the plan says so: draws names again until they are free.
    fn name_everything(&mut self) {
        let c = self.plan.classes;
        let count = c.organs as usize;
        let mut taken: HashSet<u64> = HashSet::with_capacity(count);
        self.attempts = vec![0; count];
        for e in 0..c.ghosts {
            loop {
                let name = self.firm_name(e).full();
                let is_free = taken.insert(name_key(&name));
                if is_free || self.shares_name(e) || self.attempts[e as usize] == u8::MAX {
                    break;
                }
                self.attempts[e as usize] += 1;
            }
        }
    }

    /// An independent generator for thing (`a`, `b`) of one topic.
    pub(crate) fn dice(&self, topic: Topic, a: u32, b: u32) -> Dice {
        Dice::new(self.seed, topic, u64::from(a), u64::from(b))
    }

    /// The register's own key of an enterprise.
    pub(crate) fn enterprise_id(&self, e: u32) -> String {
        format!("3302{:010}", self.enterprise_ids.apply(u64::from(e)))
    }

    /// The key of a union.
    pub(crate) fn union_id(&self, union: u32) -> String {
        format!("GH{:08}", self.union_ids.apply(u64::from(union)))
    }

    /// The key of a membership.
    pub(crate) fn member_id(&self, membership: u32) -> String {
        format!("HY{:010}", self.member_ids.apply(u64::from(membership)))
    }

    /// The key of one insurance row of a person (`slot` 0 or 1).
    pub(crate) fn ins_id(&self, person: u32, slot: u32) -> String {
        format!(
            "{:011}",
            self.ins_ids.apply(u64::from(person) * 2 + u64::from(slot))
        )
    }

    /// The number inside a code that only one body in the city has.
    pub(crate) fn org_number(&self, e: u32) -> u64 {
        self.org_numbers.apply(u64::from(e)) + 1
    }

    /// Area, birthday and sequence of a person's ID number; no two persons share all three.
    pub(crate) fn id_parts(&self, person: u32) -> (u32, i32, u16) {
        let value = self.person_ids.apply(u64::from(person));
        let days = (value % AGE_SPAN_DAYS) as i32;
        let sequence = (value / AGE_SPAN_DAYS % SEQUENCES) as u16 + 1;
        let area = people::ID_AREAS[(value / AGE_SPAN_DAYS / SEQUENCES) as usize];
        (area, self.as_of - AGE_MIN_DAYS - days, sequence)
    }
}

fn name_key(name: &str) -> u64 {
    name.bytes()
        .fold(0xCBF2_9CE4_8422_2325, |sum: u64, byte| mix(sum ^ u64::from(byte)))
}
