//! What a password must be like (密码要求). GB/T 22239-2019 8.1.4.1 a asks for complexity and for change at intervals;
//! OWASP ASVS 5.0 6.2 asks for length, a list of common passwords and no forced change. So length, kinds and the list hold
//! always, and the age is a setting ([`crate::security::SecurityPolicy`]).

use std::collections::HashSet;
use std::sync::OnceLock;

use codes::text::{person_name, person_sound_key};

/// Fewest characters (GB/T 22239-2019 8.1.4.1 a leaves the number open; the assessment guide GB/T 28448-2019 asks for 8,
/// and ten keeps a guesser busy for longer).
pub const MIN_CHARACTERS: usize = 10;
/// Fewest kinds of characters out of four.
pub const MIN_KINDS: usize = 3;
/// From this length on the kinds do not matter: a sentence is better than a riddle (ASVS 6.2.5).
pub const SENTENCE_CHARACTERS: usize = 16;
/// Most characters: hashing takes its time.
pub const MAX_CHARACTERS: usize = 128;
/// Fewest characters that do not merely continue the one before, as in `aaaa`, `1234`, `qwer`.
const MIN_FRESH: usize = 5;
/// A name's sounds shorter than this are part of too many words.
const MIN_NAME_LETTERS: usize = 4;

/// The requirements in one sentence, for the form.
pub const REQUIREMENTS: &str =
    "至少 10 位，含大写字母、小写字母、数字、符号中的三类；或 16 位以上。不能含登录名、姓名，不能是常见密码";

/// One thing that is wrong with a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PasswordFault {
    /// Too few characters; holds how many there are.
    TooShort(usize),
    /// So many that hashing it would be a burden.
    TooLong,
    /// Too few kinds of characters; holds those that are there.
    TooPlain(Vec<&'static str>),
    /// The login name is part of it.
    ContainsLogin,
    /// The person's name, or its sounds, are part of it.
    ContainsName,
    /// It is one of the passwords that everybody tries first, or such a word with some digits around it.
    Common,
    /// Hardly more than a run of letters, digits or keys, or one of them repeated.
    Run,
    /// It was used before; holds how many are remembered.
    Reused(usize),
}

impl PasswordFault {
    /// What is wrong and what to do, for the person who chose it.
    pub fn sentence(&self) -> String {
        match self {
            PasswordFault::TooShort(count) => {
                format!("密码至少 {MIN_CHARACTERS} 位，现在是 {count} 位")
            }
            PasswordFault::TooLong => format!("密码最多 {MAX_CHARACTERS} 位"),
            PasswordFault::TooPlain(present) if present.is_empty() => "密码不能为空".to_owned(),
            PasswordFault::TooPlain(present) => format!(
                "密码须含大写字母、小写字母、数字、符号中的三类，现在只有{}；或写到 {SENTENCE_CHARACTERS} 位以上",
                present.join("、")
            ),
            PasswordFault::ContainsLogin => "密码不能包含登录名".to_owned(),
            PasswordFault::ContainsName => "密码不能包含姓名或姓名的拼音".to_owned(),
            PasswordFault::Common => "这是常见密码，或常见密码前后加了数字、符号，容易被猜到".to_owned(),
            PasswordFault::Run => {
                "密码不能主要由连续或重复的字符组成（如 123456、abcdef、qwerty、aaaa）".to_owned()
            }
            PasswordFault::Reused(count) => format!("不能与最近 {count} 次用过的密码相同"),
        }
    }
}

/// Everything that is wrong with a password but its history; empty when it is good enough.
pub fn faults(login: &str, name: &str, password: &str) -> Vec<PasswordFault> {
    let length = password.chars().count();
    if length > MAX_CHARACTERS {
        return vec![PasswordFault::TooLong];
    }
    let lower = password.to_lowercase();
    let mut faults = Vec::new();
    if length < MIN_CHARACTERS {
        faults.push(PasswordFault::TooShort(length));
    }
    let present = kinds_of(password);
    if present.len() < MIN_KINDS && length < SENTENCE_CHARACTERS {
        faults.push(PasswordFault::TooPlain(present));
    }
    if !login.is_empty() && lower.contains(&login.to_lowercase()) {
        faults.push(PasswordFault::ContainsLogin);
    }
    if contains_name(&lower, name) {
        faults.push(PasswordFault::ContainsName);
    }
    if length >= MIN_CHARACTERS && fresh_count(&lower) < MIN_FRESH {
        faults.push(PasswordFault::Run);
    } else if is_common(&lower) {
        faults.push(PasswordFault::Common);
    }
    faults
}

fn kinds_of(password: &str) -> Vec<&'static str> {
    let kinds: [(&str, fn(char) -> bool); 4] = [
        ("大写字母", |letter| letter.is_ascii_uppercase()),
        ("小写字母", |letter| letter.is_ascii_lowercase()),
        ("数字", |letter| letter.is_ascii_digit()),
        ("符号", |letter| !letter.is_ascii_alphanumeric()),
    ];
    let present = kinds.iter().filter(|(_, is_kind)| password.chars().any(is_kind));
    present.map(|(name, _)| *name).collect()
}

