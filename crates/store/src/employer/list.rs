//! The list of employers that runs have named: by place, state, part of a name or code.

use domain::scope::Scope;

use super::{EmployerRecord, Row};
use crate::StoreError;
use crate::list_query::{Direction, Fragment, ListQuery, Window};
use crate::tx::Reader;

/// Sort keys of the address bar and their columns.
const SORTS: &[(&str, &str)] = &[
    ("name", "e.name"),
    ("insured", "e.insured_now"),
    ("founded", "e.founded_on"),
];

const COLUMNS: &str = "e.enterprise_id, e.uscc, e.name, e.entity, e.status, e.status_class, e.legal_rep, e.county, \
                       e.town, e.address, e.industry, e.founded_on, e.capital_fen, e.phone_sealed, e.insured_now, \
                       e.tax_headcount, e.payroll_fen, e.fee_fen, e.flags, e.responsible_path";

/// Which employers; everything absent means all in scope.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EmployerFilter {
    /// Part of a name, or the beginning of a code.
    pub text: Option<String>,
    /// Six digits.
    pub county: Option<i64>,
    /// `in_business`, `gone`, `moved_out`, `paused`, `unknown`.
    pub status_class: Option<String>,
}

impl Reader {
    /// One page of employers in scope and how many there are on all pages.
    pub async fn employer_page(
        &mut self,
        scope: &Scope,
        filter: &EmployerFilter,
        sort: &str,
        direction: Direction,
        window: impl Into<Window>,
    ) -> Result<(Vec<EmployerRecord>, i64), StoreError> {
        let mut query = ListQuery::new(COLUMNS, "employer e", scope, "e.responsible_path");
        if let Some(text) = &filter.text {
            let named = [
                Fragment::contains("name", text),
                Fragment::begins("uscc", &text.to_uppercase()),
            ];
            let named = named.into_iter().chain(crate::search::org_read("name", text));
            query.filter(Fragment::within_any(
                "e.enterprise_id",
                "SELECT enterprise_id FROM employer",
                named,
            ));
        }
        if let Some(county) = filter.county {
            query.wherever("e.county = ?", [county.into()]);
        }
        if let Some(class) = &filter.status_class {
            query.wherever("e.status_class = ?", [class.as_str().into()]);
        }
        if !query.sort(SORTS, sort, direction) {
            query.sort(SORTS, "insured", Direction::Descending);
        }
        query.then_by("e.enterprise_id");
        query.window(window.into(), "e.enterprise_id", Direction::Ascending);
        let rows: Vec<Row> = query.fetch(self).await?;
        let total = query.total(self, rows.len()).await?;
        Ok((rows.into_iter().map(EmployerRecord::from).collect(), total))
    }
}
