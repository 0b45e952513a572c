//! Members from a file (会员): millions of rows, sealed on every core, written in one transaction.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use codes::crypto::SecretKind;
use codes::id_document::IdDocument;
use codes::resident_id::{IdStatus, PartTokens, ResidentId, read_id};
use codes::text::{self, key64};
use codes::time::{Day, read_date};
use codes::uscc::normalise_code;
use domain::dictionary;
use domain::intake::Kind;
use domain::membership::{ChangeKind, MembershipState};
use lake::Feed as _;
use store::Tx;
use store::member_event::{MemberEvent, PastMember};
use store::membership::MemberRow;
use uuid::Uuid;

use super::agency::{Parsed, PersonNumber, number_of, phone, stored, unreadable_phone};
use super::cells::{Cells, ColumnMap, Doubt, unread_json};
use super::images::Images;
use super::import::CARRIED_ROWS_MAX;
use super::inherit::{self, keep};
use super::ledger::Outcome;
use super::pipeline::{Lines, Refusal};
use super::present::{Known, Present, Register, Set, ended_words, says_otherwise, tell_set};
use super::sift::Sift;
use super::twins::Twins;
use super::{Changes, Site, form, seek};
use crate::error::AppError;
use crate::membership::masked;
use crate::membership::past_of;
use crate::progress::Progress;
use crate::register_values::{differences, member_values};

/// Missing rows told one by one; the count is told in full.
const MISSING_TOLD_MAX: i64 = 10_000;

/// New rows gathered before they go to the store: whole statements of the bulk loader.
const INSERT_ROWS: usize = 20_000;

/// The counts of so many unions are brought up to date one by one; of more, all memberships are counted again.
const UNIONS_COUNTED_ONE_BY_ONE: usize = 10_000;

/// A membership as a file has it. Sealed already when it is known to be new; one that is there keeps its row id and is sealed
/// once it is clear that it changed.
pub(super) struct MemberCells {
    pub(super) row: MemberRow,
    id_text: Option<String>,
    phone_text: Option<String>,
}

/// Reads one row.
pub(super) fn parse(
    cells: &Cells<'_>,
    key: &str,
    site: &Site,
    register: &Register,
) -> Result<Parsed<MemberCells>, Refusal> {
    let union_id = cells.raw("union_id");
    let union_org_id = match register.unions.get(union_id) {
        Some(id) => *id,
        // A delta that says nothing of the union.
        None if !cells.map.has("union_id") || (site.is_delta && union_id.is_empty()) => Uuid::nil(),
        None if union_id.is_empty() => {
            return Err(("union_id", "会员没有填写所在工会（工会标识）".to_owned()));
        }
        None => {
            return Err((
                "union_id",
                format!("所在工会“{union_id}”不在工会台账中；请先导入工会组织，再导入本行"),
            ));
        }
    };
    let members = register.members.as_ref();
    let is_new = !key.is_empty() && members.is_some_and(|members| !members.contains_key(&key64(key)));
    let id = if is_new { site.new_uuid() } else { Uuid::nil() };
    let mut doubts = cells.contests();
    let named = dictionary::named_document(cells.raw("id_type"));
    let number = own_number(site, cells, named, &mut doubts);
    let document = read_id(cells.raw("id_no")).0.filter(|_| number.status.is_read());
    let parts = number.parts.stating(stated_birth(cells, site.today));
    let id_text = id_text(cells, number.status);
    let phone_text = phone(cells, &mut doubts).or_else(|| unreadable_phone(cells));
    let mut joined_on = cells.past_date("join_date", site.today, &mut doubts);
    let mut found = site.form.read(cells, site.today, &mut doubts);
    let raw_of = |column: &str| cells.raw(column).to_owned();
    form::check_member(document.as_ref(), raw_of, &mut joined_on, &mut found, &mut doubts);
    let mut row = MemberRow {
        id,
        member_id: key.to_owned(),
        union_org_id,
        name: String::new(),
        name_written: None,
        id_sealed: None,
        id_index: id_text
            .as_deref()
            .map(|id| site.keys.blind_index(SecretKind::IdNumber, id).to_vec()),
        id_token: number.token,
        id_status: i64::from(number.status as u8),
        id_parts: stored(site.keys.part_tokens(&parts)),
        phone_sealed: None,
        phone_index: phone_text
            .as_deref()
            .map(|phone| site.keys.blind_index(SecretKind::Phone, phone).to_vec()),
        joined_on: joined_on.map(|day| day.naive()),
        state: stated(&found).code().to_owned(),
        extra: form::stored(found),
        unread: None,
        row_hash: 0,
        batch_no: Some(site.batch_no),
    };
    row.set_name(&cells.named("name", dictionary::person_name, text::written_name, &mut doubts));
    row.unread = unread_json(&doubts);
    row.row_hash = content_hash(&row);
    let mut member = MemberCells {
        row,
        id_text,
        phone_text,
    };
    if is_new {
        seal(site, &mut member);
    }
    Ok(Parsed { row: member, doubts })
}

