//! 工会法人资格登记: how a union stands as a legal person, the next step, reminders before a certificate runs out.

use codes::text::person_name;
use codes::time::Day;
use domain::accounts::shown_name;
use domain::dictionary::{Act, FormReader};
use domain::intake::Kind;
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::permission::Action;
use domain::union_org::UnionType;
use domain::union_org::legal::{
    Certificate, FILE_CHANGES_DAYS, LegalFacts, LegalInput, LegalStanding, conditions, step,
};
pub use domain::union_org::legal::{Condition, LegalState, LegalStep};
use domain::union_org::term::{Nearness, stage};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::Reader;
use store::list_query::{Page, Window};
use store::union_org::UnionRow;
pub use store::union_org::legal::{LegalEvent, LegalListRow};
use store::union_org::legal::{LegalFilter, LegalRow};

use super::{masked, masked_rep, union_in_sight};
use crate::element_right::expect_write;
use crate::error::AppError;
use crate::intake::{form, unions_content_hash};
use crate::op::{App, OpContext};
use crate::paging::After;

/// Days before an end from which reminders are told.
const AHEAD_DAYS: i64 = 180;
/// The dictionary's element that files bring.
const STATUS: &str = "legal_status";
/// The column of the union's own code.
const CODE: &str = "union_code";

/// A union as a legal person, for its page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegalView {
    pub union_id: String,
    pub name: String,
    pub is_active: bool,
    /// `None`: nobody has said anything yet.
    pub state: Option<LegalState>,
    /// Only a file says so: nothing is registered here.
    pub is_from_file: bool,
    pub code: Option<String>,
    pub certificate: Option<CertificateView>,
    /// What does not agree and what to do, in sentences.
    pub hints: Vec<String>,
    /// Article 10, held or not; told while there is no certificate.
    pub conditions: Vec<Condition>,
    /// Steps that may be next.
    pub next: Vec<LegalStep>,
    pub events: Vec<LegalEvent>,
    /// Reminders that nobody has read.
    pub unread: i64,
    /// Name of the chair in office, masked.
    pub chair: Option<String>,
    pub address: Option<String>,
    pub term_end: Option<Day>,
    pub today: Day,
}

/// A certificate with its colour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateView {
    pub number: String,
    /// Masked.
    pub legal_rep: String,
    pub premises: Option<String>,
    pub valid_from: Day,
    pub valid_to: Day,
    /// While it is in force or has run out.
    pub nearness: Option<Nearness>,
}

/// What a person enters for a step; which fields count depends on the step.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LegalForm {
    /// `LegalStep::code`
    pub step: String,
    /// `yyyy-mm-dd`, as the other days.
    pub on: String,
    pub code: String,
    pub number: String,
    pub legal_rep: String,
    pub premises: String,
    pub valid_from: String,
    pub valid_to: String,
    pub document_no: String,
    pub words: String,
    pub has_funds: bool,
}

/// What the list of legal persons is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LegalListParams {
    /// One of [`LegalList::counts`]'s codes; all active unions when empty.
    pub kind: String,
    pub page: u32,
    pub size: u32,
}

/// One union in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegalLine {
    /// People masked.
    pub union: LegalListRow,
    /// The certificate names somebody else than the chair in office.
    pub is_other_rep: bool,
    /// As of today.
    pub state: Option<LegalState>,
    pub end: Option<Day>,
    pub nearness: Option<Nearness>,
    /// Negative when it has run out.
    pub days_left: Option<i64>,
}

/// A page of unions as legal persons, with how many there are of each kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegalList {
    pub lines: Vec<LegalLine>,
    pub total: i64,
    /// Code for the address, words, how many.
    pub counts: Vec<(&'static str, &'static str, i64)>,
}

