//! 本人查询: a member sees what is registered of them, who looked, asks for corrections, and takes a copy along (个人信息保护法 art. 45, 46).
//!
//! There is no short message and no account for members here. The union hands a code to the person in front of it; with the last six
//! digits of the document number, which stand on no slip of paper, it opens that one person's data until it expires.

use codes::digest::sm3_hex;
use codes::id::Member;
use codes::text;
use codes::time::Timestamp;
use domain::accounts::shown_name;
use domain::consent::ConsentWay;
use domain::dictionary::Dictionary;
use domain::intake::Kind;
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::permission::Action;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use store::Tx;
use store::member_pass::MemberPass;
use store::membership::MemberRow;
use store::organising::NamedUnion;
use uuid::Uuid;

use super::correction::ask_correction;
use super::request::{member_in_sight, named};
use super::{EventView, member};
use crate::accounts::OneTimePassword;
use crate::consent::{self, ConsentView};
use crate::error::AppError;
use crate::intake::typed;
use crate::op::{App, OpContext};

/// How long a code opens.
const PASS_TIME: Duration = Duration::from_secs(7 * 24 * 3600);
/// Wrong digits after which a code is dead.
const TRIES_MAX: i64 = 5;
/// Wrong digits of one member, with any code, after which no code opens and none is handed out until the first of them is a day old: six
/// digits are a million, of which those that tell the birthday are few.
const TRIES_A_DAY: usize = 10;
/// Codes for one member in a day.
const PASSES_A_DAY: usize = 5;
/// Code of the refusal once there were too many of either.
pub const MISSED: &str = "MEM-431";
/// Over so long are both counted.
const COUNTED: Duration = Duration::from_secs(24 * 3600);
/// Signs of the number that are asked for.
const TAIL: usize = 6;

/// A code to hand over, shown once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pass {
    pub code: OneTimePassword,
    pub until: Timestamp,
}

/// What a person shows to see their own data.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnKey {
    pub code: String,
    /// The last six signs of the document number.
    pub tail: String,
}

/// Somebody's own data, in full.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnView {
    pub member_id: String,
    pub union_name: String,
    pub state: &'static str,
    /// Element's name, label and value; unknown ones without a value.
    pub values: Vec<(&'static str, &'static str, Option<String>)>,
    pub events: Vec<EventView>,
    /// Who looked at it, what they did, when, what for; names of officers masked.
    pub seen: Vec<(String, String, String)>,
    /// What is asked for and not answered.
    pub pending: Vec<String>,
    pub until: Timestamp,
    /// What they agreed to, and what they are told.
    pub consents: ConsentView,
}

/// Makes a code for a member in sight; one from before stops opening. 发放本人查询码
///
/// # Errors
/// `MEM-404`; `MEM-417` when there is no number to ask the last digits of; `MEM-431` after too many wrong digits or codes in a day.
pub async fn issue_pass(
    op: &OpContext,
    app: &App,
    union_id: &str,
    member_id: &str,
) -> Result<Pass, AppError> {
    op.may(Action::HandleMembership)?;
    let mut tx = app.store.begin().await?;
    let (row, union) = member_in_sight(op, &mut tx, union_id, member_id).await?;
    if tail_of(app, &row).is_none() {
        return Err(
            AppError::conflict("MEM-417", "没有登记证件号码，或号码无法识别，不能发放查询码")
                .hint("请先更正资料，补上证件号码"),
        );
    }
    refuse_missed(op.now(), &mut tx, row.id).await?;
    let issued = tx.journal_done_since(
        SubjectKind::Member,
        row.id,
        JournalAction::MemberPassIssued,
        a_day_before(op.now()),
    );
    if let Some(first) = nth_last(&issued.await?, PASSES_A_DAY) {
        let words = format!("这名会员 24 小时内已发放 {PASSES_A_DAY} 个查询码，没有再发");
        return Err(AppError::conflict(MISSED, words).hint(again_at(first)));
    }
    let code = OneTimePassword::make();
    let until = op.now().plus(PASS_TIME);
    tx.replace_member_pass(&MemberPass {
        id: op.new_id::<Member>().uuid(),
        member: row.id,
        digest: digest_of(code.as_str()),
        issued_by: op.signature(),
        issued_at: op.now().millis(),
        expires_at: until.millis(),
        tries: 0,
    })
    .await?;
    let path = union
        .path
        .as_deref()
        .and_then(|path| domain::scope::UnionPath::parse(path).ok());
    let entry = JournalEntry {
        path,
        after: Some(json!({ "member_id": member_id, "words": "有效七天" })),
        ..JournalEntry::new(JournalAction::MemberPassIssued, SubjectKind::Member, row.id)
    };
    tx.journal(&op.by(), entry).await?;
    tx.commit().await?;
    Ok(Pass { code, until })
}

