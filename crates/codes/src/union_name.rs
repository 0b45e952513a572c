//! Union names (工会名称) and the employer that they name.
//!
//! A union of one employer is called by the employer's name followed by 工会委员会 or 工会; most registers give no
//! other hint at the employer. Joint unions, federations and general unions are called by a village, a park, an
//! industry or a division, which is not an employer.

use crate::company_name::place::{PlaceWord, has_own_division, place_exactly, starts_above_counties};
use crate::company_name::{CompanyName, LegalForm};
use crate::division::Divisions;
use crate::text;

/// What kind of union its name says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UnionNameKind {
    /// 独立基层工会: of one employer.
    Single,
    /// 联合工会: of several small employers.
    Joint,
    /// 工会联合会: over unions of a village, park or group.
    Federation,
    /// 产业工会, 行业工会
    Industry,
    /// 总工会 of a division.
    General,
    /// 工会工作委员会: an agency of a general union.
    Committee,
    /// A union of an organ of state or party, or of its offices.
    Organ,
}

/// A union's name taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnionName {
    /// What kind of union.
    pub kind: UnionNameKind,
    /// The employer, as far as the name tells it; possibly a short name (腾浩户外).
    pub employer: Option<String>,
}

/// What the end of a union's name says, longest first where one ends with another.
const ENDS: [(&str, UnionNameKind); 38] = [
    ("工会联合会女职工委员会", UnionNameKind::Federation),
    ("工会联合会委员会", UnionNameKind::Federation),
    ("工会联合委员会", UnionNameKind::Federation),
    ("工会联合会", UnionNameKind::Federation),
    ("联合工会委员会", UnionNameKind::Joint),
    ("联合基层工会委员会", UnionNameKind::Joint),
    ("联合基层工会", UnionNameKind::Joint),
    ("工会联合工会", UnionNameKind::Joint),
    ("联合工会", UnionNameKind::Joint),
    ("总工会工作委员会", UnionNameKind::Committee),
    ("工会工作委员会", UnionNameKind::Committee),
    ("工会工委", UnionNameKind::Committee),
    ("总工会委员会", UnionNameKind::General),
    ("总工会", UnionNameKind::General),
    ("工会委员会筹备组", UnionNameKind::Single),
    ("工会委员会女职工委员会", UnionNameKind::Single),
    ("职工工会委员会", UnionNameKind::Single),
    ("职工工会", UnionNameKind::Single),
    ("企业工会委员会", UnionNameKind::Single),
    ("企业工会", UnionNameKind::Single),
    ("党支部工会", UnionNameKind::Single),
    ("工会女职委", UnionNameKind::Single),
    ("工会女工委", UnionNameKind::Single),
    ("女工委员会", UnionNameKind::Single),
    ("女工委", UnionNameKind::Single),
    ("基层工会委员会", UnionNameKind::Single),
    ("工会女职工委员会", UnionNameKind::Single),
    ("工会筹备委员会", UnionNameKind::Single),
    ("工会筹备领导小组", UnionNameKind::Single),
    ("工会筹备小组", UnionNameKind::Single),
    ("工会筹备组", UnionNameKind::Single),
    ("工会委员会", UnionNameKind::Single),
    ("女职工委员会", UnionNameKind::Single),
    ("基层工会", UnionNameKind::Single),
    ("工会小组", UnionNameKind::Single),
    ("工会分会", UnionNameKind::Single),
    ("分工会", UnionNameKind::Single),
    ("工会", UnionNameKind::Single),
];

/// Ends of a stem that is a place or a crowd of employers, never one employer.
const PLACES: [&str; 28] = [
    "村",
    "社区",
    "园区",
    "工业园",
    "产业园",
    "科技园",
    "工业区",
    "开发区",
    "高新区",
    "保税区",
    "商圈",
    "楼宇",
    "商务楼",
    "街区",
    "小微园",
    "小微企业园",
    "创业园",
    "区域",
    "片区",
    "商业街",
    "城区",
    "个私企业",
    "非公企业",
    "小微企业",
    "小企业",
    "村级企业",
    "集聚区",
    "特色街",
];

/// Ends that only look like a place.
const NO_PLACES: [&str; 4] = ["度假村", "美食村", "养生村", "影视村"];

const INDUSTRIES: [&str; 6] = ["行业", "产业", "系统", "行业性", "产业链", "行业企业"];

