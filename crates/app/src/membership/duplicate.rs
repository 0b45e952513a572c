//! 重复会员: two memberships of one person. They are found, laid beside each other, and made one by somebody who chooses each value;
//! the rows before stay sealed, so that it can be undone.

use std::collections::{BTreeMap, BTreeSet};

use codes::id::Member;
use codes::resident_id::{IdStatus, read_id};
use codes::text;
use codes::time::{Day, Timestamp};
use domain::closing::ClosingState;
use domain::dictionary::Dictionary;
use domain::element_right::Right;
use domain::intake::Kind;
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::membership::{Change, ChangeKind, MembershipState};
use domain::permission::Action;
use domain::scope::UnionPath;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::list_query::{Page, Window};
use store::member_request::MemberMerge;
use store::membership::MemberRow;
use store::organising::NamedUnion;
use store::{Reader, Tx};
use uuid::Uuid;

use super::request::{is_same_person, named, sees};
use super::standing::{event_of, note_change, past_of, set_by_hand, state_of};
use super::{masked, status_words};
use crate::element_right::{self, Barred, expect_write};
use crate::error::AppError;
use crate::intake::{form, typed};
use crate::op::{App, OpContext};
use crate::paging::After;

/// Rows looked at for one page of pairs.
const PAGE_ROWS: u32 = 100;

/// One of the two memberships.
#[derive(Debug, Clone, PartialEq)]
pub struct Side {
    pub id: Uuid,
    /// `None`: it is not in the asker's sight, and nothing more is told of it.
    pub seen: Option<SeenSide>,
}

/// What is told of a membership in sight; masked.
#[derive(Debug, Clone, PartialEq)]
pub struct SeenSide {
    pub member_id: String,
    pub name: String,
    pub number: String,
    pub status: &'static str,
    pub state: &'static str,
    pub joined: Option<Day>,
    pub union_id: String,
    pub union_name: String,
}

/// Two memberships that look like one person's, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Duplicate {
    pub why: &'static str,
    pub left: Side,
    pub right: Side,
}

/// A page of pairs with a membership in sight: of the same number, or with `by_phone` of the same name, phone and birth date and a slip
/// in the number. Answers whether there may be more. 重复会员
pub async fn duplicates(
    op: &OpContext,
    app: &App,
    by_phone: bool,
    page: u32,
) -> Result<(Vec<Duplicate>, bool), AppError> {
    let page = Page::number(page, PAGE_ROWS);
    let (pairs, mark) = pairs(op, app, by_phone, page.into()).await?;
    Ok((pairs, mark.is_some()))
}

/// The pairs that follow a mark, and the mark behind which there may be more. Each looks at a hundred memberships, whatever `after` says
/// of rows; how many pairs there are in all nobody has counted.
pub async fn duplicates_after(
    op: &OpContext,
    app: &App,
    by_phone: bool,
    after: &After,
) -> Result<(Vec<Duplicate>, Option<String>), AppError> {
    let rows = After {
        limit: PAGE_ROWS,
        ..after.clone()
    };
    pairs(op, app, by_phone, rows.mark().into()).await
}

async fn pairs(
    op: &OpContext,
    app: &App,
    by_phone: bool,
    window: Window,
) -> Result<(Vec<Duplicate>, Option<String>), AppError> {
    op.may(Action::SeeMembers)?;
    let mut reader = app.store.read().await?;
    let rows = if by_phone {
        reader.members_sharing_phone(op.scope(), window).await?
    } else {
        reader.members_sharing_number(op.scope(), window).await?
    };
    let is_full = rows.len() == PAGE_ROWS as usize;
    let mark = rows.last().map(|(_, mark)| mark.clone()).filter(|_| is_full);
    let mut pairs = Vec::new();
    for (row, _) in rows {
        let group = match (by_phone, &row.id_index, &row.phone_index) {
            (false, Some(index), _) => reader.members_by_number(index).await?,
            (true, _, Some(index)) => reader.members_by_phone_and_name(index, &row.name).await?,
            _ => continue,
        };
        let Some(one) = group.iter().find(|other| other.id == row.id) else {
            continue;
        };
        for other in group.iter().filter(|other| other.id != row.id) {
            let Some(why) = why(app, one, other) else { continue };
            let (left, right) = if one.member_id <= other.member_id {
                (one, other)
            } else {
                (other, one)
            };
            let pair = Duplicate {
                why,
                left: side(op, app, &mut reader, left).await?,
                right: side(op, app, &mut reader, right).await?,
            };
            // Of two rows of the list the first tells of the pair, on whichever pages they stand.
            let is_second = left.id == other.id && pair.left.seen.is_some() && is_row(by_phone, one, other);
            if !is_second {
                pairs.push(pair);
            }
        }
    }
    Ok((pairs, mark))
}

