//! 注销申请: asked by the member on the page of their own data, answered by the union within fifteen days.
//!
//! Agreeing asks for the withdrawal (退会), which goes its own way, and takes every consent back at once. What the union keeps by law stays
//! sealed and is anonymised when its time is over ([`super::retention`]).

use codes::id::Member;
use codes::time::{Day, Timestamp};
use domain::closing::{ClosingState, URGENT_DAYS, due_on};
use domain::consent::{ConsentWay, Purpose};
use domain::dictionary::{Act, FormReader};
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::membership::ChangeKind;
use domain::permission::Action;
use domain::scope::UnionPath;
use serde_json::json;
use store::list_query::{Page, Window};
use store::member_duty::ClosingRow;
use store::membership::MemberRow;
use store::organising::NamedUnion;
use store::{StoreError, Tx};
use uuid::Uuid;

use super::myself::{OwnKey, own_place};
use super::request::{ChangeForm, ask_change_in, member_in_sight, path_of};
use crate::consent;
use crate::error::AppError;
use crate::op::{App, OpContext};
use crate::paging::After;

/// Reason of the collection form: 个人要求退会.
const OWN_WISH: &str = "5";

/// A request as the union sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct ClosingView {
    pub id: Uuid,
    pub member_id: String,
    pub union_id: String,
    pub union_name: String,
    /// In the member's words.
    pub words: String,
    pub asked_at: Timestamp,
    pub due_on: Day,
    pub state: ClosingState,
    /// Days left; negative when the day is over.
    pub days_left: i64,
    pub answer: Option<String>,
    /// Who answered, by the name of that time.
    pub answered_by: Option<String>,
    pub answered_at: Option<Timestamp>,
    /// Whether the membership has ended since.
    pub may_answer: bool,
}

impl ClosingView {
    /// Whether the last days have begun.
    pub fn is_urgent(&self) -> bool {
        self.state == ClosingState::Waiting && self.days_left <= URGENT_DAYS
    }
}

/// A request as the member sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnClosing {
    pub state: ClosingState,
    pub asked_at: Timestamp,
    pub due_on: Day,
    pub answer: Option<String>,
}

/// The union's answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClosingAnswer {
    /// The membership is ended.
    pub is_granted: bool,
    /// Day of the committee's decision about the withdrawal, as typed.
    pub decided_on: String,
    /// What the member reads.
    pub words: String,
}

fn view(op: &OpContext, row: ClosingRow) -> Result<ClosingView, AppError> {
    let state = ClosingState::from_code(&row.state)
        .ok_or_else(|| StoreError::corrupt("member_closing", "state", row.id))?;
    let due = Day::from(row.due_on);
    Ok(ClosingView {
        id: row.id,
        member_id: row.member_id,
        union_id: row.union_id,
        union_name: row.union_name,
        words: row.words.unwrap_or_default(),
        asked_at: Timestamp::from_millis(row.asked_at),
        due_on: due,
        state,
        days_left: op.today().days_until(due),
        answer: row.answer,
        answered_by: row.answered_by,
        answered_at: row.answered_at.map(Timestamp::from_millis),
        may_answer: state == ClosingState::Waiting && op.can(Action::ConfirmMembership),
    })
}

/// Requests in sight, those that wait by the day on which they are due, and how many there are.
pub async fn closings(
    op: &OpContext,
    app: &App,
    is_waiting: bool,
    page: u32,
    size: u32,
) -> Result<(Vec<ClosingView>, i64), AppError> {
    listed(op, app, is_waiting, Page::number(page, size).into()).await
}

/// The same in the order in which they were asked, after one of them.
pub async fn closings_after(
    op: &OpContext,
    app: &App,
    is_waiting: bool,
    after: &After,
) -> Result<(Vec<ClosingView>, i64), AppError> {
    listed(op, app, is_waiting, after.id().into()).await
}