/// Reads the number as one of the document that is named. Nobody is born tomorrow, whatever the check character says.
fn own_number(
    site: &Site,
    cells: &Cells<'_>,
    named: Option<IdDocument>,
    doubts: &mut Vec<Doubt>,
) -> PersonNumber {
    let mut number = number_of(cells, named, &site.keys, doubts);
    let said = read_id(cells.raw("id_no")).0;
    if let Some(words) = said.and_then(|id| dictionary::impossible_birth(&id, site.today)) {
        cells.doubt::<()>("id_no", words.to_owned(), doubts);
        (number.token, number.status) = (None, IdStatus::Invalid);
    }
    number
}

/// A file without 有效证件类别 says nothing of the document: its number is one of the document that the register has, and the number that
/// the register has already is no news.
fn judge_by_known_document(
    site: &Site,
    cells: &Cells<'_>,
    member: &mut MemberCells,
    old: &MemberRow,
    doubts: &mut Vec<Doubt>,
) {
    let known = form::parsed(old.extra.as_deref());
    let named = known.get("id_type").and_then(serde_json::Value::as_str);
    let Some(named) = named.and_then(dictionary::named_document) else {
        return;
    };
    let mut found = Vec::new();
    if let Some(words) = cells.contest("id_no") {
        cells.doubt::<()>("id_no", words.to_owned(), &mut found);
    }
    let number = own_number(site, cells, Some(named), &mut found);
    let row = &mut member.row;
    member.id_text = id_text(cells, number.status);
    row.id_index = member
        .id_text
        .as_deref()
        .map(|id| site.keys.blind_index(SecretKind::IdNumber, id).to_vec());
    row.id_parts = stored(
        site.keys
            .part_tokens(&number.parts.stating(stated_birth(cells, site.today))),
    );
    (row.id_token, row.id_status) = (number.token, i64::from(number.status as u8));
    row.unread = inherit::with(form::but(row.unread.take(), "id_no"), unread_json(&found));
    if row.id_index == old.id_index {
        (row.id_token, row.id_status) = (old.id_token, old.id_status);
    }
    doubts.retain(|doubt| doubt.column != "id_no");
    doubts.extend(found);
}

/// Where a membership stands by what its form says. A form that says that it has ended says so of a row that the sender still keeps:
/// it stands until somebody ends it on the member's page.
fn stated(found: &serde_json::Map<String, serde_json::Value>) -> MembershipState {
    let says = |name: &str, word: &str| found.get(name).and_then(serde_json::Value::as_str) == Some(word);
    if says("event_type", "保留") {
        MembershipState::Retained
    } else if says("member_kind", "预备会员") {
        MembershipState::Provisional
    } else {
        MembershipState::Active
    }
}

/// The number's normal form; an unreadable one as written, so that nothing is lost; nothing where the cell says that there is none.
fn id_text(cells: &Cells<'_>, status: IdStatus) -> Option<String> {
    if cells.contest("id_no").is_some() {
        return Some(cells.written("id_no"));
    }
    let raw = cells.raw("id_no");
    // 无, a stroke, zeros: kept as a number, all who have none would share one.
    if raw.is_empty() || status == IdStatus::Missing {
        return None;
    }
    if status.is_read()
        && let (Some(id), _) = read_id(raw)
    {
        return Some(id.as_str().to_owned());
    }
    if status == IdStatus::OtherDocument {
        // However it is typed, one document is found by one number.
        return Some(normalise_code(raw));
    }
    Some(raw.to_owned())
}

