//! 主席空缺和补选: unions without a chair by the day on which the by-election is due, and the reminders about it. Nothing of it is stored but
//! which reminder was raised: since when the chair is vacant is read from who left office, by when it has to be filled from the policy.

use codes::time::Day;
use domain::permission::Action;
use domain::policy::ByElectionPolicy;
use domain::union_org::term::Nearness;
use domain::union_org::vacancy::Vacancy;
use store::Reader;
use store::list_query::Page;
use store::union_org::UnionRow;
use store::union_org::vacancy::VacancyRow;

use crate::error::AppError;
use crate::op::{App, OpContext};

/// One union without a chair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VacantUnion {
    pub union_id: String,
    pub name: String,
    pub vacancy: Vacancy,
    pub nearness: Nearness,
    /// Days left; negative when overdue.
    pub days_left: i64,
    /// Reminders that nobody has read.
    pub unread: i64,
}

/// What the list of vacant chairs is asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct VacancyParams {
    /// Only those whose by-election is overdue.
    pub is_overdue: bool,
    pub page: u32,
    pub size: u32,
}

/// A page of unions without a chair, the most urgent first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VacancyList {
    pub lines: Vec<VacantUnion>,
    pub total: i64,
}

/// How many chairs are vacant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct VacancyCounts {
    pub vacant: i64,
    /// Of these, past the day of the by-election.
    pub overdue: i64,
}

/// The vacancy of one union; `None`: it has a chair, is dissolved, or nobody knows since when it has none.
pub(crate) async fn vacancy_of(reader: &mut Reader, row: &UnionRow) -> Result<Option<Vacancy>, AppError> {
    let since = reader.vacant_since(row.id).await?;
    Ok(since.and_then(|since| clock(since, row.county)))
}

/// The clock of a chair that left on a day, by the policies that come with the product.
fn clock(since: Day, county: Option<i64>) -> Option<Vacancy> {
    Vacancy::of(since, county, &ByElectionPolicy::shipped())
}

fn clock_of(row: &VacancyRow) -> Option<Vacancy> {
    clock(Day::from(row.since), row.county)
}

/// Every vacant chair in scope, the most urgent first: few of a city's unions are without one.
async fn all(op: &OpContext, reader: &mut Reader) -> Result<Vec<VacantUnion>, AppError> {
    let today = op.today();
    let rows = reader.vacancies(op.scope()).await?.into_iter();
    let mut lines: Vec<VacantUnion> = rows
        .filter_map(|row| {
            let vacancy = clock_of(&row)?;
            Some(VacantUnion {
                union_id: row.union_id,
                name: row.name,
                vacancy,
                nearness: vacancy.nearness(today),
                days_left: vacancy.days_left(today),
                unread: row.unread,
            })
        })
        .collect();
    lines.sort_by(|a, b| (a.vacancy.due, &a.union_id).cmp(&(b.vacancy.due, &b.union_id)));
    Ok(lines)
}

/// Unions in scope without a chair, by the day on which the by-election is due (主席空缺).
pub async fn vacancies(op: &OpContext, app: &App, params: &VacancyParams) -> Result<VacancyList, AppError> {
    op.may(Action::SeeUnions)?;
    let mut lines = all(op, &mut app.store.read().await?).await?;
    lines.retain(|line| !params.is_overdue || line.days_left < 0);
    let total = lines.len() as i64;
    let page = Page::number(params.page, params.size);
    let lines = lines.into_iter().skip(page.offset as usize);
    Ok(VacancyList {
        lines: lines.take(page.limit as usize).collect(),
        total,
    })
}

/// How many of them there are.
pub(super) async fn vacancy_counts(op: &OpContext, reader: &mut Reader) -> Result<VacancyCounts, AppError> {
    let lines = all(op, reader).await?;
    Ok(VacancyCounts {
        vacant: lines.len() as i64,
        overdue: lines.iter().filter(|line| line.days_left < 0).count() as i64,
    })
}

/// How many unions in scope have a reminder about a vacant chair that nobody has read.
pub async fn unread_vacancy_reminders(op: &OpContext, app: &App) -> Result<i64, AppError> {
    op.may(Action::SeeUnions)?;
    let mut reader = app.store.read().await?;
    Ok(reader.unread_vacancy_reminders(op.scope()).await?)
}

/// Raises the reminders that are due today: as soon as a chair is vacant, 30 and 0 days before the by-election is due, and every 30 days
/// after. Each is raised once; of several missed ones the latest is told. Answers how many were new.
pub async fn remind_of_vacancies(app: &App) -> Result<u64, AppError> {
    let today = app.now().day();
    let mut tx = app.store.begin().await?;
    let mut raised = 0;
    for row in tx.vacancies(&domain::scope::Scope::Everything).await? {
        let Some(vacancy) = clock_of(&row) else { continue };
        if let Some(stage) = vacancy.stage(today) {
            let is_new = tx.remind_of_vacancy(row.id, vacancy.due, stage, today).await?;
            raised += u64::from(is_new);
        }
    }
    tx.commit().await?;
    Ok(raised)
}

/// The last days of the by-elections that are due, by row id: for a count of the whole register.
pub(crate) async fn by_elections(
    reader: &mut Reader,
) -> Result<std::collections::HashMap<uuid::Uuid, Day>, AppError> {
    let rows = reader.vacancies(&domain::scope::Scope::Everything).await?;
    let due = rows.iter().filter_map(|row| Some((row.id, clock_of(row)?.due)));
    Ok(due.collect())
}
