//! What a file of unions leaves as it is: what a person has set, what the sender may not write, the fuller writing of a name.

use std::collections::HashSet;

use codes::text;
use domain::dictionary::{Dictionary, ValueType};
use domain::intake::Kind;
use office::table::Row;
use store::union_org::UnionRow;

use super::new_row;
use crate::intake::Site;
use crate::intake::agency::Parsed;
use crate::intake::cells::ColumnMap;
use crate::intake::inherit;
use crate::intake::union_cells::UnionCells;
use crate::register_values::union_values;

/// Says which of a row's cells are not the sender's to write; of a new union they are left out, an old one keeps what it has.
pub(super) fn withhold(
    site: &Site,
    map: &ColumnMap,
    old: Option<&UnionRow>,
    cells: &Row,
    key: &str,
    parsed: &mut Parsed<UnionCells>,
) -> i64 {
    if site.withheld.is_empty() {
        return 0;
    }
    let Some(old) = old else {
        let names = site.withheld_of_new(Kind::Unions, cells);
        for name in &names {
            parsed.row.forget(name);
        }
        return site.withhold(cells, |name| names.contains(&name), &mut parsed.doubts);
    };
    let columns = site.withheld_columns();
    parsed.row.unread = inherit::without(parsed.row.unread.take(), &columns);
    let said = new_row(site, old.id, key, parsed.row.clone());
    let values = union_values(&site.keys, &said).into_iter();
    let elements = Dictionary::shipped().of(Kind::Unions).iter();
    let other = elements.zip(values.zip(union_values(&site.keys, old)));
    // An empty cell takes nothing away and needs no words.
    let mut other: HashSet<&str> = other
        .filter(|(element, (said, old))| map.has(&element.name) && said.is_some() && said != old)
        .map(|(element, _)| element.name.as_str())
        .collect();
    // A parent's name is told where it is what would have said the parent.
    if parsed.row.parent_id.is_none() && parsed.row.parent_name.is_some() {
        other.insert("parent_name");
    }
    if site.withheld.contains_key("employer_name") {
        // A name that the row states counts more than the register's; here it was not stated.
        parsed.row.forget("employer_name");
    }
    site.withhold(cells, |name| other.contains(name), &mut parsed.doubts)
}

/// Of two writings of one person's name the one that says more stays, and is no other person.
pub(super) fn write_name(name: &mut Option<String>, old: &Option<String>) {
    if let (Some(new), Some(before)) = (name.as_deref(), old.as_deref())
        && is_same_person(Some(new), Some(before))
        && !text::says_more(new, before)
    {
        name.clone_from(old);
    }
}

fn is_same_person(one: Option<&str>, other: Option<&str>) -> bool {
    matches!((one, other), (Some(one), Some(other)) if text::person_name(one) == text::person_name(other))
}

/// Elements that a person sets on pages of their own, told in words of their own by [`keep_set`].
pub(super) const TOLD_APART: [&str; 4] = ["parent_id", "term_end", "chair", "is_active"];

/// Tells where a file says otherwise than a person has.
pub(super) fn tell_set(
    site: &Site,
    map: &ColumnMap,
    said: &UnionRow,
    old: &UnionRow,
    set: &HashSet<String>,
    kept: &mut Vec<String>,
) {
    let (said, old) = (union_values(&site.keys, said), union_values(&site.keys, old));
    let elements = Dictionary::shipped().of(Kind::Unions).iter();
    for ((element, said), old) in elements.zip(said).zip(old) {
        if !set.contains(&element.name) || !map.has(&element.name) || said == old {
            continue;
        }
        if element.value_type == ValueType::PersonName && is_same_person(said.as_deref(), old.as_deref()) {
            continue; // another writing of the name
        }
        if said.is_none() && old.is_some() {
            continue; // an empty cell takes nothing away and needs no words
        }
        let shown = old.map_or_else(|| "（空）".to_owned(), |value| element.masked(&value));
        kept.push(format!(
            "{}与人工登记的不一致，保留人工登记的“{shown}”",
            element.zh
        ));
    }
}

/// What a person entered when the union was founded wins over a file; each difference is told.
pub(super) fn keep_entered(row: &mut UnionRow, old: &UnionRow, kept: &mut Vec<String>) {
    macro_rules! entered {
        ($($label:literal => $field:ident),+ $(,)?) => {
            $( if old.$field.is_some() && row.$field != old.$field {
                if row.$field.is_some() {
                    kept.push(format!(concat!($label, "与人工登记的不一致，保留人工登记的“{}”"), shown($label, &old.$field)));
                }
                row.$field = old.$field.clone();
            } )+
        };
    }
    entered!(
        "单位统一社会信用代码" => employer_code,
        "单位名称" => employer_name,
        "工会主席" => chair,
        "区县" => county,
        "街道乡镇" => town,
        "上级工会标识" => parent_id,
        "建会日期" => founded_on,
        "届满日期" => term_end_on,
        "会员人数" => declared_members,
    );
    if row.name != old.name {
        kept.push(format!(
            "工会名称与人工登记的不一致，保留人工登记的“{}”",
            old.name
        ));
        row.name.clone_from(&old.name);
        row.search.clone_from(&old.search);
    }
    row.union_type.clone_from(&old.union_type);
}

/// What a person has changed since (调整上级、撤销、合并) wins over a file; each difference is told.
pub(super) fn keep_set(
    row: &mut UnionRow,
    old: &UnionRow,
    by_hand: &HashSet<String>,
    kept: &mut Vec<String>,
) {
    if by_hand.contains("parent_id") && row.parent_id != old.parent_id {
        kept.push(format!(
            "上级工会与人工调整的不一致，保留人工调整的“{}”",
            shown("上级工会标识", &old.parent_id)
        ));
        row.parent_id.clone_from(&old.parent_id);
    }
    if by_hand.contains("term_end") && row.term_end_on != old.term_end_on {
        kept.push(format!(
            "届满日期与换届登记的不一致，保留换届登记的“{}”",
            shown("届满日期", &old.term_end_on)
        ));
        row.term_end_on = old.term_end_on;
    }
    let is_other = !is_same_person(row.chair.as_deref(), old.chair.as_deref());
    if by_hand.contains("chair") && row.chair != old.chair && is_other {
        kept.push("工会主席与委员会登记的不一致，保留委员会登记的".to_owned());
        row.chair.clone_from(&old.chair);
    }
    if by_hand.contains("is_active") && row.is_active != old.is_active {
        kept.push("本工会已由人工撤销或合并，文件中的这一行没有使它恢复".to_owned());
        row.is_active = old.is_active;
    }
}

/// A value as people may read it beside its label.
fn shown(label: &str, value: &Option<impl ToString>) -> String {
    let value = value.as_ref().map(ToString::to_string).unwrap_or_default();
    match Dictionary::shipped().labelled(Kind::Unions, label) {
        Some(element) => element.masked(&value),
        None => value,
    }
}
