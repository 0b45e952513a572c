//! What a delta's row keeps of the row before: the values of columns that the file does not have.

use std::collections::HashSet;
use std::path::Path;

use codes::company_name::CompanyName;
use codes::text::{self, key64};
use lake::tables::{Driver, Enterprise, Insurance, Tax};
use lake::{Amendment, LakeError};
use serde_json::{Map, Value};

use super::agency::entity;
use super::cells::ColumnMap;
use super::state::{AgencyRow, keep_records_of};

/// `keep!(self, before, map; "column" => field, field; …)`: fields of absent columns are taken over.
macro_rules! keep {
    ($new:ident, $old:ident, $map:ident; $($column:literal => $($field:ident),+;)+) => {
        $( if !$map.has($column) { $( $new.$field = $old.$field.clone(); )+ } )+
    };
}
pub(super) use keep;

/// Unreadable cells of absent columns stay told.
pub(super) fn unread(new: &mut Option<String>, old: &Option<String>, map: &ColumnMap) {
    let parse = |text: &Option<String>| -> Map<String, Value> {
        text.as_deref()
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default()
    };
    let mut cells = parse(new);
    for (column, told) in parse(old) {
        if !map.has(&column) {
            cells.insert(column, told);
        }
    }
    *new = (!cells.is_empty()).then(|| Value::Object(cells).to_string());
}

/// Unreadable cells but those of some columns, whose cells are not taken anyway.
pub(super) fn without(told: Option<String>, columns: &HashSet<String>) -> Option<String> {
    if told.is_none() || columns.is_empty() {
        return told;
    }
    let cells: Option<Map<String, Value>> = told.and_then(|text| serde_json::from_str(&text).ok());
    let mut cells = cells.unwrap_or_default();
    cells.retain(|column, _| !columns.contains(column));
    (!cells.is_empty()).then(|| Value::Object(cells).to_string())
}

/// Unreadable cells with some more.
pub(super) fn with(told: Option<String>, more: Option<String>) -> Option<String> {
    let parse = |text: Option<String>| -> Map<String, Value> {
        text.and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default()
    };
    let mut cells = parse(told);
    cells.extend(parse(more));
    (!cells.is_empty()).then(|| Value::Object(cells).to_string())
}

fn mention(code: &Option<String>, name: &Option<String>) -> i64 {
    let name = text::normalise(name.as_deref().unwrap_or(""));
    key64(&format!("{}|{name}", code.as_deref().unwrap_or("")))
}

impl AgencyRow for Enterprise {
    const KEY: &'static str = "enterprise_id";

    fn inherit(&mut self, old: &Enterprise, map: &ColumnMap) {
        keep!(self, old, map;
            "uscc" => uscc, code_raw, uscc_key, org_key;
            "name" => name, name_key, core_key, division, brand, trade, form, branch;
            "former_name" => former_names;
            "kind" => kind;
            "legal_rep" => legal_rep;
            "county" => county;
            "street" => town;
            "address" => address, address_key;
            "industry_code" => industry;
            "founded" => founded;
            "status" => status, status_class;
            "capital_wan" => capital_fen;
            "phone" => phone_token, phone_sealed;
        );
        if !map.has("reg_no") {
            self.reg_key = self.reg_key.or(old.reg_key);
        }
        if !(map.has("kind") && map.has("name") && map.has("uscc")) {
            let name = CompanyName::parse(&self.name);
            self.entity = entity(self.kind.as_deref(), self.uscc.as_deref(), &name).to_owned();
        }
        unread(&mut self.unread, &old.unread, map);
    }

    fn set_hash(&mut self, hash: i64) {
        self.row_hash = hash;
    }

    fn hash(&self) -> i64 {
        self.row_hash
    }

    fn keep_records(file: &Path, amended: Option<(&Path, &Amendment<Enterprise>)>) -> Result<(), LakeError> {
        keep_records_of(file, amended)
    }
}

impl AgencyRow for Insurance {
    const KEY: &'static str = "ins_id";

    fn inherit(&mut self, old: &Insurance, map: &ColumnMap) {
        keep!(self, old, map;
            "id_no" => id_token, id_status, id_parts;
            "name" => name;
            "employer_uscc" => employer_code;
            "employer_name" => employer_name;
            "start" => start, start_status;
            "end" => end, end_status;
        );
        self.mention_key = mention(&self.employer_code, &self.employer_name);
    }

    fn set_hash(&mut self, hash: i64) {
        self.row_hash = hash;
    }

    fn hash(&self) -> i64 {
        self.row_hash
    }

    fn keep_records(file: &Path, amended: Option<(&Path, &Amendment<Insurance>)>) -> Result<(), LakeError> {
        keep_records_of(file, amended)
    }
}

impl AgencyRow for Tax {
    const KEY: &'static str = "tax_id";

    fn inherit(&mut self, old: &Tax, map: &ColumnMap) {
        keep!(self, old, map;
            "uscc" => employer_code;
            "taxpayer_name" => employer_name;
            "tax_year" => tax_year;
            "headcount" => headcount;
            "payroll" => payroll_fen;
            "union_fee_paid" => union_fee_fen;
            "prep_fee_paid" => prep_fee_fen;
        );
        self.mention_key = mention(&self.employer_code, &self.employer_name);
        unread(&mut self.unread, &old.unread, map);
    }

    fn set_hash(&mut self, hash: i64) {
        self.row_hash = hash;
    }

    fn hash(&self) -> i64 {
        self.row_hash
    }

    fn keep_records(file: &Path, amended: Option<(&Path, &Amendment<Tax>)>) -> Result<(), LakeError> {
        keep_records_of(file, amended)
    }
}

impl AgencyRow for Driver {
    const KEY: &'static str = "driver_id";

    fn inherit(&mut self, old: &Driver, map: &ColumnMap) {
        keep!(self, old, map;
            "id_no" => id_token, id_status;
            "name" => name;
            "phone" => phone_token;
            "platform" => platform;
            "county" => county;
            "valid_to" => valid_to;
        );
    }

    fn set_hash(&mut self, hash: i64) {
        self.row_hash = hash;
    }

    fn hash(&self) -> i64 {
        self.row_hash
    }
}
