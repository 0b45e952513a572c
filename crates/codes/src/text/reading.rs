//! Readings for search (拼音检索): what somebody types who knows how a name sounds but not how it is written. Unlike a sound
//! key, which joins, a reading finds: a character that is read in two ways is found under both.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use pinyin::ToPinyin as _;
use unicode_normalization::char::decompose_canonical;

use super::person::person_name;
use super::sound::{PHRASES, SURNAMES};
use super::surname::given_names;
use crate::dictionary::WordList;

/// Characters that names of people and places hold and that are read in more than one way, without tones; the usual reading
/// first. 现代汉语词典, 中国姓氏 and the places of Zhejiang; ü is written v, as it is typed.
const POLYPHONES: [(char, &str); 78] = [
    ('乐', "le yue"),
    ('曾', "zeng ceng"),
    ('单', "dan shan chan"),
    ('解', "jie xie"),
    ('仇', "chou qiu"),
    ('查', "cha zha"),
    ('区', "qu ou"),
    ('盖', "gai ge"),
    ('朴', "pu piao"),
    ('覃', "qin tan"),
    ('翟', "zhai di"),
    ('缪', "miao mou"),
    ('繁', "fan po"),
    ('召', "zhao shao"),
    ('种', "zhong chong"),
    ('员', "yuan yun"),
    ('重', "zhong chong"),
    ('长', "chang zhang"),
    ('行', "xing hang"),
    ('厦', "xia sha"),
    ('朝', "chao zhao"),
    ('尉', "wei yu"),
    ('万', "wan mo"),
    ('俟', "si qi"),
    ('澹', "dan tan"),
    ('都', "du dou"),
    ('黑', "hei he"),
    ('宓', "mi fu"),
    ('折', "zhe she"),
    ('郗', "xi chi"),
    ('隗', "wei kui"),
    ('贾', "jia gu"),
    ('柏', "bai bo"),
    ('薄', "bo bao"),
    ('卜', "bu bo"),
    ('车', "che ju"),
    ('晟', "sheng cheng"),
    ('茜', "qian xi"),
    ('莎', "sha suo"),
    ('娜', "na nuo"),
    ('弹', "dan tan"),
    ('调', "tiao diao"),
    ('还', "huan hai"),
    ('会', "hui kuai"),
    ('降', "jiang xiang"),
    ('校', "xiao jiao"),
    ('觉', "jue jiao"),
    ('藏', "cang zang"),
    ('传', "chuan zhuan"),
    ('盛', "sheng cheng"),
    ('石', "shi dan"),
    ('宿', "su xiu"),
    ('祭', "ji zhai"),
    ('俞', "yu shu"),
    ('秘', "mi bi"),
    ('沈', "shen chen"),
    ('殷', "yin yan"),
    ('臧', "zang cang"),
    ('六', "liu lu"),
    ('露', "lu lou"),
    ('绿', "lv lu"),
    ('率', "lv shuai"),
    ('参', "can shen cen"),
    ('炅', "jiong gui"),
    ('大', "da dai"),
    ('便', "bian pian"),
    ('洞', "dong tong"),
    ('乘', "cheng sheng"),
    ('颉', "jie xie"),
    ('适', "shi kuo"),
    ('省', "sheng xing"),
    ('佛', "fo fu"),
    ('什', "shi shen"),
    ('番', "fan pan"),
    ('蚌', "bang beng"),
    ('禅', "chan shan"),
    ('褚', "chu zhu"),
    ('洗', "xi xian"),
];

/// Readings of one name at most: four characters of two readings each.
const READINGS_MAX: usize = 16;

/// Words of organisations that nobody reads in another way, though their characters have other readings: nearly every union's name
/// ends in one.
const PLAIN_WORDS: &[(&str, &str)] = &[
    ("工会委员会", "gong hui wei yuan hui"),
    ("工会", "gong hui"),
    ("委员会", "wei yuan hui"),
    ("联合会", "lian he hui"),
    ("协会", "xie hui"),
    ("学会", "xue hui"),
    ("商会", "shang hui"),
    ("会计", "kuai ji"),
    ("员工", "yuan gong"),
    ("大学", "da xue"),
    ("大酒店", "da jiu dian"),
    ("学校", "xue xiao"),
    ("汽车", "qi che"),
    ("石油", "shi you"),
    ("石化", "shi hua"),
    ("传媒", "chuan mei"),
];

