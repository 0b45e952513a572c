//! 联系人: whom to call at an employer or a union. Names and phone in full, for a reason that goes to the journal: whoever stands at a
//! door must know whom to ask for and which number to dial.

use std::fmt;

use codes::text;
use domain::dictionary::Dictionary;
use domain::element_right::Right;
use domain::intake::Kind;
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::permission::Action;
use domain::scope::UnionPath;
use serde_json::json;
use store::Tx;

use crate::element_right::{Barred, barred, expect};
use crate::employer;
use crate::error::AppError;
use crate::list_item::wrong;
use crate::op::{App, OpContext};
use crate::pace::is_too_often;
use crate::union_org::{self, union_in_sight};

/// What somebody may need a contact for. 查看原因
pub const REASONS: [&str; 5] = [
    "联系单位核实",
    "通知办理建会、换届",
    "约定上门时间",
    "核对登记信息",
    "其他工作需要",
];
/// Shortest and longest reason, in characters.
const REASON: std::ops::RangeInclusive<usize> = 2..=200;

/// One value in full, with what stands in its place afterwards.
#[derive(Clone, PartialEq, Eq)]
pub struct ContactLine {
    /// The element's label: 法定代表人, 联系电话.
    pub label: &'static str,
    /// In full.
    pub value: String,
    /// As pages show it.
    pub masked: String,
    /// What a telephone dials; nothing for a name.
    pub dial: Option<String>,
    /// Not the asker's to see: who may. Then the value is the masked one.
    pub barred: Option<String>,
    /// The element's name.
    pub element: &'static str,
}

// Nothing that prints a value for a log prints it in full.
impl fmt::Debug for ContactLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.label, self.masked)
    }
}

/// The legal representative and the phone of an employer. 查看联系人
///
/// # Errors
/// `ELM-403` when none of it is the actor's to see; `EMP-404` out of sight, `EMP-405` when nothing is registered, a wrong `reason`, `SCH-430` too often.
pub async fn of_employer(
    op: &OpContext,
    app: &App,
    enterprise_id: &str,
    reason: &str,
) -> Result<Vec<ContactLine>, AppError> {
    op.may(Action::SeeLists)?;
    op.may(Action::RevealValue)?;
    let reason = reason_of(reason)?;
    paced(op, app)?;
    let mut tx = app.store.begin().await?;
    let record = employer::load(op, &mut tx, enterprise_id).await?;
    let phone = employer::open_phone(app, &record)?;
    let hidden = barred(op, &mut tx, Kind::Enterprises, Right::Reveal).await?;
    let lines = lines(
        Kind::Enterprises,
        [("legal_rep", record.legal_rep), ("phone", phone)],
        &hidden,
    );
    if lines.is_empty() {
        return Err(AppError::not_found(
            "EMP-405",
            "该单位没有登记法定代表人和联系电话",
        ));
    }
    expect_some(op, &mut tx, Kind::Enterprises, &lines).await?;
    let path = record.responsible_path.as_deref();
    let entry = JournalEntry {
        path: path.and_then(|path| UnionPath::parse(path).ok()),
        after: Some(json!({"enterprise_id": record.enterprise_id, "column": told(&lines), "words": reason})),
        // Employers have no id of their own; the entry is found by the file's key in `after`.
        ..JournalEntry::new(
            JournalAction::ValueRevealed,
            SubjectKind::Employer,
            uuid::Uuid::nil(),
        )
    };
    tx.journal(&op.by(), entry).await?;
    tx.commit().await?;
    Ok(lines)
}