async fn listed(
    op: &OpContext,
    app: &App,
    is_waiting: bool,
    window: Window,
) -> Result<(Vec<ClosingView>, i64), AppError> {
    op.may(Action::HandleMembership)?;
    let mut reader = app.store.read().await?;
    let (rows, total) = reader.member_closings(op.scope(), is_waiting, window).await?;
    let rows = rows.into_iter().map(|row| view(op, row));
    Ok((rows.collect::<Result<_, _>>()?, total))
}

/// One request in sight.
///
/// # Errors
/// `MEM-429` when there is none.
pub async fn closing(op: &OpContext, app: &App, id: Uuid) -> Result<ClosingView, AppError> {
    op.may(Action::HandleMembership)?;
    let row = app.store.read().await?.member_closing(op.scope(), id).await?;
    view(op, row.ok_or_else(AppError::no_closing)?)
}

impl AppError {
    fn no_closing() -> AppError {
        AppError::not_found("MEM-429", "没有这项注销申请，或不在您的数据范围内")
    }
}

/// What is written of a closing request, by the form of whoever writes it.
fn checked(act: Act, words: &str, today: Day) -> Result<String, AppError> {
    let mut typed = FormReader::of(act, today);
    let words = typed.text("words", words);
    refused(typed)?;
    Ok(words)
}

fn refused(typed: FormReader) -> Result<(), AppError> {
    if typed.is_sound() {
        return Ok(());
    }
    let error = AppError::invalid("MEM-427", "没有提交");
    let faults = typed.faults().into_iter();
    Err(faults.fold(error, |error, (field, words)| error.field(field, words)))
}

fn journalled(action: JournalAction, row: &ClosingRow, words: &str) -> JournalEntry {
    JournalEntry {
        path: row.path.as_deref().and_then(|path| UnionPath::parse(path).ok()),
        after: Some(json!({ "member_id": row.member_id, "words": words })),
        ..JournalEntry::new(action, SubjectKind::Member, row.member)
    }
}

/// A member's own request, the last one. 本人的注销申请
///
/// # Errors
/// `MEM-418` when code or digits are wrong.
pub async fn own_closing(app: &App, key: &OwnKey) -> Result<Option<OwnClosing>, AppError> {
    let (op, row, _, mut tx) = own_place(app, key).await?;
    let found = tx.last_closing_of(row.id).await?;
    let found = found.map(|row| view(&op, row)).transpose()?;
    Ok(found.map(|closing| OwnClosing {
        state: closing.state,
        asked_at: closing.asked_at,
        due_on: closing.due_on,
        answer: closing.answer.filter(|text| !text.is_empty()),
    }))
}

/// Asks to leave and to have one's data deleted. 申请注销
///
/// # Errors
/// `MEM-418`; `MEM-427` when the words are too long; `MEM-428` when a request waits already.
pub async fn own_close(app: &App, key: &OwnKey, words: &str) -> Result<Day, AppError> {
    let words = checked(Act::AskClosing, words, app.now().day())?;
    let (op, row, union, tx) = own_place(app, key).await?;
    Ok(asked(&op, tx, &row, &union, &words).await?.1)
}

/// The same through a program of the union's, which the member has given code and digits: only for a member in its sight. Answers the
/// request and the day by which it is answered.
///
/// # Errors
/// As [`own_close`]; a member out of sight is told like a wrong code.
pub async fn close_for(
    op: &OpContext,
    app: &App,
    key: &OwnKey,
    words: &str,
) -> Result<(Uuid, Day), AppError> {
    op.may(Action::HandleMembership)?;
    let words = checked(Act::AskClosing, words, op.today())?;
    let (own, row, union, tx) = own_place(app, key).await?;
    if !op.sees(path_of(&union).as_ref()) {
        return Err(AppError::wrong_own_key());
    }
    // The member asks; the journal says through which program.
    let own = own.through(op);
    asked(&own, tx, &row, &union, &words).await
}

