//! Members (会员): lists with masked numbers, and the full number for a reason.

mod answer;
mod closing;
mod correction;
pub(crate) mod duplicate;
mod guess;
mod hold;
mod myself;
mod request;
mod retention;
pub(crate) mod standing;
mod suggestion;

use codes::crypto::{CryptoError, SecretKind};
use codes::id_document::is_like_a_passport;
use codes::mobile::Phone;
use codes::resident_id::{IdStatus, read_id};
use codes::text::visible;
use codes::time::{Day, Timestamp};
use codes::uscc::normalise_code;
use domain::accounts::shown_name;
use domain::dictionary::Dictionary;
use domain::element_right::Right;
use domain::intake::Kind;
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::membership::MembershipState;
use domain::permission::Action;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::list_query::Page;
use store::membership::{MemberFilter, MemberListRow};
use uuid::Uuid;

pub use answer::{Answer, RequestView, UnionName, answer, request, requests, requests_after};
pub use closing::{
    ClosingAnswer, ClosingView, OwnClosing, answer_closing, close_for, closing, closings, closings_after,
    own_close, own_closing,
};
pub use correction::ask_correction;
pub use duplicate::{
    Duplicate, Pair, PairField, SeenSide, Side, duplicates, duplicates_after, merge, mergeable, pair, part,
};
pub use hold::{HoldView, hold, holds, holds_after, release};
pub use myself::{
    MISSED, OwnKey, OwnView, Pass, issue_pass, own, own_agree, own_copy, own_correction, own_take_back,
};
pub(crate) use request::member_in_sight;
pub use request::{ChangeForm, JoinForm, ask_change, ask_join, element_of};
pub use retention::{
    ANONYMISE_JOB, Due, DueView, anonymise, anonymise_wanted, due, due_after, report, work as anonymise_work,
};
pub use standing::EventView;
pub(crate) use standing::past_of;
pub use suggestion::{
    SUGGEST_JOB, SuggestionView, adopt, dismiss, find_suggestions, suggestions, suggestions_after,
};

use crate::consent::{ConsentView, consents_of};
use crate::contact::{self, ContactLine};
use crate::element_right;
use crate::error::{AppError, ErrorKind};
use crate::intake::form;
use crate::journal::JournalView;
use crate::op::{App, OpContext};
use crate::paging::After;
use crate::quality;
use crate::search;
use crate::union_org::{union_in_sight, unread};

/// What a list of members is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MemberListParams {
    /// Of this union (the register's own key); all in sight when empty.
    pub union_id: String,
    /// A name from its start, or a whole identity number.
    pub q: String,
    /// Only those in this state, by `MembershipState::code`.
    pub state: String,
    /// Only this group of new employment forms, by its name in the code list.
    pub gig_group: String,
    /// Only those of one union with this fault, by the id of a check.
    pub fault: String,
    pub page: u32,
    pub size: u32,
}

/// What a page may show of a sealed value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Shown {
    /// The file had none that could be kept.
    Nothing,
    Masked(String),
    /// It is there and does not open.
    Unreadable,
}

/// One line; name, number and phone are masked.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MemberLine {
    pub member_id: String,
    pub name: String,
    pub id_no: Shown,
    /// How the number was read, in words.
    pub id_status: &'static str,
    pub phone: Shown,
    pub joined: Option<Day>,
    pub state: MembershipState,
    /// Group of new employment forms (新就业形态群体), if any.
    pub gig_group: Option<String>,
    pub union_id: String,
    pub union_name: String,
}

/// A page of members.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MemberList {
    pub lines: Vec<MemberLine>,
    pub total: i64,
    pub page: u32,
    pub size: u32,
}

