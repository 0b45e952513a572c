//! What leads from a union to an enterprise (线索): equalities of one hashed key each, such as brand and county, or the legal
//! representative and the last two characters of the name. Both sides make them by the functions here; the record store
//! keeps a print of each enterprise's, so that a run need not take 1.5 million names apart to pass most of them by.

/// Kinds of keys. A kind's number is part of its keys.
pub const KINDS: usize = 13;

/// Kind of keys made of a name that was given up, and of any stated name, which may be the old one.
const FORMER_NAME: u8 = 2;
/// Kind of keys made of names with one character left out.
const ONE_LEFT_OUT: u8 = 10;

/// One side's values from which keys are made.
pub struct Values<'a> {
    /// Key of the name in normal form, and of brand, trade and branch alone.
    pub normal: i64,
    pub core_key: i64,
    pub brand: &'a str,
    /// Brand, trade and branch, character by character.
    pub core: &'a [char],
    pub boss: Option<&'a str>,
    pub phone: Option<i64>,
    pub address: Option<i64>,
    pub county: Option<i32>,
    pub town: Option<i64>,
}

/// Where names one character apart are looked for. In the whole city there are too many: a stranger whose trade is the same
/// and whose brand shares one of two characters lives in every other town.
#[derive(Clone, Copy)]
pub enum Reach {
    County(i32),
    Anywhere,
}

/// The keys of what a side says, as pairs of kind and key.
pub fn push_keys(values: &Values<'_>, keys: &mut Vec<(u8, u64)>) {
    let mut push = |kind: u8, a: u64, b: u64| keys.push((kind, mix(mix(u64::from(kind), a), b)));
    let core = values.core;
    let n = core.len();
    let county = values.county.map(|c| c as u64);
    let boss = values.boss.filter(|b| !b.is_empty()).map(|b| hash(b.chars()));
    let address = values.address.map(|a| a as u64);
    if n >= 2 {
        push(0, values.normal as u64, 0);
        push(1, values.core_key as u64, 0);
    }
    if let Some(boss) = boss {
        if n >= 2 {
            push(3, boss, hash(core[..2].iter().copied()));
            push(9, boss, hash(core[n - 2..].iter().copied()));
        }
        if let Some(address) = address {
            push(4, boss, address);
        }
        if let Some(town) = values.town {
            push(12, boss, town as u64);
        }
    }
    if let (Some(phone), Some(county)) = (values.phone, county) {
        push(5, phone as u64, county);
    }
    if let Some(address) = address.filter(|_| n >= 2) {
        push(6, hash(core[..2].iter().copied()), address);
    }
    if let Some(county) = county {
        if n >= 4 {
            push(7, hash(core[..4].iter().copied()), county);
        }
        if n >= 5 {
            push(8, hash(core[1..5].iter().copied()), county);
        }
        if !values.brand.is_empty() {
            push(11, hash(values.brand.chars()), county);
        }
    }
}

/// The keys of a name as one that was given up, by the keys of its normal form and of its core.
pub fn push_former(normal: i64, core: i64, keys: &mut Vec<(u8, u64)>) {
    let kind = u64::from(FORMER_NAME);
    keys.push((FORMER_NAME, mix(kind, normal as u64)));
    if core != normal {
        keys.push((FORMER_NAME, mix(kind, core as u64)));
    }
}

/// The key of a text with one character left out, in a place.
pub fn slip(text: u64, reach: Reach) -> (u8, u64) {
    let place = match reach {
        Reach::County(county) => county as u64,
        Reach::Anywhere => 0,
    };
    (ONE_LEFT_OUT, mix(mix(u64::from(ONE_LEFT_OUT), text), place))
}

/// Longest name for which slips are looked for, in characters.
const SLIPS_UP_TO: usize = 16;

/// Hashes of the texts that names one slip apart share: the name, and what is left of it without one character.
pub fn push_slips(core: &[char], texts: &mut Vec<u64>) {
    if (3..=SLIPS_UP_TO).contains(&core.len()) {
        texts.push(hash(core.iter().copied()));
    }
    if (4..=SLIPS_UP_TO).contains(&core.len()) {
        push_left_out(core, texts);
    }
}

