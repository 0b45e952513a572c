//! 届次、换届和委员会成员: terms registered, posts filled and vacated, reminders before a term ends.

use codes::text::person_name;
use codes::time::Day;
use domain::dictionary::{Act, FormReader};
use domain::intake::Kind;
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::organising::Founding;
use domain::permission::Action;
use domain::scope::UnionPath;
use domain::union_org::UnionType;
use domain::union_org::term::{Body, Nearness, Post, check_term, stage};
use domain::union_org::vacancy::Vacancy;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use store::list_query::{Page, Window};
use store::union_org::UnionRow;
use store::union_org::term::TermEndFilter;
pub use store::union_org::term::{OfficerRow, TermEndRow, TermRow};
use store::{Reader, Tx};
use uuid::Uuid;

use super::vacancy::{VacancyCounts, vacancy_counts, vacancy_of};
use super::{masked, masked_officer, union_in_sight};
use crate::element_right::expect_write;
use crate::error::AppError;
use crate::intake::unions_content_hash;
use crate::op::{App, OpContext};
use crate::paging::After;

/// A day before this stands for nothing: 1900-01-01 is what spreadsheets make of an empty cell.
const EARLIEST: (i32, u32, u32) = (1950, 1, 1);
/// Days before an end from which reminders are told.
const AHEAD_DAYS: i64 = 180;

/// What the list of ends is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TermListParams {
    /// `Nearness::code`, `unknown` (no end registered) or `unread` (a reminder that nobody has read); all that have an end when empty.
    pub near: String,
    pub page: u32,
    pub size: u32,
}

/// One union in the list of ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TermEnd {
    /// The chair masked.
    pub union: TermEndRow,
    /// `None`: no end is registered.
    pub end: Option<Day>,
    pub nearness: Option<Nearness>,
    /// Days left; negative when overdue.
    pub days_left: Option<i64>,
}

/// A page of unions by the end of their term, and how many there are of each nearness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TermList {
    pub lines: Vec<TermEnd>,
    pub total: i64,
    pub counts: Vec<(Nearness, i64)>,
    /// Active unions without a registered end.
    pub unknown: i64,
    pub unread: i64,
    /// Unions without a chair.
    pub vacant: VacancyCounts,
}

/// Unions in scope by the end of their term (换届提醒).
pub async fn terms(op: &OpContext, app: &App, params: &TermListParams) -> Result<TermList, AppError> {
    op.may(Action::SeeUnions)?;
    let today = op.today();
    let mut reader = app.store.read().await?;
    let unknown = TermEndFilter {
        is_unknown: true,
        ..TermEndFilter::default()
    };
    let spans = Nearness::ALL.into_iter().map(|nearness| span(nearness, today));
    let asked: Vec<TermEndFilter> = spans.chain([unknown]).collect();
    let mut counted = reader.term_end_counts(op.scope(), &asked).await?;
    let without_end = counted.pop().unwrap_or_default();
    let counts = Nearness::ALL.into_iter().zip(counted).collect();
    let page = Page::number(params.page, params.size);
    let (lines, total) = ends(op, &mut reader, &params.near, page.into()).await?;
    Ok(TermList {
        lines: lines.into_iter().map(|(line, _)| line).collect(),
        total,
        counts,
        unknown: without_end,
        unread: reader.unread_reminders(op.scope()).await?,
        vacant: vacancy_counts(op, &mut reader).await?,
    })
}

/// The unions that follow a mark by the end of their term, each with its own mark, and how many there are in all; `near` as in
/// [`TermListParams`].
pub async fn terms_after(
    op: &OpContext,
    app: &App,
    near: &str,
    after: &After,
) -> Result<(Vec<(TermEnd, String)>, i64), AppError> {
    op.may(Action::SeeUnions)?;
    let mut reader = app.store.read().await?;
    ends(op, &mut reader, near, after.mark().into()).await
}

