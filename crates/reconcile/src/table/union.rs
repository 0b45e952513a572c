//! The unions' register: few rows, kept as plain structs in order of their id.

use crate::error::Result;
use codes::time::Day;
use std::path::Path;

/// One union as the snapshot has it.
#[derive(Clone, Debug)]
pub struct UnionRow {
    pub id: String,
    pub key: i64,
    pub name: String,
    pub union_code: Option<String>,
    pub employer_code: Option<String>,
    pub employer_name: Option<String>,
    pub employer_legal_rep: Option<String>,
    pub county: Option<i32>,
    pub town: Option<i64>,
    pub address: Option<String>,
    pub phone: Option<i64>,
    pub industry: Option<char>,
    pub union_type: String,
    pub founded: Option<Day>,
    pub term_end: Option<Day>,
    pub declared_members: Option<i64>,
    pub is_active: bool,
    pub source: String,
}

/// Reads the snapshot, sorted by id so that every later order follows from it.
pub fn unions(path: &Path) -> Result<Vec<UnionRow>> {
    let mut rows = Vec::new();
    for row in lake::read_rows::<lake::tables::Union>(path)? {
        let row = row?;
        rows.push(UnionRow {
            id: row.union_id,
            key: row.union_key,
            name: row.name,
            union_code: filled(row.union_code),
            employer_code: filled(row.employer_code),
            employer_name: filled(row.employer_name),
            employer_legal_rep: filled(row.employer_legal_rep),
            county: row.county,
            town: row.town,
            address: filled(row.address),
            phone: row.phone_token,
            industry: row
                .industry_section
                .and_then(|s| s.chars().next())
                .filter(char::is_ascii_alphabetic),
            union_type: row.union_type,
            founded: row.founded,
            term_end: row.term_end,
            declared_members: row.declared_members,
            is_active: row.is_active,
            source: row.source,
        });
    }
    rows.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(rows)
}

fn filled(cell: Option<String>) -> Option<String> {
    cell.filter(|t| !t.trim().is_empty())
}