async fn asked(
    op: &OpContext,
    mut tx: Tx,
    row: &MemberRow,
    union: &NamedUnion,
    words: &str,
) -> Result<(Uuid, Day), AppError> {
    let due = due_on(op.today());
    let id = op.new_id::<Member>().uuid();
    tx.add_member_closing(
        id,
        row.id,
        &row.member_id,
        row.union_org_id,
        words,
        op.now().millis(),
        due.naive(),
    )
    .await
    .map_err(|error| match error {
        StoreError::Conflict(_) => AppError::conflict("MEM-428", "已经提交过注销申请，请等工会答复"),
        other => other.into(),
    })?;
    let entry = JournalEntry {
        path: path_of(union),
        after: Some(json!({ "member_id": row.member_id, "words": words })),
        ..JournalEntry::new(JournalAction::ClosingAsked, SubjectKind::Member, row.id)
    };
    tx.journal(&op.by(), entry).await?;
    tx.commit().await?;
    Ok((id, due))
}

/// Answers a request in sight. Agreeing asks for the withdrawal and takes every consent back. 答复注销申请
///
/// # Errors
/// `MEM-429` out of sight or answered already; `MEM-427` a refusal without words; as [`ask_change_in`] when the withdrawal cannot be
/// asked for.
pub async fn answer_closing(
    op: &OpContext,
    app: &App,
    id: Uuid,
    answer: &ClosingAnswer,
) -> Result<(), AppError> {
    op.may(Action::ConfirmMembership)?;
    let mut typed = FormReader::of(Act::AnswerClosing, op.today());
    let words = typed.text("words", &answer.words);
    if !answer.is_granted && words.is_empty() {
        typed.wrong("words", "请写明不能注销的原因，会员会看到");
    }
    if answer.is_granted {
        typed.day("decided_on", &answer.decided_on);
    }
    refused(typed)?;
    let row = app.store.read().await?.member_closing(op.scope(), id).await?;
    let row = row.ok_or_else(AppError::no_closing)?;
    let settled = || AppError::conflict("MEM-430", "这项注销申请已经答复");
    if row.state != ClosingState::Waiting.code() {
        return Err(settled());
    }
    let state = if answer.is_granted {
        ClosingState::Granted
    } else {
        ClosingState::Refused
    };
    // The answer and what follows from it are one: nobody is left with a withdrawal of a request that was refused.
    let mut tx = app.store.begin().await?;
    let answered = tx
        .answer_member_closing(id, state.code(), &words, &op.signature(), op.now().millis())
        .await?;
    if !answered {
        return Err(settled());
    }
    // Whoever has left since has nothing to withdraw from.
    let is_member = tx.member_by_row(row.member).await?.is_some();
    if answer.is_granted && is_member {
        let form = ChangeForm {
            kind: ChangeKind::Withdraw.code().to_owned(),
            happened_on: op.today().to_string(),
            reason: OWN_WISH.to_owned(),
            decided_on: answer.decided_on.clone(),
            words: "本人申请注销".to_owned(),
            ..ChangeForm::default()
        };
        ask_change_in(op, app, &mut tx, &row.union_id, &row.member_id, &form).await?;
    }
    if answer.is_granted && is_member {
        take_consents_back(op, &mut tx, &row).await?;
    }
    let told = format!("{}。{words}", state.label());
    tx.journal(&op.by(), journalled(JournalAction::ClosingAnswered, &row, &told))
        .await?;
    Ok(tx.commit().await?)
}

async fn take_consents_back(op: &OpContext, tx: &mut Tx, row: &ClosingRow) -> Result<(), AppError> {
    let (member, union) = member_in_sight(op, tx, &row.union_id, &row.member_id).await?;
    let running = tx.consents_of(member.id).await?;
    let codes: Vec<String> = Purpose::all()
        .filter(|purpose| purpose.needs_consent())
        .map(|purpose| purpose.code().to_owned())
        .filter(|code| {
            running
                .iter()
                .any(|consent| consent.purpose == *code && consent.withdrawn.is_none())
        })
        .collect();
    if codes.is_empty() {
        return Ok(());
    }
    consent::take_back(op, tx, &member, &union, &codes, op.today(), ConsentWay::Online).await
}
