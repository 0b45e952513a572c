//! 省, 市, 县, 乡镇 at the start of an address, as people write them.
//!
//! Clerks leave out province and city, drop 市, 区 or 镇, use names that are no longer given out (鄞县, 江东区) and name
//! development zones instead of counties. Roads are named after other places: 余姚路 does not lie in 余姚. So a name with
//! its suffix says where it is unless a road's name goes on behind it, and one without only if the rest shows that it
//! is no part of a longer name. What remains uncertain is not known.

use std::sync::LazyLock;

use crate::dictionary::WordList;
use crate::division::{names_elsewhere, retired_names, shipped_names};

/// The places that lead an address, and what stands behind them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Leading<'a> {
    pub(super) county: Option<u32>,
    pub(super) town: Option<u64>,
    pub(super) rest: &'a str,
}

/// How a word names its division.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Writing {
    /// 宁海县, 西店镇
    Whole,
    /// 宁海, 西店
    Bare,
    /// 莼湖镇 for what is 莼湖街道 today: says enough only within its county.
    Renamed,
    /// 保税区, 大榭开发区: says enough only behind its city.
    Zone,
    /// 高新区: lies in no single county, or in one that the name does not tell.
    Unplaced,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Word {
    code: u64,
    writing: Writing,
}

/// Zones of Ningbo that are, or lie in, one division of the table: 大榭, 梅山 and 东钱湖 are the street or town of that
/// name, 杭州湾新区 was laid out on the shore of 慈溪.
const ZONES: [(&str, u64); 7] = [
    ("大榭开发区", 330_206_001),
    ("大榭岛", 330_206_001),
    ("梅山保税港区", 330_206_009),
    ("梅山岛", 330_206_009),
    ("东钱湖旅游度假区", 330_212_103),
    ("东钱湖度假区", 330_212_103),
    ("杭州湾新区", 330_282),
];

/// Zones over several counties (国家高新区 lies in 鄞州 and 镇海, 前湾新区 in 慈溪 and 余姚), or of any city.
const UNPLACED: [&str; 9] = [
    "国家高新技术产业开发区",
    "国家高新区",
    "高新技术产业开发区",
    "高新技术开发区",
    "高新园区",
    "高新区",
    "前湾新区",
    "经济技术开发区",
    "经开区",
];

/// Streets, towns and townships that went from 鄞州 to 海曙 in 2016 (国函〔2016〕158号): old papers name 鄞州 before them.
const MOVED: [u64; 9] = [
    330_203_009,
    330_203_100,
    330_203_101,
    330_203_102,
    330_203_103,
    330_203_104,
    330_203_105,
    330_203_106,
    330_203_200,
];
const MOVED_FROM: u64 = 330_212;
const ZHEJIANG: u64 = 33;

static WORDS: LazyLock<WordList<Word>> = LazyLock::new(|| {
    let mut words = Vec::new();
    for (code, name) in shipped_names() {
        push_shipped(&mut words, code, name);
    }
    words.extend(retired_names().map(|(name, successor)| entry(name, successor.into(), Writing::Whole)));
    words.extend(ZONES.map(|(name, code)| entry(name, code, Writing::Zone)));
    words.extend(UNPLACED.map(|name| entry(name, 0, Writing::Unplaced)));
    // Behind the shipped ones: 江北区 alone is ours, 重庆市江北区 is not.
    for (code, name) in names_elsewhere() {
        words.push(entry(name, code, Writing::Whole));
        let short = bare(name).filter(|_| !is_county(code));
        words.extend(short.map(|short| entry(short, code, Writing::Bare)));
    }
    WordList::by_start(words)
});

fn entry(name: &'static str, code: u64, writing: Writing) -> (&'static str, Word) {
    (name, Word { code, writing })
}

