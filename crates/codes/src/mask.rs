//! What a page may show of a personal or sensitive value. A mask never needs a valid value: whatever does not have
//! the expected shape is covered more, not less.

const STAR: char = '*';

/// `330226199001010000` → `3302************00`: the birth date and most of the rest stay hidden. Anything shorter
/// than 15 characters is covered whole.
pub fn mask_id(number: &str) -> String {
    if number.chars().count() < 15 {
        covered(number)
    } else {
        keep(number, 4, 2)
    }
}

/// `13812345678` → `138****5678`; a landline loses its last four digits: `0574-8765****`.
pub fn mask_phone(phone: &str) -> String {
    let length = phone.chars().count();
    let is_mobile = length == 11 && phone.bytes().all(|c| c.is_ascii_digit());
    if is_mobile {
        keep(phone, 3, 4)
    } else if length >= 7 {
        keep(phone, length - 4, 0)
    } else {
        covered(phone)
    }
}

/// `91330226MA2T0TE13C` → `91330226MA2T****3C`.
pub fn mask_uscc(code: &str) -> String {
    if code.chars().count() == 18 {
        keep(code, 12, 2)
    } else {
        covered(code)
    }
}

/// `王小明` → `王**`. A single character is covered.
pub fn mask_name(name: &str) -> String {
    if name.chars().count() < 2 {
        covered(name)
    } else {
        keep(name, 1, 0)
    }
}

/// Who signed, perhaps for another: `王专职（代 郑西店）` → `王**（代 郑**）`. A name alone is masked as names are.
pub fn mask_signature(signature: &str) -> String {
    let parts = signature
        .strip_suffix('）')
        .and_then(|text| text.split_once("（代 "));
    match parts {
        Some((person, whom)) => format!("{}（代 {}）", mask_name(person), mask_name(whom)),
        None => mask_name(signature),
    }
}

/// `宁海县西店镇滨海路12号3幢` → `宁海县西店镇滨海路****`: everything from the first number on is hidden; without a
/// number, all but the first six characters.
pub fn mask_address(address: &str) -> String {
    let is_han_number = |c: char| "一二三四五六七八九十百".contains(c);
    let from = address.char_indices().position(|(at, c)| {
        // 三门县, 第二街 … a Chinese numeral counts only where a house number is near.
        c.is_numeric()
            || is_han_number(c) && address[at..].chars().find(|&next| !is_han_number(next)) == Some('号')
    });
    let shown: String = address.chars().take(from.unwrap_or(6)).collect();
    if shown.len() == address.len() {
        shown
    } else {
        format!("{shown}****")
    }
}

/// `1990-01-01` → `1990-**-**`: month and day stay hidden. Whatever is no such day is covered whole.
pub fn mask_day(day: &str) -> String {
    match day.split_once('-') {
        Some((year, _)) if year.len() == 4 && day.len() == 10 => format!("{year}-**-**"),
        _ => covered(day),
    }
}

/// `3302000000000000001` → `***************0001`: a number of another system, told apart by its end.
pub fn mask_key(key: &str) -> String {
    if key.chars().count() < 8 {
        covered(key)
    } else {
        keep(key, 0, 4)
    }
}

fn keep(text: &str, head: usize, tail: usize) -> String {
    let length = text.chars().count();
    text.chars()
        .enumerate()
        .map(|(i, c)| if i < head || i + tail >= length { c } else { STAR })
        .collect()
}

fn covered(text: &str) -> String {
    text.chars().map(|_| STAR).collect()
}

#[cfg(test)]
mod tests;
