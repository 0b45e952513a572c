//! The further elements of the two national collection forms, and those we add: read by the dictionary's rules, kept as one JSON
//! object beside the row.

use codes::resident_id::ResidentId;
use codes::time::{Day, read_date};
use domain::dictionary::{Dictionary, Element};
use domain::intake::Kind;
use serde_json::{Map, Value};

use super::cells::{Cells, ColumnMap, Doubt};

/// Elements that have a column of their own in the store; every other one of the dictionary is kept in the object.
fn has_own_column(kind: Kind, name: &str) -> bool {
    match kind {
        Kind::Members => matches!(
            name,
            "member_id" | "union_id" | "name" | "id_no" | "phone" | "join_date"
        ),
        Kind::Unions => matches!(
            name,
            "union_id"
                | "union_name"
                | "employer_uscc"
                | "union_code"
                | "employer_name"
                | "employer_legal_rep"
                | "chair"
                | "county"
                | "street"
                | "address"
                | "phone"
                | "industry_section"
                | "union_type"
                | "parent_id"
                | "industry_parent_id"
                | "founded"
                | "term_end"
                | "declared_members"
                | "lon"
                | "lat"
        ),
        _ => true,
    }
}

/// The elements of a kind that are kept in the object.
pub fn elements(kind: Kind) -> impl Iterator<Item = &'static Element> {
    let all = Dictionary::shipped().of(kind).iter();
    all.filter(move |element| !has_own_column(kind, &element.name))
}

/// Those of them that a file has.
#[derive(Debug, Default)]
pub(super) struct FormColumns(Vec<&'static Element>);

impl FormColumns {
    pub(super) fn of(kind: Kind, map: &ColumnMap) -> FormColumns {
        FormColumns(elements(kind).filter(|element| map.has(&element.name)).collect())
    }

    /// Reads a row's: values in normal form. What breaks its rule is a doubt and stays raw.
    pub(super) fn read(&self, cells: &Cells<'_>, today: Day, doubts: &mut Vec<Doubt>) -> Map<String, Value> {
        let mut found = Map::new();
        for element in &self.0 {
            let raw = cells.raw(&element.name);
            if cells.is_spoilt(&element.name, doubts) || raw.is_empty() {
                continue;
            }
            match Dictionary::shipped().read(element, raw, today) {
                Ok(Some(value)) => {
                    found.insert(element.name.clone(), Value::String(value));
                }
                Ok(None) => {}
                Err(unfit) => {
                    cells.doubt::<()>(&element.name, unfit.0, doubts);
                }
            }
        }
        found
    }
}

/// Age from which on somebody may join: 法定就业年龄 (《劳动法》第十五条).
const WORKING_AGE: i32 = 16;

/// Holds what a member's form says against the document number, which is right where the two disagree, and days of joining and
/// changing against the day of birth. A value that cannot be is a doubt and unknown. `raw_of` says what stood in a column.
pub(super) fn check_member(
    document: Option<&ResidentId>,
    raw_of: impl Fn(&str) -> String,
    joined_on: &mut Option<Day>,
    found: &mut Map<String, Value>,
    doubts: &mut Vec<Doubt>,
) {
    let mut doubt = |column: &'static str, reason: &str| {
        doubts.push(Doubt {
            column,
            raw: raw_of(column),
            reason: reason.to_owned(),
        });
    };
    if let Some(document) = document {
        let sex = if document.is_male() { "男" } else { "女" };
        for (name, right) in [("sex", sex), ("birth_date", &document.birth_date().to_string())] {
            if found.get(name).is_some_and(|said| said != right) {
                found.remove(name);
                doubt(name, "与身份证号码不一致，以证件为准");
            }
        }
    }
    let day = |found: &Map<String, Value>, name: &str| {
        let said = found.get(name).and_then(Value::as_str);
        said.and_then(|said| read_date(said).ok().flatten())
    };
    let Some(born) = document
        .map(ResidentId::birth_date)
        .or_else(|| day(found, "birth_date"))
    else {
        return;
    };
    let of_age = born.add_months(12 * WORKING_AGE);
    if joined_on.is_some_and(|joined| joined < of_age) {
        *joined_on = None;
        doubt("join_date", "入会时未满 16 周岁");
    }
    if day(found, "event_date").is_some_and(|changed| changed < of_age) {
        found.remove("event_date");
        doubt("event_date", "会籍变化时未满 16 周岁");
    }
}

/// The object as it is stored; nothing where nothing is known.
pub(super) fn stored(found: Map<String, Value>) -> Option<String> {
    (!found.is_empty()).then(|| Value::Object(found).to_string())
}

/// What an object says, for a page: label and value in the dictionary's order, personal ones masked.
pub fn shown(kind: Kind, object: Option<&str>) -> Vec<(String, String)> {
    let known = parsed(object);
    elements(kind)
        .filter_map(|element| {
            let value = known.get(&element.name).and_then(Value::as_str)?;
            Some((element.zh.clone(), element.masked(value)))
        })
        .collect()
}

/// The same by the elements' names, for programs.
pub fn named(kind: Kind, object: Option<&str>) -> Vec<(&'static str, String)> {
    let known = parsed(object);
    elements(kind)
        .filter_map(|element| {
            let value = known.get(&element.name).and_then(Value::as_str)?;
            Some((element.name.as_str(), element.masked(value)))
        })
        .collect()
}

pub(crate) fn parsed(object: Option<&str>) -> Map<String, Value> {
    object
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default()
}

/// The same said in another order is the same: then the old writing stays.
pub(super) fn keep_order(new: &mut Option<String>, old: &Option<String>) {
    if parsed(new.as_deref()) == parsed(old.as_deref()) {
        new.clone_from(old);
    }
}

/// A row's object without one element.
pub(super) fn but(said: Option<String>, element: &str) -> Option<String> {
    let mut said = parsed(said.as_deref());
    said.remove(element);
    stored(said)
}

/// A row's object joined with the one before: what the file has no column for, or none that counts, stays. Objects of before the
/// dictionary have the forms' Chinese heads.
pub(super) fn joined(kind: Kind, new: Option<String>, old: Option<&str>, map: &ColumnMap) -> Option<String> {
    let mut joined = parsed(new.as_deref());
    joined.retain(|name, _| map.has(name));
    for (head, value) in parsed(old) {
        let known = elements(kind).find(|element| element.zh == head);
        let name = known.map_or(head, |element| element.name.clone());
        if !map.has(&name) {
            joined.insert(name, value);
        }
    }
    stored(joined)
}
