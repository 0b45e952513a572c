//! View `employer`: one row per enterprise that could concern a union.

use super::columns::Columns;
use super::facts::{Facts, Sources, is_branch, is_dispatch, parent};
use crate::linkage::place;
use crate::table::{int, text};
use arrow::array::{Array, RecordBatch};
use arrow::error::ArrowError;

/// Facts of one row that cost a name to be taken apart: computed once, in parallel.
struct Traits {
    is_branch: bool,
    is_dispatch: bool,
    is_group: bool,
    is_payer: bool,
    parent: Option<u32>,
}

/// Builds the view for these rows.
pub fn employer_view(
    from: &Sources<'_>,
    facts: &Facts,
    rows: &[u32],
    threads: usize,
) -> Result<RecordBatch, ArrowError> {
    let traits: Vec<Traits> = crate::parallel::parts(rows.len(), threads, |range| {
        range.map(|i| traits(from, facts, rows[i])).collect::<Vec<_>>()
    })
    .into_iter()
    .flatten()
    .collect();
    let mut columns = Columns::default();
    register_columns(&mut columns, from, rows);
    agency_columns(&mut columns, facts, rows);
    union_columns(&mut columns, from, facts, rows, &traits);
    columns.int(
        "address_peers",
        rows.iter().map(|&r| Some(facts.address_peers(from.table, r))),
    );
    columns.int(
        "phone_peers",
        rows.iter().map(|&r| Some(facts.phone_peers(from.table, r))),
    );
    columns.flag(
        "is_agency_address",
        rows.iter().map(|&r| facts.is_agency_address(from.table, r)),
    );
    columns.flag("is_branch", traits.iter().map(|t| t.is_branch));
    columns.flag("is_dispatch", traits.iter().map(|t| t.is_dispatch));
    columns.flag("is_group", traits.iter().map(|t| t.is_group));
    columns.flag("is_payer", traits.iter().map(|t| t.is_payer));
    columns.finish()
}

fn traits(from: &Sources<'_>, facts: &Facts, row: u32) -> Traits {
    let is_branch = is_branch(from.table, row);
    let insured = facts.insured(row).unwrap_or(0);
    let declared = facts.tax.get(row).and_then(|t| t.headcount).filter(|n| *n > 0);
    Traits {
        is_branch,
        is_dispatch: is_dispatch(from.table, row),
        is_group: from.table.name.value(row as usize).contains("集团"),
        // One insured unit that pays for several firms has far more insured than it declares wages for.
        is_payer: declared.is_some_and(|n| insured > 2 * n && insured - n >= 20),
        parent: if is_branch { parent(from.table, row) } else { None },
    }
}

fn register_columns(columns: &mut Columns, from: &Sources<'_>, rows: &[u32]) {
    let table = from.table;
    let each = || rows.iter().map(|&r| r as usize);
    columns.text("enterprise_id", each().map(|i| Some(table.id.value(i))));
    columns.text("uscc", each().map(|i| text(&table.uscc, i)));
    columns.text("name", each().map(|i| Some(table.name.value(i))));
    columns.text("entity", each().map(|i| table.entity.get(i)));
    columns.text("status", each().map(|i| text(&table.status, i)));
    columns.text("status_class", rows.iter().map(|&r| Some(status_key(from, r))));
    columns.text("legal_rep", each().map(|i| text(&table.legal_rep, i)));
    columns.int32(
        "county",
        each().map(|i| table.county.is_valid(i).then(|| table.county.value(i))),
    );
    columns.int("town", each().map(|i| int(&table.town, i)));
    columns.text(
        "place",
        rows.iter()
            .map(|&r| Some(place(table.county_of(r), table.town_of(r))).filter(|p| !p.is_empty())),
    );
    columns.text("address", each().map(|i| text(&table.address, i)));
    columns.text("industry", each().map(|i| text(&table.industry, i)));
    columns.day(
        "founded",
        each().map(|i| table.founded.is_valid(i).then(|| table.founded.value(i))),
    );
    columns.int(
        "months_old",
        rows.iter().map(|&r| {
            table
                .founded_day(r)
                .filter(|day| *day <= from.as_of)
                .map(|day| i64::from(day.months_until(from.as_of)))
        }),
    );
    columns.int("capital_fen", each().map(|i| int(&table.capital_fen, i)));
}

