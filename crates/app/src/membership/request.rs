//! 会籍申请: who may change a membership asks, who may confirm it looks at it and does it. Joining, transfers, keeping, leaving and
//! corrections all take this way, so that each has one who asked and one who confirmed. A transfer is answered by the other union.

use std::collections::BTreeMap;

use codes::id::Member;
use codes::resident_id::IdStatus;
use codes::text;
use codes::time::Day;
use domain::dictionary::{Act, FormReader};
use domain::intake::Kind;
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::membership::{
    AskedBy, Change, ChangeKind, Decision, MembershipPolicy, RequestState, Standing, step,
};
use domain::permission::Action;
use domain::scope::UnionPath;
use serde_json::json;
use store::member_event::PastMember;
use store::member_request::MemberRequest;
use store::membership::MemberRow;
use store::organising::NamedUnion;
use store::{Reader, Tx};
use uuid::Uuid;

use super::guess::Guess;
use super::masked;
use super::standing::{image_of, not_before_founding, note_change, refused, standing_of, state_of};
use crate::element_right::{expect_new, expect_write};
use crate::error::AppError;
use crate::intake::typed::{self, Typed};
use crate::op::{App, OpContext};
use crate::search;
use crate::union_org::union_in_sight;

/// What somebody asks for at a member's page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChangeForm {
    /// `ChangeKind::code`.
    pub kind: String,
    /// The day from which it holds.
    pub happened_on: String,
    /// A code of `event_reason`.
    pub reason: String,
    /// For 会籍接转: name, code or key of the union.
    pub to: String,
    pub decided_on: String,
    pub decision_no: String,
    pub words: String,
}

/// What somebody types of a person who joins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JoinForm {
    /// By the dictionary's names.
    pub values: BTreeMap<String, String>,
    pub joined_on: String,
    /// The employer has no union of its own yet: 预备会员.
    pub is_provisional: bool,
    /// Comes from a union outside; its name.
    pub from_outside: String,
    /// Ask for a transfer if the person is a member elsewhere.
    pub asks_transfer: bool,
}

pub(super) fn wrong(field: &'static str, words: impl Into<String>) -> AppError {
    AppError::invalid("MEM-422", "没有办理，请改正后再提交").field(field, words)
}

pub(super) fn faulty(faults: Vec<typed::Fault>) -> AppError {
    let error = AppError::invalid("MEM-422", "有几项填写有误，请改正后再提交");
    faults
        .into_iter()
        .fold(error, |error, (field, words)| error.field(field, words))
}

/// A membership of a union in sight, with the union.
pub(crate) async fn member_in_sight(
    op: &OpContext,
    tx: &mut Tx,
    union_id: &str,
    member_id: &str,
) -> Result<(MemberRow, NamedUnion), AppError> {
    let row = tx.member_row(member_id).await?.ok_or_else(AppError::no_member)?;
    let union = named(tx, row.union_org_id)
        .await?
        .ok_or_else(AppError::no_member)?;
    if union.union_id != union_id || !sees(op, &union) {
        return Err(AppError::no_member());
    }
    Ok((row, union))
}

pub(crate) async fn named(reader: &mut Reader, id: Uuid) -> Result<Option<NamedUnion>, AppError> {
    Ok(reader.union_by_row(id).await?)
}

pub(super) fn sees(op: &OpContext, union: &NamedUnion) -> bool {
    op.sees(path_of(union).as_ref())
}

pub(super) fn path_of(union: &NamedUnion) -> Option<UnionPath> {
    union.path.as_deref().and_then(|path| UnionPath::parse(path).ok())
}

/// The element that a change of a membership writes.
pub fn element_of(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Move => "union_id",
        ChangeKind::Confirm => "member_kind",
        _ => "event_type",
    }
}

/// What was typed: the elements that somebody filled in.
pub(super) fn said(values: &BTreeMap<String, String>) -> Vec<&str> {
    let filled = values.iter().filter(|(_, value)| !value.trim().is_empty());
    filled.map(|(name, _)| name.as_str()).collect()
}

