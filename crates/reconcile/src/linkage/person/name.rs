//! How alike two names of persons are.

use codes::text::{shape_key, sound_key};
use engines::matching::distance::slips;

/// Likeness of two names in normal form, closest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NameLikeness {
    Same,
    /// One name under two spellings: same sound, look-alike characters, the same Latin letters in another order.
    Alike,
    /// A character mistyped, lost or unreadable, or one name inside the other.
    Slip,
    Other,
}

/// Compares two names in normal form. A surname in common proves nothing: a tenth of the country shares one of three.
pub fn likeness(left: &str, right: &str) -> NameLikeness {
    if left == right {
        return NameLikeness::Same;
    }
    let alike = |fold: fn(&str) -> String| fold(left) == fold(right);
    let (l, r): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    if l.is_empty() || r.is_empty() {
        return NameLikeness::Other;
    }
    if same_letters(left, right) || (l.len() == r.len() && (alike(sound_key) || alike(shape_key))) {
        return NameLikeness::Alike;
    }
    let is_part = l.len().min(r.len()) >= 2 && (left.contains(right) || right.contains(left));
    if is_part || slips(&l, &r) <= 1 || differ_in_lost_characters(&l, &r) {
        NameLikeness::Slip
    } else {
        NameLikeness::Other
    }
}

/// Rare characters that a system could not store stand as a question mark or a box (D26).
fn differ_in_lost_characters(left: &[char], right: &[char]) -> bool {
    let is_lost = |c: char| matches!(c, '?' | '？' | '□' | '■' | '〓' | '*' | '\u{fffd}');
    left.len() == right.len()
        && left
            .iter()
            .zip(right)
            .all(|(&l, &r)| l == r || is_lost(l) || is_lost(r))
}

/// Latin names come with surname first or last, with and without a comma.
fn same_letters(left: &str, right: &str) -> bool {
    let letters = |name: &str| {
        let mut letters: Vec<char> = name
            .chars()
            .filter(|c| c.is_alphabetic())
            .map(|c| c.to_ascii_uppercase())
            .collect();
        letters.sort_unstable();
        letters
    };
    left.is_ascii() && right.is_ascii() && letters(left) == letters(right)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spellings_of_one_name_are_nearer_than_slips_and_strangers() {
        for (left, right, expected) in [
            ("王芳", "王芳", NameLikeness::Same),
            ("欧阳锡麟", "欧阳夕林", NameLikeness::Alike),
            ("SMITH JOHN", "JOHN SMITH", NameLikeness::Alike),
            ("王小芳", "王芳", NameLikeness::Slip),
            ("王?芳", "王喆芳", NameLikeness::Slip),
            ("王芳", "李海燕", NameLikeness::Other),
            ("王志强", "王海燕", NameLikeness::Other),
            ("", "王芳", NameLikeness::Other),
        ] {
            assert_eq!(likeness(left, right), expected, "{left} {right}");
        }
    }

    proptest! {
        #[test]
        fn likeness_has_no_direction(left in "[王张芳伟小明?·A-C]{0,5}", right in "[王张芳伟小明?·A-C]{0,5}") {
            prop_assert_eq!(likeness(&left, &right), likeness(&right, &left));
        }
    }
}