async fn ends(
    op: &OpContext,
    reader: &mut Reader,
    near: &str,
    window: Window,
) -> Result<(Vec<(TermEnd, String)>, i64), AppError> {
    let today = op.today();
    let filter = match near {
        "unknown" => TermEndFilter {
            is_unknown: true,
            ..TermEndFilter::default()
        },
        "unread" => TermEndFilter {
            is_unread: true,
            ..TermEndFilter::default()
        },
        code => Nearness::from_code(code).map_or(
            TermEndFilter {
                from: earliest(),
                ..TermEndFilter::default()
            },
            |nearness| span(nearness, today),
        ),
    };
    let (rows, total) = reader.term_end_list(op.scope(), filter, window).await?;
    let line = |union: TermEndRow| {
        let union = TermEndRow {
            chair: union.chair.map(|name| masked("chair", &name)),
            ..union
        };
        let end = union.term_end_on.map(Day::from);
        TermEnd {
            end,
            nearness: end.map(|end| Nearness::of(end, today)),
            days_left: end.map(|end| today.days_until(end)),
            union,
        }
    };
    let rows = rows.into_iter().map(|(row, mark)| (line(row), mark));
    Ok((rows.collect(), total))
}

fn earliest() -> Option<Day> {
    let (year, month, day) = EARLIEST;
    Day::new(year, month, day)
}

fn span(nearness: Nearness, today: Day) -> TermEndFilter {
    let (from, to) = nearness.days(today);
    TermEndFilter {
        from: from.or_else(earliest),
        to,
        ..TermEndFilter::default()
    }
}

/// How many unions in scope have a reminder that nobody has read.
pub async fn unread_reminders(op: &OpContext, app: &App) -> Result<i64, AppError> {
    op.may(Action::SeeUnions)?;
    Ok(app.store.read().await?.unread_reminders(op.scope()).await?)
}

/// Raises the reminders that are due today: 180, 90, 30, 0 days before a term ends and every 30 days after. Each is raised once; what
/// was missed while nothing ran is told as the latest one. Answers how many were new.
pub async fn remind(app: &App) -> Result<u64, AppError> {
    let today = app.now().day();
    let mut tx = app.store.begin().await?;
    let from = earliest().unwrap_or(today);
    let mut raised = 0;
    for end in tx.term_ends(from, today.add_days(AHEAD_DAYS)).await? {
        if let Some(stage) = stage(end, today) {
            raised += tx.remind_of_term(end, stage, today).await?;
        }
    }
    tx.commit().await?;
    Ok(raised)
}

/// Marks a union's reminders as read (已阅).
pub async fn read_reminders(op: &OpContext, app: &App, union_id: &str) -> Result<u64, AppError> {
    op.may(Action::ChangeUnions)?;
    let mut tx = app.store.begin().await?;
    let (row, path) = union_in_sight(op, &mut tx, union_id).await?;
    let read = tx.read_reminders(row.id, &op.signature(), op.now()).await?
        + tx.read_vacancy_reminders(row.id, &op.signature(), op.now())
            .await?;
    if read > 0 {
        journal(
            op,
            &mut tx,
            &row,
            path,
            JournalAction::ReminderRead,
            json!({}),
            json!({"reminders": read}),
        )
        .await?;
    }
    tx.commit().await?;
    Ok(read)
}

/// A union's terms and the people of its committees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committees {
    pub union_id: String,
    pub name: String,
    pub union_type: UnionType,
    pub terms: Vec<TermRow>,
    /// In office first; names masked.
    pub officers: Vec<OfficerRow>,
    pub term_end: Option<Day>,
    pub nearness: Option<Nearness>,
    /// The chair is vacant: since when, and by when another has to be elected.
    pub vacancy: Option<Vacancy>,
    /// Reminders that nobody has read, about the term and about a vacant chair.
    pub unread: i64,
    pub today: Day,
    pub is_active: bool,
}

