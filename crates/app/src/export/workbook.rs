//! The workbook of exactly the current view, for people: masked, formulas neutralised, watermarked, journalled.

use codes::division::Divisions;
use domain::approval::ApprovalKind;
use domain::permission::Action;
use domain::security::Limit;
use office::workbook::{Column, Sheet, Value, WorkbookWriter};
use serde_json::json;

use super::{Download, entry};
use crate::approval::{self, Wanted};
use crate::error::AppError;
use crate::list_item::{self, ItemRow, ListColumn, ListParams};
use crate::op::{App, OpContext};
use crate::security;

/// Which row makes which cell.
type Filled = (Column, fn(&ItemRow) -> Value<'_>);

/// The workbook of a view: its rows in its order, with the columns that were chosen; all of them when none were.
pub async fn list_workbook(op: &OpContext, app: &App, params: &ListParams) -> Result<Download, AppError> {
    op.may(Action::Export)?;
    let rows = list_item::all_rows(op, app, params).await?;
    let name = params.filter.kind.map_or("清单", |kind| kind.label());
    let wanted = wanted_workbook(name, rows.len(), params);
    let count = rows.len();
    let is_massive = {
        let mut reader = app.store.read().await?;
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        security::needs_second_person(op, &mut reader, Limit::ExportRows, count).await?
    };
    if is_massive {
        approval::expect(op, app, &wanted).await?;
    }
    let watermark = format!("{} · {} 导出，仅供工作使用", op.signature(), op.now().to_minute());
    let (columns, cells): (Vec<Column>, Vec<_>) = columns_of(&params.columns).into_iter().unzip();
    let sheet = Sheet {
        name: name.to_owned(),
        title: Some(format!("{name}（{} 项）", rows.len())),
        columns,
        watermark: Some(watermark),
    };
    let failed = |error: office::OfficeError| AppError::internal(error.to_string());
    let bytes = tokio::task::spawn_blocking(move || -> Result<Vec<u8>, office::OfficeError> {
        let mut writer = WorkbookWriter::create(sheet)?;
        for row in &rows {
            let values: Vec<Value<'_>> = cells.iter().map(|cell| cell(row)).collect();
            writer.row(&values)?;
        }
        writer.finish()
    });
    let bytes = bytes
        .await
        .map_err(|error| AppError::internal(error.to_string()))?
        .map_err(failed)?;
    let mut tx = app.store.begin().await?;
    if is_massive {
        approval::spend(op, &mut tx, &wanted).await?;
    }
    let detail = json!({"view": params.to_pairs(), "rows": count});
    tx.journal(&op.by(), entry(op, "list-workbook", detail)).await?;
    tx.commit().await?;
    Ok(Download {
        file_name: format!("{name}-{}.xlsx", op.today()),
        content_type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        bytes,
        made_at: op.now(),
    })
}

/// What a second person is asked to approve, when the workbook of this view is more than one person takes alone (双人复核).
pub async fn list_workbook_wanted(
    op: &OpContext,
    app: &App,
    params: &ListParams,
) -> Result<Wanted, AppError> {
    op.may(Action::Export)?;
    let rows = list_item::all_rows(op, app, params).await?.len();
    let name = params.filter.kind.map_or("清单", |kind| kind.label());
    Ok(wanted_workbook(name, rows, params))
}

fn wanted_workbook(name: &str, rows: usize, params: &ListParams) -> Wanted {
    // Which page of the list was open does not change the workbook.
    let usual = ListParams::default();
    let view = ListParams {
        page: usual.page,
        size: usual.size,
        ..params.clone()
    };
    Wanted {
        kind: ApprovalKind::Export,
        title: format!("{name}（{rows} 项）"),
        details: details(&view),
        arguments: json!({"what": "list-workbook", "view": view.to_pairs()}),
    }
}

/// The view in words, for the second person.
fn details(view: &ListParams) -> Vec<(String, String)> {
    let filter = &view.filter;
    let divisions = Divisions::shipped();
    let flag = |is_set: bool, words: &str| is_set.then(|| words.to_owned());
    let filters = [
        filter.state.map(|state| format!("状态：{}", state.label())),
        filter.rule.as_ref().map(|rule| format!("规则：{rule}")),
        flag(filter.with_closed, "含已办结"),
        filter.county.map(|code| {
            let known = code.try_into().ok().and_then(|code| divisions.county_name(code));
            format!("区县：{}", known.unwrap_or("不明"))
        }),
        filter.town.map(|code| {
            let known = code.try_into().ok().and_then(|code| divisions.town_name(code));
            format!("镇街：{}", known.unwrap_or("不明"))
        }),
        filter
            .owner
            .as_ref()
            .map(|owner| format!("承办人：{}", owner.words())),
        flag(filter.overdue, "仅逾期"),
        filter.q.as_ref().map(|text| format!("搜索：{text}")),
        filter.insured_min.map(|count| format!("在保不少于 {count} 人")),
        filter.subject_id.as_ref().map(|key| format!("对象：{key}")),
    ];
    let filters: Vec<String> = filters.into_iter().flatten().collect();
    let columns: Vec<&str> = view.columns.iter().map(|column| column.label()).collect();
    let or_all = |text: String| {
        if text.is_empty() {
            "全部".to_owned()
        } else {
            text
        }
    };
    vec![
        ("范围".to_owned(), or_all(filters.join("，"))),
        ("列".to_owned(), or_all(columns.join("、"))),
    ]
}

/// What tells an item from the others always comes first.
fn columns_of(chosen: &[ListColumn]) -> Vec<Filled> {
    let mut all: Vec<Filled> = vec![
        (Column::text("编号", 24.0), |row| {
            Value::text(row.item_no.as_str())
        }),
        (Column::text("名称", 36.0), |row| Value::text(row.name.as_str())),
        (Column::text("统一社会信用代码", 22.0), |row| {
            text(row.uscc.as_deref())
        }),
    ];
    let chosen = if chosen.is_empty() {
        &ListColumn::ALL
    } else {
        chosen
    };
    all.extend(chosen.iter().flat_map(|column| filled(*column)));
    all
}

fn filled(column: ListColumn) -> Vec<Filled> {
    match column {
        // It is there already.
        ListColumn::Number => vec![],
        ListColumn::Kind => vec![(Column::text("清单", 10.0), |row| Value::text(row.kind.label()))],
        ListColumn::Why => vec![(Column::text("为什么在清单上", 60.0), |row| {
            Value::text(row.reason.as_str())
        })],
        ListColumn::Rule => vec![(Column::text("规则", 22.0), |row| {
            Value::text(row.rule_title.as_str())
        })],
        ListColumn::Insured => vec![(Column::number("在保", 8.0), |row| {
            Value::number(row.insured_now)
        })],
        ListColumn::Expected => vec![(Column::number("预计会员", 10.0), |row| {
            Value::number(row.expected_members)
        })],
        ListColumn::County => vec![(Column::text("区县", 10.0), |row| {
            text(row.county_name.as_deref())
        })],
        ListColumn::Town => vec![(Column::text("镇街", 12.0), |row| text(row.town_name.as_deref()))],
        ListColumn::Owner => vec![(Column::text("承办人", 10.0), |row| {
            text(row.owner_name.as_deref())
        })],
        ListColumn::State => vec![(Column::text("状态", 12.0), |row| Value::text(row.state.label()))],
        ListColumn::Due => vec![
            (Column::text("期限", 12.0), |row| {
                let due = row.deadline.as_ref();
                Value::text(due.map(|due| due.due_on.to_string()).unwrap_or_default())
            }),
            (Column::text("期限说明", 20.0), |row| {
                text(row.deadline.as_ref().map(|due| due.text.as_str()))
            }),
        ],
    }
}

fn text(value: Option<&str>) -> Value<'_> {
    Value::text(value.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workbook_has_the_chosen_columns_behind_what_names_the_item() {
        let labels = |chosen: &[ListColumn]| {
            let columns = columns_of(chosen).into_iter().map(|(column, _)| column.label);
            columns.collect::<Vec<_>>()
        };
        assert_eq!(
            labels(&[ListColumn::Insured, ListColumn::Due]),
            ["编号", "名称", "统一社会信用代码", "在保", "期限", "期限说明"]
        );
        assert_eq!(labels(&[]).len(), 14, "everything when nothing was chosen");
    }
}
