//! Dirty resident ID numbers.

use codes::resident_id::ResidentId;

use crate::dice::Dice;
use crate::dirt::code::{full_width, scientific};

/// How often each kind of damage befalls an ID number.
pub(crate) struct IdRates {
    /// Written with 15 digits (dirt D21; only people born before 2000 have one).
    pub(crate) old: f64,
    /// Small x, blanks, full width: readable after normalising (D22).
    pub(crate) dressed: f64,
    /// A wrong character (D22).
    pub(crate) typo: f64,
    /// Spoilt by a spreadsheet: `3.30226E+17` (D22).
    pub(crate) scientific: f64,
    /// Hidden middle: `330226********1234`.
    pub(crate) masked: f64,
    /// Empty.
    pub(crate) missing: f64,
    /// A passport or permit instead.
    pub(crate) foreign: f64,
}

/// In the member register.
pub(crate) const MEMBER_RATES: IdRates = IdRates {
    old: 0.01,
    dressed: 0.03,
    typo: 0.012,
    scientific: 0.007,
    masked: 0.015,
    missing: 0.03,
    foreign: 0.002,
};

/// In the insurance agency's file, which is much better.
pub(crate) const INSURANCE_RATES: IdRates = IdRates {
    old: 0.004,
    dressed: 0.01,
    typo: 0.002,
    scientific: 0.0,
    masked: 0.0,
    missing: 0.001,
    foreign: 0.001,
};

/// The number as written.
pub(crate) fn write(id: &ResidentId, rates: &IdRates, dice: &mut Dice) -> String {
    let clean = id.as_str();
    let mut draw = dice.unit();
    let mut hit = |rate: f64| {
        draw -= rate;
        draw < 0.0
    };
    if hit(rates.old) && &clean[6..8] == "19" {
        return format!("{}{}", &clean[..6], &clean[8..17]);
    }
    if hit(rates.dressed) {
        return dress(clean, dice);
    }
    if hit(rates.typo) {
        return typo(clean, dice);
    }
    if hit(rates.scientific) {
        return scientific(clean);
    }
    if hit(rates.masked) {
        return format!("{}********{}", &clean[..6], &clean[14..]);
    }
    if hit(rates.missing) {
        return String::new();
    }
    if hit(rates.foreign) {
        return format!("E{:08}", dice.below(100_000_000));
    }
    clean.to_owned()
}

fn dress(clean: &str, dice: &mut Dice) -> String {
    match dice.below(4) {
        0 => clean.to_ascii_lowercase(),
        1 => format!("{clean} "),
        2 => format!("'{clean}"),
        _ => full_width(clean),
    }
}

fn typo(clean: &str, dice: &mut Dice) -> String {
    let mut digits: Vec<u8> = clean.bytes().collect();
    let at = 6 + dice.below(11) as usize;
    if dice.chance(0.4) && digits[at] != digits[at - 1] {
        digits.swap(at, at - 1);
    } else {
        digits[at] = b'0' + (digits[at] - b'0' + 1 + dice.below(8) as u8) % 10;
    }
    digits.into_iter().map(char::from).collect()
}
