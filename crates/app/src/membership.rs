//! Members (会员): lists with masked numbers, and the full number for a reason.

use codes::crypto::SecretKind;
use codes::mask;
use codes::resident_id::{IdStatus, read_id};
use codes::time::Day;
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::permission::Action;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::list_query::Page;
use store::membership::MemberListRow;

use crate::error::AppError;
use crate::op::{App, OpContext};

/// What a list of members is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MemberListParams {
    /// Of this union (the register's own key); all in sight when empty.
    pub union_id: String,
    /// A name from its start, or a whole identity number.
    pub q: String,
    pub page: u32,
    pub size: u32,
}

/// One line; number and phone are masked.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MemberLine {
    pub member_id: String,
    pub name: String,
    /// Masked; `None` when the file had none that could be kept.
    pub id_no: Option<String>,
    /// How the number was read, in words.
    pub id_status: &'static str,
    /// Masked.
    pub phone: Option<String>,
    pub joined: Option<Day>,
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

/// A page of the members in the asker's sight.
pub async fn list(op: &OpContext, app: &App, params: &MemberListParams) -> Result<MemberList, AppError> {
    op.may(Action::SeeMembers)?;
    let q = params.q.trim();
    // A whole number is searched by its blind index; it never reaches a statement in plain.
    let index = read_id(q)
        .0
        .map(|id| app.keys.blind_index(SecretKind::IdNumber, id.as_str()));
    let name = (index.is_none() && !q.is_empty()).then(|| codes::text::person_name(q));
    let union = (!params.union_id.is_empty()).then_some(params.union_id.as_str());
    let page = Page::number(params.page, params.size);
    let index = index.as_ref().map(|index| index.as_slice());
    let (rows, total) = app
        .store
        .read()
        .await?
        .member_list(op.scope(), union, name.as_deref(), index, page)
        .await?;
    let lines = rows
        .into_iter()
        .map(|row| line(app, row))
        .collect::<Result<_, _>>()?;
    Ok(MemberList {
        lines,
        total,
        page: params.page.max(1),
        size: params.size,
    })
}

/// The identity number in full, for a reason that goes to the journal. 查看完整号码
pub async fn reveal_id_no(
    op: &OpContext,
    app: &App,
    member_id: &str,
    reason: &str,
) -> Result<String, AppError> {
    op.may(Action::RevealValue)?;
    let reason = reason.trim();
    if !(2..=200).contains(&reason.chars().count()) {
        return Err(AppError::invalid("MEM-401", "请写明理由")
            .field("reason", "请写明查看完整号码的理由（2–200 个字）"));
    }
    let mut tx = app.store.begin().await?;
    let row = tx.member_row(member_id).await?.ok_or_else(AppError::no_member)?;
    let path = tx.path_of_union(row.union_org_id).await?;
    if !op.sees(path.as_ref()) {
        return Err(AppError::no_member());
    }
    let sealed = row
        .id_sealed
        .as_deref()
        .ok_or_else(|| AppError::not_found("MEM-405", "该会员没有登记证件号码"))?;
    let number = app
        .keys
        .open("member", "id_no", row.id.as_bytes(), sealed)
        .map_err(AppError::internal)?;
    let entry = JournalEntry {
        path,
        after: Some(json!({"member_id": member_id, "column": "id_no", "words": reason})),
        ..JournalEntry::new(JournalAction::ValueRevealed, SubjectKind::Member, row.id)
    };
    tx.journal(&op.by(), entry).await?;
    tx.commit().await?;
    Ok(number)
}

fn line(app: &App, row: MemberListRow) -> Result<MemberLine, AppError> {
    let open = |column: &str, sealed: &Option<Vec<u8>>| -> Result<Option<String>, AppError> {
        let Some(sealed) = sealed else { return Ok(None) };
        app.keys
            .open("member", column, row.id.as_bytes(), sealed)
            .map(Some)
            .map_err(AppError::internal)
    };
    Ok(MemberLine {
        id_no: open("id_no", &row.id_sealed)?.map(|number| mask::mask_id(&number)),
        phone: open("phone", &row.phone_sealed)?.map(|phone| mask::mask_phone(&phone)),
        id_status: u8::try_from(row.id_status)
            .ok()
            .and_then(IdStatus::from_u8)
            .unwrap_or(IdStatus::Invalid)
            .label(),
        joined: row.joined_on.map(Day::from),
        name: row.name,
        member_id: row.member_id,
        union_id: row.union_id,
        union_name: row.union_name,
    })
}

impl AppError {
    /// No such member in sight.
    pub fn no_member() -> AppError {
        AppError::not_found("MEM-404", "没有这个会员，或不在您的数据范围内")
    }
}
