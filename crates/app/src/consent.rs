//! Consent and purpose (知情同意): the notice that members are given, what each agreed to, when and how, and withdrawal.
//!
//! What the union does by law is shown apart and cannot be withdrawn. What rests on consent stops with its withdrawal: an
//! export for such a purpose leaves out whoever did not agree ([`crate::export::register`]). See decision 34.

use codes::id::{Id, Member};
use codes::time::Day;
use domain::accounts::shown_name;
use domain::consent::{
    BadConsent, Consent, ConsentWay, Notice, Purpose, Standing, counting_from, in_force, standing, told_on,
};
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::permission::Action;
use serde_json::json;
use store::membership::MemberRow;
use store::organising::NamedUnion;
use store::{Reader, StoreError, Tx};
use uuid::Uuid;

use crate::error::AppError;
use crate::membership::member_in_sight;
use crate::op::{App, OpContext};

/// Longest notice, in characters.
const NOTICE_MAX: usize = 10_000;
/// Shortest: a notice names who handles what for which purpose (art. 17).
const NOTICE_MIN: usize = 20;

/// What a member agreed to, purpose by purpose.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConsentView {
    /// What is done by law, without anybody's consent.
    pub by_law: Vec<&'static str>,
    /// What rests on consent.
    pub asked: Vec<PurposeView>,
    /// Number, first day and text of the notice in force.
    pub notice: Option<(i64, Day, String)>,
}

/// How a member stands to one purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurposeView {
    /// The purpose's code.
    pub code: &'static str,
    /// Its name.
    pub label: &'static str,
    /// The standing in a word.
    pub word: &'static str,
    /// When, how, to which version, written down by whom.
    pub detail: String,
    /// Whether data may be used for it.
    pub counts: bool,
    /// Whether there is something to withdraw.
    pub is_running: bool,
    /// Whether nothing was said yet, so that it can be refused.
    pub can_refuse: bool,
}

/// A notice to be published.
#[derive(Debug, Clone, Default)]
pub struct NoticeForm {
    /// The text.
    pub text: String,
    /// From which day, as typed.
    pub in_force_on: String,
    /// Whether members must be asked anew.
    pub asks_anew: bool,
}

/// Consents to be written down.
#[derive(Debug, Clone, Default)]
pub struct ConsentForm {
    /// The purposes' codes.
    pub purposes: Vec<String>,
    /// On which day, as typed.
    pub on: String,
    /// `ConsentWay::code`.
    pub way: String,
    /// The version of the notice that stood on the form, where it says one.
    pub notice: Option<i64>,
}

fn wrong(field: &'static str, words: impl Into<String>) -> AppError {
    AppError::invalid("CON-120", "没有登记").field(field, words)
}

fn bad(error: BadConsent) -> AppError {
    wrong("on", error.to_string())
}

/// Every version of the notice, the newest first.
pub async fn notices(op: &OpContext, app: &App) -> Result<Vec<Notice>, AppError> {
    op.may(Action::SeeMembers)?;
    let mut notices = app.store.read().await?.notices().await?;
    notices.reverse();
    Ok(notices)
}

/// Publishes a version of the notice (发布告知书). Versions stay as they are: members agreed to them.
///
/// # Errors
/// `CON-121` with the fields that are wrong.
pub async fn publish_notice(op: &OpContext, app: &App, form: &NoticeForm) -> Result<i64, AppError> {
    op.may(Action::PublishNotice)?;
    let refused = |field, words: &str| AppError::invalid("CON-121", "没有发布").field(field, words);
    let text = form.text.replace("\r\n", "\n").trim().to_owned();
    let length = text.chars().count();
    if !(NOTICE_MIN..=NOTICE_MAX).contains(&length) {
        return Err(refused(
            "text",
            "请写明处理者、目的、信息种类、保存期限和撤回的办法，20–10000 字",
        ));
    }
    let day = Day::parse_iso(form.in_force_on.trim());
    let in_force_on = day.map_err(|_| refused("in_force_on", "日期请写成 2026-08-03"))?;
    if in_force_on < op.today() {
        return Err(refused("in_force_on", "不能早于今天：之前没有告知过"));
    }
    let mut tx = app.store.begin().await?;
    let known = tx.notices().await?;
    let last = known.last();
    if last.is_some_and(|last| in_force_on < last.in_force_on) {
        return Err(refused("in_force_on", "不能早于上一版生效的日期"));
    }
    let notice = Notice {
        no: last.map_or(1, |last| last.no + 1),
        text,
        in_force_on,
        asks_anew: form.asks_anew,
        published_by: op.signature(),
        published_at: op.now(),
    };
    tx.add_notice(&notice).await.map_err(|error| match error {
        StoreError::Conflict(_) => {
            AppError::conflict("CON-409", "另一人刚刚发布了一版").hint("请看过那一版再发布")
        }
        other => other.into(),
    })?;
    let entry = JournalEntry::new(JournalAction::NoticePublished, SubjectKind::Setting, Uuid::nil());
    let after = json!({ "notice_no": notice.no, "effective_on": in_force_on.to_string(), "asks_anew": notice.asks_anew });
    tx.journal(&op.by(), entry.after(&after)).await?;
    tx.commit().await?;
    Ok(notice.no)
}

