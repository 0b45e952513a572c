//! Addresses (住所) as far as matching needs them: the road or village, the house number and the building.
//!
//! Forty firms at one number of one road are an agency's address, not forty workplaces; so the room is left out of
//! the key.

use std::sync::LazyLock;

use crate::dictionary::WordList;
use crate::division::Divisions;
use crate::text::{self, key64};

mod place;

use place::Leading;

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

static ROADS_AND_PLACES: LazyLock<WordList<()>> =
    LazyLock::new(|| WordList::by_end(ROADS.iter().chain(&PLACES).map(|&word| (word, ()))));

/// Ends of a place within which a road may follow.
static AROUND_ROADS: LazyLock<WordList<()>> =
    LazyLock::new(|| WordList::by_end(["村", "社区", "园区", "工业区", "开发区"].map(|word| (word, ()))));

impl AddressParts {
    /// Takes an address apart; `county` is what the row says elsewhere and wins over a county in the text.
    pub fn parse(raw: &str, county: Option<u32>) -> AddressParts {
        let normal = text::normalise(raw);
        let known = county.and_then(|county| Divisions::shipped().current_county(county));
        let Leading {
            county: named,
            town,
            rest,
        } = place::leading(&normal, known);
        let mut parts = AddressParts {
            county: known.or(named),
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

/// The road or place before the first number, and what follows it.
fn split_place(rest: &str) -> (Option<&str>, &str) {
    let digit = rest
        .char_indices()
        .find(|(_, c)| c.is_ascii_digit())
        .map_or(rest.len(), |(at, _)| at);
    let (before, after) = rest.split_at(digit);
    let before = before.trim_end_matches(['(', ')', ',', '，', '第']);
    // 樟树村滨海路12号: the road is nearer to the number than the village; keep the last road-like word whole.
    let place = ROADS_AND_PLACES.longest_in(before).map(|_| last_segment(before));
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
    let cut = text
        .char_indices()
        .rev()
        .map(|(at, _)| at)
        .find(|&end| AROUND_ROADS.longest_in(&text[..end]).is_some())
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
