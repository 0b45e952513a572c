//! 待接续会员: members whom dissolved unions have left. Where they go people decide: one by one as a transfer, or all of a union with
//! [`super::change::Change::TakeOver`].

use codes::time::Day;
use domain::permission::Action;
use store::list_query::{Page, Window};
use store::union_org::change::LeftRow;

use crate::error::AppError;
use crate::op::{App, OpContext};
use crate::paging::After;

/// One dissolved union with members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftUnion {
    pub union_id: String,
    pub name: String,
    /// `None`: only a file said that it ended.
    pub ended: Option<Day>,
    pub reason: Option<String>,
    pub members: i64,
    /// Days since it ended.
    pub days: Option<i64>,
}

/// A page of them, and how many there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftList {
    pub lines: Vec<LeftUnion>,
    pub total: i64,
    /// Members of all of them.
    pub members: i64,
}

/// Dissolved unions in scope that have left members, the longest ago first.
pub async fn left(op: &OpContext, app: &App, page: u32, size: u32) -> Result<LeftList, AppError> {
    listed(op, app, Page::number(page, size).into()).await
}

/// The same in the order of their keys, after one of them.
pub async fn left_after(op: &OpContext, app: &App, after: &After) -> Result<LeftList, AppError> {
    listed(op, app, after.text().into()).await
}

async fn listed(op: &OpContext, app: &App, window: Window) -> Result<LeftList, AppError> {
    op.may(Action::SeeUnions)?;
    let mut reader = app.store.read().await?;
    let (rows, total) = reader.unions_with_members_left(op.scope(), window).await?;
    let (_, members) = reader.members_left(op.scope()).await?;
    let today = op.today();
    let line = |row: LeftRow| {
        let ended = row.ended_on.map(Day::from);
        LeftUnion {
            union_id: row.union_id,
            name: row.name,
            days: ended.map(|ended| ended.days_until(today)),
            ended,
            reason: row.reason,
            members: row.members,
        }
    };
    Ok(LeftList {
        lines: rows.into_iter().map(line).collect(),
        total,
        members,
    })
}

/// How many unions and members wait.
pub async fn members_left(op: &OpContext, app: &App) -> Result<(i64, i64), AppError> {
    op.may(Action::SeeUnions)?;
    Ok(app.store.read().await?.members_left(op.scope()).await?)
}