/// Whether the other membership of a pair is, where it is in sight, a row of the list as well.
fn is_row(by_phone: bool, one: &MemberRow, other: &MemberRow) -> bool {
    if by_phone {
        return other.id_index.is_some() && other.id_index != one.id_index;
    }
    match u8::try_from(other.id_status).ok().and_then(IdStatus::from_u8) {
        Some(IdStatus::OtherDocument) => one.name == other.name,
        status => status.is_some_and(IdStatus::is_read),
    }
}

/// Why two memberships look like one person's; `None`: they do not.
fn why(app: &App, one: &MemberRow, other: &MemberRow) -> Option<&'static str> {
    if one.id_index.is_some() && one.id_index == other.id_index {
        let is_other_document = one.id_status == IdStatus::OtherDocument as i64;
        return is_same_person(one, other).then_some(if is_other_document {
            "证件号码和姓名相同"
        } else if one.name == other.name {
            "证件号码相同"
        } else {
            "证件号码相同，姓名不同"
        });
    }
    let (Some(a), Some(b)) = (opened(app, one, "id_no"), opened(app, other, "id_no")) else {
        return None;
    };
    let same_birth = match (birth(app, one), birth(app, other)) {
        (Some(a), Some(b)) => a == b,
        _ => false,
    };
    (same_birth && one.name == other.name && is_slip(&a, &b))
        .then_some("姓名、电话、出生日期相同，证件号码差一两位")
}

/// Whether two numbers differ by at most two signs, or by two neighbours that changed places.
fn is_slip(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len() != b.len() {
        // One sign more or fewer.
        let (long, short) = if a.len() > b.len() { (a, b) } else { (b, a) };
        return long.len() == short.len() + 1
            && (0..long.len()).any(|skip| {
                let rest = long.iter().enumerate().filter(|(at, _)| *at != skip);
                rest.map(|(_, sign)| sign).eq(short.iter())
            });
    }
    a.iter().zip(&b).filter(|(a, b)| a != b).count() <= 2
}

fn birth(app: &App, row: &MemberRow) -> Option<String> {
    let number = opened(app, row, "id_no").and_then(|number| read_id(&number).0);
    let said = form::parsed(row.extra.as_deref());
    let stated = said.get("birth_date").and_then(Value::as_str).map(str::to_owned);
    stated
        .or_else(|| number.map(|number| number.birth_date().to_string()))
        .or_else(|| {
            // A number whose check digit is wrong still says a birth date.
            let digits = text::normalise(&opened(app, row, "id_no")?)
                .get(6..14)?
                .to_owned();
            let day = codes::time::read_date(&digits).ok().flatten()?;
            Some(day.to_string())
        })
}

fn opened(app: &App, row: &MemberRow, column: &str) -> Option<String> {
    let sealed = if column == "phone" {
        &row.phone_sealed
    } else {
        &row.id_sealed
    };
    app.keys
        .open("member", column, row.id.as_bytes(), sealed.as_deref()?)
        .ok()
}

async fn side(op: &OpContext, app: &App, reader: &mut Reader, row: &MemberRow) -> Result<Side, AppError> {
    let union = named(reader, row.union_org_id)
        .await?
        .filter(|union| sees(op, union));
    let seen = match union {
        None => None,
        Some(union) => Some(SeenSide {
            member_id: row.member_id.clone(),
            name: masked("name", row.shown_name()),
            number: opened(app, row, "id_no")
                .map_or_else(|| "—".to_owned(), |number| masked("id_no", &number)),
            status: status_words(row.id_status),
            state: state_of(&row.state, row.id)?.label(),
            joined: row.joined_on.map(Day::from),
            union_id: union.union_id,
            union_name: union.name,
        }),
    };
    Ok(Side { id: row.id, seen })
}