/// A union's terms and committees.
///
/// # Errors
/// `UNI-404` when there is none in sight.
pub async fn committees(op: &OpContext, app: &App, union_id: &str) -> Result<Committees, AppError> {
    op.may(Action::SeeUnions)?;
    let mut reader = app.store.read().await?;
    let (row, _) = union_in_sight(op, &mut reader, union_id).await?;
    let term_end = row.term_end();
    Ok(Committees {
        terms: reader.terms_of(row.id).await?,
        officers: reader
            .officers_of(row.id)
            .await?
            .into_iter()
            .map(|officer| OfficerRow {
                name: masked_officer(&officer.name),
                ..officer
            })
            .collect(),
        vacancy: vacancy_of(&mut reader, &row).await?,
        unread: reader.unread_reminders_of(row.id).await?
            + reader.unread_vacancy_reminders_of(row.id).await?,
        nearness: term_end.map(|end| Nearness::of(end, op.today())),
        term_end,
        today: op.today(),
        union_type: kind_of(&row),
        is_active: row.is_active,
        union_id: row.union_id,
        name: row.name,
    })
}

/// A new term with the committee that was elected (换届).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TermForm {
    /// 第几届; may be empty.
    pub term_no: String,
    /// `yyyy-mm-dd`
    pub started_on: String,
    /// 3 or 5.
    pub term_years: String,
    /// 批复文号; may be empty.
    pub document_no: String,
    pub chair: String,
    /// The chair works for the union alone (专职).
    pub is_chair_full_time: bool,
    /// Names, separated by 、, commas or lines.
    pub vices: String,
    pub members: String,
    /// 经费审查委员会主任
    pub audit_chair: String,
    /// 女职工委员会主任
    pub women_chair: String,
}

/// Elements that a new term changes.
pub const TERM: [&str; 4] = ["chair", "term_no", "term_start", "term_end"];

