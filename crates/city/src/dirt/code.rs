//! Dirty employer codes.

use crate::dice::Dice;
use crate::words::confusions::CODE_LOOKS;

/// The 9-digit organisation code inside a unified code, half of the time with its dash (dirt D3).
pub(crate) fn org_code(code: &str, dice: &mut Dice) -> String {
    let body = &code[8..17];
    if dice.chance(0.5) {
        format!("{}-{}", &body[..8], &body[8..])
    } else {
        body.to_owned()
    }
}

/// One slip of a typist (dirt D5): a look-alike letter, two letters swapped, one letter wrong, missing or doubled.
pub(crate) fn typo(code: &str, dice: &mut Dice) -> String {
    let mut letters: Vec<char> = code.chars().collect();
    let at = 2 + dice.below(letters.len() as u64 - 3) as usize;
    match dice.weighted(&[35.0, 25.0, 30.0, 6.0, 4.0]) {
        0 => {
            let fitting: Vec<(usize, char)> = letters
                .iter()
                .enumerate()
                .skip(2)
                .flat_map(|(at, letter)| {
                    CODE_LOOKS
                        .iter()
                        .filter(move |(right, _)| right == letter)
                        .map(move |(_, wrong)| (at, *wrong))
                })
                .collect();
            if let Some((at, wrong)) =
                (!fitting.is_empty()).then(|| fitting[dice.below(fitting.len() as u64) as usize])
            {
                letters[at] = wrong;
            } else {
                letters[at] = 'O';
            }
        }
        1 => {
            // Equal neighbours swap unseen: look for unlike ones.
            let at = (at..letters.len() - 1)
                .find(|at| letters[*at] != letters[at + 1])
                .unwrap_or(2);
            letters.swap(at, at + 1);
        }
        2 => {
            let wrong = char::from(b'0' + dice.below(10) as u8);
            letters[at] = if wrong == letters[at] { 'X' } else { wrong };
        }
        3 => {
            letters.remove(at);
        }
        _ => letters.insert(at, letters[at]),
    }
    letters.into_iter().collect()
}

/// Blanks, small letters, full width, a spreadsheet's apostrophe: readable after normalising.
pub(crate) fn dress(code: &str, dice: &mut Dice) -> String {
    match dice.below(5) {
        0 => format!("{code} "),
        1 => code.to_ascii_lowercase(),
        2 => format!("'{code}"),
        3 => format!("{} {}", &code[..code.len() / 2], &code[code.len() / 2..]),
        _ => full_width(code),
    }
}

/// Full-width letters and digits.
pub(crate) fn full_width(text: &str) -> String {
    text.chars()
        .map(|letter| {
            if ('!'..='~').contains(&letter) {
                char::from_u32(letter as u32 + 0xFEE0).unwrap_or(letter)
            } else {
                letter
            }
        })
        .collect()
}

/// What stands where there is no code (dirt D1).
pub(crate) fn nothing(dice: &mut Dice) -> &'static str {
    ["", "", "", "/", "无", "-", "000000000000000000"][dice.below(7) as usize]
}

/// What a spreadsheet makes of 18 digits: `3.30204E+17`.
pub(crate) fn scientific(code: &str) -> String {
    format!("{}.{}E+17", &code[..1], &code[1..6])
}
