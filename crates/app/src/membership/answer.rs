//! Answers to requests about memberships: who may give them, what they see first, and what a yes does.

use std::collections::BTreeSet;

use codes::text;
use codes::time::{Day, Timestamp};
use domain::accounts::shown_name;
use domain::dictionary::{Act, Dictionary, Element, FormReader};
use domain::intake::Kind;
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::membership::{
    AskedBy, Change, ChangeKind, Decision, MembershipState, RequestState, reason_label,
};
use domain::permission::Action;
use serde_json::json;
use store::list_query::{Page, Window};
use store::member_request::MemberRequest;
use store::membership::MemberRow;
use store::organising::NamedUnion;
use store::{Reader, Tx};
use uuid::Uuid;

use super::correction::refuse_number_of_another;
use super::guess;
use super::request::{
    content_of, element_of, faulty, named, past_of_person, path_of, said, same_person, sees, step_from, wrong,
};
use super::standing::{
    carry_out, event_of, journal, keep_beginning, not_before_founding, note_change, set_by_hand, standing_of,
};
use crate::element_right::{expect_new, expect_write};
use crate::error::AppError;
use crate::intake::typed::{self, Typed};
use crate::op::{App, OpContext};
use crate::paging::After;

/// A union as a request names it: its name, and its key where the asker may open it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnionName {
    pub name: String,
    pub union_id: Option<String>,
}

/// A request in a list or on its page.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestView {
    pub id: Uuid,
    pub kind: ChangeKind,
    pub state: RequestState,
    /// Masked.
    pub name: String,
    /// The member's key, where the membership is in sight.
    pub member_id: Option<String>,
    pub from: Option<UnionName>,
    pub to: Option<UnionName>,
    pub asked_by: AskedBy,
    pub happened_on: Day,
    pub reason: Option<&'static str>,
    pub words: String,
    pub decision: Option<Decision>,
    pub asker: String,
    pub asked_at: Timestamp,
    pub due_on: Day,
    /// Nobody has answered in time.
    pub is_late: bool,
    pub answerer: Option<String>,
    pub answered_at: Option<Timestamp>,
    pub answer: Option<String>,
    /// Whether whoever looks may answer, and take it back.
    pub may_answer: bool,
    pub may_recall: bool,
    /// What was typed: label, as it stands in the register, as it was typed; numbers and what else is somebody's own masked. Only
    /// on the request's own page.
    pub content: Vec<(String, String, String)>,
}

/// The two sides of a request, and what whoever looks may do.
struct Sides {
    from: Option<NamedUnion>,
    to: Option<NamedUnion>,
    kind: ChangeKind,
    asked_by: AskedBy,
    state: RequestState,
}

impl Sides {
    async fn of(reader: &mut Reader, request: &MemberRequest) -> Result<Sides, AppError> {
        let corrupt = |column| store::StoreError::corrupt("member_request", column, request.id);
        let mut sides = [None, None];
        for (side, union) in sides.iter_mut().zip([request.from_union, request.to_union]) {
            if let Some(union) = union {
                *side = named(reader, union).await?;
            }
        }
        let [from, to] = sides;
        Ok(Sides {
            from,
            to,
            kind: ChangeKind::from_code(&request.kind).ok_or_else(|| corrupt("kind"))?,
            asked_by: AskedBy::from_code(&request.asked_by).ok_or_else(|| corrupt("asked_by"))?,
            state: RequestState::from_code(&request.state).ok_or_else(|| corrupt("state"))?,
        })
    }

    fn sees(&self, op: &OpContext) -> bool {
        [&self.from, &self.to]
            .into_iter()
            .flatten()
            .any(|union| sees(op, union))
    }