/// Unions whose national name leads: 中国教育工会宁波大学委员会.
const NATIONAL: [&str; 12] = [
    "中国教育工会",
    "中国金融工会",
    "中国邮政工会",
    "中国财贸轻纺烟草工会",
    "中国农林水利气象工会",
    "中国机械冶金建材工会",
    "中国能源化学地质工会",
    "中国国防邮电工会",
    "中国海员建设工会",
    "中国铁路工会",
    "中国民航工会",
    "中国电力工会",
];

impl UnionName {
    /// Takes a union's name apart. Never fails; a text that does not end like a union's name is taken for the short
    /// form of a single union.
    pub fn parse(raw: &str) -> UnionName {
        UnionName::read(raw, false)
    }

    /// The same of a union of which its register says that it is of one employer (独立基层工会): where a firm, and no place or
    /// trade, is called a 联合工会 or 工会联合会, it is that firm's, with workshops or subsidiaries that share it.
    pub fn parse_single(raw: &str) -> UnionName {
        UnionName::read(raw, true)
    }

    fn read(raw: &str, is_of_one: bool) -> UnionName {
        let normal = text::normalise(raw);
        let name = without_notes(without_numbering(&normal));
        if let Some(union) = of_national_union(name) {
            return union;
        }
        let (stem, kind) = split_end(name);
        let stem = without_notes(without_session(stem));
        match kind {
            UnionNameKind::Single => single(stem),
            UnionNameKind::Joint | UnionNameKind::Federation if is_of_one && !stem.is_empty() => single(stem),
            UnionNameKind::Joint | UnionNameKind::Federation | UnionNameKind::General => above(stem, kind),
            kind => UnionName { kind, employer: None },
        }
    }
}

/// Signs that stand around a name in lists and never in one.
const AROUND: [char; 18] = [
    '.', '。', '、', ',', '，', ';', ':', '-', '_', '*', '#', '!', '?', '~', '/', '\\', '|', '+',
];

/// The same at an end, where a bracket may also have been left open.
fn without_trailing_signs(name: &str) -> &str {
    name.trim_end_matches(|c| c == '(' || AROUND.contains(&c))
}

/// `01.`, `3、` in front: the row's number in somebody's list. A name that begins with digits (360智慧) keeps them.
fn without_numbering(name: &str) -> &str {
    let name = name.trim_start_matches(AROUND);
    let rest = name.trim_start_matches(|c: char| c.is_ascii_digit());
    if rest.len() < name.len() && rest.starts_with(['.', '、', '-', ')', ':']) {
        rest.trim_start_matches([')']).trim_start_matches(AROUND)
    } else {
        name
    }
}

/// Takes off the end what is said about the union and is no part of its name: signs, the number of a second row
/// (`工会-1`), and a note in brackets (`(筹)`, `(本部)`, `(2023年换届)`). Brackets behind an employer's name stay, a
/// region is part of it.
fn without_notes(name: &str) -> &str {
    let mut name = name;
    loop {
        let before = name;
        name = without_trailing_signs(name);
        if let Some((rest, number)) = name.rsplit_once(['-', '_', '#'])
            && ends_like_a_union(rest)
            && number.chars().all(|c| c.is_ascii_digit())
        {
            name = rest;
        }
        if let Some(inner) = name.strip_suffix(')')
            && let Some(open) = inner.rfind('(')
            && (ends_like_a_union(without_trailing_signs(&inner[..open])) || is_note(&inner[open + 1..]))
        {
            name = &name[..open];
        }
        if name == before {
            return name;
        }
    }
}

fn ends_like_a_union(name: &str) -> bool {
    name.ends_with("工会") || name.ends_with("委员会") || name.ends_with("小组") || name.ends_with("筹备组")
}

fn is_note(words: &str) -> bool {
    words.is_empty()
        || words.starts_with('筹')
        || ["撤销", "停用", "临时", "换届", "工会", "注销", "合并"]
            .iter()
            .any(|word| words.contains(word))
}

/// `第一届`, `第3届` before 工会委员会 says which term's committee, not whose.
fn without_session(stem: &str) -> &str {
    match stem.strip_suffix('届').and_then(|rest| rest.rsplit_once('第')) {
        Some((before, number))
            if !before.is_empty()
                && number.chars().count() <= 3
                && number
                    .chars()
                    .all(|c| c.is_ascii_digit() || "一二三四五六七八九十".contains(c)) =>
        {
            before
        }
        _ => stem,
    }
}

fn split_end(name: &str) -> (&str, UnionNameKind) {
    ENDS.iter()
        .find_map(|&(end, kind)| name.strip_suffix(end).map(|stem| (stem, kind)))
        .unwrap_or((name, UnionNameKind::Single))
}