/// Whether the name stands in it, as written or by its sounds (`wanglihua`), with or without signs between them.
fn contains_name(lower: &str, name: &str) -> bool {
    let name = person_name(name);
    if name.chars().count() < 2 {
        return false;
    }
    let letters: String = lower.chars().filter(|letter| letter.is_alphanumeric()).collect();
    let sounds: String = person_sound_key(&name)
        .chars()
        .filter(|letter| letter.is_ascii_alphabetic())
        .collect();
    lower.contains(&name.to_lowercase()) || (sounds.len() >= MIN_NAME_LETTERS && letters.contains(&sounds))
}

/// How many characters do not follow from the one before: neither the same, nor the next of the alphabet or the digits,
/// nor the next key.
fn fresh_count(lower: &str) -> usize {
    let letters: Vec<char> = lower.chars().collect();
    let follows = |pair: &[char]| {
        let (one, next) = (pair[0], pair[1]);
        one == next
            || (one.is_ascii_alphanumeric()
                && next.is_ascii_alphanumeric()
                && u32::from(one).abs_diff(u32::from(next)) == 1)
            || KEY_ROWS.iter().any(|row| {
                let place = |letter| row.chars().position(|key| key == letter);
                matches!((place(one), place(next)), (Some(a), Some(b)) if a.abs_diff(b) == 1)
            })
    };
    let continued = letters.windows(2).filter(|pair| follows(pair)).count();
    letters.len() - continued
}

const KEY_ROWS: [&str; 4] = ["1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"];

/// Whether it is on the list whole, or is a word of the list with digits and signs around it or in place of letters.
fn is_common(lower: &str) -> bool {
    static LIST: OnceLock<HashSet<&str>> = OnceLock::new();
    let list = LIST.get_or_init(|| {
        include_str!("../../../data/common_passwords.txt")
            .lines()
            .collect()
    });
    let no_letter = |letter: char| !letter.is_alphabetic();
    let tailless = lower.trim_end_matches(no_letter);
    let word = lower.trim_matches(no_letter);
    list.contains(lower)
        || [lower, tailless, word].into_iter().any(|text| {
            let spelled = in_letters(text);
            !text.is_empty() && (list.contains(text) || list.contains(spelled.as_str()))
        })
}

/// Signs that stand for letters, read as letters: `p@ssw0rd`.
fn in_letters(text: &str) -> String {
    let letter = |sign| match sign {
        '@' | '4' => 'a',
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '$' | '5' => 's',
        '7' => 't',
        other => other,
    };
    text.chars().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use PasswordFault as F;

    fn check(password: &str, expected: &[PasswordFault]) {
        assert_eq!(faults("wang", "王丽华", password), expected, "{password}");
    }

    #[test]
    fn everything_that_is_missing_is_named_at_once() {
        check("", &[F::TooShort(0), F::TooPlain(vec![])]);
        check(
            "Ab3456",
            &[F::TooShort(6), F::TooPlain(vec!["大写字母", "小写字母", "数字"])][..1],
        );
        check("kqxmvz", &[F::TooShort(6), F::TooPlain(vec!["小写字母"])]);
        check("kqxmvzbtha1", &[F::TooPlain(vec!["小写字母", "数字"])]);
        check("xWANGx15937", &[F::ContainsLogin]);
        check(&"长".repeat(129), &[F::TooLong]);
        check("Found-25-unions", &[]);
        check("正确的马电池订书钉组成一句长长的话", &[]);
        assert!(F::TooPlain(vec!["数字"]).sentence().contains("现在只有数字"));
    }

    #[test]
    fn the_name_is_known_in_characters_and_in_sounds() {
        let name = |password| faults("u1", "王丽华", password);
        assert_eq!(name("我是王丽华A1bcd"), [F::ContainsName]);
        assert_eq!(name("WangLiHua#8361"), [F::ContainsName]);
        assert_eq!(name("wang.li.hua-X836"), [F::ContainsName]);
        assert_eq!(name("Xidian-2026-geren"), []);
        assert_eq!(
            faults("u1", "王", "Wangzhong-8361"),
            [],
            "one character is no name"
        );
    }

    #[test]
    fn what_everybody_tries_first_is_refused_in_every_disguise() {
        for common in [
            "Password123",
            "P@ssw0rd2026",
            "Admin@2026-1",
            "1qaz2wsx3EDC",
            "!Sunshine2026",
            "Woaini#5201314",
            "Gonghui@2026",
            "QwertyAdmin1",
        ] {
            let found = faults("u1", "张三", common);
            let is_easy = found.contains(&F::Common) || found.contains(&F::Run);
            assert_eq!(is_easy, common != "QwertyAdmin1", "{common}: {found:?}");
        }
    }

    #[test]
    fn runs_and_repetitions_are_refused_at_any_length() {
        for run in [
            "Aa123456789",
            "Abcdefgh12",
            "Qwertyuiop1!",
            "aaaaaaaaaaaaaaaaaaaa",
            "1111222233334444A",
        ] {
            assert_eq!(faults("u1", "张三", run).last(), Some(&F::Run), "{run}");
        }
    }
}