    /// Whether the actor may say yes or no. A transfer is the other union's to answer; everything else a confirming officer's.
    fn may_answer(&self, op: &OpContext, request: &MemberRequest) -> bool {
        if self.state != RequestState::Pending {
            return false;
        }
        let may_confirm = op.can(Action::ConfirmMembership);
        let side = match (self.kind, self.asked_by) {
            (ChangeKind::Move, AskedBy::From) => &self.to,
            (ChangeKind::Move, AskedBy::To) => &self.from,
            (_, AskedBy::From) => &self.from,
            (_, AskedBy::To) => &self.to,
        };
        let is_asker = request.is_asked_by(&op.parties());
        let may = match self.kind {
            ChangeKind::Move => may_confirm || (op.can(Action::HandleMembership) && !is_asker),
            _ => may_confirm,
        };
        may && side.as_ref().is_some_and(|side| sees(op, side))
    }

    /// Whether the actor may take it back: whoever asked, or who may confirm on the asking side.
    fn may_recall(&self, op: &OpContext, request: &MemberRequest) -> bool {
        let is_asker = request.is_asked_by(&op.parties());
        let side = match self.asked_by {
            AskedBy::From => &self.from,
            AskedBy::To => &self.to,
        };
        let on_side = side.as_ref().is_some_and(|side| sees(op, side));
        let may = op.can(Action::HandleMembership) && (is_asker || op.can(Action::ConfirmMembership));
        self.state == RequestState::Pending && on_side && may
    }
}

fn no_request() -> AppError {
    AppError::not_found("MEM-406", "没有这项会籍申请，或不在您的数据范围内")
}

/// The requests with a union in the asker's sight: pending ones by their deadline, or those that were answered, latest first.
pub async fn requests(
    op: &OpContext,
    app: &App,
    is_pending: bool,
    page: u32,
    size: u32,
) -> Result<(Vec<RequestView>, i64), AppError> {
    listed(op, app, is_pending, Page::number(page, size).into()).await
}

/// The same in the order in which they were asked, the pending ones from the first and the others from the last, after one of them.
pub async fn requests_after(
    op: &OpContext,
    app: &App,
    is_pending: bool,
    after: &After,
) -> Result<(Vec<RequestView>, i64), AppError> {
    listed(op, app, is_pending, after.id().into()).await
}

async fn listed(
    op: &OpContext,
    app: &App,
    is_pending: bool,
    window: Window,
) -> Result<(Vec<RequestView>, i64), AppError> {
    op.may(Action::SeeMembers)?;
    let mut reader = app.store.read().await?;
    let (rows, total) = reader.member_request_list(op.scope(), is_pending, window).await?;
    let mut views = Vec::with_capacity(rows.len());
    for row in rows {
        let sides = Sides::of(&mut reader, &row).await?;
        views.push(view_of(op, row, sides, Vec::new()));
    }
    Ok((views, total))
}

/// The pending requests about one membership that is in sight.
pub(super) async fn pending_of(
    op: &OpContext,
    reader: &mut Reader,
    member: Uuid,
) -> Result<Vec<RequestView>, AppError> {
    let mut views = Vec::new();
    for row in reader.member_requests_of(member).await? {
        let sides = Sides::of(reader, &row).await?;
        views.push(view_of(op, row, sides, Vec::new()));
    }
    Ok(views)
}

