//! Reading one row of the unions' register (工会组织).

use std::ops::RangeInclusive;

use codes::employer_code::EmployerCode;
use codes::text;
use codes::time::Day;
use codes::union_name::UnionName;
use codes::uscc::normalise_code;
use domain::dictionary::{self, LATITUDES, LONGITUDES};
use domain::union_org::UnionType;

use super::agency::{Parsed, employer_code, phone, unreadable_phone};
use super::cells::{Cells, Doubt, unread_json};
use super::form::{self, FormColumns};

/// A union as a file has it, before it meets the register.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct UnionCells {
    pub name: String,
    pub union_code: Option<String>,
    pub employer_code: Option<String>,
    pub employer_name: Option<String>,
    /// The file says so; else the name was read from the union's own.
    pub is_employer_named: bool,
    pub employer_legal_rep: Option<String>,
    pub chair: Option<String>,
    pub county: Option<i64>,
    pub town: Option<i64>,
    pub address: Option<String>,
    pub phone: Option<String>,
    /// What stood there when it is no phone.
    pub phone_unread: Option<String>,
    pub industry_section: Option<String>,
    pub union_type: UnionType,
    pub parent_id: Option<String>,
    /// Where no key says which union is above, its name may.
    pub parent_name: Option<String>,
    pub industry_parent_id: Option<String>,
    pub founded: Option<Day>,
    pub term_end: Option<Day>,
    pub declared_members: Option<i64>,
    pub lon: Option<f64>,
    pub lat: Option<f64>,
    /// The form's further elements as a JSON object.
    pub extra: Option<String>,
    pub unread: Option<String>,
}

impl UnionCells {
    /// Leaves an element out, as if the file had no such column.
    pub fn forget(&mut self, element: &str) {
        match element {
            "employer_uscc" => self.employer_code = None,
            "union_code" => self.union_code = None,
            "employer_name" if self.is_employer_named => {
                (self.employer_name, self.is_employer_named) = (None, false);
            }
            "employer_legal_rep" => self.employer_legal_rep = None,
            "chair" => self.chair = None,
            // A street lies in its county, and tells it.
            "county" | "street" => (self.county, self.town) = (None, None),
            "address" => self.address = None,
            "phone" => (self.phone, self.phone_unread) = (None, None),
            "industry_section" => self.industry_section = None,
            "parent_id" => self.parent_id = None,
            "parent_name" => self.parent_name = None,
            "industry_parent_id" => self.industry_parent_id = None,
            "founded" => self.founded = None,
            "term_end" => self.term_end = None,
            "declared_members" => self.declared_members = None,
            "lon" => self.lon = None,
            "lat" => self.lat = None,
            _ => {}
        }
        for told in [&mut self.extra, &mut self.unread] {
            *told = form::but(told.take(), element);
        }
    }
}

/// Reads one row. `today` tells impossible founding dates.
pub(super) fn parse(cells: &Cells<'_>, form: &FormColumns, today: Day) -> Parsed<UnionCells> {
    let mut doubts = cells.contests();
    let own_phone = phone(cells, &mut doubts);
    let name = cells.named("union_name", dictionary::union_name, str::to_owned, &mut doubts);
    let (county, town) = cells.place(&mut doubts);
    let code = employer_code(cells, "employer_uscc", &mut doubts);
    let written = normalise_code(cells.raw("employer_uscc"));
    let is_nothing = matches!(code, EmployerCode::Empty | EmployerCode::Placeholder);
    let row = UnionCells {
        union_code: union_code(cells, &mut doubts),
        employer_code: (!is_nothing && !written.is_empty()).then_some(written),
        is_employer_named: cells.text("employer_name").is_some(),
        employer_name: cells.text("employer_name").or_else(|| {
            UnionName::parse(&name)
                .employer
                .map(|employer| as_written(&name, employer))
        }),
        employer_legal_rep: person(cells, "employer_legal_rep", &mut doubts),
        chair: person(cells, "chair", &mut doubts),
        county: county.map(i64::from),
        town: town.map(|town| town as i64),
        address: cells.text("address"),
        phone_unread: unreadable_phone(cells).filter(|_| own_phone.is_none()),
        phone: own_phone,
        industry_section: cells.read("industry_section", dictionary::industry_section, &mut doubts),
        union_type: union_type(cells, &name, &mut doubts),
        parent_id: cells.text("parent_id"),
        parent_name: cells.text("parent_name"),
        industry_parent_id: cells.text("industry_parent_id"),
        founded: founded(cells, today, &mut doubts),
        term_end: cells.date("term_end", &mut doubts),
        declared_members: cells.count("declared_members", &mut doubts),
        lon: degrees(cells, "lon", &LONGITUDES, &mut doubts),
        lat: degrees(cells, "lat", &LATITUDES, &mut doubts),
        extra: form::stored(form.read(cells, today, &mut doubts)),
        unread: unread_json(&doubts),
        name,
    };
    Parsed { row, doubts }
}

