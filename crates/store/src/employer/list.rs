//! The list of employers that runs have named: by place, state, part of a name or code.

use domain::scope::Scope;

use super::{EmployerRecord, Row};
use crate::StoreError;
use crate::list_query::{Direction, Fragment, ListQuery, Window};
use crate::search::{org_read, org_read_in_row};
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
    /// One part of the employers in scope, each with its mark, and how many there are in all. Unsorted, people see most insured first and
    /// programs the order of the keys.
    pub async fn employer_page(
        &mut self,
        scope: &Scope,
        filter: &EmployerFilter,
        sort: &str,
        direction: Direction,
        window: impl Into<Window>,
    ) -> Result<(Vec<(EmployerRecord, String)>, i64), StoreError> {
        let mut query = ListQuery::new(COLUMNS, "employer e", scope, "e.responsible_path");
        if let Some(text) = &filter.text {
            let code = text.to_uppercase();
            let named =
                |name, uscc| [Fragment::contains(name, text), Fragment::begins(uscc, &code)].into_iter();
            // As for unions: what many names have is looked for row by row.
            query.filter(if self.is_in_many_org_names(Some(text)).await? {
                Fragment::either(named("e.name", "e.uscc").chain(org_read_in_row("e.name", text)))
            } else {
                let named = named("name", "uscc").chain(org_read("name", text));
                Fragment::within_any("e.enterprise_id", "SELECT enterprise_id FROM employer", named)
            });
        }
        if let Some(county) = filter.county {
            query.wherever("e.county = ?", [county.into()]);
        }
        if let Some(class) = &filter.status_class {
            query.wherever("e.status_class = ?", [class.as_str().into()]);
        }
        let window = window.into();
        if !query.sort(SORTS, sort, direction) && window.is_for_people() {
            query.sort(SORTS, "insured", Direction::Descending);
        }
        query.then_by("e.enterprise_id").marked(window);
        let rows: Vec<(Row, String)> = query.fetch_marked(self).await?;
        let total = query.total(self, rows.len()).await?;
        let records = rows
            .into_iter()
            .map(|(row, mark)| (EmployerRecord::from(row), mark));
        Ok((records.collect(), total))
    }
}