/// One request with what was typed; that it was looked at goes to the journal, since it is about a person.
///
/// # Errors
/// `MEM-406`
pub async fn request(op: &OpContext, app: &App, id: Uuid) -> Result<RequestView, AppError> {
    op.may(Action::SeeMembers)?;
    let mut tx = app.store.begin().await?;
    let row = tx.member_request(id).await?.ok_or_else(no_request)?;
    let sides = Sides::of(&mut tx, &row).await?;
    if !sides.sees(op) {
        return Err(no_request());
    }
    let before = match row.member {
        Some(member) => tx.member_by_row(member).await?,
        None => None,
    };
    let typed = content_of(app, &row)?;
    let is_held = sides.from.as_ref().is_some_and(|from| sees(op, from));
    let content = match (sides.kind, before) {
        (ChangeKind::Correct, Some(before)) => {
            // Whoever confirms must know; to whoever only asks a form is no way to try what a mask hides.
            let hidden = match op.can(Action::ConfirmMembership) {
                true => BTreeSet::new(),
                false => guess::hidden(op, &mut tx).await?,
            };
            compared(app, &before, &typed, &hidden)
        }
        (ChangeKind::Move, Some(before)) if is_held => compared(app, &before, &typed, &BTreeSet::new()),
        _ => as_typed(&typed),
    };
    let path = [&sides.from, &sides.to]
        .into_iter()
        .flatten()
        .find(|union| sees(op, union))
        .and_then(path_of);
    let entry = JournalEntry {
        path,
        after: Some(json!({ "member_id": row.member_id, "change": sides.kind.label() })),
        ..JournalEntry::new(
            JournalAction::MemberSeen,
            SubjectKind::Member,
            row.member.unwrap_or(row.id),
        )
    };
    tx.journal(&op.by(), entry).await?;
    tx.commit().await?;
    Ok(view_of(op, row, sides, content))
}

/// What is registered now with what somebody wants to have put right: what was not typed is as it is by now. A value that is to go was
/// kept as an empty one.
fn laid_over(mut registered: Typed, typed: Typed) -> Typed {
    for (name, value) in typed {
        if value.is_empty() {
            registered.remove(&name);
        } else {
            registered.insert(name, value);
        }
    }
    registered
}

/// What was typed beside what is registered, element by element, masked as everywhere; and, but for the hidden elements, whether the two
/// are the same where the masks do not tell.
fn compared(
    app: &App,
    before: &MemberRow,
    typed: &Typed,
    hidden: &BTreeSet<&'static str>,
) -> Vec<(String, String, String)> {
    let registered = typed::said(app, before);
    let masked = |element: &Element, value: Option<&String>| {
        value.map_or_else(String::new, |value| element.masked(value))
    };
    let elements = Dictionary::shipped().of(Kind::Members).iter();
    elements
        .filter_map(|element| {
            let (old, new) = (registered.get(&element.name), typed.get(&element.name)?);
            let (before, mut after) = (masked(element, old), masked(element, Some(new)));
            if !hidden.contains(element.name.as_str()) {
                match old.map_or("", String::as_str) == new {
                    true => after.push_str("（与登记的相同）"),
                    false if before == after => after.push_str("（与原值不同，遮盖部分看不出）"),
                    false => {}
                }
            }
            Some((element.zh.clone(), before, after))
        })
        .collect()
}

/// What was typed of somebody who is not compared with anybody; masked.
fn as_typed(typed: &Typed) -> Vec<(String, String, String)> {
    let elements = Dictionary::shipped().of(Kind::Members).iter();
    elements
        .filter_map(|element| {
            let value = typed.get(&element.name).filter(|value| !value.is_empty())?;
            Some((element.zh.clone(), String::new(), element.masked(value)))
        })
        .collect()
}

/// The labels of what is different from what is registered.
fn changed(app: &App, before: &MemberRow, typed: &Typed) -> Vec<&'static str> {
    let registered = typed::said(app, before);
    let elements = Dictionary::shipped().of(Kind::Members).iter();
    let changed = elements.filter(|element| {
        let old = registered.get(&element.name).map_or("", String::as_str);
        typed.get(&element.name).is_some_and(|new| new != old)
    });
    changed.map(|element| element.zh.as_str()).collect()
}

