//! Divisions inside company names: provinces and larger cities of the country, everything of the shipped table.

use std::sync::LazyLock;

use crate::dictionary::WordList;
use crate::division::shipped_names;

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
    /// Code without trailing zeros where the table knows it, else 0.
    code: u64,
}

const PROVINCES: &[&str] = &[
    "北京市",
    "天津市",
    "上海市",
    "重庆市",
    "河北省",
    "山西省",
    "辽宁省",
    "吉林省",
    "黑龙江省",
    "江苏省",
    "安徽省",
    "福建省",
    "江西省",
    "山东省",
    "河南省",
    "湖北省",
    "湖南省",
    "广东省",
    "海南省",
    "四川省",
    "贵州省",
    "云南省",
    "陕西省",
    "甘肃省",
    "青海省",
    "台湾省",
    "内蒙古自治区",
    "广西壮族自治区",
    "西藏自治区",
    "宁夏回族自治区",
    "新疆维吾尔自治区",
];

/// Cities beyond the shipped table whose firms have branches everywhere.
const CITIES: &[&str] = &[
    "广州市",
    "深圳市",
    "珠海市",
    "佛山市",
    "东莞市",
    "中山市",
    "惠州市",
    "汕头市",
    "厦门市",
    "福州市",
    "泉州市",
    "南京市",
    "苏州市",
    "无锡市",
    "常州市",
    "南通市",
    "扬州市",
    "徐州市",
    "盐城市",
    "镇江市",
    "连云港市",
    "泰州市",
    "淮安市",
    "宿迁市",
    "合肥市",
    "芜湖市",
    "安庆市",
    "马鞍山市",
    "滁州市",
    "阜阳市",
    "南昌市",
    "九江市",
    "上饶市",
    "赣州市",
    "济南市",
    "青岛市",
    "烟台市",
    "潍坊市",
    "临沂市",
    "郑州市",
    "洛阳市",
    "武汉市",
    "宜昌市",
    "襄阳市",
    "长沙市",
    "株洲市",
    "成都市",
    "绵阳市",
    "贵阳市",
    "遵义市",
    "昆明市",
    "西安市",
    "兰州市",
    "太原市",
    "石家庄市",
    "唐山市",
    "沈阳市",
    "大连市",
    "长春市",
    "哈尔滨市",
    "南宁市",
    "柳州市",
    "桂林市",
    "海口市",
    "三亚市",
    "昆山市",
    "张家港市",
    "常熟市",
    "江阴市",
    "义乌市",
    "晋江市",
];

/// Zones of Ningbo that stand in names like a county (功能区); they have no code of their own.
const ZONES: &[&str] = &[
    "杭州湾新区",
    "前湾新区",
    "大榭开发区",
    "大榭",
    "国家高新区",
    "高新区",
    "保税区",
    "保税港区",
    "梅山保税港区",
    "东钱湖旅游度假区",
    "经济技术开发区",
    "开发区",
    "石化经济技术开发区",
    "石化区",
];
const ZONE_CODE: u64 = 330_200;

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
    for zone in ZONES {
        words.push(PlaceWord {
            written: zone,
            official: zone,
            short: zone,
            level: 3,
            code: ZONE_CODE,
        });
    }
    for official in PROVINCES {
        push_both(&mut words, official, 1, 0);
    }
    for official in CITIES {
        push_both(&mut words, official, 2, 0);
    }
    words
}

fn push_both(words: &mut Vec<PlaceWord>, official: &'static str, level: u8, code: u64) {
    let short = match official {
        "内蒙古自治区" => "内蒙古",
        "广西壮族自治区" => "广西",
        "西藏自治区" => "西藏",
        "宁夏回族自治区" => "宁夏",
        "新疆维吾尔自治区" => "新疆",
        _ => {
            let suffixes: &[&str] = if level == 4 {
                &["街道", "镇", "乡"]
            } else {
                &["自治县", "省", "市", "县", "区"]
            };
            suffixes
                .iter()
                .find_map(|suffix| official.strip_suffix(suffix))
                .unwrap_or(official)
        }
    };
    let short = if short.chars().count() < 2 {
        official
    } else {
        short
    };
    words.push(PlaceWord {
        written: official,
        official,
        short,
        level,
        code,
    });
    // 西店 or 龙山 alone is as often a trade name as a town.
    if level < 4 && short != official {
        words.push(PlaceWord {
            written: short,
            official,
            short,
            level,
            code,
        });
    }
}

/// The divisions at the start of a name, and the rest.
pub(super) struct Leading<'a> {
    pub(super) deepest: Option<PlaceWord>,
    pub(super) rest: &'a str,
}

/// Reads 浙江省宁波市宁海县… from the left, each part below the one before. A chain that starts anew at a higher level
/// (宁海县西店镇宁波…) drops what came before: someone wrote the place before the name.
pub(super) fn leading_places(name: &str) -> Leading<'_> {
    let mut leading = Leading {
        deepest: None,
        rest: name,
    };
    while let Some((_, place)) = AT_START
        .all_in(leading.rest)
        .find(|(_, place)| follows(leading.deepest, *place))
    {
        let rest = &leading.rest[place.written.len()..];
        let left = rest.trim_matches(['(', ')']);
        // A name needs a body: 宁海 in 宁海厂 is the trade name, 跃龙街道 in 跃龙街道办事处 the office itself.
        if left.chars().count() < 2 || left == "办事处" {
            break;
        }
        leading = Leading {
            deepest: Some(place),
            rest,
        };
    }
    leading
}

fn follows(above: Option<PlaceWord>, place: PlaceWord) -> bool {
    let Some(above) = above else { return true };
    if place.level > above.level {
        // 宁波永康…: 永康 lies elsewhere and is a trade name here.
        return above.code == 0 || lies_in(place.code, above.code);
    }
    above.level == 4 && place.level <= 2
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
    AT_START.longest_in(text).map(|(_, place)| place)
}

/// The longest place with which a text ends.
pub(super) fn place_at_end(text: &str) -> Option<PlaceWord> {
    AT_END.longest_in(text).map(|(_, place)| place)
}

/// The place that a text is, as in `(宁波)` or `(浙江宁波)`.
pub(crate) fn place_exactly(text: &str) -> Option<PlaceWord> {
    let place = place_at_start(text)?;
    match &text[place.written.len()..] {
        "" => Some(place),
        rest => place_exactly(rest).filter(|below| follows(Some(place), *below)),
    }
}