fn person(cells: &Cells<'_>, column: &'static str, doubts: &mut Vec<Doubt>) -> Option<String> {
    let name = cells.named(column, dictionary::person_name, text::written_name, doubts);
    Some(name).filter(|name| !name.is_empty())
}

/// An employer's name read out of a union's, in normal form there, with the letters and blanks that the union's has (`ABB 工程`).
fn as_written(union: &str, employer: String) -> String {
    if !employer.contains(|c: char| c.is_ascii_alphabetic()) {
        return employer;
    }
    text::written_part(union, &employer).map_or(employer, str::to_owned)
}

/// Kept in normal writing, right or wrong, because linkage reads it again: an employer's code in the union's column is
/// told as a doubt and still says who the employer is.
fn union_code(cells: &Cells<'_>, doubts: &mut Vec<Doubt>) -> Option<String> {
    let fault = match EmployerCode::read(cells.raw("union_code")) {
        EmployerCode::Empty | EmployerCode::Placeholder => return None,
        EmployerCode::UnionCode(_) => None,
        EmployerCode::Uscc(_) => Some("填的是单位代码，不是工会代码（81、89 开头）"),
        _ => Some("校验不通过，不是有效的工会代码"),
    };
    let reason = cells.damage("union_code").or(fault);
    if let Some(reason) = reason {
        cells.doubt::<()>("union_code", reason.to_owned(), doubts);
    }
    Some(normalise_code(cells.raw("union_code")))
}

fn union_type(cells: &Cells<'_>, name: &str, doubts: &mut Vec<Doubt>) -> UnionType {
    match UnionType::read(cells.raw("union_type")) {
        Some(UnionType::Unknown) => UnionType::of_name(name),
        Some(known) => known,
        None => {
            doubts.push(Doubt {
                column: "union_type",
                raw: cells.raw("union_type").to_owned(),
                reason: "不是已知的工会类型，按工会名称判断".to_owned(),
            });
            UnionType::of_name(name)
        }
    }
}

/// No union is older than the All-China Federation (1 May 1925).
fn founded(cells: &Cells<'_>, today: Day, doubts: &mut Vec<Doubt>) -> Option<Day> {
    let day = cells.past_date("founded", today, doubts)?;
    if Day::new(1925, 5, 1).is_some_and(|first| day < first) {
        return cells.doubt("founded", "早于中华全国总工会成立日（1925-05-01）".into(), doubts);
    }
    Some(day)
}

fn degrees(
    cells: &Cells<'_>,
    column: &'static str,
    range: &RangeInclusive<f64>,
    doubts: &mut Vec<Doubt>,
) -> Option<f64> {
    let degrees = |raw: &str| match raw {
        "" => Ok(None),
        raw => dictionary::degrees(raw, range).map(Some),
    };
    cells.read(column, degrees, doubts)
}