/// What the list is narrowed by, in the order shown.
pub const KINDS: [(&str, &str); 11] = [
    ("expired", "证书已到期"),
    ("soon", "证书 90 天内到期"),
    ("ahead", "证书 180 天内到期"),
    ("granted", "有法人资格"),
    ("applying", "办理中"),
    ("none", "无法人资格"),
    ("cancelled", "已注销"),
    ("unknown", "没有登记"),
    ("chair", "法定代表人不是现任主席"),
    ("to_cancel", "工会已撤销、尚未注销登记"),
    ("unread", "有未阅提醒"),
];

fn filter_of(kind: &str, today: Day) -> LegalFilter {
    let filter = LegalFilter::default();
    let span = |nearness: Nearness| {
        let (valid_from, valid_to) = nearness.days(today);
        LegalFilter {
            valid_from,
            valid_to,
            ..LegalFilter::default()
        }
    };
    match kind {
        "soon" => span(Nearness::Soon),
        "ahead" => span(Nearness::Ahead),
        "chair" => LegalFilter {
            is_chair_other: true,
            ..filter
        },
        "to_cancel" => LegalFilter {
            is_to_cancel: true,
            ..filter
        },
        "unread" => LegalFilter {
            is_unread: true,
            ..filter
        },
        "expired" | "granted" | "applying" | "none" | "cancelled" | "unknown" => LegalFilter {
            state: Some(kind.to_owned()),
            ..filter
        },
        _ => filter,
    }
}

/// Unions in scope as legal persons (法人登记), those whose certificate ends first on top.
pub async fn legal_persons(
    op: &OpContext,
    app: &App,
    params: &LegalListParams,
) -> Result<LegalList, AppError> {
    op.may(Action::SeeUnions)?;
    let today = op.today();
    let mut reader = app.store.read().await?;
    let kinds = KINDS.map(|(kind, _)| filter_of(kind, today));
    let counted = reader.legal_counts(op.scope(), &kinds, today).await?;
    let counts = KINDS.into_iter().zip(counted);
    let counts = counts
        .map(|((kind, label), count)| (kind, label, count))
        .collect();
    let page = Page::number(params.page, params.size);
    let (lines, total) = persons(op, &mut reader, &params.kind, page.into()).await?;
    Ok(LegalList {
        lines: lines.into_iter().map(|(line, _)| line).collect(),
        total,
        counts,
    })
}

/// The unions that follow a mark by the end of their certificate, each with its own mark, and how many there are in all; `kind` as in
/// [`LegalListParams`].
pub async fn legal_persons_after(
    op: &OpContext,
    app: &App,
    kind: &str,
    after: &After,
) -> Result<(Vec<(LegalLine, String)>, i64), AppError> {
    op.may(Action::SeeUnions)?;
    let mut reader = app.store.read().await?;
    persons(op, &mut reader, kind, after.mark().into()).await
}

async fn persons(
    op: &OpContext,
    reader: &mut Reader,
    kind: &str,
    window: Window,
) -> Result<(Vec<(LegalLine, String)>, i64), AppError> {
    let today = op.today();
    let filter = filter_of(kind, today);
    let (rows, total) = reader.legal_list(op.scope(), &filter, today, window).await?;
    let rows = rows.into_iter().map(|(row, mark)| (line(row, today), mark));
    Ok((rows.collect(), total))
}

fn line(union: LegalListRow, today: Day) -> LegalLine {
    let is_other_rep = match (&union.legal_rep, &union.chair) {
        (Some(rep), Some(chair)) => person_name(rep) != person_name(chair),
        _ => false,
    };
    let union = LegalListRow {
        legal_rep: union.legal_rep.map(|name| masked_rep(&name)),
        chair: union.chair.map(|name| masked("chair", &name)),
        ..union
    };
    let end = union.valid_to.map(Day::from);
    let said = LegalState::from_code(&union.state);
    let is_held = matches!(said, Some(LegalState::Granted | LegalState::Expired));
    let state = match (said, end) {
        (Some(LegalState::Granted), Some(end)) if end < today => Some(LegalState::Expired),
        (said, _) => said,
    };
    let end = end.filter(|_| is_held);
    LegalLine {
        state,
        nearness: end.map(|end| Nearness::of(end, today)),
        days_left: end.map(|end| today.days_until(end)),
        end,
        is_other_rep,
        union,
    }
}

