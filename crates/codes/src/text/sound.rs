//! Sound keys: pinyin without tones, so that homophones meet (王芳 and 汪芳 do not differ more than 王方).

use std::sync::LazyLock;

use pinyin::ToPinyin as _;

use crate::dictionary::WordList;

/// Words in which a character is not read as it usually is.
pub(super) const PHRASES: [(&str, &str); 34] = [
    ("重庆", "chong qing"),
    ("银行", "yin hang"),
    ("行业", "hang ye"),
    ("商行", "shang hang"),
    ("车行", "che hang"),
    ("五金行", "wu jin hang"),
    ("长兴", "chang xing"),
    ("长街", "chang jie"),
    ("长河", "chang he"),
    ("长江", "chang jiang"),
    ("长城", "chang cheng"),
    ("长安", "chang an"),
    ("长沙", "chang sha"),
    ("长春", "chang chun"),
    ("校长", "xiao zhang"),
    ("乐清", "yue qing"),
    ("音乐", "yin yue"),
    ("厦门", "xia men"),
    ("大厦", "da sha"),
    ("台州", "tai zhou"),
    ("丽水", "li shui"),
    ("嵊州", "sheng zhou"),
    ("鄞州", "yin zhou"),
    ("会计", "kuai ji"),
    ("会稽", "kuai ji"),
    ("调度", "diao du"),
    ("便利", "bian li"),
    ("重工", "zhong gong"),
    ("重型", "zhong xing"),
    ("朝阳", "chao yang"),
    ("蚌埠", "beng bu"),
    ("番禺", "pan yu"),
    ("弹簧", "tan huang"),
    ("石碶", "shi qi"),
];

static PHRASE_LIST: LazyLock<WordList<&'static str>> = LazyLock::new(|| WordList::by_start(PHRASES));

/// Surnames read otherwise than the character usually is.
pub(super) const SURNAMES: [(&str, &str); 21] = [
    ("尉迟", "yu chi"),
    ("长孙", "zhang sun"),
    ("万俟", "mo qi"),
    ("澹台", "tan tai"),
    ("单", "shan"),
    ("曾", "zeng"),
    ("仇", "qiu"),
    ("解", "xie"),
    ("查", "zha"),
    ("区", "ou"),
    ("任", "ren"),
    ("盖", "ge"),
    ("朴", "piao"),
    ("乐", "yue"),
    ("覃", "qin"),
    ("翟", "zhai"),
    ("缪", "miao"),
    ("繁", "po"),
    ("召", "shao"),
    ("种", "chong"),
    ("员", "yun"),
];

/// Pinyin of every Han character without tones, parted by blanks; other characters stay, so that `A区` and `B区`
/// remain apart. Give it a normalised text.
pub fn sound_key(text: &str) -> String {
    let mut key = String::with_capacity(text.len() * 2);
    push_sounds(&mut key, text);
    key
}

/// [`sound_key`] of a person's name, whose first character is read as a surname.
pub fn person_sound_key(name: &str) -> String {
    let mut key = String::with_capacity(name.len() * 2);
    let surname = SURNAMES.iter().find(|(surname, _)| name.starts_with(surname));
    match surname {
        Some((surname, sound)) => {
            key.push_str(sound);
            push_sounds(&mut key, &name[surname.len()..]);
        }
        None => push_sounds(&mut key, name),
    }
    key
}

fn push_sounds(key: &mut String, text: &str) {
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some((phrase, sounds)) = PHRASE_LIST.longest_in(rest) {
            part(key);
            key.push_str(sounds);
            rest = &rest[phrase.len()..];
            continue;
        }
        match c.to_pinyin() {
            Some(sound) => {
                part(key);
                key.push_str(sound.plain());
            }
            None => key.push(c),
        }
        rest = &rest[c.len_utf8()..];
    }
}

fn part(key: &mut String) {
    if !key.is_empty() {
        key.push(' ');
    }
}