/// Asks for a change of a membership. Answers the request's id: whoever may confirm it does so on its page. 提交会籍申请
///
/// # Errors
/// `MEM-404`; `MEM-422` with the fields that are wrong; `MEM-409` when the same is asked for already.
pub async fn ask_change(
    op: &OpContext,
    app: &App,
    union_id: &str,
    member_id: &str,
    form: &ChangeForm,
) -> Result<Uuid, AppError> {
    let mut tx = app.store.begin().await?;
    let id = ask_change_in(op, app, &mut tx, union_id, member_id, form).await?;
    tx.commit().await?;
    Ok(id)
}

/// The same within a transaction of the caller's.
pub(super) async fn ask_change_in(
    op: &OpContext,
    app: &App,
    tx: &mut Tx,
    union_id: &str,
    member_id: &str,
    form: &ChangeForm,
) -> Result<Uuid, AppError> {
    op.may(Action::HandleMembership)?;
    let mut asked = FormReader::of(Act::AskChange, op.today());
    let kind = asked.value("kind", &form.kind);
    let kind = kind.and_then(|code| ChangeKind::from_code(&code));
    let happened_on = asked.day("happened_on", &form.happened_on);
    let reason = asked.value("reason", &form.reason);
    let decided_on = asked.day("decided_on", &form.decided_on);
    let decision_no = asked.value("decision_no", &form.decision_no);
    let to = asked.text("to", &form.to);
    let words = asked.text("words", &form.words);
    let (Some(kind), Some(happened_on), true) = (kind, happened_on, asked.is_sound()) else {
        return Err(faulty(asked.faults()));
    };
    note_change(op, tx).await?;
    let (row, union) = member_in_sight(op, tx, union_id, member_id).await?;
    expect_write(op, tx, Kind::Members, &[element_of(kind)]).await?;
    let mut change = Change::new(kind, happened_on);
    change.reason = reason;
    change.words = words;
    change.decision = decided_on.map(|on| Decision {
        on,
        number: decision_no,
    });
    if kind == ChangeKind::Move {
        change.to = Some(union_of(tx, &to).await?);
    }
    not_before_founding(tx, &change, "happened_on").await?;
    if matches!(kind, ChangeKind::Restore | ChangeKind::Confirm)
        && !tx
            .union_row(&union.union_id)
            .await?
            .is_some_and(|row| row.is_active)
    {
        return Err(
            AppError::conflict("MEM-412", "所在工会已撤销，不能在这里恢复会籍或转为正式会员")
                .hint("请先办理会籍接转，由其他工会接收"),
        );
    }
    let standing = standing_of(tx, &row).await?;
    step(Some(&standing), &change, op.today()).map_err(refused)?;
    refuse_second(tx, row.id).await?;
    let request = MemberRequest {
        member: Some(row.id),
        member_id: Some(row.member_id.clone()),
        from_union: Some(union.id),
        ..blank(op, app, &change, row.shown_name(), AskedBy::From)
    };
    keep(op, tx, request, &[path_of(&union)]).await
}

/// Asks for somebody to be taken in. A person who is a member already is not taken in a second time: the union is named as far as the
/// asker may see it, and a transfer is offered, which `asks_transfer` asks for. 入会
///
/// # Errors
/// `MEM-422` with the fields that are wrong; `MEM-411` when the person is a member elsewhere.
pub async fn ask_join(op: &OpContext, app: &App, union_id: &str, form: &JoinForm) -> Result<Uuid, AppError> {
    op.may(Action::HandleMembership)?;
    let mut guess = Guess::default();
    let mut tx = app.store.begin().await?;
    let asked = ask_join_in(op, app, &mut tx, union_id, form, &mut guess).await;
    guess.told("申请入会时填写了证件号码", op, app, tx, asked).await
}