/// How a union stands as a legal person.
///
/// # Errors
/// `UNI-404` when there is none in sight.
pub async fn legal(op: &OpContext, app: &App, union_id: &str) -> Result<LegalView, AppError> {
    op.may(Action::SeeUnions)?;
    let today = op.today();
    let mut reader = app.store.read().await?;
    let (row, _) = union_in_sight(op, &mut reader, union_id).await?;
    let stored = reader.legal_of(row.id).await?;
    let standing = standing_of(stored.as_ref(), &row)?;
    let facts = facts_of(&mut reader, &row).await?;
    let state = standing.on(today);
    let is_held = matches!(state, Some(LegalState::Granted | LegalState::Expired));
    let conditions = match is_held {
        true => Vec::new(),
        false => conditions(&facts),
    };
    let hints = hints(&standing, &facts, &row, today);
    let view = |certificate: Certificate| CertificateView {
        nearness: is_held.then(|| Nearness::of(certificate.valid_to, today)),
        number: certificate.number,
        legal_rep: masked_rep(&certificate.legal_rep),
        premises: certificate.premises,
        valid_from: certificate.valid_from,
        valid_to: certificate.valid_to,
    };
    Ok(LegalView {
        state,
        is_from_file: stored.is_none() && state.is_some(),
        next: standing.next(row.is_active),
        certificate: standing.certificate.map(view),
        hints,
        conditions,
        events: reader
            .legal_events(row.id)
            .await?
            .into_iter()
            .map(|event| LegalEvent {
                legal_rep: event.legal_rep.map(|name| masked_rep(&name)),
                actor_name: shown_name(&event.actor_name),
                ..event
            })
            .collect(),
        unread: reader.unread_certificate_reminders_of(row.id).await?,
        chair: row.chair.as_deref().map(|name| masked("chair", name)),
        address: row.address.clone(),
        term_end: row.term_end(),
        today,
        is_active: row.is_active,
        code: row.union_code,
        union_id: row.union_id,
        name: row.name,
    })
}

/// A union's 法人资格 in a word with its end, for the union's own page.
pub(super) async fn in_short(
    reader: &mut Reader,
    row: &UnionRow,
    today: Day,
) -> Result<Option<String>, AppError> {
    let stored = reader.legal_of(row.id).await?;
    let standing = standing_of(stored.as_ref(), row)?;
    let Some(state) = standing.on(today) else {
        return Ok(None);
    };
    let end = standing
        .certificate
        .filter(|_| matches!(state, LegalState::Granted | LegalState::Expired))
        .map(|certificate| format!("，证书至 {}", certificate.valid_to));
    Ok(Some(format!("{}{}", state.label(), end.unwrap_or_default())))
}

/// What does not agree between certificate and register.
fn hints(standing: &LegalStanding, facts: &LegalFacts, row: &UnionRow, today: Day) -> Vec<String> {
    let mut told = Vec::new();
    let state = standing.on(today);
    if !matches!(state, Some(LegalState::Granted | LegalState::Expired)) {
        return told;
    }
    if !facts.is_active {
        told.push("工会已撤销，请办理注销登记。".to_owned());
        return told;
    }
    let Some(certificate) = &standing.certificate else {
        told.push("只有导入的文件说明法人资格，证书编号和有效期没有登记；请补录，到期才能提醒。".to_owned());
        return told;
    };
    if state == Some(LegalState::Expired) {
        told.push(format!("证书已于 {} 到期，请换领证书。", certificate.valid_to));
    }
    if let Some(chair) = facts
        .chair
        .as_deref()
        .filter(|chair| person_name(chair) != person_name(&certificate.legal_rep))
    {
        told.push(format!(
            "证书上的法定代表人是{}，现任主席是{}；主席变更之日起 {FILE_CHANGES_DAYS} 日内须办理变更登记或换领证书。",
            masked_rep(&certificate.legal_rep),
            masked("chair", chair)
        ));
    }
    if let Some(term_end) = row.term_end().filter(|end| *end != certificate.valid_to)
        && term_end > certificate.valid_to
    {
        told.push(format!(
            "本届至 {term_end}，证书至 {}；换届后须换领证书（《基层工会法人登记管理办法》第二十六、二十七条）。",
            certificate.valid_to
        ));
    }
    told
}

