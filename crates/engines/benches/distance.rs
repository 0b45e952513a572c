//! Speed of the bounded edit distance beside a peer: `cargo bench -p engines --bench distance`.
//!
//! The pairs are trade names of 8 to 16 Chinese characters as blocking proposes them: a quarter equal but for one slip,
//! a quarter with two or three, a quarter that share only their beginning, a quarter unrelated. The peer is RapidFuzz's
//! optimal string alignment on the same characters with the same cutoff, its answer checked against ours on every pair.
//! Prints tab-separated lines: kernel, pairs per second of one core. Speed is the best of several rounds in the CPU time
//! of this thread, so that other work on the machine hardly moves it; the two take turns.

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

use engines::matching::distance::slips;
use rapidfuzz::distance::osa;

const PAIRS: usize = 100_000;
const ROUNDS: usize = 9;

type Pair = (Vec<char>, Vec<char>);

fn main() -> ExitCode {
    let pairs = pairs();
    if let Some((a, b)) = pairs.iter().find(|(a, b)| slips(a, b) != peer(a, b)) {
        eprintln!(
            "distance: the two disagree on {a:?} and {b:?}: {} and {}",
            slips(a, b),
            peer(a, b)
        );
        return ExitCode::FAILURE;
    }
    let (mut ours, mut theirs) = (0.0_f64, 0.0_f64);
    for _ in 0..ROUNDS {
        ours = ours.max(per_second(&pairs, slips));
        theirs = theirs.max(per_second(&pairs, peer));
    }
    #[expect(clippy::print_stdout, reason = "the figures are what this program is for")]
    {
        println!("slips\t{ours:.0}");
        println!("rapidfuzz osa\t{theirs:.0}");
    }
    ExitCode::SUCCESS
}

/// The same question asked of RapidFuzz.
fn peer(a: &[char], b: &[char]) -> u8 {
    let within = osa::Args::default().score_cutoff(2);
    match osa::distance_with_args(a.iter().copied(), b.iter().copied(), &within) {
        Some(distance) => distance as u8,
        None => 3,
    }
}

fn per_second(pairs: &[Pair], distance: impl Fn(&[char], &[char]) -> u8) -> f64 {
    let (began, cpu) = (Instant::now(), cpu_nanos());
    let mut sum = 0_u64;
    for (a, b) in pairs {
        sum += u64::from(distance(black_box(a), black_box(b)));
    }
    black_box(sum);
    let nanos = match (cpu, cpu_nanos()) {
        (Some(before), Some(after)) if after > before => (after - before) as f64,
        _ => began.elapsed().as_nanos() as f64,
    };
    pairs.len() as f64 / nanos * 1e9
}

/// Nanoseconds that this thread has been on a processor, where the system tells it.
fn cpu_nanos() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split(' ').next()?.parse().ok()
}

/// The same pairs on every run.
fn pairs() -> Vec<Pair> {
    let mut dice = Dice(20_260_401);
    (0..PAIRS)
        .map(|at| {
            let length = 8 + dice.below(9);
            let left: Vec<char> = (0..length).map(|_| dice.letter()).collect();
            let right = match at % 4 {
                0 => slipped(&left, 1, &mut dice),
                1 => {
                    let count = 2 + dice.below(2);
                    slipped(&left, count, &mut dice)
                }
                2 => {
                    let mut other: Vec<char> = (0..8 + dice.below(9)).map(|_| dice.letter()).collect();
                    other[..2].copy_from_slice(&left[..2]);
                    other
                }
                _ => (0..8 + dice.below(9)).map(|_| dice.letter()).collect(),
            };
            (left, right)
        })
        .collect()
}

/// A text with `count` slips: a letter put in, left out, mistaken, or swapped with its neighbour.
fn slipped(text: &[char], count: usize, dice: &mut Dice) -> Vec<char> {
    let mut text = text.to_vec();
    for _ in 0..count {
        let at = dice.below(text.len() - 1);
        match dice.below(4) {
            0 => text.insert(at, dice.letter()),
            1 if text.len() > 8 => drop(text.remove(at)),
            2 => text.swap(at, at + 1),
            _ => text[at] = dice.letter(),
        }
    }
    text.truncate(16);
    text
}

/// A small generator (SplitMix64) that needs no dependency.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }

    /// One of three thousand common Han characters.
    fn letter(&mut self) -> char {
        char::from_u32(0x4e00 + self.below(3_000) as u32).unwrap_or('一')
    }
}