async fn ask_join_in(
    op: &OpContext,
    app: &App,
    tx: &mut Tx,
    union_id: &str,
    form: &JoinForm,
    guess: &mut Guess,
) -> Result<Uuid, AppError> {
    note_change(op, tx).await?;
    let (union, path) = union_in_sight(op, tx, union_id).await?;
    if !union.is_active {
        return Err(AppError::conflict("MEM-412", "这家工会已不再活动，不能办理入会"));
    }
    let typed = said(&form.values);
    expect_new(op, tx, Kind::Members, &typed).await?;
    // Whether a number is somebody's already is told with every answer.
    if typed.contains(&"id_no") {
        search::digits_paced(op, app)?;
    }
    let read = typed::read(op, app, union.id, None, &form.values);
    let mut asked = FormReader::of(Act::AskJoin, op.today());
    let joined_on = asked.day("joined_on", &form.joined_on);
    let outside = asked.text("from_outside", &form.from_outside);
    let (read, joined_on) = match (read, joined_on) {
        (Ok(read), Some(day)) if asked.is_sound() => (read, day),
        (read, _) => {
            let mut faults = read.err().unwrap_or_default();
            faults.extend(asked.faults());
            return Err(faulty(faults));
        }
    };
    let kind = if outside.is_empty() {
        ChangeKind::Join
    } else {
        ChangeKind::TransferIn
    };
    let mut change = Change::new(kind, joined_on);
    change.to = Some(union.id);
    change.is_provisional = form.is_provisional;
    change.words = if outside.is_empty() {
        String::new()
    } else {
        format!("自{outside}转入")
    };
    not_before_founding(tx, &change, "joined_on").await?;
    let other = match same_person(tx, &read).await? {
        Some(other) => Some(other),
        None => namesake_out_of_sight(op, tx, &read).await?,
    };
    if let Some(other) = other {
        guess.met(other.id, other.union_org_id, "id_no");
        let request = transfer_in(op, app, tx, &other, &read, form.asks_transfer, joined_on).await?;
        let request = MemberRequest {
            to_union: Some(union.id),
            ..request
        };
        let paths = [path, tx.path_of_union(other.union_org_id).await?];
        return keep(op, tx, request, &paths).await;
    }
    let past = past_of_person(app, tx, &read).await?;
    if let Some((past, image)) = &past {
        guess.met(image.id, past.union_org_id, "id_no");
    }
    step_from(op, tx, past.as_ref().map(|(past, _)| past), &change).await?;
    let request = MemberRequest {
        to_union: Some(union.id),
        ..blank(op, app, &change, read.shown_name(), AskedBy::To)
    };
    let mut values = form.values.clone();
    values.insert("join_date".to_owned(), joined_on.to_string());
    if form.is_provisional {
        values.insert("member_kind".to_owned(), "预备会员".to_owned());
    }
    let request = sealed(app, request, &values)?;
    keep(op, tx, request, &[path]).await
}

/// The membership that somebody with this number has.
pub(super) async fn same_person(tx: &mut Tx, read: &MemberRow) -> Result<Option<MemberRow>, AppError> {
    let Some(index) = &read.id_index else {
        return Ok(None);
    };
    let rows = tx.members_by_number(index).await?;
    Ok(rows
        .into_iter()
        .find(|row| row.id != read.id && is_same_person(row, read)))
}

/// Whoever out of sight has this number of a passport or the like under another name. Another country may have given the same number to
/// somebody else, but only whoever sees both can tell; answering otherwise than for the same person would tell whose number it is.
async fn namesake_out_of_sight(
    op: &OpContext,
    tx: &mut Tx,
    read: &MemberRow,
) -> Result<Option<MemberRow>, AppError> {
    let Some(index) = &read.id_index else {
        return Ok(None);
    };
    for row in tx.members_by_number(index).await? {
        let status = u8::try_from(row.id_status).ok().and_then(IdStatus::from_u8);
        if row.id == read.id || status != Some(IdStatus::OtherDocument) {
            continue;
        }
        let at = named(tx, row.union_org_id).await?;
        if !at.is_some_and(|at| sees(op, &at)) {
            return Ok(Some(row));
        }
    }
    Ok(None)
}

/// A citizen number is one person's; another document's only together with the name.
pub(super) fn is_same_person(one: &MemberRow, other: &MemberRow) -> bool {
    let status = u8::try_from(one.id_status).ok().and_then(IdStatus::from_u8);
    match status {
        Some(IdStatus::Ok | IdStatus::From15) => true,
        Some(IdStatus::OtherDocument) => one.name == other.name,
        _ => false,
    }
}