static PLAIN_LIST: LazyLock<WordList<&'static str>> =
    LazyLock::new(|| WordList::by_start(PLAIN_WORDS.iter().copied()));
static PHRASE_LIST: LazyLock<WordList<&'static str>> = LazyLock::new(|| WordList::by_start(PHRASES));

/// What one character or word sounds like, the usual first.
type Syllable = Vec<String>;

/// Every text under which a person's name is looked up besides its own beginning: pinyin and initials (`wangfang`, `wf`), once
/// more for each other reading; of a name with middle dots or blanks also each later part, as written and as read. Give it a name as
/// it is written or in normal form.
pub fn name_keys(name: &str) -> Vec<String> {
    let mut keys = BTreeSet::new();
    let parts: Vec<String> = name.split(['·', ' ']).map(person_name).collect();
    for (nth, part) in parts
        .iter()
        .enumerate()
        .skip(1)
        .filter(|(_, part)| !part.is_empty())
    {
        keys.insert(part.to_lowercase());
        push_keys(&mut keys, &syllables(&parts[nth..].join("·"), false));
    }
    // A dot or a blank parts the letters of two words.
    push_keys(&mut keys, &syllables(&parts.join("·"), true));
    keys.into_iter().collect()
}

/// Whether a person is called so by the given name alone (小明 of 王小明): its pinyin begins with what was typed, or its initials are it.
/// Give it a name in normal form and [`typed_reading`].
pub fn is_given_read(name: &str, typed: &str) -> bool {
    given_names(name).any(|given| {
        part_readings(given)
            .iter()
            .any(|(reading, initials)| reading.starts_with(typed) || initials == typed)
    })
}

/// What a surname or a given name is read as, each with its initials.
pub(super) fn part_readings(part: &str) -> Vec<(String, String)> {
    let syllables = syllables(part, true);
    let read = readings(&syllables).into_iter();
    read.map(|reading| {
        let initials = reading.iter().filter_map(|sound| sound.chars().next()).collect();
        (reading.concat(), initials)
    })
    .collect()
}

fn push_keys(keys: &mut BTreeSet<String>, syllables: &[Syllable]) {
    for reading in readings(syllables) {
        let initials: String = reading.iter().filter_map(|sound| sound.chars().next()).collect();
        keys.insert(initials);
        keys.insert(reading.concat());
    }
}

/// Everything that the name of a union, an employer or a place is read as: pinyin and initials, once more for each other reading.
pub fn org_readings(name: &str) -> Vec<String> {
    let mut keys = BTreeSet::new();
    push_keys(&mut keys, &syllables(name, false));
    keys.remove("");
    keys.into_iter().collect()
}

/// What somebody typed, if it is pinyin or initials: letters only, without blanks and apostrophes, ü as v. `None` for anything
/// else.
pub fn typed_reading(text: &str) -> Option<String> {
    let mut typed = String::with_capacity(text.len());
    for c in text.trim().chars().map(super::half_width) {
        match c {
            'a'..='z' => typed.push(c),
            'A'..='Z' => typed.push(c.to_ascii_lowercase()),
            'ü' | 'Ü' => typed.push('v'),
            ' ' | '\'' | '’' | '-' => {}
            _ => return None,
        }
    }
    (!typed.is_empty()).then(|| with_v(&typed))
}

/// Passports and the standard for names write yu where the keyboard has v (GB/T 28039-2011): LYU is lv. An n after a vowel ends
/// the syllable before, as in yin-yue.
fn with_v(typed: &str) -> String {
    let mut spelt = String::with_capacity(typed.len());
    let mut rest = typed;
    while let Some(c) = rest.chars().next() {
        let begins = c == 'l' || (c == 'n' && !spelt.ends_with(['a', 'e', 'i', 'o', 'u', 'v']));
        spelt.push(c);
        rest = &rest[1..];
        if begins && let Some(after) = rest.strip_prefix("yu") {
            spelt.push('v');
            rest = after;
        }
    }
    spelt
}