/// Of so many instants in order the first of the last ones that together make up a limit; `None` below it.
fn nth_last(instants: &[Timestamp], limit: usize) -> Option<Timestamp> {
    instants.len().checked_sub(limit).map(|at| instants[at])
}

fn a_day_before(now: Timestamp) -> Timestamp {
    Timestamp::from_millis(now.millis().saturating_sub(COUNTED.as_millis() as i64))
}

fn again_at(first: Timestamp) -> String {
    format!("请在 {} 之后再试", first.plus(COUNTED).to_minute())
}

/// A new code is no new try: what was typed wrong counts against the member.
async fn refuse_missed(now: Timestamp, tx: &mut Tx, member: Uuid) -> Result<(), AppError> {
    let missed = tx.journal_done_since(
        SubjectKind::Member,
        member,
        JournalAction::MemberPassMissed,
        a_day_before(now),
    );
    match nth_last(&missed.await?, TRIES_A_DAY) {
        None => Ok(()),
        Some(first) => {
            let words = format!(
                "24 小时内证件号码后六位已输错 {TRIES_A_DAY} 次，为防猜测，这名会员的查询和发码都已暂停"
            );
            Err(AppError::conflict(MISSED, words).hint(again_at(first)))
        }
    }
}

fn digest_of(code: &str) -> String {
    let plain: String = code
        .to_lowercase()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    sm3_hex(plain.as_bytes())
}

/// The last signs of the number that is registered, in normal form.
fn tail_of(app: &App, row: &MemberRow) -> Option<String> {
    let sealed = row.id_sealed.as_deref()?;
    let number = app.keys.open("member", "id_no", row.id.as_bytes(), sealed).ok()?;
    let signs: Vec<char> = text::normalise(&number).to_uppercase().chars().collect();
    (signs.len() > TAIL).then(|| signs[signs.len() - TAIL..].iter().collect())
}

impl AppError {
    pub(super) fn wrong_own_key() -> AppError {
        AppError::forbidden("MEM-418", "查询码或证件号码后六位不对，或查询码已失效")
            .hint("查询码由您所在的工会当面发放，七天内有效；输错五次即失效，请重新领取")
    }
}

/// Whom a code and the last digits open; every wrong try counts against the code and the member, and stands in the member's history.
async fn opened(app: &App, key: &OwnKey) -> Result<(OpContext, MemberPass, MemberRow, String), AppError> {
    let wrong = AppError::wrong_own_key;
    let mut tx = app.store.begin().await?;
    let pass = tx.member_pass(&digest_of(&key.code)).await?.ok_or_else(wrong)?;
    if pass.expires_at <= app.now().millis() || pass.tries >= TRIES_MAX {
        return Err(wrong());
    }
    let row = tx.member_by_row(pass.member).await?.ok_or_else(wrong)?;
    refuse_missed(app.now(), &mut tx, row.id).await?;
    let tail = tail_of(app, &row).ok_or_else(wrong)?;
    let mut op = app.system("member");
    if text::normalise(&key.tail).to_uppercase() != tail {
        op.actor.name = format!("持查询码的人（{}）", row.member_id);
        tx.count_member_pass_try(pass.id).await?;
        let entry = JournalEntry {
            path: tx.path_of_union(row.union_org_id).await?,
            after: Some(json!({ "member_id": row.member_id })),
            ..JournalEntry::new(JournalAction::MemberPassMissed, SubjectKind::Member, row.id)
        };
        tx.journal(&op.by(), entry).await?;
        tx.commit().await?;
        return Err(wrong());
    }
    let union = union_of(&mut tx, &row).await?;
    op.actor.name = format!("会员本人（{}）", row.member_id);
    Ok((op, pass, row, union))
}

async fn union_of(tx: &mut Tx, row: &MemberRow) -> Result<String, AppError> {
    let union = named(tx, row.union_org_id).await?;
    union.map(|union| union.union_id).ok_or_else(AppError::no_member)
}

/// Somebody's own data. 本人查询
///
/// # Errors
/// `MEM-418` when code or digits are wrong, `MEM-431` after too many wrong digits in a day.
pub async fn own(app: &App, key: &OwnKey) -> Result<OwnView, AppError> {
    let (op, pass, row, union_id) = opened(app, key).await?;
    let found = member(&op, app, &union_id, &row.member_id).await?;
    let said = typed::said(app, &row);
    Ok(OwnView {
        member_id: found.member_id,
        union_name: found.union_name,
        state: found.state.label(),
        values: typed::elements()
            .map(|element| {
                (
                    element.name.as_str(),
                    element.zh.as_str(),
                    said.get(&element.name).cloned(),
                )
            })
            .collect(),
        events: found.events,
        seen: found
            .seen
            .unwrap_or_default()
            .into_iter()
            .map(|look| {
                let why = look.changes.iter().find(|(name, ..)| name == "words");
                (
                    format!("{} {}", looker(&look.actor), look.action),
                    look.at,
                    why.map_or_else(String::new, |(_, _, why)| why.clone()),
                )
            })
            .collect(),
        pending: found
            .pending
            .iter()
            .map(|asked| {
                format!(
                    "{}，{} 提出，待确认",
                    asked.kind.label(),
                    asked.asked_at.to_minute()
                )
            })
            .collect(),
        until: Timestamp::from_millis(pass.expires_at),
        consents: found.consents,
    })
}