/// The last ended membership of the same person, with the row as it was.
pub(super) async fn past_of_person(
    app: &App,
    tx: &mut Tx,
    read: &MemberRow,
) -> Result<Option<(PastMember, MemberRow)>, AppError> {
    let Some(index) = &read.id_index else {
        return Ok(None);
    };
    for past in tx.past_members_by_number(index).await? {
        let image = image_of(app, &past)?;
        if is_same_person(&image, read) {
            return Ok(Some((past, image)));
        }
    }
    Ok(None)
}

/// Where joining leads, from an ended membership if there is one. Of one that ended out of sight nothing is told: neither how nor when.
pub(super) async fn step_from(
    op: &OpContext,
    tx: &mut Tx,
    past: Option<&PastMember>,
    change: &Change<Uuid>,
) -> Result<Standing<Uuid>, AppError> {
    let Some(past) = past else {
        return step(None, change, op.today()).map_err(refused);
    };
    // What is wrong with the form itself is told as to anybody.
    step(None, change, op.today()).map_err(refused)?;
    let standing = Standing {
        state: state_of(&past.state, past.id)?,
        union: past.union_org_id,
        since: past.ended_on.map(Day::from),
    };
    let after = step(Some(&standing), change, op.today());
    let at = named(tx, past.union_org_id).await?;
    if at.is_some_and(|at| sees(op, &at)) {
        return after.map_err(refused);
    }
    after.map_err(|_| {
        AppError::conflict(
            "MEM-411",
            "这个号码在您数据范围以外的一家工会登记过，按所填的内容不能办理入会",
        )
        .hint("请核对证件号码和入会日期；都无误的，请由看得到那家工会的上级工会办理")
    })
}

/// Whoever is a member elsewhere is asked for as a transfer, or refused with that way shown. Out of sight a wrong name is answered as the
/// right one is, so that nobody learns whose number it is: the union that has the member sees what was typed and answers.
async fn transfer_in(
    op: &OpContext,
    app: &App,
    tx: &mut Tx,
    other: &MemberRow,
    read: &MemberRow,
    asks_transfer: bool,
    on: Day,
) -> Result<MemberRequest, AppError> {
    if other.union_org_id == read.union_org_id {
        return Err(AppError::conflict(
            "MEM-411",
            "他已经是本工会的会员，没有办理入会",
        ));
    }
    let at = named(tx, other.union_org_id).await?;
    let at = at.filter(|at| sees(op, at));
    if let Some(at) = at.as_ref().filter(|_| other.name != read.name) {
        let words = format!(
            "这个号码已登记在“{}”的另一个姓名之下，请核对证件；号码无误的请与上级工会核实",
            at.name
        );
        return Err(wrong("id_no", words));
    }
    if !asks_transfer {
        let refused = match &at {
            Some(at) => AppError::conflict(
                "MEM-411",
                format!("他已是“{}”的会员，一人只有一个会籍，没有办理入会", at.name),
            )
            .hint("可改为申请转入：对方工会同意后，会籍随人转来"),
            None => AppError::conflict(
                "MEM-411",
                "这个号码已是您数据范围以外的一家工会一名会员的，一人只有一个会籍，没有办理入会",
            )
            .hint("请核对姓名和证件；都无误的，可改为申请转入：对方工会核对姓名、同意后，会籍随人转来"),
        };
        return Err(refused);
    }
    refuse_second(tx, other.id).await?;
    let standing = standing_of(tx, other).await?;
    let mut change = Change::new(ChangeKind::Move, on);
    change.reason = Some("1".to_owned());
    change.to = Some(read.union_org_id);
    step(Some(&standing), &change, op.today()).map_err(refused)?;
    let request = MemberRequest {
        member: Some(other.id),
        member_id: Some(other.member_id.clone()),
        from_union: Some(other.union_org_id),
        ..blank(op, app, &change, read.shown_name(), AskedBy::To)
    };
    let name = ("name".to_owned(), read.shown_name().to_owned());
    sealed(app, request, &Typed::from([name]))
}

