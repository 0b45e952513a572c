//! Divisions inside company names: towns and all above them of Zhejiang, counties and all above them of elsewhere, zones.

use std::sync::LazyLock;

use crate::dictionary::WordList;
use crate::division::{names_elsewhere, shipped_names};

use super::trade;

/// A place as it may be written in a company's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PlaceWord {
    /// What stands in the name.
    pub(super) written: &'static str,
    /// 宁波市
    pub(super) official: &'static str,
    /// 宁波
    pub(super) short: &'static str,
    /// 1 province, 2 city, 3 county, 4 town.
    pub(super) level: u8,
    /// Code without trailing zeros, that of the city for a zone; 0 for zones that many cities have.
    code: u64,
}

impl PlaceWord {
    /// Whether the place is written with its suffix, or has none.
    fn is_whole(self) -> bool {
        self.written == self.official
    }

    /// Whether this is 长春 without 市, a city outside Zhejiang: as likely a brand.
    fn is_bare_city_elsewhere(self) -> bool {
        self.level == 2 && !self.is_whole() && !lies_in(self.code, ZHEJIANG)
    }

    /// Whether the word can hardly be anything but a place: 宁波, 长春市, but not 长春.
    pub(crate) fn is_certain(self) -> bool {
        !self.is_bare_city_elsewhere()
    }
}

const ZHEJIANG: u64 = 33;

/// Cities under a prefecture whose name is written without 市 as well; of most others the short name (永兴, 安达) is
/// a brand far more often than a place.
const KNOWN_COUNTY_CITIES: [&str; 5] = ["昆山市", "张家港市", "常熟市", "江阴市", "晋江市"];

/// Zones of Ningbo that stand in names like a county (功能区); they have no code of their own.
const ZONES: [&str; 9] = [
    "杭州湾新区",
    "前湾新区",
    "大榭开发区",
    "大榭",
    "保税港区",
    "梅山保税港区",
    "东钱湖旅游度假区",
    "石化经济技术开发区",
    "石化区",
];
const NINGBO: u64 = 3302;

/// Zones that many cities have.
const COMMON_ZONES: [&str; 10] = [
    "国家高新区",
    "高新区",
    "高新技术产业开发区",
    "保税区",
    "综合保税区",
    "经济技术开发区",
    "经开区",
    "开发区",
    "工业园区",
    "自贸区",
];

static AT_START: LazyLock<WordList<PlaceWord>> =
    LazyLock::new(|| WordList::by_start(words().into_iter().map(|place| (place.written, place))));
static AT_END: LazyLock<WordList<PlaceWord>> =
    LazyLock::new(|| WordList::by_end(words().into_iter().map(|place| (place.written, place))));

fn words() -> Vec<PlaceWord> {
    let mut words = Vec::new();
    // The table first: of equal spellings the first given stays.
    for (code, official) in shipped_names() {
        let level = match code {
            0..=99 => 1,
            100..=9_999 => 2,
            10_000..=999_999 => 3,
            _ => 4,
        };
        push_both(&mut words, official, level, code);
    }
    let zones = ZONES.map(|zone| (zone, NINGBO));
    for (zone, code) in zones.into_iter().chain(COMMON_ZONES.map(|zone| (zone, 0))) {
        words.push(PlaceWord {
            written: zone,
            official: zone,
            short: zone,
            level: 3,
            code,
        });
    }
    for (code, official) in names_elsewhere() {
        match code {
            0..=99 => push_both(&mut words, official, 1, code),
            100..=9_999 => push_both(&mut words, official, 2, code),
            _ if KNOWN_COUNTY_CITIES.contains(&official) => push_both(&mut words, official, 2, code),
            // 郊区 and 城区 of elsewhere say nothing here.
            _ if official.ends_with('区') && official.chars().count() == 2 => {}
            _ => words.push(PlaceWord {
                written: official,
                official,
                short: short_name(official, 3),
                level: 3,
                code,
            }),
        }
    }
    words
}

fn push_both(words: &mut Vec<PlaceWord>, official: &'static str, level: u8, code: u64) {
    let short = short_name(official, level);
    words.push(PlaceWord {
        written: official,
        official,
        short,
        level,
        code,
    });
    if short != official {
        words.push(PlaceWord {
            written: short,
            official,
            short,
            level,
            code,
        });
    }
}

/// 宁波 for 宁波市; the whole name where less than two characters would be left.
fn short_name(official: &'static str, level: u8) -> &'static str {
    let suffixes: &[&str] = match (official, level) {
        ("广西壮族自治区", _) => &["壮族自治区"],
        ("宁夏回族自治区", _) => &["回族自治区"],
        ("新疆维吾尔自治区", _) => &["维吾尔自治区"],
        (_, 1) => &["特别行政区", "自治区", "省", "市"],
        (_, 4) => &["街道", "镇", "乡"],
        _ => &["自治县", "地区", "省", "市", "县", "区", "盟"],
    };
    suffixes
        .iter()
        .find_map(|suffix| official.strip_suffix(suffix))
        .filter(|short| short.chars().nth(1).is_some())
        .unwrap_or(official)
}

/// The divisions at the start of a name, and the rest.
pub(super) struct Leading<'a> {
    pub(super) deepest: Option<PlaceWord>,
    pub(super) rest: &'a str,
    /// Bytes of the words of trade at the end of the name, where a place without suffix made it worth knowing.
    pub(super) trade_length: Option<usize>,
}