/// One value of the two memberships beside each other; masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairField {
    /// The dictionary's name; `union_id` for the union that keeps the membership.
    pub name: String,
    pub label: String,
    pub left: String,
    pub right: String,
    /// Nothing to choose.
    pub is_same: bool,
    /// Not the asker's to choose: who may.
    pub barred: Option<String>,
}

/// Two memberships beside each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    pub left: SeenSide,
    pub right: SeenSide,
    pub fields: Vec<PairField>,
    /// Whether the asker may merge them.
    pub may_merge: bool,
}

/// Both memberships with their unions; 404 unless both are in sight.
async fn both(
    op: &OpContext,
    reader: &mut Reader,
    left: Uuid,
    right: Uuid,
) -> Result<[(MemberRow, NamedUnion); 2], AppError> {
    let mut found = Vec::with_capacity(2);
    for id in [left, right] {
        let row = reader.member_by_row(id).await?.ok_or_else(AppError::no_member)?;
        let union = named(reader, row.union_org_id)
            .await?
            .ok_or_else(AppError::no_member)?;
        if !sees(op, &union) {
            return Err(AppError::no_member());
        }
        found.push((row, union));
    }
    let two: [(MemberRow, NamedUnion); 2] = found.try_into().map_err(|_| AppError::no_member())?;
    if left == right {
        return Err(AppError::no_member());
    }
    Ok(two)
}

/// Two memberships value by value; that they were looked at goes to the journal.
///
/// # Errors
/// `MEM-404` unless both are in sight.
pub async fn pair(op: &OpContext, app: &App, left: Uuid, right: Uuid) -> Result<Pair, AppError> {
    op.may(Action::SeeMembers)?;
    let mut tx = app.store.begin().await?;
    let [(left, left_union), (right, right_union)] = both(op, &mut tx, left, right).await?;
    for (row, union) in [(&left, &left_union), (&right, &right_union)] {
        let entry = JournalEntry {
            path: union.path.as_deref().and_then(|path| UnionPath::parse(path).ok()),
            after: Some(json!({ "member_id": row.member_id, "words": "核对重复会员" })),
            ..JournalEntry::new(JournalAction::MemberSeen, SubjectKind::Member, row.id)
        };
        tx.journal(&op.by(), entry).await?;
    }
    let seen = |side: Side| side.seen.ok_or_else(AppError::no_member);
    let barred = element_right::barred(op, &mut tx, Kind::Members, Right::Write).await?;
    let view = Pair {
        fields: fields(app, (&left, &left_union), (&right, &right_union), &barred),
        left: seen(side(op, app, &mut tx, &left).await?)?,
        right: seen(side(op, app, &mut tx, &right).await?)?,
        may_merge: op.can(Action::ConfirmMembership),
    };
    tx.commit().await?;
    Ok(view)
}

fn fields(
    app: &App,
    left: (&MemberRow, &NamedUnion),
    right: (&MemberRow, &NamedUnion),
    barred: &Barred,
) -> Vec<PairField> {
    let said = [left, right].map(|(row, union)| {
        let mut said = typed::said(app, row);
        said.insert("union_id".to_owned(), union.name.clone());
        said
    });
    let all = Dictionary::shipped().of(Kind::Members).iter();
    all.filter(|element| element.name != "member_id")
        .filter_map(|element| {
            let [left, right] = [0, 1].map(|side: usize| said[side].get(&element.name));
            if left.is_none() && right.is_none() {
                return None;
            }
            let shown = |value: Option<&String>| match value {
                None => "—".to_owned(),
                Some(value) if element.name == "union_id" => value.clone(),
                Some(value) => element.masked(value),
            };
            let label = if element.name == "union_id" {
                "会籍归属"
            } else {
                &element.zh
            };
            Some(PairField {
                name: element.name.clone(),
                label: label.to_owned(),
                left: shown(left),
                right: shown(right),
                is_same: left == right,
                barred: barred.get(element.name.as_str()).cloned(),
            })
        })
        .collect()
}