/// What a member (by row id) agreed to.
pub(crate) async fn consents_of(
    reader: &mut Reader,
    member: Uuid,
    today: Day,
) -> Result<ConsentView, AppError> {
    let notices = reader.notices().await?;
    let consents = reader.consents_of(member).await?;
    let from = counting_from(&notices, today);
    let (asked, by_law): (Vec<Purpose>, Vec<Purpose>) =
        Purpose::all().partition(|purpose| purpose.needs_consent());
    Ok(ConsentView {
        by_law: by_law.into_iter().map(Purpose::label).collect(),
        asked: asked
            .into_iter()
            .map(|purpose| told(purpose, standing(&consents, purpose, from)))
            .collect(),
        notice: in_force(&notices, today).map(|notice| (notice.no, notice.in_force_on, notice.text.clone())),
    })
}

/// Who does not stand in an export for a purpose by consent, in words: 没有同意 is also who withdrew, and who must be asked anew because a
/// later version of the notice voided what they agreed to.
pub fn left_out_words(count: i64) -> String {
    format!("另有 {count} 人没有同意、已撤回或须重新同意，未列入")
}

/// Officers are named by their surname, as on every page; members are not names but "本人".
fn by(name: &str) -> String {
    if name.starts_with("会员本人") {
        "本人".to_owned()
    } else {
        shown_name(name)
    }
}

fn told(purpose: Purpose, standing: Standing<'_>) -> PurposeView {
    let given = |consent: &Consent| {
        format!(
            "{} {}同意第 {} 版告知书，{}登记",
            consent.given_on,
            consent.given_way.label(),
            consent.notice_no,
            by(&consent.given_by)
        )
    };
    let (word, detail) = match standing {
        Standing::Never => ("没有同意", String::new()),
        Standing::Given(consent) => ("已同意", given(consent)),
        Standing::Outdated(consent) => ("须重新同意", format!("{}；告知书已有实质变化", given(consent))),
        Standing::Withdrawn(consent) => {
            let words = consent
                .withdrawn
                .as_ref()
                .map(|(on, way, who)| format!("{on} {}撤回，{}登记", way.label(), by(who)));
            ("已撤回", words.unwrap_or_default())
        }
        Standing::Refused(consent) => (
            "不同意",
            format!(
                "{} {}表示不同意，{}登记",
                consent.given_on,
                consent.given_way.label(),
                by(&consent.given_by)
            ),
        ),
    };
    PurposeView {
        code: purpose.code(),
        label: purpose.label(),
        word,
        detail,
        counts: standing.counts(),
        is_running: matches!(standing, Standing::Given(_) | Standing::Outdated(_)),
        can_refuse: matches!(standing, Standing::Never),
    }
}