fn view_of(
    op: &OpContext,
    row: MemberRequest,
    sides: Sides,
    content: Vec<(String, String, String)>,
) -> RequestView {
    let (may_answer, may_recall) = (sides.may_answer(op, &row), sides.may_recall(op, &row));
    let holds = sides.from.as_ref().is_some_and(|from| sees(op, from));
    let takes = sides.to.as_ref().is_some_and(|to| sees(op, to));
    let has_taken = takes && sides.state == RequestState::Accepted;
    let name = |union: Option<&NamedUnion>| {
        union.map(|union| UnionName {
            name: union.name.clone(),
            union_id: sees(op, union).then(|| union.union_id.clone()),
        })
    };
    // Where a person is a member is not told to whoever only knows the number.
    let is_asked_blindly = sides.asked_by == AskedBy::To && !holds && sides.state != RequestState::Accepted;
    let from = match name(sides.from.as_ref()) {
        Some(_) if is_asked_blindly => Some(UnionName {
            name: "会员所在工会（不在您的数据范围内）".to_owned(),
            union_id: None,
        }),
        other => other,
    };
    RequestView {
        id: row.id,
        kind: sides.kind,
        state: sides.state,
        name: row.name,
        member_id: row.member_id.filter(|_| holds || has_taken),
        from,
        to: name(sides.to.as_ref()),
        asked_by: sides.asked_by,
        happened_on: Day::from(row.happened_on),
        reason: row.reason.as_deref().and_then(reason_label),
        words: row.words.unwrap_or_default(),
        decision: row.decided_on.map(|on| Decision {
            on: Day::from(on),
            number: row.decision_no,
        }),
        asker: shown_name(&row.asker_name),
        asked_at: Timestamp::from_millis(row.asked_at),
        due_on: Day::from(row.due_on),
        is_late: sides.state == RequestState::Pending && Day::from(row.due_on) < op.today(),
        answerer: row.answerer_name.as_deref().map(shown_name),
        answered_at: row.answered_at.map(Timestamp::from_millis),
        answer: row.answer,
        may_answer,
        may_recall,
        content,
    }
}

/// What somebody says to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Accept,
    Refuse,
    Recall,
}

/// Answers a request; with a yes the change is done in the same transaction. Says in words what was done. 答复会籍申请
///
/// # Errors
/// `MEM-406`; `MEM-403` when it is not the actor's to answer; `MEM-410` when somebody was quicker or the membership has changed since.
pub async fn answer(
    op: &OpContext,
    app: &App,
    id: Uuid,
    answer: Answer,
    words: &str,
) -> Result<String, AppError> {
    op.may(Action::HandleMembership)?;
    let mut tx = app.store.begin().await?;
    note_change(op, &mut tx).await?;
    let mut row = tx.member_request(id).await?.ok_or_else(no_request)?;
    let sides = Sides::of(&mut tx, &row).await?;
    if !sides.sees(op) {
        return Err(no_request());
    }
    if sides.state != RequestState::Pending {
        return Err(AppError::conflict(
            "MEM-410",
            format!("这项申请{}，不能再答复", sides.state.label()),
        ));
    }
    let may = match answer {
        Answer::Recall => sides.may_recall(op, &row),
        Answer::Accept | Answer::Refuse => sides.may_answer(op, &row),
    };
    if !may {
        return Err(AppError::forbidden("MEM-403", "这项申请不由您答复")
            .hint("会籍接转由对方工会答复，其他会籍变化由镇街以上工会确认"));
    }
    let mut typed = FormReader::of(Act::AnswerRequest, op.today());
    let words = typed.text("words", words);
    if answer == Answer::Refuse && typed.is_sound() && words.chars().count() < 2 {
        typed.wrong("words", "请写明退回的原因");
    }
    if let Some((field, words)) = typed.faults().pop() {
        return Err(wrong(field, words));
    }
    let (state, said) = match answer {
        Answer::Accept => {
            let said = do_it(op, app, &mut tx, &mut row, &sides).await?;
            (RequestState::Accepted, said)
        }
        Answer::Refuse => (RequestState::Refused, "已退回，申请方看得到原因".to_owned()),
        Answer::Recall => (RequestState::Recalled, "已撤回".to_owned()),
    };
    row.state = state.code().to_owned();
    row.answerer_name = Some(op.signature());
    row.answered_at = Some(op.now().millis());
    row.answer = (!words.is_empty()).then(|| words.clone());
    if !tx.answer_member_request(&row).await? {
        return Err(AppError::conflict(
            "MEM-410",
            "这项申请刚刚被别人答复，请刷新后再看",
        ));
    }
    for union in [&sides.from, &sides.to].into_iter().flatten() {
        let entry = JournalEntry {
            path: path_of(union),
            after: Some(
                json!({ "member_id": row.member_id, "change": sides.kind.label(), "standing": state.label(), "words": words }),
            ),
            ..JournalEntry::new(
                JournalAction::MembershipAnswered,
                SubjectKind::Member,
                row.member.unwrap_or(row.id),
            )
        };
        tx.journal(&op.by(), entry).await?;
    }
    tx.commit().await?;
    Ok(said)
}

