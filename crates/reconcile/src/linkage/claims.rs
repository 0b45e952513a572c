//! What each union says about its employer, read once.

use super::vote::Votes;
use crate::table::{EnterpriseTable, UnionRow};
use codes::address::AddressParts;
use codes::employer_code::EmployerCode;
use codes::union_name::{UnionName, UnionNameKind};
use engines::matching::{Claim, ClaimedCode, CodeStanding, NameForm, Population};

/// One claim per union, in the unions' order.
pub fn claims(unions: &[UnionRow], votes: &Votes, table: &EnterpriseTable, threads: usize) -> Vec<Claim> {
    let parts = crate::parallel::parts(unions.len(), threads, |range| {
        range
            .map(|i| claim(&unions[i], i, votes, table))
            .collect::<Vec<_>>()
    });
    parts.into_iter().flatten().collect()
}

fn claim(union: &UnionRow, number: usize, votes: &Votes, table: &EnterpriseTable) -> Claim {
    let named = match union.union_type.as_str() {
        "single" => UnionName::parse_single(&union.name),
        _ => UnionName::parse(&union.name),
    };
    let code = code(union, table);
    let population = population(union, &named);
    // A joint union's form names the lead firm, whose seat and code it borrows; only its own name tells an employer.
    let stated = union
        .employer_name
        .as_deref()
        .filter(|_| population != Population::Collective);
    let mut names: Vec<NameForm> = Vec::new();
    // Most forms state what the union's name says as well.
    let by_name = named
        .employer
        .as_deref()
        .filter(|by_name| Some(*by_name) != stated);
    for raw in [stated, by_name].into_iter().flatten() {
        let form = NameForm::parse(raw);
        let says_something = !form.brand.is_empty() || !form.trade.is_empty();
        if says_something && !names.contains(&form) {
            names.push(form);
        }
    }
    Claim {
        population,
        code,
        names,
        legal_rep: union.employer_legal_rep.clone(),
        phone: union.phone,
        address: union
            .address
            .as_deref()
            .and_then(|raw| AddressParts::parse(raw, union.county.and_then(|c| u32::try_from(c).ok())).key()),
        county: union.county,
        town: union.town,
        industry: union.industry,
        founded: union
            .founded
            .filter(|day| day.year() > 1900)
            .map(|day| day.to_days_since_epoch()),
        vote: votes.summary[number],
    }
}

/// The employer's code, also where it was written into the column of the union's code.
fn code(union: &UnionRow, table: &EnterpriseTable) -> ClaimedCode {
    let mut code = union
        .employer_code
        .as_deref()
        .map_or_else(ClaimedCode::none, ClaimedCode::read);
    if code.standing == CodeStanding::None
        && let Some(other) = union.union_code.as_deref()
        && matches!(
            EmployerCode::read(other),
            EmployerCode::Uscc(_) | EmployerCode::Org(_) | EmployerCode::Reg(_)
        )
    {
        code = ClaimedCode::read(other);
    }
    if code.standing == CodeStanding::Absent {
        let known = code.uscc.is_some_and(|key| table.by_uscc.contains(key))
            || code.org.is_some_and(|key| table.by_org.contains(key))
            || code.reg.is_some_and(|key| table.by_reg.contains(key));
        if known {
            code.standing = CodeStanding::Registered;
        } else if code.reg.is_some() {
            // An old number leaves the register with its licence; its absence says nothing.
            code.standing = CodeStanding::None;
        }
    }
    code
}

fn population(union: &UnionRow, named: &UnionName) -> Population {
    let by_name = match named.kind {
        UnionNameKind::Single => None,
        UnionNameKind::Organ => Some(Population::Organ),
        _ => Some(Population::Collective),
    };
    match union.union_type.as_str() {
        // A 分会 or 小组 is part of a base union: it has no employer of its own to be found.
        "joint" | "federation" | "industry" | "general" | "branch" | "group" => {
            return Population::Collective;
        }
        _ => {}
    }
    if let Some(population) = by_name {
        return population;
    }
    let organ_code = union
        .employer_code
        .as_deref()
        .is_some_and(|raw| match EmployerCode::read(raw) {
            EmployerCode::Uscc(code) => !code.as_str().starts_with('9'),
            _ => false,
        });
    if organ_code {
        Population::Organ
    } else if union.union_type == "single" {
        Population::Single
    } else {
        Population::Unknown
    }
}
