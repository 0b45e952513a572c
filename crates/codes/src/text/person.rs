//! Names of people (姓名): as they are written on a document, which is kept and shown, and the normal form, in which they are compared.

use unicode_normalization::UnicodeNormalization as _;

use super::{half_width, is_invisible, normalise, unify};

/// A person's name as it is kept, shown and handed on: what was written, without what is only the keyboard's or the spreadsheet's. Case,
/// accents and the kind of character (繁体) stay. Blanks between Han characters are padding (`张 三`) and go, others are one blank
/// each; letters have half width; every middle dot is `·`; a note in brackets or a number behind the name is no part of it
/// (`王芳（女）`, `张伟2`). Applying it twice changes nothing, and [`person_name`] of it is that of what was written.
pub fn written_name(raw: &str) -> String {
    if raw.chars().all(is_plain_han) {
        return raw.to_owned();
    }
    let letters: String = raw
        .chars()
        .filter_map(|c| match c {
            c if c.is_whitespace() => Some(' '),
            c if is_invisible(c) => None,
            c => Some(half_width(c)),
        })
        .map(|c| match unify(c) {
            Some('·') => '·',
            _ if c == '\u{ff65}' => '·',
            _ => c,
        })
        .nfc()
        .collect();
    let spaced = spaced(&letters);
    let name = without_note(&spaced);
    // A text that is no name at all stays what it is, for whoever has to put it right.
    if name.contains(char::is_alphanumeric) {
        name
    } else {
        &spaced
    }
    .to_owned()
}

/// The form in which names of people are compared and looked up: [`written_name`] as [`normalise`] has it, letters with accents in
/// upper case too. Applying it twice changes nothing.
pub fn person_name(raw: &str) -> String {
    if raw.chars().all(is_plain_han) {
        return normalise(raw);
    }
    let mut name = normalise(&written_name(raw));
    if !name.is_ascii() {
        name = name.chars().map(upper).nfc().collect();
        // A full stop or a low dot is a middle dot typed on another keyboard.
        if name.contains(['.', '。', '﹒']) {
            name = name.replace(['.', '。', '﹒'], "·");
        }
    }
    let end = without_note(&name).len();
    name.truncate(end);
    name
}

/// Whether one writing of a name says more than another of the same normal form: it has blanks, small letters or characters that the
/// other has lost. A register that once kept the normal form gets the name back so, and two files that differ in writing alone do not
/// overwrite each other in turn.
pub fn says_more(new: &str, old: &str) -> bool {
    let told = |name: &str| {
        [
            name.contains(' '),
            name.contains(char::is_lowercase),
            name != person_name(name),
        ]
        .into_iter()
        .filter(|is_so| *is_so)
        .count()
    };
    told(new) > told(old)
}

/// Han characters that are their own writing: all but compatibility ideographs.
fn is_plain_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{2f7ff}' | '\u{30000}'..='\u{3fffd}')
}

fn is_han(c: char) -> bool {
    is_plain_han(c)
        || matches!(c, '々' | '〇' | '\u{f900}'..='\u{faff}' | '\u{2f800}'..='\u{2fa1f}' | '\u{e000}'..='\u{f8ff}')
}

/// One blank where there were several, none beside a dot, none between two Han characters; a full stop beside a Han character is a
/// middle dot typed on another keyboard, one in `J. Smith` is not.
fn spaced(letters: &str) -> String {
    let letters = dotted(letters);
    let mut name = String::with_capacity(letters.len());
    for word in letters.split(' ').filter(|word| !word.is_empty()) {
        let is_joined = match (name.chars().next_back(), word.chars().next()) {
            (Some(before), Some(after)) => is_han(before) && is_han(after) || before == '·' || after == '·',
            _ => true,
        };
        if !is_joined {
            name.push(' ');
        }
        name.push_str(word);
    }
    name
}

fn dotted(letters: &str) -> String {
    if !letters.contains(['.', '。', '﹒']) {
        return letters.to_owned();
    }
    let signs: Vec<char> = letters.chars().collect();
    let is_near_han = |at: usize| {
        let mut before = signs[..at].iter().rev().filter(|c| **c != ' ');
        let mut after = signs[at + 1..].iter().filter(|c| **c != ' ');
        [before.next(), after.next()]
            .into_iter()
            .flatten()
            .any(|c| is_han(*c))
    };
    let dot = |(at, c): (usize, &char)| match c {
        '。' | '﹒' => '·',
        '.' if is_near_han(at) => '·',
        c => *c,
    };
    signs.iter().enumerate().map(dot).collect()
}