/// A page of the members in the asker's sight. Narrowed by a name or a number it is a search, and the journal keeps it as one.
///
/// # Errors
/// `SCH-429` when numbers are looked for too often.
pub async fn list(op: &OpContext, app: &App, params: &MemberListParams) -> Result<MemberList, AppError> {
    op.may(Action::SeeMembers)?;
    let filter = filter_of(app, params);
    paced(op, app, &filter)?;
    let (rows, total) = if params.fault.is_empty() {
        let page = Page::number(params.page, params.size);
        app.store
            .read()
            .await?
            .member_list(op.scope(), &filter, page)
            .await?
    } else {
        let faulty = quality::members_with(op, app, &params.union_id, &params.fault).await?;
        let total = faulty.len() as i64;
        let first = (params.page.max(1) - 1) as usize * params.size as usize;
        let member_ids: Vec<String> = faulty
            .into_iter()
            .skip(first)
            .take(params.size as usize)
            .collect();
        let filter = MemberFilter {
            member_ids: Some(member_ids),
            ..filter.clone()
        };
        let mut reader = app.store.read().await?;
        let (rows, _) = reader
            .member_list(op.scope(), &filter, Page::number(1, params.size))
            .await?;
        (rows, total)
    };
    journal_filter(op, app, &filter, &rows).await?;
    let lines = rows.into_iter().map(|row| line(app, row)).collect();
    Ok(MemberList {
        lines,
        total,
        page: params.page.max(1),
        size: params.size,
    })
}

/// The members that follow a key, and how many there are in all; `fault` is left aside. Journalled as [`list`] is.
///
/// # Errors
/// `UNI-404` when the union that they should be of is not in sight, `SCH-429` when numbers are looked for too often.
pub async fn list_after(
    op: &OpContext,
    app: &App,
    params: &MemberListParams,
    after: &After,
) -> Result<(Vec<MemberLine>, i64), AppError> {
    op.may(Action::SeeMembers)?;
    let filter = filter_of(app, params);
    paced(op, app, &filter)?;
    let mut reader = app.store.read().await?;
    if let Some(union_id) = &filter.union_id {
        union_in_sight(op, &mut reader, union_id).await?;
    }
    let (rows, total) = reader.member_list(op.scope(), &filter, after.text()).await?;
    drop(reader);
    journal_filter(op, app, &filter, &rows).await?;
    Ok((rows.into_iter().map(|row| line(app, row)).collect(), total))
}

fn filter_of(app: &App, params: &MemberListParams) -> MemberFilter {
    let q = params.q.trim();
    // A whole number is searched by its blind index; it never reaches a statement in plain.
    let index = read_id(q)
        .0
        .map(|id| app.keys.blind_index(SecretKind::IdNumber, id.as_str()));
    MemberFilter {
        union_id: Some(params.union_id.clone()).filter(|union| !union.is_empty()),
        name: (index.is_none() && !q.is_empty()).then(|| codes::text::person_name(q)),
        id_index: index.map(|index| index.to_vec()),
        state: Some(params.state.clone()).filter(|state| !state.is_empty()),
        gig_group: Some(params.gig_group.clone()).filter(|group| !group.is_empty()),
        ..MemberFilter::default()
    }
}

fn paced(op: &OpContext, app: &App, filter: &MemberFilter) -> Result<(), AppError> {
    match filter.id_index {
        Some(_) => search::digits_paced(op, app),
        None => Ok(()),
    }
}

/// A list narrowed by a name or a number tells as much as a search does: names are masked, and letter by letter one would come to
/// know them. Never what was typed.
async fn journal_filter(
    op: &OpContext,
    app: &App,
    filter: &MemberFilter,
    rows: &[MemberListRow],
) -> Result<(), AppError> {
    let shown = rows.len();
    match (&filter.id_index, &filter.name) {
        (Some(_), _) => {
            let words = format!("在会员列表按证件号码筛选，显示 {shown} 人");
            journal_sought(op, app, ("id_no", words), rows, true).await
        }
        (None, Some(_)) => {
            let words = format!("在会员列表按姓名开头筛选，显示 {shown} 人");
            journal_sought(op, app, ("name", words), rows, false).await
        }
        (None, None) => Ok(()),
    }
}

