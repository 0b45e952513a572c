//! 行政区划: division codes of GB/T 2260 and the statistical codes below them, by number and by name.
//!
//! The table of Zhejiang (2023 edition, down to streets and towns) and a table of retired codes are part of the
//! binary; their sources are named in `data/README.md`. A name is resolved by exact structure only: a text that
//! merely contains the name of a county says nothing.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use crate::text;
use crate::uscc::normalise_code;

mod table;

pub use table::RetiredDivision;
use table::{ELSEWHERE, TABLE, read_retired};

/// A division code of 2, 4, 6, 9 or 12 digits: province, city, county, street or town, village. Trailing zeros that
/// only fill up (330226000000) are taken off.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DivisionCode(u64);

/// How deep a division code goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DivisionLevel {
    /// 省
    Province,
    /// 市
    City,
    /// 区县
    County,
    /// 街道乡镇
    Town,
    /// 村居
    Village,
}

/// Why a text is not a division code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("政区代码应为 2、4、6、9 或 12 位数字")]
pub struct DivisionCodeError;

impl DivisionCode {
    /// Reads a code of any level. Only the form is checked; whether the code exists is [`Divisions`]' to say.
    ///
    /// # Errors
    /// If the text is not 2, 4, 6, 9 or 12 digits or starts with 0.
    pub fn parse(raw: &str) -> Result<DivisionCode, DivisionCodeError> {
        let digits = normalise_code(raw);
        let digits = digits.strip_suffix(".0").unwrap_or(&digits);
        let is_code = matches!(digits.len(), 2 | 4 | 6 | 9 | 12)
            && digits.bytes().all(|c| c.is_ascii_digit())
            && !digits.starts_with('0');
        if !is_code {
            return Err(DivisionCodeError);
        }
        let mut kept = digits;
        for (length, shorter) in [(12, 9), (9, 6), (6, 4), (4, 2)] {
            if kept.len() == length && kept[shorter..].bytes().all(|c| c == b'0') {
                kept = &kept[..shorter];
            }
        }
        kept.parse().map(DivisionCode).map_err(|_| DivisionCodeError)
    }

    /// The code as a number of as many digits as its level has.
    pub fn number(self) -> u64 {
        self.0
    }

    /// How deep the code goes.
    pub fn level(self) -> DivisionLevel {
        match self.0 {
            0..=99 => DivisionLevel::Province,
            100..=9_999 => DivisionLevel::City,
            10_000..=999_999 => DivisionLevel::County,
            1_000_000..=999_999_999 => DivisionLevel::Town,
            _ => DivisionLevel::Village,
        }
    }

    /// Its six-digit county, if it goes that deep.
    pub fn county(self) -> Option<u32> {
        let county = match self.level() {
            DivisionLevel::Province | DivisionLevel::City => return None,
            DivisionLevel::County => self.0,
            DivisionLevel::Town => self.0 / 1_000,
            DivisionLevel::Village => self.0 / 1_000_000,
        };
        u32::try_from(county).ok()
    }

    /// Its nine-digit street or town, if it goes that deep.
    pub fn town(self) -> Option<u64> {
        match self.level() {
            DivisionLevel::Town => Some(self.0),
            DivisionLevel::Village => Some(self.0 / 1_000),
            _ => None,
        }
    }
}

impl fmt::Display for DivisionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for DivisionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DivisionCode({})", self.0)
    }
}

impl FromStr for DivisionCode {
    type Err = DivisionCodeError;

    fn from_str(raw: &str) -> Result<Self, Self::Err> {
        DivisionCode::parse(raw)
    }
}

/// Code and official name of every division of the shipped table, for reading places inside company names.
pub(crate) fn shipped_names() -> impl Iterator<Item = (u64, &'static str)> {
    TABLE.iter().map(|row| (row.code, row.name))
}

/// Code and official name of every province, city and county that the shipped table leaves out: firms of elsewhere have
/// branches here, and their addresses name counties that are called like ours (重庆市江北区).
pub(crate) fn names_elsewhere() -> impl Iterator<Item = (u64, &'static str)> {
    ELSEWHERE.iter().copied()
}

/// Name of every county that is no more, and the one that it belongs to today.
pub(crate) fn retired_names() -> impl Iterator<Item = (&'static str, u32)> {
    read_retired().into_iter().map(|old| (old.name, old.successor))
}