fn overtaken() -> AppError {
    AppError::conflict(
        "MEM-410",
        "提出申请之后会籍已有变化，请退回，由申请方按现状重新提出",
    )
}

async fn do_it(
    op: &OpContext,
    app: &App,
    tx: &mut Tx,
    row: &mut MemberRequest,
    sides: &Sides,
) -> Result<String, AppError> {
    let entered = match sides.kind {
        ChangeKind::Restore | ChangeKind::Confirm => sides.from.as_ref(),
        ChangeKind::Join | ChangeKind::TransferIn | ChangeKind::Move => sides.to.as_ref(),
        _ => None,
    };
    if entered.is_some_and(|union| !union.is_active) {
        return Err(
            AppError::conflict("MEM-412", "提出申请之后这家工会已撤销，不能办理")
                .hint("请退回申请，由申请方改到其他工会"),
        );
    }
    let mut change = Change::new(sides.kind, Day::from(row.happened_on));
    change.reason.clone_from(&row.reason);
    change.to = row.to_union;
    change.words = row.words.clone().unwrap_or_default();
    change.decision = row.decided_on.map(|on| Decision {
        on: Day::from(on),
        number: row.decision_no.clone(),
    });
    if matches!(sides.kind, ChangeKind::Join | ChangeKind::TransferIn) {
        return take_in(op, app, tx, row, change).await;
    }
    let member = match row.member {
        Some(member) => tx.hold_member_by_row(member).await?,
        None => None,
    };
    let member = member
        .filter(|member| Some(member.union_org_id) == row.from_union)
        .ok_or_else(overtaken)?;
    refuse_another_name(app, row, &member)?;
    let after = if sides.kind == ChangeKind::Correct {
        correct(op, app, tx, member, row, &change).await?
    } else {
        expect_write(op, tx, Kind::Members, &[element_of(sides.kind)]).await?;
        carry_out(op, app, tx, member, &change, Some(row.id)).await?
    };
    Ok(match sides.kind {
        ChangeKind::Correct => "资料已更正".to_owned(),
        kind => format!("已办理{}，现为{}", kind.label(), after.state.label()),
    })
}

/// Nobody is moved under another's name: whoever asked for a member out of their sight typed one without being told whether it is right.
fn refuse_another_name(app: &App, row: &MemberRequest, member: &MemberRow) -> Result<(), AppError> {
    if row.kind != ChangeKind::Move.code() {
        return Ok(());
    }
    match content_of(app, row)?.get("name") {
        Some(typed) if text::person_name(typed) != member.name => Err(AppError::conflict(
            "MEM-432",
            "申请方填写的姓名与登记的不同，没有办理接转",
        )
        .hint("请退回申请，由申请方核对证件后重新提出；登记的姓名有误的，先更正资料")),
        _ => Ok(()),
    }
}