fn push_shipped(words: &mut Vec<(&'static str, Word)>, code: u64, name: &'static str) {
    if is_town(code) && !name.ends_with(['道', '镇', '乡']) {
        // 开发区, 滨海新区: among the towns, but any city may have one.
        words.push(entry(name, code, Writing::Zone));
        return;
    }
    words.push(entry(name, code, Writing::Whole));
    let Some(short) = bare(name) else { return };
    words.push(entry(short, code, Writing::Bare));
    if !is_town(code) {
        return;
    }
    for suffix in ["街道办事处", "街道办", "街道", "镇", "乡"] {
        let spelling = format!("{short}{suffix}");
        if spelling == name {
            continue;
        }
        let writing = if spelling.starts_with(name) {
            Writing::Whole
        } else {
            Writing::Renamed
        };
        // Made once for the life of the program.
        words.push(entry(spelling.leak(), code, writing));
    }
}

/// A name without its suffix if two characters remain.
fn bare(name: &'static str) -> Option<&'static str> {
    const SUFFIXES: [&str; 12] = [
        "特别行政区",
        "壮族自治区",
        "回族自治区",
        "维吾尔自治区",
        "自治区",
        "街道",
        "省",
        "市",
        "县",
        "区",
        "镇",
        "乡",
    ];
    SUFFIXES
        .iter()
        .find_map(|suffix| name.strip_suffix(suffix))
        .filter(|short| short.chars().nth(1).is_some())
}

/// Reads the places off the start of an address in normal form. `known` is the county that the row tells elsewhere.
pub(super) fn leading(address: &str, known: Option<u32>) -> Leading<'_> {
    let mut walk = Walk {
        known: known.map_or(0, u64::from),
        at: 0,
        rest: without_heading(address),
    };
    while let Some((length, code)) = walk.next_place() {
        if code > 0 {
            walk.at = code;
        }
        walk.rest = trim_marks(&walk.rest[length..]);
    }
    let (county, town) = match walk.at {
        county @ 330_000..=339_999 => (Some(county), None),
        town @ 330_000_000..=339_999_999 => (Some(town / 1_000), Some(town)),
        _ => (None, None),
    };
    Leading {
        county: county.and_then(|county| u32::try_from(county).ok()),
        town,
        rest: walk.rest,
    }
}

/// How far an address has been read.
struct Walk<'a> {
    /// The county that is known from elsewhere; 0 if none.
    known: u64,
    /// Code of the deepest division read; 0 at the start.
    at: u64,
    rest: &'a str,
}

impl Walk<'_> {
    /// The next place below the deepest one read: its length in the text, and its code (0 for a zone that tells none).
    fn next_place(&self) -> Option<(usize, u64)> {
        let mut found: Option<(usize, u64)> = None;
        for (text, word) in WORDS.all_in(self.rest) {
            // Longer words go first.
            if found.is_some_and(|(length, _)| length > text.len()) {
                break;
            }
            if !self.takes(text, word) {
                continue;
            }
            match found {
                // 城东街道 in 余姚 or in 温岭: which, is not said.
                Some((_, code)) if code != word.code && is_town(word.code) => return None,
                Some(_) => {}
                None => found = Some((text.len(), word.code)),
            }
        }
        found
    }

    fn takes(&self, text: &str, word: Word) -> bool {
        if word.writing == Writing::Unplaced {
            return !is_county(self.at) && !is_town(self.at);
        }
        self.is_below(word) && self.says_enough(text, word, &self.rest[text.len()..])
    }

    /// Whether the word's division lies in the deepest one read, or is that one again (宁波市宁波海曙区).
    fn is_below(&self, word: Word) -> bool {
        if is_town(word.code) && self.known > 0 {
            let is_in_known = word.code / 1_000 == self.known || is_moved(word.code, self.known);
            return is_in_known && !is_town(self.at);
        }
        self.at == 0 || lies_in(word.code, self.at) || is_moved(word.code, self.at)
    }

    fn says_enough(&self, text: &str, word: Word, behind: &str) -> bool {
        let has_county = is_county(self.at) || self.known > 0;
        match word.writing {
            // 鄞县大道: two characters are soon part of a road's name.
            Writing::Whole => text.chars().nth(2).is_some() || !goes_on_as_road(behind),
            Writing::Bare if is_town(word.code) => has_county && starts_anew(behind),
            Writing::Bare if is_county(word.code) => {
                behind.is_empty()
                    || leads_to_place_in(behind, word.code)
                    // 余姚江 and 象山港 are waters, and roads along them.
                    || (starts_anew(behind) && !behind.starts_with(['江', '港']))
            }
            Writing::Bare => {
                leads_to_place_in(behind, word.code)
                    || (lies_in(word.code, ZHEJIANG) && (behind.is_empty() || starts_anew(behind)))
            }
            Writing::Renamed => has_county,
            Writing::Zone => self.at > ZHEJIANG || self.known > 0,
            Writing::Unplaced => true,
        }
    }
}

