//! 到期匿名化: what is somebody's own in memberships that ended long ago is taken away; that there was a membership, when and where, stays.
//! The list of whom it concerns is the dry run; a job does it and leaves a report; whoever is held ([`super::hold`]) is left alone.

use std::collections::BTreeMap;

use codes::id::JobId;
use codes::time::Day;
use domain::approval::ApprovalKind;
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::membership::{MembershipPolicy, MembershipState};
use domain::permission::Action;
use domain::scope::UnionPath;
use domain::security::Limit;
use office::workbook::{Column, Sheet, Value as Cell, WorkbookWriter};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::list_query::{Page, Window};
use store::member_event::PastDue;
use uuid::Uuid;

use crate::approval::{self, Wanted};
use crate::error::AppError;
use crate::export::Download;
use crate::job::{self, JobContext, JobState};
use crate::op::{App, OpContext};
use crate::paging::After;

/// The kind of job that anonymises.
pub const ANONYMISE_JOB: &str = "anonymise";
/// Memberships anonymised in one transaction: few enough that nobody waits for it.
const AT_ONCE: u32 = 500;

/// An ended membership whose time is over.
#[derive(Debug, Clone, PartialEq)]
pub struct DueView {
    /// Row id of the ended membership.
    pub id: Uuid,
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

/// The day that a list was made for, where one is named: not later than today's.
///
/// # Errors
/// `MEM-423` when it cannot be read or the time is not over.
fn day_of(op: &OpContext, until: &str) -> Result<(Day, i32), AppError> {
    let (last, keep_years) = last_day(op);
    if until.is_empty() {
        return Ok((last, keep_years));
    }
    match Day::parse_iso(until) {
        Ok(day) if day <= last => Ok((day, keep_years)),
        _ => Err(AppError::invalid(
            "MEM-423",
            format!("名单的截止日期无法识别，或会籍终止还不满 {keep_years} 年，没有匿名化"),
        )
        .hint("请重新打开“到期匿名化”")),
    }
}

/// A page of the ended memberships in sight whose time is over by a day, today's when none is named: the dry run, which changes
/// nothing.
///
/// # Errors
/// `MEM-423` when the day is wrong.
pub async fn due(op: &OpContext, app: &App, until: &str, page: u32, size: u32) -> Result<Due, AppError> {
    listed(op, app, until, Page::number(page, size).into()).await
}

/// The same in the order of their own ids, after one of them.
///
/// # Errors
/// As [`due`].
pub async fn due_after(op: &OpContext, app: &App, until: &str, after: &After) -> Result<Due, AppError> {
    listed(op, app, until, after.id().into()).await
}

async fn listed(op: &OpContext, app: &App, until: &str, window: Window) -> Result<Due, AppError> {
    op.may(Action::ConfirmMembership)?;
    let (until, keep_years) = day_of(op, until)?;
    let mut reader = app.store.read().await?;
    let (rows, total) = reader.past_members_due(op.scope(), until.naive(), window).await?;
    let view = |row: PastDue| DueView {
        id: row.id,
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

/// What the job is told.
#[derive(Serialize, Deserialize)]
struct Arguments {
    until: Day,
    keep_years: i32,
    total: i64,
}

/// What a second person is asked to approve, when more memberships are anonymised than one person does alone (双人复核).
///
/// # Errors
/// `MEM-423` when the day is wrong.
pub fn anonymise_wanted(op: &OpContext, until: &str, seen: i64) -> Result<Wanted, AppError> {
    op.may(Action::ConfirmMembership)?;
    let (until, keep_years) = day_of(op, until)?;
    Ok(Wanted {
        kind: ApprovalKind::MemberChange,
        title: format!("匿名化到期的会籍（{seen} 个）"),
        details: vec![
            (
                "名单".to_owned(),
                format!("终止于 {until} 及以前、满 {keep_years} 年、没有暂缓的会籍，限申请人的数据范围"),
            ),
            ("结果".to_owned(), "姓名、号码等个人信息删除，不能恢复".to_owned()),
        ],
        arguments: json!({ "what": "anonymise", "until": until, "total": seen }),
    })
}

/// Queues the anonymising of those memberships, `seen` of them: as many as the dry run showed. 匿名化
///
/// # Errors
/// `MEM-419` when it is another number by now; `APR-428` or `APR-425` while a second person's approval is needed.
pub async fn anonymise(op: &OpContext, app: &App, until: &str, seen: i64) -> Result<JobId, AppError> {
    op.may(Action::ConfirmMembership)?;
    let wanted = anonymise_wanted(op, until, seen)?;
    let (until, keep_years) = day_of(op, until)?;
    let mut tx = app.store.begin().await?;
    let (_, total) = tx
        .past_members_due(op.scope(), until.naive(), Page::number(1, 1))
        .await?;
    if total != seen {
        return Err(AppError::conflict(
            "MEM-419",
            format!("到期的会籍现在是 {total} 个，与您看到的 {seen} 个不同，没有匿名化"),
        )
        .hint("请核对新的名单后再办"));
    }
    approval::clear(op, &mut tx, Limit::ChangeRows, total, &wanted).await?;
    let arguments = Arguments {
        until,
        keep_years,
        total,
    };
    let arguments = serde_json::to_value(arguments).map_err(AppError::internal)?;
    let title = format!("匿名化到期的会籍：{total} 个");
    job::enqueue_in(op, app, tx, ANONYMISE_JOB, &title, arguments).await
}

/// The work of the job: answers how many it anonymised and how many a hold kept, by union. Begun again after an interruption it goes
/// on where it was.
///
/// # Errors
/// The role may not any more, the store refuses, or somebody asked to stop.
pub async fn work(context: &JobContext) -> Result<Value, AppError> {
    let (op, app) = (&context.op, &context.app);
    op.may(Action::ConfirmMembership)?;
    let arguments: Arguments =
        serde_json::from_value(context.job.arguments.clone()).map_err(AppError::internal)?;
    let progress = context.reporter();
    let total = u64::try_from(arguments.total).unwrap_or(0);
    let words = format!("会籍终止满 {} 年", arguments.keep_years);
    let mut done = 0;
    loop {
        progress("匿名化", done, total)?;
        let mut tx = app.store.begin().await?;
        let (rows, _) = tx
            .past_members_due(op.scope(), arguments.until.naive(), Page::number(1, AT_ONCE))
            .await?;
        if rows.is_empty() {
            break;
        }
        for row in &rows {
            tx.anonymise_past_member(row.id).await?;
            let entry = JournalEntry {
                path: row.path.as_deref().and_then(|path| UnionPath::parse(path).ok()),
                after: Some(json!({ "member_id": row.member_id, "words": words })),
                ..JournalEntry::new(JournalAction::MemberAnonymised, SubjectKind::Member, row.id)
            };
            tx.journal(&op.by(), entry).await?;
        }
        done += rows.len() as u64;
        tx.commit().await?;
    }
    let mut reader = app.store.read().await?;
    let id = context.job.id.to_string();
    let since = context.job.created_at.millis();
    // What an interrupted beginning did is in the journal under the same job.
    let anonymised = reader.anonymised_by(&id, since).await?;
    let held = reader
        .past_members_held(op.scope(), arguments.until.naive())
        .await?;
    let mut by_union: BTreeMap<String, UnionReport> = BTreeMap::new();
    for (union_id, name, count) in anonymised {
        let one = by_union.entry(union_id).or_default();
        (one.name, one.anonymised) = (name, count);
    }
    for (union_id, name, count) in held {
        let one = by_union.entry(union_id).or_default();
        (one.name, one.held) = (name, count);
    }
    let sum = |count: fn(&UnionReport) -> i64| by_union.values().map(count).sum::<i64>();
    let (anonymised, held) = (sum(|one| one.anonymised), sum(|one| one.held));
    Ok(json!({
        "until": arguments.until,
        "anonymised": anonymised,
        "held": held,
        "by_union": by_union,
    }))
}

/// What a job did in one union.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct UnionReport {
    name: String,
    anonymised: i64,
    held: i64,
}

/// The report of a job that has anonymised, for whoever had it done: counts by union, in a workbook. 结果报告
///
/// # Errors
/// `JOB-404` when there is no such job of one's own, or it is not done.
pub async fn report(op: &OpContext, app: &App, id: JobId) -> Result<Download, AppError> {
    op.may(Action::ConfirmMembership)?;
    let row = app.store.read().await?.job(id).await?;
    let row = row
        .filter(|row| row.kind == ANONYMISE_JOB && row.state == JobState::Done)
        .filter(|row| row.created_by.is_some() && row.created_by == op.actor.id)
        .ok_or_else(AppError::no_job)?;
    let result = row.result.unwrap_or_default();
    let by_union = result.get("by_union").cloned().unwrap_or_default();
    let by_union: BTreeMap<String, UnionReport> =
        serde_json::from_value(by_union).map_err(AppError::internal)?;
    let until = result.get("until").and_then(Value::as_str).unwrap_or_default();
    let failed = |error: office::OfficeError| AppError::internal(error.to_string());
    let mut writer = WorkbookWriter::create(Sheet {
        name: "匿名化结果".to_owned(),
        title: Some(format!("会籍终止于 {until} 及以前的匿名化结果（{}）", row.title)),
        columns: vec![
            Column::text("工会标识", 18.0),
            Column::text("工会", 40.0),
            Column::number("已匿名化", 12.0),
            Column::number("暂缓", 12.0),
        ],
        watermark: Some(format!("{} · {}", op.signature(), op.now().to_minute())),
    })
    .map_err(failed)?;
    for (union_id, one) in &by_union {
        let values = [
            Cell::text(union_id.as_str()),
            Cell::text(one.name.as_str()),
            Cell::number(Some(one.anonymised)),
            Cell::number(Some(one.held)),
        ];
        writer.row(&values).map_err(failed)?;
    }
    Ok(Download {
        file_name: format!("匿名化结果-{until}.xlsx"),
        content_type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        bytes: writer.finish().map_err(failed)?,
        made_at: op.now(),
    })
}