fn standing_of(stored: Option<&LegalRow>, row: &UnionRow) -> Result<LegalStanding, AppError> {
    let Some(stored) = stored else {
        // What a file said, as it was read by the dictionary's list.
        let said = form::parsed(row.extra.as_deref());
        let label = said.get(STATUS).or_else(|| said.get("法人资格"));
        let state = label.and_then(Value::as_str).and_then(LegalState::of_label);
        return Ok(LegalStanding::said(state));
    };
    let state = LegalState::from_code(&stored.state)
        .ok_or_else(|| store::StoreError::corrupt("union_legal", "state", row.id))?;
    let certificate = match (&stored.certificate_no, stored.valid_from, stored.valid_to) {
        (Some(number), Some(from), Some(to)) => Some(Certificate {
            number: number.clone(),
            legal_rep: stored.legal_rep.clone().unwrap_or_default(),
            premises: stored.premises.clone(),
            valid_from: from.into(),
            valid_to: to.into(),
        }),
        _ => None,
    };
    Ok(LegalStanding {
        state: Some(state),
        certificate,
        premises: stored.premises.clone(),
        since: Some(stored.since.into()),
    })
}

async fn facts_of(reader: &mut Reader, row: &UnionRow) -> Result<LegalFacts, AppError> {
    let kind = UnionType::from_code(&row.union_type).unwrap_or(UnionType::Unknown);
    Ok(LegalFacts {
        kind,
        is_active: row.is_active,
        is_county_or_above: kind == UnionType::General && row.town.is_none(),
        founded: row.founded(),
        chair: row.chair.clone(),
        address: row.address.clone(),
        members: reader.members_counted(row.id).await?,
    })
}