fn is_county(code: u64) -> bool {
    (100_000..=999_999).contains(&code)
}

fn is_town(code: u64) -> bool {
    code > 999_999
}

fn is_moved(town: u64, named: u64) -> bool {
    named == MOVED_FROM && MOVED.contains(&town)
}

/// Whether a code starts with the digits of another, or is the same.
fn lies_in(code: u64, above: u64) -> bool {
    let mut code = code;
    while code > above {
        code /= 10;
    }
    code == above
}

/// Whether a place follows that lies in the one before: both can hardly be the name of one thing.
fn leads_to_place_in(text: &str, above: u64) -> bool {
    WORDS.all_in(text).any(|(_, word)| match word.writing {
        Writing::Unplaced => !is_county(above),
        _ => word.code != above && (lies_in(word.code, above) || is_moved(word.code, above)),
    })
}

const DIRECTIONS: [char; 9] = ['东', '西', '南', '北', '中', '一', '二', '三', '四'];

/// Whether what stands behind a place makes it the name of a road: 鄞县|大道, 易县|东路.
fn goes_on_as_road(behind: &str) -> bool {
    let behind = behind.trim_start_matches(DIRECTIONS);
    ["大道", "大街", "路", "街", "巷", "弄"]
        .iter()
        .any(|end| behind.starts_with(end))
        && !behind.starts_with("街道")
}

/// Whether a road, village or park with a name of its own follows: 宁海|滨海路, 西店|樟树村; not 宁海|路 or
/// 江东|北路.
fn starts_anew(behind: &str) -> bool {
    const ENDS: [&str; 17] = [
        "路",
        "街",
        "大道",
        "巷",
        "弄",
        "公路",
        "线",
        "村",
        "社区",
        "小区",
        "工业园",
        "工业区",
        "产业园",
        "科技园",
        "开发区",
        "园区",
        "新区",
    ];
    let name = behind
        .find(|c| !is_letter(c))
        .map_or(behind, |end| &behind[..end]);
    let end = name
        .char_indices()
        .map(|(at, _)| at)
        .find(|&at| ENDS.iter().any(|end| name[at..].starts_with(end)));
    end.is_some_and(|end| {
        let own = &name[..end];
        own.chars().nth(1).is_some() && own.contains(|c| !DIRECTIONS.contains(&c))
    })
}

fn is_letter(c: char) -> bool {
    c.is_ascii_alphabetic() || (!c.is_ascii() && c != '，')
}

/// Takes off a postcode and a word such as 地址: that people put before an address.
fn without_heading(address: &str) -> &str {
    let mut rest = trim_marks(address);
    if let Some((heading, address)) = rest.split_once(':')
        && heading.chars().count() <= 5
        && !heading.contains(|c: char| c.is_ascii_digit())
    {
        rest = trim_marks(address);
    }
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 6 {
        rest = trim_marks(&rest[digits..]);
    }
    match rest.strip_prefix("中国") {
        Some(address) if address.starts_with("浙江") => address,
        _ => rest,
    }
}

fn trim_marks(text: &str) -> &str {
    text.trim_start_matches([
        '(', ')', ',', '，', '、', '/', '\\', '|', '-', ':', ';', '.', '·', '_', '>',
    ])
}