/// Registers a new term: the former committee leaves office, the new one enters, the union's end of term and chair follow.
///
/// # Errors
/// `ELM-403` when chair and term are not the actor's to change; `UNI-421` with every field that is wrong; `UNI-409` for a dissolved union;
/// `UNI-404` out of sight.
pub async fn register_term(
    op: &OpContext,
    app: &App,
    union_id: &str,
    form: &TermForm,
) -> Result<Day, AppError> {
    op.may(Action::ChangeUnions)?;
    let mut tx = app.store.begin().await?;
    // The whole row is written back: nobody moves or dissolves the union meanwhile.
    tx.lock_tree().await?;
    let (mut row, path) = active_union(op, &mut tx, union_id).await?;
    expect_write(op, &mut tx, Kind::Unions, &TERM).await?;
    let mut typed = FormReader::of(Act::RegisterTerm, op.today());
    let started_on = typed.day("started_on", &form.started_on);
    let term_no = typed.number("term_no", &form.term_no);
    let term_years = typed.number("term_years", &form.term_years);
    let document_no = typed.value("document_no", &form.document_no);
    let last = tx
        .terms_of(row.id)
        .await?
        .first()
        .map(|term| Day::from(term.started_on));
    let years = term_years.and_then(|years| i32::try_from(years).ok());
    let ends_on = started_on.and_then(|started_on| {
        match check_term(kind_of(&row), started_on, years, op.today(), row.founded(), last) {
            Ok(ends_on) => Some((started_on, ends_on)),
            Err(fault) => {
                typed.more([fault]);
                None
            }
        }
    });
    // Those in office leave with the new term: nobody leaves before they came.
    if let (Some((started_on, _)), Some(since)) = (&ends_on, tx.officers_since(row.id).await?)
        && *started_on < since
    {
        let words = format!("现任委员会有人自 {since} 起任职，新一届的任期不能早于这一天开始");
        typed.wrong("started_on", words);
    }
    let mut elected: Vec<(Body, Post, String, bool)> = Vec::new();
    for (field, body, post, text) in [
        ("chair", Body::Committee, Post::Chair, &form.chair),
        ("vices", Body::Committee, Post::Vice, &form.vices),
        ("members", Body::Committee, Post::Member, &form.members),
        ("audit_chair", Body::Audit, Post::Chair, &form.audit_chair),
        ("women_chair", Body::Women, Post::Chair, &form.women_chair),
    ] {
        elected.extend(typed.values(field, text).into_iter().map(|name| {
            let is_full_time = field == "chair" && form.is_chair_full_time;
            (body, post, name, is_full_time)
        }));
    }
    if let Some((_, _, name, _)) = elected.iter().enumerate().find_map(|(at, one)| {
        let is_twice = |other: &&(Body, Post, String, bool)| {
            other.0 == one.0 && person_name(&other.2) == person_name(&one.2)
        };
        elected[..at].iter().any(|other| is_twice(&other)).then_some(one)
    }) {
        let words = format!("“{name}”填写了两次，一个人在一个委员会里只任一职");
        typed.wrong("members", words);
    }
    let (started_on, ends_on) = match ends_on {
        Some(days) if typed.is_sound() => days,
        _ => return Err(refused("换届没有保存", typed.faults())),
    };
    let before =
        json!({"term_end": row.term_end(), "chair": row.chair.as_deref().map(|name| masked("chair", name))});
    tx.end_officers(row.id, started_on, "换届").await?;
    let term = TermRow {
        id: op.new_id::<codes::id::UnionOrg>().uuid(),
        union_org_id: row.id,
        term_no,
        started_on: started_on.naive(),
        ends_on: ends_on.naive(),
        document_no,
    };
    tx.add_term(&term, op.now()).await?;
    for (body, post, name, is_full_time) in &elected {
        let officer = officer(op, &row, (*body, *post), name, *is_full_time, started_on);
        tx.add_officer(&officer, op.now()).await?;
    }
    row.term_end_on = Some(ends_on.naive());
    row.chair = elected.first().map(|(_, _, name, _)| name.clone());
    row.extra = with_term(row.extra.as_deref(), term_no, started_on)?;
    let after = json!({
        "union_id": row.union_id,
        "name": row.name,
        "term_no": term_no,
        "term_start": started_on,
        "term_end": ends_on,
        "document_no": term.document_no,
        "chair": row.chair.as_deref().map(|name| masked("chair", name)),
        "officers": elected.len(),
    });
    save(
        op,
        &mut tx,
        &mut row,
        &["term_end", "chair", "term_no", "term_start"],
    )
    .await?;
    tx.read_reminders(row.id, &op.signature(), op.now()).await?;
    journal(
        op,
        &mut tx,
        &row,
        path,
        JournalAction::TermRegistered,
        before,
        after,
    )
    .await?;
    tx.commit().await?;
    Ok(ends_on)
}

/// The first term of a union that was just founded, with its chair.
pub(crate) async fn first_term(
    op: &OpContext,
    tx: &mut Tx,
    row: &UnionRow,
    founding: &Founding,
) -> Result<(), AppError> {
    let term = TermRow {
        id: op.new_id::<codes::id::UnionOrg>().uuid(),
        union_org_id: row.id,
        term_no: Some(1),
        started_on: founding.founded_on.naive(),
        ends_on: founding.term_end.naive(),
        document_no: None,
    };
    tx.add_term(&term, op.now()).await?;
    let chair = (Body::Committee, Post::Chair);
    let chair = officer(op, row, chair, &founding.chair, false, founding.founded_on);
    tx.add_officer(&chair, op.now()).await?;
    Ok(())
}

/// One person entering or leaving office between elections (届中调整).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OfficerForm {
    /// `Body::code`
    pub body: String,
    /// `Post::code`
    pub post: String,
    pub name: String,
    pub is_full_time: bool,
    /// `yyyy-mm-dd`
    pub day: String,
}