/// The sounds of a text one after another. A character that has none in the tables is left out: it is found as written.
fn syllables(text: &str, is_person: bool) -> Vec<Syllable> {
    let mut found: Vec<Syllable> = Vec::new();
    let mut rest = text;
    if is_person
        && let Some((surname, sounds)) = SURNAMES.iter().find(|(surname, _)| text.starts_with(surname))
    {
        push_said(&mut found, surname, sounds);
        rest = &text[surname.len()..];
    }
    let mut letters = String::new();
    while let Some(c) = rest.chars().next() {
        let letter = plain_letter(c);
        if letter.is_none() && !letters.is_empty() {
            found.push(vec![std::mem::take(&mut letters)]);
        }
        if let Some(letter) = letter {
            letters.push(letter);
        } else if !is_person && let Some((word, sounds)) = PLAIN_LIST.longest_in(rest) {
            found.extend(sounds.split(' ').map(|sound| vec![sound.to_owned()]));
            rest = &rest[word.len()..];
            continue;
        } else if let Some((phrase, sounds)) = PHRASE_LIST.longest_in(rest) {
            push_said(&mut found, phrase, sounds);
            rest = &rest[phrase.len()..];
            continue;
        } else if let Some(sounds) = usual(c) {
            found.push(sounds);
        }
        rest = &rest[c.len_utf8()..];
    }
    if !letters.is_empty() {
        found.push(vec![letters]);
    }
    found
}

/// A digit, or a Latin letter as it is typed: small and without its accent.
fn plain_letter(c: char) -> Option<char> {
    if c.is_ascii_alphanumeric() {
        return Some(c.to_ascii_lowercase());
    }
    match c {
        'Đ' | 'đ' => return Some('d'),
        'Ø' | 'ø' => return Some('o'),
        'Ł' | 'ł' => return Some('l'),
        'ı' => return Some('i'),
        _ => {}
    }
    if !matches!(c, '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}') {
        return None;
    }
    let mut base = None;
    decompose_canonical(c, |part| base = base.or(Some(part)));
    base.filter(char::is_ascii_alphabetic)
        .map(|letter: char| letter.to_ascii_lowercase())
}

/// Characters with a reading of their own in this word; what each may be read as otherwise follows it.
fn push_said(found: &mut Vec<Syllable>, word: &str, sounds: &str) {
    for (c, said) in word.chars().zip(sounds.split(' ')) {
        let mut syllable = vec![typed_of(said)];
        syllable.extend(usual(c).into_iter().flatten().filter(|sound| sound != said));
        found.push(syllable);
    }
}

fn usual(c: char) -> Option<Syllable> {
    if let Some((_, sounds)) = POLYPHONES.iter().find(|(known, _)| *known == c) {
        return Some(sounds.split(' ').map(str::to_owned).collect());
    }
    c.to_pinyin().map(|sound| vec![typed_of(sound.plain())])
}

fn typed_of(sound: &str) -> String {
    sound.replace('ü', "v")
}