/// One entry of the asker or, with a number, of everybody it found; of the asker as well where that is nobody.
async fn journal_sought(
    op: &OpContext,
    app: &App,
    (column, words): (&str, String),
    rows: &[MemberListRow],
    is_by_number: bool,
) -> Result<(), AppError> {
    let entry = |kind, id| JournalEntry {
        after: Some(json!({ "column": column, "words": words })),
        ..JournalEntry::new(JournalAction::MemberSought, kind, id)
    };
    let mut tx = app.store.begin().await?;
    for row in rows.iter().filter(|_| is_by_number) {
        let path = match tx.member_row(&row.member_id).await? {
            Some(member) => tx.path_of_union(member.union_org_id).await?,
            None => None,
        };
        let found = JournalEntry {
            path,
            ..entry(SubjectKind::Member, row.id)
        };
        tx.journal(&op.by(), found).await?;
    }
    if !is_by_number || rows.is_empty() {
        let asker = op.person_id().map_or(Uuid::nil(), |id| id.uuid());
        tx.journal(&op.by(), entry(SubjectKind::Account, asker)).await?;
    }
    Ok(tx.commit().await?)
}

/// Who was found under a number.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// What the number is, in words.
    pub what: &'static str,
    /// As pages show it.
    pub masked: String,
    /// In the asker's sight; of more than fifty the first.
    pub lines: Vec<MemberLine>,
}

/// Members under one whole number, of a document or a phone. The number reaches no statement, address or log in plain; that it was
/// asked for goes to the journal, to the history of whoever was found or, where nobody was, of the asker. 按号码查找
///
/// # Errors
/// `MEM-402` when it is no whole number, `SCH-429` when numbers are looked for too often.
pub async fn find(op: &OpContext, app: &App, number: &str) -> Result<Found, AppError> {
    op.may(Action::SeeMembers)?;
    let (column, what, masked, filter) = number_of(app, number.trim())?;
    search::digits_paced(op, app)?;
    let (rows, _) = app
        .store
        .read()
        .await?
        .member_list(op.scope(), &filter, Page::number(1, FOUND_MAX))
        .await?;
    journal_sought(op, app, (column, format!("查找 {masked}")), &rows, true).await?;
    Ok(Found {
        what,
        masked,
        lines: rows.into_iter().map(|row| line(app, row)).collect(),
    })
}

/// Members shown under one number.
const FOUND_MAX: u32 = 50;

/// The column, its label and the mask of a number, and what finds it.
fn number_of(
    app: &App,
    number: &str,
) -> Result<(&'static str, &'static str, String, MemberFilter), AppError> {
    let index = |kind, plain: &str| Some(app.keys.blind_index(kind, plain).to_vec());
    let by_document = |plain: &str| {
        let filter = MemberFilter {
            id_index: index(SecretKind::IdNumber, plain),
            ..MemberFilter::default()
        };
        Ok(("id_no", "证件号码", masked("id_no", plain), filter))
    };
    let (document, status) = read_id(number);
    if let Some(document) = document {
        return by_document(document.as_str());
    }
    if let Ok(phone) = Phone::parse(number) {
        let filter = MemberFilter {
            phone_index: index(SecretKind::Phone, phone.as_str()),
            ..MemberFilter::default()
        };
        return Ok(("phone", "电话", masked("phone", phone.as_str()), filter));
    }
    let written = normalise_code(number);
    // A foreign passport may look like anything, but not like digits of which some are missing.
    let has_letter = |number: &str| {
        let inner = &number[..number.len().saturating_sub(1)];
        inner.contains(|c: char| c.is_ascii_uppercase())
    };
    if status == IdStatus::OtherDocument || is_like_a_passport(&written) && has_letter(&written) {
        return by_document(&written);
    }
    let refused = AppError::invalid("MEM-402", "没有查找");
    Err(refused.field(
        "number",
        "请输入完整的证件号码或电话；只有一部分的、校验不通过的号码查不到人",
    ))
}

