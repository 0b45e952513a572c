//! Compares two company names, part by part.
//!
//! A name is brand + trade (+ branch) inside a division and a legal form; the division and form are the parts that files
//! drop or spell at will, the brand and trade name the firm. Law fixes this structure (企业名称登记管理规定).

use super::claim::{NameForm, NameView};
use super::distance::{is_subsequence, slips};
use super::field::name as level;
use codes::text::{shape_key, sound_key};

/// How two names agree, without weight: a level of [`super::Field::Name`].
pub fn compare_names(left: &NameView<'_>, right: &NameView<'_>, former: &[NameForm]) -> u8 {
    let now = compare_current(left, right);
    if now == level::EXACT || now == level::CORE || former.is_empty() {
        return now;
    }
    if former.iter().any(|f| is_former(left, f)) {
        return level::FORMER;
    }
    now
}

/// Levels from the strongest to the weakest evidence, to choose among several names of one claim.
pub fn rank(found: u8) -> u8 {
    const ORDER: [u8; 14] = [
        level::EXACT,
        level::CORE,
        level::FORMER,
        level::SOUND,
        level::SHAPE,
        level::CORE_ELSEWHERE,
        level::TRADE_SLIP,
        level::SHORT,
        level::BRAND_SLIP,
        level::BRANCH,
        level::SIMILAR,
        level::BRAND,
        level::DIFFERENT,
        0,
    ];
    ORDER.iter().position(|&l| l == found).unwrap_or(ORDER.len()) as u8
}

fn is_former(left: &NameView<'_>, former: &NameForm) -> bool {
    left.normal_key == former.normal_key
        || (left.core_key == former.core_key && divisions_fit(left.division, former.division.as_deref()))
}

fn compare_current(left: &NameView<'_>, right: &NameView<'_>) -> u8 {
    if left.brand.is_empty() || right.brand.is_empty() {
        return if left.normal_key == right.normal_key {
            level::EXACT
        } else {
            level::DIFFERENT
        };
    }
    if left.normal_key == right.normal_key {
        return level::EXACT;
    }
    if left.core_key == right.core_key {
        return if divisions_fit(left.division, right.division) {
            level::CORE
        } else {
            level::CORE_ELSEWHERE
        };
    }
    if left.brand == right.brand {
        return compare_same_brand(left, right);
    }
    compare_other_brand(left, right)
}

/// Same brand, and yet not the same name: a short form, a branch, a slip in the trade, or a sibling firm.
fn compare_same_brand(left: &NameView<'_>, right: &NameView<'_>) -> u8 {
    if left.branch.unwrap_or("") != right.branch.unwrap_or("") {
        // The branch's name is the parent's plus a tail, and a short form leaves more than the tail out; anything else under
        // the brand is a sibling's branch.
        let is_cut_short = left.branch.is_none() && !left.trade.is_empty() && {
            let (l, r): (Vec<char>, Vec<char>) =
                (left.trade.chars().collect(), right.trade.chars().collect());
            is_subsequence(&l, &r)
        };
        return if left.trade == right.trade || is_cut_short {
            level::BRANCH
        } else {
            level::BRAND
        };
    }
    let (l, r): (Vec<char>, Vec<char>) = (left.trade.chars().collect(), right.trade.chars().collect());
    let (short, long) = if l.len() <= r.len() { (&l, &r) } else { (&r, &l) };
    if is_subsequence(short, long) {
        return level::SHORT;
    }
    match slips(&l, &r) {
        1 if l.len() >= 2 => {
            if sound_key(left.trade) == sound_key(right.trade) {
                level::SOUND
            } else if shape_key(left.trade) == shape_key(right.trade) {
                level::SHAPE
            } else if l.len().max(r.len()) >= 3 || same_letters(&l, &r) {
                level::TRADE_SLIP
            } else {
                level::BRAND
            }
        }
        _ => level::BRAND,
    }
}

fn compare_other_brand(left: &NameView<'_>, right: &NameView<'_>) -> u8 {
    let (l, r) = (core_chars(left), core_chars(right));
    match slips(&l, &r) {
        // The split into brand and trade may fall differently in a short form; the whole core decides.
        0 => level::CORE,
        1 if l.len().min(r.len()) >= 3 => one_slip(&l, &r),
        // 富昊集团 as 昊富集团: two characters are too short to call the swap a slip of the hand without more evidence.
        1 if l.len() == 2 && same_letters(&l, &r) => level::BRAND_SLIP,
        2 if l.len() == r.len() && l.len() >= 3 && folds_alike(&l, &r).is_some() => {
            folds_alike(&l, &r).unwrap_or(level::SIMILAR)
        }
        2 if l.len().min(r.len()) >= 5 => level::SIMILAR,
        _ if reads_as_short_form(&l, &r) => level::SHORT,
        _ => level::DIFFERENT,
    }
}

fn one_slip(l: &[char], r: &[char]) -> u8 {
    if let Some(found) = folds_alike(l, r) {
        return found;
    }
    if same_letters(l, r) {
        // A swap of neighbours is a typing slip, hardly ever another firm.
        return level::SHAPE;
    }
    level::BRAND_SLIP
}

/// Sound or shape level if the cores fold to the same text.
fn folds_alike(l: &[char], r: &[char]) -> Option<u8> {
    if l.len() != r.len() {
        return None;
    }
    let (l, r): (String, String) = (l.iter().collect(), r.iter().collect());
    if sound_key(&l) == sound_key(&r) {
        Some(level::SOUND)
    } else if shape_key(&l) == shape_key(&r) {
        Some(level::SHAPE)
    } else {
        None
    }
}

/// A trade name such as 腾浩户外 inside the register's 腾浩户外用品: same beginning, letters in order, at least three.
fn reads_as_short_form(l: &[char], r: &[char]) -> bool {
    let (short, long) = if l.len() <= r.len() { (l, r) } else { (r, l) };
    short.len() >= 3 && short[..2] == long[..2] && is_subsequence(short, long)
}

fn same_letters(l: &[char], r: &[char]) -> bool {
    let sorted = |x: &[char]| {
        let mut x = x.to_vec();
        x.sort_unstable();
        x
    };
    l.len() == r.len() && sorted(l) == sorted(r)
}

fn core_chars(name: &NameView<'_>) -> Vec<char> {
    name.brand
        .chars()
        .chain(name.trade.chars())
        .chain(name.branch.unwrap_or("").chars())
        .collect()
}

/// True unless both names state divisions and neither contains the other (宁波市 fits 浙江省宁波市 and 宁波; 宁海县 does not
/// fit 象山县).
pub fn divisions_fit(left: Option<&str>, right: Option<&str>) -> bool {
    let (Some(l), Some(r)) = (left, right) else {
        return true;
    };
    let bare =
        |d: &str| -> String { d.chars().filter(|c| !"省市区县镇乡街道".contains(*c)).collect() };
    let (l, r) = (bare(l), bare(r));
    l.is_empty() || r.is_empty() || l.contains(&r) || r.contains(&l)
}