/// Names whose last part may be left out: 宁海 for 宁海县.
const SUFFIXES: [&str; 9] = [
    "街道办事处",
    "街道",
    "自治县",
    "新区",
    "省",
    "市",
    "县",
    "区",
    "镇",
];
const TOWN_SUFFIXES: [&str; 5] = ["街道办事处", "街道", "镇", "乡", "街道办"];

/// The divisions that exist, and those that did.
pub struct Divisions {
    names: HashMap<u64, &'static str>,
    /// Parent of every code; children keep the table's order.
    children: HashMap<u64, Vec<u64>>,
    retired: Vec<RetiredDivision>,
    /// Name with and without suffix → codes of that name.
    cities: HashMap<String, Vec<u64>>,
    counties: HashMap<String, Vec<u64>>,
    towns: HashMap<String, Vec<u64>>,
}

static SHIPPED: LazyLock<Divisions> = LazyLock::new(Divisions::build);

impl Divisions {
    /// The table that is part of the binary.
    pub fn shipped() -> &'static Divisions {
        &SHIPPED
    }

    fn build() -> Divisions {
        let mut divisions = Divisions {
            names: HashMap::new(),
            children: HashMap::new(),
            retired: read_retired(),
            cities: HashMap::new(),
            counties: HashMap::new(),
            towns: HashMap::new(),
        };
        for row in &*TABLE {
            divisions.names.insert(row.code, row.name);
            divisions.children.entry(row.parent).or_default().push(row.code);
            let index = match row.code {
                100..=9_999 => &mut divisions.cities,
                10_000..=999_999 => &mut divisions.counties,
                1_000_000.. => &mut divisions.towns,
                _ => continue,
            };
            for name in spellings(row.name) {
                index.entry(name).or_default().push(row.code);
            }
        }
        for old in &divisions.retired {
            for name in spellings(old.name) {
                let codes = divisions.counties.entry(name).or_default();
                if !codes.contains(&u64::from(old.successor)) {
                    codes.push(u64::from(old.successor));
                }
            }
        }
        divisions
    }

    /// The county that a cell names: a code of six or more digits (retired ones give their successor) or a name with
    /// or without suffix, alone or behind its city and province (`宁海`, `宁海县`, `宁波市宁海县`,
    /// `浙江省/宁波市/宁海县`). A name followed by one of the county's towns counts too; anything else is `None`.
    pub fn county_by_name_or_code(&self, raw: &str) -> Option<u32> {
        if let Ok(code) = DivisionCode::parse(raw) {
            return code.county().and_then(|county| self.current_county(county));
        }
        let name = plain_name(raw);
        self.place(&name).map(|place| place.county)
    }

    /// The street or town that a cell names: a code of nine or more digits, or a name with or without suffix, alone
    /// or behind its county, city and province. Without a county the name must be the only one of its kind. A town
    /// that has become a street (莼湖镇 → 莼湖街道) is found under both.
    pub fn town_by_name_or_code(&self, county: Option<u32>, raw: &str) -> Option<u64> {
        if let Ok(code) = DivisionCode::parse(raw) {
            return code.town().filter(|town| self.names.contains_key(town));
        }
        let name = plain_name(raw);
        if name.is_empty() {
            return None;
        }
        let county = county.and_then(|county| self.current_county(county));
        if let Some(town) = self.town_named(county, &name) {
            return Some(town);
        }
        let place = self.place(&name)?;
        place
            .town
            .filter(|_| county.is_none_or(|county| county == place.county))
    }

    /// The name of a code of any level, retired ones included.
    pub fn name(&self, code: u64) -> Option<&'static str> {
        self.names.get(&code).copied().or_else(|| {
            let code = u32::try_from(code).ok()?;
            self.retired(code).map(|old| old.name)
        })
    }

    /// The name of a six-digit county code, retired ones included.
    pub fn county_name(&self, county: u32) -> Option<&'static str> {
        if (100_000..=999_999).contains(&county) {
            self.name(u64::from(county))
        } else {
            None
        }
    }

    /// The name of a nine-digit street or town code.
    pub fn town_name(&self, town: u64) -> Option<&'static str> {
        if (100_000_000..=999_999_999).contains(&town) {
            self.name(town)
        } else {
            None
        }
    }

    /// Counties of a four-digit city in the order of their codes: code and name.
    pub fn counties_of(&self, city: u32) -> Vec<(u32, &'static str)> {
        let children = self.children.get(&u64::from(city)).map_or(&[][..], Vec::as_slice);
        children
            .iter()
            .filter_map(|&code| Some((u32::try_from(code).ok()?, self.name(code)?)))
            .collect()
    }

    /// Streets and towns of a six-digit county in the order of their codes: code and name.
    pub fn towns_of(&self, county: u32) -> Vec<(u64, &'static str)> {
        let children = self
            .children
            .get(&u64::from(county))
            .map_or(&[][..], Vec::as_slice);
        children
            .iter()
            .filter_map(|&code| Some((code, self.name(code)?)))
            .collect()
    }

    /// The county that a code means today: itself, or the successor of a retired one. `None` if it never was one of
    /// the table.
    pub fn current_county(&self, county: u32) -> Option<u32> {
        if (100_000..=999_999).contains(&county) && self.names.contains_key(&u64::from(county)) {
            return Some(county);
        }
        self.retired(county).map(|old| old.successor)
    }

    /// A retired county code.
    pub fn retired(&self, county: u32) -> Option<&RetiredDivision> {
        self.retired.iter().find(|old| old.code == county)
    }

    /// A county (and town) spelled out from the highest level down, with nothing left over.
    fn place(&self, name: &str) -> Option<Place> {
        let below_province = ["浙江省", "浙江"]
            .iter()
            .find_map(|province| name.strip_prefix(province))
            .unwrap_or(name);
        let mut starts = vec![(None, below_province)];
        for (city, codes) in &self.cities {
            if let Some(rest) = below_province.strip_prefix(city.as_str()) {
                starts.extend(codes.iter().map(|&code| (Some(code), rest)));
            }
        }
        let mut found: Vec<Place> = Vec::new();
        for (city, rest) in starts {
            for place in self.below_city(city, rest) {
                if !found.contains(&place) {
                    found.push(place);
                }
            }
        }
        // 江北 could be read in two ways only if two counties bore the name; then neither is taken.
        match found.as_slice() {
            [only] => Some(*only),
            _ => None,
        }
    }

    fn below_city(&self, city: Option<u64>, rest: &str) -> Vec<Place> {
        let mut found = Vec::new();
        for (at, _) in rest.char_indices().skip(1).chain([(rest.len(), ' ')]) {
            let Some(codes) = self.counties.get(&rest[..at]) else {
                continue;
            };
            for &code in codes
                .iter()
                .filter(|&&code| city.is_none_or(|city| code / 100 == city))
            {
                let Ok(county) = u32::try_from(code) else { continue };
                if at == rest.len() {
                    found.push(Place { county, town: None });
                } else if let Some(town) = self.town_named(Some(county), &rest[at..]) {
                    found.push(Place {
                        county,
                        town: Some(town),
                    });
                }
            }
        }
        found
    }

    /// The one town of a name, in a county or anywhere.
    fn town_named(&self, county: Option<u32>, name: &str) -> Option<u64> {
        let of_county = |code: &&u64| county.is_none_or(|county| **code / 1_000 == u64::from(county));
        let exact = self.towns.get(name).map_or(&[][..], Vec::as_slice);
        match exact.iter().filter(of_county).collect::<Vec<_>>().as_slice() {
            [only] => return Some(**only),
            [] => {}
            _ => return None,
        }
        // Same name under another kind of town: 撤镇设街道.
        let base = TOWN_SUFFIXES
            .iter()
            .find_map(|suffix| name.strip_suffix(suffix))?;
        county?;
        let renamed = self.towns.get(base).map_or(&[][..], Vec::as_slice);
        match renamed.iter().filter(of_county).collect::<Vec<_>>().as_slice() {
            [only] => Some(**only),
            _ => None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    county: u32,
    town: Option<u64>,
}

/// A name as it is, and without its suffix if two characters remain.
fn spellings(name: &str) -> Vec<String> {
    let mut spellings = vec![name.to_owned()];
    for suffix in SUFFIXES.iter().chain(&["乡"]) {
        if let Some(short) = name.strip_suffix(suffix)
            && short.chars().count() >= 2
        {
            spellings.push(short.to_owned());
            if *suffix == "街道" {
                spellings.push(format!("{name}办事处"));
                spellings.push(format!("{name}办"));
            }
            break;
        }
    }
    spellings
}

/// Normal form without the marks that people put between levels.
fn plain_name(raw: &str) -> String {
    let mut name = text::normalise(raw);
    name.retain(|c| {
        !matches!(
            c,
            '/' | '-' | '·' | '>' | ',' | '，' | '、' | '\\' | '|' | '_' | '.'
        )
    });
    name
}

#[cfg(test)]
mod tests;