/// The chair, the phone and the employer's legal representative of a union. 查看联系人
///
/// # Errors
/// `ELM-403` when none of it is the actor's to see; `UNI-404` out of sight, `UNI-405` when nothing is registered, a wrong `reason`, `SCH-430` too often.
pub async fn of_union(
    op: &OpContext,
    app: &App,
    union_id: &str,
    reason: &str,
) -> Result<Vec<ContactLine>, AppError> {
    op.may(Action::SeeUnions)?;
    op.may(Action::RevealValue)?;
    let reason = reason_of(reason)?;
    paced(op, app)?;
    let mut tx = app.store.begin().await?;
    let (row, path) = union_in_sight(op, &mut tx, union_id).await?;
    let phone = union_org::open_phone(app, &row)?;
    let hidden = barred(op, &mut tx, Kind::Unions, Right::Reveal).await?;
    let lines = lines(
        Kind::Unions,
        [
            ("chair", row.chair),
            ("phone", phone),
            ("employer_legal_rep", row.employer_legal_rep),
        ],
        &hidden,
    );
    if lines.is_empty() {
        return Err(AppError::not_found("UNI-405", "该工会没有登记主席和联系电话"));
    }
    expect_some(op, &mut tx, Kind::Unions, &lines).await?;
    let entry = JournalEntry {
        path,
        after: Some(json!({"union_id": row.union_id, "column": told(&lines), "words": reason})),
        ..JournalEntry::new(JournalAction::ValueRevealed, SubjectKind::UnionOrg, row.id)
    };
    tx.journal(&op.by(), entry).await?;
    tx.commit().await?;
    Ok(lines)
}

/// Values in full that one person looks at in a minute: more than anybody needs who reads them.
const REVEALS_A_MINUTE: u32 = 30;

/// Counts a look at values in full.
///
/// # Errors
/// `SCH-430` when it is one too many.
pub(crate) fn paced(op: &OpContext, app: &App) -> Result<(), AppError> {
    if !is_too_often(&app.paces.reveals, op, REVEALS_A_MINUTE) {
        return Ok(());
    }
    let words = format!("查看完整内容，一分钟内不超过 {REVEALS_A_MINUTE} 次，没有显示");
    Err(AppError::forbidden("SCH-430", words).hint("请过一分钟再试；成批需要的请用“导出”，按规定复核"))
}

fn reason_of(typed: &str) -> Result<String, AppError> {
    let reason = text::visible(typed);
    match REASON.contains(&reason.chars().count()) {
        true => Ok(reason),
        false => Err(wrong("reason", "请写明查看联系人的理由（2–200 个字）")),
    }
}

/// What is registered, each by its element; what of it is not the asker's to see stays masked.
pub(crate) fn lines<const N: usize>(
    kind: Kind,
    values: [(&str, Option<String>); N],
    hidden: &Barred,
) -> Vec<ContactLine> {
    let line = |(name, value): (&str, Option<String>)| {
        let element = Dictionary::shipped().element(kind, name)?;
        let value = value.filter(|value| !value.is_empty())?;
        let digits: String = value.chars().filter(char::is_ascii_digit).collect();
        let masked = element.masked(&value);
        let barred = hidden.get(name).cloned();
        let is_dialled = name == "phone" && barred.is_none();
        Some(ContactLine {
            label: &element.zh,
            element: &element.name,
            dial: is_dialled.then_some(digits),
            value: if barred.is_some() { masked.clone() } else { value },
            masked,
            barred,
        })
    };
    values.into_iter().filter_map(line).collect()
}

/// Refuses when nothing of what was asked for is the asker's to see.
pub(crate) async fn expect_some(
    op: &OpContext,
    tx: &mut Tx,
    kind: Kind,
    lines: &[ContactLine],
) -> Result<(), AppError> {
    if lines.iter().any(|line| line.barred.is_none()) {
        return Ok(());
    }
    let names: Vec<&str> = lines.iter().map(|line| line.element).collect();
    expect(op, tx, kind, Right::Reveal, &names).await
}

/// Which values were looked at, by their labels.
pub(crate) fn told(lines: &[ContactLine]) -> String {
    let shown = lines.iter().filter(|line| line.barred.is_none());
    let labels: Vec<&str> = shown.map(|line| line.label).collect();
    labels.join("、")
}