/// The birth date of the form's own column. It only helps to tell persons apart, so an unreadable one is no doubt to report.
fn stated_birth(cells: &Cells<'_>, today: Day) -> Option<Day> {
    read_date(cells.raw("birth_date"))
        .ok()
        .flatten()
        .filter(|day| day.year() > 1900 && *day < today)
}

pub(super) fn seal(site: &Site, member: &mut MemberCells) {
    member.row.id_sealed = sealed(site, &member.row, "id_no", &member.id_text);
    member.row.phone_sealed = sealed(site, &member.row, "phone", &member.phone_text);
}

fn sealed(site: &Site, row: &MemberRow, column: &str, plain: &Option<String>) -> Option<Vec<u8>> {
    let plain = plain.as_deref()?;
    Some(site.keys.seal("member", column, row.id.as_bytes(), plain))
}

/// Everything that a file can change; ids and seals are not part of it, the keyed indices stand for the sealed values.
fn content_hash(row: &MemberRow) -> i64 {
    let mut bytes = Vec::with_capacity(192);
    bytes.extend_from_slice(row.union_org_id.as_bytes());
    row.name.feed(&mut bytes);
    for index in [&row.id_index, &row.phone_index] {
        bytes.push(index.as_ref().map_or(0, |index| index.len() as u8));
        bytes.extend_from_slice(index.as_deref().unwrap_or_default());
    }
    row.id_status.feed(&mut bytes);
    row.joined_on.map(Day::from).feed(&mut bytes);
    row.extra.feed(&mut bytes);
    row.unread.feed(&mut bytes);
    // Rows of before there was another writing keep their hash.
    if row.name_written.is_some() {
        row.name_written.feed(&mut bytes);
    }
    lake::hash_fed(&bytes)
}