/// Every way to read the syllables, as far as there are not too many; the usual one of the later ones then.
fn readings(syllables: &[Syllable]) -> Vec<Vec<&str>> {
    let mut readings: Vec<Vec<&str>> = vec![Vec::with_capacity(syllables.len())];
    for syllable in syllables {
        let ways = if readings.len() * syllable.len() <= READINGS_MAX {
            syllable.len()
        } else {
            1
        };
        readings = readings
            .iter()
            .flat_map(|before| {
                syllable[..ways].iter().map(|sound| {
                    let mut reading = before.clone();
                    reading.push(sound);
                    reading
                })
            })
            .collect();
    }
    readings.retain(|reading| !reading.is_empty());
    readings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn found(name: &str, typed: &[&str]) {
        let keys = name_keys(name);
        for one in typed {
            let typed = typed_reading(one).unwrap_or_else(|| (*one).to_owned());
            assert!(
                keys.iter().any(|key| key.starts_with(&typed)),
                "{name} by {typed}: {keys:?}"
            );
        }
    }

    #[test]
    fn a_surname_is_found_as_it_is_read_and_as_it_looks() {
        found("曾小乐", &["zengxiaole", "cengxiaoyue", "zxl", "cxy"]);
        found("单国强", &["shan guoqiang", "danguoqiang", "dgq", "sgq"]);
        found("解珍", &["xiezhen", "jiezhen"]);
        found("仇英", &["qiuying", "chouying"]);
        found("查良镛", &["zhaliang", "chaliang"]);
        found("区志明", &["ouzhiming", "quzhiming"]);
        found("乐嘉", &["yuejia", "lejia"]);
        found("尉迟恭", &["yuchigong", "weichigong", "ycg"]);
        found("长孙无忌", &["zhangsunwuji", "changsun", "zswj"]);
        found("吕女士", &["lvnv", "LYU", "lüNÜ"]);
        found("石磊", &["shilei"]);
    }

    #[test]
    fn rare_characters_and_dots_are_read() {
        found("王𬱖", &["wangdi", "wd"]);
        found("䶮小雨", &["yanxiaoyu"]);
        found(
            "买买提·吐尔逊",
            &["maimaitituerxun", "tuerxun", "吐尔逊", "mmttex", "tex"],
        );
        found("阿卜杜拉·Ali", &["abudula", "ali"]);
        assert_eq!(name_keys(""), Vec::<String>::new());
        assert!(name_keys("·").is_empty());
    }

    #[test]
    fn names_in_letters_are_found_by_each_word_and_without_accents() {
        found("John Smith", &["johnsmith", "smith", "js"]);
        found("Nguyễn Văn Đức", &["nguyenvanduc", "vanduc", "duc", "nvd"]);
        found("Mária", &["maria"]);
        assert!(!name_keys("JOHNSMITH").contains(&"smith".to_owned()));
    }

    #[test]
    fn a_given_name_is_found_as_written_and_as_read() {
        for typed in ["xiaole", "xiaoyue", "xiao", "x", "xl", "xy"] {
            assert!(is_given_read("曾小乐", typed), "{typed}");
        }
        for typed in ["zeng", "le", "xlx", "zxl"] {
            assert!(!is_given_read("曾小乐", typed), "{typed}");
        }
        assert!(is_given_read("欧阳娜娜", "nana") && is_given_read("欧阳娜娜", "nn"));
        assert!(!is_given_read("JOHNSMITH", "ohnsmith"));
        // The whole name's key is the surname's reading and the given name's: so an index of whole names finds it.
        let whole = name_keys("曾小乐");
        for given in ["xiaole", "xiaoyue"] {
            assert!(whole.contains(&format!("zeng{given}")) && whole.contains(&format!("ceng{given}")));
        }
    }

    #[test]
    fn places_of_the_city_are_read_as_people_say_them() {
        let sound = |name: &str| org_readings(name);
        let has = |name: &str, sounds: &str, initials: &str| {
            let read = sound(name);
            assert!(
                read.contains(&sounds.to_owned()) && read.contains(&initials.to_owned()),
                "{name}: {read:?}"
            );
        };
        has("鄞州区总工会", "yinzhouquzonggonghui", "yzqzgh");
        has("象山县", "xiangshanxian", "xsx");
        has("余姚市", "yuyaoshi", "yys");
        has("岱山", "daishan", "ds");
        has("重庆路", "chongqinglu", "cql");
        has("长街镇", "changjiezhen", "cjz");
        has("厦门银行", "xiamenyinhang", "xmyh");
        has("乐清商行", "yueqingshanghang", "yqsh");
        // What nobody reads in another way makes no further readings.
        assert_eq!(
            sound("永兴灯具有限公司工会委员会"),
            ["yongxingdengjuyouxiangongsigonghuiweiyuanhui", "yxdjyxgsghwyh"]
        );
    }

    #[test]
    fn what_is_typed_is_a_reading_only_when_it_is_letters() {
        assert_eq!(typed_reading(" Wang  Fang "), Some("wangfang".to_owned()));
        assert_eq!(typed_reading("xi'an"), Some("xian".to_owned()));
        assert_eq!(typed_reading("yinyue"), Some("yinyue".to_owned()));
        assert_eq!(typed_reading("WANGNYU"), Some("wangnv".to_owned()));
        assert_eq!(typed_reading("ｗｆ"), Some("wf".to_owned()));
        for other in ["王f", "wf1", "", "  ", "81330200"] {
            assert_eq!(typed_reading(other), None, "{other}");
        }
    }

    #[test]
    fn no_name_has_too_many_readings() {
        let keys = name_keys(&"乐长重行曾".repeat(10));
        assert!(keys.len() <= 2 * READINGS_MAX, "{}", keys.len());
    }
}