/// One membership in full; name, number, phone and what else is somebody's own are masked.
#[derive(Debug, Clone, PartialEq)]
pub struct MemberView {
    pub member_id: String,
    pub name: String,
    pub id_no: Shown,
    /// How the number was read, in words.
    pub id_status: &'static str,
    pub phone: Shown,
    pub joined: Option<Day>,
    pub state: MembershipState,
    /// Since when; `None`: nobody said.
    pub since: Option<Day>,
    /// What happened to the membership, newest first.
    pub events: Vec<EventView>,
    /// What is asked about it and not answered.
    pub pending: Vec<RequestView>,
    /// Merges into it that can be undone, newest first: id, when, by whom.
    pub merges: Vec<(Uuid, Timestamp, String)>,
    pub union_id: String,
    pub union_name: String,
    /// The dictionary's further elements that are known: label and value.
    pub further: Vec<(String, String)>,
    /// The same by the elements' names: for programs.
    pub elements: Vec<(&'static str, String)>,
    /// Column, what stood there, why it was not used.
    pub unread: Vec<(String, String, String)>,
    pub batch_no: Option<i64>,
    /// Who looked at this page, at a number in full or took it along in a file, newest first; `None` for whoever may not read the journal.
    pub seen: Option<Vec<JournalView>>,
    /// What the member agreed to.
    pub consents: ConsentView,
}

/// One membership of a union. That it was looked at goes to the journal. 查看会员资料
///
/// # Errors
/// `MEM-404` when there is none in sight, or not in this union.
pub async fn member(
    op: &OpContext,
    app: &App,
    union_id: &str,
    member_id: &str,
) -> Result<MemberView, AppError> {
    op.may(Action::SeeMembers)?;
    let mut tx = app.store.begin().await?;
    let row = tx.member_row(member_id).await?.ok_or_else(AppError::no_member)?;
    let union = tx
        .union_row(union_id)
        .await?
        .filter(|union| union.id == row.union_org_id)
        .ok_or_else(AppError::no_member)?;
    let path = tx.path_of_union(row.union_org_id).await?;
    if !op.sees(path.as_ref()) {
        return Err(AppError::no_member());
    }
    let entry = JournalEntry {
        path,
        after: Some(json!({ "member_id": member_id })),
        ..JournalEntry::new(JournalAction::MemberSeen, SubjectKind::Member, row.id)
    };
    tx.journal(&op.by(), entry).await?;
    let standing = standing::standing_of(&mut tx, &row).await?;
    let events = standing::timeline(&mut tx, &row).await?;
    let pending = answer::pending_of(op, &mut tx, row.id).await?;
    let merges = tx.member_merges_into(row.id).await?.into_iter();
    let merges = merges
        .filter(|merge| !merge.images.is_empty())
        .map(|merge| {
            (
                merge.id,
                Timestamp::from_millis(merge.merged_at),
                shown_name(&merge.merged_by),
            )
        })
        .collect();
    let consents = consents_of(&mut tx, row.id, op.today()).await?;
    tx.commit().await?;
    let seen = match op.may(Action::SeeJournal) {
        Ok(()) => Some(seen_by(app, row.id).await?),
        Err(_) => None,
    };
    Ok(MemberView {
        id_no: shown(app, row.id, "id_no", &row.id_sealed),
        phone: shown(app, row.id, "phone", &row.phone_sealed),
        id_status: status_words(row.id_status),
        joined: row.joined_on.map(Day::from),
        state: standing.state,
        since: standing.since,
        events,
        pending,
        merges,
        further: form::shown(Kind::Members, row.extra.as_deref()),
        elements: form::named(Kind::Members, row.extra.as_deref()),
        unread: unread(Kind::Members, row.unread.as_deref()),
        batch_no: row.batch_no,
        seen,
        consents,
        name: masked("name", row.shown_name()),
        member_id: row.member_id,
        union_id: union.union_id,
        union_name: union.name,
    })
}

/// Looks at somebody that their page shows, the newest; the journal's own page has all.
const LOOKS_MAX: i64 = 500;

/// Who looked at somebody, newest first: at the page, at a number, or in a file in full that had the row. What is masked in a file
/// shows nobody.
async fn seen_by(app: &App, member: Uuid) -> Result<Vec<JournalView>, AppError> {
    let looks = [
        JournalAction::MemberSeen,
        JournalAction::MemberSought,
        JournalAction::ValueRevealed,
        JournalAction::OwnDataCopied,
    ];
    let mut reader = app.store.read().await?;
    // A look at a row that was merged into this one was a look at this person.
    let mut people = vec![member];
    people.extend(reader.merged_into(member).await?);
    let mut seen = Vec::new();
    for person in &people {
        let own = reader.journal_looks(SubjectKind::Member, *person, &looks, LOOKS_MAX);
        seen.extend(own.await?);
    }
    let taken = [JournalAction::Exported, JournalAction::ExportTaken];
    for export in reader.exports_with(&people).await? {
        let made = reader.journal_looks(SubjectKind::Export, export, &taken, LOOKS_MAX);
        seen.extend(made.await?);
        if seen.len() > LOOKS_MAX as usize * 4 {
            break; // the newest exports come first
        }
    }
    seen.sort_by_key(|row| std::cmp::Reverse(row.seq));
    seen.dedup_by_key(|row| row.seq);
    seen.truncate(LOOKS_MAX as usize);
    Ok(seen.into_iter().map(JournalView::from).collect())
}

/// What a full value may be looked at for; the last one must be said in words.
pub const REVEAL_PURPOSES: [&str; 5] = [
    "核对入会、转会资料",
    "本人来访，核对身份",
    "更正登记错误",
    "帮扶、互助申请核对",
    OTHER_PURPOSE,
];
const OTHER_PURPOSE: &str = "其他";
/// Longest explanation, in characters.
const WORDS_MAX: usize = 200;

/// What of a member is shown in full: no more than one is after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looked {
    /// 证件号码
    IdNumber,
    /// 姓名和电话
    Contact,
}

