//! Text as it can be printed: what has no glyph stands as its code point, what cannot be broken is taken apart.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;

use super::fonts::Case;

/// A text for the typesetter: whole, or in pieces between which a line may end.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Set {
    Whole(String),
    Pieces(Vec<String>),
}

/// Room that every line has, in Latin letters.
const ROOM: usize = 16;
/// Letters of one piece.
const PIECE: usize = 4;
/// Characters that are named in the note.
const NAMED_MAX: usize = 40;

/// Makes texts legible, and remembers what could not be printed.
pub(super) struct Legible<'a> {
    case: &'a Case,
    /// What came out as an empty box although a font claims it.
    without: &'a BTreeSet<char>,
    known: HashMap<char, bool>,
    missing: BTreeSet<char>,
    hidden: BTreeSet<char>,
}

impl<'a> Legible<'a> {
    pub fn new(case: &'a Case, without: &'a BTreeSet<char>) -> Legible<'a> {
        Legible {
            case,
            without,
            known: HashMap::new(),
            missing: BTreeSet::new(),
            hidden: BTreeSet::new(),
        }
    }

    /// The text as it is printed.
    pub fn set(&mut self, text: &str) -> Set {
        self.set_in(text, ROOM)
    }

    /// The same where a line has room for so many Latin letters.
    pub fn set_in(&mut self, text: &str, room: usize) -> Set {
        let mut shown = String::with_capacity(text.len());
        let mut before = '\n';
        for c in text.chars() {
            match c {
                '\n' if before == '\r' => {}
                '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => shown.push('\n'),
                '\t' => shown.push(' '),
                c if !needs_glyph(c) => shown.push(c),
                c if is_hidden(c) => {
                    self.hidden.insert(c);
                    shown.push_str(&code_point(c));
                }
                c if self.can(c) => shown.push(c),
                c => {
                    self.missing.insert(c);
                    shown.push_str(&code_point(c));
                }
            }
            before = c;
        }
        in_pieces(shown, room)
    }

    fn can(&mut self, c: char) -> bool {
        let (case, without) = (self.case, self.without);
        *self
            .known
            .entry(c)
            .or_insert_with(|| !without.contains(&c) && case.has(c))
    }

    /// What a reader must know of the code points in the paper.
    pub fn note(&self) -> Option<String> {
        let mut told = Vec::new();
        if !self.missing.is_empty() {
            told.push(format!(
                "本机字体没有以下 {} 个字，表中以代码表示：{}。请管理员安装收字更全的字体（如 Debian 的 fonts-hanazono、fonts-babelstone-han）后重新打印",
                self.missing.len(),
                named(&self.missing)
            ));
        }
        if !self.hidden.is_empty() {
            told.push(format!(
                "登记内容里有看不见的字符，表中以代码表示：{}，请核对原值",
                named(&self.hidden)
            ));
        }
        (!told.is_empty()).then(|| format!("{}。", told.join("。")))
    }
}

fn named(chars: &BTreeSet<char>) -> String {
    let some: Vec<String> = chars.iter().take(NAMED_MAX).map(|c| code_point(*c)).collect();
    let more = if chars.len() > NAMED_MAX { "等" } else { "" };
    format!("{}{more}", some.concat())
}

fn code_point(c: char) -> String {
    format!("〔U+{:04X}〕", u32::from(c))
}

/// Whether printing it takes a glyph. Selectors of a variant and joiners do something to the character beside them.
pub(super) fn needs_glyph(c: char) -> bool {
    !matches!(c,
        ' ' | '\n' | '\u{a0}' | '\u{3000}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}'
        | '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// What is there and cannot be seen: control characters, marks that turn the direction of writing, spaces without width.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e00ff}' | '\u{e01f0}'..='\u{e0fff}')
}

/// How broad a text is, in Latin letters of the common kind.
pub(super) fn letters(text: &str) -> usize {
    let tenths = |c: char| match c {
        c if u32::from(c) >= 0x2e80 => 20,
        c if c.is_uppercase() => 14,
        c if c.is_ascii_digit() => 11,
        _ => 10,
    };
    text.chars().map(tenths).sum::<usize>().div_ceil(10)
}

/// A long code or word has no place where a line may end, and would run over the edge of its cell: where it does not fit it is taken apart.
fn in_pieces(text: String, room: usize) -> Set {
    let mut pieces: Vec<String> = Vec::new();
    let mut whole = String::new();
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let end = rest.find(|c| !is_unbroken(c)).unwrap_or(rest.len());
        if end == 0 {
            let next = rest.find(is_unbroken).unwrap_or(rest.len());
            whole.push_str(&rest[..next]);
            rest = &rest[next..];
            continue;
        }
        let (run, after) = rest.split_at(end);
        rest = after;
        if letters(run) <= room {
            whole.push_str(run);
            continue;
        }
        for c in run.chars().collect::<Vec<_>>().chunks(PIECE) {
            if !whole.is_empty() {
                pieces.push(std::mem::take(&mut whole));
            }
            whole.extend(c);
        }
        pieces.push(std::mem::take(&mut whole));
    }
    if pieces.is_empty() {
        return Set::Whole(whole);
    }
    if !whole.is_empty() {
        pieces.push(whole);
    }
    Set::Pieces(pieces)
}

/// Between two such characters no line ends by itself.
fn is_unbroken(c: char) -> bool {
    u32::from(c) < 0x2e80 && !c.is_whitespace()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> Vec<String> {
        match in_pieces(text.to_owned(), 12) {
            Set::Whole(text) => vec![text],
            Set::Pieces(pieces) => pieces,
        }
    }

    #[test]
    fn long_codes_may_be_broken_and_nothing_is_lost() {
        assert_eq!(pieces("宁波甲公司"), ["宁波甲公司"]);
        assert_eq!(pieces("2026-08-01"), ["2026-08-01"], "it fits");
        assert_eq!(
            pieces("号330226199001011234止"),
            ["号", "3302", "2619", "9001", "0112", "34", "止"]
        );
        assert_eq!(
            pieces("Alexander Hamilton"),
            ["Alexander Hamilton"],
            "words stay whole"
        );
        for text in [
            "",
            "a",
            "甲 b",
            "abcdefghijklmnopqrstuvwxyz 甲",
            "＝cmd|'/c calc'!A0，A1B2C3D4E5",
        ] {
            assert_eq!(pieces(text).concat(), text);
        }
    }
}
