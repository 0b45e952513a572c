//! Where a membership stands, what led there, and carrying a change out.

use std::collections::{BTreeSet, HashMap};

use codes::id::Member;
use codes::text;
use codes::time::{Day, Timestamp};
use domain::accounts::shown_name;
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::membership::{Change, ChangeKind, MembershipState, Refusal, Standing, reason_label, step};
use domain::scope::UnionPath;
use serde_json::{Value, json};
use store::member_event::{MemberEvent, PastMember};
use store::membership::MemberRow;
use store::{Reader, Tx};
use uuid::Uuid;

use super::request::wrong;
use crate::error::AppError;
use crate::intake::{form, typed};
use crate::op::{App, OpContext};

/// The setting that counts what people changed in memberships, so that a run sees when the members' snapshot is of before.
pub(crate) const CHANGES: &str = "member_changes";

/// Where a stored membership stands.
pub(crate) async fn standing_of(reader: &mut Reader, row: &MemberRow) -> Result<Standing<Uuid>, AppError> {
    let last = reader.last_member_event(row.id).await?;
    Ok(Standing {
        state: state_of(&row.state, row.id)?,
        union: row.union_org_id,
        since: last.or(row.joined_on).map(Day::from),
    })
}

pub(crate) fn state_of(code: &str, id: Uuid) -> Result<MembershipState, AppError> {
    MembershipState::from_code(code).ok_or_else(|| store::StoreError::corrupt("member", "state", id).into())
}

/// A refusal of the life cycle as people are told it.
pub(crate) fn refused(refusal: Refusal) -> AppError {
    AppError::invalid("MEM-422", "没有办理，请改正后再提交").field(refusal.field, refusal.words)
}

/// Elements by the dictionary's names that a person has changed from one row of a membership to the next, of those that are `theirs`
/// to say. With a document number goes what it says of sex and birth.
pub(crate) fn set_by_hand(
    app: &App,
    before: &MemberRow,
    after: &MemberRow,
    theirs: impl Fn(&str) -> bool,
) -> BTreeSet<String> {
    let (before, after) = (typed::said(app, before), typed::said(app, after));
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let changed = names
        .into_iter()
        .filter(|name| before.get(*name) != after.get(*name));
    let mut set: BTreeSet<String> = changed.filter(|name| theirs(name)).cloned().collect();
    if set.contains("id_no") {
        set.extend(["sex", "birth_date"].map(str::to_owned));
    }
    set
}

/// A row as an ended membership, its image sealed.
pub(crate) fn past_of(
    keys: &codes::crypto::FieldKeys,
    row: &MemberRow,
    state: MembershipState,
    ended_on: Option<Day>,
) -> Result<PastMember, AppError> {
    Ok(PastMember {
        id: row.id,
        member_id: row.member_id.clone(),
        union_org_id: row.union_org_id,
        name: row.name.clone(),
        id_index: row.id_index.clone(),
        state: state.code().to_owned(),
        ended_on: ended_on.map(Day::naive),
        kept: None,
        batch_no: None,
        image: sealed(keys, row.id, row)?,
    })
}

/// A row as it lies in the table of ended memberships.
pub(crate) fn sealed(
    keys: &codes::crypto::FieldKeys,
    id: Uuid,
    row: &MemberRow,
) -> Result<Vec<u8>, AppError> {
    let image = serde_json::to_vec(row).map_err(AppError::internal)?;
    Ok(keys.seal_bytes(&place(id), &image))
}

/// The row that lies there.
pub(crate) fn opened(keys: &codes::crypto::FieldKeys, id: Uuid, image: &[u8]) -> Result<MemberRow, AppError> {
    let plain = keys
        .open_bytes(&place(id), image)
        .map_err(|cause| AppError::sealed_wrong("终止的会籍", cause))?;
    serde_json::from_slice(&plain).map_err(AppError::internal)
}

/// The row of an ended membership as it was.
pub(crate) fn image_of(app: &App, past: &PastMember) -> Result<MemberRow, AppError> {
    opened(&app.keys, past.id, &past.image)
}