/// Reads 浙江省宁波市宁海县… from the left, each part below the one before. A chain that starts anew at a higher level
/// (宁海县西店镇宁波…) drops what came before: someone wrote the place before the name.
///
/// 西店 or 龙山 without 镇 is as often a trade name as a town: it is read only behind its county, and only where
/// `may_name_town` says that the name is one of an individual business, whose place the law lets go down to the town
/// (个体工商户名称登记管理办法 §7).
pub(super) fn leading_places(name: &str, may_name_town: bool) -> Leading<'_> {
    let mut leading = Leading {
        deepest: None,
        rest: name,
        trade_length: None,
    };
    while let Some((_, place)) = AT_START.all_in(leading.rest).find(|(_, place)| {
        (place.level < 4 || place.is_whole() || (may_name_town && has_county(leading.deepest)))
            && follows(leading.deepest, *place)
    }) {
        let rest = &leading.rest[place.written.len()..];
        let left = rest.trim_matches(['(', ')']);
        // A name needs a body: 宁海 in 宁海厂 is the trade name, 跃龙街道 in 跃龙街道办事处 the office itself.
        if left.chars().nth(1).is_none() || left == "办事处" {
            break;
        }
        if !place.is_whole() && place.level > 1 {
            let length = leading
                .trade_length
                .unwrap_or_else(|| name.len() - trade::start_of_trade(name));
            leading.trade_length = Some(length);
            if !leaves_brand(rest, length, place) {
                break;
            }
        }
        (leading.deepest, leading.rest) = (Some(place), rest);
    }
    leading
}

fn has_county(above: Option<PlaceWord>) -> bool {
    above.is_some_and(|above| above.level == 3 && above.code > 0)
}

fn follows(above: Option<PlaceWord>, place: PlaceWord) -> bool {
    let Some(above) = above else { return true };
    if place.level > above.level {
        // 宁波永康…: 永康 lies elsewhere and is a trade name here.
        return above.code == 0 || place.code == 0 || lies_in(place.code, above.code);
    }
    above.level == 4 && place.level <= 2 && place.is_certain()
}

/// Whether a place without 市 or 县 is more than a part of the brand. A brand has two characters or more
/// (企业名称登记管理规定 §8): of 云和禄机械 nothing but 禄 would be left of it, so 云和 belongs to it. Where nothing is left at
/// all, 宁波人力资源 is a firm that goes by its city, 长春服饰 one that goes by a brand, for it lies here.
fn leaves_brand(rest: &str, trade_length: usize, place: PlaceWord) -> bool {
    let brand = rest.len().saturating_sub(trade_length);
    let mut behind = rest[..brand].chars();
    match (behind.next(), behind.next()) {
        (Some(_), Some(_)) => true,
        // 宁波贵液压: a name that begins with the city has lost a character of its brand far more often than the city is a
        // part of it.
        (Some(_), None) => trade_length > 0 && place.level <= 2 && place.is_certain(),
        (None, _) => place.is_certain() && place.level < 4,
    }
}

/// Whether a code starts with the digits of another.
fn lies_in(code: u64, above: u64) -> bool {
    let mut code = code;
    while code > above {
        code /= 10;
    }
    code == above
}

/// The longest place with which a text starts.
pub(super) fn place_at_start(text: &str) -> Option<PlaceWord> {
    longest(&AT_START, text)
}

/// Whether a name starts with the country, a province or a city.
pub(crate) fn starts_above_counties(name: &str) -> bool {
    let is_high = |place: PlaceWord| place.level <= 2 && place.is_certain();
    name.starts_with("中国") || place_at_start(name).is_some_and(is_high)
}

/// Whether a name behind that of a town says itself where it is registered, at its start or in brackets: then the town only
/// tells where the firm is found. 慈溪 without 市 is its county only behind a town of 慈溪.
pub(crate) fn has_own_division(name: &str, town: &str) -> bool {
    // 景德镇 is a city.
    if place_exactly(town).is_some_and(|place| place.level <= 2) {
        return false;
    }
    let is_county = |place: PlaceWord| {
        place.level == 3 && place.code > 0 && (place.is_whole() || town.contains(place.short))
    };
    let in_brackets = || {
        let (_, behind) = name.split_once(['(', '（'])?;
        let (inside, _) = behind.split_once([')', '）'])?;
        place_exactly(inside)
    };
    starts_above_counties(name) || place_at_start(name).is_some_and(is_county) || in_brackets().is_some()
}

/// The longest place with which a text ends.
pub(super) fn place_at_end(text: &str) -> Option<PlaceWord> {
    longest(&AT_END, text)
}

/// The longest place but for towns without their suffix.
fn longest(words: &WordList<PlaceWord>, text: &str) -> Option<PlaceWord> {
    words
        .all_in(text)
        .map(|(_, place)| place)
        .find(|place| place.level < 4 || place.is_whole())
}

/// The place that a text is, as in `(宁波)` or `(浙江宁波)`.
pub(crate) fn place_exactly(text: &str) -> Option<PlaceWord> {
    let place = place_at_start(text)?;
    match &text[place.written.len()..] {
        "" => Some(place),
        rest => place_exactly(rest).filter(|below| follows(Some(place), *below)),
    }
}