impl Looked {
    fn read(code: &str) -> Option<Looked> {
        match code {
            "id_no" => Some(Looked::IdNumber),
            "contact" => Some(Looked::Contact),
            _ => None,
        }
    }
}

/// Why somebody wants to see what in full.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RevealForm {
    /// `id_no` or `contact`.
    pub what: String,
    /// One of [`REVEAL_PURPOSES`].
    pub purpose: String,
    /// What it is about; needed when the purpose is 其他.
    pub words: String,
}

/// A member's number, or name and telephone, in full, for a reason that goes to the journal. 查看完整内容
///
/// # Errors
/// `ELM-403` when none of it is the actor's to see; `MEM-401` with the fields that are wrong, `MEM-405` when no number was registered, `MEM-510` when one cannot be
/// opened, `SCH-430` when values are looked at too often.
pub async fn reveal(
    op: &OpContext,
    app: &App,
    member_id: &str,
    form: &RevealForm,
) -> Result<Vec<ContactLine>, AppError> {
    // Whoever may reveal an employer's phone need not be one who sees members.
    op.may(Action::SeeMembers)?;
    op.may(Action::RevealValue)?;
    let (looked, reason) = reason_of(form)?;
    contact::paced(op, app)?;
    let mut tx = app.store.begin().await?;
    let row = tx.member_row(member_id).await?.ok_or_else(AppError::no_member)?;
    let path = tx.path_of_union(row.union_org_id).await?;
    if !op.sees(path.as_ref()) {
        return Err(AppError::no_member());
    }
    let open = |column: &str, sealed: &Option<Vec<u8>>| {
        let sealed = sealed.as_deref();
        let opened = sealed.map(|sealed| app.keys.open("member", column, row.id.as_bytes(), sealed));
        let label = Dictionary::shipped()
            .element(Kind::Members, column)
            .map_or("", |element| element.zh.as_str());
        opened
            .transpose()
            .map_err(|cause| AppError::sealed_wrong(label, cause))
    };
    let hidden = element_right::barred(op, &mut tx, Kind::Members, Right::Reveal).await?;
    let lines = match looked {
        Looked::IdNumber => {
            let number = open("id_no", &row.id_sealed)?;
            let number = number.ok_or_else(|| AppError::not_found("MEM-405", "该会员没有登记证件号码"))?;
            contact::lines(Kind::Members, [("id_no", Some(number))], &hidden)
        }
        Looked::Contact => {
            let phone = open("phone", &row.phone_sealed)?;
            contact::lines(
                Kind::Members,
                [("name", Some(row.shown_name().to_owned())), ("phone", phone)],
                &hidden,
            )
        }
    };
    contact::expect_some(op, &mut tx, Kind::Members, &lines).await?;
    let entry = JournalEntry {
        path,
        after: Some(json!({"member_id": member_id, "column": contact::told(&lines), "words": reason})),
        ..JournalEntry::new(JournalAction::ValueRevealed, SubjectKind::Member, row.id)
    };
    tx.journal(&op.by(), entry).await?;
    tx.commit().await?;
    Ok(lines)
}