/// Takes a file of members into the transaction. `replaced` gets the keys of the memberships that it changes or takes out, as
/// long as they are few enough to carry the members' snapshot over. A check goes the same way and writes nothing.
pub(super) async fn take(
    site: &Site,
    tx: &mut Tx,
    register: &Arc<Register>,
    mut lines: Lines<MemberCells>,
    sift: &mut Sift,
    images: &mut Images,
    replaced: &mut HashSet<String>,
    progress: &Progress,
) -> Result<Changes, AppError> {
    let mut changes = Changes::default();
    // A first load sorts the indices once instead of adding to them row by row.
    let is_first = register.members.as_ref().is_some_and(HashMap::is_empty);
    let is_check = sift.is_check();
    if is_first && !is_check {
        tx.drop_member_indices().await?;
    }
    let mut twins = Twins::of(register, is_check, !is_first);
    let mut new = Vec::with_capacity(INSERT_ROWS + 4_096);
    let mut events = Vec::new();
    // By how many memberships each union has more or fewer than before.
    let mut moves: HashMap<Uuid, i64> = HashMap::new();
    while let Some((mut chunk, (done, total))) = lines.next().await? {
        let (mut changed, mut changed_in_place) = (Vec::new(), Vec::new());
        seek::members(site, tx, &register.unions, &mut chunk).await?;
        let mut present = Present::of(tx, register, &chunk, is_check).await?;
        for line in chunk {
            let Some(mut taken) = sift.take(line)? else {
                continue;
            };
            let number = Some(taken.row.number);
            let Some(parsed) = taken.parsed.take() else {
                let old = present.rows.remove(&taken.key);
                if old
                    .as_ref()
                    .is_some_and(|old| present.changed_here.contains(&old.id))
                {
                    let reason = "会籍已在本系统办理过变化，没有按文件删除；确实终止的请在会员页面办理";
                    sift.reject(&taken.row, "op", reason.to_owned())?;
                    continue;
                }
                if let Some(old) = old {
                    sift.outcome(Outcome::Deleted, number, &taken.key, String::new)?;
                    images.push(&old)?;
                    images.gone(&taken.key)?;
                    if !is_check {
                        events.push(removal_of(site, &old));
                        end(site, tx, &old).await?;
                    }
                    *moves.entry(old.union_org_id).or_default() -= 1;
                    changes.deleted += 1;
                } else {
                    changes.unknown_deleted += 1;
                }
                replaced.insert(taken.key);
                continue;
            };
            let past = register.past.get(&key64(&taken.key));
            if let Some(state) = past.or_else(|| present.past.get(&taken.key)) {
                sift.reject(&taken.row, "member_id", ended_words(*state))?;
                continue;
            }
            let (mut member, mut doubts) = (parsed.row, parsed.doubts);
            member.row.member_id.clone_from(&taken.key);
            let mut kept = Vec::new();
            let joined = match present.known(register, &taken.key, member.row.row_hash) {
                Known::Not if member.row.union_org_id.is_nil() => {
                    sift.reject(&taken.row, "union_id", "新会员没有工会标识，无法登记".to_owned())?;
                    continue;
                }
                Known::Not => {
                    if let Some(words) = register.dissolved.get(&member.row.union_org_id) {
                        sift.reject(&taken.row, "union_id", words.clone())?;
                        continue;
                    }
                    changes.withheld += leave_out(site, &taken.row, &mut member, &mut doubts);
                    sift.doubt(&taken.row, &doubts)?;
                    if member.row.id.is_nil() {
                        member.row.id = site.new_uuid();
                        seal(site, &mut member);
                    }
                    sift.outcome(Outcome::Created, number, &taken.key, || created(&member.row))?;
                    twins.met(&member.row, taken.row.number);
                    images.came(&taken.key)?;
                    changes.created += 1;
                    *moves.entry(member.row.union_org_id).or_default() += 1;
                    if !is_check {
                        new.push(member.row);
                    }
                    continue;
                }
                Known::Ended => {
                    let reason = "会籍在导入期间已终止，本行没有采用；请核实后再导入";
                    sift.reject(&taken.row, "member_id", reason.to_owned())?;
                    continue;
                }
                Known::Same => None,
                Known::Row(old) => {
                    let set = present.set_of(&old);
                    if !site.withheld.contains_key("union_id") {
                        refuse_move(site, register, &mut member.row, &old, &set, &mut doubts);
                    }
                    changes.withheld += withhold(site, &taken.row, &member, &old, &mut doubts);
                    let row = change(site, &taken.row, member, &old, &set, &mut doubts, &mut kept)?;
                    row.map(|row| (old, row))
                }
            };
            sift.doubt(&taken.row, &doubts)?;
            for words in kept {
                changes.kept += 1;
                sift.note(Outcome::Kept, &taken.key, &words)?;
            }
            let Some((old, row)) = joined else {
                sift.outcome(Outcome::Same, number, &taken.key, String::new)?;
                changes.unchanged += 1;
                continue;
            };
            if is_check {
                let values = |row: &MemberRow| member_values(&site.keys, row, twins.union(row.union_org_id));
                let told = || differences(Kind::Members, &values(&old), &values(&row));
                sift.outcome(Outcome::Updated, number, &taken.key, told)?;
            }
            images.push(&*old)?;
            events.extend(events_of(
                site,
                &row,
                old.union_org_id,
                MembershipState::from_code(&old.state),
            ));
            changes.updated += 1;
            *moves.entry(old.union_org_id).or_default() -= 1;
            *moves.entry(row.union_org_id).or_default() += 1;
            if replaced.len() as i64 <= CARRIED_ROWS_MAX {
                replaced.insert(row.member_id.clone());
            }
            if row.union_org_id == old.union_org_id && row.id_index == old.id_index {
                changed_in_place.push(row);
            } else {
                changed.push(row);
            }
        }
        twins.tell(tx, sift).await?;
        changes.touched += (changed.len() + changed_in_place.len()) as i64;
        progress("读取会员", done, total)?;
        if is_check {
            continue;
        }
        if new.len() >= INSERT_ROWS {
            tx.insert_members(new.drain(..INSERT_ROWS)).await?;
        }
        if !changed.is_empty() {
            tx.upsert_members(changed).await?;
        }
        tx.update_members(changed_in_place).await?;
    }
    changes.touched += changes.created;
    if !is_check {
        tx.insert_members(new).await?;
        tx.add_member_events(events).await?;
        if is_first {
            progress("建立索引", 0, 0)?;
            tx.create_member_indices().await?;
        }
        if moves.len() <= UNIONS_COUNTED_ONE_BY_ONE {
            tx.shift_member_counts(moves).await?;
        } else {
            tx.recount_members().await?;
        }
    }
    if !site.is_delta {
        let known = register.members.iter().flat_map(HashMap::keys);
        changes.missing = known.filter(|key| !sift.has_seen_hash(**key)).count() as i64;
        if changes.missing > 0 {
            tell_missing(tx, register, sift).await?;
        }
    }
    Ok(changes)
}