fn place(id: Uuid) -> Vec<u8> {
    format!("past_member:{id}").into_bytes()
}

/// Says that memberships change here: the members' snapshot of before is not taken for today's. Called first in a transaction, it also
/// makes such changes wait for each other, so that each sees what the one before did.
pub(crate) async fn note_change(op: &OpContext, tx: &mut Tx) -> Result<(), AppError> {
    Ok(tx.count_setting(CHANGES, op.now()).await?)
}

/// How many times people changed memberships here.
pub(crate) async fn changes(reader: &mut Reader) -> Result<u64, AppError> {
    let said = reader.setting(CHANGES).await?;
    Ok(said.and_then(|said| said.parse().ok()).unwrap_or(0))
}

/// Carries a change of a standing membership out: row, counts, event, journal, in the caller's transaction, which has called
/// [`note_change`].
///
/// # Errors
/// `MEM-422` with the field that is wrong.
pub(crate) async fn carry_out(
    op: &OpContext,
    app: &App,
    tx: &mut Tx,
    row: MemberRow,
    change: &Change<Uuid>,
    request: Option<Uuid>,
) -> Result<Standing<Uuid>, AppError> {
    let before = standing_of(tx, &row).await?;
    not_before_founding(tx, change, "happened_on").await?;
    let after = step(Some(&before), change, op.today()).map_err(refused)?;
    let (id, member_id) = (row.id, row.member_id.clone());
    if after.state.is_standing() {
        let mut row = row;
        row.extra = said_of_change(row.extra.take(), change, &after);
        row.state = after.state.code().to_owned();
        row.union_org_id = after.union;
        row.batch_no = None;
        tx.upsert_members([row]).await?;
        if after.union != before.union {
            tx.shift_member_counts([(before.union, -1), (after.union, 1)])
                .await?;
        }
    } else {
        tx.add_past_member(past_of(&app.keys, &row, after.state, Some(change.on))?)
            .await?;
        tx.delete_member(&member_id).await?;
        tx.shift_member_counts([(before.union, -1)]).await?;
    }
    let event = event_of(op, id, change, Some(before.union), after.state, request);
    tx.add_member_events([event]).await?;
    journal(op, tx, id, &member_id, change, Some(&before), &after).await?;
    Ok(after)
}

/// Nobody comes into a union before there is one: on such a day they would be counted nowhere. `field`: where the form has the day.
pub(crate) async fn not_before_founding(
    tx: &mut Tx,
    change: &Change<Uuid>,
    field: &'static str,
) -> Result<(), AppError> {
    let Some(union) = change.to else { return Ok(()) };
    let Some(founded) = tx.union_founded(union).await?.map(Day::from) else {
        return Ok(());
    };
    match change.on < founded {
        true => Err(wrong(field, format!("不能早于这家工会的建会日期（{founded}）"))),
        false => Ok(()),
    }
}

/// The first joining, which only the row has said until now, becomes an event before the row says the next one.
pub(crate) async fn keep_beginning(op: &OpContext, tx: &mut Tx, old: &MemberRow) -> Result<(), AppError> {
    let events = tx.member_events(old.id).await?;
    let begins = |event: &MemberEvent| {
        [ChangeKind::Join, ChangeKind::TransferIn]
            .iter()
            .any(|kind| kind.code() == event.kind)
    };
    let (Some(joined), false) = (old.joined_on, events.iter().any(begins)) else {
        return Ok(());
    };
    let first = events.first();
    let event = MemberEvent {
        id: op.new_id::<Member>().uuid(),
        member: old.id,
        kind: ChangeKind::Join.code().to_owned(),
        happened_on: Some(joined),
        reason: None,
        words: None,
        from_union: None,
        to_union: first
            .and_then(|first| first.from_union)
            .or(Some(old.union_org_id)),
        state: MembershipState::Active.code().to_owned(),
        decided_on: None,
        decision_no: None,
        actor_name: String::new(),
        request: None,
        batch_no: None,
        // It stands before everything that was written down.
        at: first.map_or(op.now().millis(), |first| first.at) - 1,
    };
    tx.add_member_events([event]).await?;
    Ok(())
}