/// What the record store keeps of a key or a text.
pub fn print(hash: u64) -> u32 {
    (hash >> 32) as u32
}

/// The prints of an enterprise as they are kept: how many are of keys, these, then those of texts.
pub(crate) fn pack(keys: &[(u8, u64)], texts: &[u64], packed: &mut Vec<u8>) {
    packed.clear();
    packed.push(u8::try_from(keys.len()).unwrap_or(u8::MAX));
    let keys = keys.iter().map(|(_, key)| *key).take(usize::from(u8::MAX));
    packed.extend(
        keys.chain(texts.iter().copied())
            .flat_map(|hash| print(hash).to_le_bytes()),
    );
}

/// Whether one of an enterprise's prints may concern anybody: `key` and `text` say of a print whether it is asked for. More
/// keys than fit concern everybody.
pub fn may_concern(packed: &[u8], key: impl Fn(u32) -> bool, text: impl Fn(u32) -> bool) -> bool {
    let Some((&keys, prints)) = packed.split_first() else {
        return false;
    };
    let (of_keys, of_texts) = prints.split_at(prints.len().min(4 * usize::from(keys)));
    keys == u8::MAX || prints_of(of_keys).any(key) || prints_of(of_texts).any(text)
}

fn prints_of(bytes: &[u8]) -> impl Iterator<Item = u32> + '_ {
    bytes
        .as_chunks::<4>()
        .0
        .iter()
        .map(|print| u32::from_le_bytes(*print))
}

const BASE: u64 = 0x9E37_79B9_7F4A_7C15;

fn hash(chars: impl Iterator<Item = char>) -> u64 {
    chars.fold(0u64, |h, c| {
        h.wrapping_mul(BASE).wrapping_add(u64::from(c as u32) + 1)
    })
}

/// Hashes of the text, of at most [`SLIPS_UP_TO`] characters, with each character left out: from prefix and suffix hashes, in
/// one pass each.
fn push_left_out(chars: &[char], texts: &mut Vec<u64>) {
    let n = chars.len();
    let mut suffix = [(0u64, 1u64); SLIPS_UP_TO + 1];
    for i in (0..n).rev() {
        let (h, power) = suffix[i + 1];
        suffix[i] = (
            (u64::from(chars[i] as u32) + 1)
                .wrapping_mul(power)
                .wrapping_add(h),
            power.wrapping_mul(BASE),
        );
    }
    let mut prefix = 0u64;
    for i in 0..n {
        let (tail, power) = suffix[i + 1];
        // Leaving out either of two equal neighbours gives the same text.
        if i == 0 || chars[i] != chars[i - 1] {
            texts.push(prefix.wrapping_mul(power).wrapping_add(tail));
        }
        prefix = prefix
            .wrapping_mul(BASE)
            .wrapping_add(u64::from(chars[i] as u32) + 1);
    }
}

fn mix(a: u64, b: u64) -> u64 {
    let h = (a ^ b.rotate_left(29))
        .wrapping_mul(0xBF58_476D_1CE4_E5B9)
        .wrapping_add(b);
    let h = (h ^ (h >> 31)).wrapping_mul(0x94D0_49BB_1331_11EB);
    h ^ (h >> 29)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaving_out_one_character_hashes_as_the_shorter_text() {
        for name in ["腾浩户外用品", "宏宏达五金"] {
            let chars: Vec<char> = name.chars().collect();
            let shorter: std::collections::BTreeSet<u64> = (0..chars.len())
                .map(|i| {
                    let mut shorter = chars.clone();
                    shorter.remove(i);
                    hash(shorter.into_iter())
                })
                .collect();
            let mut texts = Vec::new();
            push_left_out(&chars, &mut texts);
            assert_eq!(texts.len(), shorter.len(), "each text once");
            assert_eq!(
                texts.into_iter().collect::<std::collections::BTreeSet<_>>(),
                shorter
            );
        }
    }
}