/// A file's row that names another union than the register: not where somebody has moved the membership here, and not into a union that
/// is active no longer. The rest of the row counts.
fn refuse_move(
    site: &Site,
    register: &Register,
    row: &mut MemberRow,
    old: &MemberRow,
    set: &Set,
    doubts: &mut Vec<Doubt>,
) {
    if !site.map.has("union_id") || row.union_org_id.is_nil() || row.union_org_id == old.union_org_id {
        return;
    }
    let reason = if set.is_changed_here {
        "会籍已在本系统办理接转，文件中的工会没有采用，请核实".to_owned()
    } else if let Some(words) = register.dissolved.get(&row.union_org_id) {
        words.clone()
    } else {
        return;
    };
    doubts.push(Doubt {
        column: "union_id",
        raw: String::new(),
        reason,
    });
    row.union_org_id = old.union_org_id;
    row.row_hash = content_hash(row);
}

/// What a changed row says of the membership itself: another union, another state. 会籍接转、保留、恢复、转正
fn events_of(
    site: &Site,
    row: &MemberRow,
    union_before: Uuid,
    before: Option<MembershipState>,
) -> Vec<MemberEvent> {
    let after = MembershipState::from_code(&row.state).unwrap_or(MembershipState::Active);
    let found = form::parsed(row.extra.as_deref());
    let said = |name: &str| found.get(name).and_then(serde_json::Value::as_str);
    // The day belongs to the change that the form names.
    let day = |kind: ChangeKind| {
        let is_named = kind
            .on_form()
            .is_some_and(|word| said("event_type") == Some(word));
        let day = said("event_date").and_then(|day| read_date(day).ok().flatten());
        day.filter(|_| is_named).map(Day::naive)
    };
    let mut events = Vec::new();
    if row.union_org_id != union_before {
        let (kind, to) = (ChangeKind::Move, Some(row.union_org_id));
        events.push(event_of(site, row.id, kind, after, day(kind), union_before, to));
    }
    let kind = match (before, after) {
        (Some(before), after) if before == after => return events,
        (_, MembershipState::Retained) => ChangeKind::Retain,
        (Some(MembershipState::Retained), _) => ChangeKind::Restore,
        (Some(MembershipState::Provisional), MembershipState::Active) => ChangeKind::Confirm,
        _ => ChangeKind::Correct,
    };
    events.push(event_of(
        site,
        row.id,
        kind,
        after,
        day(kind),
        row.union_org_id,
        None,
    ));
    events
}

fn event_of(
    site: &Site,
    member: Uuid,
    kind: ChangeKind,
    state: MembershipState,
    happened_on: Option<chrono::NaiveDate>,
    from: Uuid,
    to: Option<Uuid>,
) -> MemberEvent {
    MemberEvent {
        id: site.new_uuid(),
        member,
        kind: kind.code().to_owned(),
        happened_on,
        reason: None,
        words: None,
        from_union: Some(from),
        to_union: to,
        state: state.code().to_owned(),
        decided_on: None,
        decision_no: None,
        actor_name: String::new(),
        request: None,
        batch_no: Some(site.batch_no),
        at: site.now.millis(),
    }
}

