//! Dirty names of firms and people.

use crate::dice::Dice;
use crate::name::FirmName;
use crate::words::confusions::{SAME_SHAPE, SAME_SOUND, TRADITIONAL};

/// The same name written otherwise (dirt D7): brackets, width, blanks, 有限责任公司, province or city before it.
pub(crate) fn variant(name: &FirmName, dice: &mut Dice) -> String {
    let full = name.full();
    match dice.weighted(&[30.0, 14.0, 12.0, 14.0, 8.0, 8.0, 6.0]) {
        0 if full.contains('（') => full.replace('（', "(").replace('）', ")"),
        0 | 1 => {
            let at = 1 + dice.below(full.chars().count() as u64 - 2) as usize;
            full.chars()
                .enumerate()
                .flat_map(|(i, letter)| (i == at).then_some(' ').into_iter().chain([letter]))
                .collect()
        }
        2 => format!("{full} "),
        3 if name.form == "有限公司" => full.replace("有限公司", "有限责任公司"),
        3 => full.replace("有限责任公司", "有限公司"),
        4 if !name.is_bracketed && name.division.starts_with("宁波") => format!("浙江省{full}"),
        4 => format!("　{full}"),
        5 if !name.division.is_empty() && !name.is_bracketed => FirmName {
            is_bracketed: true,
            ..name.clone()
        }
        .full(),
        5 => full.replace('（', "【").replace('）', "】"),
        _ => traditional(&full),
    }
}

/// The text in traditional characters, as far as the confusions know them.
pub(crate) fn traditional(text: &str) -> String {
    text.chars()
        .map(|letter| {
            TRADITIONAL
                .iter()
                .find(|(plain, _)| *plain == letter)
                .map_or(letter, |(_, old)| *old)
        })
        .collect()
}

/// One wrong character: the same sound, the same shape, two swapped or one dropped.
pub(crate) fn typo(name: &FirmName, dice: &mut Dice) -> String {
    let mut wrong = name.clone();
    match dice.weighted(&[45.0, 25.0, 15.0, 15.0]) {
        0 => wrong.brand = swap_by(&name.brand, SAME_SOUND),
        1 => wrong.brand = swap_by(&name.brand, SAME_SHAPE),
        2 => wrong.brand = name.brand.chars().rev().collect(),
        _ => {
            let mut trade: Vec<char> = name.trade.chars().collect();
            if trade.len() > 2 {
                trade.pop();
            }
            wrong.trade = trade.into_iter().collect();
        }
    }
    wrong.full()
}

/// Replaces the first character that has a partner in the table.
fn swap_by(text: &str, table: &[(char, char)]) -> String {
    let mut is_done = false;
    text.chars()
        .map(|letter| {
            let partner = table.iter().find_map(|(a, b)| {
                if *a == letter {
                    Some(*b)
                } else if *b == letter {
                    Some(*a)
                } else {
                    None
                }
            });
            match partner {
                Some(other) if !is_done => {
                    is_done = true;
                    other
                }
                _ => letter,
            }
        })
        .collect()
}

/// What a short-handed clerk writes (dirt D8): `腾浩户外`, `腾浩户外用品`, `宁波腾浩`.
pub(crate) fn short(name: &FirmName, dice: &mut Dice) -> String {
    match dice.below(3) {
        0 => name.short(),
        1 => format!("{}{}", name.brand, name.trade),
        _ => format!("宁波{}{}", name.brand, name.trade),
    }
}

/// A person's name with a blank inside, a lost rare character or a wrong one (dirt D26).
pub(crate) fn person(name: &str, dice: &mut Dice, rare: &[&str]) -> String {
    let letters: Vec<char> = name.chars().collect();
    if let Some(lost) = rare.iter().find(|letter| name.contains(**letter)) {
        return name.replace(*lost, "?");
    }
    if letters.len() == 2 || dice.chance(0.3) {
        let mut spaced = String::from(letters[0]);
        spaced.push(' ');
        spaced.extend(&letters[1..]);
        return spaced;
    }
    let swapped = swap_by(name, SAME_SOUND);
    if swapped == name {
        format!("{name} ")
    } else {
        swapped
    }
}
