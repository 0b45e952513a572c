//! A record's values under the columns of the dictionary, each in a writing that an import reads back to the same value: what an
//! export writes and a check compares.

use codes::crypto::FieldKeys;
use codes::division::Divisions;
use codes::resident_id::IdStatus;
use codes::time::Day;
use domain::dictionary::{Dictionary, Element};
use domain::intake::Kind;
use domain::union_org::UnionType;
use serde_json::{Map, Value};
use store::membership::MemberRow;
use store::union_org::UnionRow;

use crate::intake::form;

/// What stands in the place of a sealed value that does not open.
pub const UNREADABLE: &str = "【无法解密】";

/// Values in the order of [`Dictionary::of`]; nothing where nothing is known.
pub type Values = Vec<Option<String>>;

/// A member's values. `union_id` is the register's key of the union.
pub fn member_values(keys: &FieldKeys, row: &MemberRow, union_id: &str) -> Values {
    let known = Known::of(row.extra.as_deref(), row.unread.as_deref());
    let open = |column: &str, sealed: &Option<Vec<u8>>| {
        let sealed = sealed.as_deref()?;
        let plain = keys.open("member", column, row.id.as_bytes(), sealed);
        Some(plain.unwrap_or_else(|_| UNREADABLE.to_owned()))
    };
    values(Kind::Members, |element| {
        let own = match element.name.as_str() {
            "member_id" => text(&row.member_id),
            "union_id" => text(union_id),
            "name" => text(row.shown_name()),
            "id_no" => open("id_no", &row.id_sealed).map(|number| as_it_came(number, row.id_status)),
            "phone" => open("phone", &row.phone_sealed),
            "join_date" => row.joined_on.map(day),
            _ => known.further(element),
        };
        own.or_else(|| known.unread(element))
    })
}

/// A number that came with fifteen digits goes out with them: the eighteen would say that somebody had seen the new card.
fn as_it_came(number: String, status: i64) -> String {
    let is_old = status == IdStatus::From15 as i64 && number.len() == 18 && number.is_ascii();
    if is_old {
        format!("{}{}", &number[..6], &number[8..17])
    } else {
        number
    }
}

/// A union's values.
pub fn union_values(keys: &FieldKeys, row: &UnionRow) -> Values {
    let known = Known::of(row.extra.as_deref(), row.unread.as_deref());
    values(Kind::Unions, |element| {
        // A cell that could not be read says more than what was made of it.
        if let Some(raw) = known.unread(element) {
            return Some(raw);
        }
        match element.name.as_str() {
            "union_id" => text(&row.union_id),
            "union_name" => text(&row.name),
            "employer_uscc" => row.employer_code.clone(),
            "union_code" => row.union_code.clone(),
            "employer_name" => row.employer_name.clone(),
            "employer_legal_rep" => row.employer_legal_rep.clone(),
            "chair" => row.chair.clone(),
            "county" => row.county.map(county),
            "street" => row.town.map(|code| town(row.county, code)),
            "address" => row.address.clone(),
            "phone" => row.phone_sealed.as_deref().map(|sealed| {
                let plain = keys.open("union_org", "phone", row.id.as_bytes(), sealed);
                plain.unwrap_or_else(|_| UNREADABLE.to_owned())
            }),
            "industry_section" => row.industry_section.clone(),
            "union_type" => union_type(row),
            "parent_id" => row.parent_id.clone(),
            "industry_parent_id" => row.industry_parent_id.clone(),
            "founded" => row.founded_on.map(day),
            "term_end" => row.term_end_on.map(day),
            "declared_members" => row.declared_members.map(|count| count.to_string()),
            "lon" => row.lon.map(|degrees| degrees.to_string()),
            "lat" => row.lat.map(|degrees| degrees.to_string()),
            _ => known.further(element),
        }
    })
}

fn values(kind: Kind, value_of: impl Fn(&Element) -> Option<String>) -> Values {
    let value = |element| value_of(element).filter(|value| !value.is_empty());
    Dictionary::shipped().of(kind).iter().map(value).collect()
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn day(day: chrono::NaiveDate) -> String {
    Day::from(day).to_string()
}

/// By name where the name is read back to the same place, else by code.
fn county(code: i64) -> String {
    let divisions = Divisions::shipped();
    let number = u32::try_from(code).ok();
    let name = number.and_then(|code| divisions.county_name(code));
    let name = name.filter(|name| divisions.county_by_name_or_code(name) == number);
    name.map_or_else(|| code.to_string(), str::to_owned)
}

fn town(county: Option<i64>, code: i64) -> String {
    let divisions = Divisions::shipped();
    let county = county.and_then(|county| u32::try_from(county).ok());
    let number = u64::try_from(code).ok();
    let name = number.and_then(|code| divisions.town_name(code));
    let name = name.filter(|name| divisions.town_by_name_or_code(county, name) == number);
    name.map_or_else(|| code.to_string(), str::to_owned)
}

/// A kind that the name tells as well stands in no file when nothing else can say it.
fn union_type(row: &UnionRow) -> Option<String> {
    match UnionType::from_code(&row.union_type)? {
        UnionType::Unknown => None,
        known => Some(known.label().to_owned()),
    }
}

/// A record's JSON columns, read.
struct Known {
    further: Map<String, Value>,
    unread: Map<String, Value>,
}

impl Known {
    fn of(extra: Option<&str>, unread: Option<&str>) -> Known {
        Known {
            further: form::parsed(extra),
            unread: form::parsed(unread),
        }
    }

    /// An element without a column of its own. Objects of before the dictionary have the forms' Chinese heads.
    fn further(&self, element: &Element) -> Option<String> {
        let value = self.further.get(&element.name);
        let value = value.or_else(|| self.further.get(&element.zh))?;
        Some(value.as_str()?.to_owned())
    }

    /// What stood in a cell that could not be used; a sealed one stands nowhere in plain.
    fn unread(&self, element: &Element) -> Option<String> {
        Some(self.unread.get(&element.name)?.get("raw")?.as_str()?.to_owned())
    }
}

/// Which columns differ, as people may see them: `移动电话：138****0001 → 139****0002`.
pub fn differences(kind: Kind, old: &Values, new: &Values) -> String {
    let elements = Dictionary::shipped().of(kind).iter();
    let mut told = Vec::new();
    for ((element, old), new) in elements.zip(old).zip(new) {
        if old == new {
            continue;
        }
        let shown = |value: &Option<String>| match value {
            Some(value) => element.masked(value),
            None => "（空）".to_owned(),
        };
        let (before, after) = (shown(old), shown(new));
        told.push(if before == after {
            // The mask hides where they differ.
            format!("{}：{before} → 另一个值（{after}）", element.zh)
        } else {
            format!("{}：{before} → {after}", element.zh)
        });
    }
    if told.is_empty() {
        return "所在位置或读法有变化".to_owned();
    }
    told.join("；")
}