/// What a file's deletion does to a membership.
fn removal_of(site: &Site, old: &MemberRow) -> MemberEvent {
    let (kind, state) = (ChangeKind::Remove, MembershipState::Removed);
    event_of(site, old.id, kind, state, None, old.union_org_id, None)
}

/// Ends a membership because its source has deleted it.
async fn end(site: &Site, tx: &mut Tx, old: &MemberRow) -> Result<(), AppError> {
    let removed = past_of(&site.keys, old, MembershipState::Removed, Some(site.today))?;
    tx.add_past_member(PastMember {
        batch_no: Some(site.batch_no),
        ..removed
    })
    .await?;
    tx.delete_member(&old.member_id).await?;
    Ok(())
}

/// A new member as people may see one.
fn created(row: &MemberRow) -> String {
    masked("name", row.shown_name())
}

/// Says which of a row's cells are not the sender's to write.
fn withhold(
    site: &Site,
    cells: &office::table::Row,
    member: &MemberCells,
    old: &MemberRow,
    doubts: &mut Vec<Doubt>,
) -> i64 {
    let differs = |name: &str| match name {
        "union_id" => !member.row.union_org_id.is_nil() && member.row.union_org_id != old.union_org_id,
        name => says_otherwise(&member.row, old, name),
    };
    site.withhold(cells, differs, doubts)
}

/// Leaves out of a new member what is not the sender's to write and no member is without.
fn leave_out(
    site: &Site,
    cells: &office::table::Row,
    member: &mut MemberCells,
    doubts: &mut Vec<Doubt>,
) -> i64 {
    if site.withheld.is_empty() {
        return 0;
    }
    let names = site.withheld_of_new(Kind::Members, cells);
    let row = &mut member.row;
    for name in &names {
        if *name == "join_date" {
            row.joined_on = None;
        }
        row.extra = form::but(row.extra.take(), name);
        row.unread = form::but(row.unread.take(), name);
    }
    row.state = stated(&form::parsed(row.extra.as_deref())).code().to_owned();
    row.row_hash = content_hash(row);
    site.withhold(cells, |name| names.contains(&name), doubts)
}

/// Joins a row with the one before it; `None` when nothing is different after all. In a delta an empty cell leaves the value as
/// it is. What the row and the register together contradict becomes a doubt; where it says otherwise than a person has, `kept` tells.
fn change(
    site: &Site,
    cells: &office::table::Row,
    mut member: MemberCells,
    old: &MemberRow,
    set: &Set,
    doubts: &mut Vec<Doubt>,
    kept: &mut Vec<String>,
) -> Result<Option<MemberRow>, AppError> {
    // A row whose membership somebody has changed here keeps the hash of the file's: the same file changes nothing back.
    if member.row.row_hash == old.row_hash {
        return Ok(None);
    }
    let before = content_hash(old);
    member.row.id = old.id;
    let stated: ColumnMap = if site.is_delta {
        site.map.filled_by(cells)
    } else {
        (*site.map).clone()
    };
    let stated = stated.without(&site.withheld_columns());
    let elements = set.elements();
    tell_set(site, &stated, &member.row, old, &elements, kept);
    let map = stated.without(&elements);
    doubts.retain(|doubt| !elements.contains(doubt.column) || site.withheld.contains_key(doubt.column));
    if map.has("id_no") && !map.has("id_type") {
        let cells = Cells {
            row: cells,
            map: &site.map,
        };
        judge_by_known_document(site, &cells, &mut member, old, doubts);
    }
    let (id_text, phone_text) = (member.id_text, member.phone_text);
    let mut row = member.row;
    let written = (row.name == old.name).then(|| row.shown_name().to_owned());
    // What is the same stays sealed as it is.
    row.id_sealed = if row.id_index == old.id_index {
        old.id_sealed.clone()
    } else {
        sealed(site, &row, "id_no", &id_text)
    };
    row.phone_sealed = if row.phone_index == old.phone_index {
        old.phone_sealed.clone()
    } else {
        sealed(site, &row, "phone", &phone_text)
    };
    let map = &map;
    keep!(row, old, map;
        "union_id" => union_org_id;
        "name" => name, name_written;
        "id_no" => id_sealed, id_index, id_token, id_status;
        "phone" => phone_sealed, phone_index;
        "join_date" => joined_on;
    );
    write_name(&mut row, old, written, stated.has("name"));
    let says_state = map.has("event_type") || map.has("member_kind");
    if !says_state {
        row.state.clone_from(&old.state);
    }
    row.id_parts = joined_parts(row.id_parts, old.id_parts, map);
    row.unread = inherit::without(row.unread.take(), &elements);
    row.unread = inherit::without(row.unread.take(), &site.withheld_columns());
    inherit::unread(&mut row.unread, &old.unread, map);
    row.extra = form::joined(Kind::Members, row.extra.take(), old.extra.as_deref(), map);
    check_joined(site, map, &mut row, id_text, doubts);
    form::keep_order(&mut row.extra, &old.extra);
    form::keep_order(&mut row.unread, &old.unread);
    row.row_hash = content_hash(&row);
    Ok((row.row_hash != before).then_some(row))
}

