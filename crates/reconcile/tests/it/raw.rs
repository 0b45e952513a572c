//! Turns cells as files state them into lake rows, in the plainest way: for tests and for the example that runs on a folder.
//! The product's own intake does the same with reasons for every unread cell.

#![allow(dead_code)]

use codes::address::AddressParts;
use codes::company_name::CompanyName;
use codes::crypto::FieldKeys;
use codes::division::Divisions;
use codes::employer_code::EmployerCode;
use codes::industry::IndustryCode;
use codes::reg_no::RegNo;
use codes::resident_id::{IdParts, IdStatus, read_id};
use codes::text::{key64, normalise, person_name};
use codes::time::{Day, read_date};
use codes::uscc::normalise_code;
use lake::tables::{Cover, Enterprise, Insurance, Member, Tax, Union};
use std::sync::LazyLock;

/// A cell by column name; empty when unknown.
pub type Cells<'a> = &'a dyn Fn(&str) -> String;

fn filled(cell: String) -> Option<String> {
    Some(cell).filter(|t| !t.trim().is_empty())
}

fn day(cell: &str) -> Option<Day> {
    read_date(cell).ok().flatten()
}

fn day_status(cell: &str) -> (Option<Day>, u8) {
    match read_date(cell) {
        Ok(None) => (None, 0),
        Ok(Some(day)) => (Some(day), 1),
        Err(_) => (None, 2),
    }
}

fn places(cell: Cells<'_>) -> (Option<i32>, Option<i64>) {
    let divisions = Divisions::shipped();
    let county = divisions.county_by_name_or_code(&cell("county"));
    let town = divisions.town_by_name_or_code(county, &cell("street"));
    (county.map(|c| c as i32), town.map(|t| t as i64))
}

static KEYS: LazyLock<FieldKeys> = LazyLock::new(|| FieldKeys::from_master(&[7; 32]));

/// Part tokens of a number and the form's birth date.
fn parts(number: &str, stated_birth: &str) -> Option<i64> {
    let seen = match read_id(number) {
        (Some(id), _) => IdParts::of(&id),
        (None, IdStatus::OtherDocument | IdStatus::Missing) => IdParts::default(),
        (None, _) => IdParts::read(number),
    };
    let tokens = KEYS.part_tokens(&seen.stating(day(stated_birth)));
    (!tokens.is_empty()).then(|| tokens.word())
}

/// A stand-in for the keyed token, which would take minutes for a whole city in a debug build.
fn token(cell: &str) -> (Option<i64>, u8) {
    let (id, status) = read_id(cell);
    let token = match status {
        IdStatus::OtherDocument => Some(key64(&normalise_code(cell))),
        _ => id.map(|id| key64(id.as_str())),
    };
    (token, status as u8)
}

fn phone(cell: &str) -> Option<i64> {
    codes::mobile::Phone::parse(cell).ok().map(|p| key64(p.as_str()))
}

pub fn status_class(raw: &str) -> &'static str {
    let any = |words: &[&str]| words.iter().any(|w| raw.contains(w));
    if any(&["注销", "吊销", "撤销"]) {
        "gone"
    } else if any(&["迁出"]) {
        "moved_out"
    } else if any(&["歇业", "停业", "清算", "责令关闭"]) {
        "paused"
    } else if any(&["存续", "在业", "在营", "开业", "在册"]) {
        "in_business"
    } else {
        "unknown"
    }
}

pub fn enterprise(cell: Cells<'_>) -> Enterprise {
    let name = cell("name").trim().to_string();
    let parsed = CompanyName::parse(&name);
    let code = match EmployerCode::read(&cell("uscc")) {
        EmployerCode::Uscc(code) | EmployerCode::UnionCode(code) => Some(code),
        _ => None,
    };
    let (county, town) = places(cell);
    let kind = filled(cell("kind"));
    let entity = match kind.as_deref() {
        _ if parsed.branch.is_some() => "branch",
        Some(k) if k.contains("分公司") || k.contains("分支") => "branch",
        Some(k) if k.contains("个体") => "individual",
        _ => "company",
    };
    let status = filled(cell("status"));
    Enterprise {
        enterprise_id: cell("enterprise_id"),
        uscc: code.map(|c| c.as_str().to_string()),
        code_raw: None,
        uscc_key: code.map(|c| c.key()),
        org_key: code.map(|c| c.org_key()),
        reg_key: RegNo::parse_lenient(&cell("reg_no")).ok().map(|r| r.key()),
        name_key: parsed.normal_key(),
        core_key: parsed.core_key(),
        division: parsed.division.clone(),
        brand: parsed.brand.clone(),
        trade: parsed.trade.clone(),
        form: format!("{:?}", parsed.form),
        branch: parsed.branch.clone(),
        former_names: filled(cell("former_name")),
        entity: entity.to_string(),
        legal_rep: filled(person_name(&cell("legal_rep"))),
        county,
        town,
        address_key: filled(cell("address"))
            .and_then(|a| AddressParts::parse(&a, county.map(|c| c as u32)).key()),
        address: filled(cell("address")),
        industry: IndustryCode::read(&cell("industry_code")).map(|i| i.text()),
        founded: day(&cell("founded")),
        status_class: status_class(status.as_deref().unwrap_or("")).to_string(),
        status,
        capital_fen: None,
        phone_token: phone(&cell("phone")),
        phone_sealed: None,
        unread: None,
        row_hash: 0,
        kind,
        name,
    }
}

