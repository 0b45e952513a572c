//! A union's registered data as somebody typed them into a form: read by the same code as a row of a file, so that both keep to the
//! dictionary. What would be a doubt in a file is refused here, beside its field.

use std::sync::Arc;

use codes::text;
use domain::dictionary::{Dictionary, Element};
use domain::intake::Kind;
use office::table::{Cell, Row};
use store::union_org::UnionRow;

use super::Site;
use super::agency::Parsed;
use super::cells::{CLEARED, Cells, ColumnMap};
use super::form::FormColumns;
use super::typed::{Fault, Typed};
use super::{union_cells, unions};
use crate::op::{App, OpContext};
use crate::register_values::union_values;

/// Elements that the form shows: all but keys, lines and what has a page of its own (委员会, 法人资格, 牌子).
pub fn elements() -> impl Iterator<Item = &'static Element> {
    let all = Dictionary::shipped().of(Kind::Unions).iter();
    all.filter(|element| {
        !matches!(
            element.name.as_str(),
            "union_id"
                | "parent_id"
                | "parent_name"
                | "industry_parent_id"
                | "chair"
                | "term_no"
                | "term_start"
                | "term_end"
                | "legal_status"
                | "second_names"
        )
    })
}

/// Whether a union may be without it.
pub fn may_be_empty(element: &Element) -> bool {
    !matches!(element.name.as_str(), "union_name" | "union_type")
}

/// The row after what was typed: what was left empty stays, what was marked as cleared goes. Hash and standing are the caller's.
///
/// # Errors
/// The fields that cannot be read, each with its reason.
pub(crate) fn read(op: &OpContext, app: &App, old: &UnionRow, typed: &Typed) -> Result<UnionRow, Vec<Fault>> {
    let given = |name: &str| typed.get(name).map_or("", |text| text.trim());
    let asked: Vec<&'static Element> = elements()
        .filter(|element| !given(&element.name).is_empty())
        .collect();
    let mut faults: Vec<Fault> = Vec::new();
    for element in &asked {
        let text = given(&element.name);
        if (text == CLEARED || text::says_nothing(text)) && !may_be_empty(element) {
            faults.push((element.name.as_str(), format!("{}不能清空", element.zh)));
        }
    }
    let all = Dictionary::shipped().of(Kind::Unions);
    let now = union_values(&app.keys, old);
    let cells = all
        .iter()
        .zip(now)
        .map(|(element, value)| match given(&element.name) {
            "" => Cell {
                text: value.unwrap_or_default(),
                damage: None,
            },
            CLEARED => Cell::default(),
            text => Cell::typed(text),
        });
    let row = Row {
        number: 1,
        cells: cells.collect(),
        broken: None,
    };
    let names = || all.iter().map(|element| element.name.as_str());
    let map = Arc::new(ColumnMap::in_order(Kind::Unions, names()));
    let form = Arc::new(FormColumns::of(Kind::Unions, &map));
    let site = Site {
        withheld: Arc::default(),
        keys: Arc::clone(&app.keys),
        ids: Arc::clone(&app.ids),
        now: op.now(),
        today: op.today(),
        batch_no: 0,
        is_delta: true,
        file_bytes: 0,
        form: Arc::clone(&form),
        map: Arc::clone(&map),
    };
    let Parsed { row: parsed, doubts } =
        union_cells::parse(&Cells { row: &row, map: &map }, &form, op.today());
    let is_asked = |name: &str| asked.iter().any(|element| element.name == name);
    let of_place = |name: &str| matches!(name, "county" | "street");
    for doubt in doubts {
        // A town that no longer fits the county is the county's fault as well.
        let concerns =
            is_asked(doubt.column) || of_place(doubt.column) && (is_asked("county") || is_asked("street"));
        if concerns && !faults.iter().any(|(field, _)| *field == doubt.column) {
            faults.push((doubt.column, doubt.reason));
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let changed = asked.iter().map(|element| element.name.clone()).collect();
    let mut row = unions::merged(&site, &map.only(&changed), old, parsed);
    if !is_asked("employer_name") {
        // A file's row may tell the employer by the union's name; whoever renames a union says nothing of its employer.
        row.employer_name.clone_from(&old.employer_name);
    }
    Ok(row)
}