/// Of two writings of one name (`John Smith`, `JOHN SMITH`) the one that says more stays, also where a person has put the name right:
/// who it is does not change by it. `written` is the file's, where it means the name that the register has.
fn write_name(row: &mut MemberRow, old: &MemberRow, written: Option<String>, is_stated: bool) {
    let Some(written) = written.filter(|_| is_stated) else {
        return;
    };
    row.name_written.clone_from(&old.name_written);
    if text::says_more(&written, old.shown_name()) {
        row.set_name(&written);
    }
}

/// Holds the joined row against the document number: the one that came, or the one that the register has.
fn check_joined(
    site: &Site,
    map: &ColumnMap,
    row: &mut MemberRow,
    id_text: Option<String>,
    doubts: &mut Vec<Doubt>,
) {
    let number = if map.has("id_no") {
        id_text
    } else {
        let open = |sealed: &Vec<u8>| site.keys.open("member", "id_no", row.id.as_bytes(), sealed).ok();
        row.id_sealed.as_ref().and_then(open)
    };
    let document: Option<ResidentId> = number.and_then(|number| read_id(&number).0);
    let mut found = form::parsed(row.extra.as_deref());
    let mut joined_on = row.joined_on.map(Day::from);
    let (before, joined_before) = (found.clone(), joined_on);
    let raw_of = |column: &str| match column {
        "join_date" => joined_before.map(|day| day.to_string()).unwrap_or_default(),
        _ => before
            .get(column)
            .and_then(|value| value.as_str())
            .unwrap_or_default()
            .to_owned(),
    };
    let mut more = Vec::new();
    form::check_member(document.as_ref(), raw_of, &mut joined_on, &mut found, &mut more);
    if more.is_empty() {
        return;
    }
    row.joined_on = joined_on.map(|day| day.naive());
    row.extra = form::stored(found);
    row.unread = inherit::with(row.unread.take(), unread_json(&more));
    doubts.extend(more);
}

/// The number's parts and the stated birth date come from two columns; what the file lacks stays as it was.
fn joined_parts(new: Option<i64>, old: Option<i64>, map: &ColumnMap) -> Option<i64> {
    let [new, old] = [new, old].map(|word| PartTokens::from_word(word.unwrap_or(0)));
    let number = if map.has("id_no") { new } else { old };
    let stated = if map.has("birth_date") { new } else { old };
    stored(number.stated_as_in(stated))
}

async fn tell_missing(tx: &mut Tx, register: &Register, sift: &mut Sift) -> Result<(), AppError> {
    let mut missing: Vec<String> = Vec::new();
    tx.each_member_key(|key, _| {
        if (missing.len() as i64) < MISSING_TOLD_MAX
            && register
                .members
                .as_ref()
                .is_some_and(|members| members.contains_key(&key64(key)))
            && !sift.has_seen(key)
        {
            missing.push(key.to_owned());
        }
    })
    .await?;
    for key in missing {
        sift.note(
            Outcome::Missing,
            &key,
            "台账中的会员不在本次全量文件中，未删除，请核实",
        )?;
    }
    Ok(())
}
