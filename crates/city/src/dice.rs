//! Seeded chance. Every thing of the city (an employer, a person, a dirty cell) has its own small generator, seeded by what
//! it is, so any thing can be made alone, in any order, on any thread, and is the same each time.

use rand::Rng;
use rand_pcg::Pcg64Mcg;

/// What a generator is for; two purposes never share a stream, so adding a field later does not shift the others.
#[derive(Clone, Copy)]
#[repr(u64)]
pub(crate) enum Topic {
    Plan = 1,
    Name,
    Employer,
    Register,
    Union,
    UnionDirt,
    Person,
    Cover,
    Insurance,
    Mention,
    MentionVariant,
    InsuranceDirt,
    Member,
    MemberDirt,
    Tax,
    Driver,
    CoverDirt,
    Platform,
    Chair,
    NextDay,
}

/// One small generator (PCG 64, 128-bit multiplicative).
pub(crate) struct Dice(Pcg64Mcg);

/// splitmix64: spreads neighbouring numbers over the whole range.
pub(crate) fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Dice {
    /// The generator of thing (`a`, `b`) for one purpose.
    pub(crate) fn new(seed: u64, topic: Topic, a: u64, b: u64) -> Self {
        let high = mix(seed ^ mix(topic as u64));
        let low = mix(high ^ mix(a).rotate_left(17) ^ b.wrapping_mul(0xD6E8_FEB8_6659_FD93));
        let mut dice = Self(Pcg64Mcg::new(
            (u128::from(high) << 64 | u128::from(low)) ^ u128::from(mix(b ^ a)) << 32,
        ));
        // A multiplicative generator needs a turn before near seeds look unrelated.
        dice.bits();
        dice
    }

    /// 64 random bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number in `0..n` (`n` > 0).
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(n)) >> 64) as u64
    }

    /// A number in [0, 1).
    pub(crate) fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// True with probability `p`.
    pub(crate) fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// One of `items`, all alike.
    pub(crate) fn pick<'a, T: ?Sized>(&mut self, items: &[&'a T]) -> &'a T {
        items[self.below(items.len() as u64) as usize]
    }

    /// The position of one of `weights`, in proportion.
    pub(crate) fn weighted(&mut self, weights: &[f64]) -> usize {
        let total: f64 = weights.iter().sum();
        let mut rest = self.unit() * total;
        for (at, weight) in weights.iter().enumerate() {
            rest -= weight;
            if rest < 0.0 {
                return at;
            }
        }
        weights.len() - 1
    }

    /// A standard normal value (Box–Muller).
    pub(crate) fn normal(&mut self) -> f64 {
        let u = 1.0 - self.unit();
        let v = self.unit();
        (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
    }

    /// A log-normal value of the given parameters.
    pub(crate) fn log_normal(&mut self, mu: f64, sigma: f64) -> f64 {
        (mu + sigma * self.normal()).exp()
    }
}

/// A keyed one-to-one shuffle of `0..size` (Feistel network with cycle walking): gives opaque but unique numbers
/// without a table.
#[derive(Clone, Copy)]
pub(crate) struct Shuffle {
    key: u64,
    half_bits: u32,
    size: u64,
}

impl Shuffle {
    /// The shuffle of `0..size` for one purpose.
    pub(crate) fn new(seed: u64, purpose: u64, size: u64) -> Self {
        let bits = 64 - size.max(4).saturating_sub(1).leading_zeros();
        Self {
            key: mix(seed ^ mix(purpose)),
            half_bits: bits.div_ceil(2),
            size,
        }
    }

    /// Where `value` (< size) goes.
    pub(crate) fn apply(&self, value: u64) -> u64 {
        let mut at = value;
        loop {
            at = self.round_trip(at);
            if at < self.size {
                return at;
            }
        }
    }

    fn round_trip(&self, value: u64) -> u64 {
        let mask = (1_u64 << self.half_bits) - 1;
        let (mut left, mut right) = (value >> self.half_bits, value & mask);
        for round in 0..4_u64 {
            let next = left ^ (mix(right ^ self.key.wrapping_add(round.wrapping_mul(0x9E37_79B9))) & mask);
            left = right;
            right = next;
        }
        left << self.half_bits | right
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_shuffle_is_one_to_one() {
        for size in [1_u64, 2, 5, 300, 1000, 4097] {
            let shuffle = Shuffle::new(7, 1, size);
            let mut seen: Vec<u64> = (0..size).map(|at| shuffle.apply(at)).collect();
            seen.sort_unstable();
            assert_eq!(seen, (0..size).collect::<Vec<_>>());
        }
    }

    #[test]
    fn near_things_get_unlike_streams() {
        let mut firsts: Vec<u64> = (0..1000)
            .map(|at| Dice::new(1, Topic::Person, at, 0).below(1_000_000))
            .collect();
        firsts.sort_unstable();
        firsts.dedup();
        assert!(firsts.len() > 990);
    }
}
