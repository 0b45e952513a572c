//! What of an export one person takes alone, and what a second person reads before approving the rest (双人复核).

use codes::division::Divisions;
use codes::text;
use domain::approval::ApprovalKind;
use domain::intake::Kind;
use domain::journal::JournalAction;
use domain::membership::MembershipState;
use domain::security::Limit;
use domain::union_org::UnionType;
use store::Reader;

use super::{RegisterExport, chosen, may, paper};
use crate::approval::{self, NAME_DETAIL, Wanted};
use crate::error::AppError;
use crate::export::Form;
use crate::op::{App, OpContext};
use crate::security::needs_second_person;
use crate::union_org::union_in_sight;

/// What a second person is asked to approve: this kind, these filters and columns, masked or not, for this purpose and with
/// these words, which are printed in the file.
pub async fn wanted(
    op: &OpContext,
    app: &App,
    asked: &RegisterExport,
    rows: i64,
) -> Result<Wanted, AppError> {
    let kind = asked.read_kind()?;
    let form = Form::from_name(&asked.format).unwrap_or(Form::Xlsx);
    let mask = if asked.is_plain { "不脱敏" } else { "脱敏" };
    let purpose = asked
        .purpose()
        .map(|purpose| format!("，处理目的：{}", purpose.label()));
    Ok(Wanted {
        kind: ApprovalKind::Export,
        title: format!(
            "{}{}（{rows} 行，{mask}{}）",
            if form.is_paper() { "打印" } else { "导出" },
            paper::title(kind, form),
            purpose.unwrap_or_default()
        ),
        details: details(op, app, asked).await?,
        arguments: serde_json::to_value(RegisterExport {
            reason: text::visible(&asked.reason),
            ..asked.clone()
        })
        .map_err(AppError::internal)?,
    })
}

/// Filters, columns and words of an export as people read them, and how much of the day's share is used up.
async fn details(
    op: &OpContext,
    app: &App,
    asked: &RegisterExport,
) -> Result<Vec<(String, String)>, AppError> {
    let kind = asked.read_kind()?;
    let divisions = Divisions::shipped();
    let mut reader = app.store.read().await?;
    let mut told: Vec<(&str, String)> = Vec::new();
    for (label, union_id) in [
        ("工会", &asked.union_id),
        ("上级工会", &asked.parent_id),
        ("产业工会", &asked.industry_id),
    ] {
        if !union_id.is_empty() {
            let name = match union_in_sight(op, &mut reader, union_id).await {
                Ok((union, _)) => union.name,
                Err(_) => "不在数据范围内".to_owned(),
            };
            told.push((label, format!("{name}（{union_id}）")));
        }
    }
    if !asked.zone.is_empty() {
        let zone = match asked.zone.parse() {
            Ok(id) => reader.zone(id).await?,
            Err(_) => None,
        };
        told.push(("片区", zone.map_or_else(|| "不明".to_owned(), |zone| zone.name)));
    }
    let place = |name: Option<&str>| name.unwrap_or("不明").to_owned();
    if let Some(code) = asked.county {
        told.push((
            "区县",
            place(code.try_into().ok().and_then(|code| divisions.county_name(code))),
        ));
    }
    if let Some(code) = asked.town {
        told.push((
            "镇街",
            place(code.try_into().ok().and_then(|code| divisions.town_name(code))),
        ));
    }
    if !asked.union_type.is_empty() {
        let known = UnionType::from_code(&asked.union_type).map(UnionType::label);
        told.push(("工会类型", place(known)));
    }
    if !asked.state.is_empty() {
        let known = MembershipState::from_code(&asked.state).map(MembershipState::label);
        told.push(("会籍", place(known)));
    }
    if !asked.gig_group.is_empty() {
        told.push(("新就业形态群体", asked.gig_group.clone()));
    }
    if !asked.q.trim().is_empty() {
        let label = if kind == Kind::Members {
            NAME_DETAIL
        } else {
            "搜索"
        };
        told.push((label, asked.q.trim().to_owned()));
    }
    if !asked.union_q.trim().is_empty() {
        told.push(("工会搜索", asked.union_q.trim().to_owned()));
    }
    if told.is_empty() {
        told.push(("范围", "申请人数据范围内的全部".to_owned()));
    }
    if !asked.key.is_empty() {
        told.push(("只打印", asked.key.clone()));
    }
    let columns = chosen(kind, asked).into_iter();
    let columns: Vec<&str> = columns.map(|(_, element)| element.zh.as_str()).collect();
    told.push(("列", columns.join("、")));
    told.push(("印在文件里的用途", text::visible(&asked.reason)));
    let (taken, looked) = plain_today(op, &mut reader, asked).await?;
    if taken > 0 {
        told.push(("申请人当日已单独导出（不脱敏）", format!("{taken} 行")));
    }
    if looked > 0 {
        told.push(("申请人当日已查看完整内容", format!("{looked} 次")));
    }
    Ok(told
        .into_iter()
        .map(|(label, text)| (label.to_owned(), text))
        .collect())
}

/// Rows in full that this person has taken alone today, and values in full that they have looked at one by one: many small files are one
/// large one, and so are many looks.
async fn plain_today(
    op: &OpContext,
    reader: &mut Reader,
    asked: &RegisterExport,
) -> Result<(i64, i64), AppError> {
    let Some(person) = op.person_id().filter(|_| asked.is_plain) else {
        return Ok((0, 0));
    };
    let (person, since) = (person.uuid(), op.today().start());
    let taken = reader.plain_rows_alone(person, since.millis()).await?;
    let looked = reader.journal_count_by(person, JournalAction::ValueRevealed, since);
    Ok((taken, looked.await?))
}

/// Whether this export may go out, now that its size is known: above the limit of the security policy a second person must have approved
/// exactly this (双人复核). Answers what is spent once it is made.
pub(super) async fn cleared(
    op: &OpContext,
    app: &App,
    asked: &RegisterExport,
    rows: i64,
) -> Result<Option<Wanted>, AppError> {
    may(op, asked)?;
    if !is_massive(op, &mut app.store.read().await?, asked, rows).await? {
        return Ok(None);
    }
    let wanted = wanted(op, app, asked, rows).await?;
    approval::expect(op, app, &wanted).await?;
    Ok(Some(wanted))
}

/// Whether this is more than one person takes alone: rows in full together with those of the day.
pub(super) async fn is_massive(
    op: &OpContext,
    reader: &mut Reader,
    asked: &RegisterExport,
    rows: i64,
) -> Result<bool, AppError> {
    let (taken, looked) = plain_today(op, reader, asked).await?;
    let rows = rows.saturating_add(taken).saturating_add(looked);
    needs_second_person(op, reader, Limit::ExportRows, rows).await
}