pub fn union(cell: Cells<'_>) -> Union {
    let (county, town) = places(cell);
    let id = cell("union_id");
    Union {
        union_key: key64(&id),
        union_id: id,
        name: cell("union_name"),
        union_code: filled(normalise_code(&cell("union_code"))),
        employer_code: filled(normalise_code(&cell("employer_uscc"))),
        employer_name: filled(cell("employer_name")),
        employer_legal_rep: filled(person_name(&cell("employer_legal_rep"))),
        chair: None,
        county,
        town,
        address: filled(cell("address")),
        phone_token: phone(&cell("phone")),
        industry_section: filled(cell("industry_section")),
        union_type: match cell("union_type").as_str() {
            "独立基层工会" => "single",
            "联合基层工会" => "joint",
            "工会联合会" => "federation",
            "产业工会" => "industry",
            "总工会" => "general",
            _ => "unknown",
        }
        .to_string(),
        parent_id: filled(cell("parent_id")),
        industry_parent_id: None,
        founded: day(&cell("founded")).filter(|d| d.year() > 1900),
        term_end: day(&cell("term_end")),
        declared_members: cell("declared_members").parse().ok(),
        is_active: true,
        source: "import".to_string(),
    }
}

pub fn cover(cell: Cells<'_>) -> Cover {
    Cover {
        union_id: cell("union_id"),
        employer_code: filled(normalise_code(&cell("employer_uscc"))),
        employer_name: filled(cell("employer_name")),
        cover_from: day(&cell("from")),
        cover_to: day(&cell("to")),
    }
}

pub fn member(cell: Cells<'_>) -> Member {
    let (id_token, id_status) = token(&cell("id_no"));
    Member {
        member_id: cell("member_id"),
        union_key: key64(&cell("union_id")),
        id_token,
        id_status,
        id_parts: parts(&cell("id_no"), &cell("birth_date")),
        name: person_name(&cell("name")),
    }
}

pub fn insurance(cell: Cells<'_>) -> Insurance {
    let (id_token, id_status) = token(&cell("id_no"));
    let (start, start_status) = day_status(&cell("start"));
    let (end, end_status) = day_status(&cell("end"));
    let (code, name) = (normalise_code(&cell("employer_uscc")), cell("employer_name"));
    Insurance {
        ins_id: cell("ins_id"),
        id_token,
        id_status,
        id_parts: parts(&cell("id_no"), ""),
        name: person_name(&cell("name")),
        mention_key: key64(&format!("{code}|{}", normalise(&name))),
        employer_code: filled(code),
        employer_name: filled(name),
        start,
        start_status,
        end,
        end_status,
        row_hash: 0,
    }
}

pub fn tax(cell: Cells<'_>) -> Tax {
    let (code, name) = (normalise_code(&cell("uscc")), cell("taxpayer_name"));
    let fen = |column: &str| {
        cell(column)
            .parse::<f64>()
            .ok()
            .map(|yuan| (yuan * 100.0).round() as i64)
    };
    Tax {
        tax_id: cell("tax_id"),
        mention_key: key64(&format!("{code}|{}", normalise(&name))),
        employer_code: filled(code),
        employer_name: filled(name),
        tax_year: cell("tax_year").parse().ok(),
        headcount: cell("headcount").parse().ok(),
        payroll_fen: fen("payroll"),
        union_fee_fen: fen("union_fee_paid"),
        prep_fee_fen: fen("prep_fee_paid"),
        unread: None,
        row_hash: 0,
    }
}

/// True for a status byte that carries a token.
pub fn is_read(status: u8) -> bool {
    status == IdStatus::Ok as u8 || status == IdStatus::From15 as u8
}