pub(super) async fn refuse_second(tx: &mut Tx, member: Uuid) -> Result<(), AppError> {
    let pending = tx.member_requests_of(member).await?;
    let Some(first) = pending.first() else {
        return Ok(());
    };
    let what = ChangeKind::from_code(&first.kind).map_or("会籍变化", ChangeKind::label);
    Err(AppError::conflict(
        "MEM-409",
        format!("这名会员已有一项“{what}”申请待确认，先办完再提新的"),
    )
    .hint("在“会籍申请”中可以答复或撤回"))
}

/// The union that somebody named: by key, unified code, or whole name.
async fn union_of(tx: &mut Tx, text: &str) -> Result<Uuid, AppError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(wrong("to", "请填写转入工会的全称、统一社会信用代码或工会标识"));
    }
    let found = tx.unions_called(text, &text::normalise(text)).await?;
    match found.as_slice() {
        [one] => Ok(*one),
        [] => Err(wrong(
            "to",
            "台账中没有这家工会：请填写全称、统一社会信用代码或工会标识",
        )),
        many => Err(wrong(
            "to",
            format!(
                "有 {} 家工会叫这个名称，请改填统一社会信用代码或工会标识",
                many.len()
            ),
        )),
    }
}

pub(super) fn blank(
    op: &OpContext,
    app: &App,
    change: &Change<Uuid>,
    name: &str,
    asked_by: AskedBy,
) -> MemberRequest {
    let days = MembershipPolicy::shipped().answer_days;
    MemberRequest {
        id: op.new_id::<Member>().uuid(),
        kind: change.kind.code().to_owned(),
        state: RequestState::Pending.code().to_owned(),
        member: None,
        member_id: None,
        name: masked("name", name),
        from_union: None,
        to_union: change.to,
        asked_by: asked_by.code().to_owned(),
        happened_on: change.on.naive(),
        reason: change.reason.clone(),
        words: (!change.words.is_empty()).then(|| change.words.clone()),
        decided_on: change.decision.as_ref().map(|decision| decision.on.naive()),
        decision_no: change
            .decision
            .as_ref()
            .and_then(|decision| decision.number.clone()),
        content: None,
        asker_id: op.person_id().map(|id| id.uuid()),
        asker_name: op.signature(),
        asked_at: op.now().millis(),
        due_on: app.calendar.add_working_days(op.today(), days).day.naive(),
        answerer_name: None,
        answered_at: None,
        answer: None,
        asked_for: op.acted_for().map(|id| id.uuid()),
    }
}

fn place(id: Uuid) -> Vec<u8> {
    format!("member_request:{id}").into_bytes()
}

pub(super) fn sealed(app: &App, request: MemberRequest, values: &Typed) -> Result<MemberRequest, AppError> {
    let plain = serde_json::to_vec(values).map_err(AppError::internal)?;
    Ok(MemberRequest {
        content: Some(app.keys.seal_bytes(&place(request.id), &plain)),
        ..request
    })
}

pub(super) fn content_of(app: &App, request: &MemberRequest) -> Result<Typed, AppError> {
    let Some(sealed) = &request.content else {
        return Ok(Typed::new());
    };
    let plain = app
        .keys
        .open_bytes(&place(request.id), sealed)
        .map_err(|cause| AppError::sealed_wrong("申请内容", cause))?;
    serde_json::from_slice(&plain).map_err(AppError::internal)
}

/// Keeps a request and writes down that it was made, for each union that it concerns.
pub(super) async fn keep(
    op: &OpContext,
    tx: &mut Tx,
    request: MemberRequest,
    paths: &[Option<UnionPath>],
) -> Result<Uuid, AppError> {
    let id = request.id;
    let kind = ChangeKind::from_code(&request.kind).map_or("会籍变化", ChangeKind::label);
    for path in paths {
        let entry = JournalEntry {
            path: path.clone(),
            after: Some(
                json!({ "member_id": request.member_id, "change": kind, "happened_on": Day::from(request.happened_on),
                "due_on": Day::from(request.due_on), "words": request.words }),
            ),
            ..JournalEntry::new(
                JournalAction::MembershipAsked,
                SubjectKind::Member,
                request.member.unwrap_or(id),
            )
        };
        tx.journal(&op.by(), entry).await?;
    }
    tx.add_member_request(request).await?;
    Ok(id)
}