/// The names of the values that somebody chooses in a merge.
pub fn mergeable() -> impl Iterator<Item = &'static str> {
    let all = Dictionary::shipped().of(Kind::Members).iter();
    all.map(|element| element.name.as_str())
        .filter(|name| *name != "member_id")
}

/// What lies sealed of a merge.
#[derive(Serialize, Deserialize)]
struct Images {
    kept: MemberRow,
    dropped: MemberRow,
    /// The kept one as the merge left it: if it is another by now, the merge is not undone.
    after: MemberRow,
    /// Consents of the kept one that the merge ended.
    #[serde(default)]
    ended: Vec<Uuid>,
    /// Elements that the merge marked as chosen by a person, so that files leave them alone.
    #[serde(default)]
    marked: Vec<String>,
}

fn place(id: Uuid) -> Vec<u8> {
    format!("member_merge:{id}").into_bytes()
}

/// The images with each row's cells sealed anew by `again`, which answers whether it changed any; nothing when no row had one to change.
pub(crate) fn images_again(
    keys: &codes::crypto::FieldKeys,
    id: Uuid,
    images: &[u8],
    again: impl FnMut(&mut MemberRow) -> bool,
) -> Result<Option<Vec<u8>>, AppError> {
    let plain = keys
        .open_bytes(&place(id), images)
        .map_err(|cause| AppError::sealed_wrong("合并前的会籍", cause))?;
    let mut images: Images = serde_json::from_slice(&plain).map_err(AppError::internal)?;
    let rows = [&mut images.kept, &mut images.dropped, &mut images.after];
    // Every row has its turn, also after one that changed.
    let changed = rows.map(again);
    if !changed.contains(&true) {
        return Ok(None);
    }
    let plain = serde_json::to_vec(&images).map_err(AppError::internal)?;
    Ok(Some(keys.seal_bytes(&place(id), &plain)))
}

/// Whether two rows say the same: sealed cells may have changed their key in between.
fn is_same_row(app: &App, one: &MemberRow, other: &MemberRow) -> bool {
    let opened = |row: &MemberRow| {
        let open = |column: &str, sealed: &Option<Vec<u8>>| {
            let sealed = sealed.as_deref()?;
            // What does not open is the same only byte by byte.
            let plain = app.keys.open("member", column, row.id.as_bytes(), sealed);
            Some(plain.map_or_else(|_| sealed.to_vec(), String::into_bytes))
        };
        MemberRow {
            id_sealed: open("id_no", &row.id_sealed),
            phone_sealed: open("phone", &row.phone_sealed),
            ..row.clone()
        }
    };
    opened(one) == opened(other)
}

