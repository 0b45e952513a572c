//! View `union_view`: one row per union with its link, its members counted, and the facts of its employer.

use super::columns::Columns;
use super::employer::status_key;
use super::facts::{Facts, Sources, is_branch, is_dispatch, keeper_order};
use crate::linkage::place;
use crate::table::{UnionRow, text};
use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use codes::employer_code::EmployerCode;
use codes::uscc::Uscc;
use engines::matching::{Decision, Population};
use std::collections::HashMap;

/// Unions of one employer, and which of them would be kept.
#[derive(Clone, Copy, Default)]
struct Group {
    size: i64,
    keeper: u32,
    members: i64,
}

/// Builds the view, in order of union ids.
pub fn union_view(from: &Sources<'_>, facts: &Facts) -> Result<RecordBatch, ArrowError> {
    let mut columns = Columns::default();
    register_columns(&mut columns, from);
    member_columns(&mut columns, from);
    link_columns(&mut columns, from);
    employer_columns(&mut columns, from, facts);
    group_columns(&mut columns, from);
    columns.finish()
}

fn register_columns(columns: &mut Columns, from: &Sources<'_>) {
    let each = || from.unions.iter();
    columns.text("union_id", each().map(|u| Some(&u.id)));
    columns.text("name", each().map(|u| Some(&u.name)));
    columns.text("union_type", each().map(|u| Some(&u.union_type)));
    columns.text(
        "population",
        from.claims.iter().map(|c| {
            Some(match c.population {
                Population::Single => "single",
                Population::Unknown => "unknown",
                Population::Collective => "collective",
                Population::Organ => "organ",
            })
        }),
    );
    columns.text("union_code", each().map(|u| u.union_code.as_deref()));
    columns.text("union_code_state", each().map(|u| Some(union_code_state(u))));
    columns.text("employer_code", each().map(|u| u.employer_code.as_deref()));
    columns.text(
        "employer_code_state",
        each().zip(from.links).map(|(u, link)| {
            let adopted = link.row.filter(|_| link.decision == Decision::Linked);
            Some(employer_code_state(
                u,
                adopted.and_then(|row| text(&from.table.uscc, row as usize)),
            ))
        }),
    );
    columns.text("stated_employer", each().map(|u| u.employer_name.as_deref()));
    columns.int32("county", each().map(|u| u.county));
    columns.int("town", each().map(|u| u.town));
    columns.text(
        "place",
        each().map(|u| Some(place(u.county, u.town)).filter(|p| !p.is_empty())),
    );
    columns.day(
        "founded",
        each().map(|u| u.founded.map(|d| d.to_days_since_epoch())),
    );
    columns.day(
        "term_end",
        each().map(|u| u.term_end.map(|d| d.to_days_since_epoch())),
    );
    columns.int(
        "term_days_left",
        each().map(|u| u.term_end.map(|end| from.as_of.days_until(end))),
    );
    columns.flag("is_active", each().map(|u| u.is_active));
    columns.text("source", each().map(|u| Some(&u.source)));
    columns.int("declared_members", each().map(|u| u.declared_members));
}

fn member_columns(columns: &mut Columns, from: &Sources<'_>) {
    let votes = from.votes;
    columns.int("members", votes.members.iter().map(|n| Some(i64::from(*n))));
    columns.int(
        "members_insured",
        votes.insured_now.iter().map(|n| Some(i64::from(*n))),
    );
    columns.int(
        "members_at_employer",
        from.links.iter().enumerate().map(|(u, link)| {
            let row = link.row.filter(|_| link.decision == Decision::Linked)?;
            Some(i64::from(votes.here(u as u32, row)))
        }),
    );
}

fn link_columns(columns: &mut Columns, from: &Sources<'_>) {
    let id = |row: u32| from.table.id.value(row as usize);
    let linked = |decision: Decision| {
        from.links
            .iter()
            .map(move |link| link.row.filter(|_| link.decision == decision))
    };
    columns.text("link_decision", from.links.iter().map(|l| Some(l.decision.key())));
    columns.text("link_tier", from.links.iter().map(|l| l.tier));
    columns.real("link_probability", from.links.iter().map(|l| l.probability));
    columns.text(
        "link_evidence",
        from.links.iter().map(|l| l.row.map(|_| &l.evidence)),
    );
    columns.text("enterprise_id", linked(Decision::Linked).map(|row| row.map(id)));
    columns.text("candidate_id", linked(Decision::Verify).map(|row| row.map(id)));
    columns.text(
        "candidate_name",
        linked(Decision::Verify).map(|row| row.map(|r| from.table.name.value(r as usize))),
    );
    columns.text(
        "candidate_uscc",
        linked(Decision::Verify).map(|row| row.and_then(|r| text(&from.table.uscc, r as usize))),
    );
}