/// The name without a note in brackets or a number behind it; a text that would be left without any name stays as it is.
fn without_note(name: &str) -> &str {
    // One sign for each character, so that places among them are places in the name.
    let signs: Vec<char> = name.chars().map(|c| unify(c).unwrap_or(c)).collect();
    let is_tail = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '·' | '*' | ',' | '，' | '、');
    let mut end = signs.len();
    loop {
        let mut shorter = end;
        while shorter > 0 && is_tail(signs[shorter - 1]) {
            shorter -= 1;
        }
        let open = signs[..shorter].iter().rposition(|c| *c == '(');
        let cut = match (signs[..shorter].last(), open) {
            (Some(')'), Some(open)) if open > 0 => open,
            _ => shorter,
        };
        if cut == 0 || cut == end {
            break;
        }
        end = cut;
    }
    let bytes: usize = name.chars().take(end).map(char::len_utf8).sum();
    name[..bytes].trim_end_matches(' ')
}

/// A letter of the Latin, Greek or Cyrillic alphabet in upper case, where that is one letter.
fn upper(c: char) -> char {
    if !matches!(c, '\u{c0}'..='\u{52f}' | '\u{1e00}'..='\u{1fff}') {
        return c;
    }
    let mut capitals = c.to_uppercase();
    match (capitals.next(), capitals.next()) {
        (Some(capital), None) => capital,
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_is_kept_as_it_was_written() {
        for (raw, written, normal) in [
            ("John Smith", "John Smith", "JOHNSMITH"),
            ("  John   SMITH ", "John SMITH", "JOHNSMITH"),
            ("Ｊｏｈｎ　Ｓｍｉｔｈ", "John Smith", "JOHNSMITH"),
            ("J. R. Smith", "J. R. Smith", "J.R.SMITH"),
            ("O'Brien", "O'Brien", "O'BRIEN"),
            ("Jean-Luc", "Jean-Luc", "JEAN-LUC"),
            ("Mária", "Mária", "MÁRIA"),
            ("Ma\u{301}ria", "Mária", "MÁRIA"),
            ("Nguyễn Văn A", "Nguyễn Văn A", "NGUYỄNVĂNA"),
            ("Ольга Иванова", "Ольга Иванова", "ОЛЬГАИВАНОВА"),
            ("张 三", "张三", "张三"),
            ("欧阳　娜 娜", "欧阳娜娜", "欧阳娜娜"),
            ("张三 John", "张三 John", "张三JOHN"),
            ("陳偉", "陳偉", "陈伟"),
            ("买买提 • 艾力", "买买提·艾力", "买买提·艾力"),
            ("買買提.艾力", "買買提·艾力", "买买提·艾力"),
            ("王。明", "王·明", "王·明"),
            ("阿卜杜拉·Ali", "阿卜杜拉·Ali", "阿卜杜拉·ALI"),
            ("王芳（女）", "王芳", "王芳"),
            ("John Smith (2)", "John Smith", "JOHNSMITH"),
            ("张伟2", "张伟", "张伟"),
            ("𠮷田𪚥", "𠮷田𪚥", "𠮷田𪚥"),
            ("李", "李", "李"),
            ("", "", ""),
        ] {
            assert_eq!(written_name(raw), written, "{raw}");
            assert_eq!(person_name(raw), normal, "{raw}");
        }
    }

    #[test]
    fn fifty_characters_are_kept_as_one() {
        for one in ["长", "𪚥"] {
            let name = one.repeat(50);
            assert_eq!(written_name(&name), name);
            assert_eq!(person_name(&name), name);
        }
    }

    #[test]
    fn what_was_folded_once_gets_its_writing_back_and_keeps_it() {
        for (new, old, is_more) in [
            ("John Smith", "JOHNSMITH", true),
            ("JOHN SMITH", "JOHNSMITH", true),
            ("John Smith", "JOHN SMITH", true),
            ("JOHN SMITH", "John Smith", false),
            ("JOHNSMITH", "John Smith", false),
            ("陳偉", "陈伟", true),
            ("陈伟", "陳偉", false),
            ("Mária", "MÁRIA", true),
            ("王芳", "王芳", false),
        ] {
            assert_eq!(says_more(new, old), is_more, "{new} {old}");
        }
    }

    const NAMES: &str = "[张三𠮷陳é·.•。 　A-Da-dａ-ｄÁöß'’\\-（()】【1２*,\u{301}\u{200b}]{0,12}|\\PC{0,20}";

    proptest! {
        #[test]
        fn a_writing_settles_at_once_and_means_the_same(raw in NAMES) {
            let written = written_name(&raw);
            prop_assert_eq!(written_name(&written), written.clone());
            prop_assert_eq!(person_name(&written), person_name(&raw));
            let normal = person_name(&raw);
            prop_assert_eq!(person_name(&normal), normal.clone());
            prop_assert!(!(says_more(&written, &normal) && says_more(&normal, &written)));
        }
    }
}