/// Writes down what a member in sight agreed to (登记同意).
///
/// # Errors
/// `CON-120` with the fields that are wrong; `CON-410` when today's notice is not the one that stood on the form; `MEM-404`.
pub async fn record_consent(
    op: &OpContext,
    app: &App,
    union_id: &str,
    member_id: &str,
    form: &ConsentForm,
) -> Result<(), AppError> {
    op.may(Action::HandleMembership)?;
    let (on, way) = read(form)?;
    let mut tx = app.store.begin().await?;
    let (row, union) = member_in_sight(op, &mut tx, union_id, member_id).await?;
    // What was agreed on another day was agreed to the version of that day, whatever stood on the form.
    let seen = form.notice.filter(|_| on == op.today());
    give(op, &mut tx, (&row, &union), &form.purposes, on, way, seen).await?;
    Ok(tx.commit().await?)
}

/// Writes down that a member in sight takes consent back (撤回同意): from now on the data are not used for the purpose. Where no
/// consent is written down yet it is kept as a refusal (不同意), which a consent of an earlier day does not overcome.
///
/// # Errors
/// As [`record_consent`]; `CON-405` when it was taken back or refused already.
pub async fn record_withdrawal(
    op: &OpContext,
    app: &App,
    union_id: &str,
    member_id: &str,
    form: &ConsentForm,
) -> Result<(), AppError> {
    op.may(Action::HandleMembership)?;
    let (on, way) = read(form)?;
    let mut tx = app.store.begin().await?;
    let (row, union) = member_in_sight(op, &mut tx, union_id, member_id).await?;
    take_back(op, &mut tx, &row, &union, &form.purposes, on, way).await?;
    Ok(tx.commit().await?)
}

/// Day and way; what a member does on their own page nobody writes down for them.
fn read(form: &ConsentForm) -> Result<(Day, ConsentWay), AppError> {
    let on = Day::parse_iso(form.on.trim()).map_err(|_| wrong("on", "日期请写成 2026-08-03"))?;
    let way = ConsentWay::from_code(&form.way).filter(|way| *way != ConsentWay::Online);
    Ok((on, way.ok_or_else(|| wrong("way", "请选择方式"))?))
}

fn purposes_of(codes: &[String]) -> Result<Vec<Purpose>, AppError> {
    if codes.is_empty() {
        return Err(wrong("purposes", "请至少选一项用途"));
    }
    let read = |code: &String| {
        let purpose = Purpose::from_code(code).ok_or_else(|| wrong("purposes", "有不认识的用途"))?;
        if purpose.needs_consent() {
            Ok(purpose)
        } else {
            Err(wrong(
                "purposes",
                format!("“{}”依法办理，不以同意为准", purpose.label()),
            ))
        }
    };
    codes.iter().map(read).collect()
}

/// `seen` is the version that somebody had before them, where it is known: nobody agrees to one that they have not seen.
pub(crate) async fn give(
    op: &OpContext,
    tx: &mut Tx,
    (row, union): (&MemberRow, &NamedUnion),
    codes: &[String],
    on: Day,
    way: ConsentWay,
    seen: Option<i64>,
) -> Result<(), AppError> {
    let purposes = purposes_of(codes)?;
    let notices = tx.notices().await?;
    let notice_no = told_on(&notices, on, op.today()).map_err(bad)?.no;
    if seen.is_some_and(|seen| seen != notice_no) {
        return Err(AppError::conflict("CON-410", "告知书刚刚换了新版，没有登记").hint("请看过新版再同意"));
    }
    let known = tx.consents_of(row.id).await?;
    // Who said no under a number that was merged into this one has said it.
    let mut said = known.clone();
    for merged in tx.merged_into(row.id).await? {
        said.extend(tx.consents_of(merged).await?);
    }
    for purpose in &purposes {
        let runs = |consent: &&Consent| consent.purpose == purpose.code() && consent.withdrawn.is_none();
        if known
            .iter()
            .filter(runs)
            .any(|consent| consent.notice_no >= notice_no)
        {
            return Err(wrong("purposes", format!("“{}”已经登记过同意", purpose.label())));
        }
        let taken_back = said.iter().filter(|consent| consent.purpose == purpose.code());
        let taken_back = taken_back
            .filter_map(|consent| consent.withdrawn.as_ref().map(|(day, ..)| *day))
            .max();
        if taken_back.is_some_and(|day| on < day) {
            return Err(wrong(
                "on",
                format!("“{}”之后又撤回过，早先的同意不再作数", purpose.label()),
            ));
        }
        let consent = Consent {
            purpose: purpose.code().to_owned(),
            notice_no,
            given_on: on,
            given_way: way,
            given_by: op.signature(),
            is_refusal: false,
            withdrawn: None,
        };
        let id: Id<Member> = op.new_id();
        tx.add_consent(id.uuid(), row.id, &consent, op.now())
            .await
            .map_err(|error| match error {
                StoreError::Conflict(_) => wrong("purposes", format!("“{}”已经登记过同意", purpose.label())),
                other => other.into(),
            })?;
    }
    journal(
        op,
        tx,
        JournalAction::ConsentGiven,
        (row, union),
        &purposes,
        on,
        way,
    )
    .await
}