/// `中国教育工会宁波大学委员会` names the employer between; with a division between, it is the sector's union there.
fn of_national_union(name: &str) -> Option<UnionName> {
    let inner = NATIONAL.iter().find_map(|national| name.strip_prefix(national))?;
    let ends = ["基层委员会", "工作委员会", "工会委员会", "委员会", "工会"];
    let inner = ends
        .iter()
        .find_map(|end| inner.strip_suffix(end))
        .unwrap_or(inner);
    if inner.is_empty() || place_exactly(inner).is_some() {
        return Some(UnionName {
            kind: UnionNameKind::Industry,
            employer: None,
        });
    }
    Some(UnionName {
        kind: UnionNameKind::Single,
        employer: Some(inner.to_owned()),
    })
}

fn single(stem: &str) -> UnionName {
    let stem = without_prefix_noise(stem);
    if INDUSTRIES.iter().any(|end| stem.ends_with(end)) {
        return UnionName {
            kind: UnionNameKind::Industry,
            employer: None,
        };
    }
    if stem.is_empty() {
        return UnionName {
            kind: UnionNameKind::Single,
            employer: None,
        };
    }
    let form = CompanyName::parse(stem).form;
    if !form.is_enterprise() && is_place(stem) {
        return UnionName {
            kind: UnionNameKind::Joint,
            employer: None,
        };
    }
    // The 机关 of a company is its head office, of anything else an organ.
    if let Some(company) = stem.strip_suffix("机关")
        && CompanyName::parse(company).form.is_enterprise()
    {
        return UnionName {
            kind: UnionNameKind::Single,
            employer: Some(company.to_owned()),
        };
    }
    let is_organ = form == LegalForm::Organ || stem.ends_with("机关");
    let kind = if is_organ {
        UnionNameKind::Organ
    } else {
        UnionNameKind::Single
    };
    UnionName {
        kind,
        employer: Some(stem.to_owned()),
    }
}

/// Joint unions, federations and general unions: an employer only where a company bears the name (a group's
/// federation).
fn above(stem: &str, kind: UnionNameKind) -> UnionName {
    if kind != UnionNameKind::General && INDUSTRIES.iter().any(|end| stem.ends_with(end)) {
        return UnionName {
            kind: UnionNameKind::Industry,
            employer: None,
        };
    }
    let stem = without_prefix_noise(stem);
    let is_company = stem.ends_with("公司") || stem.ends_with("集团");
    UnionName {
        kind,
        employer: is_company.then(|| stem.to_owned()),
    }
}

/// Takes off what people write before an employer's name: the party's committee, the union above, a place before a
/// name that starts with its own division.
fn without_prefix_noise(stem: &str) -> &str {
    let mut rest = stem;
    for party in ["中国共产党", "中共"] {
        rest = rest.strip_prefix(party).unwrap_or(rest);
    }
    // 宁海县总工会永兴服饰有限公司: the union above leads.
    for above in ["总工会", "工会联合会", "工会工作委员会"] {
        if let Some((_, after)) = rest.rsplit_once(above)
            && after.chars().count() >= 4
            && !after.starts_with("机关")
        {
            rest = after;
        }
    }
    without_leading_place(rest)
}

/// 宁海县西店镇宁波永兴服饰有限公司 → 宁波永兴服饰有限公司, 庵东镇慈溪市永兴服饰有限公司 → 慈溪市永兴服饰有限公司; 宁海县永兴服饰有限公司 stays, its
/// division is part of the name.
fn without_leading_place(name: &str) -> &str {
    for (at, _) in name.char_indices().skip(2).take(14) {
        let (before, rest) = name.split_at(at);
        let is_town = ["镇", "街道", "乡"].iter().any(|end| before.ends_with(end))
            && !["城镇", "城乡"].iter().any(|end| before.ends_with(end));
        let is_county = before.ends_with(['县', '区']);
        if rest.chars().count() > 4
            && (is_town && has_own_division(rest, before) || is_county && starts_above_counties(rest))
        {
            return rest;
        }
    }
    name
}

fn is_place(stem: &str) -> bool {
    let ends_like_one =
        PLACES.iter().any(|end| stem.ends_with(end)) && !NO_PLACES.iter().any(|end| stem.ends_with(end));
    let divisions = Divisions::shipped();
    ends_like_one
        || place_exactly(stem).is_some_and(PlaceWord::is_certain)
        || divisions.county_by_name_or_code(stem).is_some()
        || divisions.town_by_name_or_code(None, stem).is_some()
}

#[cfg(test)]
mod tests;