/// Whoever looked, as a member reads it.
fn looker(name: &str) -> String {
    match name.starts_with("system(") {
        true => "系统（命令行或后台任务）".to_owned(),
        false => shown_name(name),
    }
}

/// Asks for a correction of one's own data; the union sees old and new and answers as to any.
///
/// # Errors
/// `MEM-418`, and as [`ask_correction`].
pub async fn own_correction(
    app: &App,
    key: &OwnKey,
    values: &BTreeMap<String, String>,
    words: &str,
) -> Result<Uuid, AppError> {
    let (op, _, row, union_id) = opened(app, key).await?;
    let words = format!("本人提出：{}", text::visible(words));
    ask_correction(&op, app, &union_id, &row.member_id, values, &words).await
}

/// Agrees to purposes, online, to the notice in force, which must be the version that stood on the page. 本人同意
///
/// # Errors
/// `MEM-418`; `CON-120` with the fields that are wrong; `CON-410` when another version is in force by now.
pub async fn own_agree(app: &App, key: &OwnKey, purposes: &[String], notice: i64) -> Result<(), AppError> {
    let (op, row, union, mut tx) = own_place(app, key).await?;
    consent::give(
        &op,
        &mut tx,
        (&row, &union),
        purposes,
        op.today(),
        ConsentWay::Online,
        Some(notice),
    )
    .await?;
    Ok(tx.commit().await?)
}

/// Takes consent back, online; it counts at once. 本人撤回
///
/// # Errors
/// `MEM-418`; `CON-405` when it was taken back or refused already.
pub async fn own_take_back(app: &App, key: &OwnKey, purposes: &[String]) -> Result<(), AppError> {
    let (op, row, union, mut tx) = own_place(app, key).await?;
    consent::take_back(
        &op,
        &mut tx,
        &row,
        &union,
        purposes,
        op.today(),
        ConsentWay::Online,
    )
    .await?;
    Ok(tx.commit().await?)
}

pub(super) async fn own_place(
    app: &App,
    key: &OwnKey,
) -> Result<(OpContext, MemberRow, NamedUnion, Tx), AppError> {
    let (op, _, row, _) = opened(app, key).await?;
    let mut tx = app.store.begin().await?;
    let union = named(&mut tx, row.union_org_id)
        .await?
        .ok_or_else(AppError::no_member)?;
    Ok((op, row, union, tx))
}

/// A copy of one's own data that programs can read: elements by name with their labels, events, and who looked.
///
/// # Errors
/// `MEM-418`
pub async fn own_copy(app: &App, key: &OwnKey) -> Result<Value, AppError> {
    let (op, _, row, union_id) = opened(app, key).await?;
    let view = own(app, key).await?;
    let path = named(&mut app.store.read().await?, row.union_org_id)
        .await?
        .and_then(|union| union.path);
    let entry = JournalEntry {
        path: path.and_then(|path| domain::scope::UnionPath::parse(&path).ok()),
        after: Some(json!({ "member_id": row.member_id })),
        ..JournalEntry::new(JournalAction::OwnDataCopied, SubjectKind::Member, row.id)
    };
    let mut tx = app.store.begin().await?;
    tx.journal(&op.by(), entry).await?;
    tx.commit().await?;
    let dictionary = Dictionary::shipped();
    let known: Map<String, Value> = typed::said(app, &row)
        .into_iter()
        .map(|(name, value)| {
            let label = dictionary
                .element(Kind::Members, &name)
                .map_or(name.as_str(), |element| element.zh.as_str());
            (name.clone(), json!({ "label": label, "value": value }))
        })
        .collect();
    let events: Vec<Value> = view
        .events
        .iter()
        .map(|event| json!({ "what": event.what, "on": event.on, "details": event.details, "by": event.by, "at": event.at }))
        .collect();
    let seen: Vec<Value> = view
        .seen
        .iter()
        .map(|(who, at, why)| json!({ "who": who, "at": at, "why": why }))
        .collect();
    let consents: Vec<Value> = view
        .consents
        .asked
        .iter()
        .map(|one| json!({ "purpose": one.label, "state": one.word, "detail": one.detail }))
        .collect();
    Ok(json!({
        "made_at": op.now().to_minute(),
        "member_id": view.member_id,
        "union_id": union_id,
        "union": view.union_name,
        "state": view.state,
        "elements": known,
        "events": events,
        "seen_by": seen,
        "consents": consents,
        "law": "《个人信息保护法》第四十五条",
    }))
}