/// The event of a change.
pub(crate) fn event_of(
    op: &OpContext,
    member: Uuid,
    change: &Change<Uuid>,
    from: Option<Uuid>,
    state: MembershipState,
    request: Option<Uuid>,
) -> MemberEvent {
    let words = text::visible(&change.words);
    MemberEvent {
        id: op.new_id::<Member>().uuid(),
        member,
        kind: change.kind.code().to_owned(),
        happened_on: Some(change.on.naive()),
        reason: change.reason.clone(),
        words: (!words.is_empty()).then_some(words),
        from_union: from,
        to_union: change.to,
        state: state.code().to_owned(),
        decided_on: change.decision.as_ref().map(|decision| decision.on.naive()),
        decision_no: change
            .decision
            .as_ref()
            .and_then(|decision| decision.number.clone()),
        actor_name: op.signature(),
        request,
        batch_no: None,
        at: op.now().millis(),
    }
}

/// The form's own columns say the last change as well, so that an export tells it.
pub(crate) fn said_of_change(
    extra: Option<String>,
    change: &Change<Uuid>,
    after: &Standing<Uuid>,
) -> Option<String> {
    let mut said = form::parsed(extra.as_deref());
    let retained = ChangeKind::Retain.on_form();
    let is_retained = after.state == MembershipState::Retained;
    let said_retained = said.get("event_type").and_then(Value::as_str) == retained;
    // The form has one place for the last change, and a reader takes 保留 for the state: it stays said while it holds.
    let word = if is_retained {
        retained
    } else {
        change.kind.on_form()
    };
    if !(is_retained && said_retained) {
        if let Some(word) = word {
            said.insert("event_type".to_owned(), word.into());
            said.insert("event_date".to_owned(), change.on.to_string().into());
            said.remove("event_reason");
            if let Some(reason) = change.reason.as_deref().and_then(reason_label) {
                said.insert("event_reason".to_owned(), reason.into());
            }
        } else if said_retained {
            // It has no word for the way back.
            for name in ["event_type", "event_date", "event_reason"] {
                said.remove(name);
            }
        }
    }
    let was_provisional = said.get("member_kind").and_then(Value::as_str) == Some("预备会员");
    if after.state == MembershipState::Provisional {
        said.insert("member_kind".to_owned(), "预备会员".into());
    } else if was_provisional {
        said.insert("member_kind".to_owned(), "普通会员".into());
    }
    (!said.is_empty()).then(|| Value::Object(said).to_string())
}

/// Writes a change down, for each of the two unions if there are two.
pub(crate) async fn journal(
    op: &OpContext,
    tx: &mut Tx,
    member: Uuid,
    member_id: &str,
    change: &Change<Uuid>,
    before: Option<&Standing<Uuid>>,
    after: &Standing<Uuid>,
) -> Result<(), AppError> {
    let action = match change.kind {
        ChangeKind::Join | ChangeKind::TransferIn => JournalAction::MemberJoined,
        ChangeKind::Withdraw => JournalAction::MemberLeft,
        ChangeKind::Correct => JournalAction::MemberChanged,
        _ => JournalAction::MembershipChanged,
    };
    let mut unions: Vec<Uuid> = before.iter().map(|before| before.union).collect();
    unions.push(after.union);
    unions.dedup();
    let moved = unions.len() > 1;
    let mut names = HashMap::new();
    for union in &unions {
        if let Some(named) = tx.union_by_row(*union).await? {
            names.insert(*union, named);
        }
    }
    let name = |union: Uuid| names.get(&union).map(|named| named.name.as_str());
    let said = json!({
        "member_id": member_id,
        "change": change.kind.label(),
        "standing": after.state.label(),
        "happened_on": change.on,
        "why": change.reason.as_deref().and_then(reason_label),
        "from_union": before.filter(|_| moved).and_then(|before| name(before.union)),
        "to_union": moved.then(|| name(after.union)).flatten(),
        "decided_on": change.decision.as_ref().map(|decision| decision.on),
        "decision_no": change.decision.as_ref().and_then(|decision| decision.number.as_deref()),
        "words": change.words,
    });
    for union in unions {
        let path = names.get(&union).and_then(|named| named.path.as_deref());
        let entry = JournalEntry {
            path: path.and_then(|path| UnionPath::parse(path).ok()),
            before: before.map(|before| json!({ "standing": before.state.label() })),
            after: Some(said.clone()),
            ..JournalEntry::new(action, SubjectKind::Member, member)
        };
        tx.journal(&op.by(), entry).await?;
    }
    Ok(())
}

