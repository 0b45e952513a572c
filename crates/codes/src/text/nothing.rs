//! Words for nothing (无、不详、NULL、—): what people and programs write where they have no value. One list for every reader of cells.

use super::normalised;

/// In normal form: upper case, half width, no blanks.
const WORDS: [&str; 22] = [
    "无",
    "没有",
    "暂无",
    "空",
    "(空)",
    "空白",
    "未知",
    "不详",
    "不明",
    "不清楚",
    "未填",
    "未填写",
    "NULL",
    "(NULL)",
    "<NULL>",
    "\\N",
    "NONE",
    "NIL",
    "NAN",
    "NA",
    "N/A",
    "#N/A",
];

/// Bytes of a text that may be one of them, full-width letters and some blanks included.
const LONGEST: usize = 32;

/// Whether a text says that there is nothing: blank, strokes alone, or a word that people and programs write for that. It says so of any
/// date, code, number, address or name of an organisation; of a person's name see [`names_nobody`].
pub fn says_nothing(raw: &str) -> bool {
    // Most cells are days and numbers; none of the words begins with a digit.
    if raw.starts_with(|c: char| c.is_ascii_digit()) {
        return false;
    }
    if raw.len() > LONGEST {
        return raw.trim().is_empty();
    }
    let normal = normalised(raw);
    normal.chars().all(is_stroke) || WORDS.contains(&&*normal)
}

/// [`says_nothing`] of the one name of a person: letters alone may be somebody's (Null, None and Na are family names).
pub fn names_nobody(raw: &str) -> bool {
    says_nothing(raw) && (raw.trim().is_empty() || !normalised(raw).chars().all(|c| c.is_ascii_alphabetic()))
}

/// Strokes that stand for an empty cell, in normal form.
fn is_stroke(c: char) -> bool {
    matches!(c, '-' | '/' | '\\' | '_' | '\u{2500}' | '\u{2501}' | '\u{30fc}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_has_many_words() {
        for raw in [
            "",
            "  ",
            "\u{200b}",
            "-",
            "—",
            "——",
            "－",
            "/",
            "\\",
            "无",
            " 无 ",
            "暂无",
            "不详",
            "未 知",
            "空",
            "null",
            "ＮＵＬＬ",
            "None",
            "nan",
            "N/A",
            "#N/A",
            "\\N",
            "（空）",
        ] {
            assert!(says_nothing(raw), "{raw}");
        }
        for raw in [
            "0",
            "无锡",
            "无名",
            "空军",
            "Nancy",
            "·",
            "?",
            "？？",
            "***",
            "1-2",
            "一",
            "X",
            "NULL工会",
            "未知数",
            "-1",
            ".",
        ] {
            assert!(!says_nothing(raw), "{raw}");
        }
    }

    #[test]
    fn somebody_may_be_called_null() {
        for raw in ["null", "NULL", "None", "Na", "Nan"] {
            assert!(says_nothing(raw) && !names_nobody(raw), "{raw}");
        }
        for raw in ["无", "不详", "未知", "—", "/", "N/A", "#N/A", "(NULL)", "\\N", ""] {
            assert!(names_nobody(raw), "{raw}");
        }
    }
}