/// Makes one membership of two. `keep` is the one that stays, `other` ends as 已并入; `from_other` names the values that are taken from it,
/// `union_id` among them when the membership goes on in its union. What only the other has is taken in any case. Answers the union's and
/// the member's key. 合并重复会员
///
/// # Errors
/// `MEM-404` unless both are in sight; `ELM-403` with every element that would change and is not the actor's; `MEM-409` while a request about one of them waits.
pub async fn merge(
    op: &OpContext,
    app: &App,
    keep: Uuid,
    other: Uuid,
    from_other: &BTreeSet<String>,
) -> Result<(String, String), AppError> {
    op.may(Action::ConfirmMembership)?;
    let mut tx = app.store.begin().await?;
    note_change(op, &mut tx).await?;
    for id in [keep, other] {
        tx.hold_member_by_row(id).await?;
    }
    let [(kept, kept_union), (dropped, dropped_union)] = both(op, &mut tx, keep, other).await?;
    if why(app, &kept, &dropped).is_none() {
        return Err(AppError::conflict("MEM-414", "这两个会籍看不出是同一个人，没有合并")
            .hint("证件号码相同，或姓名、电话、出生日期相同而号码只差一两位的，才能合并；号码登记有误的请先更正"));
    }
    for member in [&kept, &dropped] {
        if !tx.member_requests_of(member.id).await?.is_empty() {
            return Err(AppError::conflict(
                "MEM-409",
                format!("会员 {} 有待确认的会籍申请，请先答复或撤回", member.member_id),
            ));
        }
    }
    if tx.is_member_held(dropped.id).await? {
        let words = format!("会员 {} 正在暂缓匿名化，并入以后就不再暂缓", dropped.member_id);
        return Err(AppError::conflict("MEM-409", words).hint("请先对要保留的会籍登记暂缓，再解除这一个"));
    }
    for member in [&kept, &dropped] {
        let closing = tx.last_closing_of(member.id).await?;
        if closing.is_some_and(|closing| closing.state == ClosingState::Waiting.code()) {
            let words = format!("会员 {} 有待答复的注销申请，请先答复", member.member_id);
            return Err(AppError::conflict("MEM-409", words));
        }
    }
    let after = joined(app, &kept, &dropped, from_other)?;
    let id = op.new_id::<Member>().uuid();
    // Who said no under one number has said it: a yes of before, under the other, does not outlive it.
    let ended = tx.withdraw_merged_consents(keep, other, &op.signature()).await?;
    if !ended.is_empty() {
        let words = "并入的会籍撤回过同一用途的同意";
        let entry = consent_entry(
            JournalAction::ConsentWithdrawn,
            &kept_union,
            (&kept, &dropped),
            words,
        );
        tx.journal(&op.by(), entry).await?;
    }
    let chosen = set_by_hand(app, &kept, &after, |_| true);
    expect_write(op, &mut tx, Kind::Members, &written(&kept, &after, &chosen)).await?;
    let marked = tx.mark_member_by_hand(keep, chosen, op.now()).await?;
    let images = Images {
        kept,
        dropped,
        after,
        ended,
        marked,
    };
    let plain = serde_json::to_vec(&images).map_err(AppError::internal)?;
    tx.add_member_merge(MemberMerge {
        id,
        kept: keep,
        dropped: other,
        images: app.keys.seal_bytes(&place(id), &plain),
        merged_at: op.now().millis(),
        merged_by: op.signature(),
        undone_at: None,
        undone_by: None,
    })
    .await?;
    let Images {
        kept, dropped, after, ..
    } = images;
    let mut past = past_of(&app.keys, &dropped, MembershipState::Merged, Some(op.today()))?;
    past.kept = Some(keep);
    tx.add_past_member(past).await?;
    tx.delete_member(&dropped.member_id).await?;
    tx.upsert_members([after.clone()]).await?;
    let moves = [
        (kept.union_org_id, -1),
        (dropped.union_org_id, -1),
        (after.union_org_id, 1),
    ];
    tx.shift_member_counts(net(moves)).await?;
    write_down(
        op,
        &mut tx,
        id,
        (&kept, &kept_union),
        (&dropped, &dropped_union),
        &after,
    )
    .await?;
    tx.commit().await?;
    let union = if after.union_org_id == kept.union_org_id {
        kept_union
    } else {
        dropped_union
    };
    Ok((union.union_id, after.member_id))
}

/// What a merge, or its undoing, does to the kept one's consents.
fn consent_entry(
    action: JournalAction,
    union: &NamedUnion,
    (kept, dropped): (&MemberRow, &MemberRow),
    words: &str,
) -> JournalEntry {
    JournalEntry {
        path: union.path.as_deref().and_then(|path| UnionPath::parse(path).ok()),
        after: Some(json!({ "member_id": kept.member_id, "merged": dropped.member_id, "words": words })),
        ..JournalEntry::new(action, SubjectKind::Member, kept.id)
    }
}

/// Elements that a merge, or its undoing, writes.
fn written<'a>(before: &MemberRow, after: &MemberRow, changed: &'a BTreeSet<String>) -> Vec<&'a str> {
    let moved = (before.union_org_id != after.union_org_id).then_some("union_id");
    changed.iter().map(String::as_str).chain(moved).collect()
}

fn net(moves: [(Uuid, i64); 3]) -> BTreeMap<Uuid, i64> {
    let mut net = BTreeMap::new();
    for (union, by) in moves {
        *net.entry(union).or_insert(0) += by;
    }
    net
}

