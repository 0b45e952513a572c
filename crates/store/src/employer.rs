//! Employers as the last run knew them (用人单位): loaded in bulk, read one at a time.

mod list;

pub use list::EmployerFilter;

use std::collections::HashMap;

use chrono::NaiveDate;
use codes::time::Day;
use serde_json::Value;
use sqlx::types::Json;

use crate::StoreError;
use crate::bulk::{self, BulkRow, RowWriter};
use crate::tx::{Reader, Tx};

statements! {
    EMPLOYER_BY_ID = Sql::both(
        "SELECT enterprise_id, uscc, name, entity, status, status_class, legal_rep, county, town, address, industry, \
         founded_on, capital_fen, phone_sealed, insured_now, tax_headcount, payroll_fen, fee_fen, flags, \
         responsible_path FROM employer WHERE enterprise_id = $1"
    ),
    EMPLOYER_HASHES = Sql::packed("enterprise_id, row_hash", "FROM employer"),
    EMPLOYER_COUNT = Sql::both("SELECT COUNT(*) FROM employer"),
}

/// One employer's card.
#[derive(Debug, Clone, PartialEq)]
pub struct EmployerRecord {
    /// The market register's own key.
    pub enterprise_id: String,
    pub uscc: Option<String>,
    pub name: String,
    /// `company`, `branch`, `individual`, `coop`, `other`.
    pub entity: String,
    /// As written in the register.
    pub status: Option<String>,
    /// `in_business`, `gone`, `moved_out`, `paused`, `unknown`.
    pub status_class: String,
    pub legal_rep: Option<String>,
    pub county: Option<i64>,
    pub town: Option<i64>,
    pub address: Option<String>,
    pub industry: Option<String>,
    pub founded_on: Option<Day>,
    pub capital_fen: Option<i64>,
    /// Sealed at intake; opened only for a mask or with a journalled reason.
    pub phone_sealed: Option<Vec<u8>>,
    pub insured_now: Option<i64>,
    pub tax_headcount: Option<i64>,
    pub payroll_fen: Option<i64>,
    pub fee_fen: Option<i64>,
    /// Traits found by the run, a JSON list or object.
    pub flags: Value,
    /// The path of the union that looks after its place.
    pub responsible_path: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    enterprise_id: String,
    uscc: Option<String>,
    name: String,
    entity: String,
    status: Option<String>,
    status_class: String,
    legal_rep: Option<String>,
    county: Option<i64>,
    town: Option<i64>,
    address: Option<String>,
    industry: Option<String>,
    founded_on: Option<NaiveDate>,
    capital_fen: Option<i64>,
    phone_sealed: Option<Vec<u8>>,
    insured_now: Option<i64>,
    tax_headcount: Option<i64>,
    payroll_fen: Option<i64>,
    fee_fen: Option<i64>,
    flags: Json<Value>,
    responsible_path: Option<String>,
}

impl From<Row> for EmployerRecord {
    fn from(row: Row) -> EmployerRecord {
        EmployerRecord {
            enterprise_id: row.enterprise_id,
            uscc: row.uscc,
            name: row.name,
            entity: row.entity,
            status: row.status,
            status_class: row.status_class,
            legal_rep: row.legal_rep,
            county: row.county,
            town: row.town,
            address: row.address,
            industry: row.industry,
            founded_on: row.founded_on.map(Day::from),
            capital_fen: row.capital_fen,
            phone_sealed: row.phone_sealed,
            insured_now: row.insured_now,
            tax_headcount: row.tax_headcount,
            payroll_fen: row.payroll_fen,
            fee_fen: row.fee_fen,
            flags: row.flags.0,
            responsible_path: row.responsible_path,
        }
    }
}

impl BulkRow for EmployerRecord {
    const TABLE: &'static str = "employer";
    const COLUMNS: &'static [&'static str] = &[
        "enterprise_id",
        "uscc",
        "name",
        "entity",
        "status",
        "status_class",
        "legal_rep",
        "county",
        "town",
        "address",
        "industry",
        "founded_on",
        "capital_fen",
        "phone_sealed",
        "insured_now",
        "tax_headcount",
        "payroll_fen",
        "fee_fen",
        "flags",
        "responsible_path",
        "row_hash",
    ];
    const KEY: &'static [&'static str] = &["enterprise_id"];

    fn write(&self, row: &mut RowWriter<'_>) {
        self.write_content(row);
        row.int(self.content_hash());
    }
}

impl EmployerRecord {
    fn write_content(&self, row: &mut RowWriter<'_>) {
        row.text(self.enterprise_id.as_str())
            .text(self.uscc.as_deref())
            .text(self.name.as_str())
            .text(self.entity.as_str())
            .text(self.status.as_deref())
            .text(self.status_class.as_str())
            .text(self.legal_rep.as_deref())
            .int(self.county)
            .int(self.town)
            .text(self.address.as_deref())
            .text(self.industry.as_deref())
            .day(self.founded_on.map(NaiveDate::from))
            .int(self.capital_fen)
            .bytes(self.phone_sealed.as_deref())
            .int(self.insured_now)
            .int(self.tax_headcount)
            .int(self.payroll_fen)
            .int(self.fee_fen)
            .json(&self.flags)
            .text(self.responsible_path.as_deref());
    }

    fn content_hash(&self) -> i64 {
        bulk::hash_of(|row| self.write_content(row))
    }
}

impl Tx {
    /// Brings the cards of a run up to date and answers how many were written: those that say something new. Employers it did
    /// not name keep their last card.
    pub async fn upsert_employers(
        &mut self,
        employers: impl IntoIterator<Item = EmployerRecord>,
    ) -> Result<u64, StoreError> {
        self.note_org_names();
        let known = fetch_packed!(self, EMPLOYER_HASHES, (String, Option<i64>))?;
        let known: HashMap<String, Option<i64>> = known.into_iter().collect();
        let changed = employers
            .into_iter()
            .filter(|card| known.get(&card.enterprise_id).copied().flatten() != Some(card.content_hash()));
        bulk::upsert_rows(self, changed).await
    }
}

impl Reader {
    /// One employer's card; absence is an answer.
    pub async fn employer(&mut self, enterprise_id: &str) -> Result<Option<EmployerRecord>, StoreError> {
        let row: Option<Row> = fetch_optional!(self, EMPLOYER_BY_ID, enterprise_id)?;
        Ok(row.map(EmployerRecord::from))
    }

    /// How many cards there are.
    pub async fn employer_count(&mut self) -> Result<i64, StoreError> {
        let (count,): (i64,) = fetch_one!(self, EMPLOYER_COUNT)?;
        Ok(count)
    }
}
