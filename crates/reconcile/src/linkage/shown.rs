//! What either side says about a field, in words for the explanation. Numbers that name a person (phone) are never in the
//! lake, so only "同" or "不同" can be told of them.

use crate::table::{EnterpriseTable, UnionRow};
use codes::division::Divisions;
use engines::matching::{Claim, Field};

/// The two texts of one field: the union's, the register's.
pub fn shown(
    field: Field,
    union: &UnionRow,
    claim: &Claim,
    row: u32,
    votes: (u32, u32),
    table: &EnterpriseTable,
) -> (String, String) {
    let i = row as usize;
    let own = |text: Option<&str>| text.unwrap_or("").to_string();
    let theirs = |array: &arrow::array::StringArray| own(crate::table::text(array, i));
    match field {
        Field::Code => (claim.code.shown.clone(), theirs(&table.uscc)),
        Field::Name => (
            union.employer_name.clone().unwrap_or_else(|| union.name.clone()),
            theirs(&table.name),
        ),
        Field::LegalRep => (own(union.employer_legal_rep.as_deref()), theirs(&table.legal_rep)),
        Field::Phone => (
            present(claim.phone),
            present(crate::table::int(&table.phone_token, i)),
        ),
        Field::Address => (own(union.address.as_deref()), theirs(&table.address)),
        Field::Place => (
            place(union.county, union.town),
            place(table.county_of(row), table.town_of(row)),
        ),
        Field::Industry => (industry(claim.industry), industry(table.entity(row).industry)),
        Field::Dates => (
            union.founded.map(|d| format!("{d}建会")).unwrap_or_default(),
            table
                .founded_day(row)
                .map(|d| format!("{d}成立"))
                .unwrap_or_default(),
        ),
        Field::Status => (String::new(), theirs(&table.status)),
        Field::Vote => match votes {
            (_, 0) => (String::new(), String::new()),
            (here, insured) => (format!("参保会员{insured}人"), format!("其中{here}人在此参保")),
        },
    }
}

/// Letter and name of an industry section (`C 制造业`).
fn industry(section: Option<char>) -> String {
    let Some(section) = section else {
        return String::new();
    };
    match codes::industry::section_name(section) {
        Some(name) => format!("{section} {name}"),
        None => section.to_string(),
    }
}

fn present(value: Option<i64>) -> String {
    value.map(|_| "已登记（脱敏）".to_string()).unwrap_or_default()
}

/// County and town by name.
pub fn place(county: Option<i32>, town: Option<i64>) -> String {
    let divisions = Divisions::shipped();
    let county = county
        .and_then(|c| u32::try_from(c).ok())
        .and_then(|c| divisions.county_name(c))
        .unwrap_or("");
    let town = town
        .and_then(|t| u64::try_from(t).ok())
        .and_then(|t| divisions.town_name(t))
        .unwrap_or("");
    format!("{county}{town}")
}