/// Purpose and explanation as the journal keeps them.
fn reason_of(form: &RevealForm) -> Result<(Looked, String), AppError> {
    let wrong = |field, message: &str| AppError::invalid("MEM-401", "内容没有显示").field(field, message);
    let (purpose, words) = (form.purpose.trim(), visible(&form.words));
    if !REVEAL_PURPOSES.contains(&purpose) {
        return Err(wrong("purpose", "请选择查看完整内容的用途"));
    }
    let looked = Looked::read(&form.what).ok_or_else(|| wrong("what", "请点“显示号码”或“显示姓名和电话”"))?;
    if words.chars().count() > WORDS_MAX {
        return Err(wrong("words", "说明不能超过 200 个字"));
    }
    match (purpose, words.as_str()) {
        (OTHER_PURPOSE, words) if words.chars().count() < 2 => {
            Err(wrong("words", "用途选“其他”时，请写明说明"))
        }
        (purpose, "") => Ok((looked, purpose.to_owned())),
        (purpose, words) => Ok((looked, format!("{purpose}：{words}"))),
    }
}

/// A value of one of a member's elements, as pages show it.
pub(crate) fn masked(element: &str, value: &str) -> String {
    Dictionary::shipped().masked(Kind::Members, element, value)
}

/// Masked; a value that cannot be opened is said to be so beside the member, and the rest is still shown.
fn shown(app: &App, member: Uuid, column: &str, sealed: &Option<Vec<u8>>) -> Shown {
    let Some(sealed) = sealed.as_deref() else {
        return Shown::Nothing;
    };
    match app.keys.open("member", column, member.as_bytes(), sealed) {
        Ok(plain) => Shown::Masked(masked(column, &plain)),
        Err(cause) => {
            tracing::error!(%member, column, %cause, "a sealed value cannot be opened");
            Shown::Unreadable
        }
    }
}

fn status_words(status: i64) -> &'static str {
    u8::try_from(status)
        .ok()
        .and_then(IdStatus::from_u8)
        .unwrap_or(IdStatus::Invalid)
        .label()
}

pub(crate) fn line(app: &App, row: MemberListRow) -> MemberLine {
    MemberLine {
        id_no: shown(app, row.id, "id_no", &row.id_sealed),
        phone: shown(app, row.id, "phone", &row.phone_sealed),
        id_status: status_words(row.id_status),
        joined: row.joined_on.map(Day::from),
        // A state that this version does not know is shown as the plainest; the member's own page says that it is damaged.
        state: MembershipState::from_code(&row.state).unwrap_or(MembershipState::Active),
        gig_group: form::parsed(row.extra.as_deref())
            .get("gig_group")
            .and_then(|group| group.as_str().map(str::to_owned)),
        name: masked("name", &row.name),
        member_id: row.member_id,
        union_id: row.union_id,
        union_name: row.union_name,
    }
}

impl AppError {
    /// No such member in sight.
    pub fn no_member() -> AppError {
        AppError::not_found("MEM-404", "没有这个会员，或不在您的数据范围内")
    }

    /// A sealed value does not open: it was changed or moved, or the key is not the one that sealed it.
    pub(crate) fn sealed_wrong(what: &str, cause: CryptoError) -> AppError {
        let message = format!("{what}无法解密，没有显示：密文被改动过，或主密钥不是加密时的那一把");
        // The cause goes to the log; it names no value.
        tracing::error!(%cause, what, "a sealed value cannot be opened");
        AppError::new(ErrorKind::Internal, "MEM-510", message).hint(
            "请联系系统管理员：核对数据文件夹里的 root.key 和主密钥（master.key），必要时从备份恢复该行",
        )
    }
}