/// Puts the data right, as they were typed; what nobody typed stays as it is by now. Files leave it alone from here on.
async fn correct(
    op: &OpContext,
    app: &App,
    tx: &mut Tx,
    old: MemberRow,
    row: &MemberRequest,
    change: &Change<Uuid>,
) -> Result<domain::membership::Standing<Uuid>, AppError> {
    let asked = content_of(app, row)?;
    // Who confirms writes it down: two people, both of whom may.
    let names: Vec<&str> = asked.keys().map(String::as_str).collect();
    expect_write(op, tx, Kind::Members, &names).await?;
    let changed = changed(app, &old, &asked);
    if changed.is_empty() {
        return Err(AppError::conflict(
            "MEM-421",
            "没有要更正的内容：填写的与登记的相同，请退回申请",
        ));
    }
    let typed = laid_over(typed::said(app, &old), asked.clone());
    let mut read = typed::read(op, app, old.union_org_id, Some(&old), &typed).map_err(faulty)?;
    if read.id_index != old.id_index {
        refuse_number_of_another(op, tx, &read, false).await?;
    }
    let before = standing_of(tx, &old).await?;
    read.state.clone_from(&old.state);
    read.unread = still_unread(old.unread.as_deref(), &typed);
    let set = set_by_hand(app, &old, &read, |name| asked.contains_key(name));
    tx.mark_member_by_hand(old.id, set, op.now()).await?;
    tx.upsert_members([read]).await?;
    let change = Change {
        words: format!("更正{}；{}", changed.join("、"), change.words),
        ..change.clone()
    };
    let event = event_of(
        op,
        old.id,
        &change,
        Some(before.union),
        before.state,
        Some(row.id),
    );
    tx.add_member_events([event]).await?;
    journal(op, tx, old.id, &old.member_id, &change, Some(&before), &before).await?;
    Ok(before)
}

/// What a file's cells could not say and nobody has said since.
fn still_unread(before: Option<&str>, typed: &Typed) -> Option<String> {
    let mut cells = crate::intake::form::parsed(before);
    cells.retain(|column, _| typed.get(column).is_none_or(String::is_empty));
    (!cells.is_empty()).then(|| serde_json::Value::Object(cells).to_string())
}

/// Writes a new member down, or one who comes back.
async fn take_in(
    op: &OpContext,
    app: &App,
    tx: &mut Tx,
    row: &mut MemberRequest,
    mut change: Change<Uuid>,
) -> Result<String, AppError> {
    let union = row.to_union.ok_or_else(overtaken)?;
    let typed = content_of(app, row)?;
    // When somebody joins, and whether for the time being, is what joining is about.
    let mut further = said(&typed);
    further.retain(|name| !matches!(*name, "join_date" | "member_kind"));
    expect_new(op, tx, Kind::Members, &further).await?;
    change.is_provisional = typed.get("member_kind").map(String::as_str) == Some("预备会员");
    let mut read = typed::read(op, app, union, None, &typed).map_err(faulty)?;
    if same_person(tx, &read).await?.is_some() {
        return Err(AppError::conflict(
            "MEM-411",
            "提出申请之后他已在别处入会，请退回，由申请方改为申请转入",
        ));
    }
    not_before_founding(tx, &change, "joined_on").await?;
    let past = past_of_person(app, tx, &read).await?;
    let after = step_from(op, tx, past.as_ref().map(|(past, _)| past), &change).await?;
    if let Some((past, old)) = past {
        // Who joins again has the same membership, with all that happened to it.
        keep_beginning(op, tx, &old).await?;
        read = typed::read(op, app, union, Some(&old), &typed).map_err(faulty)?;
        read.row_hash = old.row_hash;
        let set = set_by_hand(app, &old, &read, |name| typed.contains_key(name));
        tx.mark_member_by_hand(old.id, set, op.now()).await?;
        tx.delete_past_member(past.id).await?;
    }
    read.state = after.state.code().to_owned();
    let (id, key) = (read.id, read.member_id.clone());
    tx.upsert_members([read]).await?;
    tx.shift_member_counts([(union, 1)]).await?;
    let event = event_of(op, id, &change, None, after.state, Some(row.id));
    tx.add_member_events([event]).await?;
    journal(op, tx, id, &key, &change, None, &after).await?;
    row.member = Some(id);
    row.member_id = Some(key);
    Ok(match after.state {
        MembershipState::Provisional => "已登记为预备会员".to_owned(),
        _ => format!("已办理{}", change.kind.label()),
    })
}