pub(crate) async fn take_back(
    op: &OpContext,
    tx: &mut Tx,
    row: &MemberRow,
    union: &NamedUnion,
    codes: &[String],
    on: Day,
    way: ConsentWay,
) -> Result<(), AppError> {
    let purposes = purposes_of(codes)?;
    if on > op.today() {
        return Err(wrong("on", "撤回的日期不能晚于今天"));
    }
    let known = tx.consents_of(row.id).await?;
    for purpose in &purposes {
        let mut running = known
            .iter()
            .filter(|consent| consent.purpose == purpose.code() && consent.withdrawn.is_none());
        if running.any(|consent| on < consent.given_on) {
            return Err(bad(BadConsent::BeforeGiven));
        }
        let ended = tx
            .withdraw_consent(row.id, purpose.code(), on, way, &op.signature())
            .await?;
        if !ended {
            refuse(op, tx, row, *purpose, &known, on, way).await?;
        }
    }
    journal(
        op,
        tx,
        JournalAction::ConsentWithdrawn,
        (row, union),
        &purposes,
        on,
        way,
    )
    .await
}

/// Nothing runs that could be taken back. A consent on paper may not be typed in yet, so what the member says now is kept as a refusal:
/// it stands against whatever was signed before that day (个人信息保护法 art. 15: withdrawing is made easy).
async fn refuse(
    op: &OpContext,
    tx: &mut Tx,
    row: &MemberRow,
    purpose: Purpose,
    known: &[Consent],
    on: Day,
    way: ConsentWay,
) -> Result<(), AppError> {
    let said = known.iter().filter(|consent| consent.purpose == purpose.code());
    let said = said
        .filter_map(|consent| consent.withdrawn.as_ref().map(|(day, ..)| *day))
        .max();
    if said.is_some_and(|said| said >= on) {
        return Err(AppError::conflict(
            "CON-405",
            format!("“{}”已经登记过撤回或不同意", purpose.label()),
        ));
    }
    let notices = tx.notices().await?;
    // Who refused before the first notice refused whatever it would say.
    let notice = in_force(&notices, on).or(notices.first());
    let notice = notice.ok_or_else(|| bad(BadConsent::NoNotice))?.no;
    let id: Id<Member> = op.new_id();
    tx.add_refusal(
        id.uuid(),
        row.id,
        purpose.code(),
        notice,
        on,
        way,
        &op.signature(),
        op.now(),
    )
    .await?;
    Ok(())
}

async fn journal(
    op: &OpContext,
    tx: &mut Tx,
    action: JournalAction,
    (row, union): (&MemberRow, &NamedUnion),
    purposes: &[Purpose],
    on: Day,
    way: ConsentWay,
) -> Result<(), AppError> {
    let path = union.path.as_deref();
    let labels: Vec<&str> = purposes.iter().map(|purpose| purpose.label()).collect();
    let entry = JournalEntry {
        path: path.and_then(|path| domain::scope::UnionPath::parse(path).ok()),
        after: Some(json!({
            "member_id": row.member_id, "purposes": labels.join("、"), "happened_on": on.to_string(),
            "consent_way": way.label(),
        })),
        ..JournalEntry::new(action, SubjectKind::Member, row.id)
    };
    Ok(tx.journal(&op.by(), entry).await?)
}

/// The purposes that an export can be for, with the version from which consent counts.
pub(crate) async fn counting(app: &App, today: Day) -> Result<Option<i64>, AppError> {
    let notices = app.store.read().await?.notices().await?;
    Ok(counting_from(&notices, today))
}