/// The kept row with the chosen values of the other.
fn joined(
    app: &App,
    kept: &MemberRow,
    dropped: &MemberRow,
    from_other: &BTreeSet<String>,
) -> Result<MemberRow, AppError> {
    let takes = |name: &str| from_other.contains(name);
    let mut after = kept.clone();
    after.batch_no = None;
    if takes("name") {
        after.name.clone_from(&dropped.name);
        after.name_written.clone_from(&dropped.name_written);
    }
    // A sealed value belongs to its row: it is opened and sealed anew for the other.
    let moved = |column: &str, sealed: &Option<Vec<u8>>| -> Result<Option<Vec<u8>>, AppError> {
        let Some(sealed) = sealed.as_deref() else {
            return Ok(None);
        };
        let plain = app
            .keys
            .open("member", column, dropped.id.as_bytes(), sealed)
            .map_err(|cause| AppError::sealed_wrong("要采用的号码", cause))?;
        Ok(Some(app.keys.seal("member", column, kept.id.as_bytes(), &plain)))
    };
    if takes("id_no") || kept.id_sealed.is_none() {
        after.id_sealed = moved("id_no", &dropped.id_sealed)?;
        after.id_index.clone_from(&dropped.id_index);
        after.id_token = dropped.id_token;
        after.id_status = dropped.id_status;
        after.id_parts = dropped.id_parts;
    }
    if takes("phone") || kept.phone_sealed.is_none() {
        after.phone_sealed = moved("phone", &dropped.phone_sealed)?;
        after.phone_index.clone_from(&dropped.phone_index);
    }
    if takes("join_date") || kept.joined_on.is_none() {
        after.joined_on = dropped.joined_on;
    }
    if takes("union_id") {
        after.union_org_id = dropped.union_org_id;
        after.state.clone_from(&dropped.state);
    }
    let mut extra = form::parsed(kept.extra.as_deref());
    for (name, value) in form::parsed(dropped.extra.as_deref()) {
        if takes(&name) || !extra.contains_key(&name) {
            extra.insert(name, value);
        }
    }
    // Chosen from one who says nothing: unknown.
    let said = form::parsed(dropped.extra.as_deref());
    extra.retain(|name, _| !takes(name) || said.contains_key(name));
    after.extra = (!extra.is_empty()).then(|| Value::Object(extra).to_string());
    Ok(after)
}

/// Events for both memberships, and the journal of both unions.
async fn write_down(
    op: &OpContext,
    tx: &mut Tx,
    id: Uuid,
    (kept, kept_union): (&MemberRow, &NamedUnion),
    (dropped, dropped_union): (&MemberRow, &NamedUnion),
    after: &MemberRow,
) -> Result<(), AppError> {
    let state = state_of(&after.state, after.id)?;
    let mut merged = Change::new(ChangeKind::Merge, op.today());
    merged.words = format!("会员 {}（{}）并入本会籍", dropped.member_id, dropped_union.name);
    let mut events = vec![event_of(
        op,
        kept.id,
        &merged,
        Some(kept.union_org_id),
        state,
        Some(id),
    )];
    if after.union_org_id != kept.union_org_id {
        let mut moved = Change::new(ChangeKind::Move, op.today());
        moved.to = Some(after.union_org_id);
        moved.words = "合并重复会籍时确定会籍归属".to_owned();
        events.push(event_of(
            op,
            kept.id,
            &moved,
            Some(kept.union_org_id),
            state,
            Some(id),
        ));
    }
    let mut ended = Change::new(ChangeKind::Merge, op.today());
    ended.words = format!("并入会员 {}（{}）", kept.member_id, kept_union.name);
    events.push(event_of(
        op,
        dropped.id,
        &ended,
        Some(dropped.union_org_id),
        MembershipState::Merged,
        Some(id),
    ));
    tx.add_member_events(events).await?;
    for (row, union) in [(kept, kept_union), (dropped, dropped_union)] {
        let said = json!({ "member_id": kept.member_id, "merged": dropped.member_id,
            "from_union": dropped_union.name, "to_union": if after.union_org_id == kept.union_org_id { &kept_union.name } else { &dropped_union.name } });
        let entry = JournalEntry {
            path: union.path.as_deref().and_then(|path| UnionPath::parse(path).ok()),
            after: Some(said),
            ..JournalEntry::new(JournalAction::MembersMerged, SubjectKind::Member, row.id)
        };
        tx.journal(&op.by(), entry).await?;
    }
    Ok(())
}