/// Carries a step out: how the union stands, its code, the form's element 法人资格; files leave both alone from now on.
///
/// # Errors
/// `ELM-403` when 法人资格 is not the actor's to change; `UNI-423` with every field that is wrong; `UNI-404` out of sight.
pub async fn register_legal(
    op: &OpContext,
    app: &App,
    union_id: &str,
    form: &LegalForm,
) -> Result<LegalState, AppError> {
    op.may(Action::ChangeUnions)?;
    let mut tx = app.store.begin().await?;
    // The whole row is written back: nobody moves or dissolves the union meanwhile.
    tx.lock_tree().await?;
    let (mut row, path) = union_in_sight(op, &mut tx, union_id).await?;
    // The union's code comes with the certificate: who registers the one registers the other.
    expect_write(op, &mut tx, Kind::Unions, &[STATUS]).await?;
    let mut typed = FormReader::of(Act::LegalStep, op.today());
    let what = typed.value("step", &form.step);
    let Some(what) = what.and_then(|code| LegalStep::from_code(&code)) else {
        let error = AppError::invalid("UNI-423", "请选择办理事项");
        return Err(typed
            .faults()
            .into_iter()
            .fold(error, |error, (field, words)| error.field(field, words)));
    };
    let input = LegalInput {
        on: typed.day("on", &form.on),
        valid_from: typed.day("valid_from", &form.valid_from),
        valid_to: typed.day("valid_to", &form.valid_to),
        code: typed.text("code", &form.code),
        number: typed.text("number", &form.number),
        legal_rep: typed.text("legal_rep", &form.legal_rep),
        premises: typed.text("premises", &form.premises),
        words: typed.text("words", &form.words),
        has_funds: form.has_funds,
    };
    let document_no = typed.value("document_no", &form.document_no);
    let stored = tx.legal_of(row.id).await?;
    let before = standing_of(stored.as_ref(), &row)?;
    let facts = facts_of(&mut tx, &row).await?;
    let decided = step(&before, what, &facts, &input, op.today());
    let (after, code) = match decided {
        Ok(decided) => decided,
        Err(faults) => {
            // What the step lacks is told one by one, what could not be read is not also missing.
            let (of_step, others): (Vec<_>, Vec<_>) = faults.into_iter().partition(|fault| fault.0 == "step");
            typed.more(others);
            of_step
                .into_iter()
                .for_each(|(field, words)| typed.wrong(field, words));
            return Err(refused(what, typed.faults()));
        }
    };
    if let Some(code) = &code {
        for other in tx.unions_with_code(code.as_str()).await? {
            if other != row.union_id {
                typed.wrong("code", "这个代码已登记在另一家工会名下，请核对证书");
                break;
            }
        }
    }
    if what.has_number()
        && let Some(certificate) = &after.certificate
        && let Some(name) = tx.certificate_taken(&certificate.number, row.id).await?
    {
        typed.wrong("number", format!("这个证书编号已登记在“{name}”名下，请核对证书"));
    }
    if !typed.is_sound() {
        return Err(refused(what, typed.faults()));
    }
    let said = Said {
        document_no,
        words: filled(&input.words),
    };
    let state = after.state.unwrap_or(LegalState::None);
    let told_before = told(&before, &row);
    if let Some(code) = code {
        row.union_code = Some(code.as_str().to_owned());
        tx.mark_by_hand(row.id, CODE, op.now()).await?;
    }
    row.extra = with_status(row.extra.as_deref(), state)?;
    tx.mark_by_hand(row.id, STATUS, op.now()).await?;
    row.batch_no = None;
    row.changed_at = op.now().millis();
    row.row_hash = unions_content_hash(&row);
    tx.upsert_unions([row.clone()]).await?;
    write(op, &mut tx, &row, what, &after, &said).await?;
    if matches!(what, LegalStep::Renew | LegalStep::Cancel) {
        tx.read_certificate_reminders(row.id, &op.signature(), op.now())
            .await?;
    }
    let mut told_after = told(&after, &row);
    told_after["change"] = json!(what.label());
    told_after["union_id"] = json!(row.union_id);
    told_after["name"] = json!(row.name);
    told_after["effective_on"] = json!(input.on);
    told_after["document_no"] = json!(said.document_no);
    told_after["words"] = json!(said.words);
    let entry = JournalEntry {
        path,
        ..JournalEntry::new(JournalAction::LegalPersonChanged, SubjectKind::UnionOrg, row.id)
            .before(&told_before)
            .after(&told_after)
    };
    tx.journal(&op.by(), entry).await?;
    tx.commit().await?;
    Ok(state)
}

/// What was said beside a step.
struct Said {
    document_no: Option<String>,
    words: Option<String>,
}

async fn write(
    op: &OpContext,
    tx: &mut store::Tx,
    row: &UnionRow,
    what: LegalStep,
    after: &LegalStanding,
    said: &Said,
) -> Result<(), AppError> {
    let state = after.state.unwrap_or(LegalState::None).code().to_owned();
    let on = after.since.unwrap_or_else(|| op.today()).naive();
    let certificate = after.certificate.as_ref();
    let number = certificate.map(|one| one.number.clone());
    let legal_rep = certificate.map(|one| one.legal_rep.clone());
    let valid_from = certificate.map(|one| one.valid_from.naive());
    let valid_to = certificate.map(|one| one.valid_to.naive());
    let premises = certificate.and_then(|one| one.premises.clone());
    let stands = LegalRow {
        union_org_id: row.id,
        state: state.clone(),
        certificate_no: number.clone(),
        legal_rep: legal_rep.clone(),
        premises: premises.or_else(|| after.premises.clone()),
        valid_from,
        valid_to,
        since: on,
    };
    tx.set_legal(&stands, op.now()).await?;
    let is_about_it = what.has_number() || what == LegalStep::Change;
    let event = LegalEvent {
        id: op.new_id::<codes::id::UnionOrg>().uuid(),
        union_org_id: row.id,
        step: what.code().to_owned(),
        happened_on: on,
        state,
        certificate_no: number.filter(|_| is_about_it),
        legal_rep: legal_rep.filter(|_| is_about_it),
        valid_from: valid_from.filter(|_| is_about_it),
        valid_to: valid_to.filter(|_| is_about_it),
        document_no: said.document_no.clone(),
        words: said.words.clone(),
        actor_name: op.signature(),
        at: op.now().millis(),
    };
    Ok(tx.add_legal_event(&event).await?)
}

