//! Addresses (住所) as far as matching needs them: the road or village, the house number and the building.
//!
//! Forty firms at one number of one road are an agency's address, not forty workplaces; so the room is left out of
//! the key.

use crate::division::Divisions;
use crate::text::{self, key64};

/// An address taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressParts {
    /// County, from the address itself or as told by the caller.
    pub county: Option<u32>,
    /// Street or town, if the address names one.
    pub town: Option<u64>,
    /// 路, 街, 巷 … or the village or park where there is no road.
    pub road: Option<String>,
    /// House number without 号: `12`, `12-3`.
    pub number: Option<String>,
    /// Building without 幢, 栋, 号楼: `3`.
    pub building: Option<String>,
}

const ROADS: [&str; 10] = ["公路", "大道", "路", "街", "巷", "弄", "道", "线", "里", "坊"];
const PLACES: [&str; 12] = [
    "工业园区",
    "工业园",
    "产业园",
    "工业区",
    "开发区",
    "园区",
    "村",
    "社区",
    "小区",
    "花园",
    "广场",
    "大厦",
];

impl AddressParts {
    /// Takes an address apart; `county` is what the row says elsewhere and wins over a county in the text.
    pub fn parse(raw: &str, county: Option<u32>) -> AddressParts {
        let normal = text::normalise(raw);
        let divisions = Divisions::shipped();
        let (named_county, town, rest) = leading_divisions(divisions, county, &normal);
        let mut parts = AddressParts {
            county: county
                .and_then(|county| divisions.current_county(county))
                .or(named_county),
            town,
            road: None,
            number: None,
            building: None,
        };
        let (place, after) = split_place(rest);
        parts.road = place.map(str::to_owned);
        let (number, after) = leading_number(after);
        let is_building_first = number.is_some() && starts_building(after);
        if is_building_first {
            parts.building = number;
        } else {
            parts.number = number;
            let after = after.trim_start_matches(['号', '#', '弄', '(', ')', ',', '，']);
            let (building, tail) = leading_number(after);
            if building.is_some() && starts_building(tail) {
                parts.building = building;
            }
        }
        parts
    }

    /// Join key of county, road, number and building; `None` unless there is a road and a number or building.
    pub fn key(&self) -> Option<i64> {
        let road = self.road.as_deref()?;
        if self.number.is_none() && self.building.is_none() {
            return None;
        }
        let county = self.county.map(|county| county.to_string()).unwrap_or_default();
        let number = self.number.as_deref().unwrap_or("");
        let building = self.building.as_deref().unwrap_or("");
        Some(key64(&format!("{county}|{road}|{number}|{building}")))
    }
}

/// Reads province, city, county and town off the start, each by its full name.
fn leading_divisions<'a>(
    divisions: &Divisions,
    known: Option<u32>,
    address: &'a str,
) -> (Option<u32>, Option<u64>, &'a str) {
    let mut rest = address;
    let (mut county, mut town) = (None, None);
    for _ in 0..4 {
        let Some(end) = division_end(rest) else { break };
        let part = &rest[..end];
        if let Some(found) = divisions.county_by_name_or_code(part) {
            county = Some(found);
        } else if let Some(found) = divisions.town_by_name_or_code(known.or(county), part) {
            town = Some(found);
            rest = &rest[end..];
            break;
        } else if !part.ends_with('省') && !part.ends_with('市') {
            break;
        }
        rest = &rest[end..];
    }
    (county, town, rest)
}

/// Where the first 省, 市, 县, 区, 镇, 乡 or 街道 ends, within a name's length.
fn division_end(text: &str) -> Option<usize> {
    let mut previous = ' ';
    for (count, (at, c)) in text.char_indices().enumerate() {
        if count > 8 || c.is_numeric() {
            return None;
        }
        let is_end = matches!(c, '省' | '市' | '县' | '区' | '镇' | '乡') || (c == '道' && previous == '街');
        if is_end && count >= 2 {
            return Some(at + c.len_utf8());
        }
        previous = c;
    }
    None
}

/// The road or place before the first number, and what follows it.
fn split_place(rest: &str) -> (Option<&str>, &str) {
    let digit = rest
        .char_indices()
        .find(|(_, c)| c.is_ascii_digit())
        .map_or(rest.len(), |(at, _)| at);
    let (before, after) = rest.split_at(digit);
    let before = before.trim_end_matches(['(', ')', ',', '，', '第']);
    // 樟树村滨海路12号: the road is nearer to the number than the village; keep the last road-like word whole.
    let place = ROADS
        .iter()
        .chain(&PLACES)
        .find(|end| before.ends_with(**end))
        .map(|_| last_segment(before));
    match place {
        Some(place) => (Some(place), after),
        None => {
            let cut = PLACES
                .iter()
                .chain(&ROADS)
                .filter_map(|end| before.find(end).map(|at| at + end.len()))
                .max();
            (cut.map(|cut| last_segment(&before[..cut])), after)
        }
    }
}

/// The part of `西店镇樟树村滨海路` behind the village: the road alone.
fn last_segment(text: &str) -> &str {
    let inner_ends = ["村", "社区", "园区", "工业区", "开发区"];
    let cut = inner_ends
        .iter()
        .filter_map(|end| text.rfind(end).map(|at| at + end.len()))
        .filter(|&end| end < text.len())
        .max()
        .unwrap_or(0);
    text[cut..].trim_start_matches(['(', ')', ',', '，'])
}

/// Digits with dashes at the start, without leading zeros.
fn leading_number(text: &str) -> (Option<String>, &str) {
    let end = text
        .char_indices()
        .find(|(_, c)| !c.is_ascii_digit() && *c != '-')
        .map_or(text.len(), |(at, _)| at);
    let number = text[..end].trim_matches('-').trim_start_matches('0');
    ((!number.is_empty()).then(|| number.to_owned()), &text[end..])
}

fn starts_building(text: &str) -> bool {
    ["幢", "栋", "号楼", "楼", "座", "号厂房"]
        .iter()
        .any(|mark| text.starts_with(mark))
}

#[cfg(test)]
mod tests;