/// Takes a merge back: both memberships are as they were, byte for byte. Answers the union's and the kept member's key. 撤销合并
///
/// # Errors
/// `MEM-404`; `MEM-413` when it was taken back already, or the membership has changed since.
pub async fn part(op: &OpContext, app: &App, id: Uuid) -> Result<(String, String), AppError> {
    op.may(Action::ConfirmMembership)?;
    let mut tx = app.store.begin().await?;
    note_change(op, &mut tx).await?;
    let merge = tx.member_merge(id).await?.ok_or_else(AppError::no_member)?;
    if merge.images.is_empty() {
        return Err(AppError::conflict(
            "MEM-413",
            "合并前的会籍已到期清除，不能撤销合并",
        ));
    }
    let plain = app
        .keys
        .open_bytes(&place(id), &merge.images)
        .map_err(|cause| AppError::sealed_wrong("合并前的会籍", cause))?;
    let images: Images = serde_json::from_slice(&plain).map_err(AppError::internal)?;
    let (kept, dropped, after) = (images.kept, images.dropped, images.after);
    let mut unions = Vec::new();
    for row in [&kept, &dropped] {
        let union = named(&mut tx, row.union_org_id)
            .await?
            .filter(|union| sees(op, union));
        unions.push(union.ok_or_else(AppError::no_member)?);
    }
    let now = tx.hold_member_by_row(kept.id).await?;
    if !now.as_ref().is_some_and(|now| is_same_row(app, now, &after)) {
        return Err(
            AppError::conflict("MEM-413", "合并之后这个会籍又有变化，不能撤销合并")
                .hint("请先撤销之后的变化，或分别更正两个会籍的资料"),
        );
    }
    let back = set_by_hand(app, &after, &kept, |_| true);
    expect_write(op, &mut tx, Kind::Members, &written(&after, &kept, &back)).await?;
    if !tx
        .undo_member_merge(id, op.now().millis(), &op.signature())
        .await?
    {
        return Err(AppError::conflict("MEM-413", "这次合并已经撤销过了"));
    }
    tx.delete_past_member(dropped.id).await?;
    tx.delete_member_events_of(id).await?;
    tx.unmark_member_by_hand(kept.id, &images.marked).await?;
    let merged_at = Timestamp::from_millis(merge.merged_at);
    if tx.reopen_consents(&images.ended, merged_at).await? > 0 {
        let words = "撤销合并，合并时停止的同意重新有效";
        let entry = consent_entry(JournalAction::ConsentGiven, &unions[0], (&kept, &dropped), words);
        tx.journal(&op.by(), entry).await?;
    }
    let moves = [
        (after.union_org_id, -1),
        (kept.union_org_id, 1),
        (dropped.union_org_id, 1),
    ];
    let (kept_id, kept_key, dropped_key) = (kept.id, kept.member_id.clone(), dropped.member_id.clone());
    let dropped_id = dropped.id;
    tx.upsert_members([kept, dropped]).await?;
    tx.shift_member_counts(net(moves)).await?;
    for (row, union) in [(kept_id, &unions[0]), (dropped_id, &unions[1])] {
        let entry = JournalEntry {
            path: union.path.as_deref().and_then(|path| UnionPath::parse(path).ok()),
            after: Some(json!({ "member_id": kept_key, "merged": dropped_key })),
            ..JournalEntry::new(JournalAction::MembersParted, SubjectKind::Member, row)
        };
        tx.journal(&op.by(), entry).await?;
    }
    tx.commit().await?;
    Ok((unions.swap_remove(0).union_id, kept_key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_a_slip_and_two_people_are_two() {
        let number = "330226199001010000";
        for slip in [
            "330226199001010001",
            "330226199001100000",
            "33022619900101000",
            "3302261990010100000",
        ] {
            assert!(is_slip(number, slip), "{slip}");
        }
        for other in ["330226199001011234", "330203198512319991", "3302261990010100"] {
            assert!(!is_slip(number, other), "{other}");
        }
    }
}
