//! The list of employers that runs have named.

use codes::division::Divisions;
use codes::time::Day;
use domain::permission::Action;
use store::employer::{EmployerFilter, EmployerRecord};
use store::list_query::{Direction, Page, Window};

use crate::error::AppError;
use crate::op::{App, OpContext};
use crate::paging::After;

/// What the list is asked for, as it stands in the address bar.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EmployerListParams {
    /// Part of a name, or the beginning of a code.
    pub q: Option<String>,
    /// Six digits.
    pub county: Option<i64>,
    /// `in_business`, `gone`, `moved_out`, `paused`, `unknown`.
    pub status: Option<String>,
    /// `name`, `insured` or `founded`; most insured first otherwise.
    pub sort: String,
    pub is_descending: bool,
    /// From 1.
    pub page: u32,
    pub size: u32,
}

/// One row of the list.
#[derive(Debug, Clone, PartialEq)]
pub struct EmployerRow {
    /// The market register's own key.
    pub enterprise_id: String,
    pub name: String,
    pub uscc: Option<String>,
    pub county_name: Option<String>,
    pub town_name: Option<String>,
    pub insured_now: Option<i64>,
    pub founded: Option<Day>,
    /// The register's own word.
    pub status: Option<String>,
    pub is_in_business: bool,
}

/// A page of employers.
#[derive(Debug, Clone, PartialEq)]
pub struct EmployerPage {
    pub rows: Vec<EmployerRow>,
    /// How many rows on all pages.
    pub total: i64,
}

/// Employers in sight, by page (用人单位列表).
pub async fn employers(
    op: &OpContext,
    app: &App,
    params: &EmployerListParams,
) -> Result<EmployerPage, AppError> {
    let page = Page::number(params.page, params.size.clamp(1, 100));
    let (rows, total) = rows(op, app, params, page.into()).await?;
    Ok(EmployerPage {
        rows: rows.into_iter().map(|(row, _)| row).collect(),
        total,
    })
}

/// The first employers for what was typed in the search box, without a count of all.
pub async fn nearest(
    op: &OpContext,
    app: &App,
    typed: &str,
    limit: u32,
) -> Result<Vec<EmployerRow>, AppError> {
    let params = EmployerListParams {
        q: Some(typed.to_owned()),
        ..EmployerListParams::default()
    };
    let (rows, _) = rows(op, app, &params, Window::First(limit.into())).await?;
    Ok(rows.into_iter().map(|(row, _)| row).collect())
}

/// The employers that follow a mark, each with its own mark, and how many there are in all: sorted as asked, else by their key. The page
/// is left aside.
pub async fn employers_after(
    op: &OpContext,
    app: &App,
    params: &EmployerListParams,
    after: &After,
) -> Result<(Vec<(EmployerRow, String)>, i64), AppError> {
    rows(op, app, params, after.mark().into()).await
}

async fn rows(
    op: &OpContext,
    app: &App,
    params: &EmployerListParams,
    window: Window,
) -> Result<(Vec<(EmployerRow, String)>, i64), AppError> {
    op.may(Action::SeeLists)?;
    let text = params.q.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let filter = EmployerFilter {
        text: text.map(str::to_owned),
        county: params.county,
        status_class: params.status.clone(),
    };
    let direction = if params.is_descending {
        Direction::Descending
    } else {
        Direction::Ascending
    };
    let (records, total) = app
        .store
        .read()
        .await?
        .employer_page(op.scope(), &filter, &params.sort, direction, window)
        .await?;
    let rows = records.into_iter().map(|(record, mark)| (row_of(record), mark));
    Ok((rows.collect(), total))
}

fn row_of(record: EmployerRecord) -> EmployerRow {
    let places = Divisions::shipped();
    let county = record
        .county
        .and_then(|code| u32::try_from(code).ok())
        .and_then(|code| places.county_name(code));
    let town = record
        .town
        .and_then(|code| u64::try_from(code).ok())
        .and_then(|code| places.town_name(code));
    EmployerRow {
        uscc: record.uscc,
        county_name: county.map(str::to_owned),
        town_name: town.map(str::to_owned),
        insured_now: record.insured_now,
        founded: record.founded_on,
        status: record.status,
        is_in_business: record.status_class == "in_business",
        enterprise_id: record.enterprise_id,
        name: record.name,
    }
}
