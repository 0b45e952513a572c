//! 到期匿名化: what is somebody's own in memberships that ended long ago is taken away; that there was a membership, when and where, stays.
//! The list of whom it concerns is the dry run.

use codes::time::Day;
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::membership::{MembershipPolicy, MembershipState};
use domain::permission::Action;
use domain::scope::UnionPath;
use serde_json::json;
use store::list_query::Page;
use store::member_event::PastDue;

use crate::error::AppError;
use crate::op::{App, OpContext};

/// Memberships anonymised in one transaction: few enough that nobody waits for it.
const AT_ONCE: u32 = 500;

/// An ended membership whose time is over.
#[derive(Debug, Clone, PartialEq)]
pub struct DueView {
    pub member_id: String,
    pub state: &'static str,
    pub ended_on: Option<Day>,
    pub union_id: String,
    pub union_name: String,
}

/// Whose time is over.
#[derive(Debug, Clone, PartialEq)]
pub struct Due {
    pub rows: Vec<DueView>,
    pub total: i64,
    /// Ended on this day or before.
    pub until: Day,
    /// Years that ended memberships are kept.
    pub keep_years: i32,
}

fn last_day(op: &OpContext) -> (Day, i32) {
    let keep_years = MembershipPolicy::shipped().keep_years;
    (op.today().add_months(-12 * keep_years), keep_years)
}

/// A page of the ended memberships in sight whose time is over: the dry run, which changes nothing.
pub async fn due(op: &OpContext, app: &App, page: u32, size: u32) -> Result<Due, AppError> {
    op.may(Action::ConfirmMembership)?;
    let (until, keep_years) = last_day(op);
    let mut reader = app.store.read().await?;
    let (rows, total) = reader
        .past_members_due(op.scope(), until.naive(), Page::number(page, size))
        .await?;
    let view = |row: PastDue| DueView {
        member_id: row.member_id,
        state: MembershipState::from_code(&row.state).map_or("不明", MembershipState::label),
        ended_on: row.ended_on.map(Day::from),
        union_id: row.union_id,
        union_name: row.union_name,
    };
    Ok(Due {
        rows: rows.into_iter().map(view).collect(),
        total,
        until,
        keep_years,
    })
}

/// Anonymises those memberships, `seen` of them: as many as the dry run showed. 匿名化
///
/// # Errors
/// `MEM-419` when it is another number by now.
pub async fn anonymise(op: &OpContext, app: &App, seen: i64) -> Result<i64, AppError> {
    op.may(Action::ConfirmMembership)?;
    let (until, keep_years) = last_day(op);
    let (_, total) = app
        .store
        .read()
        .await?
        .past_members_due(op.scope(), until.naive(), Page::number(1, 1))
        .await?;
    if total != seen {
        return Err(AppError::conflict(
            "MEM-419",
            format!("到期的会籍现在是 {total} 个，与您看到的 {seen} 个不同，没有匿名化"),
        )
        .hint("请核对新的名单后再办"));
    }
    let mut done = 0;
    loop {
        let mut tx = app.store.begin().await?;
        let (rows, _) = tx
            .past_members_due(op.scope(), until.naive(), Page::number(1, AT_ONCE))
            .await?;
        if rows.is_empty() {
            return Ok(done);
        }
        for row in &rows {
            tx.anonymise_past_member(row.id).await?;
            let entry = JournalEntry {
                path: row.path.as_deref().and_then(|path| UnionPath::parse(path).ok()),
                after: Some(
                    json!({ "member_id": row.member_id, "words": format!("会籍终止满 {keep_years} 年") }),
                ),
                ..JournalEntry::new(JournalAction::MemberAnonymised, SubjectKind::Member, row.id)
            };
            tx.journal(&op.by(), entry).await?;
        }
        done += rows.len() as i64;
        tx.commit().await?;
    }
}