/// One line of what happened to a membership, for its page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventView {
    /// 会籍接转, 保留会籍 …
    pub what: &'static str,
    /// The day from which it holds; `None`: the file does not say.
    pub on: Option<Day>,
    /// Unions, reason, decision, remarks: what is known, in words.
    pub details: Vec<String>,
    /// Who wrote it down, or which import.
    pub by: String,
    /// Written at, to the minute; nothing for what an import said of the time before.
    pub at: Option<String>,
}

/// What happened to a membership, newest first.
pub(crate) async fn timeline(reader: &mut Reader, row: &MemberRow) -> Result<Vec<EventView>, AppError> {
    let events = reader.member_events(row.id).await?;
    let mut names: HashMap<Uuid, String> = HashMap::new();
    let mut unions = Vec::new();
    for event in &events {
        unions.extend(event.from_union);
        unions.extend(event.to_union);
    }
    for union in unions {
        if !names.contains_key(&union)
            && let Some(named) = reader.union_by_row(union).await?
        {
            names.insert(union, named.name);
        }
    }
    let has_begin = events.iter().any(|event| {
        matches!(
            ChangeKind::from_code(&event.kind),
            Some(ChangeKind::Join | ChangeKind::TransferIn)
        )
    });
    let mut views: Vec<EventView> = Vec::new();
    if !has_begin {
        views.push(EventView {
            what: "入会",
            on: row.joined_on.map(Day::from),
            details: Vec::new(),
            by: "登记资料".to_owned(),
            at: None,
        });
    }
    views.extend(events.iter().map(|event| view_of(event, &names)));
    views.reverse();
    Ok(views)
}

fn view_of(event: &MemberEvent, names: &HashMap<Uuid, String>) -> EventView {
    let name = |union: Option<Uuid>| {
        let name = union.and_then(|union| names.get(&union));
        name.map_or("（已不在台账的工会）", String::as_str)
    };
    let mut details = Vec::new();
    let kind = ChangeKind::from_code(&event.kind);
    match kind {
        Some(ChangeKind::Move) => {
            details.push(format!("{} → {}", name(event.from_union), name(event.to_union)));
        }
        Some(ChangeKind::Join | ChangeKind::TransferIn) => details.push(name(event.to_union).to_owned()),
        _ => {}
    }
    if let Some(reason) = &event.reason {
        let label = reason_label(reason).unwrap_or(reason);
        details.push(format!("原因：{label}"));
    }
    if let Some(on) = event.decided_on {
        let number = event.decision_no.as_deref().unwrap_or("无文号");
        details.push(format!("委员会决定：{}，{number}", Day::from(on)));
    }
    details.extend(event.words.clone());
    // What the register said of the time before anything was written down here.
    let is_beginning = event.actor_name.is_empty();
    EventView {
        what: kind.map_or("会籍变化", ChangeKind::label),
        on: event.happened_on.map(Day::from),
        details,
        by: match event.batch_no {
            Some(batch) => format!("导入，第 {batch} 批"),
            None if is_beginning => "登记资料".to_owned(),
            None => shown_name(&event.actor_name),
        },
        at: (!is_beginning).then(|| Timestamp::from_millis(event.at).to_minute()),
    }
}