fn filled(text: &str) -> Option<String> {
    Some(text.trim())
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

/// What the journal keeps of a standing; people's names masked.
fn told(standing: &LegalStanding, row: &UnionRow) -> Value {
    let certificate = standing.certificate.as_ref();
    json!({
        "legal_status": standing.state.map(LegalState::label),
        "union_code": row.union_code,
        "certificate_no": certificate.map(|one| &one.number),
        "legal_rep": certificate.map(|one| masked_rep(&one.legal_rep)),
        "valid_to": certificate.map(|one| one.valid_to),
    })
}

/// The form's own element 法人资格.
fn with_status(extra: Option<&str>, state: LegalState) -> Result<Option<String>, AppError> {
    let mut cells: serde_json::Map<String, Value> = match extra {
        Some(text) => serde_json::from_str(text).map_err(AppError::internal)?,
        None => serde_json::Map::new(),
    };
    cells.remove("法人资格");
    cells.insert(STATUS.to_owned(), json!(state.label()));
    Ok(Some(Value::Object(cells).to_string()))
}

fn refused(what: LegalStep, wrong: Vec<(&'static str, String)>) -> AppError {
    let error = AppError::invalid("UNI-423", format!("{}没有保存，请改正标出的内容", what.label()));
    wrong
        .into_iter()
        .fold(error, |error, (field, words)| error.field(field, words))
}

/// How many unions in scope have a reminder about their certificate that nobody has read.
pub async fn unread_certificate_reminders(op: &OpContext, app: &App) -> Result<i64, AppError> {
    op.may(Action::SeeUnions)?;
    let mut reader = app.store.read().await?;
    Ok(reader.unread_certificate_reminders(op.scope()).await?)
}

/// Raises the reminders that are due today, as those before a term ends: each stage once. Answers how many were new.
pub async fn remind_of_certificates(app: &App) -> Result<u64, AppError> {
    let today = app.now().day();
    let mut tx = app.store.begin().await?;
    let mut raised = 0;
    for end in tx.certificate_ends(today.add_days(AHEAD_DAYS)).await? {
        if let Some(stage) = stage(end, today) {
            raised += tx.remind_of_certificate(end, stage, today).await?;
        }
    }
    tx.commit().await?;
    Ok(raised)
}

/// Marks a union's reminders about its certificate as read (已阅).
pub async fn read_certificate_reminders(op: &OpContext, app: &App, union_id: &str) -> Result<u64, AppError> {
    op.may(Action::ChangeUnions)?;
    let mut tx = app.store.begin().await?;
    let (row, path) = union_in_sight(op, &mut tx, union_id).await?;
    let read = tx
        .read_certificate_reminders(row.id, &op.signature(), op.now())
        .await?;
    if read > 0 {
        let entry = JournalEntry {
            path,
            ..JournalEntry::new(JournalAction::ReminderRead, SubjectKind::UnionOrg, row.id)
                .after(&json!({"reminders": read}))
        };
        tx.journal(&op.by(), entry).await?;
    }
    tx.commit().await?;
    Ok(read)
}
