//! What either side says about a field, in words for the explanation. Numbers that name a person (phone) are never in the
//! lake, so only "同" or "不同" can be told of them.

use crate::table::{EnterpriseTable, Texts, UnionRow};
use codes::division::Divisions;
use engines::matching::{Claim, Field};
use std::borrow::Cow;

/// The two texts of one field: the union's, the register's.
pub fn shown<'a>(
    field: Field,
    union: &'a UnionRow,
    claim: &'a Claim,
    row: u32,
    votes: (u32, u32),
    table: &'a EnterpriseTable,
) -> (Cow<'a, str>, Cow<'a, str>) {
    let i = row as usize;
    let own = |text: Option<&'a str>| Cow::Borrowed(text.unwrap_or(""));
    let theirs = |column: &'a dyn Texts| own(crate::table::text(column, i));
    match field {
        Field::Code => (own(Some(&claim.code.shown)), theirs(&table.uscc)),
        Field::Name => (
            own(Some(union.employer_name.as_ref().unwrap_or(&union.name))),
            theirs(&table.name),
        ),
        Field::LegalRep => (own(union.employer_legal_rep.as_deref()), theirs(&table.legal_rep)),
        Field::Phone => (
            present(claim.phone),
            present(crate::table::int(&table.phone_token, i)),
        ),
        Field::Address => (own(union.address.as_deref()), theirs(&table.address)),
        Field::Place => (
            place(union.county, union.town).into(),
            place(table.county_of(row), table.town_of(row)).into(),
        ),
        Field::Industry => (
            industry(claim.industry).into(),
            industry(table.industry_of(row)).into(),
        ),
        Field::Dates => (
            union
                .founded
                .map(|d| format!("{d}建会"))
                .unwrap_or_default()
                .into(),
            table
                .founded_day(row)
                .map(|d| format!("{d}成立"))
                .unwrap_or_default()
                .into(),
        ),
        Field::Status => (own(None), theirs(&table.status)),
        Field::Vote => match votes {
            (_, 0) => (own(None), own(None)),
            (here, insured) => (
                format!("参保会员{insured}人").into(),
                format!("其中{here}人在此参保").into(),
            ),
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

fn present(value: Option<i64>) -> Cow<'static, str> {
    Cow::Borrowed(value.map_or("", |_| "已登记（脱敏）"))
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