fn agency_columns(columns: &mut Columns, facts: &Facts, rows: &[u32]) {
    let tax = |r: &u32| facts.tax.get(*r);
    columns.int("insured_now", rows.iter().map(|&r| facts.insured(r)));
    columns.int(
        "insured_unclear",
        rows.iter()
            .map(|&r| Some(i64::from(facts.insured_unclear[r as usize]))),
    );
    columns.int(
        "tax_year",
        rows.iter()
            .map(|r| tax(r).map(|t| i64::from(t.year)).filter(|y| *y > 0)),
    );
    columns.int(
        "tax_headcount",
        rows.iter().map(|r| tax(r).and_then(|t| t.headcount)),
    );
    columns.int(
        "payroll_fen",
        rows.iter().map(|r| tax(r).and_then(|t| t.payroll_fen)),
    );
    columns.int(
        "union_fee_fen",
        rows.iter().map(|r| tax(r).and_then(|t| t.union_fee_fen)),
    );
    columns.int(
        "prep_fee_fen",
        rows.iter().map(|r| tax(r).and_then(|t| t.prep_fee_fen)),
    );
}

fn union_columns(columns: &mut Columns, from: &Sources<'_>, facts: &Facts, rows: &[u32], traits: &[Traits]) {
    let id = |u: u32| from.unions[u as usize].id.as_str();
    let name = |u: u32| from.unions[u as usize].name.as_str();
    let own = |r: u32| {
        facts
            .own_unions
            .get(&r)
            .and_then(|unions| unions.first())
            .copied()
    };
    let cover = |r: &u32| facts.covered_by.get(r).copied();
    let candidate = |r: &u32| facts.candidates.get(r).copied();
    let joint = |r: &u32| facts.joint_members.get(r).copied();
    let town = |r: &u32| {
        from.table
            .town_of(*r)
            .and_then(|t| facts.town_union.get(&t))
            .copied()
    };
    columns.int(
        "own_unions",
        rows.iter()
            .map(|r| Some(facts.own_unions.get(r).map_or(0, |u| u.len() as i64))),
    );
    columns.text("own_union_id", rows.iter().map(|&r| own(r).map(id)));
    columns.text("own_union_name", rows.iter().map(|&r| own(r).map(name)));
    columns.text("cover_union_id", rows.iter().map(|r| cover(r).map(id)));
    columns.text("cover_union_name", rows.iter().map(|r| cover(r).map(name)));
    columns.text(
        "candidate_union_id",
        rows.iter().map(|r| candidate(r).map(|c| id(c.0))),
    );
    columns.text(
        "candidate_union_name",
        rows.iter().map(|r| candidate(r).map(|c| name(c.0))),
    );
    columns.real(
        "candidate_probability",
        rows.iter().map(|r| candidate(r).and_then(|c| c.1)),
    );
    columns.text(
        "candidate_evidence",
        rows.iter()
            .map(|r| candidate(r).and_then(|c| c.1.map(|_| &from.links[c.0 as usize].evidence))),
    );
    columns.int(
        "joint_members",
        rows.iter().map(|r| joint(r).map(|j| i64::from(j.0))),
    );
    columns.text(
        "joint_union_name",
        rows.iter().map(|r| joint(r).map(|j| name(j.1))),
    );
    columns.text("town_union_id", rows.iter().map(|r| town(r).map(id)));
    columns.text("town_union_name", rows.iter().map(|r| town(r).map(name)));
    let parent = |t: &Traits| t.parent;
    columns.text(
        "parent_id",
        traits
            .iter()
            .map(|t| parent(t).map(|p| from.table.id.value(p as usize))),
    );
    columns.text(
        "parent_name",
        traits
            .iter()
            .map(|t| parent(t).map(|p| from.table.name.value(p as usize))),
    );
    columns.text(
        "parent_union_id",
        traits.iter().map(|t| parent(t).and_then(own).map(id)),
    );
    columns.text(
        "parent_union_name",
        traits.iter().map(|t| parent(t).and_then(own).map(name)),
    );
}

/// The lake's key of a status class.
pub fn status_key(from: &Sources<'_>, row: u32) -> &'static str {
    use engines::matching::StatusClass::{Gone, InBusiness, MovedOut, Paused, Unknown};
    match from.table.status_class(row) {
        InBusiness => "in_business",
        Gone => "gone",
        MovedOut => "moved_out",
        Paused => "paused",
        Unknown => "unknown",
    }
}