fn employer_columns(columns: &mut Columns, from: &Sources<'_>, facts: &Facts) {
    let table = from.table;
    let rows: Vec<Option<u32>> = from
        .links
        .iter()
        .map(|link| link.row.filter(|_| link.decision == Decision::Linked))
        .collect();
    let each = || rows.iter().copied();
    columns.text(
        "uscc",
        each().map(|row| row.and_then(|r| text(&table.uscc, r as usize))),
    );
    columns.text(
        "employer_name",
        each().map(|row| row.map(|r| table.name.value(r as usize))),
    );
    columns.text(
        "employer_status",
        each().map(|row| row.and_then(|r| text(&table.status, r as usize))),
    );
    columns.text(
        "employer_status_class",
        each().map(|row| row.map(|r| status_key(from, r))),
    );
    columns.int32(
        "employer_county",
        each().map(|row| row.and_then(|r| table.county_of(r))),
    );
    columns.int(
        "employer_town",
        each().map(|row| row.and_then(|r| table.town_of(r))),
    );
    columns.text(
        "employer_place",
        each().map(|row| {
            row.map(|r| place(table.county_of(r), table.town_of(r)))
                .filter(|p| !p.is_empty())
        }),
    );
    columns.int(
        "insured_now",
        each().map(|row| row.and_then(|r| facts.insured(r))),
    );
    columns.int(
        "tax_headcount",
        each().map(|row| row.and_then(|r| facts.tax.get(r)).and_then(|t| t.headcount)),
    );
    columns.flag(
        "is_branch",
        each().map(|row| row.is_some_and(|r| is_branch(table, r))),
    );
    columns.flag(
        "is_dispatch",
        each().map(|row| row.is_some_and(|r| is_dispatch(table, r))),
    );
    columns.flag(
        "is_group",
        each().map(|row| row.is_some_and(|r| table.name.value(r as usize).contains("集团"))),
    );
}

fn group_columns(columns: &mut Columns, from: &Sources<'_>) {
    let (groups, of_union) = groups(from);
    let group = |u: usize| of_union[u].and_then(|key| groups.get(&key)).copied();
    let all = || 0..from.unions.len();
    columns.int(
        "unions_at_employer",
        all().map(|u| Some(group(u).map_or(1, |g| g.size))),
    );
    columns.text(
        "keeper_id",
        all().map(|u| group(u).map(|g| &from.unions[g.keeper as usize].id)),
    );
    columns.text(
        "keeper_name",
        all().map(|u| group(u).map(|g| &from.unions[g.keeper as usize].name)),
    );
    columns.flag(
        "same_name_as_keeper",
        all().map(|u| {
            group(u).is_some_and(|g| {
                let normal = |u: usize| codes::text::normalise(&from.unions[u].name);
                normal(u) == normal(g.keeper as usize)
            })
        }),
    );
    columns.int(
        "members_at_all_unions",
        all().map(|u| Some(group(u).map_or(i64::from(from.votes.members[u]), |g| g.members))),
    );
}

/// Active unions that speak of one employer: linked to one enterprise, or unlinked with one employer name in one county.
fn groups(from: &Sources<'_>) -> (HashMap<i128, Group>, Vec<Option<i128>>) {
    let mut of_union: Vec<Option<i128>> = Vec::with_capacity(from.unions.len());
    for (number, link) in from.links.iter().enumerate() {
        let claim = &from.claims[number];
        let key = match (link.decision, link.row) {
            _ if !from.unions[number].is_active => None,
            (Decision::Linked, Some(row)) => Some(i128::from(row) + (1i128 << 100)),
            _ if claim.population == Population::Single => claim
                .names
                .first()
                .map(|n| (i128::from(n.normal_key) << 32) ^ i128::from(claim.county.unwrap_or(0))),
            _ => None,
        };
        of_union.push(key);
    }
    let mut groups: HashMap<i128, Group> = HashMap::new();
    for (number, key) in of_union.iter().enumerate() {
        let Some(key) = key else { continue };
        let number = number as u32;
        let group = groups.entry(*key).or_insert(Group {
            size: 0,
            keeper: number,
            members: 0,
        });
        group.size += 1;
        group.members += i64::from(from.votes.members[number as usize]);
        if keeper_order(from, number) < keeper_order(from, group.keeper) {
            group.keeper = number;
        }
    }
    (groups, of_union)
}

fn union_code_state(union: &UnionRow) -> &'static str {
    match union.union_code.as_deref().map(Uscc::parse) {
        None => "missing",
        Some(Ok(code)) if code.is_union() => "ok",
        Some(Ok(_)) => "employer",
        Some(Err(_))
            if union.union_code.as_deref().is_some_and(|c| {
                matches!(
                    EmployerCode::read(c),
                    EmployerCode::Placeholder | EmployerCode::Empty
                )
            }) =>
        {
            "missing"
        }
        Some(Err(_)) => "unreadable",
    }
}

/// `linked` is the code of the linked employer: a valid code that is not it belongs to somebody else (a copied row, or the
/// firm's registration before the present one).
fn employer_code_state(union: &UnionRow, linked: Option<&str>) -> &'static str {
    match union
        .employer_code
        .as_deref()
        .map_or(EmployerCode::Empty, EmployerCode::read)
    {
        EmployerCode::Uscc(code) if linked.is_some_and(|linked| linked != code.as_str()) => "other",
        EmployerCode::Uscc(_) => "ok",
        EmployerCode::UnionCode(_) => "union",
        EmployerCode::Org(_) | EmployerCode::Reg(_) => "old",
        EmployerCode::Damaged { .. } | EmployerCode::Mistyped { .. } => "unreadable",
        EmployerCode::Placeholder | EmployerCode::Empty => "missing",
    }
}