/// Puts somebody into office between elections.
///
/// # Errors
/// `UNI-421` with the fields that are wrong; `UNI-409` where the post is held already or the union is dissolved.
pub async fn add_officer(
    op: &OpContext,
    app: &App,
    union_id: &str,
    form: &OfficerForm,
) -> Result<(), AppError> {
    op.may(Action::ChangeUnions)?;
    let mut tx = app.store.begin().await?;
    // The whole row is written back: nobody moves or dissolves the union meanwhile.
    tx.lock_tree().await?;
    let (mut row, path) = active_union(op, &mut tx, union_id).await?;
    let mut typed = FormReader::of(Act::AddOfficer, op.today());
    let body = typed.value("body", &form.body);
    let body = body.and_then(|code| Body::from_code(&code));
    let post = typed.value("post", &form.post);
    let post = post.and_then(|code| Post::from_code(&code));
    if body.zip(post) == Some((Body::Committee, Post::Chair)) {
        expect_write(op, &mut tx, Kind::Unions, &["chair"]).await?;
    }
    let day = typed.day("day", &form.day);
    let name = typed.values("name", &form.name).pop();
    let (Some(body), Some(post), Some(day), Some(name)) = (body, post, day, name) else {
        return Err(refused("没有保存", typed.faults()));
    };
    let sitting = tx.officers_of(row.id).await?;
    let in_office = |wanted: &dyn Fn(&OfficerRow) -> bool| {
        sitting
            .iter()
            .any(|one| one.ended_on.is_none() && one.body == body.code() && wanted(one))
    };
    if post == Post::Chair && in_office(&|one| one.post == post.code()) {
        return Err(AppError::conflict(
            "UNI-409",
            format!("{}已有{}，请先登记现任离任", body.label(), post.label(body)),
        ));
    }
    if in_office(&|one| person_name(&one.name) == person_name(&name)) {
        return Err(AppError::conflict(
            "UNI-409",
            format!("此人已在{}任职，请先登记离任", body.label()),
        ));
    }
    let new = officer(op, &row, (body, post), &name, form.is_full_time, day);
    tx.add_officer(&new, op.now()).await?;
    if (body, post) == (Body::Committee, Post::Chair) {
        row.chair = Some(name.clone());
        save(op, &mut tx, &mut row, &["chair"]).await?;
    }
    let after = json!({
        "union_id": row.union_id, "name": row.name, "body": body.label(), "post": post.label(body),
        "officer": masked_officer(&name), "effective_on": day,
    });
    journal(
        op,
        &mut tx,
        &row,
        path,
        JournalAction::OfficerEntered,
        json!({}),
        after,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Ends one person's office.
///
/// # Errors
/// `UNI-421` with the fields that are wrong; `UNI-404` when nobody holds that office any more.
pub async fn end_officer(
    op: &OpContext,
    app: &App,
    union_id: &str,
    officer_id: Uuid,
    day: &str,
    reason: &str,
) -> Result<(), AppError> {
    op.may(Action::ChangeUnions)?;
    let mut tx = app.store.begin().await?;
    // The whole row is written back: nobody moves or dissolves the union meanwhile.
    tx.lock_tree().await?;
    let (mut row, path) = active_union(op, &mut tx, union_id).await?;
    let sitting = tx.officers_of(row.id).await?;
    let officer = sitting
        .into_iter()
        .find(|one| one.id == officer_id && one.ended_on.is_none())
        .ok_or_else(|| AppError::not_found("UNI-404", "此人已不在任，或不是本工会的委员会成员"))?;
    if officer.body == Body::Committee.code() && officer.post == Post::Chair.code() {
        expect_write(op, &mut tx, Kind::Unions, &["chair"]).await?;
    }
    let mut typed = FormReader::of(Act::EndOfficer, op.today());
    let ended_on = typed.day("day", day);
    let reason = typed.text("reason", reason);
    let started_on = Day::from(officer.started_on);
    if ended_on.is_some_and(|ended_on| ended_on < started_on) {
        typed.wrong("day", format!("离任日期不能早于任职日期（{started_on}）"));
    }
    let Some(ended_on) = ended_on.filter(|_| typed.is_sound()) else {
        return Err(refused("没有保存", typed.faults()));
    };
    let reason = reason.as_str();
    tx.end_officer(officer_id, row.id, ended_on, reason).await?;
    if officer.body == Body::Committee.code() && officer.post == Post::Chair.code() {
        row.chair = None;
        save(op, &mut tx, &mut row, &["chair"]).await?;
    }
    let body = Body::from_code(&officer.body).unwrap_or(Body::Committee);
    let post = Post::from_code(&officer.post).unwrap_or(Post::Member);
    let after = json!({
        "union_id": row.union_id, "name": row.name, "body": body.label(), "post": post.label(body),
        "officer": masked_officer(&officer.name), "effective_on": ended_on, "words": reason,
    });
    journal(
        op,
        &mut tx,
        &row,
        path,
        JournalAction::OfficerLeft,
        json!({}),
        after,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

fn kind_of(row: &UnionRow) -> UnionType {
    UnionType::from_code(&row.union_type).unwrap_or(UnionType::Unknown)
}

async fn active_union(
    op: &OpContext,
    tx: &mut Tx,
    union_id: &str,
) -> Result<(UnionRow, Option<UnionPath>), AppError> {
    let (row, path) = union_in_sight(op, tx, union_id).await?;
    if !row.is_active {
        return Err(AppError::conflict("UNI-409", format!("“{}”已撤销", row.name)));
    }
    Ok((row, path))
}

fn officer(
    op: &OpContext,
    row: &UnionRow,
    (body, post): (Body, Post),
    name: &str,
    is_full_time: bool,
    day: Day,
) -> OfficerRow {
    OfficerRow {
        id: op.new_id::<codes::id::UnionOrg>().uuid(),
        union_org_id: row.id,
        body: body.code().to_owned(),
        post: post.code().to_owned(),
        name: name.to_owned(),
        is_full_time,
        started_on: day.naive(),
        ended_on: None,
        end_reason: None,
    }
}

/// Writes what a person has set; files leave those elements alone from now on.
async fn save(op: &OpContext, tx: &mut Tx, row: &mut UnionRow, elements: &[&str]) -> Result<(), AppError> {
    for element in elements {
        tx.mark_by_hand(row.id, element, op.now()).await?;
    }
    row.batch_no = None;
    row.changed_at = op.now().millis();
    row.row_hash = unions_content_hash(row);
    tx.upsert_unions([row.clone()]).await?;
    Ok(())
}

async fn journal(
    op: &OpContext,
    tx: &mut Tx,
    row: &UnionRow,
    path: Option<UnionPath>,
    action: JournalAction,
    before: Value,
    after: Value,
) -> Result<(), AppError> {
    let entry = JournalEntry {
        path,
        ..JournalEntry::new(action, SubjectKind::UnionOrg, row.id)
            .before(&before)
            .after(&after)
    };
    tx.journal(&op.by(), entry).await?;
    Ok(())
}

/// The form's own items 届次 and 任期起, kept with the further elements of the union.
fn with_term(extra: Option<&str>, term_no: Option<i64>, started_on: Day) -> Result<Option<String>, AppError> {
    let mut cells: Map<String, Value> = match extra {
        Some(text) => serde_json::from_str(text).map_err(AppError::internal)?,
        None => Map::new(),
    };
    match term_no {
        Some(number) => cells.insert("term_no".to_owned(), json!(number.to_string())),
        None => cells.remove("term_no"),
    };
    cells.insert("term_start".to_owned(), json!(started_on.to_string()));
    Ok(Some(Value::Object(cells).to_string()))
}

fn refused(message: &str, wrong: Vec<(&'static str, String)>) -> AppError {
    let error = AppError::invalid("UNI-421", format!("{message}，请改正标出的内容"));
    wrong
        .into_iter()
        .fold(error, |error, (field, words)| error.field(field, words))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_forms_other_items_stay() {
        let said = with_term(
            Some(r#"{"level":"5","term_no":"2"}"#),
            Some(3),
            Day::parse_iso("2026-08-01").unwrap(),
        );
        let cells: Value = serde_json::from_str(&said.unwrap().unwrap()).unwrap();
        assert_eq!(
            cells,
            json!({"level": "5", "term_no": "3", "term_start": "2026-08-01"})
        );
    }
}
